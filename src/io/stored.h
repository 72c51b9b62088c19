/* What a result file holds, looked at with suspicion: only what Holdfast writes is let through. */
#ifndef HF_IO_STORED_H
#define HF_IO_STORED_H

#include "base/memory.h"
#include "base/status.h"
#include "io/table.h"
#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

#define HF_STORED_NAME 256 /* bytes of a name, its NUL included */

/* An open file and what errors call it. */
typedef struct hf_store {
    hid_t file;
    const char *name;
} hf_store;

/* Opens for reading: HF_BAD_INPUT if it is no HDF5 file, HF_BAD_FILE if it cannot be read. Close
 * with H5Fclose. `path` is borrowed as the name. */
hf_status hf_store_open(hf_store *store, const char *path, hf_error *err) HF_MUST_CHECK;

/* A group or a variable right under a group. */
typedef struct hf_stored_name {
    char *name;
    bool is_group;
} hf_stored_name;

/* Names under the group, in order of creation where that was tracked; owned by the arena. */
hf_status hf_stored_list(const hf_store *store, const char *group, hf_arena *arena,
                         hf_stored_name **names, size_t *n, hf_error *err) HF_MUST_CHECK;

/* The object's attributes without the library's bookkeeping, owned by the arena. */
hf_status hf_stored_attributes(const hf_store *store, const char *path, hf_arena *arena,
                               hf_attributes *attributes, hf_error *err) HF_MUST_CHECK;

/* An open variable. */
typedef struct hf_stored {
    hid_t dataset;
    const char *path; /* borrowed */
    hf_type type;     /* HF_TYPE_BOOL for any uint8 */
    bool is_axis;     /* a dimension scale */
    bool has_values;  /* no netCDF dimension without variable */
    int n_dimensions;
    uint64_t lengths[HF_TABLE_DIMENSIONS];
    char names[HF_TABLE_DIMENSIONS][HF_STORED_NAME]; /* of the scales, without their groups */
} hf_stored;

hf_status hf_stored_open(const hf_store *store, const char *path, hf_stored *stored,
                         hf_error *err) HF_MUST_CHECK;
void hf_stored_close(hf_stored *stored);
/* Elements; UINT64_MAX if that is no uint64. */
uint64_t hf_stored_size(const hf_stored *stored);

/* A box of consecutive elements; begin with n == 0 and all zero. */
typedef struct hf_stored_block {
    hsize_t start[HF_TABLE_DIMENSIONS], count[HF_TABLE_DIMENSIONS];
    uint64_t n; /* elements of it */
} hf_stored_block;

/* Moves to the next block of at most `largest` elements, in row-major order; false at the end. */
bool hf_stored_next(const hf_stored *stored, uint64_t largest, hf_stored_block *block);
/* Reads the block as `memory_type` (the number's, or ignored for strings, which are char *[n] that
 * hf_stored_release gives back). */
hf_status hf_stored_read(const hf_store *store, const hf_stored *stored,
                         const hf_stored_block *block, hid_t memory_type, void *values,
                         hf_error *err) HF_MUST_CHECK;
void hf_stored_release(char **strings, uint64_t n);

/* Calls that it cannot be: HF_BAD_INPUT "'file': path <what>: not written by Holdfast". */
hf_status hf_stored_refuse(const hf_store *store, const char *path, const char *what,
                           hf_error *err);

#endif
