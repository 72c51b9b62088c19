#include "plan/factors.h"
#include "base/check.h"

static double *rows(hf_arena *arena, int n_rows, int n_lanes) {
    return HF_ARENA_NEW(arena, (size_t)n_rows * (size_t)n_lanes, double);
}

hf_factors *hf_factors_create(const hf_plan *plan, int n_lanes) {
    HF_ASSERT(n_lanes == 1 || (n_lanes > 0 && n_lanes % 8 == 0));
    hf_arena *arena = hf_arena_create();
    hf_factors *factors = HF_ARENA_NEW(arena, 1, hf_factors);
    factors->arena = arena;
    factors->n_lanes = n_lanes;
    factors->capacity = rows(arena, plan->n_stages, n_lanes);
    factors->yield = rows(arena, plan->n_stages, n_lanes);
    factors->shipping = rows(arena, plan->n_links, n_lanes);
    factors->demand = rows(arena, plan->n_markets, n_lanes);
    factors->scrap = rows(arena, plan->n_stages, n_lanes);
    factors->any_scrap = HF_ARENA_NEW(arena, plan->n_stages, bool);
    return factors;
}

void hf_factors_destroy(hf_factors *factors) {
    if (factors)
        hf_arena_destroy(factors->arena);
}

static void fill(double *row, int n_lanes, double value) {
    for (int lane = 0; lane < n_lanes; lane++)
        row[lane] = value;
}

void hf_factors_set_calm(hf_factors *factors, const hf_plan *plan, int week) {
    HF_ASSERT(week >= 0 && week < plan->n_weeks);
    size_t n = (size_t)factors->n_lanes;
    for (int i = 0; i < plan->n_stages; i++) {
        fill(&factors->capacity[(size_t)i * n], factors->n_lanes, 1.0);
        fill(&factors->yield[(size_t)i * n], factors->n_lanes, plan->stages[i].yield_median[week]);
        fill(&factors->scrap[(size_t)i * n], factors->n_lanes, 1.0);
        factors->any_scrap[i] = false;
    }
    for (int a = 0; a < plan->n_links; a++)
        fill(&factors->shipping[(size_t)a * n], factors->n_lanes, 1.0);
    for (int m = 0; m < plan->n_markets; m++)
        fill(&factors->demand[(size_t)m * n], factors->n_lanes, plan->markets[m].base[week]);
}
