/* When an interval holds what it says: the rule by which a cell of the table is judged.
 *
 * A cell is one estimator of one distribution from N trials, repeated. All comparisons are made
 * with the 99.9% Clopper-Pearson interval of what was counted.
 *
 * Approximate intervals (mean, CVaR, differences, shares, levels of trials with weights):
 *   no repeat carries a warning (HF_UNRELIABLE, HF_THIN_TAIL, or no interval and HF_NO_INTERVAL):
 *       coverage misses [0.94, 0.965]: the cell fails;
 *   some do: misses without a warning are more than 6% of all repeats, or coverage among the
 *       repeats without a warning is more than 0.965: the cell fails.
 *   A level of trials with weights that lies in an atom may be covered more often.
 * Exact ones (binomial ranks), where there is an interval:
 *   coverage is below 0.945: the cell fails;
 *   of all continuous distributions together, which it is the same for, coverage is not what the
 *   file states, or of all with atoms together is less: the cell fails.
 * Always: ends that are NaN without a flag or numbers with HF_NO_INTERVAL, or that do not enclose
 * the estimate: the cell fails. */
#ifndef HF_TESTS_STAT_COVERAGE_VERDICT_H
#define HF_TESTS_STAT_COVERAGE_VERDICT_H

#include "stats/summary.h"

typedef enum kind {
    APPROXIMATE,
    APPROXIMATE_AT_LEAST,
    EXACT,
    EXACT_AS_STATED,
    EXACT_AT_LEAST
} kind;

typedef struct cell {
    uint64_t n;              /* repeats */
    uint64_t n_none;         /* of these without interval */
    uint64_t n_warned;       /* with one, and a warning */
    uint64_t covered_warned; /* of these */
    uint64_t covered_unwarned;
    uint64_t n_faults;
    double stated; /* coverage, summed over intervals */
} cell;

/* Notes what became of one repeat. */
void cell_add(cell *c, const hf_estimate *estimate, double truth);
void cell_merge(cell *c, const cell *other);

uint64_t cell_intervals(const cell *c);
double cell_coverage(const cell *c); /* of those with an interval; NaN if there is none */
double cell_warned(const cell *c);   /* share of repeats with a warning or without interval */

/* Why the cell fails; NULL: it does not. */
const char *cell_fault(const cell *c, kind judged_as);

/* The 99.9% Clopper-Pearson interval of k of n. */
typedef struct limits {
    double lower, upper;
} limits;
limits limits_of(uint64_t k, uint64_t n);

#endif
