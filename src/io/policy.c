/* Measures at work. */
#include "io/policy.h"
#include "base/number.h"
#include "io/fields.h"
#include "io/json.h"
#include "io/merge_patch.h"
#include <string.h>

bool hf_policy_may_change(const char *key) {
    static const char *const free[] = {"regions",    "factors", "stages", "markets",    "hazards",
                                       "references", "title",   "source", "confidence", "note"};
    for (size_t i = 0; i < sizeof free / sizeof free[0]; i++)
        if (strcmp(key, free[i]) == 0)
            return true;
    return false;
}

static const cJSON *measure_of(const cJSON *measures, const cJSON *name) {
    return cJSON_IsString(name) ? hf_json_member(measures, name->valuestring) : NULL;
}

/* --- patches --- */

/* A tree with the keys of all patches so far; its leaves name the measure. */
static cJSON *touched_of(const cJSON *patch, const char *measure) {
    if (!cJSON_IsObject(patch))
        return cJSON_CreateString(measure);
    cJSON *touched = cJSON_CreateObject();
    for (const cJSON *child = patch->child; child; child = child->next)
        cJSON_AddItemToObject(touched, child->string, touched_of(child, measure));
    return touched;
}

static const char *first_owner(const cJSON *touched) {
    while (!cJSON_IsString(touched)) {
        if (!touched->child)
            return "another measure";
        touched = touched->child;
    }
    return touched->valuestring;
}

/* Adds the keys of `patch` to `touched`; reports where both have a value. */
static void touch(cJSON *touched, const cJSON *patch, const char *measure, const hf_at *up,
                  hf_problems *problems) {
    for (const cJSON *child = patch->child; child; child = child->next) {
        hf_at at = {.up = up, .key = child->string};
        cJSON *there = hf_json_member(touched, child->string);
        if (!there) {
            cJSON_AddItemToObject(touched, child->string, touched_of(child, measure));
        } else if (cJSON_IsObject(there) && cJSON_IsObject(child)) {
            touch(there, child, measure, &at, problems);
        } else {
            char *path = hf_at_text(&at);
            hf_problems_add(problems, path,
                            "found two patches, of measures %s and %s; allowed one in a policy",
                            first_owner(there), measure);
            hf_free(path);
        }
    }
}

/* A copy without what measures may not change, which has its problem already. */
static cJSON *allowed_part(const cJSON *patch) {
    cJSON *part = cJSON_CreateObject();
    for (const cJSON *child = patch->child; child; child = child->next)
        if (hf_policy_may_change(child->string))
            cJSON_AddItemToObject(part, child->string, cJSON_Duplicate(child, true));
    return part;
}

void hf_policy_patch(cJSON **scenario, const cJSON *measures, const cJSON *names,
                     hf_problems *problems) {
    cJSON *touched = cJSON_CreateObject();
    for (const cJSON *name = names->child; name; name = name->next) {
        const cJSON *patch = hf_json_member(measure_of(measures, name), "patch");
        if (!cJSON_IsObject(patch))
            continue;
        cJSON *allowed = allowed_part(patch);
        touch(touched, allowed, name->valuestring, NULL, problems);
        hf_merge_patch(scenario, allowed);
        cJSON_Delete(allowed);
    }
    cJSON_Delete(touched);
}

/* --- scales --- */

bool hf_scale_path_is_valid(const char *path, char root[65]) {
    for (bool is_first = true;; is_first = false) {
        char part[66];
        size_t n = strcspn(path, ".");
        if (n >= sizeof part)
            return false;
        memcpy(part, path, n);
        part[n] = '\0';
        if (!hf_id_is_valid(part) && (is_first || strcmp(part, "*") != 0))
            return false;
        if (is_first)
            memcpy(root, part, n + 1);
        if (!path[n])
            return !is_first;
        path += n + 1;
    }
}

/* Bad ones have their problem already. */
static bool is_good_scale(const cJSON *factor) {
    char root[65];
    return hf_scale_path_is_valid(factor->string, root) && hf_policy_may_change(root) &&
           cJSON_IsNumber(factor) && factor->valuedouble >= 0.0;
}

typedef struct scale {
    double factor;
    int n_matches;
    hf_problems *problems;
} scale;

static void scale_number(cJSON *number, const scale *s, bool is_capacity) {
    if (is_capacity && number->valuedouble >= HF_UNLIMITED)
        return; /* no limit, times whatever, is no limit */
    cJSON_SetNumberHelper(number, number->valuedouble * s->factor);
}

static void scale_leaf(cJSON *json, const hf_at *at, scale *s) {
    bool is_capacity = strcmp(at->key, "capacity") == 0;
    cJSON *values = hf_json_member(json, "values");
    cJSON *times = hf_json_member(json, "times"), *plus = hf_json_member(json, "plus");
    s->n_matches++;
    if (cJSON_IsNumber(json)) {
        scale_number(json, s, is_capacity);
    } else if (cJSON_IsArray(values) && hf_json_member(json, "weeks")) {
        for (cJSON *value = values->child; value; value = value->next)
            if (cJSON_IsNumber(value))
                scale_number(value, s, is_capacity);
    } else if (cJSON_IsNumber(times) && cJSON_IsNumber(plus)) {
        scale_number(times, s, false);
        scale_number(plus, s, false);
    } else {
        char *path = hf_at_text(at), *found = hf_json_describe(json);
        hf_problems_add(s->problems, path,
                        "found %s to scale; allowed a number, a path or a random quantity", found);
        hf_free(found);
        hf_free(path);
    }
}

/* Scales what `path`, taken from `json` at `up` on, leads to. */
static void scale_along(cJSON *json, const hf_at *up, const char *path, scale *s) {
    size_t n = strcspn(path, ".");
    bool is_any = n == 1 && path[0] == '*';
    if (!cJSON_IsObject(json))
        return;
    for (cJSON *child = json->child; child; child = child->next) {
        hf_at at = {.up = up, .key = child->string};
        if (!is_any && (strncmp(child->string, path, n) != 0 || child->string[n]))
            continue;
        if (path[n])
            scale_along(child, &at, path + n + 1, s);
        else
            scale_leaf(child, &at, s);
    }
}

static void scale_by_measure(cJSON *scenario, const cJSON *measure, hf_problems *problems) {
    const cJSON *scales = hf_json_member(measure, "scale");
    if (!cJSON_IsObject(scales))
        return;
    for (const cJSON *factor = scales->child; factor; factor = factor->next) {
        scale s = {.factor = factor->valuedouble, .problems = problems};
        if (!is_good_scale(factor))
            continue;
        scale_along(scenario, NULL, factor->string, &s);
        if (s.n_matches)
            continue;
        hf_at measures = {.key = "measures"}, owner = {.up = &measures, .key = measure->string};
        hf_at list = {.up = &owner, .key = "scale"}, at = {.up = &list, .key = factor->string};
        char *path = hf_at_text(&at);
        hf_problems_add(problems, path,
                        "found a path that leads to nothing; allowed one to a "
                        "number, a path or a random quantity");
        hf_free(path);
    }
}

void hf_policy_scale(cJSON *scenario, const cJSON *measures, const cJSON *names,
                     hf_problems *problems) {
    for (const cJSON *name = names->child; name; name = name->next)
        scale_by_measure(scenario, measure_of(measures, name), problems);
}

bool hf_policy_has_scale(const cJSON *measures, const cJSON *names) {
    for (const cJSON *name = names->child; name; name = name->next)
        if (hf_json_member(measure_of(measures, name), "scale"))
            return true;
    return false;
}
