#include "run/result_tables.h"
#include <string.h>

/* The axes of /attribution. */
typedef struct cause_axes {
    const hf_dimension *policy, *metric, *statistic, *driver, *coalition;
} cause_axes;

static cause_axes make_axes(hf_tables *tables, const hf_axes *axes, const hf_campaign *c) {
    const hf_causes *causes = c->causes;
    const char **metrics = HF_ARENA_NEW(tables->arena, causes->n_metrics, const char *);
    const char *statistics[HF_N_ATTRIBUTED], *coalitions[HF_MOST_COALITIONS];
    for (int k = 0; k < causes->n_metrics; k++)
        metrics[k] = c->outcome->quantities[causes->metrics[k]].name;
    for (int i = 0; i < HF_N_ATTRIBUTED; i++)
        statistics[i] = hf_statistic_names[hf_attributed[i]];
    for (int s = 0; s < causes->n_coalitions; s++) {
        char name[1024];
        hf_causes_name(causes, s, name, sizeof name);
        coalitions[s] = hf_arena_strdup(tables->arena, name);
    }
    return (cause_axes){
        .policy = axes->policy,
        .metric =
            hf_tables_add_string_dimension(tables, "attributed_metric", (uint64_t)causes->n_metrics,
                                           metrics, "metric whose causes were asked for"),
        .statistic = hf_tables_add_string_dimension(tables, "attributed_statistic", HF_N_ATTRIBUTED,
                                                    statistics, "what is shared out"),
        .driver = hf_tables_add_string_dimension(tables, "driver", (uint64_t)causes->n_drivers,
                                                 causes->drivers,
                                                 "family of hazards, with the noise of its name"),
        .coalition = hf_tables_add_string_dimension(tables, "coalition",
                                                    (uint64_t)causes->n_coalitions, coalitions,
                                                    "drivers that are on, all others being off")};
}

static const hf_cause *cause_at(const hf_causes *causes, uint64_t row) {
    return &causes->found[row / HF_N_ATTRIBUTED];
}

static hf_estimate around(double value, double half_width) {
    return (hf_estimate){.value = value, .lower = value - half_width, .upper = value + half_width};
}

static void add_shares(hf_group *group, const cause_axes *axes, const hf_campaign *c) {
    const hf_causes *causes = c->causes;
    hf_arena *arena = group->tables->arena;
    uint64_t n_drivers = (uint64_t)causes->n_drivers;
    uint64_t n = (uint64_t)(c->n_variants * causes->n_metrics) * HF_N_ATTRIBUTED;
    hf_estimate *shares = HF_ARENA_NEW(arena, n * n_drivers, hf_estimate);
    int64_t *numerators = HF_ARENA_NEW(arena, n * n_drivers, int64_t);
    for (uint64_t i = 0; i < n * n_drivers; i++) {
        const hf_cause *cause = cause_at(causes, i / n_drivers);
        uint64_t which = i / n_drivers % HF_N_ATTRIBUTED, driver = i % n_drivers;
        shares[i] = around(cause->shapley[which].shares[driver], cause->half_widths[which][driver]);
        numerators[i] = cause->shapley[which].numerators[driver];
    }
    hf_table *table = hf_estimates_table(
        group, "share", "attributed_unit",
        "what the driver adds, averaged over all orders in which drivers may come", shares,
        c->looks.confidence, HF_DIMS(axes->policy, axes->metric, axes->statistic, axes->driver));
    hf_table_set_text(table, "method",
                      "Shapley value; jackknife over 64 ranges of trials, Student's t");
    hf_table_set_text(table, "comment", "shares of one statistic add up to total");
    hf_group_add_integers(group, "share_numerator", "1",
                          "share_denominator times the share, in units of grid", numerators,
                          HF_DIMS(axes->policy, axes->metric, axes->statistic, axes->driver));
}

static void add_values(hf_group *group, const cause_axes *axes, const hf_campaign *c) {
    const hf_causes *causes = c->causes;
    hf_arena *arena = group->tables->arena;
    uint64_t n_coalitions = (uint64_t)causes->n_coalitions;
    uint64_t n = (uint64_t)(c->n_variants * causes->n_metrics) * HF_N_ATTRIBUTED;
    double *grids = HF_ARENA_NEW(arena, n, double), *totals = HF_ARENA_NEW(arena, n, double);
    double *values = HF_ARENA_NEW(arena, n * n_coalitions, double);
    for (uint64_t i = 0; i < n; i++) {
        const hf_shapley *shapley = &cause_at(causes, i)->shapley[i % HF_N_ATTRIBUTED];
        grids[i] = shapley->grid;
        totals[i] = shapley->total;
        for (uint64_t s = 0; s < n_coalitions; s++)
            values[i * n_coalitions + s] = shapley->values[s];
    }
    hf_group_add_doubles(group, "value", "attributed_unit",
                         "the statistic with these drivers alone, rounded to the grid", values,
                         HF_DIMS(axes->policy, axes->metric, axes->statistic, axes->coalition));
    hf_group_add_doubles(group, "total", "attributed_unit",
                         "the statistic with all drivers less that with none", totals,
                         HF_DIMS(axes->policy, axes->metric, axes->statistic));
    hf_group_add_doubles(group, "grid", "attributed_unit",
                         "unit of values and numerators, a power of two", grids,
                         HF_DIMS(axes->policy, axes->metric, axes->statistic));
}

/* In millionths, what lies beyond; a mean has all beyond. */
static uint64_t chance_beyond(hf_statistic statistic) {
    if (statistic == HF_MEAN)
        return HF_MILLION;
    int tail = statistic < HF_CVAR90 ? statistic - HF_VAR90 : statistic - HF_CVAR90;
    return HF_MILLION - hf_tail_levels[tail];
}

static void add_flags(hf_group *group, const cause_axes *axes, const hf_campaign *c) {
    uint8_t *thin = HF_ARENA_NEW(group->tables->arena, HF_N_ATTRIBUTED, uint8_t);
    uint8_t *without = HF_ARENA_NEW(group->tables->arena, HF_N_ATTRIBUTED, uint8_t);
    for (int i = 0; i < HF_N_ATTRIBUTED; i++) {
        thin[i] = (unsigned __int128)c->n_trials * chance_beyond(hf_attributed[i]) <
                  HF_RESOLVED_TRIALS * HF_MILLION;
        without[i] = c->n_trials < hf_ranges_least(hf_campaign_unit(c));
    }
    hf_group_add_flags(group, "thin_tail", "fewer than ten trials are expected beyond", thin,
                       HF_DIMS(axes->statistic));
    hf_group_add_flags(group, "no_interval",
                       "no interval: its ends are missing, as ranges have fewer than ten trials",
                       without, HF_DIMS(axes->statistic));
}

static void describe_metrics(hf_group *group, const cause_axes *axes, const hf_campaign *c) {
    const hf_causes *causes = c->causes;
    hf_arena *arena = group->tables->arena;
    const char **units = HF_ARENA_NEW(arena, causes->n_metrics, const char *);
    const char **sides = HF_ARENA_NEW(arena, causes->n_metrics, const char *);
    for (int k = 0; k < causes->n_metrics; k++) {
        const hf_quantity *q = &c->outcome->quantities[causes->metrics[k]];
        units[k] = q->unit;
        sides[k] = q->bad_side == HF_BAD_LOW ? "low" : "high";
    }
    hf_group_add_strings(group, "attributed_unit", "unit of the metric", units,
                         HF_DIMS(axes->metric));
    hf_group_add_strings(group, "bad_side", "side on which VaR and CVaR lie", sides,
                         HF_DIMS(axes->metric));
}

/* ---- the tail without a hazard ---- */

static void add_removals(hf_group *group, const cause_axes *axes, const hf_dimension *hazard,
                         const hf_campaign *c) {
    const hf_causes *causes = c->causes;
    hf_arena *arena = group->tables->arena;
    int n_metrics = causes->n_metrics, n = n_metrics * causes->n_hazards;
    hf_estimate *removals = HF_ARENA_NEW(arena, c->n_variants * n, hf_estimate);
    double *thresholds = HF_ARENA_NEW(arena, c->n_variants * n_metrics, double);
    uint64_t *trials = HF_ARENA_NEW(arena, c->n_variants * n_metrics, uint64_t);
    for (int v = 0; v < c->n_variants; v++) {
        const hf_removal *removal = &causes->removals[v];
        for (int i = 0; i < n; i++)
            removals[v * n + i] = around(removal->values[i], removal->half_widths[i]);
        for (int k = 0; k < n_metrics; k++) {
            thresholds[v * n_metrics + k] = removal->thresholds[k];
            trials[v * n_metrics + k] = removal->n_trials[k];
        }
    }
    hf_table *table =
        hf_estimates_table(group, "removal", "attributed_unit",
                           "mean of a tail trial less the same trial without the hazard", removals,
                           c->looks.confidence, HF_DIMS(axes->policy, axes->metric, hazard));
    hf_table_set_text(table, "method",
                      "trials simulated again; jackknife over 64 ranges of trials, Student's t");
    hf_table_set_text(table, "comment",
                      "these do not add up: what two hazards do together counts for both");
    hf_group_add_doubles(group, "removal_threshold", "attributed_unit",
                         "VaR: the tail is what is at or beyond it", thresholds,
                         HF_DIMS(axes->policy, axes->metric));
    hf_group_add_counts(group, "removal_trials", "1", "trials of the tail", trials,
                        HF_DIMS(axes->policy, axes->metric));
}

static void add_tail_stages(hf_group *group, const cause_axes *axes, const hf_dimension *stage,
                            const hf_campaign *c) {
    hf_arena *arena = group->tables->arena;
    int n_stages = c->space->n_stages, n = c->causes->n_metrics * n_stages;
    double *lost = HF_ARENA_NEW(arena, c->n_variants * n, double);
    double *weeks = HF_ARENA_NEW(arena, c->n_variants * n, double);
    for (int v = 0; v < c->n_variants; v++)
        for (int i = 0; i < n; i++) {
            const hf_removal *removal = &c->causes->removals[v];
            lost[v * n + i] =
                hf_stage_planned_output(c->plans[v], i % n_stages) - removal->output[i];
            weeks[v * n + i] = removal->bottleneck_weeks[i];
        }
    hf_group_add_doubles(group, "tail_lost_output", "unit week-1",
                         "planned less mean good output, in the tail", lost,
                         HF_DIMS(axes->policy, axes->metric, stage));
    hf_group_add_doubles(group, "tail_bottleneck_weeks", "week",
                         "weeks in which any cause bound the stage, mean over the tail", weeks,
                         HF_DIMS(axes->policy, axes->metric, stage));
}

/* The trials that were simulated again, for a second opinion: one policy's after the other's. */
static void add_rows(hf_group *group, const cause_axes *axes, const hf_dimension *hazard,
                     const hf_campaign *c) {
    hf_tables *tables = group->tables;
    size_t width = (size_t)(c->causes->n_metrics * c->causes->n_hazards);
    uint64_t n = 0, *sizes = HF_ARENA_NEW(tables->arena, c->n_variants, uint64_t);
    for (int v = 0; v < c->n_variants; v++)
        n += sizes[v] = c->causes->removals[v].n_rows;
    const hf_dimension *row = hf_tables_add_plain_dimension(tables, "removal_row", n);
    uint64_t *trials = HF_ARENA_NEW(tables->arena, n, uint64_t), at = 0;
    double *levels = HF_ARENA_NEW(tables->arena, n * width, double);
    for (int v = 0; v < c->n_variants; v++) {
        const hf_removal *removal = &c->causes->removals[v];
        memcpy(trials + at, removal->trials, removal->n_rows * sizeof *trials);
        memcpy(levels + at * width, removal->levels, removal->n_rows * width * sizeof *levels);
        at += removal->n_rows;
    }
    hf_table *table = hf_group_add_counts(group, "removal_rows", "1",
                                          "trials that were simulated again: those at or beyond "
                                          "VaR, be it that of a sample without a range",
                                          sizes, HF_DIMS(axes->policy));
    hf_table_set_text(table, "sample_dimension", "removal_row");
    hf_group_add_counts(group, "removal_trial", NULL, "number of the trial", trials, HF_DIMS(row));
    hf_group_add_doubles(group, "removal_level", "attributed_unit",
                         "the metric in this trial without the hazard", levels,
                         HF_DIMS(row, axes->metric, hazard));
}

void hf_cause_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *c) {
    hf_group *group = hf_tables_group(tables, "/attribution");
    cause_axes own = make_axes(tables, axes, c);
    hf_group_set_integer(group, "share_denominator", hf_shapley_denominator(c->causes->n_drivers));
    hf_group_set_integer(group, "ranges", HF_N_RANGES);
    hf_group_set_double(group, "tail_level", 0.99);
    add_shares(group, &own, c);
    add_values(group, &own, c);
    add_flags(group, &own, c);
    describe_metrics(group, &own, c);
    add_removals(group, &own, axes->hazard, c);
    add_tail_stages(group, &own, axes->stage, c);
    if (c->job->record == HF_RECORD_ALL)
        add_rows(group, &own, axes->hazard, c);
}

void hf_cause_columns(hf_group *trials, const hf_axes *axes, const hf_dimension *trial,
                      const hf_campaign *c) {
    const hf_dimension *coalition =
        hf_group_find_dimension(hf_tables_find(trials->tables, "/attribution"), "coalition");
    for (int k = 0; k < c->causes->n_metrics; k++) {
        const hf_quantity *q = &c->outcome->quantities[c->causes->metrics[k]];
        hf_group_declare_doubles(trials, hf_tables_join(trials->tables, "coalition_", q->name, ""),
                                 q->unit, q->long_name, HF_DIMS(axes->policy, coalition, trial));
    }
}
