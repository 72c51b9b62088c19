/* The sampler against the oracle, in random worlds and in one that holds everything; then what it
 * promises: a trial's bits depend on its number alone, not on lanes, neighbours or what else the
 * world holds, and nothing is allocated. */
#include "fixture.h"
#include "shock/noise.h"
#include "shock/sampled.h"
#include "shock_oracle.h"
#include "shock_plan.h"
#include "unit/hf_cunit.h"
#include <math.h>

#define SEED      42
#define TOLERANCE 1e-12

/* ---- comparisons ---- */

static double worst;

static void close_to(double found, double expected) {
    double off = fabs(found - expected) / fmax(1.0, fabs(expected));
    worst = fmax(worst, off);
    if (!(off <= TOLERANCE))
        CU_FAIL("a factor differs from the oracle");
}

/* Where no flag is up, all lanes are 1. */
static void check_flags(const bool *any, const double *rows, int n_rows, int n_lanes) {
    for (int i = 0; i < n_rows * n_lanes; i++)
        CU_ASSERT(any[i / n_lanes] || rows[i] == 1.0);
}

static void compare_week(const oracle *o, int week, int lane, const hf_factors *found,
                         const hf_factors *calm) {
    const hf_plan *plan = o->plan;
    size_t n = (size_t)found->n_lanes, l = (size_t)lane;
    for (int i = 0; i < plan->n_stages; i++) {
        size_t at = (size_t)i * n + l;
        close_to(found->capacity[at], oracle_factor(o, HF_CAPACITY, i, week));
        close_to(found->yield[at], calm->yield[at] * oracle_factor(o, HF_YIELD, i, week));
        close_to(found->scrap[at], oracle_factor(o, HF_SCRAP, i, week));
    }
    for (int a = 0; a < plan->n_links; a++)
        close_to(found->shipping[(size_t)a * n + l], oracle_factor(o, HF_SHIPPING, a, week));
    for (int m = 0; m < plan->n_markets; m++) {
        size_t at = (size_t)m * n + l;
        close_to(found->demand[at], calm->demand[at] * oracle_factor(o, HF_DEMAND, m, week));
    }
    check_flags(found->any_capacity, found->capacity, plan->n_stages, found->n_lanes);
    check_flags(found->any_scrap, found->scrap, plan->n_stages, found->n_lanes);
    check_flags(found->any_shipping, found->shipping, plan->n_links, found->n_lanes);
}

static void compare_log(const oracle *o, const hf_event_log *log) {
    CU_ASSERT_EQUAL(log->n, o->n_events);
    for (int i = 0; i < log->n && i < o->n_events; i++) {
        const hf_event *a = &log->events[i], *b = &o->events[i];
        CU_ASSERT(a->hazard == b->hazard && a->triggered == b->triggered);
        CU_ASSERT(a->key.low == b->key.low && a->key.high == b->key.high);
        CU_ASSERT(a->severity == b->severity && a->duration == b->duration);
        CU_ASSERT_EQUAL(a->recovery_parameter[0], b->recovery_parameter[0]);
        CU_ASSERT_EQUAL(a->recovery_parameter[1], b->recovery_parameter[1]);
        close_to(a->onset, b->onset);
        close_to(a->end, b->end);
        const hf_plan_hazard *hazard = &o->plan->hazards[b->hazard];
        for (int k = 0; k < hazard->n_effects; k++)
            if (hazard->effects[k].n_targets && hazard->effects[k].pick_one)
                CU_ASSERT_EQUAL(hf_event_pick(a->key, &hazard->effects[k], k),
                                oracle_pick(o, b, k));
    }
}

static void compare_counts(const oracle *o, const hf_sampler *sampler, int lane, int n_lanes) {
    const hf_plan *plan = o->plan;
    for (int h = 0; h < plan->n_hazards; h++) {
        double struck = 0.0, active = 0.0;
        for (int i = 0; i < o->n_events; i++)
            struck += o->events[i].hazard == h && o->events[i].onset >= plan->warmup_weeks;
        for (int week = plan->warmup_weeks; week < plan->n_weeks; week++) {
            bool any = false;
            for (int i = 0; i < o->n_events; i++)
                any = any ||
                      (o->events[i].hazard == h && o->events[i].end > week &&
                       o->events[i].onset < week + 1 && oracle_mean(o, &o->events[i], week) > 0);
            active += any;
        }
        CU_ASSERT_EQUAL(hf_sampler_event_counts(sampler)[h * n_lanes + lane], struck);
        CU_ASSERT_EQUAL(hf_sampler_active_weeks(sampler)[h * n_lanes + lane], active);
    }
}

/* One batch of `plan`, one of its lanes against the oracle in every week. */
static int compare_trial(oracle *o, const hf_plan *plan, int lane, uint64_t trial) {
    enum { LANES = 8 };
    hf_sampler *sampler = hf_sampler_create(plan, LANES);
    hf_noise_batch *noise = hf_noise_create(plan, LANES);
    hf_factors *found = hf_factors_create(plan, LANES), *calm = hf_factors_create(plan, LANES);
    hf_event_log log;
    hf_event_log_init(&log);
    oracle_run(o, plan, SEED, trial);
    hf_sampler_watch(sampler, lane, &log);
    hf_sampler_start(sampler, SEED, trial - (uint64_t)lane);
    for (int l = 0; l < LANES; l++)
        hf_noise_start(noise, l, hf_key_trial(SEED, trial - (uint64_t)lane + (uint64_t)l));
    for (int week = 0; week < plan->n_weeks; week++) {
        hf_sampler_week(sampler, week, found);
        if (week % HF_SPAN_WEEKS == 0)
            hf_noise_span(noise, week);
        hf_noise_write(noise, week, calm);
        compare_week(o, week, lane, found, calm);
    }
    compare_log(o, &log);
    compare_counts(o, sampler, lane, LANES);
    hf_event_log_clear(&log);
    hf_factors_destroy(found);
    hf_factors_destroy(calm);
    hf_noise_destroy(noise);
    hf_sampler_destroy(sampler);
    return o->n_events;
}

/* ---- one world with everything ---- */

static hf_distribution family(hf_family name, double a, double b) {
    return (hf_distribution){.family = name, .parameter = {a, b}, .times = 1.0};
}

static void set_effect(hf_plan *plan, int h, int k, hf_channel channel, int n, bool pick_one) {
    hf_plan_effect *effect = (hf_plan_effect *)&plan->hazards[h].effects[k];
    shock_effect(plan, effect, channel, n);
    effect->pick_one = pick_one;
    for (int i = 0; i < n; i++)
        ((double *)effect->exposures)[i] = 1.0 - 0.1 * i;
}

/* Hazards by twos: arrivals and recoveries of each kind, short and frequent. */
static void fill_hazard(hf_plan *plan, int h) {
    static const double weeks[] = {0.0, 0.25, 0.25, 7.75, 30.0, 30.5};
    static const double starts[] = {0.0, 20.0, 72.0}, ends[] = {3.5, 33.25, 80.0};
    hf_plan_hazard *hazard = &plan->hazards[h];
    hazard->arrival = (hf_arrival)(h % 3);
    hazard->per_year = h == 3 ? family(HF_GAMMA, 2.5, 4.0) : hf_constant(2.0 + 3.0 * h);
    hazard->probability = 0.02 * h;
    hazard->n_scheduled = h % 3 == 2 ? 6 : 0;
    hazard->scheduled = weeks;
    hazard->seasonal = h == 6;
    hazard->season_gain = 3.0;
    hazard->n_seasons = 3;
    hazard->season_start = starts;
    hazard->season_end = ends;
    hazard->frail = h % 2 == 1;
    hazard->frailty_entity = hf_hash_id("decade");
    hazard->frailty_sigma = 0.5;
    hazard->duration = h % 4 ? family(HF_LOGNORMAL, 0.3 * h, 0.7) : hf_constant(h ? 0.0 : 1.25);
    hazard->recovery = (hf_recovery)(h / 2 % 4);
    hazard->recovery_parameter[0] = family(HF_EXPONENTIAL, 1.5, 0.0);
    hazard->recovery_parameter[1] = family(HF_UNIFORM, -0.5, 2.0);
    hazard->severity = h % 3 == 1 ? family(HF_BETA, 0.6, 3.0) : family(HF_UNIFORM, -1.5, 1.5);
}

static hf_plan *everything(void) {
    hf_plan *plan = shock_plan(104, 4, 3, 9);
    plan->n_links = 5;
    plan->warmup_weeks = 13;
    plan->stages[1].noise = shock_noise("S1", 0.3, 0.8, -1, 0.0);
    plan->markets[2].noise = shock_noise("M2", 0.1, 0.9, -1, 0.0);
    for (int h = 0; h < 9; h++) {
        fill_hazard(plan, h);
        shock_effects(plan, h, 3);
        set_effect(plan, h, 0, (hf_channel)(h % 5), 3, h % 2 == 0);
        set_effect(plan, h, 1, (hf_channel)((h + 2) % 5), 2, false);
        set_effect(plan, h, 2, HF_SHIPPING, 5, true);
        if (h % 2 == 0)
            shock_trigger(plan, h, (h + 7) % 9, 0.6, family(HF_EXPONENTIAL, 2.0, 0.0));
    }
    return plan;
}

static void everything_by_definition(void) {
    oracle *o = HF_NEW(1, oracle);
    hf_plan *plan = everything();
    int n_events = 0;
    worst = 0.0;
    for (uint64_t trial = 0; trial < 40; trial++)
        n_events += compare_trial(o, plan, (int)(trial % 8), 8 + trial);
    printf("\n    40 trials, %d events, worst difference %.2g", n_events, worst);
    CU_ASSERT(n_events > 2000);
    shock_plan_destroy(plan);
    hf_free(o);
}

static void random_worlds_by_definition(void) {
    oracle *o = HF_NEW(1, oracle);
    int n_events = 0;
    worst = 0.0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        hf_scenario *scenario = fixture_random(seed, (fixture_options){0});
        hf_plan *plan = fixture_plan(scenario);
        n_events += compare_trial(o, plan, (int)(seed % 8), 100 + seed);
        hf_plan_destroy(plan);
        hf_scenario_destroy(scenario);
    }
    printf("\n    200 worlds, %d events, worst difference %.2g", n_events, worst);
    CU_ASSERT(n_events > 1000);
    hf_free(o);
}

/* ---- a trial is its number ---- */

/* Digest of all factors of `lane` in all weeks, its events and its counts. */
static uint64_t digest_of(const hf_plan *plan, int n_lanes, int lane, uint64_t seed,
                          uint64_t trial) {
    hf_sampler *sampler = hf_sampler_create(plan, n_lanes);
    hf_factors *f = hf_factors_create(plan, n_lanes);
    uint64_t digest = 0;
    hf_sampler_start(sampler, seed, trial - (uint64_t)lane);
#define ADD(rows, n_rows)                                                                          \
    for (int i = 0; i < (n_rows); i++)                                                             \
    digest = hf_mix64(digest ^ hf_double_bits((rows)[i * n_lanes + lane]))
    for (int week = 0; week < plan->n_weeks; week++) {
        hf_sampler_week(sampler, week, f);
        ADD(f->capacity, plan->n_stages);
        ADD(f->yield, plan->n_stages);
        ADD(f->scrap, plan->n_stages);
        ADD(f->shipping, plan->n_links);
        ADD(f->demand, plan->n_markets);
    }
    ADD(hf_sampler_event_counts(sampler), plan->n_hazards);
    ADD(hf_sampler_active_weeks(sampler), plan->n_hazards);
    hf_factors_destroy(f);
    hf_sampler_destroy(sampler);
    return digest;
}

static void lanes_do_not_matter(void) {
    hf_plan *plan = everything();
    uint64_t digest = digest_of(plan, 8, 3, SEED, 100);
    CU_ASSERT_EQUAL(digest_of(plan, 16, 0, SEED, 100), digest);
    CU_ASSERT_EQUAL(digest_of(plan, 64, 63, SEED, 100), digest);
    CU_ASSERT_NOT_EQUAL(digest_of(plan, 8, 3, SEED, 101), digest);
    CU_ASSERT_NOT_EQUAL(digest_of(plan, 8, 3, SEED + 1, 100), digest);
    printf("\n    digest %016llx", (unsigned long long)digest); /* of every compiler and CPU */
    CU_ASSERT_EQUAL(digest, 0xda2d2749c7f2aef2u);
    shock_plan_destroy(plan);
}

/* Started again, in the midst of a trial too, a sampler is as good as new, whatever others have
 * written into the factors. */
static void starts_again(void) {
    enum { LANES = 8 };
    hf_plan *plan = everything();
    hf_sampler *sampler = hf_sampler_create(plan, LANES);
    hf_factors *first = hf_factors_create(plan, LANES), *second = hf_factors_create(plan, LANES);
    hf_sampler *fresh = hf_sampler_create(plan, LANES);
    hf_sampler_start(sampler, 1, 0);
    for (int week = 0; week < 50; week++)
        hf_sampler_week(sampler, week, first);
    for (int i = 0; i < plan->n_stages * LANES; i++)
        first->capacity[i] = first->scrap[i] = 0.5;
    for (int i = 0; i < plan->n_links * LANES; i++)
        first->shipping[i] = 0.5;
    hf_sampler_start(sampler, SEED, 0);
    hf_sampler_start(fresh, SEED, 0);
    for (int week = 0; week < plan->n_weeks; week++) {
        hf_sampler_week(sampler, week, first);
        hf_sampler_week(fresh, week, second);
        for (int i = 0; i < plan->n_stages; i++)
            CU_ASSERT(first->any_scrap[i] == second->any_scrap[i] &&
                      first->any_capacity[i] == second->any_capacity[i]);
        for (int i = 0; i < plan->n_stages * LANES; i++)
            CU_ASSERT(first->capacity[i] == second->capacity[i] &&
                      first->yield[i] == second->yield[i] && first->scrap[i] == second->scrap[i]);
        for (int i = 0; i < plan->n_links; i++)
            CU_ASSERT_EQUAL(first->any_shipping[i], second->any_shipping[i]);
        for (int i = 0; i < plan->n_links * LANES; i++)
            CU_ASSERT_EQUAL(first->shipping[i], second->shipping[i]);
    }
    hf_factors_destroy(first);
    hf_factors_destroy(second);
    hf_sampler_destroy(sampler);
    hf_sampler_destroy(fresh);
    shock_plan_destroy(plan);
}

/* Stages 1 .. and hazards 1 .. of a world, with or without stage 0 and hazard 0. */
static hf_plan *world(bool with_more) {
    int more = with_more;
    hf_plan *plan = shock_plan(80, 2 + more, 1, 2 + more);
    for (int i = 0; i < plan->n_stages; i++)
        plan->stages[i].noise = shock_noise(i < more    ? "new"
                                            : i == more ? "a"
                                                        : "b",
                                            0.3, 0.8, -1, 0);
    for (int h = 0; h < plan->n_hazards; h++) {
        hf_plan_hazard *hazard = &plan->hazards[h];
        hazard->entity = hf_hash_id(h < more ? "new" : h == more ? "x" : "y");
        hazard->per_year = hf_constant(8.0);
        hazard->duration = family(HF_EXPONENTIAL, 2.0, 0.0);
        hazard->severity = family(HF_UNIFORM, 0.1, 0.9);
        shock_effect(plan, shock_effects(plan, h, 1), HF_CAPACITY, 1);
        *(int *)hazard->effects[0].rows = h;
    }
    return plan;
}

static void others_do_not_matter(void) {
    enum { LANES = 8 };
    hf_plan *small = world(false), *large = world(true);
    hf_sampler *a = hf_sampler_create(small, LANES), *b = hf_sampler_create(large, LANES);
    hf_factors *fa = hf_factors_create(small, LANES), *fb = hf_factors_create(large, LANES);
    hf_sampler_start(a, SEED, 0);
    hf_sampler_start(b, SEED, 0);
    for (int week = 0; week < small->n_weeks; week++) {
        hf_sampler_week(a, week, fa);
        hf_sampler_week(b, week, fb);
        for (int i = 0; i < 2 * LANES; i++) {
            CU_ASSERT_EQUAL(fa->capacity[i], fb->capacity[LANES + i]);
            CU_ASSERT_EQUAL(fa->yield[i], fb->yield[LANES + i]);
        }
    }
    CU_ASSERT(hf_sampler_event_counts(b)[0] > 0.0);
    hf_factors_destroy(fa);
    hf_factors_destroy(fb);
    hf_sampler_destroy(a);
    hf_sampler_destroy(b);
    shock_plan_destroy(small);
    shock_plan_destroy(large);
}

static void allocates_nothing(void) {
    hf_plan *plan = everything();
    hf_sampler *sampler = hf_sampler_create(plan, 16);
    hf_factors *factors = hf_factors_create(plan, 16);
    uint64_t before = hf_alloc_count();
    for (int batch = 0; batch < 3; batch++) {
        hf_sampler_start(sampler, SEED, 16 * (uint64_t)batch);
        for (int week = 0; week < plan->n_weeks; week++)
            hf_sampler_week(sampler, week, factors);
    }
    CU_ASSERT_EQUAL(hf_alloc_count(), before);
    hf_factors_destroy(factors);
    hf_sampler_destroy(sampler);
    shock_plan_destroy(plan);
}

HF_TEST_MAIN("sampled", HF_CASE(everything_by_definition), HF_CASE(random_worlds_by_definition),
             HF_CASE(lanes_do_not_matter), HF_CASE(starts_again), HF_CASE(others_do_not_matter),
             HF_CASE(allocates_nothing))
