/* The weekly wandering of yields and demand (inputs/README.md 2, Noise): stationary AR(1)
 * processes, one row of lanes each, own parts and shared factors alike; and demand that is drawn
 * anew each week. */
#ifndef HF_SHOCK_NOISE_H
#define HF_SHOCK_NOISE_H

#include "plan/factors.h"
#include "plan/plan.h"
#include "rng/stream.h"
#include "shock/span.h"
#include <stdbool.h>

/* Of a uniform (k + 1/2) 2^-32, the k within which |u - 1/2| <= HF_NORMAL_CENTRAL. */
#define HF_FIRST_CENTRAL 322122547u
#define HF_LAST_CENTRAL  3972844748u

/* z(t) = persistence z(t-1) + innovation e, with a stream of its own. */
typedef struct hf_process {
    uint64_t entity;
    double persistence, innovation;
} hf_process;

/* A yield or demand that moves, and how: z = loading * (its factor) + own * (its own process). What
 * counts nothing is not there: process -1. */
typedef struct hf_wanderer {
    int stage, market; /* one of them; the other is -1 */
    int factor, own_process;
    double loading, own; /* loading 0: own process alone */
} hf_wanderer;

/* The members of a set of weeks of a span, ascending. */
typedef struct hf_week_set {
    uint8_t n, weeks[HF_SPAN_WEEKS];
} hf_week_set;

struct hf_loops; /* shock/loops.h */

typedef struct hf_noise_batch {
    const hf_plan *plan; /* borrowed */
    int n_lanes;
    bool yield_off, demand_off; /* nothing wanders */
    const struct hf_loops *loops;
    int n_processes, n_shared;
    hf_process *processes; /* [n_processes] the n_shared factors first */
    int n_wanderers, n_iid;
    hf_wanderer *wanderers; /* [n_wanderers] the n_iid independent demands last */
    int *row_of_stage;      /* [n_stages] its wanderer, -1: stands still */
    int *row_of_market;     /* [n_markets] */
    uint64_t *state;        /* [n_processes][n_lanes] pcg32 */
    uint64_t *increment;    /* [n_processes][n_lanes] */
    double *z;              /* [n_processes][n_lanes] after the span */
    double *rows;           /* [n_wanderers][HF_SPAN_WEEKS][n_lanes] of the span */
    double *shared;         /* [n_shared][HF_SPAN_WEEKS][n_lanes] z of the span */
    hf_key *trials;         /* [n_lanes] */
    /* scratch of one process and span */
    uint64_t *words; /* [HF_SPAN_WEEKS][n_lanes] random bits */
    uint64_t *sets;  /* [n_lanes] bit w: word of week w is no central quantile */
    int *tails;      /* [HF_SPAN_WEEKS n_lanes + HF_SPAN_WEEKS] which these are */
    double *tail;    /* [HF_SPAN_WEEKS n_lanes] their arguments, then their quantiles */
    hf_week_set week_sets[1 << HF_SPAN_WEEKS]; /* by bits */
} hf_noise_batch;

/* Borrows `plan` for its life. n_lanes: a multiple of 8. Takes the fastest code this CPU can run.
 */
hf_noise_batch *hf_noise_create(const hf_plan *plan, int n_lanes);
void hf_noise_destroy(hf_noise_batch *noise); /* NULL is allowed */

/* What stands still in trials that start from now on: yields at their medians; demand at its base,
 * where it is drawn anew each week times the mean. Nothing else is drawn otherwise. */
void hf_noise_set_off(hf_noise_batch *noise, bool yield_off, bool demand_off);
/* Whether this one stands still. */
static inline bool hf_noise_is_off(const hf_noise_batch *noise, const hf_wanderer *wanderer) {
    return wanderer->market < 0 ? noise->yield_off : noise->demand_off;
}

/* Lane `lane` becomes the trial of this key, before week 0. */
void hf_noise_start(hf_noise_batch *noise, int lane, hf_key trial);

/* Draws the span that begins with week `first`; spans ascend from 0. */
void hf_noise_span(hf_noise_batch *noise, int first);
/* Sets the rows of yield and demand of a week of the span: all of them in its first week, later
 * those that differ from the week before. */
void hf_noise_write(const hf_noise_batch *noise, int week, hf_factors *factors);
/* Yield or demand (`channel`) of a row and lane in the first n_weeks weeks of the span that begins
 * with week `first`. */
void hf_noise_read(const hf_noise_batch *noise, hf_channel channel, int row, int lane, int first,
                   int n_weeks, double *values);

#endif
