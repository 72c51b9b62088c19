#include "sim/work.h"

static void add(hf_work *sum, double times, hf_work work) {
    sum->loads += times * work.loads;
    sum->stores += times * work.stores;
    sum->multiplies += times * work.multiplies;
    sum->adds += times * work.adds;
    sum->divides += times * work.divides;
}

/*                               loads stores  *  +  / */
static const hf_work a_customer = {3, 0, 1, 3, 0};    /* asked, U, r: D, B, seen */
static const hf_work a_forecast = {4, 3, 7, 9, 0};    /* l, F, good, Q: l, r, P */
static const hf_work an_order = {1, 1, 2, 5, 0};      /* N */
static const hf_work a_sole_source = {1, 2, 0, 1, 0}; /* U; what it is asked */
static const hf_work a_choice = {0, 0, 0, 12, 2};     /* K/M, K/Phi, min(1, Phi), the pool */
static const hf_work a_source = {4, 3, 13, 14, 0};    /* c, f, h^, U: h^, U, asked */
static const hf_work an_arrival = {1, 0, 1, 2, 0};    /* of freight */
static const hf_work a_use = {2, 2, 3, 6, 0};         /* R, N */
static const hf_work a_start = {2, 0, 1, 3, 0};       /* P, c: the limit, X, whether it is behind */
static const hf_work a_process = {2, 2, 2, 3, 0};     /* lot, good */
static const hf_work a_finish = {3, 2, 5, 6, 0};      /* Q, y, F: Q, output */
static const hf_work a_rationing = {0, 2, 1, 8, 1};   /* F and f, from what may move */
static const hf_work a_shipment = {1, 2, 1, 3, 0};    /* U: U and freight */
static const hf_work a_road = {1, 0, 1, 0, 0};        /* each time it is asked for */
static const hf_work an_account = {2, 2, 2, 3, 0};    /* output and utilisation; stock's cost */
static const hf_work a_value = {0, 0, 2, 2, 0};       /* added, and at home */
static const hf_work a_market = {10, 10, 12, 20, 3};  /* service, backlog, metrics */
static const hf_work a_promised_week = {1, 0, 0, 1, 0}; /* of demand */

static void count_input(const hf_plan_input *input, hf_work *sum) {
    if (!input->is_market)
        add(sum, 1, an_order);
    if (input->n_links == 1)
        add(sum, 1, a_sole_source);
    else {
        add(sum, 1, a_choice);
        add(sum, input->n_links, a_source);
    }
    add(sum, input->n_links, an_arrival);
    if (!input->is_market)
        add(sum, 1, a_use);
}

static void count_stage(const hf_plan *plan, const hf_plan_stage *stage, hf_work *sum) {
    add(sum, stage->n_out, a_customer);
    add(sum, 1, a_forecast);
    add(sum, 1, a_start);
    if (stage->cycle_weeks > 0)
        add(sum, 1, a_process);
    add(sum, 1, a_finish);
    add(sum, 1, a_rationing);
    add(sum, stage->n_out, a_shipment);
    add(sum, 1, an_account);
    if (stage->value_added > 0.0)
        add(sum, 1, a_value);
    for (int account = 0; account < plan->n_accounts; account++)
        if (stage->account_amounts[account] != 0.0)
            add(sum, 1, (hf_work){.multiplies = 1, .adds = 1});
}

/* A road is asked for when orders are split, when freight is rationed, and when it is sent. */
static void count_roads(const hf_plan *plan, hf_work *sum) {
    for (int h = 0; h < plan->n_hazards; h++)
        for (int e = 0; e < plan->hazards[h].n_effects; e++)
            if (plan->hazards[h].effects[e].channel == HF_SHIPPING) {
                add(sum, 3.0 * plan->n_links, a_road);
                return;
            }
}

hf_work hf_week_work(const hf_plan *plan) {
    hf_work sum = {0};
    for (int k = 0; k < plan->n_inputs; k++)
        count_input(&plan->inputs[k], &sum);
    for (int i = 0; i < plan->n_stages; i++)
        count_stage(plan, &plan->stages[i], &sum);
    count_roads(plan, &sum);
    for (int m = 0; m < plan->n_markets; m++) {
        add(&sum, 1, a_market);
        add(&sum, plan->markets[m].quoted_weeks, a_promised_week);
    }
    return sum;
}
