/* What losses are owed to (analysis/README.md, Attribution): every trial is simulated again with
 * families of hazards switched off, all other draws as they were. A coalition is a set of drivers
 * that are on; what each driver adds, averaged over all orders, is its share. */
#ifndef HF_RUN_CAUSES_H
#define HF_RUN_CAUSES_H

#include "base/problems.h"
#include "model/job.h"
#include "run/ranges.h"
#include "run/removal.h"
#include "run/trial.h"
#include "run/trial_columns.h"

struct hf_campaign;

typedef struct hf_cause { /* of one metric under one policy */
    hf_shapley shapley[HF_N_ATTRIBUTED];
    double half_widths[HF_N_ATTRIBUTED][HF_MOST_DRIVERS]; /* of the shares; NaN: no interval */
} hf_cause;

typedef struct hf_causes {
    int n_variants, n_hazards;
    int n_metrics;
    int *metrics;  /* [n_metrics] quantities of the outcome */
    int n_drivers; /* families of hazards, and yield and demand where these wander; in byte order */
    const char *drivers[HF_MOST_DRIVERS]; /* borrowed from the space */
    int n_coalitions;                     /* 2^n_drivers; bit i of its number: driver i is on */
    hf_mask masks[HF_MOST_COALITIONS];    /* of all but the last, which is what is run anyway */
    bool *hazards_off;                    /* [n_coalitions - 1][n_hazards] what they point to */
    uint64_t *numbers;                    /* [n_lanes] of trials */
    uint64_t n_kept, capacity;
    double **columns;     /* [n_variants][n_coalitions - 1][n_metrics] -> [n_kept], in the order of
                             the tally's kept trials */
    hf_cause *found;      /* [n_variants][n_metrics], at the root, after gather */
    hf_removal *removals; /* [n_variants], likewise */
} hf_causes;

/* Of a job with attribution, whose metrics are known to the outcome. NULL, with problems, where
 * there is nothing to attribute or too much. */
hf_causes *hf_causes_create(const hf_job *job, const hf_space *space, int n_variants,
                            hf_plan *const *plans, const hf_outcome *outcome,
                            hf_problems *problems);
void hf_causes_destroy(hf_causes *causes); /* NULL is allowed */
/* Bytes it takes with `share` trials kept on this rank. */
size_t hf_causes_bytes(const hf_causes *causes, uint64_t share);
/* Room for so many trials in all, where it is less. */
void hf_causes_reserve(hf_causes *causes, uint64_t n_trials);

/* Simulates n <= n_lanes trials from first_trial once more under every variant and every coalition
 * but the last. To be called for the same trials in the same order as hf_tally_absorb. */
void hf_causes_run(hf_causes *causes, hf_trials *trials, uint64_t seed, uint64_t first_trial,
                   int n);
/* Values of the kept trials from .. from + n - 1 as bytes and back, appended: for checkpoints,
 * which carry the tally's rows beside them. */
size_t hf_causes_pack(const hf_causes *causes, uint64_t from, uint64_t n, unsigned char **bytes);
hf_status hf_causes_merge(hf_causes *causes, const unsigned char *bytes, size_t n_bytes,
                          hf_error *err) HF_MUST_CHECK;
/* Shares and removals, once all trials of the campaign are in. Collective. */
hf_status hf_causes_gather(hf_causes *causes, const struct hf_campaign *campaign,
                           hf_error *err) HF_MUST_CHECK;

/* "none", "demand", "demand+yield": into text[n]. */
void hf_causes_name(const hf_causes *causes, int coalition, char *text, size_t n);
/* Values of a metric (0 .. n_metrics - 1) in a coalition, one a kept trial. */
const double *hf_causes_column(const hf_causes *causes, const hf_tally *tally, int variant,
                               int coalition, int metric);
/* All trials into the columns of /trials that hf_cause_columns declared, rows by variant, then
 * coalition. Collective. */
hf_status hf_causes_write(const hf_causes *causes, const struct hf_campaign *campaign,
                          hf_trial_columns *columns, hf_error *err) HF_MUST_CHECK;

#endif
