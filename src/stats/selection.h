/* Exact order statistics of columns that lie in pieces on many ranks, without moving the data.
 *
 * Each rank sorts its pieces once (stats/column.h); then all requests narrow together, 4 bits of
 * the 64-bit key a round: every rank adds up its mass below 15 probes a request, the sums are
 * united over ranks by the caller, and every rank draws the same conclusion. 16 rounds, whatever
 * the data:
 *
 *     while (!hf_selection_is_done(s)) {
 *         hf_selection_count_local(s, counts);
 *         hf_comm_sum_u64(comm, counts, hf_selection_n_counts(s));
 *         hf_selection_narrow(s, counts);
 *     } */
#ifndef HF_STATS_SELECTION_H
#define HF_STATS_SELECTION_H

#include "stats/column.h"
#include <stdbool.h>
#include <stddef.h>

/* The smallest value with a mass of at least `rank` at or below it. */
typedef struct hf_request {
    int column;
    int without;  /* column of values to be left out, each of which `column` has too; -1: none */
    hf_mass rank; /* 1 .. mass of all values over all ranks */
} hf_request;

typedef struct hf_selection hf_selection;

/* Borrows the columns (which may be empty); copies the requests. */
hf_selection *hf_selection_create(int n_columns, const hf_column *columns, int n_requests,
                                  const hf_request *requests);
void hf_selection_destroy(hf_selection *selection); /* NULL is allowed */
size_t hf_selection_n_counts(const hf_selection *selection);
void hf_selection_count_local(hf_selection *selection, uint64_t *counts);
void hf_selection_narrow(hf_selection *selection, const uint64_t *counts);
bool hf_selection_is_done(const hf_selection *selection);
/* [n_requests], valid once done. Borrowed. */
const double *hf_selection_values(const hf_selection *selection);

#endif
