/* The loops over rows: right, whatever the length, and the same bits for every instruction set. */
#include "base/lanes.h"
#include "stats/rows.h"
#include "unit/hf_cunit.h"
#include "unit/stats_samples.h"

enum { N = 140, ROWS = 5, LANES = 144, LAST = 255 };

/* The next of those that this CPU runs: for (int c = 0; (code = next_code(&c));) */
static const hf_row_code *next_code(int *c) {
    int n;
    const hf_row_code *const *codes = hf_row_codes(&n);
    return *c < n && codes[*c]->cpu_level <= hf_cpu_level() ? codes[(*c)++] : NULL;
}

static double sample(int kind, uint64_t i) {
    double u = sample_uniform(70, i);
    switch (kind) {
    case 0:
        return u - 0.5;
    case 1:
        return u < 0.5 ? 0.0 : u < 0.6 ? -0.0 : hf_floor(100.0 * u);
    case 2:
        return sample_double(71, i, 900, 1100);
    default:
        return i % 3 ? 1.0 : -17.0;
    }
}

static void ranges_are_found(void) {
    const hf_row_code *code;
    for (int c = 0; (code = next_code(&c));)
        for (int kind = 0; kind < 4; kind++)
            for (int n = 1; n <= N; n++) {
                double x[N], low = DBL_MAX, high = -DBL_MAX;
                for (int i = 0; i < n; i++) {
                    x[i] = sample(kind, (uint64_t)(1000 * n + i));
                    low = hf_min(x[i], low);
                    high = hf_max(x[i], high);
                }
                hf_range found = code->find_range(n, x);
                CU_ASSERT_TRUE(found.min == low && found.max == high);
            }
}

/* That parts and what is left make up the values is for test_exact_sum to see. */
static void parts_are_the_same_everywhere(void) {
    const hf_ladder plain = {{0x1.8p84, 0x1.8p38, 0x1.8p-8}};
    const hf_ladder squared = {{0x1.8p162, 0x1.8p116, 0x1.8p70}};
    const hf_row_code *code;
    for (int c = 0; (code = next_code(&c));)
        for (int kind = 0; kind < 4; kind++)
            for (int n = 1; n <= HF_PARTS_MAX; n++) {
                double x[HF_PARTS_MAX];
                hf_parts found, expected;
                for (int i = 0; i < n; i++)
                    x[i] = sample(kind, (uint64_t)(1000 * n + i));
                hf_row_code_v1.take_parts(n, x, &plain, &squared, &expected);
                code->take_parts(n, x, &plain, &squared, &found);
                CU_ASSERT_EQUAL(memcmp(found.sum, expected.sum, sizeof found.sum), 0);
                CU_ASSERT_EQUAL(memcmp(found.square, expected.square, sizeof found.square), 0);
                CU_ASSERT_EQUAL(found.sum_left, expected.sum_left);
                CU_ASSERT_EQUAL(found.square_left, expected.square_left);
            }
}

/* Row `spoilt` has a value that the grid does not take; lanes beyond n have more. */
static void check_grid(const hf_row_code *code, int n, int spoilt, double bad) {
    static double x[ROWS][LANES];
    double to_grid[ROWS];
    int64_t value[ROWS], square[ROWS], values[ROWS], squares[ROWS];
    for (int row = 0; row < ROWS; row++) {
        to_grid[row] = hf_bits_double((uint64_t)(1023 + 40 - row) << 52);
        value[row] = values[row] = 7 - row;
        square[row] = squares[row] = row;
        for (int i = 0; i < LANES; i++)
            x[row][i] = i < n ? sample(row % 2, (uint64_t)(1000 * n + i)) / 4.0 : 1e200;
    }
    if (spoilt < ROWS)
        x[spoilt][(n - 1) / 2] = bad;
    for (int row = 0; row < spoilt; row++)
        for (int i = 0; i < n; i++) {
            double t = x[row][i] * to_grid[row];
            values[row] += hf_round_to_int(t);
            squares[row] += hf_round_to_int(t * t * 0x1p-40);
        }
    CU_ASSERT_EQUAL(code->add_to_grid(ROWS, n, LANES, x[0], to_grid, value, square), spoilt);
    CU_ASSERT_EQUAL(memcmp(value, values, sizeof value), 0);
    CU_ASSERT_EQUAL(memcmp(square, squares, sizeof square), 0);
}

static void grids_take_integers(void) {
    const hf_row_code *code;
    for (int c = 0; (code = next_code(&c));)
        for (int n = 1; n <= N; n++) {
            check_grid(code, n, ROWS, 0.0);
            check_grid(code, n, n % ROWS, -0x1p11);
            check_grid(code, n, n % ROWS, __builtin_nan(""));
        }
}

static int bin_of(double x, double lower, double upper, double per_width) {
    if (x <= lower)
        return 0;
    if (x >= upper)
        return LAST;
    return 1 + (int)hf_min((x - lower) * per_width, LAST - 2);
}

static void bins_are_found(void) {
    static const double edges[][2] = {{0.0, 1.0}, {-0.25, 0.3}, {0.0, 60.0}, {3.0, 1e30}};
    const hf_row_code *code;
    for (int c = 0; (code = next_code(&c));)
        for (int e = 0; e < 4; e++)
            for (int n = 1; n <= N; n++) {
                double lower = edges[e][0], upper = edges[e][1];
                double x[N], per_width = (LAST - 1) / (upper - lower);
                uint8_t bins[N + 1];
                bins[n] = 99;
                for (int i = 0; i < n; i++) { /* edges of bins among them */
                    x[i] = sample(e == 3 ? 2 : e % 2, (uint64_t)(1000 * n + i));
                    int edge = i % 8 ? i - 20 : LAST - 1;
                    x[i] = i % 4 ? x[i] : lower + (upper - lower) * edge / (LAST - 1);
                }
                code->find_bins(n, x, lower, upper, per_width, LAST, bins);
                for (int i = 0; i < n; i++)
                    CU_ASSERT_EQUAL(bins[i], bin_of(x[i], lower, upper, per_width));
                CU_ASSERT_EQUAL(bins[n], 99); /* not written */
            }
}

HF_TEST_MAIN("rows", HF_CASE(ranges_are_found), HF_CASE(parts_are_the_same_everywhere),
             HF_CASE(grids_take_integers), HF_CASE(bins_are_found))
