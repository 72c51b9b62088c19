/* Exact sums of a row of values at vector speed.
 *
 * The row's largest magnitude sets a ladder of grids 46 bits apart; adding and subtracting a large
 * constant takes each value apart into multiples of each grid, exactly (Rump, Ogita and Oishi
 * 2008). Multiples of one grid add up in plain doubles without error while 128 of them are taken at
 * a time, so a whole row costs a handful of additions to the wide sum. What the ladder leaves over,
 * of values much smaller than the largest, goes to the wide sum on its own. Squares are first split
 * into x*x rounded and its error [Dekker1971]. Nothing here depends on the order of values or
 * rows. */
#include "stats/moments.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/number.h"
#include "stats/range.h"
#include "stats/words.h"

enum { LANES = HF_VECTOR, CHUNK = 128 };

#define GRID_BITS   46
#define ROW_MIN     0x1p-250 /* rows whose largest magnitude is below go value by value */
#define SPLITTER    134217729.0
#define TINY_IN_ROW 0x1p-400 /* below every grid of a row at least ROW_MIN large */

/* 1.5 2^52 units of a grid: adding it rounds to multiples of the unit. */
typedef struct ladder {
    double magic[3];
} ladder;

/* For magnitudes up to `largest`, a normal number. */
static ladder make_ladder(double largest) {
    int exponent = (int)(hf_double_bits(largest) >> 52 & 0x7FF) - 1023;
    ladder grids;
    for (int j = 0; j < 3; j++) {
        int unit = exponent + 1 - GRID_BITS * (j + 1);
        grids.magic[j] = hf_bits_double((uint64_t)(unit + 52 + 1023) << 52) * 1.5;
    }
    return grids;
}

/* Exact: lanes are multiples of one unit and add up below 2^53 of it. */
static double total(const hf_vector *sums) {
    return (*sums)[0] + (*sums)[1];
}

static bool is_any(const hf_mask *m) {
    return ((*m)[0] | (*m)[1]) != 0;
}

/* Takes the part of x on a grid away from it. */
#define TAKE(sums, x, magic)                                                                       \
    do {                                                                                           \
        hf_vector part_ = ((x) + (magic)) - (magic);                                               \
        (sums) += part_;                                                                           \
        (x) -= part_;                                                                              \
    } while (0)

static double take(double *x, double magic) {
    double part = (*x + magic) - magic;
    *x -= part;
    return part;
}

/* x[n], n a multiple of LANES up to CHUNK, to the sum. */
static void add_row(hf_exact_sum *sum, int n, const double *x, ladder grids) {
    hf_vector coarse = {0}, fine = {0};
    hf_mask left = {0};
    for (int i = 0; i < n; i += LANES) {
        hf_vector v = *(const hf_loose_vector *)(x + i);
        TAKE(coarse, v, grids.magic[0]);
        TAKE(fine, v, grids.magic[1]);
        left |= v != 0.0;
    }
    hf_exact_sum_add(sum, total(&coarse));
    hf_exact_sum_add(sum, total(&fine));
    for (int i = 0; is_any(&left) && i < n; i++) {
        double rest = x[i];
        take(&rest, grids.magic[0]);
        take(&rest, grids.magic[1]);
        if (rest != 0.0)
            hf_exact_sum_add(sum, rest);
    }
}

/* What is left of one square: the same steps as in add_square_row. */
static void add_square_rest(hf_exact_sum *sum, double x, ladder grids) {
    if (hf_max(x, -x) < TINY_IN_ROW) {
        hf_exact_sum_add_square(sum, x);
        return;
    }
    double c = SPLITTER * x, high = c - (c - x), low = x - high;
    double square = x * x;
    double error = ((high * high - square) + 2.0 * high * low) + low * low;
    for (int j = 0; j < 3; j++)
        take(&square, grids.magic[j]);
    take(&error, grids.magic[1]);
    take(&error, grids.magic[2]);
    hf_exact_sum_add(sum, square);
    hf_exact_sum_add(sum, error);
}

/* The squares of x[n]; the ladder is that of the largest square. */
static void add_square_row(hf_exact_sum *sum, int n, const double *x, ladder grids) {
    hf_vector coarse = {0}, middle = {0}, fine = {0};
    hf_mask left = {0};
    for (int i = 0; i < n; i += LANES) {
        hf_vector v = *(const hf_loose_vector *)(x + i);
        hf_vector c = SPLITTER * v, high = c - (c - v), low = v - high;
        hf_vector square = v * v;
        hf_vector error = ((high * high - square) + 2.0 * high * low) + low * low;
        TAKE(coarse, square, grids.magic[0]);
        TAKE(middle, square, grids.magic[1]);
        TAKE(fine, square, grids.magic[2]);
        TAKE(middle, error, grids.magic[1]);
        TAKE(fine, error, grids.magic[2]);
        left |= (square != 0.0) | (error != 0.0);
    }
    hf_exact_sum_add(sum, total(&coarse));
    hf_exact_sum_add(sum, total(&middle));
    hf_exact_sum_add(sum, total(&fine));
    if (is_any(&left))
        for (int i = 0; i < n; i++)
            add_square_rest(sum, x[i], grids);
}

static void add_in_range(hf_sums *sums, int n, const double *x, hf_range r) {
    double largest = hf_max(hf_max(r.max, -r.max), hf_max(r.min, -r.min));
    HF_ASSERT(largest < HF_SQUARE_MAX);
    sums->n += (uint64_t)n;
    if (largest == 0.0)
        return;
    if (largest < ROW_MIN) {
        for (int i = 0; i < n; i++) {
            hf_exact_sum_add(&sums->sum, x[i]);
            hf_exact_sum_add_square(&sums->square, x[i]);
        }
        return;
    }
    ladder plain = make_ladder(largest), squared = make_ladder(largest * largest);
    double last[LANES] = {0};
    int n_full = n - n % LANES;
    for (int i = 0; i < n_full; i += CHUNK) {
        int n_chunk = n_full - i < CHUNK ? n_full - i : CHUNK;
        add_row(&sums->sum, n_chunk, x + i, plain);
        add_square_row(&sums->square, n_chunk, x + i, squared);
    }
    if (n_full == n)
        return;
    for (int i = n_full; i < n; i++)
        last[i - n_full] = x[i];
    add_row(&sums->sum, LANES, last, plain);
    add_square_row(&sums->square, LANES, last, squared);
}

void hf_sums_add(hf_sums *sums, int n, const double *x) {
    if (n > 0)
        add_in_range(sums, n, x, hf_range_find(n, x));
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
    if (n <= 0)
        return;
    hf_range r = hf_range_find(n, x);
    moments->min = hf_plain_zero(hf_min(r.min, moments->min));
    moments->max = hf_plain_zero(hf_max(r.max, moments->max));
    add_in_range(&moments->sums, n, x, r);
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

static void put_exact(hf_words *out, const hf_exact_sum *sum) {
    hf_exact_sum copy = *sum;
    hf_exact_sum_normalise(&copy);
    int first = 0, last = HF_EXACT_LIMBS - 1;
    while (first < HF_EXACT_LIMBS && copy.limb[first] == 0)
        first++;
    while (last >= first && copy.limb[last] == 0)
        last--;
    hf_words_put(out, (uint64_t)first << 32 | (uint64_t)(last + 1 - first));
    hf_words_put_array(out, copy.limb + first, (size_t)(last + 1 - first));
}

static void get_exact(hf_word_reader *in, hf_exact_sum *sum) {
    uint64_t head = hf_word_reader_get(in), first = head >> 32, n = head & 0xFFFFFFFFu;
    hf_exact_sum other = {0};
    if (first > HF_EXACT_LIMBS || n > HF_EXACT_LIMBS - first) {
        in->is_short = true;
        return;
    }
    hf_word_reader_get_array(in, other.limb + first, n);
    for (int i = 0; i < HF_EXACT_LIMBS - 1; i++)
        if (other.limb[i] >> 32 != 0) {
            in->is_short = true;
            return;
        }
    hf_exact_sum_merge(sum, &other);
}

void hf_sums_put(hf_words *out, const hf_sums *sums) {
    hf_words_put(out, sums->n);
    put_exact(out, &sums->sum);
    put_exact(out, &sums->square);
}

void hf_sums_get_merge(hf_word_reader *in, hf_sums *sums) {
    sums->n += hf_word_reader_get(in);
    get_exact(in, &sums->sum);
    get_exact(in, &sums->square);
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
