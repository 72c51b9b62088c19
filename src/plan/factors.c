#include "plan/factors.h"
#include "base/check.h"

int hf_factors_first_row(const hf_plan *plan, hf_channel channel) {
    const int n_rows[HF_N_CHANNELS] = {[HF_CAPACITY] = plan->n_stages,
                                       [HF_YIELD] = plan->n_stages,
                                       [HF_SCRAP] = plan->n_stages,
                                       [HF_SHIPPING] = plan->n_links,
                                       [HF_DEMAND] = plan->n_markets};
    int first = 0;
    for (hf_channel before = 0; before < channel; before++)
        first += n_rows[before];
    return first;
}

hf_factors *hf_factors_create(const hf_plan *plan, int n_lanes) {
    HF_ASSERT(n_lanes == 1 || (n_lanes > 0 && n_lanes % 8 == 0));
    hf_arena *arena = hf_arena_create();
    hf_factors *factors = HF_ARENA_NEW(arena, 1, hf_factors);
    size_t n_rows = (size_t)hf_factors_first_row(plan, HF_N_CHANNELS);
    factors->arena = arena;
    factors->n_lanes = n_lanes;
    factors->rows = HF_ARENA_NEW(arena, n_rows * (size_t)n_lanes, double);
    factors->any = HF_ARENA_NEW(arena, n_rows, bool);
    double **rows[HF_N_CHANNELS] = {[HF_CAPACITY] = &factors->capacity,
                                    [HF_YIELD] = &factors->yield,
                                    [HF_SCRAP] = &factors->scrap,
                                    [HF_SHIPPING] = &factors->shipping,
                                    [HF_DEMAND] = &factors->demand};
    for (hf_channel channel = 0; channel < HF_N_CHANNELS; channel++)
        *rows[channel] =
            factors->rows + (size_t)hf_factors_first_row(plan, channel) * (size_t)n_lanes;
    factors->any_capacity = factors->any + hf_factors_first_row(plan, HF_CAPACITY);
    factors->any_scrap = factors->any + hf_factors_first_row(plan, HF_SCRAP);
    factors->any_shipping = factors->any + hf_factors_first_row(plan, HF_SHIPPING);
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
    int n_rows = hf_factors_first_row(plan, HF_N_CHANNELS);
    size_t n = (size_t)factors->n_lanes;
    for (int row = 0; row < n_rows; row++) {
        fill(&factors->rows[(size_t)row * n], factors->n_lanes, 1.0);
        factors->any[row] = false;
    }
    for (int i = 0; i < plan->n_stages; i++)
        fill(&factors->yield[(size_t)i * n], factors->n_lanes, plan->stages[i].yield_median[week]);
    for (int m = 0; m < plan->n_markets; m++)
        fill(&factors->demand[(size_t)m * n], factors->n_lanes, plan->markets[m].base[week]);
}
