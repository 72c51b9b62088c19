/* Scenarios filled in by hand (fixture.h); the random ones are made in fixture_random.c. */
#include "fixture.h"
#include "base/check.h"
#include <stdio.h>
#include <string.h>

hf_scenario *fixture_empty(int horizon_weeks, int n_stages, int n_markets, int n_hazards) {
    hf_scenario *s = hf_scenario_create();
    s->title = "fixture";
    s->currency = "USD";
    s->start_days = 20454; /* 2026-01-01 */
    s->horizon_weeks = horizon_weeks;
    s->service_threshold = 0.95;
    s->n_regions = 1;
    s->regions = HF_ARENA_NEW(s->arena, 1, hf_region);
    s->regions[0] = (hf_region){.id = "home", .name = "Home", .country = "US", .domestic = true};
    s->n_stages = n_stages;
    s->stages = HF_ARENA_NEW(s->arena, n_stages, hf_stage);
    s->n_markets = n_markets;
    s->markets = HF_ARENA_NEW(s->arena, n_markets, hf_market);
    s->n_hazards = n_hazards;
    s->hazards = HF_ARENA_NEW(s->arena, n_hazards, hf_hazard);
    return s;
}

hf_path fixture_constant(hf_scenario *scenario, double value) {
    return fixture_path(scenario, 1, (double[]){0}, &value);
}

hf_path fixture_path(hf_scenario *scenario, int n_knots, const double *weeks,
                     const double *values) {
    double *w = HF_ARENA_NEW(scenario->arena, n_knots, double);
    double *v = HF_ARENA_NEW(scenario->arena, n_knots, double);
    memcpy(w, weeks, (size_t)n_knots * sizeof *w);
    memcpy(v, values, (size_t)n_knots * sizeof *v);
    return (hf_path){.n_knots = n_knots, .weeks = w, .values = v};
}

hf_stage *fixture_stage(hf_scenario *scenario, int i, const char *id, const char *product,
                        int n_inputs) {
    hf_arena *arena = scenario->arena;
    hf_stage *stage = &scenario->stages[i];
    *stage = (hf_stage){.id = hf_arena_strdup(arena, id),
                        .product = hf_arena_strdup(arena, product),
                        .unit = "unit",
                        .n_sites = 1,
                        .sites = HF_ARENA_NEW(arena, 1, hf_site),
                        .capacity = fixture_constant(scenario, HF_UNLIMITED),
                        .units_per_start = 1,
                        .yield = fixture_constant(scenario, 1),
                        .yield_noise = {.factor = -1},
                        .visibility = 1,
                        .smoothing = 0.05,
                        .n_inputs = n_inputs,
                        .inputs = HF_ARENA_NEW(arena, n_inputs, hf_input),
                        .account_amounts = HF_ARENA_NEW(arena, scenario->n_accounts, double)};
    stage->name = stage->id;
    stage->sites[0] = (hf_site){.region = 0, .fraction = 1};
    return stage;
}

hf_market *fixture_market(hf_scenario *scenario, int i, const char *id, double demand) {
    hf_market *market = &scenario->markets[i];
    *market = (hf_market){.id = hf_arena_strdup(scenario->arena, id),
                          .demand = fixture_constant(scenario, demand),
                          .noise = {.factor = -1},
                          .iid = hf_constant(1),
                          .price = 1,
                          .smoothing = 0.05};
    market->name = market->id;
    return market;
}

hf_hazard *fixture_hazard(hf_scenario *scenario, int i, const char *id, int n_effects) {
    hf_hazard *hazard = &scenario->hazards[i];
    *hazard = (hf_hazard){.id = hf_arena_strdup(scenario->arena, id),
                          .family = "natural",
                          .arrival = HF_POISSON_POINTS,
                          .per_year = hf_constant(1),
                          .frailty_factor = -1,
                          .duration = hf_constant(4),
                          .recovery_parameter = {hf_constant(0), hf_constant(0)},
                          .severity = hf_constant(1),
                          .n_effects = n_effects,
                          .effects = HF_ARENA_NEW(scenario->arena, n_effects, hf_effect)};
    hazard->name = hazard->id;
    for (int e = 0; e < n_effects; e++)
        hazard->effects[e] =
            (hf_effect){.channel = HF_CAPACITY, .select = {.everything = true}, .exposure = 1};
    return hazard;
}

void fixture_input(hf_scenario *scenario, hf_input *input, const char *product, int n_links,
                   const int *suppliers) {
    *input = (hf_input){.product = hf_arena_strdup(scenario->arena, product),
                        .per_unit = 1,
                        .n_links = n_links,
                        .links = HF_ARENA_NEW(scenario->arena, n_links, hf_link)};
    for (int l = 0; l < n_links; l++) {
        input->links[l].supplier = suppliers[l];
        if (n_links > 1) /* a single source has no share to look at */
            input->links[l].share = fixture_constant(scenario, 1);
    }
}

hf_scenario *fixture_chain(void) {
    hf_scenario *s = fixture_empty(60, 2, 1, 0);
    hf_stage *pack = fixture_stage(s, FIXTURE_PACK, "PACK", "module", 1);
    pack->cycle_weeks = 4;
    pack->stock = 2;
    fixture_input(s, &pack->inputs[0], "wafer", 1, (int[]){FIXTURE_WAFER});
    pack->inputs[0].per_unit = 2;
    pack->inputs[0].cover_weeks = 3;
    pack->inputs[0].links[0].transit_weeks = 2;

    hf_stage *wafer = fixture_stage(s, FIXTURE_WAFER, "WAFER", "wafer", 0);
    wafer->cycle_weeks = 12;
    wafer->stock = 1;
    wafer->units_per_start = 5;
    wafer->yield = fixture_constant(s, 0.8);

    hf_market *market = fixture_market(s, 0, "MARKET", 10);
    fixture_input(s, &market->input, "module", 1, (int[]){FIXTURE_PACK});
    market->input.links[0].transit_weeks = 1;
    return s;
}

hf_plan *fixture_plan(const hf_scenario *scenario) {
    const char *policy = "baseline";
    hf_scenario *borrowed = (hf_scenario *)scenario;
    hf_world world = {.n_policies = 1, .policy_ids = &policy, .scenarios = &borrowed};
    hf_space *space = hf_space_create(&world);
    hf_plan *plan = NULL;
    hf_error err;
    if (hf_plan_build(scenario, policy, space, &plan, &err))
        hf_fatal(1, "fixture_plan: %s", err.text);
    hf_space_destroy(space);
    HF_ASSERT(hf_plan_is_valid(plan));
    return plan;
}
