/* A tally as bytes and back, for fold and checkpoint. */
#include "base/check.h"
#include "base/memory.h"
#include "base/number.h"
#include "stats/tally_parts.h"
#include "stats/words.h"

/* What must agree for two tallies to be merged. */
static void put_shape(hf_words *out, const hf_tally *tally) {
    const hf_tally_options *o = &tally->options;
    enum { KEEPS = 1, IS_WEIGHTED = 2 };
    int mode = hf_tally_is_keeping(tally) * KEEPS + o->is_weighted * IS_WEIGHTED;
    const int shape[] = {tally->n_variants, tally->n_quantities, o->tail_quantity, o->tail_count,
                         o->n_hazards,      o->first_events,     o->loss_quantity, mode};
    for (size_t i = 0; i < sizeof shape / sizeof shape[0]; i++)
        hf_words_put(out, (uint64_t)shape[i]);
    for (int v = 0; o->is_weighted && v < tally->n_variants; v++)
        for (int q = 0; q < tally->n_quantities; q++)
            hf_words_put_double(out, hf_tally_calm(tally, v, q));
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

static void put_moments(hf_words *out, const hf_moments *moments) {
    hf_words_put_double(out, moments->min);
    hf_words_put_double(out, moments->max);
    hf_sums_put(out, &moments->sums);
}

static void get_moments(hf_word_reader *in, hf_moments *moments) {
    hf_word_reader_get_range(in, &moments->min, &moments->max);
    hf_sums_get_merge(in, &moments->sums);
}

static void put_weighted(hf_words *out, const hf_tally *tally, int v) {
    for (int q = 0; q < tally->n_quantities; q++)
        if (!tally->variants[v].is_zero[q])
            hf_sums_put(out, hf_tally_units(tally, v, q));
    put_moments(out, hf_tally_weights(tally, v));
    hf_sums_put(out, hf_tally_weight_units(tally, v));
    hf_sums_put(out, hf_tally_weighted_losses(tally, v));
    for (int h = 0; h < tally->options.n_hazards; h++)
        hf_sums_put(out, hf_tally_struck_weight(tally, v, h));
}

static void get_weighted(hf_word_reader *in, const hf_tally *tally, int v) {
    hf_tally_weighted *weighted = tally->variants[v].weighted;
    for (int q = 0; q < tally->n_quantities && !in->is_short; q++)
        if (!tally->variants[v].is_zero[q])
            hf_sums_get_merge(in, &weighted->units[q]);
    get_moments(in, &weighted->weights);
    hf_sums_get_merge(in, &weighted->weight_units);
    hf_sums_get_merge(in, &weighted->losses);
    for (int h = 0; h < tally->options.n_hazards && !in->is_short; h++)
        hf_sums_get_merge(in, &weighted->struck[h]);
}

static void put_variant(hf_words *out, const hf_tally *tally, int v) {
    const hf_tally_variant *one = &tally->variants[v];
    for (int q = 0; q < tally->n_quantities; q++) {
        if (one->is_zero[q])
            continue;
        put_moments(out, hf_tally_moments(tally, v, q));
        if (one->counts[q])
            hf_histogram_put(out, one->counts[q]);
    }
    int n_tail = hf_tail_list(one->tail, tally->listing);
    hf_words_put(out, (uint64_t)n_tail);
    for (int i = 0; i < n_tail; i++) {
        hf_words_put_double(out, tally->listing[i].value);
        hf_words_put(out, tally->listing[i].trial);
    }
    for (int h = 0; h < tally->options.n_hazards; h++)
        hf_sums_put(out, hf_tally_struck(tally, v, h));
    if (one->weighted)
        put_weighted(out, tally, v);
}

static void get_variant(hf_word_reader *in, const hf_tally *tally, int v) {
    const hf_tally_variant *one = &tally->variants[v];
    for (int q = 0; q < tally->n_quantities && !in->is_short; q++) {
        if (one->is_zero[q])
            continue;
        get_moments(in, &one->moments[q]);
        if (one->counts[q])
            hf_histogram_get_merge(in, one->counts[q]);
    }
    uint64_t n_tail = hf_word_reader_get(in);
    for (uint64_t i = 0; i < n_tail && !in->is_short; i++) {
        double value = hf_word_reader_get_double(in);
        in->is_short |= !(-HF_VALUE_MAX < value && value < HF_VALUE_MAX);
        hf_tail_add_entry(one->tail, (hf_tail_entry){value, hf_word_reader_get(in)});
    }
    for (int h = 0; h < tally->options.n_hazards; h++)
        hf_sums_get_merge(in, &one->struck[h]);
    if (one->weighted)
        get_weighted(in, tally, v);
}

/* Can these be weighted values of n trials? Then spreads about their mean can be summed, too. */
static bool are_values(const hf_sums *sums) {
    int n_bits = 64 - __builtin_clzll(sums->n | 1);
    return hf_exact_sum_is_below(&sums->sum, 200 + 15 + n_bits); /* each, its weight, how many */
}

static bool has_values(const hf_histogram *counts, uint64_t n) {
    return hf_histogram_count(counts) == n &&
           (n == 0 || (hf_histogram_at_rank(counts, 1) > -HF_VALUE_MAX &&
                       hf_histogram_at_rank(counts, n) < HF_VALUE_MAX));
}

/* Does every number count the same trials? What is read of a tally relies on it. */
static bool has_counts(const hf_tally *tally, int v) {
    const hf_tally_variant *one = &tally->variants[v];
    uint64_t n = tally->n_trials, n_listed = (uint64_t)tally->options.tail_count;
    bool is_same = (uint64_t)hf_tail_count(one->tail) == (n < n_listed ? n : n_listed);
    for (int q = 0; q < tally->n_quantities; q++) {
        const hf_moments *moments = hf_tally_moments(tally, v, q);
        is_same &= are_values(&moments->sums) && moments->sums.n == n &&
                   (moments->min <= moments->max) == (n > 0);
        is_same &= !one->counts[q] || has_values(one->counts[q], n);
        is_same &= !one->weighted || hf_tally_units(tally, v, q)->n == n / HF_PERIOD;
    }
    for (int h = 0; h < tally->options.n_hazards; h++) {
        uint64_t n_struck = hf_tally_struck(tally, v, h)->n;
        is_same &= n_struck <= n;
        is_same &= !one->weighted || hf_tally_struck_weight(tally, v, h)->n == n_struck;
    }
    if (one->weighted)
        is_same &= hf_tally_weights(tally, v)->sums.n == n &&
                   hf_tally_weight_units(tally, v)->n == n / HF_PERIOD &&
                   hf_tally_weighted_losses(tally, v)->n == n;
    return is_same;
}

size_t hf_tally_pack(const void *thing, unsigned char **bytes) {
    const hf_tally *tally = thing;
    hf_words out = {0};
    put_shape(&out, tally);
    hf_words_put(&out, tally->n_trials);
    for (int v = 0; v < tally->n_variants; v++)
        put_variant(&out, tally, v);
    return hf_words_give(&out, bytes);
}

hf_status hf_tally_merge(void *thing, const unsigned char *bytes, size_t n_bytes, hf_error *err) {
    hf_tally *tally = thing;
    hf_word_reader in = hf_word_reader_open(bytes, n_bytes);
    if (!has_shape(&in, tally))
        return hf_fail(err, HF_BAD_FILE,
                       "packed tally: other variants, quantities or options than this run's");
    hf_tally_count(tally, hf_word_reader_get(&in));
    for (int v = 0; v < tally->n_variants && !in.is_short; v++) {
        get_variant(&in, tally, v);
        in.is_short = in.is_short || !has_counts(tally, v);
    }
    return hf_word_reader_close(&in, "tally", err);
}

/* ---- kept columns ---- */

/* Quantities by variant, each variant's followed by its weights. */
static int list_columns(const hf_tally *tally, double **columns) {
    int n = 0;
    for (int v = 0; v < tally->n_variants; v++) {
        const hf_tally_variant *one = &tally->variants[v];
        for (int q = 0; q < tally->n_quantities; q++)
            if (one->kept[q])
                columns[n++] = one->kept[q];
        if (one->weighted)
            columns[n++] = one->weighted->kept;
    }
    return n;
}

static double **new_list(const hf_tally *tally) {
    return HF_NEW(tally->n_variants * (tally->n_quantities + 1), double *);
}

size_t hf_tally_pack_kept(const hf_tally *tally, uint64_t from, uint64_t n, unsigned char **bytes) {
    HF_ASSERT(hf_tally_is_keeping(tally) && from <= tally->n_kept && n <= tally->n_kept - from);
    double **columns = new_list(tally);
    int n_columns = list_columns(tally, columns);
    hf_words out = {0};
    put_shape(&out, tally);
    hf_words_put(&out, n);
    hf_words_put_array(&out, tally->kept_trials + from, n);
    for (int i = 0; i < n_columns; i++)
        hf_words_put_array(&out, columns[i] + from, n);
    hf_free(columns);
    return hf_words_give(&out, bytes);
}

/* Weights stand last among the columns of a variant. */
static bool is_weight(const hf_tally *tally, int column, int n_columns) {
    int per_variant = n_columns / tally->n_variants;
    return tally->options.is_weighted && column % per_variant == per_variant - 1;
}

static bool are_weights(const double *x, uint64_t n) {
    bool all = true;
    for (uint64_t i = 0; i < n; i++)
        all &= x[i] >= 0.0 && x[i] < HF_WEIGHT_MAX;
    return all;
}

hf_status hf_tally_merge_kept(hf_tally *tally, const unsigned char *bytes, size_t n_bytes,
                              hf_error *err) {
    hf_word_reader in = hf_word_reader_open(bytes, n_bytes);
    bool is_sound = hf_tally_is_keeping(tally) && has_shape(&in, tally);
    uint64_t n = hf_word_reader_get(&in), n_left = in.n_words - in.at;
    double **columns = new_list(tally);
    int n_columns = list_columns(tally, columns);
    if (!is_sound || n_left % (uint64_t)(1 + n_columns) ||
        n != n_left / (uint64_t)(1 + n_columns)) {
        hf_free(columns);
        return hf_fail(err, HF_BAD_FILE, "rows of trials: other columns than this run's");
    }
    hf_tally_reserve_kept(tally, n);
    list_columns(tally, columns); /* which may have moved */
    hf_word_reader_get_array(&in, tally->kept_trials + tally->n_kept, n);
    for (int i = 0; i < n_columns; i++) {
        hf_word_reader_get_values(&in, columns[i] + tally->n_kept, n);
        if (is_weight(tally, i, n_columns))
            is_sound &= are_weights(columns[i] + tally->n_kept, n);
    }
    hf_free(columns);
    hf_status status = hf_word_reader_close(&in, "rows of trials", err);
    if (status == HF_OK && !is_sound)
        status = hf_fail(err, HF_BAD_FILE, "rows of trials: values that no trial leaves");
    if (status == HF_OK)
        tally->n_kept += n;
    return status;
}
