/* Weekly means and fan charts: grid error, atoms, clipping, and any order. */
#include "base/memory.h"
#include "stats/weekly.h"
#include "unit/hf_cunit.h"
#include "unit/stats_samples.h"

enum { VARIANTS = 2, WEEKS = 3, SERIES = 4, STAGES = 5, N = 2995, LANES = 512 };

static hf_weekly *create(void) {
    static double lower[WEEKS * SERIES], upper[WEEKS * SERIES];
    static const double scale[STAGES] = {100.0, 1e12, 1e-3, 1.0, 250.0};
    static const double edges[SERIES] = {1.0, 5e6, 300.0, 1000.0};
    for (int i = 0; i < WEEKS * SERIES; i++)
        upper[i] = edges[i % SERIES] * (1.0 + i / SERIES);
    hf_weekly_options options = {VARIANTS, WEEKS, SERIES, STAGES, lower, upper, scale};
    CU_ASSERT_TRUE(hf_weekly_bytes(&options) > 1000);
    return hf_weekly_create(&options);
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

/* Absorbs trials first .. first + n - 1; lanes beyond n hold what must not be read as a trial. */
static void absorb(hf_weekly *w, int first, int n) {
    static double series[SERIES][LANES], stages[STAGES][LANES];
    for (int v = 0; v < VARIANTS; v++)
        for (int t = 0; t < WEEKS; t++) {
            for (int i = 0; i < LANES; i++) {
                uint64_t trial = (uint64_t)(first + i);
                for (int s = 0; s < STAGES; s++)
                    stages[s][i] = i < n ? stage_value(v, t, s, trial) : 1e77;
                for (int s = 0; s < SERIES; s++)
                    series[s][i] = i < n ? series_value(v, t, s, trial) : 1e77;
            }
            hf_weekly_absorb(w, v, t, n, LANES, series[0], stages[0]);
        }
}

static hf_weekly *create_full(void) {
    hf_weekly *w = create();
    for (int first = 0; first < N; first += LANES)
        absorb(w, first, N - first < LANES ? N - first : LANES);
    return w;
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

static void any_order_is_the_same(void) {
    static int order[N];
    hf_weekly *whole = create_full(), *part[3];
    hf_error err;
    for (int p = 0; p < 3; p++)
        part[p] = create();
    sample_order(80, N / 5, order);
    for (int i = 0; i < N / 5; i++) /* blocks of 1 + 4 trials, anywhere, in any order */
        for (int k = 0; k < 2; k++)
            absorb(part[(order[i] + k) % 3], 5 * order[i] + k, k ? 4 : 1);
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
    hf_weekly *fresh = create();
    CU_ASSERT_TRUE(is_same(fresh, part[0]));
    hf_weekly_destroy(fresh);
    for (int p = 0; p < 3; p++)
        hf_weekly_destroy(part[p]);
    hf_weekly_destroy(whole);
}

static void sums_hold_2_40_trials(void) {
    hf_weekly *w = create();
    hf_error err;
    static double series[SERIES][LANES], stages[STAGES][LANES];
    for (int i = 0; i < LANES; i++)
        stages[3][i] = i % 2 ? 31.0 : 32.0;
    hf_weekly_absorb(w, 0, 0, LANES, LANES, series[0], stages[0]);
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
    hf_weekly *w = create_full(), *scrap = create();
    double edges[2] = {0.0, 1.0};
    hf_weekly_options options = {1, 1, 1, 1, edges, edges + 1, edges + 1};
    hf_weekly *other = hf_weekly_create(&options);
    hf_error err;
    unsigned char *bytes;
    size_t n = hf_weekly_pack(w, &bytes);
    CU_ASSERT_EQUAL(hf_weekly_merge(other, bytes, n, &err), HF_BAD_FILE);
    for (size_t k = 0; k < n; k += n / 50)
        CU_ASSERT_EQUAL(hf_weekly_merge(scrap, bytes, k, &err), HF_BAD_FILE);
    CU_ASSERT_TRUE(hf_weekly_quantile(other, 0, 0, 0, 500) !=
                   hf_weekly_quantile(other, 0, 0, 0, 500));
    CU_ASSERT_TRUE(hf_weekly_stage_mean(other, 0, 0, 0).mean !=
                   hf_weekly_stage_mean(other, 0, 0, 0).mean);
    hf_free(bytes);
    hf_weekly_destroy(other);
    hf_weekly_destroy(scrap);
    hf_weekly_destroy(w);
}

HF_TEST_MAIN("weekly", HF_CASE(means_are_within_the_grid), HF_CASE(fans_are_within_half_a_bin),
             HF_CASE(any_order_is_the_same), HF_CASE(sums_hold_2_40_trials),
             HF_CASE(refuses_other_shapes_and_cut_bytes))
