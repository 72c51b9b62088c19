/* Small campaigns that are saved, for tests: the tutorial's world, a job as wished. */
#ifndef HF_TESTS_CAMPAIGNS_H
#define HF_TESTS_CAMPAIGNS_H

#include "run/campaign.h"

typedef struct campaigns {
    hf_comm *comm; /* borrowed */
    hf_job *job;
    hf_world world;
    hf_scenario_text scenario;
    char *job_text;    /* canonical */
    char folder[4096]; /* of this process: root's checkpoints may lie in it */
    hf_lock *lock;     /* root */
} campaigns;

/* jobs/smoke.json with so many trials, and the options of the command line that are not NULL; ends
 * the program if there is no such job. Collective. Given: campaigns_close. */
typedef struct campaigns_wish {
    uint64_t trials, inner_trials; /* 0: 1 */
    const char *precision, *strata, *attribution;
    bool is_counted; /* histograms instead of kept trials */
} campaigns_wish;
campaigns campaigns_open(hf_comm *comm, const campaigns_wish *wish);
void campaigns_close(campaigns *all);

/* A campaign by this job, saving to `to` (NULL but at the root) after every block of block_trials
 * if it `saves`, else never. Collective. Given: hf_campaign_destroy. */
hf_campaign *campaigns_begin(const campaigns *all, uint64_t block_trials, hf_saving *saving,
                             hf_checkpoints *to, bool saves);

#endif
