#include "run/bench_trial.h"
#include "base/clock.h"
#include "run/bench_clock.h"
#include "run/progress.h"

#define SAMPLE_SECONDS 1e-2

/* Trials go on in number from sample to sample, as in a campaign, until its tally is full. */
static uint64_t next_trial(hf_campaign *c, int n_lanes) {
    if (hf_tally_trials(c->tally) + (uint64_t)n_lanes > c->job->trials)
        hf_tally_clear(c->tally);
    return c->job->first_trial + hf_tally_trials(c->tally);
}

/* Seconds of one batch, by part. */
typedef struct laps {
    double shocks, state, outcome, tally;
} laps;

static void lap(double *clock, double *part) {
    double now = hf_clock_seconds();
    *part += now - *clock;
    *clock = now;
}

static void run_batch(const hf_contender *contender, hf_campaign *c, laps *spent) {
    hf_trials *trials = contender->trials;
    const hf_variant *v = &trials->variants[0];
    uint64_t first_trial = next_trial(c, contender->n_lanes);
    double clock = hf_clock_seconds();
    hf_sampler_start(v->sampler, c->job->seed, first_trial);
    lap(&clock, &spent->shocks);
    hf_batch_start(v->batch);
    lap(&clock, &spent->state);
    for (int week = 0; week < v->plan->n_weeks; week++) {
        hf_sampler_week(v->sampler, week, v->factors);
        lap(&clock, &spent->shocks);
        trials->kernel->week(v->batch, v->factors, week);
        lap(&clock, &spent->state);
    }
    hf_trials_end(trials, 0);
    lap(&clock, &spent->outcome);
    hf_tally_absorb(c->tally, first_trial, contender->n_lanes, contender->n_lanes, trials->values,
                    NULL);
    lap(&clock, &spent->tally);
}

/* The laps of a whole sample, in processor seconds a trial. */
static laps run_batches(const hf_contender *contender, hf_campaign *c) {
    laps spent = {0};
    hf_stopwatch watch = hf_stopwatch_start();
    for (int batch = 0; batch < contender->n_batches; batch++)
        run_batch(contender, c, &spent);
    double n_trials = (double)contender->n_batches * (double)contender->n_lanes;
    double each = hf_stopwatch_share(&watch) / n_trials;
    return (laps){spent.shocks * each, spent.state * each, spent.outcome * each,
                  spent.tally * each};
}

void hf_contender_init(hf_contender *contender, hf_campaign *c, const hf_kernel *kernel,
                       int n_lanes, int n_repeats) {
    *contender =
        (hf_contender){.kernel = kernel,
                       .n_lanes = n_lanes,
                       .trials = hf_trials_create(1, c->plans, c->outcome, kernel, n_lanes, NULL),
                       .n_batches = 1,
                       .parts = {.shocks = HF_NEW(n_repeats, double),
                                 .state = HF_NEW(n_repeats, double),
                                 .outcome = HF_NEW(n_repeats, double),
                                 .tally = HF_NEW(n_repeats, double)}};
    for (;;) {
        hf_stopwatch watch = hf_stopwatch_start();
        run_batches(contender, c);
        if (hf_stopwatch_seconds(&watch) >= SAMPLE_SECONDS)
            return;
        contender->n_batches *= 2;
    }
}

void hf_contender_clear(hf_contender *contender) {
    hf_trials_destroy(contender->trials);
    hf_free(contender->parts.shocks);
    hf_free(contender->parts.state);
    hf_free(contender->parts.outcome);
    hf_free(contender->parts.tally);
}

void hf_contender_measure(hf_contender *contender, hf_campaign *c, int repeat) {
    laps spent = run_batches(contender, c);
    contender->parts.shocks[repeat] = spent.shocks;
    contender->parts.state[repeat] = spent.state;
    contender->parts.outcome[repeat] = spent.outcome;
    contender->parts.tally[repeat] = spent.tally;
}

double hf_bench_trial_seconds(hf_campaign *c, int n_batches, bool with_weekly) {
    int n_lanes = c->trials->n_lanes;
    hf_stopwatch watch = hf_stopwatch_start();
    for (int batch = 0; batch < n_batches; batch++) {
        uint64_t first_trial = next_trial(c, n_lanes);
        hf_trials_run(c->trials, c->job->seed, first_trial, n_lanes,
                      with_weekly ? c->weekly : NULL);
        hf_tally_absorb(c->tally, first_trial, n_lanes, n_lanes, c->trials->values, NULL);
    }
    return hf_stopwatch_seconds(&watch) / ((double)n_batches * (double)n_lanes);
}

double hf_bench_claim_seconds(const hf_campaign *c) {
    enum { ROUNDS = 1000 };
    uint64_t n_blocks = 0;
    hf_block block;
    hf_stopwatch watch = hf_stopwatch_start();
    for (int round = 0; round < ROUNDS; round++)
        for (hf_claims claims = hf_claims_begin(c->comm, &c->schedule, c->notes);
             hf_claims_next(&claims, &block);)
            n_blocks++;
    return hf_stopwatch_seconds(&watch) / (double)n_blocks;
}

double hf_bench_progress_seconds(const hf_campaign *c) {
    enum { BLOCKS = 50000 };
    hf_progress progress;
    hf_progress_init(&progress, c);
    hf_stopwatch watch = hf_stopwatch_start();
    for (int block = 0; block < BLOCKS; block++)
        hf_progress_show(&progress, c);
    return hf_stopwatch_seconds(&watch) / BLOCKS;
}
