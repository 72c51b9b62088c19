/* Statistics of a column whose trials lie on many ranks: of all trials, and of all but each of 64
 * ranges of them, which is what the jackknife needs (stats/shapley.h). Definitions as in
 * analysis/README.md. */
#ifndef HF_RUN_RANGES_H
#define HF_RUN_RANGES_H

#include "base/quantity.h"
#include "parallel/comm.h"
#include "stats/column.h"
#include "stats/shapley.h"
#include "stats/summary.h"

/* Sample 0 is all trials, sample 1 + g all but range g. */
enum {
    HF_N_SAMPLES = 1 + HF_N_RANGES,
    HF_LEAST_RANGE = 10 /* trials, for samples but the first */
};

/* Mean, VaR, CVaR, in the order of hf_statistic. */
enum { HF_N_ATTRIBUTED = 1 + 2 * HF_N_TAILS };
extern const hf_statistic hf_attributed[HF_N_ATTRIBUTED];

typedef struct hf_ranges {
    uint64_t first_trial, n_trials;  /* over all ranks */
    uint64_t unit;                   /* trials that are not independent of each other */
    int n_samples;                   /* HF_N_SAMPLES, or 1 where ranges would be too short */
    uint64_t n;                      /* trials of this rank */
    uint64_t *order;                 /* [n] them by range ... */
    uint64_t first[HF_N_RANGES + 1]; /* ... which begins here */
    double *weights;                 /* [n] in that order; NULL: each trial counts one */
    uint64_t sizes[HF_N_SAMPLES];    /* trials of each sample, over all ranks */
    hf_mass masses[HF_N_SAMPLES];    /* and what they weigh */
} hf_ranges;

/* Trials beneath which there are no ranges: they would be too short. */
uint64_t hf_ranges_least(uint64_t unit);
/* Of this rank's n trials by number, with their weights (NULL: unweighted). Ranges hold whole units
 * of trials. Collective. */
void hf_ranges_init(hf_ranges *ranges, hf_comm *comm, uint64_t first_trial, uint64_t n_trials,
                    uint64_t unit, uint64_t n, const uint64_t *trials, const double *weights);
void hf_ranges_clear(hf_ranges *ranges);
/* Of units as of trials: (trial - first_trial) * 64 / n_trials, whatever the ranks. */
int hf_ranges_find(const hf_ranges *ranges, uint64_t trial);

/* statistics[HF_N_ATTRIBUTED][HF_N_SAMPLES] of the column values[n], in the order in which the
 * trials were given: VaR at all ranks, mean and CVaR at the root. Weighted means are of what lies
 * above `calm`, 0 without weights. Collective. */
hf_status hf_ranges_evaluate(const hf_ranges *ranges, hf_comm *comm, const double *values,
                             double calm, hf_bad_side side, double (*statistics)[HF_N_SAMPLES],
                             hf_error *err) HF_MUST_CHECK;
/* Bytes both take with `share` trials on this rank. */
size_t hf_ranges_bytes(uint64_t share);

#endif
