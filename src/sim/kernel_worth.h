/* The kernel's last part: what the week was worth (inputs/README.md 5). Included by kernel_flow.h
 * under the same rules. */
#ifndef HF_SIM_KERNEL_WORTH_H
#define HF_SIM_KERNEL_WORTH_H

#include "sim/kernel_week.h"

/* What a stage made and holds; value and accounts in the order in which goods flow. */
static inline void account_stage(const week *w, int i, const hf_lanes *X, const hf_lanes *F,
                                 const hf_lanes *out, hf_lanes *cost) {
    const hf_plan_stage *stage = &w->p->stages[i];
    const size_t here = place_of(w, i);
    hf_lanes *sum_output = at(w->s->sum_output, here);
    hf_lanes *sum_utilisation = at(w->s->sum_utilisation, here);
    const double per_capacity = w->stages[i].inverse_capacity, holding = stage->holding_cost;
    EACH {
        sum_output[v] += out[v];
        sum_utilisation[v] += X[v] * per_capacity;
        cost[v] += holding * F[v];
    }
    if (stage->surge_cost > 0.0) {
        const double surge = stage->surge_cost, C = stage->capacity[w->t];
        EACH cost[v] += surge * hf_lanes_max(X[v] - C, hf_lanes_all(0.0));
    }
    if (stage->value_added > 0.0) {
        const double value = stage->value_added, domestic = value * stage->domestic_part;
        hf_lanes *all = at(w->s->value_added, place_of(w, 0));
        hf_lanes *domestic_sum = at(w->s->domestic_value_added, place_of(w, 0));
        EACH {
            all[v] += value * out[v];
            domestic_sum[v] += domestic * out[v];
        }
    }
    for (int account = 0; account < w->p->n_accounts; account++) {
        const double amount = stage->account_amounts[account];
        hf_lanes *sum = at(w->s->accounts, place_of(w, account));
        if (amount != 0.0)
            EACH sum[v] += amount * out[v];
    }
}

static inline void measure_service(const week *w, hf_lanes *backlog_value) {
    hf_batch *s = w->s;
    hf_lanes due[HF_CHUNK], served[HF_CHUNK];
    hf_lanes *late_units = at(s->late_units, place_of(w, 0)),
             *late_value = at(s->late_value, w->first);
    hf_lanes *service = at(s->service, place_of(w, 0));
    set(due, 0.0);
    set(served, 0.0);
    set(late_units, 0.0);
    set(late_value, 0.0);
    set(backlog_value, 0.0);
    for (int m = 0; m < w->p->n_markets; m++) {
        const double price = w->p->markets[m].price;
        const size_t here = place_of(w, m);
        const hf_lanes *market_due = at(s->due, here), *late = at(s->late, here);
        const hf_lanes *sent = at(s->market_shipped, here);
        const hf_lanes *backlog = at(s->backlog, here);
        EACH {
            due[v] += price * market_due[v];
            served[v] += price * hf_lanes_min(sent[v], market_due[v]);
            late_units[v] += late[v];
            late_value[v] += price * late[v];
            backlog_value[v] += price * backlog[v];
        }
    }
    const hf_lanes nothing = hf_lanes_all(HF_NOTHING * w->p->price_scale);
    const hf_lanes one = hf_lanes_all(1.0);
    EACH {
        hf_lanes ratio = served[v] / hf_lanes_max(due[v], nothing);
        hf_lanes q = hf_lanes_if_less(served[v], (1.0 - HF_NOTHING) * due[v], ratio, one);
        service[v] = hf_lanes_if_less(due[v], nothing, one, q);
    }
}

static inline void account_markets(const week *w, const hf_lanes *cost) {
    hf_batch *s = w->s;
    hf_lanes *total = at(s->cost, place_of(w, 0)), *carrying = at(s->carrying_cost, w->first);
    EACH {
        carrying[v] = hf_lanes_max(carrying[v], hf_lanes_all(0.0));
        total[v] += cost[v] + carrying[v];
    }
    for (int m = 0; m < w->p->n_markets; m++) {
        const hf_plan_market *market = &w->p->markets[m];
        const size_t here = place_of(w, m);
        const hf_lanes *d = at(w->f->demand, here), *lost = at(s->lost, here);
        const hf_lanes *backlog = at(s->backlog, here);
        hf_lanes *demand_value = at(s->demand_value, place_of(w, 0));
        hf_lanes *abandoned = at(s->sum_abandoned, place_of(w, 0));
        hf_lanes *abandoned_value = at(s->sum_abandoned_value, place_of(w, 0));
        const double price = market->price, backlog_cost = market->backlog_cost;
        EACH {
            demand_value[v] += price * d[v];
            abandoned[v] += lost[v];
            abandoned_value[v] += price * lost[v];
            total[v] += backlog_cost * backlog[v];
        }
    }
}

/* The metrics that follow the service of the weeks. */
static inline void account_service(const week *w, const hf_lanes *backlog_value) {
    hf_batch *s = w->s;
    const hf_lanes theta = hf_lanes_all(w->p->threshold), none = {0}, one = hf_lanes_all(1.0);
    const hf_lanes since = hf_lanes_all((double)(w->t - w->p->warmup_weeks));
    const hf_lanes *q = at(s->service, place_of(w, 0)), *late_value = at(s->late_value, w->first);
    hf_lanes *sum_late = at(s->sum_late_value, place_of(w, 0)),
             *loss = at(s->resilience_loss, w->first);
    hf_lanes *least = at(s->min_service, place_of(w, 0)), *weeks = at(s->weeks_below, w->first);
    hf_lanes *first = at(s->first_below, place_of(w, 0)), *run = at(s->run_below, w->first);
    hf_lanes *longest = at(s->longest_run_below, place_of(w, 0)),
             *peak = at(s->peak_backlog, w->first);
    EACH {
        sum_late[v] += late_value[v];
        loss[v] += 1.0 - q[v];
        least[v] = hf_lanes_min(least[v], q[v]);
        weeks[v] += hf_lanes_if_less(q[v], theta, one, none);
        first[v] = hf_lanes_if_less(q[v], theta, hf_lanes_min(first[v], since), first[v]);
        run[v] = hf_lanes_if_less(q[v], theta, run[v] + 1.0, none);
        longest[v] = hf_lanes_max(longest[v], run[v]);
    }
    const double base = w->p->base_value[w->t];
    if (base > HF_NOTHING * w->p->price_scale)
        EACH peak[v] = hf_lanes_max(peak[v], backlog_value[v] / base);
}

static inline void account(const week *w, const hf_lanes *cost) {
    hf_lanes backlog_value[HF_CHUNK], *demand_value = at(w->s->demand_value, place_of(w, 0));
    measure_service(w, backlog_value);
    if (w->t == w->p->warmup_weeks - 1)
        EACH demand_value[v] = backlog_value[v];
    if (w->t < w->p->warmup_weeks)
        return;
    account_markets(w, cost);
    account_service(w, backlog_value);
}

#endif
