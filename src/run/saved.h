/* A campaign on its way to checkpoints and back.
 *
 *     save     ranks' sums are united at the root; new rows go to it rank by rank, in pieces, into
 * a segment; sums and where the run stands go into a generation restore  the root reads; sums stay
 * with it, rows are dealt out over however many ranks there are now
 *
 * What is done is always a prefix of the run's trials, so one number says it. A run of one part of
 * a job (hf_campaign_options) saves what a run of the whole would; when all parts are restored
 * together they are the whole. */
#ifndef HF_RUN_SAVED_H
#define HF_RUN_SAVED_H

#include "base/problems.h"
#include "io/checkpoints.h"
#include "io/lock.h"
#include "run/halt.h"

struct hf_campaign;

/* Where a run is saved, and what it answers. */
typedef struct hf_saving {
    hf_checkpoints *checkpoints; /* borrowed; at the root, NULL elsewhere */
    hf_lock *lock;               /* likewise: to be kept alive */
    const char *scenario, *job;  /* canonical texts, borrowed */
    hf_halt halt;
    uint64_t n_rows, n_crude_rows; /* of this rank's kept trials, saved already */
    uint64_t n_trials;             /* as of the last save */
    bool has_saved;                /* or has been restored */
} hf_saving;

/* One generation. A failing disk loses nothing but this save. Collective. */
hf_status hf_saved_write(struct hf_campaign *campaign, hf_error *err) HF_MUST_CHECK;

/* Brings a campaign that has not begun to where the generations found (hf_checkpoints_find) of
 * n_from runs left it: its own, or (are_parts) all parts of its job. Those of another scenario,
 * job, range of trials or version of the program are refused with all differences: HF_BAD_INPUT.
 * `from` counts at the root. Collective. */
hf_status hf_saved_read(struct hf_campaign *campaign, int n_from, hf_checkpoints *const *from,
                        bool are_parts, hf_problems *problems, hf_error *err) HF_MUST_CHECK;

/* Whether the generation found (hf_checkpoints_find) is of this scenario and job. Root only. */
bool hf_saved_is_of(const hf_checkpoints *found, const char *scenario, const char *job);

#endif
