#include "stats/tally.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/number.h"
#include "stats/words.h"
#include <string.h>

typedef struct variant {
    bool *is_zero;         /* [quantity] */
    hf_running *running;   /* [quantity] not in the moments yet */
    hf_moments *moments;   /* [quantity], empty where it is zero */
    hf_histogram **counts; /* [quantity], NULL unless wanted */
    double **kept;         /* [quantity] -> [capacity], NULL unless wanted */
    hf_tail *tail;
    hf_running *struck_running; /* [hazard] */
    hf_moments *struck;         /* [hazard] */
} variant;

struct hf_tally {
    int n_variants, n_quantities;
    hf_tally_options options;
    hf_detail *details; /* [quantity] */
    variant *variants;
    uint64_t n_trials;
    hf_moments zero;           /* of a quantity that is 0 in every trial */
    uint64_t n_kept, capacity; /* of kept columns */
    uint64_t *kept_trials;
    hf_tail_entry *listing; /* [tail_count] */
};

static void check_options(int n_variants, int n_quantities, const hf_tally_options *options) {
    HF_ASSERT(n_variants >= 0 && n_quantities >= 1);
    HF_ASSERT(options->tail_count >= 0 && options->n_hazards >= 0);
    HF_ASSERT(options->tail_quantity >= 0 && options->tail_quantity < n_quantities);
    HF_ASSERT(options->loss_quantity >= 0 && options->loss_quantity < n_quantities);
    HF_ASSERT(options->first_events >= 0 &&
              options->first_events + options->n_hazards <= n_quantities);
}

static void clear_moments(variant *v, const hf_tally *tally) {
    for (int q = 0; q < tally->n_quantities; q++) {
        hf_running_init(&v->running[q]);
        hf_moments_init(&v->moments[q]);
    }
    for (int h = 0; h < tally->options.n_hazards; h++) {
        hf_running_init(&v->struck_running[h]);
        hf_moments_init(&v->struck[h]);
    }
}

static void variant_init(variant *v, const hf_tally *tally, const bool *is_zero,
                         hf_bad_side tail_side) {
    int n = tally->n_quantities;
    *v = (variant){.is_zero = HF_NEW(n, bool),
                   .running = HF_NEW(n, hf_running),
                   .moments = HF_NEW(n, hf_moments),
                   .counts = HF_NEW(n, hf_histogram *),
                   .kept = HF_NEW(n, double *),
                   .tail = hf_tail_create(tally->options.tail_count, tail_side),
                   .struck_running = HF_NEW(tally->options.n_hazards, hf_running),
                   .struck = HF_NEW(tally->options.n_hazards, hf_moments)};
    clear_moments(v, tally);
    for (int q = 0; q < n; q++) {
        v->is_zero[q] = is_zero && is_zero[q];
        HF_ASSERT(!v->is_zero[q] || tally->details[q] != HF_DISTRIBUTION);
        if (tally->details[q] != HF_DISTRIBUTION)
            continue;
        if (tally->capacity)
            v->kept[q] = HF_NEW(tally->capacity, double);
        else
            v->counts[q] = hf_histogram_create();
    }
}

static void variant_clear(variant *v, int n_quantities) {
    for (int q = 0; q < n_quantities; q++) {
        hf_histogram_destroy(v->counts[q]);
        hf_free(v->kept[q]);
    }
    hf_free(v->is_zero);
    hf_free(v->running);
    hf_free(v->moments);
    hf_free(v->counts);
    hf_free(v->kept);
    hf_tail_destroy(v->tail);
    hf_free(v->struck_running);
    hf_free(v->struck);
}

hf_tally *hf_tally_create(int n_variants, int n_quantities, const hf_quantity *quantities,
                          const hf_tally_options *options) {
    check_options(n_variants, n_quantities, options);
    hf_tally *tally = HF_NEW(1, hf_tally);
    tally->n_variants = n_variants;
    tally->n_quantities = n_quantities;
    tally->options = *options;
    tally->options.is_zero = NULL; /* borrowed: each variant has its own */
    tally->details = HF_NEW(n_quantities, hf_detail);
    for (int q = 0; q < n_quantities; q++)
        tally->details[q] = quantities[q].detail;
    tally->capacity = options->keep_capacity;
    tally->kept_trials = HF_NEW(tally->capacity, uint64_t);
    tally->listing = HF_NEW(options->tail_count, hf_tail_entry);
    tally->variants = HF_NEW(n_variants, variant);
    for (int v = 0; v < n_variants; v++)
        variant_init(&tally->variants[v], tally,
                     options->is_zero ? options->is_zero + (size_t)v * (size_t)n_quantities : NULL,
                     quantities[options->tail_quantity].bad_side);
    hf_moments_init(&tally->zero);
    return tally;
}

void hf_tally_destroy(hf_tally *tally) {
    if (!tally)
        return;
    for (int v = 0; v < tally->n_variants; v++)
        variant_clear(&tally->variants[v], tally->n_quantities);
    hf_free(tally->variants);
    hf_free(tally->listing);
    hf_free(tally->kept_trials);
    hf_free(tally->details);
    hf_free(tally);
}

size_t hf_tally_bytes(int n_variants, int n_quantities, const hf_quantity *quantities,
                      const hf_tally_options *options, int n_pages) {
    size_t n_distributions = 0;
    for (int q = 0; q < n_quantities; q++)
        n_distributions += quantities[q].detail == HF_DISTRIBUTION;
    size_t per_distribution =
        options->keep_capacity
            ? (size_t)options->keep_capacity * sizeof(double)
            : sizeof(void *) * 4096 + (size_t)n_pages * (HF_BINS_PER_OCTAVE + 1) * sizeof(uint64_t);
    size_t per_variant =
        sizeof(variant) +
        (size_t)n_quantities *
            (sizeof(bool) + sizeof(hf_running) + sizeof(hf_moments) + 2 * sizeof(void *)) +
        n_distributions * per_distribution + (size_t)options->tail_count * sizeof(hf_tail_entry) +
        (size_t)options->n_hazards * (sizeof(hf_running) + sizeof(hf_moments));
    return sizeof(hf_tally) + (size_t)n_quantities * sizeof(hf_detail) +
           (size_t)options->keep_capacity * sizeof(uint64_t) + (size_t)n_variants * per_variant;
}

/* Makes room for n more kept trials. */
static void reserve_kept(hf_tally *tally, uint64_t n) {
    uint64_t wanted = tally->n_kept + n, capacity = tally->capacity + tally->capacity / 2;
    if (wanted <= tally->capacity)
        return;
    capacity = capacity > wanted ? capacity : wanted;
    tally->kept_trials =
        hf_realloc(tally->kept_trials, tally->capacity, capacity, sizeof(uint64_t));
    for (int v = 0; v < tally->n_variants; v++)
        for (int q = 0; q < tally->n_quantities; q++) {
            double **column = &tally->variants[v].kept[q];
            if (*column)
                *column = hf_realloc(*column, tally->capacity, capacity, sizeof(double));
        }
    tally->capacity = capacity;
}

/* Losses of the lanes in which something happened. */
static void absorb_struck(hf_running *running, hf_moments *struck, int n, const double *events,
                          const double *losses) {
    enum { ROOM = 128 };
    double chosen[ROOM];
    int n_chosen = 0;
    for (int i = 0; i < n; i++) {
        chosen[n_chosen] = losses[i];
        n_chosen += events[i] > 0.0;
        if (n_chosen == ROOM || i == n - 1) {
            hf_running_add(running, struck, n_chosen, chosen);
            n_chosen = 0;
        }
    }
}

static void absorb_distribution(const hf_tally *tally, variant *v, int quantity, int n,
                                const double *row) {
    if (v->counts[quantity])
        hf_histogram_add(v->counts[quantity], n, row);
    double *kept = v->kept[quantity];
    for (int i = 0; kept && i < n; i++)
        kept[tally->n_kept + (uint64_t)i] = hf_plain_zero(row[i]);
}

static void absorb_variant(const hf_tally *tally, variant *v, uint64_t first_trial, int n,
                           int n_lanes, const double *values) {
    const hf_tally_options *options = &tally->options;
    for (int q = 0; q < tally->n_quantities; q++) {
        const double *row = values + (size_t)q * (size_t)n_lanes;
        if (v->is_zero[q])
            continue;
        hf_running_add(&v->running[q], &v->moments[q], n, row);
        if (tally->details[q] == HF_DISTRIBUTION)
            absorb_distribution(tally, v, q, n, row);
    }
    hf_tail_add(v->tail, first_trial, n, values + options->tail_quantity * (ptrdiff_t)n_lanes);
    const double *losses = values + options->loss_quantity * (ptrdiff_t)n_lanes;
    for (int h = 0; h < options->n_hazards; h++) {
        int events = options->first_events + h;
        if (!v->is_zero[events])
            absorb_struck(&v->struck_running[h], &v->struck[h], n,
                          values + events * (ptrdiff_t)n_lanes, losses);
    }
}

static void count_trials(hf_tally *tally, uint64_t n) {
    tally->n_trials += n;
    tally->zero.sums.n += n;
    if (n > 0)
        tally->zero.min = tally->zero.max = 0.0;
}

void hf_tally_absorb(hf_tally *tally, uint64_t first_trial, int n, int n_lanes,
                     const double *const *values) {
    HF_ASSERT(n >= 0 && n <= n_lanes);
    if (hf_tally_is_keeping(tally)) {
        reserve_kept(tally, (uint64_t)n);
        for (int i = 0; i < n; i++)
            tally->kept_trials[tally->n_kept + (uint64_t)i] = first_trial + (uint64_t)i;
    }
    for (int v = 0; v < tally->n_variants; v++)
        absorb_variant(tally, &tally->variants[v], first_trial, n, n_lanes, values[v]);
    count_trials(tally, (uint64_t)n);
    if (hf_tally_is_keeping(tally))
        tally->n_kept += (uint64_t)n;
}

void hf_tally_keep(hf_tally *tally, uint64_t n, const uint64_t *trials,
                   const double *const *columns) {
    HF_ASSERT(hf_tally_is_keeping(tally));
    if (n == 0)
        return;
    reserve_kept(tally, n);
    memcpy(tally->kept_trials + tally->n_kept, trials, n * sizeof *trials);
    for (int v = 0; v < tally->n_variants; v++)
        for (int q = 0; q < tally->n_quantities; q++) {
            double *kept = tally->variants[v].kept[q];
            if (kept)
                memcpy(kept + tally->n_kept, columns[v * tally->n_quantities + q],
                       n * sizeof *kept);
        }
    tally->n_kept += n;
}

void hf_tally_clear(hf_tally *tally) {
    for (int v = 0; v < tally->n_variants; v++) {
        variant *one = &tally->variants[v];
        clear_moments(one, tally);
        for (int q = 0; q < tally->n_quantities; q++)
            if (one->counts[q]) {
                hf_histogram_destroy(one->counts[q]);
                one->counts[q] = hf_histogram_create();
            }
        hf_tail_clear(one->tail);
    }
    hf_moments_init(&tally->zero);
    tally->n_trials = 0;
    tally->n_kept = 0;
}

/* What must agree for two tallies to be merged. */
static void put_shape(hf_words *out, const hf_tally *tally) {
    const hf_tally_options *o = &tally->options;
    const int shape[] = {
        tally->n_variants, tally->n_quantities, o->tail_quantity, o->tail_count,
        o->n_hazards,      o->first_events,     o->loss_quantity, hf_tally_is_keeping(tally)};
    for (size_t i = 0; i < sizeof shape / sizeof shape[0]; i++)
        hf_words_put(out, (uint64_t)shape[i]);
}

static bool has_shape(hf_word_reader *in, const hf_tally *tally) {
    hf_words mine = {0};
    bool is_same = true;
    put_shape(&mine, tally);
    for (size_t i = 0; i < mine.n; i++)
        is_same &= hf_word_reader_get(in) == mine.words[i];
    hf_free(mine.words);
    return is_same;
}

/* Settling changes where a sum stands, not what it is: a tally that is read may settle. */
static hf_moments *settled(const variant *v, int quantity) {
    hf_running_settle(&v->running[quantity], &v->moments[quantity]);
    return &v->moments[quantity];
}

static const hf_sums *settled_struck(const variant *v, int hazard) {
    hf_running_settle(&v->struck_running[hazard], &v->struck[hazard]);
    return &v->struck[hazard].sums;
}

static void put_variant(hf_words *out, const hf_tally *tally, const variant *v) {
    for (int q = 0; q < tally->n_quantities; q++) {
        if (v->is_zero[q])
            continue;
        const hf_moments *moments = settled(v, q);
        hf_words_put_double(out, moments->min);
        hf_words_put_double(out, moments->max);
        hf_sums_put(out, &moments->sums);
        if (v->counts[q])
            hf_histogram_put(out, v->counts[q]);
    }
    int n_tail = hf_tail_list(v->tail, tally->listing);
    hf_words_put(out, (uint64_t)n_tail);
    for (int i = 0; i < n_tail; i++) {
        hf_words_put_double(out, tally->listing[i].value);
        hf_words_put(out, tally->listing[i].trial);
    }
    for (int h = 0; h < tally->options.n_hazards; h++)
        hf_sums_put(out, settled_struck(v, h));
}

static void get_variant(hf_word_reader *in, const hf_tally *tally, variant *v) {
    for (int q = 0; q < tally->n_quantities && !in->is_short; q++) {
        hf_moments *mine = &v->moments[q];
        if (v->is_zero[q])
            continue;
        mine->min = hf_min(hf_word_reader_get_double(in), mine->min);
        mine->max = hf_max(hf_word_reader_get_double(in), mine->max);
        hf_sums_get_merge(in, &mine->sums);
        if (v->counts[q])
            hf_histogram_get_merge(in, v->counts[q]);
    }
    uint64_t n_tail = hf_word_reader_get(in);
    for (uint64_t i = 0; i < n_tail && !in->is_short; i++) {
        double value = hf_word_reader_get_double(in);
        hf_tail_add_entry(v->tail, (hf_tail_entry){value, hf_word_reader_get(in)});
    }
    for (int h = 0; h < tally->options.n_hazards; h++)
        hf_sums_get_merge(in, &v->struck[h].sums);
}

size_t hf_tally_pack(const void *thing, unsigned char **bytes) {
    const hf_tally *tally = thing;
    hf_words out = {0};
    put_shape(&out, tally);
    hf_words_put(&out, tally->n_trials);
    for (int v = 0; v < tally->n_variants; v++)
        put_variant(&out, tally, &tally->variants[v]);
    return hf_words_give(&out, bytes);
}

hf_status hf_tally_merge(void *thing, const unsigned char *bytes, size_t n_bytes, hf_error *err) {
    hf_tally *tally = thing;
    hf_word_reader in = hf_word_reader_open(bytes, n_bytes);
    if (!has_shape(&in, tally))
        return hf_fail(err, HF_BAD_FILE,
                       "packed tally: other variants, quantities or options than this run's");
    count_trials(tally, hf_word_reader_get(&in));
    for (int v = 0; v < tally->n_variants && !in.is_short; v++)
        get_variant(&in, tally, &tally->variants[v]);
    return hf_word_reader_close(&in, "tally", err);
}

uint64_t hf_tally_trials(const hf_tally *tally) {
    return tally->n_trials;
}

const hf_moments *hf_tally_moments(const hf_tally *tally, int v, int quantity) {
    const variant *one = &tally->variants[v];
    return one->is_zero[quantity] ? &tally->zero : settled(one, quantity);
}

const hf_histogram *hf_tally_histogram(const hf_tally *tally, int v, int quantity) {
    return tally->variants[v].counts[quantity];
}

int hf_tally_tail(const hf_tally *tally, int v, hf_tail_entry *entries) {
    return hf_tail_list(tally->variants[v].tail, entries);
}

const hf_sums *hf_tally_struck(const hf_tally *tally, int v, int hazard) {
    return settled_struck(&tally->variants[v], hazard);
}

void hf_tally_spared(const hf_tally *tally, int v, int hazard, hf_sums *spared) {
    *spared = settled(&tally->variants[v], tally->options.loss_quantity)->sums;
    hf_sums_subtract(spared, settled_struck(&tally->variants[v], hazard));
}

bool hf_tally_is_keeping(const hf_tally *tally) {
    return tally->options.keep_capacity != 0;
}

uint64_t hf_tally_n_kept(const hf_tally *tally) {
    return tally->n_kept;
}

const uint64_t *hf_tally_kept_trials(const hf_tally *tally) {
    return hf_tally_is_keeping(tally) ? tally->kept_trials : NULL;
}

const double *hf_tally_kept(const hf_tally *tally, int v, int quantity) {
    return tally->variants[v].kept[quantity];
}
