/* Estimators: by hand, against references, over simulated ranks, and by coverage. */
#include "base/elementary.h"
#include "base/memory.h"
#include "stats/tally.h"
#include "stats/weekly.h"
#include "unit/hf_cunit.h"
#include "unit/pieces.h"
#include "unit/stats_samples.h"

static result estimate(hf_bad_side side, int n, const double *x) {
    hf_rules rules;
    result out;
    hf_rules_init(&rules, (uint64_t)n, false, 0.95);
    estimate_exactly(&rules, side, 1, n, x, NULL, &out);
    return out;
}

static bool is_near(double a, double b, double bound) {
    double d = a - b;
    return (d < 0 ? -d : d) <= bound;
}

static bool is_missing(double x) {
    return x != x;
}

/* The interval of a value known up to scale times the mean of n summands of this shape. */
static bool is_like(const hf_estimate *e, double value, double scale, double n, double variance,
                    double skewness, double kurtosis) {
    hf_shape shape = {n, 0.0, variance, skewness, kurtosis};
    hf_estimate expected = hf_interval_make(value, scale, &shape, 0.95);
    double bound = 1e-11 * (expected.upper - expected.lower);
    return is_near(e->value, value, 1e-13 * hf_abs(value)) &&
           is_near(e->lower, expected.lower, bound) && is_near(e->upper, expected.upper, bound) &&
           e->coverage == 0.95 && e->method == expected.method && e->flags == expected.flags;
}

/* Exact sums of binomial terms (Python integers; from 10^6 on mpmath, 40 digits). */
static void binomial_ranks_match_references(void) {
    static const struct {
        uint64_t n;
        uint32_t p;
        double confidence;
        uint64_t lower, upper;
        double coverage;
    } known[] = {
        {59, 950000, 0.95, 50, 59, 0.950861863835886}, /* Wilks: 59 for 95/95 */
        {59, 50000, 0.95, 1, 10, 0.950861863835886},
        {93, 950000, 0.95, 84, 93, 0.9735783351718659},
        {10, 500000, 0.95, 2, 9, 0.978515625},
        {6, 500000, 0.95, 1, 6, 0.96875},
        {100, 900000, 0.95, 84, 96, 0.955690107191223},
        {1000, 990000, 0.99, 981, 998, 0.994032208218481},
        {2000, 250000, 0.9, 468, 533, 0.9067614957313018},
        {1000000, 999000, 0.95, 998938, 999062, 0.9502066318459015},
        {1000000, 500000, 0.95, 499020, 500981, 0.9501210313476319},
        {4194304, 10000, 0.95, 41544, 42344, 0.9503501514312539},
        {100000000, 999000, 0.99, 99899185, 99900814, 0.9900328382848461},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        hf_ranks r = hf_ranks_find(known[i].n, known[i].p, known[i].confidence);
        CU_ASSERT_TRUE(r.has_interval);
        CU_ASSERT_EQUAL(r.lower, known[i].lower);
        CU_ASSERT_EQUAL(r.upper, known[i].upper);
        CU_ASSERT_TRUE(is_near(r.coverage, known[i].coverage, 1e-11));
    }
    static const struct {
        uint64_t n;
        uint32_t p;
        double confidence;
    } none[] = {{58, 950000, 0.95},   {5, 500000, 0.95},    {1, 500000, 0.95}, {2, 500000, 0.95},
                {1000, 999000, 0.95}, {4000, 999000, 0.99}, {1, 999990, 0.5},  {1, 10, 0.5}};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        hf_ranks r = hf_ranks_find(none[i].n, none[i].p, none[i].confidence);
        CU_ASSERT_TRUE(!r.has_interval && is_missing(r.coverage) && r.lower == r.point &&
                       r.upper == r.point && r.point >= 1 && r.point <= none[i].n);
    }
}

static void points_are_exact_in_decimals(void) {
    CU_ASSERT_EQUAL(hf_ranks_find(1000, 950000, 0.9).point, 950); /* 1000 * 0.95 is above 950 */
    CU_ASSERT_EQUAL(hf_ranks_find(100, 70000, 0.9).point, 7);     /* 100 * 0.07 > 7 in doubles */
    CU_ASSERT_EQUAL(hf_ranks_find(101, 70000, 0.9).point, 8);
    CU_ASSERT_EQUAL(hf_ranks_find(1000000, 10, 0.9).point, 10);
    CU_ASSERT_EQUAL(hf_ranks_find(1, 10, 0.9).point, 1);
    CU_ASSERT_EQUAL(hf_ranks_find((uint64_t)1 << 40, 999000, 0.9).point, 1098412116149u);
}

static void twenty_numbers_by_hand(void) {
    double x[20];
    for (int i = 0; i < 20; i++)
        x[i] = (7 * i) % 20 + 1; /* 1 .. 20 */
    result high = estimate(HF_BAD_HIGH, 20, x), low = estimate(HF_BAD_LOW, 20, x);
    const hf_estimate *e = high.estimates;
    static const double quantiles[] = {1, 1, 5, 10, 15, 19, 20, 20};
    CU_ASSERT_EQUAL(e[HF_MEAN].value, 10.5);
    CU_ASSERT_EQUAL(e[HF_SD].value, __builtin_sqrt(35.0));
    CU_ASSERT_TRUE(is_like(&e[HF_MEAN], 10.5, 1.0, 20, 35.0, 0.0, -1.2 * 401.0 / 399.0));
    CU_ASSERT_TRUE(e[HF_MINIMUM].value == 1 && e[HF_MAXIMUM].value == 20);
    CU_ASSERT_TRUE(is_missing(e[HF_SD].lower) && (e[HF_SD].flags & HF_NO_INTERVAL));
    for (int i = 0; i < HF_N_QUANTILES; i++)
        CU_ASSERT_EQUAL(e[HF_Q01 + i].value, quantiles[i]);
    CU_ASSERT_TRUE(e[HF_Q50].lower == 6 && e[HF_Q50].upper == 15); /* the sign test's ranks */
    CU_ASSERT_TRUE(is_near(e[HF_Q50].coverage, 0.9586105346679688, 1e-14));
    CU_ASSERT_TRUE(e[HF_Q50].method == HF_METHOD_BINOMIAL && e[HF_Q50].flags == 0);
    CU_ASSERT_TRUE(e[HF_VAR90].value == 18 && is_near(e[HF_CVAR90].value, 19.5, 1e-14));
    CU_ASSERT_TRUE(e[HF_VAR95].value == 19 && is_near(e[HF_CVAR95].value, 20, 1e-14));
    CU_ASSERT_TRUE(e[HF_VAR99].value == 20 && e[HF_CVAR99].value == 20);
    CU_ASSERT_EQUAL(e[HF_CVAR90].flags, HF_THIN_TAIL | HF_NO_INTERVAL);
    CU_ASSERT_TRUE(is_missing(e[HF_CVAR90].upper) && e[HF_CVAR90].method == HF_METHOD_NONE);
    CU_ASSERT_TRUE((e[HF_Q05].flags & HF_THIN_TAIL) && (e[HF_Q95].flags & HF_THIN_TAIL));
    CU_ASSERT_TRUE(is_missing(e[HF_Q99].lower) && (e[HF_Q99].flags & HF_NO_INTERVAL));
    e = low.estimates;
    CU_ASSERT_TRUE(e[HF_VAR90].value == 2 && is_near(e[HF_CVAR90].value, 1.5, 1e-14));
    CU_ASSERT_TRUE(e[HF_VAR95].value == 1 && e[HF_CVAR95].value == 1);
    CU_ASSERT_TRUE(high.losses[8].value == 18 && low.losses[8].value == 2); /* chance 0.1 */
    CU_ASSERT_TRUE(!(high.losses[4].flags & HF_THIN_TAIL) && (high.losses[5].flags & HF_THIN_TAIL));
    CU_ASSERT_TRUE(high.losses[9].value == 19 && low.losses[9].value == 1); /* one in 20 */
    for (int i = 10; i < HF_N_CHANCES; i++) {
        const hf_estimate *loss = &high.losses[i];
        CU_ASSERT_TRUE(is_missing(loss->value) && is_missing(loss->upper));
        CU_ASSERT_EQUAL(loss->flags, HF_THIN_TAIL | HF_NO_INTERVAL | HF_EXTRAPOLATED);
    }
}

static void atoms_are_counted_right(void) {
    double x[1000];
    for (int i = 0; i < 1000; i++)
        x[i] = i % 20 ? 0.0 : 10.0; /* one in twenty */
    result r = estimate(HF_BAD_HIGH, 1000, x);
    const hf_estimate *e = r.estimates;
    CU_ASSERT_TRUE(e[HF_VAR90].value == 0 && is_near(e[HF_CVAR90].value, 5.0, 1e-13));
    CU_ASSERT_TRUE(e[HF_VAR95].value == 0 && is_near(e[HF_CVAR95].value, 10.0, 1e-13));
    CU_ASSERT_TRUE(e[HF_VAR99].value == 10 && e[HF_CVAR99].value == 10);
    /* (x - 0)+ is 10 times a Bernoulli trial */
    const double p = 0.05, pq = p * (1.0 - p), skewness = (1.0 - 2.0 * p) / __builtin_sqrt(pq);
    CU_ASSERT_TRUE(is_like(&e[HF_CVAR90], 5.0, 10.0, 1000, 100.0 * pq * 1000.0 / 999.0, skewness,
                           (1.0 - 6.0 * pq) / pq));
    CU_ASSERT_TRUE(is_like(&e[HF_CVAR95], 10.0, 20.0, 1000, 100.0 * pq * 1000.0 / 999.0, skewness,
                           (1.0 - 6.0 * pq) / pq));
}

static void few_trials_leave_gaps(void) {
    result one = estimate(HF_BAD_LOW, 1, (double[]){4.0});
    const hf_estimate *e = one.estimates;
    CU_ASSERT_TRUE(e[HF_MEAN].value == 4 && is_missing(e[HF_MEAN].lower));
    CU_ASSERT_EQUAL(e[HF_MEAN].flags, HF_NO_INTERVAL);
    CU_ASSERT_TRUE(is_missing(e[HF_SD].value));
    for (int s = HF_MINIMUM; s < HF_N_STATISTICS; s++)
        CU_ASSERT_TRUE(e[s].value == 4 && is_missing(e[s].upper) && is_missing(e[s].coverage));
}

static double sample(int kind, uint64_t i) {
    double u = sample_uniform(200, i);
    return kind == 0 ? sample_loss(201, i) : kind == 1 ? 1.0 - u * u * u : (u - 0.3) * 1e6;
}

/* Bits do not depend on ranks; histograms are within 2^-12; the low side mirrors the high one. */
static void ranks_bins_and_sides_agree(void) {
    enum { N = 4003 }; /* no level falls on a whole rank: the mirror is exact */
    static double x[N], mirrored[N];
    hf_rules rules;
    hf_rules_init(&rules, N, false, 0.95);
    for (int kind = 0; kind < 3; kind++)
        for (int side = HF_BAD_LOW; side <= HF_BAD_HIGH; side++) {
            result one, many, bins, mirror;
            for (int i = 0; i < N; i++)
                mirrored[i] = -(x[i] = sample(kind, (uint64_t)i));
            estimate_exactly(&rules, (hf_bad_side)side, 1, N, x, NULL, &one);
            for (int n_ranks = 2; n_ranks <= PIECES_MAX; n_ranks++) {
                estimate_exactly(&rules, (hf_bad_side)side, n_ranks, N, x, NULL, &many);
                CU_ASSERT_TRUE(memcmp(&one, &many, sizeof one) == 0);
            }
            estimate_from_bins(&rules, (hf_bad_side)side, N, x, &bins);
            estimate_exactly(&rules, side == HF_BAD_LOW ? HF_BAD_HIGH : HF_BAD_LOW, 1, N, mirrored,
                             NULL, &mirror);
            for (int s = HF_Q01; s < HF_N_STATISTICS; s++) {
                const hf_estimate *a = &one.estimates[s], *b = &bins.estimates[s];
                double size = hf_max(a->value, -a->value), scale = s < HF_CVAR90 ? size : 1e6;
                CU_ASSERT_TRUE(is_near(a->value, b->value, scale * HF_HISTOGRAM_ERROR));
                /* a tail within one bin shows no spread, hence no interval */
                bool is_hidden =
                    s >= HF_CVAR90 && b->value == bins.estimates[s - HF_CVAR90 + HF_VAR90].value;
                CU_ASSERT_TRUE(is_hidden ||
                               ((a->flags | HF_FROM_BINS) == b->flags && a->method == b->method));
                if (s >= HF_VAR90)
                    CU_ASSERT_EQUAL(a->value, -mirror.estimates[s].value);
                if (s >= HF_VAR90 && a->method != HF_METHOD_NONE)
                    CU_ASSERT_EQUAL(a->lower, -mirror.estimates[s].upper);
            }
            for (int i = 0; i < HF_N_CHANCES; i++) {
                double size = hf_max(one.losses[i].value, -one.losses[i].value);
                if (hf_chances[i] * (uint64_t)N < HF_MILLION) {
                    CU_ASSERT_TRUE(is_missing(one.losses[i].value));
                    CU_ASSERT_TRUE(bins.losses[i].flags & HF_EXTRAPOLATED);
                    continue;
                }
                CU_ASSERT_TRUE(
                    is_near(one.losses[i].value, bins.losses[i].value, size * HF_HISTOGRAM_ERROR));
                if (i > 0)
                    CU_ASSERT_TRUE(side == HF_BAD_LOW
                                       ? one.losses[i].value <= one.losses[i - 1].value
                                       : one.losses[i].value >= one.losses[i - 1].value);
            }
        }
}

/* No value of a histogram's summary leaves the range, even where midpoints do. */
static void constants_stay_constant(void) {
    static double x[500];
    hf_rules rules;
    result r;
    for (int i = 0; i < 500; i++)
        x[i] = 5.0;
    hf_rules_init(&rules, 500, false, 0.95);
    estimate_from_bins(&rules, HF_BAD_HIGH, 500, x, &r);
    for (int s = 0; s < HF_N_STATISTICS; s++)
        CU_ASSERT_EQUAL(r.estimates[s].value, s == HF_SD ? 0.0 : 5.0);
    estimate_from_bins(&rules, HF_BAD_LOW, 500, x, &r);
    CU_ASSERT_EQUAL(r.estimates[HF_CVAR90].value, 5.0);
}

/* Where all values share a bin, its midpoint says nothing of their spread; the moments do. */
static void bins_do_not_hide_a_spread(void) {
    static double x[500];
    hf_rules rules;
    result bins;
    for (int i = 0; i < 500; i++)
        x[i] = 1e6 + i % 7;
    hf_rules_init(&rules, 500, false, 0.95);
    estimate_from_bins(&rules, HF_BAD_HIGH, 500, x, &bins);
    result exact = estimate(HF_BAD_HIGH, 500, x);
    const hf_estimate *a = &exact.estimates[HF_MEAN], *b = &bins.estimates[HF_MEAN];
    CU_ASSERT_TRUE(a->value == b->value && a->upper > a->value);
    CU_ASSERT_TRUE(is_near(a->upper, b->upper, 0.01 * (a->upper - a->value)));
    CU_ASSERT_TRUE(is_near(a->lower, b->lower, 0.01 * (a->upper - a->value)));
    CU_ASSERT_EQUAL(exact.estimates[HF_SD].value, bins.estimates[HF_SD].value);
}

/* Share of 2000 samples of 300 uniforms whose interval holds the truth. Binomial intervals cover
 * with their stated probability exactly, the others nearly; four standard errors (of 2000) below
 * and above raise a false alarm once in 15000. The seed is fixed. */
static void intervals_cover(void) {
    enum { REPEATS = 2000, N = 300 };
    static const struct {
        hf_statistic statistic;
        double truth, slack; /* slack: what the asymptotics may lack at this size */
    } cases[] = {{HF_MEAN, 0.5, 0.01}, {HF_Q25, 0.25, 0.0},  {HF_Q50, 0.5, 0.0},
                 {HF_Q95, 0.95, 0.0},  {HF_VAR90, 0.9, 0.0}, {HF_CVAR90, 0.95, 0.03},
                 {HF_VAR95, 0.95, 0.0}};
    int hits[sizeof cases / sizeof cases[0]] = {0};
    double coverage[sizeof cases / sizeof cases[0]] = {0};
    hf_rules rules;
    hf_rules_init(&rules, N, false, 0.95);
    for (uint64_t repeat = 0; repeat < REPEATS; repeat++) {
        static double x[N];
        result r;
        for (uint64_t i = 0; i < N; i++)
            x[i] = sample_uniform(300 + repeat, i);
        estimate_exactly(&rules, HF_BAD_HIGH, 1, N, x, NULL, &r);
        for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
            const hf_estimate *e = &r.estimates[cases[c].statistic];
            hits[c] += e->lower <= cases[c].truth && cases[c].truth <= e->upper;
            coverage[c] = e->coverage;
        }
    }
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        double p = coverage[c], four = 4.0 * __builtin_sqrt(p * (1.0 - p) / REPEATS);
        double share = (double)hits[c] / REPEATS;
        printf("%s covers %.4f of %.4f; ", hf_statistic_names[cases[c].statistic], share, p);
        CU_ASSERT_TRUE(p >= 0.95 && is_near(share, p, four + cases[c].slack));
    }
}

static void names_and_periods(void) {
    CU_ASSERT_EQUAL(hf_statistic_find("cvar95"), HF_CVAR95);
    CU_ASSERT_EQUAL(hf_statistic_find("mean"), 0);
    CU_ASSERT_EQUAL(hf_statistic_find("nothing"), -1);
    for (int i = 0; i < HF_N_QUANTILES; i++) { /* names say their levels */
        double p = strtod(hf_statistic_names[HF_Q01 + i] + 1, NULL);
        CU_ASSERT_EQUAL((uint32_t)(p * (p > 100 ? 1e3 : 1e4)), hf_quantile_levels[i]);
    }
    CU_ASSERT_TRUE(is_near(hf_return_period(0.5, 520.0), 14.426950408889634, 1e-13));
    CU_ASSERT_TRUE(is_near(hf_return_period(0.01, 52.0), 99.49916247342207, 1e-13));
    CU_ASSERT_TRUE(is_near(hf_return_period(1e-5, 104.0), 199998.99999833333, 1e-9));
}

/* Three strata of chances p, of which 4, 3 and 1 of every 8 trials are: the weight is 8 p / n. The
 * variance of the mean is the sum of p^2 variance / trials over strata; taken for independent
 * trials it would come out far larger. */
static void units_give_the_stratified_error(void) {
    enum { STRATA = 3, TRIALS = 1 << 18, WIDTH = 4096 };
    static const int table[STRATA] = {4, 3, 1}, stratum_of[HF_PERIOD] = {0, 0, 0, 0, 1, 1, 1, 2};
    static const double p[STRATA] = {0.75, 0.1875, 0.0625};
    static const double mean[STRATA] = {1.0, 10.0, 70.0}, sd[STRATA] = {0.5, 3.0, 8.0};
    static double x[WIDTH], w[WIDTH];
    hf_quantity quantity = {.name = "q", .bad_side = HF_BAD_HIGH, .detail = HF_MOMENTS};
    hf_tally *tally = hf_tally_create(
        1, 1, &quantity, &(hf_tally_options){.keep_capacity = TRIALS, .is_weighted = true});
    for (uint64_t first = 0; first < TRIALS; first += WIDTH) {
        for (int i = 0; i < WIDTH; i++) {
            int s = stratum_of[i % HF_PERIOD];
            bool is_high = sample_bits(600, first + (uint64_t)i) & 1;
            x[i] = mean[s] + (is_high ? sd[s] : -sd[s]);
            w[i] = hf_floor(p[s] * HF_PERIOD / table[s] * 0x1p48 + 0.5) * 0x1p-48;
        }
        hf_tally_absorb(tally, first, WIDTH, WIDTH, (const double *const[]){x},
                        (const double *const[]){w});
    }
    double expected = 0.0, truth = 0.0;
    for (int s = 0; s < STRATA; s++) {
        expected += p[s] * p[s] * sd[s] * sd[s] / (TRIALS / HF_PERIOD * table[s]);
        truth += p[s] * mean[s];
    }
    const hf_sums *sums = &hf_tally_moments(tally, 0, 0)->sums,
                  *units = hf_tally_units(tally, 0, 0);
    hf_estimate stratified = hf_estimate_of_sums(0.0, sums, units, 0.95);
    hf_estimate crude = hf_estimate_of_sums(0.0, sums, NULL, 0.95);
    double half = stratified.upper - stratified.value, z = 1.959963984540054;
    double found = half * half / (z * z), off = stratified.value - truth;
    CU_ASSERT_TRUE(found > 0.97 * expected && found < 1.03 * expected);
    CU_ASSERT_TRUE(off * off < 9.0 * expected);
    CU_ASSERT_EQUAL(stratified.value, crude.value);
    CU_ASSERT_EQUAL(stratified.method, HF_METHOD_NORMAL);
    CU_ASSERT_EQUAL(stratified.coverage, 0.95);
    CU_ASSERT_TRUE(crude.upper - crude.value > 2.0 * half);
    hf_sums one = {.n = 1};
    CU_ASSERT_EQUAL(hf_estimate_of_sums(0.0, sums, &one, 0.95).flags, HF_NO_INTERVAL);
    CU_ASSERT_EQUAL(hf_estimate_of_sums(0.0, sums, &one, 0.95).value, crude.value);
    hf_tally_destroy(tally);
}

/* A fixed cost of 1000, and in one trial of 16 a loss; weights of two strata, the chance of the
 * second drawn anew in each trial. What the two estimators are off by on average, and by how much.
 */
static void calm_takes_the_noise_of_constants_away(void) {
    enum { REPEATS = 1000, TRIALS = 512 };
    static double x[TRIALS], w[TRIALS];
    double off[2] = {0.0}, square[2] = {0.0}, hits = 0.0, calm = 1000.0, truth = 1000.0 + 20.0 / 16;
    hf_quantity quantity = {.name = "q", .bad_side = HF_BAD_HIGH, .detail = HF_MOMENTS};
    for (uint64_t repeat = 0; repeat < REPEATS; repeat++) {
        for (int i = 0; i < TRIALS; i++) {
            double u = sample_uniform(610 + repeat, (uint64_t)i), p = u / 8.0;
            bool is_struck = i % HF_PERIOD >= 5;
            double loss = 40.0 * sample_uniform(5610 + repeat, (uint64_t)i);
            x[i] = is_struck ? calm + loss : calm;
            w[i] = hf_floor((is_struck ? p * 8.0 / 3.0 : (1.0 - p) * 8.0 / 5.0) * 0x1p48) * 0x1p-48;
        }
        for (int k = 0; k < 2; k++) {
            hf_tally *tally = hf_tally_create(1, 1, &quantity,
                                              &(hf_tally_options){.keep_capacity = TRIALS,
                                                                  .is_weighted = true,
                                                                  .calm = k ? &calm : NULL});
            hf_tally_absorb(tally, 0, TRIALS, TRIALS, (const double *const[]){x},
                            (const double *const[]){w});
            hf_estimate e = hf_estimate_of_sums(hf_tally_calm(tally, 0, 0),
                                                &hf_tally_moments(tally, 0, 0)->sums,
                                                hf_tally_units(tally, 0, 0), 0.95);
            off[k] += (e.value - truth) / REPEATS;
            square[k] += (e.value - truth) * (e.value - truth) / REPEATS;
            hits += k && e.lower <= truth && truth <= e.upper;
            hf_tally_destroy(tally);
        }
    }
    for (int k = 0; k < 2; k++)
        CU_ASSERT_TRUE(off[k] * off[k] < 9.0 * square[k] / REPEATS);
    printf("errors %.4g and %.4g; ", hf_sqrt(square[0]), hf_sqrt(square[1]));
    CU_ASSERT_TRUE(square[1] < 0.01 * square[0]);
    CU_ASSERT_TRUE(hits > 0.92 * REPEATS && hits < 0.98 * REPEATS);
}

static void mix(uint64_t *digest, const void *bytes, size_t n) {
    for (size_t i = 0; i < n; i++)
        *digest = (*digest ^ ((const unsigned char *)bytes)[i]) * 0x100000001B3u;
}

/* One number for everything this layer computes of fixed samples: equal in every build. */
static void bits_are_the_same_everywhere(void) {
    enum { N = 3840, LANES = 64, WEEKS = 4 };
    static const hf_quantity quantities[] = {{"loss", "USD", "", HF_BAD_HIGH, HF_DISTRIBUTION},
                                             {"rate", "1", "", HF_BAD_LOW, HF_DISTRIBUTION},
                                             {"events", "1", "", HF_BAD_NONE, HF_MOMENTS}};
    static double rows[3 * LANES], columns[2][N];
    hf_tally_options options = {.tail_count = 20, .n_hazards = 1, .first_events = 2};
    const double edges[WEEKS] = {0}, tops[WEEKS] = {1.0, 1.5, 0.7, 0.9}, scale = 0.8;
    hf_weekly_options weeks = {1, WEEKS, 1, 1, edges, tops, &scale, false, NULL};
    hf_tally *tally = hf_tally_create(1, 3, quantities, &options);
    hf_weekly *weekly = hf_weekly_create(&weeks);
    uint64_t digest = 0xCBF29CE484222325u;
    for (int first = 0; first < N; first += LANES) {
        for (int i = 0; i < LANES; i++) {
            uint64_t trial = (uint64_t)(first + i);
            columns[0][trial] = rows[i] = sample_loss(400, trial);
            columns[1][trial] = rows[LANES + i] = sample_uniform(401, trial);
            rows[2 * LANES + i] = (double)(sample_bits(402, trial) % 3);
        }
        hf_tally_absorb(tally, (uint64_t)first, LANES, LANES, (const double *const[]){rows}, NULL);
        for (int t = 0; t < WEEKS; t++)
            hf_weekly_absorb(weekly, 0, t, LANES, LANES, rows + LANES, rows + LANES, NULL);
    }
    for (int q = 0; q < 2; q++) {
        hf_rules rules;
        result r[2];
        hf_rules_init(&rules, N, false, 0.95);
        estimate_exactly(&rules, quantities[q].bad_side, 3, N, columns[q], NULL, &r[0]);
        estimate_from_bins(&rules, quantities[q].bad_side, N, columns[q], &r[1]);
        for (int k = 0; k < 2; k++)
            for (int s = 0; s < HF_N_STATISTICS + HF_N_CHANCES; s++) {
                const hf_estimate *e =
                    s < HF_N_STATISTICS ? &r[k].estimates[s] : &r[k].losses[s - HF_N_STATISTICS];
                mix(&digest, &e->value, sizeof e->value);
                if (e->method != HF_METHOD_NONE)
                    mix(&digest, &e->lower, 3 * sizeof e->lower); /* lower, upper, coverage */
            }
    }
    for (int t = 0; t < WEEKS; t++) {
        hf_weekly_mean m = hf_weekly_stage_mean(weekly, 0, t, 0);
        double q = hf_weekly_quantile(weekly, 0, t, 0, 250 * t + 50);
        mix(&digest, &m.mean, sizeof m.mean);
        mix(&digest, &m.standard_error, sizeof m.standard_error);
        mix(&digest, &q, sizeof q);
    }
    unsigned char *bytes;
    size_t n = hf_tally_pack(tally, &bytes);
    mix(&digest, bytes, n);
    hf_free(bytes);
    n = hf_weekly_pack(weekly, &bytes);
    mix(&digest, bytes, n);
    hf_free(bytes);
    printf("digest %016llx ", (unsigned long long)digest);
    CU_ASSERT_EQUAL(digest, 0x1893f3bba4c02a4au);
    hf_tally_destroy(tally);
    hf_weekly_destroy(weekly);
}

HF_TEST_MAIN("summary", HF_CASE(binomial_ranks_match_references),
             HF_CASE(points_are_exact_in_decimals), HF_CASE(twenty_numbers_by_hand),
             HF_CASE(atoms_are_counted_right), HF_CASE(few_trials_leave_gaps),
             HF_CASE(ranks_bins_and_sides_agree), HF_CASE(constants_stay_constant),
             HF_CASE(bins_do_not_hide_a_spread), HF_CASE(intervals_cover),
             HF_CASE(units_give_the_stratified_error),
             HF_CASE(calm_takes_the_noise_of_constants_away), HF_CASE(names_and_periods),
             HF_CASE(bits_are_the_same_everywhere))
