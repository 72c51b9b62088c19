/* Chance: hazards strike, yields and demand wander (inputs/README.md 2). Fills the factors of one
 * week after the other for a batch of trials; a trial's draws, events and state live in its lane
 * alone, so nothing depends on the number of lanes or on which trials share a batch. */
#ifndef HF_SHOCK_SAMPLED_H
#define HF_SHOCK_SAMPLED_H

#include "plan/factors.h"
#include "plan/plan.h"
#include "rng/stream.h"
#include "shock/profile.h"
#include <stdint.h>

/* Something that struck. Times in weeks. */
typedef struct hf_event {
    int hazard;
    double onset;
    double duration;
    double end;      /* of the running profile, recovery included */
    double severity; /* as drawn, before the channel's clip */
    double recovery_parameter[2];
    bool triggered; /* by another hazard's event, not by a point of its own */
    hf_key key;     /* its draws can be made again from it */
} hf_event;

/* The events of one lane in the order in which they struck, for replays and tail records. */
typedef struct hf_event_log {
    int n, capacity;
    hf_event *events; /* owned */
} hf_event_log;
void hf_event_log_init(hf_event_log *log);
void hf_event_log_clear(hf_event_log *log);

typedef struct hf_sampler hf_sampler;

/* Borrows `plan` for its life. n_lanes: a multiple of 8. */
hf_sampler *hf_sampler_create(const hf_plan *plan, int n_lanes);
void hf_sampler_destroy(hf_sampler *sampler);

/* Lane i becomes trial first_trial + i of `seed`, before week 0. */
void hf_sampler_start(hf_sampler *sampler, uint64_t seed, uint64_t first_trial);
/* Draws week `week` (weeks ascend by one from 0) and fills `factors`. Give the same factors every
 * week: rows of c, a and k that no hazard of the plan reaches are set in the first one only. */
void hf_sampler_week(hf_sampler *sampler, int week, hf_factors *factors);
/* Every event of `lane` is appended to `log` from now on (borrowed; NULL: none). Appending is all
 * that allocates after create. */
void hf_sampler_watch(hf_sampler *sampler, int lane, hf_event_log *log);

/* Counts over weeks >= warmup so far, [n_hazards][n_lanes]: points that struck, weeks with p > 0.
 */
const double *hf_sampler_event_counts(const hf_sampler *sampler);
const double *hf_sampler_active_weeks(const hf_sampler *sampler);

/* The course of an event of `hazard`. */
hf_profile hf_event_profile(const hf_event *event, const hf_plan_hazard *hazard);
/* The target of `pick: one` effect `effect` of an event: an index into its targets. */
int hf_event_pick(const hf_event *event, const hf_plan_effect *effect, int effect_index);

#endif
