/* Tables as an HDF5 file that is also netCDF-4. */
#ifndef HF_IO_TABLE_HDF5_H
#define HF_IO_TABLE_HDF5_H

#include "base/status.h"
#include "io/table.h"

/* Writes all tables into the file at `path`, which is overwritten; declared ones are laid out and
 * left unwritten. `name` is what errors call the file. The tables have passed hf_tables_check. */
hf_status hf_hdf5_write(const hf_tables *tables, const char *path, const char *name,
                        hf_error *err) HF_MUST_CHECK;
/* Sets (or replaces) a text attribute, and then a text variable, of a group right under "/", which
 * is added if it is missing. */
hf_status hf_hdf5_set_texts(const char *path, const char *name, const char *group,
                            const char *attribute, const char *value, const char *variable,
                            const char *long_name, const char *text, hf_error *err) HF_MUST_CHECK;

#endif
