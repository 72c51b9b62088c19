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
    double *rows;     /* [n_rows][n_lanes] all rows, channel by channel, which are: */
    double *capacity; /* [n_stages][n_lanes] c, part of the line that works */
    double *yield;    /* [n_stages][n_lanes] y, good part of what finishes */
    double *scrap;    /* [n_stages][n_lanes] k, part of work in process that survives */
    double *shipping; /* [n_links][n_lanes] a, part of owed freight that can move */
    double *demand;   /* [n_markets][n_lanes] d, units ordered this week */
    /* Which rows of c, k and a are worth a look; false: every lane is exactly 1. */
    bool *any;          /* [n_rows] as `rows`; of y and d it says nothing */
    bool *any_capacity; /* [n_stages] */
    bool *any_scrap;    /* [n_stages] */
    bool *any_shipping; /* [n_links] */
} hf_factors;

/* n_lanes: 1 or a multiple of 8. */
hf_factors *hf_factors_create(const hf_plan *plan, int n_lanes);
void hf_factors_destroy(hf_factors *factors);
/* Rows of all channels before `channel`; of HF_N_CHANNELS: of all. */
int hf_factors_first_row(const hf_plan *plan, hf_channel channel);
/* A week without chance: c = a = k = 1, y = the plan's median, d = base. */
void hf_factors_set_calm(hf_factors *factors, const hf_plan *plan, int week);

#endif
