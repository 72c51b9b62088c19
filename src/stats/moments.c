/* Exact sums of a row of values at vector speed.
 *
 * The row's largest magnitude sets a ladder of grids 46 bits apart; adding and subtracting a large
 * constant takes each value apart into multiples of each grid, exactly (Rump, Ogita and Oishi
 * 2008). Multiples of one grid add up in plain doubles without error while 128 of them are taken at
 * a time (stats/rows.h), so a whole row costs a handful of additions to the wide sum. What the
 * ladder leaves over, of values much smaller than the largest, goes to the wide sum on its own.
 * Squares are first split into x*x rounded and its error [Dekker1971]. Nothing here depends on the
 * order of values or rows. */
#include "stats/moments.h"
#include "base/check.h"
#include "base/memory.h"
#include "stats/rows.h"
#include "stats/words.h"

#define GRID_BITS   46
#define MAX_RUNNING 4096     /* values: their parts, below 2^46 units each, stay far below 2^63 */
#define ROW_MIN     0x1p-250 /* rows whose largest magnitude is below go value by value */
#define TINY_IN_ROW 0x1p-400 /* below every grid of a row at least ROW_MIN large */

/* Unit of grid j for magnitudes below 2^(exponent + 1), as a power of two. */
static int unit_of(int exponent, int j) {
    return exponent + 1 - GRID_BITS * (j + 1);
}

static double power_of_two(int exponent) {
    return hf_bits_double((uint64_t)(exponent + 1023) << 52);
}

static hf_ladder make_ladder(int exponent) {
    hf_ladder grids;
    for (int j = 0; j < 3; j++)
        grids.magic[j] = 1.5 * power_of_two(unit_of(exponent, j) + 52);
    return grids;
}

/* Of values in running sums; their squares are below 2^(squared_exponent + 1). */
static int exponent_of(const hf_running *r) {
    return r->field - 1023;
}
static int squared_exponent_of(const hf_running *r) {
    return 2 * exponent_of(r) + 1;
}

/* Takes the part of x on a grid away from it. */
static void drop(double *x, double magic) {
    *x -= (*x + magic) - magic;
}

static void add_some(hf_exact_sum *sum, double x) {
    if (x != 0.0)
        hf_exact_sum_add(sum, x);
}

static void add_rest(hf_exact_sum *sum, double x, const hf_ladder *grids) {
    drop(&x, grids->magic[0]);
    drop(&x, grids->magic[1]);
    add_some(sum, x);
}

/* What is left of one square: the same steps as in the row loop. */
static void add_square_rest(hf_exact_sum *sum, double x, const hf_ladder *grids) {
    if (hf_max(x, -x) < TINY_IN_ROW) {
        hf_exact_sum_add_square(sum, x);
        return;
    }
    double c = HF_SPLITTER * x, high = c - (c - x), low = x - high;
    double square = x * x;
    double error = ((high * high - square) + 2.0 * high * low) + low * low;
    for (int j = 0; j < 3; j++)
        drop(&square, grids->magic[j]);
    drop(&error, grids->magic[1]);
    drop(&error, grids->magic[2]);
    add_some(sum, square);
    add_some(sum, error);
}

/* A part in units of its grid. */
static int64_t in_units(double part, int unit) {
    double units = part * power_of_two(-unit);
    HF_ASSERT(units >= -0x1p53 && units <= 0x1p53);
    return (int64_t)units;
}

/* x[n], n <= HF_PARTS_MAX, within the grids; what these leave over goes to the sums. */
static void add_parts(hf_running *r, hf_sums *sums, int n, const double *x) {
    int exponent = exponent_of(r), squared_exponent = squared_exponent_of(r);
    hf_ladder plain = make_ladder(exponent), squared = make_ladder(squared_exponent);
    hf_parts parts;
    hf_row_code_find()->take_parts(n, x, &plain, &squared, &parts);
    for (int j = 0; j < 2; j++)
        r->sum[j] += in_units(parts.sum[j], unit_of(exponent, j));
    for (int j = 0; j < 3; j++)
        r->square[j] += in_units(parts.square[j], unit_of(squared_exponent, j));
    for (int i = 0; parts.sum_left && i < n; i++)
        add_rest(&sums->sum, x[i], &plain);
    for (int i = 0; parts.square_left && i < n; i++)
        add_square_rest(&sums->square, x[i], &squared);
}

void hf_running_settle(hf_running *r, hf_sums *sums) {
    sums->n += (uint64_t)r->n;
    for (int j = 0; r->field && j < 2; j++)
        hf_exact_sum_add_integer(&sums->sum, r->sum[j], unit_of(exponent_of(r), j));
    for (int j = 0; r->field && j < 3; j++)
        hf_exact_sum_add_integer(&sums->square, r->square[j], unit_of(squared_exponent_of(r), j));
    *r = (hf_running){.min = r->min, .max = r->max};
}

/* x[n], 1 <= n <= HF_PARTS_MAX. */
static void add_row(hf_running *r, hf_sums *sums, int n, const double *x) {
    hf_range range = hf_row_code_find()->find_range(n, x);
    double largest = hf_max(range.max, -range.min);
    int field = (int)(hf_double_bits(largest) >> 52);
    HF_ASSERT(largest < HF_SQUARE_MAX);
    r->min = hf_plain_zero(hf_min(range.min, r->min));
    r->max = hf_plain_zero(hf_max(range.max, r->max));
    if (r->n + n > MAX_RUNNING)
        hf_running_settle(r, sums);
    r->n += n;
    if (largest == 0.0)
        return;
    if (largest < ROW_MIN) {
        for (int i = 0; i < n; i++) {
            hf_exact_sum_add(&sums->sum, x[i]);
            hf_exact_sum_add_square(&sums->square, x[i]);
        }
        return;
    }
    if (field > r->field) {
        hf_running_settle(r, sums);
        r->field = field;
    }
    add_parts(r, sums, n, x);
}

void hf_running_init(hf_running *running) {
    *running = (hf_running){.min = DBL_MAX, .max = -DBL_MAX};
}

void hf_running_add(hf_running *r, hf_sums *sums, int n, const double *x) {
    for (int i = 0; i < n; i += HF_PARTS_MAX)
        add_row(r, sums, n - i < HF_PARTS_MAX ? n - i : HF_PARTS_MAX, x + i);
}

void hf_moments_settle(hf_moments *moments, hf_running *running) {
    hf_running_settle(running, &moments->sums);
    moments->min = hf_min(running->min, moments->min);
    moments->max = hf_max(running->max, moments->max);
}

void hf_sums_add(hf_sums *sums, int n, const double *x) {
    hf_running running;
    hf_running_init(&running);
    hf_running_add(&running, sums, n, x);
    hf_running_settle(&running, sums);
}

void hf_sums_add_times(hf_sums *sums, double x, uint64_t count) {
    hf_exact_sum square = {0};
    hf_exact_sum_add_square(&square, x);
    hf_exact_sum_scale(&square, count);
    sums->n += count;
    hf_exact_sum_add_times(&sums->sum, x, count);
    hf_exact_sum_merge(&sums->square, &square);
}

void hf_sums_merge(hf_sums *sums, const hf_sums *other) {
    sums->n += other->n;
    hf_exact_sum_merge(&sums->sum, &other->sum);
    hf_exact_sum_merge(&sums->square, &other->square);
}

void hf_sums_subtract(hf_sums *sums, const hf_sums *other) {
    HF_ASSERT(sums->n >= other->n);
    sums->n -= other->n;
    hf_exact_sum_subtract(&sums->sum, &other->sum);
    hf_exact_sum_subtract(&sums->square, &other->square);
}

void hf_sums_add_zeros(hf_sums *sums, uint64_t n_zero) {
    sums->n += n_zero;
}

void hf_moments_init(hf_moments *moments) {
    *moments = (hf_moments){.min = DBL_MAX, .max = -DBL_MAX};
}

void hf_moments_add(hf_moments *moments, int n, const double *x) {
    hf_running running;
    hf_running_init(&running);
    hf_running_add(&running, &moments->sums, n, x);
    hf_moments_settle(moments, &running);
}

void hf_moments_merge(hf_moments *moments, const hf_moments *other) {
    moments->min = hf_min(other->min, moments->min);
    moments->max = hf_max(other->max, moments->max);
    hf_sums_merge(&moments->sums, &other->sums);
}

double hf_sums_mean(const hf_sums *sums) {
    if (sums->n == 0)
        return __builtin_nan("");
    return hf_exact_sum_value(&sums->sum) / (double)sums->n;
}

double hf_sums_variance(const hf_sums *sums) {
    if (sums->n < 2)
        return __builtin_nan("");
    /* Sx as up to four doubles: more bits than the sum of 2^53 doubles of one magnitude has */
    double part[4];
    hf_exact_sum rest = sums->sum;
    for (int i = 0; i < 4; i++) {
        part[i] = hf_exact_sum_value(&rest);
        hf_exact_sum_add(&rest, -part[i]);
    }
    hf_exact_sum spread = sums->square;
    hf_exact_sum_scale(&spread, sums->n);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            hf_exact_sum_add_product(&spread, -part[i], part[j]);
    double n = (double)sums->n;
    return hf_max(hf_exact_sum_value(&spread), 0.0) / n / (n - 1.0);
}

void hf_sums_put(hf_words *out, const hf_sums *sums) {
    hf_words_put(out, sums->n);
    hf_exact_sum_put(out, &sums->sum);
    hf_exact_sum_put(out, &sums->square);
}

void hf_sums_get_merge(hf_word_reader *in, hf_sums *sums) {
    uint64_t n = hf_word_reader_get(in);
    hf_exact_sum_get_merge(in, &sums->sum);
    hf_exact_sum_get_merge(in, &sums->square);
    in->is_short |= n > HF_SUMS_MAX || sums->n > HF_SUMS_MAX - n;
    in->is_short |= !hf_exact_sum_is_below(&sums->sum, 450 + 40); /* each, and how many */
    in->is_short |= !hf_exact_sum_is_below(&sums->square, 900 + 40);
    sums->n += n;
}

size_t hf_sums_list_pack(const void *list, unsigned char **bytes) {
    const hf_sums_list *sums = list;
    hf_words out = {0};
    hf_words_put(&out, (uint64_t)sums->n);
    for (int i = 0; i < sums->n; i++)
        hf_sums_put(&out, &sums->items[i]);
    return hf_words_give(&out, bytes);
}

hf_status hf_sums_list_merge(void *list, const unsigned char *bytes, size_t n_bytes,
                             hf_error *err) {
    hf_sums_list *sums = list;
    hf_word_reader in = hf_word_reader_open(bytes, n_bytes);
    if (hf_word_reader_get(&in) != (uint64_t)sums->n)
        in.is_short = true;
    for (int i = 0; i < sums->n && !in.is_short; i++)
        hf_sums_get_merge(&in, &sums->items[i]);
    return hf_word_reader_close(&in, "sums", err);
}
