/* Tables as one JSON object: a member a group, named by its path.
 *
 * A group is {attrs, dims, coords, data_vars}, which xarray.Dataset.from_dict takes: attributes,
 * lengths of dimensions, their values, and the tables as nested arrays, row-major, each with dims
 * and attrs (units and long_name among them). Numbers read back to the same bits; NaN is null; a
 * whole number beyond 2^53 is a string of its digits. */
#ifndef HF_IO_TABLE_JSON_H
#define HF_IO_TABLE_JSON_H

#include "base/status.h"
#include "io/table.h"
#include <stdbool.h>

/* Writes all tables (none declared; asserted) into a file, whole or not at all. The tables have
 * passed hf_tables_check. */
hf_status hf_json_tables_write(const hf_tables *tables, const char *path, bool replace,
                               hf_error *err) HF_MUST_CHECK;

#endif
