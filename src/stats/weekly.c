#include "stats/weekly.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/number.h"
#include "stats/moments.h"
#include "stats/rows.h"
#include "stats/weekly_weighted.h"
#include "stats/words.h"
#include <string.h>

/* Integer sums of one row over trials. */
typedef struct row {
    __int128 sum, square;
    uint64_t n, n_clipped;
} row;

typedef struct fan {
    row mean;
    uint64_t count[HF_FAN_BINS];
} fan;

/* Every batch goes through all weeks: what it writes is kept small, or it would push the batch out
 * of the cache. These are 64-bit sums, and bins noted one by one; after RECENT trials they are
 * settled into wide sums and counts. */
enum { RECENT = 1024 };

/* Rows of a week: the series, then the stages. */
struct hf_weekly {
    int n_variants, n_weeks, n_series, n_stages, n_rows;
    double *lower, *upper;       /* [week][series] */
    int *exponent;               /* [row]: the scale is at most 2^exponent */
    double *to_grid;             /* [row] */
    fan *fans;                   /* [variant][week][series], settled */
    row *stages;                 /* [variant][week][stage], settled */
    hf_range *ranges;            /* [variant][week][series] of all trials */
    int *n_recent;               /* [variant][week] trials in ... */
    int64_t *recent;             /* [variant][week][2][row]: values, squares */
    uint8_t *notes;              /* [variant][week][series][RECENT] bins */
    hf_weighted_weeks *weighted; /* in place of all from `fans` on; NULL unless weighted */
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

static size_t count_weeks(const hf_weekly *w) {
    return (size_t)w->n_variants * (size_t)w->n_weeks;
}

static size_t count_fans(const hf_weekly *w) {
    return count_weeks(w) * (size_t)w->n_series;
}

static size_t count_stage_rows(const hf_weekly *w) {
    return count_weeks(w) * (size_t)w->n_stages;
}

static size_t find_week(const hf_weekly *w, int variant, int week) {
    return (size_t)variant * (size_t)w->n_weeks + (size_t)week;
}

static fan *find_fan(const hf_weekly *w, size_t week, int series) {
    return &w->fans[week * (size_t)w->n_series + (size_t)series];
}

static row *find_row(const hf_weekly *w, size_t week, int i) {
    return i < w->n_series ? &find_fan(w, week, i)->mean
                           : &w->stages[week * (size_t)w->n_stages + (size_t)(i - w->n_series)];
}

static int64_t *find_values(const hf_weekly *w, size_t week) {
    return &w->recent[week * 2 * (size_t)w->n_rows];
}

static uint8_t *find_notes(const hf_weekly *w, size_t week, int series) {
    return &w->notes[(week * (size_t)w->n_series + (size_t)series) * RECENT];
}

static void clear_recent(hf_weekly *w, size_t week) {
    w->n_recent[week] = 0;
    memset(find_values(w, week), 0, 2 * (size_t)w->n_rows * sizeof *w->recent);
}

void hf_weekly_clear(hf_weekly *w) {
    if (w->weighted) {
        hf_weighted_weeks_clear(w->weighted);
        return;
    }
    memset(w->fans, 0, count_fans(w) * sizeof *w->fans);
    memset(w->stages, 0, count_stage_rows(w) * sizeof *w->stages);
    for (size_t i = 0; i < count_fans(w); i++)
        w->ranges[i] = (hf_range){DBL_MAX, -DBL_MAX};
    for (size_t week = 0; week < count_weeks(w); week++)
        clear_recent(w, week);
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
        w->exponent[s] = w->n_weeks ? find_exponent(scale) : 0;
    }
    for (int i = 0; i < w->n_stages; i++)
        w->exponent[w->n_series + i] = find_exponent(options->stage_scale[i]);
    for (int i = 0; i < w->n_rows; i++)
        w->to_grid[i] = power_of_two(HF_GRID_BITS - w->exponent[i]);
}

static void make_counts(hf_weekly *w) {
    w->fans = HF_NEW(count_fans(w), fan);
    w->stages = HF_NEW(count_stage_rows(w), row);
    w->ranges = HF_NEW(count_fans(w), hf_range);
    w->n_recent = HF_NEW(count_weeks(w), int);
    w->recent = HF_NEW(count_weeks(w) * 2 * (size_t)w->n_rows, int64_t);
    w->notes = HF_NEW(count_fans(w) * RECENT, uint8_t);
    hf_weekly_clear(w);
}

hf_weekly *hf_weekly_create(const hf_weekly_options *options) {
    hf_weekly *w = HF_NEW(1, hf_weekly);
    size_t n_edges = (size_t)options->n_weeks * (size_t)options->n_series;
    int n_rows = options->n_series + options->n_stages;
    *w = (hf_weekly){.n_variants = options->n_variants,
                     .n_weeks = options->n_weeks,
                     .n_series = options->n_series,
                     .n_stages = options->n_stages,
                     .n_rows = n_rows,
                     .lower = HF_NEW(n_edges, double),
                     .upper = HF_NEW(n_edges, double),
                     .exponent = HF_NEW(n_rows, int),
                     .to_grid = HF_NEW(n_rows, double)};
    copy_edges(w, options);
    HF_ASSERT(options->is_weighted || !options->calm);
    if (options->is_weighted)
        w->weighted = hf_weighted_weeks_create(options);
    else
        make_counts(w);
    return w;
}

void hf_weekly_destroy(hf_weekly *w) {
    if (!w)
        return;
    hf_free(w->lower);
    hf_free(w->upper);
    hf_free(w->exponent);
    hf_free(w->to_grid);
    hf_free(w->fans);
    hf_free(w->stages);
    hf_free(w->ranges);
    hf_free(w->n_recent);
    hf_free(w->recent);
    hf_free(w->notes);
    hf_weighted_weeks_destroy(w->weighted);
    hf_free(w);
}

size_t hf_weekly_bytes(const hf_weekly_options *options) {
    if (options->is_weighted)
        return sizeof(hf_weekly) + hf_weighted_weeks_bytes(options);
    size_t per_fan = sizeof(fan) + sizeof(hf_range) + RECENT;
    size_t per_row = 2 * sizeof(int64_t);
    size_t per_week = (size_t)options->n_series * (per_fan + per_row) +
                      (size_t)options->n_stages * (sizeof(row) + per_row) + sizeof(int);
    return sizeof(hf_weekly) + (size_t)options->n_variants * (size_t)options->n_weeks * per_week;
}

static row whole_row(const hf_weekly *w, size_t week, int i) {
    const int64_t *value = find_values(w, week), *square = value + w->n_rows;
    row r = *find_row(w, week, i);
    r.sum += value[i];
    r.square += square[i];
    r.n += (uint64_t)w->n_recent[week];
    return r;
}

static void whole_counts(const hf_weekly *w, size_t week, int series,
                         uint64_t counts[HF_FAN_BINS]) {
    enum { TURNS = 4 }; /* one counter counts again only after a wait: neighbours use others */
    const uint64_t *settled = find_fan(w, week, series)->count;
    const uint8_t *notes = find_notes(w, week, series);
    uint16_t recent[TURNS][HF_FAN_BINS] = {0};
    for (int l = 0; l < w->n_recent[week]; l++)
        recent[l % TURNS][notes[l]]++;
    for (int k = 0; k < HF_FAN_BINS; k++)
        counts[k] = settled[k] + recent[0][k] + recent[1][k] + recent[2][k] + recent[3][k];
}

static void settle(hf_weekly *w, size_t week) {
    for (int i = 0; i < w->n_rows; i++)
        *find_row(w, week, i) = whole_row(w, week, i);
    for (int s = 0; s < w->n_series; s++)
        whole_counts(w, week, s, find_fan(w, week, s)->count);
    clear_recent(w, week);
}

/* A row that leaves the range, lane by lane. */
static void add_clipped(hf_weekly *w, size_t week, int i, int n, const double *x) {
    int64_t *value = find_values(w, week), *square = value + w->n_rows;
    uint64_t *n_clipped = &find_row(w, week, i)->n_clipped;
    for (int l = 0; l < n; l++) {
        double t = x[l] * w->to_grid[i];
        HF_ASSERT(x[l] - x[l] == 0.0); /* finite */
        *n_clipped += t > HF_GRID_CLIP || t < -HF_GRID_CLIP;
        t = hf_min(hf_max(t, -HF_GRID_CLIP), HF_GRID_CLIP);
        value[i] += hf_round_to_int(t);
        square[i] += hf_round_to_int(t * t * 0x1p-40);
    }
}

/* Rows first .. first + n_rows - 1 of a week. */
static void add_rows(hf_weekly *w, size_t week, int first, int n_rows, int n, int n_lanes,
                     const double *x) {
    const hf_row_code *code = hf_row_code_find();
    int64_t *value = find_values(w, week), *square = value + w->n_rows;
    for (int i = 0; i < n_rows; i++) {
        int at = first + i;
        const double *rest = x + (size_t)i * (size_t)n_lanes;
        int done = code->add_to_grid(n_rows - i, n, n_lanes, rest, w->to_grid + at, value + at,
                                     square + at);
        i += done;
        if (i < n_rows)
            add_clipped(w, week, first + i, n, rest + (size_t)done * (size_t)n_lanes);
    }
}

static void add_to_fan(hf_weekly *w, size_t week, int series, int edge, int n, const double *x) {
    const hf_row_code *code = hf_row_code_find();
    hf_range *range = &w->ranges[week * (size_t)w->n_series + (size_t)series];
    double lower = w->lower[edge], upper = w->upper[edge];
    hf_range r = code->find_range(n, x);
    range->min = hf_plain_zero(hf_min(r.min, range->min));
    range->max = hf_plain_zero(hf_max(r.max, range->max));
    code->find_bins(n, x, lower, upper, (HF_FAN_BINS - 2) / (upper - lower), HF_FAN_BINS - 1,
                    find_notes(w, week, series) + w->n_recent[week]);
}

void hf_weekly_absorb(hf_weekly *w, int variant, int week, int n, int n_lanes, const double *series,
                      const double *stages, const double *weights) {
    HF_ASSERT(n <= n_lanes);
    HF_ASSERT((w->weighted != NULL) == (weights != NULL));
    size_t at = find_week(w, variant, week);
    if (weights) {
        int edge = week * w->n_series;
        hf_weighted_weeks_absorb(w->weighted, at, w->lower + edge, w->upper + edge, n, n_lanes,
                                 series, stages, weights);
        return;
    }
    for (int first = 0, n_now; first < n; first += n_now) {
        if (w->n_recent[at] == RECENT)
            settle(w, at);
        n_now = RECENT - w->n_recent[at] < n - first ? RECENT - w->n_recent[at] : n - first;
        add_rows(w, at, 0, w->n_series, n_now, n_lanes, series + first);
        add_rows(w, at, w->n_series, w->n_stages, n_now, n_lanes, stages + first);
        for (int s = 0; s < w->n_series; s++)
            add_to_fan(w, at, s, week * w->n_series + s, n_now,
                       series + (size_t)s * (size_t)n_lanes + first);
        w->n_recent[at] += n_now;
    }
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
    add_integer(&sum, r->sum, exponent - HF_GRID_BITS);
    mean.mean = hf_exact_sum_value(&sum) / n;
    if (r->n < 2)
        return mean;
    add_integer(&spread, r->square, 2 * exponent - HF_GRID_BITS);
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

static hf_weekly_mean mean_of(const hf_weekly *w, int variant, int week, int i) {
    if (w->weighted)
        return hf_weighted_weeks_mean(w->weighted, find_week(w, variant, week), i);
    row r = whole_row(w, find_week(w, variant, week), i);
    return find_mean(&r, w->exponent[i]);
}

hf_weekly_mean hf_weekly_series_mean(const hf_weekly *w, int variant, int week, int series) {
    return mean_of(w, variant, week, series);
}

hf_weekly_mean hf_weekly_stage_mean(const hf_weekly *w, int variant, int week, int stage) {
    return mean_of(w, variant, week, w->n_series + stage);
}

/* The bin that holds the quantile; -1 where nothing was absorbed. */
static int find_bin(const hf_weekly *w, size_t week, int series, int thousandths) {
    uint64_t n = whole_row(w, week, series).n, counts[HF_FAN_BINS];
    if (n == 0)
        return -1;
    whole_counts(w, week, series, counts);
    unsigned __int128 scaled = (unsigned __int128)n * (unsigned)thousandths + 999;
    uint64_t rank = (uint64_t)(scaled / 1000), below = 0;
    int bin = 0;
    while (below + counts[bin] < rank)
        below += counts[bin++];
    return bin;
}

/* The midpoint of a bin within the range. */
static double value_of_bin(double lower, double upper, hf_range r, int bin) {
    double width = (upper - lower) / (HF_FAN_BINS - 2);
    double from = bin == 0 ? r.min : lower + width * (bin - 1);
    double to = bin == HF_FAN_BINS - 1 ? r.max : lower + width * bin;
    from = hf_max(bin == HF_FAN_BINS - 1 ? upper : from, r.min);
    to = hf_min(bin == 0 ? lower : to, r.max);
    return hf_plain_zero(hf_min(hf_max(from + (to - from) / 2.0, r.min), r.max));
}

double hf_weekly_quantile(const hf_weekly *w, int variant, int week, int series, int thousandths) {
    HF_ASSERT(thousandths >= 1 && thousandths <= 1000);
    size_t at = find_week(w, variant, week);
    int edge = week * w->n_series + series;
    int bin = w->weighted ? hf_weighted_weeks_find_bin(w->weighted, at, series, thousandths)
                          : find_bin(w, at, series, thousandths);
    if (bin < 0)
        return __builtin_nan("");
    hf_range r = w->weighted ? hf_weighted_weeks_range(w->weighted, at, series)
                             : w->ranges[at * (size_t)w->n_series + (size_t)series];
    return value_of_bin(w->lower[edge], w->upper[edge], r, bin);
}

double hf_weekly_quantile_error(const hf_weekly *w, int week, int series) {
    int edge = week * w->n_series + series;
    return (w->upper[edge] - w->lower[edge]) / (2.0 * (HF_FAN_BINS - 2));
}

void hf_weekly_counts(const hf_weekly *w, int variant, int week, int series,
                      uint64_t counts[HF_FAN_BINS]) {
    HF_ASSERT(!w->weighted);
    whole_counts(w, find_week(w, variant, week), series, counts);
}

void hf_weekly_masses(const hf_weekly *w, int variant, int week, int series,
                      unsigned __int128 masses[HF_FAN_BINS]) {
    HF_ASSERT(w->weighted);
    memcpy(masses, hf_weighted_weeks_masses(w->weighted, find_week(w, variant, week), series),
           HF_FAN_BINS * sizeof *masses);
}

static void put_row(hf_words *out, row r) {
    const uint64_t words[] = {(uint64_t)r.sum,
                              (uint64_t)((unsigned __int128)r.sum >> 64),
                              (uint64_t)r.square,
                              (uint64_t)((unsigned __int128)r.square >> 64),
                              r.n,
                              r.n_clipped};
    hf_words_put_array(out, words, sizeof words / sizeof words[0]);
}

/* Returns how many trials were in it. */
static uint64_t get_row(hf_word_reader *in, row *r) {
    const __int128 most = (__int128)HF_GRID_CLIP;
    uint64_t words[6];
    hf_word_reader_get_array(in, words, 6);
    __int128 sum = (__int128)((unsigned __int128)words[1] << 64 | words[0]);
    __int128 square = (__int128)((unsigned __int128)words[3] << 64 | words[2]);
    uint64_t n = words[4];
    if (n > HF_SUMS_MAX || r->n > HF_SUMS_MAX - n || words[5] > n || sum < -most * n ||
        sum > most * n || square < 0 || square > (most * most >> HF_GRID_BITS) * n) {
        in->is_short = true; /* no n values on the grid come to that */
        return 0;
    }
    r->sum += sum;
    r->square += square;
    r->n += n;
    r->n_clipped += words[5];
    return n;
}

static void put_fan(hf_words *out, const hf_weekly *w, size_t week, int series) {
    hf_range r = w->ranges[week * (size_t)w->n_series + (size_t)series];
    uint64_t counts[HF_FAN_BINS], n_filled = 0;
    put_row(out, whole_row(w, week, series));
    hf_words_put_double(out, r.min);
    hf_words_put_double(out, r.max);
    whole_counts(w, week, series, counts);
    for (int k = 0; k < HF_FAN_BINS; k++)
        n_filled += counts[k] != 0;
    hf_words_put(out, n_filled);
    for (uint64_t k = 0; k < HF_FAN_BINS; k++)
        if (counts[k]) {
            hf_words_put(out, k);
            hf_words_put(out, counts[k]);
        }
}

static void get_fan(hf_word_reader *in, fan *f, hf_range *range) {
    uint64_t n_left = get_row(in, &f->mean);
    hf_word_reader_get_range(in, &range->min, &range->max);
    for (uint64_t k = hf_word_reader_get(in); k > 0 && !in->is_short; k--) {
        uint64_t bin = hf_word_reader_get(in), count = hf_word_reader_get(in);
        if (bin >= HF_FAN_BINS || count > n_left) {
            in->is_short = true;
            return;
        }
        f->count[bin] += count;
        n_left -= count;
    }
    in->is_short |= n_left != 0;
}

static void put_counts(hf_words *out, const hf_weekly *w) {
    for (size_t week = 0; week < count_weeks(w); week++)
        for (int s = 0; s < w->n_series; s++)
            put_fan(out, w, week, s);
    for (size_t week = 0; week < count_weeks(w); week++)
        for (int i = w->n_series; i < w->n_rows; i++)
            put_row(out, whole_row(w, week, i));
}

static void get_counts(hf_word_reader *in, hf_weekly *w) {
    for (size_t i = 0; i < count_fans(w) && !in->is_short; i++)
        get_fan(in, &w->fans[i], &w->ranges[i]);
    for (size_t i = 0; i < count_stage_rows(w) && !in->is_short; i++)
        get_row(in, &w->stages[i]);
}

/* The number of fans, its complement if weighted. */
static uint64_t mark_of(const hf_weekly *w) {
    uint64_t n = count_fans(w);
    return w->weighted ? ~n : n;
}

size_t hf_weekly_pack(const void *thing, unsigned char **bytes) {
    const hf_weekly *w = thing;
    hf_words out = {0};
    hf_words_put(&out, mark_of(w));
    hf_words_put(&out, count_stage_rows(w));
    if (w->weighted)
        hf_weighted_weeks_put(&out, w->weighted);
    else
        put_counts(&out, w);
    return hf_words_give(&out, bytes);
}

hf_status hf_weekly_merge(void *thing, const unsigned char *bytes, size_t n_bytes, hf_error *err) {
    hf_weekly *w = thing;
    hf_word_reader in = hf_word_reader_open(bytes, n_bytes);
    if (hf_word_reader_get(&in) != mark_of(w) || hf_word_reader_get(&in) != count_stage_rows(w))
        return hf_fail(err, HF_BAD_FILE,
                       "packed weekly sums: other variants, weeks, series, stages or weighting "
                       "than this run's");
    if (w->weighted)
        hf_weighted_weeks_get_merge(&in, w->weighted);
    else
        get_counts(&in, w);
    return hf_word_reader_close(&in, "weekly sums", err);
}
