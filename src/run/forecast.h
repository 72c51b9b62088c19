/* What a job will take, told before it starts. */
#ifndef HF_RUN_FORECAST_H
#define HF_RUN_FORECAST_H

#include "model/job.h"
#include "parallel/comm.h"
#include "sim/outcome.h"
#include "stats/tally.h"

/* Whether all values of all metrics are kept in memory, for exact order statistics. */
bool hf_forecast_keeps(const hf_job *job);
/* The tally a rank needs that will absorb `share` trials. */
hf_tally_options hf_forecast_tally(const hf_job *job, const hf_outcome *outcome,
                                   const hf_space *space, uint64_t share);

/* Bytes of one rank with `share` trials, estimation included. */
uint64_t hf_forecast_memory(const hf_job *job, int n_variants, hf_plan *const *plans,
                            const hf_outcome *outcome, const hf_space *space, int n_lanes,
                            uint64_t share);
/* Bytes of the result file, about. */
uint64_t hf_forecast_disk(const hf_job *job, int n_variants, hf_plan *const *plans,
                          const hf_outcome *outcome, const hf_space *space);

/* Bytes of memory this machine has available now, control group included; 0: unknown. */
uint64_t hf_forecast_available(void);

/* HF_BAD_INPUT at every rank if on some host the ranks need more than is available, with the
 * figures and what to do. Collective. */
hf_status hf_forecast_check_memory(hf_comm *comm, uint64_t bytes, hf_error *err) HF_MUST_CHECK;

#endif
