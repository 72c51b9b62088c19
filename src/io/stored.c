/* Reading a result file with suspicion: links, types, shapes and sizes are checked before use. */
#include "io/stored.h"
#include "io/hdf5_error.h"
#include <errno.h>
#include <hdf5_hl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_NAMES = 100000 }; /* in one group, or attributes of one object */

#define NO_VARIABLE "This is a netCDF dimension but not a netCDF variable"

hf_status hf_stored_refuse(const hf_store *store, const char *path, const char *what,
                           hf_error *err) {
    return hf_fail(err, HF_BAD_INPUT, "'%.400s': %.300s %s: not written by Holdfast", store->name,
                   path, what);
}

static hf_status unreadable(const hf_store *store, hf_error *err) {
    return hf_hdf5_fail(err, HF_BAD_FILE, "read", store->name);
}

hf_status hf_store_open(hf_store *store, const char *path, hf_error *err) {
    struct stat what;
    hf_hdf5_quiet();
    store->name = path;
    store->file = H5I_INVALID_HID;
    if (stat(path, &what) < 0)
        return hf_file_fail(err, errno, "open", path);
    if (!S_ISREG(what.st_mode))
        return hf_fail(err, HF_BAD_INPUT, "'%.600s' is not a plain file", path);
    htri_t is_hdf5 = H5Fis_hdf5(path);
    if (is_hdf5 == 0)
        return hf_fail(err, HF_BAD_INPUT, "'%.600s' is not a result: it is no HDF5 file", path);
    if (is_hdf5 > 0) {
        hid_t access = H5Pcreate(H5P_FILE_ACCESS);
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
        store->file = H5Fopen(path, H5F_ACC_RDONLY, access);
        H5Pclose(access);
    }
    return store->file >= 0 ? HF_OK : hf_hdf5_fail(err, HF_BAD_FILE, "open", path);
}

/* ---- names ---- */

/* Link `i` of an open group: its name and kind. Only hard links to groups and datasets pass. */
static hf_status read_link(const hf_store *store, hid_t id, const char *group, H5_index_t order,
                           hsize_t i, hf_arena *arena, hf_stored_name *link, hf_error *err) {
    char name[HF_STORED_NAME];
    H5L_info_t info;
    ssize_t n = H5Lget_name_by_idx(id, ".", order, H5_ITER_INC, i, name, sizeof name, H5P_DEFAULT);
    if (n < 0 || H5Lget_info_by_idx(id, ".", order, H5_ITER_INC, i, &info, H5P_DEFAULT) < 0)
        return unreadable(store, err);
    if (n == 0 || (size_t)n >= sizeof name || info.type != H5L_TYPE_HARD)
        return hf_stored_refuse(store, group, "has a link that is no plain one", err);
    hid_t object = H5Oopen(id, name, H5P_DEFAULT);
    if (object < 0)
        return unreadable(store, err);
    H5I_type_t kind = H5Iget_type(object);
    H5Oclose(object);
    link->name = hf_arena_strdup(arena, name);
    link->is_group = kind == H5I_GROUP;
    return kind == H5I_GROUP || kind == H5I_DATASET
               ? HF_OK
               : hf_stored_refuse(store, group, "holds more than groups and variables", err);
}

hf_status hf_stored_list(const hf_store *store, const char *group, hf_arena *arena,
                         hf_stored_name **names, size_t *n, hf_error *err) {
    H5G_info_t info;
    unsigned tracked = 0;
    hf_status status = HF_OK;
    hid_t id = H5Gopen2(store->file, group, H5P_DEFAULT);
    *names = NULL;
    *n = 0;
    if (id < 0 || H5Gget_info(id, &info) < 0) {
        status = unreadable(store, err);
        goto end;
    }
    if (info.nlinks > MOST_NAMES) {
        status = hf_stored_refuse(store, group, "holds too much", err);
        goto end;
    }
    hid_t list = H5Gget_create_plist(id);
    if (list >= 0) {
        H5Pget_link_creation_order(list, &tracked);
        H5Pclose(list);
    }
    H5_index_t order = tracked & H5P_CRT_ORDER_TRACKED ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
    *names = HF_ARENA_NEW(arena, info.nlinks, hf_stored_name);
    for (; !status && *n < info.nlinks; (*n)++)
        status = read_link(store, id, group, order, *n, arena, &(*names)[*n], err);
end:
    if (id >= 0)
        H5Gclose(id);
    return status;
}

/* ---- types ---- */

/* Which of ours a type in a file is; false if none. */
static bool classify(hid_t type, hf_type *found) {
    const struct {
        hid_t type;
        hf_type ours;
    } numbers[] = {{H5T_IEEE_F64LE, HF_TYPE_DOUBLE},
                   {H5T_STD_I64LE, HF_TYPE_INT64},
                   {H5T_STD_U64LE, HF_TYPE_UINT64},
                   {H5T_STD_U8LE, HF_TYPE_BOOL}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (H5Tequal(type, numbers[i].type) > 0) {
            *found = numbers[i].ours;
            return true;
        }
    *found = HF_TYPE_STRING;
    return H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0;
}

/* A variable-length string in memory, of the character set it has in the file. */
static hid_t string_like(hid_t type) {
    hid_t string = H5Tcopy(H5T_C_S1);
    H5Tset_size(string, H5T_VARIABLE);
    H5Tset_cset(string, H5Tget_cset(type));
    return string;
}

void hf_stored_release(char **strings, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        H5free_memory(strings[i]);
        strings[i] = NULL;
    }
}

/* ---- attributes ---- */

static bool is_bookkeeping(const char *name) {
    static const char *const names[] = {"CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST",
                                        "DIMENSION_LABELS"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return strncmp(name, "_Netcdf4", 8) == 0 || strncmp(name, "_NC", 3) == 0;
}

/* The scalar an open attribute holds. */
static hf_status read_scalar(const hf_store *store, hid_t id, const char *path, hf_arena *arena,
                             hf_attribute *attribute, hf_error *err) {
    hid_t type = H5Aget_type(id), space = H5Aget_space(id), string = H5I_INVALID_HID;
    hf_status status = HF_OK;
    if (type < 0 || space < 0 || H5Sget_simple_extent_type(space) != H5S_SCALAR ||
        !classify(type, &attribute->type) || attribute->type == HF_TYPE_BOOL) {
        status = hf_stored_refuse(store, path, "has an attribute of a strange type", err);
    } else if (attribute->type == HF_TYPE_STRING) {
        char *text = NULL;
        string = string_like(type);
        if (H5Aread(id, string, &text) < 0)
            status = unreadable(store, err);
        attribute->value.text = hf_arena_strdup(arena, text ? text : "");
        H5free_memory(text);
    } else {
        hid_t native = attribute->type == HF_TYPE_DOUBLE  ? H5T_NATIVE_DOUBLE
                       : attribute->type == HF_TYPE_INT64 ? H5T_NATIVE_INT64
                                                          : H5T_NATIVE_UINT64;
        if (H5Aread(id, native, &attribute->value) < 0)
            status = unreadable(store, err);
    }
    if (string >= 0)
        H5Tclose(string);
    if (type >= 0)
        H5Tclose(type);
    if (space >= 0)
        H5Sclose(space);
    return status;
}

/* Attribute `i`, if it is not the library's. */
static hf_status read_attribute(const hf_store *store, hid_t object, const char *path,
                                H5_index_t order, hsize_t i, hf_arena *arena,
                                hf_attributes *attributes, hf_error *err) {
    char name[HF_STORED_NAME];
    hf_status status = HF_OK;
    hid_t id = H5Aopen_by_idx(object, ".", order, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT);
    ssize_t n = id < 0 ? -1 : H5Aget_name(id, sizeof name, name);
    if (n < 0)
        status = unreadable(store, err);
    else if (n == 0 || (size_t)n >= sizeof name)
        status = hf_stored_refuse(store, path, "has an attribute of a strange name", err);
    else if (!is_bookkeeping(name)) {
        hf_attribute *added = &attributes->items[attributes->n++];
        added->name = hf_arena_strdup(arena, name);
        status = read_scalar(store, id, path, arena, added, err);
    }
    if (id >= 0)
        H5Aclose(id);
    return status;
}

/* Creation order exists only where it was tracked; asking otherwise fails. */
static H5_index_t attribute_order(hid_t object) {
    unsigned tracked = 0;
    H5I_type_t kind = H5Iget_type(object);
    hid_t list = kind == H5I_DATASET ? H5Dget_create_plist(object)
                 : kind == H5I_GROUP ? H5Gget_create_plist(object)
                                     : H5I_INVALID_HID;
    if (list >= 0) {
        H5Pget_attr_creation_order(list, &tracked);
        H5Pclose(list);
    }
    return tracked & H5P_CRT_ORDER_TRACKED ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
}

hf_status hf_stored_attributes(const hf_store *store, const char *path, hf_arena *arena,
                               hf_attributes *attributes, hf_error *err) {
    H5O_info_t info;
    memset(attributes, 0, sizeof *attributes);
    hid_t object = H5Oopen(store->file, path, H5P_DEFAULT);
    hf_status status = HF_OK;
    if (object < 0 || H5Oget_info(object, &info) < 0)
        status = unreadable(store, err);
    else if (info.num_attrs > MOST_NAMES)
        status = hf_stored_refuse(store, path, "has too many attributes", err);
    else {
        H5_index_t order = attribute_order(object);
        attributes->capacity = (size_t)info.num_attrs;
        attributes->items = HF_ARENA_NEW(arena, info.num_attrs, hf_attribute);
        for (hsize_t i = 0; !status && i < info.num_attrs; i++)
            status = read_attribute(store, object, path, order, i, arena, attributes, err);
    }
    if (object >= 0)
        H5Oclose(object);
    return status;
}

/* ---- variables ---- */

/* Name of a scale, without its group, into a char[HF_STORED_NAME]; 1 stops at the first scale. */
static herr_t keep_scale_name(hid_t dataset, unsigned axis, hid_t scale, void *user) {
    char path[4 * HF_STORED_NAME];
    ssize_t n = H5Iget_name(scale, path, sizeof path);
    (void)dataset, (void)axis;
    if (n <= 0 || (size_t)n >= sizeof path)
        return -1;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t n_name = strlen(name);
    if (n_name >= HF_STORED_NAME)
        return -1;
    memcpy(user, name, n_name + 1);
    return 1;
}

static bool has_no_variable(hid_t dataset) {
    char mark[sizeof NO_VARIABLE] = "";
    return H5DSget_scale_name(dataset, mark, sizeof mark) > 0 && strcmp(mark, NO_VARIABLE) == 0;
}

static hf_status read_axes(const hf_store *store, hf_stored *stored, hf_error *err) {
    stored->is_axis = H5DSis_scale(stored->dataset) > 0;
    stored->has_values = !stored->is_axis || !has_no_variable(stored->dataset);
    if (stored->is_axis) {
        const char *slash = strrchr(stored->path, '/');
        snprintf(stored->names[0], HF_STORED_NAME, "%s", slash ? slash + 1 : stored->path);
        return stored->n_dimensions == 1
                   ? HF_OK
                   : hf_stored_refuse(store, stored->path, "is a strange axis", err);
    }
    for (int i = 0; i < stored->n_dimensions; i++)
        if (H5DSget_num_scales(stored->dataset, (unsigned)i) < 1 ||
            H5DSiterate_scales(stored->dataset, (unsigned)i, NULL, keep_scale_name,
                               stored->names[i]) != 1)
            return hf_stored_refuse(store, stored->path, "has an axis without a name", err);
    return HF_OK;
}

static hf_status read_shape(const hf_store *store, hf_stored *stored, hf_error *err) {
    hsize_t lengths[H5S_MAX_RANK];
    hid_t space = H5Dget_space(stored->dataset);
    H5S_class_t kind = H5Sget_simple_extent_type(space);
    int n = kind == H5S_SCALAR ? 0 : kind == H5S_SIMPLE ? H5Sget_simple_extent_ndims(space) : -1;
    if (n > 0)
        H5Sget_simple_extent_dims(space, lengths, NULL);
    H5Sclose(space);
    if (n < 0 || n > HF_TABLE_DIMENSIONS)
        return hf_stored_refuse(store, stored->path, "has a strange shape", err);
    stored->n_dimensions = n;
    for (int i = 0; i < n; i++)
        stored->lengths[i] = lengths[i];
    return HF_OK;
}

/* A shape that promises more than its bytes can hold, even compressed: reading it would take for
 * ever, and nothing there was written. */
static bool is_hollow(const hf_stored *stored) {
    const uint64_t best_compression = 1100; /* of deflate: 1032 */
    uint64_t n_bytes = H5Dget_storage_size(stored->dataset), n = hf_stored_size(stored);
    return stored->has_values && n / best_compression > n_bytes;
}

hf_status hf_stored_open(const hf_store *store, const char *path, hf_stored *stored,
                         hf_error *err) {
    memset(stored, 0, sizeof *stored);
    stored->path = path;
    stored->dataset = H5Dopen2(store->file, path, H5P_DEFAULT);
    if (stored->dataset < 0)
        return unreadable(store, err);
    hf_status status = read_shape(store, stored, err);
    if (!status)
        status = read_axes(store, stored, err);
    hid_t type = H5Dget_type(stored->dataset);
    if (!status && stored->has_values && !classify(type, &stored->type))
        status = hf_stored_refuse(store, path, "has a strange type", err);
    if (!status && is_hollow(stored))
        status = hf_stored_refuse(store, path, "was never written", err);
    if (type >= 0)
        H5Tclose(type);
    if (status)
        hf_stored_close(stored);
    return status;
}

void hf_stored_close(hf_stored *stored) {
    if (stored->dataset >= 0)
        H5Dclose(stored->dataset);
    stored->dataset = H5I_INVALID_HID;
}

uint64_t hf_stored_size(const hf_stored *stored) {
    uint64_t n = 1;
    bool is_empty = false, is_huge = false;
    for (int i = 0; i < stored->n_dimensions; i++) {
        is_empty |= stored->lengths[i] == 0;
        is_huge |= __builtin_mul_overflow(n, stored->lengths[i], &n);
    }
    return is_empty ? 0 : is_huge ? UINT64_MAX : n;
}

/* The axis along which blocks are cut: all axes after it fit whole into one block. */
static int cut_axis(const hf_stored *stored, uint64_t largest, uint64_t *n_below) {
    int axis = stored->n_dimensions;
    *n_below = 1;
    while (axis > 0 && stored->lengths[axis - 1] <= largest / *n_below)
        *n_below *= stored->lengths[--axis];
    if (axis == 0)
        *n_below /= stored->lengths[0];
    return axis > 0 ? axis - 1 : 0;
}

bool hf_stored_next(const hf_stored *stored, uint64_t largest, hf_stored_block *block) {
    uint64_t n_below;
    if (hf_stored_size(stored) == 0 || (stored->n_dimensions == 0 && block->n))
        return false;
    if (stored->n_dimensions == 0) {
        block->n = 1;
        return true;
    }
    int cut = cut_axis(stored, largest, &n_below);
    if (block->n) {
        int axis = cut;
        block->start[axis] += block->count[axis];
        while (axis > 0 && block->start[axis] >= stored->lengths[axis]) {
            block->start[axis--] = 0;
            block->start[axis]++;
        }
        if (block->start[0] >= stored->lengths[0])
            return false;
    }
    uint64_t most = largest / n_below, left = stored->lengths[cut] - block->start[cut];
    for (int i = 0; i < stored->n_dimensions; i++)
        block->count[i] = i < cut ? 1 : i > cut ? stored->lengths[i] : left < most ? left : most;
    block->n = block->count[cut] * n_below;
    return true;
}

hf_status hf_stored_read(const hf_store *store, const hf_stored *stored,
                         const hf_stored_block *block, hid_t memory_type, void *values,
                         hf_error *err) {
    hsize_t n = block->n;
    hid_t type = H5Dget_type(stored->dataset), space = H5Dget_space(stored->dataset);
    hid_t memory = H5Screate_simple(1, &n, NULL), string = H5I_INVALID_HID;
    if (stored->type == HF_TYPE_STRING)
        memory_type = string = string_like(type);
    herr_t result = 0;
    if (stored->n_dimensions > 0)
        result = H5Sselect_hyperslab(space, H5S_SELECT_SET, block->start, NULL, block->count, NULL);
    if (result >= 0)
        result = H5Dread(stored->dataset, memory_type, memory, space, H5P_DEFAULT, values);
    hf_status status = result < 0 ? unreadable(store, err) : HF_OK;
    if (string >= 0)
        H5Tclose(string);
    H5Sclose(memory);
    H5Sclose(space);
    H5Tclose(type);
    return status;
}
