/* Independent hyperslab writes into declared datasets: contiguous, allocated at creation, never
 * filled, so that no rank changes any metadata. */
#include "io/columns.h"
#include "base/memory.h"
#include "io/careful_file.h"
#include "io/hdf5_error.h"
#include <hdf5.h>
#include <inttypes.h>
#include <string.h>

/* A dataset stays open from its first write on. */
typedef struct column {
    char *table;
    hid_t dataset;
    int n_dimensions;
    hsize_t rows;
    hsize_t lengths[3]; /* the last is trials; rows number the product of those before it */
} column;

struct hf_columns {
    char *name; /* of the file to be, for errors */
    hid_t file;
    int error_number; /* of the serial driver */
    size_t n, capacity;
    column *items;
};

hf_status hf_columns_open(const hf_draft *draft, int64_t access, hf_columns **columns,
                          hf_error *err) {
    hf_columns *c = HF_NEW(1, hf_columns);
    hf_hdf5_quiet();
    hf_draft_mask_limits();
    c->name = hf_strdup(draft->path);
    if (access == H5P_DEFAULT || H5Pget_driver((hid_t)access) == H5FD_SEC2)
        c->file = hf_careful_file_open(draft->aside, false, H5P_DEFAULT, &c->error_number);
    else
        c->file = H5Fopen(draft->aside, H5F_ACC_RDWR, (hid_t)access);
    if (access != H5P_DEFAULT)
        H5Pclose((hid_t)access);
    *columns = c;
    if (c->file >= 0)
        return HF_OK;
    hf_status status = hf_hdf5_fail(err, HF_BAD_FILE, "open for writing", draft->aside);
    hf_free(c->name);
    hf_free(c);
    *columns = NULL;
    return status;
}

/* Opens the dataset and learns its shape; anything but one to three dimensions of doubles is ours
 * to refuse, since a declared table has no other. */
static hf_status open_column(const hf_columns *c, const char *table, column *opened,
                             hf_error *err) {
    opened->dataset = H5Dopen2(c->file, table, H5P_DEFAULT);
    if (opened->dataset < 0)
        return hf_hdf5_fail(err, HF_BAD_FILE, "open a column of", c->name);
    hid_t space = H5Dget_space(opened->dataset), type = H5Dget_type(opened->dataset);
    int n = H5Sget_simple_extent_ndims(space);
    hsize_t lengths[H5S_MAX_RANK] = {0};
    if (n > 0)
        H5Sget_simple_extent_dims(space, lengths, NULL);
    bool good = n >= 1 && n <= 3 && H5Tequal(type, H5T_IEEE_F64LE) > 0;
    opened->n_dimensions = n;
    opened->rows = 1;
    for (int i = 0; good && i < n; i++) {
        opened->lengths[i] = lengths[i];
        opened->rows *= i + 1 < n ? lengths[i] : 1;
    }
    H5Tclose(type);
    H5Sclose(space);
    if (good)
        return HF_OK;
    H5Dclose(opened->dataset);
    return hf_fail(err, HF_BAD_FILE, "'%.600s': %.200s is not a column of doubles", c->name, table);
}

static hf_status find_column(hf_columns *c, const char *table, column **found, hf_error *err) {
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->items[i].table, table) == 0) {
            *found = &c->items[i];
            return HF_OK;
        }
    if (c->n == c->capacity) {
        size_t more = c->capacity ? 2 * c->capacity : 16;
        c->items = (column *)hf_realloc(c->items, c->capacity, more, sizeof(column));
        c->capacity = more;
    }
    *found = &c->items[c->n];
    hf_status status = open_column(c, table, *found, err);
    if (!status) {
        (*found)->table = hf_strdup(table);
        c->n++;
    }
    return status;
}

hf_status hf_columns_write(hf_columns *columns, const char *table, uint64_t row, uint64_t first,
                           uint64_t n, const double *values, hf_error *err) {
    column *to;
    if (n == 0)
        return HF_OK;
    hf_status status = find_column(columns, table, &to, err);
    if (status)
        return status;
    int last = to->n_dimensions - 1;
    hsize_t trials = to->lengths[last];
    if (row >= to->rows || first > trials || n > trials - first)
        return hf_fail(err, HF_BAD_FILE,
                       "'%.600s': %.200s [%" PRIu64 "][%" PRIu64 " .. %" PRIu64
                       ") is outside of its %" PRIu64 " x %" PRIu64,
                       columns->name, table, row, first, first + n, (uint64_t)to->rows,
                       (uint64_t)trials);
    hsize_t start[3] = {0}, count[3] = {1, 1, 1};
    for (int i = last - 1; i >= 0; row /= to->lengths[i--])
        start[i] = row % to->lengths[i];
    start[last] = first;
    count[last] = n;
    hid_t space = H5Dget_space(to->dataset), memory = H5Screate_simple(1, &count[last], NULL);
    if (H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0 ||
        H5Dwrite(to->dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values) < 0)
        status = hf_hdf5_fail(err, HF_BAD_FILE, "write", columns->name);
    H5Sclose(memory);
    H5Sclose(space);
    if (!status && columns->error_number)
        status = hf_file_fail(err, columns->error_number, "write", columns->name);
    return status;
}

hf_status hf_columns_close(hf_columns *columns, hf_error *err) {
    hf_status status = HF_OK;
    if (!columns)
        return status;
    for (size_t i = 0; i < columns->n; i++) {
        if (H5Dclose(columns->items[i].dataset) < 0 && !status)
            status = hf_hdf5_fail(err, HF_BAD_FILE, "write", columns->name);
        hf_free(columns->items[i].table);
    }
    if (H5Fclose(columns->file) < 0 && !status)
        status = hf_hdf5_fail(err, HF_BAD_FILE, "write", columns->name);
    if (!status && columns->error_number)
        status = hf_file_fail(err, columns->error_number, "write", columns->name);
    hf_free(columns->items);
    hf_free(columns->name);
    hf_free(columns);
    return status;
}
