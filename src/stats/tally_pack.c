/* A tally as bytes and back, for fold and checkpoint. */
#include "base/check.h"
#include "base/memory.h"
#include "base/number.h"
#include "stats/tally_parts.h"
#include "stats/words.h"
#include <float.h>

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
    moments->min = hf_min(hf_word_reader_get_double(in), moments->min);
    moments->max = hf_max(hf_word_reader_get_double(in), moments->max);
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
        hf_tail_add_entry(one->tail, (hf_tail_entry){value, hf_word_reader_get(in)});
    }
    for (int h = 0; h < tally->options.n_hazards; h++)
        hf_sums_get_merge(in, &one->struck[h]);
    if (one->weighted)
        get_weighted(in, tally, v);
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
    for (int v = 0; v < tally->n_variants && !in.is_short; v++)
        get_variant(&in, tally, v);
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

static bool are_finite(const double *x, uint64_t n) {
    bool all = true;
    for (uint64_t i = 0; i < n; i++)
        all &= x[i] >= -DBL_MAX && x[i] <= DBL_MAX;
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
        hf_word_reader_get_array(&in, columns[i] + tally->n_kept, n);
        is_sound &= are_finite(columns[i] + tally->n_kept, n);
    }
    hf_free(columns);
    hf_status status = hf_word_reader_close(&in, "rows of trials", err);
    if (status == HF_OK && !is_sound)
        status = hf_fail(err, HF_BAD_FILE, "rows of trials: values that no trial leaves");
    if (status == HF_OK)
        tally->n_kept += n;
    return status;
}
