/* Distribution functions by other means than the samplers': long double and libm. */
#ifndef HF_TESTS_STAT_EXACT_CDF_H
#define HF_TESTS_STAT_EXACT_CDF_H

#include "rng/distribution.h"

/* P(X <= x) of a continuous family, times and plus left out. */
long double exact_cdf(const hf_distribution *d, long double x);
/* P(X = k) of geometric and poisson. */
long double exact_probability(const hf_distribution *d, long double k);

#endif
