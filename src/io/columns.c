/* Hyperslab writes into declared datasets: contiguous, allocated at creation, never filled, so that
 * no rank changes any metadata.
 *
 * Contiguous and not chunked, although ranks write whole chunks of trials: the file has the same
 * bytes whoever writes it, no chunk index that ranks would have to keep the same, no half-empty
 * chunk at the end of each row, its length says what to reserve (hf_draft_reserve), and readers map
 * a column as it is. What chunks are for, filters and growth, nothing here needs.
 *
 * MPI-IO's word that it has written is not taken: Open MPI's default layer (OMPIO, 4.1.4: measured)
 * reports success on a full disk. What was written is compared with what each rank reads for
 * itself, past MPI-IO; as SHA-256, since the values themselves are gone by then.
 *
 * After a failure nothing more can be asked of HDF5 and MPI-IO, not even to close (HDF5 1.10.8, all
 * measured): a rank that failed alone leaves the others waiting for it to reset MPI-IO's view of
 * the file; where all failed, the superblock is written through that view into the data, and if it
 * fails there the library crashes at the end; OMPIO waits for ever for messages of its own. */
#include "io/columns.h"
#include "base/check.h"
#include "base/memory.h"
#include "io/careful_file.h"
#include "io/digest.h"
#include "io/hdf5_error.h"
#include <hdf5.h>
#include <inttypes.h>
#include <string.h>

enum { READ_VALUES = 1 << 16 };

/* A dataset stays open until the file is closed. */
typedef struct column {
    char *table;
    hid_t dataset;
    int n_dimensions;
    hsize_t rows;
    hsize_t lengths[3]; /* the last is trials; rows number the product of those before it */
} column;

typedef struct piece { /* written */
    int column;
    uint64_t row, first, n;
    char digest[HF_DIGEST_TEXT];
} piece;

struct hf_columns {
    char *name, *aside; /* of the file to be, for errors; where it is */
    hid_t access, transfer, file;
    bool is_shared;   /* through MPI-IO: what is written is remembered, to be compared */
    int error_number; /* of the serial driver */
    size_t n, capacity;
    column *items;
    size_t n_pieces, pieces_capacity;
    piece *pieces;
};

/* ---- the file and its datasets ---- */

/* Opens the dataset and learns its shape; anything but one to three dimensions of doubles is ours
 * to refuse, since a declared table has no other. */
static hf_status open_column(const hf_columns *c, hid_t file, const char *table, column *opened,
                             hf_error *err) {
    opened->dataset = H5Dopen2(file, table, H5P_DEFAULT);
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

static void release(hf_columns *c) {
    for (size_t i = 0; i < c->n; i++)
        hf_free(c->items[i].table);
    if (c->transfer != H5P_DEFAULT)
        H5Pclose(c->transfer);
    if (c->access != H5P_DEFAULT)
        H5Pclose(c->access);
    hf_free(c->pieces);
    hf_free(c->items);
    hf_free(c->aside);
    hf_free(c->name);
    hf_free(c);
}

hf_status hf_columns_open(const hf_draft *draft, int64_t access, int64_t transfer,
                          hf_columns **columns, hf_error *err) {
    hf_columns *c = HF_NEW(1, hf_columns);
    hf_hdf5_quiet();
    hf_draft_mask_limits();
    c->name = hf_strdup(draft->path);
    c->aside = hf_strdup(draft->aside);
    c->access = (hid_t)access;
    c->transfer = (hid_t)transfer;
    c->is_shared = access != H5P_DEFAULT && H5Pget_driver(c->access) != H5FD_SEC2;
    if (c->is_shared)
        c->file = H5Fopen(c->aside, H5F_ACC_RDWR, c->access);
    else
        c->file = hf_careful_file_open(c->aside, false, H5P_DEFAULT, &c->error_number);
    *columns = c;
    if (c->file >= 0)
        return HF_OK;
    hf_status status = hf_hdf5_fail(err, HF_BAD_FILE, "open for writing", c->aside);
    release(c);
    *columns = NULL;
    return status;
}

hf_status hf_columns_find(hf_columns *c, const char *table, int *found, hf_error *err) {
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->items[i].table, table) == 0) {
            *found = (int)i;
            return HF_OK;
        }
    if (c->n == c->capacity) {
        size_t more = c->capacity ? 2 * c->capacity : 16;
        c->items = (column *)hf_realloc(c->items, c->capacity, more, sizeof(column));
        c->capacity = more;
    }
    hf_status status = open_column(c, c->file, table, &c->items[c->n], err);
    if (!status) {
        c->items[c->n].table = hf_strdup(table);
        *found = (int)c->n++;
    }
    return status;
}

/* ---- writing ---- */

/* What n values of a row are of the dataset; nothing if n is 0. */
static hid_t select_trials(const column *of, uint64_t row, uint64_t first, uint64_t n) {
    hsize_t start[3] = {0}, count[3] = {1, 1, 1};
    int last = of->n_dimensions - 1;
    hid_t space = H5Dget_space(of->dataset);
    for (int i = last - 1; i >= 0; row /= of->lengths[i--])
        start[i] = row % of->lengths[i];
    start[last] = first;
    count[last] = n;
    if (n == 0)
        H5Sselect_none(space);
    else if (H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0) {
        H5Sclose(space);
        return H5I_INVALID_HID;
    }
    return space;
}

static hid_t memory_of(uint64_t n) {
    hsize_t count = n;
    hid_t memory = H5Screate_simple(1, &count, NULL);
    if (n == 0)
        H5Sselect_none(memory);
    return memory;
}

static void remember(hf_columns *c, const piece *written, const double *values) {
    if (c->n_pieces == c->pieces_capacity) {
        size_t more = c->pieces_capacity ? 2 * c->pieces_capacity : 64;
        c->pieces = (piece *)hf_realloc(c->pieces, c->pieces_capacity, more, sizeof(piece));
        c->pieces_capacity = more;
    }
    piece *p = &c->pieces[c->n_pieces++];
    *p = *written;
    hf_digest_bytes(values, p->n * sizeof *values, p->digest);
}

static hf_status check_place(const hf_columns *c, const column *to, uint64_t row, uint64_t first,
                             uint64_t n, hf_error *err) {
    hsize_t trials = to->lengths[to->n_dimensions - 1];
    if (row < to->rows && first <= trials && n <= trials - first)
        return HF_OK;
    return hf_fail(err, HF_BAD_FILE,
                   "'%.600s': %.200s [%" PRIu64 "][%" PRIu64 " .. %" PRIu64
                   ") is outside of its %" PRIu64 " x %" PRIu64,
                   c->name, to->table, row, first, first + n, (uint64_t)to->rows, (uint64_t)trials);
}

hf_status hf_columns_write(hf_columns *c, int number, uint64_t row, uint64_t first, uint64_t n,
                           const double *values, hf_error *err) {
    const column *to = &c->items[number];
    hf_status status = check_place(c, to, row, first, n, err);
    if (status)
        row = first = n = 0;
    hid_t space = select_trials(to, row, first, n), memory = memory_of(n);
    HF_ASSERT(space >= 0 && memory >= 0); /* a rank that cannot say what must not stay away */
    if (H5Dwrite(to->dataset, H5T_NATIVE_DOUBLE, memory, space, c->transfer, values) < 0 && !status)
        status = hf_hdf5_fail(err, HF_BAD_FILE, "write", c->name);
    H5Sclose(memory);
    H5Sclose(space);
    if (!status && c->error_number)
        status = hf_file_fail(err, c->error_number, "write", c->name);
    if (!status && n > 0 && c->is_shared)
        remember(c, &(piece){.column = number, .row = row, .first = first, .n = n}, values);
    return status;
}

/* ---- reading back ---- */

static hf_status read_back(const hf_columns *c, const column *from, const piece *written,
                           double *values, char text[HF_DIGEST_TEXT], hf_error *err) {
    hf_digest *digest = hf_digest_begin();
    hf_status status = HF_OK;
    for (uint64_t done = 0, n; done < written->n && !status; done += n) {
        n = written->n - done < READ_VALUES ? written->n - done : READ_VALUES;
        hid_t space = select_trials(from, written->row, written->first + done, n);
        hid_t memory = memory_of(n);
        if (H5Dread(from->dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values) < 0)
            status = hf_hdf5_fail(err, HF_BAD_FILE, "read back", c->name);
        H5Sclose(memory);
        H5Sclose(space);
        hf_digest_add(digest, values, n * sizeof *values);
    }
    hf_digest_finish(digest, text);
    return status;
}

static hf_status compare(const hf_columns *c, const column *from, const piece *written,
                         double *values, hf_error *err) {
    char text[HF_DIGEST_TEXT];
    hf_status status = read_back(c, from, written, values, text, err);
    if (!status && strcmp(text, written->digest) != 0)
        status = hf_fail(err, HF_BAD_FILE,
                         "cannot write '%.600s': %.200s [%" PRIu64 "][%" PRIu64 " .. %" PRIu64
                         ") was written without an error but is not in the file: a full disk, or "
                         "another fault that MPI-IO does not tell",
                         c->name, c->items[written->column].table, written->row, written->first,
                         written->first + written->n);
    return status;
}

hf_status hf_columns_verify(const hf_columns *c, hf_error *err) {
    hid_t file = H5Fopen(c->aside, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0)
        return hf_hdf5_fail(err, HF_BAD_FILE, "read back", c->name);
    double *values = HF_NEW(READ_VALUES, double);
    column *from = HF_NEW(c->n, column);
    hf_status status = HF_OK;
    size_t n = 0;
    while (n < c->n && !status) {
        status = open_column(c, file, c->items[n].table, &from[n], err);
        n += !status;
    }
    for (size_t i = 0; i < c->n_pieces && !status; i++)
        status = compare(c, &from[c->pieces[i].column], &c->pieces[i], values, err);
    while (n > 0)
        H5Dclose(from[--n].dataset);
    H5Fclose(file);
    hf_free(from);
    hf_free(values);
    return status;
}

/* ---- the end ---- */

hf_status hf_columns_settle(hf_columns *c, hf_error *err) {
    hf_status status = HF_OK;
    if (c->file < 0)
        return HF_OK;
    for (size_t i = 0; i < c->n; i++)
        if (H5Dclose(c->items[i].dataset) < 0 && !status)
            status = hf_hdf5_fail(err, HF_BAD_FILE, "write", c->name);
    if (H5Fclose(c->file) < 0 && !status)
        status = hf_hdf5_fail(err, HF_BAD_FILE, "write", c->name);
    c->file = H5I_INVALID_HID;
    if (!status && c->error_number)
        status = hf_file_fail(err, c->error_number, "write", c->name);
    return status;
}

hf_status hf_columns_close(hf_columns *c, hf_error *err) {
    if (!c)
        return HF_OK;
    hf_status status = hf_columns_settle(c, err);
    release(c);
    return status;
}
