/* What the events of a span of weeks leave on the factors: for each cell (a row of the factors, in
 * a lane) that they touch, what it comes to in every week of the span. */
#ifndef HF_SHOCK_FOOTPRINT_H
#define HF_SHOCK_FOOTPRINT_H

#include "plan/factors.h"
#include "shock/span.h"
#include <stdint.h>

/* An effect that reaches something. */
typedef struct hf_reach {
    const hf_plan_effect *effect;
    int index;        /* among the effects of its hazard */
    int first_target; /* its targets, among those of the footprint */
} hf_reach;

typedef struct hf_footprint {
    int n_lanes;
    /* what does not change */
    int *first_reach;        /* [n_hazards + 1] */
    hf_reach *reaches;       /* by hazard */
    int *rows;               /* [targets] row of the factors */
    double *exposures;       /* [targets] */
    int n_reached, *reached; /* rows among the targets, ascending */
    /* the span */
    int lane; /* at hand; lanes ascend */
    int n_cells;
    int first_of_lane; /* cell: what stands before is of lanes before */
    int *places;       /* [n_cells] row * n_lanes + lane */
    double *values;    /* [n_cells][HF_SPAN_WEEKS] */
    int *cell_of_row;  /* [rows of the factors] the last cell of the row; -1: none */
    uint8_t *felt;     /* [rows of the factors] bit w: touched in week w in some lane */
} hf_footprint;

hf_footprint *hf_footprint_create(const hf_plan *plan, int n_lanes);
void hf_footprint_destroy(hf_footprint *footprint); /* NULL is allowed */

/* A new span: nothing is touched. */
void hf_footprint_start(hf_footprint *footprint);
/* Takes `lane` to hand. */
static inline void hf_footprint_set_lane(hf_footprint *footprint, int lane) {
    if (lane != footprint->lane)
        footprint->first_of_lane = footprint->n_cells;
    footprint->lane = lane;
}

/* Makes a cell of `row` in the lane at hand, unless there is one; true: its values are to be set.
 * Without a branch: which it is, is hard to foresee. */
static inline bool hf_footprint_touch(hf_footprint *footprint, int row) {
    int n = footprint->n_cells, cell = footprint->cell_of_row[row];
    bool is_new = cell < footprint->first_of_lane;
    footprint->places[n] = row * footprint->n_lanes + footprint->lane;
    footprint->cell_of_row[row] = is_new ? n : cell;
    footprint->n_cells = n + is_new;
    return is_new;
}
/* The values of a cell that was touched in the lane at hand. */
static inline double *hf_footprint_cell(const hf_footprint *footprint, int row) {
    return footprint->values + (size_t)footprint->cell_of_row[row] * HF_SPAN_WEEKS;
}

/* Sets the touched cells to 1. */
void hf_footprint_erase(const hf_footprint *footprint, hf_factors *factors);

#endif
