/* How far beyond the last week the plan has to be known (inputs/README.md 3), exactly.
 *
 * What is used in weeks 0 .. T-1 looks ahead: a stage's starts at its plan over lead time and
 * stock, its orders at its starts over transit and cover, its suppliers' plans at those orders. So
 * suppliers ask their customers, and nothing within T depends on where a row stops. */
#ifndef HF_PLAN_PLAN_REACH_H
#define HF_PLAN_PLAN_REACH_H

#include "plan/build.h"

typedef struct hf_plan_reach {
    int64_t *plan;   /* [n_stages] weeks of plan(t) */
    int64_t *starts; /* [n_stages] weeks of x^(t) */
    int64_t *orders; /* [n_inputs] weeks of ord^(t) */
} hf_plan_reach;

/* Rows live in the builder's scratch. Fails when the network looks ahead beyond all measure or its
 * rows would not fit into this machine. */
hf_status hf_plan_reach_find(const hf_plan_builder *builder, hf_plan_reach *reach,
                             hf_error *err) HF_MUST_CHECK;

#endif
