/* Measures and policies from JSON (inputs/README.md 1); what they do is io/policy.h. */
#include "io/json.h"
#include "io/policy.h"
#include "io/scenario_json_parts.h"
#include <string.h>

/* A measure must leave alone what all policies share. */
static bool check_root(hf_reader *reader, const char *key, const hf_at *at) {
    if (hf_policy_may_change(key))
        return true;
    hf_reader_add(
        reader, at,
        "found a change of what all policies share; allowed in title, regions, factors, stages, "
        "markets and hazards");
    return false;
}

static void read_patch(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    (void)thing;
    if (!hf_reader_is_object(reader, json, at))
        return;
    for (const cJSON *member = json->child; member; member = member->next) {
        hf_at here = {.up = at, .key = member->string};
        check_root(reader, member->string, &here);
    }
}

static void read_scale(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field factor = {"", HF_KIND_NUMBER, .min = 0, .max = HF_MAX_MAGNITUDE};
    char root[65];
    double value;
    (void)thing;
    if (!hf_reader_is_object(reader, json, at))
        return;
    for (const cJSON *member = json->child; member; member = member->next) {
        hf_at here = {.up = at, .key = member->string};
        if (!hf_scale_path_is_valid(member->string, root))
            hf_reader_add(reader, &here,
                          "found no path; allowed ids with dots between, like "
                          "stages.*.capacity, * for any id");
        else if (check_root(reader, root, &here))
            hf_number_read(reader, member, &here, &factor, &value);
    }
}

void hf_measure_read(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"name", HF_KIND_TEXT, HF_MEMBER(hf_measure, name)},
        {"cost", HF_KIND_NUMBER, .required = true, HF_MEMBER(hf_measure, cost), .min = 0,
         .max = HF_MAX_MAGNITUDE},
        {"patch", HF_KIND_PART, .read = read_patch},
        {"scale", HF_KIND_PART, .read = read_scale},
    };
    hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), thing);
    if (cJSON_IsObject(json) && !hf_json_member(json, "patch") && !hf_json_member(json, "scale"))
        hf_reader_add(reader, at, "found neither patch nor scale; allowed one of them or both");
}

void hf_policy_read(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"name", HF_KIND_TEXT, HF_MEMBER(hf_policy, name)},
        {"measures", HF_KIND_NAMES, .required = true, HF_MEMBER(hf_policy, measures),
         HF_MEMBER_COUNT(hf_policy, n_measures), .things = HF_MEASURES, .ordered = true},
    };
    if (strcmp(json->string, HF_BASELINE) == 0)
        hf_reader_add(
            reader, at,
            "the name is reserved for the scenario without measures; allowed another one");
    hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), thing);
}
