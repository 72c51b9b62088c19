/* The world of a job: one scenario under each policy. */
#include "io/scenario_json.h"
#include "io/json.h"
#include "io/policy.h"
#include "io/scenario_json_parts.h"
#include "model/nearest.h"
#include <stdlib.h>
#include <string.h>

void hf_scenario_text_clear(hf_scenario_text *text) {
    hf_free(text->verbatim);
    hf_free(text->canonical);
    *text = (hf_scenario_text){0};
}

/* What one reading of a world holds. */
typedef struct world_reader {
    const cJSON *raw;      /* as written */
    const cJSON *measures; /* of it; may be NULL */
    hf_world *world;       /* policies asked for; scenarios come as they are read */
    hf_problems *problems;
    char **base_lines; /* problems of the base, sorted: a policy inherits them */
    size_t n_base_lines;
} world_reader;

/* --- problems that only a policy has --- */

static int by_line(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void keep_base_lines(world_reader *w, size_t first) {
    w->n_base_lines = w->problems->n - first;
    w->base_lines = HF_NEW(w->n_base_lines, char *);
    for (size_t i = 0; i < w->n_base_lines; i++)
        w->base_lines[i] = hf_strdup(w->problems->lines[first + i]);
    qsort(w->base_lines, w->n_base_lines, sizeof(char *), by_line);
}

static void drop_base_lines(world_reader *w) {
    for (size_t i = 0; i < w->n_base_lines; i++)
        hf_free(w->base_lines[i]);
    hf_free(w->base_lines);
}

/* Does a line of the base begin with the first n bytes of `line` and then `next`? */
static bool base_has(const world_reader *w, const char *line, size_t n, char next) {
    size_t low = 0, high = w->n_base_lines;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *there = w->base_lines[middle];
        int order = strncmp(there, line, n);
        if (order == 0)
            order = (unsigned char)there[n] - (unsigned char)next;
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* What is wrong in the base at the same place, or within it, is wrong in a policy as a rule. */
static bool is_inherited(const world_reader *w, const char *line) {
    const char *end = strstr(line, ": ");
    size_t n = end ? (size_t)(end - line) : strlen(line);
    return base_has(w, line, n, ':') || base_has(w, line, n, '.');
}

/* Adds the lines that the base has not, under the policy's name. */
static void add_own_lines(world_reader *w, const char *kind, const char *name,
                          const hf_problems *problems) {
    char *key = hf_json_key_text(name), label[160];
    snprintf(label, sizeof label, "%s %.140s", kind, key);
    for (size_t i = 0; i < problems->n; i++)
        if (!is_inherited(w, problems->lines[i]))
            hf_problems_add(w->problems, label, "%s", problems->lines[i]);
    hf_free(key);
}

/* --- policies --- */

/* The scenario with the measures of `names`, read and checked. */
static hf_scenario *read_with(world_reader *w, const char *kind, const char *name,
                              const cJSON *names) {
    cJSON *json = cJSON_Duplicate(w->raw, true);
    hf_problems own;
    hf_problems_init(&own);
    hf_policy_patch(&json, w->measures, names, &own);
    if (hf_policy_has_scale(w->measures, names)) {
        hf_problems again; /* a first reading fills in the defaults */
        hf_problems_init(&again);
        hf_scenario_destroy(hf_scenario_from_json(json, &again));
        hf_problems_clear(&again);
        hf_policy_scale(json, w->measures, names, &own);
    }
    hf_scenario *scenario = hf_scenario_from_json(json, &own);
    add_own_lines(w, kind, name, &own);
    hf_problems_clear(&own);
    cJSON_Delete(json);
    return scenario;
}

/* Hands a scenario to whoever asked for it. */
static void deliver(world_reader *w, const char *policy, hf_scenario *scenario) {
    for (int i = 0; scenario && i < w->world->n_policies; i++)
        if (strcmp(w->world->policy_ids[i], policy) == 0 && !w->world->scenarios[i]) {
            w->world->scenarios[i] = scenario;
            return;
        }
    hf_scenario_destroy(scenario);
}

static void read_policies(world_reader *w) {
    const cJSON *policies = hf_json_member(w->raw, "policies");
    for (const cJSON *p = cJSON_IsObject(policies) ? policies->child : NULL; p; p = p->next) {
        const cJSON *names = hf_json_member(p, "measures");
        if (cJSON_IsArray(names) && hf_id_is_valid(p->string) && strcmp(p->string, HF_BASELINE))
            deliver(w, p->string, read_with(w, "policy", p->string, names));
    }
}

static bool is_used(const cJSON *policies, const char *measure) {
    for (const cJSON *p = cJSON_IsObject(policies) ? policies->child : NULL; p; p = p->next) {
        const cJSON *names = hf_json_member(p, "measures");
        for (const cJSON *n = cJSON_IsArray(names) ? names->child : NULL; n; n = n->next)
            if (cJSON_IsString(n) && strcmp(n->valuestring, measure) == 0)
                return true;
    }
    return false;
}

/* Measures that no policy has are tried alone: a typing error in one should not wait for its
 * first use. */
static void try_unused_measures(world_reader *w) {
    const cJSON *policies = hf_json_member(w->raw, "policies");
    for (const cJSON *m = cJSON_IsObject(w->measures) ? w->measures->child : NULL; m; m = m->next) {
        if (is_used(policies, m->string) || !cJSON_IsObject(m))
            continue;
        cJSON *names = cJSON_CreateArray();
        cJSON_AddItemToArray(names, cJSON_CreateString(m->string));
        hf_scenario_destroy(read_with(w, "measure", m->string, names));
        cJSON_Delete(names);
    }
}

/* --- what was asked for --- */

static void check_asked(world_reader *w) {
    const cJSON *policies = hf_json_member(w->raw, "policies");
    const hf_world *world = w->world;
    for (int i = 0; i < world->n_policies; i++) {
        const char *id = world->policy_ids[i];
        hf_nearest search = {.name = id};
        for (int j = 0; j < i; j++)
            if (strcmp(id, world->policy_ids[j]) == 0)
                hf_problems_add(w->problems, "policies", "found %s a second time; allowed once",
                                id);
        if (strcmp(id, HF_BASELINE) == 0 || hf_json_member(policies, id))
            continue;
        hf_nearest_offer(&search, HF_BASELINE);
        for (const cJSON *p = cJSON_IsObject(policies) ? policies->child : NULL; p; p = p->next)
            if (hf_id_is_valid(p->string))
                hf_nearest_offer(&search, p->string);
        char *text = hf_json_key_text(id);
        hf_problems_add(w->problems, "policies",
                        "found %s; allowed %s or a policy of the scenario; nearest known: %s", text,
                        HF_BASELINE, search.best);
        hf_free(text);
    }
}

static void ask(hf_world *world, int n_policies, const char *const *policies) {
    *world = (hf_world){.n_policies = n_policies,
                        .policy_ids = HF_NEW(n_policies, const char *),
                        .scenarios = HF_NEW(n_policies, hf_scenario *)};
    for (int i = 0; i < n_policies; i++)
        world->policy_ids[i] = hf_strdup(policies[i]);
}

/* Reads `raw` under all policies. */
static void read_world(cJSON *raw, int n_policies, const char *const *policies, hf_world *world,
                       char **canonical, hf_problems *problems) {
    hf_json_sort(raw);
    world_reader w = {.raw = raw,
                      .measures = hf_json_member(raw, "measures"),
                      .world = world,
                      .problems = problems};
    cJSON *base = cJSON_Duplicate(raw, true);
    size_t n_base = problems->n;
    ask(world, n_policies, policies);
    hf_scenario *baseline = hf_scenario_from_json(base, problems);
    keep_base_lines(&w, n_base);
    deliver(&w, HF_BASELINE, baseline);
    read_policies(&w);
    try_unused_measures(&w);
    check_asked(&w);
    drop_base_lines(&w);
    hf_json_sort(base);
    *canonical = hf_json_write(base);
    cJSON_Delete(base);
}

/* From a parsed tree on; it and its text are taken over. Keys given twice are among `problems`
 * already, which had n_before lines when the reading began. */
static hf_status finish(cJSON *raw, char *verbatim, int n_policies, const char *const *policies,
                        hf_world *world, hf_scenario_text *text, hf_problems *problems,
                        size_t n_before, hf_error *err) {
    char *canonical;
    hf_status status = HF_OK;
    read_world(raw, n_policies, policies, world, &canonical, problems);
    cJSON_Delete(raw);
    if (problems->n > n_before) {
        size_t n = problems->n - n_before;
        hf_world_clear(world);
        status = hf_fail(err, HF_BAD_INPUT, "the scenario has %zu problem%s", n, n > 1 ? "s" : "");
    } else if (text) {
        *text = (hf_scenario_text){.verbatim = verbatim, .canonical = canonical};
        return HF_OK;
    }
    hf_free(canonical);
    hf_free(verbatim);
    return status;
}

hf_status hf_world_parse(const char *scenario, size_t n, int n_policies,
                         const char *const *policies, hf_world *world, hf_scenario_text *text,
                         hf_problems *problems, hf_error *err) {
    cJSON *raw;
    size_t n_before = problems->n;
    *world = (hf_world){0};
    if (text)
        *text = (hf_scenario_text){0};
    hf_status status = hf_json_parse(scenario, n, &raw, problems, err);
    if (status)
        return status;
    return finish(raw, hf_strdup(scenario), n_policies, policies, world, text, problems, n_before,
                  err);
}

hf_status hf_world_read(const char *path, int n_policies, const char *const *policies,
                        hf_world *world, hf_scenario_text *text, hf_problems *problems,
                        hf_error *err) {
    cJSON *raw;
    char *verbatim = NULL;
    size_t n_before = problems->n;
    *world = (hf_world){0};
    if (text)
        *text = (hf_scenario_text){0};
    hf_status status = hf_json_read_file(path, &raw, &verbatim, problems, err);
    if (status) {
        hf_free(verbatim);
        return status;
    }
    return finish(raw, verbatim, n_policies, policies, world, text, problems, n_before, err);
}

hf_status hf_world_policies(const char *path, int *n_policies, char ***policies,
                            hf_problems *problems, hf_error *err) {
    cJSON *raw;
    *n_policies = 0;
    *policies = NULL;
    hf_status status = hf_json_read_file(path, &raw, NULL, problems, err);
    if (status)
        return status;
    hf_json_sort(raw);
    cJSON *object = hf_json_member(raw, "policies");
    *policies = HF_NEW(1 + (object ? cJSON_GetArraySize(object) : 0), char *);
    (*policies)[(*n_policies)++] = hf_strdup(HF_BASELINE);
    for (const cJSON *p = cJSON_IsObject(object) ? object->child : NULL; p; p = p->next)
        if (hf_id_is_valid(p->string) && strcmp(p->string, HF_BASELINE) != 0)
            (*policies)[(*n_policies)++] = hf_strdup(p->string);
    cJSON_Delete(raw);
    return HF_OK;
}
