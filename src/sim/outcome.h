/* What a trial was worth (inputs/README.md 5): the list of quantities, described once, and their
 * values once a batch has run through its weeks. */
#ifndef HF_SIM_OUTCOME_H
#define HF_SIM_OUTCOME_H

#include "base/quantity.h"
#include "plan/factors.h"
#include "plan/space.h"
#include "sim/batch.h"

/* Quantities stand in blocks: metrics, then by stage, then by hazard. */
typedef struct hf_outcome {
    hf_arena *arena;
    int n_quantities;
    hf_quantity *quantities;
    int n_metrics;         /* the first n_metrics: columns of /trials, in the order of section 5 */
    int first_output;      /* [n_stages] mean good output, units/week */
    int first_utilisation; /* [n_stages] mean of X/C over weeks with 0 < C < unlimited */
    int first_bound;       /* [n_stages][n_causes] bottleneck weeks */
    int first_events;      /* [n_hazards] */
    int first_active;      /* [n_hazards] active weeks */
} hf_outcome;

/* `currency` names the unit of money. Borrows the ids of `space`. */
hf_outcome *hf_outcome_create(const hf_space *space, const char *currency);
void hf_outcome_destroy(hf_outcome *outcome);
/* Index of a metric by name, -1 if there is none. */
int hf_outcome_find_metric(const hf_outcome *outcome, const char *name);

/* values[quantity][lane], rows of n_lanes: all but the hazards' (whoever drew the shocks adds
 * those) and those that are 0 in every trial, which the caller has zeroed once. The batch has gone
 * through its last week. -0 is written as 0. */
void hf_outcome_write(const hf_outcome *outcome, const hf_batch *batch, double *values);
/* is_zero[n_quantities]: whether it is 0 in every trial of the plan, as are weeks bound by what is
 * no input of the stage, and events of a hazard that the policy lacks. */
void hf_outcome_mark(const hf_outcome *outcome, const hf_plan *plan, bool *is_zero);

/* What is drawn week by week, summed over markets at their prices. */
enum { HF_SERIES_SERVICE, HF_SERIES_LATE, HF_SERIES_SHIPPED, HF_SERIES_DEMAND, HF_N_SERIES };
/* series[HF_N_SERIES][n_lanes] of the week that the batch has gone through with these factors. */
void hf_outcome_week(const hf_batch *batch, const hf_factors *factors, double *series);

#endif
