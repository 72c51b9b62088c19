/* Bytes of packed statistics: 64-bit words in the machine's order, written growing and read with
 * the end in sight: of this layer, and of what a campaign saves beside. */
#ifndef HF_STATS_WORDS_H
#define HF_STATS_WORDS_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No quantity of a trial comes near it: its spread about a mean can be weighed and squared. */
#define HF_VALUE_MAX 0x1p200

/* All zero is empty. */
typedef struct hf_words {
    uint64_t *words;
    size_t n, capacity;
} hf_words;

void hf_words_put(hf_words *out, uint64_t word);
void hf_words_put_double(hf_words *out, double x);
void hf_words_put_array(hf_words *out, const void *words, size_t n);
/* Gives the bytes (hf_free) and returns their number; `out` is empty again. */
size_t hf_words_give(hf_words *out, unsigned char **bytes);

/* Borrows the bytes. Past the end reads give 0 and `is_short` stays true; whoever reads what no
 * packing holds sets it, too. */
typedef struct hf_word_reader {
    const unsigned char *bytes;
    size_t n_words, at;
    bool is_short;
} hf_word_reader;

hf_word_reader hf_word_reader_open(const unsigned char *bytes, size_t n_bytes);
uint64_t hf_word_reader_get(hf_word_reader *in);
double hf_word_reader_get_double(hf_word_reader *in);
/* Widens a range by the one read: of values within HF_VALUE_MAX, or of nothing. */
void hf_word_reader_get_range(hf_word_reader *in, double *min, double *max);
/* Copies n words; zeros when fewer are left. */
void hf_word_reader_get_array(hf_word_reader *in, void *words, size_t n);
/* The same for values of trials: |x| < HF_VALUE_MAX. */
void hf_word_reader_get_values(hf_word_reader *in, double *values, size_t n);
/* HF_OK if all words were read and none was missing, else HF_BAD_FILE naming `what`. */
hf_status hf_word_reader_close(const hf_word_reader *in, const char *what,
                               hf_error *err) HF_MUST_CHECK;

#endif
