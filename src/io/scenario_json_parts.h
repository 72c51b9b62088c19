/* The readers of a scenario's objects, one a kind of thing; see scenario_json.c. Each reads its
 * `thing` (zeroed but for the id) from an object that stands at `at`. */
#ifndef HF_IO_SCENARIO_JSON_PARTS_H
#define HF_IO_SCENARIO_JSON_PARTS_H

#include "io/fields.h"
#include "model/scenario.h"

/* The scenario that `json` describes, checked; defaults are filled in and members sorted. Given,
 * whatever its problems; with problems it is good for nothing but hf_scenario_destroy. */
hf_scenario *hf_scenario_from_json(cJSON *json, hf_problems *problems);

hf_part_read hf_region_read, hf_factor_read, hf_account_read, hf_stage_read, hf_market_read;
hf_part_read hf_hazard_read, hf_effects_read, hf_measure_read, hf_policy_read;

/* The members of an object whose keys are ids, one by one: false at the end. Others are reported
 * and passed over. Begin with {.reader, .up} and the object's first child as `next`. */
typedef struct hf_members {
    hf_reader *reader;
    cJSON *next;
    cJSON *json; /* of this member */
    hf_at at;    /* where it stands */
} hf_members;
hf_members hf_members_of(hf_reader *reader, const cJSON *object, const hf_at *at);
bool hf_members_next(hf_members *members);

#endif
