/* Plans with nothing but what chance needs, built by hand: stages with a flat yield, markets with a
 * flat demand, hazards that never come. A test fills in the rest. */
#ifndef HF_TESTS_SHOCK_PLAN_H
#define HF_TESTS_SHOCK_PLAN_H

#include "base/elementary.h"
#include "base/hash.h"
#include "plan/plan.h"
#include "shock/sampled.h"
#include <stdio.h>

static inline double *shock_row(hf_plan *plan, double value) {
    double *row = HF_ARENA_NEW(plan->arena, plan->n_weeks, double);
    for (int t = 0; t < plan->n_weeks; t++)
        row[t] = value;
    return row;
}

static inline hf_plan_noise shock_noise(const char *id, double sigma, double persistence,
                                        int factor, double loading) {
    return (hf_plan_noise){.entity = hf_hash_id(id),
                           .sigma = sigma,
                           .persistence = persistence,
                           .innovation = hf_sqrt(1.0 - persistence * persistence),
                           .factor = factor,
                           .loading = factor < 0 ? 0.0 : loading,
                           .own = factor < 0 ? 1.0 : hf_sqrt(1.0 - loading * loading)};
}

static inline void shock_yield(hf_plan *plan, int stage, double median) {
    plan->stages[stage].yield_median = shock_row(plan, median);
    plan->stages[stage].yield_logit =
        shock_row(plan, median < 1.0 ? hf_log(median / (1.0 - median)) : 0.0);
}

/* Yields 0.9, demands 100, no noise; hazard h "Hh": poisson, never, step, severity 1, no effect. */
static inline hf_plan *shock_plan(int n_weeks, int n_stages, int n_markets, int n_hazards) {
    hf_arena *arena = hf_arena_create();
    hf_plan *plan = HF_ARENA_NEW(arena, 1, hf_plan);
    *plan = (hf_plan){.arena = arena,
                      .n_weeks = n_weeks,
                      .n_stages = n_stages,
                      .n_markets = n_markets,
                      .n_hazards = n_hazards,
                      .stages = HF_ARENA_NEW(arena, n_stages, hf_plan_stage),
                      .markets = HF_ARENA_NEW(arena, n_markets, hf_plan_market),
                      .hazards = HF_ARENA_NEW(arena, n_hazards, hf_plan_hazard)};
    for (int i = 0; i < n_stages; i++) {
        plan->stages[i].noise.factor = -1;
        shock_yield(plan, i, 0.9);
    }
    for (int m = 0; m < n_markets; m++) {
        plan->markets[m].noise.factor = -1;
        plan->markets[m].base = shock_row(plan, 100.0);
    }
    for (int h = 0; h < n_hazards; h++) {
        char id[16];
        snprintf(id, sizeof id, "H%d", h);
        plan->hazards[h] = (hf_plan_hazard){.id = hf_arena_strdup(arena, id),
                                            .entity = hf_hash_id(id),
                                            .present = true,
                                            .per_year = hf_constant(0.0),
                                            .duration = hf_constant(0.0),
                                            .severity = hf_constant(1.0)};
    }
    return plan;
}

static inline void shock_plan_destroy(hf_plan *plan) {
    hf_arena_destroy(plan->arena);
}

/* Gives hazard h room for n effects. */
static inline hf_plan_effect *shock_effects(hf_plan *plan, int h, int n) {
    hf_plan_effect *effects = HF_ARENA_NEW(plan->arena, n, hf_plan_effect);
    plan->hazards[h].effects = effects;
    plan->hazards[h].n_effects = n;
    return effects;
}

/* An effect of exposure 1 on rows 0 .. n_targets - 1, all of equal weight. */
static inline void shock_effect(hf_plan *plan, hf_plan_effect *effect, hf_channel channel,
                                int n_targets) {
    int *rows = HF_ARENA_NEW(plan->arena, n_targets, int);
    double *exposures = HF_ARENA_NEW(plan->arena, n_targets, double);
    double *cumulative = HF_ARENA_NEW(plan->arena, n_targets, double);
    for (int i = 0; i < n_targets; i++) {
        rows[i] = i;
        exposures[i] = 1.0;
        cumulative[i] = (i + 1.0) / n_targets;
    }
    *effect = (hf_plan_effect){.channel = channel,
                               .n_targets = n_targets,
                               .rows = rows,
                               .exposures = exposures,
                               .cumulative = cumulative};
}

static inline void shock_trigger(hf_plan *plan, int h, int target, double probability,
                                 hf_distribution lag_weeks) {
    hf_plan_trigger *trigger = HF_ARENA_NEW(plan->arena, 1, hf_plan_trigger);
    *trigger =
        (hf_plan_trigger){.hazard = target, .probability = probability, .lag_weeks = lag_weeks};
    plan->hazards[h].triggers = trigger;
    plan->hazards[h].n_triggers = 1;
}

#endif
