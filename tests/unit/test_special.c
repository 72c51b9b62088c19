/* rng/special.h against long double, and the table of families. */
#include "base/hash.h"
#include "rng/distribution.h"
#include "rng/special.h"
#include "unit/hf_cunit.h"
#include <math.h>

enum { N = 200000 };
static double unit(uint64_t i) {
    return (double)(hf_mix64(i + 1) >> 12) * 0x1p-52 + 0x1p-53;
}
static double relative(double got, long double wanted) {
    return wanted == 0.0L ? fabs(got) : (double)fabsl((got - wanted) / wanted);
}

static void log_gamma(void) {
    double small = 0.0, large = 0.0;
    for (uint64_t i = 0; i < N; i++) {
        double x = 1e-6 + 10.0 * unit(2 * i), y = exp(2.3 + 30.0 * unit(2 * i + 1));
        small = fmax(small,
                     (double)fabsl(hf_special_log_gamma(x) - lgammal(x)) / fmax(1.0, fabs(log(x))));
        large = fmax(large, (double)(fabsl(hf_special_log_gamma(y) - lgammal(y)) / (y * logl(y))));
    }
    printf("\n    log gamma: %.2g absolute below 10, %.2g of x ln x beyond", small, large);
    CU_ASSERT(small < 1e-14 && large < 5e-16);
}

static void log1p_and_expm1(void) {
    double log_worst = 0.0, exp_worst = 0.0;
    for (uint64_t i = 0; i < N; i++) {
        double size = exp(-40.0 * unit(2 * i)), x = unit(2 * i + 1) < 0.5 ? -0.999 * size : size;
        log_worst = fmax(log_worst, relative(hf_special_log1p(x), log1pl(x)));
        exp_worst = fmax(exp_worst, relative(hf_special_expm1(50.0 * x), expm1l(50.0L * x)));
    }
    printf("\n    log1p: %.2g, expm1: %.2g relative", log_worst, exp_worst);
    CU_ASSERT(log_worst < 5e-16 && exp_worst < 2e-14);
    CU_ASSERT(hf_special_expm1(0.0) == 0.0 && hf_special_log1p(0.0) == 0.0);
}

static void families_are_described(void) {
    static const int n_parameters[] = {1, 2, 3, 1, 2, 2, 2, 2, 1, 1, 0};
    for (int f = 0; f < HF_N_FAMILIES; f++) {
        const hf_family_info *info = &hf_families[f];
        CU_ASSERT_PTR_NOT_NULL_FATAL(info->name);
        CU_ASSERT_EQUAL(info->n_parameters, n_parameters[f]);
        for (int p = 0; p < info->n_parameters; p++)
            CU_ASSERT(info->parameter[p].name && info->parameter[p].min < info->parameter[p].max);
    }
    CU_ASSERT_STRING_EQUAL(hf_families[HF_LOGNORMAL].parameter[1].name, "sigma");
}

static void joint_faults_are_named(void) {
    hf_distribution d = {.family = HF_UNIFORM, .parameter = {2.0, 1.0}, .times = 1.0};
    CU_ASSERT_PTR_NOT_NULL(hf_distribution_fault(&d));
    d.parameter[1] = 2.0;
    CU_ASSERT_PTR_NULL(hf_distribution_fault(&d));
    d = (hf_distribution){.family = HF_TRIANGULAR, .parameter = {1.0, 4.0, 3.0}, .times = 1.0};
    CU_ASSERT_PTR_NOT_NULL(hf_distribution_fault(&d));
    d.parameter[1] = 0.0;
    CU_ASSERT_PTR_NOT_NULL(hf_distribution_fault(&d));
    d.parameter[1] = 3.0;
    CU_ASSERT_PTR_NULL(hf_distribution_fault(&d));
    d = (hf_distribution){.family = HF_EMPIRICAL, .times = 1.0};
    CU_ASSERT_PTR_NOT_NULL(hf_distribution_fault(&d));
    d = hf_constant(3.0);
    CU_ASSERT_PTR_NULL(hf_distribution_fault(&d));
}

HF_TEST_MAIN("special", HF_CASE(log_gamma), HF_CASE(log1p_and_expm1),
             HF_CASE(families_are_described), HF_CASE(joint_faults_are_named))
