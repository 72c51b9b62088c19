/* Samplers against closed forms, with fixed seeds.
 *
 * Mean and variance of 200 000 draws lie within 4.5 standard errors of the closed forms (false
 * alarm 7e-6 each). Continuous families: Kolmogorov-Smirnov's D sqrt(n) stays below 2.69 (false
 * alarm 2 exp(-2 2.69^2) = 1e-6). Discrete ones: chi-square over 2 to 63 cells, |z| below 4.9 by
 * Wilson and Hilferty (about 1e-6). Correct samplers with fresh seeds fail somewhere in this file
 * once in 2000 runs. */
#include "rng/distribution.h"
#include "stat/exact_cdf.h"
#include "unit/hf_cunit.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 200000 };
static double draws[N];

static hf_distribution of(hf_family family, double a, double b, double c) {
    return (hf_distribution){.family = family, .parameter = {a, b, c}, .times = 1.0};
}

static int rising(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Draws, sorts, and compares mean and variance; prints the line's beginning. */
static void draw_and_check_moments(const hf_distribution *d, uint64_t seed) {
    hf_pcg64 rng = hf_pcg64_seeded(seed, 17);
    CU_ASSERT_PTR_NULL(hf_distribution_fault(d));
    long double sum = 0.0L, square = 0.0L, fourth = 0.0L;
    int n_minus_zero = 0;
    for (int i = 0; i < N; i++) {
        draws[i] = hf_distribution_sample(d, &rng);
        sum += draws[i];
        n_minus_zero += draws[i] == 0.0 && signbit(draws[i]);
    }
    double mean = hf_distribution_mean(d), variance = hf_distribution_variance(d);
    for (int i = 0; i < N; i++) {
        long double off = draws[i] - (long double)mean;
        square += off * off;
        fourth += off * off * off * off;
    }
    double mean_z = (double)(sum / N - mean) / sqrt(variance / N);
    double spread = sqrt((double)(fourth / N - square / N * (square / N)) / N);
    double variance_z = (double)(square / N - variance) / spread;
    printf("\n    %-12s %-9g %-6g mean %+.2f, variance %+.2f s.e.", hf_families[d->family].name,
           d->parameter[0], d->parameter[1], mean_z, variance_z);
    CU_ASSERT(fabs(mean_z) < 4.5);
    CU_ASSERT(fabs(variance_z) < 4.5);
    CU_ASSERT_EQUAL(n_minus_zero, 0);
    qsort(draws, N, sizeof draws[0], rising);
}

/* A draw stands for all that rounds to it: a beta heaped up at 1 often rounds to 1. */
static void check_continuous(hf_distribution d, uint64_t seed) {
    draw_and_check_moments(&d, seed);
    double distance = 0.0;
    for (int i = 0; i < N; i++) {
        long double x = draws[i], rounding = 4e-16L * fabsl(x);
        double below = (double)exact_cdf(&d, x - rounding);
        double above = (double)exact_cdf(&d, x + rounding);
        distance = fmax(distance, fmax((i + 1.0) / N - above, below - (double)i / N));
    }
    printf(", KS %.2f", distance * sqrt(N));
    CU_ASSERT(distance * sqrt(N) < 2.69);
}

/* Cells of consecutive values expecting N/64 or more each. */
static void check_discrete(hf_distribution d, uint64_t seed) {
    draw_and_check_moments(&d, seed);
    double chi_square = 0.0, seen = 0.0;
    long double expected = 0.0L, left = N;
    int cells = 0, i = 0;
    for (long double k = floorl((long double)draws[0]) - 2; i < N || left > 0.0L; k += 1.0L) {
        long double here = k >= (d.family == HF_GEOMETRIC) ? N * exact_probability(&d, k) : 0.0L;
        for (; i < N && draws[i] <= (double)k; i++)
            seen += 1.0;
        expected += here;
        left -= here;
        int is_last = left < N / 64.0L;
        if (!is_last && expected < N / 64.0L)
            continue;
        if (is_last) {
            expected += left;
            seen += N - i;
            i = N;
            left = 0.0L;
        }
        double off = seen - (double)expected;
        chi_square += off * off / (double)expected;
        seen = 0.0;
        expected = 0.0L;
        cells++;
    }
    double degrees = cells - 1.0, spread = 2.0 / (9.0 * degrees);
    double z = (cbrt(chi_square / degrees) - (1.0 - spread)) / sqrt(spread);
    printf(", chi-square %.1f in %d cells", chi_square, cells);
    CU_ASSERT(fabs(z) < 4.9);
}

static void continuous(void) {
    check_continuous(of(HF_UNIFORM, -2.0, 3.0, 0.0), 1);
    check_continuous(of(HF_TRIANGULAR, 1.0, 2.0, 5.0), 2);
    check_continuous(of(HF_TRIANGULAR, 1.0, 1.0, 5.0), 3);
    check_continuous(of(HF_TRIANGULAR, 1.0, 5.0, 5.0), 4);
    check_continuous(of(HF_EXPONENTIAL, 7.0, 0.0, 0.0), 5);
    check_continuous(of(HF_LOGNORMAL, 10.0, 0.5, 0.0), 6);
    check_continuous(of(HF_WEIBULL, 0.8, 3.0, 0.0), 7);
    check_continuous(of(HF_WEIBULL, 5.0, 3.0, 0.0), 8);
}

static void gammas(void) {
    static const double shapes[] = {0.02, 0.3, 0.999, 1.0, 2.5, 40.0, 1e6};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        check_continuous(of(HF_GAMMA, shapes[i], 2.0, 0.0), 20 + i);
}

static void betas(void) {
    static const double mean[] = {0.5, 0.3, 0.9, 0.05, 0.3, 0.4};
    static const double concentration[] = {2.0, 5.0, 1.0, 40.0, 0.1, 1e4};
    for (size_t i = 0; i < sizeof mean / sizeof mean[0]; i++)
        check_continuous(of(HF_BETA, mean[i], concentration[i], 0.0), 40 + i);
}

static void geometrics(void) {
    static const double probability[] = {0.9, 0.5, 0.03, 1e-4};
    for (size_t i = 0; i < sizeof probability / sizeof probability[0]; i++)
        check_discrete(of(HF_GEOMETRIC, probability[i], 0.0, 0.0), 60 + i);
}

static void poissons(void) {
    static const double mean[] = {0.1, 3.0, 9.99, 10.0, 30.0, 1000.0, 1e6};
    for (size_t i = 0; i < sizeof mean / sizeof mean[0]; i++)
        check_discrete(of(HF_POISSON, mean[i], 0.0, 0.0), 80 + i);
}

static void empirical(void) {
    static const double values[] = {-1.5, 0.0, 2.0, 7.0, 11.0};
    hf_distribution d = of(HF_EMPIRICAL, 0.0, 0.0, 0.0);
    d.values = values;
    d.n_values = 5;
    draw_and_check_moments(&d, 90);
    for (int v = 0, i = 0; v < 5; v++) {
        int n = 0;
        for (; i < N && draws[i] == values[v]; i++)
            n++;
        CU_ASSERT(fabs(n - N / 5.0) < 4.9 * sqrt(N * 0.2 * 0.8));
    }
}

/* times and plus act on the very same draw; -0 never leaves. */
static void times_and_plus(void) {
    static const hf_family family[] = {HF_EXPONENTIAL, HF_POISSON, HF_CONSTANT, HF_TRIANGULAR};
    for (int f = 0; f < 4; f++) {
        hf_distribution plain = of(family[f], 0.5, 2.0, 4.0), moved = plain;
        moved.times = -3.0;
        moved.plus = 1.25;
        hf_pcg64 a = hf_pcg64_seeded(5, 5), b = a;
        for (int i = 0; i < 1000; i++)
            CU_ASSERT_EQUAL(-3.0 * hf_distribution_sample(&plain, &a) + 1.25,
                            hf_distribution_sample(&moved, &b));
        CU_ASSERT_EQUAL(hf_distribution_mean(&moved), -3.0 * hf_distribution_mean(&plain) + 1.25);
        CU_ASSERT_EQUAL(hf_distribution_variance(&moved), 9.0 * hf_distribution_variance(&plain));
    }
    hf_distribution zeros = of(HF_POISSON, 0.1, 0.0, 0.0);
    zeros.times = -1.0;
    zeros.plus = -0.0;
    draw_and_check_moments(&zeros, 91);
}

/* The ends of the gate's bounds give finite values in range. */
static void corners(void) {
    static const struct {
        hf_family family;
        double a, b, c, low, high;
    } corner[] = {
        {HF_UNIFORM, 2.0, 2.0, 0, 2.0, 2.0},
        {HF_TRIANGULAR, 3.0, 3.0, 3.0, 3.0, 3.0},
        {HF_TRIANGULAR, -1e15, 0, 1e15, -1e15, 1e15},
        {HF_EXPONENTIAL, 0, 0, 0, 0, 0},
        {HF_GAMMA, 1e-3, 1e15, 0, 0, 1e300},
        {HF_GAMMA, 1e9, 1.0, 0, 0.999e9, 1.001e9},
        {HF_LOGNORMAL, 1e15, 10.0, 0, 0, 1e300},
        {HF_LOGNORMAL, 5.0, 0, 0, 5.0, 5.0},
        {HF_WEIBULL, 0.1, 1e15, 0, 0, 1e300},
        {HF_WEIBULL, 1e3, 1.0, 0, 0.9, 1.1},
        {HF_BETA, 0, 1.0, 0, 0, 0},
        {HF_BETA, 1.0, 1.0, 0, 1.0, 1.0},
        {HF_BETA, 0.5, 1e-3, 0, 0, 1.0},
        {HF_BETA, 1e-9, 1e-3, 0, 0, 1.0},
        {HF_BETA, 0.5, 1e9, 0, 0.499, 0.501},
        {HF_GEOMETRIC, 1.0, 0, 0, 1.0, 1.0},
        {HF_GEOMETRIC, 1e-9, 0, 0, 1.0, 4e10},
        {HF_POISSON, 0, 0, 0, 0, 0},
        {HF_POISSON, 1e-9, 0, 0, 0, 1.0},
        {HF_POISSON, 1e6, 0, 0, 9.9e5, 1.01e6},
    };
    for (size_t i = 0; i < sizeof corner / sizeof corner[0]; i++) {
        hf_distribution d = of(corner[i].family, corner[i].a, corner[i].b, corner[i].c);
        hf_pcg64 rng = hf_pcg64_seeded(i, 7);
        int n_wrong = 0;
        for (int k = 0; k < 20000; k++) {
            double x = hf_distribution_sample(&d, &rng);
            n_wrong += !(x >= corner[i].low && x <= corner[i].high) || signbit(x) != (x < 0.0);
        }
        CU_ASSERT_EQUAL(n_wrong, 0);
        CU_ASSERT(isfinite(hf_distribution_mean(&d)) && hf_distribution_variance(&d) >= 0.0);
    }
    hf_distribution fixed = hf_constant(4.0);
    hf_pcg64 rng = hf_pcg64_seeded(1, 1), before = rng;
    CU_ASSERT_EQUAL(hf_distribution_sample(&fixed, &rng), 4.0);
    CU_ASSERT_EQUAL(memcmp(&rng, &before, sizeof rng), 0);
}

HF_TEST_MAIN("distributions", HF_CASE(continuous), HF_CASE(gammas), HF_CASE(betas),
             HF_CASE(geometrics), HF_CASE(poissons), HF_CASE(empirical), HF_CASE(times_and_plus),
             HF_CASE(corners))
