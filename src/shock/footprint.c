#include "shock/footprint.h"

/* The effects of all hazards, one after the other, and their targets likewise. */
static void flatten(hf_footprint *footprint, const hf_plan *plan) {
    int n_reaches = 0, n_targets = 0;
    for (int h = 0; h < plan->n_hazards; h++) {
        footprint->first_reach[h] = n_reaches;
        for (int k = 0; k < plan->hazards[h].n_effects; k++) {
            const hf_plan_effect *effect = &plan->hazards[h].effects[k];
            int first_row = hf_factors_first_row(plan, effect->channel);
            if (effect->n_targets > 0)
                footprint->reaches[n_reaches++] = (hf_reach){effect, k, n_targets};
            for (int i = 0; i < effect->n_targets; i++, n_targets++) {
                footprint->rows[n_targets] = first_row + effect->rows[i];
                footprint->exposures[n_targets] = effect->exposures[i];
            }
        }
    }
    footprint->first_reach[plan->n_hazards] = n_reaches;
}

/* The rows among the targets, each once. */
static void list_reached(hf_footprint *footprint, int n_rows, int n_targets) {
    bool *is_reached = HF_NEW(n_rows, bool);
    for (int i = 0; i < n_targets; i++)
        is_reached[footprint->rows[i]] = true;
    footprint->reached = HF_NEW(n_rows, int);
    for (int row = 0; row < n_rows; row++)
        if (is_reached[row])
            footprint->reached[footprint->n_reached++] = row;
    hf_free(is_reached);
}

hf_footprint *hf_footprint_create(const hf_plan *plan, int n_lanes) {
    hf_footprint *footprint = HF_NEW(1, hf_footprint);
    int n_effects = 0, n_targets = 0, n_rows = hf_factors_first_row(plan, HF_N_CHANNELS);
    for (int h = 0; h < plan->n_hazards; h++)
        for (int k = 0; k < plan->hazards[h].n_effects; k++, n_effects++)
            n_targets += plan->hazards[h].effects[k].n_targets;
    footprint->n_lanes = n_lanes;
    footprint->first_reach = HF_NEW(plan->n_hazards + 1, int);
    footprint->reaches = HF_NEW(n_effects, hf_reach);
    footprint->rows = HF_NEW(n_targets, int);
    footprint->exposures = HF_NEW(n_targets, double);
    flatten(footprint, plan);
    list_reached(footprint, n_rows, n_targets);
    size_t most = (size_t)footprint->n_reached * (size_t)n_lanes;
    footprint->places = HF_NEW(most + 1, int); /* one more than is used is written */
    footprint->values = HF_NEW(most * HF_SPAN_WEEKS, double);
    footprint->cell_of_row = HF_NEW(n_rows, int);
    footprint->felt = HF_NEW(n_rows, uint8_t);
    return footprint;
}

void hf_footprint_destroy(hf_footprint *footprint) {
    if (!footprint)
        return;
    hf_free(footprint->first_reach);
    hf_free(footprint->reaches);
    hf_free(footprint->rows);
    hf_free(footprint->exposures);
    hf_free(footprint->reached);
    hf_free(footprint->places);
    hf_free(footprint->values);
    hf_free(footprint->cell_of_row);
    hf_free(footprint->felt);
    hf_free(footprint);
}

void hf_footprint_start(hf_footprint *footprint) {
    footprint->n_cells = footprint->first_of_lane = 0;
    footprint->lane = -1;
    for (int i = 0; i < footprint->n_reached; i++) {
        footprint->cell_of_row[footprint->reached[i]] = -1;
        footprint->felt[footprint->reached[i]] = 0;
    }
}

void hf_footprint_erase(const hf_footprint *footprint, hf_factors *factors) {
    for (int i = 0; i < footprint->n_cells; i++)
        factors->rows[footprint->places[i]] = 1.0;
}
