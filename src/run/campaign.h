/* A Monte Carlo run: the only place where compute, ranks and files meet.
 *
 *     create    plans from worlds, machinery, forecast of memory
 *     simulate  claim a block, simulate it under every variant, tally
 *     gather    fold the tallies, estimate
 *     write     tables, columns, the result file */
#ifndef HF_RUN_CAMPAIGN_H
#define HF_RUN_CAMPAIGN_H

#include "io/digest.h"
#include "io/scenario_json.h"
#include "model/job.h"
#include "parallel/comm.h"
#include "parallel/schedule.h"
#include "run/estimates.h"
#include "run/trial.h"
#include "stats/tally.h"

typedef struct hf_campaign_options { /* none of them changes a bit of a result */
    const char *kernel;              /* NULL: the fastest */
    int n_lanes;                     /* 0: by the cache */
    uint64_t block_trials;           /* 0: by the number of trials and ranks */
    bool show_progress;              /* on stderr, by the root */
    bool progress_on_terminal;       /* one line, rewritten */
} hf_campaign_options;

typedef struct hf_campaign {
    hf_comm *comm; /* borrowed, as are job and world */
    const hf_job *job;
    const hf_world *world;
    hf_campaign_options options;
    hf_space *space;
    hf_outcome *outcome;
    int n_variants;
    hf_plan **plans; /* [n_variants], one a policy */
    hf_trials *trials;
    hf_tally *tally;
    hf_weekly *weekly;
    hf_schedule schedule;
    hf_estimates *estimates; /* after gather */
    uint64_t trials_done;    /* by this rank */
    double started, seconds; /* clock at creation; of the block loop */
} hf_campaign;

/* Compiles the world and forecasts memory: a job whose ranks cannot hold what it keeps is refused
 * with the figures. Collective. Given: hf_campaign_destroy. */
hf_status hf_campaign_create(hf_comm *comm, const hf_world *world, const hf_job *job,
                             const hf_campaign_options *options, hf_campaign **campaign,
                             hf_error *err) HF_MUST_CHECK;
void hf_campaign_destroy(hf_campaign *campaign); /* NULL is allowed */

/* Simulates this rank's share. */
void hf_campaign_simulate(hf_campaign *campaign);
/* Unites what the ranks found and makes estimates of it. Collective. */
hf_status hf_campaign_gather(hf_campaign *campaign, hf_error *err) HF_MUST_CHECK;

/* What a result file says of its origin. */
typedef struct hf_campaign_origin {
    const hf_scenario_text *scenario; /* verbatim and canonical */
    const char *job_verbatim, *job_canonical;
    const char *scenario_path, *job_path;
    int n_arguments;
    const char *const *arguments;
    char started[21];
} hf_campaign_origin;

/* Writes the result file; `digest` is given at every rank. Collective. */
hf_status hf_campaign_write(hf_campaign *campaign, const hf_campaign_origin *origin,
                            const char *path, bool replace, char digest[HF_DIGEST_TEXT],
                            hf_error *err) HF_MUST_CHECK;

#endif
