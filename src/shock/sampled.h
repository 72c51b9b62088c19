/* Chance: hazards strike, yields and demand wander (inputs/README.md 2). Fills the factors of one
 * week after the other for a batch of trials; a trial's draws, events and state live in its lane
 * alone, so nothing depends on the number of lanes or on which trials share a batch. */
#ifndef HF_SHOCK_SAMPLED_H
#define HF_SHOCK_SAMPLED_H

#include "plan/factors.h"
#include "plan/plan.h"
#include "shock/design.h"
#include "shock/event.h"
#include "shock/mask.h"
#include <stdint.h>

typedef struct hf_sampler hf_sampler;

/* Borrows `plan` for its life. n_lanes: a multiple of 8. */
hf_sampler *hf_sampler_create(const hf_plan *plan, int n_lanes);
void hf_sampler_destroy(hf_sampler *sampler);

/* How the trials that are started from now on are sampled (NULL: plain), and what is off in them
 * (NULL: nothing). Both are borrowed. */
void hf_sampler_set_design(hf_sampler *sampler, const hf_design *design);
void hf_sampler_set_mask(hf_sampler *sampler, const hf_mask *mask);

/* Lane i becomes trial first_trial + i of `seed`, before week 0. */
void hf_sampler_start(hf_sampler *sampler, uint64_t seed, uint64_t first_trial);
/* Lane i becomes trial trials[i] of `seed`, before week 0. */
void hf_sampler_start_trials(hf_sampler *sampler, uint64_t seed,
                             const uint64_t *trials /* [n_lanes] */);

/* What the started trials weigh, [n_lanes]: multiples of 2^-48, HF_MOST_WEIGHT (shock/points.h)
 * where it would be 2^15 or more; 1 if plain. */
const double *hf_sampler_weights(const hf_sampler *sampler);

/* Fills `factors` for week `week` (weeks ascend by one from 0). Give the same factors every week:
 * what is as it was the week before is not set again. */
void hf_sampler_week(hf_sampler *sampler, int week, hf_factors *factors);
/* Every event of `lane` is appended to `log` from now on (borrowed; NULL: none), as it is drawn: up
 * to a span of weeks (shock/span.h) early. Appending is all that allocates after create. */
void hf_sampler_watch(hf_sampler *sampler, int lane, hf_event_log *log);

/* Counts over weeks >= warmup that are drawn, [n_hazards][n_lanes]: points that struck, weeks with
 * p > 0. Whole after the last week. */
const double *hf_sampler_event_counts(const hf_sampler *sampler);
const double *hf_sampler_active_weeks(const hf_sampler *sampler);

#endif
