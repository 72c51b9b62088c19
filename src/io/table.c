/* Tables, their groups, dimensions and attributes: all but the data lives in one arena. */
#include "io/table.h"
#include "base/check.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

size_t hf_type_bytes(hf_type type) {
    return type == HF_TYPE_BOOL ? 1 : type == HF_TYPE_STRING ? sizeof(char *) : 8;
}

const char *hf_type_words(hf_type type) {
    static const char *const words[] = {"double", "int64", "uint64", "bool", "string"};
    HF_ASSERT((unsigned)type < sizeof words / sizeof words[0]);
    return words[type];
}

/* A bigger copy of an arena's list that is full; what it leaves behind is small. */
static void *grown(hf_arena *arena, const void *items, size_t n, size_t *capacity, size_t size) {
    if (n < *capacity)
        return (void *)(uintptr_t)items;
    *capacity = *capacity ? 2 * *capacity : 8;
    void *more = hf_arena_alloc(arena, *capacity, size);
    return n ? memcpy(more, items, n * size) : more;
}

static const char *copied(hf_arena *arena, const char *text) {
    return text ? hf_arena_strdup(arena, text) : NULL;
}

static hf_group *add_group(hf_tables *tables, const char *path) {
    hf_group *group = HF_ARENA_NEW(tables->arena, 1, hf_group);
    group->tables = tables;
    group->path = path;
    tables->groups = (hf_group **)grown(tables->arena, tables->groups, tables->n_groups,
                                        &tables->groups_capacity, sizeof *tables->groups);
    return tables->groups[tables->n_groups++] = group;
}

hf_tables *hf_tables_create(void) {
    hf_tables *tables = HF_NEW(1, hf_tables);
    tables->arena = hf_arena_create();
    add_group(tables, "/");
    return tables;
}

void hf_tables_destroy(hf_tables *tables) {
    if (!tables)
        return;
    hf_arena_destroy(tables->arena);
    hf_free(tables);
}

static hf_group *find_group(const hf_tables *tables, const char *path) {
    for (size_t i = 0; i < tables->n_groups; i++)
        if (strcmp(tables->groups[i]->path, path) == 0)
            return tables->groups[i];
    return NULL;
}

const hf_group *hf_tables_find(const hf_tables *tables, const char *path) {
    return find_group(tables, path);
}

hf_group *hf_tables_group(hf_tables *tables, const char *path) {
    size_t n = strlen(path);
    HF_ASSERT(path[0] == '/' && (n == 1 || path[n - 1] != '/'));
    hf_group *group = find_group(tables, path);
    if (group)
        return group;
    char *parent = hf_arena_strdup(tables->arena, path);
    for (char *slash = strchr(parent + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (!find_group(tables, parent))
            add_group(tables, hf_arena_strdup(tables->arena, parent));
        *slash = '/';
    }
    return add_group(tables, parent);
}

static hf_dimension *add_dimension(hf_tables *tables, const char *name, uint64_t length,
                                   const char *unit, const char *long_name) {
    hf_dimension *dimension = HF_ARENA_NEW(tables->arena, 1, hf_dimension);
    dimension->name = hf_arena_strdup(tables->arena, name);
    dimension->length = length;
    dimension->unit = copied(tables->arena, unit);
    dimension->long_name = copied(tables->arena, long_name);
    return dimension;
}

/* With a copy of values[length]; strings by their pointers only. */
static hf_dimension *add_valued(hf_tables *tables, const char *name, uint64_t length, hf_type type,
                                const void *values, const char *unit, const char *long_name) {
    hf_dimension *dimension = add_dimension(tables, name, length, unit, long_name);
    void *copy = hf_arena_alloc(tables->arena, length, hf_type_bytes(type));
    if (length)
        memcpy(copy, values, length * hf_type_bytes(type));
    dimension->has_values = true;
    dimension->type = type;
    dimension->values = copy;
    return dimension;
}

const hf_dimension *hf_tables_add_plain_dimension(hf_tables *tables, const char *name,
                                                  uint64_t length) {
    return add_dimension(tables, name, length, NULL, NULL);
}

const hf_dimension *hf_tables_add_string_dimension(hf_tables *tables, const char *name,
                                                   uint64_t length, const char *const *values,
                                                   const char *long_name) {
    const char **copies = HF_ARENA_NEW(tables->arena, length, const char *);
    for (uint64_t i = 0; i < length; i++)
        copies[i] = hf_arena_strdup(tables->arena, values[i] ? values[i] : "");
    return add_valued(tables, name, length, HF_TYPE_STRING, copies, NULL, long_name);
}

const hf_dimension *hf_tables_add_double_dimension(hf_tables *tables, const char *name,
                                                   uint64_t length, const double *values,
                                                   const char *unit, const char *long_name) {
    return add_valued(tables, name, length, HF_TYPE_DOUBLE, values, unit, long_name);
}

const hf_dimension *hf_tables_add_integer_dimension(hf_tables *tables, const char *name,
                                                    uint64_t length, const int64_t *values,
                                                    const char *unit, const char *long_name) {
    return add_valued(tables, name, length, HF_TYPE_INT64, values, unit, long_name);
}

const hf_dimension *hf_tables_add_range_dimension(hf_tables *tables, const char *name,
                                                  uint64_t length, int64_t first, const char *unit,
                                                  const char *long_name) {
    hf_dimension *dimension = add_dimension(tables, name, length, unit, long_name);
    dimension->has_values = true;
    dimension->type = HF_TYPE_INT64;
    dimension->first = first;
    return dimension;
}

/* The group carries each dimension that one of its tables uses, once. */
static void use_dimension(hf_group *group, const hf_dimension *dimension) {
    for (size_t i = 0; i < group->n_dimensions; i++)
        if (group->dimensions[i] == dimension)
            return;
    group->dimensions =
        (const hf_dimension **)grown(group->tables->arena, group->dimensions, group->n_dimensions,
                                     &group->dimensions_capacity, sizeof *group->dimensions);
    group->dimensions[group->n_dimensions++] = dimension;
}

hf_table *hf_group_add(hf_group *group, const char *name, hf_type type, const char *unit,
                       const char *long_name, const void *data, int n_dimensions,
                       const hf_dimension *const *dimensions) {
    HF_ASSERT(n_dimensions >= 0 && n_dimensions <= HF_TABLE_DIMENSIONS);
    hf_arena *arena = group->tables->arena;
    hf_table *table = HF_ARENA_NEW(arena, 1, hf_table);
    table->group = group;
    table->name = hf_arena_strdup(arena, name);
    table->type = type;
    table->unit = copied(arena, unit);
    table->long_name = copied(arena, long_name);
    table->data = data;
    table->n_dimensions = n_dimensions;
    for (int i = 0; i < n_dimensions; i++) {
        table->dimensions[i] = dimensions[i];
        use_dimension(group, dimensions[i]);
    }
    group->items = (hf_table **)grown(arena, group->items, group->n_tables, &group->tables_capacity,
                                      sizeof *group->items);
    return group->items[group->n_tables++] = table;
}

hf_table *hf_group_add_doubles(hf_group *group, const char *name, const char *unit,
                               const char *long_name, const double *data, int n_dimensions,
                               const hf_dimension *const *dimensions) {
    return hf_group_add(group, name, HF_TYPE_DOUBLE, unit, long_name, data, n_dimensions,
                        dimensions);
}

hf_table *hf_group_add_integers(hf_group *group, const char *name, const char *unit,
                                const char *long_name, const int64_t *data, int n_dimensions,
                                const hf_dimension *const *dimensions) {
    return hf_group_add(group, name, HF_TYPE_INT64, unit, long_name, data, n_dimensions,
                        dimensions);
}

hf_table *hf_group_add_counts(hf_group *group, const char *name, const char *unit,
                              const char *long_name, const uint64_t *data, int n_dimensions,
                              const hf_dimension *const *dimensions) {
    return hf_group_add(group, name, HF_TYPE_UINT64, unit, long_name, data, n_dimensions,
                        dimensions);
}

hf_table *hf_group_add_flags(hf_group *group, const char *name, const char *long_name,
                             const uint8_t *data, int n_dimensions,
                             const hf_dimension *const *dimensions) {
    return hf_group_add(group, name, HF_TYPE_BOOL, NULL, long_name, data, n_dimensions, dimensions);
}

hf_table *hf_group_add_strings(hf_group *group, const char *name, const char *long_name,
                               const char *const *data, int n_dimensions,
                               const hf_dimension *const *dimensions) {
    return hf_group_add(group, name, HF_TYPE_STRING, NULL, long_name, data, n_dimensions,
                        dimensions);
}

hf_table *hf_group_add_text(hf_group *group, const char *name, const char *long_name,
                            const char *text) {
    const char **data = HF_ARENA_NEW(group->tables->arena, 1, const char *);
    data[0] = text;
    return hf_group_add_strings(group, name, long_name, data, HF_SCALAR);
}

hf_table *hf_group_declare_doubles(hf_group *group, const char *name, const char *unit,
                                   const char *long_name, int n_dimensions,
                                   const hf_dimension *const *dimensions) {
    hf_table *table =
        hf_group_add(group, name, HF_TYPE_DOUBLE, unit, long_name, NULL, n_dimensions, dimensions);
    table->is_declared = true;
    return table;
}

const hf_attribute *hf_attributes_find(const hf_attributes *attributes, const char *name) {
    for (size_t i = 0; i < attributes->n; i++)
        if (strcmp(attributes->items[i].name, name) == 0)
            return &attributes->items[i];
    return NULL;
}

/* The place of the attribute of that name, new or to be overwritten. */
static hf_attribute *set_attribute(hf_arena *arena, hf_attributes *attributes, const char *name,
                                   hf_type type) {
    hf_attribute *attribute = (hf_attribute *)(uintptr_t)hf_attributes_find(attributes, name);
    if (!attribute) {
        attributes->items = (hf_attribute *)grown(arena, attributes->items, attributes->n,
                                                  &attributes->capacity, sizeof *attributes->items);
        attribute = &attributes->items[attributes->n++];
        attribute->name = hf_arena_strdup(arena, name);
    }
    attribute->type = type;
    return attribute;
}

void hf_table_set_text(hf_table *table, const char *name, const char *value) {
    hf_arena *arena = table->group->tables->arena;
    set_attribute(arena, &table->attributes, name, HF_TYPE_STRING)->value.text =
        hf_arena_strdup(arena, value);
}

void hf_table_set_double(hf_table *table, const char *name, double value) {
    hf_arena *arena = table->group->tables->arena;
    set_attribute(arena, &table->attributes, name, HF_TYPE_DOUBLE)->value.real = value;
}

void hf_table_set_integer(hf_table *table, const char *name, int64_t value) {
    hf_arena *arena = table->group->tables->arena;
    set_attribute(arena, &table->attributes, name, HF_TYPE_INT64)->value.integer = value;
}

void hf_group_set_text(hf_group *group, const char *name, const char *value) {
    hf_arena *arena = group->tables->arena;
    set_attribute(arena, &group->attributes, name, HF_TYPE_STRING)->value.text =
        hf_arena_strdup(arena, value);
}

void hf_group_set_double(hf_group *group, const char *name, double value) {
    hf_arena *arena = group->tables->arena;
    set_attribute(arena, &group->attributes, name, HF_TYPE_DOUBLE)->value.real = value;
}

void hf_group_set_integer(hf_group *group, const char *name, int64_t value) {
    hf_arena *arena = group->tables->arena;
    set_attribute(arena, &group->attributes, name, HF_TYPE_INT64)->value.integer = value;
}

void hf_group_set_count(hf_group *group, const char *name, uint64_t value) {
    hf_arena *arena = group->tables->arena;
    set_attribute(arena, &group->attributes, name, HF_TYPE_UINT64)->value.count = value;
}

const hf_table *hf_group_find(const hf_group *group, const char *name) {
    for (size_t i = 0; i < group->n_tables; i++)
        if (strcmp(group->items[i]->name, name) == 0)
            return group->items[i];
    return NULL;
}

const hf_dimension *hf_group_find_dimension(const hf_group *group, const char *name) {
    for (size_t i = 0; i < group->n_dimensions; i++)
        if (strcmp(group->dimensions[i]->name, name) == 0)
            return group->dimensions[i];
    return NULL;
}

static const char *text_of(const hf_attribute *attribute) {
    return attribute && attribute->type == HF_TYPE_STRING ? attribute->value.text : NULL;
}

const char *hf_group_text(const hf_group *group, const char *name) {
    return text_of(hf_attributes_find(&group->attributes, name));
}

const char *hf_table_text(const hf_table *table, const char *name) {
    return text_of(hf_attributes_find(&table->attributes, name));
}

uint64_t hf_table_size(const hf_table *table) {
    uint64_t n = 1;
    for (int i = 0; i < table->n_dimensions; i++)
        n *= table->dimensions[i]->length;
    return n;
}

void hf_dimension_label(const hf_dimension *dimension, uint64_t i, char *text, size_t n) {
    HF_ASSERT(i < dimension->length);
    if (!dimension->has_values)
        snprintf(text, n, "%" PRIu64, i);
    else if (!dimension->values)
        snprintf(text, n, "%" PRId64, dimension->first + (int64_t)i);
    else if (dimension->type == HF_TYPE_STRING)
        snprintf(text, n, "%s", ((const char *const *)dimension->values)[i]);
    else if (dimension->type == HF_TYPE_DOUBLE)
        snprintf(text, n, "%.17g", ((const double *)dimension->values)[i]);
    else
        snprintf(text, n, "%" PRId64, ((const int64_t *)dimension->values)[i]);
}

int64_t hf_dimension_find(const hf_dimension *dimension, const char *label) {
    if (dimension->type != HF_TYPE_STRING || !dimension->values)
        return -1;
    for (uint64_t i = 0; i < dimension->length; i++)
        if (strcmp(((const char *const *)dimension->values)[i], label) == 0)
            return (int64_t)i;
    return -1;
}
