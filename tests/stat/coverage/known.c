#include "stat/coverage/known.h"
#include "base/check.h"
#include "base/elementary.h"
#include <math.h>

#define SIDE HF_BAD_HIGH
const known known_list[N_KNOWN] = {
    {"uniform", UNIFORM, 0.0, 0.0, SIDE},
    {"normal", NORMAL, 0.0, 0.0, SIDE},
    {"exponential", EXPONENTIAL, 0.0, 0.0, SIDE},
    {"gamma 0.5", GAMMA_HALF, 0.0, 0.0, SIDE},
    {"lognormal 0.5", LOGNORMAL, 0.5, 0.0, SIDE},
    {"lognormal 1", LOGNORMAL, 1.0, 0.0, SIDE},
    {"lognormal 1.5", LOGNORMAL, 1.5, 0.0, SIDE},
    {"lognormal 2", LOGNORMAL, 2.0, 0.0, SIDE},
    {"Pareto 4", PARETO, 4.0, 0.0, SIDE},
    {"Pareto 2.5", PARETO, 2.5, 0.0, SIDE},
    {"Pareto 1.5", PARETO, 1.5, 0.0, SIDE},
    {"0.9 zero, exponential", EXPONENTIAL, 0.0, 0.9, SIDE},
    {"0.99 zero, exponential", EXPONENTIAL, 0.0, 0.99, SIDE},
    {"0.9 zero, lognormal 1", LOGNORMAL, 1.0, 0.9, SIDE},
    {"0.99 zero, lognormal 1", LOGNORMAL, 1.0, 0.99, SIDE},
    {"0.9 zero, lognormal 1.5", LOGNORMAL, 1.5, 0.9, SIDE},
    {"Poisson 0.02", POISSON, 0.02, 0.0, SIDE},
    {"minus lognormal 1", LOGNORMAL, 1.0, 0.0, HF_BAD_LOW},
};

const known_pair pair_list[N_PAIRS] = {
    {"normal, correlated 0.5", {"", NORMAL, 0, 0, SIDE}, {"", NORMAL, 0, 0, SIDE}, 0.9, 0.5, 0},
    {"lognormal 1, milder", {"", LOGNORMAL, 1, 0, SIDE}, {"", LOGNORMAL, 0.9, 0, SIDE}, 1, 1, 0},
    {"lognormal 1.5, correlated 0.9",
     {"", LOGNORMAL, 1.5, 0, SIDE},
     {"", LOGNORMAL, 1.5, 0, SIDE},
     0.8,
     0.9,
     0},
    {"0.9 zero, half averted",
     {"", LOGNORMAL, 1, 0.9, SIDE},
     {"", LOGNORMAL, 1, 0.95, SIDE},
     1,
     1,
     0.5},
    {"Pareto 2.5, correlated 0.8",
     {"", PARETO, 2.5, 0, SIDE},
     {"", PARETO, 2.5, 0, SIDE},
     0.9,
     0.8,
     0},
};

static double density(double z) {
    return exp(-0.5 * z * z) / sqrt(2.0 * M_PI);
}
static double distribution(double z) {
    return 0.5 * erfc(-z / sqrt(2.0));
}

static double poisson_term(double mean, int count) {
    return exp(-mean + count * log(mean) - lgamma(count + 1.0));
}

static double poisson_quantile(double mean, double p) {
    int count = 0;
    for (double below = exp(-mean); below < p; below += poisson_term(mean, count))
        count++;
    return count;
}

/* The family's own quantile. */
static double family_quantile(const known *k, double p) {
    switch (k->family) {
    case UNIFORM:
        return p;
    case NORMAL:
        return hf_normal_quantile(p);
    case EXPONENTIAL:
        return -hf_log(1.0 - p);
    case GAMMA_HALF: {
        double z = hf_normal_quantile(0.5 + 0.5 * p);
        return 0.5 * z * z;
    }
    case LOGNORMAL:
        return hf_exp(k->shape * hf_normal_quantile(p));
    case PARETO:
        return hf_power(1.0 - p, -1.0 / k->shape);
    case POISSON:
        return poisson_quantile(k->shape, p);
    }
    HF_ASSERT(false);
}

/* Mean of the family's values beyond its p-quantile, times 1 - p; all of it for p = 0. */
static double family_beyond(const known *k, double p) {
    double rest = 1.0 - p, z = p > 0.0 ? hf_normal_quantile(p) : -40.0;
    switch (k->family) {
    case UNIFORM:
        return rest * (1.0 + p) / 2.0;
    case NORMAL:
        return density(z);
    case EXPONENTIAL:
        return rest * (1.0 - log(rest));
    case GAMMA_HALF: {
        double a = hf_normal_quantile(0.5 + 0.5 * p);
        return a * density(a) + 0.5 * rest;
    }
    case LOGNORMAL:
        return exp(0.5 * k->shape * k->shape) * distribution(k->shape - z);
    case PARETO:
        return k->shape / (k->shape - 1.0) * pow(rest, 1.0 - 1.0 / k->shape);
    case POISSON: {
        double q = poisson_quantile(k->shape, p), more = 0.0;
        for (int count = (int)q + 1; count < 40; count++)
            more += (count - q) * poisson_term(k->shape, count);
        return q * rest + more;
    }
    }
    HF_ASSERT(false);
}

bool known_is_continuous(const known *k) {
    return k->family != POISSON && k->atom == 0.0;
}

static double sign_of(const known *k) {
    return k->side == HF_BAD_LOW ? -1.0 : 1.0;
}

double known_mean(const known *k) {
    return sign_of(k) * (1.0 - k->atom) * family_beyond(k, 0.0);
}

/* Chance below within the family, where p is beyond the atom. */
static double within(const known *k, double p) {
    return (p - k->atom) / (1.0 - k->atom);
}

double known_var(const known *k, double p) {
    return sign_of(k) * (p <= k->atom ? 0.0 : family_quantile(k, within(k, p)));
}

double known_quantile(const known *k, double p) {
    return known_var(k, k->side == HF_BAD_LOW ? 1.0 - p : p);
}

double known_cvar(const known *k, double p) {
    double inside = p <= k->atom ? 0.0 : within(k, p);
    return sign_of(k) * (1.0 - k->atom) * family_beyond(k, inside) / (1.0 - p);
}

static double value_at(const known *k, double u) {
    return u <= k->atom ? 0.0 : family_quantile(k, within(k, u));
}

/* u[n] ascending uniforms: partial sums of n + 1 exponentials over the whole. */
static void sample_uniforms(hf_pcg64 *rng, int n, double *u) {
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        u[i] = sum -= hf_log(hf_pcg64_uniform(rng));
    sum -= hf_log(hf_pcg64_uniform(rng));
    for (int i = 0; i < n; i++)
        u[i] /= sum;
}

void known_sample(const known *k, hf_pcg64 *rng, int n, double *x) {
    sample_uniforms(rng, n, x);
    for (int i = 0; i < n; i++)
        x[i] = value_at(k, x[i]);
    if (k->side != HF_BAD_LOW)
        return;
    for (int i = 0, j = n - 1; i <= j; i++, j--) {
        double kept = x[i];
        x[i] = -x[j];
        x[j] = -kept;
    }
}

void pair_sample(const known_pair *pair, hf_pcg64 *rng, int n, double *x0, double *x1) {
    double rho = pair->correlation;
    sample_uniforms(rng, n, x0);
    for (int i = 0; i < n; i++) {
        double u = x0[i];
        x0[i] = value_at(&pair->first, u);
        if (pair->averted > 0.0) {
            x1[i] = hf_pcg64_uniform(rng) < pair->averted ? 0.0 : x0[i];
            continue;
        }
        if (rho < 1.0)
            u = distribution(rho * hf_normal_quantile(u) +
                             sqrt(1.0 - rho * rho) * hf_normal_quantile(hf_pcg64_uniform(rng)));
        x1[i] = pair->factor * value_at(&pair->second, u);
    }
}
