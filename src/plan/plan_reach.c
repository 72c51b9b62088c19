#include "plan/plan_reach.h"
#include "base/number.h"
#include <unistd.h>

/* 20,000 years: what is beyond is no plan but a slip of the pen. */
#define MAX_WEEKS ((int64_t)1 << 20)

static int64_t max_weeks(int64_t a, int64_t b) {
    return a > b ? a : b;
}
static int64_t whole_weeks(double weeks) { /* rounded up */
    return (int64_t)hf_ceil(hf_min(weeks, 0x1p50));
}

static int longest_transit(const hf_plan *plan, int k) {
    int longest = 0;
    const hf_plan_input *input = &plan->inputs[k];
    for (int a = input->first_link; a < input->first_link + input->n_links; a++)
        if (plan->links[a].transit_weeks > longest)
            longest = plan->links[a].transit_weeks;
    return longest;
}

/* Weeks of orders that the suppliers of input `k` ask for. */
static int64_t orders_of(const hf_plan *plan, const hf_plan_reach *reach, int k) {
    int64_t weeks = plan->n_weeks;
    const hf_plan_input *input = &plan->inputs[k];
    for (int a = input->first_link; a < input->first_link + input->n_links; a++)
        weeks = max_weeks(weeks, reach->plan[plan->links[a].supplier]);
    return weeks;
}

static void find_stage(const hf_plan_builder *b, hf_plan_reach *reach, int i) {
    const hf_plan_stage *stage = &b->plan->stages[i];
    int64_t starts = b->plan->n_weeks, ahead = 0;
    for (int k = stage->first_input; k < stage->first_input + stage->n_inputs; k++) {
        reach->orders[k] = orders_of(b->plan, reach, k);
        int64_t lead = longest_transit(b->plan, k) + whole_weeks(b->inputs[k]->cover_weeks);
        starts = max_weeks(starts, reach->orders[k] + (stage->fixed_target ? 0 : lead));
    }
    if (!stage->fixed_target && b->stages[i])
        ahead = stage->cycle_weeks + whole_weeks(b->stages[i]->stock);
    reach->starts[i] = starts;
    reach->plan[i] = starts + ahead;
}

/* Bytes of the rows, frozen ones and those at work, none of them shared. */
static double bytes_of(const hf_plan *plan, const hf_plan_reach *reach) {
    double rows = (10.0 * plan->n_stages + 3.0 * plan->n_links + plan->n_inputs) * plan->n_weeks;
    int64_t longest = 0;
    for (int i = 0; i < plan->n_stages; i++)
        longest = max_weeks(longest, reach->plan[i]);
    for (int k = 0; k < plan->n_inputs; k++)
        rows += (double)plan->inputs[k].n_links * (double)reach->orders[k];
    return (rows + 8.0 * (double)longest) * (double)sizeof(double);
}

hf_status hf_plan_reach_find(const hf_plan_builder *b, hf_plan_reach *reach, hf_error *err) {
    const hf_plan *plan = b->plan;
    reach->plan = HF_ARENA_NEW(b->scratch, plan->n_stages, int64_t);
    reach->starts = HF_ARENA_NEW(b->scratch, plan->n_stages, int64_t);
    reach->orders = HF_ARENA_NEW(b->scratch, plan->n_inputs, int64_t);
    for (int n = 0; n < plan->n_stages; n++) {
        int i = plan->order[n];
        find_stage(b, reach, i);
        if (reach->plan[i] > MAX_WEEKS)
            return hf_fail(
                err, HF_BAD_INPUT,
                "stages.%s: what it and its suppliers take (cycle_weeks, stock, transit, "
                "cover) makes the plan look %lld weeks ahead; allowed up to %lld",
                plan->stages[i].id, (long long)reach->plan[i], (long long)MAX_WEEKS);
    }
    for (int m = 0; m < plan->n_markets; m++) {
        int k = plan->markets[m].input;
        reach->orders[k] = max_weeks(orders_of(plan, reach, k), longest_transit(plan, k));
    }
    double bytes = bytes_of(plan, reach);
    double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    if (memory > 0.0 && bytes > memory)
        return hf_fail(err, HF_NO_MEMORY,
                       "the plan of %d stages and %d links over %d weeks needs up to %.1f GB; this "
                       "machine has %.1f GB",
                       plan->n_stages, plan->n_links, plan->n_weeks, bytes * 1e-9, memory * 1e-9);
    return HF_OK;
}
