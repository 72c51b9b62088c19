/* Distributions whose mean, quantiles and CVaR are known, light to heavy, and pairs of them: what
 * estimators are judged by. */
#ifndef HF_TESTS_STAT_COVERAGE_KNOWN_H
#define HF_TESTS_STAT_COVERAGE_KNOWN_H

#include "base/quantity.h"
#include "rng/pcg.h"
#include <stdbool.h>

typedef enum family {
    UNIFORM,
    NORMAL,
    EXPONENTIAL,
    GAMMA_HALF, /* half of a squared standard normal */
    LOGNORMAL,  /* shape: sigma */
    PARETO,     /* shape: alpha; from 1 */
    POISSON     /* shape: its mean */
} family;

typedef struct known {
    const char *name;
    family family;
    double shape;
    double atom;      /* chance of 0 instead */
    hf_bad_side side; /* low: of minus that */
} known;

enum { N_KNOWN = 18 };
extern const known known_list[N_KNOWN];

bool known_is_continuous(const known *k);
double known_mean(const known *k);
/* The smallest x with P(X <= x) >= p. */
double known_quantile(const known *k, double p);
/* VaR and CVaR of level p, of the bad side. */
double known_var(const known *k, double p);
double known_cvar(const known *k, double p);

/* n values, ascending. */
void known_sample(const known *k, hf_pcg64 *rng, int n, double *x);

/* Two policies under the same chance. */
typedef struct known_pair {
    const char *name;
    known first, second;
    double factor;      /* times the second */
    double correlation; /* of the normal scores of the two; 1: one is a function of the other */
    double averted;     /* chance that the second is spared the loss (its atom allows for it) */
} known_pair;

enum { N_PAIRS = 5 };
extern const known_pair pair_list[N_PAIRS];

/* n pairs, by ascending x0. */
void pair_sample(const known_pair *pair, hf_pcg64 *rng, int n, double *x0, double *x1);

#endif
