/* Keys of streams and events: words are absorbed into 128 bits, each followed by a keyed
 * permutation, so that different words never lead to equal keys within one parent and, between
 * parents, only by an accident of 2^-128. State and increment are squeezed from all 128 bits. */
#include "rng/stream.h"
#include "base/hash.h"

/* Odd and irregular: 2^64/golden ratio, and fraction bits of pi. */
#define GOLDEN 0x9E3779B97F4A7C15u
#define PI_1   0x243F6A8885A308D3u
#define PI_2   0x13198A2E03707344u
#define PI_3   0xA4093822299F31D0u
#define PI_4   0x082EFA98EC4E6C89u

/* A Feistel network of three rounds: a bijection in which each half comes to depend on both. */
static inline hf_key permuted(hf_key key) {
    key.high ^= hf_mix64(key.low + PI_1);
    key.low ^= hf_mix64(key.high + PI_2);
    key.high ^= hf_mix64(key.low + PI_3);
    return key;
}

static inline hf_key child(hf_key parent, uint64_t word) {
    parent.low ^= hf_mix64(word + GOLDEN);
    return permuted(parent);
}

/* Purpose and index enter different halves: no two pairs meet, and none meets a child. */
static inline hf_key leaf(hf_key key, hf_purpose purpose, uint64_t index) {
    key.low ^= hf_mix64(index + GOLDEN);
    key.high ^= hf_mix64((uint64_t)purpose + PI_4);
    return permuted(key);
}

hf_key hf_key_trial(uint64_t seed, uint64_t trial) {
    return child(child((hf_key){.low = PI_3, .high = PI_4}, seed), trial);
}

hf_key hf_key_child(hf_key parent, uint64_t word) {
    return child(parent, word);
}

hf_pcg32 hf_stream32(hf_key trial, uint64_t entity, hf_purpose purpose, uint64_t index) {
    hf_key key = leaf(child(trial, entity), purpose, index);
    return (hf_pcg32){.state = hf_mix64(key.low + GOLDEN),
                      .increment = hf_mix64(key.high + GOLDEN) | 1u};
}

hf_pcg64 hf_stream64(hf_key trial, uint64_t entity, hf_purpose purpose, uint64_t index) {
    return hf_stream_event(child(trial, entity), purpose, index);
}

hf_pcg64 hf_stream_event(hf_key event, hf_purpose purpose, uint64_t index) {
    hf_key key = leaf(event, purpose, index);
    hf_u128 state = ((hf_u128)hf_mix64(key.high + GOLDEN) << 64) | hf_mix64(key.low + GOLDEN);
    hf_u128 increment =
        ((hf_u128)hf_mix64(key.high + 2 * GOLDEN) << 64) | hf_mix64(key.low + 2 * GOLDEN);
    return (hf_pcg64){.state = state, .increment = increment | 1u};
}
