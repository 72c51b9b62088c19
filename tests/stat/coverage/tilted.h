/* Rare losses drawn with weights: a Poisson number of events, each an exponential loss, of which
 * mean, quantiles and CVaR are known; the number stratified over periods of eight trials, or drawn
 * at a tilted rate. */
#ifndef HF_TESTS_STAT_COVERAGE_TILTED_H
#define HF_TESTS_STAT_COVERAGE_TILTED_H

#include "rng/pcg.h"

enum { N_STRATA = 3 };
typedef struct tilted {
    const char *name;
    double rate;         /* expected events a trial */
    int table[N_STRATA]; /* of every eight trials: with no event, one, more; all 0: no strata */
    double tilt;         /* the rate is drawn at this times its own */
} tilted;

enum { N_TILTED = 2 };
extern const tilted tilted_list[N_TILTED];

double tilted_mean(const tilted *t);
/* VaR and CVaR of level p. */
double tilted_var(const tilted *t, double p);
double tilted_cvar(const tilted *t, double p);
/* n losses and their weights, multiples of 2^-48; n a multiple of eight. */
void tilted_sample(const tilted *t, hf_pcg64 *rng, int n, double *x, double *weights);

/* P(Gamma(shape) > x) and E max(Gamma(shape) - x, 0). */
double gamma_beyond(int shape, double x);
double gamma_excess(int shape, double x);

#endif
