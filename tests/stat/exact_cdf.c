/* Distribution functions in long double: closed forms, and for gamma and beta the series and
 * continued fractions of Abramowitz and Stegun 6.5.29, 6.5.31 and 26.5.8. */
#include "stat/exact_cdf.h"
#include <math.h>
#include <stdlib.h>

/* Lentz: value of b0 + a1/(b1 + a2/(b2 + ...)), terms by `next(k)`. */
typedef struct fraction {
    long double value, c, d;
} fraction;
static long double guarded(long double x) {
    return fabsl(x) < 1e-300L ? 1e-300L : x;
}
static fraction fraction_begin(long double b0) {
    long double value = guarded(b0);
    return (fraction){value, value, 0.0L};
}
/* Takes one more term; true when it changed nothing. */
static int fraction_add(fraction *f, long double a, long double b) {
    f->d = 1.0L / guarded(b + a * f->d);
    f->c = guarded(b + a / f->c);
    long double factor = f->c * f->d;
    f->value *= factor;
    return fabsl(factor - 1.0L) < 1e-18L;
}

/* Lower regularised incomplete gamma function. */
static long double gamma_cdf(long double a, long double x) {
    if (x <= 0.0L)
        return 0.0L;
    long double front = expl(a * logl(x) - x - lgammal(a));
    if (x < a + 1.0L) {
        long double term = 1.0L / a, sum = term;
        for (int k = 1; term > sum * 1e-20L; k++) {
            term *= x / (a + k);
            sum += term;
        }
        return front * sum;
    }
    fraction f = fraction_begin(x + 1.0L - a);
    for (int k = 1; !fraction_add(&f, -k * (k - a), x + 2 * k + 1.0L - a);)
        k++;
    return 1.0L - front / f.value;
}

/* Regularised incomplete beta function. */
static long double beta_cdf(long double a, long double b, long double x) {
    if (x <= 0.0L || x >= 1.0L)
        return x <= 0.0L ? 0.0L : 1.0L;
    if (x > (a + 1.0L) / (a + b + 2.0L))
        return 1.0L - beta_cdf(b, a, 1.0L - x);
    long double front =
        expl(lgammal(a + b) - lgammal(a) - lgammal(b) + a * logl(x) + b * log1pl(-x)) / a;
    fraction f = fraction_begin(1.0L);
    for (int m = 0;; m++) {
        long double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        long double even = (m + 1) * (b - m - 1) * x / ((a + 2 * m + 1) * (a + 2 * m + 2));
        int odd_done = fraction_add(&f, odd, 1.0L);
        if (fraction_add(&f, even, 1.0L) && odd_done)
            return front / f.value;
    }
}

static long double triangular_cdf(long double min, long double mode, long double max,
                                  long double x) {
    if (x <= min || x >= max)
        return x <= min ? 0.0L : 1.0L;
    if (x < mode)
        return (x - min) * (x - min) / ((max - min) * (mode - min));
    return 1.0L - (max - x) * (max - x) / ((max - min) * (max - mode));
}

long double exact_cdf(const hf_distribution *d, long double x) {
    const double *p = d->parameter;
    switch (d->family) {
    case HF_UNIFORM:
        return (x - p[0]) / ((long double)p[1] - p[0]);
    case HF_TRIANGULAR:
        return triangular_cdf(p[0], p[1], p[2], x);
    case HF_EXPONENTIAL:
        return -expm1l(-x / p[0]);
    case HF_GAMMA:
        return gamma_cdf(p[0], x / p[1]);
    case HF_LOGNORMAL:
        return erfcl(-logl(x / p[0]) / p[1] * sqrtl(0.5L)) / 2;
    case HF_WEIBULL:
        return -expm1l(-powl(x / p[1], p[0]));
    case HF_BETA:
        return beta_cdf((long double)p[0] * p[1], (1.0L - p[0]) * p[1], x);
    default:
        abort();
    }
}

long double exact_probability(const hf_distribution *d, long double k) {
    const double p = d->parameter[0];
    if (d->family == HF_GEOMETRIC)
        return p * expl((k - 1) * log1pl(-p));
    return expl(k * logl(p) - p - lgammal(k + 1));
}
