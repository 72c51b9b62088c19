#include "stats/shapley.h"
#include "base/check.h"
#include "base/elementary.h"
#include "stats/exact_sum.h"
#include <stdbool.h>

/* Values are below 2^49 units of the grid, so what a driver adds is below 2^50, and a numerator, a
 * sum of such with weights |S|! (m - |S| - 1)! whose sum is m! <= 720 < 2^10, below 2^60. */
enum { VALUE_BITS = 49, SHARE_BITS = 50 };
#define MIN_EXPONENT (-900) /* magnitudes below 2^-900 share a grid: its inverse stays finite */

static double power_of_two(int exponent) {
    return hf_bits_double((uint64_t)(exponent + 1023) << 52);
}

/* e of 2^e <= |x| < 2^(e+1), x normal. */
static int exponent_of(double x) {
    return (int)(hf_double_bits(x) >> 52 & 0x7FF) - 1023;
}

int64_t hf_shapley_denominator(int n_drivers) {
    int64_t product = 1;
    for (int i = 2; i <= n_drivers; i++)
        product *= i;
    return product;
}

/* The grid's exponent. */
static int find_grid(int n_coalitions, const double *values) {
    double largest = 0.0;
    for (int s = 0; s < n_coalitions; s++)
        largest = hf_max(hf_abs(values[s]), largest);
    HF_ASSERT(largest < HF_SQUARE_MAX);
    return exponent_of(hf_max(largest, power_of_two(MIN_EXPONENT))) + 1 - VALUE_BITS;
}

static int64_t numerator_of(int driver, int n_drivers, const int64_t *units) {
    int64_t sum = 0;
    for (int s = 0; s < 1 << n_drivers; s++) {
        if (s >> driver & 1)
            continue;
        int size = __builtin_popcount((unsigned)s);
        int64_t weight =
            hf_shapley_denominator(size) * hf_shapley_denominator(n_drivers - size - 1);
        sum += weight * (units[s | 1 << driver] - units[s]);
    }
    return sum;
}

/* Rounds down. */
static int64_t divide(int64_t a, int64_t b, int64_t *rest) {
    int64_t quotient = a / b - (a % b < 0);
    *rest = a - quotient * b;
    return quotient;
}

static int64_t magnitude_of(int64_t k) {
    return k < 0 ? -k : k;
}

/* Where large shares of opposite signs leave a small total, what rounding took from each shows in
 * it. Then all are multiples of one step that divides the unit: fewer than 2^50 of them, so that
 * doubles add them up without error, in any order. What rounding down leaves of the total is given
 * out step by step, the largest remainders first. */
static void share_in_steps(int n, const int64_t *numerators, int64_t total, double *shares) {
    int64_t f = hf_shapley_denominator(n), largest = 0, counts[HF_MOST_DRIVERS];
    int64_t rests[HF_MOST_DRIVERS];
    int shift = 0;
    for (int i = 0; i < n; i++)
        largest = largest < magnitude_of(numerators[i]) ? magnitude_of(numerators[i]) : largest;
    while (largest << (shift + 1) < f << SHARE_BITS)
        shift++;
    int64_t left = total * ((int64_t)1 << shift);
    for (int i = 0; i < n; i++)
        left -= counts[i] = divide(numerators[i] * ((int64_t)1 << shift), f, &rests[i]);
    HF_ASSERT(left >= 0 && left < n);
    for (; left > 0; left--) {
        int next = 0;
        for (int i = 1; i < n; i++)
            next = rests[i] > rests[next] ? i : next;
        counts[next]++;
        rests[next] = -1;
    }
    for (int i = 0; i < n; i++)
        shares[i] = (double)counts[i] * power_of_two(-shift);
}

/* Whether they add up to the total within 2 of its ulp, left to right. */
static bool add_up(int n, const double *shares, double total) {
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += shares[i];
    return hf_abs(sum - total) <= hf_abs(total) * 0x1p-52;
}

/* In units of the grid. */
static void make_shares(int n, const int64_t *numerators, int64_t total, double *shares) {
    int64_t f = hf_shapley_denominator(n);
    for (int i = 0; i < n; i++)
        shares[i] = (double)(numerators[i] / f) + (double)(numerators[i] % f) / (double)f;
    if (!add_up(n, shares, (double)total))
        share_in_steps(n, numerators, total, shares);
}

void hf_shapley_make(hf_shapley *shapley, int n_drivers, const double *values) {
    HF_ASSERT(n_drivers >= 1 && n_drivers <= HF_MOST_DRIVERS);
    int n_coalitions = 1 << n_drivers, grid = find_grid(n_coalitions, values);
    int64_t units[HF_MOST_COALITIONS];
    *shapley = (hf_shapley){.grid = power_of_two(grid)};
    for (int s = 0; s < n_coalitions; s++) {
        units[s] = hf_round_to_int(values[s] * power_of_two(-grid));
        shapley->values[s] = (double)units[s] * shapley->grid;
    }
    int64_t total = units[n_coalitions - 1] - units[0];
    shapley->total = (double)total * shapley->grid;
    for (int i = 0; i < n_drivers; i++)
        shapley->numerators[i] = numerator_of(i, n_drivers, units);
    make_shares(n_drivers, shapley->numerators, total, shapley->shares);
    for (int i = 0; i < n_drivers; i++)
        shapley->shares[i] *= shapley->grid;
}

/* Cornish and Fisher's expansion in 1/degrees, 26.7.5 of [Abramowitz1964], and one term more. */
double hf_student_quantile(double u, double degrees) {
    HF_ASSERT(degrees >= 30.0);
    double z = hf_normal_quantile(u), z2 = z * z, v = degrees;
    double g1 = z * (z2 + 1.0) / 4.0;
    double g2 = z * ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0;
    double g3 = z * (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0;
    double g4 = z * ((((79.0 * z2 + 776.0) * z2 + 1482.0) * z2 - 1920.0) * z2 - 945.0) / 92160.0;
    double g5 = ((((27.0 * z2 + 339.0) * z2 + 930.0) * z2 - 1782.0) * z2 - 765.0) * z2 + 17955.0;
    return z + (g1 + (g2 + (g3 + (g4 + z * g5 / 368640.0 / v) / v) / v) / v) / v;
}

double hf_jackknife_half_width(const double without[HF_N_RANGES], double confidence) {
    const double n = HF_N_RANGES;
    double sum = 0.0, squares = 0.0;
    for (int g = 0; g < HF_N_RANGES; g++) /* from the first: equal ones differ by nothing */
        sum += without[g] - without[0];
    for (int g = 0; g < HF_N_RANGES; g++) {
        double off = (without[g] - without[0]) - sum / n;
        squares += off * off;
    }
    double error = hf_sqrt((n - 1.0) / n * squares);
    return hf_student_quantile((1.0 + confidence) / 2.0, n - 1.0) * error;
}
