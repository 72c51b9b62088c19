/* The only way in which chance reaches physics: the factors of one week for a batch of trials.
 *
 * Who fills them is interchangeable: sampled (shock/sampled.h), given (shock/given.h). A row is
 * [n_lanes] doubles, one trial a lane. */
#ifndef HF_PLAN_FACTORS_H
#define HF_PLAN_FACTORS_H

#include "plan/plan.h"

typedef struct hf_factors {
    hf_arena *arena;
    int n_lanes;
    double *capacity; /* [n_stages][n_lanes] c, part of the line that works */
    double *yield;    /* [n_stages][n_lanes] y, good part of what finishes */
    double *shipping; /* [n_links][n_lanes] a, part of owed freight that can move */
    double *demand;   /* [n_markets][n_lanes] d, units ordered this week */
    double *scrap;    /* [n_stages][n_lanes] k, part of work in process that survives */
    bool *any_scrap;  /* [n_stages] some lane of the row differs from 1 */
} hf_factors;

/* n_lanes: 1 or a multiple of 8. */
hf_factors *hf_factors_create(const hf_plan *plan, int n_lanes);
void hf_factors_destroy(hf_factors *factors);
/* A week without chance: c = a = k = 1, y = the plan's median, d = base. */
void hf_factors_set_calm(hf_factors *factors, const hf_plan *plan, int week);

#endif
