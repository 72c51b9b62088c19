/* How far a campaign is: rate, time left and the current half-width of the mean of the tail metric,
 * from the root's own share. On stderr; results do not know of it. */
#ifndef HF_RUN_PROGRESS_H
#define HF_RUN_PROGRESS_H

#include "run/campaign.h"

typedef struct hf_progress {
    bool shown;
    double start, last; /* clock */
    uint64_t share;     /* of this rank */
} hf_progress;

void hf_progress_init(hf_progress *progress, const hf_campaign *campaign);
/* At most twice a second on a terminal, every ten seconds elsewhere. */
void hf_progress_show(hf_progress *progress, const hf_campaign *campaign);
void hf_progress_end(hf_progress *progress, const hf_campaign *campaign);

#endif
