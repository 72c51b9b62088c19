/* The kernel's second half: what the week was worth (inputs/README.md 5). Included by
 * kernel_body.h under the same rules. */
#ifndef HF_SIM_KERNEL_WORTH_H
#define HF_SIM_KERNEL_WORTH_H

#include "sim/kernel_week.h"

static inline void measure_service(const week *w, double *backlog_value) {
    hf_batch *s = w->s;
    double *due = row_of(w, s->scratch, 1), *served = row_of(w, s->scratch, 2);
    double *late_units = s->late_units, *late_value = s->late_value, *service = s->service;
    clear(w, due);
    clear(w, served);
    clear(w, late_units);
    clear(w, late_value);
    clear(w, backlog_value);
    for (int m = 0; m < w->p->n_markets; m++) {
        const double price = w->p->markets[m].price;
        const double *market_due = row_of(w, s->due, m), *late = row_of(w, s->late, m);
        const double *shipped = row_of(w, s->market_shipped, m);
        const double *backlog = row_of(w, s->backlog, m);
        LANES {
            due[l] += price * market_due[l];
            served[l] += price * hf_min(shipped[l], market_due[l]);
            late_units[l] += late[l];
            late_value[l] += price * late[l];
            backlog_value[l] += price * backlog[l];
        }
    }
    const double nothing = HF_NOTHING * w->p->price_scale;
    LANES {
        double safe = due[l] < nothing ? 1.0 : due[l];
        double q = served[l] >= (1.0 - HF_NOTHING) * due[l] ? 1.0 : served[l] / safe;
        service[l] = due[l] < nothing ? 1.0 : q;
    }
}

static inline void account_markets(const week *w, const double *backlog_value) {
    hf_batch *s = w->s;
    for (int m = 0; m < w->p->n_markets; m++) {
        const hf_plan_market *market = &w->p->markets[m];
        const double *d = row_of(w, w->f->demand, m), *lost = row_of(w, s->lost, m);
        const double *backlog = row_of(w, s->backlog, m);
        const double price = market->price, backlog_cost = market->backlog_cost;
        LANES {
            s->demand_value[l] += price * d[l];
            s->sum_abandoned[l] += lost[l];
            s->sum_abandoned_value[l] += price * lost[l];
            s->cost[l] += backlog_cost * backlog[l];
        }
    }
    const double theta = w->p->threshold, since = (double)(w->t - w->p->warmup_weeks);
    const double *service = s->service;
    LANES {
        double q = service[l];
        double run = q < theta ? s->run_below[l] + 1.0 : 0.0;
        s->sum_late_value[l] += s->late_value[l];
        s->resilience_loss[l] += 1.0 - q;
        s->min_service[l] = hf_min(s->min_service[l], q);
        s->weeks_below[l] += q < theta ? 1.0 : 0.0;
        s->first_below[l] = q < theta ? hf_min(s->first_below[l], since) : s->first_below[l];
        s->run_below[l] = run;
        s->longest_run_below[l] = hf_max(s->longest_run_below[l], run);
    }
    const double base = w->p->base_value[w->t];
    if (base > HF_NOTHING * w->p->price_scale)
        LANES s->peak_backlog[l] = hf_max(s->peak_backlog[l], backlog_value[l] / base);
}

static inline void account_cost(const week *w, int i) {
    const hf_plan_stage *stage = &w->p->stages[i];
    const double *F = row_of(w, w->s->stock, i), *freight = row_of(w, w->s->freight_out, i);
    const double *in_process = row_of(w, w->s->in_process, i), *Q = row_of(w, w->s->queue, i);
    const double *X = row_of(w, w->s->started, i);
    double *cost = w->s->cost;
    const double holding = stage->holding_cost, wip = stage->wip_holding_cost;
    const double surge = stage->surge_cost, C = stage->capacity[w->t];
    if (holding > 0.0)
        LANES cost[l] += holding * (F[l] + freight[l]);
    if (wip > 0.0)
        LANES cost[l] += wip * (in_process[l] + Q[l]);
    if (surge > 0.0)
        LANES cost[l] += surge * hf_max(X[l] - C, 0.0);
}

static inline void account_stage(const week *w, int i) {
    const hf_plan_stage *stage = &w->p->stages[i];
    const double *X = row_of(w, w->s->started, i), *out = row_of(w, w->s->output, i);
    double *sum_output = row_of(w, w->s->sum_output, i);
    const double C = stage->capacity[w->t];
    LANES sum_output[l] += out[l];
    if (C > 0.0 && C < HF_UNLIMITED) {
        double *sum_utilisation = row_of(w, w->s->sum_utilisation, i);
        LANES sum_utilisation[l] += X[l] / C;
    }
    if (stage->value_added > 0.0) {
        const double value = stage->value_added, domestic = value * stage->domestic_part;
        double *all = w->s->value_added, *here = w->s->domestic_value_added;
        LANES {
            all[l] += value * out[l];
            here[l] += domestic * out[l];
        }
    }
    for (int account = 0; account < w->p->n_accounts; account++) {
        const double amount = stage->account_amounts[account];
        double *sum = row_of(w, w->s->accounts, account);
        if (amount != 0.0)
            LANES sum[l] += amount * out[l];
    }
    account_cost(w, i);
}

static inline void account_inputs(const week *w) {
    for (int k = 0; k < w->p->n_inputs; k++) {
        const double *R = row_of(w, w->s->on_hand, k);
        const double holding = w->p->inputs[k].holding_cost;
        double *cost = w->s->cost;
        if (holding > 0.0)
            LANES cost[l] += holding * R[l];
    }
}

static inline void account(const week *w) {
    double *backlog_value = row_of(w, w->s->scratch, 0);
    measure_service(w, backlog_value);
    if (w->t == w->p->warmup_weeks - 1)
        LANES w->s->demand_value[l] = backlog_value[l];
    if (w->t < w->p->warmup_weeks)
        return;
    account_markets(w, backlog_value);
    for (int i = 0; i < w->p->n_stages; i++)
        account_stage(w, i);
    account_inputs(w);
}

#endif
