/* Tables of every kind a result has: types, shapes, axes, attributes, empty ones. */
#ifndef HF_TESTS_SAMPLE_TABLES_H
#define HF_TESTS_SAMPLE_TABLES_H

#include "base/status.h"
#include "io/table.h"
#include <stdbool.h>

enum { SAMPLE_POLICIES = 2, SAMPLE_TRIALS = 70000 };

/* Given: hf_tables_destroy. With `declared`, /trials/fill_rate is left to be written later. */
hf_tables *sample_tables(bool declared);
/* What stands in /trials/fill_rate. */
double sample_value(uint64_t policy, uint64_t trial);

/* Number of files in a folder. */
int files_in(const char *folder);
/* Whether the error's text has the words; prints both if not. */
bool error_says(const hf_error *err, const char *words);

#endif
