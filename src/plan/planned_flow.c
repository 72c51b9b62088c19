/* What the policy would do with no shock, noise or limit (inputs/README.md 3). Customers come
 * before suppliers; working rows reach beyond T as far as plan_reach.h says, the plan keeps T
 * weeks. */
#include "base/check.h"
#include "base/elementary.h"
#include "plan/build.h"
#include "plan/plan_reach.h"

/* Beyond this a plan is out of the range in which its sums and products stay numbers. */
#define MAX_FLOW 1e30

typedef struct flow {
    hf_plan_builder *b;
    hf_plan *plan;
    hf_plan_reach reach;
    double **links; /* [n_links][weeks of the input's orders, later T] sigma(t) ord^(t) */
    double *row;    /* [T] on its way to the pool */
} flow;

/* The rows of the stage at work. */
typedef struct line {
    int64_t n_plan, n_starts;
    int cycle_weeks;
    double *plan;   /* [n_plan] */
    double *good;   /* [n_starts + L] eta, planned good units per start */
    double *starts; /* [n_starts] x^ */
} line;

/* cov(f, t, v): v weeks of f from week t on. */
static double cov(const double *f, int64_t t, double v) {
    double whole = hf_floor(v), sum = 0.0;
    int64_t n = (int64_t)whole;
    for (int64_t s = t; s < t + n; s++)
        sum += f[s];
    return v > whole ? sum + (v - whole) * f[t + n] : sum;
}

/* f(t) over weeks first .. last. */
static double sum_of(const double *f, int64_t first, int64_t last) {
    double sum = 0.0;
    for (int64_t s = first; s <= last; s++)
        sum += f[s];
    return sum;
}

/* A position follows what is wanted up at once, and down only as fast as demand takes it: returns
 * max(0, A(t) - A(t-1) + use) with A(t) = max(wanted, A(t-1) - use), and moves *position to A(t).
 */
static double raise_position(double *position, double wanted, double use) {
    double before = *position, left = before - use;
    *position = hf_max(wanted, left);
    return wanted > left ? hf_max(wanted - before + use, 0.0) : 0.0;
}

static bool is_in_range(const double *values, int64_t n) {
    for (int64_t t = 0; t < n; t++)
        if (!(values[t] <= MAX_FLOW))
            return false;
    return true;
}

static hf_status too_large(const hf_plan_stage *stage, const char *what, hf_error *err) {
    return hf_fail(err, HF_BAD_INPUT, "stages.%s: its planned %s exceed %.0e a week", stage->id,
                   what, MAX_FLOW);
}

/* The shares of an input's links over n weeks, one row after the other; given to the caller. */
static double *shares_of(const hf_plan_builder *b, const hf_plan_input *input, int64_t n) {
    double *shares = HF_NEW(input->n_links * n, double);
    for (int64_t t = 0; t < n; t++) {
        double sum = 0.0;
        for (int l = 0; l < input->n_links; l++) {
            const hf_link *link = b->links[input->first_link + l];
            const hf_path *path =
                link->by_capacity ? &b->scenario->stages[link->supplier].capacity : &link->share;
            sum += shares[l * n + t] = input->n_links > 1 ? hf_path_at(path, (double)t) : 1.0;
        }
        for (int l = 0; l < input->n_links; l++)
            shares[l * n + t] = sum > 0.0 ? shares[l * n + t] / sum : 1.0 / input->n_links;
    }
    return shares;
}

/* Splits the orders of an input over its links. */
static void split_orders(flow *f, int k, const double *shares, const double *orders) {
    const hf_plan_input *input = &f->plan->inputs[k];
    int64_t n = f->reach.orders[k];
    for (int l = 0; l < input->n_links; l++) {
        int a = input->first_link + l;
        f->links[a] = HF_NEW(n, double);
        for (int64_t t = 0; t < n; t++)
            f->links[a][t] = shares[l * n + t] * orders[t];
        f->plan->links[a].share = hf_row_pool_keep(&f->b->rows, &shares[l * n]);
    }
}

static void plan_market(flow *f, int m) {
    hf_plan_market *market = &f->plan->markets[m];
    const hf_market *from = f->b->markets[m];
    hf_plan_input *input = &f->plan->inputs[market->input];
    input->order_cap = hf_row_pool_constant(&f->b->rows, 0.0);
    if (!from) {
        market->base = hf_row_pool_constant(&f->b->rows, 0.0);
        return;
    }
    int64_t n = f->reach.orders[market->input];
    double *base = HF_NEW(n, double), *shares = shares_of(f->b, input, n);
    for (int64_t t = 0; t < n; t++)
        base[t] = hf_path_at(&from->demand, (double)t);
    split_orders(f, market->input, shares, base);
    market->base = hf_row_pool_keep(&f->b->rows, base);
    for (int l = 0; l < input->n_links; l++) {
        hf_plan_link *link = &f->plan->links[input->first_link + l];
        double *freight = HF_ARENA_NEW(f->plan->arena, link->transit_weeks, double);
        for (int s = 0; s < link->transit_weeks; s++)
            freight[s] = shares[l * n] * base[s];
        link->freight_start = freight;
        link->cover = hf_row_pool_constant(&f->b->rows, 0.0);
    }
    hf_free(base);
    hf_free(shares);
}

/* G^(t) of a link over n weeks: wanted position beyond this week's starts. */
static void wanted_beyond(const line *w, const hf_plan_input *input, int transit, double cover,
                          int64_t n, double *wanted) {
    for (int64_t t = 0; t < n; t++) {
        double on_the_way = sum_of(w->starts, t + 1, t + transit);
        wanted[t] = input->per_unit * (on_the_way + cov(w->starts, t + transit + 1, cover));
    }
}

/* What link `link` of share sigma(0) delivers in the weeks before its first order arrives. */
static void start_freight(flow *f, const line *w, const hf_plan_input *input, hf_plan_link *link,
                          double share, double cover) {
    double *freight = HF_ARENA_NEW(f->plan->arena, link->transit_weeks, double);
    for (int s = 0; s < link->transit_weeks; s++) {
        double rise = w->starts[s] + cov(w->starts, s + 1, cover) - cov(w->starts, s, cover);
        freight[s] = share * input->per_unit * hf_max(rise, 0.0);
    }
    link->freight_start = freight;
}

/* The orders of an input whose consumer keeps its stock by weeks. */
static void order_by_weeks(flow *f, const line *w, int k, const double *shares, double *orders) {
    hf_plan_input *input = &f->plan->inputs[k];
    int64_t n = f->reach.orders[k];
    double cover = f->b->inputs[k]->cover_weeks;
    double *wanted = HF_NEW(n, double), *total = HF_NEW(n, double);
    double position = input->per_unit * cov(w->starts, 0, cover);
    input->stock_start = position;
    for (int l = 0; l < input->n_links; l++) {
        hf_plan_link *link = &f->plan->links[input->first_link + l];
        wanted_beyond(w, input, link->transit_weeks, cover, n, wanted);
        for (int64_t t = 0; t < n; t++)
            total[t] += shares[l * n + t] * wanted[t];
        link->cover = hf_row_pool_keep(&f->b->rows, wanted);
        start_freight(f, w, input, link, shares[l * n], cover);
        for (int s = 0; s < link->transit_weeks; s++)
            position += link->freight_start[s];
    }
    input->position_start = position;
    for (int64_t t = 0; t < n; t++)
        orders[t] = raise_position(&position, total[t], input->per_unit * w->starts[t]);
    hf_free(wanted);
    hf_free(total);
}

/* The orders of an input whose consumer holds a fixed stock: what is used, nothing ahead. */
static void order_by_units(flow *f, const line *w, int k, double *orders) {
    const hf_plan_input *input = &f->plan->inputs[k];
    for (int64_t t = 0; t < f->reach.orders[k]; t++)
        orders[t] = input->per_unit * w->starts[t];
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        hf_plan_link *link = &f->plan->links[a];
        link->cover = hf_row_pool_constant(&f->b->rows, 0.0);
        link->freight_start = HF_ARENA_NEW(f->plan->arena, link->transit_weeks, double);
    }
}

static hf_status plan_input(flow *f, const line *w, const hf_plan_stage *stage, int k,
                            hf_error *err) {
    int64_t n = f->reach.orders[k];
    double *orders = HF_NEW(n, double), *shares = shares_of(f->b, &f->plan->inputs[k], n);
    if (stage->fixed_target)
        order_by_units(f, w, k, orders);
    else
        order_by_weeks(f, w, k, shares, orders);
    bool good = is_in_range(orders, n);
    if (good)
        split_orders(f, k, shares, orders);
    hf_free(orders);
    hf_free(shares);
    return good ? HF_OK : too_large(stage, "orders", err);
}

/* max over s = t .. t+tau of C(s), times (1+g)(1+tau): the most that a week's orders start. */
static void set_order_cap(flow *f, const hf_plan_stage *stage, const hf_path *capacity,
                          hf_plan_input *input) {
    int transit = 0;
    for (int a = input->first_link; a < input->first_link + input->n_links; a++)
        if (f->plan->links[a].transit_weeks > transit)
            transit = f->plan->links[a].transit_weeks;
    double *path = HF_NEW(f->plan->n_weeks + transit, double);
    for (int t = 0; t < f->plan->n_weeks + transit; t++)
        path[t] = hf_path_at(capacity, (double)t);
    for (int t = 0; t < f->plan->n_weeks; t++) {
        double most = path[t];
        for (int s = t + 1; s <= t + transit; s++)
            most = hf_max(most, path[s]);
        f->row[t] = most * stage->surge_factor * (1.0 + transit);
    }
    input->order_cap = hf_row_pool_keep(&f->b->rows, f->row);
    hf_free(path);
}

/* Stock, lots in process and starts of a stage that keeps its stock in weeks of plan. */
static void start_by_weeks(flow *f, hf_plan_stage *stage, line *w, double stock_weeks) {
    const double *plan = w->plan;
    int L = stage->cycle_weeks;
    double *lots = HF_ARENA_NEW(f->plan->arena, L, double);
    stage->lots_start = lots;
    stage->stock_start = cov(plan, 0, stock_weeks);
    for (int s = 0; s < L; s++) {
        double rise = plan[s] + cov(plan, s + 1, stock_weeks) - cov(plan, s, stock_weeks);
        lots[s] = hf_max(rise, 0.0) / w->good[s];
        stage->in_process_start += lots[s];
        stage->good_in_process_start += w->good[s] * lots[s];
    }
    double position = stage->stock_start + stage->good_in_process_start;
    for (int64_t t = 0; t < w->n_starts; t++) {
        double target = sum_of(plan, t + 1, t + L) + cov(plan, t + L + 1, stock_weeks);
        w->starts[t] = raise_position(&position, target, plan[t]) / w->good[t + L];
        if (t < f->plan->n_weeks)
            f->row[t] = target;
    }
    stage->target = hf_row_pool_keep(&f->b->rows, f->row);
}

/* A fixed stock: it is filled again as the plan empties it. */
static void start_by_units(flow *f, hf_plan_stage *stage, line *w) {
    stage->lots_start = HF_ARENA_NEW(f->plan->arena, stage->cycle_weeks, double);
    stage->stock_start = stage->target_units;
    stage->target = hf_row_pool_constant(&f->b->rows, 0.0);
    for (int64_t t = 0; t < w->n_starts; t++)
        w->starts[t] = w->plan[t] / w->good[t + stage->cycle_weeks];
}

/* C, eta and the yield, which do not ask what flows. */
static void set_paths(flow *f, hf_plan_stage *stage, const hf_stage *from, line *w) {
    hf_row_pool *pool = &f->b->rows;
    int T = f->plan->n_weeks, L = stage->cycle_weeks;
    stage->good_now = hf_row_pool_keep(pool, w->good);
    stage->good_later = hf_row_pool_keep(pool, w->good + L);
    for (int t = 0; t < T; t++)
        f->row[t] = from ? hf_path_at(&from->capacity, (double)t) : 0.0;
    stage->capacity = hf_row_pool_keep(pool, f->row);
    for (int t = 0; t < T; t++)
        f->row[t] = hf_max(stage->capacity[t], stage->capacity[t > L ? t - L : 0]);
    stage->finish_capacity = hf_row_pool_keep(pool, f->row);
    for (int t = 0; t < T; t++)
        f->row[t] = from ? hf_min(hf_path_at(&from->yield, (double)t), 1.0) : 1.0;
    stage->yield_median = hf_row_pool_keep(pool, f->row);
    for (int t = 0; t < T; t++) {
        double y = stage->yield_median[t];
        f->row[t] = y < 1.0 ? hf_log(y / (1.0 - y)) : 0.0;
    }
    stage->yield_logit = hf_row_pool_keep(pool, f->row);
}

/* The rows to work on: plan from the customers' orders, eta from the path, starts empty. */
static void open_line(flow *f, int i, line *w) {
    const hf_plan_stage *stage = &f->plan->stages[i];
    const hf_stage *from = f->b->stages[i];
    *w = (line){.n_plan = f->reach.plan[i], .n_starts = f->reach.starts[i]};
    w->plan = HF_NEW(w->n_plan, double);
    w->starts = HF_NEW(w->n_starts, double);
    w->good = HF_NEW(w->n_starts + stage->cycle_weeks, double);
    for (int64_t t = 0; t < w->n_starts + stage->cycle_weeks; t++)
        w->good[t] = stage->units_per_start *
                     (from ? hf_min(hf_path_at(&from->yield, (double)t), 1.0) : 1.0);
    for (int o = stage->first_out; o < stage->first_out + stage->n_out; o++)
        for (int64_t t = 0; t < w->n_plan; t++)
            w->plan[t] += f->links[f->plan->out_links[o]][t];
}

/* Closes the rows, and those of the orders that made the plan: T weeks of them are still needed. */
static void close_line(flow *f, int i, line *w) {
    const hf_plan_stage *stage = &f->plan->stages[i];
    hf_free(w->plan);
    hf_free(w->starts);
    hf_free(w->good);
    for (int o = stage->first_out; o < stage->first_out + stage->n_out; o++) {
        int a = f->plan->out_links[o];
        f->links[a] = hf_realloc(f->links[a], (size_t)f->reach.orders[f->plan->links[a].input],
                                 (size_t)f->plan->n_weeks, sizeof(double));
    }
}

static hf_status plan_stage(flow *f, int i, hf_error *err) {
    hf_plan_stage *stage = &f->plan->stages[i];
    const hf_stage *from = f->b->stages[i];
    line w;
    hf_status status = HF_OK;
    open_line(f, i, &w);
    set_paths(f, stage, from, &w);
    stage->plan = hf_row_pool_keep(&f->b->rows, w.plan);
    if (!is_in_range(w.plan, w.n_plan)) {
        status = too_large(stage, "units", err);
        goto done;
    }
    if (stage->fixed_target)
        start_by_units(f, stage, &w);
    else
        start_by_weeks(f, stage, &w, from ? from->stock : 0.0);
    stage->starts = hf_row_pool_keep(&f->b->rows, w.starts);
    if (!is_in_range(w.starts, w.n_starts)) {
        status = too_large(stage, "starts", err);
        goto done;
    }
    for (int k = stage->first_input; k < stage->first_input + stage->n_inputs && !status; k++) {
        set_order_cap(f, stage, &from->capacity, &f->plan->inputs[k]);
        status = plan_input(f, &w, stage, k, err);
    }
done:
    close_line(f, i, &w);
    return status;
}

static double largest(const double *values, int n) {
    double most = values[0];
    for (int t = 1; t < n; t++)
        most = hf_max(most, values[t]);
    return most;
}

/* Z of every node; 1 where nothing flows at all, so that it can always divide. */
static void set_scales(hf_plan *plan) {
    double most = 0.0;
    for (int i = 0; i < plan->n_stages; i++) {
        plan->stages[i].scale = largest(plan->stages[i].plan, plan->n_weeks);
        most = hf_max(most, plan->stages[i].scale);
    }
    for (int m = 0; m < plan->n_markets; m++) {
        plan->markets[m].scale = largest(plan->markets[m].base, plan->n_weeks);
        most = hf_max(most, plan->markets[m].scale);
    }
    double least = most > 0.0 ? 1e-3 * most : 1.0;
    for (int i = 0; i < plan->n_stages; i++)
        plan->stages[i].scale = hf_max(plan->stages[i].scale, least);
    for (int m = 0; m < plan->n_markets; m++)
        plan->markets[m].scale = hf_max(plan->markets[m].scale, least);
}

static void set_weights(flow *f) {
    for (int a = 0; a < f->plan->n_links; a++) {
        hf_plan_link *link = &f->plan->links[a];
        const hf_plan_stage *supplier = &f->plan->stages[link->supplier];
        for (int t = 0; t < f->plan->n_weeks; t++) {
            double plan = supplier->plan[t];
            f->row[t] = plan < HF_FAINT * supplier->scale ? 0.0 : f->links[a][t] / plan;
        }
        link->weight = hf_row_pool_keep(&f->b->rows, f->row);
    }
}

static void set_values(flow *f) {
    hf_plan *plan = f->plan;
    for (int t = 0; t < plan->n_weeks; t++)
        f->row[t] = 0.0;
    for (int m = 0; m < plan->n_markets; m++) {
        const hf_plan_market *market = &plan->markets[m];
        plan->price_scale += market->price * market->scale;
        for (int t = 0; t < plan->n_weeks; t++)
            f->row[t] += market->price * market->base[t];
    }
    plan->base_value = hf_row_pool_keep(&f->b->rows, f->row);
}

hf_status hf_plan_build_flow(hf_plan_builder *b, hf_error *err) {
    flow f = {.b = b, .plan = b->plan};
    hf_status status = hf_plan_reach_find(b, &f.reach, err);
    if (status)
        return status;
    f.links = HF_ARENA_NEW(b->scratch, b->plan->n_links, double *);
    f.row = HF_ARENA_NEW(b->scratch, b->plan->n_weeks, double);
    for (int m = 0; m < b->plan->n_markets; m++)
        plan_market(&f, m);
    for (int n = b->plan->n_stages - 1; n >= 0 && !status; n--)
        status = plan_stage(&f, b->plan->order[n], err);
    if (!status) {
        set_scales(b->plan);
        set_weights(&f);
        set_values(&f);
    }
    for (int a = 0; a < b->plan->n_links; a++)
        hf_free(f.links[a]);
    return status;
}
