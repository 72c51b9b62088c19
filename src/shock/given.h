/* Factors from arrays: replays of record, back-tests, and tests that know what should happen. */
#ifndef HF_SHOCK_GIVEN_H
#define HF_SHOCK_GIVEN_H

#include "plan/factors.h"

/* Values of one trial, or NULL for what stays calm. */
typedef struct hf_given {
    const double *capacity; /* [T][n_stages] */
    const double *yield;    /* [T][n_stages] */
    const double *shipping; /* [T][n_links] */
    const double *demand;   /* [T][n_markets] */
    const double *scrap;    /* [T][n_stages] */
} hf_given;

/* Sets week `week` in every lane. */
void hf_given_week(const hf_given *given, const hf_plan *plan, int week, hf_factors *factors);

#endif
