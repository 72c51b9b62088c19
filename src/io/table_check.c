/* What a user's names, units and texts could spoil in a result file. */
#include "io/table.h"
#include "io/utf8.h"
#include <string.h>

#define LONGEST_NAME 200 /* bytes; netCDF allows 256 */

/* Attributes that the formats themselves put on tables and axes. */
static const char *const reserved[] = {"units",          "long_name",      "_FillValue",
                                       "dtype",          "CLASS",          "NAME",
                                       "DIMENSION_LIST", "REFERENCE_LIST", "DIMENSION_LABELS"};

bool hf_unit_is_plain(const char *unit) {
    static const char *const times[] = {"days",         "hours",        "minutes",    "seconds",
                                        "milliseconds", "microseconds", "nanoseconds"};
    if (!unit)
        return true;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (strcmp(unit, times[i]) == 0)
            return false;
    return strstr(unit, "since") == NULL && hf_utf8_is_valid(unit);
}

static bool name_is_plain(const char *name) {
    size_t n = strlen(name);
    if (n == 0 || n > LONGEST_NAME || !hf_utf8_is_valid(name) || strchr(name, '/'))
        return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7F)
            return false;
    return name[0] != '.' && name[0] != '_' && name[0] != ' ' && name[n - 1] != ' ';
}

static hf_status check_name(const char *path, const char *what, const char *name, hf_error *err) {
    if (name_is_plain(name))
        return HF_OK;
    return hf_fail(err, HF_BAD_INPUT,
                   "%s: found %s '%.*s'; allowed 1 to %d bytes of UTF-8 without '/' and control "
                   "characters, not starting with '.', '_' or a blank, not ending with a blank",
                   path, what, LONGEST_NAME, hf_utf8_is_valid(name) ? name : "(no UTF-8)",
                   LONGEST_NAME);
}

static hf_status check_text(const char *path, const char *name, const char *text, hf_error *err) {
    if (!text || hf_utf8_is_valid(text))
        return HF_OK;
    return hf_fail(err, HF_BAD_INPUT, "%s: the text of '%s' is not valid UTF-8", path, name);
}

static hf_status check_attributes(const char *path, const hf_attributes *attributes,
                                  hf_error *err) {
    for (size_t i = 0; i < attributes->n; i++) {
        const hf_attribute *a = &attributes->items[i];
        hf_status status = check_name(path, "the attribute name", a->name, err);
        if (!status && a->type == HF_TYPE_STRING)
            status = check_text(path, a->name, a->value.text, err);
        for (size_t k = 0; !status && k < sizeof reserved / sizeof reserved[0]; k++)
            if (strcmp(a->name, reserved[k]) == 0)
                status = hf_fail(err, HF_BAD_INPUT, "%s: the attribute name '%s' is the format's",
                                 path, a->name);
        if (status)
            return status;
    }
    return HF_OK;
}

static hf_status check_strings(const char *path, const char *name, const void *data, uint64_t n,
                               hf_error *err) {
    const char *const *texts = (const char *const *)data;
    for (uint64_t i = 0; i < n; i++)
        if (check_text(path, name, texts[i], err))
            return HF_BAD_INPUT;
    return HF_OK;
}

/* Name, unit and long name of a table or a dimension. */
static hf_status check_words(const char *path, const char *name, const char *unit,
                             const char *long_name, hf_error *err) {
    hf_status status = check_name(path, "the name", name, err);
    if (!status)
        status = check_text(path, name, long_name, err);
    if (!status && !hf_unit_is_plain(unit))
        status = hf_fail(err, HF_BAD_INPUT,
                         "%s/%s: found unit '%s', which readers of netCDF take for time or which "
                         "is no UTF-8; allowed a singular one ('day', '1', 'USD')",
                         path, name, hf_utf8_is_valid(unit) ? unit : "(no UTF-8)");
    return status;
}

static hf_status check_dimension(const char *path, const hf_dimension *dimension, hf_error *err) {
    hf_status status =
        check_words(path, dimension->name, dimension->unit, dimension->long_name, err);
    if (!status && dimension->has_values && dimension->type == HF_TYPE_STRING)
        status = check_strings(path, dimension->name, dimension->values, dimension->length, err);
    return status;
}

/* An axis twice in one table: CF forbids it, and xarray stumbles over it. */
static bool repeats_dimension(const hf_table *table) {
    for (int i = 0; i < table->n_dimensions; i++)
        for (int k = 0; k < i; k++)
            if (table->dimensions[i] == table->dimensions[k])
                return true;
    return false;
}

static hf_status check_table(const char *path, const hf_table *table, hf_error *err) {
    hf_status status = check_words(path, table->name, table->unit, table->long_name, err);
    if (!status)
        status = check_attributes(path, &table->attributes, err);
    if (!status && repeats_dimension(table))
        status = hf_fail(err, HF_BAD_INPUT, "%s/%s has a dimension twice", path, table->name);
    uint64_t n = hf_table_size(table);
    if (!status && n && !table->data && !table->is_declared)
        status = hf_fail(err, HF_BAD_INPUT, "%s/%s has no data", path, table->name);
    if (!status && table->type == HF_TYPE_STRING)
        status = check_strings(path, table->name, table->data, n, err);
    return status;
}

/* Dimensions, tables and child groups of a group share one name space. */
static hf_status check_distinct(const hf_group *group, hf_error *err) {
    size_t n = group->n_dimensions + group->n_tables;
    for (size_t i = 0; i < n; i++) {
        const char *name = i < group->n_dimensions ? group->dimensions[i]->name
                                                   : group->items[i - group->n_dimensions]->name;
        bool twice = false;
        for (size_t k = i + 1; k < n && !twice; k++)
            twice = strcmp(name, k < group->n_dimensions
                                     ? group->dimensions[k]->name
                                     : group->items[k - group->n_dimensions]->name) == 0;
        for (size_t g = 0; g < group->tables->n_groups && !twice; g++) {
            const char *path = group->tables->groups[g]->path;
            size_t n_parent = strcmp(group->path, "/") == 0 ? 0 : strlen(group->path);
            twice = strncmp(path, group->path, n_parent) == 0 && path[n_parent] == '/' &&
                    strcmp(path + n_parent + 1, name) == 0;
        }
        if (twice)
            return hf_fail(err, HF_BAD_INPUT,
                           "%s: two tables, dimensions or groups have the name '%s'", group->path,
                           name);
    }
    return HF_OK;
}

/* Each name on the path; only the last is new, its parents are groups too. */
static hf_status check_group(const hf_group *group, hf_error *err) {
    hf_status status = HF_OK;
    if (strcmp(group->path, "/") != 0)
        status = check_name(group->path, "the group name", strrchr(group->path, '/') + 1, err);
    if (!status)
        status = check_attributes(group->path, &group->attributes, err);
    if (!status)
        status = check_distinct(group, err);
    for (size_t i = 0; !status && i < group->n_dimensions; i++)
        status = check_dimension(group->path, group->dimensions[i], err);
    for (size_t i = 0; !status && i < group->n_tables; i++)
        status = check_table(group->path, group->items[i], err);
    return status;
}

hf_status hf_tables_check(const hf_tables *tables, hf_error *err) {
    hf_status status = HF_OK;
    for (size_t i = 0; !status && i < tables->n_groups; i++)
        status = check_group(tables->groups[i], err);
    return status;
}
