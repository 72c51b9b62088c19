#include "run/campaign.h"
#include "base/clock.h"
#include "run/forecast.h"
#include "run/progress.h"
#include <string.h>

/* Blocks small enough that ranks end together, large enough that claiming one costs nothing. */
static uint64_t natural_block(const hf_job *job, int n_ranks, int n_lanes) {
    uint64_t lanes = (uint64_t)n_lanes, block = job->trials / ((uint64_t)n_ranks * 64);
    block = block > 4096 ? 4096 : block;
    return block < lanes ? lanes : block - block % lanes;
}

static hf_status build_plans(hf_campaign *c, hf_error *err) {
    c->space = hf_space_create(c->world);
    c->n_variants = c->world->n_policies;
    c->plans = HF_NEW(c->n_variants, hf_plan *);
    for (int v = 0; v < c->n_variants; v++) {
        hf_status status = hf_plan_build(c->world->scenarios[v], c->world->policy_ids[v], c->space,
                                         &c->plans[v], err);
        if (status != HF_OK)
            return status;
    }
    c->outcome = hf_outcome_create(c->space, c->world->scenarios[0]->currency);
    if (hf_outcome_find_metric(c->outcome, c->job->tail_metric) < 0)
        return hf_fail(err, HF_BAD_INPUT,
                       "tail.metric: found \"%s\"; allowed a metric of the scenario, such as "
                       "revenue_lost",
                       c->job->tail_metric);
    if (c->job->record == HF_RECORD_ALL && !hf_forecast_keeps(c->job))
        return hf_fail(err, HF_BAD_INPUT,
                       "record: found \"all\" with %llu trials of %d policies; allowed up to "
                       "exact_trials = %llu in all",
                       (unsigned long long)c->job->trials, c->n_variants,
                       (unsigned long long)c->job->exact_trials);
    return HF_OK;
}

static void make_machinery(hf_campaign *c, const hf_kernel *kernel, int n_lanes, uint64_t share) {
    hf_tally_options options = hf_forecast_tally(c->job, c->outcome, c->space, share);
    bool *is_zero = HF_NEW(c->n_variants * c->outcome->n_quantities, bool);
    for (int v = 0; v < c->n_variants; v++)
        hf_outcome_mark(c->outcome, c->plans[v], is_zero + v * c->outcome->n_quantities);
    options.is_zero = is_zero;
    c->trials = hf_trials_create(c->n_variants, c->plans, c->outcome, kernel, n_lanes);
    c->tally =
        hf_tally_create(c->n_variants, c->outcome->n_quantities, c->outcome->quantities, &options);
    hf_free(is_zero);
    c->weekly = hf_trials_weekly(c->n_variants, c->plans);
}

static hf_status set_up(hf_campaign *c, hf_error *err) {
    const hf_kernel *kernel = NULL;
    hf_status status = hf_kernel_choose(c->options.kernel, &kernel, err);
    if (status == HF_OK)
        status = build_plans(c, err);
    status = hf_comm_agree(c->comm, status, err);
    if (status != HF_OK)
        return status;
    int n_lanes = c->options.n_lanes ? c->options.n_lanes
                                     : hf_trials_natural_lanes(c->n_variants, c->plans, kernel);
    uint64_t block = c->options.block_trials
                         ? c->options.block_trials
                         : natural_block(c->job, hf_comm_size(c->comm), n_lanes);
    c->schedule = hf_schedule_make(c->job->first_trial, c->job->trials, block,
                                   hf_comm_rank(c->comm), hf_comm_size(c->comm));
    uint64_t share = hf_schedule_share(&c->schedule);
    uint64_t bytes =
        hf_forecast_memory(c->job, c->n_variants, c->plans, c->outcome, c->space, n_lanes, share);
    status = hf_forecast_check_memory(c->comm, bytes, err);
    if (status == HF_OK)
        make_machinery(c, kernel, n_lanes, share);
    return status;
}

hf_status hf_campaign_create(hf_comm *comm, const hf_world *world, const hf_job *job,
                             const hf_campaign_options *options, hf_campaign **campaign,
                             hf_error *err) {
    hf_campaign *c = HF_NEW(1, hf_campaign);
    *c = (hf_campaign){.comm = comm,
                       .world = world,
                       .job = job,
                       .options = *options,
                       .started = hf_clock_seconds()};
    hf_status status = set_up(c, err);
    if (status == HF_OK)
        *campaign = c;
    else
        hf_campaign_destroy(c);
    return status;
}

void hf_campaign_destroy(hf_campaign *c) {
    if (!c)
        return;
    hf_estimates_destroy(c->estimates);
    hf_weekly_destroy(c->weekly);
    hf_tally_destroy(c->tally);
    hf_trials_destroy(c->trials);
    hf_outcome_destroy(c->outcome);
    for (int v = 0; v < c->n_variants; v++)
        hf_plan_destroy(c->plans[v]);
    hf_free(c->plans);
    hf_space_destroy(c->space);
    hf_free(c);
}

static void simulate_block(hf_campaign *c, const hf_block *block) {
    uint64_t lanes = (uint64_t)c->trials->n_lanes;
    for (uint64_t done = 0; done < block->n_trials; done += lanes) {
        uint64_t left = block->n_trials - done;
        int n = (int)(left < lanes ? left : lanes);
        hf_trials_run(c->trials, c->job->seed, block->first_trial + done, n, c->weekly);
        hf_tally_absorb(c->tally, block->first_trial + done, n, c->trials->n_lanes,
                        c->trials->values);
    }
}

void hf_campaign_simulate(hf_campaign *c) {
    hf_progress progress;
    hf_progress_init(&progress, c);
    double start = hf_clock_seconds();
    hf_block block;
    while (hf_schedule_claim(&c->schedule, &block)) {
        simulate_block(c, &block);
        c->trials_done += block.n_trials;
        hf_progress_show(&progress, c);
    }
    c->seconds = hf_clock_seconds() - start;
    hf_progress_end(&progress, c);
}

hf_status hf_campaign_gather(hf_campaign *c, hf_error *err) {
    hf_status status = hf_comm_fold(c->comm, c->tally, hf_tally_pack, hf_tally_merge, err);
    if (status == HF_OK)
        status = hf_comm_fold(c->comm, c->weekly, hf_weekly_pack, hf_weekly_merge, err);
    status = hf_comm_agree(c->comm, status, err);
    if (status == HF_OK)
        status = hf_estimates_make(c->comm, c->tally, c->n_variants, c->outcome->n_metrics,
                                   c->outcome->quantities, c->job->trials, c->job->confidence,
                                   &c->estimates, err);
    return status;
}
