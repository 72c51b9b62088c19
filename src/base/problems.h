/* All that is wrong with one input, collected before anything stops. */
#ifndef HF_BASE_PROBLEMS_H
#define HF_BASE_PROBLEMS_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct hf_problems {
    size_t n;
    char **lines; /* owned; each "PATH: found F; allowed A" or "PATH: sentence" */
    size_t capacity;
} hf_problems;

void hf_problems_init(hf_problems *problems);
void hf_problems_clear(hf_problems *problems);

/* Adds "path: found `found`; allowed `allowed`". All strings are copied. */
void hf_problems_found(hf_problems *problems, const char *path, const char *found,
                       const char *allowed);
/* Adds "path: <sentence>" for what has no single value to blame (a cycle, two patches). */
void hf_problems_add(hf_problems *problems, const char *path, const char *format, ...)
    HF_PRINTF(3, 4);
/* Prints each line, prefixed "file: ". Lines stand in the order in which they were added. */
void hf_problems_print(const hf_problems *problems, const char *file, FILE *stream);

#endif
