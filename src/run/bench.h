/* How fast is it here? One core's rates, the state update against the bound that they set, the
 * whole trial, and what blocks cost: every figure with its spread over interleaved repetitions. */
#ifndef HF_RUN_BENCH_H
#define HF_RUN_BENCH_H

#include "io/table.h"
#include "run/campaign.h"

/* Measures on the core it runs on, in rounds: every round measures everything once, after one that
 * only warms up. `world` has one policy; of `job` the seed and the tally's fields count. The
 * findings become groups of `tables`: /bench says on what, /bench/core, /bench/state_update,
 * /bench/port_bound, /bench/trial and /bench/blocks are figures (run/bench_figures.h). Fails as a
 * campaign of HF_BENCH_TRIALS trials does. */
hf_status hf_bench_make(hf_comm *comm, const hf_world *world, const hf_job *job,
                        const hf_campaign_options *options, int n_repeats, hf_tables *tables,
                        hf_error *err) HF_MUST_CHECK;

#define HF_BENCH_TRIALS 1000000 /* of the campaign whose overhead is asked for */

#endif
