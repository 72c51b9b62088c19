/* exp, log, logistic and the normal quantile under the bit law: only + - * / sqrt, comparison and
 * integer operations, branch-free, so that loops over lanes vectorise and scalar and vector code
 * are one source. Coefficients are near-minimax fits of our own, made with 60 digits; the error
 * bounds are those tests/unit/test_elementary.c measures against long double, and digests of 10^6
 * arguments are pinned in tests/unit/test_digest.c. */
#ifndef HF_BASE_ELEMENTARY_H
#define HF_BASE_ELEMENTARY_H

#include "base/number.h"

/* ln 2 in two parts: the high one has 21 bits, so that its multiples up to 2^32 are exact. */
#define HF_LN2_HIGH 0x1.62e42p-1
#define HF_LN2_LOW  0x1.fdf473de6af28p-22

#define HF_SIGN_BIT 0x8000000000000000u

static inline double hf_sqrt(double x) {
    return __builtin_sqrt(x);
}

static inline double hf_abs(double x) {
    return hf_bits_double(hf_double_bits(x) & ~HF_SIGN_BIT);
}

/* e^x within 0.9 ulp; x is clamped to [-700, 700].
 *
 * x = n ln 2 + r with |r| <= ln 2 / 2, and e^r = 1 + r + r^2/2 + r^3 S(r), S of degree 8 (5e-18),
 * its even and odd halves apart: two short chains in place of a long one. */
static inline double hf_exp(double x) {
    x = hf_max(hf_min(x, 700.0), -700.0);
    double shifted = x * 0x1.71547652b82fep+0 + 0x1.8p52; /* n stands in its low bits */
    double n = shifted - 0x1.8p52;
    double high = x - n * HF_LN2_HIGH, low = n * HF_LN2_LOW;
    double r = high - low, lost = (high - r) - low;
    double r2 = r * r;
    double even = 0x1.ad23f471f3654p-26;
    even = even * r2 + 0x1.71df5353dda57p-19;
    even = even * r2 + 0x1.a01a011cc4286p-13;
    even = even * r2 + 0x1.1111111128750p-7;
    even = even * r2 + 0x1.5555555555501p-3;
    double odd = 0x1.289f9baa58090p-22;
    odd = odd * r2 + 0x1.a019ab1e0f299p-16;
    odd = odd * r2 + 0x1.6c16c17cc7a42p-10;
    odd = odd * r2 + 0x1.55555555531f8p-5;
    double e = 1.0 + (r + (0.5 * r2 + (r2 * r * (even + r * odd) + lost)));
    return hf_bits_double(hf_double_bits(e) + (hf_double_bits(shifted) << 52));
}

/* Natural logarithm of a normal x > 0, within 0.9 ulp.
 *
 * x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); with s = f / (2 + f), z = s^2,
 * ln(1 + f) = 2 atanh(s) = f - (f^2/2 - s (f^2/2 + z R(z))), R of degree 6 (2e-18). */
static inline double hf_log(double x) {
    uint64_t bits = hf_double_bits(x);
    /* The exponent, rounded up from sqrt(1/2) on, and still biased: shifts stay logical. */
    uint64_t biased = (bits + (0x3FF0000000000000u - 0x3FE6A09E667F3BCDu)) >> 52;
    double k = hf_bits_double(0x4330000000000000u | biased) - (0x1p52 + 1023.0);
    double f = hf_bits_double(bits - (biased << 52) + 0x3FF0000000000000u) - 1.0;
    double s = f / (2.0 + f), z = s * s, half = 0.5 * f * f;
    double rest = 0x1.2f076831f6e2fp-3;
    rest = rest * z + 0x1.39a18e219f8f0p-3;
    rest = rest * z + 0x1.7466405e4bb31p-3;
    rest = rest * z + 0x1.c71c52038eccdp-3;
    rest = rest * z + 0x1.24924941f6c63p-2;
    rest = rest * z + 0x1.999999997fd65p-2;
    rest = rest * z + 0x1.5555555555592p-1;
    double low = s * (half + z * rest) + k * HF_LN2_LOW;
    return k * HF_LN2_HIGH - ((half - low) - f);
}

/* ln(1 + e^x) within 2.2 ulp, without overflow or cancellation; e^-|x| is clamped by hf_exp. */
static inline double hf_softplus(double x) {
    double y = hf_exp(-hf_abs(x));
    double sum = 1.0 + y, lost = y - (sum - 1.0);
    return hf_max(x, 0.0) + (hf_log(sum) + lost / sum);
}

/* 1 / (1 + e^-x) within 2.6 ulp. */
static inline double hf_logistic(double x) {
    return 1.0 / (1.0 + hf_exp(-x));
}

/* x^p = e^(p ln x) for a normal x > 0, relative error (1 + |p ln x|) 2^-52; p ln x is clamped to
 * [-700, 700]. */
static inline double hf_power(double x, double p) {
    return hf_exp(p * hf_log(x));
}

/* Inverse of the standard normal distribution function, relative error 1.1e-15 for u in
 * [2^-64, 1 - 2^-53]; no more than finite for smaller normal u > 0. z(1 - u) = -z(u) exactly
 * where 1 - u is exact.
 *
 * The regions of [Wichura1988] with one tail in place of two: q = u - 1/2, and for |q| <= 0.425
 * |z| = |q| A(s)/B(s), s = 0.425^2 - q^2, degrees 7, 7 (8e-17); beyond, |z| = C(t)/D(t),
 * t = sqrt(-ln min(u, 1 - u)) - 1.6, degrees 8, 7 (2e-17). All coefficients are positive: nothing
 * cancels. Loops over lanes take the regions apart, 17 of 20 arguments being central: each is a
 * formula without branches, and finite for arguments of the other. */
#define HF_NORMAL_CENTRAL 0.425

static inline double hf_normal_central(double u) {
    double q = u - 0.5, s = 0.180625 - q * q;
    double a = 0x1.35458482f55f3p+11;
    a = a * s + 0x1.0259058e097e0p+15;
    a = a * s + 0x1.049dbe6c001b1p+16;
    a = a * s + 0x1.64a90892e1adcp+15;
    a = a * s + 0x1.ab6a1d91f60f2p+13;
    a = a * s + 0x1.ebb8866726fbbp+10;
    a = a * s + 0x1.09fea6b815377p+7;
    a = a * s + 0x1.b18d91e9eef75p+1;
    double b = 0x1.4289646cabddcp+12;
    b = b * s + 0x1.bc78230e7972fp+14;
    b = b * s + 0x1.30cf027f9cf35p+15;
    b = b * s + 0x1.49aeb5d4f12a9p+14;
    b = b * s + 0x1.4fe812b363c90p+12;
    b = b * s + 0x1.56d5a4827b470p+9;
    b = b * s + 0x1.522a7342e58ebp+5;
    b = b * s + 0x1.0000000000000p+0;
    return q * a / b;
}

static inline double hf_normal_tail(double u) {
    double q = u - 0.5, t = hf_sqrt(-hf_log(hf_min(u, 1.0 - u))) - 1.6;
    double c = 0x1.100aaaac28f41p-15;
    c = c * t + 0x1.cd216cc3f42b2p-10;
    c = c * t + 0x1.06c851d4ba151p-5;
    c = c * t + 0x1.1f0a2a5417030p-2;
    c = c * t + 0x1.58ac4391848a1p+0;
    c = c * t + 0x1.dbdb2daacd33bp+1;
    c = c * t + 0x1.72cadcb20a7dap+2;
    c = c * t + 0x1.28626a41a8926p+2;
    c = c * t + 0x1.6c665fde9526ap+0;
    double d = 0x1.80b718fa06112p-16;
    d = d * t + 0x1.3c7bd6c9c03acp-10;
    d = d * t + 0x1.551db72c2fa95p-6;
    d = d * t + 0x1.572f6c09b992bp-3;
    d = d * t + 0x1.70363357465fbp-1;
    d = d * t + 0x1.b159c66e31da5p+0;
    d = d * t + 0x1.06de61dcdc931p+1;
    d = d * t + 0x1.0000000000000p+0;
    return hf_bits_double(hf_double_bits(c / d) | (hf_double_bits(q) & HF_SIGN_BIT));
}

static inline double hf_normal_quantile(double u) {
    if (hf_abs(u - 0.5) <= HF_NORMAL_CENTRAL)
        return hf_normal_central(u);
    return hf_normal_tail(u);
}

#endif
