/* The state of a batch of trials: rows of [n_lanes] doubles, lanes innermost, one trial a lane.
 *
 * The kernel advances it a week (sim/kernel.h); the reference (sim/reference.h) does the same to a
 * batch of one lane, slowly and obviously. Symbols are those of inputs/README.md 4 and 5. */
#ifndef HF_SIM_BATCH_H
#define HF_SIM_BATCH_H

#include "plan/plan.h"

typedef struct hf_batch {
    const hf_plan *plan; /* borrowed */
    hf_arena *arena;
    int n_lanes; /* 1 or a multiple of 8 */

    /* stages [n_stages][n_lanes] */
    double *stock;           /* F, finished goods */
    double *queue;           /* Q, starts before the line's end */
    double *good_in_process; /* sum over lots of eta(week it finishes) * lot */
    double *learned;         /* l */
    double *ratio;           /* r */
    double *filled;          /* f of last week */
    double *wanted;          /* P of this week */
    double *started;         /* X of this week */
    double *finished;        /* O of this week */
    double *output;          /* u y O of this week, good units */
    double *scrapped;        /* starts lost this week */
    double *lots;            /* [n_lot_rows][n_lanes] starts in process by slot */

    /* inputs [n_inputs][n_lanes] */
    double *on_hand;  /* R; 0 for markets */
    double *position; /* N; 0 for markets */

    /* links [n_links][n_lanes] */
    double *owed;    /* U */
    double *health;  /* h^ */
    double *asked;   /* omega ord of this week */
    double *freight; /* [n_freight_rows][n_lanes] shipped, s, by slot of the week */

    /* markets [n_markets][n_lanes] */
    double *market_ratio;   /* r: the rows of `ratio` that follow those of the stages */
    double *backlog;        /* U before 7 during the week, after 8 at its end */
    double *late;           /* of this week */
    double *lost;           /* abandoned this week */
    double *due;            /* of this week */
    double *market_shipped; /* of this week */
    double *recent;         /* [n_recent_rows][n_lanes] demand of the last l weeks by slot */

    /* service of this week and sums over weeks >= warmup, [n_lanes] */
    double *service;       /* q(t) */
    double *sum_abandoned; /* units */
    double *sum_abandoned_value;
    double *late_units; /* at the end of this week */
    double *late_value;
    double *demand_value;   /* sum of price * demand, and the backlog met at warmup */
    double *sum_late_value; /* revenue_delayed */
    double *resilience_loss;
    double *min_service;
    double *weeks_below;
    double *first_below; /* weeks since warmup, T - warmup while there was none */
    double *run_below, *longest_run_below;
    double *peak_backlog;
    double *value_added, *domestic_value_added;
    double *cost;
    double *carrying_cost; /* a week's, of all that is in process, queued or under way */
    double *accounts;      /* [n_accounts][n_lanes] */
    /* sums over weeks >= warmup, [n_stages][n_lanes] */
    double *sum_output, *sum_utilisation;
    double *bound_weeks; /* [n_stages + n_inputs][n_lanes]: the stage's own line in row i, its
                            input k in row n_stages + k */

    bool *has_scrapped; /* [n_stages] `scrapped` has lost something last week */

    /* of the plan, over weeks >= warmup */
    const double *account_plan;  /* [n_accounts] sum of amount * planned output */
    const double *account_scale; /* [n_accounts] sum of |amount| * Z: what the plan is 0 against */
    double value_scale;          /* sum of value_added * Z */
    const double *limited_weeks; /* [n_stages] weeks with 0 < C < unlimited */
} hf_batch;

/* Borrows `plan`. */
hf_batch *hf_batch_create(const hf_plan *plan, int n_lanes);
void hf_batch_destroy(hf_batch *batch);
/* Before week 0: the state with which the plan starts. */
void hf_batch_start(hf_batch *batch);
/* Bytes a batch takes, to choose the number of lanes. */
size_t hf_batch_bytes(const hf_plan *plan, int n_lanes);

/* The arrays by name: what a replay writes and a test compares. */
typedef enum hf_entity {
    HF_OF_TRIAL,
    HF_OF_STAGE,
    HF_OF_INPUT,
    HF_OF_LINK,
    HF_OF_MARKET,
    HF_OF_LOT,
    HF_OF_FREIGHT,
    HF_OF_RECENT,
    HF_OF_ACCOUNT,
    HF_OF_BOUND
} hf_entity;
typedef struct hf_field {
    const char *name;   /* "stock", "ratio" ... */
    const char *symbol; /* as in inputs/README.md: "F", "r" ... */
    const char *unit;
    const char *long_name;
    hf_entity entity; /* what a row is one of */
    int n_rows;
    const double *rows; /* [n_rows][n_lanes] */
} hf_field;
#define HF_MAX_FIELDS 64
/* Fills fields[HF_MAX_FIELDS] and returns how many there are. */
int hf_batch_fields(const hf_batch *batch, hf_field *fields);

#endif
