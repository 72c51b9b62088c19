/* base/memory.h: zeroed, aligned, counted; arenas; and how a process ends without memory. */
#include "base/memory.h"
#include "unit/hf_cunit.h"
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

static int all_are(const unsigned char *bytes, size_t n, unsigned char value) {
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != value)
            return 0;
    return 1;
}
static int is_aligned(const void *pointer) {
    return (uintptr_t)pointer % HF_ALIGN == 0;
}

static void allocations_are_zeroed_and_aligned(void) {
    uint64_t before = hf_alloc_count();
    for (size_t n = 0; n < 300; n++)
        for (int again = 0; again < 2; again++) { /* the second meets dirty memory */
            unsigned char *bytes = HF_NEW(n, unsigned char);
            CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
            CU_ASSERT(is_aligned(bytes) && all_are(bytes, n, 0));
            memset(bytes, 0xFF, n);
            hf_free(bytes);
        }
    CU_ASSERT_EQUAL(hf_alloc_count() - before, 600);
    hf_free(NULL);
}

static void reallocation_keeps_and_zeroes(void) {
    uint64_t before = hf_alloc_count();
    int *a = (int *)hf_realloc(NULL, 0, 10, sizeof(int));
    for (int i = 0; i < 10; i++)
        a[i] = i + 1;
    a = (int *)hf_realloc(a, 10, 1000, sizeof(int));
    CU_ASSERT(is_aligned(a) && a[0] == 1 && a[9] == 10);
    CU_ASSERT(all_are((unsigned char *)(a + 10), 990 * sizeof(int), 0));
    a = (int *)hf_realloc(a, 1000, 5, sizeof(int));
    CU_ASSERT_EQUAL(a[4], 5);
    a = (int *)hf_realloc(a, 5, 16, sizeof(int));
    CU_ASSERT_EQUAL(a[5], 0); /* 6 was there once */
    hf_free(a);
    CU_ASSERT_EQUAL(hf_alloc_count() - before, 4);
}

static void texts_are_copied(void) {
    char text[] = "fab", *copy = hf_strdup(text);
    text[0] = 'l';
    CU_ASSERT_STRING_EQUAL(copy, "fab");
    hf_free(copy);
}

static void arena_pieces_do_not_overlap(void) {
    enum { N = 3000 };
    static unsigned char *piece[N];
    hf_arena *arena = hf_arena_create();
    uint64_t before = hf_alloc_count();
    for (int i = 0; i < N; i++) {
        piece[i] = HF_ARENA_NEW(arena, i % 701, unsigned char);
        CU_ASSERT(is_aligned(piece[i]) && all_are(piece[i], (size_t)(i % 701), 0));
        memset(piece[i], i % 251, (size_t)(i % 701));
    }
    for (int i = 0; i < N; i++)
        CU_ASSERT(all_are(piece[i], (size_t)(i % 701), (unsigned char)(i % 251)));
    CU_ASSERT(hf_alloc_count() - before < 10); /* chunks, not pieces */
    CU_ASSERT(hf_arena_bytes(arena) >= 3000 * 350);
    double *large = HF_ARENA_NEW(arena, 3000000, double);
    large[2999999] = 1.0;
    CU_ASSERT(is_aligned(large) && hf_arena_bytes(arena) >= 24000000);
    CU_ASSERT_STRING_EQUAL(hf_arena_strdup(arena, "quay"), "quay");
    hf_arena_destroy(arena);
    hf_arena_destroy(NULL);
}

/* Exit code of `act` in a child whose stderr stands in `said`. */
static int outcome_of(void (*act)(void), char *said, size_t n) {
    int ends[2], status = -1;
    if (pipe(ends))
        return -1;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        act();
        _exit(99);
    }
    close(ends[1]);
    size_t n_read = 0;
    for (ssize_t got; n_read < n - 1 && (got = read(ends[0], said + n_read, n - 1 - n_read)) > 0;)
        n_read += (size_t)got;
    said[n_read] = '\0';
    close(ends[0]);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static volatile size_t too_many = SIZE_MAX / 4;
static void overflow(void) {
    hf_alloc(too_many, 16);
}
static void refused(void) {
    hf_alloc(too_many, 1);
}
static void leave(int exit_code) {
    _exit(40 + exit_code);
}
static void refused_with_hook(void) {
    hf_set_fatal_hook(leave);
    hf_alloc(too_many, 1);
}

static void no_memory_ends_the_job(void) {
    char said[512];
    CU_ASSERT_EQUAL(outcome_of(overflow, said, sizeof said), 3);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "holdfast: out of memory"));
#if !defined(SANITIZED) /* which reports instead of refusing */
    CU_ASSERT_EQUAL(outcome_of(refused, said, sizeof said), 3);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "refused"));
    CU_ASSERT_EQUAL(outcome_of(refused_with_hook, said, sizeof said), 43);
#else
    (void)refused;
    (void)refused_with_hook;
#endif
}

HF_TEST_MAIN("memory", HF_CASE(allocations_are_zeroed_and_aligned),
             HF_CASE(reallocation_keeps_and_zeroes), HF_CASE(texts_are_copied),
             HF_CASE(arena_pieces_do_not_overlap), HF_CASE(no_memory_ends_the_job))
