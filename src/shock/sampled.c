/* The sampler: points strike or not, events run and multiply into the factors.
 *
 * Chance does not wait for physics: a span of weeks is drawn at once, and then written week by
 * week. A lane keeps the events that outlast the span, at most one a hazard, in the order in which
 * they struck. They multiply first, then what strikes: that is the order in time, and no list of
 * events that ended is needed. In a week in which it is not felt, an event multiplies by exactly 1.
 */
#include "shock/sampled.h"
#include "base/check.h"
#include "base/number.h"
#include "shock/footprint.h"
#include "shock/loops.h"
#include "shock/points.h"
#include <string.h>

/* An event that waits to be multiplied in; many wait, so that their courses are found together. */
typedef struct waiting {
    int lane, hazard;
    int onset_week; /* of the span; -1: it began before */
    double severity;
    hf_key key;
} waiting;

struct hf_sampler {
    const hf_plan *plan;
    int n_lanes, n_hazards;
    hf_noise_batch *noise;
    hf_points *points;
    hf_footprint *footprint;
    const hf_mask *mask;      /* borrowed; NULL: nothing is off */
    uint64_t *trials;         /* [n_lanes] scratch: their numbers */
    const hf_factors *filled; /* what the last week filled, NULL before the first */
    int first, n_weeks;       /* the span */
    unsigned counted_weeks;   /* of the span, bit w: week first + w is after warmup */
    int *n_running;           /* [n_lanes] */
    hf_event *running;        /* [n_lanes][n_hazards], the first n_running in order of onset */
    double *ends;             /* [n_lanes][n_hazards] of the last event; -1: there was none */
    uint8_t *active;          /* [n_lanes][n_hazards] bit w: active in week first + w */
    int n_waiting;
    waiting waiting[HF_MOST_EVENTS]; /* lanes ascend; in a lane in order of onset */
    hf_profile profiles[HF_MOST_EVENTS];
    double means[HF_MOST_EVENTS][HF_SPAN_WEEKS];
    uint8_t felt[HF_MOST_EVENTS]; /* bit w: in week first + w */
    hf_event_log **logs;          /* [n_lanes] borrowed, NULL: not watched */
    double *event_counts;         /* [n_hazards][n_lanes] */
    double *active_weeks;         /* [n_hazards][n_lanes] */
};

/* ---- create, destroy, start ---- */

hf_sampler *hf_sampler_create(const hf_plan *plan, int n_lanes) {
    HF_ASSERT(n_lanes > 0 && n_lanes % 8 == 0);
    hf_sampler *sampler = HF_NEW(1, hf_sampler);
    size_t n = (size_t)plan->n_hazards * (size_t)n_lanes;
    sampler->plan = plan;
    sampler->n_lanes = n_lanes;
    sampler->n_hazards = plan->n_hazards;
    sampler->noise = hf_noise_create(plan, n_lanes);
    sampler->points = hf_points_create(plan, n_lanes);
    sampler->footprint = hf_footprint_create(plan, n_lanes);
    sampler->trials = HF_NEW(n_lanes, uint64_t);
    sampler->n_running = HF_NEW(n_lanes, int);
    sampler->running = HF_NEW(n, hf_event);
    sampler->ends = HF_NEW(n, double);
    sampler->active = HF_NEW(n, uint8_t);
    sampler->logs = HF_NEW(n_lanes, hf_event_log *);
    sampler->event_counts = HF_NEW(n, double);
    sampler->active_weeks = HF_NEW(n, double);
    return sampler;
}

void hf_sampler_destroy(hf_sampler *sampler) {
    if (!sampler)
        return;
    hf_noise_destroy(sampler->noise);
    hf_points_destroy(sampler->points);
    hf_footprint_destroy(sampler->footprint);
    hf_free(sampler->trials);
    hf_free(sampler->n_running);
    hf_free(sampler->running);
    hf_free(sampler->ends);
    hf_free(sampler->active);
    hf_free(sampler->logs);
    hf_free(sampler->event_counts);
    hf_free(sampler->active_weeks);
    hf_free(sampler);
}

void hf_sampler_set_design(hf_sampler *sampler, const hf_design *design) {
    hf_points_set_design(sampler->points, design);
}

void hf_sampler_set_mask(hf_sampler *sampler, const hf_mask *mask) {
    sampler->mask = mask;
    hf_noise_set_off(sampler->noise, mask && mask->yield_noise_off, mask && mask->demand_noise_off);
}

/* What is off is active until T, without an event: nothing strikes then. */
static void start_hazards(hf_sampler *sampler) {
    size_t n = (size_t)sampler->n_hazards * (size_t)sampler->n_lanes;
    const bool *off = sampler->mask ? sampler->mask->hazard_off : NULL;
    for (size_t i = 0; i < n; i++) {
        sampler->ends[i] = -1.0;
        sampler->event_counts[i] = sampler->active_weeks[i] = 0.0;
    }
    for (size_t i = 0; off && i < n; i++)
        if (off[i % (size_t)sampler->n_hazards])
            sampler->ends[i] = sampler->plan->n_weeks;
}

void hf_sampler_start_trials(hf_sampler *sampler, uint64_t seed, const uint64_t *trials) {
    sampler->filled = NULL;
    start_hazards(sampler);
    for (int lane = 0; lane < sampler->n_lanes; lane++) {
        sampler->n_running[lane] = 0;
        hf_points_start(sampler->points, lane, seed, trials[lane]);
        hf_noise_start(sampler->noise, lane, hf_key_trial(seed, trials[lane]));
    }
}

void hf_sampler_start(hf_sampler *sampler, uint64_t seed, uint64_t first_trial) {
    for (int lane = 0; lane < sampler->n_lanes; lane++)
        sampler->trials[lane] = first_trial + (uint64_t)lane;
    hf_sampler_start_trials(sampler, seed, sampler->trials);
}

const double *hf_sampler_weights(const hf_sampler *sampler) {
    return hf_points_weights(sampler->points);
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

/* ---- the factors of a span ---- */

/* A factor is 1 + e s p, s the severity clipped. */
static double strength(hf_channel channel, double severity) {
    return channel == HF_DEMAND ? hf_max(severity, -1.0) : -hf_min(hf_max(severity, 0.0), 1.0);
}

/* Cells of yield and demand start from what noise made of them. */
static void start_from_noise(hf_sampler *sampler, const hf_reach *reach, int first, int n) {
    hf_footprint *footprint = sampler->footprint;
    const hf_plan_effect *effect = reach->effect;
    for (int i = first; i < first + n; i++) {
        int row = footprint->rows[reach->first_target + i];
        if (hf_footprint_touch(footprint, row))
            hf_noise_read(sampler->noise, effect->channel, effect->rows[i], footprint->lane,
                          sampler->first, sampler->n_weeks, hf_footprint_cell(footprint, row));
    }
}

/* Multiplies one effect of an event in. */
static void multiply(hf_sampler *sampler, const waiting *one, const hf_reach *reach,
                     const double means[HF_SPAN_WEEKS], unsigned felt) {
    const hf_plan_effect *effect = reach->effect;
    int first = 0, n = effect->n_targets;
    if (effect->pick_one) {
        first = hf_event_pick(one->key, effect, reach->index);
        n = 1;
    }
    if (effect->channel == HF_YIELD || effect->channel == HF_DEMAND)
        start_from_noise(sampler, reach, first, n);
    sampler->noise->loops->footprint_multiply(sampler->footprint, reach->first_target + first, n,
                                              strength(effect->channel, one->severity), means,
                                              felt);
}

/* Scrap comes in the week of the onset only, whole. */
static void scrap(hf_sampler *sampler, const waiting *one, const hf_reach *reach) {
    double means[HF_SPAN_WEEKS] = {0.0};
    if (one->onset_week < 0)
        return;
    means[one->onset_week] = 1.0;
    multiply(sampler, one, reach, means, 1u << one->onset_week);
}

/* In one week, a hazard counts once. */
static void count_weeks(hf_sampler *sampler, int lane, int h, unsigned felt) {
    uint8_t *active = &sampler->active[(size_t)lane * sampler->n_hazards + h];
    unsigned more = felt & ~*active & sampler->counted_weeks;
    *active |= (uint8_t)felt;
    sampler->active_weeks[(size_t)h * sampler->n_lanes + lane] += __builtin_popcount(more);
}

static void multiply_waiting(hf_sampler *sampler) {
    hf_footprint *footprint = sampler->footprint;
    sampler->noise->loops->profile_means(sampler->first, sampler->n_waiting, sampler->profiles,
                                         sampler->means, sampler->felt);
    for (int i = 0; i < sampler->n_waiting; i++) {
        const waiting *one = &sampler->waiting[i];
        const hf_reach *reach = &footprint->reaches[footprint->first_reach[one->hazard]];
        const hf_reach *end = &footprint->reaches[footprint->first_reach[one->hazard + 1]];
        hf_footprint_set_lane(footprint, one->lane);
        for (; reach < end; reach++)
            if (reach->effect->channel == HF_SCRAP)
                scrap(sampler, one, reach);
            else
                multiply(sampler, one, reach, sampler->means[i], sampler->felt[i]);
        count_weeks(sampler, one->lane, one->hazard, sampler->felt[i]);
    }
    sampler->n_waiting = 0;
}

static void wait(hf_sampler *sampler, int lane, const hf_event *event, int onset_week) {
    if (sampler->n_waiting == HF_MOST_EVENTS)
        multiply_waiting(sampler);
    int i = sampler->n_waiting++;
    sampler->waiting[i] = (waiting){lane, event->hazard, onset_week, event->severity, event->key};
    sampler->profiles[i] = hf_event_profile(event, &sampler->plan->hazards[event->hazard]);
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
        double lag;
        if (!hf_event_triggers(trigger, key, &lag))
            continue;
        hf_points_trigger(sampler->points, lane,
                          &(hf_point){.hazard = trigger->hazard,
                                      .time = event->onset + lag,
                                      .triggered = true,
                                      .key = key});
    }
}

static void strike(hf_sampler *sampler, int lane, const hf_point *point) {
    int h = point->hazard, week = (int)hf_round_to_int(hf_floor(point->time));
    hf_event event = hf_event_draw(&sampler->plan->hazards[h], point);
    if (sampler->logs[lane])
        hf_event_log_append(sampler->logs[lane], &event);
    sampler->ends[(size_t)lane * sampler->n_hazards + h] = event.end;
    if (week >= sampler->plan->warmup_weeks)
        sampler->event_counts[(size_t)h * sampler->n_lanes + lane] += 1.0;
    hf_points_drop(sampler->points, lane, h);
    trigger_others(sampler, lane, &event);
    wait(sampler, lane, &event, week - sampler->first);
    if (event.end > sampler->first + HF_SPAN_WEEKS)
        sampler->running[(size_t)lane * sampler->n_hazards + sampler->n_running[lane]++] = event;
}

/* ---- a span, a week ---- */

/* Events that began before this span, in order of onset; those that end within it are let go. */
static void continue_events(hf_sampler *sampler, int lane) {
    hf_event *events = sampler->running + (size_t)lane * sampler->n_hazards;
    int n_left = 0;
    for (int i = 0; i < sampler->n_running[lane]; i++) {
        wait(sampler, lane, &events[i], -1);
        bool stays = events[i].end > sampler->first + HF_SPAN_WEEKS;
        if (stays && n_left < i)
            events[n_left] = events[i];
        n_left += stays;
    }
    sampler->n_running[lane] = n_left;
}

static void draw_span(hf_sampler *sampler, int first) {
    int n_weeks = sampler->plan->n_weeks - first;
    sampler->first = first;
    sampler->n_weeks = n_weeks < HF_SPAN_WEEKS ? n_weeks : HF_SPAN_WEEKS;
    sampler->counted_weeks = 0;
    for (int w = 0; w < sampler->n_weeks; w++)
        sampler->counted_weeks |= (unsigned)(first + w >= sampler->plan->warmup_weeks) << w;
    memset(sampler->active, 0, (size_t)sampler->n_hazards * (size_t)sampler->n_lanes);
    hf_footprint_start(sampler->footprint);
    hf_noise_span(sampler->noise, first);
    for (int lane = 0; lane < sampler->n_lanes; lane++) {
        hf_point point;
        continue_events(sampler, lane);
        while (hf_points_take(sampler->points, lane, first + sampler->n_weeks, &point))
            if (strikes(sampler, lane, &point))
                strike(sampler, lane, &point);
    }
    multiply_waiting(sampler);
}

void hf_sampler_week(hf_sampler *sampler, int week, hf_factors *factors) {
    HF_ASSERT(week >= 0 && week < sampler->plan->n_weeks);
    HF_ASSERT(factors->n_lanes == sampler->n_lanes);
    int w = week % HF_SPAN_WEEKS;
    if (factors != sampler->filled)
        hf_factors_set_calm(factors, sampler->plan, week);
    sampler->filled = factors;
    if (w == 0) {
        hf_footprint_erase(sampler->footprint, factors);
        draw_span(sampler, week);
    }
    hf_noise_write(sampler->noise, week, factors);
    sampler->noise->loops->footprint_write(sampler->footprint, w, factors);
}
