/* What libFuzzer calls and offers (https://llvm.org/docs/LibFuzzer.html), and mutants of what is
 * made of 64-bit words. */
#ifndef HF_TESTS_FUZZ_FUZZ_H
#define HF_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
/* Changes data[n] in place, to at most `max` bytes; returns how many. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t max);

static inline void fuzz_change_word(uint8_t *at, unsigned seed) {
    static const uint64_t telling[] = {
        0, 1, 2, 8, UINT64_MAX, (uint64_t)1 << 31, (uint64_t)1 << 32, (uint64_t)1 << 40,
        /* and the largest integers and doubles, infinity, NaN */
        (uint64_t)1 << 62, (uint64_t)1 << 63, INT64_MAX, UINT64_C(0x7FEFFFFFFFFFFFFF),
        UINT64_C(0x7FF0000000000000), UINT64_C(0x7FF8000000000000)};
    uint64_t word;
    memcpy(&word, at, sizeof word);
    switch (seed % 4) {
    case 0:
        word++;
        break;
    case 1:
        word--;
        break;
    case 2:
        word ^= (uint64_t)1 << (seed / 4 % 64);
        break;
    default:
        word = telling[seed / 4 % (sizeof telling / sizeof telling[0])];
    }
    memcpy(at, &word, sizeof word);
}

/* Words of data[n], n >= 8, as often as bytes. */
static inline size_t fuzz_change(uint8_t *data, size_t n, size_t max, unsigned seed) {
    if (seed % 2)
        return LLVMFuzzerMutate(data, n, max);
    size_t n_words = n / 8, at = seed / 64 % n_words;
    for (unsigned i = seed / 2 % 3; i < 3; i++) /* what one breaks another may make good */
        fuzz_change_word(data + 8 * ((at + i * (seed / 8 % 5)) % n_words), seed / 64 + i);
    return n;
}

#endif
