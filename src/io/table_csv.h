/* Tables as long-format CSV: one line an element, dimension columns, then value columns.
 *
 * RFC 4180 with LF line ends: fields with comma, quote or line break are quoted. Numbers have
 * 17 digits, so they read back to the same bits; NaN is an empty field; flags are 0 and 1. */
#ifndef HF_IO_TABLE_CSV_H
#define HF_IO_TABLE_CSV_H

#include "base/status.h"
#include "io/table.h"
#include <stdbool.h>
#include <stdio.h>

/* Writes tables that share their dimensions (in the same order; asserted) to the stream. */
hf_status hf_csv_print(const hf_table *const *tables, size_t n_tables, FILE *stream,
                       hf_error *err) HF_MUST_CHECK;
/* The same into a file, whole or not at all. */
hf_status hf_csv_write(const hf_table *const *tables, size_t n_tables, const char *path,
                       bool replace, hf_error *err) HF_MUST_CHECK;

#endif
