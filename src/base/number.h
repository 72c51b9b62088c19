/* The bit law in code: selections, integer conversions and the checks that keep it
 * (src/README.md, Numbers). Everything here is the same bits on every machine. */
#ifndef HF_BASE_NUMBER_H
#define HF_BASE_NUMBER_H

#include "base/status.h"
#include <float.h>
#include <stdint.h>
#include <string.h>

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "Holdfast is built without -ffast-math and its members: they change results"
#endif
#if FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16 /* 16: half precision in its own type too */
#error "Holdfast needs double arithmetic in double (FLT_EVAL_METHOD 0)"
#endif

#define HF_MIN_MAGNITUDE  1e-9  /* the gate lets pass 0 and magnitudes from here ... */
#define HF_MAX_MAGNITUDE  1e15  /* ... to here */
#define HF_UNLIMITED      1e12  /* capacity of a stage without a limit, starts a week */
#define HF_NOTHING        1e-9  /* times Z: a plan or an amount below counts as 0 */
#define HF_FAINT          1e-5  /* times Z: a plan below is no base to learn a ratio from */
#define HF_NEVER          1e300 /* a point in time that does not come */
#define HF_WEEKS_PER_YEAR 52.0

/* The second wins ties and NaN. */
static inline double hf_min(double a, double b) {
    return a < b ? a : b;
}
static inline double hf_max(double a, double b) {
    return a > b ? a : b;
}

static inline uint64_t hf_double_bits(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
static inline double hf_bits_double(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Nearest integer (ties to even) of |x| < 2^51, as a double. */
static inline double hf_round(double x) {
    return (x + 0x1.8p52) - 0x1.8p52;
}
/* Largest integer <= x, |x| < 2^51. */
static inline double hf_floor(double x) {
    double r = hf_round(x);
    return r > x ? r - 1.0 : r;
}
static inline double hf_ceil(double x) {
    return -hf_floor(-x);
}
/* hf_round(x) as an integer, |x| < 2^51. */
static inline int64_t hf_round_to_int(double x) {
    return (int64_t)(hf_double_bits(x + 0x1.8p52) & 0xFFFFFFFFFFFFFu) - 0x8000000000000;
}

/* An integer of |k| < 2^51 as a double, in the lanes' way: no cast, which SSE2 and AVX2 lack. */
static inline double hf_int_to_double(int64_t k) {
    return hf_bits_double((uint64_t)k + 0x4338000000000000u) - 0x1.8p52;
}

/* -0 becomes +0. Applied to every value on its way to bits, ranks, bins or files. */
static inline double hf_plain_zero(double x) {
    return x + 0.0;
}

/* Order-preserving map of finite doubles to integers, and back. */
static inline uint64_t hf_double_key(double x) {
    uint64_t bits = hf_double_bits(hf_plain_zero(x));
    return bits & 0x8000000000000000u ? ~bits : bits | 0x8000000000000000u;
}
static inline double hf_key_double(uint64_t key) {
    return hf_bits_double(key & 0x8000000000000000u ? key & 0x7FFFFFFFFFFFFFFFu : ~key);
}

/* Refuses a machine state that rounds otherwise than to nearest or flushes denormals. */
hf_status hf_number_check_machine(hf_error *err) HF_MUST_CHECK;

#endif
