/* Order statistics over all ranks: one variant's levels, exactly, from the values that ranks keep
 * or, at the root, from its histograms. */
#ifndef HF_RUN_SELECTIONS_H
#define HF_RUN_SELECTIONS_H

#include "parallel/comm.h"
#include "stats/selection.h"
#include "stats/summands.h"
#include "stats/summary.h"
#include "stats/tally.h"

/* What this rank keeps of a quantity. Borrowed from the tally. */
hf_kept hf_kept_of(const hf_tally *tally, int variant, int quantity);

/* The values that are sought, the same on all ranks. Collective. */
void hf_select(hf_comm *comm, int n_columns, const hf_column *columns, int n_requests,
               const hf_request *requests, double *values);

/* One variant's distributions, as far as this rank keeps them. */
typedef struct hf_pieces {
    int n; /* the first n quantities of a tally */
    const hf_quantity *quantities;
    hf_kept *kept;      /* [n] in order of trials, borrowed */
    hf_column *columns; /* [n] sorted */
} hf_pieces;
void hf_pieces_init(hf_pieces *pieces, const hf_tally *kept, int variant, int n,
                    const hf_quantity *quantities);
void hf_pieces_clear(hf_pieces *pieces);

/* levels[n]: values on all ranks, the rest at the root. Collective. */
hf_status hf_pieces_select(hf_comm *comm, const hf_rules *rules, const hf_pieces *pieces,
                           hf_estimate (*levels)[HF_N_LEVELS], hf_error *err) HF_MUST_CHECK;
/* The same from the histograms of a folded tally. Root only. */
void hf_histograms_select(const hf_rules *rules, const hf_tally *folded, int variant, int n,
                          const hf_quantity *quantities, hf_estimate (*levels)[HF_N_LEVELS]);

#endif
