/* base/number.h: roundings, selections, the order-preserving key, and the check of the machine. */
#include "base/hash.h"
#include "base/number.h"
#include "unit/hf_cunit.h"
#include <fenv.h>
#include <math.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

static void rounds_as_libm_does(void) {
    static const double fixed[] = {
        0.0,  -0.0,  0.5,          -0.5,           1.5, -1.5, 2.5, 0x1.fffffffffffffp-2, -2.5,
        1e15, -1e15, 0x1p51 - 1.0, -(0x1p51 - 1.0)};
    int n_wrong = 0;
    for (uint64_t i = 0; i < 1000000; i++) {
        double x = i < sizeof fixed / sizeof fixed[0]
                       ? fixed[i]
                       : ((double)(hf_mix64(i) >> 11) - 0x1p52) * exp2(-(double)(i % 53));
        if (fabs(x) >= 0x1p51)
            continue;
        n_wrong += hf_round(x) != nearbyint(x) || hf_floor(x) != floor(x) ||
                   hf_ceil(x) != ceil(x) || hf_round_to_int(x) != llrint(x) ||
                   hf_int_to_double(llrint(x)) != nearbyint(x);
    }
    CU_ASSERT_EQUAL(n_wrong, 0);
}

static void second_wins_ties_and_nan(void) {
    CU_ASSERT_EQUAL(hf_min(1.0, 2.0), 1.0);
    CU_ASSERT_EQUAL(hf_max(1.0, 2.0), 2.0);
    CU_ASSERT(signbit(hf_min(0.0, -0.0)) && !signbit(hf_min(-0.0, 0.0)));
    CU_ASSERT(signbit(hf_max(0.0, -0.0)) && !signbit(hf_max(-0.0, 0.0)));
    const double not_a_number = (double)NAN;
    CU_ASSERT_EQUAL(hf_min(not_a_number, 1.0), 1.0);
    CU_ASSERT(isnan(hf_max(1.0, not_a_number)));
}

static void zero_is_plain(void) {
    CU_ASSERT_EQUAL(hf_double_bits(hf_plain_zero(-0.0)), 0);
    CU_ASSERT_EQUAL(hf_double_key(-0.0), hf_double_key(0.0));
    CU_ASSERT_EQUAL(hf_plain_zero(-0x1p-1074), -0x1p-1074);
}

/* Any finite double, all exponents and signs alike. */
static double any_double(uint64_t i) {
    double x = hf_bits_double(hf_mix64(i));
    return isfinite(x) ? x : 0.0;
}

static void key_keeps_order(void) {
    static const double rising[] = {-DBL_MAX,  -1.0,    -DBL_MIN, -0x1p-1074, 0.0,
                                    0x1p-1074, DBL_MIN, 1.0,      DBL_MAX};
    for (size_t i = 1; i < sizeof rising / sizeof rising[0]; i++)
        CU_ASSERT(hf_double_key(rising[i - 1]) < hf_double_key(rising[i]));
    int n_wrong = 0;
    for (uint64_t i = 1; i < 1000000; i++) {
        double a = any_double(2 * i), b = any_double(2 * i + 1);
        n_wrong += (a < b) != (hf_double_key(a) < hf_double_key(b));
        n_wrong += hf_key_double(hf_double_key(a)) != a;
    }
    CU_ASSERT_EQUAL(n_wrong, 0);
}

static void machine_is_checked(void) {
    hf_error err = {0};
    CU_ASSERT_EQUAL(hf_number_check_machine(&err), HF_OK);
    static const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    for (int i = 0; i < 3; i++) {
        fesetround(modes[i]);
        hf_status status = hf_number_check_machine(&err);
        fesetround(FE_TONEAREST);
        CU_ASSERT_EQUAL(status, HF_BAD_WORLD);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "nearest"));
    }
#if defined(__SSE2__)
    static const unsigned flushes[] = {0x8000u, 0x0040u}; /* FTZ, DAZ */
    for (int i = 0; i < 2; i++) {
        unsigned mode = _mm_getcsr();
        _mm_setcsr(mode | flushes[i]);
        hf_status status = hf_number_check_machine(&err);
        _mm_setcsr(mode);
        CU_ASSERT_EQUAL(status, HF_BAD_WORLD);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "denormals"));
    }
#endif
}

HF_TEST_MAIN("number", HF_CASE(rounds_as_libm_does), HF_CASE(second_wins_ties_and_nan),
             HF_CASE(zero_is_plain), HF_CASE(key_keeps_order), HF_CASE(machine_is_checked))
