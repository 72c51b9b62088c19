#include "stats/weekly.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/number.h"
#include "stats/exact_sum.h"
#include "stats/range.h"
#include "stats/words.h"
#include <string.h>

/* Values are taken in units of 2^-40 scales, their squares in units of 2^-40 squared scales. */
#define GRID_BITS    40
#define CLIP         0x1p45 /* 32 scales in grid units */
#define VALUE_MAGIC  0x1.8p52
#define SQUARE_MAGIC 0x1.8p92 /* rounds to multiples of 2^40 */
#define MAX_LANES    4096     /* 4096 squares below 2^50 units fit in 64 bits */

/* Integer sums of one row over trials. */
typedef struct row {
    __int128 sum, square;
    uint64_t n, n_clipped;
} row;

typedef struct fan {
    row mean;
    double min, max;
    uint64_t count[HF_FAN_BINS];
} fan;

struct hf_weekly {
    int n_variants, n_weeks, n_series, n_stages;
    double *lower, *upper; /* [week][series] */
    int *series_exponent;  /* [series]: the scale is at most 2^exponent */
    int *stage_exponent;   /* [stage] */
    fan *fans;             /* [variant][week][series] */
    row *stages;           /* [variant][week][stage] */
};

/* Smallest e with scale <= 2^e. */
static int find_exponent(double scale) {
    HF_ASSERT(scale > 0.0 && scale < 0x1p400 && scale > 0x1p-400);
    uint64_t bits = hf_double_bits(scale);
    return (int)(bits >> 52) - 1023 + ((bits & 0xFFFFFFFFFFFFFu) != 0);
}

static double power_of_two(int exponent) {
    return hf_bits_double((uint64_t)(exponent + 1023) << 52);
}

static size_t count_fans(const hf_weekly *w) {
    return (size_t)w->n_variants * (size_t)w->n_weeks * (size_t)w->n_series;
}

static size_t count_stage_rows(const hf_weekly *w) {
    return (size_t)w->n_variants * (size_t)w->n_weeks * (size_t)w->n_stages;
}

void hf_weekly_clear(hf_weekly *w) {
    memset(w->fans, 0, count_fans(w) * sizeof *w->fans);
    memset(w->stages, 0, count_stage_rows(w) * sizeof *w->stages);
    for (size_t i = 0; i < count_fans(w); i++) {
        w->fans[i].min = DBL_MAX;
        w->fans[i].max = -DBL_MAX;
    }
}

static void copy_edges(hf_weekly *w, const hf_weekly_options *options) {
    for (int s = 0; s < w->n_series; s++) {
        double scale = 0.0;
        for (int t = 0; t < w->n_weeks; t++) {
            int i = t * w->n_series + s;
            w->lower[i] = options->lower[i];
            w->upper[i] = options->upper[i];
            HF_ASSERT(w->lower[i] < w->upper[i]);
            scale = hf_max(scale, hf_max(w->upper[i], -w->lower[i]));
        }
        w->series_exponent[s] = w->n_weeks ? find_exponent(scale) : 0;
    }
    for (int i = 0; i < w->n_stages; i++)
        w->stage_exponent[i] = find_exponent(options->stage_scale[i]);
}

hf_weekly *hf_weekly_create(const hf_weekly_options *options) {
    hf_weekly *w = HF_NEW(1, hf_weekly);
    size_t n_edges = (size_t)options->n_weeks * (size_t)options->n_series;
    *w = (hf_weekly){.n_variants = options->n_variants,
                     .n_weeks = options->n_weeks,
                     .n_series = options->n_series,
                     .n_stages = options->n_stages,
                     .lower = HF_NEW(n_edges, double),
                     .upper = HF_NEW(n_edges, double),
                     .series_exponent = HF_NEW(options->n_series, int),
                     .stage_exponent = HF_NEW(options->n_stages, int)};
    copy_edges(w, options);
    w->fans = HF_NEW(count_fans(w), fan);
    w->stages = HF_NEW(count_stage_rows(w), row);
    hf_weekly_clear(w);
    return w;
}

void hf_weekly_destroy(hf_weekly *w) {
    if (!w)
        return;
    hf_free(w->lower);
    hf_free(w->upper);
    hf_free(w->series_exponent);
    hf_free(w->stage_exponent);
    hf_free(w->fans);
    hf_free(w->stages);
    hf_free(w);
}

size_t hf_weekly_bytes(const hf_weekly_options *options) {
    size_t n_weeks = (size_t)options->n_variants * (size_t)options->n_weeks;
    return sizeof(hf_weekly) + n_weeks * ((size_t)options->n_series * sizeof(fan) +
                                          (size_t)options->n_stages * sizeof(row));
}

/* What n lanes add to a row. */
typedef struct lane_sums {
    int64_t value, square;
    uint64_t n_clipped;
} lane_sums;

/* Value by value: for what is left of a row, and for rows that leave the range. */
static void add_lane(lane_sums *sums, double x, double to_grid) {
    double t = x * to_grid;
    sums->n_clipped += t > CLIP || t < -CLIP;
    t = hf_min(hf_max(t, -CLIP), CLIP);
    sums->value += hf_round_to_int(t);
    sums->square += hf_round_to_int(t * t * 0x1p-40);
}

/* A number plus a large constant has its nearest integer on the grid in its low bits; these are
 * added up as integers and the constant's own bits taken away at the end, modulo 2^64. */
static lane_sums sum_lanes(int n, const double *x, double to_grid) {
    hf_bits values = {0}, squares = {0};
    hf_mask clipped = {0};
    lane_sums sums = {0};
    int n_full = n - n % HF_VECTOR;
    for (int i = 0; i < n_full; i += HF_VECTOR) {
        hf_vector t = *(const hf_loose_vector *)(x + i) * to_grid, u = t * t;
        values += (hf_bits)(t + VALUE_MAGIC);
        squares += (hf_bits)(u + SQUARE_MAGIC);
        clipped |= u > CLIP * CLIP;
    }
    if (clipped[0] | clipped[1]) {
        n_full = 0;
    } else {
        uint64_t value = values[0] + values[1];
        uint64_t square = squares[0] + squares[1];
        sums.value = (int64_t)(value - (uint64_t)n_full * hf_double_bits(VALUE_MAGIC));
        sums.square = (int64_t)(square - (uint64_t)n_full * hf_double_bits(SQUARE_MAGIC));
    }
    for (int i = n_full; i < n; i++)
        add_lane(&sums, x[i], to_grid);
    return sums;
}

static void add_row(row *r, int exponent, int n, const double *x) {
    HF_ASSERT(n <= MAX_LANES);
    lane_sums sums = sum_lanes(n, x, power_of_two(GRID_BITS - exponent));
    r->sum += sums.value;
    r->square += sums.square;
    r->n += (uint64_t)n;
    r->n_clipped += sums.n_clipped;
}

static fan *find_fan(const hf_weekly *w, int variant, int week, int series) {
    return &w->fans[((size_t)variant * (size_t)w->n_weeks + (size_t)week) * (size_t)w->n_series +
                    (size_t)series];
}

static row *find_stage(const hf_weekly *w, int variant, int week, int stage) {
    return &w->stages[((size_t)variant * (size_t)w->n_weeks + (size_t)week) * (size_t)w->n_stages +
                      (size_t)stage];
}

/* Bin of a value: 0 up to the lower edge, 255 from the upper edge on. */
static inline int find_bin(double x, double lower, double upper, double per_width) {
    double t = hf_min(hf_max((x - lower) * per_width, 0.0), HF_FAN_BINS - 3);
    int inner = 1 + (int)t;
    inner = x <= lower ? 0 : inner;
    return x >= upper ? HF_FAN_BINS - 1 : inner;
}

void hf_weekly_absorb_series(hf_weekly *w, int variant, int week, int series, int n,
                             const double *lanes) {
    if (n <= 0)
        return;
    fan *f = find_fan(w, variant, week, series);
    int edge = week * w->n_series + series;
    double lower = w->lower[edge], upper = w->upper[edge];
    double per_width = (HF_FAN_BINS - 2) / (upper - lower);
    hf_range r = hf_range_find(n, lanes);
    f->min = hf_plain_zero(hf_min(r.min, f->min));
    f->max = hf_plain_zero(hf_max(r.max, f->max));
    add_row(&f->mean, w->series_exponent[series], n, lanes);
    int low = find_bin(r.min, lower, upper, per_width);
    if (low == find_bin(r.max, lower, upper, per_width)) { /* all in order, or all at one edge */
        f->count[low] += (uint64_t)n;
        return;
    }
    for (int i = 0; i < n; i++)
        f->count[find_bin(lanes[i], lower, upper, per_width)]++;
}

void hf_weekly_absorb_stage(hf_weekly *w, int variant, int week, int stage, int n,
                            const double *lanes) {
    add_row(find_stage(w, variant, week, stage), w->stage_exponent[stage], n, lanes);
}

/* Adds k 2^exponent, in two halves. */
static void add_integer(hf_exact_sum *sum, __int128 k, int exponent) {
    hf_exact_sum_add_integer(sum, (int64_t)(k >> 62), exponent + 62);
    hf_exact_sum_add_integer(sum, (int64_t)((uint64_t)k & 0x3FFFFFFFFFFFFFFFu), exponent);
}

/* n sum(x^2) - sum(x)^2 is formed exactly from the grid's integers before it is rounded. */
static hf_weekly_mean find_mean(const row *r, int exponent) {
    hf_weekly_mean mean = {r->n, __builtin_nan(""), __builtin_nan(""), r->n_clipped != 0};
    double n = (double)r->n;
    hf_exact_sum sum = {0}, spread = {0};
    if (r->n == 0)
        return mean;
    add_integer(&sum, r->sum, exponent - GRID_BITS);
    mean.mean = hf_exact_sum_value(&sum) / n;
    if (r->n < 2)
        return mean;
    add_integer(&spread, r->square, 2 * exponent - GRID_BITS);
    hf_exact_sum_scale(&spread, r->n);
    double high = hf_exact_sum_value(&sum);
    hf_exact_sum_add(&sum, -high);
    double low = hf_exact_sum_value(&sum);
    hf_exact_sum_add_product(&spread, -high, high);
    hf_exact_sum_add_product(&spread, -2.0 * high, low);
    hf_exact_sum_add_product(&spread, -low, low);
    double variance = hf_max(hf_exact_sum_value(&spread), 0.0) / n / (n - 1.0);
    mean.standard_error = __builtin_sqrt(variance / n);
    return mean;
}

hf_weekly_mean hf_weekly_series_mean(const hf_weekly *w, int variant, int week, int series) {
    return find_mean(&find_fan(w, variant, week, series)->mean, w->series_exponent[series]);
}

hf_weekly_mean hf_weekly_stage_mean(const hf_weekly *w, int variant, int week, int stage) {
    return find_mean(find_stage(w, variant, week, stage), w->stage_exponent[stage]);
}

double hf_weekly_quantile(const hf_weekly *w, int variant, int week, int series, int thousandths) {
    HF_ASSERT(thousandths >= 1 && thousandths <= 1000);
    const fan *f = find_fan(w, variant, week, series);
    if (f->mean.n == 0)
        return __builtin_nan("");
    unsigned __int128 scaled = (unsigned __int128)f->mean.n * (unsigned)thousandths + 999;
    uint64_t rank = (uint64_t)(scaled / 1000), below = 0;
    int bin = 0;
    while (below + f->count[bin] < rank)
        below += f->count[bin++];
    int edge = week * w->n_series + series;
    double lower = w->lower[edge], upper = w->upper[edge];
    double width = (upper - lower) / (HF_FAN_BINS - 2);
    double from = bin == 0 ? f->min : lower + width * (bin - 1);
    double to = bin == HF_FAN_BINS - 1 ? f->max : lower + width * bin;
    from = hf_max(bin == HF_FAN_BINS - 1 ? upper : from, f->min);
    to = hf_min(bin == 0 ? lower : to, f->max);
    return hf_plain_zero(hf_min(hf_max(from + (to - from) / 2.0, f->min), f->max));
}

double hf_weekly_quantile_error(const hf_weekly *w, int week, int series) {
    int edge = week * w->n_series + series;
    return (w->upper[edge] - w->lower[edge]) / (2.0 * (HF_FAN_BINS - 2));
}

const uint64_t *hf_weekly_counts(const hf_weekly *w, int variant, int week, int series) {
    return find_fan(w, variant, week, series)->count;
}

static void put_row(hf_words *out, const row *r) {
    const uint64_t words[] = {(uint64_t)r->sum,
                              (uint64_t)((unsigned __int128)r->sum >> 64),
                              (uint64_t)r->square,
                              (uint64_t)((unsigned __int128)r->square >> 64),
                              r->n,
                              r->n_clipped};
    hf_words_put_array(out, words, sizeof words / sizeof words[0]);
}

static void get_row(hf_word_reader *in, row *r) {
    uint64_t words[6];
    hf_word_reader_get_array(in, words, 6);
    r->sum += (__int128)((unsigned __int128)words[1] << 64 | words[0]);
    r->square += (__int128)((unsigned __int128)words[3] << 64 | words[2]);
    r->n += words[4];
    r->n_clipped += words[5];
}

static void put_fan(hf_words *out, const fan *f) {
    uint64_t n_filled = 0;
    put_row(out, &f->mean);
    hf_words_put_double(out, f->min);
    hf_words_put_double(out, f->max);
    for (int k = 0; k < HF_FAN_BINS; k++)
        n_filled += f->count[k] != 0;
    hf_words_put(out, n_filled);
    for (uint64_t k = 0; k < HF_FAN_BINS; k++)
        if (f->count[k]) {
            hf_words_put(out, k);
            hf_words_put(out, f->count[k]);
        }
}

static void get_fan(hf_word_reader *in, fan *f) {
    get_row(in, &f->mean);
    f->min = hf_min(hf_word_reader_get_double(in), f->min);
    f->max = hf_max(hf_word_reader_get_double(in), f->max);
    for (uint64_t k = hf_word_reader_get(in); k > 0 && !in->is_short; k--) {
        uint64_t bin = hf_word_reader_get(in) % HF_FAN_BINS;
        f->count[bin] += hf_word_reader_get(in);
    }
}

size_t hf_weekly_pack(const void *thing, unsigned char **bytes) {
    const hf_weekly *w = thing;
    hf_words out = {0};
    hf_words_put(&out, count_fans(w));
    hf_words_put(&out, count_stage_rows(w));
    for (size_t i = 0; i < count_fans(w); i++)
        put_fan(&out, &w->fans[i]);
    for (size_t i = 0; i < count_stage_rows(w); i++)
        put_row(&out, &w->stages[i]);
    return hf_words_give(&out, bytes);
}

hf_status hf_weekly_merge(void *thing, const unsigned char *bytes, size_t n_bytes, hf_error *err) {
    hf_weekly *w = thing;
    hf_word_reader in = hf_word_reader_open(bytes, n_bytes);
    if (hf_word_reader_get(&in) != count_fans(w) || hf_word_reader_get(&in) != count_stage_rows(w))
        return hf_fail(
            err, HF_BAD_FILE,
            "packed weekly sums: other variants, weeks, series or stages than this run's");
    for (size_t i = 0; i < count_fans(w) && !in.is_short; i++)
        get_fan(&in, &w->fans[i]);
    for (size_t i = 0; i < count_stage_rows(w) && !in.is_short; i++)
        get_row(&in, &w->stages[i]);
    return hf_word_reader_close(&in, "weekly sums", err);
}
