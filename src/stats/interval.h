/* Intervals of means and of what is made like one (CVaR, differences), from the first four powers
 * of their summands; and of CVaR from the excesses themselves, where that fails. */
#ifndef HF_STATS_INTERVAL_H
#define HF_STATS_INTERVAL_H

#include "base/status.h"
#include "stats/exact_sum.h"
#include "stats/summary.h"
#include <stddef.h>

/* Sums of fl(d), fl(d d), fl(fl(d d) d), fl(fl(d d) fl(d d)). All zero is empty. */
typedef struct hf_powers {
    uint64_t n;
    hf_exact_sum sum[4];
} hf_powers;

/* Adds d[n], |d| < 2^225. Where the mean is far from 0 as the spread goes, take d from a centre
 * near it: of skewness and kurtosis (mean / sd)^4 2^-53 is lost. */
void hf_powers_add(hf_powers *powers, uint64_t n, const double *d);
void hf_powers_merge(hf_powers *powers, const hf_powers *other);

/* A list for the fold over ranks: hf_pack and hf_merge of parallel/comm.h. */
typedef struct hf_powers_list {
    int n;
    hf_powers *items; /* borrowed */
} hf_powers_list;
size_t hf_powers_list_pack(const void *list, unsigned char **bytes);
hf_status hf_powers_list_merge(void *list, const unsigned char *bytes, size_t n_bytes,
                               hf_error *err) HF_MUST_CHECK;

/* Of the summands: variance with divisor n - 1 (0 when n < 2); skewness and kurtosis m3 / m2^1.5
 * and m4 / m2^2 - 3 of their central moments (0 when these vanish). */
typedef struct hf_shape {
    double n, mean, variance, skewness, kurtosis;
} hf_shape;
/* n_all - powers->n further summands are 0; n_all >= 1. */
hf_shape hf_shape_make(const hf_powers *powers, uint64_t n_all);

/* Of a value that is known up to scale times the mean of the summands, scale > 0: the interval of
 * their mean with its skewness transformed away [Hall1992], HF_METHOD_SKEWED. Flags HF_UNRELIABLE
 * where the kurtosis is above a fifth of n; HF_NO_INTERVAL where the variance is 0. */
hf_estimate hf_interval_make(double value, double scale, const hf_shape *shape, double confidence);

/* Of CVaR on the high side, q + mean excess / beyond_p, from all excesses over q, ascending, > 0
 * (for low take their mirror image), where hf_interval_make flags HF_UNRELIABLE or the tail is
 * heavy (stats/pareto.h): the largest 100 are taken for a Pareto tail, HF_METHOD_PARETO; from fewer
 * than 40 it is that of hf_interval_make. Always HF_UNRELIABLE: it rests on what the tail is taken
 * for. */
hf_estimate hf_interval_of_excess(double cvar, double q, double beyond_p, uint64_t n_trials,
                                  const double *excess, uint64_t n_excess, double confidence);

#endif
