/* From trial numbers to outcomes: for each variant, for each week: factors, kernel. */
#ifndef HF_RUN_TRIAL_H
#define HF_RUN_TRIAL_H

#include "plan/plan.h"
#include "shock/design.h"
#include "shock/sampled.h"
#include "sim/kernel.h"
#include "sim/outcome.h"
#include "stats/weekly.h"

/* One plan and what it takes to run batches of trials through it. */
typedef struct hf_variant {
    const hf_plan *plan; /* borrowed */
    hf_sampler *sampler;
    hf_factors *factors;
    hf_batch *batch;
    double *values; /* [n_quantities][n_lanes] of the last batch */
} hf_variant;

/* What is to be done between two variants of a batch, a few milliseconds apart; `call` NULL:
 * nothing.
 */
typedef struct hf_pause {
    void (*call)(void *context);
    void *context;
} hf_pause;

typedef struct hf_trials {
    int n_variants, n_lanes;
    hf_variant *variants;
    const hf_outcome *outcome; /* borrowed */
    const hf_kernel *kernel;
    const double **values;  /* [n_variants] the variants' values, as a tally absorbs them */
    const double **weights; /* [n_variants] of the same trials, NULL where all weigh 1 */
    double *series;         /* [HF_N_SERIES][n_lanes] of this week */
    uint64_t *numbers;      /* [n_lanes] of the trials in the lanes */
    hf_pause pause;
} hf_trials;

/* Borrows plans, outcome and design (NULL: trials as they fall). n_lanes: a multiple of 8. */
hf_trials *hf_trials_create(int n_variants, hf_plan *const *plans, const hf_outcome *outcome,
                            const hf_kernel *kernel, int n_lanes, const hf_design *design);
void hf_trials_destroy(hf_trials *trials); /* NULL is allowed */

/* As many lanes as keep the state in the second-level cache, up to 64; but no fewer than the kernel
 * takes at a time, which pays even where no number of lanes would stay in the cache. */
int hf_trials_natural_lanes(int n_plans, hf_plan *const *plans, const hf_kernel *kernel);

/* One variant's trials from first_trial, one a lane, in steps; between two weeks whoever wants to
 * look at the batch may. */
void hf_trials_begin(hf_trials *trials, int variant, uint64_t seed, uint64_t first_trial);
void hf_trials_week(hf_trials *trials, int variant, int week);
void hf_trials_end(hf_trials *trials, int variant); /* outcomes into its values */

/* Simulates n <= n_lanes trials from first_trial under every variant; afterwards the outcomes stand
 * in `values`. What each week brought is absorbed by `weekly` (NULL: by nobody). */
void hf_trials_run(hf_trials *trials, uint64_t seed, uint64_t first_trial, int n,
                   hf_weekly *weekly);

/* Simulates the n <= n_lanes trials of these numbers under one variant, without what `mask` takes
 * away (NULL: nothing); afterwards their outcomes stand in its values. */
void hf_trials_run_listed(hf_trials *trials, int variant, const hf_mask *mask, uint64_t seed,
                          const uint64_t *numbers, int n);

/* The trial in which nothing happens: no hazard strikes, nothing wanders. A function of the plans
 * alone; what weights leave alone (stats/weighted.h). */
typedef struct hf_calm {
    double *values; /* [n_variants][n_quantities] */
    double *weekly; /* [n_variants][n_weeks][HF_N_SERIES, then n_stages] */
} hf_calm;
void hf_calm_init(hf_calm *calm, int n_variants, hf_plan *const *plans, const hf_outcome *outcome,
                  const hf_kernel *kernel);
void hf_calm_clear(hf_calm *calm);

/* The fan charts' edges and the stages' scales, from the plans. calm: of weighted trials, NULL
 * where trials have no weights. */
hf_weekly *hf_trials_weekly(int n_variants, hf_plan *const *plans, const hf_calm *calm);
size_t hf_trials_weekly_bytes(int n_variants, hf_plan *const *plans, bool is_weighted);

#endif
