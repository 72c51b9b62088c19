/* The kernel's one source: included once for each instruction set with HF_KERNEL_WEEK defined.
 *
 * Every loop over lanes is a plain C loop without a branch on data; what is skipped is skipped for
 * all lanes by facts of the plan. The functions are those of reference.c, in its order, and every
 * expression has its association: the two agree to the bit (tests/kernel/test_lanes.c). */
#include "sim/kernel_worth.h"

/* ---- Sourcing ---- */

/* Updates health and leaves h in `working`, M and Phi in their rows. */
static inline void update_health(const week *w, const hf_plan_input *input, double *M,
                                 double *Phi) {
    clear(w, M);
    clear(w, Phi);
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        const hf_plan_link *link = &w->p->links[a];
        const double *c = row_of(w, w->f->capacity, link->supplier);
        const double *road = row_of(w, w->f->shipping, a);
        const double *f = row_of(w, w->s->filled, link->supplier);
        double *health = row_of(w, w->s->health, a);
        const double rate = link->switch_rate, sigma = link->share[w->t];
        const double flexible = link->flex * sigma;
        LANES {
            double h = hf_min(hf_min(c[l], road[l]), f[l]);
            double H = health[l] + (h - health[l]) * rate;
            health[l] = H;
            M[l] += sigma * (1.0 - H);
            Phi[l] += flexible * H;
        }
    }
}

static inline void split_orders(const week *w, const hf_plan_input *input, const double *M,
                                const double *Phi) {
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        const hf_plan_link *link = &w->p->links[a];
        const double *health = row_of(w, w->s->health, a);
        double *split = row_of(w, w->s->split, a);
        const double sigma = link->share[w->t], flexible = link->flex * sigma;
        LANES {
            double m = M[l], phi = Phi[l], H = health[l];
            double K = hf_min(m, phi);
            double safe_m = m >= HF_NOTHING ? m : 1.0, safe_phi = phi >= HF_NOTHING ? phi : 1.0;
            double moved =
                sigma * H + flexible * H * (K / safe_phi) + sigma * (1.0 - H) * ((m - K) / safe_m);
            moved = m >= HF_NOTHING ? moved : sigma;
            split[l] = phi >= HF_NOTHING ? moved : sigma;
        }
    }
}

static inline void move_stuck_orders(const week *w, const hf_plan_input *input, const double *Phi,
                                     double *pool) {
    clear(w, pool);
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        const hf_plan_link *link = &w->p->links[a];
        const double *c = row_of(w, w->f->capacity, link->supplier);
        const double *road = row_of(w, w->f->shipping, a);
        const double *f = row_of(w, w->s->filled, link->supplier);
        double *U = row_of(w, w->s->owed, a);
        const double rate = link->switch_rate;
        LANES {
            double h = hf_min(hf_min(c[l], road[l]), f[l]);
            double part = Phi[l] >= HF_NOTHING ? hf_min(1.0, Phi[l]) : 0.0;
            double given = U[l] * (1.0 - h) * rate * part;
            U[l] -= given;
            pool[l] += given;
        }
    }
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        const hf_plan_link *link = &w->p->links[a];
        const double *health = row_of(w, w->s->health, a);
        double *U = row_of(w, w->s->owed, a);
        const double flexible = link->flex * link->share[w->t];
        LANES {
            double safe_phi = Phi[l] >= HF_NOTHING ? Phi[l] : 1.0;
            U[l] += pool[l] * (flexible * health[l] / safe_phi);
        }
    }
}

static inline void source(const week *w, const hf_plan_input *input) {
    double *M = row_of(w, w->s->scratch, 0), *Phi = row_of(w, w->s->scratch, 1);
    update_health(w, input, M, Phi);
    split_orders(w, input, M, Phi);
    move_stuck_orders(w, input, Phi, row_of(w, w->s->scratch, 2));
}

/* ---- Orders, customers before suppliers ---- */

static inline void place(const week *w, const hf_plan_input *input, const double *order) {
    if (input->n_links == 1) { /* its split is 1 */
        double *U = row_of(w, w->s->owed, input->first_link);
        LANES U[l] += order[l];
        return;
    }
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        double *U = row_of(w, w->s->owed, a);
        const double *split = row_of(w, w->s->split, a);
        LANES U[l] += split[l] * order[l];
    }
}

static inline void sum_owed(const week *w, const hf_plan_input *input, double *sum) {
    clear(w, sum);
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        const double *U = row_of(w, w->s->owed, a);
        LANES sum[l] += U[l];
    }
}

static inline void market_orders(const week *w, int m) {
    const hf_plan_market *market = &w->p->markets[m];
    const hf_plan_input *input = &w->p->inputs[market->input];
    const double *d = row_of(w, w->f->demand, m);
    double *r = row_of(w, w->s->market_ratio, m);
    double *ordered = row_of(w, w->s->ordered, market->input);
    const double base = market->base[w->t], alpha = market->smoothing;
    place(w, input, d);
    LANES ordered[l] = d[l];
    if (base >= HF_FAINT * market->scale)
        LANES r[l] += alpha * (d[l] / base - r[l]);
    if (market->quoted_weeks > 0) {
        double *recent =
            row_of(w, w->s->recent, market->first_recent + w->t % market->quoted_weeks);
        LANES recent[l] = d[l];
    }
    sum_owed(w, input, row_of(w, w->s->backlog, m));
}

/* Adds link a to new orders D, to what is owed B and to the customers' ratios as the plan weighs
 * them; the first link sets them. */
static inline void see_customer(const week *w, int a, bool is_first, double *D, double *B,
                                double *seen) {
    const int k = w->p->links[a].input;
    const hf_plan_input *input = &w->p->inputs[k];
    const double *split = row_of(w, w->s->split, a), *U = row_of(w, w->s->owed, a);
    const double *ordered = row_of(w, w->s->ordered, k);
    const double *r = input->is_market ? row_of(w, w->s->market_ratio, input->consumer)
                                       : row_of(w, w->s->ratio, input->consumer);
    const double weight = w->p->links[a].weight[w->t];
    if (is_first)
        LANES {
            D[l] = split[l] * ordered[l];
            B[l] = U[l];
            seen[l] = r[l] * weight;
        }
    else
        LANES {
            D[l] += split[l] * ordered[l];
            B[l] += U[l];
            seen[l] += r[l] * weight;
        }
}

static inline void see_customers(const week *w, const hf_plan_stage *stage, double *D, double *B,
                                 double *seen) {
    if (stage->n_out == 0) {
        clear(w, D);
        clear(w, B);
        clear(w, seen);
    }
    for (int o = stage->first_out; o < stage->first_out + stage->n_out; o++)
        see_customer(w, w->p->out_links[o], o == stage->first_out, D, B, seen);
}

static inline void learn(const week *w, int i, const double *D, const double *seen) {
    const hf_plan_stage *stage = &w->p->stages[i];
    const double plan = stage->plan[w->t], alpha = stage->smoothing, nu = stage->visibility;
    double *learned = row_of(w, w->s->learned, i), *r = row_of(w, w->s->ratio, i);
    if (plan >= HF_FAINT * stage->scale)
        LANES {
            double L = learned[l] + alpha * (hf_min(4.0, D[l] / plan) - learned[l]);
            learned[l] = L;
            r[l] = nu * seen[l] + (1.0 - nu) * L;
        }
}

/* Wanted cover of an input at r = 1: what its links should have on the way and in stock. */
static inline void sum_cover(const week *w, const hf_plan_input *input, double *cover) {
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        const double *split = row_of(w, w->s->split, a);
        const double G = w->p->links[a].cover[w->t];
        if (a == input->first_link)
            LANES cover[l] = split[l] * G;
        else
            LANES cover[l] += split[l] * G;
    }
}

static inline void order_input(const week *w, int k, const double *r, const double *P) {
    const hf_plan_input *input = &w->p->inputs[k];
    double *N = row_of(w, w->s->position, k), *ordered = row_of(w, w->s->ordered, k);
    double *cover = row_of(w, w->s->scratch, 3);
    const double b = input->per_unit, cap = input->order_cap[w->t];
    const double G = w->p->links[input->first_link].cover[w->t];
    if (input->n_links > 1)
        sum_cover(w, input, cover);
    else
        LANES cover[l] = G;
    LANES {
        double ord = r[l] * cover[l] + b * hf_min(P[l], cap) - N[l];
        ord = hf_max(ord, 0.0);
        ordered[l] = ord;
        N[l] += ord;
    }
    place(w, input, ordered);
}

static inline void stage_orders(const week *w, int i) {
    const hf_plan_stage *stage = &w->p->stages[i];
    double *D = row_of(w, w->s->scratch, 0), *B = row_of(w, w->s->scratch, 1);
    double *seen = row_of(w, w->s->scratch, 2);
    see_customers(w, stage, D, B, seen);
    learn(w, i, D, seen);

    const double *r = row_of(w, w->s->ratio, i), *F = row_of(w, w->s->stock, i);
    const double *good = row_of(w, w->s->good_in_process, i), *Q = row_of(w, w->s->queue, i);
    double *P = row_of(w, w->s->wanted, i);
    const double target = stage->target[w->t], fixed = stage->target_units;
    const double now = stage->good_now[w->t], later = stage->good_later[w->t];
    const bool is_fixed = stage->fixed_target;
    LANES {
        double S = is_fixed ? fixed : r[l] * target;
        double V = F[l] + good[l] + now * Q[l] - B[l];
        P[l] = hf_max(S - V, 0.0) / later;
    }
    for (int k = stage->first_input; k < stage->first_input + stage->n_inputs; k++)
        order_input(w, k, r, P);
}

/* ---- Scrap ---- */

static inline void scrap(const week *w, int i) {
    const hf_plan_stage *stage = &w->p->stages[i];
    const double *k = row_of(w, w->f->scrap, i);
    double *in_process = row_of(w, w->s->in_process, i), *Q = row_of(w, w->s->queue, i);
    double *good = row_of(w, w->s->good_in_process, i);
    double *scrapped = row_of(w, w->s->scrapped, i);
    if (!w->f->any_scrap[i]) { /* k = 1 in all lanes: nothing changes */
        clear(w, scrapped);
        return;
    }
    for (int slot = 0; slot < stage->cycle_weeks; slot++) {
        double *lot = row_of(w, w->s->lots, stage->first_lot + slot);
        LANES lot[l] *= k[l];
    }
    LANES {
        double before = in_process[l] + Q[l];
        in_process[l] *= k[l];
        good[l] *= k[l];
        Q[l] *= k[l];
        scrapped[l] = before - (in_process[l] + Q[l]);
    }
}

/* ---- Flow, suppliers before customers ---- */

static inline void receive(const week *w, const hf_plan_stage *stage) {
    for (int k = stage->first_input; k < stage->first_input + stage->n_inputs; k++) {
        const hf_plan_input *input = &w->p->inputs[k];
        double *R = row_of(w, w->s->on_hand, k);
        for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
            const double *arriving = shipped_slot(w, a, w->t + 1);
            LANES R[l] += arriving[l];
        }
    }
}

/* Weeks in which X stays behind P, by what bound it: the line, else the first input that did. */
static inline void count_bottleneck(const week *w, int i, const double *limit) {
    const hf_plan_stage *stage = &w->p->stages[i];
    const double *P = row_of(w, w->s->wanted, i), *X = row_of(w, w->s->started, i);
    double *bound = row_of(w, w->s->bound_weeks, i), *left = row_of(w, w->s->scratch, 1);
    const double slack = HF_NOTHING * stage->scale / stage->good_later[w->t];
    long long any = 0;
    for (size_t l = 0; l < w->n; l++)
        any |= X[l] < P[l] - slack;
    if (!any)
        return;
    LANES {
        double behind = X[l] < P[l] - slack ? 1.0 : 0.0;
        double by_line = X[l] == limit[l] ? behind : 0.0;
        bound[l] += by_line;
        left[l] = behind - by_line;
    }
    for (int k = stage->first_input; k < stage->first_input + stage->n_inputs; k++) {
        const double *R = row_of(w, w->s->on_hand, k);
        double *by_input = row_of(w, w->s->bound_weeks, w->p->n_stages + k);
        const double b = w->p->inputs[k].per_unit;
        LANES {
            double here = R[l] / b == X[l] ? left[l] : 0.0;
            by_input[l] += here;
            left[l] -= here;
        }
    }
}

static inline void start(const week *w, int i) {
    const hf_plan_stage *stage = &w->p->stages[i];
    const double *P = row_of(w, w->s->wanted, i), *c = row_of(w, w->f->capacity, i);
    double *X = row_of(w, w->s->started, i), *limit = row_of(w, w->s->scratch, 0);
    const double full = stage->capacity[w->t] * stage->surge_factor;
    LANES {
        limit[l] = full * c[l];
        X[l] = hf_min(P[l], limit[l]);
    }
    for (int k = stage->first_input; k < stage->first_input + stage->n_inputs; k++) {
        const double *R = row_of(w, w->s->on_hand, k);
        const double b = w->p->inputs[k].per_unit;
        LANES X[l] = hf_min(X[l], R[l] / b);
    }
    if (w->t >= w->p->warmup_weeks)
        count_bottleneck(w, i, limit);
    for (int k = stage->first_input; k < stage->first_input + stage->n_inputs; k++) {
        double *R = row_of(w, w->s->on_hand, k), *N = row_of(w, w->s->position, k);
        const double b = w->p->inputs[k].per_unit;
        LANES {
            double used = b * X[l];
            R[l] = hf_max(R[l] - used, 0.0);
            N[l] = hf_max(N[l] - used, 0.0);
        }
    }
}

/* Starts enter process, the lot of L weeks ago leaves it: its row ends up in `lot`. */
static inline void process(const week *w, int i, double *lot) {
    const hf_plan_stage *stage = &w->p->stages[i];
    const double *X = row_of(w, w->s->started, i);
    if (stage->cycle_weeks == 0) {
        LANES lot[l] = X[l];
        return;
    }
    double *slot = row_of(w, w->s->lots, stage->first_lot + w->t % stage->cycle_weeks);
    double *in_process = row_of(w, w->s->in_process, i);
    double *good = row_of(w, w->s->good_in_process, i);
    const double now = stage->good_now[w->t], later = stage->good_later[w->t];
    LANES {
        double out = slot[l];
        slot[l] = X[l];
        lot[l] = out;
        in_process[l] = hf_max(in_process[l] + X[l] - out, 0.0);
        good[l] = hf_max(good[l] + later * X[l] - now * out, 0.0);
    }
}

static inline void finish(const week *w, int i) {
    const hf_plan_stage *stage = &w->p->stages[i];
    double *lot = row_of(w, w->s->scratch, 0);
    process(w, i, lot);
    const double *c = row_of(w, w->f->capacity, i), *y = row_of(w, w->f->yield, i);
    double *Q = row_of(w, w->s->queue, i), *F = row_of(w, w->s->stock, i);
    double *finished = row_of(w, w->s->finished, i), *output = row_of(w, w->s->output, i);
    const double full = stage->finish_capacity[w->t] * stage->surge_factor;
    const double u = stage->units_per_start;
    LANES {
        double queue = Q[l] + lot[l];
        double O = hf_min(queue, full * c[l]);
        double good_output = u * y[l] * O;
        Q[l] = queue - O;
        finished[l] = O;
        output[l] = good_output;
        F[l] += good_output;
    }
}

static inline void ship(const week *w, int i) {
    const hf_plan_stage *stage = &w->p->stages[i];
    double *E = row_of(w, w->s->scratch, 0), *part = row_of(w, w->s->scratch, 1);
    double *sent = row_of(w, w->s->scratch, 2);
    double *F = row_of(w, w->s->stock, i), *filled = row_of(w, w->s->filled, i);
    double *freight_out = row_of(w, w->s->freight_out, i);
    clear(w, sent);
    if (stage->n_out == 0)
        clear(w, E);
    for (int o = stage->first_out; o < stage->first_out + stage->n_out; o++) {
        const int a = w->p->out_links[o];
        const double *U = row_of(w, w->s->owed, a), *road = row_of(w, w->f->shipping, a);
        if (o == stage->first_out)
            LANES E[l] = U[l] * road[l];
        else
            LANES E[l] += U[l] * road[l];
    }
    const double none = 1e-6 * stage->scale;
    LANES {
        double safe = E[l] > 0.0 ? E[l] : 1.0;
        double ratio = hf_min(1.0, F[l] / safe);
        part[l] = E[l] > 0.0 ? ratio : 0.0;
        filled[l] = E[l] < none ? 1.0 : part[l];
    }
    for (int o = stage->first_out; o < stage->first_out + stage->n_out; o++) {
        const int a = w->p->out_links[o];
        double *U = row_of(w, w->s->owed, a), *slot = shipped_slot(w, a, w->t);
        const double *road = row_of(w, w->f->shipping, a);
        const double *arriving = shipped_slot(w, a, w->t + 1);
        LANES {
            double s = U[l] * road[l] * part[l];
            U[l] -= s;
            sent[l] += s;
            slot[l] = s;
            freight_out[l] = freight_out[l] + s - arriving[l];
        }
    }
    LANES {
        freight_out[l] = hf_max(freight_out[l], 0.0);
        F[l] = hf_max(F[l] - sent[l], 0.0);
    }
}

static inline void sum_promised(const week *w, const hf_plan_market *market, double *promised) {
    clear(w, promised);
    for (int back = market->quoted_weeks - 1; back >= 0; back--) {
        int slot = (w->t + market->quoted_weeks - back) % market->quoted_weeks;
        const double *recent = row_of(w, w->s->recent, market->first_recent + slot);
        LANES promised[l] += recent[l];
    }
}

static inline void serve(const week *w, int m) {
    const hf_plan_market *market = &w->p->markets[m];
    const hf_plan_input *input = &w->p->inputs[market->input];
    double *promised = row_of(w, w->s->scratch, 0), *U = row_of(w, w->s->scratch, 1);
    double *part = row_of(w, w->s->scratch, 2);
    double *shipped = row_of(w, w->s->market_shipped, m);
    double *backlog = row_of(w, w->s->backlog, m), *due = row_of(w, w->s->due, m);
    double *late = row_of(w, w->s->late, m), *lost = row_of(w, w->s->lost, m);
    sum_promised(w, market, promised);
    clear(w, shipped);
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        const double *s = shipped_slot(w, a, w->t);
        LANES shipped[l] += s[l];
    }
    sum_owed(w, input, U);
    const double lambda = market->abandon;
    LANES {
        due[l] = hf_max(backlog[l] - promised[l], 0.0);
        double gone = lambda * hf_max(U[l] - promised[l], 0.0);
        double safe = U[l] > 0.0 ? U[l] : 1.0;
        part[l] = U[l] > 0.0 ? gone / safe : 0.0;
        lost[l] = gone;
        backlog[l] = U[l] - gone;
        late[l] = hf_max(backlog[l] - promised[l], 0.0);
    }
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        double *owed = row_of(w, w->s->owed, a);
        LANES owed[l] -= owed[l] * part[l];
    }
}

void HF_KERNEL_WEEK(hf_batch *batch, const hf_factors *factors, int t);

void HF_KERNEL_WEEK(hf_batch *batch, const hf_factors *factors, int t) {
    const hf_plan *p = batch->plan;
    const week w = {batch, p, factors, t, (size_t)batch->n_lanes & ~(size_t)7};

    for (int k = 0; k < p->n_inputs; k++)
        if (p->inputs[k].n_links > 1)
            source(&w, &p->inputs[k]);

    for (int m = 0; m < p->n_markets; m++)
        market_orders(&w, m);
    for (int place_in_order = p->n_stages - 1; place_in_order >= 0; place_in_order--)
        stage_orders(&w, p->order[place_in_order]);

    for (int i = 0; i < p->n_stages; i++)
        scrap(&w, i);

    for (int place_in_order = 0; place_in_order < p->n_stages; place_in_order++) {
        const int i = p->order[place_in_order];
        receive(&w, &p->stages[i]);
        start(&w, i);
        finish(&w, i);
        ship(&w, i);
    }
    for (int m = 0; m < p->n_markets; m++)
        serve(&w, m);
    account(&w);
}
