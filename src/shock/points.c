/* Own points by their gaps, pending points as triggers put them; times of a lane stand together,
 * the own point of hazard h at 2h, the pending one at 2h + 1, so that the first smallest is next.
 * Of each line of them the smallest is kept, lest all be looked at whenever one changes. */
#include "shock/points.h"
#include "base/elementary.h"
#include "rng/special.h"
#include "shock/counts.h"
#include "shock/rate.h"

#define LINE 8 /* times */

/* A hazard in a lane. */
typedef struct hazard_state {
    hf_key own;       /* its key */
    hf_key pending;   /* of its pending point */
    double rate;      /* poisson: points a week, in season */
    uint64_t ordinal; /* of the own point to come */
} hazard_state;

/* A counted hazard in a lane, after the own point that was drawn last. */
typedef struct remainder {
    double points; /* to come */
    double weeks;  /* of its season */
} remainder;

struct hf_points {
    const hf_plan *plan;
    const hf_design *design; /* NULL: plain */
    int n_lanes, n_hazards;
    int n_lines;           /* lines of the times of a lane, the last filled up with HF_NEVER */
    double *soonest;       /* [n_lanes] time of the next point of any hazard */
    double *times;         /* [n_lanes][n_lines][LINE] */
    double *least;         /* [n_lanes][n_lines] smallest of each line */
    hazard_state *states;  /* [n_lanes][n_hazards] */
    double *weights;       /* [n_lanes] */
    int *counted_of;       /* [n_hazards] its place in the design; -1: not counted */
    remainder *remainders; /* [n_lanes][n_counted] */
    /* while a lane starts */
    int *first_alike;  /* [n_hazards] frail ones: the first that shares its trial factor */
    double *frailties; /* [n_hazards] z of those */
    double *logs;      /* [n_hazards] ln u of the first gap */
    double *expected;  /* [n_counted] own points, by the trial's own rates */
    double *counts;    /* [n_counted] */
};

static void find_alike(hf_points *points) {
    const hf_plan_hazard *hazards = points->plan->hazards;
    for (int h = 0; h < points->n_hazards; h++) {
        int first = 0;
        while (first < h && !(hazards[first].frail &&
                              hazards[first].frailty_entity == hazards[h].frailty_entity))
            first++;
        points->first_alike[h] = first;
    }
}

hf_points *hf_points_create(const hf_plan *plan, int n_lanes) {
    hf_points *points = HF_NEW(1, hf_points);
    points->plan = plan;
    points->n_lanes = n_lanes;
    points->n_hazards = plan->n_hazards;
    points->n_lines = (2 * plan->n_hazards + LINE - 1) / LINE;
    size_t n_lines = (size_t)points->n_lines * (size_t)n_lanes;
    points->soonest = HF_NEW(n_lanes, double);
    points->times = HF_NEW(n_lines * LINE, double);
    points->least = HF_NEW(n_lines, double);
    points->states = HF_NEW((size_t)plan->n_hazards * (size_t)n_lanes, hazard_state);
    points->weights = HF_NEW(n_lanes, double);
    points->counted_of = HF_NEW(plan->n_hazards, int);
    points->first_alike = HF_NEW(plan->n_hazards, int);
    points->frailties = HF_NEW(plan->n_hazards, double);
    points->logs = HF_NEW(plan->n_hazards, double);
    for (size_t i = 0; i < n_lines * LINE; i++)
        points->times[i] = HF_NEVER;
    find_alike(points);
    hf_points_set_design(points, NULL);
    return points;
}

static void free_counted(hf_points *points) {
    hf_free(points->remainders);
    hf_free(points->expected);
    hf_free(points->counts);
}

void hf_points_set_design(hf_points *points, const hf_design *design) {
    int n_counted = design ? design->n_counted : 0;
    free_counted(points);
    points->design = design;
    points->remainders = HF_NEW((size_t)n_counted * (size_t)points->n_lanes, remainder);
    points->expected = HF_NEW(n_counted, double);
    points->counts = HF_NEW(n_counted, double);
    for (int lane = 0; lane < points->n_lanes; lane++)
        points->weights[lane] = 1.0;
    for (int h = 0; h < points->n_hazards; h++)
        points->counted_of[h] = -1;
    for (int i = 0; i < n_counted; i++)
        points->counted_of[design->counted[i].hazard] = i;
}

const double *hf_points_weights(const hf_points *points) {
    return points->weights;
}

void hf_points_destroy(hf_points *points) {
    if (!points)
        return;
    hf_free(points->soonest);
    hf_free(points->times);
    hf_free(points->least);
    hf_free(points->states);
    hf_free(points->weights);
    hf_free(points->counted_of);
    free_counted(points);
    hf_free(points->first_alike);
    hf_free(points->frailties);
    hf_free(points->logs);
    hf_free(points);
}

/* ---- times ---- */

/* The time at which `weeks` of season have passed since `time`; HF_NEVER if the last season ends
 * before. */
static double later_in_season(const hf_plan_hazard *hazard, double time, double weeks) {
    for (int i = 0; i < hazard->n_seasons; i++) {
        double start = hf_max(time, hazard->season_start[i]);
        double room = hazard->season_end[i] - start;
        if (weeks < room)
            return start + weeks;
        weeks -= hf_max(room, 0.0);
    }
    return HF_NEVER;
}

/* Unit-exponential gaps over the cumulative rate. */
static double next_poisson(const hf_plan_hazard *hazard, double rate, double time, double log_u) {
    if (rate < HF_LEAST_RATE)
        return HF_NEVER;
    double weeks = -log_u / rate;
    return hazard->seasonal ? later_in_season(hazard, time, weeks) : time + weeks;
}

/* The next of n points that are uniform over the weeks that are left, which the smallest of n
 * uniforms leaves in part: u^(1/n) of them. */
static double next_counted(const hf_plan_hazard *hazard, remainder *left, double time,
                           double log_u) {
    if (left->points <= 0.0)
        return HF_NEVER;
    double weeks = -hf_special_expm1(log_u / left->points) * left->weeks;
    left->points -= 1.0;
    left->weeks -= weeks;
    return hazard->seasonal ? later_in_season(hazard, time, weeks) : time + weeks;
}

/* Geometric gaps, 1 or more whole weeks. */
static double next_bernoulli(double probability, double week, double log_u) {
    if (probability < HF_MIN_MAGNITUDE)
        return HF_NEVER;
    if (probability >= 1.0)
        return week + 1.0;
    return week + 1.0 + hf_floor(log_u / hf_log(1.0 - probability));
}

/* The gap before each own point has a stream of its own: nothing is carried from point to point. */
static double gap_uniform(hf_key own, uint64_t ordinal) {
    hf_pcg64 rng = hf_stream_event(own, HF_PURPOSE_POINTS, ordinal);
    return hf_pcg64_uniform(&rng);
}

/* The own point to come, the one before being at `time`; beyond T it is never taken. */
static double own_time(const hf_plan_hazard *hazard, const hazard_state *state, double time,
                       double log_u) {
    if (!hazard->present)
        return HF_NEVER;
    if (hazard->arrival == HF_SCHEDULED_POINTS)
        return state->ordinal < (uint64_t)hazard->n_scheduled ? hazard->scheduled[state->ordinal]
                                                              : HF_NEVER;
    if (hazard->arrival == HF_BERNOULLI_POINTS)
        return next_bernoulli(hazard->probability, time, log_u);
    return next_poisson(hazard, state->rate, time, log_u);
}

static double *times_of(const hf_points *points, int lane) {
    return points->times + (size_t)lane * (size_t)points->n_lines * LINE;
}

static void find_least(hf_points *points, int lane, int line) {
    const double *times = times_of(points, lane) + (size_t)line * LINE;
    double least = HF_NEVER;
    for (int i = 0; i < LINE; i++)
        least = hf_min(times[i], least);
    points->least[(size_t)lane * points->n_lines + line] = least;
}

static void find_soonest(hf_points *points, int lane) {
    const double *least = points->least + (size_t)lane * points->n_lines;
    double soonest = HF_NEVER;
    for (int line = 0; line < points->n_lines; line++)
        soonest = hf_min(least[line], soonest);
    points->soonest[lane] = soonest;
}

static void set_time(hf_points *points, int lane, int slot, double time) {
    times_of(points, lane)[slot] = time;
    find_least(points, lane, slot / LINE);
    find_soonest(points, lane);
}

/* The first slot with the soonest time of the lane. */
static int soonest_slot(const hf_points *points, int lane) {
    const double *least = points->least + (size_t)lane * points->n_lines;
    const double *times = times_of(points, lane);
    int line = 0;
    while (least[line] > points->soonest[lane])
        line++;
    int slot = line * LINE;
    while (times[slot] > points->soonest[lane])
        slot++;
    return slot;
}

/* ---- points ---- */

static void draw_frailties(hf_points *points, hf_key trial) {
    for (int h = 0; h < points->n_hazards; h++) {
        const hf_plan_hazard *hazard = &points->plan->hazards[h];
        if (hazard->frail && points->first_alike[h] == h)
            points->frailties[h] = hf_rate_frailty(hazard, trial);
    }
}

/* A weight on its grid: a multiple of 2^-48, exact as a double, and below 2^15. */
static double grid_weight(double weight) {
    double bounded = hf_min(weight, HF_MOST_WEIGHT);
    return bounded < 16.0 ? (bounded + 16.0) - 16.0 : bounded;
}

/* Hazards that are counted get their number of own points, then the time of the first. */
static void start_counted(hf_points *points, int lane, hf_key trial, int stratum) {
    const hf_plan *plan = points->plan;
    const hf_design *design = points->design;
    const hazard_state *states = points->states + (size_t)lane * points->n_hazards;
    remainder *remainders = points->remainders + (size_t)lane * design->n_counted;
    for (int i = 0; i < design->n_counted; i++) {
        int h = design->counted[i].hazard;
        points->expected[i] = hf_rate_points(&plan->hazards[h], states[h].rate, plan->n_weeks);
    }
    double weight = hf_counts_draw(design, trial, stratum, points->expected, points->counts);
    points->weights[lane] = grid_weight(weight);
    for (int i = 0; i < design->n_counted; i++) {
        int h = design->counted[i].hazard;
        const hf_plan_hazard *hazard = &plan->hazards[h];
        remainders[i].points = points->counts[i];
        remainders[i].weeks = hf_rate_season_weeks(hazard, plan->n_weeks);
        times_of(points, lane)[2 * h] = next_counted(hazard, &remainders[i], 0.0, points->logs[h]);
    }
}

/* The key of the trial whose random yearly rates trial `trial` has. */
static hf_key outer_key(const hf_points *points, uint64_t seed, uint64_t trial) {
    return hf_key_trial(seed, points->design ? trial / points->design->inner_trials : trial);
}

void hf_points_start(hf_points *points, int lane, uint64_t seed, uint64_t trial) {
    hf_key key = hf_key_trial(seed, trial), outer = outer_key(points, seed, trial);
    double *times = times_of(points, lane), *logs = points->logs;
    hazard_state *states = points->states + (size_t)lane * points->n_hazards;
    for (int h = 0; h < points->n_hazards; h++) {
        states[h] = (hazard_state){.own = hf_key_child(key, points->plan->hazards[h].entity)};
        logs[h] = gap_uniform(states[h].own, 0);
    }
    for (int h = 0; h < points->n_hazards; h++)
        logs[h] = hf_log(logs[h]);
    draw_frailties(points, key);
    for (int h = 0; h < points->n_hazards; h++) {
        const hf_plan_hazard *hazard = &points->plan->hazards[h];
        double before = hazard->arrival == HF_BERNOULLI_POINTS ? -1.0 : 0.0;
        if (hazard->arrival == HF_POISSON_POINTS)
            states[h].rate = hf_rate_draw(hazard, outer, points->frailties[points->first_alike[h]]);
        times[2 * h] = own_time(hazard, &states[h], before, logs[h]);
        times[2 * h + 1] = HF_NEVER;
    }
    if (points->design && hf_design_is_weighted(points->design))
        start_counted(points, lane, key, hf_design_stratum(points->design, trial));
    for (int line = 0; line < points->n_lines; line++)
        find_least(points, lane, line);
    find_soonest(points, lane);
}

/* The own point after the one at `time`. */
static double next_own(hf_points *points, int lane, int h, double time) {
    const hf_plan_hazard *hazard = &points->plan->hazards[h];
    const hazard_state *state = &points->states[(size_t)lane * points->n_hazards + h];
    double log_u = hf_log(gap_uniform(state->own, state->ordinal));
    int counted = points->counted_of[h];
    if (counted < 0)
        return own_time(hazard, state, time, log_u);
    remainder *left = &points->remainders[(size_t)lane * points->design->n_counted + counted];
    return next_counted(hazard, left, time, log_u);
}

bool hf_points_take(hf_points *points, int lane, double time, hf_point *point) {
    double soonest = points->soonest[lane], next = HF_NEVER;
    if (soonest >= time)
        return false;
    int slot = soonest_slot(points, lane), h = slot / 2;
    hazard_state *state = &points->states[(size_t)lane * points->n_hazards + h];
    *point = (hf_point){.hazard = h, .time = soonest, .triggered = slot % 2 == 1};
    if (point->triggered) {
        point->key = state->pending;
    } else {
        point->key = hf_key_child(state->own, state->ordinal++);
        next = next_own(points, lane, h, soonest);
    }
    set_time(points, lane, slot, next);
    return true;
}

void hf_points_trigger(hf_points *points, int lane, const hf_point *point) {
    int slot = 2 * point->hazard + 1;
    if (!points->plan->hazards[point->hazard].present ||
        times_of(points, lane)[slot] <= point->time)
        return;
    points->states[(size_t)lane * points->n_hazards + point->hazard].pending = point->key;
    set_time(points, lane, slot, point->time);
}

void hf_points_drop(hf_points *points, int lane, int hazard) {
    if (times_of(points, lane)[2 * hazard + 1] < HF_NEVER)
        set_time(points, lane, 2 * hazard + 1, HF_NEVER);
}
