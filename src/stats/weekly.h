/* Week by week over trials: fan charts of a few series, and the mean output of every stage.
 *
 * Fan charts count values in 256 bins: bin 0 holds x <= lower, bin 255 x >= upper, the 254 between
 * are of equal width; a quantile is within half a width of the truth inside [lower, upper]. Means
 * come from integer sums on a grid of 2^-40 of the row's scale (rounded up to a power of two);
 * values are good up to 32 times the scale, beyond they count as that and the row says so. All
 * integers: merging is exact, for up to 2^40 trials.
 *
 * Where trials have weights w (multiples of 2^-48 below 2^15), fan charts add these up in place of
 * counting, and means are c plus those of the summands fl(w fl(x - c)), c the calm value, exact at
 * any size, their errors from unit means (stats/weighted.h). */
#ifndef HF_STATS_WEEKLY_H
#define HF_STATS_WEEKLY_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HF_FAN_BINS 256

typedef struct hf_weekly_options {
    int n_variants, n_weeks, n_series, n_stages;
    const double *lower, *upper; /* [n_weeks][n_series] edges of the fan charts, lower < upper;
                                    the scale of a series is the larger magnitude */
    const double *stage_scale;   /* [n_stages] > 0: what a week's output is at most, or about */
    bool is_weighted;
    const double *calm; /* [n_variants][n_weeks][n_series, then n_stages] what is where nothing
                           happens; NULL: 0. Weighted only. */
} hf_weekly_options;

typedef struct hf_weekly hf_weekly;

/* Copies the options. */
hf_weekly *hf_weekly_create(const hf_weekly_options *options);
void hf_weekly_destroy(hf_weekly *weekly); /* NULL is allowed */
size_t hf_weekly_bytes(const hf_weekly_options *options);

/* Absorbs one week of n <= n_lanes trials: series[n_series][n_lanes], stages[n_stages][n_lanes],
 * finite; weights[n_lanes], NULL unless weighted. Weighted trials come in whole periods. */
void hf_weekly_absorb(hf_weekly *weekly, int variant, int week, int n, int n_lanes,
                      const double *series, const double *stages, const double *weights);

/* hf_pack and hf_merge of parallel/comm.h; canonical. */
size_t hf_weekly_pack(const void *weekly, unsigned char **bytes);
hf_status hf_weekly_merge(void *weekly, const unsigned char *bytes, size_t n_bytes,
                          hf_error *err) HF_MUST_CHECK;
void hf_weekly_clear(hf_weekly *weekly);

typedef struct hf_weekly_mean {
    uint64_t n;
    double mean;           /* NaN when n = 0 */
    double standard_error; /* NaN below two trials, or two periods if weighted */
    bool is_clipped;       /* some value was beyond 32 scales */
} hf_weekly_mean;
hf_weekly_mean hf_weekly_series_mean(const hf_weekly *weekly, int variant, int week, int series);
hf_weekly_mean hf_weekly_stage_mean(const hf_weekly *weekly, int variant, int week, int stage);

/* The ceil(n p)-th smallest, p in thousandths (1..1000), or the smallest up to which lies p of all
 * weight: midpoint of its bin within the exact range of the week. NaN when nothing was absorbed, or
 * nothing but weights of 0. */
double hf_weekly_quantile(const hf_weekly *weekly, int variant, int week, int series,
                          int thousandths);
/* Half a bin: the error of a quantile between the edges. */
double hf_weekly_quantile_error(const hf_weekly *weekly, int week, int series);
/* Trials in each bin: unweighted only. */
void hf_weekly_counts(const hf_weekly *weekly, int variant, int week, int series,
                      uint64_t counts[HF_FAN_BINS]);
/* Weight in each bin, in units of 2^-48: weighted only. */
void hf_weekly_masses(const hf_weekly *weekly, int variant, int week, int series,
                      unsigned __int128 masses[HF_FAN_BINS]);

#endif
