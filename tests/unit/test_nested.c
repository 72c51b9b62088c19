/* Ignorance apart from chance: every formula of stats/nested.h against a slow one. */
#include "base/elementary.h"
#include "stats/interval.h"
#include "stats/nested.h"
#include "unit/hf_cunit.h"
#include "unit/stats_samples.h"

enum { MAX_M = 20000, MAX_K = 64, MANY = HF_SURE_DRAWS };

static bool is_near(double a, double b, double scale) {
    return hf_abs(a - b) <= 1e-12 * scale;
}

static bool is_missing(double x) {
    return x != x;
}

/* ---- how a draw is cut ---- */

static void quarters_make_np_whole(void) {
    static const struct {
        uint64_t n_inner;
        bool is_weighted;
        int n_resolved;
        int statistic;
        uint64_t part;
    } known[] = {
        {1, false, 0, HF_MEAN, 0},         {2, false, 1, HF_MEAN, 1},
        {7, false, 1, HF_MEAN, 3},         {19, false, 1, HF_SD, 0},
        {20, false, 2, HF_SD, 5},          {39, false, 2, HF_Q50, 0},
        {40, false, 3, HF_Q50, 10},        {43, false, 3, HF_Q50, 10},
        {80, false, 5, HF_Q25, 20},        {100, false, 5, HF_Q50, 24},
        {199, false, 5, HF_VAR90, 0},      {200, false, 7, HF_CVAR90, 50},
        {200, false, 7, HF_Q75, 48},       {399, false, 7, HF_VAR95, 0},
        {400, false, 11, HF_VAR95, 100},   {500, false, 11, HF_Q05, 120},
        {2000, false, 15, HF_Q01, 500},    {20000, false, 18, HF_CVAR999, 5000},
        {20000, false, 18, HF_MINIMUM, 0}, {20000, false, 18, HF_MAXIMUM, 0},
        {8, true, 0, HF_MEAN, 0},          {24, true, 1, HF_MEAN, 8},
        {64, true, 3, HF_Q50, 16},         {64, true, 3, HF_SD, 16},
        {232, true, 5, HF_Q50, 56},        {232, true, 5, HF_VAR90, 0},
        {320, true, 7, HF_VAR90, 80},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        hf_nested nested;
        hf_nested_init(&nested, known[i].n_inner, known[i].is_weighted);
        CU_ASSERT_EQUAL(nested.part[known[i].statistic], known[i].part);
        CU_ASSERT_EQUAL(hf_nested_n_resolved(&nested), known[i].n_resolved);
    }
}

/* ---- what a draw shows, slowly ---- */

typedef struct weighed {
    double value, weight;
} weighed;

static int compare_weighed(const void *a, const void *b) {
    return compare_doubles(a, b); /* a struct begins with its first member */
}

/* The smallest value with p of the weight at or below; weights here are multiples of 1/4, and
 * their sums times a million are exact. */
static double slow_quantile(const weighed *sorted, uint64_t n, uint32_t p) {
    double all = 0.0, so_far = 0.0;
    for (uint64_t i = 0; i < n; i++)
        all += sorted[i].weight;
    for (uint64_t i = 0; i < n; i++) {
        so_far += sorted[i].weight;
        if (so_far * 1e6 >= all * p)
            return sorted[i].value;
    }
    return sorted[n - 1].value;
}

static double calm; /* of weighted trials */

static double slow_estimate(int s, hf_bad_side side, uint64_t n, const double *x,
                            const double *weights) {
    static weighed sorted[MAX_M];
    double sum = 0.0, squares = 0.0, c = weights ? calm : 0.0;
    for (uint64_t i = 0; i < n; i++) {
        sorted[i] = (weighed){x[i], weights ? weights[i] : 1.0};
        sum += sorted[i].weight * (x[i] - c);
    }
    double mean = c + sum / (double)n;
    if (s == HF_MEAN)
        return mean;
    for (uint64_t i = 0; i < n; i++)
        squares += sorted[i].weight * (x[i] - mean) * (x[i] - mean);
    if (s == HF_SD)
        return hf_sqrt(squares / (double)(weights ? n : n - 1));
    qsort(sorted, n, sizeof *sorted, compare_weighed);
    if (s < HF_VAR90)
        return slow_quantile(sorted, n, hf_quantile_levels[s - HF_Q01]);
    uint32_t p = hf_tail_levels[(s - HF_VAR90) % HF_N_TAILS];
    double q = slow_quantile(sorted, n, side == HF_BAD_LOW ? 1000000 - p : p);
    double sign = side == HF_BAD_LOW ? -1.0 : 1.0, excess = 0.0;
    for (uint64_t i = 0; i < n; i++)
        excess += sorted[i].weight * hf_max(sign * (sorted[i].value - q), 0.0);
    return s < HF_CVAR90 ? q : q + sign * excess / (double)n / (1.0 - p / 1e6);
}

static double slow_half(int s, hf_bad_side side, uint64_t part, const double *x,
                        const double *weights) {
    if (s == HF_MEAN)
        return slow_estimate(s, side, part, x, weights);
    double quarters = slow_estimate(s, side, part, x, weights) +
                      slow_estimate(s, side, part, x + part, weights ? weights + part : NULL);
    return 2.0 * slow_estimate(s, side, 2 * part, x, weights) - quarters / 2.0;
}

static void check_draw(uint64_t n_inner, hf_bad_side side, bool is_weighted, uint64_t seed) {
    static double x[MAX_M], weights[MAX_M];
    hf_nested nested;
    hf_halves halves[HF_N_STATISTICS];
    hf_nested_init(&nested, n_inner, is_weighted);
    for (uint64_t i = 0; i < n_inner; i++) {
        x[i] = sample_loss(seed, i) - sample_loss(seed + 5, i); /* tails and ties on both sides */
        weights[i] = 0.25 * (double)(sample_bits(seed + 9, i) % 9);
    }
    const double *w = is_weighted ? weights : NULL;
    calm = 25.0;
    hf_nested_estimate(&nested, side, &(hf_kept){n_inner, x, w, w ? calm : 0.0}, halves);
    for (int s = 0; s < HF_N_STATISTICS; s++) {
        uint64_t part = nested.part[s], half = s == HF_MEAN ? part : 2 * part;
        if (part == 0) {
            CU_ASSERT(is_missing(halves[s].first) && is_missing(halves[s].second));
            continue;
        }
        double first = slow_half(s, side, part, x, w);
        double second = slow_half(s, side, part, x + half, w ? w + half : NULL);
        double scale = 1e3 + hf_abs(first) + hf_abs(second);
        CU_ASSERT(is_near(halves[s].first, first, 100.0 * scale));
        CU_ASSERT(is_near(halves[s].second, second, 100.0 * scale));
    }
}

static void a_draw_gives_two_estimates(void) {
    static const uint64_t inner[] = {2, 20, 40, 43, 200, 232, 320, 1000, 2024};
    for (size_t i = 0; i < sizeof inner / sizeof *inner; i++)
        for (int weighted = 0; weighted < 2; weighted++) {
            check_draw(inner[i], HF_BAD_HIGH, weighted, 10 + i);
            check_draw(inner[i], HF_BAD_LOW, weighted, 20 + i);
        }
    check_draw(20000, HF_BAD_HIGH, false, 30);
}

/* ---- what draws have in common, slowly ---- */

static double slow_variance(uint64_t n, const double *x) {
    double mean = 0.0, squares = 0.0;
    for (uint64_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (uint64_t i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    return squares / (double)(n - 1);
}

/* Variance of the mean of the two less that within, without draw `without`. */
static double slow_outer(uint64_t n, const hf_halves *draws, uint64_t without) {
    double m[MAX_K], noise = 0.0;
    uint64_t left = 0;
    for (uint64_t g = 0; g < n; g++) {
        if (g == without)
            continue;
        double difference = draws[g].first - draws[g].second;
        m[left++] = 0.5 * (draws[g].first + draws[g].second);
        noise += 0.25 * difference * difference;
    }
    return slow_variance(left, m) - noise / (double)left;
}

static void make_draws(uint64_t n, double ignorance, double chance, hf_halves *draws) {
    for (uint64_t g = 0; g < n; g++) {
        double theta = 5.0 - ignorance * hf_log(sample_uniform(3, g) + 0x1p-54);
        draws[g].first = theta + chance * (sample_uniform(4, g) - 0.5);
        draws[g].second = theta + chance * (sample_uniform(5, g) - 0.5);
    }
}

static void variances_are_told_apart(void) {
    hf_halves draws[MAX_K];
    make_draws(MAX_K, 1.0, 2.0, draws);
    for (uint64_t n = HF_LEAST_DRAWS; n <= MAX_K; n += 11) {
        hf_ignorance found = hf_nested_separate(n, draws, 0.9);
        double outer = slow_outer(n, draws, n), noise = 0.0;
        hf_powers powers = {0};
        for (uint64_t g = 0; g < n; g++) { /* the jackknife, one by one */
            double pseudo = (double)n * outer - (double)(n - 1) * slow_outer(n, draws, g);
            double from_outer = pseudo - outer, d = draws[g].first - draws[g].second;
            hf_powers_add(&powers, 1, &from_outer);
            noise += d * d / 4.0 / (double)n;
        }
        CU_ASSERT(is_near(hf_exact_sum_value(&powers.sum[0]), 0.0, 100.0)); /* no jackknife bias */
        hf_shape shape = hf_shape_make(&powers, n);
        hf_estimate interval = hf_interval_make(outer, 1.0, &shape, 0.9);
        CU_ASSERT(is_near(found.outer.value, outer, 1.0));
        CU_ASSERT(is_near(found.outer.lower, interval.lower, 10.0));
        CU_ASSERT(is_near(found.outer.upper, interval.upper, 10.0));
        CU_ASSERT(found.outer.lower < outer && outer < found.outer.upper);
        CU_ASSERT_EQUAL(found.outer.flags, interval.flags | HF_UNRELIABLE); /* few draws */
        CU_ASSERT(is_near(found.outer_sd * found.outer_sd, outer, 1.0));
        CU_ASSERT(is_near(found.inner, noise / (double)n, 1.0));
    }
}

static void a_band_has_the_outer_variance(void) {
    hf_halves draws[MAX_K];
    double m[MAX_K], shrunk[MAX_K], mean = 0.0;
    make_draws(40, 1.0, 2.0, draws);
    hf_ignorance found = hf_nested_separate(40, draws, 0.9);
    for (int g = 0; g < 40; g++) {
        m[g] = 0.5 * (draws[g].first + draws[g].second);
        mean += m[g] / 40.0;
    }
    double ratio = hf_sqrt(found.outer.value / slow_variance(40, m));
    CU_ASSERT(ratio > 0.5 && ratio < 0.99);
    for (int g = 0; g < 40; g++)
        shrunk[g] = mean + (m[g] - mean) * ratio;
    CU_ASSERT(is_near(slow_variance(40, shrunk), found.outer.value, 10.0));
    qsort(shrunk, 40, sizeof *shrunk, compare_doubles);
    CU_ASSERT(is_near(found.band_lower, shrunk[1], 10.0)); /* ceil(40 0.05) is the second */
    CU_ASSERT(is_near(found.band_upper, shrunk[37], 10.0));
    found = hf_nested_separate(40, draws, 0.95); /* and ceil(40 0.025) the first */
    CU_ASSERT(is_near(found.band_lower, shrunk[0], 10.0));
    CU_ASSERT(is_near(found.band_upper, shrunk[38], 10.0));
}

static void less_than_nothing_is_printed_so(void) {
    hf_halves draws[MAX_K];
    make_draws(MAX_K, 0.0, 2.0, draws);
    for (int g = 0; g < MAX_K; g++)
        draws[g].second = 10.0 - draws[g].first; /* all m alike */
    hf_ignorance found = hf_nested_separate(MAX_K, draws, 0.95);
    CU_ASSERT(found.outer.value < 0.0 && is_missing(found.outer_sd));
    CU_ASSERT(!hf_ignorance_is_seen(&found));
    CU_ASSERT(is_near(found.band_lower, 5.0, 1.0) && is_near(found.band_upper, 5.0, 1.0));
    make_draws(MAX_K, 1.0, 0.1, draws);
    found = hf_nested_separate(MAX_K, draws, 0.95);
    CU_ASSERT(hf_ignorance_is_seen(&found));
}

static void few_draws_have_no_band(void) {
    hf_halves draws[MAX_K];
    make_draws(MAX_K, 1.0, 2.0, draws);
    for (uint64_t n = 1; n < HF_LEAST_DRAWS; n++) {
        hf_ignorance found = hf_nested_separate(n, draws, 0.95);
        CU_ASSERT(found.outer.flags & HF_NO_INTERVAL && !hf_ignorance_is_seen(&found));
        CU_ASSERT(is_missing(found.outer.lower) && is_missing(found.outer.upper));
        CU_ASSERT(is_missing(found.band_lower) && is_missing(found.band_upper));
        CU_ASSERT(is_missing(found.outer.value) == (n == 1) && found.inner > 0.0);
    }
}

static void many_draws_are_sure(void) {
    hf_halves draws[MANY];
    for (uint64_t g = 0; g < MANY; g++) /* evenly spread: nothing else casts doubt */
        draws[g].first = draws[g].second = sample_uniform(6, g);
    CU_ASSERT_EQUAL(hf_nested_separate(MANY, draws, 0.95).outer.flags, 0);
    CU_ASSERT_EQUAL(hf_nested_separate(MANY - 1, draws, 0.95).outer.flags, HF_UNRELIABLE);
}

/* A metric that is the same in all trials. */
static void what_never_varies_has_no_variance(void) {
    hf_halves draws[MAX_K];
    for (int g = 0; g < MAX_K; g++)
        draws[g] = (hf_halves){0.1, 0.1};
    hf_ignorance found = hf_nested_separate(MAX_K, draws, 0.95);
    CU_ASSERT(found.outer.value == 0.0 && found.outer.flags & HF_NO_INTERVAL);
    CU_ASSERT(found.outer_sd == 0.0 && found.inner == 0.0 && !hf_ignorance_is_seen(&found));
    CU_ASSERT(is_near(found.band_lower, 0.1, 1.0) && is_near(found.band_upper, 0.1, 1.0));
}

HF_TEST_MAIN("nested", HF_CASE(quarters_make_np_whole), HF_CASE(a_draw_gives_two_estimates),
             HF_CASE(variances_are_told_apart), HF_CASE(a_band_has_the_outer_variance),
             HF_CASE(less_than_nothing_is_printed_so), HF_CASE(few_draws_have_no_band),
             HF_CASE(many_draws_are_sure), HF_CASE(what_never_varies_has_no_variance))
