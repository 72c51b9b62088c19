/* Tables of every kind a result has: types, shapes, axes, attributes, empty ones. */
#ifndef HF_TESTS_SAMPLE_TABLES_H
#define HF_TESTS_SAMPLE_TABLES_H

#include "io/table.h"

enum { SAMPLE_POLICIES = 2, SAMPLE_TRIALS = 70000 };

/* Given: hf_tables_destroy. With `declared`, /trials/fill_rate is left to be written later. */
hf_tables *sample_tables(bool declared);
/* What stands in /trials/fill_rate. */
double sample_value(uint64_t policy, uint64_t trial);

#endif
