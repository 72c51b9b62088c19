/* Own points counted first: how many of each counted hazard a trial has, and what the trial then
 * weighs. */
#ifndef HF_SHOCK_COUNTS_H
#define HF_SHOCK_COUNTS_H

#include "rng/stream.h"
#include "shock/design.h"

/* Up to here sums of mean^n/n! are taken term by term; e^500 is still a double. */
#define HF_COUNTS_SERIES 500.0

/* Draws the counts of the trial of this key, in `stratum`, into counts[design->n_counted] (whole
 * numbers). expected[design->n_counted]: own points that the trial's own rates, not tilted, lead
 * one to expect. Returns the likelihood ratio of the plain law to that of the design: 0 where the
 * stratum cannot be. */
double hf_counts_draw(const hf_design *design, hf_key trial, int stratum, const double *expected,
                      double *counts);

/* ln of the sum of mean^n / n! over the counts n of `stratum`, the last being open; no more than
 * -HF_NEVER where that is 0. With `mean` more, the logarithm of a Poisson probability. */
double hf_counts_log_mass(double mean, int stratum, int last);

#endif
