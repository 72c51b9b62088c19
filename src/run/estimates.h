/* Estimates over all ranks: order statistics by distributed selection where the values are kept,
 * from the histogram where they are not; then intervals, tails, exceedance, plot bins. */
#ifndef HF_RUN_ESTIMATES_H
#define HF_RUN_ESTIMATES_H

#include "parallel/comm.h"
#include "stats/bins.h"
#include "stats/summary.h"
#include "stats/tally.h"

/* What is known of one metric under one variant. */
typedef struct hf_metric_estimates {
    hf_estimate statistics[HF_N_STATISTICS];
    hf_estimate exceedance[HF_N_CHANCES];
    uint64_t counts[HF_PLOT_BINS];
} hf_metric_estimates;

typedef struct hf_estimates {
    int n_variants, n_metrics;
    bool exact; /* order statistics are exact, not from histograms */
    hf_rules rules;
    hf_metric_estimates *metrics;      /* [n_variants][n_metrics], valid at the root */
    double (*edges)[HF_PLOT_BINS + 1]; /* [n_metrics], common to all variants */
} hf_estimates;

/* `tally` has been folded: the root's holds all trials, everybody's the own kept columns. The first
 * n_metrics quantities are distributions. Collective. Given: hf_estimates_destroy. */
hf_status hf_estimates_make(hf_comm *comm, const hf_tally *tally, int n_variants, int n_metrics,
                            const hf_quantity *quantities, uint64_t n_trials, double confidence,
                            hf_estimates **estimates, hf_error *err) HF_MUST_CHECK;
void hf_estimates_destroy(hf_estimates *estimates); /* NULL is allowed */

const hf_metric_estimates *hf_estimates_of(const hf_estimates *estimates, int variant, int metric);

#endif
