/* The question: what to simulate and what to keep. */
#ifndef HF_MODEL_JOB_H
#define HF_MODEL_JOB_H

#include "base/memory.h"
#include <stdbool.h>
#include <stdint.h>

typedef enum hf_record { HF_RECORD_NONE, HF_RECORD_TAIL, HF_RECORD_ALL } hf_record;

/* Stop as soon as an interval is narrow enough. */
typedef struct hf_precision {
    const char *metric;    /* of the first policy; NULL: not asked */
    const char *statistic; /* one that has an interval: "mean", "q95", "var99", "cvar99" ... */
    double relative;       /* half-width over |estimate|, in (0, 1] */
} hf_precision;

/* Look where events are: weighted trials. */
typedef struct hf_sampling {
    int n_strata_hazards; /* 0: no strata */
    const char **strata_hazards;
    int n_table;      /* strata, 2 to 8 */
    const int *table; /* of every 8 trials, table[s] have s own points of these hazards, the last
                         one that many or more; sums to 8 */
    int n_tilts;
    const char **tilt_hazards;
    const double *tilts; /* own rate times this */
} hf_sampling;

/* Shares of the hazard families in what these metrics lose. */
typedef struct hf_attribution {
    int n_metrics; /* 0: not asked */
    const char **metrics;
} hf_attribution;

typedef struct hf_job {
    hf_arena *arena;      /* owns the strings */
    const char *scenario; /* path as opened */
    int n_policies;
    const char **policies;
    uint64_t trials;
    uint64_t first_trial;
    uint64_t inner_trials; /* that share one draw of the random rates */
    uint64_t seed;
    hf_record record;
    const char *tail_metric;
    int tail_count;
    double confidence;     /* of every interval */
    uint64_t exact_trials; /* trials x policies kept in memory for exact order statistics */
    hf_precision precision;
    hf_sampling sampling;
    hf_attribution attribution;
    const char *output;        /* this and all below decide nothing */
    double checkpoint_minutes; /* from one checkpoint to the next; 0: none by the clock */
} hf_job;

static inline bool hf_job_is_weighted(const hf_job *job) {
    return job->sampling.n_strata_hazards > 0 || job->sampling.n_tilts > 0;
}

#endif
