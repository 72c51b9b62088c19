// rng/pcg.h against the reference library of the author [ONeill2014], bit for bit.
#include <cfloat>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <pcg_random.hpp>

extern "C" {
#include "rng/pcg.h"
}

using pcg_extras::pcg128_t; // which the constants' macro names

enum { N = 1000000 };

static int n_wrong;

template <class Reference, class Ours, class Word>
static void compare(const char *what, Reference reference, Ours ours, Word (*next)(Ours *)) {
    int wrong = 0;
    for (int i = 0; i < N; i++)
        wrong += static_cast<Word>(reference()) != next(&ours);
    std::printf("%s: %d of %d outputs differ\n", what, wrong, N);
    n_wrong += wrong;
}

static void compare_streams(std::uint64_t seed, std::uint64_t stream) {
    compare("pcg32", pcg32(seed, stream), hf_pcg32_seeded(seed, stream), hf_pcg32_next);
    pcg128_t wide_seed = PCG_128BIT_CONSTANT(seed * 3, seed);
    pcg128_t wide_stream = PCG_128BIT_CONSTANT(stream * 5, stream);
    compare("pcg64", pcg64(wide_seed, wide_stream), hf_pcg64_seeded(wide_seed, wide_stream),
            hf_pcg64_next);
}

static void compare_skips(std::uint64_t n) {
    pcg32 reference32(42, 54);
    hf_pcg32 ours32 = hf_pcg32_seeded(42, 54);
    reference32.advance(n);
    hf_pcg32_advance(&ours32, n);
    pcg128_t wide = PCG_128BIT_CONSTANT(n * 7, n);
    pcg64 reference64(42, 54);
    hf_pcg64 ours64 = hf_pcg64_seeded(42, 54);
    reference64.advance(wide);
    hf_pcg64_advance(&ours64, wide);
    for (int i = 0; i < 1000; i++)
        n_wrong +=
            (reference32() != hf_pcg32_next(&ours32)) + (reference64() != hf_pcg64_next(&ours64));
}

// Exact, symmetric, and never 0 or 1.
static void check_uniforms() {
    n_wrong += hf_uniform32(0) != 0x1p-33 || hf_uniform32(UINT32_MAX) != 1.0 - 0x1p-33;
    n_wrong += hf_uniform64(0) != 0x1p-53 || hf_uniform64(UINT64_MAX) != 1.0 - 0x1p-53;
    pcg64 words(7);
    for (int i = 0; i < N; i++) {
        std::uint64_t word = words();
        std::uint32_t half = static_cast<std::uint32_t>(word);
        double u = hf_uniform64(word), v = hf_uniform32(half);
        n_wrong += u != static_cast<double>(word >> 12) * 0x1p-52 + 0x1p-53;
        n_wrong += v != (static_cast<double>(half) + 0.5) * 0x1p-32;
        n_wrong += hf_uniform64(~word) != 1.0 - u || hf_uniform32(~half) != 1.0 - v;
    }
}

int main() {
    static const std::uint64_t words[] = {0, 1, 42, 0x8000000000000000u, UINT64_MAX};
    for (std::uint64_t seed : words)
        for (std::uint64_t stream : words)
            compare_streams(seed, stream);
    static const std::uint64_t skips[] = {0,         1, 2, 3, 1000, 123456789, 0x123456789ABCDEFu,
                                          UINT64_MAX};
    for (std::uint64_t n : skips)
        compare_skips(n);
    check_uniforms();
    std::printf("%s: %d differences\n", n_wrong ? "FAILED" : "passed", n_wrong);
    return n_wrong != 0;
}
