/* Hazards of a plan: effects as rows of the space or of the plan's links, seasons as weeks. */
#include "base/calendar.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/number.h"
#include "plan/build.h"
#include <stdlib.h>

static bool is_of_links(hf_channel channel) {
    return channel == HF_SHIPPING;
}
static bool is_of_markets(hf_channel channel) {
    return channel == HF_DEMAND;
}

/* How many things of the scenario a channel knows. */
static int n_known(const hf_scenario *s, hf_channel channel) {
    if (is_of_links(channel))
        return hf_scenario_n_links(s);
    return is_of_markets(channel) ? s->n_markets : s->n_stages;
}

/* Row in the plan of thing `i` of the scenario: links stand alike in both. */
static int row_of(const hf_plan_builder *b, hf_channel channel, int i) {
    if (is_of_links(channel))
        return i;
    return is_of_markets(channel) ? b->market_rows[i] : b->stage_rows[i];
}

/* By which weight each of n things is picked: all alike, or those listed and no other. */
static void pick_weights(const hf_effect *effect, int n, double *weights) {
    for (int i = 0; i < n; i++)
        weights[i] = effect->n_weights ? 0.0 : 1.0;
    for (int w = 0; w < effect->n_weights; w++)
        weights[effect->weight_targets[w]] = effect->weights[w];
}

/* Running sums over their total: the last is 1. */
static void accumulate(double *weights, int n) {
    for (int i = 1; i < n; i++)
        weights[i] += weights[i - 1];
    double total = n ? weights[n - 1] : 1.0;
    for (int i = 0; i < n; i++)
        weights[i] /= total;
}

static hf_plan_effect build_effect(hf_plan_builder *b, const hf_effect *from) {
    hf_arena *arena = b->plan->arena;
    int n = n_known(b->scenario, from->channel), kept = 0;
    double *fractions = HF_NEW(n, double), *weights = HF_NEW(n, double);
    int reached = hf_scenario_select(b->scenario, from, fractions);
    int *rows = HF_ARENA_NEW(arena, reached, int);
    double *exposures = HF_ARENA_NEW(arena, reached, double);
    double *cumulative = HF_ARENA_NEW(arena, reached, double);
    pick_weights(from, n, weights);
    for (int i = 0; i < n; i++) { /* rows ascend: both sides stand by id */
        if (!(fractions[i] > 0.0) || (from->pick_one && !(weights[i] > 0.0)))
            continue;
        HF_ASSERT(kept < reached);
        rows[kept] = row_of(b, from->channel, i);
        exposures[kept] = from->exposure * fractions[i];
        cumulative[kept++] = weights[i];
    }
    accumulate(cumulative, kept);
    hf_free(fractions);
    hf_free(weights);
    return (hf_plan_effect){.channel = from->channel,
                            .pick_one = from->pick_one,
                            .n_targets = kept,
                            .rows = rows,
                            .exposures = exposures,
                            .cumulative = cumulative};
}

static int by_value(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static void build_points(hf_plan_builder *b, const hf_hazard *from, hf_plan_hazard *hazard) {
    hazard->arrival = from->arrival;
    if (from->arrival == HF_POISSON_POINTS)
        hazard->per_year = hf_plan_distribution(b, &from->per_year);
    if (from->arrival == HF_BERNOULLI_POINTS)
        hazard->probability = from->probability;
    if (from->arrival != HF_SCHEDULED_POINTS)
        return;
    double *weeks = HF_ARENA_NEW(b->plan->arena, from->n_scheduled, double);
    for (int i = 0; i < from->n_scheduled; i++)
        if (from->scheduled[i] >= 0.0 && from->scheduled[i] < b->plan->n_weeks)
            weeks[hazard->n_scheduled++] = from->scheduled[i];
    if (hazard->n_scheduled)
        qsort(weeks, (size_t)hazard->n_scheduled, sizeof *weeks, by_value);
    hazard->scheduled = weeks;
}

static bool is_in_season(const hf_hazard *from, int64_t day) {
    int year, month, of_month;
    hf_date_from_days(day, &year, &month, &of_month);
    bool after_first = month >= from->first_month, before_last = month <= from->last_month;
    return from->first_month <= from->last_month ? after_first && before_last
                                                 : after_first || before_last;
}

/* A season opens and closes where floor(7 * time) changes the month: on whole days. */
static void build_seasons(hf_plan_builder *b, const hf_hazard *from, hf_plan_hazard *hazard) {
    if (from->arrival != HF_POISSON_POINTS || from->first_month == 0)
        return;
    int n_days = 7 * b->plan->n_weeks, n = 0;
    double *start = HF_ARENA_NEW(b->plan->arena, n_days / 365 + 2, double);
    double *end = HF_ARENA_NEW(b->plan->arena, n_days / 365 + 2, double);
    bool open = false;
    for (int day = 0; day < n_days; day++) {
        bool in_season = is_in_season(from, b->scenario->start_days + day);
        if (in_season && !open)
            start[n++] = day / 7.0;
        if (in_season)
            end[n - 1] = (day + 1) / 7.0;
        open = in_season;
    }
    hazard->seasonal = true;
    hazard->season_gain = 12.0 / (double)((from->last_month - from->first_month + 12) % 12 + 1);
    hazard->n_seasons = n;
    hazard->season_start = start;
    hazard->season_end = end;
}

static void build_triggers(hf_plan_builder *b, const hf_hazard *from, hf_plan_hazard *hazard) {
    hf_plan_trigger *triggers = HF_ARENA_NEW(b->plan->arena, from->n_triggers, hf_plan_trigger);
    for (int i = 0; i < from->n_triggers; i++)
        triggers[i] =
            (hf_plan_trigger){.hazard = b->hazard_rows[from->triggers[i].hazard],
                              .probability = from->triggers[i].probability,
                              .lag_weeks = hf_plan_distribution(b, &from->triggers[i].lag_weeks)};
    hazard->n_triggers = from->n_triggers;
    hazard->triggers = triggers;
}

static void build_hazard(hf_plan_builder *b, const hf_hazard *from, hf_plan_hazard *hazard) {
    hazard->present = true;
    build_points(b, from, hazard);
    build_seasons(b, from, hazard);
    if (from->arrival == HF_POISSON_POINTS && from->frailty_factor >= 0) {
        hazard->frail = true;
        hazard->frailty_entity = hf_hash_id(b->scenario->factors[from->frailty_factor].id);
        hazard->frailty_sigma = from->frailty_sigma;
    }
    hazard->duration = hf_plan_distribution(b, &from->duration);
    hazard->recovery = from->recovery;
    for (int p = 0; p < 2; p++)
        hazard->recovery_parameter[p] = hf_plan_distribution(b, &from->recovery_parameter[p]);
    hazard->severity = hf_plan_distribution(b, &from->severity);
    hf_plan_effect *effects = HF_ARENA_NEW(b->plan->arena, from->n_effects, hf_plan_effect);
    for (int e = 0; e < from->n_effects; e++)
        effects[e] = build_effect(b, &from->effects[e]);
    hazard->n_effects = from->n_effects;
    hazard->effects = effects;
    build_triggers(b, from, hazard);
}

void hf_plan_build_hazards(hf_plan_builder *b) {
    for (int h = 0; h < b->plan->n_hazards; h++) {
        hf_plan_hazard *hazard = &b->plan->hazards[h];
        hazard->id = hf_arena_strdup(b->plan->arena, b->space->hazards[h]);
        hazard->entity = hf_hash_id(hazard->id);
        if (b->hazards[h])
            build_hazard(b, b->hazards[h], hazard);
    }
}
