#include "run/campaign.h"
#include "base/clock.h"
#include "run/forecast.h"
#include "run/job_check.h"
#include "run/progress.h"
#include "shock/points.h"
#include <stdio.h>

uint64_t hf_campaign_unit(const hf_campaign *c) {
    return hf_job_is_weighted(c->job) && c->job->inner_trials == 1 ? HF_PERIOD
                                                                   : c->job->inner_trials;
}

/* Blocks small enough that ranks end together, large enough that claiming one costs nothing. */
static uint64_t natural_block(const hf_job *job, int n_ranks, int n_lanes) {
    uint64_t lanes = (uint64_t)n_lanes, block = job->trials / ((uint64_t)n_ranks * 64);
    block = block > 4096 ? 4096 : block;
    return block < lanes ? lanes : block - block % lanes;
}

static hf_status build_plans(hf_campaign *c, hf_problems *problems, hf_error *err) {
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
    c->design = hf_job_check(c->job, c->outcome, c->n_variants, c->plans, problems);
    if (c->design && c->job->attribution.n_metrics > 0)
        c->causes =
            hf_causes_create(c->job, c->space, c->n_variants, c->plans, c->outcome, problems);
    return problems->n > 0 ? HF_BAD_INPUT : HF_OK;
}

static hf_tally *make_tally(const hf_campaign *c, uint64_t keep) {
    hf_tally_options options = hf_forecast_tally(c->job, c->outcome, c->space, keep);
    bool *is_zero = HF_NEW(c->n_variants * c->outcome->n_quantities, bool);
    for (int v = 0; v < c->n_variants; v++)
        hf_outcome_mark(c->outcome, c->plans[v], is_zero + v * c->outcome->n_quantities);
    options.is_zero = is_zero;
    options.calm = c->calm.values;
    hf_tally *tally =
        hf_tally_create(c->n_variants, c->outcome->n_quantities, c->outcome->quantities, &options);
    hf_free(is_zero);
    return tally;
}

static void make_machinery(hf_campaign *c, const hf_kernel *kernel, int n_lanes, uint64_t share) {
    bool is_weighted = hf_design_is_weighted(c->design);
    c->trials = hf_trials_create(c->n_variants, c->plans, c->outcome, kernel, n_lanes, c->design);
    if (is_weighted)
        hf_calm_init(&c->calm, c->n_variants, c->plans, c->outcome, kernel);
    c->tally = make_tally(c, share);
    c->weekly = hf_trials_weekly(c->n_variants, c->plans, is_weighted ? &c->calm : NULL);
    c->records = HF_NEW(c->looks.n, hf_look_record);
    if (c->causes)
        hf_causes_reserve(c->causes, share);
    if (is_weighted)
        c->crude = hf_crude_create(c->n_variants, c->plans, c->outcome, kernel, n_lanes);
}

/* What the weights will leave, before any trial is simulated. */
static void show_forecast(const hf_campaign *c) {
    for (int v = 0; v < c->n_variants; v++)
        fprintf(stderr, "sampling: expected effective sample of policy %s %.3g%% of the trials\n",
                c->plans[v]->policy,
                100.0 * hf_design_effective(c->design, c->plans[v], c->job->seed));
}

static hf_status set_up(hf_campaign *c, hf_problems *problems, hf_error *err) {
    const hf_kernel *kernel = NULL;
    hf_status status = hf_kernel_choose(c->options.kernel, &kernel, err);
    if (status == HF_OK)
        status = build_plans(c, problems, err);
    status = hf_comm_agree(c->comm, status, err);
    if (status != HF_OK)
        return status;
    int n_lanes = c->options.n_lanes ? c->options.n_lanes
                                     : hf_trials_natural_lanes(c->n_variants, c->plans, kernel);
    uint64_t unit = hf_campaign_unit(c);
    uint64_t block = c->options.block_trials
                         ? c->options.block_trials
                         : natural_block(c->job, hf_comm_size(c->comm), n_lanes);
    c->looks = hf_looks_make(c->job);
    c->schedule =
        hf_schedule_make(c->job->first_trial, c->job->trials, (block + unit - 1) / unit * unit);
    uint64_t share = hf_schedule_share(&c->schedule, hf_comm_size(c->comm));
    uint64_t bytes =
        hf_forecast_memory(c->job, c->n_variants, c->plans, c->outcome, c->space, n_lanes, share);
    if (c->causes)
        bytes += hf_causes_bytes(c->causes, share);
    status = hf_forecast_check_memory(c->comm, bytes, err);
    if (status != HF_OK)
        return status;
    make_machinery(c, kernel, n_lanes, share);
    if (hf_design_is_weighted(c->design) && c->options.show_progress && hf_comm_is_root(c->comm))
        show_forecast(c);
    return HF_OK;
}

hf_status hf_campaign_create(hf_comm *comm, const hf_world *world, const hf_job *job,
                             const hf_campaign_options *options, hf_problems *problems,
                             hf_campaign **campaign, hf_error *err) {
    hf_campaign *c = HF_NEW(1, hf_campaign);
    *c = (hf_campaign){.comm = comm,
                       .world = world,
                       .job = job,
                       .options = *options,
                       .started = hf_clock_seconds()};
    hf_status status = set_up(c, problems, err);
    if (status == HF_OK)
        *campaign = c;
    else
        hf_campaign_destroy(c);
    return status;
}

void hf_campaign_destroy(hf_campaign *c) {
    if (!c)
        return;
    hf_uncertainty_destroy(c->uncertainty);
    hf_sampling_account_destroy(c->account);
    hf_estimates_destroy(c->estimates);
    hf_tally_destroy(c->copy);
    hf_free(c->records);
    hf_crude_destroy(c->crude);
    hf_causes_destroy(c->causes);
    hf_weekly_destroy(c->weekly);
    hf_tally_destroy(c->tally);
    hf_calm_clear(&c->calm);
    hf_trials_destroy(c->trials);
    hf_design_destroy(c->design);
    hf_outcome_destroy(c->outcome);
    for (int v = 0; v < c->n_variants; v++)
        hf_plan_destroy(c->plans[v]);
    hf_free(c->plans);
    hf_space_destroy(c->space);
    hf_free(c);
}

/* ---- blocks ---- */

static void simulate_block(hf_campaign *c, const hf_block *block, hf_claims *claims) {
    uint64_t lanes = (uint64_t)c->trials->n_lanes;
    for (uint64_t done = 0; done < block->n_trials; done += lanes) {
        uint64_t left = block->n_trials - done, first = block->first_trial + done;
        int n = (int)(left < lanes ? left : lanes);
        if (left <= lanes)
            hf_claims_ask(claims);
        hf_trials_run(c->trials, c->job->seed, first, n, c->weekly);
        hf_tally_absorb(c->tally, first, n, c->trials->n_lanes, c->trials->values,
                        c->trials->weights);
        if (c->causes)
            hf_causes_run(c->causes, c->trials, c->job->seed, first, n);
    }
    if (c->crude)
        hf_crude_run(c->crude, c->trials->pause, c->job->seed, block->first_trial, block->n_trials);
}

static void answer(void *claims) {
    hf_claims_answer(claims);
}

/* What this rank gets to do of the trials up to a look. */
static void simulate_to(hf_campaign *c, uint64_t n_trials, hf_progress *progress) {
    hf_block block;
    hf_schedule schedule = hf_schedule_make(c->job->first_trial + c->n_trials,
                                            n_trials - c->n_trials, c->schedule.block_trials);
    hf_claims claims = hf_claims_begin(c->comm, &schedule);
    if (hf_comm_is_root(c->comm) && hf_comm_size(c->comm) > 1)
        c->trials->pause = (hf_pause){answer, &claims};
    while (hf_claims_next(&claims, &block)) {
        simulate_block(c, &block, &claims);
        uint64_t claimed = claims.next * schedule.block_trials;
        c->trials_done += block.n_trials;
        c->trials_claimed = c->n_trials + (claimed < schedule.trials ? claimed : schedule.trials);
        hf_progress_show(progress, c);
    }
    c->trials->pause = (hf_pause){0};
    c->n_trials = n_trials;
}

/* ---- looks ---- */

/* All ranks' tallies at the root: in a copy, so that each rank keeps its own to go on with; after
 * the last look there is nothing to go on with. Collective. */
static hf_status unite(hf_campaign *c, hf_error *err) {
    hf_status status = HF_OK;
    hf_tally_destroy(c->copy);
    c->copy = NULL;
    c->united = c->tally;
    if (c->n_looks + 1 < c->looks.n) {
        unsigned char *bytes;
        size_t n = hf_tally_pack(c->tally, &bytes);
        c->united = c->copy = make_tally(c, 1);
        status = hf_tally_merge(c->copy, bytes, n, err);
        hf_free(bytes);
    }
    status = hf_comm_agree(c->comm, status, err);
    if (status == HF_OK)
        status = hf_comm_fold(c->comm, c->united, hf_tally_pack, hf_tally_merge, err);
    return hf_comm_agree(c->comm, status, err);
}

/* A weight that its integers cannot hold would make every estimate wrong. Collective. */
static hf_status check_weights(hf_campaign *c, hf_error *err) {
    hf_status status = HF_OK;
    bool is_asked = hf_comm_is_root(c->comm) && hf_design_is_weighted(c->design);
    for (int v = 0; is_asked && v < c->n_variants; v++)
        if (hf_tally_weights(c->united, v)->max >= HF_MOST_WEIGHT)
            status = hf_fail(err, HF_BAD_INPUT,
                             "sampling: found a trial that weighs 2^15 or more; allowed tilts "
                             "nearer to 1 and strata that are less rare");
    return hf_comm_agree(c->comm, status, err);
}

bool hf_campaign_shares_rates(const hf_campaign *c) {
    return c->job->inner_trials > 1 && hf_uncertain_rates(c->n_variants, c->plans) > 0;
}

/* Makes estimates of the trials so far and decides whether they are enough. Collective. */
static hf_status take_look(hf_campaign *c, hf_error *err) {
    hf_look_record *record = &c->records[c->n_looks];
    hf_status status = unite(c, err);
    if (status == HF_OK)
        status = check_weights(c, err);
    hf_estimates_destroy(c->estimates);
    c->estimates = NULL;
    if (status == HF_OK)
        status = hf_estimates_make(c->comm, c->united, c->tally, c->n_variants,
                                   c->outcome->n_metrics, c->outcome->quantities, c->n_trials,
                                   c->looks.confidence, &c->estimates, err);
    if (status != HF_OK)
        return status;
    if (hf_campaign_shares_rates(c))
        hf_estimates_doubt(c->estimates);
    if (c->job->precision.metric && hf_comm_is_root(c->comm)) {
        int metric = hf_outcome_find_metric(c->outcome, c->job->precision.metric);
        int statistic = hf_statistic_find(c->job->precision.statistic);
        const hf_moments *moments = hf_tally_moments(c->united, 0, metric);
        *record = hf_look_decide(&c->looks, c->n_looks, c->job,
                                 &hf_estimates_of(c->estimates, 0, metric)->statistics[statistic],
                                 moments->min == moments->max);
    }
    hf_comm_broadcast(c->comm, record, sizeof *record);
    c->n_looks++;
    return HF_OK;
}

static bool is_enough(const hf_campaign *c) {
    if (c->n_looks == 0 || !c->job->precision.metric)
        return c->n_looks == c->looks.n;
    return hf_look_is_last(&c->looks, &c->records[c->n_looks - 1]);
}

hf_status hf_campaign_simulate(hf_campaign *c, hf_error *err) {
    hf_progress progress;
    hf_status status = HF_OK;
    hf_progress_init(&progress, c);
    while (status == HF_OK && !is_enough(c)) {
        double start = hf_clock_seconds();
        simulate_to(c, c->looks.trials[c->n_looks], &progress);
        c->seconds += hf_clock_seconds() - start;
        status = take_look(c, err);
        if (status == HF_OK && c->job->precision.metric)
            progress.look = &c->records[c->n_looks - 1];
    }
    hf_progress_end(&progress, c);
    return status;
}

/* ---- what is found once all trials are in ---- */

hf_status hf_campaign_gather(hf_campaign *c, hf_error *err) {
    const hf_quantity *quantities = c->outcome->quantities;
    double confidence = c->looks.confidence;
    hf_status status = hf_comm_fold(c->comm, c->weekly, hf_weekly_pack, hf_weekly_merge, err);
    status = hf_comm_agree(c->comm, status, err);
    if (status == HF_OK && c->crude)
        status = hf_sampling_account_make(c->comm, c->design, c->crude, c->united, c->tally,
                                          c->estimates, quantities, confidence, &c->account, err);
    if (status == HF_OK && c->causes)
        status = hf_causes_gather(c->causes, c, err);
    if (status == HF_OK && c->job->inner_trials > 1)
        c->uncertainty =
            hf_uncertainty_make(c->comm, c->tally, c->n_variants, c->outcome->n_metrics, quantities,
                                c->job->first_trial, c->n_trials, c->job->inner_trials, confidence);
    return status;
}
