/* The result file: written whole or not at all, and read back as the tables it was made of.
 *
 * HDF5 that is also netCDF-4 (analysis/README.md). Writing with per-trial columns by all
 * ranks: io/columns.h. */
#ifndef HF_IO_RESULT_H
#define HF_IO_RESULT_H

#include "base/status.h"
#include "io/digest.h"
#include "io/draft.h"
#include "io/table.h"
#include <stdbool.h>

/* Writes the tables and gives the content digest; /provenance gets the digests (io/seal.h). Nothing
 * is left behind on failure. For tables without declared ones. */
hf_status hf_result_write(const hf_tables *tables, const char *path, bool replace,
                          char digest[HF_DIGEST_TEXT], hf_error *err) HF_MUST_CHECK;

/* The same in two steps, root only: the tables, declared ones laid out and their disk space
 * reserved; then, when the columns are written, digest, fsync, rename. */
hf_status hf_result_begin(hf_draft *draft, const hf_tables *tables, const char *path, bool replace,
                          hf_error *err) HF_MUST_CHECK;
hf_status hf_result_finish(hf_draft *draft, char digest[HF_DIGEST_TEXT],
                           hf_error *err) HF_MUST_CHECK;

typedef struct hf_result hf_result;

/* Opens a result for reading, after a child process has survived reading it (io/inventory.h); not
 * for ranks of an MPI job. HF_BAD_FILE if it cannot be read, HF_BAD_INPUT if it is no HDF5 file.
 * Given: hf_result_close. */
hf_status hf_result_open(const char *path, hf_result **result, hf_error *err) HF_MUST_CHECK;
void hf_result_close(hf_result *result); /* NULL is allowed */

/* Whether the file at `path` is the whole result of the scenario and job of these digests; not if
 * it is another's, no result, or is not there. HF_BAD_FILE if it cannot be read. Reads the
 * attributes of "/" alone, in this process, which may be a rank of an MPI job. The risk: no child
 * process meets a damaged file first, and HDF5 may crash (1.10.8: on 2 of 350 with four bytes
 * changed anywhere, on 17 of 350 with these in the first 8 KiB). So only for the user's own output
 * of this run. */
hf_status hf_result_is_of(const char *path, const char *scenario_digest, const char *job_digest,
                          bool *is_it, hf_error *err) HF_MUST_CHECK;

/* Whether there is a group or a table of that path. */
bool hf_result_has(const hf_result *result, const char *path);
/* Names of the groups right under `path`, in order of creation, owned by the tables' arena. */
hf_status hf_result_list(const hf_result *result, const char *path, hf_tables *tables,
                         const char *const **names, size_t *n, hf_error *err) HF_MUST_CHECK;
/* Reads the group at `path` (not those under it): attributes, dimensions with their values, tables
 * with their data, all owned by `tables`, which must not have the group yet. More than
 * HF_RESULT_READ_BYTES at once is refused, as is anything that Holdfast does not write. */
#define HF_RESULT_READ_BYTES ((uint64_t)1 << 31)
hf_status hf_result_read(const hf_result *result, const char *path, hf_tables *tables,
                         const hf_group **group, hf_error *err) HF_MUST_CHECK;
/* The group's attributes only: what "/" has, or /trials without its columns. */
hf_status hf_result_read_attributes(const hf_result *result, const char *path, hf_tables *tables,
                                    const hf_group **group, hf_error *err) HF_MUST_CHECK;

/* From a group that was read: HF_BAD_INPUT, naming the result's path, group and name, if it is
 * missing or of another type. */
hf_status hf_result_text(const hf_result *result, const hf_group *group, const char *attribute,
                         const char **text, hf_error *err) HF_MUST_CHECK;
hf_status hf_result_count(const hf_result *result, const hf_group *group, const char *attribute,
                          uint64_t *count, hf_error *err) HF_MUST_CHECK;
hf_status hf_result_double(const hf_result *result, const hf_group *group, const char *attribute,
                           double *value, hf_error *err) HF_MUST_CHECK;
hf_status hf_result_table(const hf_result *result, const hf_group *group, const char *name,
                          hf_type type, const hf_table **table, hf_error *err) HF_MUST_CHECK;

#endif
