/* The result file: draft, tables, digest, name; and the way back to tables. */
#include "io/result.h"
#include "base/check.h"
#include "io/inventory.h"
#include "io/seal.h"
#include "io/table_hdf5.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- writing ---- */

static bool has_declared(const hf_tables *tables) {
    for (size_t g = 0; g < tables->n_groups; g++)
        for (size_t i = 0; i < tables->groups[g]->n_tables; i++)
            if (tables->groups[g]->items[i]->is_declared)
                return true;
    return false;
}

hf_status hf_result_begin(hf_draft *draft, const hf_tables *tables, const char *path, bool replace,
                          hf_error *err) {
    hf_status status = hf_tables_check(tables, err);
    if (!status)
        status = hf_draft_create(draft, path, replace, err);
    if (status)
        return status;
    status = hf_hdf5_write(tables, draft->aside, draft->path, err);
    if (!status && has_declared(tables))
        status = hf_draft_reserve(draft, err);
    if (status)
        hf_draft_abandon(draft);
    return status;
}

hf_status hf_result_finish(hf_draft *draft, char digest[HF_DIGEST_TEXT], hf_error *err) {
    hf_status status = hf_seal_write(draft->aside, draft->path, digest, err);
    if (!status)
        return hf_draft_publish(draft, err);
    hf_draft_abandon(draft);
    return status;
}

hf_status hf_result_write(const hf_tables *tables, const char *path, bool replace,
                          char digest[HF_DIGEST_TEXT], hf_error *err) {
    hf_draft draft;
    HF_ASSERT(!has_declared(tables));
    hf_status status = hf_result_begin(&draft, tables, path, replace, err);
    return status ? status : hf_result_finish(&draft, digest, err);
}

/* ---- reading ---- */

struct hf_result {
    char *path;
    hf_store store;
};

hf_status hf_result_open(const char *path, hf_result **result, hf_error *err) {
    hf_result *r = HF_NEW(1, hf_result);
    r->path = hf_strdup(path);
    *result = r;
    r->store.file = H5I_INVALID_HID;
    hf_status status = hf_inventory_probe(path, err);
    if (!status)
        status = hf_store_open(&r->store, r->path, err);
    if (status) {
        hf_result_close(r);
        *result = NULL;
    }
    return status;
}

void hf_result_close(hf_result *result) {
    if (!result)
        return;
    if (result->store.file >= 0)
        H5Fclose(result->store.file);
    hf_free(result->path);
    hf_free(result);
}

static bool has_text(const hf_attributes *attributes, const char *name, const char *text) {
    const hf_attribute *found = hf_attributes_find(attributes, name);
    return found && found->type == HF_TYPE_STRING && strcmp(found->value.text, text) == 0;
}

hf_status hf_result_is_of(const char *path, const char *scenario_digest, const char *job_digest,
                          bool *is_it, hf_error *err) {
    hf_store store;
    hf_attributes attributes;
    *is_it = false;
    if (access(path, F_OK) < 0 && errno == ENOENT)
        return HF_OK;
    hf_arena *arena = hf_arena_create();
    hf_status status = hf_store_open(&store, path, err);
    if (!status)
        status = hf_stored_attributes(&store, "/", arena, &attributes, err);
    if (!status)
        *is_it = has_text(&attributes, "status", "complete") &&
                 has_text(&attributes, "scenario_digest", scenario_digest) &&
                 has_text(&attributes, "job_digest", job_digest);
    if (store.file >= 0)
        H5Fclose(store.file);
    hf_arena_destroy(arena);
    return status == HF_BAD_INPUT ? HF_OK : status;
}

/* H5Lexists wants each step of a path to exist. */
bool hf_result_has(const hf_result *result, const char *path) {
    if (strcmp(path, "/") == 0)
        return true;
    char *steps = hf_strdup(path);
    bool has = path[0] == '/';
    for (char *slash = strchr(steps + 1, '/'); has && slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        has = H5Lexists(result->store.file, steps, H5P_DEFAULT) > 0;
        *slash = '/';
    }
    has = has && H5Oexists_by_name(result->store.file, steps, H5P_DEFAULT) > 0;
    hf_free(steps);
    return has;
}

static hf_status require(const hf_result *result, const char *path, hf_error *err) {
    if (hf_result_has(result, path))
        return HF_OK;
    return hf_fail(err, HF_BAD_INPUT, "'%.600s' holds no %.200s", result->path, path);
}

hf_status hf_result_list(const hf_result *result, const char *path, hf_tables *tables,
                         const char *const **names, size_t *n, hf_error *err) {
    hf_stored_name *all = NULL;
    size_t n_all = 0;
    hf_status status = require(result, path, err);
    if (!status)
        status = hf_stored_list(&result->store, path, tables->arena, &all, &n_all, err);
    if (status)
        return status;
    const char **groups = HF_ARENA_NEW(tables->arena, n_all, const char *);
    *n = 0;
    for (size_t i = 0; i < n_all; i++)
        if (all[i].is_group)
            groups[(*n)++] = all[i].name;
    *names = groups;
    return HF_OK;
}

/* What one reading of a group needs throughout. */
typedef struct reading {
    const hf_store *store;
    hf_tables *tables;
    hf_group *group;
    size_t n_axes;
    const hf_dimension **axes;
    uint64_t n_bytes; /* of data so far */
} reading;

static hf_status too_large(const reading *r, const char *path, hf_error *err) {
    return hf_fail(err, HF_BAD_INPUT,
                   "'%.400s': %.300s holds more than %llu MiB; read it with xarray or h5py instead",
                   r->store->name, path, (unsigned long long)(HF_RESULT_READ_BYTES >> 20));
}

static hid_t native_type(hf_type type) {
    return type == HF_TYPE_DOUBLE   ? H5T_NATIVE_DOUBLE
           : type == HF_TYPE_INT64  ? H5T_NATIVE_INT64
           : type == HF_TYPE_UINT64 ? H5T_NATIVE_UINT64
                                    : H5T_NATIVE_UINT8;
}

/* Strings move into the arena, and HDF5's own copies go. */
static void keep_strings(hf_arena *arena, char **strings, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        char *copy = hf_arena_strdup(arena, strings[i] ? strings[i] : "");
        H5free_memory(strings[i]);
        strings[i] = copy;
    }
}

static hf_status read_values(reading *r, const hf_stored *stored, void **values, hf_error *err) {
    hf_stored_block block = {.n = 0};
    uint64_t n = hf_stored_size(stored);
    size_t size = hf_type_bytes(stored->type);
    if (n > HF_RESULT_READ_BYTES / size || r->n_bytes + n * size > HF_RESULT_READ_BYTES)
        return too_large(r, stored->path, err);
    r->n_bytes += n * size;
    *values = hf_arena_alloc(r->tables->arena, n, size);
    if (!hf_stored_next(stored, UINT64_MAX, &block))
        return HF_OK;
    hf_status status =
        hf_stored_read(r->store, stored, &block, native_type(stored->type), *values, err);
    if (!status && stored->type == HF_TYPE_STRING)
        keep_strings(r->tables->arena, (char **)*values, n);
    return status;
}

/* The attributes that tables and dimensions have as members, taken out of the list. */
typedef struct description {
    const char *unit, *long_name;
    bool is_flag;
} description;

static hf_status read_description(reading *r, const char *path, hf_attributes *attributes,
                                  description *words, hf_error *err) {
    hf_status status = hf_stored_attributes(r->store, path, r->tables->arena, attributes, err);
    size_t n = 0;
    *words = (description){0};
    for (size_t i = 0; !status && i < attributes->n; i++) {
        const hf_attribute *a = &attributes->items[i];
        if (strcmp(a->name, "units") == 0 && a->type == HF_TYPE_STRING)
            words->unit = a->value.text;
        else if (strcmp(a->name, "long_name") == 0 && a->type == HF_TYPE_STRING)
            words->long_name = a->value.text;
        else if (strcmp(a->name, "dtype") == 0 && a->type == HF_TYPE_STRING)
            words->is_flag = strcmp(a->value.text, "bool") == 0;
        else if (strcmp(a->name, "_FillValue") != 0)
            attributes->items[n++] = *a;
    }
    if (!status)
        attributes->n = n;
    return status;
}

static hf_status read_axis(reading *r, const hf_stored *stored, const char *name, hf_error *err) {
    description words;
    hf_attributes unused;
    void *values = NULL;
    const hf_dimension **axis = &r->axes[r->n_axes++];
    if (!stored->has_values) {
        *axis = hf_tables_add_plain_dimension(r->tables, name, stored->lengths[0]);
        return HF_OK;
    }
    hf_status status = read_description(r, stored->path, &unused, &words, err);
    if (!status)
        status = read_values(r, stored, &values, err);
    if (status)
        return status;
    hf_tables *t = r->tables;
    uint64_t n = stored->lengths[0];
    switch (stored->type) {
    case HF_TYPE_STRING:
        *axis = hf_tables_add_string_dimension(t, name, n, (const char *const *)values,
                                               words.long_name);
        return HF_OK;
    case HF_TYPE_DOUBLE:
        *axis = hf_tables_add_double_dimension(t, name, n, (const double *)values, words.unit,
                                               words.long_name);
        return HF_OK;
    case HF_TYPE_INT64:
        *axis = hf_tables_add_integer_dimension(t, name, n, (const int64_t *)values, words.unit,
                                                words.long_name);
        return HF_OK;
    default:
        return hf_stored_refuse(r->store, stored->path, "is an axis of a strange type", err);
    }
}

static const hf_dimension *find_axis(const reading *r, const char *name, uint64_t length) {
    for (size_t i = 0; i < r->n_axes; i++)
        if (strcmp(r->axes[i]->name, name) == 0 && r->axes[i]->length == length)
            return r->axes[i];
    return NULL;
}

static hf_status read_variable(reading *r, const hf_stored *stored, const char *name,
                               hf_error *err) {
    const hf_dimension *dimensions[HF_TABLE_DIMENSIONS];
    description words;
    hf_attributes attributes;
    void *values = NULL;
    for (int i = 0; i < stored->n_dimensions; i++) {
        dimensions[i] = find_axis(r, stored->names[i], stored->lengths[i]);
        if (!dimensions[i])
            return hf_stored_refuse(r->store, stored->path, "has an axis from another group", err);
    }
    hf_status status = read_description(r, stored->path, &attributes, &words, err);
    if (!status && stored->type == HF_TYPE_BOOL && !words.is_flag)
        status = hf_stored_refuse(r->store, stored->path, "has a strange type", err);
    if (!status)
        status = read_values(r, stored, &values, err);
    if (status)
        return status;
    hf_table *table = hf_group_add(r->group, name, stored->type, words.unit, words.long_name,
                                   values, stored->n_dimensions, dimensions);
    table->attributes = attributes;
    return HF_OK;
}

/* All variables of the group that are axes, or all that are not. */
static hf_status read_variables(reading *r, const hf_stored_name *names, size_t n, bool axes,
                                hf_error *err) {
    char path[4096];
    hf_status status = HF_OK;
    for (size_t i = 0; !status && i < n; i++) {
        hf_stored stored;
        if (names[i].is_group)
            continue;
        int length =
            snprintf(path, sizeof path, "%s/%s",
                     strcmp(r->group->path, "/") == 0 ? "" : r->group->path, names[i].name);
        if (length < 0 || (size_t)length >= sizeof path)
            return hf_stored_refuse(r->store, r->group->path, "has a very long name", err);
        status = hf_stored_open(r->store, path, &stored, err);
        if (status)
            return status;
        if (stored.is_axis == axes)
            status = axes ? read_axis(r, &stored, names[i].name, err)
                          : read_variable(r, &stored, names[i].name, err);
        hf_stored_close(&stored);
    }
    return status;
}

hf_status hf_result_read_attributes(const hf_result *result, const char *path, hf_tables *tables,
                                    const hf_group **group, hf_error *err) {
    hf_attributes attributes;
    hf_status status = require(result, path, err);
    if (!status)
        status = hf_stored_attributes(&result->store, path, tables->arena, &attributes, err);
    if (status)
        return status;
    hf_group *added = hf_tables_group(tables, path);
    added->attributes = attributes;
    *group = added;
    return HF_OK;
}

hf_status hf_result_read(const hf_result *result, const char *path, hf_tables *tables,
                         const hf_group **group, hf_error *err) {
    hf_stored_name *names = NULL;
    size_t n = 0;
    hf_status status = hf_result_read_attributes(result, path, tables, group, err);
    if (!status)
        status = hf_stored_list(&result->store, path, tables->arena, &names, &n, err);
    if (status)
        return status;
    reading r = {.store = &result->store, .tables = tables, .group = hf_tables_group(tables, path)};
    HF_ASSERT(r.group->n_tables == 0);
    r.axes = HF_ARENA_NEW(tables->arena, n, const hf_dimension *);
    status = read_variables(&r, names, n, true, err);
    return status ? status : read_variables(&r, names, n, false, err);
}

/* ---- what must be there ---- */

static hf_status require_attribute(const hf_result *result, const hf_group *group, const char *name,
                                   hf_type type, const hf_attribute **found, hf_error *err) {
    *found = hf_attributes_find(&group->attributes, name);
    if (!*found)
        return hf_fail(err, HF_BAD_INPUT, "'%.400s': %.200s has no attribute %.200s", result->path,
                       group->path, name);
    if ((*found)->type != type)
        return hf_fail(err, HF_BAD_INPUT,
                       "'%.400s': the attribute %.200s of %.200s is found as %s; allowed %s",
                       result->path, name, group->path, hf_type_words((*found)->type),
                       hf_type_words(type));
    return HF_OK;
}

hf_status hf_result_text(const hf_result *result, const hf_group *group, const char *attribute,
                         const char **text, hf_error *err) {
    const hf_attribute *found;
    hf_status status = require_attribute(result, group, attribute, HF_TYPE_STRING, &found, err);
    if (!status)
        *text = found->value.text;
    return status;
}

hf_status hf_result_count(const hf_result *result, const hf_group *group, const char *attribute,
                          uint64_t *count, hf_error *err) {
    const hf_attribute *found;
    hf_status status = require_attribute(result, group, attribute, HF_TYPE_UINT64, &found, err);
    if (!status)
        *count = found->value.count;
    return status;
}

hf_status hf_result_double(const hf_result *result, const hf_group *group, const char *attribute,
                           double *value, hf_error *err) {
    const hf_attribute *found;
    hf_status status = require_attribute(result, group, attribute, HF_TYPE_DOUBLE, &found, err);
    if (!status)
        *value = found->value.real;
    return status;
}

hf_status hf_result_table(const hf_result *result, const hf_group *group, const char *name,
                          hf_type type, const hf_table **table, hf_error *err) {
    *table = hf_group_find(group, name);
    if (!*table)
        return hf_fail(err, HF_BAD_INPUT, "'%.400s': %.200s has no table %.200s", result->path,
                       group->path, name);
    if ((*table)->type != type)
        return hf_fail(
            err, HF_BAD_INPUT, "'%.400s': the table %.200s of %.200s is found as %s; allowed %s",
            result->path, name, group->path, hf_type_words((*table)->type), hf_type_words(type));
    return HF_OK;
}
