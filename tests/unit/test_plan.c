/* The planned flow (inputs/README.md 3): small cases worked out by hand, and the network's order.
 */
#include "../fixture.h"
#include "base/number.h"
#include "hf_cunit.h"
#include "plan/factors.h"
#include <math.h>
#include <string.h>

static bool near(double a, double b) {
    return fabs(a - b) <= 1e-12 * fmax(1, fmax(fabs(a), fabs(b)));
}
static bool is_constant(const double *row, int n, double value) {
    for (int t = 0; t < n; t++)
        if (!near(row[t], value))
            return false;
    return true;
}
static void done(hf_plan *plan, hf_scenario *scenario) {
    hf_plan_destroy(plan);
    hf_scenario_destroy(scenario);
}

/* Demand 10: everything flows and stands in proportion. */
static void constant_demand_stands_still(void) {
    hf_scenario *s = fixture_chain();
    hf_plan *p = fixture_plan(s);
    const hf_plan_stage *pack = &p->stages[FIXTURE_PACK], *wafer = &p->stages[FIXTURE_WAFER];
    CU_ASSERT(is_constant(p->markets[0].base, 60, 10));
    CU_ASSERT(is_constant(p->base_value, 60, 10));
    CU_ASSERT(near(p->price_scale, 10));

    CU_ASSERT(is_constant(pack->plan, 60, 10));
    CU_ASSERT(is_constant(pack->starts, 60, 10));
    CU_ASSERT(is_constant(pack->target, 60, 10 * (4 + 2)));
    CU_ASSERT(is_constant(pack->lots_start, 4, 10));
    CU_ASSERT(near(pack->stock_start, 2 * 10));
    CU_ASSERT(near(pack->in_process_start, 4 * 10)); /* the pipeline holds L weeks */
    CU_ASSERT(near(pack->good_in_process_start, 4 * 10));
    const hf_plan_input *input = &p->inputs[pack->first_input];
    const hf_plan_link *link = &p->links[input->first_link];
    CU_ASSERT(near(input->stock_start, 2 * 3 * 10));
    CU_ASSERT(near(input->position_start, 2 * (3 + 2) * 10));
    CU_ASSERT(is_constant(link->cover, 60, 2 * (2 + 3) * 10));
    CU_ASSERT(is_constant(link->freight_start, 2, 20));
    CU_ASSERT(is_constant(link->weight, 60, 1));
    CU_ASSERT(is_constant(link->share, 60, 1));
    CU_ASSERT(is_constant(input->order_cap, 60, HF_UNLIMITED * 3));

    CU_ASSERT(is_constant(wafer->plan, 60, 20));
    CU_ASSERT(is_constant(wafer->starts, 60, 20 / (5 * 0.8)));
    CU_ASSERT(is_constant(wafer->target, 60, 20 * (12 + 1)));
    CU_ASSERT(is_constant(wafer->lots_start, 12, 5));
    CU_ASSERT(is_constant(wafer->good_now, 60, 4));
    CU_ASSERT(is_constant(wafer->yield_logit, 60, log(0.8 / 0.2)));
    CU_ASSERT(near(wafer->in_process_start, 12 * 5));
    CU_ASSERT(near(wafer->good_in_process_start, 12 * 20));
    CU_ASSERT(near(wafer->stock_start, 20));
    CU_ASSERT(near(wafer->scale, 20) && near(pack->scale, 10));

    const hf_plan_link *to_market = &p->links[p->inputs[p->markets[0].input].first_link];
    CU_ASSERT(is_constant(to_market->freight_start, 1, 10));
    CU_ASSERT(is_constant(to_market->cover, 60, 0));
    CU_ASSERT(p->n_lot_rows == 16 && p->n_freight_rows == 3 + 2 && p->n_recent_rows == 0);
    done(p, s);
}

/* Demand 10 + t: a stage starts what is wanted L + w weeks later, and orders what it starts
 * tau + kappa weeks later; a wafer is planned 17 - 6 weeks before its module's week. */
static void a_ramp_is_met_in_time(void) {
    hf_scenario *s = fixture_chain();
    s->markets[0].demand = fixture_path(s, 2, (double[]){0, 1000}, (double[]){10, 1010});
    hf_plan *p = fixture_plan(s);
    const hf_plan_stage *pack = &p->stages[FIXTURE_PACK], *wafer = &p->stages[FIXTURE_WAFER];
    for (int t = 0; t < p->n_weeks; t++) {
        CU_ASSERT(near(pack->plan[t], 10 + t));
        CU_ASSERT(near(pack->starts[t], 10 + t + 6));
        CU_ASSERT(near(wafer->plan[t], 2 * (10 + t + 6 + 5)));
        CU_ASSERT(near(wafer->starts[t], 2 * (10 + t + 6 + 5 + 13) / 4.0));
    }
    for (int week = 0; week < 4; week++)
        CU_ASSERT(near(pack->lots_start[week], 10 + week + 2));
    CU_ASSERT(near(pack->stock_start, 10 + 11));
    CU_ASSERT(near(p->inputs[0].stock_start, 2 * (16 + 17 + 18)));
    CU_ASSERT(near(p->links[0].freight_start[0], 2 * 19));
    CU_ASSERT(near(p->links[0].freight_start[1], 2 * 20));
    CU_ASSERT(near(p->inputs[0].position_start, 2 * (16 + 17 + 18 + 19 + 20)));
    CU_ASSERT(near(p->links[0].cover[0], 2 * (17 + 18 + 19 + 20 + 21)));
    done(p, s);
}

/* cov over 2.75 weeks of 10, 11, 12, and the lots and starts that keep it. */
static void fractions_of_weeks_count(void) {
    hf_scenario *s = fixture_chain();
    s->markets[0].demand = fixture_path(s, 2, (double[]){0, 1000}, (double[]){10, 1010});
    s->stages[FIXTURE_PACK].stock = 2.75;
    s->stages[FIXTURE_PACK].inputs[0].cover_weeks = 0.5;
    hf_plan *p = fixture_plan(s);
    const hf_plan_stage *pack = &p->stages[FIXTURE_PACK];
    CU_ASSERT(near(pack->stock_start, 10 + 11 + 0.75 * 12));
    CU_ASSERT(near(pack->lots_start[0], 10 + 2.75));
    CU_ASSERT(near(pack->target[0], 11 + 12 + 13 + 14 + 15 + 16 + 0.75 * 17));
    CU_ASSERT(near(pack->starts[0], 10 + 6.75));
    CU_ASSERT(near(p->inputs[0].stock_start, 2 * 0.5 * 16.75));
    CU_ASSERT(near(p->links[0].cover[0], 2 * (17.75 + 18.75 + 0.5 * 19.75)));
    CU_ASSERT(near(p->stages[FIXTURE_WAFER].plan[0], 2 * (16.75 + 2.5)));
    done(p, s);
}

/* Yield 0.5 until week 9, 1 from week 10: twice the starts for lots that finish before. */
static void starts_know_the_yield_they_meet(void) {
    hf_scenario *s = fixture_chain();
    s->stages[FIXTURE_PACK].yield = fixture_path(s, 2, (double[]){9, 10}, (double[]){0.5, 1});
    hf_plan *p = fixture_plan(s);
    const hf_plan_stage *pack = &p->stages[FIXTURE_PACK];
    for (int t = 0; t < 20; t++) {
        CU_ASSERT(near(pack->starts[t], t + 4 <= 9 ? 20 : 10));
        CU_ASSERT(near(pack->good_now[t], t <= 9 ? 0.5 : 1));
        CU_ASSERT(near(pack->good_later[t], t + 4 <= 9 ? 0.5 : 1));
        CU_ASSERT(near(pack->yield_logit[t], 0));
    }
    CU_ASSERT(is_constant(pack->lots_start, 4, 20));
    CU_ASSERT(near(pack->in_process_start, 80) && near(pack->good_in_process_start, 40));
    done(p, s);
}

/* Stock by units: nothing on its way at the start, nothing ahead, orders as starts. */
static void a_fixed_stock_plans_nothing_ahead(void) {
    hf_scenario *s = fixture_chain();
    s->stages[FIXTURE_PACK].stock_in_units = true;
    s->stages[FIXTURE_PACK].stock = 35;
    s->markets[0].demand = fixture_path(s, 2, (double[]){0, 10}, (double[]){10, 20});
    hf_plan *p = fixture_plan(s);
    const hf_plan_stage *pack = &p->stages[FIXTURE_PACK];
    CU_ASSERT(pack->fixed_target && pack->target_units == 35 && pack->stock_start == 35);
    CU_ASSERT(is_constant(pack->target, 60, 0) && is_constant(pack->lots_start, 4, 0));
    CU_ASSERT(p->inputs[0].stock_start == 0 && p->inputs[0].position_start == 0);
    CU_ASSERT(is_constant(p->links[0].cover, 60, 0));
    CU_ASSERT(is_constant(p->links[0].freight_start, 2, 0));
    for (int t = 0; t < 60; t++) {
        CU_ASSERT(near(pack->starts[t], t < 10 ? 10 + t : 20));
        CU_ASSERT(near(p->stages[FIXTURE_WAFER].plan[t], t < 10 ? 20 + 2 * t : 40));
    }
    done(p, s);
}

/* A stage "A" that buys of "B", "C" and "D" for a market; shares and transits to be filled in. */
static hf_scenario *three_sources(void) {
    hf_scenario *s = fixture_empty(30, 4, 1, 0);
    fixture_stage(s, 0, "A", "engine", 1);
    fixture_input(s, &s->stages[0].inputs[0], "part", 3, (int[]){1, 2, 3});
    fixture_stage(s, 1, "B", "part", 0);
    fixture_stage(s, 2, "C", "part", 0);
    fixture_stage(s, 3, "D", "part", 0);
    fixture_market(s, 0, "M", 10);
    fixture_input(s, &s->markets[0].input, "engine", 1, (int[]){0});
    return s;
}

static void shares_sum_to_one(void) {
    hf_scenario *s = three_sources();
    hf_link *links = s->stages[0].inputs[0].links;
    links[0].share = fixture_constant(s, 6);
    links[1].share = fixture_path(s, 2, (double[]){0, 10}, (double[]){3, 0});
    links[2].share = fixture_path(s, 2, (double[]){20, 21}, (double[]){3, 6});
    hf_plan *p = fixture_plan(s);
    CU_ASSERT(near(p->links[0].share[0], 0.5) && near(p->links[1].share[0], 0.25));
    CU_ASSERT(near(p->links[0].share[5], 6 / 10.5) && near(p->links[1].share[5], 1.5 / 10.5));
    CU_ASSERT(near(p->links[0].share[15], 2 / 3.0) && p->links[1].share[15] == 0);
    CU_ASSERT(near(p->links[2].share[25], 0.5));
    CU_ASSERT(near(p->stages[1].plan[15], 10 * 2 / 3.0) && p->stages[2].plan[15] == 0);
    CU_ASSERT(near(p->links[0].weight[15], 1) && p->links[1].weight[15] == 0);
    done(p, s);
}

static void shares_follow_capacity(void) {
    hf_scenario *s = three_sources();
    for (int l = 0; l < 3; l++)
        s->stages[0].inputs[0].links[l].by_capacity = true;
    s->stages[1].capacity = fixture_constant(s, 5);
    s->stages[2].capacity = fixture_path(s, 2, (double[]){9, 10}, (double[]){15, 0});
    s->stages[3].capacity = fixture_path(s, 2, (double[]){19, 20}, (double[]){0, 15});
    hf_plan *p = fixture_plan(s);
    CU_ASSERT(near(p->links[0].share[0], 0.25) && near(p->links[1].share[0], 0.75));
    CU_ASSERT(near(p->links[0].share[15], 1) && near(p->links[2].share[25], 0.75));
    CU_ASSERT(near(p->stages[3].plan[25], 7.5));
    done(p, s);
}

static void shares_of_nothing_are_equal(void) {
    hf_scenario *s = three_sources();
    for (int l = 0; l < 3; l++)
        s->stages[0].inputs[0].links[l].share =
            fixture_path(s, 2, (double[]){9, 10}, (double[]){l, 0});
    hf_plan *p = fixture_plan(s);
    CU_ASSERT(near(p->links[2].share[9], 2 / 3.0));
    for (int l = 0; l < 3; l++)
        CU_ASSERT(near(p->links[l].share[10], 1 / 3.0));
    done(p, s);
}

/* From a source 5 weeks away to one next door in week 10: what is on its way lasts 5 weeks. */
static void orders_wait_while_the_position_is_too_high(void) {
    hf_scenario *s = three_sources();
    hf_link *links = s->stages[0].inputs[0].links;
    links[0].share = fixture_path(s, 2, (double[]){9, 10}, (double[]){1, 0});
    links[0].transit_weeks = 5;
    links[1].share = fixture_path(s, 2, (double[]){9, 10}, (double[]){0, 1});
    links[2].share = fixture_constant(s, 0);
    hf_plan *p = fixture_plan(s);
    for (int t = 0; t < 30; t++) {
        CU_ASSERT(near(p->stages[1].plan[t], t < 10 ? 10 : 0));
        CU_ASSERT(near(p->stages[2].plan[t], t < 15 ? 0 : 10));
    }
    CU_ASSERT(p->stages[1].plan[10] == 0 && p->stages[2].plan[14] == 0);
    done(p, s);
}

/* Weeks whose plan counts as 0 weigh nothing; a tiny node is measured by the network. */
static void small_flows_count_as_nothing(void) {
    hf_scenario *s = three_sources();
    hf_link *links = s->stages[0].inputs[0].links;
    links[1].share = fixture_constant(s, 0.9e-5);
    links[2].share = fixture_constant(s, 1.1e-8);
    s->markets[0].demand = fixture_path(s, 3, (double[]){0, 10, 20}, (double[]){1000, 0, 2000});
    s->markets[0].price = 3;
    hf_plan *p = fixture_plan(s);
    CU_ASSERT(near(p->stages[0].scale, 2000) && near(p->stages[2].scale, 2));
    CU_ASSERT(near(p->price_scale, 6000) && near(p->base_value[25], 6000));
    CU_ASSERT(p->links[0].weight[10] == 0 && near(p->links[0].weight[11], 1));
    CU_ASSERT(near(p->links[1].weight[25], 1)); /* 9e-3 of Z = 2 */
    CU_ASSERT(p->links[2].weight[25] > 0.99);   /* 1.1e-5 of Z = 2 */
    CU_ASSERT(p->links[2].weight[0] == 0);      /* 5.5e-6 */
    done(p, s);

    s = fixture_chain();
    s->markets[0].demand = fixture_constant(s, 0);
    p = fixture_plan(s);
    CU_ASSERT(p->stages[0].scale == 1 && p->stages[1].scale == 1 && p->markets[0].scale == 1);
    CU_ASSERT(is_constant(p->links[0].weight, 60, 0));
    done(p, s);
}

static void limits_look_over_the_transit(void) {
    hf_scenario *s = fixture_chain();
    hf_stage *pack = &s->stages[FIXTURE_PACK];
    pack->capacity = fixture_path(s, 3, (double[]){9, 10, 11}, (double[]){8, 30, 12});
    pack->surge = 0.5;
    hf_plan *p = fixture_plan(s);
    const double *cap = p->inputs[0].order_cap, *finish = p->stages[FIXTURE_PACK].finish_capacity;
    CU_ASSERT(near(cap[7], 8 * 1.5 * 3) && near(cap[8], 30 * 1.5 * 3));
    CU_ASSERT(near(cap[10], 30 * 1.5 * 3) && near(cap[11], 12 * 1.5 * 3));
    CU_ASSERT(near(finish[3], 8) && near(finish[10], 30) && near(finish[14], 30));
    CU_ASSERT(near(finish[15], 12));
    done(p, s);
}

/* B and D make parts for A and C; all four sell, to markets whose ids stand between theirs. */
static void links_stand_in_order(void) {
    hf_scenario *s = fixture_empty(30, 4, 2, 0);
    fixture_stage(s, 0, "A", "engine", 1);
    fixture_input(s, &s->stages[0].inputs[0], "part", 2, (int[]){1, 3});
    fixture_stage(s, 1, "B", "part", 0);
    fixture_stage(s, 2, "C", "engine", 1);
    fixture_input(s, &s->stages[2].inputs[0], "part", 1, (int[]){3});
    fixture_stage(s, 3, "D", "part", 0);
    fixture_market(s, 0, "BB", 10);
    fixture_input(s, &s->markets[0].input, "part", 2, (int[]){1, 3});
    fixture_market(s, 1, "CC", 10);
    fixture_input(s, &s->markets[1].input, "engine", 2, (int[]){0, 2});
    hf_plan *p = fixture_plan(s);
    const int order[] = {1, 3, 0, 2}, out_links[] = {5, 0, 3, 6, 1, 4, 2};
    /* links: 0 B-A, 1 D-A, 2 D-C, 3 B-BB, 4 D-BB, 5 A-CC, 6 C-CC */
    const int of_b[] = {0, 3}, of_d[] = {1, 4, 2};
    CU_ASSERT(!memcmp(p->order, order, sizeof order));
    CU_ASSERT(!memcmp(p->out_links, out_links, sizeof out_links));
    CU_ASSERT(!memcmp(&p->out_links[p->stages[1].first_out], of_b, sizeof of_b));
    CU_ASSERT(!memcmp(&p->out_links[p->stages[3].first_out], of_d, sizeof of_d));
    CU_ASSERT(p->n_inputs == 4 && p->n_links == 7 && p->inputs[3].is_market);
    CU_ASSERT(p->inputs[0].cause == 1 && p->inputs[2].cause == -1);
    CU_ASSERT(near(p->stages[1].plan[0], 5 + 2.5) && near(p->stages[3].plan[0], 5 + 2.5 + 5));
    CU_ASSERT(near(p->links[1].weight[0], 2.5 / 12.5) && near(p->links[2].weight[0], 5 / 12.5));
    done(p, s);
}

/* Lead times and transits longer than the horizon. */
static void the_horizon_may_be_short(void) {
    hf_scenario *s = fixture_chain();
    s->horizon_weeks = 2;
    s->markets[0].demand = fixture_path(s, 2, (double[]){0, 1000}, (double[]){10, 1010});
    s->markets[0].input.links[0].transit_weeks = 40; /* more than stages look ahead */
    s->stages[FIXTURE_PACK].inputs[0].links[0].switch_weeks = 3;
    hf_plan *p = fixture_plan(s);
    for (int week = 0; week < 40; week++)
        CU_ASSERT(near(p->links[1].freight_start[week], 10 + week));
    for (int week = 0; week < 12; week++)
        CU_ASSERT(near(p->stages[FIXTURE_WAFER].lots_start[week], 2 * (10 + week + 12) / 4.0));
    CU_ASSERT(near(p->stages[FIXTURE_WAFER].target[1], 2 * 13 * (10 + 1 + 11 + 7.0)));
    CU_ASSERT(p->links[0].switch_rate == 0.25 && p->links[1].switch_rate == 1);
    done(p, s);
}

static hf_status build(hf_scenario *s, hf_error *err) {
    const char *policy = "baseline";
    hf_world world = {1, &policy, &s};
    hf_space *space = hf_space_create(&world);
    hf_plan *plan = NULL;
    hf_status status = hf_plan_build(s, policy, space, &plan, err);
    CU_ASSERT(status == HF_OK || plan == NULL);
    hf_plan_destroy(plan);
    hf_space_destroy(space);
    hf_scenario_destroy(s);
    return status;
}

static void what_no_plan_can_hold_is_refused(void) {
    hf_error err;
    hf_scenario *s = fixture_chain();
    s->stages[FIXTURE_PACK].stock = 2e6;
    CU_ASSERT(build(s, &err) == HF_BAD_INPUT && strstr(err.text, "stages.PACK"));
    s = fixture_chain(); /* 1e15 a week, 1e15 a start, a 1e9th good of a 1e9th */
    s->markets[0].demand = fixture_constant(s, 1e15);
    s->stages[FIXTURE_PACK].inputs[0].per_unit = 1e15;
    CU_ASSERT(build(s, &err) == HF_OK);
    s = fixture_chain();
    s->markets[0].demand = fixture_constant(s, 1e15);
    s->stages[FIXTURE_PACK].inputs[0].per_unit = 1e15;
    s->stages[FIXTURE_WAFER].yield = fixture_constant(s, 1e-9);
    s->stages[FIXTURE_WAFER].units_per_start = 1e-9;
    CU_ASSERT(build(s, &err) == HF_BAD_INPUT && strstr(err.text, "stages.WAFER"));
    s = fixture_chain();
    s->markets[0].demand = fixture_constant(s, 1e15);
    s->stages[FIXTURE_PACK].inputs[0].per_unit = 1e15;
    s->stages[FIXTURE_PACK].yield = fixture_constant(s, 1e-9);
    CU_ASSERT(build(s, &err) == HF_BAD_INPUT && strstr(err.text, "orders"));
}

static void calm_weeks_are_calm(void) {
    hf_scenario *s = fixture_chain();
    s->markets[0].demand = fixture_path(s, 2, (double[]){0, 10}, (double[]){10, 20});
    hf_plan *p = fixture_plan(s);
    hf_factors *f = hf_factors_create(p, 8);
    f->any_scrap[1] = true;
    hf_factors_set_calm(f, p, 5);
    CU_ASSERT(is_constant(f->capacity, 16, 1) && is_constant(f->scrap, 16, 1));
    CU_ASSERT(is_constant(f->shipping, 16, 1) && is_constant(f->demand, 8, 15));
    CU_ASSERT(is_constant(&f->yield[8 * FIXTURE_PACK], 8, 1));
    CU_ASSERT(is_constant(&f->yield[8 * FIXTURE_WAFER], 8, 0.8));
    CU_ASSERT(!f->any_scrap[0] && !f->any_scrap[1]);
    hf_factors_destroy(f);
    done(p, s);
}

/* What the kernel reads of a week is what the rows say of it. */
static void a_week_stands_together(void) {
    hf_scenario *s = fixture_chain();
    double weeks[] = {9, 10, 20, 21}, starts[] = {0, 12, 12, HF_UNLIMITED};
    s->stages[FIXTURE_WAFER].capacity = fixture_path(s, 4, weeks, starts);
    hf_plan *p = fixture_plan(s);
    int wrong = 0;
    for (int t = 0; t < p->n_weeks; t++) {
        const hf_stage_week *wafer = &p->stage_weeks[t * p->n_stages + FIXTURE_WAFER];
        double C = p->stages[FIXTURE_WAFER].capacity[t];
        wrong += wafer->start_limit != C;
        wrong += wafer->inverse_capacity != (C > 0.0 && C < HF_UNLIMITED ? 1.0 / C : 0.0);
        wrong += wafer->lot_row != p->stages[FIXTURE_WAFER].first_lot + t % 12;
        for (int o = 0; o < p->n_links; o++)
            wrong += p->out_weights[t * p->n_links + o] != p->links[p->out_links[o]].weight[t];
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(p->stage_weeks[5 * p->n_stages + FIXTURE_WAFER].inverse_capacity, 0.0);
    CU_ASSERT_EQUAL(p->stage_weeks[15 * p->n_stages + FIXTURE_WAFER].inverse_capacity, 1.0 / 12);
    CU_ASSERT_EQUAL(p->stage_weeks[40 * p->n_stages + FIXTURE_WAFER].inverse_capacity, 0.0);
    /* PACK takes 2 weeks of transit from WAFER, the market 1 from PACK: rings of 3 and 2 rows. */
    for (int a = 0; a < p->n_links; a++) {
        const hf_link_week *now = &p->link_weeks[7 * p->n_links + a];
        const hf_plan_link *link = &p->links[a];
        CU_ASSERT_EQUAL(now->shipped_row - link->first_freight, 7 % (link->transit_weeks + 1));
        CU_ASSERT_EQUAL(now->arriving_row - link->first_freight, 8 % (link->transit_weeks + 1));
    }
    CU_ASSERT_EQUAL(p->customers[0] + p->customers[1], FIXTURE_PACK + p->n_stages);
    done(p, s);
}

HF_TEST_MAIN("plan", HF_CASE(constant_demand_stands_still), HF_CASE(a_ramp_is_met_in_time),
             HF_CASE(fractions_of_weeks_count), HF_CASE(starts_know_the_yield_they_meet),
             HF_CASE(a_fixed_stock_plans_nothing_ahead), HF_CASE(shares_sum_to_one),
             HF_CASE(shares_follow_capacity), HF_CASE(shares_of_nothing_are_equal),
             HF_CASE(orders_wait_while_the_position_is_too_high),
             HF_CASE(small_flows_count_as_nothing), HF_CASE(limits_look_over_the_transit),
             HF_CASE(links_stand_in_order), HF_CASE(the_horizon_may_be_short),
             HF_CASE(what_no_plan_can_hold_is_refused), HF_CASE(calm_weeks_are_calm),
             HF_CASE(a_week_stands_together))
