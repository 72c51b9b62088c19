/* Large per-trial columns, written in place by all ranks into a draft whose tables declared them.
 *
 *     root:  hf_result_begin(&draft, tables, path, replace, err)   broadcast draft, agree
 *     all:   hf_columns_open(&draft, hf_comm_file_access(comm), &columns, err)   collective
 *     each:  hf_columns_write(columns, "/trials/fill_rate", variant, first, n, values, err) ...
 *     all:   hf_columns_close(columns, err)                        collective, then agree
 *     root:  hf_result_finish(&draft, digest, err)                 or hf_draft_abandon
 *
 * Without declared tables all that is left is hf_result_write. Serial: the default access list. */
#ifndef HF_IO_COLUMNS_H
#define HF_IO_COLUMNS_H

#include "base/status.h"
#include "io/draft.h"
#include <stdint.h>

typedef struct hf_columns hf_columns;

/* Opens the draft for writing. `access`, a file access list (hid_t), is taken.
 * *columns is NULL on failure. Collective over the communicator behind `access`. */
hf_status hf_columns_open(const hf_draft *draft, int64_t access, hf_columns **columns,
                          hf_error *err) HF_MUST_CHECK;
/* Writes values[n] to [row][first .. first + n) of a declared table [row][trial]; of one with three
 * dimensions rows number the first two, of one with a single dimension row is 0. n == 0 does
 * nothing. Not collective. */
hf_status hf_columns_write(hf_columns *columns, const char *table, uint64_t row, uint64_t first,
                           uint64_t n, const double *values, hf_error *err) HF_MUST_CHECK;
/* Flushes and closes, also after failed writes; NULL is allowed. Collective. */
hf_status hf_columns_close(hf_columns *columns, hf_error *err) HF_MUST_CHECK;

#endif
