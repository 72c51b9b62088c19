#include "shock_oracle.h"
#include "base/elementary.h"
#include <math.h>

/* ---- points ---- */

static double uniform(hf_pcg64 rng) {
    return hf_pcg64_uniform(&rng);
}
static double sample(const hf_distribution *d, hf_pcg64 rng) {
    return hf_distribution_sample(d, &rng);
}
static double at_least_0(double x) {
    return x < 0.0 ? 0.0 : x;
}

/* Points a week in season. */
static long double rate_of(const oracle *o, const hf_plan_hazard *hazard) {
    hf_pcg64 rng = hf_stream64(o->trial, hazard->entity, HF_PURPOSE_RATE, 0);
    long double rate = at_least_0(sample(&hazard->per_year, rng)) / 52.0L;
    if (hazard->frail) {
        rng = hf_stream64(o->trial, hazard->frailty_entity, HF_PURPOSE_FRAILTY, 0);
        long double sigma = hazard->frailty_sigma;
        rate *= expl(sigma * hf_normal_quantile(uniform(rng)) - sigma * sigma / 2);
    }
    return hazard->seasonal ? rate * hazard->season_gain : rate;
}

/* When `weeks` of season have passed since week 0; 1e9: never. */
static long double season_time(const hf_plan_hazard *hazard, long double weeks) {
    if (!hazard->seasonal)
        return weeks;
    for (int i = 0; i < hazard->n_seasons; i++) {
        long double room = (long double)hazard->season_end[i] - hazard->season_start[i];
        if (weeks < room)
            return hazard->season_start[i] + weeks;
        weeks -= room;
    }
    return 1e9L;
}

static void list_own_points(oracle *o, int h) {
    const hf_plan_hazard *hazard = &o->plan->hazards[h];
    long double rate = hazard->arrival == HF_POISSON_POINTS ? rate_of(o, hazard) : 0;
    long double sum = hazard->arrival == HF_BERNOULLI_POINTS ? -1 : 0, time = 0;
    for (uint64_t n = 0; time < o->plan->n_weeks; n++) {
        long double u = uniform(hf_stream64(o->trial, hazard->entity, HF_PURPOSE_POINTS, n));
        if (hazard->arrival == HF_SCHEDULED_POINTS) {
            time = n < (uint64_t)hazard->n_scheduled ? hazard->scheduled[n] : 1e9L;
        } else if (hazard->arrival == HF_BERNOULLI_POINTS) {
            sum += 1 + floorl(logl(u) / log1pl(-(long double)hazard->probability));
            time = hazard->probability > 0 ? sum : 1e9L;
        } else {
            sum -= rate > 0 ? logl(u) / rate : -1e9L;
            time = season_time(hazard, sum);
        }
        hf_key key = hf_key_child(hf_key_child(o->trial, hazard->entity), n);
        if (time < o->plan->n_weeks && o->n_points < ORACLE_MAX_POINTS)
            o->points[o->n_points++] = (oracle_point){time, h, false, key};
    }
}

static bool is_before(const oracle_point *a, const oracle_point *b) {
    if (a->time != b->time)
        return a->time < b->time;
    return a->hazard != b->hazard ? a->hazard < b->hazard : !a->triggered && b->triggered;
}

/* Takes the next point of all; false after the last before T. */
static bool take(oracle *o, oracle_point *next) {
    oracle_point *first = NULL;
    for (int i = 0; i < o->n_points; i++)
        if (o->points[i].time >= 0 && (!first || is_before(&o->points[i], first)))
            first = &o->points[i];
    for (int h = 0; h < o->plan->n_hazards; h++)
        if (o->pending[h].time >= 0 && (!first || is_before(&o->pending[h], first)))
            first = &o->pending[h];
    if (!first || first->time >= o->plan->n_weeks)
        return false;
    *next = *first;
    first->time = -1;
    return true;
}

/* ---- events ---- */

static long double recovery_weeks(const hf_plan_hazard *hazard, const hf_event *event) {
    long double a = event->recovery_parameter[0], b = event->recovery_parameter[1];
    switch (hazard->recovery) {
    case HF_RECOVERY_LINEAR:
        return a;
    case HF_RECOVERY_EXPONENTIAL:
        return 4.6L * a;
    case HF_RECOVERY_LOGISTIC:
        return a + 4.6L * b;
    case HF_RECOVERY_STEP:
        break;
    }
    return 0;
}

static bool is_active(const oracle *o, const oracle_point *p) {
    const hf_plan_hazard *hazard = &o->plan->hazards[p->hazard];
    for (int i = o->n_events - 1; i >= 0; i--)
        if (o->events[i].hazard == p->hazard)
            return hazard->arrival == HF_BERNOULLI_POINTS ? p->time <= ceill(o->events[i].end)
                                                          : p->time < o->events[i].end;
    return false;
}

static void add_event(oracle *o, const oracle_point *p) {
    const hf_plan_hazard *hazard = &o->plan->hazards[p->hazard];
    hf_event *event = &o->events[o->n_events++];
    *event = (hf_event){.hazard = p->hazard, .triggered = p->triggered, .key = p->key};
    event->onset = (double)p->time;
    event->severity = sample(&hazard->severity, hf_stream_event(p->key, HF_PURPOSE_SEVERITY, 0));
    event->duration =
        at_least_0(sample(&hazard->duration, hf_stream_event(p->key, HF_PURPOSE_DURATION, 0)));
    int n_parameters[] = {0, 1, 1, 2};
    for (int i = 0; i < n_parameters[hazard->recovery]; i++)
        event->recovery_parameter[i] =
            at_least_0(sample(&hazard->recovery_parameter[i],
                              hf_stream_event(p->key, HF_PURPOSE_RECOVERY, (uint64_t)i)));
    event->end = (double)(p->time + event->duration + recovery_weeks(hazard, event));
    o->pending[p->hazard].time = -1;
    for (int k = 0; k < hazard->n_triggers; k++) {
        const hf_plan_trigger *trigger = &hazard->triggers[k];
        hf_key key = hf_key_child(p->key, o->plan->hazards[trigger->hazard].entity);
        double lag =
            at_least_0(sample(&trigger->lag_weeks, hf_stream_event(key, HF_PURPOSE_TRIGGER, 1)));
        oracle_point *pending = &o->pending[trigger->hazard];
        if (uniform(hf_stream_event(key, HF_PURPOSE_TRIGGER, 0)) < trigger->probability &&
            (pending->time < 0 || p->time + lag < pending->time))
            *pending = (oracle_point){p->time + lag, trigger->hazard, true, key};
    }
}

void oracle_run(oracle *o, const hf_plan *plan, uint64_t seed, uint64_t trial) {
    oracle_point next;
    o->plan = plan;
    o->trial = hf_key_trial(seed, trial);
    o->n_points = o->n_events = 0;
    for (int h = 0; h < plan->n_hazards; h++) {
        o->pending[h].time = -1;
        if (plan->hazards[h].present)
            list_own_points(o, h);
    }
    while (take(o, &next))
        if (!is_active(o, &next))
            add_event(o, &next);
}

/* ---- factors ---- */

/* Integral of the recovery from its start to x. */
static long double area(const hf_plan_hazard *hazard, const hf_event *event, long double x) {
    long double a = event->recovery_parameter[0], b = event->recovery_parameter[1];
    if (x <= 0)
        return 0;
    switch (hazard->recovery) {
    case HF_RECOVERY_LINEAR:
        return x - x * x / (2 * a);
    case HF_RECOVERY_EXPONENTIAL:
        return -a * expm1l(-x / a);
    case HF_RECOVERY_LOGISTIC:
        if (b == 0)
            return fminl(x, a); /* a step at its middle */
        return x - b * (log1pl(expl((x - a) / b)) - log1pl(expl(-a / b)));
    case HF_RECOVERY_STEP:
        break;
    }
    return 0;
}

long double oracle_mean(const oracle *o, const hf_event *event, int week) {
    const hf_plan_hazard *hazard = &o->plan->hazards[event->hazard];
    long double onset = event->onset, d = event->duration, whole = recovery_weeks(hazard, event);
    long double full = fminl(week + 1, onset + d) - fmaxl(week, onset);
    long double x0 = fminl(whole, week - (onset + d)), x1 = fminl(whole, week + 1 - (onset + d));
    return fmaxl(0, full) + area(hazard, event, x1) - area(hazard, event, x0);
}

int oracle_pick(const oracle *o, const hf_event *event, int k) {
    const hf_plan_effect *effect = &o->plan->hazards[event->hazard].effects[k];
    double u = uniform(hf_stream_event(event->key, HF_PURPOSE_PICK, (uint64_t)k));
    for (int i = 0; i < effect->n_targets; i++)
        if (u < effect->cumulative[i])
            return i;
    return -1;
}

/* The factor of row `row` of `channel` in `week`: a product over all events so far. */
double oracle_factor(const oracle *o, hf_channel channel, int row, int week) {
    long double factor = 1;
    for (int i = 0; i < o->n_events; i++) {
        const hf_event *event = &o->events[i];
        const hf_plan_hazard *hazard = &o->plan->hazards[event->hazard];
        if (event->onset >= week + 1)
            break;
        long double p =
            channel == HF_SCRAP ? floor(event->onset) == week : oracle_mean(o, event, week);
        for (int k = 0; k < hazard->n_effects; k++) {
            const hf_plan_effect *effect = &hazard->effects[k];
            double s = fmax(event->severity, channel == HF_DEMAND ? -1.0 : 0.0);
            s = channel == HF_DEMAND ? s : -fmin(s, 1.0);
            for (int j = 0; j < effect->n_targets && effect->channel == channel; j++)
                if (effect->rows[j] == row && (!effect->pick_one || oracle_pick(o, event, k) == j))
                    factor *= 1 + effect->exposures[j] * s * p;
        }
    }
    return (double)factor;
}
