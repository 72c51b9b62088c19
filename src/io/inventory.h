/* All groups and variables of a result file, by path. */
#ifndef HF_IO_INVENTORY_H
#define HF_IO_INVENTORY_H

#include "io/stored.h"

typedef struct hf_inventory_item {
    const char *path;
    bool is_group;
} hf_inventory_item;

typedef struct hf_inventory {
    hf_arena *arena; /* the paths */
    size_t n, capacity;
    hf_inventory_item *items; /* sorted by path, as bytes; "/" first */
} hf_inventory;

/* Lists the file without what is below `left_out` (NULL-terminated paths). To be cleared also after
 * a failure, when it has what could be listed. A ring of links is refused. */
hf_status hf_inventory_init(hf_inventory *inventory, const hf_store *store,
                            const char *const *left_out, hf_error *err) HF_MUST_CHECK;
void hf_inventory_clear(hf_inventory *inventory);

/* Lets a child process read all names, types and strings of a file that may be damaged, since HDF5
 * itself crashes on some such files (1.10.8: on one of thirty with four bytes changed).
 * HF_BAD_FILE if the child does not survive; what else is wrong is for the reader to say. Not for
 * ranks of an MPI job. */
hf_status hf_inventory_probe(const char *path, hf_error *err) HF_MUST_CHECK;

#endif
