/* A Monte Carlo run: the only place where compute, ranks and files meet.
 *
 *     create    plans from worlds, machinery, forecast of memory
 *     simulate  claim a block, simulate it under every variant, tally; at each look unite what the
 *               ranks found and make estimates of it; save it when that is due
 *     gather    what is found once all trials are in
 *     write     tables, columns, the result file */
#ifndef HF_RUN_CAMPAIGN_H
#define HF_RUN_CAMPAIGN_H

#include "base/problems.h"
#include "io/digest.h"
#include "io/scenario_json.h"
#include "model/job.h"
#include "parallel/claims.h"
#include "parallel/comm.h"
#include "run/causes.h"
#include "run/estimates.h"
#include "run/looks.h"
#include "run/sampling.h"
#include "run/saved.h"
#include "run/trial.h"
#include "run/uncertainty.h"
#include "stats/tally.h"

typedef struct hf_campaign_options { /* none of them changes a bit of a result */
    const char *kernel;              /* NULL: the fastest */
    int n_lanes;                     /* 0: by the cache */
    uint64_t block_trials;           /* 0: by the number of trials and ranks */
    int part, n_parts;               /* trials of part 1 .. n_parts of the job alone; 0, 0: all */
    double walltime_seconds;         /* before which it stops, checkpointed; 0: no limit */
    uint64_t collective_bytes;       /* columns of so many or more are written by all ranks
                                        together; 0: HF_COLLECTIVE_BYTES */
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
    hf_design *design;
    hf_looks looks;
    hf_schedule schedule; /* of all trials of this run, were there no looks */
    hf_saving *saving;    /* borrowed; NULL: not to be saved, whatever happens */
    hf_trials *trials;
    hf_calm calm;            /* all NULL unless weighted */
    hf_tally *tally;         /* sums: at the root of all trials as of the last union, elsewhere of
                                the trials since; rows: of the trials that this rank has */
    hf_weekly *weekly;       /* sums, likewise */
    hf_causes *causes;       /* NULL: not asked for */
    hf_crude *crude;         /* NULL: trials fall as they do */
    hf_estimates *estimates; /* as of the last look */
    hf_sampling_account *account; /* gathered; NULL unless weighted */
    hf_uncertainty *uncertainty;  /* gathered; NULL unless rates are drawn for several trials */
    uint64_t n_starts;            /* of this run, this one included; of merged parts, all theirs */
    int n_looks;                  /* taken */
    hf_look_record *records;      /* [n_looks] */
    uint64_t n_trials;            /* done by all ranks: the first of the schedule */
    uint64_t trials_done;         /* by this rank, since it was started */
    uint64_t trials_claimed;      /* by all ranks, as the root knows */
    hf_claim_note *notes;         /* root: [size] how far each rank is; else NULL */
    double started, seconds;      /* clock at creation; of the block loop */
} hf_campaign;

/* Compiles the world and forecasts memory: a job whose ranks cannot hold what it keeps is refused
 * with the figures. Collective. Given: hf_campaign_destroy. */
hf_status hf_campaign_create(hf_comm *comm, const hf_world *world, const hf_job *job,
                             const hf_campaign_options *options, hf_problems *problems,
                             hf_campaign **campaign, hf_error *err) HF_MUST_CHECK;
void hf_campaign_destroy(hf_campaign *campaign); /* NULL is allowed */

/* Trials that are not independent of each other, a period's or an outer draw's: blocks hold whole
 * units. */
uint64_t hf_campaign_unit(const hf_campaign *campaign);

/* Simulates until a look says that it is enough, or to the last trial. A look is a barrier: no
 * block crosses it, and none beyond it is begun before it is over. Where the campaign is to be
 * saved, it is when that is due; HF_CHECKPOINTED if it was and stops there. Part of a job ends
 * saved. Collective. */
hf_status hf_campaign_simulate(hf_campaign *campaign, hf_error *err) HF_MUST_CHECK;

/* All ranks' sums to the root's, which the others then begin anew. Collective. */
hf_status hf_campaign_unite(hf_campaign *campaign, hf_error *err) HF_MUST_CHECK;

/* Whether trials depend on each other: those of an outer draw through what is random about rates.
 */
bool hf_campaign_shares_rates(const hf_campaign *campaign);

/* What is found once all trials are in: weeks, causes, what weights and unknown rates do.
 * Collective. */
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
