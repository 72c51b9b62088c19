/* What is judged: all estimates of one column and of one pair of columns, made with the functions
 * and in the order of a run on one rank. */
#ifndef HF_TESTS_STAT_COVERAGE_SUBJECT_H
#define HF_TESTS_STAT_COVERAGE_SUBJECT_H

#include "stats/summary.h"

typedef struct subject {
    hf_estimate statistics[HF_N_STATISTICS];
    hf_estimate losses[HF_N_CHANCES];
} subject;

/* x[n] ascending; `scratch` has room for n. */
void subject_estimate(const hf_rules *rules, hf_bad_side side, uint64_t n, const double *x,
                      double *scratch, subject *out);
/* The second less the first, both high bad; x0[n] ascending, x1[n] in the same order of trials.
 * Mean, then CVaR of each tail. */
void subject_compare(const hf_rules *rules, uint64_t n, const double *x0, const double *x1,
                     double *scratch, hf_estimate differences[1 + HF_N_TAILS]);

/* Statistics of x[n] with weights, in order of trials. */
void subject_weigh(const hf_rules *rules, uint64_t n, const double *x, const double *weights,
                   hf_estimate statistics[HF_N_STATISTICS]);

#endif
