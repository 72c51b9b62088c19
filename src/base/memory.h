/* Memory: counted allocation that cannot return NULL, and arenas for what is frozen together.
 *
 * Running out of memory ends the job with a sentence and exit code 3: sizes are forecast and
 * refused before a run starts, so what is left is a machine that lied about its memory. */
#ifndef HF_BASE_MEMORY_H
#define HF_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#define HF_ALIGN 64 /* bytes: a cache line, and the widest vector */

/* `n` zeroed elements of `size` bytes, HF_ALIGN-aligned; never NULL, also for n == 0.
 * Given to the caller: release with hf_free. */
void *hf_alloc(size_t n, size_t size);
/* Grows or shrinks to n elements of `size`; new bytes are zero. Contents move. */
void *hf_realloc(void *pointer, size_t n_old, size_t n_new, size_t size);
void hf_free(void *pointer);
char *hf_strdup(const char *text);

/* Calls of hf_alloc/hf_realloc so far in this process, arenas' chunks included (tests count). */
uint64_t hf_alloc_count(void);

/* What ends the process when memory runs out, after the message; default exit(3).
 * `parallel` sets it to abort all ranks. */
void hf_set_fatal_hook(void (*hook)(int exit_code));
_Noreturn void hf_fatal(int exit_code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

typedef struct hf_arena hf_arena;
hf_arena *hf_arena_create(void);
void hf_arena_destroy(hf_arena *arena); /* NULL is allowed */
/* Zeroed, HF_ALIGN-aligned, borrowed from the arena until it is destroyed. */
void *hf_arena_alloc(hf_arena *arena, size_t n, size_t size);
char *hf_arena_strdup(hf_arena *arena, const char *text);
/* Bytes the arena holds, used or not yet. */
size_t hf_arena_bytes(const hf_arena *arena);

#define HF_NEW(n, type)              ((type *)hf_alloc((size_t)(n), sizeof(type)))
#define HF_ARENA_NEW(arena, n, type) ((type *)hf_arena_alloc((arena), (size_t)(n), sizeof(type)))

#endif
