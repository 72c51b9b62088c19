/* 64-bit hashes of identifiers: entity keys of the random streams. Not for security. */
#ifndef HF_BASE_HASH_H
#define HF_BASE_HASH_H

#include <stdint.h>

/* SplitMix64's finaliser: a bijection whose every output bit depends on every input bit. */
static inline uint64_t hf_mix64(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

/* Hash of a NUL-terminated id (FNV-1a, finalised). The gate refuses two ids with equal hashes. */
static inline uint64_t hf_hash_id(const char *id) {
    uint64_t hash = 0xCBF29CE484222325u;
    for (const unsigned char *c = (const unsigned char *)id; *c; c++)
        hash = (hash ^ *c) * 0x100000001B3u;
    return hf_mix64(hash);
}

#endif
