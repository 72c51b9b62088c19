#include "sim/outcome.h"
#include "base/check.h"
#include "base/number.h"
#include <stdio.h>
#include <string.h>

static const char *join(hf_arena *arena, const char *a, const char *b, const char *c) {
    char text[512];
    snprintf(text, sizeof text, "%s%s%s", a, b, c);
    return hf_arena_strdup(arena, text);
}

/* What stands before the accounts in the table of inputs/README.md 5; "$" is the currency. */
static const hf_quantity leading[] = {
    {"fill_rate", "1", "part of demand's value served within its promise", HF_BAD_LOW, 0},
    {"units_lost", "unit", "abandoned, and late at the end", HF_BAD_HIGH, 0},
    {"revenue_lost", "$", "value of the units lost", HF_BAD_HIGH, 0},
    {"revenue_delayed", "$ week", "value late, summed over weeks", HF_BAD_HIGH, 0},
    {"resilience_loss", "week", "area of the resilience triangle", HF_BAD_HIGH, 0},
    {"min_service", "1", "lowest weekly service", HF_BAD_LOW, 0},
    {"weeks_below", "week", "weeks with service below the threshold", HF_BAD_HIGH, 0},
    {"time_to_survive", "week", "weeks until service first falls below the threshold", HF_BAD_LOW,
     0},
    {"time_to_recover", "week", "longest unbroken run below the threshold", HF_BAD_HIGH, 0},
    {"peak_backlog", "week", "largest backlog in weeks of base demand", HF_BAD_HIGH, 0},
    {"domestic_share", "1", "domestic part of the value added", HF_BAD_LOW, 0},
};
enum {
    FILL_RATE,
    UNITS_LOST,
    REVENUE_LOST,
    REVENUE_DELAYED,
    RESILIENCE_LOSS,
    MIN_SERVICE,
    WEEKS_BELOW,
    TIME_TO_SURVIVE,
    TIME_TO_RECOVER,
    PEAK_BACKLOG,
    DOMESTIC_SHARE,
    N_LEADING
};

static const char *with_currency(hf_arena *arena, const char *unit, const char *currency) {
    return unit[0] == '$' ? join(arena, currency, unit + 1, "") : unit;
}

static hf_quantity *add_metrics(hf_outcome *o, const hf_space *space, const char *currency,
                                hf_quantity *q) {
    for (int i = 0; i < N_LEADING; i++) {
        *q = leading[i];
        q->unit = with_currency(o->arena, q->unit, currency);
        q++->detail = HF_DISTRIBUTION;
    }
    for (int i = 0; i < space->n_accounts; i++) {
        const hf_account *account = &space->accounts[i];
        *q++ = (hf_quantity){join(o->arena, "account_", account->id, ""), account->unit,
                             account->name, HF_BAD_LOW, HF_DISTRIBUTION};
        *q++ = (hf_quantity){join(o->arena, "account_", account->id, "_of_plan"), "1",
                             join(o->arena, account->name, ", part of plan", ""), HF_BAD_LOW,
                             HF_DISTRIBUTION};
    }
    *q++ = (hf_quantity){"cost", with_currency(o->arena, "$", currency),
                         "holding, backlog and surge cost", HF_BAD_HIGH, HF_DISTRIBUTION};
    return q;
}

static hf_quantity *add_stages(hf_outcome *o, const hf_space *space, hf_quantity *q) {
    for (int i = 0; i < space->n_stages; i++)
        *q++ = (hf_quantity){join(o->arena, "output_", space->stages[i], ""), space->stage_units[i],
                             "mean good output a week", HF_BAD_LOW, HF_MOMENTS};
    for (int i = 0; i < space->n_stages; i++)
        *q++ = (hf_quantity){join(o->arena, "utilisation_", space->stages[i], ""), "1",
                             "mean of starts over capacity", HF_BAD_HIGH, HF_MOMENTS};
    for (int i = 0; i < space->n_stages; i++)
        for (int cause = 0; cause < space->n_causes; cause++)
            *q++ =
                (hf_quantity){join(o->arena, join(o->arena, "bottleneck_", space->stages[i], "_"),
                                   space->causes[cause], ""),
                              "week", "weeks in which it bound the stage", HF_BAD_HIGH, HF_MOMENTS};
    return q;
}

static hf_quantity *add_hazards(hf_outcome *o, const hf_space *space, hf_quantity *q) {
    for (int i = 0; i < space->n_hazards; i++)
        *q++ = (hf_quantity){join(o->arena, "events_", space->hazards[i], ""), "1",
                             "points that struck", HF_BAD_NONE, HF_MOMENTS};
    for (int i = 0; i < space->n_hazards; i++)
        *q++ = (hf_quantity){join(o->arena, "active_weeks_", space->hazards[i], ""), "week",
                             "weeks in which it was felt", HF_BAD_NONE, HF_MOMENTS};
    return q;
}

hf_outcome *hf_outcome_create(const hf_space *space, const char *currency) {
    hf_arena *arena = hf_arena_create();
    hf_outcome *o = HF_ARENA_NEW(arena, 1, hf_outcome);
    o->arena = arena;
    o->n_metrics = N_LEADING + 2 * space->n_accounts + 1;
    o->first_output = o->n_metrics;
    o->first_utilisation = o->first_output + space->n_stages;
    o->first_bound = o->first_utilisation + space->n_stages;
    o->first_events = o->first_bound + space->n_stages * space->n_causes;
    o->first_active = o->first_events + space->n_hazards;
    o->n_quantities = o->first_active + space->n_hazards;
    o->quantities = HF_ARENA_NEW(arena, o->n_quantities, hf_quantity);
    hf_quantity *q = add_metrics(o, space, currency, o->quantities);
    q = add_stages(o, space, q);
    q = add_hazards(o, space, q);
    HF_ASSERT(q == o->quantities + o->n_quantities);
    return o;
}

void hf_outcome_destroy(hf_outcome *outcome) {
    if (outcome)
        hf_arena_destroy(outcome->arena);
}

int hf_outcome_find_metric(const hf_outcome *outcome, const char *name) {
    for (int i = 0; i < outcome->n_metrics; i++)
        if (!strcmp(outcome->quantities[i].name, name))
            return i;
    return -1;
}

/* A denominator next to nothing against `scale` is the rounding of 0. */
static double ratio_or(double numerator, double denominator, double scale, double otherwise) {
    double nothing = HF_NOTHING * scale;
    return denominator > nothing || denominator < -nothing ? numerator / denominator : otherwise;
}

/* Row `quantity` of the values. */
static double *row_of(double *values, int quantity, int n_lanes) {
    return values + (size_t)quantity * (size_t)n_lanes;
}

static void write_row(double *row, const double *from, int n_lanes) {
    for (int l = 0; l < n_lanes; l++)
        row[l] = hf_plain_zero(from[l]);
}

static void write_accounts(const hf_batch *b, double *values) {
    int n = b->n_lanes;
    for (int account = 0; account < b->plan->n_accounts; account++) {
        const double *sum = &b->accounts[(size_t)account * (size_t)n];
        double *of_plan = row_of(values, N_LEADING + 2 * account + 1, n);
        write_row(row_of(values, N_LEADING + 2 * account, n), sum, n);
        for (int l = 0; l < n; l++)
            of_plan[l] = hf_plain_zero(
                ratio_or(sum[l], b->account_plan[account], b->account_scale[account], 1.0));
    }
}

static void write_metrics(const hf_outcome *o, const hf_batch *b, double *values) {
    int n = b->n_lanes;
    double *fill_rate = row_of(values, FILL_RATE, n), *lost = row_of(values, REVENUE_LOST, n);
    double *units = row_of(values, UNITS_LOST, n), *share = row_of(values, DOMESTIC_SHARE, n);
    for (int l = 0; l < n; l++) {
        double revenue_lost = b->sum_abandoned_value[l] + b->late_value[l];
        lost[l] = hf_plain_zero(revenue_lost);
        fill_rate[l] = hf_plain_zero(
            1.0 - ratio_or(revenue_lost, b->demand_value[l], b->plan->price_scale, 0.0));
        units[l] = hf_plain_zero(b->sum_abandoned[l] + b->late_units[l]);
        share[l] = hf_plain_zero(
            ratio_or(b->domestic_value_added[l], b->value_added[l], b->value_scale, 0.0));
    }
    write_row(row_of(values, REVENUE_DELAYED, n), b->sum_late_value, n);
    write_row(row_of(values, RESILIENCE_LOSS, n), b->resilience_loss, n);
    write_row(row_of(values, MIN_SERVICE, n), b->min_service, n);
    write_row(row_of(values, WEEKS_BELOW, n), b->weeks_below, n);
    write_row(row_of(values, TIME_TO_SURVIVE, n), b->first_below, n);
    write_row(row_of(values, TIME_TO_RECOVER, n), b->longest_run_below, n);
    write_row(row_of(values, PEAK_BACKLOG, n), b->peak_backlog, n);
    write_accounts(b, values);
    write_row(row_of(values, o->n_metrics - 1, n), b->cost, n);
}

static void write_stage(const hf_outcome *o, const hf_batch *b, int i, double *values) {
    const hf_plan *p = b->plan;
    int n = b->n_lanes, first_bound = o->first_bound + i * p->n_causes;
    size_t row = (size_t)i * (size_t)n;
    double weeks = (double)(p->n_weeks - p->warmup_weeks), limited = b->limited_weeks[i];
    const double *sum_output = &b->sum_output[row], *sum_used = &b->sum_utilisation[row];
    double *output = row_of(values, o->first_output + i, n);
    double *utilisation = row_of(values, o->first_utilisation + i, n);
    for (int l = 0; l < n; l++) {
        output[l] = hf_plain_zero(sum_output[l] / weeks);
        utilisation[l] = hf_plain_zero(ratio_or(sum_used[l], limited, 1.0, 0.0));
    }
    write_row(row_of(values, first_bound, n), &b->bound_weeks[row], n); /* the line itself */
    const hf_plan_stage *stage = &p->stages[i];
    for (int k = stage->first_input; k < stage->first_input + stage->n_inputs; k++)
        write_row(row_of(values, first_bound + p->inputs[k].cause, n),
                  &b->bound_weeks[(size_t)(p->n_stages + k) * (size_t)n], n);
}

void hf_outcome_write(const hf_outcome *o, const hf_batch *b, double *values) {
    write_metrics(o, b, values);
    for (int i = 0; i < b->plan->n_stages; i++)
        write_stage(o, b, i, values);
}

void hf_outcome_mark(const hf_outcome *o, const hf_plan *p, bool *is_zero) {
    for (int q = 0; q < o->n_quantities; q++)
        is_zero[q] = q >= o->first_bound;
    for (int i = 0; i < p->n_stages; i++) {
        const hf_plan_stage *stage = &p->stages[i];
        bool *bound = &is_zero[o->first_bound + i * p->n_causes];
        bound[0] = false;
        for (int k = stage->first_input; k < stage->first_input + stage->n_inputs; k++)
            bound[p->inputs[k].cause] = false;
    }
    for (int h = 0; h < p->n_hazards; h++)
        is_zero[o->first_events + h] = is_zero[o->first_active + h] = !p->hazards[h].present;
}

/* Sum over markets of price times row. */
static void write_value(const hf_plan *p, const double *rows, int n_lanes, double *value) {
    for (int l = 0; l < n_lanes; l++)
        value[l] = 0.0;
    for (int m = 0; m < p->n_markets; m++)
        for (int l = 0; l < n_lanes; l++)
            value[l] += p->markets[m].price * rows[(size_t)m * (size_t)n_lanes + (size_t)l];
}

void hf_outcome_week(const hf_batch *b, const hf_factors *factors, double *series) {
    int n = b->n_lanes;
    write_row(row_of(series, HF_SERIES_SERVICE, n), b->service, n);
    write_value(b->plan, b->late, n, row_of(series, HF_SERIES_LATE, n));
    write_value(b->plan, b->market_shipped, n, row_of(series, HF_SERIES_SHIPPED, n));
    write_value(b->plan, factors->demand, n, row_of(series, HF_SERIES_DEMAND, n));
}
