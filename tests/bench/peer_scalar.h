/* The state of the scalar peer: one trial, laid out for one core's first-level cache.
 *
 * Stages stand customers before suppliers, inputs by consumer (markets' first), links by input. */
#ifndef PEER_SCALAR_H
#define PEER_SCALAR_H

#include "given_trials.h"

/* Slots from `first` to before `end`; empty when what enters leaves at once. */
typedef struct ring {
    int at, first, end;
} ring;

typedef struct link_state {
    double owed, health, split;
    double flex, switch_rate;
    double freight_cost; /* a unit on the way and week */
    int supplier;
    ring freight;
} link_state;

typedef struct input_state {
    double on_hand, position;
    double per_unit, starts_per_unit, holding_cost;
    double bound_weeks, sum_on_hand;
    int first_link, end_link;
} input_state;

typedef struct stage_state {
    double learned, ratio, wanted;
    double stock, queue, in_process, good_in_process;
    double smoothing, visibility, target_units, units_per_start, next_to_nothing;
    double holding_cost, wip_holding_cost, surge_cost;
    double sum_cost, sum_output, sum_utilisation, bound_weeks;
    int first_input, end_input;
    ring lots;
} stage_state;

/* Where a stage meets its customers' links: sums over them, this week, and what they get. */
typedef struct counter {
    double asked, owed, movable, ratio_seen;
    double filled; /* part of what was movable that was shipped; 1 where nothing was */
    double part;   /* the same, 0 where nothing was */
} counter;

typedef struct market_state {
    double ratio, owed;
    double smoothing, abandon, price, backlog_cost;
    int quoted_weeks;
    ring recent;
} market_state;

/* What a trial was worth so far; the last three stand at the end of a week. */
typedef struct trial_worth {
    double demand_value, abandoned, abandoned_value, sum_late_value, resilience_loss, min_service;
    double weeks_below, first_below, run_below, longest_run_below, peak_backlog, cost;
    double freight_cost; /* of all that is on the way, a week */
    double backlog_value, late, late_value;
} trial_worth;

/* What the plan says of one week ... */
typedef struct stage_orders {
    double per_plan; /* 1/plan; 0: too little to learn from */
    double target, good_now, per_good_later;
} stage_orders;
typedef struct stage_flow {
    double limit, finish_limit, good_now, good_later, slack;
    double capacity, per_capacity; /* 1/C; 0: without limit */
} stage_flow;
typedef struct link_plan {
    double share, cover, weight;
} link_plan;
/* ... and chance. */
typedef struct stage_chance {
    double capacity, yield, scrap;
} stage_chance;

typedef struct simulator {
    const given_trials *given;
    const hf_plan *p;
    int *stage_of, *input_of, *link_of; /* the plan's index of a stage, input, link here */

    size_t n_bytes;      /* of all that changes in a trial: */
    char *state, *start; /* now, and before week 0 */
    trial_worth *worth;
    stage_state *stages;
    counter *counters; /* [n_stages] */
    input_state *inputs;
    link_state *links;
    market_state *markets;
    double *lots, *freight, *recent;

    stage_orders *stage_orders; /* [T][n_stages] */
    stage_flow *stage_flows;    /* [T][n_stages] */
    link_plan *link_plans;      /* [T][n_links] */
    double *order_caps;         /* [T][n_inputs] */
    double *per_base;           /* [T][n_markets] 1/base; 0: too little to learn from */
    double *per_base_value;     /* [T] 0: next to nothing */

    stage_chance *chance;                   /* [T][n_stages] of the trial at hand */
    double *roads;                          /* [T][n_links] */
    double *demand;                         /* [T][n_markets] */
    double *planned_output, *limited_weeks; /* [n_stages] over weeks from warmup on */
} simulator;

/* Borrows `given`. */
simulator *simulator_create(const given_trials *given);
void simulator_destroy(simulator *s);
/* Before week 0: its factors in the order of this state. */
void simulator_deal(simulator *s, int trial);
/* The state with which the plan starts. */
void simulator_start(simulator *s);
/* At the end of warmup: sums begin again. */
void simulator_forget(simulator *s);
/* values[n_values][n_trials]: column `trial`, after the last week. */
void simulator_write(const simulator *s, int trial, double *values);

#endif
