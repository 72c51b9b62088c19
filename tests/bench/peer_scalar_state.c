/* The scalar peer's state from a plan, and what is left of it at the end. */
#include "base/number.h"
#include "peer_scalar.h"
#include <string.h>

/* ---- The state, in one piece ---- */

static void *take(char *block, size_t *n_bytes, int n, size_t size) {
    void *part = block ? block + *n_bytes : NULL;
    *n_bytes += ((size_t)n * size + 63) / 64 * 64;
    return part;
}

/* Sets the parts of `block`; with NULL gives its size alone. */
static size_t lay_out(simulator *s, char *block) {
    const hf_plan *p = s->p;
    size_t n = 0;
    s->worth = take(block, &n, 1, sizeof *s->worth);
    s->stages = take(block, &n, p->n_stages, sizeof *s->stages);
    s->counters = take(block, &n, p->n_stages, sizeof *s->counters);
    s->inputs = take(block, &n, p->n_inputs, sizeof *s->inputs);
    s->links = take(block, &n, p->n_links, sizeof *s->links);
    s->markets = take(block, &n, p->n_markets, sizeof *s->markets);
    s->lots = take(block, &n, p->n_lot_rows, sizeof *s->lots);
    s->freight = take(block, &n, p->n_freight_rows, sizeof *s->freight);
    s->recent = take(block, &n, p->n_recent_rows, sizeof *s->recent);
    return n;
}

/* Stages customers before suppliers; whose inputs follow, and whose links, is common to all. */
static void set_order(simulator *s) {
    const hf_plan *p = s->p;
    int n_inputs = 0, n_links = 0;
    s->stage_of = HF_NEW(p->n_stages, int);
    s->input_of = HF_NEW(p->n_inputs, int);
    s->link_of = HF_NEW(p->n_links, int);
    for (int m = 0; m < p->n_markets; m++)
        s->input_of[n_inputs++] = p->markets[m].input;
    for (int i = 0; i < p->n_stages; i++) {
        const hf_plan_stage *stage = &p->stages[p->order[p->n_stages - 1 - i]];
        s->stage_of[i] = p->order[p->n_stages - 1 - i];
        for (int k = 0; k < stage->n_inputs; k++)
            s->input_of[n_inputs++] = stage->first_input + k;
    }
    for (int k = 0; k < p->n_inputs; k++)
        for (int a = 0; a < p->inputs[s->input_of[k]].n_links; a++)
            s->link_of[n_links++] = p->inputs[s->input_of[k]].first_link + a;
}

static ring fill_ring(double *slots, int first, int n, const double *values) {
    for (int slot = 0; slot < n; slot++)
        slots[first + slot] = values[slot];
    return (ring){first, first, first + n};
}

static void start_stages(simulator *s) {
    int n_inputs = s->p->n_markets;
    for (int i = 0; i < s->p->n_stages; i++) {
        const hf_plan_stage *from = &s->p->stages[s->stage_of[i]];
        s->stages[i] = (stage_state){
            .learned = 1.0,
            .ratio = 1.0,
            .stock = from->stock_start,
            .in_process = from->in_process_start,
            .good_in_process = from->good_in_process_start,

            .smoothing = from->smoothing,
            .visibility = from->visibility,
            .target_units = from->fixed_target ? from->target_units : 0.0,
            .units_per_start = from->units_per_start,
            .next_to_nothing = 1e-6 * from->scale,
            .holding_cost = from->holding_cost,
            .wip_holding_cost = from->wip_holding_cost,
            .surge_cost = from->surge_cost,
            .first_input = n_inputs,
            .end_input = n_inputs + from->n_inputs,
            .lots = fill_ring(s->lots, from->first_lot, from->cycle_weeks, from->lots_start)};
        n_inputs += from->n_inputs;
        s->counters[i].filled = 1.0;
    }
}

static void start_inputs(simulator *s) {
    int n_links = 0;
    for (int k = 0; k < s->p->n_inputs; k++) {
        const hf_plan_input *from = &s->p->inputs[s->input_of[k]];
        s->inputs[k] = (input_state){.on_hand = from->stock_start,
                                     .position = from->position_start,
                                     .per_unit = from->per_unit,
                                     .starts_per_unit = 1.0 / from->per_unit,
                                     .holding_cost = from->holding_cost,
                                     .first_link = n_links,
                                     .end_link = n_links + from->n_links};
        n_links += from->n_links;
    }
}

static void start_links(simulator *s) {
    const hf_plan *p = s->p;
    int *place = HF_NEW(p->n_stages, int); /* of the plan's stages here */
    for (int i = 0; i < p->n_stages; i++)
        place[s->stage_of[i]] = i;
    for (int a = 0; a < p->n_links; a++) {
        const hf_plan_link *from = &p->links[s->link_of[a]];
        s->links[a] = (link_state){.health = 1.0,
                                   .split = 1.0,
                                   .flex = from->flex,
                                   .switch_rate = from->switch_rate,
                                   .freight_cost = p->stages[from->supplier].holding_cost,
                                   .supplier = place[from->supplier],
                                   .freight = fill_ring(s->freight, from->first_freight,
                                                        from->transit_weeks, from->freight_start)};
        for (int week = 0; week < from->transit_weeks; week++)
            s->worth->freight_cost += s->links[a].freight_cost * from->freight_start[week];
    }
    hf_free(place);
}

static void start_markets(simulator *s) {
    for (int m = 0; m < s->p->n_markets; m++) {
        const hf_plan_market *from = &s->p->markets[m];
        int first = from->first_recent;
        s->markets[m] = (market_state){.ratio = 1.0,
                                       .smoothing = from->smoothing,
                                       .abandon = from->abandon,
                                       .price = from->price,
                                       .backlog_cost = from->backlog_cost,
                                       .quoted_weeks = from->quoted_weeks,
                                       .recent = {first, first, first + from->quoted_weeks}};
    }
    simulator_forget(s);
}

/* ---- What the plan says, in the order in which it is read ---- */

static double reciprocal_or_0(double x, bool is_something) {
    return is_something ? 1.0 / x : 0.0;
}

static void read_stage_weeks(simulator *s) {
    const hf_plan *p = s->p;
    for (int t = 0; t < p->n_weeks; t++)
        for (int i = 0; i < p->n_stages; i++) {
            const hf_plan_stage *from = &p->stages[s->stage_of[i]];
            double C = from->capacity[t], plan = from->plan[t];
            bool is_limited = C > 0.0 && C < HF_UNLIMITED;
            s->stage_orders[t * p->n_stages + i] =
                (stage_orders){reciprocal_or_0(plan, plan >= HF_FAINT * from->scale),
                               from->target[t], from->good_now[t], 1.0 / from->good_later[t]};
            s->stage_flows[t * p->n_stages + i] =
                (stage_flow){C * from->surge_factor,
                             from->finish_capacity[t] * from->surge_factor,
                             from->good_now[t],
                             from->good_later[t],
                             HF_NOTHING * from->scale / from->good_later[t],
                             C,
                             reciprocal_or_0(C, is_limited)};
            if (t >= p->warmup_weeks) {
                s->planned_output[i] += plan;
                s->limited_weeks[i] += is_limited;
            }
        }
}

static void read_other_weeks(simulator *s) {
    const hf_plan *p = s->p;
    for (int t = 0; t < p->n_weeks; t++) {
        for (int k = 0; k < p->n_inputs; k++)
            s->order_caps[t * p->n_inputs + k] = p->inputs[s->input_of[k]].order_cap[t];
        for (int a = 0; a < p->n_links; a++) {
            const hf_plan_link *from = &p->links[s->link_of[a]];
            s->link_plans[t * p->n_links + a] =
                (link_plan){from->share[t], from->cover[t], from->weight[t]};
        }
        for (int m = 0; m < p->n_markets; m++) {
            const hf_plan_market *from = &p->markets[m];
            s->per_base[t * p->n_markets + m] =
                reciprocal_or_0(from->base[t], from->base[t] >= HF_FAINT * from->scale);
        }
        s->per_base_value[t] =
            reciprocal_or_0(p->base_value[t], p->base_value[t] > HF_NOTHING * p->price_scale);
    }
}

simulator *simulator_create(const given_trials *given) {
    const hf_plan *p = given->plan;
    simulator *s = HF_NEW(1, simulator);
    *s = (simulator){.given = given, .p = p};
    set_order(s);
    s->n_bytes = lay_out(s, NULL);
    s->state = HF_NEW(s->n_bytes, char);
    s->start = HF_NEW(s->n_bytes, char);
    s->stage_orders = HF_NEW(p->n_weeks * p->n_stages, stage_orders);
    s->stage_flows = HF_NEW(p->n_weeks * p->n_stages, stage_flow);
    s->link_plans = HF_NEW(p->n_weeks * p->n_links, link_plan);
    s->order_caps = HF_NEW(p->n_weeks * p->n_inputs, double);
    s->per_base = HF_NEW(p->n_weeks * p->n_markets, double);
    s->per_base_value = HF_NEW(p->n_weeks, double);
    s->chance = HF_NEW(p->n_weeks * p->n_stages, stage_chance);
    s->roads = HF_NEW(p->n_weeks * p->n_links, double);
    s->demand = HF_NEW(p->n_weeks * p->n_markets, double);
    s->planned_output = HF_NEW(p->n_stages, double);
    s->limited_weeks = HF_NEW(p->n_stages, double);
    lay_out(s, s->start);
    start_stages(s);
    start_inputs(s);
    start_links(s);
    start_markets(s);
    lay_out(s, s->state);
    read_stage_weeks(s);
    read_other_weeks(s);
    return s;
}

void simulator_destroy(simulator *s) {
    void *owned[] = {s->stage_of,   s->input_of,     s->link_of,        s->state,
                     s->start,      s->stage_orders, s->stage_flows,    s->link_plans,
                     s->order_caps, s->per_base,     s->per_base_value, s->chance,
                     s->roads,      s->demand,       s->planned_output, s->limited_weeks};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        hf_free(owned[i]);
    hf_free(s);
}

/* ---- A trial's beginning and end ---- */

void simulator_start(simulator *s) {
    memcpy(s->state, s->start, s->n_bytes);
}

void simulator_forget(simulator *s) {
    trial_worth *w = s->worth;
    *w = (trial_worth){.demand_value = w->backlog_value,
                       .min_service = 1.0,
                       .first_below = s->p->n_weeks - s->p->warmup_weeks,
                       .freight_cost = w->freight_cost};
    for (int i = 0; i < s->p->n_stages; i++) {
        stage_state *st = &s->stages[i];
        st->sum_output = st->sum_utilisation = st->sum_cost = st->bound_weeks = 0.0;
    }
    for (int k = 0; k < s->p->n_inputs; k++)
        s->inputs[k].sum_on_hand = s->inputs[k].bound_weeks = 0.0;
}

void simulator_deal(simulator *s, int trial) {
    const hf_plan *p = s->p;
    size_t n = (size_t)s->given->n_trials;
    for (int t = 0; t < p->n_weeks; t++) {
        const double *of[HF_N_CHANNELS];
        for (hf_channel channel = 0; channel < HF_N_CHANNELS; channel++)
            of[channel] = given_trials_channel(s->given, t, channel) + trial;
        for (int i = 0; i < p->n_stages; i++) {
            size_t at = (size_t)s->stage_of[i] * n;
            s->chance[t * p->n_stages + i] =
                (stage_chance){of[HF_CAPACITY][at], of[HF_YIELD][at], of[HF_SCRAP][at]};
        }
        for (int a = 0; a < p->n_links; a++)
            s->roads[t * p->n_links + a] = of[HF_SHIPPING][(size_t)s->link_of[a] * n];
        for (int m = 0; m < p->n_markets; m++)
            s->demand[t * p->n_markets + m] = of[HF_DEMAND][(size_t)m * n];
    }
}

static double ratio_or(double numerator, double denominator, double scale, double otherwise) {
    double nothing = HF_NOTHING * scale;
    return denominator > nothing || denominator < -nothing ? numerator / denominator : otherwise;
}

/* A sum over stages of amount * output, and what the plan and its scale make of it. */
typedef struct account_sums {
    double sum, planned, scale;
} account_sums;

static account_sums sum_made(const simulator *s, int account) {
    account_sums made = {0};
    for (int i = 0; i < s->p->n_stages; i++) {
        const hf_plan_stage *from = &s->p->stages[s->stage_of[i]];
        double amount = from->account_amounts[account];
        made.sum += amount * s->stages[i].sum_output;
        made.scale += hf_max(amount, -amount) * from->scale;
        made.planned += amount * s->planned_output[i];
    }
    return made;
}

/* One column, in the order of inputs/README.md 5. */
static void write_metrics(const simulator *s, double *out) {
    const hf_plan *p = s->p;
    const trial_worth *w = s->worth;
    double revenue_lost = w->abandoned_value + w->late_value;
    double value = 0.0, domestic = 0.0, scale = 0.0, cost = w->cost;
    for (int i = 0; i < p->n_stages; i++) {
        const hf_plan_stage *from = &p->stages[s->stage_of[i]];
        value += from->value_added * s->stages[i].sum_output;
        domestic += from->value_added * from->domestic_part * s->stages[i].sum_output;
        scale += from->value_added * from->scale;
        cost += s->stages[i].sum_cost;
    }
    for (int k = 0; k < p->n_inputs; k++)
        cost += s->inputs[k].holding_cost * s->inputs[k].sum_on_hand;
    const double leading[] = {
        1.0 - ratio_or(revenue_lost, w->demand_value, p->price_scale, 0.0),
        w->abandoned + w->late,
        revenue_lost,
        w->sum_late_value,
        w->resilience_loss,
        w->min_service,
        w->weeks_below,
        w->first_below,
        w->longest_run_below,
        w->peak_backlog,
        ratio_or(domestic, value, scale, 0.0),
    };
    int n = s->given->n_trials;
    for (size_t i = 0; i < sizeof leading / sizeof *leading; i++, out += n)
        *out = leading[i];
    for (int account = 0; account < p->n_accounts; account++, out += 2 * n) {
        account_sums made = sum_made(s, account);
        out[0] = made.sum;
        out[n] = ratio_or(made.sum, made.planned, made.scale, 1.0);
    }
    *out = cost;
}

static void write_stage(const simulator *s, int i, int trial, double *values) {
    const hf_outcome *o = s->given->outcome;
    const stage_state *st = &s->stages[i];
    int n = s->given->n_trials, row = s->stage_of[i];
    double weeks = s->p->n_weeks - s->p->warmup_weeks;
    values[(o->first_output + row) * n + trial] = st->sum_output / weeks;
    values[(o->first_utilisation + row) * n + trial] =
        ratio_or(st->sum_utilisation, s->limited_weeks[i], 1.0, 0.0);
    double *bound = &values[(o->first_bound + row * s->p->n_causes) * n + trial];
    for (int cause = 0; cause < s->p->n_causes; cause++)
        bound[cause * n] = 0.0;
    bound[0] = st->bound_weeks;
    for (int k = st->first_input; k < st->end_input; k++)
        bound[s->p->inputs[s->input_of[k]].cause * n] = s->inputs[k].bound_weeks;
}

void simulator_write(const simulator *s, int trial, double *values) {
    write_metrics(s, values + trial);
    for (int i = 0; i < s->p->n_stages; i++)
        write_stage(s, i, trial, values);
}
