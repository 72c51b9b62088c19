/* Games whose Shapley shares are known: three drivers, each an exponential loss, that add up (each
 * has a third of mean, VaR and CVaR of their sum) or of which the third scales the other two. */
#ifndef HF_TESTS_STAT_COVERAGE_SHARES_H
#define HF_TESTS_STAT_COVERAGE_SHARES_H

#include "rng/pcg.h"
#include "stats/summary.h"

enum { N_SHARES = 4 };
extern const char *const share_names[N_SHARES];
extern const double share_levels[N_SHARES]; /* of CVaR; 0: of the mean */
double share_truth(int share);
/* The last driver's shares from n trials of each coalition, with jackknife intervals. */
void share_estimate(hf_pcg64 *rng, int n, double confidence, hf_estimate shares[N_SHARES]);

#endif
