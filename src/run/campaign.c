#include "run/campaign.h"
#include "base/clock.h"
#include "base/number.h"
#include "run/forecast.h"
#include "run/job_check.h"
#include "run/progress.h"
#include "shock/points.h"
#include <stdio.h>

uint64_t hf_campaign_unit(const hf_campaign *c) {
    return hf_job_is_weighted(c->job) && c->job->inner_trials == 1 ? HF_PERIOD
                                                                   : c->job->inner_trials;
}

/* What a trial takes, in stage-weeks: that of every variant, and of every coalition again. */
static double stage_weeks(const hf_campaign *c) {
    double sum = 0.0;
    for (int v = 0; v < c->n_variants; v++)
        sum += (double)c->plans[v]->n_stages * (double)c->plans[v]->n_weeks;
    return c->causes ? sum * (double)c->causes->n_coalitions : sum;
}

/* Blocks small enough that ranks end together, and that all of them can be called together within
 * about a second; but never so small that answering the others takes much of the root's time
 * (src/README.md, What ranks cost). */
static uint64_t natural_block(const hf_campaign *c, int n_lanes, uint64_t n_trials) {
    const double rate = 40e6, most_seconds = 0.5, least_seconds_a_rank = 50e-6;
    int n_ranks = hf_comm_size(c->comm);
    double a_second = rate / stage_weeks(c), most = hf_min(4096.0, most_seconds * a_second);
    double fair = (double)n_trials / (64.0 * n_ranks);
    double trials = hf_max(hf_min(fair, most), least_seconds_a_rank * n_ranks * a_second);
    uint64_t lanes = (uint64_t)n_lanes, block = (uint64_t)trials;
    return block < lanes ? lanes : block - block % lanes;
}

/* The trials of part `part` of n_parts, in whole units, so that blocks stay whole too. */
static hf_block part_of(const hf_job *job, int part, int n_parts) {
    uint64_t unit = hf_looks_unit(job), n_units = (job->trials + unit - 1) / unit;
    uint64_t k = (uint64_t)(part - 1), n = (uint64_t)n_parts;
    uint64_t first = n_units * k / n * unit, end = n_units * (k + 1) / n * unit;
    end = end > job->trials ? job->trials : end;
    return (hf_block){job->first_trial + first, end - first};
}

static void check_part(const hf_campaign *c, hf_problems *problems) {
    uint64_t unit = hf_looks_unit(c->job), n_units = (c->job->trials + unit - 1) / unit;
    int part = c->options.part, n_parts = c->options.n_parts;
    if (n_parts == 0)
        return;
    if ((uint64_t)n_parts > n_units)
        hf_problems_add(problems, "--part",
                        "found %d parts; allowed 1 to %llu of this job's trials", n_parts,
                        (unsigned long long)n_units);
    if (part > n_parts)
        hf_problems_add(problems, "--part", "found %d/%d; allowed 1/%d to %d/%d", part, n_parts,
                        n_parts, n_parts, n_parts);
    if (c->job->precision.metric)
        hf_problems_add(problems, "--part",
                        "found a job with precision, which looks at all trials "
                        "before it goes on; allowed one without");
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
    check_part(c, problems);
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
    if (hf_comm_is_root(c->comm))
        c->notes = HF_NEW(hf_comm_size(c->comm), hf_claim_note);
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
    uint64_t unit = hf_campaign_unit(c), block = c->options.block_trials;
    c->looks = hf_looks_make(c->job);
    hf_block part = c->options.n_parts ? part_of(c->job, c->options.part, c->options.n_parts)
                                       : part_of(c->job, 1, 1);
    if (block == 0)
        block = natural_block(c, n_lanes, part.n_trials);
    block = (block + unit - 1) / unit * unit;
    c->schedule = hf_schedule_make(part.first_trial, part.n_trials, block);
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
                       .n_starts = 1,
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
    hf_free(c->notes);
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

static void ask(hf_campaign *c, hf_claims *claims) {
    hf_claim_note note = hf_progress_note(c);
    note.wishes = c->saving ? hf_halt_heard() : 0;
    hf_claims_ask(claims, &note);
}

static void simulate_block(hf_campaign *c, const hf_block *block, hf_claims *claims) {
    uint64_t lanes = (uint64_t)c->trials->n_lanes;
    for (uint64_t done = 0; done < block->n_trials; done += lanes) {
        uint64_t left = block->n_trials - done, first = block->first_trial + done;
        int n = (int)(left < lanes ? left : lanes);
        if (left <= lanes)
            ask(c, claims);
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

/* Whether it is time to save, at the root: then nobody gets another block. */
static uint64_t decide(hf_campaign *c, hf_claims *claims) {
    if (!c->saving)
        return 0;
    if (!hf_lock_beat(c->saving->lock))
        hf_fatal(3, "another run has taken this one's output over, as it seemed to be gone");
    uint64_t wish = hf_halt_decide(&c->saving->halt, claims->wishes);
    if (wish)
        hf_claims_close(claims);
    return wish;
}

/* What this rank gets to do of the trials up to number n_trials. All of them, and 0, or as many as
 * were begun when the root wished for a save, and its wish. Collective. */
static uint64_t simulate_to(hf_campaign *c, uint64_t n_trials, hf_progress *progress) {
    hf_block block;
    bool is_root = hf_comm_is_root(c->comm);
    hf_schedule schedule = hf_schedule_make(c->schedule.first_trial + c->n_trials,
                                            n_trials - c->n_trials, c->schedule.block_trials);
    hf_claims claims = hf_claims_begin(c->comm, &schedule, c->notes);
    uint64_t end[2] = {0}; /* trials, wish */
    if (is_root && hf_comm_size(c->comm) > 1)
        c->trials->pause = (hf_pause){answer, &claims};
    while (hf_claims_next(&claims, &block)) {
        simulate_block(c, &block, &claims);
        c->trials_done += block.n_trials;
        c->trials_claimed = c->n_trials + hf_claims_trials(&claims);
        hf_progress_show(progress, c);
        if (is_root && end[1] == 0)
            end[1] = decide(c, &claims);
    }
    c->trials->pause = (hf_pause){0};
    if (is_root && end[1] == 0) /* what was wished for with the last block */
        end[1] = decide(c, &claims);
    if (is_root && end[1] == 0 && c->saving && hf_halt_is_worth_saving(&c->saving->halt))
        end[1] = HF_WISH_SAVE;
    end[0] = is_root ? hf_claims_trials(&claims) : 0;
    hf_comm_broadcast(c->comm, end, sizeof end);
    c->n_trials += end[0];
    return end[1];
}

/* ---- looks ---- */

static hf_status move_sums(hf_comm *comm, hf_tally *tally, hf_error *err) {
    hf_status status = hf_comm_fold(comm, tally, hf_tally_pack, hf_tally_merge, err);
    if (!hf_comm_is_root(comm))
        hf_tally_clear_sums(tally);
    return status;
}

hf_status hf_campaign_unite(hf_campaign *c, hf_error *err) {
    hf_status status = move_sums(c->comm, c->tally, err);
    if (status == HF_OK && c->crude)
        status = move_sums(c->comm, hf_crude_tally(c->crude), err);
    if (status == HF_OK)
        status = hf_comm_fold(c->comm, c->weekly, hf_weekly_pack, hf_weekly_merge, err);
    if (!hf_comm_is_root(c->comm))
        hf_weekly_clear(c->weekly);
    return status;
}

/* A weight that its integers cannot hold would make every estimate wrong. Collective. */
static hf_status check_weights(hf_campaign *c, hf_error *err) {
    hf_status status = HF_OK;
    bool is_asked = hf_comm_is_root(c->comm) && hf_design_is_weighted(c->design);
    for (int v = 0; is_asked && v < c->n_variants; v++)
        if (hf_tally_weights(c->tally, v)->max >= HF_MOST_WEIGHT)
            status = hf_fail(err, HF_BAD_INPUT,
                             "sampling: found a trial that weighs 2^15 or more; allowed tilts "
                             "nearer to 1 and strata that are less rare");
    return hf_comm_agree(c->comm, status, err);
}

bool hf_campaign_shares_rates(const hf_campaign *c) {
    return c->job->inner_trials > 1 && hf_uncertain_rates(c->n_variants, c->plans) > 0;
}

/* Estimates of the trials so far. Collective. */
static hf_status estimate(hf_campaign *c, hf_error *err) {
    hf_status status = check_weights(c, err);
    hf_estimates_destroy(c->estimates);
    c->estimates = NULL;
    if (status == HF_OK)
        status = hf_estimates_make(c->comm, c->tally, c->n_variants, c->outcome->n_metrics,
                                   c->outcome->quantities, c->n_trials, c->looks.confidence,
                                   &c->estimates, err);
    if (status == HF_OK && hf_campaign_shares_rates(c))
        hf_estimates_doubt(c->estimates);
    return status;
}

/* Decides whether the trials so far are enough. Collective. */
static hf_status take_look(hf_campaign *c, hf_error *err) {
    hf_look_record *record = &c->records[c->n_looks];
    *record = (hf_look_record){.trials = c->looks.trials[c->n_looks]};
    hf_status status = hf_campaign_unite(c, err);
    if (status == HF_OK)
        status = estimate(c, err);
    if (status != HF_OK)
        return status;
    if (c->job->precision.metric && hf_comm_is_root(c->comm)) {
        int metric = hf_outcome_find_metric(c->outcome, c->job->precision.metric);
        int statistic = hf_statistic_find(c->job->precision.statistic);
        const hf_moments *moments = hf_tally_moments(c->tally, 0, metric);
        *record = hf_look_decide(&c->looks, c->n_looks, c->job,
                                 &hf_estimates_of(c->estimates, 0, metric)->statistics[statistic],
                                 moments->min == moments->max);
    }
    hf_comm_broadcast(c->comm, record, sizeof *record);
    c->n_looks++;
    return HF_OK;
}

static bool is_enough(const hf_campaign *c) {
    if (c->options.n_parts)
        return c->n_trials == c->schedule.trials;
    if (c->n_looks == 0 || !c->job->precision.metric)
        return c->n_looks == c->looks.n;
    return hf_look_is_last(&c->looks, &c->records[c->n_looks - 1]);
}

/* ---- saving ---- */

/* Whether the run is saved now, seeing what is wished for. A part is, at its end; so is what has
 * been saved before, or was to be now, since it may yet be killed while its result is made. */
static bool is_due(const hf_campaign *c, uint64_t wish) {
    if (!c->saving)
        return false;
    if (wish != 0 || !is_enough(c))
        return wish != 0;
    return c->options.n_parts || (c->saving->has_saved && c->saving->n_trials < c->n_trials);
}

/* A save that fails is told, and tried again when the next is due; but where the run was to end
 * with it, that is an error. Collective. */
static hf_status save(hf_campaign *c, uint64_t wish, hf_error *err) {
    hf_error failure;
    bool stops = wish == HF_WISH_STOP && !is_enough(c);
    hf_status status = hf_saved_write(c, &failure);
    if (status == HF_OK)
        return stops ? HF_CHECKPOINTED : HF_OK;
    if (status != HF_BAD_FILE || stops || c->options.n_parts) {
        *err = failure;
        return status;
    }
    if (hf_comm_is_root(c->comm))
        fprintf(stderr, "holdfast: no checkpoint this time: %s\n", failure.text);
    return HF_OK;
}

hf_status hf_campaign_simulate(hf_campaign *c, hf_error *err) {
    hf_progress progress;
    hf_status status = HF_OK;
    hf_progress_init(&progress, c);
    if (c->saving)
        hf_halt_begin(&c->saving->halt);
    while (status == HF_OK && !is_enough(c)) {
        double start = hf_clock_seconds();
        uint64_t target = c->options.n_parts ? c->schedule.trials : c->looks.trials[c->n_looks];
        uint64_t wish = simulate_to(c, target, &progress);
        c->seconds += hf_clock_seconds() - start;
        if (c->n_trials == target && !c->options.n_parts)
            status = take_look(c, err);
        if (status == HF_OK && c->n_looks > 0 && c->job->precision.metric)
            progress.look = &c->records[c->n_looks - 1];
        if (status == HF_OK && is_due(c, wish))
            status = save(c, wish, err);
    }
    if (status == HF_OK && !c->options.n_parts && !c->estimates) /* saved after its last look */
        status = estimate(c, err);
    hf_progress_end(&progress, c);
    return status;
}

/* ---- what is found once all trials are in ---- */

hf_status hf_campaign_gather(hf_campaign *c, hf_error *err) {
    const hf_quantity *quantities = c->outcome->quantities;
    double confidence = c->looks.confidence;
    hf_status status = HF_OK;
    if (c->crude)
        status = hf_sampling_account_make(c->comm, c->design, c->crude, c->tally, c->estimates,
                                          quantities, confidence, &c->account, err);
    if (status == HF_OK && c->causes)
        status = hf_causes_gather(c->causes, c, err);
    if (status == HF_OK && c->job->inner_trials > 1)
        c->uncertainty =
            hf_uncertainty_make(c->comm, c->tally, c->n_variants, c->outcome->n_metrics, quantities,
                                c->job->first_trial, c->n_trials, c->job->inner_trials, confidence);
    return status;
}
