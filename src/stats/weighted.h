/* Sums of weighted trials. The summand of a trial is y = fl(w fl(x - c)), c the calm value: what x
 * is where nothing happens. Weights are 1 on average, so c + mean y is unbiased for any fixed c;
 * with this one they act on nothing but what chance changed, and the constant part of x adds
 * nothing to the variance.
 *
 * The independent unit is a period (base/quantity.h), whose value is the mean of its summands,
 * 1/8 (((y0 + y1) + y2) ... + y7). Each stratum has the same place in every period, so the variance
 * of the unit means over their number is the stratified variance of the mean, without a sum of its
 * own for each stratum. */
#ifndef HF_STATS_WEIGHTED_H
#define HF_STATS_WEIGHTED_H

#include "stats/moments.h"

#define HF_WEIGHT_UNITS 0x1p48 /* weights are multiples of 2^-48 ... */
#define HF_WEIGHT_MAX   0x1p15 /* ... and below this */

/* What the last weighted trials add to the sums of summands and of unit means. */
typedef struct hf_weighted_running {
    hf_running summands, units;
} hf_weighted_running;

void hf_weighted_init(hf_weighted_running *running);
/* Adds n trials, whole periods: summands y[n], or weights[n], calm value and x[n]. */
void hf_weighted_add_summands(hf_weighted_running *running, hf_sums *sums, hf_sums *units, int n,
                              const double *y);
void hf_weighted_add(hf_weighted_running *running, hf_sums *sums, hf_sums *units, int n,
                     const double *weights, double calm, const double *x);
/* Moves all of it to the sums. */
void hf_weighted_settle(hf_weighted_running *running, hf_sums *sums, hf_sums *units);

/* y[i] = fl(weights[i] fl(x[i] - calm)). */
void hf_weighted_row(int n, const double *weights, double calm, const double *x, double *y);

#endif
