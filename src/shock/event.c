#include "shock/event.h"
#include "base/number.h"

static double draw(const hf_distribution *distribution, hf_key key, hf_purpose purpose,
                   uint64_t index) {
    hf_pcg64 rng = {0};
    if (distribution->family != HF_CONSTANT)
        rng = hf_stream_event(key, purpose, index);
    return hf_distribution_sample(distribution, &rng);
}

static const int n_parameters[] = {[HF_RECOVERY_STEP] = 0,
                                   [HF_RECOVERY_LINEAR] = 1,
                                   [HF_RECOVERY_EXPONENTIAL] = 1,
                                   [HF_RECOVERY_LOGISTIC] = 2};

hf_event hf_event_draw(const hf_plan_hazard *hazard, const hf_point *point) {
    hf_key key = point->key;
    hf_event event = {.hazard = point->hazard,
                      .onset = point->time,
                      .triggered = point->triggered,
                      .key = key,
                      .duration = hf_max(draw(&hazard->duration, key, HF_PURPOSE_DURATION, 0), 0.0),
                      .severity = draw(&hazard->severity, key, HF_PURPOSE_SEVERITY, 0)};
    for (int i = 0; i < n_parameters[hazard->recovery]; i++)
        event.recovery_parameter[i] = hf_max(
            draw(&hazard->recovery_parameter[i], key, HF_PURPOSE_RECOVERY, (uint64_t)i), 0.0);
    hf_profile profile = hf_event_profile(&event, hazard);
    event.end = hf_profile_end(&profile);
    return event;
}

int hf_event_pick(hf_key event, const hf_plan_effect *effect, int effect_index) {
    hf_pcg64 rng = hf_stream_event(event, HF_PURPOSE_PICK, (uint64_t)effect_index);
    double u = hf_pcg64_uniform(&rng);
    int target = 0;
    while (target < effect->n_targets - 1 && u >= effect->cumulative[target])
        target++;
    return target;
}

bool hf_event_triggers(const hf_plan_trigger *trigger, hf_key key, double *lag_weeks) {
    hf_pcg64 rng = hf_stream_event(key, HF_PURPOSE_TRIGGER, 0);
    if (hf_pcg64_uniform(&rng) >= trigger->probability)
        return false;
    *lag_weeks = hf_max(draw(&trigger->lag_weeks, key, HF_PURPOSE_TRIGGER, 1), 0.0);
    return true;
}

/* ---- the log ---- */

void hf_event_log_init(hf_event_log *log) {
    *log = (hf_event_log){0};
}

void hf_event_log_clear(hf_event_log *log) {
    hf_free(log->events);
    hf_event_log_init(log);
}

void hf_event_log_append(hf_event_log *log, const hf_event *event) {
    if (log->n == log->capacity) {
        int capacity = log->capacity ? 2 * log->capacity : 16;
        log->events = hf_realloc(log->events, (size_t)log->n, (size_t)capacity, sizeof *event);
        log->capacity = capacity;
    }
    log->events[log->n++] = *event;
}
