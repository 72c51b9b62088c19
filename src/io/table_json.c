/* Tables as JSON, written through a draft. */
#include "io/table_json.h"
#include "base/check.h"
#include "io/draft.h"
#include "io/hdf5_error.h"
#include "io/json.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define MOST_EXACT ((uint64_t)1 << 53) /* whole numbers up to here are doubles */

static cJSON *whole(bool is_negative, uint64_t magnitude) {
    char digits[32];
    if (magnitude <= MOST_EXACT)
        return cJSON_CreateNumber(is_negative ? -(double)magnitude : (double)magnitude);
    snprintf(digits, sizeof digits, "%s%" PRIu64, is_negative ? "-" : "", magnitude);
    return cJSON_CreateString(digits);
}

static cJSON *integer(int64_t x) {
    return whole(x < 0, x < 0 ? (uint64_t)0 - (uint64_t)x : (uint64_t)x);
}

/* Element `i` of an array. */
static cJSON *element(hf_type type, const void *data, uint64_t i) {
    switch (type) {
    case HF_TYPE_DOUBLE: {
        double x = ((const double *)data)[i];
        return x == x ? cJSON_CreateNumber(x) : cJSON_CreateNull();
    }
    case HF_TYPE_INT64:
        return integer(((const int64_t *)data)[i]);
    case HF_TYPE_UINT64:
        return whole(false, ((const uint64_t *)data)[i]);
    case HF_TYPE_BOOL:
        return cJSON_CreateBool(((const uint8_t *)data)[i]);
    case HF_TYPE_STRING: {
        const char *text = ((const char *const *)data)[i];
        return cJSON_CreateString(text ? text : "");
    }
    }
    return cJSON_CreateNull();
}

/* The part of a table from dimension `d` on whose first element is *next, which moves on. */
static cJSON *nested(const hf_table *table, int d, uint64_t *next) {
    if (d == table->n_dimensions)
        return element(table->type, table->data, (*next)++);
    HF_ASSERT(d < HF_TABLE_DIMENSIONS);
    cJSON *array = cJSON_CreateArray();
    for (uint64_t i = 0; i < table->dimensions[d]->length; i++)
        cJSON_AddItemToArray(array, nested(table, d + 1, next));
    return array;
}

static void add_text(cJSON *object, const char *name, const char *text) {
    if (text)
        cJSON_AddStringToObject(object, name, text);
}

static cJSON *add_attributes(cJSON *object, const hf_attributes *attributes) {
    cJSON *attrs = cJSON_AddObjectToObject(object, "attrs");
    for (size_t i = 0; attributes && i < attributes->n; i++) {
        const hf_attribute *a = &attributes->items[i];
        cJSON_AddItemToObject(attrs, a->name, element(a->type, &a->value, 0));
    }
    return attrs;
}

static void add_coordinate(cJSON *coords, const hf_dimension *dimension) {
    cJSON *coord = cJSON_AddObjectToObject(coords, dimension->name);
    cJSON *data = cJSON_CreateArray();
    cJSON_AddItemToArray(cJSON_AddArrayToObject(coord, "dims"),
                         cJSON_CreateString(dimension->name));
    cJSON *attrs = add_attributes(coord, NULL);
    add_text(attrs, "units", dimension->unit);
    add_text(attrs, "long_name", dimension->long_name);
    for (uint64_t i = 0; i < dimension->length; i++)
        cJSON_AddItemToArray(data, dimension->values
                                       ? element(dimension->type, dimension->values, i)
                                       : integer(dimension->first + (int64_t)i));
    cJSON_AddItemToObject(coord, "data", data);
}

static void add_table(cJSON *variables, const hf_table *table) {
    HF_ASSERT(!table->is_declared);
    uint64_t next = 0;
    cJSON *variable = cJSON_AddObjectToObject(variables, table->name);
    cJSON *dims = cJSON_AddArrayToObject(variable, "dims");
    for (int d = 0; d < table->n_dimensions; d++)
        cJSON_AddItemToArray(dims, cJSON_CreateString(table->dimensions[d]->name));
    cJSON *attrs = add_attributes(variable, &table->attributes);
    add_text(attrs, "units", table->unit);
    add_text(attrs, "long_name", table->long_name);
    cJSON_AddItemToObject(variable, "data", nested(table, 0, &next));
}

static cJSON *group_json(const hf_group *group) {
    cJSON *json = cJSON_CreateObject();
    add_attributes(json, &group->attributes);
    cJSON *dims = cJSON_AddObjectToObject(json, "dims");
    cJSON *coords = cJSON_AddObjectToObject(json, "coords");
    cJSON *variables = cJSON_AddObjectToObject(json, "data_vars");
    for (size_t i = 0; i < group->n_dimensions; i++) {
        const hf_dimension *dimension = group->dimensions[i];
        cJSON_AddItemToObject(dims, dimension->name, whole(false, dimension->length));
        if (dimension->has_values)
            add_coordinate(coords, dimension);
    }
    for (size_t i = 0; i < group->n_tables; i++)
        add_table(variables, group->items[i]);
    return json;
}

static hf_status write_text(const char *text, const hf_draft *draft, const char *path,
                            hf_error *err) {
    FILE *stream = fopen(draft->aside, "w");
    bool good = stream && fprintf(stream, "%s\n", text) >= 0;
    if (stream && fclose(stream) != 0)
        good = false;
    return good ? HF_OK : hf_file_fail(err, errno, "write", path);
}

hf_status hf_json_tables_write(const hf_tables *tables, const char *path, bool replace,
                               hf_error *err) {
    hf_draft draft;
    hf_status status = hf_draft_create(&draft, path, replace, err);
    if (status)
        return status;
    cJSON *json = cJSON_CreateObject();
    for (size_t g = 0; g < tables->n_groups; g++)
        cJSON_AddItemToObject(json, tables->groups[g]->path, group_json(tables->groups[g]));
    char *text = hf_json_write(json);
    status = write_text(text, &draft, path, err);
    hf_free(text);
    cJSON_Delete(json);
    if (!status)
        return hf_draft_publish(&draft, err);
    hf_draft_abandon(&draft);
    return status;
}
