/* The sampler: points strike or not, events run and multiply into the week's factors.
 *
 * A lane keeps the events that outlast the week, at most one a hazard, in the order in which they
 * struck. In a week they multiply first, then what strikes multiplies at once: that is the order
 * in time, and no list of events that ended is needed. */
#include "shock/sampled.h"
#include "base/check.h"
#include "base/number.h"
#include "shock/noise.h"
#include "shock/points.h"
#include <string.h>

/* An event that outlasts its week. */
typedef struct running_event {
    int hazard;
    double severity, full_end, end; /* full effect until, any effect until */
    hf_profile profile;
} running_event;

/* Rows of the factors that a channel's effects reach. */
typedef struct reach {
    int n_rows;
    int *rows;
} reach;

struct hf_sampler {
    const hf_plan *plan;
    int n_lanes, n_hazards, n_effects;
    hf_noise_batch *noise;
    hf_points *points;
    reach reach[HF_N_CHANNELS];
    double *ones;             /* [n_lanes] */
    const hf_factors *filled; /* what the last week filled, NULL before the first */
    int *first_effect;        /* [n_hazards] among all effects of the plan */
    int *n_running;           /* [n_lanes] */
    running_event *running;   /* [n_lanes][n_hazards], the first n_running in order of onset */
    double *ends;             /* [n_lanes][n_hazards] of the last event; -1: there was none */
    int *picks;               /* [n_lanes][n_effects] of the last event: the one it picked */
    int *counted_week;        /* [n_lanes][n_hazards] last week counted as active */
    hf_event_log **logs;      /* [n_lanes] borrowed, NULL: not watched */
    double *event_counts;     /* [n_hazards][n_lanes] */
    double *active_weeks;     /* [n_hazards][n_lanes] */
};

void hf_event_log_init(hf_event_log *log) {
    *log = (hf_event_log){0};
}

void hf_event_log_clear(hf_event_log *log) {
    hf_free(log->events);
    hf_event_log_init(log);
}

static void log_append(hf_event_log *log, const hf_event *event) {
    if (log->n == log->capacity) {
        int capacity = log->capacity ? 2 * log->capacity : 16;
        log->events = hf_realloc(log->events, (size_t)log->n, (size_t)capacity, sizeof *event);
        log->capacity = capacity;
    }
    log->events[log->n++] = *event;
}

/* ---- create, destroy, start ---- */

static double *factor_rows(const hf_factors *factors, hf_channel channel) {
    switch (channel) {
    case HF_CAPACITY:
        return factors->capacity;
    case HF_YIELD:
        return factors->yield;
    case HF_SCRAP:
        return factors->scrap;
    case HF_SHIPPING:
        return factors->shipping;
    case HF_DEMAND:
        return factors->demand;
    case HF_N_CHANNELS:
        break;
    }
    return NULL;
}

/* The rows of `channel` that some effect names, each once, ascending. */
static reach find_reach(const hf_plan *plan, hf_channel channel) {
    const int n_rows[HF_N_CHANNELS] = {plan->n_stages, plan->n_stages, plan->n_stages,
                                       plan->n_links, plan->n_markets};
    reach found = {.rows = HF_NEW(n_rows[channel], int)};
    bool *is_named = HF_NEW(n_rows[channel], bool);
    for (int h = 0; h < plan->n_hazards; h++)
        for (int k = 0; k < plan->hazards[h].n_effects; k++) {
            const hf_plan_effect *effect = &plan->hazards[h].effects[k];
            for (int i = 0; effect->channel == channel && i < effect->n_targets; i++)
                is_named[effect->rows[i]] = true;
        }
    for (int row = 0; row < n_rows[channel]; row++)
        if (is_named[row])
            found.rows[found.n_rows++] = row;
    hf_free(is_named);
    return found;
}

hf_sampler *hf_sampler_create(const hf_plan *plan, int n_lanes) {
    HF_ASSERT(n_lanes > 0 && n_lanes % 8 == 0);
    hf_sampler *sampler = HF_NEW(1, hf_sampler);
    sampler->plan = plan;
    sampler->n_lanes = n_lanes;
    sampler->n_hazards = plan->n_hazards;
    sampler->first_effect = HF_NEW(plan->n_hazards, int);
    for (int h = 0; h < plan->n_hazards; h++) {
        sampler->first_effect[h] = sampler->n_effects;
        sampler->n_effects += plan->hazards[h].n_effects;
    }
    for (hf_channel channel = 0; channel < HF_N_CHANNELS; channel++)
        sampler->reach[channel] = find_reach(plan, channel);
    sampler->noise = hf_noise_create(plan, n_lanes);
    sampler->points = hf_points_create(plan, n_lanes);
    size_t n = (size_t)plan->n_hazards * (size_t)n_lanes;
    sampler->n_running = HF_NEW(n_lanes, int);
    sampler->running = HF_NEW(n, running_event);
    sampler->ends = HF_NEW(n, double);
    sampler->picks = HF_NEW((size_t)sampler->n_effects * (size_t)n_lanes, int);
    sampler->counted_week = HF_NEW(n, int);
    sampler->logs = HF_NEW(n_lanes, hf_event_log *);
    sampler->event_counts = HF_NEW(n, double);
    sampler->active_weeks = HF_NEW(n, double);
    sampler->ones = HF_NEW(n_lanes, double);
    for (int lane = 0; lane < n_lanes; lane++)
        sampler->ones[lane] = 1.0;
    return sampler;
}

void hf_sampler_destroy(hf_sampler *sampler) {
    if (!sampler)
        return;
    for (hf_channel channel = 0; channel < HF_N_CHANNELS; channel++)
        hf_free(sampler->reach[channel].rows);
    hf_noise_destroy(sampler->noise);
    hf_points_destroy(sampler->points);
    hf_free(sampler->ones);
    hf_free(sampler->first_effect);
    hf_free(sampler->n_running);
    hf_free(sampler->running);
    hf_free(sampler->ends);
    hf_free(sampler->picks);
    hf_free(sampler->counted_week);
    hf_free(sampler->logs);
    hf_free(sampler->event_counts);
    hf_free(sampler->active_weeks);
    hf_free(sampler);
}

void hf_sampler_start(hf_sampler *sampler, uint64_t seed, uint64_t first_trial) {
    size_t n = (size_t)sampler->n_hazards * (size_t)sampler->n_lanes;
    sampler->filled = NULL;
    for (size_t i = 0; i < n; i++) {
        sampler->ends[i] = -1.0;
        sampler->counted_week[i] = -1;
        sampler->event_counts[i] = sampler->active_weeks[i] = 0.0;
    }
    for (int lane = 0; lane < sampler->n_lanes; lane++) {
        hf_key trial = hf_key_trial(seed, first_trial + (uint64_t)lane);
        sampler->n_running[lane] = 0;
        hf_points_start(sampler->points, lane, trial);
        hf_noise_start(sampler->noise, lane, trial);
    }
}

void hf_sampler_watch(hf_sampler *sampler, int lane, hf_event_log *log) {
    HF_ASSERT(lane >= 0 && lane < sampler->n_lanes);
    sampler->logs[lane] = log;
}

const double *hf_sampler_event_counts(const hf_sampler *sampler) {
    return sampler->event_counts;
}

const double *hf_sampler_active_weeks(const hf_sampler *sampler) {
    return sampler->active_weeks;
}

/* ---- one event ---- */

static double draw(const hf_distribution *distribution, hf_key key, hf_purpose purpose,
                   uint64_t index) {
    hf_pcg64 rng = {0};
    if (distribution->family != HF_CONSTANT)
        rng = hf_stream_event(key, purpose, index);
    return hf_distribution_sample(distribution, &rng);
}

hf_profile hf_event_profile(const hf_event *event, const hf_plan_hazard *hazard) {
    return (hf_profile){.recovery = hazard->recovery,
                        .onset = event->onset,
                        .duration = event->duration,
                        .parameter = {event->recovery_parameter[0], event->recovery_parameter[1]}};
}

static const int n_parameters[] = {[HF_RECOVERY_STEP] = 0,
                                   [HF_RECOVERY_LINEAR] = 1,
                                   [HF_RECOVERY_EXPONENTIAL] = 1,
                                   [HF_RECOVERY_LOGISTIC] = 2};

static hf_event draw_event(const hf_plan_hazard *hazard, const hf_point *point) {
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

int hf_event_pick(const hf_event *event, const hf_plan_effect *effect, int effect_index) {
    hf_pcg64 rng = hf_stream_event(event->key, HF_PURPOSE_PICK, (uint64_t)effect_index);
    double u = hf_pcg64_uniform(&rng);
    int target = 0;
    while (target < effect->n_targets - 1 && u >= effect->cumulative[target])
        target++;
    return target;
}

/* ---- the week's factors ---- */

/* How a channel clips severities, and its factor 1 + sign e s p. */
static const struct {
    double min, max, sign;
} rules[HF_N_CHANNELS] = {[HF_CAPACITY] = {0.0, 1.0, -1.0},
                          [HF_YIELD] = {0.0, 1.0, -1.0},
                          [HF_SCRAP] = {0.0, 1.0, -1.0},
                          [HF_SHIPPING] = {0.0, 1.0, -1.0},
                          [HF_DEMAND] = {-1.0, HF_NEVER, 1.0}};

/* Multiplies `mean` of an event of hazard h into what its effects reach. Scrap comes in the week of
 * the onset only, whole. */
static void apply(const hf_sampler *sampler, int lane, int h, double severity, double mean,
                  bool is_onset, hf_factors *factors) {
    const hf_plan_hazard *hazard = &sampler->plan->hazards[h];
    const int *picks =
        sampler->picks + (size_t)lane * sampler->n_effects + sampler->first_effect[h];
    for (int k = 0; k < hazard->n_effects; k++) {
        const hf_plan_effect *effect = &hazard->effects[k];
        bool is_scrap = effect->channel == HF_SCRAP;
        if (effect->n_targets == 0 || (is_scrap && !is_onset))
            continue;
        double s = hf_min(hf_max(severity, rules[effect->channel].min), rules[effect->channel].max);
        double part = rules[effect->channel].sign * (is_scrap ? s : s * mean);
        double *rows = factor_rows(factors, effect->channel) + lane;
        int first = effect->pick_one ? picks[k] : 0;
        int end = effect->pick_one ? first + 1 : effect->n_targets;
        for (int i = first; i < end; i++) {
            int row = effect->rows[i];
            rows[(size_t)row * sampler->n_lanes] *= 1.0 + effect->exposures[i] * part;
            if (is_scrap)
                factors->any_scrap[row] = true;
        }
    }
}

/* Applies an event in a week and counts it. */
static void apply_week(hf_sampler *sampler, int lane, int week, const running_event *event,
                       bool is_onset, hf_factors *factors) {
    bool is_full = !is_onset && week + 1.0 <= event->full_end;
    double mean = is_full ? 1.0 : hf_profile_mean(&event->profile, week);
    apply(sampler, lane, event->hazard, event->severity, mean, is_onset, factors);
    int *counted = &sampler->counted_week[(size_t)lane * sampler->n_hazards + event->hazard];
    if (mean > 0.0 && week >= sampler->plan->warmup_weeks && *counted != week) {
        *counted = week;
        sampler->active_weeks[(size_t)event->hazard * sampler->n_lanes + lane] += 1.0;
    }
}

/* ---- points ---- */

/* A point does not strike while the hazard is active; for bernoulli a week of recovery follows. */
static bool strikes(const hf_sampler *sampler, int lane, const hf_point *point) {
    double end = sampler->ends[(size_t)lane * sampler->n_hazards + point->hazard];
    if (sampler->plan->hazards[point->hazard].arrival == HF_BERNOULLI_POINTS)
        return point->time > hf_ceil(end);
    return point->time >= end;
}

/* Each trigger of an event draws from a key of its own, that of the point it may put. */
static void trigger_others(hf_sampler *sampler, int lane, const hf_event *event) {
    const hf_plan_hazard *hazard = &sampler->plan->hazards[event->hazard];
    for (int k = 0; k < hazard->n_triggers; k++) {
        const hf_plan_trigger *trigger = &hazard->triggers[k];
        hf_key key = hf_key_child(event->key, sampler->plan->hazards[trigger->hazard].entity);
        hf_pcg64 rng = hf_stream_event(key, HF_PURPOSE_TRIGGER, 0);
        if (hf_pcg64_uniform(&rng) >= trigger->probability)
            continue;
        double lag = hf_max(draw(&trigger->lag_weeks, key, HF_PURPOSE_TRIGGER, 1), 0.0);
        hf_points_trigger(sampler->points, lane,
                          &(hf_point){.hazard = trigger->hazard,
                                      .time = event->onset + lag,
                                      .triggered = true,
                                      .key = key});
    }
}

static void strike(hf_sampler *sampler, int lane, int week, const hf_point *point,
                   hf_factors *factors) {
    int h = point->hazard;
    const hf_plan_hazard *hazard = &sampler->plan->hazards[h];
    hf_event event = draw_event(hazard, point);
    if (sampler->logs[lane])
        log_append(sampler->logs[lane], &event);
    sampler->ends[(size_t)lane * sampler->n_hazards + h] = event.end;
    if (week >= sampler->plan->warmup_weeks)
        sampler->event_counts[(size_t)h * sampler->n_lanes + lane] += 1.0;
    hf_points_drop(sampler->points, lane, h);
    trigger_others(sampler, lane, &event);
    int *picks = sampler->picks + (size_t)lane * sampler->n_effects + sampler->first_effect[h];
    for (int k = 0; k < hazard->n_effects; k++)
        picks[k] = hazard->effects[k].pick_one ? hf_event_pick(&event, &hazard->effects[k], k) : 0;
    running_event now = {.hazard = h,
                         .severity = event.severity,
                         .full_end = event.onset + event.duration,
                         .end = event.end,
                         .profile = hf_event_profile(&event, hazard)};
    apply_week(sampler, lane, week, &now, true, factors);
    if (now.end > week + 1.0)
        sampler->running[(size_t)lane * sampler->n_hazards + sampler->n_running[lane]++] = now;
}

/* ---- the week ---- */

static void set_ones(const hf_sampler *sampler, double *rows, int row) {
    size_t n = (size_t)sampler->n_lanes;
    memcpy(rows + (size_t)row * n, sampler->ones, n * sizeof *rows);
}

/* Back to a week without events. Yield and demand are noise's, every week anew; what no effect
 * reaches stays as the first week left it. */
static void reset(hf_sampler *sampler, int week, hf_factors *factors) {
    if (factors != sampler->filled)
        hf_factors_set_calm(factors, sampler->plan, week);
    sampler->filled = factors;
    for (int i = 0; i < sampler->reach[HF_CAPACITY].n_rows; i++)
        set_ones(sampler, factors->capacity, sampler->reach[HF_CAPACITY].rows[i]);
    for (int i = 0; i < sampler->reach[HF_SHIPPING].n_rows; i++)
        set_ones(sampler, factors->shipping, sampler->reach[HF_SHIPPING].rows[i]);
    for (int i = 0; i < sampler->reach[HF_SCRAP].n_rows; i++) {
        int row = sampler->reach[HF_SCRAP].rows[i];
        if (factors->any_scrap[row])
            set_ones(sampler, factors->scrap, row);
        factors->any_scrap[row] = false;
    }
}

/* Events that began before this week, in order of onset; those that end within it are let go. */
static void continue_events(hf_sampler *sampler, int lane, int week, hf_factors *factors) {
    running_event *events = sampler->running + (size_t)lane * sampler->n_hazards;
    int n_left = 0;
    for (int i = 0; i < sampler->n_running[lane]; i++) {
        apply_week(sampler, lane, week, &events[i], false, factors);
        bool stays = events[i].end > week + 1.0;
        if (stays && n_left < i)
            events[n_left] = events[i];
        n_left += stays;
    }
    sampler->n_running[lane] = n_left;
}

void hf_sampler_week(hf_sampler *sampler, int week, hf_factors *factors) {
    HF_ASSERT(week >= 0 && week < sampler->plan->n_weeks);
    HF_ASSERT(factors->n_lanes == sampler->n_lanes);
    reset(sampler, week, factors);
    hf_noise_week(sampler->noise, week, factors);
    for (int lane = 0; lane < sampler->n_lanes; lane++) {
        hf_point point;
        continue_events(sampler, lane, week, factors);
        while (hf_points_take(sampler->points, lane, week + 1.0, &point))
            if (strikes(sampler, lane, &point))
                strike(sampler, lane, week, &point, factors);
    }
}
