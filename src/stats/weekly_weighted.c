#include "stats/weekly_weighted.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/quantity.h"
#include "stats/weighted.h"
#include <string.h>

typedef unsigned __int128 wide;

typedef struct fan {
    hf_range range;
    wide mass[HF_FAN_BINS];
} fan;

/* Of one row of a week. */
typedef struct sums {
    hf_sums summands, units;
} sums;

struct hf_weighted_weeks {
    int n_series, n_rows;
    size_t n_weeks;
    fan *fans;                    /* [week][series] */
    hf_weighted_running *running; /* [week][row] not in the sums yet */
    sums *sums;                   /* [week][row] */
    double *calm;                 /* [week][row] */
};

static size_t count_weeks(const hf_weekly_options *options) {
    return (size_t)options->n_variants * (size_t)options->n_weeks;
}

static size_t count_fans(const hf_weighted_weeks *weeks) {
    return weeks->n_weeks * (size_t)weeks->n_series;
}

static size_t count_rows(const hf_weighted_weeks *weeks) {
    return weeks->n_weeks * (size_t)weeks->n_rows;
}

static fan *find_fan(const hf_weighted_weeks *weeks, size_t week, int series) {
    return &weeks->fans[week * (size_t)weeks->n_series + (size_t)series];
}

hf_weighted_weeks *hf_weighted_weeks_create(const hf_weekly_options *options) {
    hf_weighted_weeks *weeks = HF_NEW(1, hf_weighted_weeks);
    weeks->n_series = options->n_series;
    weeks->n_rows = options->n_series + options->n_stages;
    weeks->n_weeks = count_weeks(options);
    weeks->fans = HF_NEW(count_fans(weeks), fan);
    weeks->running = HF_NEW(count_rows(weeks), hf_weighted_running);
    weeks->sums = HF_NEW(count_rows(weeks), sums);
    weeks->calm = HF_NEW(count_rows(weeks), double);
    if (options->calm)
        memcpy(weeks->calm, options->calm, count_rows(weeks) * sizeof *weeks->calm);
    hf_weighted_weeks_clear(weeks);
    return weeks;
}

void hf_weighted_weeks_destroy(hf_weighted_weeks *weeks) {
    if (!weeks)
        return;
    hf_free(weeks->fans);
    hf_free(weeks->running);
    hf_free(weeks->sums);
    hf_free(weeks->calm);
    hf_free(weeks);
}

size_t hf_weighted_weeks_bytes(const hf_weekly_options *options) {
    size_t n_rows = (size_t)(options->n_series + options->n_stages);
    size_t per_week = (size_t)options->n_series * sizeof(fan) +
                      n_rows * (sizeof(hf_weighted_running) + sizeof(sums) + sizeof(double));
    return sizeof(hf_weighted_weeks) + count_weeks(options) * per_week;
}

void hf_weighted_weeks_clear(hf_weighted_weeks *weeks) {
    for (size_t i = 0; i < count_fans(weeks); i++)
        weeks->fans[i] = (fan){.range = {DBL_MAX, -DBL_MAX}};
    for (size_t i = 0; i < count_rows(weeks); i++)
        hf_weighted_init(&weeks->running[i]);
    memset(weeks->sums, 0, count_rows(weeks) * sizeof *weeks->sums);
}

/* Rows first .. first + n_rows - 1 of a week. */
static void add_rows(hf_weighted_weeks *weeks, size_t week, int first, int n_rows, int n,
                     int n_lanes, const double *x, const double *weights) {
    size_t at = week * (size_t)weeks->n_rows + (size_t)first;
    for (int i = 0; i < n_rows; i++, at++)
        hf_weighted_add(&weeks->running[at], &weeks->sums[at].summands, &weeks->sums[at].units, n,
                        weights, weeks->calm[at], x + (size_t)i * (size_t)n_lanes);
}

static void add_to_fan(fan *f, double lower, double upper, int n, const double *x,
                       const double *weights) {
    const hf_row_code *code = hf_row_code_find();
    uint8_t bins[HF_PARTS_MAX];
    for (int i = 0; i < n; i += HF_PARTS_MAX) {
        int n_now = n - i < HF_PARTS_MAX ? n - i : HF_PARTS_MAX;
        hf_range r = code->find_range(n_now, x + i);
        f->range.min = hf_plain_zero(hf_min(r.min, f->range.min));
        f->range.max = hf_plain_zero(hf_max(r.max, f->range.max));
        code->find_bins(n_now, x + i, lower, upper, (HF_FAN_BINS - 2) / (upper - lower),
                        HF_FAN_BINS - 1, bins);
        for (int l = 0; l < n_now; l++)
            f->mass[bins[l]] += (uint64_t)(weights[i + l] * HF_WEIGHT_UNITS);
    }
}

void hf_weighted_weeks_absorb(hf_weighted_weeks *weeks, size_t week, const double *lower,
                              const double *upper, int n, int n_lanes, const double *series,
                              const double *stages, const double *weights) {
    HF_ASSERT(n % HF_PERIOD == 0);
    for (int i = 0; i < n; i++)
        HF_ASSERT(weights[i] >= 0.0 && weights[i] < HF_WEIGHT_MAX);
    add_rows(weeks, week, 0, weeks->n_series, n, n_lanes, series, weights);
    add_rows(weeks, week, weeks->n_series, weeks->n_rows - weeks->n_series, n, n_lanes, stages,
             weights);
    for (int s = 0; s < weeks->n_series; s++)
        add_to_fan(find_fan(weeks, week, s), lower[s], upper[s], n,
                   series + (size_t)s * (size_t)n_lanes, weights);
}

/* Settling changes where a sum stands, not what it is: what is read may settle. */
static const sums *settled(const hf_weighted_weeks *weeks, size_t at) {
    sums *s = &weeks->sums[at];
    hf_weighted_settle(&weeks->running[at], &s->summands, &s->units);
    return s;
}

hf_weekly_mean hf_weighted_weeks_mean(const hf_weighted_weeks *weeks, size_t week, int row) {
    size_t at = week * (size_t)weeks->n_rows + (size_t)row;
    const sums *s = settled(weeks, at);
    double variance = hf_sums_variance(&s->units);
    return (hf_weekly_mean){.n = s->summands.n,
                            .mean = weeks->calm[at] + hf_sums_mean(&s->summands),
                            .standard_error = __builtin_sqrt(variance / (double)s->units.n)};
}

hf_range hf_weighted_weeks_range(const hf_weighted_weeks *weeks, size_t week, int series) {
    return find_fan(weeks, week, series)->range;
}

const wide *hf_weighted_weeks_masses(const hf_weighted_weeks *weeks, size_t week, int series) {
    return find_fan(weeks, week, series)->mass;
}

int hf_weighted_weeks_find_bin(const hf_weighted_weeks *weeks, size_t week, int series,
                               int thousandths) {
    const wide *mass = hf_weighted_weeks_masses(weeks, week, series);
    wide total = 0, up_to = 0;
    for (int k = 0; k < HF_FAN_BINS; k++)
        total += mass[k];
    wide wanted = (total * (unsigned)thousandths + 999) / 1000;
    int bin = 0;
    if (total == 0)
        return -1;
    while (up_to + mass[bin] < wanted)
        up_to += mass[bin++];
    return bin;
}

static void put_fan(hf_words *out, const fan *f) {
    uint64_t n_filled = 0;
    hf_words_put_double(out, f->range.min);
    hf_words_put_double(out, f->range.max);
    for (int k = 0; k < HF_FAN_BINS; k++)
        n_filled += f->mass[k] != 0;
    hf_words_put(out, n_filled);
    for (uint64_t k = 0; k < HF_FAN_BINS; k++)
        if (f->mass[k]) {
            hf_words_put(out, k);
            hf_words_put(out, (uint64_t)f->mass[k]);
            hf_words_put(out, (uint64_t)(f->mass[k] >> 64));
        }
}

static void get_fan(hf_word_reader *in, fan *f) {
    const wide most = (wide)(HF_WEIGHT_MAX * HF_WEIGHT_UNITS) * HF_SUMS_MAX;
    hf_word_reader_get_range(in, &f->range.min, &f->range.max);
    for (uint64_t k = hf_word_reader_get(in); k > 0 && !in->is_short; k--) {
        uint64_t bin = hf_word_reader_get(in), low = hf_word_reader_get(in);
        wide mass = (wide)hf_word_reader_get(in) << 64 | low;
        if (bin >= HF_FAN_BINS || mass > most || f->mass[bin] > most - mass) {
            in->is_short = true;
            return;
        }
        f->mass[bin] += mass;
    }
}

void hf_weighted_weeks_put(hf_words *out, const hf_weighted_weeks *weeks) {
    for (size_t i = 0; i < count_fans(weeks); i++)
        put_fan(out, &weeks->fans[i]);
    for (size_t i = 0; i < count_rows(weeks); i++) {
        const sums *s = settled(weeks, i);
        hf_sums_put(out, &s->summands);
        hf_sums_put(out, &s->units);
    }
}

void hf_weighted_weeks_get_merge(hf_word_reader *in, hf_weighted_weeks *weeks) {
    for (size_t i = 0; i < count_fans(weeks) && !in->is_short; i++)
        get_fan(in, &weeks->fans[i]);
    for (size_t i = 0; i < count_rows(weeks) && !in->is_short; i++) {
        hf_sums_get_merge(in, &weeks->sums[i].summands);
        hf_sums_get_merge(in, &weeks->sums[i].units);
    }
}
