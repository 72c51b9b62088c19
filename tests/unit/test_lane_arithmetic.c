/* Selection and comparison of lanes give the bits of their scalar definitions: for every pair of
 * ordinary and strange values, in every lane. Compiled for every instruction set. */
#include "base/lanes.h"
#include "base/number.h"
#include "unit/hf_cunit.h"
#include <math.h>

static bool are_equal(double a, double b) {
    return hf_double_bits(a) == hf_double_bits(b);
}

/* a and b in even lanes, b and a in odd ones. */
static int count_wrong(double a, double b) {
    hf_lanes left, right, yes, no;
    bool some = false, right_all = true;
    for (int i = 0; i < HF_LANES; i++) {
        left[i] = i % 2 ? b : a;
        right[i] = i % 2 ? a : b;
        yes[i] = 0.5 + i;
        no[i] = -0.25 - i;
    }
    hf_lanes least = hf_lanes_min(left, right), most = hf_lanes_max(left, right);
    hf_lanes less = hf_lanes_if_less(left, right, yes, no);
    hf_lanes equal = hf_lanes_if_equal(left, right, yes, no), all = hf_lanes_all(a);
    for (int i = 0; i < HF_LANES; i++) {
        double x = left[i], y = right[i];
        some = some || x < y;
        right_all = right_all && are_equal(least[i], hf_min(x, y)) &&
                    are_equal(most[i], hf_max(x, y)) && less[i] == (x < y ? yes[i] : no[i]) &&
                    equal[i] == (x == y ? yes[i] : no[i]) && are_equal(all[i], a);
    }
    return !right_all + (some != hf_lanes_any_less(left, right));
}

static void lanes_follow_the_scalar_definitions(void) {
    static const double values[] = {0.0,
                                    -0.0,
                                    1.0,
                                    -1.0,
                                    2.0,
                                    0.1,
                                    DBL_MIN,
                                    -DBL_MIN,
                                    0x1p-1074,
                                    -0x1p-1074,
                                    1e300,
                                    __builtin_nan(""),
                                    __builtin_inf(),
                                    -__builtin_inf()};
    enum { N = sizeof values / sizeof *values };
    int wrong = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            volatile double a = values[i], b = values[j]; /* kept from the compiler's folding */
            wrong += count_wrong(a, b);
        }
    CU_ASSERT_EQUAL(wrong, 0);
}

int main(void) {
    static const hf_case cases[] = {HF_CASE(lanes_follow_the_scalar_definitions)};
    if (hf_cpu_level() < (HF_LANES == 8 ? 4 : HF_LANES == 4 ? 3 : 1)) {
        printf("SKIPPED: this CPU lacks the instructions for %d lanes\n", HF_LANES);
        return 77;
    }
    return hf_cunit_run("lane arithmetic", cases, sizeof cases / sizeof *cases);
}
