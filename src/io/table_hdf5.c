/* Tables as an HDF5 file that is also netCDF-4: dimension scales on every axis, variable-length
 * UTF-8 strings, creation order tracked, no times, earliest format bounds (analysis/README.md). A
 * dimension becomes a one-dimensional dataset in each group that uses it: its coordinate values, or
 * netCDF's mark for a dimension without any. */
#include "io/table_hdf5.h"
#include "base/check.h"
#include "io/careful_file.h"
#include "io/hdf5_error.h"
#include <hdf5.h>
#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define NO_VARIABLE "This is a netCDF dimension but not a netCDF variable.%10llu"

enum { RANGE_BLOCK = 1 << 16 };

/* What one writing of a file needs throughout; every identifier is valid or negative. */
typedef struct writer {
    const char *name; /* of the file, for errors */
    hid_t file, string_type, link_list, group_list;
    int error_number; /* of the first write that failed (io/careful_file.h) */
} writer;

static hf_status failed(const writer *w, hf_error *err) {
    if (w->error_number)
        return hf_file_fail(err, w->error_number, "write", w->name);
    return hf_hdf5_fail(err, HF_BAD_FILE, "write", w->name);
}

/* The type in the file, always little-endian, and in memory. Borrowed. */
static hid_t file_type(const writer *w, hf_type type) {
    switch (type) {
    case HF_TYPE_DOUBLE:
        return H5T_IEEE_F64LE;
    case HF_TYPE_INT64:
        return H5T_STD_I64LE;
    case HF_TYPE_UINT64:
        return H5T_STD_U64LE;
    case HF_TYPE_BOOL:
        return H5T_STD_U8LE;
    case HF_TYPE_STRING:
        return w->string_type;
    }
    return H5I_INVALID_HID;
}

static hid_t memory_type(const writer *w, hf_type type) {
    switch (type) {
    case HF_TYPE_DOUBLE:
        return H5T_NATIVE_DOUBLE;
    case HF_TYPE_INT64:
        return H5T_NATIVE_INT64;
    case HF_TYPE_UINT64:
        return H5T_NATIVE_UINT64;
    case HF_TYPE_BOOL:
        return H5T_NATIVE_UINT8;
    case HF_TYPE_STRING:
        return w->string_type;
    }
    return H5I_INVALID_HID;
}

/* ---- attributes ---- */

static hf_status put_attribute(const writer *w, hid_t object, const char *name, hf_type type,
                               const void *value, hf_error *err) {
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(object, name, file_type(w, type), space, H5P_DEFAULT, H5P_DEFAULT);
    hf_status status = HF_OK;
    if (attribute < 0 || H5Awrite(attribute, memory_type(w, type), value) < 0)
        status = failed(w, err);
    if (attribute >= 0 && H5Aclose(attribute) < 0 && !status)
        status = failed(w, err);
    H5Sclose(space);
    return status;
}

/* NULL writes nothing. */
static hf_status put_text(const writer *w, hid_t object, const char *name, const char *text,
                          hf_error *err) {
    return text ? put_attribute(w, object, name, HF_TYPE_STRING, &text, err) : HF_OK;
}

static hf_status put_attributes(const writer *w, hid_t object, const hf_attributes *attributes,
                                hf_error *err) {
    hf_status status = HF_OK;
    for (size_t i = 0; !status && i < attributes->n; i++) {
        const hf_attribute *a = &attributes->items[i];
        status = put_attribute(w, object, a->name, a->type, &a->value, err);
    }
    return status;
}

/* ---- datasets ---- */

/* How a dataset is laid out: contiguous; numbers are never pre-filled, since each is written. */
static hid_t creation_list(hf_type type, bool is_declared, bool has_fill) {
    const double missing = (double)NAN;
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    bool good =
        H5Pset_attr_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) >= 0 &&
        H5Pset_obj_track_times(list, false) >= 0;
    if (good && has_fill)
        good = H5Pset_fill_value(list, H5T_NATIVE_DOUBLE, &missing) >= 0;
    if (good && type != HF_TYPE_STRING)
        good = H5Pset_fill_time(list, H5D_FILL_TIME_NEVER) >= 0;
    if (good && is_declared)
        good = H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY) >= 0;
    if (good)
        return list;
    H5Pclose(list);
    return H5I_INVALID_HID;
}

/* Creates a dataset; a negative identifier on failure. */
static hid_t create_dataset(const writer *w, hid_t group, const char *name, hid_t type,
                            hid_t creation, int n_dimensions, const hsize_t *lengths) {
    hid_t space =
        n_dimensions ? H5Screate_simple(n_dimensions, lengths, NULL) : H5Screate(H5S_SCALAR);
    hid_t dataset = H5Dcreate2(group, name, type, space, w->link_list, creation, H5P_DEFAULT);
    if (space >= 0)
        H5Sclose(space);
    return dataset;
}

/* NULL strings have no place in a file: readers crash on them. */
static herr_t write_strings(const writer *w, hid_t dataset, const char *const *texts, uint64_t n) {
    const char **whole = HF_NEW(n, const char *);
    for (uint64_t i = 0; i < n; i++)
        whole[i] = texts[i] ? texts[i] : "";
    herr_t result = H5Dwrite(dataset, w->string_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, whole);
    hf_free(whole);
    return result;
}

static herr_t write_values(const writer *w, hid_t dataset, hf_type type, const void *data,
                           uint64_t n) {
    if (n == 0)
        return 0;
    if (type == HF_TYPE_STRING)
        return write_strings(w, dataset, (const char *const *)data, n);
    return H5Dwrite(dataset, memory_type(w, type), H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
}

/* first, first + 1, ... in blocks, so that a million trials need no second million in memory. */
static herr_t write_range(hid_t dataset, int64_t first, uint64_t n) {
    int64_t *block = HF_NEW(RANGE_BLOCK, int64_t);
    hid_t space = H5Dget_space(dataset);
    herr_t result = 0;
    for (uint64_t done = 0; result >= 0 && done < n; done += RANGE_BLOCK) {
        hsize_t start = done, count = n - done < RANGE_BLOCK ? n - done : RANGE_BLOCK;
        for (uint64_t i = 0; i < count; i++)
            block[i] = first + (int64_t)(done + i);
        hid_t memory = H5Screate_simple(1, &count, NULL);
        result = H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, NULL, &count, NULL);
        if (result >= 0)
            result = H5Dwrite(dataset, H5T_NATIVE_INT64, memory, space, H5P_DEFAULT, block);
        H5Sclose(memory);
    }
    H5Sclose(space);
    hf_free(block);
    return result;
}

/* ---- dimensions ---- */

static hid_t create_axis(const writer *w, hid_t group, const hf_dimension *dimension) {
    hsize_t length = dimension->length;
    hid_t creation =
        creation_list(dimension->has_values ? dimension->type : HF_TYPE_STRING, false, false);
    hid_t type = dimension->has_values ? file_type(w, dimension->type) : H5T_IEEE_F32BE;
    hid_t dataset = create_dataset(w, group, dimension->name, type, creation, 1, &length);
    if (creation >= 0)
        H5Pclose(creation);
    return dataset;
}

/* The dimension as a scale of the group; *axis stays open for the tables, negative on failure. */
static hf_status put_dimension(const writer *w, hid_t group, const hf_dimension *dimension,
                               hid_t *axis, hf_error *err) {
    char mark[96];
    snprintf(mark, sizeof mark, NO_VARIABLE, (unsigned long long)dimension->length);
    *axis = create_axis(w, group, dimension);
    if (*axis < 0 || H5DSset_scale(*axis, dimension->has_values ? dimension->name : mark) < 0)
        return failed(w, err);
    if (!dimension->has_values)
        return HF_OK;
    herr_t result = dimension->values ? write_values(w, *axis, dimension->type, dimension->values,
                                                     dimension->length)
                                      : write_range(*axis, dimension->first, dimension->length);
    if (result < 0)
        return failed(w, err);
    hf_status status = put_text(w, *axis, "units", dimension->unit, err);
    return status ? status : put_text(w, *axis, "long_name", dimension->long_name, err);
}

/* ---- tables ---- */

static hf_status describe_table(const writer *w, hid_t dataset, const hf_table *table,
                                hf_error *err) {
    const double missing = (double)NAN;
    hf_status status = put_text(w, dataset, "units", table->unit, err);
    if (!status)
        status = put_text(w, dataset, "long_name", table->long_name, err);
    if (!status && table->type == HF_TYPE_DOUBLE)
        status = put_attribute(w, dataset, "_FillValue", HF_TYPE_DOUBLE, &missing, err);
    if (!status && table->type == HF_TYPE_BOOL)
        status = put_text(w, dataset, "dtype", "bool", err);
    if (!status)
        status = put_attributes(w, dataset, &table->attributes, err);
    return status;
}

/* The place of a table's axis among its group's. */
static size_t axis_index(const hf_table *table, int axis) {
    size_t i = 0;
    while (table->group->dimensions[i] != table->dimensions[axis])
        i++;
    return i;
}

static hf_status put_table(const writer *w, hid_t group, const hid_t *axes, const hf_table *table,
                           hf_error *err) {
    hsize_t lengths[HF_TABLE_DIMENSIONS];
    for (int i = 0; i < table->n_dimensions; i++)
        lengths[i] = table->dimensions[i]->length;
    hid_t creation = creation_list(table->type, table->is_declared, table->type == HF_TYPE_DOUBLE);
    hid_t dataset = create_dataset(w, group, table->name, file_type(w, table->type), creation,
                                   table->n_dimensions, lengths);
    hf_status status = dataset < 0 ? failed(w, err) : HF_OK;
    for (int i = 0; !status && i < table->n_dimensions; i++)
        if (H5DSattach_scale(dataset, axes[axis_index(table, i)], (unsigned)i) < 0)
            status = failed(w, err);
    if (!status)
        status = describe_table(w, dataset, table, err);
    if (!status && !table->is_declared &&
        write_values(w, dataset, table->type, table->data, hf_table_size(table)) < 0)
        status = failed(w, err);
    if (creation >= 0)
        H5Pclose(creation);
    if (dataset >= 0 && H5Dclose(dataset) < 0 && !status)
        status = failed(w, err);
    return status;
}

/* ---- groups and the file ---- */

static hf_status put_group(const writer *w, const hf_group *group, hf_error *err) {
    bool is_root = strcmp(group->path, "/") == 0;
    size_t n_axes = 0;
    hid_t *axes = HF_NEW(group->n_dimensions, hid_t);
    hid_t id = is_root ? H5Gopen2(w->file, "/", H5P_DEFAULT)
                       : H5Gcreate2(w->file, group->path, w->link_list, w->group_list, H5P_DEFAULT);
    hf_status status = id < 0 ? failed(w, err) : put_attributes(w, id, &group->attributes, err);
    while (!status && n_axes < group->n_dimensions) {
        status = put_dimension(w, id, group->dimensions[n_axes], &axes[n_axes], err);
        n_axes += axes[n_axes] >= 0;
    }
    for (size_t i = 0; !status && i < group->n_tables; i++)
        status = put_table(w, id, axes, group->items[i], err);
    if (!status && w->error_number)
        status = failed(w, err);
    while (n_axes > 0)
        if (H5Dclose(axes[--n_axes]) < 0 && !status)
            status = failed(w, err);
    if (id >= 0 && H5Gclose(id) < 0 && !status)
        status = failed(w, err);
    hf_free(axes);
    return status;
}

/* Creation order tracked and indexed, no times, on a group or (the root's) file creation list. */
static bool set_group_list(hid_t list) {
    const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    return H5Pset_link_creation_order(list, order) >= 0 &&
           H5Pset_attr_creation_order(list, order) >= 0 && H5Pset_obj_track_times(list, false) >= 0;
}

static bool open_lists(writer *w) {
    w->string_type = H5Tcopy(H5T_C_S1);
    w->link_list = H5Pcreate(H5P_LINK_CREATE);
    w->group_list = H5Pcreate(H5P_GROUP_CREATE);
    return H5Tset_size(w->string_type, H5T_VARIABLE) >= 0 &&
           H5Tset_cset(w->string_type, H5T_CSET_UTF8) >= 0 &&
           H5Pset_char_encoding(w->link_list, H5T_CSET_UTF8) >= 0 && set_group_list(w->group_list);
}

/* Opens `path`, empty or not, with all that a writer needs. */
static hf_status open_writer(writer *w, const char *path, bool is_empty, hf_error *err) {
    hf_hdf5_quiet();
    hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    if (open_lists(w) && set_group_list(creation))
        w->file = hf_careful_file_open(path, is_empty, creation, &w->error_number);
    hf_status status = w->file < 0 ? failed(w, err) : HF_OK;
    H5Pclose(creation);
    return status;
}

/* Closes the file with whatever a failure left open in it, then looks at the driver's note. */
static hf_status close_writer(writer *w, hf_status status, hf_error *err) {
    if (w->file >= 0 && H5Fclose(w->file) < 0 && !status)
        status = failed(w, err);
    if (!status && w->error_number)
        status = failed(w, err);
    H5Tclose(w->string_type);
    H5Pclose(w->link_list);
    H5Pclose(w->group_list);
    return status;
}

hf_status hf_hdf5_write(const hf_tables *tables, const char *path, const char *name,
                        hf_error *err) {
    writer w = {.name = name, .file = H5I_INVALID_HID};
    hf_status status = open_writer(&w, path, true, err);
    for (size_t i = 0; !status && i < tables->n_groups; i++)
        status = put_group(&w, tables->groups[i], err);
    return close_writer(&w, status, err);
}

/* A scalar of text in place of what has the name. */
static hf_status replace_text(const writer *w, hid_t group, const char *variable,
                              const char *long_name, const char *text, hf_error *err) {
    if (H5Lexists(group, variable, H5P_DEFAULT) > 0 && H5Ldelete(group, variable, H5P_DEFAULT) < 0)
        return failed(w, err);
    hid_t creation = creation_list(HF_TYPE_STRING, false, false);
    hid_t dataset = create_dataset(w, group, variable, w->string_type, creation, 0, NULL);
    hf_status status = dataset < 0 || write_values(w, dataset, HF_TYPE_STRING, &text, 1) < 0
                           ? failed(w, err)
                           : put_text(w, dataset, "long_name", long_name, err);
    if (creation >= 0)
        H5Pclose(creation);
    if (dataset >= 0 && H5Dclose(dataset) < 0 && !status)
        status = failed(w, err);
    return status;
}

hf_status hf_hdf5_set_texts(const char *path, const char *name, const char *group,
                            const char *attribute, const char *value, const char *variable,
                            const char *long_name, const char *text, hf_error *err) {
    writer w = {.name = name, .file = H5I_INVALID_HID};
    hf_status status = open_writer(&w, path, false, err);
    hid_t id = H5I_INVALID_HID;
    if (!status)
        id = H5Lexists(w.file, group, H5P_DEFAULT) > 0
                 ? H5Gopen2(w.file, group, H5P_DEFAULT)
                 : H5Gcreate2(w.file, group, w.link_list, w.group_list, H5P_DEFAULT);
    if (!status && id < 0)
        status = failed(&w, err);
    if (!status && H5Aexists(id, attribute) > 0 && H5Adelete(id, attribute) < 0)
        status = failed(&w, err);
    if (!status)
        status = put_text(&w, id, attribute, value, err);
    if (!status)
        status = replace_text(&w, id, variable, long_name, text, err);
    if (id >= 0 && H5Gclose(id) < 0 && !status)
        status = failed(&w, err);
    return close_writer(&w, status, err);
}
