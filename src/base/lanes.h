/* Loops over lanes: HF_SIMD before a `for` promises the compiler that its turns are independent
 * (no lane reads what another writes; never a sum over lanes, which clang would then reorder). */
#ifndef HF_BASE_LANES_H
#define HF_BASE_LANES_H

#if defined(__clang__)
#define HF_SIMD _Pragma("clang loop vectorize(assume_safety) interleave(enable)")
#elif defined(__GNUC__)
#define HF_SIMD _Pragma("GCC ivdep")
#else
#define HF_SIMD
#endif

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
