/* Own points by their gaps, pending points as triggers put them; times of a lane stand together,
 * the own point of hazard h at 2h, the pending one at 2h + 1, so that the first smallest is next.
 */
#include "shock/points.h"
#include "base/elementary.h"

#define LEAST_RATE 1e-100 /* points a week; below this none comes, and 1/rate stays finite */

struct hf_points {
    const hf_plan *plan;
    int n_hazards;
    double *soonest;    /* [n_lanes] time of the next point of any hazard */
    double *times;      /* [n_lanes][2 n_hazards] */
    double *rates;      /* [n_lanes][n_hazards] poisson: points a week, in season */
    uint64_t *ordinals; /* [n_lanes][n_hazards] of the own point to come */
    hf_key *pending;    /* [n_lanes][n_hazards] key of the pending point */
    hf_key *trials;     /* [n_lanes] */
};

hf_points *hf_points_create(const hf_plan *plan, int n_lanes) {
    hf_points *points = HF_NEW(1, hf_points);
    size_t n = (size_t)plan->n_hazards * (size_t)n_lanes;
    points->plan = plan;
    points->n_hazards = plan->n_hazards;
    points->soonest = HF_NEW(n_lanes, double);
    points->times = HF_NEW(2 * n, double);
    points->rates = HF_NEW(n, double);
    points->ordinals = HF_NEW(n, uint64_t);
    points->pending = HF_NEW(n, hf_key);
    points->trials = HF_NEW(n_lanes, hf_key);
    return points;
}

void hf_points_destroy(hf_points *points) {
    if (!points)
        return;
    hf_free(points->soonest);
    hf_free(points->times);
    hf_free(points->rates);
    hf_free(points->ordinals);
    hf_free(points->pending);
    hf_free(points->trials);
    hf_free(points);
}

/* The rate of this trial, points a week (while in season): what is random about it is drawn once.
 */
static double trial_rate(const hf_plan_hazard *hazard, hf_key trial) {
    hf_pcg64 rng = {0};
    if (hazard->per_year.family != HF_CONSTANT)
        rng = hf_stream64(trial, hazard->entity, HF_PURPOSE_RATE, 0);
    double rate = hf_max(hf_distribution_sample(&hazard->per_year, &rng), 0.0) / HF_WEEKS_PER_YEAR;
    if (hazard->seasonal)
        rate *= hazard->season_gain;
    if (hazard->frail) {
        rng = hf_stream64(trial, hazard->frailty_entity, HF_PURPOSE_FRAILTY, 0);
        double z = hf_normal_quantile(hf_pcg64_uniform(&rng)), sigma = hazard->frailty_sigma;
        rate *= hf_exp(sigma * z - 0.5 * sigma * sigma);
    }
    return rate;
}

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
static double next_poisson(const hf_plan_hazard *hazard, double rate, double time, double u) {
    if (rate < LEAST_RATE)
        return HF_NEVER;
    double weeks = -hf_log(u) / rate;
    return hazard->seasonal ? later_in_season(hazard, time, weeks) : time + weeks;
}

/* Geometric gaps, 1 or more whole weeks. */
static double next_bernoulli(double probability, double week, double u) {
    if (probability < HF_MIN_MAGNITUDE)
        return HF_NEVER;
    if (probability >= 1.0)
        return week + 1.0;
    return week + 1.0 + hf_floor(hf_log(u) / hf_log(1.0 - probability));
}

/* The own point number `ordinal`, the one before being at `time`; beyond T it is never taken. Its
 * gap has a stream of its own: nothing is carried from point to point. */
static double own_time(const hf_points *points, int lane, int h, uint64_t ordinal, double time) {
    const hf_plan_hazard *hazard = &points->plan->hazards[h];
    if (!hazard->present)
        return HF_NEVER;
    if (hazard->arrival == HF_SCHEDULED_POINTS)
        return ordinal < (uint64_t)hazard->n_scheduled ? hazard->scheduled[ordinal] : HF_NEVER;
    hf_pcg64 rng = hf_stream64(points->trials[lane], hazard->entity, HF_PURPOSE_POINTS, ordinal);
    double u = hf_pcg64_uniform(&rng);
    if (hazard->arrival == HF_BERNOULLI_POINTS)
        return next_bernoulli(hazard->probability, time, u);
    return next_poisson(hazard, points->rates[(size_t)lane * points->n_hazards + h], time, u);
}

static void find_soonest(hf_points *points, int lane) {
    const double *times = points->times + (size_t)lane * 2 * points->n_hazards;
    double soonest = HF_NEVER;
    for (int i = 0; i < 2 * points->n_hazards; i++)
        soonest = hf_min(times[i], soonest);
    points->soonest[lane] = soonest;
}

void hf_points_start(hf_points *points, int lane, hf_key trial) {
    points->trials[lane] = trial;
    for (int h = 0; h < points->n_hazards; h++) {
        const hf_plan_hazard *hazard = &points->plan->hazards[h];
        size_t i = (size_t)lane * points->n_hazards + h;
        points->rates[i] = hazard->arrival == HF_POISSON_POINTS ? trial_rate(hazard, trial) : 0.0;
        points->ordinals[i] = 0;
        double before = hazard->arrival == HF_BERNOULLI_POINTS ? -1.0 : 0.0;
        points->times[2 * i] = own_time(points, lane, h, 0, before);
        points->times[2 * i + 1] = HF_NEVER;
    }
    find_soonest(points, lane);
}

bool hf_points_take(hf_points *points, int lane, double time, hf_point *point) {
    double soonest = points->soonest[lane];
    if (soonest >= time)
        return false;
    double *times = points->times + (size_t)lane * 2 * points->n_hazards;
    int slot = 0;
    while (times[slot] > soonest)
        slot++;
    int h = slot / 2;
    size_t i = (size_t)lane * points->n_hazards + h;
    *point = (hf_point){.hazard = h, .time = soonest, .triggered = slot % 2 == 1};
    if (point->triggered) {
        point->key = points->pending[i];
        times[slot] = HF_NEVER;
    } else {
        hf_key own = hf_key_child(points->trials[lane], points->plan->hazards[h].entity);
        point->key = hf_key_child(own, points->ordinals[i]++);
        times[slot] = own_time(points, lane, h, points->ordinals[i], soonest);
    }
    find_soonest(points, lane);
    return true;
}

void hf_points_trigger(hf_points *points, int lane, const hf_point *point) {
    size_t i = (size_t)lane * points->n_hazards + point->hazard;
    if (!points->plan->hazards[point->hazard].present || points->times[2 * i + 1] <= point->time)
        return;
    points->times[2 * i + 1] = point->time;
    points->pending[i] = point->key;
    points->soonest[lane] = hf_min(point->time, points->soonest[lane]);
}

void hf_points_drop(hf_points *points, int lane, int hazard) {
    size_t i = (size_t)lane * points->n_hazards + hazard;
    if (points->times[2 * i + 1] < HF_NEVER) {
        points->times[2 * i + 1] = HF_NEVER;
        find_soonest(points, lane);
    }
}
