/* The values of one quantity on this rank, ascending, and what they weigh: a trial each, or
 * multiples of 2^-48 of weight. Masses are integers, so their sums are exact whatever the order. */
#ifndef HF_STATS_COLUMN_H
#define HF_STATS_COLUMN_H

#include <stdint.h>

typedef unsigned __int128 hf_mass; /* trials, or units of 2^-48 of weight; below 2^96 in all */

typedef struct hf_column {
    uint64_t n;
    const double *values; /* [n] ascending, no -0 */
    const hf_mass
        *below; /* [n + 1] mass of the values before each, and of all; NULL: a trial each */
} hf_column;

/* Sorts a copy of values[n], by radix on the keys, -0 as 0, with their weights: multiples of 2^-48
 * in [0, 2^15), or NULL for a trial each. The copies are the column's: hf_column_clear. */
void hf_column_init(hf_column *column, uint64_t n, const double *values, const double *weights);
void hf_column_clear(hf_column *column);

/* How many values are below x, and at or below it. */
uint64_t hf_column_count_below(const hf_column *column, double x);
uint64_t hf_column_count_to(const hf_column *column, double x);
/* Of all values; of those before number i; of those below x. */
hf_mass hf_column_mass(const hf_column *column);
hf_mass hf_column_mass_before(const hf_column *column, uint64_t i);
hf_mass hf_column_mass_below(const hf_column *column, double x);

/* The order statistic at p: the smallest value with at least this mass at or below it. ceil(total
 * p), at least 1. */
hf_mass hf_mass_rank(hf_mass total, uint32_t p_millionths);
/* The same for any p in [0, 1], taken down to a multiple of 2^-40. */
hf_mass hf_mass_rank_of(hf_mass total, double p);

/* A mass as two words that may be summed over 2^31 ranks: its low 32 bits, and the rest. */
void hf_mass_split(hf_mass mass, uint64_t words[2]);
hf_mass hf_mass_join(const uint64_t words[2]);

#endif
