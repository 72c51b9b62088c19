/* The world: one scenario under one policy, read, checked, frozen. */
#ifndef HF_MODEL_SCENARIO_H
#define HF_MODEL_SCENARIO_H

#include "base/memory.h"
#include "base/problems.h"
#include "model/demand.h"
#include "model/hazard.h"
#include "model/measure.h"
#include "model/network.h"
#include <stdint.h>

typedef struct hf_account {
    const char *id;
    const char *name;
    const char *unit;
} hf_account;

typedef struct hf_scenario {
    hf_arena *arena; /* owns everything below */
    const char *title;
    int64_t start_days; /* week 0 begins, days since 1970-01-01 */
    int horizon_weeks;  /* T */
    int warmup_weeks;
    double service_threshold; /* theta */
    const char *currency;
    int n_regions, n_factors, n_stages, n_markets, n_hazards, n_accounts, n_measures, n_policies;
    hf_region *regions; /* each in the byte order of ids */
    hf_factor *factors;
    hf_stage *stages;
    hf_market *markets;
    hf_hazard *hazards;
    hf_account *accounts;
    hf_measure *measures;
    hf_policy *policies;
} hf_scenario;

hf_scenario *hf_scenario_create(void);
void hf_scenario_destroy(hf_scenario *scenario); /* NULL is allowed */

/* What a single field cannot show: cycles, sources that do not make the product, footprints that
 * do not sum to 1, selectors that select nothing, missing shares, colliding hashes ... Adds one
 * problem each, with the path of the field ("stages.FAB.inputs.WAFER.sources.X"). */
void hf_scenario_check(const hf_scenario *scenario, hf_problems *problems);

/* Links in their one order: stages by id, their inputs by product, sources by supplier id; then
 * markets by id. */
int hf_scenario_n_links(const hf_scenario *scenario);

/* Writes the fraction in [0, 1] with which `effect` reaches each row of its channel: [n_stages],
 * [n_markets] or [n_links] (capacity, yield, scrap: stages; demand: markets; shipping: links).
 * Returns how many are above 0. */
int hf_scenario_select(const hf_scenario *scenario, const hf_effect *effect, double *fraction);

/* Part of stage `stage`'s footprint that is domestic, [0, 1]. */
double hf_scenario_domestic_part(const hf_scenario *scenario, int stage);

/* Index of `id` among things[n] of `size` bytes, which stand by their first member, the id; -1 if
 * there is none. */
int hf_id_find(const void *things, int n, size_t size, const char *id);
/* The same in a scenario. */
int hf_scenario_find_stage(const hf_scenario *scenario, const char *id);
int hf_scenario_find_market(const hf_scenario *scenario, const char *id);
int hf_scenario_find_hazard(const hf_scenario *scenario, const char *id);

/* The same world under each policy of a job. */
typedef struct hf_world {
    int n_policies;
    const char **policy_ids; /* [n_policies], in the job's order; owned like `scenarios` */
    hf_scenario **scenarios; /* [n_policies] */
} hf_world;
void hf_world_clear(hf_world *world);

#endif
