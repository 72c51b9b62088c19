/* Ignorance apart from chance: what the summary's numbers would be, were the rates known.
 *
 * A run of K outer draws of its uncertain rates, M trials each. theta(g) is a statistic if the
 * rates were those of draw g; Var theta(g), the outer variance, is ignorance, which no number of
 * trials removes. Each draw shows theta(g) through the chance of its M trials.
 *
 * Two estimates of theta(g) from two halves of the draw's trials: h(A) from n trials A is off by
 * b(g)/n + O(1/n^2) in the mean, so with the quarters A1, A2 of a half, 2 h(A) - (h(A1) + h(A2))/2
 * is off by O(1/n^2) only (the jackknife with two sections [Gordy2010]). Call them first and
 * second, and m, d half their sum and half their difference. Given g the two are independent and
 * alike, whatever the statistic, so
 *
 *     E[d^2 | g] = Var(m | g)        Var m = Var E[m | g] + E Var(m | g)
 *
 * and S^2(m) - mean(d^2), S^2 the variance over draws with divisor K - 1, is unbiased for
 * Var E[m | g] (of a mean: [Sun2011]), which is Var theta(g) but for O(1/M^2). It may come out
 * negative. (Correcting with all M trials, 2 h(M) - (h(A) + h(B))/2, would leave no two independent
 * estimates; ((h(A) - h(B))/2)^2 then is the variance of another statistic, and the outer variance
 * of a median 8% too large at M = 40, of an sd at M = 20, for exponential losses of gamma means.)
 *
 * A mean is not off: its halves need no quarters. For x_(ceil(n p)) the bias is b/n only where n p
 * is whole, so quarters are multiples of what makes it so; and of a period where trials have
 * weights, each of whose strata has the same place in every period. What is left of M is not used.
 */
#ifndef HF_STATS_NESTED_H
#define HF_STATS_NESTED_H

#include "stats/summands.h"
#include "stats/summary.h"

#define HF_LEAST_DRAWS 20  /* outer draws: with fewer no interval and no band, ... */
#define HF_SURE_DRAWS  200 /* ... with fewer the interval is unreliable */

/* How the trials of an outer draw are cut. */
typedef struct hf_nested {
    bool is_weighted;
    /* Trials of a quarter, by hf_statistic (of HF_MEAN: of a half). 0: not resolved, since fewer
     * than HF_RESOLVED_TRIALS of a half are expected beyond the level; min and max never are. */
    uint64_t part[HF_N_STATISTICS];
} hf_nested;

/* n_inner: M >= 1. */
void hf_nested_init(hf_nested *nested, uint64_t n_inner, bool is_weighted);
int hf_nested_n_resolved(const hf_nested *nested);

/* Two independent estimates of theta(g). */
typedef struct hf_halves {
    double first, second;
} hf_halves;

/* Of one draw, by hf_statistic, from what is kept of its M trials; NaN where not resolved.
 * Statistics are those of hf_summarise. */
void hf_nested_estimate(const hf_nested *nested, hf_bad_side side, const hf_kept *kept,
                        hf_halves halves[HF_N_STATISTICS]);

/* What is known of one statistic. NaN: not known. */
typedef struct hf_ignorance {
    /* Outer variance. Its interval is that of a mean of the jackknife's pseudo-values
     *
     *     P(g) = (K (m(g) - mean m)^2 - S^2(m)) / (K - 2) - d(g)^2,
     *
     * whose mean it is. Variances of few draws are skewed beyond what it makes good: nominal 95%
     * covered 0.87 to 0.95 with 20 to 100 draws of gamma rates (shapes 1, 3, 10), 0.94 to 0.96 from
     * 200 on (1500 to 4000 runs each); hence HF_UNRELIABLE. HF_NO_INTERVAL: fewer than
     * HF_LEAST_DRAWS, or nothing differs between draws. */
    hf_estimate outer;
    double outer_sd; /* its root, NaN if it is negative */
    /* Variance that chance leaves in mean m: mean(d^2) / K. With outer / K, which K draws of the
     * rates leave in it, it makes S^2(m) / K, all that is uncertain about mean m. */
    double inner;
    /* Percentiles (1 -+ confidence)/2 of mean m + (m(g) - mean m) sqrt(max(outer, 0) / S^2(m)): the
     * draws' estimates, shrunk until their variance is the outer one. Order statistics
     * x_(ceil(K p)), p to the millionth. */
    double band_lower, band_upper;
} hf_ignorance;

/* From all draws, n_draws >= 1, in their order. */
hf_ignorance hf_nested_separate(uint64_t n_draws, const hf_halves *draws, double confidence);
/* Of a statistic that is not resolved. */
hf_ignorance hf_ignorance_none(void);
/* Whether the interval of the outer variance leaves 0 outside. */
bool hf_ignorance_is_seen(const hf_ignorance *ignorance);

#endif
