/* Permuted congruential generators, written from the paper [ONeill2014].
 *
 * pcg32 (XSH-RR 64/32) makes the innovations of weekly noise, pcg64 (XSL-RR 128/64) everything an
 * event draws. Both equal the reference library bit for bit (tests/unit/test_pcg.cpp). */
#ifndef HF_RNG_PCG_H
#define HF_RNG_PCG_H

#include "base/number.h"
#include <stdint.h>

typedef unsigned __int128 hf_u128;

typedef struct hf_pcg32 {
    uint64_t state;
    uint64_t increment; /* odd */
} hf_pcg32;

typedef struct hf_pcg64 {
    hf_u128 state;
    hf_u128 increment; /* odd */
} hf_pcg64;

/* The reference library's seeding: stream numbers select the increment 2*stream + 1. */
hf_pcg32 hf_pcg32_seeded(uint64_t seed, uint64_t stream);
hf_pcg64 hf_pcg64_seeded(hf_u128 seed, hf_u128 stream);

#define HF_PCG32_MULTIPLIER 6364136223846793005u
#define HF_PCG64_MULTIPLIER (((hf_u128)2549297995355413924u << 64) | 4865540595714422341u)

/* XSH-RR of the state before the step, as in the reference library for 64-bit states. */
static inline uint32_t hf_pcg32_next(hf_pcg32 *rng) {
    uint64_t old = rng->state;
    rng->state = old * HF_PCG32_MULTIPLIER + rng->increment;
    uint32_t word = (uint32_t)((old ^ (old >> 18)) >> 27);
    uint32_t turn = (uint32_t)(old >> 59);
    return (word >> turn) | (word << ((32 - turn) & 31));
}

/* XSL-RR of the state after the step, as in the reference library for 128-bit states. */
static inline uint64_t hf_pcg64_next(hf_pcg64 *rng) {
    rng->state = rng->state * HF_PCG64_MULTIPLIER + rng->increment;
    uint64_t word = (uint64_t)(rng->state >> 64) ^ (uint64_t)rng->state;
    uint64_t turn = (uint64_t)(rng->state >> 122);
    return (word >> turn) | (word << ((64 - turn) & 63));
}

/* Skips `n` outputs in O(log n) [Brown1994]. */
void hf_pcg32_advance(hf_pcg32 *rng, uint64_t n);
void hf_pcg64_advance(hf_pcg64 *rng, hf_u128 n);

/* 32 or 64 random bits as a uniform on (0, 1), never 0 or 1, symmetric about 1/2 and exact, so that
 * 1 - u is a uniform of the same kind: (k + 1/2) 2^-32, and (k + 1/2) 2^-52 from the upper 52 bits
 * (with 53 the largest one would round to 1). The integer enters as the low bits of a significand.
 */
static inline double hf_uniform32(uint32_t bits) {
    return (hf_bits_double(0x4330000000000000u | bits) - (0x1p52 - 0.5)) * 0x1p-32;
}
static inline double hf_uniform64(uint64_t bits) {
    return hf_bits_double(0x3FF0000000000000u | (bits >> 12)) - (1.0 - 0x1p-53);
}
static inline double hf_pcg32_uniform(hf_pcg32 *rng) {
    return hf_uniform32(hf_pcg32_next(rng));
}
static inline double hf_pcg64_uniform(hf_pcg64 *rng) {
    return hf_uniform64(hf_pcg64_next(rng));
}

#endif
