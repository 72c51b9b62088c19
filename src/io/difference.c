/* Two result files side by side, part by part in the order of their paths. */
#include "io/difference.h"
#include "base/number.h"
#include "io/buffer.h"
#include "io/inventory.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_VALUES = 1 << 16, VALUE_TEXT = 80, LONGEST_SHOWN = 70 };

typedef struct pair {
    hf_store a, b;
    hf_findings *found;
} pair;

/* ---- single values ---- */

typedef union value {
    double real;
    int64_t integer;
    uint64_t count; /* also flags */
    char *text;
} value;

static bool is_same(hf_type type, value a, value b) {
    if (type == HF_TYPE_STRING)
        return strcmp(a.text ? a.text : "", b.text ? b.text : "") == 0;
    if (type == HF_TYPE_DOUBLE)
        return (a.real != a.real && b.real != b.real) ||
               hf_double_bits(a.real) == hf_double_bits(b.real);
    return a.count == b.count;
}

static double magnitude(hf_type type, value v) {
    return type == HF_TYPE_DOUBLE  ? fabs(v.real)
           : type == HF_TYPE_INT64 ? fabs((double)v.integer)
                                   : (double)v.count;
}

static double distance(hf_type type, value a, value b) {
    if (type == HF_TYPE_DOUBLE)
        return fabs(a.real - b.real);
    bool a_first = type == HF_TYPE_INT64 ? a.integer < b.integer : a.count < b.count;
    return (double)(a_first ? b.count - a.count : a.count - b.count);
}

static void show(char text[VALUE_TEXT], hf_type type, value v) {
    if (type == HF_TYPE_DOUBLE)
        snprintf(text, VALUE_TEXT, "%.17g", v.real != v.real ? (double)NAN : v.real);
    else if (type == HF_TYPE_INT64)
        snprintf(text, VALUE_TEXT, "%" PRId64, v.integer);
    else if (type != HF_TYPE_STRING)
        snprintf(text, VALUE_TEXT, "%" PRIu64, v.count);
    else if (v.text && strlen(v.text) > LONGEST_SHOWN)
        snprintf(text, VALUE_TEXT, "a text of %zu bytes", strlen(v.text));
    else
        snprintf(text, VALUE_TEXT, "\"%s\"", v.text ? v.text : "");
}

/* ---- attributes ---- */

static value value_of(const hf_attribute *attribute) {
    value v = {.count = attribute->value.count};
    if (attribute->type == HF_TYPE_STRING)
        memcpy(&v.text, &attribute->value.text, sizeof v.text);
    return v;
}

static void compare_attribute(const pair *p, const char *path, const hf_attribute *a,
                              const hf_attribute *b) {
    char of_a[VALUE_TEXT], of_b[VALUE_TEXT];
    const hf_attribute *any = a ? a : b;
    if (a && b && a->type == b->type && is_same(a->type, value_of(a), value_of(b)))
        return;
    if (a)
        show(of_a, a->type, value_of(a));
    if (b)
        show(of_b, b->type, value_of(b));
    if (!a || !b)
        hf_findings_add(p->found, path, "attribute %s: only in %s: %s", any->name,
                        a ? p->a.name : p->b.name, a ? of_a : of_b);
    else if (a->type != b->type)
        hf_findings_add(p->found, path, "attribute %s: %s %s and %s %s", a->name,
                        hf_type_words(a->type), of_a, hf_type_words(b->type), of_b);
    else
        hf_findings_add(p->found, path, "attribute %s: %s and %s", a->name, of_a, of_b);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const hf_attribute *)a)->name, ((const hf_attribute *)b)->name);
}

static void merge_attributes(const pair *p, const char *path, hf_attributes *a, hf_attributes *b) {
    qsort(a->items, a->n, sizeof *a->items, by_name);
    qsort(b->items, b->n, sizeof *b->items, by_name);
    for (size_t i = 0, j = 0; i < a->n || j < b->n;) {
        int order = i == a->n ? 1 : j == b->n ? -1 : by_name(&a->items[i], &b->items[j]);
        const hf_attribute *in_a = order <= 0 ? &a->items[i++] : NULL;
        const hf_attribute *in_b = order >= 0 ? &b->items[j++] : NULL;
        compare_attribute(p, path, in_a, in_b);
    }
}

static hf_status compare_attributes(const pair *p, const char *path, hf_error *err) {
    hf_arena *arena = hf_arena_create();
    hf_attributes a, b;
    hf_status status = hf_stored_attributes(&p->a, path, arena, &a, err);
    if (!status)
        status = hf_stored_attributes(&p->b, path, arena, &b, err);
    if (!status)
        merge_attributes(p, path, &a, &b);
    hf_arena_destroy(arena);
    return status;
}

/* ---- values ---- */

/* What differs among the values of one variable. */
typedef struct tally {
    hf_type type;
    uint64_t n, n_differ, n_missing; /* looked at; that differ; of these, NaN in one file alone */
    double most, most_relative;
    uint64_t first; /* that differs */
    char of_a[VALUE_TEXT], of_b[VALUE_TEXT];
} tally;

static void count(tally *t, value a, value b) {
    uint64_t at = t->n++;
    if (is_same(t->type, a, b))
        return;
    if (t->n_differ++ == 0) {
        t->first = at;
        show(t->of_a, t->type, a);
        show(t->of_b, t->type, b);
    }
    if (t->type == HF_TYPE_STRING)
        return;
    if (t->type == HF_TYPE_DOUBLE && (a.real != a.real || b.real != b.real)) {
        t->n_missing++;
        return;
    }
    double apart = distance(t->type, a, b);
    double larger = fmax(magnitude(t->type, a), magnitude(t->type, b));
    double relative = isinf(apart) ? apart : larger > 0.0 ? apart / larger : 0.0;
    t->most = fmax(t->most, apart);
    t->most_relative = fmax(t->most_relative, relative);
}

/* "policy 0, metric 3" */
static char *place_of(const hf_stored *stored, uint64_t at) {
    uint64_t index[HF_TABLE_DIMENSIONS];
    hf_buffer words = {0};
    for (int i = stored->n_dimensions - 1; i >= 0; i--) {
        index[i] = at % stored->lengths[i];
        at /= stored->lengths[i];
    }
    for (int i = 0; i < stored->n_dimensions; i++)
        hf_buffer_add_format(&words, "%s%s %" PRIu64, i ? ", " : " at ", stored->names[i],
                             index[i]);
    return hf_buffer_take(&words);
}

static void report(const pair *p, const hf_stored *stored, const tally *t) {
    hf_buffer words = {0};
    if (t->n_differ == 0)
        return;
    hf_buffer_add_format(&words, "%" PRIu64 " of %" PRIu64 " differ", t->n_differ, t->n);
    if (t->type != HF_TYPE_STRING && t->n_differ > t->n_missing)
        hf_buffer_add_format(&words, " by at most %.3g (relative %.3g)", t->most, t->most_relative);
    if (t->n_missing)
        hf_buffer_add_format(&words, ", %" PRIu64 " missing in one", t->n_missing);
    char *place = place_of(stored, t->first), *all = hf_buffer_take(&words);
    hf_findings_add(p->found, stored->path, "%s; first%s: %s and %s", all, place, t->of_a, t->of_b);
    hf_free(place);
    hf_free(all);
}

static hf_status compare_values(const pair *p, const hf_stored *a, const hf_stored *b,
                                hf_error *err) {
    const hid_t native = a->type == HF_TYPE_DOUBLE  ? H5T_NATIVE_DOUBLE
                         : a->type == HF_TYPE_INT64 ? H5T_NATIVE_INT64
                                                    : H5T_NATIVE_UINT64;
    tally t = {.type = a->type};
    value *of_a = HF_NEW(BLOCK_VALUES, value), *of_b = HF_NEW(BLOCK_VALUES, value);
    hf_stored_block block = {.n = 0};
    hf_status status = HF_OK;
    while (!status && hf_stored_next(a, BLOCK_VALUES, &block)) {
        status = hf_stored_read(&p->a, a, &block, native, of_a, err);
        if (status)
            break;
        status = hf_stored_read(&p->b, b, &block, native, of_b, err);
        for (uint64_t i = 0; !status && i < block.n; i++)
            count(&t, of_a[i], of_b[i]);
        if (a->type == HF_TYPE_STRING) {
            hf_stored_release(&of_a[0].text, block.n);
            if (!status)
                hf_stored_release(&of_b[0].text, block.n);
        }
    }
    if (!status)
        report(p, a, &t);
    hf_free(of_a);
    hf_free(of_b);
    return status;
}

/* ---- variables ---- */

static void describe(hf_buffer *words, const hf_stored *stored) {
    hf_buffer_add_text(words, stored->has_values ? hf_type_words(stored->type) : "no values");
    for (int i = 0; i < stored->n_dimensions; i++)
        hf_buffer_add_format(words, "%s%s %" PRIu64, i ? ", " : " (", stored->names[i],
                             stored->lengths[i]);
    hf_buffer_add_text(words, stored->n_dimensions ? ")" : "");
}

static bool has_same_shape(const hf_stored *a, const hf_stored *b) {
    bool same = a->has_values == b->has_values && a->n_dimensions == b->n_dimensions &&
                (!a->has_values || a->type == b->type);
    for (int i = 0; same && i < a->n_dimensions; i++)
        same = a->lengths[i] == b->lengths[i] && strcmp(a->names[i], b->names[i]) == 0;
    return same;
}

static void report_shapes(const pair *p, const hf_stored *a, const hf_stored *b) {
    hf_buffer words = {0};
    describe(&words, a);
    hf_buffer_add_text(&words, " and ");
    describe(&words, b);
    char *text = hf_buffer_take(&words);
    hf_findings_add(p->found, a->path, "%s", text);
    hf_free(text);
}

static hf_status compare_variables(const pair *p, const char *path, hf_error *err) {
    hf_stored a, b;
    hf_status status = hf_stored_open(&p->a, path, &a, err);
    if (status)
        return status;
    status = hf_stored_open(&p->b, path, &b, err);
    if (status)
        goto end;
    bool comparable = has_same_shape(&a, &b);
    if (!comparable)
        report_shapes(p, &a, &b);
    if (a.has_values && b.has_values)
        status = compare_attributes(p, path, err);
    if (!status && comparable && a.has_values)
        status = compare_values(p, &a, &b, err);
    hf_stored_close(&b);
end:
    hf_stored_close(&a);
    return status;
}

/* ---- files ---- */

static int by_path(const void *a, const void *b) {
    return strcmp(((const hf_inventory_item *)a)->path, ((const hf_inventory_item *)b)->path);
}

static bool has(const hf_inventory *all, const char *path) {
    const hf_inventory_item wanted = {.path = path};
    return bsearch(&wanted, all->items, all->n, sizeof *all->items, by_path) != NULL;
}

/* A group that is missing stands for all below it. */
static void report_lone(const pair *p, const hf_inventory *other, const hf_store *owner,
                        const hf_inventory_item *item) {
    char *parent = hf_strdup(item->path), *slash = strrchr(parent, '/');
    slash[slash == parent] = '\0';
    if (has(other, parent))
        hf_findings_add(p->found, item->path, "only in %s", owner->name);
    hf_free(parent);
}

static hf_status compare_parts(const pair *p, const hf_inventory_item *a,
                               const hf_inventory_item *b, hf_error *err) {
    if (a->is_group != b->is_group) {
        hf_findings_add(p->found, a->path, "a %s and a %s", a->is_group ? "group" : "variable",
                        b->is_group ? "group" : "variable");
        return HF_OK;
    }
    return a->is_group ? compare_attributes(p, a->path, err) : compare_variables(p, a->path, err);
}

static hf_status compare_all(const pair *p, const hf_inventory *a, const hf_inventory *b,
                             hf_error *err) {
    hf_status status = HF_OK;
    for (size_t i = 0, j = 0; !status && (i < a->n || j < b->n); p->found->n_parts++) {
        int order = i == a->n ? 1 : j == b->n ? -1 : strcmp(a->items[i].path, b->items[j].path);
        if (order == 0)
            status = compare_parts(p, &a->items[i++], &b->items[j++], err);
        else if (order < 0)
            report_lone(p, b, &p->a, &a->items[i++]);
        else
            report_lone(p, a, &p->b, &b->items[j++]);
    }
    return status;
}

static hf_status open_safely(hf_store *store, const char *path, hf_error *err) {
    hf_status status = hf_inventory_probe(path, err);
    return status ? status : hf_store_open(store, path, err);
}

hf_status hf_difference_find(const char *path_a, const char *path_b, hf_findings *findings,
                             hf_error *err) {
    static const char *const left_out[] = {"/provenance", "/performance", NULL};
    pair p = {.found = findings};
    hf_inventory a, b;
    hf_status status = open_safely(&p.a, path_a, err);
    if (status)
        return status;
    status = open_safely(&p.b, path_b, err);
    if (status)
        goto end;
    status = hf_inventory_init(&a, &p.a, left_out, err);
    hf_status found = hf_inventory_init(&b, &p.b, left_out, status ? NULL : err);
    status = status ? status : found;
    if (!status)
        status = compare_all(&p, &a, &b, err);
    hf_inventory_clear(&a);
    hf_inventory_clear(&b);
    H5Fclose(p.b.file);
end:
    H5Fclose(p.a.file);
    return status;
}
