/* Batches of trials against the clock: whole, as a campaign runs them, and part by part. */
#ifndef HF_RUN_BENCH_TRIAL_H
#define HF_RUN_BENCH_TRIAL_H

#include "run/campaign.h"

/* Where a trial spends its seconds, each [n_repeats]. */
typedef struct hf_parts {
    double *shocks;  /* the sampler: hazards and noise */
    double *state;   /* the kernel */
    double *outcome; /* quantities out of the last state */
    double *tally;   /* what they leave behind */
} hf_parts;

/* A kernel and a number of lanes, with machinery of its own. */
typedef struct hf_contender {
    const hf_kernel *kernel;
    int n_lanes;
    hf_trials *trials;
    int n_batches; /* a sample */
    hf_parts parts;
} hf_contender;

/* Borrows the campaign, which has one variant. Runs some batches to find out how many a sample
 * takes. */
void hf_contender_init(hf_contender *contender, hf_campaign *campaign, const hf_kernel *kernel,
                       int n_lanes, int n_repeats);
void hf_contender_clear(hf_contender *contender);

/* Steps through the weeks as hf_trials_run does, reading the clock between sampler and kernel, so
 * that the kernel meets the caches as in a run: with factors that were just written. The weekly
 * series are left out. */
void hf_contender_measure(hf_contender *contender, hf_campaign *campaign, int repeat);

/* Seconds a trial takes whole, hf_trials_run and tally, over n_batches of the campaign's own lanes;
 * with the weekly series or without. */
double hf_bench_trial_seconds(hf_campaign *campaign, int n_batches, bool with_weekly);

/* Seconds to claim a block, and to ask whether progress is due. */
double hf_bench_claim_seconds(const hf_campaign *campaign);
double hf_bench_progress_seconds(const hf_campaign *campaign);

#endif
