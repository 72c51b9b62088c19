/* How trials are sampled: what is refused, which trials share what, what a mask switches off and
 * what it leaves. The laws of counted points are in tests/stat/test_counted.c. */
#include "shock/points.h"
#include "shock/sampled.h"
#include "shock_job.h"
#include "shock_plan.h"
#include <math.h>
#include <string.h>

#define N_LANES 16
#define SEED    20260131
#define WEEKS   120

/* ---- a world: two stages, two markets, one of each still; what can strike ---- */

enum { ROOT, OTHER, TARGET, FIXED, N_HAZARDS };
#define DEMAND_MEAN 1.25

static void set_effect(hf_plan *plan, int h, hf_plan_effect *effect, hf_channel channel) {
    static const int rows[] = {0, 1}, target_row[] = {1};
    shock_effect(plan, effect, channel, 2);
    effect->rows = h == TARGET ? target_row : rows;
    effect->n_targets = h == FIXED ? 2 : 1;
}

/* Row 0 is struck by ROOT and OTHER, row 1 by TARGET, which ROOT triggers; FIXED comes once and
 * strikes both, capacity, yield and demand alike. */
static hf_plan *world(void) {
    static const double once[] = {33.5};
    hf_plan *plan = shock_plan(WEEKS, 2, 3, N_HAZARDS);
    plan->policy = "baseline";
    for (int h = 0; h < N_HAZARDS; h++) {
        plan->hazards[h].per_year = hf_constant(4.0);
        plan->hazards[h].duration = hf_constant(3.0);
        hf_plan_effect *effects = shock_effects(plan, h, 3);
        set_effect(plan, h, &effects[0], HF_CAPACITY);
        set_effect(plan, h, &effects[1], HF_YIELD);
        set_effect(plan, h, &effects[2], HF_DEMAND);
        plan->hazards[h].severity =
            (hf_distribution){.family = HF_UNIFORM, .parameter = {0.1, 0.9}, .times = 1.0};
    }
    plan->hazards[FIXED].arrival = HF_SCHEDULED_POINTS;
    plan->hazards[FIXED].n_scheduled = 1;
    plan->hazards[FIXED].scheduled = once;
    plan->hazards[TARGET].per_year = hf_constant(0.5);
    shock_trigger(plan, ROOT, TARGET, 1.0, hf_constant(1.0));
    plan->stages[0].noise = shock_noise("S0", 0.3, 0.5, -1, 0.0);
    plan->markets[0].noise = shock_noise("M0", 0.2, 0.5, -1, 0.0);
    plan->markets[0].kind = HF_DEMAND_LOGNORMAL;
    plan->markets[1].kind = HF_DEMAND_IID;
    plan->markets[1].noise.entity = hf_hash_id("M1");
    plan->markets[1].iid = (hf_distribution){
        .family = HF_EXPONENTIAL, .parameter = {1.0}, .times = 1.0, .plus = DEMAND_MEAN - 1.0};
    return plan;
}

/* ---- its trials ---- */

typedef struct week_rows {
    double capacity[2][N_LANES], yield[2][N_LANES], demand[3][N_LANES];
} week_rows;

typedef struct batch_run {
    hf_sampler *sampler;
    week_rows weeks[WEEKS];
    hf_event_log logs[N_LANES];
    double weights[N_LANES], counts[N_HAZARDS * N_LANES];
} batch_run;

static batch_run *run_trials(const hf_plan *plan, const hf_design *design, const hf_mask *mask,
                             const uint64_t *trials) {
    batch_run *run = HF_NEW(1, batch_run);
    hf_factors *factors = hf_factors_create(plan, N_LANES);
    run->sampler = hf_sampler_create(plan, N_LANES);
    hf_sampler_set_design(run->sampler, design);
    hf_sampler_set_mask(run->sampler, mask);
    for (int lane = 0; lane < N_LANES; lane++)
        hf_sampler_watch(run->sampler, lane, &run->logs[lane]);
    if (trials)
        hf_sampler_start_trials(run->sampler, SEED, trials);
    else
        hf_sampler_start(run->sampler, SEED, 0);
    memcpy(run->weights, hf_sampler_weights(run->sampler), sizeof run->weights);
    for (int week = 0; week < plan->n_weeks; week++) {
        week_rows *rows = &run->weeks[week];
        hf_sampler_week(run->sampler, week, factors);
        memcpy(rows->capacity, factors->capacity, sizeof rows->capacity);
        memcpy(rows->yield, factors->yield, sizeof rows->yield);
        memcpy(rows->demand, factors->demand, sizeof rows->demand);
    }
    memcpy(run->counts, hf_sampler_event_counts(run->sampler), sizeof run->counts);
    hf_factors_destroy(factors);
    return run;
}

static void clear(batch_run *run) {
    for (int lane = 0; lane < N_LANES; lane++)
        hf_event_log_clear(&run->logs[lane]);
    hf_sampler_destroy(run->sampler);
    hf_free(run);
}

static const char *strata_hazards[] = {"H0", "H2"}, *tilt_hazards[] = {"H1"};
static const int table[] = {4, 3, 1};
static const double tilts[] = {1.5};

static hf_job weighted_job(void) {
    hf_job job = shock_job();
    shock_strata(&job, 2, strata_hazards, 3, table);
    shock_tilts(&job, 1, tilt_hazards, tilts);
    return job;
}

/* ---- masks ---- */

static double *struck(batch_run *run, int h) {
    return run->counts + (size_t)h * N_LANES;
}

static double sum_of(const double *x) {
    double sum = 0.0;
    for (int i = 0; i < N_LANES; i++)
        sum += x[i];
    return sum;
}

#define SAME(a, b, week, row)                                                                      \
    CU_ASSERT(memcmp((a)->weeks[week].row, (b)->weeks[week].row, sizeof(double[N_LANES])) == 0)

/* Without ROOT, row 0 is as if OTHER were alone; noise, and weights, are as they were. */
static void masked_hazards_are_silent(const hf_design *design) {
    static const bool off[N_HAZARDS] = {[ROOT] = true}, target_off[N_HAZARDS] = {[TARGET] = true};
    hf_plan *plan = world();
    hf_mask mask = {.hazard_off = off}, without_target = {.hazard_off = target_off};
    batch_run *whole = run_trials(plan, design, NULL, NULL);
    batch_run *masked = run_trials(plan, design, &mask, NULL);
    batch_run *no_target = run_trials(plan, design, &without_target, NULL);
    CU_ASSERT(sum_of(struck(whole, ROOT)) > 0.0 || design);
    CU_ASSERT_EQUAL(sum_of(struck(masked, ROOT)), 0.0);
    CU_ASSERT_EQUAL(sum_of(struck(no_target, TARGET)), 0.0);
    CU_ASSERT(memcmp(struck(whole, OTHER), struck(masked, OTHER), sizeof(double[N_LANES])) == 0);
    for (int lane = 0; lane < N_LANES; lane++)
        for (int i = 0; i < masked->logs[lane].n; i++)
            CU_ASSERT(!masked->logs[lane].events[i].triggered);
    CU_ASSERT(memcmp(whole->weights, masked->weights, sizeof whole->weights) == 0);
    for (int week = 0; week < WEEKS; week++) {
        SAME(whole, no_target, week, capacity[0]);
        SAME(whole, no_target, week, yield[0]);
        SAME(whole, no_target, week, demand[0]);
        SAME(whole, masked, week, demand[2]);
    }
    clear(whole);
    clear(masked);
    clear(no_target);
    shock_plan_destroy(plan);
}

static void masks_silence(void) {
    hf_job job = weighted_job();
    hf_plan *plan = world();
    hf_design *design = shock_design(&job, plan);
    masked_hazards_are_silent(NULL);
    masked_hazards_are_silent(design);
    hf_design_destroy(design);
    shock_plan_destroy(plan);
}

/* What is left of a hazard that is alone is the same with and without the others' mask. */
static void masks_leave_the_rest(void) {
    static const bool off[N_HAZARDS] = {[ROOT] = true, [TARGET] = true, [FIXED] = true};
    hf_plan *plan = world(), *alone = world();
    hf_mask mask = {.hazard_off = off};
    for (int h = 0; h < N_HAZARDS; h++)
        alone->hazards[h].present = h == OTHER;
    batch_run *masked = run_trials(plan, NULL, &mask, NULL);
    batch_run *expected = run_trials(alone, NULL, NULL, NULL);
    CU_ASSERT(sum_of(struck(masked, OTHER)) > 0.0);
    CU_ASSERT(memcmp(masked->weeks, expected->weeks, sizeof masked->weeks) == 0);
    CU_ASSERT(memcmp(masked->counts, expected->counts, sizeof masked->counts) == 0);
    clear(masked);
    clear(expected);
    shock_plan_destroy(plan);
    shock_plan_destroy(alone);
}

/* Off, yields are m times the median and demand is x times base, or times its mean; FIXED alone
 * strikes all of them alike, so that 1 - m = 1 - c = x - 1. */
static void noise_stands_still(void) {
    static const bool off[N_HAZARDS] = {[ROOT] = true, [OTHER] = true, [TARGET] = true};
    hf_plan *plan = world();
    hf_mask masks[] = {{off, false, false}, {off, true, false}, {off, false, true}};
    batch_run *runs[3];
    for (int k = 0; k < 3; k++)
        runs[k] = run_trials(plan, NULL, &masks[k], NULL);
    CU_ASSERT(runs[0]->weeks[34].capacity[0][5] < 1.0);
    for (int week = 0; week < WEEKS; week++) {
        const week_rows *still = &runs[1]->weeks[week], *even = &runs[2]->weeks[week];
        for (int i = 0; i < N_LANES; i++) {
            double lost = 1.0 - still->capacity[0][i];
            CU_ASSERT_DOUBLE_EQUAL(still->yield[0][i], 0.9 * (1.0 - lost), 1e-14);
            CU_ASSERT_DOUBLE_EQUAL(even->demand[0][i], 100.0 * (1.0 + lost), 1e-12);
            CU_ASSERT_DOUBLE_EQUAL(even->demand[1][i], 100.0 * DEMAND_MEAN * (1.0 + lost), 1e-12);
            CU_ASSERT(runs[0]->weeks[week].yield[0][i] != still->yield[0][i]);
            CU_ASSERT(runs[0]->weeks[week].demand[0][i] != even->demand[0][i]);
        }
        SAME(runs[0], runs[2], week, yield[0]);
        SAME(runs[0], runs[1], week, demand[0]);
        SAME(runs[0], runs[1], week, demand[1]);
        SAME(runs[0], runs[1], week, capacity[1]);
    }
    for (int k = 0; k < 3; k++)
        clear(runs[k]);
    shock_plan_destroy(plan);
}

/* ---- which trial ---- */

/* A lane's trial is its number, in any order; so are its stratum and weight. */
static void trials_in_any_order(void) {
    uint64_t trials[N_LANES];
    hf_job job = weighted_job();
    hf_plan *plan = world();
    hf_design *design = shock_design(&job, plan);
    for (int lane = 0; lane < N_LANES; lane++)
        trials[lane] = (uint64_t)(lane * 5 % N_LANES);
    for (int k = 0; k < 2; k++) {
        batch_run *a = run_trials(plan, k ? design : NULL, NULL, NULL);
        batch_run *b = run_trials(plan, k ? design : NULL, NULL, trials);
        for (int lane = 0; lane < N_LANES; lane++) {
            int from = (int)trials[lane];
            CU_ASSERT_EQUAL(b->weights[lane], a->weights[from]);
            CU_ASSERT(k == 1 || a->weights[from] == 1.0);
            CU_ASSERT_EQUAL(b->logs[lane].n, a->logs[from].n);
            for (int week = 0; week < WEEKS; week++) {
                CU_ASSERT_EQUAL(b->weeks[week].yield[0][lane], a->weeks[week].yield[0][from]);
                CU_ASSERT_EQUAL(b->weeks[week].demand[1][lane], a->weeks[week].demand[1][from]);
                CU_ASSERT_EQUAL(b->weeks[week].capacity[1][lane], a->weeks[week].capacity[1][from]);
            }
        }
        clear(a);
        clear(b);
    }
    hf_design_destroy(design);
    shock_plan_destroy(plan);
}

/* First own point of hazard 0, -ln u over its rate. */
static double first_point(hf_points *points, uint64_t trial) {
    hf_point point;
    hf_points_start(points, 0, SEED, trial);
    CU_ASSERT_FATAL(hf_points_take(points, 0, HF_NEVER, &point) && point.hazard == 0);
    return point.time;
}

static double first_gap(const hf_plan *plan, uint64_t trial) {
    hf_pcg64 rng =
        hf_stream64(hf_key_trial(SEED, trial), plan->hazards[0].entity, HF_PURPOSE_POINTS, 0);
    return -log(hf_pcg64_uniform(&rng));
}

/* M trials share a rate, that of the trial whose number is theirs over M; frailties stay. */
static void inner_trials_share_rates(void) {
    enum { M = 4 };
    hf_job job = shock_job();
    hf_plan *plan = shock_plan(WEEKS, 0, 0, 1);
    plan->hazards[0].per_year =
        (hf_distribution){.family = HF_GAMMA, .parameter = {2.0, 1.0}, .times = 1.0};
    job.inner_trials = M;
    hf_design *design = shock_design(&job, plan);
    CU_ASSERT(!hf_design_is_weighted(design));
    hf_points *plain = hf_points_create(plan, 8), *shared = hf_points_create(plan, 8);
    hf_points_set_design(shared, design);
    double before = 0.0;
    for (uint64_t trial = 0; trial < 64; trial++) {
        double own = first_gap(plan, trial / M) / first_point(plain, trial / M);
        double rate = first_gap(plan, trial) / first_point(shared, trial);
        CU_ASSERT_DOUBLE_EQUAL(rate / own, 1.0, 1e-12);
        CU_ASSERT(trial % M == 0 || fabs(rate / before - 1.0) < 1e-12);
        CU_ASSERT(trial == 0 || trial % M != 0 || fabs(rate / before - 1.0) > 1e-6);
        before = rate;
    }
    double frail[2] = {first_point(shared, 9), 0.0};
    plan->hazards[0].frail = true;
    plan->hazards[0].frailty_sigma = 1.0;
    frail[1] = first_point(shared, 9);
    hf_pcg64 rng = hf_stream64(hf_key_trial(SEED, 9), 0, HF_PURPOSE_FRAILTY, 0);
    double z = hf_normal_quantile(hf_pcg64_uniform(&rng));
    CU_ASSERT_DOUBLE_EQUAL(frail[0] / frail[1], exp(z - 0.5), 1e-12);
    hf_points_destroy(plain);
    hf_points_destroy(shared);
    hf_design_destroy(design);
    shock_plan_destroy(plan);
}

/* In strata too, rates alone are shared: what a trial without points weighs, not how many points
 * the open stratum gets. */
static void inner_trials_draw_their_own_counts(void) {
    enum { M = 8, N_OUTER = 32 };
    static const char *hazards[] = {"H0"};
    static const int two[] = {4, 4};
    hf_job job = shock_job();
    hf_plan *plan = shock_plan(WEEKS, 0, 0, 1);
    plan->hazards[0].per_year =
        (hf_distribution){.family = HF_GAMMA, .parameter = {2.0, 1.0}, .times = 1.0};
    job.inner_trials = M;
    shock_strata(&job, 1, hazards, 2, two);
    hf_design *design = shock_design(&job, plan);
    hf_points *points = hf_points_create(plan, M);
    hf_points_set_design(points, design);
    int n_uneven = 0, n_same = 0;
    double before = -1.0;
    for (uint64_t outer = 0; outer < N_OUTER; outer++) {
        const double *weights = hf_points_weights(points);
        int counts[M] = {0};
        for (int lane = 0; lane < M; lane++) {
            hf_point point;
            hf_points_start(points, lane, SEED, outer * M + (uint64_t)lane);
            while (hf_points_take(points, lane, WEEKS, &point))
                counts[lane]++;
            CU_ASSERT_EQUAL(weights[lane], weights[lane / 4 * 4]);
        }
        n_uneven += counts[4] != counts[5] || counts[5] != counts[6];
        n_same += weights[0] == before;
        before = weights[0];
    }
    CU_ASSERT(n_uneven > N_OUTER / 2);
    CU_ASSERT_EQUAL(n_same, 0);
    hf_points_destroy(points);
    hf_design_destroy(design);
    shock_plan_destroy(plan);
}

/* ---- weights ---- */

/* Where no hazard of the strata can strike, only stratum 0 is left; what is not counted draws as it
 * does in a plain run. */
static void policies_that_lack_a_hazard(void) {
    hf_job job = weighted_job();
    hf_plan *plan = world(), *lacking = world();
    job.sampling.n_tilts = 0;
    hf_design *design = shock_design(&job, plan);
    lacking->hazards[ROOT].present = false;
    lacking->hazards[TARGET].per_year = hf_constant(0.0);
    batch_run *run = run_trials(lacking, design, NULL, NULL);
    batch_run *plain = run_trials(lacking, NULL, NULL, NULL);
    for (int lane = 0; lane < N_LANES; lane++)
        CU_ASSERT_EQUAL(run->weights[lane], lane % 8 < 4 ? 2.0 : 0.0);
    CU_ASSERT_EQUAL(sum_of(struck(run, ROOT)) + sum_of(struck(run, TARGET)), 0.0);
    CU_ASSERT(sum_of(struck(run, OTHER)) > 0.0);
    CU_ASSERT(memcmp(run->weeks, plain->weeks, sizeof run->weeks) == 0);
    clear(run);
    clear(plain);
    hf_design_destroy(design);
    shock_plan_destroy(plan);
    shock_plan_destroy(lacking);
}

/* What would weigh 2^15 or more is seen; it stays on the grid. Starting allocates nothing. */
static void overweight_is_seen(void) {
    hf_job job = weighted_job();
    hf_plan *plan = world();
    hf_design *design = shock_design(&job, plan);
    hf_sampler *sampler = hf_sampler_create(plan, N_LANES);
    hf_sampler_set_design(sampler, design);
    uint64_t n_before = hf_alloc_count();
    hf_sampler_start(sampler, SEED, 8);
    CU_ASSERT_EQUAL(hf_alloc_count(), n_before);
    for (int lane = 0; lane < N_LANES; lane++)
        CU_ASSERT(hf_sampler_weights(sampler)[lane] < HF_MOST_WEIGHT);
    design->shares[2] = 0x1p-40;
    hf_sampler_start(sampler, SEED, 8);
    for (int lane = 0; lane < N_LANES; lane++)
        CU_ASSERT_EQUAL(hf_sampler_weights(sampler)[lane] == HF_MOST_WEIGHT, lane % 8 == 7);
    CU_ASSERT(HF_MOST_WEIGHT < 32768.0);
    hf_sampler_set_design(sampler, NULL);
    hf_sampler_start(sampler, SEED, 8);
    CU_ASSERT_EQUAL(sum_of(hf_sampler_weights(sampler)), N_LANES);
    hf_sampler_destroy(sampler);
    hf_design_destroy(design);
    shock_plan_destroy(plan);
}

/* ---- what is refused ---- */

static void expect_problems(const hf_job *job, hf_plan *plan, int n, const char *const *lines) {
    hf_problems problems;
    hf_problems_init(&problems);
    CU_ASSERT_PTR_NULL(hf_design_create(job, 1, &plan, &problems));
    CU_ASSERT_EQUAL(problems.n, (size_t)n);
    for (int i = 0; i < n && i < (int)problems.n; i++)
        if (strcmp(problems.lines[i], lines[i]) != 0) {
            printf("\n    found:    %s\n    expected: %s", problems.lines[i], lines[i]);
            CU_FAIL("another text");
        }
    hf_problems_clear(&problems);
}

static void all_problems_at_once(void) {
    static const char *hazards[] = {"H0", "H9", "H3"}, *tilted[] = {"X", "H1", "H2"};
    static const double theta[] = {2.0, 90.0, 0.0125};
    static const char *const lines[] = {
        "sampling.strata.hazards: found \"H9\"; allowed hazards of the job's policies; nearest "
        "known: H0",
        "sampling.strata.hazards: found \"H3\", which is scheduled under policy baseline; allowed "
        "poisson hazards",
        "sampling.tilts.X: found \"X\"; allowed hazards of the job's policies; nearest known: H0",
        "sampling.tilts.H1: found 831 own points to be expected in a trial under policy baseline, "
        "tilts included; allowed up to 500",
        "sampling.tilts.H1: found 90, with which an effective part of 2.1e-262 of the trials is to "
        "be expected under policy baseline; allowed 0.01 and above: bring this tilt nearer to 1"};
    hf_job job = weighted_job();
    hf_plan *plan = world();
    shock_strata(&job, 3, hazards, 3, table);
    shock_tilts(&job, 3, tilted, theta);
    expect_problems(&job, plan, 5, lines);
    shock_plan_destroy(plan);
}

static void tilts_that_leave_nothing(void) {
    static const char *const hopeless[] = {
        "sampling.tilts.H1: found 3.5, with which an effective part of 8.7e-09 of the trials is to "
        "be expected under policy baseline; allowed 0.01 and above: bring this tilt nearer to 1"};
    static const double theta[] = {3.5};
    hf_job job = weighted_job();
    hf_plan *plan = world();
    shock_tilts(&job, 1, tilt_hazards, theta);
    expect_problems(&job, plan, 1, hopeless);
    shock_plan_destroy(plan);
}

HF_TEST_MAIN("design", HF_CASE(masks_silence), HF_CASE(masks_leave_the_rest),
             HF_CASE(noise_stands_still), HF_CASE(trials_in_any_order),
             HF_CASE(inner_trials_share_rates), HF_CASE(inner_trials_draw_their_own_counts),
             HF_CASE(policies_that_lack_a_hazard), HF_CASE(overweight_is_seen),
             HF_CASE(all_problems_at_once), HF_CASE(tilts_that_leave_nothing))
