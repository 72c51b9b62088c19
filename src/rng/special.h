/* The few special functions distributions need, under the bit law; none is in a hot loop. */
#ifndef HF_RNG_SPECIAL_H
#define HF_RNG_SPECIAL_H

#include "base/elementary.h"

/* ln(1 + x) for x in (-1, 1], relative error 5e-16. */
static inline double hf_special_log1p(double x) {
    double sum = 1.0 + x, lost = x - (sum - 1.0);
    return hf_log(sum) + lost / sum;
}

/* e^x - 1, |x| <= 700, relative error 2e-14: what rounding did to e^x, its logarithm undoes. */
static inline double hf_special_expm1(double x) {
    double e = hf_exp(x);
    return e == 1.0 ? x : (e - 1.0) * (x / hf_log(e));
}

/* ln G(x) for x > 0: Stirling's series, from 10 on; below, the recurrence leads there. Error:
 * 1e-14 max(1, |ln x|) up to 10, 5e-16 x ln x beyond. */
static inline double hf_special_log_gamma(double x) {
    double product = 1.0;
    for (; x < 10.0; x += 1.0)
        product *= x;
    double w = 1.0 / (x * x);
    double series = 1.0 / 156.0;
    series = series * w - 691.0 / 360360.0;
    series = series * w + 1.0 / 1188.0;
    series = series * w - 1.0 / 1680.0;
    series = series * w + 1.0 / 1260.0;
    series = series * w - 1.0 / 360.0;
    series = series * w + 1.0 / 12.0;
    const double half_log_2pi = 0x1.d67f1c864beb5p-1;
    return ((x - 0.5) * hf_log(x) - x) + (half_log_2pi + series / x) - hf_log(product);
}

#endif
