/* Large per-trial columns, written in place into a draft whose tables declared them: by the root
 * alone, or by all ranks together.
 *
 *     root:  hf_result_begin(&draft, tables, path, replace, err)          broadcast draft, agree
 *     all:   hf_columns_open(&draft, hf_comm_file_access(comm), hf_comm_file_transfer(comm), ...)
 *            hf_columns_find(columns, "/trials/fill_rate", &column, err)  agree
 *            hf_columns_write(columns, column, variant, first, n, values, err) ...   agree
 *            hf_draft_flush(&draft, err)                                  agree
 *            hf_columns_verify(columns, err)                              agree
 *            hf_columns_settle(columns, err)                              agree
 *            hf_columns_verify, hf_columns_close
 *     root:  hf_result_finish(&draft, digest, err)                        or hf_draft_abandon
 *
 * "Collective." below: over the communicator behind the lists. With 0 for both a rank opens the
 * file for itself alone, through the serial driver. Without declared tables all that is left is
 * hf_result_write. */
#ifndef HF_IO_COLUMNS_H
#define HF_IO_COLUMNS_H

#include "base/status.h"
#include "io/draft.h"
#include <stdint.h>

typedef struct hf_columns hf_columns;

/* Opens the draft for writing. `access` and `transfer`, lists for file access and transfer (hid_t),
 * are taken. *columns is NULL on failure. Collective. */
hf_status hf_columns_open(const hf_draft *draft, int64_t access, int64_t transfer,
                          hf_columns **columns, hf_error *err) HF_MUST_CHECK;
/* The number of a declared table. Not collective: to be agreed before anything is written there,
 * since a rank that lacks it cannot take part. */
hf_status hf_columns_find(hf_columns *columns, const char *table, int *column,
                          hf_error *err) HF_MUST_CHECK;
/* Writes values[n] to [row][first .. first + n) of a declared table [row][trial]; of one with three
 * dimensions rows number the first two, of one with a single dimension row is 0. A rank without
 * trials has n == 0. Where several ranks write, one that fails has to end the job: others may wait
 * for it inside of HDF5 (io/columns.c). Collective. */
hf_status hf_columns_write(hf_columns *columns, int column, uint64_t row, uint64_t first,
                           uint64_t n, const double *values, hf_error *err) HF_MUST_CHECK;
/* Compares all that this rank has written through MPI-IO with what stands in the file; HF_BAD_FILE
 * if that is something else. Not collective: once all ranks have flushed what their hosts hold. */
hf_status hf_columns_verify(const hf_columns *columns, hf_error *err) HF_MUST_CHECK;
/* Closes the file: nothing can be written any more. Collective. */
hf_status hf_columns_settle(hf_columns *columns, hf_error *err) HF_MUST_CHECK;
/* Settles, if that was not done, and releases; NULL is allowed. Collective unless settled. */
hf_status hf_columns_close(hf_columns *columns, hf_error *err) HF_MUST_CHECK;
#endif
