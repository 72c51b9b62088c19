/* Log-linear histogram on the bits of the value: 2^11 bins an octave, so a bin is at most 2^-11 of
 * its values wide and its midpoint is within 2^-12 of each of them, relative. Pages of one octave
 * (16 KiB) are allocated when first hit. Counts are integers: merging is exact.
 *
 * A bin is a range of hf_double_key: [k 2^41, (k+1) 2^41). Magnitudes below 2^-1022 count as 0. */
#ifndef HF_STATS_HISTOGRAM_H
#define HF_STATS_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HF_HISTOGRAM_ERROR 0x1p-12 /* relative, of any order statistic */
#define HF_BINS_PER_OCTAVE 2048

typedef struct hf_histogram hf_histogram;

hf_histogram *hf_histogram_create(void);
void hf_histogram_destroy(hf_histogram *histogram); /* NULL is allowed */
/* Adds finite values x[n]. */
void hf_histogram_add(hf_histogram *histogram, int n, const double *x);
void hf_histogram_merge(hf_histogram *histogram, const hf_histogram *other);
uint64_t hf_histogram_count(const hf_histogram *histogram);
/* Bytes held now. */
size_t hf_histogram_bytes(const hf_histogram *histogram);

/* Value of the `rank`-th smallest, rank in 1..count: midpoint of its bin (the caller, who knows the
 * exact range, clips to it). */
double hf_histogram_at_rank(const hf_histogram *histogram, uint64_t rank);

/* Non-empty bins in ascending order:
 *     hf_bin bin = {0};
 *     while (hf_histogram_next(histogram, &bin)) ... bin.value, bin.count ... */
typedef struct hf_bin {
    uint64_t next; /* where to go on; 0 to start */
    double lower;  /* smallest double of the bin */
    double value;  /* its representative: midpoint, 0 for 0 */
    uint64_t count;
} hf_bin;
bool hf_histogram_next(const hf_histogram *histogram, hf_bin *bin);
/* Smallest double of the bin x lies in: edges on which counts of ranges are exact. */
double hf_histogram_snap(double x);

/* Within a larger packing of this layer (stats/words.h); canonical: equal counts, equal words. */
struct hf_words;
struct hf_word_reader;
void hf_histogram_put(struct hf_words *out, const hf_histogram *histogram);
void hf_histogram_get_merge(struct hf_word_reader *in, hf_histogram *histogram);

#endif
