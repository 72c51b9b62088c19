/* How far a campaign is, by the blocks that were claimed: rate, time left and a half-width: of the
 * last look, where the job asks for precision, else of the mean of the tail metric as the root's
 * own share has it. On stderr; results do not know of it. */
#ifndef HF_RUN_PROGRESS_H
#define HF_RUN_PROGRESS_H

#include "run/campaign.h"
#include "run/looks.h"

typedef struct hf_progress {
    bool shown;
    double start, last;         /* clock */
    const hf_look_record *look; /* the last one, set by whoever looks; NULL: none yet */
} hf_progress;

void hf_progress_init(hf_progress *progress, const hf_campaign *campaign);
/* At most twice a second on a terminal, every ten seconds elsewhere. */
void hf_progress_show(hf_progress *progress, const hf_campaign *campaign);
void hf_progress_end(hf_progress *progress, const hf_campaign *campaign);

#endif
