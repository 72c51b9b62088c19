/* inputs/README.md 4 and 5, one trial at a time, in the words of the text. What the text calls 0 is
 * less than HF_NOTHING Z. The order of every sum is that of the ids; the lane kernel keeps it too.
 */
#include "sim/reference.h"
#include "base/number.h"

typedef struct trial {
    hf_batch *s; /* the state */
    const hf_plan *p;
    const hf_factors *f;
    int t;
    size_t lane, n_lanes;
} trial;

/* The trial's own element of row `row`. */
static double *of(const trial *w, double *rows, int row) {
    return &rows[(size_t)row * w->n_lanes + w->lane];
}

static double *shipped_slot(const trial *w, int a, int week) {
    const hf_plan_link *link = &w->p->links[a];
    return of(w, w->s->freight, link->first_freight + week % (link->transit_weeks + 1));
}

/* ---- Sourcing ---- */

static double working(const trial *w, int a) { /* h_a */
    int u = w->p->links[a].supplier;
    return hf_min(hf_min(*of(w, w->f->capacity, u), *of(w, w->f->shipping, a)),
                  *of(w, w->s->filled, u));
}

static void move_stuck_orders(const trial *w, const hf_plan_input *input, double Phi) {
    double moved = hf_min(1.0, Phi), stuck = 0.0;
    for (int a = input->first_link; a < input->first_link + input->n_links; a++)
        stuck += *of(w, w->s->owed, a) * (1.0 - working(w, a)) * w->p->links[a].switch_rate;
    double pool = stuck / hf_max(Phi, 1.0); /* stuck min(1, Phi) / Phi */
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        const hf_plan_link *link = &w->p->links[a];
        double *U = of(w, w->s->owed, a);
        double given = *U * (1.0 - working(w, a)) * link->switch_rate * moved;
        double taker = link->flex * link->share[w->t] * *of(w, w->s->health, a);
        *U = *U - given + taker * pool;
    }
}

/* Leaves omega in `asked`. */
static void source(const trial *w, const hf_plan_input *input) {
    double M = 0.0, Phi = 0.0;
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        const hf_plan_link *link = &w->p->links[a];
        double *health = of(w, w->s->health, a), sigma = link->share[w->t];
        *health += (working(w, a) - *health) * link->switch_rate;
        M += sigma * (1.0 - *health);
        Phi += link->flex * sigma * *health;
    }
    bool reroute = M >= HF_NOTHING && Phi >= HF_NOTHING;
    double K = hf_min(M, Phi), covered = reroute ? K / M : 0.0, taken = reroute ? K / Phi : 0.0;
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        const hf_plan_link *link = &w->p->links[a];
        double health = *of(w, w->s->health, a), sigma = link->share[w->t];
        double taker = link->flex * sigma * health;
        *of(w, w->s->asked, a) = sigma * (health * covered + (1.0 - covered)) + taker * taken;
    }
    if (Phi >= HF_NOTHING)
        move_stuck_orders(w, input, Phi);
}

/* ---- Orders, customers before suppliers ---- */

/* omega of link a, while `asked` still holds it. */
static double split(const trial *w, const hf_plan_input *input, int a) {
    return input->n_links > 1 ? *of(w, w->s->asked, a) : 1.0;
}

static void place(const trial *w, const hf_plan_input *input, double order) {
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        *of(w, w->s->asked, a) = split(w, input, a) * order;
        *of(w, w->s->owed, a) += *of(w, w->s->asked, a);
    }
}

static double owed_by_links(const trial *w, const hf_plan_input *input) {
    double U = 0.0;
    for (int a = input->first_link; a < input->first_link + input->n_links; a++)
        U += *of(w, w->s->owed, a);
    return U;
}

static void market_orders(const trial *w, int m) {
    const hf_plan_market *market = &w->p->markets[m];
    const hf_plan_input *input = &w->p->inputs[market->input];
    double d = *of(w, w->f->demand, m), base = market->base[w->t];
    double *r = of(w, w->s->market_ratio, m);
    place(w, input, d);
    if (base >= HF_FAINT * market->scale)
        *r += market->smoothing * (d / base - *r);
    if (market->quoted_weeks > 0)
        *of(w, w->s->recent, market->first_recent + w->t % market->quoted_weeks) = d;
    *of(w, w->s->backlog, m) = owed_by_links(w, input);
}

static double customer_ratio(const trial *w, int a) { /* r_v */
    const hf_plan_input *input = &w->p->inputs[w->p->links[a].input];
    return input->is_market ? *of(w, w->s->market_ratio, input->consumer)
                            : *of(w, w->s->ratio, input->consumer);
}

static void stage_orders(const trial *w, int i) {
    const hf_plan_stage *stage = &w->p->stages[i];
    int t = w->t;
    double D = 0.0, B = 0.0, seen = 0.0;
    for (int o = stage->first_out; o < stage->first_out + stage->n_out; o++) {
        int a = w->p->out_links[o];
        D += *of(w, w->s->asked, a);
        B += *of(w, w->s->owed, a);
        seen += customer_ratio(w, a) * w->p->links[a].weight[t];
    }
    double *l = of(w, w->s->learned, i), *r = of(w, w->s->ratio, i);
    if (stage->plan[t] >= HF_FAINT * stage->scale) {
        *l += stage->smoothing * (hf_min(4.0, D * (1.0 / stage->plan[t])) - *l);
        *r = stage->visibility * seen + (1.0 - stage->visibility) * *l;
    }
    double S = stage->fixed_target ? stage->target_units : *r * stage->target[t];
    double V = *of(w, w->s->stock, i) + *of(w, w->s->good_in_process, i) +
               stage->good_now[t] * *of(w, w->s->queue, i) - B;
    double P = hf_max(S - V, 0.0) * (1.0 / stage->good_later[t]);
    *of(w, w->s->wanted, i) = P;
    for (int k = stage->first_input; k < stage->first_input + stage->n_inputs; k++) {
        const hf_plan_input *input = &w->p->inputs[k];
        double cover = 0.0, *N = of(w, w->s->position, k);
        for (int a = input->first_link; a < input->first_link + input->n_links; a++)
            cover += split(w, input, a) * w->p->links[a].cover[t];
        double ord = *r * cover + input->per_unit * hf_min(P, input->order_cap[t]) - *N;
        ord = hf_max(ord, 0.0);
        place(w, input, ord);
        *N += ord;
    }
}

/* ---- Scrap ---- */

static void scrap(const trial *w, int i) {
    const hf_plan_stage *stage = &w->p->stages[i];
    double k = *of(w, w->f->scrap, i), *Q = of(w, w->s->queue, i), lost = 0.0;
    for (int slot = 0; slot < stage->cycle_weeks; slot++) {
        double *lot = of(w, w->s->lots, stage->first_lot + slot), left = *lot * k;
        lost += *lot - left;
        *lot = left;
    }
    lost += *Q - *Q * k;
    *Q *= k;
    *of(w, w->s->good_in_process, i) *= k;
    *of(w, w->s->scrapped, i) = lost;
    *of(w, w->s->carrying_cost, 0) -= stage->wip_holding_cost * lost;
}

/* ---- Flow, suppliers before customers ---- */

/* What was shipped tau weeks ago is there; gives what carrying it has cost a week. */
static double receive(const trial *w, const hf_plan_stage *stage) {
    double arrived = 0.0;
    for (int k = stage->first_input; k < stage->first_input + stage->n_inputs; k++) {
        const hf_plan_input *input = &w->p->inputs[k];
        for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
            double s = *shipped_slot(w, a, w->t + 1);
            *of(w, w->s->on_hand, k) += s;
            arrived += w->p->stages[w->p->links[a].supplier].holding_cost * s;
        }
    }
    return arrived;
}

static void count_bottleneck(const trial *w, int i, double P, double X, double limit) {
    const hf_plan_stage *stage = &w->p->stages[i];
    if (w->t < w->p->warmup_weeks ||
        !(X < P - HF_NOTHING * stage->scale * (1.0 / stage->good_later[w->t])))
        return;
    if (X == limit) {
        *of(w, w->s->bound_weeks, i) += 1.0;
        return;
    }
    for (int k = stage->first_input; k < stage->first_input + stage->n_inputs; k++)
        if (*of(w, w->s->on_hand, k) * (1.0 / w->p->inputs[k].per_unit) == X) {
            *of(w, w->s->bound_weeks, w->p->n_stages + k) += 1.0;
            return;
        }
}

static void start(const trial *w, int i, double *cost) {
    const hf_plan_stage *stage = &w->p->stages[i];
    double P = *of(w, w->s->wanted, i);
    double limit = stage->capacity[w->t] * stage->surge_factor * *of(w, w->f->capacity, i);
    double X = hf_min(P, limit);
    for (int k = stage->first_input; k < stage->first_input + stage->n_inputs; k++)
        X = hf_min(X, *of(w, w->s->on_hand, k) * (1.0 / w->p->inputs[k].per_unit));
    count_bottleneck(w, i, P, X, limit);
    for (int k = stage->first_input; k < stage->first_input + stage->n_inputs; k++) {
        double used = w->p->inputs[k].per_unit * X;
        double *R = of(w, w->s->on_hand, k), *N = of(w, w->s->position, k);
        *R = hf_max(*R - used, 0.0);
        *N = hf_max(*N - used, 0.0);
        *cost += w->p->inputs[k].holding_cost * *R;
    }
    *of(w, w->s->started, i) = X;
}

/* Gives what is carried from now on, a week. */
static double finish(const trial *w, int i) {
    const hf_plan_stage *stage = &w->p->stages[i];
    int t = w->t;
    double X = *of(w, w->s->started, i), lot = X;
    if (stage->cycle_weeks > 0) {
        double *slot = of(w, w->s->lots, stage->first_lot + t % stage->cycle_weeks);
        double *good = of(w, w->s->good_in_process, i);
        lot = *slot;
        *slot = X;
        *good = hf_max(*good + stage->good_later[t] * X - stage->good_now[t] * lot, 0.0);
    }
    double *Q = of(w, w->s->queue, i);
    double limit = stage->finish_capacity[t] * stage->surge_factor * *of(w, w->f->capacity, i);
    *Q += lot;
    double O = hf_min(*Q, limit);
    double good_output = stage->units_per_start * *of(w, w->f->yield, i) * O;
    *Q -= O;
    *of(w, w->s->finished, i) = O;
    *of(w, w->s->output, i) = good_output;
    *of(w, w->s->stock, i) += good_output;
    return stage->wip_holding_cost * (X - O);
}

static double ship(const trial *w, int i) {
    const hf_plan_stage *stage = &w->p->stages[i];
    double E = 0.0, sent = 0.0;
    for (int o = stage->first_out; o < stage->first_out + stage->n_out; o++) {
        int a = w->p->out_links[o];
        E += *of(w, w->s->owed, a) * *of(w, w->f->shipping, a);
    }
    double *F = of(w, w->s->stock, i);
    double part = E > 0.0 ? hf_min(1.0, *F / E) : 0.0;
    for (int o = stage->first_out; o < stage->first_out + stage->n_out; o++) {
        int a = w->p->out_links[o];
        double *U = of(w, w->s->owed, a);
        double s = *U * *of(w, w->f->shipping, a) * part;
        *U -= s;
        sent += s;
        *shipped_slot(w, a, w->t) = s;
    }
    *F = hf_max(*F - sent, 0.0);
    *of(w, w->s->filled, i) = E < 1e-6 * stage->scale ? 1.0 : part;
    return stage->holding_cost * sent;
}

static void serve(const trial *w, int m) {
    const hf_plan_market *market = &w->p->markets[m];
    const hf_plan_input *input = &w->p->inputs[market->input];
    double promised = 0.0, shipped = 0.0; /* promised: ordered within the quoted weeks */
    for (int back = market->quoted_weeks - 1; back >= 0; back--) {
        int slot = (w->t + market->quoted_weeks - back) % market->quoted_weeks;
        promised += *of(w, w->s->recent, market->first_recent + slot);
    }
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        shipped += *shipped_slot(w, a, w->t);
        *of(w, w->s->carrying_cost, 0) -=
            w->p->stages[w->p->links[a].supplier].holding_cost * *shipped_slot(w, a, w->t + 1);
    }
    double *backlog = of(w, w->s->backlog, m);
    *of(w, w->s->due, m) = hf_max(*backlog - promised, 0.0);
    *of(w, w->s->market_shipped, m) = shipped;

    double U = owed_by_links(w, input);
    double lost = market->abandon * hf_max(U - promised, 0.0);
    double part = U > 0.0 ? lost / U : 0.0;
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        double *owed = of(w, w->s->owed, a);
        *owed -= *owed * part;
    }
    *of(w, w->s->lost, m) = lost;
    *backlog = U - lost;
    *of(w, w->s->late, m) = hf_max(*backlog - promised, 0.0);
}

/* ---- Section 5: what the week was worth ---- */

/* Cost of a stage's week but for what is carried; stages in the order in which goods flow. */
static void account_stage(const trial *w, int i, double *cost) {
    hf_batch *s = w->s;
    const hf_plan_stage *stage = &w->p->stages[i];
    double C = stage->capacity[w->t], X = *of(w, s->started, i), out = *of(w, s->output, i);
    *of(w, s->sum_output, i) += out;
    if (C > 0.0 && C < HF_UNLIMITED)
        *of(w, s->sum_utilisation, i) += X * (1.0 / C);
    *of(w, s->value_added, 0) += stage->value_added * out;
    *of(w, s->domestic_value_added, 0) += stage->value_added * stage->domestic_part * out;
    for (int account = 0; account < w->p->n_accounts; account++)
        *of(w, s->accounts, account) += stage->account_amounts[account] * out;
    *cost += stage->holding_cost * *of(w, s->stock, i);
    *cost += stage->surge_cost * hf_max(X - C, 0.0);
}

static void account_markets(const trial *w, double cost) {
    hf_batch *s = w->s;
    double due = 0.0, served = 0.0, late_units = 0.0, late_value = 0.0, backlog_value = 0.0;
    for (int m = 0; m < w->p->n_markets; m++) {
        const hf_plan_market *market = &w->p->markets[m];
        double market_due = *of(w, s->due, m);
        due += market->price * market_due;
        served += market->price * hf_min(*of(w, s->market_shipped, m), market_due);
        late_units += *of(w, s->late, m);
        late_value += market->price * *of(w, s->late, m);
        backlog_value += market->price * *of(w, s->backlog, m);
    }
    bool is_served = due < HF_NOTHING * w->p->price_scale || served >= (1.0 - HF_NOTHING) * due;
    double q = is_served ? 1.0 : served / due;
    *of(w, s->service, 0) = q;
    *of(w, s->late_units, 0) = late_units;
    *of(w, s->late_value, 0) = late_value;
    if (w->t == w->p->warmup_weeks - 1)
        *of(w, s->demand_value, 0) = backlog_value;
    if (w->t < w->p->warmup_weeks)
        return;
    double *carrying = of(w, s->carrying_cost, 0);
    *carrying = hf_max(*carrying, 0.0);
    *of(w, s->cost, 0) += cost + *carrying;
    for (int m = 0; m < w->p->n_markets; m++) {
        const hf_plan_market *market = &w->p->markets[m];
        *of(w, s->demand_value, 0) += market->price * *of(w, w->f->demand, m);
        *of(w, s->sum_abandoned, 0) += *of(w, s->lost, m);
        *of(w, s->sum_abandoned_value, 0) += market->price * *of(w, s->lost, m);
        *of(w, s->cost, 0) += market->backlog_cost * *of(w, s->backlog, m);
    }
    double below = q < w->p->threshold ? 1.0 : 0.0;
    double *first = of(w, s->first_below, 0), *run = of(w, s->run_below, 0);
    double *longest = of(w, s->longest_run_below, 0), *peak = of(w, s->peak_backlog, 0);
    *of(w, s->sum_late_value, 0) += late_value;
    *of(w, s->resilience_loss, 0) += 1.0 - q;
    *of(w, s->min_service, 0) = hf_min(*of(w, s->min_service, 0), q);
    *of(w, s->weeks_below, 0) += below;
    if (below > 0.0)
        *first = hf_min(*first, (double)(w->t - w->p->warmup_weeks));
    *run = below > 0.0 ? *run + 1.0 : 0.0;
    *longest = hf_max(*longest, *run);
    if (w->p->base_value[w->t] > HF_NOTHING * w->p->price_scale)
        *peak = hf_max(*peak, backlog_value / w->p->base_value[w->t]);
}

void hf_reference_week(hf_batch *batch, const hf_factors *factors, int week, int lane) {
    const hf_plan *p = batch->plan;
    trial w = {batch, p, factors, week, (size_t)lane, (size_t)batch->n_lanes};
    double cost = 0.0;

    for (int k = 0; k < p->n_inputs; k++)
        if (p->inputs[k].n_links > 1)
            source(&w, &p->inputs[k]);

    for (int m = 0; m < p->n_markets; m++)
        market_orders(&w, m);
    for (int place_in_order = p->n_stages - 1; place_in_order >= 0; place_in_order--)
        stage_orders(&w, p->order[place_in_order]);

    for (int place_in_order = 0; place_in_order < p->n_stages; place_in_order++) {
        int i = p->order[place_in_order];
        scrap(&w, i);
        double arrived = receive(&w, &p->stages[i]);
        start(&w, i, &cost);
        double carried = finish(&w, i) - arrived;
        *of(&w, batch->carrying_cost, 0) += carried + ship(&w, i);
        if (week >= p->warmup_weeks)
            account_stage(&w, i, &cost);
    }
    for (int m = 0; m < p->n_markets; m++)
        serve(&w, m);
    account_markets(&w, cost);
}
