/* The columns of all kept trials on their way to a draft whose tables declared them: put in order
 * (run/trial_order.h), then written either by the root alone, through the serial driver, which gets
 * the ranks' ranges one by one, or by all ranks together through MPI-IO, each its own range, read
 * back and compared. The file has the same bytes either way.
 *
 * One column at a time: beside it a rank holds two more of its trials, the root a third. */
#ifndef HF_RUN_TRIAL_COLUMNS_H
#define HF_RUN_TRIAL_COLUMNS_H

#include "io/columns.h"
#include "run/trial_order.h"

/* Trials a chunk: 512 KiB of a column. Each rank's range is of whole ones. */
#define HF_COLUMN_CHUNK ((uint64_t)1 << 16)

/* Where nothing else is asked, all ranks write together from so many bytes of columns on
 * (src/README.md has what was measured). */
#define HF_COLLECTIVE_BYTES ((uint64_t)1 << 30)

typedef struct hf_trial_columns {
    hf_comm *comm; /* borrowed, as are draft and order */
    hf_draft *draft;
    hf_trial_order *order;
    hf_columns *file; /* NULL at ranks that do not write */
    bool is_collective;
    double *received; /* the root's, where it writes alone: another rank's range */
} hf_trial_columns;

/* `is_collective`: all ranks write; no failure of these comes back: it ends the job, with a
 * sentence and exit code 3, and leaves no file. After one of the root alone nothing is open.
 * Collective. */
hf_status hf_trial_columns_open(hf_trial_columns *columns, hf_comm *comm, hf_draft *draft,
                                hf_trial_order *order, bool is_collective,
                                hf_error *err) HF_MUST_CHECK;
/* This rank's values[n_kept], as its trials were given to the order, to row `row` of a declared
 * table. The same status everywhere. Collective. */
hf_status hf_trial_columns_put(hf_trial_columns *columns, const char *table, uint64_t row,
                               const double *values, hf_error *err) HF_MUST_CHECK;
/* Closes, also after a failure, which `status` says, the same everywhere; or looks first whether
 * all that all ranks wrote has arrived. The same status everywhere. Collective. */
hf_status hf_trial_columns_close(hf_trial_columns *columns, hf_status status,
                                 hf_error *err) HF_MUST_CHECK;

#endif
