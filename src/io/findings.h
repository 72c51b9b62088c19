/* What was found in one file, or between two: sentences, each about a path. */
#ifndef HF_IO_FINDINGS_H
#define HF_IO_FINDINGS_H

#include "base/memory.h"
#include "base/status.h"
#include <stdio.h>

typedef struct hf_finding {
    const char *path, *words;
} hf_finding;

typedef struct hf_findings {
    hf_arena *arena; /* the texts */
    size_t n, capacity;
    hf_finding *items;
    size_t n_parts;   /* groups and variables looked at */
    size_t n_strange; /* of them something was found about */
} hf_findings;

void hf_findings_init(hf_findings *findings);
void hf_findings_clear(hf_findings *findings);

/* All that is found about one path comes in a row. Bytes that are no UTF-8 become '?'. */
void hf_findings_add(hf_findings *findings, const char *path, const char *format, ...)
    HF_PRINTF(3, 4);

/* A line each: the path and the words. */
void hf_findings_print(const hf_findings *findings, FILE *stream);

#endif
