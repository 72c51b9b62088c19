/* Exact order statistics of columns that lie in pieces on many ranks, without moving the data.
 *
 * Each rank sorts its pieces once; then all requests narrow together, 4 bits of the 64-bit key a
 * round: every rank counts its values below 15 probes a request, the counts are summed over ranks
 * by the caller, and every rank draws the same conclusion. 16 rounds, whatever the data:
 *
 *     while (!hf_selection_is_done(s)) {
 *         hf_selection_count_local(s, counts);
 *         hf_comm_sum_u64(comm, counts, hf_selection_n_counts(s));
 *         hf_selection_narrow(s, counts);
 *     } */
#ifndef HF_STATS_SELECTION_H
#define HF_STATS_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sorts values[n] ascending, by radix on the keys; scratch[n] is overwritten. -0 becomes 0. */
void hf_column_sort(double *values, uint64_t n, double *scratch);
/* How many of sorted[n] are below x. */
uint64_t hf_column_count_below(const double *sorted, uint64_t n, double x);

typedef struct hf_request {
    int column;
    uint64_t rank; /* 1 .. number of values over all ranks */
} hf_request;

typedef struct hf_selection hf_selection;

/* Borrows the columns sorted[column] -> [n_local] (n_local may be 0); copies the requests. */
hf_selection *hf_selection_create(int n_columns, uint64_t n_local, const double *const *sorted,
                                  int n_requests, const hf_request *requests);
void hf_selection_destroy(hf_selection *selection); /* NULL is allowed */
size_t hf_selection_n_counts(const hf_selection *selection);
void hf_selection_count_local(hf_selection *selection, uint64_t *counts);
void hf_selection_narrow(hf_selection *selection, const uint64_t *counts);
bool hf_selection_is_done(const hf_selection *selection);
/* [n_requests], valid once done. Borrowed. */
const double *hf_selection_values(const hf_selection *selection);

#endif
