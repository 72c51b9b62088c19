/* Shares of causes against brute force over all orders, in integers; the jackknife against the
 * mean, of which it is known. */
#include "base/elementary.h"
#include "stats/shapley.h"
#include "unit/hf_cunit.h"
#include "unit/stats_samples.h"

/* Everything about the values that should hold whatever they are; wrong ones are counted. */
typedef struct faults {
    int grid, numerators, sum, shares, total;
} faults;

static double ulp_of(double x) {
    return hf_bits_double(hf_double_bits(hf_abs(x)) + 1) - hf_abs(x);
}

/* Sum of what each driver adds, over all orders of m drivers from position `at` on. */
static void walk(int m, int at, int *order, const int64_t *units, __int128 *sums) {
    if (at == m) {
        for (int i = 0, s = 0; i < m; s |= 1 << order[i++])
            sums[order[i]] += units[s | 1 << order[i]] - units[s];
        return;
    }
    for (int i = at; i < m; i++) {
        int here = order[at], there = order[i];
        order[at] = there, order[i] = here;
        walk(m, at + 1, order, units, sums);
        order[at] = here, order[i] = there;
    }
}

static void judge_shares(int m, const hf_shapley *s, faults *wrong) {
    double sum = 0.0, largest = 0.0;
    for (int i = 0; i < m; i++) {
        sum += s->shares[i];
        largest = hf_max(hf_abs(s->shares[i]), largest);
    }
    wrong->total += hf_abs(sum - s->total) > 4.0 * ulp_of(s->total);
    for (int i = 0; i < m; i++) {
        double f = (double)hf_shapley_denominator(m);
        double share = (double)s->numerators[i] / f * s->grid;
        wrong->shares += hf_abs(share - s->shares[i]) > largest * 0x1p-49;
    }
}

static void judge(int m, const double *values, faults *wrong) {
    hf_shapley s;
    int64_t units[HF_MOST_COALITIONS], largest = 0;
    __int128 sums[HF_MOST_DRIVERS] = {0}, sum = 0;
    int order[HF_MOST_DRIVERS] = {0, 1, 2, 3, 4, 5}, n = 1 << m;
    hf_shapley_make(&s, m, values);
    for (int i = 0; i < n; i++) {
        units[i] = (int64_t)(s.values[i] / s.grid);
        int64_t magnitude = units[i] < 0 ? -units[i] : units[i];
        largest = magnitude > largest ? magnitude : largest;
        wrong->grid += (double)units[i] * s.grid != s.values[i];
        wrong->grid += hf_abs(s.values[i] - values[i]) > s.grid / 2.0;
    }
    wrong->grid += largest != 0 && (largest < (int64_t)1 << 48 || largest > (int64_t)1 << 49);
    wrong->total += s.total != (double)(units[n - 1] - units[0]) * s.grid;
    walk(m, 0, order, units, sums);
    for (int i = 0; i < m; i++) {
        wrong->numerators += sums[i] != s.numerators[i];
        sum += s.numerators[i];
    }
    wrong->sum += sum != (__int128)hf_shapley_denominator(m) * (units[n - 1] - units[0]);
    judge_shares(m, &s, wrong);
}

static void expect_none(const faults *wrong) {
    CU_ASSERT_EQUAL(wrong->grid, 0);
    CU_ASSERT_EQUAL(wrong->numerators, 0);
    CU_ASSERT_EQUAL(wrong->sum, 0);
    CU_ASSERT_EQUAL(wrong->shares, 0);
    CU_ASSERT_EQUAL(wrong->total, 0);
}

enum { LOSSES, SIGNS, CANCELLING, LARGE, SMALL, MIXED, FEW, N_KINDS };

static double sample_value(int kind, int m, uint64_t seed, uint64_t i) {
    double u = sample_uniform(seed, i);
    switch (kind) {
    case LOSSES:
        return (double)i + u;
    case SIGNS:
        return u - 0.5;
    case CANCELLING: /* next to nothing in all, much on the way */
        return i == 0 ? 1.0 : i == (1u << m) - 1 ? 1.0 + 0x1p-40 * u : 1e3 * (u - 0.5);
    case LARGE:
        return (u - 0.5) * 0x1p449;
    case SMALL:
        return (u - 0.5) * 0x1p-1000;
    case MIXED:
        return sample_double(seed, i, 600, 1400);
    default:
        return (double)(sample_bits(seed, i) % 3);
    }
}

static void are_those_of_all_orders(void) {
    for (int kind = 0; kind < N_KINDS; kind++) {
        faults wrong = {0};
        for (int m = 1; m <= HF_MOST_DRIVERS; m++)
            for (uint64_t seed = 0; seed < 60; seed++) {
                double values[HF_MOST_COALITIONS];
                for (uint64_t i = 0; i < 1u << m; i++)
                    values[i] = sample_value(kind, m, 100 * seed + (uint64_t)kind, i);
                judge(m, values, &wrong);
            }
        expect_none(&wrong);
    }
}

/* The largest numerators there can be: what is added is the whole range, up or down. */
static void the_extremes_fit(void) {
    faults wrong = {0};
    double v = 1.0 - 0x1p-49; /* rounds up to 2^49 units */
    for (int m = 1; m <= HF_MOST_DRIVERS; m++) {
        double values[HF_MOST_COALITIONS], flipped[HF_MOST_COALITIONS];
        for (int s = 0; s < 1 << m; s++) {
            values[s] = s & 1 ? v : -v;
            flipped[s] = __builtin_popcount((unsigned)s) % 2 ? v : -v;
        }
        judge(m, values, &wrong);
        judge(m, flipped, &wrong);
        hf_shapley s;
        hf_shapley_make(&s, m, values);
        CU_ASSERT_EQUAL(s.shares[0], s.total);
        CU_ASSERT_EQUAL(s.shares[m - 1], m == 1 ? s.total : 0.0);
    }
    expect_none(&wrong);
}

/* Doubles that were each rounded to nearest would miss this total by far; these do not, in any
 * order. */
static void small_totals_are_met(void) {
    int missed = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        double values[8], nearest = 0.0;
        hf_shapley s;
        for (uint64_t i = 0; i < 8; i++)
            values[i] = sample_value(CANCELLING, 3, seed, i);
        hf_shapley_make(&s, 3, values);
        for (int i = 0; i < 3; i++)
            nearest += (double)s.numerators[i] / 6.0 * s.grid;
        if (hf_abs(nearest - s.total) <= 4.0 * ulp_of(s.total))
            continue;
        missed++;
        CU_ASSERT_EQUAL(s.shares[0] + s.shares[1] + s.shares[2], s.total);
        CU_ASSERT_EQUAL(s.shares[2] + s.shares[0] + s.shares[1], s.total);
        CU_ASSERT_EQUAL(s.shares[1] + s.shares[2] + s.shares[0], s.total);
    }
    CU_ASSERT_TRUE(missed > 50);
}

/* Who adds nothing has no share; who add the same have the same. */
static void axioms_hold(void) {
    for (int m = 2; m <= HF_MOST_DRIVERS; m++) {
        double idle[HF_MOST_COALITIONS], alike[HF_MOST_COALITIONS];
        hf_shapley s;
        for (uint64_t i = 0; i < 1u << m; i++) {
            idle[i] = sample_uniform(7, i & ~2u);
            alike[i] = sample_loss(8, (uint64_t)__builtin_popcount((unsigned)i));
        }
        hf_shapley_make(&s, m, idle);
        CU_ASSERT_EQUAL(s.numerators[1], 0);
        CU_ASSERT_EQUAL(s.shares[1], 0.0);
        CU_ASSERT_NOT_EQUAL(s.numerators[0], 0);
        hf_shapley_make(&s, m, alike);
        for (int i = 1; i < m; i++)
            CU_ASSERT_EQUAL(s.numerators[i], s.numerators[0]);
    }
    double nothing[4] = {0.0, 0.0, 0.0, 0.0};
    hf_shapley s;
    hf_shapley_make(&s, 2, nothing);
    CU_ASSERT_EQUAL(s.total, 0.0);
    CU_ASSERT_EQUAL(s.shares[0], 0.0);
    CU_ASSERT_EQUAL(s.shares[1], 0.0);
}

/* Of a mean it is Student's interval. */
static void the_jackknife_of_a_mean_is_known(void) {
    double x[HF_N_RANGES], without[HF_N_RANGES], sum = 0.0, squares = 0.0;
    for (int g = 0; g < HF_N_RANGES; g++)
        sum += x[g] = 1000.0 + sample_loss(9, (uint64_t)g);
    for (int g = 0; g < HF_N_RANGES; g++) {
        without[g] = (sum - x[g]) / (HF_N_RANGES - 1.0);
        squares += (x[g] - sum / HF_N_RANGES) * (x[g] - sum / HF_N_RANGES);
    }
    double t = 1.9983405425207417; /* Student's, 63 degrees, at 0.975 */
    double expected = t * hf_sqrt(squares / (HF_N_RANGES - 1.0) / HF_N_RANGES);
    double found = hf_jackknife_half_width(without, 0.95);
    CU_ASSERT_TRUE(hf_abs(found / expected - 1.0) < 1e-10);
    for (int g = 0; g < HF_N_RANGES; g++)
        without[g] = 0.1;
    CU_ASSERT_EQUAL(hf_jackknife_half_width(without, 0.95), 0.0);
}

/* t = sqrt(v (1 - x)/x) with x = scipy.special.betaincinv(v/2, 1/2, 2 (1 - u)): scipy.stats.t.ppf
 * itself is no better than 1e-8. */
static void student_is_as_in_tables(void) {
    static const double table[][3] = {
        {0.00005, -4.154552727250866, 1e-8}, {0.0005, -3.45176894496102, 1e-8},
        {0.3, -0.5270643772588908, 1e-10},   {0.5, 0.0, 1e-10},
        {0.9, 1.2951342937828896, 1e-10},    {0.95, 1.6694022217068132, 1e-10},
        {0.975, 1.9983405425207417, 1e-10},  {0.99, 2.387007863469796, 1e-10},
        {0.995, 2.656145025099862, 1e-10},   {0.9995, 3.45176894496102, 1e-8},
        {0.99995, 4.154552727250866, 1e-8}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        double error = hf_student_quantile(table[i][0], 63.0) - table[i][1];
        CU_ASSERT_TRUE(hf_abs(error) < table[i][2]);
    }
    CU_ASSERT_TRUE(hf_abs(hf_student_quantile(0.975, 30.0) - 2.0422724563012378) < 1e-8);
}

HF_TEST_MAIN("shapley", HF_CASE(are_those_of_all_orders), HF_CASE(the_extremes_fit),
             HF_CASE(small_totals_are_met), HF_CASE(axioms_hold),
             HF_CASE(the_jackknife_of_a_mean_is_known), HF_CASE(student_is_as_in_tables))
