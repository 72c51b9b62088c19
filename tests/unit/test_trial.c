/* The block loop allocates nothing; trials do not depend on the company they are simulated in. */
#include "fixture.h"
#include "run/trial.h"
#include "stats/tally.h"
#include "unit/hf_cunit.h"
#include <string.h>

typedef struct bench {
    hf_scenario *scenario;
    hf_world world;
    hf_space *space;
    hf_plan *plan;
    hf_outcome *outcome;
} bench;

static bench bench_make(uint64_t seed) {
    static const char *policy = "baseline";
    bench b = {.scenario = fixture_random(seed, (fixture_options){0})};
    hf_scenario *scenarios[1] = {b.scenario};
    hf_world world = {1, &policy, scenarios};
    b.space = hf_space_create(&world);
    CU_ASSERT_EQUAL_FATAL(hf_plan_build(b.scenario, policy, b.space, &b.plan, NULL), HF_OK);
    b.outcome = hf_outcome_create(b.space, "USD");
    return b;
}

static void bench_clear(bench *b) {
    hf_outcome_destroy(b->outcome);
    hf_plan_destroy(b->plan);
    hf_space_destroy(b->space);
    hf_scenario_destroy(b->scenario);
}

static hf_trials *trials_of(bench *b, int n_lanes) {
    const hf_kernel *kernel;
    CU_ASSERT_EQUAL_FATAL(hf_kernel_choose(NULL, &kernel, NULL), HF_OK);
    return hf_trials_create(1, &b->plan, b->outcome, kernel, n_lanes, NULL);
}

static void the_block_loop_allocates_nothing(void) {
    bench b = bench_make(5);
    hf_trials *trials = trials_of(&b, 32);
    hf_weekly *weekly = hf_trials_weekly(1, &b.plan, NULL);
    hf_tally *tally = hf_tally_create(1, b.outcome->n_quantities, b.outcome->quantities,
                                      &(hf_tally_options){.keep_capacity = 3200,
                                                          .tail_count = 10,
                                                          .loss_quantity = 2,
                                                          .n_hazards = b.space->n_hazards,
                                                          .first_events = b.outcome->first_events});
    uint64_t before = hf_alloc_count();
    for (uint64_t first = 0; first < 3200; first += 32) {
        hf_trials_run(trials, 1, first, 32, weekly);
        hf_tally_absorb(tally, first, 32, 32, trials->values, NULL);
    }
    CU_ASSERT_EQUAL(hf_alloc_count(), before);
    CU_ASSERT_EQUAL(hf_tally_trials(tally), 3200);
    hf_tally_destroy(tally);
    hf_weekly_destroy(weekly);
    hf_trials_destroy(trials);
    bench_clear(&b);
}

/* Trial 21 alone in a batch, in the middle of a wide one, last of another. */
static void a_trial_is_its_number(void) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        bench b = bench_make(seed);
        hf_trials *wide = trials_of(&b, 64), *narrow = trials_of(&b, 8), *other = trials_of(&b, 8);
        hf_trials_run(wide, 9, 0, 64, NULL);
        hf_trials_run(narrow, 9, 21, 1, NULL);
        hf_trials_run(other, 9, 14, 8, NULL);
        int wrong = 0;
        for (int q = 0; q < b.outcome->n_quantities; q++) {
            const double *value = &wide->values[0][q * 64 + 21];
            wrong += memcmp(value, &narrow->values[0][q * 8], sizeof *value) != 0;
            wrong += memcmp(value, &other->values[0][q * 8 + 7], sizeof *value) != 0;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        hf_trials_destroy(wide);
        hf_trials_destroy(narrow);
        hf_trials_destroy(other);
        bench_clear(&b);
    }
}

/* What a plan's facts rule out does not happen. */
static void what_is_marked_is_zero(void) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        bench b = bench_make(seed);
        bool *is_zero = HF_NEW(b.outcome->n_quantities, bool);
        hf_trials *trials = trials_of(&b, 64);
        int n_marked = 0, wrong = 0;
        hf_outcome_mark(b.outcome, b.plan, is_zero);
        hf_trials_run(trials, 9, 0, 64, NULL);
        for (int q = 0; q < b.outcome->n_quantities; q++) {
            n_marked += is_zero[q];
            for (int l = 0; is_zero[q] && l < 64; l++)
                wrong += trials->values[0][q * 64 + l] != 0.0;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        int n_bound = b.plan->n_stages; /* by its own line, or an input */
        for (int k = 0; k < b.plan->n_inputs; k++)
            n_bound += !b.plan->inputs[k].is_market;
        CU_ASSERT_EQUAL(n_marked, b.plan->n_stages * b.plan->n_causes - n_bound);
        hf_trials_destroy(trials);
        hf_free(is_zero);
        bench_clear(&b);
    }
}

/* Any trial of any seed is the calm one once everything is off, week by week; no hazard has struck,
 * and what cannot happen is 0 there, too. */
static void calm_is_any_trial_without_chance(void) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        bench b = bench_make(seed);
        const hf_kernel *kernel;
        hf_calm calm;
        int n = b.outcome->n_quantities, wrong = 0, n_differ = 0;
        int n_rows = HF_N_SERIES + b.plan->n_stages;
        bool *off = HF_NEW(b.plan->n_hazards, bool), *is_zero = HF_NEW(n, bool);
        memset(off, true, (size_t)b.plan->n_hazards * sizeof *off);
        hf_mask mask = {off, true, true};
        CU_ASSERT_EQUAL_FATAL(hf_kernel_choose("reference", &kernel, NULL), HF_OK);
        hf_calm_init(&calm, 1, &b.plan, b.outcome, kernel);
        hf_outcome_mark(b.outcome, b.plan, is_zero);
        hf_trials *trials = trials_of(&b, 32);
        hf_trials_run_listed(trials, 0, &mask, 9, (const uint64_t[]){21, 7, 9000000}, 3);
        for (int q = 0; q < n; q++) {
            for (int lane = 0; lane < 3; lane++)
                wrong += memcmp(&calm.values[q], &trials->values[0][q * 32 + lane], 8) != 0;
            wrong += (is_zero[q] || q >= b.outcome->first_events) && calm.values[q] != 0.0;
        }
        hf_sampler_set_mask(trials->variants[0].sampler, &mask);
        hf_trials_begin(trials, 0, 10, 640);
        for (int week = 0; week < b.plan->n_weeks; week++) {
            const double *row = &calm.weekly[week * n_rows];
            hf_trials_week(trials, 0, week);
            hf_outcome_week(trials->variants[0].batch, trials->variants[0].factors, trials->series);
            for (int s = 0; s < HF_N_SERIES; s++)
                wrong += memcmp(&row[s], &trials->series[s * 32 + 5], 8) != 0;
            for (int i = 0; i < b.plan->n_stages; i++)
                wrong += memcmp(&row[HF_N_SERIES + i],
                                &trials->variants[0].batch->output[i * 32 + 5], 8) != 0;
        }
        hf_sampler_set_mask(trials->variants[0].sampler, NULL);
        hf_trials_run(trials, 9, 0, 32, NULL);
        for (int q = 0; q < n; q++)
            n_differ += trials->values[0][q * 32] != calm.values[q];
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_TRUE(n_differ > 0);
        hf_trials_destroy(trials);
        hf_calm_clear(&calm);
        hf_free(is_zero);
        hf_free(off);
        bench_clear(&b);
    }
}

HF_TEST_MAIN("trial", HF_CASE(the_block_loop_allocates_nothing), HF_CASE(a_trial_is_its_number),
             HF_CASE(what_is_marked_is_zero), HF_CASE(calm_is_any_trial_without_chance))
