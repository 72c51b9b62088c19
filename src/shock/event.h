/* Something that struck, and what is drawn of it (inputs/README.md 2, Events). */
#ifndef HF_SHOCK_EVENT_H
#define HF_SHOCK_EVENT_H

#include "plan/plan.h"
#include "rng/stream.h"
#include "shock/points.h"
#include "shock/profile.h"

/* Times in weeks. */
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

/* The event of a point that strikes. */
hf_event hf_event_draw(const hf_plan_hazard *hazard, const hf_point *point);
/* The course of an event of `hazard`. */
static inline hf_profile hf_event_profile(const hf_event *event, const hf_plan_hazard *hazard) {
    return (hf_profile){.recovery = hazard->recovery,
                        .onset = event->onset,
                        .duration = event->duration,
                        .parameter = {event->recovery_parameter[0], event->recovery_parameter[1]}};
}
/* The target of `pick: one` effect `effect` of the event of this key: an index into its targets. */
int hf_event_pick(hf_key event, const hf_plan_effect *effect, int effect_index);
/* The lag of the point that trigger `trigger` of an event puts, if it does: true. Its draws come
 * from the key of that point. */
bool hf_event_triggers(const hf_plan_trigger *trigger, hf_key key, double *lag_weeks);

/* The events of one lane in the order in which they struck, for replays and tail records. */
typedef struct hf_event_log {
    int n, capacity;
    hf_event *events; /* owned */
} hf_event_log;
void hf_event_log_init(hf_event_log *log);
void hf_event_log_clear(hf_event_log *log);
void hf_event_log_append(hf_event_log *log, const hf_event *event);

#endif
