/* The weekly wandering of yields and demand (inputs/README.md 2, Noise): stationary AR(1)
 * processes, one row of lanes each, own parts and shared factors alike. */
#ifndef HF_SHOCK_NOISE_H
#define HF_SHOCK_NOISE_H

#include "plan/factors.h"
#include "plan/plan.h"
#include "rng/stream.h"
#include <stdbool.h>

/* z(t) = persistence z(t-1) + innovation e, with a stream of its own. */
typedef struct hf_process {
    uint64_t entity;
    double persistence, innovation;
} hf_process;

/* How a yield or demand wanders: z = loading * (row of its factor) + own * (row of its own). What
 * counts nothing has no row of its own. */
typedef struct hf_wanderer {
    bool is_still; /* it does not */
    int factor_row, own_row;
    double loading, own; /* loading 0: own row alone */
} hf_wanderer;

typedef struct hf_noise_batch hf_noise_batch;
typedef void hf_noise_code_week(hf_noise_batch *noise, int week, hf_factors *factors);

/* The hot loops compiled for one instruction set; all give the same bits. */
typedef struct hf_noise_code {
    const char *name;
    int cpu_level; /* runs where hf_cpu_level() is at least this */
    hf_noise_code_week *week;
} hf_noise_code;

struct hf_noise_batch {
    const hf_plan *plan; /* borrowed */
    int n_lanes;
    const hf_noise_code *code;
    int n_processes;
    hf_process *processes; /* [n_processes] factors first */
    hf_wanderer *yields;   /* [n_stages] */
    hf_wanderer *demands;  /* [n_markets] */
    uint64_t *state;       /* [n_processes][n_lanes] pcg32 */
    uint64_t *increment;   /* [n_processes][n_lanes] */
    double *z;             /* [n_processes][n_lanes] */
    uint64_t *words;       /* [n_lanes] scratch: random bits of a week */
    double *mixed;         /* [n_lanes] scratch: z of a wanderer */
    hf_key *trials;        /* [n_lanes] */
};

/* All that were built, the fastest last; *n of them. */
const hf_noise_code *hf_noise_codes(int *n);

/* Borrows `plan` for its life. Takes the fastest code this CPU can run. */
hf_noise_batch *hf_noise_create(const hf_plan *plan, int n_lanes);
void hf_noise_destroy(hf_noise_batch *noise); /* NULL is allowed */

/* Lane `lane` becomes the trial of this key, before week 0. */
void hf_noise_start(hf_noise_batch *noise, int lane, hf_key trial);

/* Draws week `week` (weeks ascend by one from 0) and sets all rows of yield and demand. */
void hf_noise_week(hf_noise_batch *noise, int week, hf_factors *factors);

hf_noise_code_week hf_noise_week_v1, hf_noise_week_v3, hf_noise_week_v4;

#endif
