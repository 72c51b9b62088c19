/* Made-up values for the tests of src/stats: a function of seed and index, the same everywhere. */
#ifndef HF_TESTS_UNIT_STATS_SAMPLES_H
#define HF_TESTS_UNIT_STATS_SAMPLES_H

#include "base/hash.h"
#include "base/number.h"
#include <stdbool.h>
#include <stdlib.h>

static inline uint64_t sample_bits(uint64_t seed, uint64_t i) {
    return hf_mix64(hf_mix64(seed) + i);
}

/* In [0, 1). */
static inline double sample_uniform(uint64_t seed, uint64_t i) {
    return (double)(sample_bits(seed, i) >> 11) * 0x1p-53;
}

/* Either sign, any mantissa, exponent field in low..high. */
static inline double sample_double(uint64_t seed, uint64_t i, int low, int high) {
    uint64_t bits = sample_bits(seed, i);
    uint64_t field = (uint64_t)low + (bits >> 52 & 0x7FF) % (uint64_t)(high - low + 1);
    return hf_bits_double((bits >> 63) << 63 | field << 52 | (bits & 0xFFFFFFFFFFFFFu));
}

/* A loss: half of them 0, the rest spread over decades, with ties. */
static inline double sample_loss(uint64_t seed, uint64_t i) {
    double u = sample_uniform(seed, i);
    if (u < 0.5)
        return 0.0;
    double x = 1.0 / (1.0000001 - u) * (double)(1 + sample_bits(seed + 1, i) % 1000);
    return sample_bits(seed + 2, i) % 4 ? x : hf_floor(x);
}

/* order[n]: a permutation of 0..n-1. */
static inline void sample_order(uint64_t seed, int n, int *order) {
    for (int i = 0; i < n; i++)
        order[i] = i;
    for (int i = n - 1; i > 0; i--) {
        int j = (int)(sample_bits(seed, (uint64_t)i) % (uint64_t)(i + 1)), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

static inline int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

#endif
