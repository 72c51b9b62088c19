/* Estimates of trials with weights, and differences, against each formula written out. */
#include "base/elementary.h"
#include "base/memory.h"
#include "stats/bins.h"
#include "unit/hf_cunit.h"
#include "unit/pieces.h"
#include "unit/stats_samples.h"

enum { N = 4000, UNITS = N / HF_PERIOD };

static bool is_near(double a, double b, double bound) {
    return hf_abs(a - b) <= bound;
}

/* Multiples of 2^-48 around 1, some of them 0, the larger the fewer. */
static double sample_weight(uint64_t seed, uint64_t i) {
    double u = sample_uniform(seed, i), w = i % 8 < 4 ? 1.5 * u : 0.25 / (0.1 + u);
    return u < 0.01 ? 0.0 : hf_floor(w * 0x1p48) * 0x1p-48;
}

/* Of the three kinds one is a loss with an atom at 0, one has many ties. */
static double sample(int kind, uint64_t i) {
    double u = sample_uniform(500, i);
    return kind == 0   ? sample_loss(501, i)
           : kind == 1 ? 1e3 + 5.0 * u
                       : hf_floor(7.0 * u * u) - 2.0;
}

/* The shape of units[n], in long double. */
static hf_shape shape_of(int n, const double *units) {
    long double mean = 0.0L, m[5] = {0.0L};
    for (int i = 0; i < n; i++)
        mean += (long double)units[i] / n;
    for (int i = 0; i < n; i++) {
        long double d = (long double)units[i] - mean;
        m[2] += d * d / n;
        m[3] += d * d * d / n;
        m[4] += d * d * d * d / n;
    }
    double deviation = __builtin_sqrt((double)m[2]);
    return (hf_shape){n, (double)mean, (double)(m[2] * n / (n - 1)),
                      (double)(m[3] / m[2]) / deviation, (double)(m[4] / m[2] / m[2]) - 3.0};
}

/* Unit means and exact-enough mean of y[n]. */
static double mean_of(int n, const double *y, double *units) {
    long double sum = 0.0L;
    for (int i = 0; i < n; i += HF_PERIOD) {
        double unit = y[i];
        for (int k = 1; k < HF_PERIOD; k++)
            unit += y[i + k];
        units[i / HF_PERIOD] = unit / 8.0;
    }
    for (int i = 0; i < n; i++)
        sum += (long double)y[i];
    return (double)(sum / n);
}

static bool agrees(const hf_estimate *e, double value, double scale, const double *units) {
    hf_shape shape = shape_of(UNITS, units);
    hf_estimate expected = hf_interval_make(value, scale, &shape, 0.95);
    double bound = 1e-9 * (expected.upper - expected.lower);
    bool has_none = e->lower != e->lower && expected.lower != expected.lower;
    return is_near(e->value, value, 1e-13 * hf_abs(value)) && e->method == expected.method &&
           e->flags == expected.flags &&
           (has_none || (e->coverage == 0.95 && is_near(e->lower, expected.lower, bound) &&
                         is_near(e->upper, expected.upper, bound)));
}

/* -- order statistics -- */

typedef struct weighted_value {
    double x;
    hf_mass mass;
} weighted_value;

static int compare_values(const void *a, const void *b) {
    return compare_doubles(&((const weighted_value *)a)->x, &((const weighted_value *)b)->x);
}

/* The smallest value with at least this mass at or below it, of `sorted`. */
static double walk_to(int n, const weighted_value *sorted, hf_mass mass) {
    hf_mass sum = 0;
    for (int i = 0; i < n; i++)
        if ((sum += sorted[i].mass) >= mass)
            return sorted[i].x;
    return sorted[n - 1].x;
}

/* ceil(total numerator / denominator), at least 1. */
static hf_mass part_of(hf_mass total, uint64_t numerator, uint64_t denominator) {
    hf_mass part = total / denominator * numerator +
                   (total % denominator * numerator + denominator - 1) / denominator;
    return part ? part : 1;
}

/* By the book [Woodruff1952]. */
static hf_estimate woodruff(int n, const double *x, const double *w, uint32_t millionths) {
    static weighted_value sorted[N];
    static double y[N], units[UNITS];
    hf_mass total = 0;
    int n_low = 0, n_high = 0;
    double p = millionths / 1e6, nan = __builtin_nan("");
    for (int i = 0; i < n; i++) {
        sorted[i] = (weighted_value){x[i], (hf_mass)(w[i] * 0x1p48)};
        total += sorted[i].mass;
    }
    qsort(sorted, (size_t)n, sizeof *sorted, compare_values);
    double q = walk_to(n, sorted, part_of(total, millionths, 1000000));
    for (int i = 0; i < n; i++) {
        n_low += x[i] <= q;
        n_high += x[i] >= q;
        y[i] = w[i] * ((x[i] <= q) - p);
    }
    unsigned alone = n_low < 2 || n_high < 2 ? HF_EXTRAPOLATED : 0;
    if (n_low < 10 || n_high < 10)
        return (hf_estimate){
            q, nan, nan, nan, HF_METHOD_NONE, HF_NO_INTERVAL | HF_THIN_TAIL | alone};
    mean_of(n, y, units);
    long double mean = 0.0L, square = 0.0L;
    for (int i = 0; i < n / 8; i++)
        mean += (long double)units[i] / (n / 8);
    for (int i = 0; i < n / 8; i++)
        square += ((long double)units[i] - mean) * ((long double)units[i] - mean);
    double error = __builtin_sqrt((double)(square / (n / 8 - 1) / (n / 8)));
    double low = p - 1.959963984540054 * error, high = p + 1.959963984540054 * error;
    unsigned flags = low <= 0.0 || high >= 1.0 ? HF_UNRELIABLE : 0;
    low = low < 0.0 ? 0.0 : low;
    high = high > 1.0 ? 1.0 : high;
    return (hf_estimate){q,
                         walk_to(n, sorted, part_of(total, (uint64_t)(low * 0x1p40), 1ull << 40)),
                         walk_to(n, sorted, part_of(total, (uint64_t)(high * 0x1p40), 1ull << 40)),
                         0.95,
                         HF_METHOD_WOODRUFF,
                         flags};
}

static bool is_same(const hf_estimate *a, const hf_estimate *b, unsigned apart_from) {
    bool has_none = a->lower != a->lower && b->lower != b->lower;
    return a->value == b->value && a->method == b->method &&
           (a->flags | apart_from) == (b->flags | apart_from) &&
           (has_none ||
            (a->lower == b->lower && a->upper == b->upper && a->coverage == b->coverage));
}

static double x[N], w[N];

static void take_sample(int kind) {
    for (int i = 0; i < N; i++) {
        x[i] = sample(kind, (uint64_t)i);
        w[i] = sample_weight(502, (uint64_t)i);
    }
}

static void levels_are_woodruffs(void) {
    for (int kind = 0; kind < 3; kind++)
        for (int side = HF_BAD_LOW; side <= HF_BAD_HIGH; side++)
            for (int n = 8; n <= N; n = n == 8 ? 80 : n * 50) {
                hf_rules rules;
                result r;
                take_sample(kind);
                hf_rules_init(&rules, (uint64_t)n, true, 0.95);
                estimate_exactly(&rules, (hf_bad_side)side, 1, n, x, w, &r);
                for (int i = 0; i < HF_CHANCES_AT; i++) {
                    hf_estimate e = woodruff(n, x, w, hf_level_p((hf_bad_side)side, i));
                    CU_ASSERT_TRUE(is_same(&r.estimates[HF_Q01 + i], &e, 0));
                }
                for (int i = 0; i < HF_N_CHANCES; i++) {
                    uint32_t p = hf_level_p((hf_bad_side)side, HF_CHANCES_AT + i);
                    CU_ASSERT_EQUAL(p,
                                    side == HF_BAD_LOW ? hf_chances[i] : 1000000 - hf_chances[i]);
                    hf_estimate e = woodruff(n, x, w, p);
                    if (e.flags & HF_EXTRAPOLATED) {
                        CU_ASSERT_TRUE(r.losses[i].value != r.losses[i].value);
                        CU_ASSERT_TRUE(r.losses[i].flags & HF_EXTRAPOLATED);
                    } else
                        CU_ASSERT_TRUE(is_same(&r.losses[i], &e, 0));
                }
            }
}

/* Twelve of 240 trials at the low end: the 0.01 quantile lies among them, and its interval would
 * begin before the first. With nine there is none. */
static void ends_outside_are_flagged(void) {
    for (int n_zero = 9; n_zero <= 12; n_zero += 3) {
        hf_rules rules;
        result r;
        for (int i = 0; i < 240; i++) {
            x[i] = i * 7 % 240 < n_zero ? 0.0 : 1.0 + i;
            w[i] = 1.0;
        }
        hf_rules_init(&rules, 240, true, 0.95);
        estimate_exactly(&rules, HF_BAD_LOW, 1, 240, x, w, &r);
        const hf_estimate *e = &r.estimates[HF_Q01], *cvar = &r.estimates[HF_CVAR99];
        CU_ASSERT_EQUAL(e->value, 0.0);
        CU_ASSERT_EQUAL(cvar->value, 0.0);
        if (n_zero == 12) {
            CU_ASSERT_EQUAL(e->flags, HF_UNRELIABLE);
            CU_ASSERT_TRUE(e->lower == 0.0 && e->upper >= 0.0);
        } else {
            CU_ASSERT_EQUAL(e->flags, HF_THIN_TAIL | HF_NO_INTERVAL);
            CU_ASSERT_EQUAL(cvar->flags, HF_THIN_TAIL | HF_NO_INTERVAL);
        }
        CU_ASSERT_EQUAL(r.estimates[HF_Q50].flags, 0);
    }
}

/* Twenty of 240 trials at the 0.99 quantile and two beyond: its interval would end after the last.
 * What is thin by numbers expected need not be by numbers drawn. */
static void upper_ends_are_flagged(void) {
    hf_rules rules;
    result r;
    for (int i = 0; i < 240; i++) {
        int k = i * 7 % 240;
        x[i] = k < 218 ? 0.001 * k : k < 238 ? 5.0 : 1.0 + k;
        w[i] = 1.0;
    }
    hf_rules_init(&rules, 240, true, 0.95);
    estimate_exactly(&rules, HF_BAD_HIGH, 1, 240, x, w, &r);
    const hf_estimate *var = &r.estimates[HF_VAR99], *cvar = &r.estimates[HF_CVAR99];
    CU_ASSERT_TRUE(var->value == 5.0 && var->lower <= 5.0 && var->upper == 240.0);
    CU_ASSERT_EQUAL(var->flags, HF_UNRELIABLE);
    CU_ASSERT_TRUE(!(cvar->flags & HF_THIN_TAIL) && cvar->lower < cvar->upper);
}

/* -- means -- */

static void means_by_the_formula(void) {
    static double y[N], units[UNITS];
    static const double calm[3] = {-3.5, 1002.0, 0.0};
    for (int kind = 0; kind < 3; kind++)
        for (int side = HF_BAD_LOW; side <= HF_BAD_HIGH; side++) {
            hf_rules rules;
            result r;
            take_sample(kind);
            hf_rules_init(&rules, N, true, 0.95);
            estimate_from_calm(&rules, (hf_bad_side)side, 1, calm[kind], N, x, w, &r);
            for (int i = 0; i < N; i++)
                y[i] = w[i] * (x[i] - calm[kind]);
            double mean = calm[kind] + mean_of(N, y, units), sign = side == HF_BAD_LOW ? -1.0 : 1.0;
            CU_ASSERT_TRUE(agrees(&r.estimates[HF_MEAN], mean, 1.0, units));
            for (int i = 0; i < N; i++)
                y[i] = w[i] * ((x[i] - mean) * (x[i] - mean));
            double sd = __builtin_sqrt(mean_of(N, y, units));
            CU_ASSERT_TRUE(is_near(r.estimates[HF_SD].value, sd, 1e-14 * sd));
            for (int tail = 0; tail < 3; tail++) { /* beyond .999 the sample is too small */
                double q = r.estimates[HF_VAR90 + tail].value;
                double beyond = (1000000 - hf_tail_levels[tail]) / 1e6;
                for (int i = 0; i < N; i++)
                    y[i] = w[i] * hf_max(sign * (x[i] - q), 0.0);
                double value = sign * q + mean_of(N, y, units) / beyond;
                hf_estimate e = r.estimates[HF_CVAR90 + tail];
                if (side == HF_BAD_LOW)
                    e = (hf_estimate){-e.value, -e.upper, -e.lower, e.coverage, e.method, e.flags};
                CU_ASSERT_TRUE(agrees(&e, value, 1.0 / beyond, units));
            }
        }
}

/* To the bit; around 0 of w x. */
static void powers_are_of_what_lies_above_calm(void) {
    static double y[N], y0[N], units[UNITS], units0[UNITS];
    take_sample(0);
    for (int k = 0; k < 2; k++) {
        double c = k ? 2.5 : 0.0, c0 = k ? 1.25 : 0.0;
        hf_kept kept = {N, x, w, c}, kept0 = {N, w, w, c0};
        hf_sums sums = {0};
        hf_powers powers[2] = {0}, expected[2] = {0};
        for (int i = 0; i < N; i++) {
            y[i] = k ? w[i] * (x[i] - c) : w[i] * x[i];
            y0[i] = y[i] - (k ? w[i] * (w[i] - c0) : w[i] * w[i]);
        }
        mean_of(N, y, units);
        mean_of(N, y0, units0);
        for (int i = 0; i < UNITS; i++) {
            double above = units[i] - (7.0 - c), above0 = units0[i] - (7.0 - (c - c0));
            hf_powers_add(&expected[0], 1, &above);
            hf_powers_add(&expected[1], 1, &above0);
        }
        hf_summands_of_mean(&kept, 7.0, &sums, &powers[0]);
        hf_summands_of_difference(&kept, &kept0, 7.0, &sums, &powers[1]);
        for (int i = 0; i < 8; i++)
            CU_ASSERT_EQUAL(hf_exact_sum_value(&powers[i / 4].sum[i % 4]),
                            hf_exact_sum_value(&expected[i / 4].sum[i % 4]));
    }
}

static void ranks_do_not_matter(void) {
    for (int kind = 0; kind < 3; kind++) {
        hf_rules rules;
        result one, many;
        memset(&one, 0, sizeof one);
        memset(&many, 0, sizeof many);
        take_sample(kind);
        hf_rules_init(&rules, N, true, 0.95);
        estimate_from_calm(&rules, HF_BAD_HIGH, 1, 2.5, N, x, w, &one);
        for (int n_ranks = 2; n_ranks <= PIECES_MAX; n_ranks++) {
            estimate_from_calm(&rules, HF_BAD_HIGH, n_ranks, 2.5, N, x, w, &many);
            CU_ASSERT_TRUE(memcmp(&one, &many, sizeof one) == 0);
        }
    }
}

/* Weights of 1 change no value, sd's divisor apart. */
static void weights_of_one_weigh_nothing(void) {
    for (int kind = 0; kind < 3; kind++)
        for (int side = HF_BAD_LOW; side <= HF_BAD_HIGH; side++) {
            hf_rules rules, plain;
            result r, p;
            take_sample(kind);
            for (int i = 0; i < N; i++)
                w[i] = 1.0;
            hf_rules_init(&rules, N, true, 0.95);
            hf_rules_init(&plain, N, false, 0.95);
            estimate_exactly(&rules, (hf_bad_side)side, 1, N, x, w, &r);
            estimate_exactly(&plain, (hf_bad_side)side, 1, N, x, NULL, &p);
            for (int s = 0; s < HF_N_STATISTICS; s++)
                if (s != HF_SD)
                    CU_ASSERT_EQUAL(r.estimates[s].value, p.estimates[s].value);
            double sd = p.estimates[HF_SD].value * __builtin_sqrt((N - 1.0) / N);
            CU_ASSERT_TRUE(is_near(r.estimates[HF_SD].value, sd, 1e-13 * sd));
            for (int i = 0; i < HF_N_CHANCES; i++)
                CU_ASSERT_TRUE(r.losses[i].value == p.losses[i].value ||
                               (p.losses[i].flags & HF_EXTRAPOLATED));
        }
}

/* -- differences -- */

static void differences_by_the_formula(void) {
    static double x0[N], w0[N], y[N], units[N];
    for (int run = 0; run < 4; run++) {
        bool is_weighted = run % 2;
        hf_bad_side side = run < 2 ? HF_BAD_HIGH : HF_BAD_LOW;
        double sign = run < 2 ? 1.0 : -1.0;
        hf_rules rules;
        result r, r0;
        hf_sums sums[HF_N_SUMMANDS] = {0};
        hf_powers powers[HF_N_SUMMANDS] = {0};
        hf_estimate d[HF_N_SUMMANDS];
        take_sample(1);
        for (int i = 0; i < N; i++) {
            x0[i] = x[i] - 3.0 * sample_uniform(503, (uint64_t)i);
            w0[i] = sample_weight(504, (uint64_t)i);
        }
        hf_rules_init(&rules, N, is_weighted, 0.95);
        double c = is_weighted ? 1002.5 : 0.0, c0 = is_weighted ? 998.75 : 0.0;
        hf_kept kept = {N, x, is_weighted ? w : NULL, c};
        hf_kept kept0 = {N, x0, is_weighted ? w0 : NULL, c0};
        estimate_from_calm(&rules, side, 1, c, N, x, kept.weights, &r);
        estimate_from_calm(&rules, side, 1, c0, N, x0, kept0.weights, &r0);
        for (uint64_t from = 0; from < N; from += 1000) { /* in pieces */
            const double *weights = is_weighted ? w + from : NULL;
            const double *weights0 = is_weighted ? w0 + from : NULL;
            hf_kept piece = {1000, x + from, weights, c}, piece0 = {1000, x0 + from, weights0, c0};
            hf_summands_of_difference(&piece, &piece0, 1.25, &sums[0], &powers[0]);
            for (int i = 0; i < HF_N_TAILS; i++)
                hf_summands_of_excess_difference(&piece, r.estimates[HF_VAR90 + i].value, &piece0,
                                                 r0.estimates[HF_VAR90 + i].value, side,
                                                 &sums[1 + i], &powers[1 + i]);
        }
        hf_difference(&rules, side, c - c0, r.estimates, r0.estimates, sums, powers, d);
        for (int k = 0; k < HF_N_SUMMANDS; k++) {
            double q = 0.0, q0 = 0.0, scale = 1.0;
            if (k > 0) {
                q = r.estimates[HF_VAR90 + k - 1].value;
                q0 = r0.estimates[HF_VAR90 + k - 1].value;
                scale = 1e6 / (1000000 - hf_tail_levels[k - 1]);
            }
            for (int i = 0; i < N; i++) {
                double a = k ? hf_max(sign * (x[i] - q), 0.0) : x[i] - c;
                double b = k ? hf_max(sign * (x0[i] - q0), 0.0) : x0[i] - c0;
                y[i] = is_weighted ? w[i] * a - w0[i] * b : a - b;
            }
            double mean = mean_of(N, y, units), mirror = k ? sign : 1.0;
            double from = k ? q - q0 : c - c0;
            hf_shape shape = shape_of(is_weighted ? UNITS : N, is_weighted ? units : y);
            hf_estimate e = hf_interval_make(mirror * from + mean * scale, scale, &shape, 0.95);
            double bound = 1e-9 * (e.upper - e.lower);
            CU_ASSERT_TRUE(is_near(d[k].value, mirror * e.value, 1e-9));
            int statistic = k ? HF_CVAR90 + k - 1 : HF_MEAN;
            double apart = r.estimates[statistic].value - r0.estimates[statistic].value;
            CU_ASSERT_TRUE(is_near(d[k].value, apart, 1e-9));
            if (k == HF_N_TAILS) /* four trials beyond .999 */
                CU_ASSERT_EQUAL(d[k].flags, HF_NO_INTERVAL);
            if (k == HF_N_TAILS)
                continue;
            CU_ASSERT_TRUE(is_near(mirror > 0 ? d[k].lower : -d[k].upper, e.lower, bound));
            CU_ASSERT_TRUE(is_near(mirror > 0 ? d[k].upper : -d[k].lower, e.upper, bound));
            CU_ASSERT_TRUE(d[k].method == e.method && d[k].flags == e.flags);
        }
    }
}

/* -- tails, bins -- */

static void better_intervals_are_mirrored(void) {
    static double excess[N];
    hf_rules rules;
    result r;
    take_sample(0);
    hf_rules_init(&rules, N, false, 0.95);
    for (int is_low = 0; is_low < 2; is_low++) {
        hf_bad_side side = is_low ? HF_BAD_LOW : HF_BAD_HIGH;
        double sign = is_low ? -1.0 : 1.0;
        for (int i = 0; i < N; i++)
            x[i] = sign * sample(0, (uint64_t)i);
        estimate_exactly(&rules, side, 1, N, x, NULL, &r);
        double var = r.estimates[HF_VAR95].value;
        hf_estimate cvar = r.estimates[HF_CVAR95];
        uint64_t n = hf_kept_excesses(&(hf_kept){N, x, NULL, 0.0}, var, side, excess), n_beyond = 0;
        for (int i = 0; i < N; i++)
            n_beyond += sign * x[i] > sign * var;
        CU_ASSERT_EQUAL(n, n_beyond);
        qsort(excess, n, sizeof *excess, compare_doubles);
        hf_estimate e =
            hf_interval_of_excess(sign * cvar.value, sign * var, 0.05, N, excess, n, 0.95);
        hf_cvar_refine(&rules, side, 1, var, n, excess, &cvar);
        CU_ASSERT_EQUAL(cvar.value, sign * e.value);
        CU_ASSERT_EQUAL(cvar.lower, is_low ? -e.upper : e.lower);
        CU_ASSERT_EQUAL(cvar.upper, is_low ? -e.lower : e.upper);
        CU_ASSERT_TRUE(cvar.flags & HF_UNRELIABLE);
    }
}

static void bins_weigh_what_lies_in_them(void) {
    for (int kind = 0; kind < 3; kind++) {
        static pieces p;
        double edges[HF_PLOT_BINS + 1], min, max;
        hf_mass masses[2][HF_PLOT_BINS];
        take_sample(kind);
        min = max = x[0];
        for (int i = 0; i < N; i++) {
            min = hf_min(min, x[i]);
            max = hf_max(max, x[i]);
        }
        hf_bins_edges(min, max, false, edges);
        pieces_deal(&p, 2, 0.0, N, x, w);
        for (int r = 0; r < 2; r++)
            hf_bins_weigh_column(&p.columns[r], edges, masses[r]);
        pieces_clear(&p);
        for (int b = 0; b < HF_PLOT_BINS; b++) {
            hf_mass mass = 0;
            for (int i = 0; i < N; i++)
                if (x[i] >= edges[b] && (x[i] < edges[b + 1] || b == HF_PLOT_BINS - 1))
                    mass += (hf_mass)(w[i] * 0x1p48);
            CU_ASSERT_TRUE(masses[0][b] + masses[1][b] == mass);
        }
    }
}

HF_TEST_MAIN("summands", HF_CASE(levels_are_woodruffs), HF_CASE(ends_outside_are_flagged),
             HF_CASE(upper_ends_are_flagged), HF_CASE(means_by_the_formula),
             HF_CASE(powers_are_of_what_lies_above_calm), HF_CASE(ranks_do_not_matter),
             HF_CASE(weights_of_one_weigh_nothing), HF_CASE(differences_by_the_formula),
             HF_CASE(better_intervals_are_mirrored), HF_CASE(bins_weigh_what_lies_in_them))
