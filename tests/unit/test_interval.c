/* Intervals from the shape of summands and from Pareto tails, against references made with numpy
 * and scipy by other means: T as the root of Hall's cubic (brentq), likelihoods by
 * scipy.stats.genpareto and maximised by bounded Brent searches, the index as in the paper's
 * appendix with numpy. */
#include "base/memory.h"
#include "stats/interval.h"
#include "stats/pareto.h"
#include "unit/hf_cunit.h"
#include "unit/stats_samples.h"
#include <math.h>

#define NEAR(x, reference, relative)                                                               \
    CU_ASSERT(fabs((x) - (reference)) <= (relative)*fabs((double)(reference)))

static hf_shape shape_of(int n, const double *d, uint64_t n_all) {
    hf_powers powers = {0};
    hf_powers_add(&powers, (uint64_t)n, d);
    return hf_shape_make(&powers, n_all);
}

/* numpy var(ddof=1), scipy.stats.skew and kurtosis, of d and of d with six zeros. */
static void describes_the_summands(void) {
    const double d[] = {1.0, 2.0, 4.0, -3.5};
    hf_shape s = shape_of(4, d, 4);
    CU_ASSERT_EQUAL(s.n, 4.0);
    CU_ASSERT_EQUAL(s.mean, 0.875);
    NEAR(s.variance, 10.0625, 1e-15);
    NEAR(s.skewness, -0.6245868440851994, 1e-14);
    NEAR(s.kurtosis, -0.9662435862813936, 1e-14);
    s = shape_of(4, d, 10);
    CU_ASSERT_EQUAL(s.n, 10.0);
    NEAR(s.mean, 0.35, 1e-15);
    NEAR(s.variance, 3.558333333333333, 1e-15);
    NEAR(s.skewness, -0.06857389889063413, 1e-13);
    NEAR(s.kurtosis, 0.9476971116315389, 1e-14);
    s = shape_of(1, d, 1);
    CU_ASSERT_EQUAL(s.mean, 1.0);
    CU_ASSERT(s.variance == 0.0 && s.skewness == 0.0 && s.kurtosis == 0.0);
}

enum { N_VALUES = 300, N_LISTS = 3 };

/* Values dealt out to three lists and folded are the same to the bit as values taken at once. */
static void folds(void) {
    static hf_powers whole, parts[N_LISTS][2];
    static double x[N_VALUES];
    memset(&whole, 0, sizeof whole);
    memset(parts, 0, sizeof parts);
    for (int i = 0; i < N_VALUES; i++) {
        x[i] = sample_loss(1, (uint64_t)i);
        hf_powers_add(&parts[i % N_LISTS][1], 1, &x[i]);
    }
    hf_powers_add(&whole, N_VALUES, x);
    hf_powers_list total = {2, parts[0]};
    for (int i = 1; i < N_LISTS; i++) {
        hf_powers_list part = {2, parts[i]};
        hf_error err;
        unsigned char *bytes;
        size_t n_bytes = hf_powers_list_pack(&part, &bytes);
        CU_ASSERT_EQUAL(hf_powers_list_merge(&total, bytes, n_bytes, &err), HF_OK);
        hf_powers_list wrong = {1, parts[i]};
        CU_ASSERT_EQUAL(hf_powers_list_merge(&wrong, bytes, n_bytes, &err), HF_BAD_FILE);
        bytes[n_bytes - 2] = 1; /* a limb has 32 bits */
        hf_powers spoilt[2] = {{0}};
        hf_powers_list spoilt_list = {2, spoilt};
        CU_ASSERT_EQUAL(hf_powers_list_merge(&spoilt_list, bytes, n_bytes, &err), HF_BAD_FILE);
        hf_free(bytes);
    }
    CU_ASSERT_EQUAL(parts[0][0].n, 0);
    CU_ASSERT_EQUAL(parts[0][1].n, N_VALUES);
    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(hf_exact_sum_value(&parts[0][1].sum[i]), hf_exact_sum_value(&whole.sum[i]));
    hf_powers twice = whole;
    hf_powers_merge(&twice, &whole);
    CU_ASSERT_EQUAL(twice.n, 2 * N_VALUES);
    CU_ASSERT_EQUAL(hf_exact_sum_value(&twice.sum[3]), 2.0 * hf_exact_sum_value(&whole.sum[3]));
}

static const struct around {
    double value, scale, confidence;
    hf_shape shape;
    double lower, upper;
} arounds[] = {
    {10, 2, 0.95, {100, 0, 9, 0, 0}, 8.809787981894178, 11.190212018105822},
    {10, 2, 0.95, {100, 0, 9, 2, 6}, 8.925536102295471, 11.476965209621078},
    {-3, 1, 0.95, {100, 0, 9, -2, 6}, -3.7384826048105384, -2.4627680511477354},
    {5, 20, 0.95, {1000, 0, 0.04, 19, 390}, 4.820376915036078, 6.023636288249045},
    {5, 20, 0.9, {400, 0, 0.04, 1.5, 2}, 4.685308542348624, 5.347072253456422},
};

static void undoes_skewness(void) {
    for (size_t i = 0; i < sizeof arounds / sizeof *arounds; i++) {
        const struct around *a = &arounds[i];
        hf_estimate e = hf_interval_make(a->value, a->scale, &a->shape, a->confidence);
        NEAR(e.lower, a->lower, 1e-13);
        NEAR(e.upper, a->upper, 1e-13);
        CU_ASSERT_EQUAL(e.value, a->value);
        CU_ASSERT_EQUAL(e.coverage, a->confidence);
        CU_ASSERT_EQUAL(e.method, HF_METHOD_SKEWED);
    }
}

static void warns(void) {
    hf_shape shape = {.n = 1000, .variance = 1, .skewness = 10, .kurtosis = 199};
    CU_ASSERT_EQUAL(hf_interval_make(0, 1, &shape, 0.95).flags, 0);
    shape.kurtosis = 201;
    CU_ASSERT_EQUAL(hf_interval_make(0, 1, &shape, 0.95).flags, HF_UNRELIABLE);
    shape.variance = 0.0;
    hf_estimate e = hf_interval_make(3, 1, &shape, 0.95);
    CU_ASSERT_EQUAL(e.value, 3.0);
    CU_ASSERT(isnan(e.lower) && isnan(e.upper) && isnan(e.coverage));
    CU_ASSERT_EQUAL(e.flags, HF_NO_INTERVAL);
    CU_ASSERT_EQUAL(e.method, HF_METHOD_NONE);
}

/* Quantiles of a Pareto tail of index 1/2, or of 1/4 with two roots, i < n. */
static void fill_tail(int n, int n_roots, double *x) {
    for (int i = 0; i < n; i++) {
        double u = (n + 0.5) / (n + 0.5 - i - 0.25);
        for (int j = 0; j < n_roots; j++)
            u = sqrt(u);
        x[i] = u - 1.0;
    }
}

/* Of a bounded one, of index -1/2. */
static void fill_bounded(int n, double *x) {
    fill_tail(n, 1, x);
    for (int i = 0; i < n; i++)
        x[i] = 1.0 - 1.0 / (x[i] + 1.0);
}

static void finds_the_index(void) {
    static double x[20000];
    fill_tail(100, 1, x);
    NEAR(hf_pareto_index(x, 100), 0.42991700244684283, 1e-10);
    fill_tail(400, 2, x);
    NEAR(hf_pareto_index(x, 400), 0.22641572076941613, 1e-10);
    fill_bounded(60, x);
    NEAR(hf_pareto_index(x, 60), -0.4839066259953942, 1e-10);
    fill_tail(20000, 1, x);
    NEAR(hf_pareto_index(x, 20000), 0.49882750621012695, 1e-10);
    CU_ASSERT(isnan(hf_pareto_index(x, HF_PARETO_LEAST - 1)));
    for (int i = 0; i < 100; i++)
        x[i] = -log(1.0 - (i + 0.5) / 100.0);
    x[99] = 3.0 * x[24] / (sqrt(40.0 / 30.5) - 1.0); /* by which one of the 40 points is 0 */
    NEAR(hf_pareto_index(x, 100), 0.0422694330888343, 1e-8);
    CU_ASSERT_EQUAL(hf_pareto_count(1000), 94);
    CU_ASSERT_EQUAL(hf_pareto_count(4), 3);
    CU_ASSERT(hf_pareto_is_heavy(0.46, 100) && !hf_pareto_is_heavy(0.44, 100));
    CU_ASSERT(hf_pareto_is_heavy(0.5, 1000000) && !hf_pareto_is_heavy(__builtin_nan(""), 0));
}

static void profiles_the_mean(void) {
    static const struct {
        int n, n_roots; /* 0: bounded */
        double z, mean, lower, upper;
    } cases[] = {
        {100, 1, 1.959963984540054, 0.852277389251194, 0.6315471416928442, 1.4824607469582378},
        {50, 2, 1.959963984540054, 0.29346358532436995, 0.2158564534889292, 0.4630715371267536},
        {80, 0, 1.959963984540054, 0.31717620091487164, 0.2798856601934439, 0.35960431645636476},
        {100, 1, 1.0, 0.852277389251194, 0.7237272974280208, 1.0606009442065356},
    };
    double x[100];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].n_roots)
            fill_tail(cases[i].n, cases[i].n_roots, x);
        else
            fill_bounded(cases[i].n, x);
        hf_pareto_mean m = hf_pareto_mean_find(x, (uint64_t)cases[i].n, cases[i].z);
        NEAR(m.mean, cases[i].mean, 1e-5); /* where the likelihood is flat */
        NEAR(m.lower, cases[i].lower, 1e-7);
        NEAR(m.upper, cases[i].upper, 1e-7);
        for (int j = 0; j < cases[i].n; j++)
            x[j] *= 1024.0;
        NEAR(hf_pareto_mean_find(x, (uint64_t)cases[i].n, cases[i].z).upper,
             1024.0 * cases[i].upper, 1e-7);
    }
}

/* From q = 7, a tenth of the trials beyond, n of which are given. */
static hf_estimate of_excess(int n, uint64_t n_trials, const double *x) {
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    return hf_interval_of_excess(7.0 + sum / (double)n_trials / 0.1, 7.0, 0.1, n_trials, x,
                                 (uint64_t)n, 0.95);
}

static void follows_a_heavy_tail(void) {
    double x[150];
    fill_tail(150, 1, x);
    hf_estimate e = of_excess(150, 1500, x);
    NEAR(e.lower, 7.636520861392924, 1e-6);
    NEAR(e.upper, 8.393922171320146, 1e-6);
    CU_ASSERT_EQUAL(e.method, HF_METHOD_PARETO);
    CU_ASSERT_EQUAL(e.flags, HF_UNRELIABLE);
    CU_ASSERT_EQUAL(e.coverage, 0.95);
    fill_tail(60, 1, x); /* all beyond q are fitted */
    e = of_excess(60, 600, x);
    NEAR(e.lower, 7.4935238533480195, 1e-6);
    NEAR(e.upper, 8.644298413094875, 1e-6);
    x[59] = 4000.0; /* which takes the estimate out of the fit's interval: 7.7 to 11.4 */
    e = of_excess(60, 600, x);
    NEAR(e.lower, 7.725567716841979, 1e-6);
    CU_ASSERT_EQUAL(e.upper, e.value);
    fill_tail(95, 1, x); /* of 120, 26 lie on the threshold: 84 are fitted */
    for (int i = 95; i < 120; i++)
        x[i] = x[10];
    qsort(x, 120, sizeof *x, compare_doubles);
    e = of_excess(120, 1200, x);
    NEAR(e.lower, 7.462921465385068, 1e-6);
    NEAR(e.upper, 8.188085078448243, 1e-6);
}

static void knows_too_few_excesses(void) {
    double x[60];
    fill_tail(30, 1, x);
    hf_estimate e = of_excess(30, 300, x);
    NEAR(e.lower, 7.39755349351684, 1e-12);
    NEAR(e.upper, 8.457975487497427, 1e-12);
    CU_ASSERT_EQUAL(e.method, HF_METHOD_SKEWED);
    CU_ASSERT_EQUAL(e.flags, HF_UNRELIABLE);
    e = of_excess(0, 300, x);
    CU_ASSERT(isnan(e.upper));
    CU_ASSERT_EQUAL(e.flags, HF_UNRELIABLE | HF_NO_INTERVAL);
}

HF_TEST_MAIN("interval", HF_CASE(describes_the_summands), HF_CASE(folds), HF_CASE(undoes_skewness),
             HF_CASE(warns), HF_CASE(finds_the_index), HF_CASE(profiles_the_mean),
             HF_CASE(follows_a_heavy_tail), HF_CASE(knows_too_few_excesses))
