/* Exact sums of x and x^2 with count and range: what a mean, a standard deviation and their
 * intervals are made of. */
#ifndef HF_STATS_MOMENTS_H
#define HF_STATS_MOMENTS_H

#include "base/status.h"
#include "stats/exact_sum.h"
#include <stddef.h>

#define HF_SUMS_MAX ((uint64_t)1 << 40) /* values that these sums are made for */

/* All zero is empty. */
typedef struct hf_sums {
    uint64_t n;
    hf_exact_sum sum;
    hf_exact_sum square;
} hf_sums;

typedef struct hf_moments {
    hf_sums sums;
    double min, max; /* over nothing: DBL_MAX and -DBL_MAX */
} hf_moments;

void hf_moments_init(hf_moments *moments);
/* Adds x[n], |x| < HF_SQUARE_MAX. Vectorised: a few ns a value; alignment is not needed. */
void hf_moments_add(hf_moments *moments, int n, const double *x);
void hf_moments_merge(hf_moments *moments, const hf_moments *other);

/* Adds x[n] / a value `count` times / all of `other`; takes `other` away. */
void hf_sums_add(hf_sums *sums, int n, const double *x);
void hf_sums_add_times(hf_sums *sums, double x, uint64_t count);
void hf_sums_merge(hf_sums *sums, const hf_sums *other);
void hf_sums_subtract(hf_sums *sums, const hf_sums *other);

/* What the last values add to moments, in one cache line against their twenty: for those who add a
 * few values to each of many. */
typedef struct hf_running {
    double min, max;           /* of all values ever added */
    int64_t sum[2], square[3]; /* in units of grids */
    int field; /* exponent field of the largest values the grids take; 0: none yet */
    int n;
} hf_running;

void hf_running_init(hf_running *running);
/* Adds x[n], |x| < HF_SQUARE_MAX; what the running sums cannot take goes to `sums`. */
void hf_running_add(hf_running *running, hf_sums *sums, int n, const double *x);
/* Moves all of it but the range to `sums`. */
void hf_running_settle(hf_running *running, hf_sums *sums);
/* The range, too. */
void hf_moments_settle(hf_moments *moments, hf_running *running);

/* The exact sum rounded, over n; NaN when n = 0. */
double hf_sums_mean(const hf_sums *sums);
/* Divisor n - 1; n Sxx - Sx^2 is formed exactly before it is rounded. NaN when n < 2. */
double hf_sums_variance(const hf_sums *sums);
/* As if n_zero zeros had been added: (x - q)+ over all trials, of which only those beyond q were.
 */
void hf_sums_add_zeros(hf_sums *sums, uint64_t n_zero);

/* A list of sums for the fold over ranks: hf_pack and hf_merge of parallel/comm.h. */
typedef struct hf_sums_list {
    int n;
    hf_sums *items; /* borrowed */
} hf_sums_list;
size_t hf_sums_list_pack(const void *list, unsigned char **bytes);
hf_status hf_sums_list_merge(void *list, const unsigned char *bytes, size_t n_bytes,
                             hf_error *err) HF_MUST_CHECK;

/* The same within a larger packing of this layer (stats/words.h). What HF_SUMS_MAX values below
 * HF_SQUARE_MAX cannot come to is not taken: whatever is, has a mean and a variance. */
struct hf_words;
struct hf_word_reader;
void hf_sums_put(struct hf_words *out, const hf_sums *sums);
void hf_sums_get_merge(struct hf_word_reader *in, hf_sums *sums);

#endif
