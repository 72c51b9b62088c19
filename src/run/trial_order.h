/* Kept trials put in order. Blocks go to whoever is free, so each rank keeps trials from all over
 * the run, in runs of consecutive numbers; a file wants them ascending. Every rank is given one
 * range of trials, cut at whole chunks, and gets the values of these from whoever has them.
 *
 * Who has what is found out once, 40 bytes a run, and used for each column. */
#ifndef HF_RUN_TRIAL_ORDER_H
#define HF_RUN_TRIAL_ORDER_H

#include "parallel/comm.h"

typedef struct hf_trial_range {
    uint64_t first, n; /* counted from the first trial of all; n may be 0 */
} hf_trial_range;

typedef struct hf_trial_order hf_trial_order;

/* Of trials first_trial .. first_trial + n_trials - 1, each kept by one rank: trials[n_kept] by
 * this one. Collective. */
hf_trial_order *hf_trial_order_create(hf_comm *comm, uint64_t first_trial, uint64_t n_trials,
                                      uint64_t chunk, uint64_t n_kept, const uint64_t *trials);
void hf_trial_order_destroy(hf_trial_order *order); /* NULL is allowed */

/* Ranges ascend with the ranks; some are empty where there are fewer chunks than ranks. */
hf_trial_range hf_trial_order_range(const hf_trial_order *order, int rank);
/* The longest of all ranks. */
uint64_t hf_trial_order_longest(const hf_trial_order *order);
/* From values[n_kept], as the trials were given, those of this rank's range, ascending: borrowed
 * until the next call. Collective. */
const double *hf_trial_order_apply(hf_trial_order *order, const double *values);

#endif
