/* Hostile packed statistics: what hf_tally_merge, hf_tally_merge_kept and hf_weekly_merge take must
 * read, and pack to bytes that merge to the same bytes; what they do not take they must refuse.
 *
 * The first byte of an input says what it is merged into, the rest is the packing. Mutants begin at
 * a genuine one and go word by word as often as byte by byte, for words it is made of. */
#include "base/check.h"
#include "base/memory.h"
#include "base/number.h"
#include "fuzz/fuzz.h"
#include "stats/column.h"
#include "stats/tally.h"
#include "stats/weekly.h"
#include <string.h>

enum {
    TALLY,
    TALLY_IN_BINS,
    TALLY_WEIGHTED,
    ROWS,
    ROWS_WEIGHTED,
    WEEKLY,
    WEEKLY_WEIGHTED,
    N_SUBJECTS
};
enum { VARIANTS = 2, QUANTITIES = 5, HAZARDS = 2, EVENTS = 3, TAIL = 3 };
enum { WEEKS = 2, SERIES = 2, STAGES = 1, LANES = 2 * HF_PERIOD };

/* --- a tally --- */

static hf_tally *create_tally(int subject) {
    static const hf_quantity quantities[QUANTITIES] = {
        {.bad_side = HF_BAD_LOW, .detail = HF_DISTRIBUTION},
        {.bad_side = HF_BAD_HIGH, .detail = HF_DISTRIBUTION}};
    static const bool is_zero[VARIANTS][QUANTITIES] = {[1][EVENTS] = true};
    hf_tally_options options = {.keep_capacity = subject == TALLY_IN_BINS ? 0 : LANES,
                                .tail_quantity = 1,
                                .tail_count = TAIL,
                                .n_hazards = HAZARDS,
                                .first_events = EVENTS,
                                .loss_quantity = 2,
                                .is_zero = is_zero[0],
                                .is_weighted =
                                    subject == TALLY_WEIGHTED || subject == ROWS_WEIGHTED};
    return hf_tally_create(VARIANTS, QUANTITIES, quantities, &options);
}

static void fill_tally(void *thing) {
    hf_tally *tally = thing;
    double rows[QUANTITIES][LANES], weight_row[LANES];
    for (int q = 0; q < QUANTITIES; q++)
        for (int i = 0; i < LANES; i++)
            rows[q][i] = q < EVENTS ? (i - 3) * 0.37 : i % (q - 1) == 0;
    for (int i = 0; i < LANES; i++)
        weight_row[i] = i % 3;
    const double *values[VARIANTS] = {rows[0], rows[0]};
    const double *weights[VARIANTS] = {weight_row, weight_row};
    hf_tally_absorb(tally, 0, LANES, LANES, values, hf_tally_weights(tally, 0) ? weights : NULL);
}

static void read_sums(const hf_sums *sums) {
    hf_sums_mean(sums);
    hf_sums_variance(sums);
}

static void read_histogram(const hf_histogram *histogram, uint64_t n) {
    hf_bin bin = {0};
    while (hf_histogram_next(histogram, &bin))
        n -= bin.count;
    HF_ASSERT(n == 0); /* each trial is in a bin */
    for (uint64_t n_all = hf_histogram_count(histogram), rank = 1; rank && rank <= n_all; rank *= 2)
        hf_histogram_at_rank(histogram, rank);
}

static void read_tally(const void *thing) {
    const hf_tally *tally = thing;
    hf_tail_entry entries[TAIL];
    hf_sums spared;
    for (int v = 0; v < VARIANTS; v++) {
        const hf_moments *weights = hf_tally_weights(tally, v);
        for (int q = 0; q < QUANTITIES; q++) {
            read_sums(&hf_tally_moments(tally, v, q)->sums);
            if (weights)
                read_sums(hf_tally_units(tally, v, q));
            if (hf_tally_histogram(tally, v, q))
                read_histogram(hf_tally_histogram(tally, v, q), hf_tally_trials(tally));
        }
        hf_tally_tail(tally, v, entries);
        for (int h = 0; h < HAZARDS; h++) {
            read_sums(hf_tally_struck(tally, v, h));
            hf_tally_spared(tally, v, h, &spared);
            read_sums(&spared);
            if (weights)
                hf_tally_spared_weight(tally, v, h, &spared);
        }
        if (weights)
            read_sums(hf_tally_weight_units(tally, v));
    }
}

static void read_rows(const void *thing) {
    const hf_tally *tally = thing;
    uint64_t n = hf_tally_n_kept(tally);
    for (int v = 0; v < VARIANTS; v++)
        for (int q = 0; q < QUANTITIES; q++) {
            const double *values = hf_tally_kept(tally, v, q);
            hf_sums sums = {0};
            hf_column column;
            if (!values)
                continue;
            for (uint64_t i = 0; i < n; i += LANES)
                hf_sums_add(&sums, n - i < LANES ? (int)(n - i) : LANES, values + i);
            read_sums(&sums);
            hf_column_init(&column, n, values, hf_tally_kept_weights(tally, v));
            hf_column_count_below(&column, 0.0);
            hf_column_clear(&column);
        }
}

/* --- weekly sums --- */

static hf_weekly *create_weekly(int subject) {
    static const double lower[WEEKS * SERIES], scale[STAGES] = {8.0};
    static const double upper[WEEKS * SERIES] = {1.0, 4.0, 1.0, 4.0};
    hf_weekly_options options = {.n_variants = VARIANTS,
                                 .n_weeks = WEEKS,
                                 .n_series = SERIES,
                                 .n_stages = STAGES,
                                 .lower = lower,
                                 .upper = upper,
                                 .stage_scale = scale,
                                 .is_weighted = subject == WEEKLY_WEIGHTED};
    return hf_weekly_create(&options);
}

static void fill_weekly(void *thing, int subject) {
    double series[SERIES][LANES], stages[STAGES][LANES], weights[LANES];
    for (int i = 0; i < LANES; i++) {
        series[0][i] = 0.2 * i;
        series[1][i] = stages[0][i] = 1.0 * i;
        weights[i] = i % 3;
    }
    for (int v = 0; v < VARIANTS; v++)
        for (int week = 0; week < WEEKS; week++)
            hf_weekly_absorb(thing, v, week, LANES, LANES, series[0], stages[0],
                             subject == WEEKLY_WEIGHTED ? weights : NULL);
}

static void read_weekly(const void *thing) {
    for (int v = 0; v < VARIANTS; v++)
        for (int week = 0; week < WEEKS; week++) {
            for (int s = 0; s < SERIES; s++) {
                hf_weekly_series_mean(thing, v, week, s);
                for (int p = 1; p <= 1000; p += 333)
                    hf_weekly_quantile(thing, v, week, s, p);
            }
            hf_weekly_stage_mean(thing, v, week, 0);
        }
}

/* --- either --- */

static void *create(int subject) {
    return subject < WEEKLY ? (void *)create_tally(subject) : create_weekly(subject);
}

static void destroy(int subject, void *thing) {
    if (subject < WEEKLY)
        hf_tally_destroy(thing);
    else
        hf_weekly_destroy(thing);
}

static void fill(int subject, void *thing) {
    if (subject < WEEKLY)
        fill_tally(thing);
    else
        fill_weekly(thing, subject);
}

static size_t pack(int subject, const void *thing, unsigned char **bytes) {
    if (subject >= WEEKLY)
        return hf_weekly_pack(thing, bytes);
    return subject < ROWS ? hf_tally_pack(thing, bytes)
                          : hf_tally_pack_kept(thing, 0, hf_tally_n_kept(thing), bytes);
}

static hf_status merge(int subject, void *thing, const unsigned char *bytes, size_t n) {
    hf_error err;
    if (subject >= WEEKLY)
        return hf_weekly_merge(thing, bytes, n, &err);
    return subject < ROWS ? hf_tally_merge(thing, bytes, n, &err)
                          : hf_tally_merge_kept(thing, bytes, n, &err);
}

/* Merges, and reads what was merged; false if it was refused. */
static bool take(int subject, void *thing, const unsigned char *bytes, size_t n) {
    if (merge(subject, thing, bytes, n))
        return false;
    if (subject < ROWS)
        read_tally(thing);
    else if (subject < WEEKLY)
        read_rows(thing);
    else
        read_weekly(thing);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    int subject = n ? data[0] % N_SUBJECTS : 0;
    void *thing = create(subject), *again = create(subject);
    if (n && take(subject, thing, data + 1, n - 1)) {
        unsigned char *bytes, *same;
        size_t n_bytes = pack(subject, thing, &bytes);
        HF_ASSERT(take(subject, again, bytes, n_bytes));
        HF_ASSERT(pack(subject, again, &same) == n_bytes && memcmp(same, bytes, n_bytes) == 0);
        fill(subject, again); /* a run goes on, with another part's trials */
        (void)take(subject, again, bytes, n_bytes);
        hf_free(same);
        hf_free(bytes);
    }
    destroy(subject, thing);
    destroy(subject, again);
    return 0;
}

/* --- mutants --- */

static size_t write_genuine(uint8_t *data, size_t max, unsigned seed) {
    int subject = (int)(seed % N_SUBJECTS);
    void *thing = create(subject);
    unsigned char *bytes;
    if (seed / N_SUBJECTS % 4)
        fill(subject, thing);
    size_t n = pack(subject, thing, &bytes);
    if (n >= max)
        n = max - 1;
    data[0] = (uint8_t)subject;
    memcpy(data + 1, bytes, n);
    hf_free(bytes);
    destroy(subject, thing);
    return n + 1;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t max, unsigned seed) {
    if (n < 9 || seed % 64 == 0)
        return write_genuine(data, max, seed / 64);
    return 1 + fuzz_change(data + 1, n - 1, max - 1, seed / 64);
}
