/* Estimates over all ranks: order statistics by distributed selection where the values are kept,
 * from the histogram where they are not; then intervals, tails, exceedance, differences between
 * variants, plot bins. */
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
    hf_estimate differences[HF_N_SUMMANDS]; /* to variant 0; from variant 1 on, if exact */
    double tail_index; /* stats/pareto.h, of the bad side; NaN unless exact and unweighted */
    uint64_t counts[HF_PLOT_BINS];
    double shares[HF_PLOT_BINS]; /* of the weight; weighted only */
} hf_metric_estimates;

typedef struct hf_estimates {
    int n_variants, n_metrics;
    bool exact; /* order statistics are exact, not from histograms */
    hf_rules rules;
    hf_metric_estimates *metrics;      /* [n_variants][n_metrics], valid at the root */
    double (*edges)[HF_PLOT_BINS + 1]; /* [n_metrics], common to all variants */
} hf_estimates;

/* The root's tally has the sums of all trials, everybody's the rows of its own. The first n_metrics
 * quantities are distributions. Collective. Given: hf_estimates_destroy. */
hf_status hf_estimates_make(hf_comm *comm, const hf_tally *tally, int n_variants, int n_metrics,
                            const hf_quantity *quantities, uint64_t n_trials, double confidence,
                            hf_estimates **estimates, hf_error *err) HF_MUST_CHECK;
/* Flags every interval as unreliable: the trials were not independent of each other. */
void hf_estimates_doubt(hf_estimates *estimates);
void hf_estimates_destroy(hf_estimates *estimates); /* NULL is allowed */

const hf_metric_estimates *hf_estimates_of(const hf_estimates *estimates, int variant, int metric);

#endif
