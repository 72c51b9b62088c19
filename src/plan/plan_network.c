/* The wiring of a plan: inputs, links, who supplies whom, and an order without going back. */
#include "base/check.h"
#include "plan/build.h"
#include <stdlib.h>
#include <string.h>

static int find_cause(const hf_space *space, const char *product) {
    int cause = 1; /* 0 is the line */
    while (strcmp(space->causes[cause], product))
        cause++;
    return cause;
}

static void count_rows(hf_plan_builder *b) {
    hf_plan *plan = b->plan;
    plan->n_inputs = plan->n_markets;
    plan->n_links = hf_scenario_n_links(b->scenario);
    for (int i = 0; i < b->scenario->n_stages; i++)
        plan->n_inputs += b->scenario->stages[i].n_inputs;
    plan->inputs = HF_ARENA_NEW(plan->arena, plan->n_inputs, hf_plan_input);
    plan->links = HF_ARENA_NEW(plan->arena, plan->n_links, hf_plan_link);
    b->inputs = HF_ARENA_NEW(b->scratch, plan->n_inputs, const hf_input *);
    b->links = HF_ARENA_NEW(b->scratch, plan->n_links, const hf_link *);
}

/* Appends input `k` and its links; `from` is NULL for a market that the policy lacks. */
static void add_input(hf_plan_builder *b, int k, int *n_links, const hf_input *from) {
    hf_plan_input *input = &b->plan->inputs[k];
    input->first_link = *n_links;
    input->per_unit = from ? from->per_unit : 1.0;
    input->inverse_per_unit = 1.0 / input->per_unit;
    b->inputs[k] = from;
    if (!from)
        return;
    input->n_links = from->n_links;
    input->holding_cost = from->holding_cost;
    for (int l = 0; l < from->n_links; l++) {
        const hf_link *link = &from->links[l];
        b->links[*n_links] = link;
        b->plan->links[*n_links] = (hf_plan_link){.supplier = b->stage_rows[link->supplier],
                                                  .input = k,
                                                  .transit_weeks = link->transit_weeks,
                                                  .first_freight = b->plan->n_freight_rows,
                                                  .flex = link->flex,
                                                  .switch_rate = 1.0 / (1.0 + link->switch_weeks)};
        b->plan->n_freight_rows += link->transit_weeks + 1;
        ++*n_links;
    }
}

static void add_inputs(hf_plan_builder *b) {
    hf_plan *plan = b->plan;
    int k = 0, n_links = 0;
    for (int i = 0; i < plan->n_stages; i++) {
        plan->stages[i].first_input = k;
        plan->stages[i].n_inputs = b->stages[i] ? b->stages[i]->n_inputs : 0;
        for (int j = 0; j < plan->stages[i].n_inputs; j++, k++) {
            const hf_input *from = &b->stages[i]->inputs[j];
            plan->inputs[k] =
                (hf_plan_input){.consumer = i, .cause = find_cause(b->space, from->product)};
            add_input(b, k, &n_links, from);
        }
    }
    for (int m = 0; m < plan->n_markets; m++, k++) {
        plan->markets[m].input = k;
        plan->inputs[k] = (hf_plan_input){.consumer = m, .is_market = true, .cause = -1};
        add_input(b, k, &n_links, b->markets[m] ? &b->markets[m]->input : NULL);
    }
    HF_ASSERT(k == plan->n_inputs && n_links == plan->n_links);
}

typedef struct out_link {
    int supplier, link;
    const char *consumer;
} out_link;

/* By supplier, then by the consumer's id; a stage before a market of the same id, as links stand.
 */
static int by_supplier_then_consumer(const void *left, const void *right) {
    const out_link *a = left, *b = right;
    if (a->supplier != b->supplier)
        return a->supplier < b->supplier ? -1 : 1;
    int order = strcmp(a->consumer, b->consumer);
    return order ? order : a->link - b->link;
}

static void add_out_links(hf_plan_builder *b) {
    hf_plan *plan = b->plan;
    out_link *sorted = HF_ARENA_NEW(b->scratch, plan->n_links, out_link);
    int *out_links = HF_ARENA_NEW(plan->arena, plan->n_links, int);
    for (int a = 0; a < plan->n_links; a++) {
        const hf_plan_input *input = &plan->inputs[plan->links[a].input];
        const char *consumer =
            input->is_market ? plan->markets[input->consumer].id : plan->stages[input->consumer].id;
        sorted[a] = (out_link){plan->links[a].supplier, a, consumer};
    }
    if (plan->n_links)
        qsort(sorted, (size_t)plan->n_links, sizeof *sorted, by_supplier_then_consumer);
    for (int o = 0; o < plan->n_links; o++) {
        out_links[o] = sorted[o].link;
        plan->stages[sorted[o].supplier].n_out++;
    }
    for (int i = 0, o = 0; i < plan->n_stages; i++) {
        plan->stages[i].first_out = o;
        o += plan->stages[i].n_out;
    }
    plan->out_links = out_links;
}

/* Kahn's order, the smallest index that is ready first: suppliers before customers. */
static void add_order(hf_plan_builder *b) {
    hf_plan *plan = b->plan;
    int *order = HF_ARENA_NEW(plan->arena, plan->n_stages, int);
    int *waits_for = HF_ARENA_NEW(b->scratch, plan->n_stages, int);
    for (int a = 0; a < plan->n_links; a++)
        if (!plan->inputs[plan->links[a].input].is_market)
            waits_for[plan->inputs[plan->links[a].input].consumer]++;
    for (int n = 0; n < plan->n_stages; n++) {
        int next = 0;
        while (next < plan->n_stages && waits_for[next] != 0)
            next++;
        HF_ASSERT(next < plan->n_stages); /* the gate refuses cycles */
        order[n] = next;
        waits_for[next] = -1;
        const hf_plan_stage *stage = &plan->stages[next];
        for (int o = stage->first_out; o < stage->first_out + stage->n_out; o++) {
            const hf_plan_input *input = &plan->inputs[plan->links[plan->out_links[o]].input];
            if (!input->is_market)
                waits_for[input->consumer]--;
        }
    }
    plan->order = order;
}

void hf_plan_build_network(hf_plan_builder *b) {
    count_rows(b);
    add_inputs(b);
    add_out_links(b);
    add_order(b);
}
