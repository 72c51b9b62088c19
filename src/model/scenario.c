/* Life of a scenario and of a world, and what is looked up in them. */
#include "model/scenario.h"
#include "base/number.h"
#include <string.h>

hf_scenario *hf_scenario_create(void) {
    hf_arena *arena = hf_arena_create();
    hf_scenario *scenario = HF_ARENA_NEW(arena, 1, hf_scenario);
    scenario->arena = arena;
    return scenario;
}

void hf_scenario_destroy(hf_scenario *scenario) {
    if (scenario)
        hf_arena_destroy(scenario->arena); /* in which the scenario itself lies */
}

int hf_scenario_n_links(const hf_scenario *scenario) {
    int n = 0;
    for (int i = 0; i < scenario->n_stages; i++)
        for (int k = 0; k < scenario->stages[i].n_inputs; k++)
            n += scenario->stages[i].inputs[k].n_links;
    for (int m = 0; m < scenario->n_markets; m++)
        n += scenario->markets[m].input.n_links;
    return n;
}

double hf_scenario_domestic_part(const hf_scenario *scenario, int stage) {
    const hf_stage *s = &scenario->stages[stage];
    double part = 0.0;
    for (int i = 0; i < s->n_sites; i++)
        if (scenario->regions[s->sites[i].region].domestic)
            part += s->sites[i].fraction;
    return hf_min(part, 1.0); /* a footprint sums to 1 but for rounding */
}

int hf_id_find(const void *things, int n, size_t size, const char *id) {
    int low = 0, high = n;
    while (low < high) {
        int middle = low + (high - low) / 2;
        const char *there;
        memcpy(&there, (const char *)things + (size_t)middle * size, sizeof there);
        int order = strcmp(there, id);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

int hf_scenario_find_stage(const hf_scenario *scenario, const char *id) {
    return hf_id_find(scenario->stages, scenario->n_stages, sizeof(hf_stage), id);
}

int hf_scenario_find_market(const hf_scenario *scenario, const char *id) {
    return hf_id_find(scenario->markets, scenario->n_markets, sizeof(hf_market), id);
}

int hf_scenario_find_hazard(const hf_scenario *scenario, const char *id) {
    return hf_id_find(scenario->hazards, scenario->n_hazards, sizeof(hf_hazard), id);
}

void hf_world_clear(hf_world *world) {
    for (int i = 0; i < world->n_policies; i++) {
        hf_scenario_destroy(world->scenarios[i]);
        hf_free((void *)world->policy_ids[i]);
    }
    hf_free(world->scenarios);
    hf_free((void *)world->policy_ids);
    *world = (hf_world){0};
}
