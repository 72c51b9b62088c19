/* In what two JSON texts differ, value by value. */
#include "io/json_difference.h"
#include "base/memory.h"
#include "io/buffer.h"
#include "io/json.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_BEFORE = 8 }; /* bytes of a text before the place where it parts from the other */

typedef struct comparison {
    const char *theirs, *mine;
    hf_problems *problems;
    hf_buffer path;
    int n;
} comparison;

static void compare(comparison *c, const cJSON *their, const cJSON *my);

/* ---- telling ---- */

static void tell(comparison *c, const char *found, const char *allowed) {
    hf_buffer line = {0};
    if (c->n++ >= HF_JSON_DIFFERENCES)
        return;
    hf_buffer_add_text(&line, "found ");
    hf_buffer_add_text(&line, found);
    hf_buffer_add_text(&line, " in ");
    hf_buffer_add_text(&line, c->theirs);
    hf_buffer_add_text(&line, "; allowed ");
    hf_buffer_add_text(&line, allowed);
    hf_buffer_add_text(&line, " as in ");
    hf_buffer_add_text(&line, c->mine);
    hf_problems_add(c->problems, c->path.n ? c->path.text : "the whole", "%s", line.text);
    hf_free(line.text);
}

/* A string from `from` on, which is moved to the beginning of a character. */
static char *describe_end(const char *text, size_t from) {
    while (from > 0 && ((unsigned char)text[from] & 0xC0) == 0x80)
        from--;
    hf_buffer end = {0};
    hf_buffer_add_text(&end, "...");
    hf_buffer_add_text(&end, text + from);
    cJSON *string = cJSON_CreateString(end.text);
    char *words = hf_json_describe(string);
    cJSON_Delete(string);
    hf_free(end.text);
    return words;
}

static char *describe(const cJSON *json, const cJSON *other) {
    if (!json)
        return hf_strdup("nothing");
    if (cJSON_IsString(json) && cJSON_IsString(other)) {
        size_t same = 0;
        while (json->valuestring[same] && json->valuestring[same] == other->valuestring[same])
            same++;
        if (same > 2 * SHOWN_BEFORE)
            return describe_end(json->valuestring, same - SHOWN_BEFORE);
    }
    return hf_json_describe(json);
}

static void differ(comparison *c, const cJSON *their, const cJSON *my) {
    char *found = describe(their, my), *allowed = describe(my, their);
    tell(c, found, allowed);
    hf_free(found);
    hf_free(allowed);
}

/* ---- matching ---- */

typedef struct entry {
    const char *key;
    const cJSON *json;
} entry;

typedef struct entries {
    entry *items; /* by key, each once */
    size_t n;
} entries;

static int by_key(const void *a, const void *b) {
    return strcmp(((const entry *)a)->key, ((const entry *)b)->key);
}

/* An object's members by key, an array's elements by id. False if some have none, or not their own.
 */
static bool make_entries(entries *all, const cJSON *parent) {
    bool is_array = cJSON_IsArray(parent), is_good = true;
    all->n = (size_t)cJSON_GetArraySize(parent);
    all->items = HF_NEW(all->n, entry);
    size_t i = 0;
    for (const cJSON *child = parent->child; child && is_good; child = child->next) {
        const cJSON *id = is_array ? hf_json_member(child, "id") : NULL;
        is_good = !is_array || cJSON_IsString(id);
        if (is_good)
            all->items[i++] = (entry){is_array ? id->valuestring : child->string, child};
    }
    if (is_good)
        qsort(all->items, all->n, sizeof *all->items, by_key);
    for (i = 1; is_good && i < all->n; i++)
        is_good = strcmp(all->items[i - 1].key, all->items[i].key) != 0;
    return is_good;
}

/* Compares what stands at path + `step`; NULL: nothing does. */
static void step_into(comparison *c, const char *step, const cJSON *their, const cJSON *my) {
    size_t n = c->path.n;
    hf_buffer_add_text(&c->path, step);
    if (their && my)
        compare(c, their, my);
    else
        differ(c, their, my);
    c->path.n = n;
    c->path.text[n] = '\0';
}

static void compare_entry(comparison *c, const char *key, bool is_array, const cJSON *their,
                          const cJSON *my) {
    char *name = hf_json_key_text(key);
    hf_buffer step = {0};
    hf_buffer_add_text(&step, is_array ? "[" : c->path.n ? "." : "");
    hf_buffer_add_text(&step, name);
    hf_buffer_add_text(&step, is_array ? "]" : "");
    step_into(c, step.text, their, my);
    hf_free(step.text);
    hf_free(name);
}

static void compare_entries(comparison *c, const entries *their, const entries *my, bool is_array) {
    size_t i = 0, k = 0;
    while (i < their->n || k < my->n) {
        int order = i == their->n ? 1 : k == my->n ? -1 : by_key(&their->items[i], &my->items[k]);
        const entry *found = order <= 0 ? &their->items[i++] : NULL;
        const entry *allowed = order >= 0 ? &my->items[k++] : NULL;
        compare_entry(c, found ? found->key : allowed->key, is_array, found ? found->json : NULL,
                      allowed ? allowed->json : NULL);
    }
}

static void compare_positions(comparison *c, const cJSON *their, const cJSON *my) {
    const cJSON *found = their->child, *allowed = my->child;
    for (unsigned i = 0; found || allowed; i++) {
        hf_buffer step = {0};
        hf_buffer_add_format(&step, "[%u]", i);
        step_into(c, step.text, found, allowed);
        hf_free(step.text);
        found = found ? found->next : NULL;
        allowed = allowed ? allowed->next : NULL;
    }
}

/* Whether two arrays have the same ids in another order. */
static bool is_reordered(const entries *their, const entries *my, const cJSON *found,
                         const cJSON *allowed) {
    bool is_same_order = true;
    if (their->n != my->n)
        return false;
    for (size_t i = 0; i < my->n; i++)
        if (by_key(&their->items[i], &my->items[i]) != 0)
            return false;
    for (found = found->child, allowed = allowed->child; found && is_same_order;
         found = found->next, allowed = allowed->next)
        is_same_order = strcmp(hf_json_member(found, "id")->valuestring,
                               hf_json_member(allowed, "id")->valuestring) == 0;
    return !is_same_order;
}

static void compare_parents(comparison *c, const cJSON *their, const cJSON *my) {
    entries found = {0}, allowed = {0};
    bool is_array = cJSON_IsArray(my);
    bool is_keyed = make_entries(&found, their) && make_entries(&allowed, my);
    if (!is_keyed)
        compare_positions(c, their, my);
    else
        compare_entries(c, &found, &allowed, is_array);
    if (is_keyed && is_array && is_reordered(&found, &allowed, their, my))
        tell(c, "the same elements in another order", "the order");
    hf_free(found.items);
    hf_free(allowed.items);
}

/* To the bit: cJSON_Compare lets near numbers pass. */
static bool is_same_leaf(const cJSON *their, const cJSON *my) {
    if (cJSON_IsNumber(my))
        return their->valuedouble == my->valuedouble;
    return !cJSON_IsString(my) || strcmp(their->valuestring, my->valuestring) == 0;
}

static void compare(comparison *c, const cJSON *their, const cJSON *my) {
    bool is_parent = cJSON_IsObject(my) || cJSON_IsArray(my);
    bool is_type = (their->type & 0xFF) == (my->type & 0xFF);
    if (is_type && is_parent)
        compare_parents(c, their, my);
    else if (!is_type || !is_same_leaf(their, my))
        differ(c, their, my);
}

/* ---- the texts ---- */

/* The tree, or NULL, and one problem says why. */
static cJSON *parse(comparison *c, const char *text, const char *name) {
    hf_problems wrong;
    cJSON *json;
    hf_problems_init(&wrong);
    hf_status status = hf_json_parse(text, strlen(text), &json, &wrong, NULL);
    if (status || wrong.n > 0) {
        c->n++;
        hf_problems_add(c->problems, name, "cannot be compared: %s",
                        wrong.n ? wrong.lines[0] : hf_status_words(status));
        cJSON_Delete(json);
        json = NULL;
    }
    hf_problems_clear(&wrong);
    return json;
}

int hf_json_differences(const char *their_text, const char *theirs, const char *my_text,
                        const char *mine, hf_problems *problems) {
    comparison c = {.theirs = theirs, .mine = mine, .problems = problems};
    cJSON *their = parse(&c, their_text, theirs), *my = parse(&c, my_text, mine);
    if (their && my)
        compare(&c, their, my);
    if (c.n > HF_JSON_DIFFERENCES)
        hf_problems_add(problems, "and elsewhere", "%d more values differ",
                        c.n - HF_JSON_DIFFERENCES);
    cJSON_Delete(their);
    cJSON_Delete(my);
    hf_free(c.path.text);
    return c.n;
}
