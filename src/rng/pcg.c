/* Seeding and skipping of the permuted congruential generators [ONeill2014]. */
#include "rng/pcg.h"

hf_pcg32 hf_pcg32_seeded(uint64_t seed, uint64_t stream) {
    uint64_t increment = (stream << 1) | 1u;
    return (hf_pcg32){.state = (seed + increment) * HF_PCG32_MULTIPLIER + increment,
                      .increment = increment};
}

hf_pcg64 hf_pcg64_seeded(hf_u128 seed, hf_u128 stream) {
    hf_u128 increment = (stream << 1) | 1u;
    return (hf_pcg64){.state = (seed + increment) * HF_PCG64_MULTIPLIER + increment,
                      .increment = increment};
}

/* n steps of x -> a x + c are one step with a^n and c (a^n - 1)/(a - 1), formed by squaring; the
 * same code in both widths, and arithmetic modulo 2^64 is that modulo 2^128 cut off. */
static hf_u128 skipped(hf_u128 state, hf_u128 multiplier, hf_u128 increment, hf_u128 n) {
    hf_u128 all_multiplier = 1, all_increment = 0;
    for (; n; n >>= 1) {
        if (n & 1) {
            all_multiplier *= multiplier;
            all_increment = all_increment * multiplier + increment;
        }
        increment *= multiplier + 1;
        multiplier *= multiplier;
    }
    return state * all_multiplier + all_increment;
}

void hf_pcg32_advance(hf_pcg32 *rng, uint64_t n) {
    rng->state = (uint64_t)skipped(rng->state, HF_PCG32_MULTIPLIER, rng->increment, n);
}

void hf_pcg64_advance(hf_pcg64 *rng, hf_u128 n) {
    rng->state = skipped(rng->state, HF_PCG64_MULTIPLIER, rng->increment, n);
}
