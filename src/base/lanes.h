/* Arithmetic on lanes: vectors as wide as the target's registers, one trial a lane.
 *
 * + - * / of hf_lanes are the language's own and the bit law's. What C lacks on vectors, selection
 * and comparison, is here: with an intrinsic where one instruction does it, and a generic twin that
 * gives the same bits. In gcc's and clang's hands the twin alone would cost up to four
 * instructions.
 *
 * HF_SIMD before a plain `for` promises the compiler that its turns are independent (no lane reads
 * what another writes; never a sum over lanes, which clang would then reorder). */
#ifndef HF_BASE_LANES_H
#define HF_BASE_LANES_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__clang__)
#define HF_SIMD _Pragma("clang loop vectorize(assume_safety) interleave(enable)")
#elif defined(__GNUC__)
#define HF_SIMD _Pragma("GCC ivdep")
#else
#define HF_SIMD
#endif

#if defined(__AVX512F__)
#define HF_LANES 8
#elif defined(__AVX2__)
#define HF_LANES 4
#else
#define HF_LANES 2
#endif

typedef double hf_lanes __attribute__((vector_size(8 * HF_LANES)));
typedef int64_t hf_lane_mask __attribute__((vector_size(8 * HF_LANES))); /* -1: true, 0: false */

static inline hf_lanes hf_lanes_all(double x) {
    return x - (hf_lanes){0};
}

/* a < b ? x : y in each lane; NaN is not less. */
static inline hf_lanes hf_lanes_if_less(hf_lanes a, hf_lanes b, hf_lanes x, hf_lanes y) {
#if defined(__AVX512F__)
    return _mm512_mask_blend_pd(_mm512_cmp_pd_mask(a, b, _CMP_LT_OQ), y, x);
#elif defined(__AVX2__)
    return _mm256_blendv_pd(y, x, _mm256_cmp_pd(a, b, _CMP_LT_OQ));
#else
    hf_lane_mask less = a < b;
    return (hf_lanes)(((hf_lane_mask)x & less) | ((hf_lane_mask)y & ~less));
#endif
}

/* a == b ? x : y in each lane. */
static inline hf_lanes hf_lanes_if_equal(hf_lanes a, hf_lanes b, hf_lanes x, hf_lanes y) {
#if defined(__AVX512F__)
    return _mm512_mask_blend_pd(_mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ), y, x);
#elif defined(__AVX2__)
    return _mm256_blendv_pd(y, x, _mm256_cmp_pd(a, b, _CMP_EQ_OQ));
#else
    hf_lane_mask equal = a == b;
    return (hf_lanes)(((hf_lane_mask)x & equal) | ((hf_lane_mask)y & ~equal));
#endif
}

/* Some lane of a is less than that of b. */
static inline bool hf_lanes_any_less(hf_lanes a, hf_lanes b) {
#if defined(__AVX512F__)
    return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ) != 0;
#elif defined(__AVX2__)
    return _mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_LT_OQ)) != 0;
#else
    hf_lane_mask less = a < b;
    return (less[0] | less[1]) != 0;
#endif
}

/* hf_min and hf_max of base/number.h: the second wins ties and NaN, as in minpd and maxpd. */
static inline hf_lanes hf_lanes_min(hf_lanes a, hf_lanes b) {
#if defined(__AVX512F__)
    return _mm512_min_pd(a, b);
#elif defined(__AVX2__)
    return _mm256_min_pd(a, b);
#elif defined(__x86_64__)
    return _mm_min_pd(a, b);
#else
    return hf_lanes_if_less(a, b, a, b);
#endif
}
static inline hf_lanes hf_lanes_max(hf_lanes a, hf_lanes b) {
#if defined(__AVX512F__)
    return _mm512_max_pd(a, b);
#elif defined(__AVX2__)
    return _mm256_max_pd(a, b);
#elif defined(__x86_64__)
    return _mm_max_pd(a, b);
#else
    return hf_lanes_if_less(b, a, a, b);
#endif
}

/* The highest x86-64 level this CPU runs of those we compile hot loops for: 1, 3 (AVX2) or
 * 4 (AVX-512); 1 on other machines. Code of a higher level may be called only if this allows it. */
static inline int hf_cpu_level(void) {
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2"))
        return 1;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512cd") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl"))
        return 3;
    return 4;
#else
    return 1;
#endif
}

#endif
