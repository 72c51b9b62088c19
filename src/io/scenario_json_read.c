/* One scenario from its JSON: the collections of things by id, and the scenario's own fields. */
#include "base/check.h"
#include "io/json.h"
#include "io/scenario_json.h"
#include "io/scenario_json_parts.h"
#include <string.h>

/* --- members by id --- */

hf_members hf_members_of(hf_reader *reader, const cJSON *object, const hf_at *at) {
    return (hf_members){.reader = reader, .next = object->child, .at = {.up = at}};
}

bool hf_members_next(hf_members *members) {
    while (members->next) {
        members->json = members->next;
        members->next = members->json->next;
        members->at.key = members->json->string;
        if (hf_id_is_valid(members->json->string))
            return true;
        hf_reader_add(members->reader, &members->at,
                      "found a key that is no id; allowed a letter, then up to 63 letters, digits "
                      "and _");
    }
    return false;
}

/* --- collections --- */

static void read_reference(hf_reader *reader, cJSON *json, const hf_at *at, void *thing);

typedef struct collection {
    const char *key;
    hf_things things;
    size_t count, array; /* in the scenario */
    size_t size;         /* of one thing, whose first member is its id */
    hf_part_read *read;
    bool needed; /* one at least */
    bool named;  /* `name` defaults to the id */
} collection;

#define PLACE(name, type)                                                                          \
    .count = offsetof(hf_scenario, n_##name), .array = offsetof(hf_scenario, name),                \
    .size = sizeof(type)

static const collection collections[] = {
    {"regions", HF_REGIONS, PLACE(regions, hf_region), hf_region_read, .needed = true,
     .named = true},
    {"factors", HF_FACTORS, PLACE(factors, hf_factor), hf_factor_read},
    {"accounts", HF_ACCOUNTS, PLACE(accounts, hf_account), hf_account_read, .named = true},
    {"stages", HF_STAGES, PLACE(stages, hf_stage), hf_stage_read, .needed = true, .named = true},
    {"markets", HF_MARKETS, PLACE(markets, hf_market), hf_market_read, .needed = true,
     .named = true},
    {"hazards", HF_HAZARDS, PLACE(hazards, hf_hazard), hf_hazard_read, .named = true},
    {"measures", HF_MEASURES, PLACE(measures, hf_measure), hf_measure_read, .named = true},
    {"policies", HF_POLICIES, PLACE(policies, hf_policy), hf_policy_read, .named = true},
    {"references", HF_REFERENCES, .count = HF_NOWHERE, .array = HF_NOWHERE, .size = 1,
     .read = read_reference},
};

/* Makes room for the things of a collection and lists their ids: all of them stand before the
 * first is read, since they refer to each other. */
static void list_ids(hf_reader *reader, const collection *c, const cJSON *object,
                     hf_scenario *scenario) {
    int n = 0, n_members = cJSON_IsObject(object) ? cJSON_GetArraySize(object) : 0;
    const char **ids = HF_ARENA_NEW(reader->arena, n_members, const char *);
    for (const cJSON *member = n_members ? object->child : NULL; member; member = member->next)
        if (hf_id_is_valid(member->string))
            ids[n++] = hf_arena_strdup(reader->arena, member->string);
    reader->known[c->things] = (hf_ids){.n = n, .ids = ids};
    if (c->array == HF_NOWHERE)
        return;
    char *things = (char *)hf_arena_alloc(reader->arena, (size_t)n, c->size);
    for (int i = 0; i < n; i++)
        memcpy(things + (size_t)i * c->size, &ids[i], sizeof ids[i]);
    memcpy((char *)scenario + c->count, &n, sizeof n);
    memcpy((char *)scenario + c->array, &things, sizeof things);
}

static const collection *collection_of(const char *key) {
    for (size_t i = 0; i < HF_N_ROWS(collections); i++)
        if (strcmp(collections[i].key, key) == 0)
            return &collections[i];
    HF_ASSERT(!"a collection has its key");
    return NULL;
}

static void read_collection(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    const collection *c = collection_of(at->key);
    if (!hf_reader_is_object(reader, json, at))
        return;
    if (c->needed && !json->child)
        hf_reader_found(reader, at, json, "one or more");
    hf_members m = hf_members_of(reader, json, at);
    char *things = NULL;
    if (c->array != HF_NOWHERE)
        memcpy(&things, (char *)thing + c->array, sizeof things);
    for (int i = 0; hf_members_next(&m); i++) {
        if (c->named && cJSON_IsObject(m.json) && !hf_json_member(m.json, "name"))
            cJSON_AddStringToObject(m.json, "name", m.json->string);
        c->read(reader, m.json, &m.at, things ? things + (size_t)i * c->size : NULL);
    }
}

static void read_reference(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    (void)thing;
    if (!cJSON_IsString(json) || !json->valuestring[0] || strpbrk(json->valuestring, "\r\n"))
        hf_reader_found(reader, at, json, "one line of text");
}

/* --- the scenario --- */

static const char *const schemas[] = {HF_SCENARIO_SCHEMA, NULL};

static const hf_field fields[] = {
    {"schema", HF_KIND_CHOICE, .required = true, .offset = HF_NOWHERE, .words = schemas},
    {"title", HF_KIND_TEXT, HF_MEMBER(hf_scenario, title), .fallback = "\"\""},
    {"start", HF_KIND_DATE, .required = true, HF_MEMBER(hf_scenario, start_days)},
    {"horizon_weeks", HF_KIND_WHOLE, .required = true, HF_MEMBER(hf_scenario, horizon_weeks),
     .min = 1, .max = 5200},
    {"warmup_weeks", HF_KIND_WHOLE, HF_MEMBER(hf_scenario, warmup_weeks), .min = 0, .max = 5199,
     .fallback = "0"},
    {"service_threshold", HF_KIND_NUMBER, HF_MEMBER(hf_scenario, service_threshold), .min = 0,
     .max = 1, .fallback = "0.95"},
    {"currency", HF_KIND_LINE, HF_MEMBER(hf_scenario, currency), .fallback = "\"USD\""},
    {"regions", HF_KIND_PART, .required = true, .read = read_collection},
    {"factors", HF_KIND_PART, .read = read_collection, .fallback = "{}"},
    {"accounts", HF_KIND_PART, .read = read_collection, .fallback = "{}"},
    {"stages", HF_KIND_PART, .required = true, .read = read_collection},
    {"markets", HF_KIND_PART, .required = true, .read = read_collection},
    {"hazards", HF_KIND_PART, .read = read_collection, .fallback = "{}"},
    {"measures", HF_KIND_PART, .read = read_collection, .fallback = "{}"},
    {"policies", HF_KIND_PART, .read = read_collection, .fallback = "{}"},
    {"references", HF_KIND_PART, .read = read_collection, .fallback = "{}"},
};

hf_scenario *hf_scenario_from_json(cJSON *json, hf_problems *problems) {
    hf_scenario *scenario = hf_scenario_create();
    hf_reader reader = {.arena = scenario->arena, .problems = problems, .annotated = true};
    const cJSON *schema = hf_json_member(json, "schema");
    hf_json_sort(json);
    if (cJSON_IsString(schema) && strcmp(schema->valuestring, HF_SCENARIO_SCHEMA) != 0) {
        /* Of another format everything would be wrong. */
        hf_at at = {.key = "schema"};
        hf_field_read(&reader, hf_json_member(json, "schema"), &at, &fields[0], scenario);
        return scenario;
    }
    for (size_t i = 0; i < HF_N_ROWS(collections); i++)
        list_ids(&reader, &collections[i], hf_json_member(json, collections[i].key), scenario);
    if (hf_fields_read(&reader, json, NULL, fields, HF_N_ROWS(fields), scenario) ||
        cJSON_IsObject(json))
        hf_scenario_check(scenario, problems);
    return scenario;
}
