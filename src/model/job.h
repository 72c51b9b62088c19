/* The question: what to simulate and what to keep. */
#ifndef HF_MODEL_JOB_H
#define HF_MODEL_JOB_H

#include "base/memory.h"
#include <stdint.h>

typedef enum hf_record { HF_RECORD_NONE, HF_RECORD_TAIL, HF_RECORD_ALL } hf_record;

typedef struct hf_job {
    hf_arena *arena;      /* owns the strings */
    const char *scenario; /* path as opened */
    int n_policies;
    const char **policies;
    uint64_t trials;
    uint64_t first_trial;
    uint64_t seed;
    hf_record record;
    const char *tail_metric;
    int tail_count;
    double confidence;     /* of every interval */
    uint64_t exact_trials; /* trials x policies kept in memory for exact order statistics */
    const char *output;    /* decides nothing */
} hf_job;

#endif
