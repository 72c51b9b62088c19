/* Samplers and moments of the families of random quantities (inputs/README.md 1), under the bit
 * law. Exact up to the rounding of a few operations and the 2^-52 grid of the uniforms. */
#include "rng/distribution.h"
#include "base/check.h"
#include "base/elementary.h"
#include "rng/special.h"

#define LARGEST HF_MAX_MAGNITUDE

const hf_family_info hf_families[HF_N_FAMILIES] = {
    [HF_CONSTANT] = {"constant", 1, {{"value", -LARGEST, LARGEST}}},
    [HF_UNIFORM] = {"uniform", 2, {{"min", -LARGEST, LARGEST}, {"max", -LARGEST, LARGEST}}},
    [HF_TRIANGULAR] = {"triangular",
                       3,
                       {{"min", -LARGEST, LARGEST},
                        {"mode", -LARGEST, LARGEST},
                        {"max", -LARGEST, LARGEST}}},
    [HF_EXPONENTIAL] = {"exponential", 1, {{"mean", 0.0, LARGEST}}},
    [HF_GAMMA] = {"gamma", 2, {{"shape", 1e-3, 1e9}, {"scale", 0.0, LARGEST}}},
    [HF_LOGNORMAL] = {"lognormal", 2, {{"median", 0.0, LARGEST}, {"sigma", 0.0, 10.0}}},
    [HF_WEIBULL] = {"weibull", 2, {{"shape", 0.1, 1e3}, {"scale", 0.0, LARGEST}}},
    [HF_BETA] = {"beta", 2, {{"mean", 0.0, 1.0}, {"concentration", 1e-3, 1e9}}},
    [HF_GEOMETRIC] = {"geometric", 1, {{"probability", 1e-9, 1.0}}},
    [HF_POISSON] = {"poisson", 1, {{"mean", 0.0, 1e6}}},
    [HF_EMPIRICAL] = {"empirical", 0, {{0}}},
};

const char *hf_distribution_fault(const hf_distribution *d) {
    const double *p = d->parameter;
    switch (d->family) {
    case HF_UNIFORM:
        return p[0] <= p[1] ? NULL : "min <= max";
    case HF_TRIANGULAR:
        return p[0] <= p[1] && p[1] <= p[2] ? NULL : "min <= mode <= max";
    case HF_EMPIRICAL:
        return d->n_values >= 1 ? NULL : "one value or more";
    default:
        return NULL;
    }
}

static double triangular_sample(double min, double mode, double max, double u) {
    double width = max - min, rise = mode - min, fall = max - mode;
    if (u * width < rise)
        return min + hf_sqrt(u * width * rise);
    return max - hf_sqrt((1.0 - u) * width * fall);
}

/* One gamma draw of scale 1 in two factors: value e^log_boost, so that the tiny values of a tiny
 * shape are not lost to a beta, which needs only ratios. */
typedef struct gamma_draw {
    double value, log_boost;
} gamma_draw;

/* Rejection from a cubed normal [Marsaglia2000]; a shape below 1 is drawn one higher and boosted
 * by u^(1/shape). The squeeze of the paper is 0.02 narrower here: then the logarithms would accept
 * too, whatever their rounding. */
static gamma_draw gamma_of(double shape, hf_pcg64 *rng) {
    gamma_draw draw = {0.0, 0.0};
    if (shape < 1.0) {
        draw.log_boost = hf_log(hf_pcg64_uniform(rng)) / shape;
        shape += 1.0;
    }
    double d = shape - 1.0 / 3.0, c = 1.0 / hf_sqrt(9.0 * d);
    for (;;) {
        double x = hf_normal_quantile(hf_pcg64_uniform(rng));
        double u = hf_pcg64_uniform(rng);
        double root = 1.0 + c * x;
        if (root <= 0.0)
            continue;
        double v = root * root * root;
        if (u < 0.98 - 0.0331 * (x * x) * (x * x) ||
            hf_log(u) < 0.5 * x * x + d * (1.0 - v + hf_log(v))) {
            draw.value = d * v;
            return draw;
        }
    }
}

static double gamma_sample(double shape, double scale, hf_pcg64 *rng) {
    gamma_draw draw = gamma_of(shape, rng);
    return scale * draw.value * hf_exp(draw.log_boost);
}

/* X/(X + Y) of two gammas, as the logistic of ln X - ln Y. */
static double beta_sample(double mean, double concentration, hf_pcg64 *rng) {
    if (mean <= 0.0 || mean >= 1.0)
        return mean;
    gamma_draw x = gamma_of(mean * concentration, rng);
    gamma_draw y = gamma_of((1.0 - mean) * concentration, rng);
    return hf_logistic(hf_log(x.value / y.value) + (x.log_boost - y.log_boost));
}

static double geometric_sample(double probability, hf_pcg64 *rng) {
    if (probability >= 1.0)
        return 1.0;
    double u = hf_pcg64_uniform(rng);
    return 1.0 + hf_floor(hf_log(u) / hf_special_log1p(-probability));
}

/* Sequential inversion. Where the sum of the probabilities stops growing, u is beyond it. */
static double poisson_small(double mean, hf_pcg64 *rng) {
    double u = hf_pcg64_uniform(rng), k = 0.0;
    double term = hf_exp(-mean), sum = term;
    while (u > sum) {
        k += 1.0;
        term = term * mean / k;
        if (sum + term == sum)
            break;
        sum += term;
    }
    return k;
}

/* Transformed rejection with squeeze, algorithm PTRS of [Hoermann1993], for means from 10. */
static double poisson_large(double mean, hf_pcg64 *rng) {
    double b = 0.931 + 2.53 * hf_sqrt(mean), a = 0.02483 * b - 0.059;
    double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), v_sure = 0.9277 - 3.6224 / (b - 2.0);
    double log_mean = hf_log(mean);
    for (;;) {
        double u = hf_pcg64_uniform(rng) - 0.5, v = hf_pcg64_uniform(rng);
        double s = 0.5 - hf_abs(u);
        double candidate = (2.0 * a / s + b) * u + mean + 0.43;
        if (candidate < 0.0 || candidate > LARGEST)
            continue;
        double k = hf_floor(candidate);
        if (s >= 0.07 && v <= v_sure)
            return k;
        if (s < 0.013 && v > s)
            continue;
        if (hf_log(v * inverse_alpha / (a / (s * s) + b)) <=
            k * log_mean - mean - hf_special_log_gamma(k + 1.0))
            return k;
    }
}

static double poisson_sample(double mean, hf_pcg64 *rng) {
    if (mean <= 0.0)
        return 0.0;
    return mean < 10.0 ? poisson_small(mean, rng) : poisson_large(mean, rng);
}

static double empirical_sample(const double *values, int n_values, double u) {
    double index = hf_floor(u * hf_int_to_double(n_values));
    HF_ASSERT(index >= 0.0 && index < hf_int_to_double(n_values));
    return values[hf_round_to_int(index)];
}

/* X, before times and plus. */
static double plain_sample(const hf_distribution *d, hf_pcg64 *rng) {
    const double *p = d->parameter;
    switch (d->family) {
    case HF_CONSTANT:
        return p[0];
    case HF_UNIFORM:
        return p[0] + (p[1] - p[0]) * hf_pcg64_uniform(rng);
    case HF_TRIANGULAR:
        return triangular_sample(p[0], p[1], p[2], hf_pcg64_uniform(rng));
    case HF_EXPONENTIAL:
        return -p[0] * hf_log(hf_pcg64_uniform(rng));
    case HF_GAMMA:
        return gamma_sample(p[0], p[1], rng);
    case HF_LOGNORMAL:
        return p[0] * hf_exp(p[1] * hf_normal_quantile(hf_pcg64_uniform(rng)));
    case HF_WEIBULL:
        return p[1] * hf_power(-hf_log(hf_pcg64_uniform(rng)), 1.0 / p[0]);
    case HF_BETA:
        return beta_sample(p[0], p[1], rng);
    case HF_GEOMETRIC:
        return geometric_sample(p[0], rng);
    case HF_POISSON:
        return poisson_sample(p[0], rng);
    case HF_EMPIRICAL:
        return empirical_sample(d->values, d->n_values, hf_pcg64_uniform(rng));
    case HF_N_FAMILIES:
        break;
    }
    HF_ASSERT(!"a family of the table");
    return 0.0;
}

double hf_distribution_sample(const hf_distribution *d, hf_pcg64 *rng) {
    return hf_plain_zero(d->times * plain_sample(d, rng) + d->plus);
}

static double values_mean(const double *values, int n_values) {
    double sum = values[0];
    for (int i = 1; i < n_values; i++)
        sum += values[i];
    return sum / hf_int_to_double(n_values);
}

static double values_variance(const double *values, int n_values) {
    double mean = values_mean(values, n_values);
    double sum = (values[0] - mean) * (values[0] - mean);
    for (int i = 1; i < n_values; i++)
        sum += (values[i] - mean) * (values[i] - mean);
    return sum / hf_int_to_double(n_values);
}

static double plain_mean(const hf_distribution *d) {
    const double *p = d->parameter;
    switch (d->family) {
    case HF_CONSTANT:
    case HF_EXPONENTIAL:
    case HF_BETA:
    case HF_POISSON:
        return p[0];
    case HF_UNIFORM:
        return 0.5 * (p[0] + p[1]);
    case HF_TRIANGULAR:
        return (p[0] + p[1] + p[2]) / 3.0;
    case HF_GAMMA:
        return p[0] * p[1];
    case HF_LOGNORMAL:
        return p[0] * hf_exp(0.5 * p[1] * p[1]);
    case HF_WEIBULL:
        return p[1] * hf_exp(hf_special_log_gamma(1.0 + 1.0 / p[0]));
    case HF_GEOMETRIC:
        return 1.0 / p[0];
    case HF_EMPIRICAL:
        return values_mean(d->values, d->n_values);
    case HF_N_FAMILIES:
        break;
    }
    HF_ASSERT(!"a family of the table");
    return 0.0;
}

static double triangular_variance(double min, double mode, double max) {
    double rise = mode - min, width = max - min;
    return (rise * rise - rise * width + width * width) / 18.0;
}

/* scale^2 (G(1 + 2/k) - G(1 + 1/k)^2), as mean^2 times what remains, lest it cancel. */
static double weibull_variance(double shape, double mean) {
    double excess =
        hf_special_log_gamma(1.0 + 2.0 / shape) - 2.0 * hf_special_log_gamma(1.0 + 1.0 / shape);
    return mean * mean * hf_special_expm1(excess);
}

static double plain_variance(const hf_distribution *d) {
    const double *p = d->parameter;
    double mean = plain_mean(d);
    switch (d->family) {
    case HF_CONSTANT:
        return 0.0;
    case HF_UNIFORM:
        return (p[1] - p[0]) * (p[1] - p[0]) / 12.0;
    case HF_TRIANGULAR:
        return triangular_variance(p[0], p[1], p[2]);
    case HF_EXPONENTIAL:
        return mean * mean;
    case HF_GAMMA:
        return mean * p[1];
    case HF_LOGNORMAL:
        return mean * mean * hf_special_expm1(p[1] * p[1]);
    case HF_WEIBULL:
        return weibull_variance(p[0], mean);
    case HF_BETA:
        return mean * (1.0 - mean) / (1.0 + p[1]);
    case HF_GEOMETRIC:
        return (1.0 - p[0]) * mean * mean;
    case HF_POISSON:
        return mean;
    case HF_EMPIRICAL:
        return values_variance(d->values, d->n_values);
    case HF_N_FAMILIES:
        break;
    }
    HF_ASSERT(!"a family of the table");
    return 0.0;
}

double hf_distribution_mean(const hf_distribution *d) {
    return hf_plain_zero(d->times * plain_mean(d) + d->plus);
}

double hf_distribution_variance(const hf_distribution *d) {
    return d->times * d->times * plain_variance(d);
}
