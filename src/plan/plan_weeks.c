/* The plan turned: what a week needs stands together (plan/build.h). */
#include "base/number.h"
#include "plan/build.h"

static double inverse(double x) {
    return 1.0 / x;
}

static hf_stage_week stage_week(const hf_plan_stage *stage, int t) {
    double plan = stage->plan[t], capacity = stage->capacity[t];
    bool is_faint = plan < HF_FAINT * stage->scale;
    bool is_limited = capacity > 0.0 && capacity < HF_UNLIMITED;
    int slot = stage->cycle_weeks ? t % stage->cycle_weeks : 0;
    return (hf_stage_week){.inverse_plan = is_faint ? 0.0 : inverse(plan),
                           .target = stage->target[t],
                           .good_now = stage->good_now[t],
                           .good_later = stage->good_later[t],
                           .inverse_good_later = inverse(stage->good_later[t]),
                           .start_limit = capacity * stage->surge_factor,
                           .finish_limit = stage->finish_capacity[t] * stage->surge_factor,
                           .inverse_capacity = is_limited ? inverse(capacity) : 0.0,
                           .lot_row = stage->first_lot + slot};
}

static hf_link_week link_week(const hf_plan_link *link, int t) {
    int ring = link->transit_weeks + 1;
    return (hf_link_week){.share = link->share[t],
                          .flexible = link->flex * link->share[t],
                          .cover = link->cover[t],
                          .shipped_row = link->first_freight + t % ring,
                          .arriving_row = link->first_freight + (t + 1) % ring};
}

static void add_customers(hf_plan *plan) {
    int *customers = HF_ARENA_NEW(plan->arena, plan->n_links, int);
    for (int o = 0; o < plan->n_links; o++) {
        const hf_plan_input *input = &plan->inputs[plan->links[plan->out_links[o]].input];
        customers[o] = input->consumer + (input->is_market ? plan->n_stages : 0);
    }
    plan->customers = customers;
}

void hf_plan_build_weeks(hf_plan_builder *b) {
    hf_plan *plan = b->plan;
    size_t n_weeks = (size_t)plan->n_weeks;
    hf_stage_week *stages =
        HF_ARENA_NEW(plan->arena, n_weeks * (size_t)plan->n_stages, hf_stage_week);
    hf_link_week *links = HF_ARENA_NEW(plan->arena, n_weeks * (size_t)plan->n_links, hf_link_week);
    double *caps = HF_ARENA_NEW(plan->arena, n_weeks * (size_t)plan->n_inputs, double);
    double *weights = HF_ARENA_NEW(plan->arena, n_weeks * (size_t)plan->n_links, double);
    plan->stage_weeks = stages;
    plan->link_weeks = links;
    plan->order_caps = caps;
    plan->out_weights = weights;
    for (int t = 0; t < plan->n_weeks; t++) {
        for (int i = 0; i < plan->n_stages; i++)
            *stages++ = stage_week(&plan->stages[i], t);
        for (int a = 0; a < plan->n_links; a++)
            *links++ = link_week(&plan->links[a], t);
        for (int k = 0; k < plan->n_inputs; k++)
            *caps++ = plan->inputs[k].is_market ? 0.0 : plan->inputs[k].order_cap[t];
        for (int o = 0; o < plan->n_links; o++)
            *weights++ = plan->links[plan->out_links[o]].weight[t];
    }
    for (int a = 0; a < plan->n_links; a++)
        plan->links[a].holding_cost = plan->stages[plan->links[a].supplier].holding_cost;
    add_customers(plan);
}
