/* A peer: the model of inputs/README.md 4 and 5 in plain scalar C, one trial at a time.
 *
 *   peer_scalar SCENARIO SEED TRIALS      (given_trials.h says what it answers)
 *
 * It shares no state and no code with src/sim. A trial's state stays in the first-level cache; what
 * the plan says of a week lies in the order in which it is used; each link is visited twice a week:
 * where its customer orders, which pushes sums to the supplier, and where its customer receives,
 * which pulls what the supplier ships. Divisions by what the plan knows are multiplications, and
 * what no metric needs is not kept. */
#include "peer_scalar.h"
#include "base/number.h"
#include <stdio.h>
#include <stdlib.h>

/* One week of it. */
typedef struct week {
    simulator *s;
    int t;
    const link_plan *plan;
    const stage_chance *chance;
    const double *road;
} week;

static inline double pass(double *slots, ring *r, double enters) {
    if (r->first == r->end)
        return enters;
    double leaves = slots[r->at];
    slots[r->at] = enters;
    if (++r->at == r->end)
        r->at = r->first;
    return leaves;
}

/* ---- Sourcing, and orders, customers before suppliers ---- */

static inline void move_stuck_orders(const week *w, const input_state *in, double takers) {
    double part = hf_min(1.0, takers), pool = 0.0;
    for (int a = in->first_link; a < in->end_link; a++) {
        link_state *l = &w->s->links[a];
        double works = l->split, given = l->owed * (1.0 - works) * l->switch_rate * part;
        l->owed -= given;
        pool += given;
    }
    if (pool == 0.0)
        return;
    for (int a = in->first_link; a < in->end_link; a++) {
        link_state *l = &w->s->links[a];
        l->owed += pool * (l->flex * w->plan[a].share * l->health / takers);
    }
}

static inline void source(const week *w, const input_state *in) {
    double missing = 0.0, takers = 0.0;
    for (int a = in->first_link; a < in->end_link; a++) {
        link_state *l = &w->s->links[a];
        double works = hf_min(hf_min(w->chance[l->supplier].capacity, w->road[a]),
                              w->s->counters[l->supplier].filled);
        double share = w->plan[a].share;
        l->split = works; /* until it is known */
        l->health += (works - l->health) * l->switch_rate;
        missing += share * (1.0 - l->health);
        takers += l->flex * share * l->health;
    }
    if (takers >= HF_NOTHING)
        move_stuck_orders(w, in, takers);
    bool reroutes = missing >= HF_NOTHING && takers >= HF_NOTHING;
    double taken = hf_min(missing, takers);
    double to_takers = reroutes ? taken / takers : 0.0;
    double stays = reroutes ? (missing - taken) / missing : 1.0;
    for (int a = in->first_link; a < in->end_link; a++) {
        link_state *l = &w->s->links[a];
        double share = w->plan[a].share;
        l->split =
            share * (l->health + l->flex * l->health * to_takers + (1.0 - l->health) * stays);
    }
}

/* A link's part of an order goes to the supplier, who sums up what he has to know; gives what is
 * owed on the link then. */
static inline double place_link(const week *w, int a, double order, double ratio) {
    link_state *l = &w->s->links[a];
    counter *supplier = &w->s->counters[l->supplier];
    double asked = l->split * order, owed = l->owed + asked;
    l->owed = owed;
    supplier->asked += asked;
    supplier->owed += owed;
    supplier->movable += owed * w->road[a];
    supplier->ratio_seen += ratio * w->plan[a].weight;
    return owed;
}

/* Gives what is owed on all its links then. */
static inline double place(const week *w, const input_state *in, double order, double ratio) {
    double owed = place_link(w, in->first_link, order, ratio);
    for (int a = in->first_link + 1; a < in->end_link; a++)
        owed += place_link(w, a, order, ratio);
    return owed;
}

static void order_of_market(const week *w, int m, double demand) {
    market_state *market = &w->s->markets[m];
    const input_state *in = &w->s->inputs[m];
    double per_base = w->s->per_base[w->t * w->s->p->n_markets + m];
    if (per_base > 0.0)
        market->ratio += market->smoothing * (demand * per_base - market->ratio);
    if (market->quoted_weeks > 0)
        pass(w->s->recent, &market->recent, demand);
    market->owed = place(w, in, demand, market->ratio);
}

static void order_of_stage(const week *w, stage_state *st, counter *co, const stage_orders *plan,
                           const double *cap) {
    if (plan->per_plan > 0.0) {
        st->learned += st->smoothing * (hf_min(4.0, co->asked * plan->per_plan) - st->learned);
        st->ratio = st->visibility * co->ratio_seen + (1.0 - st->visibility) * st->learned;
    }
    double target = st->target_units + st->ratio * plan->target; /* one of them is 0 */
    double position = st->stock + st->good_in_process + plan->good_now * st->queue - co->owed;
    double wanted = st->wanted = hf_max(target - position, 0.0) * plan->per_good_later;
    co->asked = co->owed = co->ratio_seen = 0.0;
    for (int k = st->first_input; k < st->end_input; k++) {
        input_state *in = &w->s->inputs[k];
        double cover = w->s->links[in->first_link].split * w->plan[in->first_link].cover;
        for (int a = in->first_link + 1; a < in->end_link; a++)
            cover += w->s->links[a].split * w->plan[a].cover;
        double order = st->ratio * cover + in->per_unit * hf_min(wanted, cap[k]) - in->position;
        order = hf_max(order, 0.0);
        in->position += order;
        place(w, in, order, st->ratio);
    }
}

/* ---- Flow, suppliers before customers ---- */

static void scrap(const week *w, stage_state *st, double survives) {
    for (int slot = st->lots.first; slot < st->lots.end; slot++)
        w->s->lots[slot] *= survives;
    st->in_process *= survives;
    st->good_in_process *= survives;
    st->queue *= survives;
}

/* What leaves on a link is added to *shipped; gives what arrives on it. */
static inline double ship_link(const week *w, int a, double *shipped) {
    link_state *l = &w->s->links[a];
    double leaves = l->owed * w->road[a] * w->s->counters[l->supplier].part;
    double arrives = pass(w->s->freight, &l->freight, leaves);
    l->owed -= leaves;
    *shipped += leaves;
    w->s->worth->freight_cost += l->freight_cost * (leaves - arrives);
    return arrives;
}

/* All links of an input. */
static inline double ship(const week *w, const input_state *in, double *shipped) {
    *shipped = 0.0;
    double arrived = ship_link(w, in->first_link, shipped);
    for (int a = in->first_link + 1; a < in->end_link; a++)
        arrived += ship_link(w, a, shipped);
    return arrived;
}

static void count_bottleneck(const week *w, stage_state *st, double starts, double limit) {
    if (starts == limit) {
        st->bound_weeks += 1.0;
        return;
    }
    for (int k = st->first_input; k < st->end_input; k++)
        if (w->s->inputs[k].on_hand * w->s->inputs[k].starts_per_unit == starts) {
            w->s->inputs[k].bound_weeks += 1.0;
            return;
        }
}

static double start(const week *w, stage_state *st, const stage_flow *plan, double works) {
    double limit = plan->limit * works, starts = hf_min(st->wanted, limit), shipped;
    for (int k = st->first_input; k < st->end_input; k++) {
        input_state *in = &w->s->inputs[k];
        in->on_hand += ship(w, in, &shipped);
        starts = hf_min(starts, in->on_hand * in->starts_per_unit);
    }
    if (starts < st->wanted - plan->slack)
        count_bottleneck(w, st, starts, limit);
    for (int k = st->first_input; k < st->end_input; k++) {
        input_state *in = &w->s->inputs[k];
        double used = in->per_unit * starts;
        in->on_hand = hf_max(in->on_hand - used, 0.0);
        in->position = hf_max(in->position - used, 0.0);
        in->sum_on_hand += in->on_hand;
    }
    return starts;
}

static void flow_of_stage(const week *w, stage_state *st, counter *co, const stage_flow *plan,
                          const stage_chance *chance) {
    if (chance->scrap != 1.0)
        scrap(w, st, chance->scrap);
    double starts = start(w, st, plan, chance->capacity);
    double lot = pass(w->s->lots, &st->lots, starts);
    st->in_process = hf_max(st->in_process + starts - lot, 0.0);
    st->good_in_process =
        hf_max(st->good_in_process + plan->good_later * starts - plan->good_now * lot, 0.0);
    st->queue += lot;
    double finished = hf_min(st->queue, plan->finish_limit * chance->capacity);
    double output = st->units_per_start * chance->yield * finished;
    st->queue -= finished;
    st->stock += output;

    double movable = co->movable;
    co->part = movable > 0.0 ? hf_min(1.0, st->stock / movable) : 0.0;
    co->filled = movable < st->next_to_nothing ? 1.0 : co->part;
    st->stock = hf_max(st->stock - co->part * movable, 0.0);
    co->movable = 0.0;
    st->sum_output += output;
    st->sum_utilisation += starts * plan->per_capacity;
    st->sum_cost += st->holding_cost * st->stock +
                    st->wip_holding_cost * (st->in_process + st->queue) +
                    st->surge_cost * hf_max(starts - plan->capacity, 0.0);
}

/* ---- Markets, and what the week was worth ---- */

static double demand_within_promise(const simulator *s, const market_state *market) {
    double promised = 0.0;
    for (int slot = market->recent.at; slot < market->recent.end; slot++)
        promised += s->recent[slot];
    for (int slot = market->recent.first; slot < market->recent.at; slot++)
        promised += s->recent[slot];
    return promised;
}

/* A week's sums over markets. */
typedef struct service {
    double due, served, backlog;
} service;

static void serve(const week *w, int m, double demand, service *sum) {
    market_state *market = &w->s->markets[m];
    trial_worth *worth = w->s->worth;
    const input_state *in = &w->s->inputs[m];
    double promised = demand_within_promise(w->s, market), shipped;
    ship(w, in, &shipped);
    double due = hf_max(market->owed - promised, 0.0), owed = 0.0;
    for (int a = in->first_link; a < in->end_link; a++)
        owed += w->s->links[a].owed;
    double lost = market->abandon * hf_max(owed - promised, 0.0);
    double part = owed > 0.0 ? lost / owed : 0.0;
    for (int a = in->first_link; a < in->end_link; a++)
        w->s->links[a].owed -= w->s->links[a].owed * part;
    double backlog = owed - lost, late = hf_max(backlog - promised, 0.0);
    sum->due += market->price * due;
    sum->served += market->price * hf_min(shipped, due);
    sum->backlog += market->price * backlog;
    worth->late += late;
    worth->late_value += market->price * late;
    worth->demand_value += market->price * demand;
    worth->abandoned += lost;
    worth->abandoned_value += market->price * lost;
    worth->cost += market->backlog_cost * backlog;
}

static void judge(const week *w, const service *sum) {
    trial_worth *worth = w->s->worth;
    const hf_plan *p = w->s->p;
    worth->backlog_value = sum->backlog;
    double q = 1.0;
    if (sum->due >= HF_NOTHING * p->price_scale && sum->served < (1.0 - HF_NOTHING) * sum->due)
        q = sum->served / sum->due;
    worth->resilience_loss += 1.0 - q;
    worth->min_service = hf_min(worth->min_service, q);
    if (q < p->threshold) {
        worth->weeks_below += 1.0;
        worth->run_below += 1.0;
        worth->first_below = hf_min(worth->first_below, (double)(w->t - p->warmup_weeks));
        worth->longest_run_below = hf_max(worth->longest_run_below, worth->run_below);
    } else {
        worth->run_below = 0.0;
    }
    worth->sum_late_value += worth->late_value;
    worth->peak_backlog = hf_max(worth->peak_backlog, sum->backlog * w->s->per_base_value[w->t]);
    worth->cost += worth->freight_cost;
}

static void run_week(simulator *s, int t) {
    const hf_plan *p = s->p;
    size_t n = (size_t)p->n_stages, n_links = (size_t)p->n_links, row = (size_t)t;
    const week w = {s, t, &s->link_plans[row * n_links], &s->chance[row * n],
                    &s->roads[row * n_links]};
    const stage_orders *orders = &s->stage_orders[row * n];
    const stage_flow *flows = &s->stage_flows[row * n];
    const double *caps = &s->order_caps[row * (size_t)p->n_inputs];
    const double *demand = &s->demand[t * p->n_markets];
    service sum = {0};
    for (int k = 0; k < p->n_inputs; k++)
        if (s->inputs[k].end_link - s->inputs[k].first_link > 1)
            source(&w, &s->inputs[k]);
    for (int m = 0; m < p->n_markets; m++)
        order_of_market(&w, m, demand[m]);
    for (int i = 0; i < p->n_stages; i++)
        order_of_stage(&w, &s->stages[i], &s->counters[i], &orders[i], caps);
    for (int i = p->n_stages - 1; i >= 0; i--)
        flow_of_stage(&w, &s->stages[i], &s->counters[i], &flows[i], &w.chance[i]);
    s->worth->late = s->worth->late_value = 0.0;
    for (int m = 0; m < p->n_markets; m++)
        serve(&w, m, demand[m], &sum);
    judge(&w, &sum);
}

static double run(void *self, double *values) {
    simulator *s = self;
    double seconds = 0.0;
    for (int trial = 0; trial < s->given->n_trials; trial++) {
        simulator_deal(s, trial);
        double begin = given_trials_clock();
        simulator_start(s);
        for (int t = 0; t < s->p->n_weeks; t++) {
            if (t == s->p->warmup_weeks && t > 0)
                simulator_forget(s);
            run_week(s, t);
        }
        simulator_write(s, trial, values);
        seconds += given_trials_clock() - begin;
    }
    return seconds;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: %s SCENARIO SEED TRIALS\n", argv[0]);
        return 2;
    }
    given_trials *given = given_trials_create(argv[1], strtoull(argv[2], NULL, 10), atoi(argv[3]));
    simulator *s = simulator_create(given);
    int failed = given_trials_serve(given, run, s);
    simulator_destroy(s);
    given_trials_destroy(given);
    return failed;
}
