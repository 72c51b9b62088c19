/* Counted allocation and arenas. */
#include "base/memory.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t n_allocations;
static void (*fatal_hook)(int exit_code);

uint64_t hf_alloc_count(void) {
    return n_allocations;
}
void hf_set_fatal_hook(void (*hook)(int exit_code)) {
    fatal_hook = hook;
}

void hf_fatal(int exit_code, const char *format, ...) {
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fflush(stdout);
    fprintf(stderr, "holdfast: %s\n", text); /* in one piece: other ranks may speak as well */
    if (fatal_hook)
        fatal_hook(exit_code);
    exit(exit_code);
}

/* n * size rounded up to whole HF_ALIGN, at least one; ends the job if that is no size_t. */
static size_t padded_bytes(size_t n, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 2)
        hf_fatal(3, "out of memory: %zu elements of %zu bytes are more than a machine can hold", n,
                 size);
    return bytes ? (bytes + HF_ALIGN - 1) / HF_ALIGN * HF_ALIGN : HF_ALIGN;
}

void *hf_alloc(size_t n, size_t size) {
    size_t bytes = padded_bytes(n, size);
    void *pointer = aligned_alloc(HF_ALIGN, bytes);
    if (!pointer)
        hf_fatal(3, "out of memory: the system refused %zu bytes", bytes);
    n_allocations++;
    return memset(pointer, 0, bytes);
}

void *hf_realloc(void *pointer, size_t n_old, size_t n_new, size_t size) {
    void *moved = hf_alloc(n_new, size);
    size_t n_kept = n_old < n_new ? n_old : n_new;
    if (pointer && n_kept)
        memcpy(moved, pointer, n_kept * size);
    hf_free(pointer);
    return moved;
}

void hf_free(void *pointer) {
    free(pointer);
}

char *hf_strdup(const char *text) {
    size_t n = strlen(text) + 1;
    return (char *)memcpy(hf_alloc(n, 1), text, n);
}

enum { FIRST_CHUNK_BYTES = 1 << 16, LARGEST_CHUNK_BYTES = 1 << 22 };

typedef struct chunk {
    struct chunk *next;
    size_t n_used, n_bytes; /* of data; it begins HF_ALIGN bytes after the chunk's start */
} chunk;
_Static_assert(sizeof(chunk) <= HF_ALIGN, "a chunk's head fits before its data");

struct hf_arena {
    chunk *chunks;
    size_t n_bytes;    /* held in chunks, their heads included */
    size_t next_bytes; /* of the next ordinary chunk: they double, so there are few */
};

hf_arena *hf_arena_create(void) {
    hf_arena *arena = HF_NEW(1, hf_arena);
    arena->next_bytes = FIRST_CHUNK_BYTES;
    return arena;
}

void hf_arena_destroy(hf_arena *arena) {
    if (!arena)
        return;
    for (chunk *c = arena->chunks, *next; c; c = next) {
        next = c->next;
        hf_free(c);
    }
    hf_free(arena);
}

static void add_chunk(hf_arena *arena, size_t n_bytes) {
    if (n_bytes < arena->next_bytes)
        n_bytes = arena->next_bytes;
    if (arena->next_bytes < LARGEST_CHUNK_BYTES)
        arena->next_bytes *= 2;
    chunk *added = (chunk *)hf_alloc(HF_ALIGN + n_bytes, 1);
    added->n_bytes = n_bytes;
    added->next = arena->chunks;
    arena->chunks = added;
    arena->n_bytes += HF_ALIGN + n_bytes;
}

void *hf_arena_alloc(hf_arena *arena, size_t n, size_t size) {
    size_t bytes = padded_bytes(n, size);
    if (!arena->chunks || arena->chunks->n_bytes - arena->chunks->n_used < bytes)
        add_chunk(arena, bytes);
    chunk *c = arena->chunks;
    void *pointer = (char *)c + HF_ALIGN + c->n_used;
    c->n_used += bytes;
    return pointer;
}

char *hf_arena_strdup(hf_arena *arena, const char *text) {
    size_t n = strlen(text) + 1;
    return (char *)memcpy(hf_arena_alloc(arena, n, 1), text, n);
}

size_t hf_arena_bytes(const hf_arena *arena) {
    return arena->n_bytes;
}
