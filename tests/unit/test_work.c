/* The least that a week takes, against counts by hand. */
#include "fixture.h"
#include "sim/work.h"
#include "unit/hf_cunit.h"

static hf_work work_of(const hf_scenario *scenario) {
    hf_plan *plan = fixture_plan(scenario);
    hf_work work = hf_week_work(plan);
    hf_plan_destroy(plan);
    return work;
}

/* MARKET <- PACK <- WAFER: each row that is read or changed between two weeks, and what passes
 * from one stage to the next, listed by hand. */
static void a_chain(void) {
    hf_scenario *s = fixture_chain();
    hf_work work = work_of(s);
    const int quoted = s->markets[0].quoted_weeks;
    /* orders: 2 x (asked, U, r), 2 x (l, F, good, Q), N, 2 x U; flow: 2 arrivals, R, N,
     * 2 x (P, c), 2 x (lot, good), 2 x (Q, y, F), 2 x U, 2 x (sum of output, of utilisation) */
    CU_ASSERT_EQUAL(work.loads, 6 + 8 + 1 + 2 + 2 + 2 + 4 + 4 + 6 + 2 + 4 + 10 + quoted);
    /* orders: 2 x (l, r, P), N, 2 x (U, asked); flow: R, N, 2 x (lot, good), 2 x (Q, output),
     * 2 x (F, f), 2 x (U, freight), 2 x 2 sums */
    CU_ASSERT_EQUAL(work.stores, 6 + 1 + 4 + 2 + 4 + 4 + 4 + 4 + 4 + 10);
    CU_ASSERT_EQUAL(work.divides, 2 + 3); /* F over what may move; of the market */
    hf_scenario_destroy(s);
}

static hf_scenario *two_makers(int n_links, hf_channel channel) {
    hf_scenario *s = fixture_empty(20, 3, 1, 1);
    fixture_stage(s, 0, "A", "part", 0);
    fixture_stage(s, 1, "B", "part", 0);
    fixture_stage(s, 2, "C", "whole", 1);
    fixture_input(s, &s->stages[2].inputs[0], "part", n_links, (int[]){0, 1});
    fixture_market(s, 0, "M", 10.0);
    fixture_input(s, &s->markets[0].input, "whole", 1, (int[]){2});
    fixture_hazard(s, 0, "H", 1)->effects[0].channel = channel;
    return s;
}

static void a_second_source_and_a_road(void) {
    hf_scenario *one = two_makers(1, HF_CAPACITY), *two = two_makers(2, HF_CAPACITY);
    hf_scenario *roads = two_makers(2, HF_SHIPPING);
    hf_work alone = work_of(one), chosen = work_of(two), closed = work_of(roads);
    /* A choice: c, f, h^, U of two links instead of one U; a customer, an arrival, a shipment */
    CU_ASSERT_EQUAL(chosen.loads - alone.loads, 2 * 4 - 1 + 3 + 1 + 1);
    CU_ASSERT_EQUAL(chosen.stores - alone.stores, 2 * 3 - 2 + 2);
    CU_ASSERT_EQUAL(chosen.divides - alone.divides, 2);
    /* Three links ask three times for their road. */
    CU_ASSERT_EQUAL(closed.loads - chosen.loads, 9);
    CU_ASSERT_EQUAL(closed.multiplies - chosen.multiplies, 9);
    CU_ASSERT_EQUAL(closed.stores, chosen.stores);
    hf_scenario_destroy(one);
    hf_scenario_destroy(two);
    hf_scenario_destroy(roads);
}

HF_TEST_MAIN("work", HF_CASE(a_chain), HF_CASE(a_second_source_and_a_road))
