/* A scenario under one policy, compiled to flat arrays: what the kernel and the shocks read.
 *
 * Stages, markets, hazards and accounts have the indices of the space; inputs and links are the
 * plan's own. Inputs of stages stand by (stage, product), then one input a market; links by
 * (input, supplier). A plan is frozen once built, lives in one arena and points into no scenario.
 * Symbols are those of inputs/README.md. Rows marked [T] have one value a week t = 0 .. T-1; rows
 * that stand still at one value are kept once and shared. */
#ifndef HF_PLAN_PLAN_H
#define HF_PLAN_PLAN_H

#include "base/memory.h"
#include "base/status.h"
#include "model/scenario.h"
#include "plan/space.h"
#include <stdbool.h>
#include <stdint.h>

/* A stationary AR(1), in both its parts. */
typedef struct hf_plan_noise {
    uint64_t entity;    /* hash of the id: its random stream */
    double sigma;       /* 0: none */
    double persistence; /* rho */
    double innovation;  /* sqrt(1 - rho^2) */
    int factor;         /* weekly factor of the plan, -1: none */
    double loading;     /* on the factor */
    double own;         /* sqrt(1 - loading^2) */
} hf_plan_noise;

typedef struct hf_plan_stage {
    const char *id;
    int first_input, n_inputs;     /* its inputs */
    int first_out, n_out;          /* its outgoing links: plan->out_links[first_out ...] */
    int cycle_weeks;               /* L */
    int first_lot;                 /* its L rows among the plan's n_lot_rows: slot t mod L */
    double units_per_start;        /* u */
    double surge_factor;           /* 1 + g */
    double smoothing;              /* alpha */
    double visibility;             /* nu */
    bool fixed_target;             /* stock by units: the target is S, whatever is learned */
    double target_units;           /* S */
    double scale;                  /* Z > 0; 1 where nothing flows in the whole network */
    const double *plan;            /* [T] planned good output, units/week */
    const double *starts;          /* [T] x^(t), planned starts, starts/week */
    const double *target;          /* [T] S^(t); 0 when fixed_target */
    const double *capacity;        /* [T] C(t), starts/week */
    const double *finish_capacity; /* [T] max(C(t), C(max(0, t-L))) */
    const double *good_now;        /* [T] eta(t), planned good units per start finishing in t */
    const double *good_later;      /* [T] eta(t+L), of a start made in t */
    double stock_start;            /* F */
    const double *lots_start;      /* [L] starts that finish in week s */
    double in_process_start;       /* sum of lots_start */
    double good_in_process_start;  /* sum over s of eta(s) * lot(s), s ascending */
    /* what it is worth */
    double value_added, domestic_part;
    double holding_cost, wip_holding_cost, surge_cost;
    const double *account_amounts; /* [n_accounts] per good unit */
    /* yield: y = m * logistic(logit + sigma z), or m in weeks whose median is 1 */
    hf_plan_noise noise;
    const double *yield_median; /* [T] */
    const double *yield_logit;  /* [T] ln(y/(1-y)); 0 where the median is 1 */
} hf_plan_stage;

typedef struct hf_plan_input {
    int consumer; /* stage, or market if is_market */
    bool is_market;
    int cause; /* of the space: its product; -1 for markets */
    int first_link, n_links;
    double per_unit, inverse_per_unit; /* b, 1/b; 1 for markets */
    double holding_cost;
    const double *order_cap; /* [T] max over s=t..t+tau of C(s) times (1+g)(1+tau), starts */
    double stock_start;      /* R */
    double position_start;   /* N: R and all that is on its way */
} hf_plan_input;

typedef struct hf_plan_link {
    int supplier; /* stage */
    int input;
    int transit_weeks;    /* tau */
    int first_freight;    /* its tau + 1 rows among the plan's n_freight_rows: what is shipped in
                             week t stands in slot t mod (tau + 1) and is read from it at t + tau */
    double flex;          /* phi */
    double switch_rate;   /* 1 / (1 + switch_weeks) */
    double holding_cost;  /* of its supplier's goods */
    const double *share;  /* [T] sigma(t), normalised */
    const double *cover;  /* [T] G^(t); 0 for markets and fixed targets */
    const double *weight; /* [T] sigma(t) ord^(t) / plan of the supplier; 0 when that is 0 */
    const double *freight_start; /* [tau] units that arrive in week s */
} hf_plan_link;

/* What the kernel reads of a week stands together: the same numbers as in the rows, turned, and
 * what follows from them. An inverse is 0 where nothing is divided by. */
typedef struct hf_stage_week {
    double inverse_plan;       /* 1/plan; 0 below 1e-5 Z, where no ratio is learned */
    double target;             /* S^ */
    double good_now;           /* eta(t) */
    double good_later;         /* eta(t+L) */
    double inverse_good_later; /* 1/eta(t+L) */
    double start_limit;        /* C(t)(1+g), of a line that works */
    double finish_limit;       /* max(C(t), C(max(0, t-L)))(1+g) */
    double inverse_capacity;   /* 1/C(t); 0 unless 0 < C < unlimited */
    int lot_row;               /* of the lot that finishes and the one that starts */
} hf_stage_week;
typedef struct hf_link_week {
    double share;                  /* sigma */
    double flexible;               /* phi sigma */
    double cover;                  /* G^ */
    int shipped_row, arriving_row; /* of freight: shipped this week, shipped tau weeks ago */
} hf_link_week;

typedef struct hf_plan_market {
    const char *id;
    int input;
    double scale; /* Z */
    double price;
    double smoothing;
    int quoted_weeks; /* l */
    int first_recent; /* its l rows of recent demand: slot t mod l */
    double abandon;   /* lambda */
    double backlog_cost;
    const double *base; /* [T] units/week */
    hf_demand_kind kind;
    hf_plan_noise noise;
    hf_distribution iid;
} hf_plan_market;

typedef struct hf_plan_factor { /* weekly factors only */
    uint64_t entity;
    double persistence, innovation;
} hf_plan_factor;

/* One effect, with the rows it reaches resolved. */
typedef struct hf_plan_effect {
    hf_channel channel;
    bool pick_one;
    int n_targets;
    const int *rows;          /* [n_targets] stage, market or link, ascending */
    const double *exposures;  /* [n_targets] exposure times selected fraction */
    const double *cumulative; /* [n_targets] pick one: running sum of weights over their total */
} hf_plan_effect;

typedef struct hf_plan_trigger {
    int hazard; /* target */
    double probability;
    hf_distribution lag_weeks;
} hf_plan_trigger;

typedef struct hf_plan_hazard {
    const char *id;
    uint64_t entity; /* hash of the id */
    bool present;    /* false: this policy's scenario lacks it; it has no points */
    hf_arrival arrival;
    hf_distribution per_year;
    double probability;
    int n_scheduled;
    const double *scheduled; /* weeks within [0, T), ascending */
    bool seasonal;
    double season_gain; /* 12 / months in season */
    int n_seasons;
    const double *season_start, *season_end; /* weeks, clipped to [0, T), ascending, disjoint */
    bool frail;
    uint64_t frailty_entity; /* hash of the trial factor's id */
    double frailty_sigma;
    hf_distribution duration;
    hf_recovery recovery;
    hf_distribution recovery_parameter[2];
    hf_distribution severity;
    int n_effects;
    const hf_plan_effect *effects;
    int n_triggers;
    const hf_plan_trigger *triggers;
} hf_plan_hazard;

typedef struct hf_plan {
    hf_arena *arena;
    const char *policy;
    int n_weeks; /* T */
    int warmup_weeks;
    double threshold; /* theta */
    int n_stages, n_inputs, n_links, n_markets, n_factors, n_hazards, n_accounts, n_causes;
    int n_lot_rows, n_freight_rows, n_recent_rows;
    const hf_stage_week *stage_weeks; /* [T][n_stages] */
    const hf_link_week *link_weeks;   /* [T][n_links] */
    const double *order_caps;         /* [T][n_inputs] */
    const double *out_weights;        /* [T][n_links], in the order of out_links */
    const int *order;     /* [n_stages] suppliers before customers; reversed: the way of orders */
    const int *out_links; /* [n_links], by supplier, then consumer id */
    const int *customers; /* [n_links] who is at their end: a stage, n_stages + a market */
    hf_plan_stage *stages;
    hf_plan_input *inputs;
    hf_plan_link *links;
    hf_plan_market *markets;
    hf_plan_factor *factors;
    hf_plan_hazard *hazards;
    double price_scale;       /* sum over markets of price * Z */
    const double *base_value; /* [T] sum over markets of price * base */
} hf_plan;

/* Compiles `scenario` (checked) for the index space. Given: destroy it with hf_plan_destroy. Only
 * a network too large for memory or a plan that leaves the range of numbers fails, with its text.
 */
hf_status hf_plan_build(const hf_scenario *scenario, const char *policy, const hf_space *space,
                        hf_plan **plan, hf_error *err) HF_MUST_CHECK;
void hf_plan_destroy(hf_plan *plan);
/* The invariants of a plan, in code: shares sum to 1, order is topological, rows are finite ... */
bool hf_plan_is_valid(const hf_plan *plan);

#endif
