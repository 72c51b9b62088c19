#include "campaigns.h"
#include "base/check.h"
#include "io/job_json.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put(hf_job *job, hf_job_part part, const char *text) {
    hf_problems problems;
    hf_problems_init(&problems);
    if (text)
        hf_job_put(job, part, text, &problems);
    HF_ASSERT(problems.n == 0);
    hf_problems_clear(&problems);
}

campaigns campaigns_open(hf_comm *comm, const campaigns_wish *wish) {
    campaigns all = {.comm = comm};
    hf_problems problems;
    hf_error err;
    char note[256], path[sizeof all.folder + 8];
    hf_problems_init(&problems);
    HF_ASSERT(hf_job_read(HF_SOURCE_DIR "/jobs/smoke.json", &all.job, NULL, NULL, &problems,
                          &err) == HF_OK);
    all.job->trials = wish->trials;
    all.job->inner_trials = wish->inner_trials ? wish->inner_trials : 1;
    if (wish->is_counted)
        all.job->exact_trials = 0;
    put(all.job, HF_JOB_PRECISION, wish->precision);
    put(all.job, HF_JOB_STRATA, wish->strata);
    put(all.job, HF_JOB_ATTRIBUTION, wish->attribution);
    HF_ASSERT(hf_world_read(all.job->scenario, all.job->n_policies, all.job->policies, &all.world,
                            &all.scenario, &problems, &err) == HF_OK);
    hf_problems_clear(&problems);
    all.job_text = hf_job_canonical(all.job);
    snprintf(all.folder, sizeof all.folder, "/tmp/holdfast-campaigns-XXXXXX");
    HF_ASSERT(mkdtemp(all.folder));
    snprintf(path, sizeof path, "%s/r", all.folder);
    if (hf_comm_is_root(comm))
        HF_ASSERT(hf_lock_take(path, &all.lock, note, sizeof note, &err) == HF_OK);
    return all;
}

void campaigns_close(campaigns *all) {
    hf_lock_release(all->lock);
    rmdir(all->folder);
    hf_free(all->job_text);
    hf_scenario_text_clear(&all->scenario);
    hf_world_clear(&all->world);
    hf_job_destroy(all->job);
}

hf_campaign *campaigns_begin(const campaigns *all, uint64_t block_trials, hf_saving *saving,
                             hf_checkpoints *to, bool saves) {
    hf_campaign *campaign = NULL;
    hf_campaign_options options = {.n_lanes = 8, .block_trials = block_trials};
    hf_problems problems;
    hf_error err;
    hf_problems_init(&problems);
    HF_ASSERT(hf_campaign_create(all->comm, &all->world, all->job, &options, &problems, &campaign,
                                 &err) == HF_OK);
    hf_problems_clear(&problems);
    *saving = (hf_saving){
        .checkpoints = to,
        .lock = all->lock,
        .scenario = all->scenario.canonical,
        .job = all->job_text,
        .halt = {.stop_file = "/nonexistent/stop", .interval_seconds = saves ? 1e-9 : 0.0}};
    campaign->saving = saving;
    return campaign;
}
