/* The kernel's one source: included once for each instruction set with HF_KERNEL_WEEK defined.
 *
 * No branch on data: what is skipped is skipped for all lanes of the chunk. The functions are those
 * of reference.c and every expression has its association: the two agree to the bit
 * (tests/kernel/test_lanes.c). */
#include "sim/kernel_flow.h"
#include <string.h>

/* ---- Sourcing ---- */

/* How an input's orders are split and its stuck orders move, from M and Phi. */
typedef struct sourcing {
    hf_lanes taken[HF_CHUNK];   /* K/Phi */
    hf_lanes covered[HF_CHUNK]; /* K/M */
    hf_lanes moved[HF_CHUNK];   /* min(1, Phi) */
    hf_lanes pool[HF_CHUNK];    /* stuck orders on the move, for each unit of Phi */
} sourcing;

/* Updates health and sums M and Phi; what is stuck stands in `asked` until it is shared out. */
static inline void weigh_links(const week *w, const hf_plan_input *input, hf_lanes *M,
                               hf_lanes *Phi, hf_lanes *stuck) {
    set(M, 0.0);
    set(Phi, 0.0);
    set(stuck, 0.0);
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        const hf_plan_link *link = &w->p->links[a];
        const size_t here = place_of(w, a), there = place_of(w, link->supplier);
        const hf_lanes *c = at(w->f->capacity, there), *f = at(w->s->filled, there);
        const hf_lanes *road = at(w->f->shipping, here), *U = at(w->s->owed, here);
        hf_lanes *health = at(w->s->health, here), *given = at(w->s->asked, here);
        const double rate = link->switch_rate, sigma = w->links[a].share;
        const double flexible = w->links[a].flexible;
        const bool is_open = !w->f->any_shipping[a];
        EACH {
            hf_lanes way = is_open ? c[v] : hf_lanes_min(c[v], road[v]);
            hf_lanes h = hf_lanes_min(way, f[v]);
            hf_lanes H = health[v] + (h - health[v]) * rate;
            health[v] = H;
            M[v] += sigma * (1.0 - H);
            Phi[v] += flexible * H;
            given[v] = U[v] * (1.0 - h) * rate;
            stuck[v] += given[v];
        }
    }
}

static inline void weigh(const hf_lanes *M, const hf_lanes *Phi, const hf_lanes *stuck,
                         sourcing *s) {
    const hf_lanes nothing = hf_lanes_all(HF_NOTHING), none = {0}, one = hf_lanes_all(1.0);
    EACH {
        hf_lanes m = M[v], phi = Phi[v];
        hf_lanes least = hf_lanes_min(m, phi), most = hf_lanes_max(m, phi);
        hf_lanes ratio = least / hf_lanes_max(most, nothing);
        hf_lanes taken = hf_lanes_if_less(m, phi, ratio, one);
        hf_lanes covered = hf_lanes_if_less(m, phi, one, ratio);
        s->taken[v] = hf_lanes_if_less(least, nothing, none, taken);
        s->covered[v] = hf_lanes_if_less(least, nothing, none, covered);
        s->moved[v] = hf_lanes_if_less(phi, nothing, none, hf_lanes_min(one, phi));
        s->pool[v] = hf_lanes_if_less(phi, nothing, none, stuck[v] / hf_lanes_max(phi, one));
    }
}

/* Leaves omega in `asked`, stuck orders moved, and the wanted cover at r = 1. */
static inline void share_out(const week *w, const hf_plan_input *input, const sourcing *s,
                             hf_lanes *cover) {
    set(cover, 0.0);
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        const size_t here = place_of(w, a);
        const hf_lanes *health = at(w->s->health, here);
        hf_lanes *U = at(w->s->owed, here), *asked = at(w->s->asked, here);
        const double sigma = w->links[a].share, flexible = w->links[a].flexible;
        const double G = w->links[a].cover;
        EACH {
            hf_lanes taker = flexible * health[v];
            hf_lanes split =
                sigma * (health[v] * s->covered[v] + (1.0 - s->covered[v])) + taker * s->taken[v];
            U[v] = (U[v] - asked[v] * s->moved[v]) + taker * s->pool[v];
            asked[v] = split;
            cover[v] += split * G;
        }
    }
}

static inline void source(const week *w, const hf_plan_input *input, hf_lanes *cover) {
    hf_lanes M[HF_CHUNK], Phi[HF_CHUNK], stuck[HF_CHUNK];
    sourcing s;
    weigh_links(w, input, M, Phi, stuck);
    weigh(M, Phi, stuck, &s);
    share_out(w, input, &s, cover);
}

/* ---- Orders, customers before suppliers ---- */

/* An order goes to the links of its input: to the only one, or by omega, which stands in `asked`.
 */
static inline void place(const week *w, const hf_plan_input *input, const hf_lanes *order) {
    if (input->n_links == 1) {
        const size_t here = place_of(w, input->first_link);
        hf_lanes *U = at(w->s->owed, here), *asked = at(w->s->asked, here);
        EACH {
            asked[v] = order[v];
            U[v] += order[v];
        }
        return;
    }
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        const size_t here = place_of(w, a);
        hf_lanes *U = at(w->s->owed, here), *asked = at(w->s->asked, here);
        EACH {
            asked[v] = asked[v] * order[v];
            U[v] += asked[v];
        }
    }
}

static inline void market_orders(const week *w, int m) {
    const hf_plan_market *market = &w->p->markets[m];
    const hf_plan_input *input = &w->p->inputs[market->input];
    const size_t here = place_of(w, m);
    const hf_lanes *d = at(w->f->demand, here);
    hf_lanes *r = at(w->s->market_ratio, here), cover[HF_CHUNK];
    const double base = market->base[w->t], alpha = market->smoothing;
    if (input->n_links > 1)
        source(w, input, cover);
    place(w, input, d);
    if (base >= HF_FAINT * market->scale)
        EACH r[v] += alpha * (d[v] / base - r[v]);
    if (market->quoted_weeks > 0) {
        int slot = w->t % market->quoted_weeks;
        hf_lanes *recent = at(w->s->recent, place_of(w, market->first_recent + slot));
        EACH recent[v] = d[v];
    }
    sum_owed(w, input, at(w->s->backlog, here));
}

/* New orders D, what is owed B, and the customers' ratios as the plan weighs them. */
static inline void see_customers(const week *w, const hf_plan_stage *stage, hf_lanes *D,
                                 hf_lanes *B, hf_lanes *seen) {
    set(D, 0.0);
    set(B, 0.0);
    set(seen, 0.0);
    for (int o = stage->first_out; o < stage->first_out + stage->n_out; o++) {
        const size_t here = place_of(w, w->p->out_links[o]);
        const hf_lanes *asked = at(w->s->asked, here), *U = at(w->s->owed, here);
        const hf_lanes *r = at(w->s->ratio, place_of(w, w->p->customers[o]));
        const double weight = w->weights[o];
        EACH {
            D[v] += asked[v];
            B[v] += U[v];
            seen[v] += r[v] * weight;
        }
    }
}

/* The ratio r that scales the plan, from new orders D and what customers share. */
static inline void learn(const week *w, int i, const hf_lanes *D, const hf_lanes *seen,
                         hf_lanes *r) {
    const hf_plan_stage *stage = &w->p->stages[i];
    const size_t here = place_of(w, i);
    const double per_plan = w->stages[i].inverse_plan, alpha = stage->smoothing;
    const double nu = stage->visibility;
    hf_lanes *learned = at(w->s->learned, here), *ratio = at(w->s->ratio, here);
    if (per_plan > 0.0)
        EACH {
            hf_lanes news = hf_lanes_min(hf_lanes_all(4.0), D[v] * per_plan);
            hf_lanes l = learned[v] + alpha * (news - learned[v]);
            learned[v] = l;
            r[v] = nu * seen[v] + (1.0 - nu) * l;
            ratio[v] = r[v];
        }
    else
        EACH r[v] = ratio[v];
}

static inline void order_input(const week *w, int k, const hf_lanes *r, const hf_lanes *P) {
    const hf_plan_input *input = &w->p->inputs[k];
    hf_lanes *N = at(w->s->position, place_of(w, k)), cover[HF_CHUNK], order[HF_CHUNK];
    const double b = input->per_unit, cap = w->caps[k];
    if (input->n_links > 1)
        source(w, input, cover);
    else
        set(cover, w->links[input->first_link].cover);
    EACH {
        hf_lanes wanted = r[v] * cover[v] + b * hf_lanes_min(P[v], hf_lanes_all(cap)) - N[v];
        order[v] = hf_lanes_max(wanted, hf_lanes_all(0.0));
        N[v] += order[v];
    }
    place(w, input, order);
}

static inline void stage_orders(const week *w, int i) {
    const hf_plan_stage *stage = &w->p->stages[i];
    const hf_stage_week *now = &w->stages[i];
    hf_lanes D[HF_CHUNK], B[HF_CHUNK], seen[HF_CHUNK], r[HF_CHUNK], P[HF_CHUNK];
    see_customers(w, stage, D, B, seen);
    learn(w, i, D, seen, r);

    const size_t here = place_of(w, i);
    const hf_lanes *F = at(w->s->stock, here);
    const hf_lanes *good = at(w->s->good_in_process, here), *Q = at(w->s->queue, here);
    hf_lanes *wanted = at(w->s->wanted, here);
    const bool is_fixed = stage->fixed_target;
    EACH {
        hf_lanes S = is_fixed ? hf_lanes_all(stage->target_units) : r[v] * now->target;
        hf_lanes V = F[v] + good[v] + now->good_now * Q[v] - B[v];
        P[v] = hf_lanes_max(S - V, hf_lanes_all(0.0)) * now->inverse_good_later;
        wanted[v] = P[v];
    }
    for (int k = stage->first_input; k < stage->first_input + stage->n_inputs; k++)
        order_input(w, k, r, P);
}

/* ---- The week ---- */

static inline void run_chunk(const week *w) {
    const hf_plan *p = w->p;
    for (int m = 0; m < p->n_markets; m++)
        market_orders(w, m);
    for (int place_in_order = p->n_stages - 1; place_in_order >= 0; place_in_order--)
        stage_orders(w, p->order[place_in_order]);

    hf_lanes cost[HF_CHUNK];
    set(cost, 0.0);
    for (int place_in_order = 0; place_in_order < p->n_stages; place_in_order++) {
        const int i = p->order[place_in_order];
        scrap(w, i);
        flow(w, i, cost);
    }
    for (int m = 0; m < p->n_markets; m++)
        serve(w, m);
    account(w, cost);
}

/* The weeks of a plan are more than caches hold: the next one is called for while this one runs.
 * Inlined by force, since gcc takes a function that only prefetches for one without effect. */
#define CALLS static inline __attribute__((always_inline)) void

CALLS call_for(const void *bytes, size_t n) {
    for (size_t i = 0; i < n; i += HF_ALIGN)
        __builtin_prefetch((const char *)bytes + i);
}

CALLS call_for_next(const week *w) {
    const size_t n_stages = (size_t)w->p->n_stages, n_links = (size_t)w->p->n_links;
    const size_t n_inputs = (size_t)w->p->n_inputs;
    if (w->t + 1 == w->p->n_weeks)
        return;
    call_for(w->stages + n_stages, n_stages * sizeof *w->stages);
    call_for(w->links + n_links, n_links * sizeof *w->links);
    call_for(w->caps + n_inputs, n_inputs * sizeof *w->caps);
    call_for(w->weights + n_links, n_links * sizeof *w->weights);
}

void HF_KERNEL_WEEK(hf_batch *batch, const hf_factors *factors, int t);

void HF_KERNEL_WEEK(hf_batch *batch, const hf_factors *factors, int t) {
    const hf_plan *p = batch->plan;
    const size_t before = (size_t)t, row = (size_t)batch->n_lanes * sizeof(double);
    week w = {.s = batch,
              .p = p,
              .f = factors,
              .t = t,
              .stages = &p->stage_weeks[before * (size_t)p->n_stages],
              .links = &p->link_weeks[before * (size_t)p->n_links],
              .caps = &p->order_caps[before * (size_t)p->n_inputs],
              .weights = &p->out_weights[before * (size_t)p->n_links],
              .stride = row};
    call_for_next(&w);
    for (; w.first < row; w.first += HF_CHUNK * sizeof(hf_lanes))
        run_chunk(&w);
    memcpy(batch->has_scrapped, factors->any_scrap, (size_t)p->n_stages);
}
