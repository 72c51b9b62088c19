#include "stats/words.h"
#include "base/memory.h"
#include "base/number.h"
#include <string.h>

static void reserve(hf_words *out, size_t n) {
    if (out->n + n <= out->capacity)
        return;
    size_t capacity = out->capacity ? 2 * out->capacity : 256;
    if (capacity < out->n + n)
        capacity = out->n + n;
    out->words = hf_realloc(out->words, out->capacity, capacity, sizeof *out->words);
    out->capacity = capacity;
}

void hf_words_put(hf_words *out, uint64_t word) {
    reserve(out, 1);
    out->words[out->n++] = word;
}

void hf_words_put_double(hf_words *out, double x) {
    hf_words_put(out, hf_double_bits(x));
}

void hf_words_put_array(hf_words *out, const void *words, size_t n) {
    if (n == 0)
        return;
    reserve(out, n);
    memcpy(out->words + out->n, words, n * sizeof *out->words);
    out->n += n;
}

size_t hf_words_give(hf_words *out, unsigned char **bytes) {
    size_t n_bytes = out->n * sizeof *out->words;
    *bytes = out->words ? (unsigned char *)out->words : hf_alloc(0, 1);
    *out = (hf_words){0};
    return n_bytes;
}

hf_word_reader hf_word_reader_open(const unsigned char *bytes, size_t n_bytes) {
    return (hf_word_reader){.bytes = bytes, .n_words = n_bytes / 8, .is_short = n_bytes % 8 != 0};
}

/* Whether n more words are there; notes it if not. */
static bool has(hf_word_reader *in, uint64_t n) {
    if (n > in->n_words - in->at)
        in->is_short = true;
    return !in->is_short;
}

uint64_t hf_word_reader_get(hf_word_reader *in) {
    uint64_t word = 0;
    hf_word_reader_get_array(in, &word, 1);
    return word;
}

double hf_word_reader_get_double(hf_word_reader *in) {
    return hf_bits_double(hf_word_reader_get(in));
}

void hf_word_reader_get_range(hf_word_reader *in, double *min, double *max) {
    double low = hf_word_reader_get_double(in), high = hf_word_reader_get_double(in);
    bool is_empty = low == DBL_MAX && high == -DBL_MAX;
    if (!is_empty && !(-HF_VALUE_MAX < low && low <= high && high < HF_VALUE_MAX)) {
        in->is_short = true;
        return;
    }
    *min = hf_min(low, *min);
    *max = hf_max(high, *max);
}

void hf_word_reader_get_array(hf_word_reader *in, void *words, size_t n) {
    if (n == 0)
        return;
    if (!has(in, n)) {
        memset(words, 0, 8 * n);
        return;
    }
    memcpy(words, in->bytes + 8 * in->at, 8 * n);
    in->at += n;
}

void hf_word_reader_get_values(hf_word_reader *in, double *values, size_t n) {
    hf_word_reader_get_array(in, values, n);
    for (size_t i = 0; i < n; i++)
        in->is_short |= !(values[i] > -HF_VALUE_MAX && values[i] < HF_VALUE_MAX);
}

hf_status hf_word_reader_close(const hf_word_reader *in, const char *what, hf_error *err) {
    if (in->is_short || in->at != in->n_words)
        return hf_fail(err, HF_BAD_FILE, "packed %s: %zu words, of which %zu make sense", what,
                       in->n_words, in->at);
    return HF_OK;
}
