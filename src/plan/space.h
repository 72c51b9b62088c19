/* The index space that all policies of a job share, so that their results have common dimensions:
 * the union of ids over policies, in byte order. A stage that a policy lacks has capacity 0. */
#ifndef HF_PLAN_SPACE_H
#define HF_PLAN_SPACE_H

#include "base/memory.h"
#include "model/scenario.h"

typedef struct hf_space {
    hf_arena *arena;
    int n_stages, n_markets, n_hazards, n_accounts, n_causes;
    const char **stages, **markets, **hazards; /* ids */
    hf_account *accounts;
    const char **causes; /* what binds a stage: "line", then products in byte order */
    const char **stage_units, **stage_products;
    const char **hazard_families;
} hf_space;

hf_space *hf_space_create(const hf_world *world);
void hf_space_destroy(hf_space *space);

#endif
