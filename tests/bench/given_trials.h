/* What Holdfast and its peers are measured on: the factors of some trials, drawn once, and the
 * values that a trial ends with; and how a program that is measured talks to who measures it. */
#ifndef GIVEN_TRIALS_H
#define GIVEN_TRIALS_H

#include "io/scenario_json.h"
#include "plan/factors.h"
#include "sim/kernel.h"
#include "sim/outcome.h"
#include <stdbool.h>

typedef struct given_trials {
    hf_world world;
    hf_space *space;
    hf_plan *plan; /* of policy baseline */
    hf_outcome *outcome;
    int n_trials;     /* a multiple of 8 */
    int n_values;     /* quantities of a trial but those of hazards, in the order of `outcome` */
    size_t week_size; /* doubles of a week: n_trials times all rows of hf_factors */
    double *weeks;    /* [T][rows][n_trials] */
} given_trials;

/* The first n_trials trials of `seed` of the scenario at `path`. Ends the process with a sentence
 * where that cannot be read. */
given_trials *given_trials_create(const char *path, uint64_t seed, int n_trials);
void given_trials_destroy(given_trials *given);

/* [rows][n_trials] of a channel in a week. */
const double *given_trials_channel(const given_trials *given, int week, hf_channel channel);
/* One week of trials first_trial, first_trial + 1 ... (and around) in the lanes of `factors`. */
void given_trials_fill(const given_trials *given, int week, int first_trial, hf_factors *factors);

/* Runs all trials into values[n_values][n_trials]; gives the processor seconds of the state update
 * alone. */
typedef double given_trials_run(void *self, double *values);

/* Answers requests on stdin until it ends, a line each: "run" is answered by seconds, stage-weeks
 * and the mean over trials of a checksum, the sum of log(1 + |value|); "values PATH" writes the
 * values, n_values rows of n_trials doubles. */
int given_trials_serve(const given_trials *given, given_trials_run *run, void *self);

/* Processor seconds of this thread. */
double given_trials_clock(void);

#endif
