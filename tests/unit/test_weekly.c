/* Weekly means and fan charts: grid error, atoms, clipping, and any order. */
#include "base/memory.h"
#include "base/quantity.h"
#include "stats/weekly.h"
#include "unit/hf_cunit.h"
#include "unit/stats_samples.h"

enum { VARIANTS = 2, WEEKS = 3, SERIES = 4, STAGES = 5, N = 2995, LANES = 512 };
enum { WEIGHTED_N = 2960 }; /* whole periods */

static bool is_calm_at_0 = true;
static double calm_of(int variant, int week, int row) {
    return is_calm_at_0 ? 0.0 : 1.0 + variant + 0.3 * week + 10.0 * row;
}

static hf_weekly *create_as(bool is_weighted) {
    static double calm[VARIANTS * WEEKS * (SERIES + STAGES)];
    for (int i = 0; i < VARIANTS * WEEKS * (SERIES + STAGES); i++)
        calm[i] = calm_of(i / (SERIES + STAGES) / WEEKS, i / (SERIES + STAGES) % WEEKS,
                          i % (SERIES + STAGES));
    static double lower[WEEKS * SERIES], upper[WEEKS * SERIES];
    static const double scale[STAGES] = {100.0, 1e12, 1e-3, 1.0, 250.0};
    static const double edges[SERIES] = {1.0, 5e6, 300.0, 1000.0};
    for (int i = 0; i < WEEKS * SERIES; i++)
        upper[i] = edges[i % SERIES] * (1.0 + i / SERIES);
    hf_weekly_options options = {VARIANTS, WEEKS,       SERIES,
                                 STAGES,   lower,       upper,
                                 scale,    is_weighted, is_weighted && !is_calm_at_0 ? calm : NULL};
    CU_ASSERT_TRUE(hf_weekly_bytes(&options) > 1000);
    return hf_weekly_create(&options);
}

static hf_weekly *create(void) {
    return create_as(false);
}

static double stage_value(int variant, int week, int stage, uint64_t trial) {
    uint64_t seed = (uint64_t)(100 + variant * 1000 + week * 100 + stage);
    double u = sample_uniform(seed, trial);
    switch (stage) {
    case 0:
        return u < 0.2 ? 0.0 : 100.0 * u;
    case 1:
        return 3e11 * u * u;
    case 2:
        return 1e-3 * (0.5 + u / 1e4);
    case 3:
        return u < 0.01 ? 40.0 : u; /* some beyond 32 scales */
    default:
        return 17.25;
    }
}

static double series_value(int variant, int week, int series, uint64_t trial) {
    uint64_t seed = (uint64_t)(9000 + variant * 1000 + week * 100 + series);
    double u = sample_uniform(seed, trial);
    switch (series) {
    case 0:
        return u < 0.7 ? 1.0 : u; /* mostly whole */
    case 1:
        return u < 0.6 ? 0.0 : 5e6 * (u - 0.6);
    case 2:
        return 400.0 * u; /* leaves the edges of week 0 */
    default:
        return 900.0 + 50.0 * u;
    }
}

static double weight_of_all; /* unless 0 */

/* A multiple of 2^-48 below 2^15: 0, tiny, huge, or about 1. */
static double weight_of(int variant, uint64_t trial) {
    uint64_t bits = sample_bits((uint64_t)(7000 + variant), trial);
    if (weight_of_all > 0.0)
        return weight_of_all;
    switch (trial % 11) {
    case 3:
        return 0.0;
    case 5:
        return (double)(bits >> 60) * 0x1p-48;
    case 7:
        return trial % 9 ? 3.0 : (double)(bits >> 11) * 0x1p-38;
    default:
        return (double)(bits >> 15) * 0x1p-48;
    }
}

/* Absorbs trials first .. first + n - 1; lanes beyond n hold what must not be read as a trial. */
static void absorb_as(hf_weekly *w, int first, int n, bool is_weighted) {
    static double series[SERIES][LANES], stages[STAGES][LANES], weights[LANES];
    for (int v = 0; v < VARIANTS; v++)
        for (int t = 0; t < WEEKS; t++) {
            for (int i = 0; i < LANES; i++) {
                uint64_t trial = (uint64_t)(first + i);
                weights[i] = i < n ? weight_of(v, trial) : -1.0;
                for (int s = 0; s < STAGES; s++)
                    stages[s][i] = i < n ? stage_value(v, t, s, trial) : 1e77;
                for (int s = 0; s < SERIES; s++)
                    series[s][i] = i < n ? series_value(v, t, s, trial) : 1e77;
            }
            hf_weekly_absorb(w, v, t, n, LANES, series[0], stages[0], is_weighted ? weights : NULL);
        }
}

static hf_weekly *create_full_as(int n, bool is_weighted) {
    hf_weekly *w = create_as(is_weighted);
    for (int first = 0; first < n; first += LANES)
        absorb_as(w, first, n - first < LANES ? n - first : LANES, is_weighted);
    return w;
}

static hf_weekly *create_full(void) {
    return create_full_as(N, false);
}

static bool is_near(double a, double b, double bound) {
    double d = a - b;
    return (d < 0 ? -d : d) <= bound;
}

/* Mean and standard error of x[N] in long double. */
static void judge(const double *x, double *mean, double *error) {
    long double sum = 0, square = 0;
    for (int i = 0; i < N; i++)
        sum += (long double)x[i];
    for (int i = 0; i < N; i++)
        square += ((long double)x[i] - sum / N) * ((long double)x[i] - sum / N);
    *mean = (double)(sum / N);
    *error = (double)__builtin_sqrtl(square / (N - 1) / N);
}

static void means_are_within_the_grid(void) {
    static const double power[STAGES] = {128.0, 0x1p40, 0x1p-9, 1.0, 256.0};
    static double x[N];
    hf_weekly *w = create_full();
    for (int v = 0; v < VARIANTS; v++)
        for (int t = 0; t < WEEKS; t++)
            for (int s = 0; s < STAGES; s++) {
                double mean, error;
                for (int i = 0; i < N; i++)
                    x[i] = hf_min(stage_value(v, t, s, (uint64_t)i), 32.0 * power[s]);
                judge(x, &mean, &error);
                hf_weekly_mean found = hf_weekly_stage_mean(w, v, t, s);
                CU_ASSERT_TRUE(is_near(found.mean, mean, 0x1p-41 * power[s]));
                double variance = N * error * error, grid = 0x1p-41 * power[s] * power[s];
                CU_ASSERT_TRUE(is_near(N * found.standard_error * found.standard_error, variance,
                                       1e-12 * variance + grid));
                CU_ASSERT_EQUAL(found.n, N);
                CU_ASSERT_EQUAL(found.is_clipped, s == 3);
            }
    hf_weekly_destroy(w);
}

static void fans_are_within_half_a_bin(void) {
    static double x[N];
    hf_weekly *w = create_full();
    for (int t = 0; t < WEEKS; t++)
        for (int s = 0; s < SERIES; s++) {
            uint64_t counts[HF_FAN_BINS], total = 0;
            double mean, error, bound = hf_weekly_quantile_error(w, t, s) * (1.0 + 1e-9);
            for (int i = 0; i < N; i++)
                x[i] = series_value(1, t, s, (uint64_t)i);
            judge(x, &mean, &error);
            CU_ASSERT_TRUE(is_near(hf_weekly_series_mean(w, 1, t, s).mean, mean, 1e-9 * mean));
            CU_ASSERT_TRUE(
                is_near(hf_weekly_series_mean(w, 1, t, s).standard_error, error, 1e-5 * error));
            qsort(x, N, sizeof x[0], compare_doubles);
            for (int p = 1; p <= 1000; p++) {
                double exact = x[(N * p + 999) / 1000 - 1];
                double found = hf_weekly_quantile(w, 1, t, s, p);
                bool is_outside = s == 2 && t == 0 && exact > 300.0;
                CU_ASSERT_TRUE(is_outside ? found > 300.0 && found <= 400.0
                                          : is_near(found, exact, bound));
                if ((s == 0 && t == 0 && exact == 1.0) || (s == 1 && exact == 0.0))
                    CU_ASSERT_EQUAL(found, exact); /* atoms at an edge stay whole */
            }
            hf_weekly_counts(w, 1, t, s, counts);
            for (int k = 0; k < HF_FAN_BINS; k++)
                total += counts[k];
            CU_ASSERT_EQUAL(total, N);
        }
    hf_weekly_destroy(w);
}

static bool is_same(const hf_weekly *a, const hf_weekly *b) {
    unsigned char *x, *y;
    size_t n = hf_weekly_pack(a, &x), m = hf_weekly_pack(b, &y);
    bool same = n == m && memcmp(x, y, n) == 0;
    hf_free(x);
    hf_free(y);
    return same;
}

/* Blocks of 1 + 4 trials, or periods, anywhere, in any order. */
static void any_order_is_the_same(void) {
    static int order[N];
    for (int mode = 0; mode < 3; mode++) {
        bool is_weighted = mode >= 1;
        is_calm_at_0 = mode != 2;
        int unit = is_weighted ? HF_PERIOD : 1,
            n_blocks = (is_weighted ? WEIGHTED_N : N) / 5 / unit;
        hf_weekly *whole = create_full_as(5 * unit * n_blocks, is_weighted), *part[3];
        hf_error err;
        for (int p = 0; p < 3; p++)
            part[p] = create_as(is_weighted);
        sample_order(80, n_blocks, order);
        for (int i = 0; i < n_blocks; i++)
            for (int k = 0; k < 2; k++)
                absorb_as(part[(order[i] + k) % 3], unit * (5 * order[i] + k), unit * (k ? 4 : 1),
                          is_weighted);
        CU_ASSERT_FALSE(is_same(whole, part[0]));
        static const int from[] = {2, 1}, to[] = {1, 0};
        for (int m = 0; m < 2; m++) {
            unsigned char *bytes;
            size_t n = hf_weekly_pack(part[from[m]], &bytes);
            CU_ASSERT_EQUAL(hf_weekly_merge(part[to[m]], bytes, n, &err), HF_OK);
            hf_free(bytes);
        }
        CU_ASSERT_TRUE(is_same(whole, part[0]));
        hf_weekly_clear(part[0]);
        hf_weekly *fresh = create_as(is_weighted);
        CU_ASSERT_TRUE(is_same(fresh, part[0]));
        hf_weekly_destroy(fresh);
        for (int p = 0; p < 3; p++)
            hf_weekly_destroy(part[p]);
        hf_weekly_destroy(whole);
        is_calm_at_0 = true;
    }
}

/* Calm value and mean of the summands fl(w fl(x - calm)), and standard error of their means over
 * periods, in long double. */
static bool is_weighted_mean(hf_weekly_mean found, double calm, const double *w, const double *x) {
    static long double unit[WEIGHTED_N / HF_PERIOD];
    enum { UNITS = WEIGHTED_N / HF_PERIOD };
    long double mean = 0, square = 0;
    for (int i = 0; i < WEIGHTED_N; i++) {
        double y = w[i] * (x[i] - calm);
        unit[i / HF_PERIOD] = (i % HF_PERIOD ? unit[i / HF_PERIOD] : 0) + (long double)y / 8;
        mean += (long double)y / WEIGHTED_N;
    }
    for (int i = 0; i < UNITS; i++)
        square += (unit[i] - mean) * (unit[i] - mean);
    double error = (double)__builtin_sqrtl(square / (UNITS - 1) / UNITS);
    return found.n == WEIGHTED_N && !found.is_clipped &&
           is_near(found.mean, calm + (double)mean,
                   1e-15 * (calm + (double)(mean < 0 ? -mean : mean))) &&
           is_near(found.standard_error, error, 1e-13 * error);
}

static void weighted_means_are_those_of_the_summands_at(bool at_0) {
    static double w[WEIGHTED_N], x[WEIGHTED_N];
    is_calm_at_0 = at_0;
    hf_weekly *weekly = create_full_as(WEIGHTED_N, true);
    for (int v = 0; v < VARIANTS; v++)
        for (int t = 0; t < WEEKS; t++)
            for (int row = 0; row < SERIES + STAGES; row++) {
                int stage = row - SERIES;
                for (int i = 0; i < WEIGHTED_N; i++) {
                    w[i] = weight_of(v, (uint64_t)i);
                    x[i] = stage < 0 ? series_value(v, t, row, (uint64_t)i)
                                     : stage_value(v, t, stage, (uint64_t)i);
                }
                CU_ASSERT_TRUE(is_weighted_mean(stage < 0
                                                    ? hf_weekly_series_mean(weekly, v, t, row)
                                                    : hf_weekly_stage_mean(weekly, v, t, stage),
                                                calm_of(v, t, row), w, x));
            }
    hf_weekly_destroy(weekly);
    is_calm_at_0 = true;
}

static void weighted_means_are_those_of_the_summands(void) {
    weighted_means_are_those_of_the_summands_at(true);
    weighted_means_are_those_of_the_summands_at(false);
}

typedef struct weighed {
    double x;
    unsigned __int128 mass;
} weighed;

static int compare_weighed(const void *a, const void *b) {
    return compare_doubles(&((const weighed *)a)->x, &((const weighed *)b)->x);
}

static void weighted_fans_are_within_half_a_bin(void) {
    static weighed all[WEIGHTED_N];
    hf_weekly *w = create_full_as(WEIGHTED_N, true);
    for (int t = 0; t < WEEKS; t++)
        for (int s = 0; s < SERIES; s++) {
            unsigned __int128 masses[HF_FAN_BINS], total = 0, up_to;
            double bound = hf_weekly_quantile_error(w, t, s) * (1.0 + 1e-9);
            for (int i = 0; i < WEIGHTED_N; i++) {
                all[i].x = series_value(1, t, s, (uint64_t)i);
                all[i].mass = (unsigned __int128)(weight_of(1, (uint64_t)i) * 0x1p48);
                total += all[i].mass;
            }
            qsort(all, WEIGHTED_N, sizeof all[0], compare_weighed);
            up_to = all[0].mass;
            for (unsigned p = 1, k = 0; p <= 1000; p++) {
                while (up_to * 1000 < total * p)
                    up_to += all[++k].mass;
                double exact = all[k].x, found = hf_weekly_quantile(w, 1, t, s, (int)p);
                bool is_outside = s == 2 && t == 0 && exact > 300.0;
                CU_ASSERT_TRUE(is_outside ? found > 300.0 && found <= 400.0
                                          : is_near(found, exact, bound));
            }
            hf_weekly_masses(w, 1, t, s, masses);
            for (int k = 0; k < HF_FAN_BINS; k++)
                total -= masses[k];
            CU_ASSERT_TRUE(total == 0);
        }
    hf_weekly_destroy(w);
}

static void equal_weights_change_nothing(void) {
    static const double weight[] = {1.0, 0x1p-48};
    static const int shift[] = {48, 0};
    hf_weekly *plain = create_full_as(WEIGHTED_N, false);
    for (int k = 0; k < 2; k++) {
        weight_of_all = weight[k];
        hf_weekly *weighted = create_full_as(WEIGHTED_N, true);
        weight_of_all = 0.0;
        for (int i = 0; i < VARIANTS * WEEKS * SERIES; i++) {
            int v = i / SERIES / WEEKS, t = i / SERIES % WEEKS, s = i % SERIES;
            unsigned __int128 masses[HF_FAN_BINS];
            uint64_t counts[HF_FAN_BINS];
            for (int p = 1; p <= 1000; p++)
                CU_ASSERT_EQUAL(hf_weekly_quantile(weighted, v, t, s, p),
                                hf_weekly_quantile(plain, v, t, s, p));
            hf_weekly_masses(weighted, v, t, s, masses);
            hf_weekly_counts(plain, v, t, s, counts);
            for (int bin = 0; bin < HF_FAN_BINS; bin++)
                CU_ASSERT_TRUE(masses[bin] == (unsigned __int128)counts[bin] << shift[k]);
            double mean = hf_weekly_series_mean(weighted, v, t, s).mean / weight[k];
            CU_ASSERT_TRUE(is_near(mean, hf_weekly_series_mean(plain, v, t, s).mean, 2e-11 * mean));
        }
        hf_weekly_destroy(weighted);
    }
    hf_weekly_destroy(plain);
}

/* Masses pass 2^64 units; what weighs nothing has a range and no quantile. */
static void masses_are_wide(void) {
    hf_weekly *w = create_as(true);
    static double x[STAGES][LANES], weights[LANES];
    hf_weekly_absorb(w, 0, 0, LANES, LANES, x[0], x[0], weights);
    CU_ASSERT_TRUE(hf_weekly_quantile(w, 0, 0, 0, 500) != hf_weekly_quantile(w, 0, 0, 0, 500));
    CU_ASSERT_EQUAL(hf_weekly_series_mean(w, 0, 0, 0).mean, 0.0);
    for (int i = 0; i < LANES; i++) {
        weights[i] = i % 4 ? 0x1p-48 : 32000.0;
        x[0][i] = i % 4 ? 0.9 : 0.1;
    }
    unsigned __int128 masses[HF_FAN_BINS], total = 0;
    hf_weekly_absorb(w, 0, 0, LANES, LANES, x[0], x[0], weights);
    hf_weekly *merged = create_as(true);
    unsigned char *bytes;
    hf_error err;
    size_t n = hf_weekly_pack(w, &bytes);
    CU_ASSERT_EQUAL(hf_weekly_merge(merged, bytes, n, &err), HF_OK);
    hf_free(bytes);
    hf_weekly_masses(merged, 0, 0, 0, masses);
    for (int k = 0; k < HF_FAN_BINS; k++)
        total += masses[k];
    hf_weekly_destroy(merged);
    CU_ASSERT_TRUE(total == ((unsigned __int128)32000 * (LANES / 4) << 48) + LANES / 4 * 3);
    CU_ASSERT_TRUE(is_near(hf_weekly_quantile(w, 0, 0, 0, 999), 0.1, 0.5 / 254));
    CU_ASSERT_TRUE(is_near(hf_weekly_quantile(w, 0, 0, 0, 1000), 0.9, 0.5 / 254));
    hf_weekly_destroy(w);
}

static void sums_hold_2_40_trials(void) {
    hf_weekly *w = create();
    hf_error err;
    static double series[SERIES][LANES], stages[STAGES][LANES];
    for (int i = 0; i < LANES; i++)
        stages[3][i] = i % 2 ? 31.0 : 32.0;
    hf_weekly_absorb(w, 0, 0, LANES, LANES, series[0], stages[0], NULL);
    for (int i = 9; i < 40; i++) {
        unsigned char *bytes;
        size_t n = hf_weekly_pack(w, &bytes);
        CU_ASSERT_EQUAL(hf_weekly_merge(w, bytes, n, &err), HF_OK);
        hf_free(bytes);
    }
    hf_weekly_mean mean = hf_weekly_stage_mean(w, 0, 0, 3);
    CU_ASSERT_EQUAL(mean.n, (uint64_t)1 << 40);
    CU_ASSERT_EQUAL(mean.mean, 31.5);
    CU_ASSERT_TRUE(is_near(mean.standard_error, 0.5 * 0x1p-20, 1e-15));
    CU_ASSERT_FALSE(mean.is_clipped);
    hf_weekly_destroy(w);
}

static void refuses_other_shapes_and_cut_bytes(void) {
    double edges[2] = {0.0, 1.0};
    hf_weekly_options options = {1, 1, 1, 1, edges, edges + 1, edges + 1, false, NULL};
    hf_weekly *other = hf_weekly_create(&options);
    for (int mode = 0; mode < 2; mode++) {
        hf_weekly *w = create_full_as(WEIGHTED_N, mode), *scrap = create_as(mode);
        hf_weekly *opposite = create_as(!mode);
        hf_error err;
        unsigned char *bytes;
        size_t n = hf_weekly_pack(w, &bytes);
        CU_ASSERT_EQUAL(hf_weekly_merge(other, bytes, n, &err), HF_BAD_FILE);
        CU_ASSERT_EQUAL(hf_weekly_merge(opposite, bytes, n, &err), HF_BAD_FILE);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "weighting"));
        for (size_t k = 0; k < n; k += n / 50)
            CU_ASSERT_EQUAL(hf_weekly_merge(scrap, bytes, k, &err), HF_BAD_FILE);
        hf_free(bytes);
        hf_weekly_destroy(opposite);
        hf_weekly_destroy(scrap);
        hf_weekly_destroy(w);
    }
    CU_ASSERT_TRUE(hf_weekly_quantile(other, 0, 0, 0, 500) !=
                   hf_weekly_quantile(other, 0, 0, 0, 500));
    CU_ASSERT_TRUE(hf_weekly_stage_mean(other, 0, 0, 0).mean !=
                   hf_weekly_stage_mean(other, 0, 0, 0).mean);
    hf_weekly_destroy(other);
}

/* Does one variant, week, series and stage take its own packing, with words i and j replaced? */
static bool takes_both(bool is_weighted, size_t i, uint64_t word, size_t j, uint64_t other) {
    static const double edges[2] = {0.0, 1.0}, halves[HF_PERIOD] = {0.5, 0.5, 0.5, 0.5, 0.5};
    hf_weekly_options options = {1, 1, 1, 1, edges, edges + 1, edges + 1, is_weighted, NULL};
    hf_weekly *w = hf_weekly_create(&options), *into = hf_weekly_create(&options);
    unsigned char *bytes;
    hf_weekly_absorb(w, 0, 0, HF_PERIOD, HF_PERIOD, halves, halves, is_weighted ? halves : NULL);
    size_t n = hf_weekly_pack(w, &bytes);
    memcpy(bytes + 8 * i, &word, sizeof word);
    memcpy(bytes + 8 * j, &other, sizeof other);
    bool is_taken = hf_weekly_merge(into, bytes, n, NULL) == HF_OK;
    if (is_taken)
        hf_weekly_quantile(into, 0, 0, 0, 1000);
    hf_free(bytes);
    hf_weekly_destroy(w);
    hf_weekly_destroy(into);
    return is_taken;
}

static bool takes(bool is_weighted, size_t i, uint64_t word) {
    return takes_both(is_weighted, i, word, i, word);
}

/* Found by tests/fuzz: taken, sums overflowed, or a quantile was looked for beyond the last bin. */
static void sums_of_nothing_are_refused(void) {
    enum {
        SUM = 2,
        SQUARE = 4,
        TRIALS = 6,
        CLIPPED = 7,
        LOW = 8,
        BINS = 10,
        BIN = 11,
        COUNT = 12,
        STAGE = 15
    };
    const uint64_t not_a_number = UINT64_C(0x7FF8000000000000), half = (uint64_t)1 << 63;
    CU_ASSERT_TRUE(takes(false, SUM, 7));
    CU_ASSERT_FALSE(takes(false, SUM + 1, INT64_MAX));
    CU_ASSERT_FALSE(takes(false, SUM + 1, (uint64_t)1 << 63));
    CU_ASSERT_FALSE(takes(false, SQUARE + 1, UINT64_MAX));
    CU_ASSERT_FALSE(takes(false, SQUARE + 1, 1));
    CU_ASSERT_FALSE(takes(false, TRIALS, 9));
    CU_ASSERT_FALSE(takes(false, TRIALS, UINT64_MAX));
    CU_ASSERT_FALSE(takes(false, CLIPPED, 9));
    CU_ASSERT_FALSE(takes(false, LOW, not_a_number));
    CU_ASSERT_FALSE(takes(false, LOW, hf_double_bits(0.75)));
    CU_ASSERT_FALSE(takes(false, BINS, 1));
    CU_ASSERT_FALSE(takes(false, BIN, HF_FAN_BINS));
    CU_ASSERT_FALSE(takes(false, COUNT, 2));
    CU_ASSERT_FALSE(takes_both(false, COUNT, half + 4, COUNT + 2, half + 4)); /* 2^64 + 8 */
    CU_ASSERT_FALSE(takes(false, STAGE + TRIALS - SUM, UINT64_MAX));
    enum { WEIGHTED_LOW = 2, WEIGHTED_BIN = 5, MASS = 6 };
    CU_ASSERT_TRUE(takes(true, MASS, 7));
    CU_ASSERT_FALSE(takes(true, WEIGHTED_LOW, not_a_number));
    CU_ASSERT_FALSE(takes(true, WEIGHTED_BIN, HF_FAN_BINS));
    CU_ASSERT_FALSE(takes(true, MASS + 1, (uint64_t)1 << 40));
}

HF_TEST_MAIN("weekly", HF_CASE(means_are_within_the_grid), HF_CASE(fans_are_within_half_a_bin),
             HF_CASE(any_order_is_the_same), HF_CASE(weighted_means_are_those_of_the_summands),
             HF_CASE(weighted_fans_are_within_half_a_bin), HF_CASE(equal_weights_change_nothing),
             HF_CASE(masses_are_wide), HF_CASE(sums_hold_2_40_trials),
             HF_CASE(refuses_other_shapes_and_cut_bytes), HF_CASE(sums_of_nothing_are_refused))
