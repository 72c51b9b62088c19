/* A crude run beside a weighted one: one period of trials in HF_CRUDE_STRIDE once more, as they
 * fall without strata and tilts. Which trials belong to it depends on their numbers alone. */
#ifndef HF_RUN_CRUDE_H
#define HF_RUN_CRUDE_H

#include "run/estimates.h"
#include "run/trial.h"

enum { HF_CRUDE_STRIDE = 16 };

typedef struct hf_crude hf_crude;

/* Borrows plans and outcome. */
hf_crude *hf_crude_create(int n_variants, hf_plan *const *plans, const hf_outcome *outcome,
                          const hf_kernel *kernel, int n_lanes);
void hf_crude_destroy(hf_crude *crude); /* NULL is allowed */

/* Those of a block's trials that belong to it, with pauses; a block holds whole periods. */
void hf_crude_run(hf_crude *crude, hf_pause pause, uint64_t seed, uint64_t first_trial, uint64_t n);

/* Its trials, for checkpoints. */
hf_tally *hf_crude_tally(hf_crude *crude);

/* Estimates of its trials, at the root; none if it has had no trial. Folds its tally: the last that
 * is done with it. Collective. Given: hf_estimates_destroy. */
hf_status hf_crude_estimate(hf_comm *comm, hf_crude *crude, double confidence,
                            hf_estimates **estimates, hf_error *err) HF_MUST_CHECK;

#endif
