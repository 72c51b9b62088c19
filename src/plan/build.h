/* What the files of this folder share while hf_plan_build is at work. Not for other layers. */
#ifndef HF_PLAN_BUILD_H
#define HF_PLAN_BUILD_H

#include "plan/plan.h"

/* Frozen rows of T weeks; equal constant rows are kept once, since most of a plan stands still. */
typedef struct hf_row_pool {
    hf_arena *arena; /* the plan's */
    int n_weeks;
    int n_constants, capacity;
    const double **constants; /* by value; owned */
} hf_row_pool;

void hf_row_pool_init(hf_row_pool *pool, hf_arena *arena, int n_weeks);
void hf_row_pool_clear(hf_row_pool *pool);
/* The row equal to values[n_weeks], borrowed from the arena. -0 becomes 0. */
const double *hf_row_pool_keep(hf_row_pool *pool, const double *values);
const double *hf_row_pool_constant(hf_row_pool *pool, double value);

typedef struct hf_plan_builder {
    const hf_scenario *scenario;
    const hf_space *space;
    hf_plan *plan;
    hf_arena *scratch;
    hf_row_pool rows;
    /* Where the scenario's things stand in the space. */
    int *stage_rows, *market_rows, *hazard_rows; /* [scenario's n] */
    int *weekly_factors; /* [scenario's n_factors] among the plan's, -1: a trial factor */
    /* Where the plan's come from, [plan's n]; NULL: this policy lacks it. */
    const hf_stage **stages;
    const hf_market **markets;
    const hf_hazard **hazards;
    const hf_input **inputs;
    const hf_link **links;
} hf_plan_builder;

/* The wiring: rows of inputs and links, who supplies whom, in what order (plan_network.c). */
void hf_plan_build_network(hf_plan_builder *builder);
/* The planned flow and what follows from it (planned_flow.c). */
hf_status hf_plan_build_flow(hf_plan_builder *builder, hf_error *err) HF_MUST_CHECK;
/* The same by week, for the kernel (plan_weeks.c). */
void hf_plan_build_weeks(hf_plan_builder *builder);
/* Hazards with the rows they reach (plan_hazards.c). */
void hf_plan_build_hazards(hf_plan_builder *builder);

/* `d` with its values in the plan's arena. */
hf_distribution hf_plan_distribution(hf_plan_builder *builder, const hf_distribution *d);

#endif
