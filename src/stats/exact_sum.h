/* Exact sums of doubles: a small superaccumulator [Neal2015] over the whole range of a double.
 *
 * Adding is integer addition: the same values give the same bits in any order, over any number of
 * sums merged in any shape; hf_exact_sum_value rounds once, to nearest even. */
#ifndef HF_STATS_EXACT_SUM_H
#define HF_STATS_EXACT_SUM_H

#include <stdbool.h>
#include <stdint.h>

#define HF_EXACT_LIMBS   68
#define HF_EXACT_LOW_BIT (-1088)  /* limb i counts units of 2^(32 i - 1088) */
#define HF_SQUARE_MAX    0x1p450  /* squares are taken of |x| below this (asserted) ... */
#define HF_SQUARE_MIN    0x1p-485 /* ... and |x| below this counts as 0 */

/* All zero is the empty sum. */
typedef struct hf_exact_sum {
    int64_t limb[HF_EXACT_LIMBS];
    int64_t pending; /* additions since carries were last propagated */
} hf_exact_sum;

/* Adds a finite x. */
void hf_exact_sum_add(hf_exact_sum *sum, double x);
/* Adds k * 2^exponent; bits below 2^-1088 must be 0, the exponent at most 1023 (asserted). */
void hf_exact_sum_add_integer(hf_exact_sum *sum, int64_t k, int exponent);
/* Adds x * count, count < 2^63. */
void hf_exact_sum_add_times(hf_exact_sum *sum, double x, uint64_t count);
/* Adds a * b exactly, as x * x does for squares. Bits of the product below 2^-1088 are dropped. */
void hf_exact_sum_add_product(hf_exact_sum *sum, double a, double b);
void hf_exact_sum_add_square(hf_exact_sum *sum, double x);
/* Adds `other`, or takes it away. */
void hf_exact_sum_merge(hf_exact_sum *sum, const hf_exact_sum *other);
void hf_exact_sum_subtract(hf_exact_sum *sum, const hf_exact_sum *other);
/* Multiplies by `factor`, < 2^63. */
void hf_exact_sum_scale(hf_exact_sum *sum, uint64_t factor);
/* Propagates carries: equal sums become equal limbs (all but the top in [0, 2^32)). */
void hf_exact_sum_normalise(hf_exact_sum *sum);
/* Whether it is in [-2^exponent, 2^exponent); the exponent is at least -1088. */
bool hf_exact_sum_is_below(const hf_exact_sum *sum, int exponent);
/* The sum, rounded once to nearest even; never -0. Its magnitude must be that of a double. */
double hf_exact_sum_value(const hf_exact_sum *sum);

/* Within a packing of this layer (stats/words.h); reading adds to `sum`, limbs as they are packed
 * alone. */
struct hf_words;
struct hf_word_reader;
void hf_exact_sum_put(struct hf_words *out, const hf_exact_sum *sum);
void hf_exact_sum_get_merge(struct hf_word_reader *in, hf_exact_sum *sum);

#endif
