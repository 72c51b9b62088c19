/* Points that are known in advance (inputs/README.md 2, Points): when they strike and when not,
 * what waits, what is dropped, and in which order things happen. */
#include "shock/sampled.h"
#include "shock_plan.h"
#include "unit/hf_cunit.h"

#define N_LANES 8
#define LANE    5
#define SEED    20260131

typedef struct hazard_run {
    hf_plan *plan; /* given to the run */
    hf_sampler *sampler;
    hf_event_log log;
} hazard_run;

static hazard_run run_hazards(hf_plan *plan) {
    hazard_run run = {.plan = plan, .sampler = hf_sampler_create(plan, N_LANES)};
    hf_factors *factors = hf_factors_create(plan, N_LANES);
    hf_event_log_init(&run.log);
    hf_sampler_start(run.sampler, SEED, 0);
    hf_sampler_watch(run.sampler, LANE, &run.log);
    for (int week = 0; week < plan->n_weeks; week++)
        hf_sampler_week(run.sampler, week, factors);
    hf_factors_destroy(factors);
    return run;
}

static void clear(hazard_run *run) {
    hf_event_log_clear(&run->log);
    hf_sampler_destroy(run->sampler);
    shock_plan_destroy(run->plan);
}

static double struck(const hazard_run *run, int h) {
    return hf_sampler_event_counts(run->sampler)[h * N_LANES + LANE];
}

static double active(const hazard_run *run, int h) {
    return hf_sampler_active_weeks(run->sampler)[h * N_LANES + LANE];
}

static void schedule(hf_plan *plan, int h, int n, const double *weeks) {
    plan->hazards[h].arrival = HF_SCHEDULED_POINTS;
    plan->hazards[h].n_scheduled = n;
    plan->hazards[h].scheduled = weeks;
}

/* The onsets of hazard h, and as many points counted. */
static void check_onsets(const hazard_run *run, int h, int n, const double *onsets) {
    int found = 0;
    for (int i = 0; i < run->log.n; i++)
        if (run->log.events[i].hazard == h) {
            CU_ASSERT(found < n);
            if (found < n)
                CU_ASSERT_DOUBLE_EQUAL(run->log.events[i].onset, onsets[found], 1e-12);
            found++;
        }
    CU_ASSERT_EQUAL(found, n);
    CU_ASSERT_EQUAL(struck(run, h), n);
}

/* Scheduled points strike as listed, but not while active; at its very end a hazard is not. */
static void scheduled(void) {
    static const double weeks[] = {0.0, 2.0, 3.0, 3.5, 7.25, 19.0};
    hf_plan *plan = shock_plan(20, 0, 0, 2);
    schedule(plan, 0, 6, weeks);
    schedule(plan, 1, 6, weeks);
    plan->hazards[0].duration = hf_constant(2.0);
    plan->hazards[0].recovery = HF_RECOVERY_LINEAR;
    plan->hazards[0].recovery_parameter[0] = hf_constant(1.0);
    plan->hazards[1].duration = hf_constant(-2.0); /* clipped to 0 */
    hazard_run run = run_hazards(plan);
    check_onsets(&run, 0, 4, (const double[]){0.0, 3.0, 7.25, 19.0});
    check_onsets(&run, 1, 6, weeks);
    CU_ASSERT_EQUAL(active(&run, 0), 3.0 + 3.0 + 4.0 + 1.0);
    CU_ASSERT_EQUAL(active(&run, 1), 0.0);
    clear(&run);
}

/* Only what falls into weeks >= warmup counts. */
static void warmup(void) {
    static const double weeks[] = {1.0, 4.5, 5.0, 9.5};
    hf_plan *plan = shock_plan(12, 0, 0, 1);
    schedule(plan, 0, 4, weeks);
    plan->warmup_weeks = 5;
    plan->hazards[0].duration = hf_constant(0.75);
    hazard_run run = run_hazards(plan);
    CU_ASSERT_EQUAL(run.log.n, 3);
    CU_ASSERT_EQUAL(struck(&run, 0), 1.0);
    CU_ASSERT_EQUAL(active(&run, 0), 3.0); /* 4.5 .. 5.25; 9.5 .. 10.25 */
    clear(&run);
}

/* A hazard that this policy's world lacks has no points, not even triggered ones. */
static void absent(void) {
    static const double weeks[] = {1.0};
    hf_plan *plan = shock_plan(20, 0, 0, 2);
    schedule(plan, 0, 1, weeks);
    shock_trigger(plan, 0, 1, 1.0, hf_constant(2.0));
    schedule(plan, 1, 1, weeks);
    plan->hazards[1].present = false;
    hazard_run run = run_hazards(plan);
    check_onsets(&run, 1, 0, NULL);
    clear(&run);
}

/* Of several pending points the earliest stays, whichever was put first. */
static void earliest_pending(void) {
    static const double first[] = {10.0}, second[] = {15.0};
    for (int later_wins = 0; later_wins < 2; later_wins++) {
        hf_plan *plan = shock_plan(60, 0, 0, 3);
        schedule(plan, 0, 1, first);
        schedule(plan, 1, 1, second);
        shock_trigger(plan, 0, 2, 1.0, hf_constant(later_wins ? 20.0 : 7.0));
        shock_trigger(plan, 1, 2, 1.0, hf_constant(later_wins ? 3.0 : 6.0));
        hazard_run run = run_hazards(plan);
        check_onsets(&run, 2, 1, (const double[]){later_wins ? 18.0 : 17.0});
        clear(&run);
    }
}

/* Pending at 15: dropped if its target strikes before or, its own point first, at the same time;
 * kept by a point that does not strike; in vain while the target is active. */
static void pending_meets_own(void) {
    static const double cause[] = {10.0}, early[] = {12.0}, tie[] = {15.0},
                        long_ago[] = {8.0, 14.0};
    static const struct {
        int n;
        const double *own;
        double duration;
        int n_onsets;
        double onsets[2];
    } cases[] = {{1, early, 1.0, 1, {12.0}},
                 {1, tie, 0.0, 1, {15.0}},
                 {2, long_ago, 6.75, 2, {8.0, 15.0}},
                 {2, long_ago, 7.25, 1, {8.0}},
                 {0, early, 1.0, 1, {15.0}}};
    for (int k = 0; k < 5; k++) {
        hf_plan *plan = shock_plan(40, 0, 0, 2);
        schedule(plan, 1, 1, cause);
        schedule(plan, 0, cases[k].n, cases[k].own);
        plan->hazards[0].duration = hf_constant(cases[k].duration);
        shock_trigger(plan, 1, 0, 1.0, hf_constant(5.0));
        hazard_run run = run_hazards(plan);
        check_onsets(&run, 0, cases[k].n_onsets, cases[k].onsets);
        clear(&run);
    }
}

/* A chain within one week, against the order of ids; and an event that brings on its own next. */
static void chains(void) {
    static const double cause[] = {3.25};
    hf_plan *plan = shock_plan(10, 0, 0, 4);
    schedule(plan, 2, 1, cause);
    schedule(plan, 3, 1, cause);
    shock_trigger(plan, 2, 1, 1.0, hf_constant(0.25));
    shock_trigger(plan, 1, 0, 1.0, hf_constant(0.0));
    shock_trigger(plan, 3, 3, 1.0, hf_constant(1.5));
    plan->hazards[3].duration = hf_constant(1.5);
    hazard_run run = run_hazards(plan);
    check_onsets(&run, 1, 1, (const double[]){3.5});
    check_onsets(&run, 0, 1, (const double[]){3.5});
    check_onsets(&run, 3, 5, (const double[]){3.25, 4.75, 6.25, 7.75, 9.25});
    static const int order[] = {2, 3, 1, 0};
    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(run.log.events[i].hazard, order[i]);
    clear(&run);
}

/* A week of recovery comes first for bernoulli, also before a triggered point: not before nor in
 * week ceil(e) = 9 after an event of 4 .. 8.5. */
static void bernoulli_recovers(void) {
    static const double cause[] = {4.0}, again[] = {7.0};
    for (int k = 0; k < 2; k++) {
        hf_plan *plan = shock_plan(12, 0, 0, 3);
        schedule(plan, 0, 1, cause);
        schedule(plan, 1, 1, again);
        shock_trigger(plan, 0, 2, 1.0, hf_constant(0.0));
        shock_trigger(plan, 1, 2, 1.0, hf_constant(k ? 2.5 : 2.0));
        plan->hazards[2].arrival = HF_BERNOULLI_POINTS;
        plan->hazards[2].duration = hf_constant(4.5);
        hazard_run run = run_hazards(plan);
        check_onsets(&run, 2, 1 + k, (const double[]){4.0, 9.5});
        clear(&run);
    }
    hf_plan *plan = shock_plan(12, 0, 0, 1);
    plan->hazards[0].arrival = HF_BERNOULLI_POINTS;
    plan->hazards[0].probability = 1.0;
    plan->hazards[0].duration = hf_constant(2.5);
    hazard_run run = run_hazards(plan);
    check_onsets(&run, 0, 3, (const double[]){0.0, 4.0, 8.0});
    clear(&run);
}

/* Scrap comes in the week of the onset, whole, and is gone the next; capacity is lost while the
 * event lasts. The flags say when. */
static void scrap_week(void) {
    static const double weeks[] = {2.75, 5.0, 7.25}, exposures[] = {0.5};
    hf_plan *plan = shock_plan(20, 2, 0, 1);
    schedule(plan, 0, 3, weeks);
    plan->hazards[0].duration = hf_constant(0.5);
    plan->hazards[0].severity = hf_constant(0.25);
    hf_plan_effect *effects = shock_effects(plan, 0, 2);
    shock_effect(plan, &effects[0], HF_SCRAP, 1);
    shock_effect(plan, &effects[1], HF_CAPACITY, 1);
    effects[0].exposures = exposures;
    hf_sampler *sampler = hf_sampler_create(plan, 8);
    hf_factors *factors = hf_factors_create(plan, 8);
    hf_sampler_start(sampler, SEED, 0);
    for (int week = 0; week < 20; week++) {
        hf_sampler_week(sampler, week, factors);
        bool now = week == 2 || week == 5 || week == 7;
        CU_ASSERT_EQUAL(factors->scrap[3], now ? 0.875 : 1.0);
        CU_ASSERT_EQUAL(factors->any_scrap[0], now);
        CU_ASSERT_EQUAL(factors->scrap[8 + 3], 1.0);
        CU_ASSERT_EQUAL(factors->any_scrap[1], false);
        double lost = week == 2 || week == 3 ? 0.25 * 0.25 : now ? 0.5 * 0.25 : 0.0;
        CU_ASSERT_EQUAL(factors->capacity[3], 1.0 - lost);
        CU_ASSERT_EQUAL(factors->any_capacity[0], lost > 0.0);
        CU_ASSERT_EQUAL(factors->any_capacity[1], false);
    }
    hf_factors_destroy(factors);
    hf_sampler_destroy(sampler);
    shock_plan_destroy(plan);
}

HF_TEST_MAIN("points", HF_CASE(scheduled), HF_CASE(warmup), HF_CASE(absent),
             HF_CASE(earliest_pending), HF_CASE(pending_meets_own), HF_CASE(chains),
             HF_CASE(bernoulli_recovers), HF_CASE(scrap_week))
