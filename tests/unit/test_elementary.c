/* base/elementary.h against long double (64-bit significand): the error bounds its comments state,
 * over 10^6 fixed arguments a range. */
#include "base/elementary.h"
#include "base/hash.h"
#include "unit/hf_cunit.h"
#include <math.h>

enum { N = 1000000 };

/* The i-th of a fixed sequence on (0, 1). */
static double unit(uint64_t i) {
    return (double)(hf_mix64(i + 1) >> 12) * 0x1p-52 + 0x1p-53;
}
static double between(double low, double high, uint64_t i) {
    return low + (high - low) * unit(i);
}

/* Error in units of the last place of the wanted value. */
static double ulps(double got, long double wanted) {
    int exponent;
    frexpl(wanted, &exponent);
    return (double)(fabsl((long double)got - wanted) / ldexpl(1.0L, exponent - 53));
}

typedef double function(double x);
typedef long double judge(double x);

static void check_range(const char *what, function *f, judge *exact, double low, double high,
                        double bound_ulps) {
    double worst = 0.0, at = 0.0;
    for (uint64_t i = 0; i < N; i++) {
        double x = between(low, high, i), error = ulps(f(x), exact(x));
        if (!(error <= worst)) {
            worst = error;
            at = x;
        }
    }
    printf("\n    %-16s [%g, %g]: %.3f ulp at %.17g", what, low, high, worst, at);
    CU_ASSERT(worst <= bound_ulps);
}

static double log_of_power(double exponent) {
    return hf_log(exp2(exponent));
}
static long double exact_exp(double x) {
    return expl(x);
}
static long double exact_log(double x) {
    return logl(x);
}
static long double exact_log_of_power(double x) {
    return logl(exp2(x));
}
static long double exact_softplus(double x) {
    return log1pl(expl(x));
}
static long double exact_logistic(double x) {
    return 1.0L / (1.0L + expl(-(long double)x));
}

static void exponential(void) {
    check_range("exp", hf_exp, exact_exp, -1.0, 1.0, 0.9);
    check_range("exp", hf_exp, exact_exp, -1e-6, 1e-6, 0.9);
    check_range("exp", hf_exp, exact_exp, -700.0, 700.0, 0.9);
    CU_ASSERT_EQUAL(hf_exp(0.0), 1.0);
    CU_ASSERT_EQUAL(hf_exp(1e300), hf_exp(700.0));
    CU_ASSERT_EQUAL(hf_exp(-1e300), hf_exp(-700.0));
    CU_ASSERT(hf_exp(-700.0) > 0x1p-1022);
}

static void logarithm(void) {
    check_range("log", hf_log, exact_log, 0.0, 1.0, 0.9);
    check_range("log", hf_log, exact_log, 0.5, 2.0, 0.9);
    check_range("log", hf_log, exact_log, 1.0 - 1e-6, 1.0 + 1e-6, 0.9);
    check_range("log of 2^", log_of_power, exact_log_of_power, -1021.0, 1023.0, 0.9);
    CU_ASSERT_EQUAL(hf_double_bits(hf_log(1.0)), 0);
    CU_ASSERT(ulps(hf_log(0x1p-1022), logl(0x1p-1022L)) < 0.9);
    CU_ASSERT(ulps(hf_log(0x1.fffffffffffffp1023), logl(0x1.fffffffffffffp1023L)) < 0.9);
}

static void softplus_and_logistic(void) {
    check_range("softplus", hf_softplus, exact_softplus, -2.0, 2.0, 2.2);
    check_range("softplus", hf_softplus, exact_softplus, -690.0, 690.0, 2.2);
    check_range("logistic", hf_logistic, exact_logistic, -2.0, 2.0, 2.6);
    check_range("logistic", hf_logistic, exact_logistic, -690.0, 690.0, 2.6);
    CU_ASSERT_EQUAL(hf_logistic(0.0), 0.5);
    CU_ASSERT_EQUAL(hf_logistic(800.0), 1.0);
    CU_ASSERT_EQUAL(hf_softplus(1e15), 1e15);
}

/* Relative error (1 + |p ln x|) 2^-52, over eight decades and exponents to 20. */
static void power(void) {
    double worst = 0.0;
    for (uint64_t i = 0; i < N; i++) {
        double x = exp(between(-9.0, 9.0, 2 * i)), p = between(-20.0, 20.0, 2 * i + 1);
        long double wanted = powl(x, p);
        double bound = (1.0 + fabs(p * log(x))) * 0x1p-52;
        worst = fmax(worst, (double)(fabsl(hf_power(x, p) - wanted) / wanted) / bound);
    }
    printf("\n    power: %.3f of the bound", worst);
    CU_ASSERT(worst <= 1.0);
}

/* The quantile refined by one step of third order from z, which is right to 1e-14 or the test has
 * failed anyway: p(z) - p is formed in the tail itself, or about the centre. */
static long double exact_quantile(double u, double z) {
    const long double pi = 3.14159265358979323846264338327950288L;
    long double size = fabs(z), density = expl(-size * size / 2) / sqrtl(2 * pi);
    long double step;
    if (fabs(u - 0.5) < 0.25)
        step = (fabsl(u - 0.5L) - erfl(size * sqrtl(0.5L)) / 2) / density;
    else
        step = (erfcl(size * sqrtl(0.5L)) / 2 - (u < 0.5 ? u : 1.0 - u)) / density;
    long double wanted = size + step + size * step * step / 2;
    return u < 0.5 ? -wanted : wanted;
}

static void check_quantile(const char *what, double (*argument)(uint64_t i)) {
    double worst = 0.0, at = 0.0;
    for (uint64_t i = 0; i < N; i++) {
        double u = argument(i), z = hf_normal_quantile(u);
        long double wanted = exact_quantile(u, z);
        double error = (double)fabsl((z - wanted) / wanted);
        if (!(error <= worst)) {
            worst = error;
            at = u;
        }
    }
    printf("\n    quantile, %-8s: relative error %.3g at %.17g", what, worst, at);
    CU_ASSERT(worst <= 1.1e-15);
}

static double centre(uint64_t i) {
    return 0.5 + (unit(i) - 0.5) * 1e-3;
}
static double seam(uint64_t i) {
    return 0.075 + (unit(i) - 0.5) * 1e-3;
}
static double low_tail(uint64_t i) {
    return exp(between(-44.3, -0.7, i));
}
static double high_tail(uint64_t i) {
    return 1.0 - exp(between(-36.7, -0.7, i));
}

static void normal_quantile(void) {
    check_quantile("all", unit);
    check_quantile("centre", centre);
    check_quantile("seam", seam);
    check_quantile("low", low_tail);
    check_quantile("high", high_tail);
    CU_ASSERT_EQUAL(hf_double_bits(hf_normal_quantile(0.5)), 0);
    CU_ASSERT_DOUBLE_EQUAL(hf_normal_quantile(0x1p-54), -8.2923610758, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(hf_normal_quantile(1.0 - 0x1p-53), 8.2095361516, 1e-9);
    CU_ASSERT(hf_normal_quantile(0x1p-1022) < -30.0);
    int n_asymmetric = 0;
    for (uint64_t i = 0; i < N; i++)
        n_asymmetric += hf_normal_quantile(unit(i)) != -hf_normal_quantile(1.0 - unit(i));
    CU_ASSERT_EQUAL(n_asymmetric, 0);
}

HF_TEST_MAIN("elementary", HF_CASE(exponential), HF_CASE(logarithm), HF_CASE(softplus_and_logistic),
             HF_CASE(power), HF_CASE(normal_quantile))
