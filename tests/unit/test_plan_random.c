/* Plans of random networks: they keep their invariants, do not depend on where their rows stop, and
 * are the same bits in every build. */
#include "../fixture.h"
#include "base/hash.h"
#include "base/number.h"
#include "hf_cunit.h"
#include <math.h>
#include <string.h>

enum { N_NETWORKS = 500 };

static void done(hf_plan *plan, hf_scenario *scenario) {
    hf_plan_destroy(plan);
    hf_scenario_destroy(scenario);
}

static bool same_row(const double *a, const double *b, int n) {
    return !memcmp(a, b, (size_t)n * sizeof *a);
}

/* Had a row stopped too early, a longer horizon would read on: none of the plan depends on T. */
static void a_longer_horizon_changes_no_bit(void) {
    for (uint64_t seed = 0; seed < 100; seed++) {
        hf_scenario *s = fixture_random(seed, (fixture_options){0});
        hf_plan *p = fixture_plan(s);
        s->horizon_weeks *= 2;
        hf_plan *longer = fixture_plan(s);
        bool same = true;
        for (int i = 0; i < p->n_stages; i++) {
            const hf_plan_stage *a = &p->stages[i], *b = &longer->stages[i];
            same = same && same_row(a->plan, b->plan, p->n_weeks) &&
                   same_row(a->starts, b->starts, p->n_weeks) &&
                   same_row(a->target, b->target, p->n_weeks) &&
                   same_row(a->good_later, b->good_later, p->n_weeks) &&
                   same_row(a->lots_start, b->lots_start, a->cycle_weeks) &&
                   a->stock_start == b->stock_start;
        }
        for (int a = 0; a < p->n_links; a++)
            same = same && same_row(p->links[a].cover, longer->links[a].cover, p->n_weeks) &&
                   same_row(p->links[a].share, longer->links[a].share, p->n_weeks) &&
                   same_row(p->links[a].freight_start, longer->links[a].freight_start,
                            p->links[a].transit_weeks);
        for (int k = 0; k < p->n_inputs; k++)
            same = same && p->inputs[k].position_start == longer->inputs[k].position_start &&
                   same_row(p->inputs[k].order_cap, longer->inputs[k].order_cap, p->n_weeks);
        CU_ASSERT(same);
        hf_plan_destroy(longer);
        done(p, s);
    }
}

static uint64_t digest_of(uint64_t hash, const double *row, int n) {
    for (int t = 0; t < n; t++)
        hash = hf_mix64(hash ^ hf_double_bits(row[t]));
    return hash;
}

static uint64_t digest_of_plan(const hf_plan *p) {
    uint64_t hash = 0;
    for (int i = 0; i < p->n_stages; i++) {
        const hf_plan_stage *stage = &p->stages[i];
        const double *rows[] = {stage->plan,       stage->starts,          stage->target,
                                stage->capacity,   stage->finish_capacity, stage->good_now,
                                stage->good_later, stage->yield_median,    stage->yield_logit};
        for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++)
            hash = digest_of(hash, rows[row], p->n_weeks);
        hash = digest_of(hash, stage->lots_start, stage->cycle_weeks);
        hash = digest_of(hash, &stage->good_in_process_start, 1);
        hash = digest_of(hash, &stage->noise.innovation, 1);
    }
    for (int a = 0; a < p->n_links; a++) {
        const hf_plan_link *link = &p->links[a];
        hash = digest_of(hash, link->share, p->n_weeks);
        hash = digest_of(hash, link->cover, p->n_weeks);
        hash = digest_of(hash, link->weight, p->n_weeks);
        hash = digest_of(hash, link->freight_start, link->transit_weeks);
    }
    for (int k = 0; k < p->n_inputs; k++)
        hash = digest_of(hash, p->inputs[k].order_cap, p->n_weeks);
    return digest_of(hash, p->base_value, p->n_weeks);
}

/* Pinned, so that every compiler and every build makes these very bits. */
#define PLANS_DIGEST 0xA6DC9DC32A4D89CCu
static void random_plans_are_valid(void) {
    uint64_t digest = 0;
    for (uint64_t seed = 0; seed < N_NETWORKS; seed++) {
        hf_scenario *s = fixture_random(seed, seed % 4 ? (fixture_options){0} : FIXTURE_CALM);
        hf_problems problems;
        hf_problems_init(&problems);
        hf_scenario_check(s, &problems);
        hf_problems_print(&problems, "fixture_random", stdout);
        CU_ASSERT(problems.n == 0);
        hf_problems_clear(&problems);
        hf_plan *p = fixture_plan(s);
        CU_ASSERT(hf_plan_is_valid(p));
        digest = hf_mix64(digest ^ digest_of_plan(p));
        done(p, s);
    }
    if (digest != PLANS_DIGEST)
        printf("\n  the plans' digest is 0x%llXu\n", (unsigned long long)digest);
    CU_ASSERT(digest == PLANS_DIGEST);
}

/* One invariant broken each; the plan is mended after. */
static void broken_plans_are_found(void) {
    hf_scenario *s = fixture_chain();
    hf_plan *p = fixture_plan(s);
    hf_plan whole = *p;
    double off[60], nan_row[60];
    for (int t = 0; t < 60; t++) {
        off[t] = t == 59 ? 0.9 : 1.0;
        nan_row[t] = t == 59 ? (double)NAN : 1.0;
    }
    const int backwards[] = {FIXTURE_PACK, FIXTURE_WAFER}, twice[] = {1, 1};
#define CHECK_BROKEN(change)                                                                       \
    do {                                                                                           \
        hf_plan_stage stage = p->stages[0];                                                        \
        hf_plan_input input = p->inputs[0];                                                        \
        hf_plan_link link = p->links[0];                                                           \
        hf_plan_market market = p->markets[0];                                                     \
        CU_ASSERT(hf_plan_is_valid(p));                                                            \
        change;                                                                                    \
        CU_ASSERT(!hf_plan_is_valid(p));                                                           \
        *p = whole;                                                                                \
        p->stages[0] = stage;                                                                      \
        p->inputs[0] = input;                                                                      \
        p->links[0] = link;                                                                        \
        p->markets[0] = market;                                                                    \
    } while (0)
    CHECK_BROKEN(p->order = backwards);
    CHECK_BROKEN(p->order = twice);
    CHECK_BROKEN(p->out_links = twice);
    CHECK_BROKEN(p->warmup_weeks = 60);
    CHECK_BROKEN(p->n_lot_rows++);
    CHECK_BROKEN(p->links[0].share = off);
    CHECK_BROKEN(p->links[0].weight = off);
    CHECK_BROKEN(p->links[0].cover = nan_row);
    CHECK_BROKEN(p->links[0].first_freight = 1);
    CHECK_BROKEN(p->links[0].switch_rate = 0);
    CHECK_BROKEN(p->stages[0].plan = nan_row);
    CHECK_BROKEN(p->stages[0].scale = 9);
    CHECK_BROKEN(p->stages[0].yield_median = nan_row);
    CHECK_BROKEN(p->stages[0].noise.factor = 0);
    CHECK_BROKEN(p->stages[0].first_out = 1);
    CHECK_BROKEN(p->inputs[0].cause = 0);
    CHECK_BROKEN(p->inputs[0].position_start = 1);
    CHECK_BROKEN(p->markets[0].abandon = 2);
    CHECK_BROKEN(p->markets[0].input = 0);
#undef CHECK_BROKEN
    done(p, s);
}

HF_TEST_MAIN("plan: random networks", HF_CASE(a_longer_horizon_changes_no_bit),
             HF_CASE(random_plans_are_valid), HF_CASE(broken_plans_are_found))
