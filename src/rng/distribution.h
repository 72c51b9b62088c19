/* Random quantities as data: times * X + plus with X from a named family (inputs/README.md 1). */
#ifndef HF_RNG_DISTRIBUTION_H
#define HF_RNG_DISTRIBUTION_H

#include "rng/pcg.h"
#include <stdbool.h>

#define HF_DISTRIBUTION_PARAMETERS 3

typedef enum hf_family {
    HF_CONSTANT,    /* value */
    HF_UNIFORM,     /* min, max */
    HF_TRIANGULAR,  /* min, mode, max */
    HF_EXPONENTIAL, /* mean */
    HF_GAMMA,       /* shape, scale */
    HF_LOGNORMAL,   /* median, sigma of the log */
    HF_WEIBULL,     /* shape, scale */
    HF_BETA,        /* mean, concentration */
    HF_GEOMETRIC,   /* probability; values from 1 */
    HF_POISSON,     /* mean */
    HF_EMPIRICAL,   /* values, equally likely */
    HF_N_FAMILIES
} hf_family;

/* How the gate reads a family: name, parameter names with bounds. One table (distribution.c). */
typedef struct hf_family_info {
    const char *name; /* as in the scenario: "uniform" ... */
    int n_parameters; /* 0 for empirical */
    struct {
        const char *name;
        double min, max; /* inclusive */
    } parameter[HF_DISTRIBUTION_PARAMETERS];
} hf_family_info;
extern const hf_family_info hf_families[HF_N_FAMILIES];

typedef struct hf_distribution {
    hf_family family;
    double parameter[HF_DISTRIBUTION_PARAMETERS]; /* in the order above */
    double times, plus;                           /* [1, 0] */
    int n_values;                                 /* empirical only */
    const double *values;                         /* borrowed */
} hf_distribution;

static inline hf_distribution hf_constant(double value) {
    return (hf_distribution){.family = HF_CONSTANT, .parameter = {value}, .times = 1.0};
}

/* NULL if the parameters fit together (min <= mode <= max ...); else what is allowed. */
const char *hf_distribution_fault(const hf_distribution *d);
/* One draw; takes as many outputs of `rng` as it needs (constant: none). */
double hf_distribution_sample(const hf_distribution *d, hf_pcg64 *rng);
/* Closed forms, times and plus included. */
double hf_distribution_mean(const hf_distribution *d);
double hf_distribution_variance(const hf_distribution *d);

#endif
