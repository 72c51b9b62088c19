/* How far a campaign is, by the blocks that were claimed: rate, time left and a half-width: of the
 * last look, where the job asks for precision, else of the mean of the tail metric, over all ranks
 * as far as the root has heard. On stderr; results do not know of it. */
#ifndef HF_RUN_PROGRESS_H
#define HF_RUN_PROGRESS_H

#include "run/campaign.h"
#include "run/looks.h"

typedef struct hf_progress {
    bool shown;
    uint64_t n_before;          /* trials that an earlier run has done */
    double start, last;         /* clock */
    const hf_look_record *look; /* the last one, set by whoever looks; NULL: none yet */
} hf_progress;

/* What this rank's tally holds: how many trials, and the mean of the tail metric by them. */
hf_claim_note hf_progress_note(const hf_campaign *campaign);
/* Disjoint trials, each mean from n_i of them with half-width h_i, as one: the mean of all, and
 * since they are independent sqrt(sum (n_i h_i)^2) / sum n_i around it. Of no trials: all zero. */
hf_claim_note hf_progress_pool(int n, const hf_claim_note *notes);

void hf_progress_init(hf_progress *progress, const hf_campaign *campaign);
/* At most twice a second on a terminal, every ten seconds elsewhere. */
void hf_progress_show(hf_progress *progress, const hf_campaign *campaign);
void hf_progress_end(hf_progress *progress, const hf_campaign *campaign);

#endif
