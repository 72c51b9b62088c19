/* What is added up over the values that a rank keeps: the summands of means, of CVaR, of levels and
 * of differences, one a trial; where trials have weights times these, and means are of what lies
 * above the calm value c (stats/weighted.h), which is 0 where they have none.
 *
 * `sums` are of the summands themselves and make estimates; `powers` are of the means of the
 * independent units, which are trials or, with weights, periods of HF_PERIOD trials, and make
 * intervals. Units of 0 are left out of the powers: hf_shape_make is told how many units there are.
 * All add, so pieces may be taken in any order and folded over ranks. */
#ifndef HF_STATS_SUMMANDS_H
#define HF_STATS_SUMMANDS_H

#include "base/quantity.h"
#include "stats/histogram.h"
#include "stats/interval.h"
#include "stats/moments.h"

/* Values in order of trials. Borrowed. */
typedef struct hf_kept {
    uint64_t n; /* whole periods where there are weights */
    const double *values;
    const double *weights; /* NULL: each trial weighs 1 */
    double calm;           /* 0 without weights */
} hf_kept;

/* Of the mean: powers of what the units of fl(w fl(x - c)) lie above mean - c; sums of
 * fl(w fl(d^2)), d = x - mean. */
void hf_summands_of_mean(const hf_kept *kept, double mean, hf_sums *sums, hf_powers *powers);
/* Of CVaR: (x - q)+, or (q - x)+ for low. */
void hf_summands_of_excess(const hf_kept *kept, double q, hf_bad_side side, hf_sums *sums,
                           hf_powers *powers);
/* Of the distribution function at its p-quantile q [Woodruff1952]: unit means of
 * fl(w (1{x <= q} - p)). */
void hf_summands_of_level(const hf_kept *kept, double q, double p, hf_sums *units);

/* The excesses themselves that are not 0, weights aside, in order of trials, to excess[n]; returns
 * how many. */
uint64_t hf_kept_excesses(const hf_kept *kept, double q, hf_bad_side side, double *excess);

/* A pair of variants, trial by trial: fl(fl(w fl(x - c)) - fl(w0 fl(x0 - c0))), powers of what the
 * units lie above `difference` - (c - c0), the difference about that of the means. */
void hf_summands_of_difference(const hf_kept *kept, const hf_kept *kept0, double difference,
                               hf_sums *sums, hf_powers *powers);
/* The same of their excesses over q and q0. */
void hf_summands_of_excess_difference(const hf_kept *kept, double q, const hf_kept *kept0,
                                      double q0, hf_bad_side side, hf_sums *sums,
                                      hf_powers *powers);

/* The first two from all bins of a histogram, its midpoints taken for values. */
void hf_summands_of_histogram_mean(const hf_histogram *histogram, double mean, hf_sums *sums,
                                   hf_powers *powers);
void hf_summands_of_histogram_excess(const hf_histogram *histogram, double q, hf_bad_side side,
                                     hf_sums *sums, hf_powers *powers);

#endif
