#include "stats/interval.h"
#include "base/check.h"
#include "base/elementary.h"
#include "base/number.h"
#include "stats/pareto.h"
#include "stats/words.h"

#define FOURTH_MAX 0x1p225 /* fourth powers and their sums stay doubles */

void hf_powers_add(hf_powers *powers, uint64_t n, const double *d) {
    for (uint64_t i = 0; i < n; i++) {
        HF_ASSERT(hf_abs(d[i]) < FOURTH_MAX);
        double square = d[i] * d[i];
        hf_exact_sum_add(&powers->sum[0], d[i]);
        hf_exact_sum_add(&powers->sum[1], square);
        hf_exact_sum_add(&powers->sum[2], square * d[i]);
        hf_exact_sum_add(&powers->sum[3], square * square);
    }
    powers->n += n;
}

void hf_powers_merge(hf_powers *powers, const hf_powers *other) {
    powers->n += other->n;
    for (int i = 0; i < 4; i++)
        hf_exact_sum_merge(&powers->sum[i], &other->sum[i]);
}

size_t hf_powers_list_pack(const void *list, unsigned char **bytes) {
    const hf_powers_list *powers = list;
    hf_words out = {0};
    hf_words_put(&out, (uint64_t)powers->n);
    for (int i = 0; i < powers->n; i++) {
        hf_words_put(&out, powers->items[i].n);
        for (int j = 0; j < 4; j++)
            hf_exact_sum_put(&out, &powers->items[i].sum[j]);
    }
    return hf_words_give(&out, bytes);
}

hf_status hf_powers_list_merge(void *list, const unsigned char *bytes, size_t n_bytes,
                               hf_error *err) {
    hf_powers_list *powers = list;
    hf_word_reader in = hf_word_reader_open(bytes, n_bytes);
    if (hf_word_reader_get(&in) != (uint64_t)powers->n)
        in.is_short = true;
    for (int i = 0; i < powers->n && !in.is_short; i++) {
        powers->items[i].n += hf_word_reader_get(&in);
        for (int j = 0; j < 4; j++)
            hf_exact_sum_get_merge(&in, &powers->items[i].sum[j]);
    }
    return hf_word_reader_close(&in, "powers", err);
}

hf_shape hf_shape_make(const hf_powers *powers, uint64_t n_all) {
    HF_ASSERT(n_all >= 1 && powers->n <= n_all);
    double n = (double)n_all, raw[4];
    for (int i = 0; i < 4; i++)
        raw[i] = hf_exact_sum_value(&powers->sum[i]) / n;
    double mean = raw[0], m2 = raw[1] - mean * mean;
    double m3 = raw[2] - mean * (3.0 * raw[1] - 2.0 * mean * mean);
    double m4 = raw[3] - mean * (4.0 * raw[2] - mean * (6.0 * raw[1] - 3.0 * mean * mean));
    hf_shape shape = {.n = n, .mean = mean};
    if (n_all < 2 || m2 <= 0.0)
        return shape;
    shape.variance = m2 * (n / (n - 1.0));
    shape.skewness = m3 / (m2 * hf_sqrt(m2));
    shape.kurtosis = m4 / (m2 * m2) - 3.0;
    return shape;
}

static double cube_root(double x) {
    double root = hf_abs(x) > 0x1p-1000 ? hf_power(hf_abs(x), 1.0 / 3.0) : 0.0;
    return x < 0.0 ? -root : root;
}

/* [Hall1992]: with T the t-statistic and s = skewness / sqrt(n), T + s T^2 / 3 + s^2 T^3 / 27 + s /
 * 6 is normal up to terms of order 1/n. This is the T at which it takes the value x; written so
 * that nothing cancels when s is small. */
static double undo_skewness(double x, double s) {
    double y = x - s / 6.0, root = cube_root(1.0 + s * y);
    return 3.0 * y / (root * root + root + 1.0);
}

/* What is left of order 1/n: Student's share, and that variance and skewness are themselves
 * estimates, the worse the larger the kurtosis is beyond what skewness alone entails. The factors
 * of this term, 2 and 1.1, are those by which tests/stat/coverage comes out best. */
static double widen(double z, const hf_shape *shape) {
    double surplus = shape->kurtosis - 1.1 * shape->skewness * shape->skewness;
    return z * (1.0 + (0.25 * (z * z + 1.0) + 2.0 * hf_max(surplus, 0.0)) / shape->n);
}

/* A kurtosis beyond this share of n says that the interval rests on a handful of summands: some 20
 * of an exponential tail. It is at least the squared skewness less 2, so that one bound serves
 * both. */
#define KURTOSIS_SHARE 0.2

hf_estimate hf_interval_make(double value, double scale, const hf_shape *shape, double confidence) {
    const double missing = __builtin_nan("");
    if (shape->variance <= 0.0)
        return (hf_estimate){value, missing, missing, missing, HF_METHOD_NONE, HF_NO_INTERVAL};
    double z = widen(hf_normal_quantile((1.0 + confidence) / 2.0), shape);
    double error = scale * hf_sqrt(shape->variance / shape->n);
    double s = shape->skewness / hf_sqrt(shape->n);
    unsigned flags = shape->kurtosis > KURTOSIS_SHARE * shape->n ? HF_UNRELIABLE : 0;
    return (hf_estimate){value,
                         value - error * undo_skewness(z, s),
                         value - error * undo_skewness(-z, s),
                         confidence,
                         HF_METHOD_SKEWED,
                         flags};
}

/* Excesses a Pareto tail is fitted to: at most, so that the fit is about the far tail; at least, so
 * that it knows more than the skewness does. */
enum { FIT_MOST = 100, FIT_LEAST = 40 };

static hf_estimate from_skewness(double cvar, double beyond_p, uint64_t n_trials,
                                 const double *excess, uint64_t n_excess, double confidence) {
    hf_powers powers = {0};
    hf_powers_add(&powers, n_excess, excess);
    hf_shape shape = hf_shape_make(&powers, n_trials);
    hf_estimate estimate = hf_interval_make(cvar, 1.0 / beyond_p, &shape, confidence);
    estimate.flags |= HF_UNRELIABLE;
    return estimate;
}

/* The mean over all trials of the excesses as they are but for the last n_over, which are `beyond`
 * each; standard error in *error. */
static double mean_of_body(const double *excess, uint64_t n_excess, uint64_t n_over, double beyond,
                           uint64_t n_trials, double *error) {
    enum { ROW = 1 << 20 };
    hf_sums body = {0};
    uint64_t n_body = n_excess - n_over;
    for (uint64_t i = 0; i < n_body; i += ROW)
        hf_sums_add(&body, n_body - i < ROW ? (int)(n_body - i) : ROW, excess + i);
    hf_sums_add_times(&body, beyond, n_over);
    hf_sums_add_zeros(&body, n_trials - n_excess);
    *error = hf_sqrt(hf_sums_variance(&body) / (double)n_trials);
    return hf_sums_mean(&body);
}

/* The sum of the excesses is that of a body, in which those over a threshold count with their
 * expectation, and of what these deviate from it, which does not correlate with the body
 * [Johansson2003]; the limits of both are put together as in [Zou2008]. */
hf_estimate hf_interval_of_excess(double cvar, double q, double beyond_p, uint64_t n_trials,
                                  const double *excess, uint64_t n_excess, double confidence) {
    HF_ASSERT(n_excess <= n_trials && (n_excess == 0 || excess[0] > 0.0));
    double over[FIT_MOST], error, threshold = 0.0;
    uint64_t first = n_excess > FIT_MOST ? n_excess - FIT_MOST : 0;
    if (first > 0)
        threshold = excess[first - 1];
    while (first < n_excess && excess[first] == threshold) /* ties stay in the body */
        first++;
    uint64_t n_over = n_excess - first;
    if (n_over < FIT_LEAST)
        return from_skewness(cvar, beyond_p, n_trials, excess, n_excess, confidence);
    for (uint64_t i = 0; i < n_over; i++)
        over[i] = excess[first + i] - threshold;
    double z = hf_normal_quantile((1.0 + confidence) / 2.0);
    hf_pareto_mean fit = hf_pareto_mean_find(over, n_over, z);
    double body = mean_of_body(excess, n_excess, n_over, threshold + fit.mean, n_trials, &error);
    double share = (double)n_over / (double)n_trials, spread = z * error;
    double down = share * (fit.mean - fit.lower), up = share * (fit.upper - fit.mean);
    double lower = q + (body - hf_sqrt(spread * spread + down * down)) / beyond_p;
    double upper = q + (body + hf_sqrt(spread * spread + up * up)) / beyond_p;
    /* a sample with a very large value may lie outside */
    return (hf_estimate){cvar,       hf_min(lower, cvar), hf_max(upper, cvar),
                         confidence, HF_METHOD_PARETO,    HF_UNRELIABLE};
}
