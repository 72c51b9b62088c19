/* The machine state on which the bit law rests. */
#include "base/number.h"

/* Volatile, so that the sums are formed at run time, in the mode of this very process. Upward, the
 * first sum is too large; downward and towards zero, the second too small. */
static int rounds_to_nearest(void) {
    volatile double one = 1.0, tie = 0x1p-53, above_tie = 0x1.8p-53;
    volatile double even = one + tie, up = one + above_tie;
    return even == 1.0 && up == 0x1.0000000000001p0;
}

/* Denormal results are not flushed to zero, denormal operands not taken for zero. */
static int keeps_denormals(void) {
    volatile double normal = DBL_MIN, denormal = 0x1p-1060, half = 0.5, large = 0x1p100;
    volatile double small_result = normal * half, large_result = denormal * large;
    return hf_double_bits(small_result) != 0 && large_result == 0x1p-960;
}

hf_status hf_number_check_machine(hf_error *err) {
    if (!rounds_to_nearest())
        return hf_fail(err, HF_BAD_WORLD,
                       "floating point does not round to nearest; results would differ");
    if (!keeps_denormals())
        return hf_fail(err, HF_BAD_WORLD,
                       "floating point flushes denormals to zero (a library linked with "
                       "-ffast-math does this); results would differ");
    return HF_OK;
}
