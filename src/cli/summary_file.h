/* What `holdfast summary` reads of a result, and how it prints an estimate. */
#ifndef HF_CLI_SUMMARY_FILE_H
#define HF_CLI_SUMMARY_FILE_H

#include "io/result.h"
#include "io/table_text.h"

typedef struct hf_summary_file {
    const hf_result *file; /* borrowed, as are the tables */
    hf_tables *tables;
    const hf_group *root, *summary, *stages, *hazards;
    const hf_dimension *policy;
} hf_summary_file;

/* The groups that every result has. */
hf_status hf_summary_read(hf_summary_file *s, hf_error *err) HF_MUST_CHECK;

/* An estimate with its ends: the three tables of one name, from one policy on. */
typedef struct hf_summary_triple {
    const double *value, *lower, *upper;
} hf_summary_triple;

/* HF_BAD_INPUT if the tables are not there or are not [policy][per_policy]. */
hf_status hf_summary_estimates(const hf_summary_file *s, const hf_group *group, const char *name,
                               uint64_t policy, uint64_t per_policy, hf_summary_triple *found,
                               hf_error *err) HF_MUST_CHECK;

/* Money and units by the million read better in words: what to divide by, and the word. */
double hf_summary_scale(double largest, const char **word);

/* A cell with estimate `at` over `scale`, and its interval. */
void hf_summary_cell(hf_grid *grid, const hf_summary_triple *e, uint64_t at, double scale);

/* What only some jobs ask for, each where it is there: looks before all policies; causes, weights,
 * differences to the first policy and unknown rates of one. */
hf_status hf_summary_print_looks(const hf_summary_file *s, hf_error *err) HF_MUST_CHECK;
hf_status hf_summary_print_asked(const hf_summary_file *s, uint64_t policy,
                                 hf_error *err) HF_MUST_CHECK;

#endif
