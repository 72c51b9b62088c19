/* What only the largest values of all ranks can tell: how heavy a tail is, and an interval of CVaR
 * where it is too heavy for others. For trials without weights that are kept. */
#ifndef HF_RUN_HEAVY_TAILS_H
#define HF_RUN_HEAVY_TAILS_H

#include "run/estimates.h"
#include "run/selections.h"

/* To metrics[n], at the root: tail indices; HF_UNRELIABLE for mean and CVaR where the tail is heavy
 * (stats/pareto.h); and for each CVaR whose interval is that, the better one of hf_cvar_refine,
 * unless more than 2^20 values lie beyond. levels[n] have their values on all ranks. Collective. */
hf_status hf_heavy_tails_find(hf_comm *comm, const hf_rules *rules, const hf_pieces *pieces,
                              hf_estimate (*levels)[HF_N_LEVELS], hf_metric_estimates *metrics,
                              hf_error *err) HF_MUST_CHECK;

#endif
