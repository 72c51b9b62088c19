/* From a scenario to a plan: rows by id here, then the wiring, the flow and the hazards. */
#include "plan/plan.h"
#include "base/check.h"
#include "base/elementary.h"
#include "base/hash.h"
#include "plan/build.h"
#include <string.h>

/* Row of `id` among ids[n] in byte order; it is there. */
static int row_of(const char *id, const char **ids, int n) {
    int low = 0, high = n;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (strcmp(ids[middle], id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    HF_ASSERT(low < n && !strcmp(ids[low], id));
    return low;
}

static void match_ids(hf_plan_builder *b) {
    const hf_scenario *s = b->scenario;
    const hf_space *space = b->space;
    b->stage_rows = HF_ARENA_NEW(b->scratch, s->n_stages, int);
    b->market_rows = HF_ARENA_NEW(b->scratch, s->n_markets, int);
    b->hazard_rows = HF_ARENA_NEW(b->scratch, s->n_hazards, int);
    b->stages = HF_ARENA_NEW(b->scratch, space->n_stages, const hf_stage *);
    b->markets = HF_ARENA_NEW(b->scratch, space->n_markets, const hf_market *);
    b->hazards = HF_ARENA_NEW(b->scratch, space->n_hazards, const hf_hazard *);
    for (int i = 0; i < s->n_stages; i++) {
        b->stage_rows[i] = row_of(s->stages[i].id, space->stages, space->n_stages);
        b->stages[b->stage_rows[i]] = &s->stages[i];
    }
    for (int m = 0; m < s->n_markets; m++) {
        b->market_rows[m] = row_of(s->markets[m].id, space->markets, space->n_markets);
        b->markets[b->market_rows[m]] = &s->markets[m];
    }
    for (int h = 0; h < s->n_hazards; h++) {
        b->hazard_rows[h] = row_of(s->hazards[h].id, space->hazards, space->n_hazards);
        b->hazards[b->hazard_rows[h]] = &s->hazards[h];
    }
}

static void build_head(hf_plan_builder *b, const char *policy) {
    hf_plan *plan = b->plan;
    plan->policy = hf_arena_strdup(plan->arena, policy);
    plan->n_weeks = b->scenario->horizon_weeks;
    plan->warmup_weeks = b->scenario->warmup_weeks;
    plan->threshold = b->scenario->service_threshold;
    plan->n_stages = b->space->n_stages;
    plan->n_markets = b->space->n_markets;
    plan->n_hazards = b->space->n_hazards;
    plan->n_accounts = b->space->n_accounts;
    plan->n_causes = b->space->n_causes;
    plan->stages = HF_ARENA_NEW(plan->arena, plan->n_stages, hf_plan_stage);
    plan->markets = HF_ARENA_NEW(plan->arena, plan->n_markets, hf_plan_market);
    plan->hazards = HF_ARENA_NEW(plan->arena, plan->n_hazards, hf_plan_hazard);
}

static double other_part(double part) { /* of a unit variance */
    return hf_sqrt(1.0 - part * part);
}

static void build_factors(hf_plan_builder *b) {
    const hf_scenario *s = b->scenario;
    b->weekly_factors = HF_ARENA_NEW(b->scratch, s->n_factors, int);
    b->plan->factors = HF_ARENA_NEW(b->plan->arena, s->n_factors, hf_plan_factor);
    for (int f = 0; f < s->n_factors; f++) {
        b->weekly_factors[f] = -1;
        if (s->factors[f].kind != HF_FACTOR_WEEKLY)
            continue;
        double rho = s->factors[f].persistence;
        b->weekly_factors[f] = b->plan->n_factors;
        b->plan->factors[b->plan->n_factors++] =
            (hf_plan_factor){hf_hash_id(s->factors[f].id), rho, other_part(rho)};
    }
}

static hf_plan_noise build_noise(const hf_plan_builder *b, const char *id, const hf_noise *noise) {
    hf_plan_noise n = {.entity = hf_hash_id(id), .innovation = 1.0, .factor = -1, .own = 1.0};
    if (!noise)
        return n;
    n.sigma = noise->sigma;
    n.persistence = noise->persistence;
    n.innovation = other_part(noise->persistence);
    if (noise->factor >= 0) {
        n.factor = b->weekly_factors[noise->factor];
        n.loading = noise->loading;
        n.own = other_part(noise->loading);
    }
    return n;
}

hf_distribution hf_plan_distribution(hf_plan_builder *b, const hf_distribution *d) {
    hf_distribution copy = *d;
    double *values = HF_ARENA_NEW(b->plan->arena, d->n_values, double);
    for (int i = 0; i < d->n_values; i++)
        values[i] = d->values[i];
    copy.values = d->n_values ? values : NULL;
    return copy;
}

static const double *build_accounts(hf_plan_builder *b, const hf_stage *from) {
    const hf_space *space = b->space;
    double *amounts = HF_ARENA_NEW(b->plan->arena, space->n_accounts, double);
    for (int a = 0; from && a < b->scenario->n_accounts; a++) {
        int row = 0;
        while (strcmp(space->accounts[row].id, b->scenario->accounts[a].id))
            row++;
        amounts[row] = from->account_amounts[a];
    }
    return amounts;
}

/* What the plan takes over as it stands; a stage that the policy lacks makes nothing of nothing. */
static void build_stage(hf_plan_builder *b, int i) {
    const hf_stage *from = b->stages[i];
    hf_plan_stage *stage = &b->plan->stages[i];
    *stage = (hf_plan_stage){.id = hf_arena_strdup(b->plan->arena, b->space->stages[i]),
                             .units_per_start = 1.0,
                             .surge_factor = 1.0,
                             .smoothing = 1.0,
                             .account_amounts = build_accounts(b, from)};
    stage->noise = build_noise(b, stage->id, from ? &from->yield_noise : NULL);
    stage->first_lot = b->plan->n_lot_rows;
    if (!from)
        return;
    stage->cycle_weeks = from->cycle_weeks;
    stage->units_per_start = from->units_per_start;
    stage->surge_factor = 1.0 + from->surge;
    stage->smoothing = from->smoothing;
    stage->visibility = from->visibility;
    stage->fixed_target = from->stock_in_units;
    stage->target_units = from->stock_in_units ? from->stock : 0.0;
    stage->value_added = from->value_added;
    stage->domestic_part =
        hf_scenario_domestic_part(b->scenario, (int)(from - b->scenario->stages));
    stage->holding_cost = from->holding_cost;
    stage->wip_holding_cost = from->wip_holding_cost;
    stage->surge_cost = from->surge_cost;
    b->plan->n_lot_rows += from->cycle_weeks;
}

static void build_market(hf_plan_builder *b, int m) {
    const hf_market *from = b->markets[m];
    hf_plan_market *market = &b->plan->markets[m];
    *market = (hf_plan_market){.id = hf_arena_strdup(b->plan->arena, b->space->markets[m]),
                               .smoothing = 1.0,
                               .kind = HF_DEMAND_LOGNORMAL,
                               .iid = {.family = HF_CONSTANT, .parameter = {1.0}, .times = 1.0}};
    market->noise = build_noise(b, market->id, from ? &from->noise : NULL);
    market->first_recent = b->plan->n_recent_rows;
    if (!from)
        return;
    market->price = from->price;
    market->smoothing = from->smoothing;
    market->quoted_weeks = from->quoted_weeks;
    market->abandon = from->abandon;
    market->backlog_cost = from->backlog_cost;
    market->kind = from->kind;
    if (from->kind == HF_DEMAND_IID)
        market->iid = hf_plan_distribution(b, &from->iid);
    b->plan->n_recent_rows += from->quoted_weeks;
}

hf_status hf_plan_build(const hf_scenario *scenario, const char *policy, const hf_space *space,
                        hf_plan **plan, hf_error *err) {
    hf_arena *arena = hf_arena_create();
    hf_plan_builder b = {.scenario = scenario,
                         .space = space,
                         .plan = HF_ARENA_NEW(arena, 1, hf_plan),
                         .scratch = hf_arena_create()};
    b.plan->arena = arena;
    hf_row_pool_init(&b.rows, arena, scenario->horizon_weeks);
    match_ids(&b);
    build_head(&b, policy);
    build_factors(&b);
    for (int i = 0; i < b.plan->n_stages; i++)
        build_stage(&b, i);
    for (int m = 0; m < b.plan->n_markets; m++)
        build_market(&b, m);
    hf_plan_build_network(&b);
    hf_status status = hf_plan_build_flow(&b, err);
    if (status == HF_OK) {
        hf_plan_build_weeks(&b);
        hf_plan_build_hazards(&b);
        HF_ASSERT(hf_plan_is_valid(b.plan));
        *plan = b.plan;
    }
    hf_row_pool_clear(&b.rows);
    hf_arena_destroy(b.scratch);
    if (status != HF_OK)
        hf_arena_destroy(arena);
    return status;
}

void hf_plan_destroy(hf_plan *plan) {
    if (plan)
        hf_arena_destroy(plan->arena);
}
