/* The kernel's second half: goods flow, suppliers before customers (inputs/README.md 4). Included
 * by kernel_body.h under the same rules. */
#ifndef HF_SIM_KERNEL_FLOW_H
#define HF_SIM_KERNEL_FLOW_H

#include "sim/kernel_worth.h"

static inline void scrap(const week *w, int i) {
    const hf_plan_stage *stage = &w->p->stages[i];
    const size_t here = place_of(w, i);
    hf_lanes *scrapped = at(w->s->scrapped, here);
    if (!w->f->any_scrap[i]) {
        if (w->s->has_scrapped[i])
            set(scrapped, 0.0);
        return;
    }
    const hf_lanes *k = at(w->f->scrap, here);
    hf_lanes *Q = at(w->s->queue, here), *good = at(w->s->good_in_process, here);
    hf_lanes *carrying = at(w->s->carrying_cost, place_of(w, 0));
    const double wip = stage->wip_holding_cost;
    set(scrapped, 0.0);
    for (int slot = 0; slot < stage->cycle_weeks; slot++) {
        hf_lanes *lot = at(w->s->lots, place_of(w, stage->first_lot + slot));
        EACH {
            hf_lanes left = lot[v] * k[v];
            scrapped[v] += lot[v] - left;
            lot[v] = left;
        }
    }
    EACH {
        hf_lanes left = Q[v] * k[v];
        scrapped[v] += Q[v] - left;
        Q[v] = left;
        good[v] *= k[v];
        carrying[v] -= wip * scrapped[v];
    }
}

/* Weeks in which X stays behind P, by what bound it: the line, else the first input that did. */
static inline void count_bottleneck(const week *w, int i, const hf_lanes *X,
                                    const hf_lanes *limit) {
    const hf_plan_stage *stage = &w->p->stages[i];
    const size_t here = place_of(w, i);
    const hf_lanes *P = at(w->s->wanted, here);
    const double slack = HF_NOTHING * stage->scale * w->stages[i].inverse_good_later;
    const hf_lanes one = hf_lanes_all(1.0), none = {0};
    bool any = false;
    EACH any |= hf_lanes_any_less(X[v], P[v] - slack);
    if (!any)
        return;
    hf_lanes *bound = at(w->s->bound_weeks, here), left[HF_CHUNK];
    EACH {
        hf_lanes behind = hf_lanes_if_less(X[v], P[v] - slack, one, none);
        hf_lanes by_line = hf_lanes_if_equal(X[v], limit[v], behind, none);
        bound[v] += by_line;
        left[v] = behind - by_line;
    }
    for (int k = stage->first_input; k < stage->first_input + stage->n_inputs; k++) {
        const hf_lanes *R = at(w->s->on_hand, place_of(w, k));
        hf_lanes *by_input = at(w->s->bound_weeks, place_of(w, w->p->n_stages + k));
        const double per_unit = w->p->inputs[k].inverse_per_unit;
        EACH {
            hf_lanes weeks = hf_lanes_if_equal(R[v] * per_unit, X[v], left[v], none);
            by_input[v] += weeks;
            left[v] -= weeks;
        }
    }
}

/* What has arrived is there, and X is what it allows. */
static inline void receive(const week *w, int k, hf_lanes *X, hf_lanes *arrived) {
    const hf_plan_input *input = &w->p->inputs[k];
    hf_lanes *R = at(w->s->on_hand, place_of(w, k)), sum[HF_CHUNK];
    const double per_unit = input->inverse_per_unit;
    EACH sum[v] = R[v];
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        const hf_lanes *s = at(w->s->freight, place_of(w, w->links[a].arriving_row));
        const double holding = w->p->links[a].holding_cost;
        EACH {
            sum[v] += s[v];
            arrived[v] += holding * s[v];
        }
    }
    EACH {
        R[v] = sum[v];
        X[v] = hf_lanes_min(X[v], sum[v] * per_unit);
    }
}

static inline void use(const week *w, int k, const hf_lanes *X, hf_lanes *cost) {
    const hf_plan_input *input = &w->p->inputs[k];
    const size_t here = place_of(w, k);
    hf_lanes *R = at(w->s->on_hand, here), *N = at(w->s->position, here);
    const double b = input->per_unit, holding = input->holding_cost;
    const hf_lanes none = {0};
    EACH {
        hf_lanes used = b * X[v], left = hf_lanes_max(R[v] - used, none);
        R[v] = left;
        N[v] = hf_lanes_max(N[v] - used, none);
        cost[v] += holding * left;
    }
}

static inline void start(const week *w, int i, hf_lanes *X, hf_lanes *arrived, hf_lanes *cost) {
    const hf_plan_stage *stage = &w->p->stages[i];
    const size_t here = place_of(w, i);
    const hf_lanes *P = at(w->s->wanted, here), *c = at(w->f->capacity, here);
    hf_lanes *started = at(w->s->started, here), limit[HF_CHUNK];
    const double full = w->stages[i].start_limit;
    EACH {
        limit[v] = full * c[v];
        X[v] = hf_lanes_min(P[v], limit[v]);
        arrived[v] = hf_lanes_all(0.0);
    }
    for (int k = stage->first_input; k < stage->first_input + stage->n_inputs; k++)
        receive(w, k, X, arrived);
    EACH started[v] = X[v];
    if (w->t >= w->p->warmup_weeks)
        count_bottleneck(w, i, X, limit);
    for (int k = stage->first_input; k < stage->first_input + stage->n_inputs; k++)
        use(w, k, X, cost);
}

/* Starts enter process, the lot of L weeks ago leaves it: its row ends up in `lot`. */
static inline void process(const week *w, int i, const hf_lanes *X, hf_lanes *lot) {
    const hf_plan_stage *stage = &w->p->stages[i];
    if (stage->cycle_weeks == 0) {
        EACH lot[v] = X[v];
        return;
    }
    hf_lanes *slot = at(w->s->lots, place_of(w, w->stages[i].lot_row));
    hf_lanes *good = at(w->s->good_in_process, place_of(w, i));
    const double now = w->stages[i].good_now, later = w->stages[i].good_later;
    EACH {
        lot[v] = slot[v];
        slot[v] = X[v];
        good[v] = hf_lanes_max(good[v] + later * X[v] - now * lot[v], hf_lanes_all(0.0));
    }
}

static inline void finish(const week *w, int i, const hf_lanes *X, hf_lanes *made,
                          hf_lanes *carried) {
    const hf_plan_stage *stage = &w->p->stages[i];
    const size_t here = place_of(w, i);
    const hf_lanes *c = at(w->f->capacity, here), *y = at(w->f->yield, here);
    hf_lanes *Q = at(w->s->queue, here), lot[HF_CHUNK];
    hf_lanes *finished = at(w->s->finished, here), *output = at(w->s->output, here);
    const double full = w->stages[i].finish_limit;
    const double u = stage->units_per_start, wip = stage->wip_holding_cost;
    process(w, i, X, lot);
    EACH {
        hf_lanes queue = Q[v] + lot[v];
        hf_lanes O = hf_lanes_min(queue, full * c[v]);
        Q[v] = queue - O;
        finished[v] = O;
        made[v] = u * y[v] * O;
        output[v] = made[v];
        carried[v] = wip * (X[v] - O) - carried[v];
    }
}

/* What may move on the outgoing links. */
static inline void sum_movable(const week *w, const hf_plan_stage *stage, hf_lanes *E) {
    set(E, 0.0);
    for (int o = stage->first_out; o < stage->first_out + stage->n_out; o++) {
        const int a = w->p->out_links[o];
        const size_t here = place_of(w, a);
        const hf_lanes *U = at(w->s->owed, here), *road = at(w->f->shipping, here);
        const bool is_open = !w->f->any_shipping[a];
        EACH E[v] += is_open ? U[v] : U[v] * road[v];
    }
}

static inline void ship(const week *w, int i, hf_lanes *F, hf_lanes *carried) {
    const hf_plan_stage *stage = &w->p->stages[i];
    hf_lanes *filled = at(w->s->filled, place_of(w, i));
    hf_lanes E[HF_CHUNK], part[HF_CHUNK], sent[HF_CHUNK];
    const hf_lanes none = {0}, one = hf_lanes_all(1.0);
    const hf_lanes little = hf_lanes_all(1e-6 * stage->scale);
    const double holding = stage->holding_cost;
    sum_movable(w, stage, E);
    EACH {
        hf_lanes ratio = F[v] / hf_lanes_if_less(none, E[v], E[v], one);
        part[v] = hf_lanes_if_less(none, E[v], hf_lanes_min(one, ratio), none);
        filled[v] = hf_lanes_if_less(E[v], little, one, part[v]);
        sent[v] = none;
    }
    for (int o = stage->first_out; o < stage->first_out + stage->n_out; o++) {
        const int a = w->p->out_links[o];
        const size_t link = place_of(w, a);
        hf_lanes *U = at(w->s->owed, link),
                 *slot = at(w->s->freight, place_of(w, w->links[a].shipped_row));
        const hf_lanes *road = at(w->f->shipping, link);
        const bool is_open = !w->f->any_shipping[a];
        EACH {
            hf_lanes s = (is_open ? U[v] : U[v] * road[v]) * part[v];
            U[v] -= s;
            sent[v] += s;
            slot[v] = s;
        }
    }
    EACH {
        F[v] = hf_lanes_max(F[v] - sent[v], none);
        carried[v] += holding * sent[v];
    }
}

/* 4 to 7: receive, start, finish, ship; what is held is paid for. */
static inline void flow(const week *w, int i, hf_lanes *cost) {
    hf_lanes X[HF_CHUNK], F[HF_CHUNK], made[HF_CHUNK], carried[HF_CHUNK];
    hf_lanes *stock = at(w->s->stock, place_of(w, i));
    hf_lanes *carrying = at(w->s->carrying_cost, place_of(w, 0));
    start(w, i, X, carried, cost);
    finish(w, i, X, made, carried);
    EACH F[v] = stock[v] + made[v];
    ship(w, i, F, carried);
    EACH {
        stock[v] = F[v];
        carrying[v] += carried[v];
    }
    if (w->t >= w->p->warmup_weeks)
        account_stage(w, i, X, F, made, cost);
}

/* ---- Markets ---- */

static inline void sum_promised(const week *w, const hf_plan_market *market, hf_lanes *promised) {
    set(promised, 0.0);
    for (int back = market->quoted_weeks - 1; back >= 0; back--) {
        int slot = (w->t + market->quoted_weeks - back) % market->quoted_weeks;
        const hf_lanes *recent = at(w->s->recent, place_of(w, market->first_recent + slot));
        EACH promised[v] += recent[v];
    }
}

/* What reaches the market this week; what arrives there leaves `carrying`. */
static inline void sum_shipped(const week *w, const hf_plan_input *input, hf_lanes *sum) {
    hf_lanes *carrying = at(w->s->carrying_cost, place_of(w, 0));
    set(sum, 0.0);
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        const hf_lanes *s = at(w->s->freight, place_of(w, w->links[a].shipped_row)),
                       *there = at(w->s->freight, place_of(w, w->links[a].arriving_row));
        const double holding = w->p->links[a].holding_cost;
        EACH {
            sum[v] += s[v];
            carrying[v] -= holding * there[v];
        }
    }
}

static inline void serve(const week *w, int m) {
    const hf_plan_market *market = &w->p->markets[m];
    const hf_plan_input *input = &w->p->inputs[market->input];
    hf_lanes promised[HF_CHUNK], U[HF_CHUNK], part[HF_CHUNK];
    const size_t here = place_of(w, m);
    hf_lanes *backlog = at(w->s->backlog, here), *due = at(w->s->due, here);
    hf_lanes *late = at(w->s->late, here), *lost = at(w->s->lost, here);
    const double lambda = market->abandon;
    const hf_lanes none = {0}, one = hf_lanes_all(1.0);
    sum_promised(w, market, promised);
    sum_shipped(w, input, at(w->s->market_shipped, here));
    sum_owed(w, input, U);
    EACH {
        due[v] = hf_lanes_max(backlog[v] - promised[v], none);
        hf_lanes gone = lambda * hf_lanes_max(U[v] - promised[v], none);
        hf_lanes ratio = gone / hf_lanes_if_less(none, U[v], U[v], one);
        part[v] = hf_lanes_if_less(none, U[v], ratio, none);
        lost[v] = gone;
        backlog[v] = U[v] - gone;
        late[v] = hf_lanes_max(backlog[v] - promised[v], none);
    }
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        hf_lanes *owed = at(w->s->owed, place_of(w, a));
        EACH owed[v] -= owed[v] * part[v];
    }
}

#endif
