#include "run/result_tables.h"
#include <stdio.h>
#include <string.h>

const char *hf_tables_join(hf_tables *tables, const char *a, const char *b, const char *c) {
    char text[1024];
    snprintf(text, sizeof text, "%s%s%s", a, b, c);
    return hf_arena_strdup(tables->arena, text);
}

hf_axes hf_axes_make(hf_tables *tables, const hf_campaign *c) {
    const char **metrics = HF_ARENA_NEW(tables->arena, c->outcome->n_metrics, const char *);
    for (int i = 0; i < c->outcome->n_metrics; i++)
        metrics[i] = c->outcome->quantities[i].name;
    return (hf_axes){
        .policy = hf_tables_add_string_dimension(tables, "policy", (uint64_t)c->n_variants,
                                                 c->world->policy_ids, "named set of measures"),
        .metric = hf_tables_add_string_dimension(tables, "metric", (uint64_t)c->outcome->n_metrics,
                                                 metrics, "what a trial is worth"),
        .stage = hf_tables_add_string_dimension(tables, "stage", (uint64_t)c->space->n_stages,
                                                c->space->stages, "stage of production"),
        .hazard = hf_tables_add_string_dimension(tables, "hazard", (uint64_t)c->space->n_hazards,
                                                 c->space->hazards, "hazard"),
        .week = hf_tables_add_range_dimension(tables, "week", (uint64_t)c->plans[0]->n_weeks, 0,
                                              "week", "week since the start"),
    };
}

static double *copy(hf_group *group, const hf_estimate *estimates, uint64_t n, int which) {
    double *values = HF_ARENA_NEW(group->tables->arena, n, double);
    for (uint64_t i = 0; i < n; i++)
        values[i] = which == 0   ? estimates[i].value
                    : which == 1 ? estimates[i].lower
                    : which == 2 ? estimates[i].upper
                                 : estimates[i].coverage;
    return values;
}

hf_table *hf_estimates_table(hf_group *group, const char *name, const char *unit,
                             const char *long_name, const hf_estimate *estimates, double confidence,
                             int n_dimensions, const hf_dimension *const *dimensions) {
    static const char *const suffix[3] = {"", "_lower", "_upper"};
    static const char *const of[3] = {"", ": lower end of its interval",
                                      ": upper end of its interval"};
    hf_tables *tables = group->tables;
    hf_table *first = NULL;
    uint64_t n = 1;
    for (int i = 0; i < n_dimensions; i++)
        n *= dimensions[i]->length;
    for (int which = 0; which < 3; which++) {
        hf_table *table =
            hf_group_add_doubles(group, hf_tables_join(tables, name, suffix[which], ""), unit,
                                 hf_tables_join(tables, long_name, of[which], ""),
                                 copy(group, estimates, n, which), n_dimensions, dimensions);
        hf_table_set_double(table, "confidence", confidence);
        if (which == 0) {
            char beside[256];
            snprintf(beside, sizeof beside, "%s_lower %s_upper", name, name);
            hf_table_set_text(table, "ancillary_variables", beside);
            first = table;
        }
    }
    return first;
}

void hf_describe_metrics(hf_group *group, const hf_axes *axes, const hf_campaign *c) {
    hf_tables *tables = group->tables;
    static const char *const sides[] = {"none", "low", "high"};
    int n = c->outcome->n_metrics;
    const char **units = HF_ARENA_NEW(tables->arena, n, const char *);
    const char **names = HF_ARENA_NEW(tables->arena, n, const char *);
    const char **bad = HF_ARENA_NEW(tables->arena, n, const char *);
    for (int i = 0; i < n; i++) {
        units[i] = c->outcome->quantities[i].unit;
        names[i] = c->outcome->quantities[i].long_name;
        bad[i] = sides[c->outcome->quantities[i].bad_side];
    }
    hf_group_add_strings(group, "metric_unit", "unit of the metric", units, HF_DIMS(axes->metric));
    hf_group_add_strings(group, "metric_long_name", "meaning of the metric", names,
                         HF_DIMS(axes->metric));
    hf_group_add_strings(group, "bad_side", "side on which VaR and CVaR lie", bad,
                         HF_DIMS(axes->metric));
}

/* Which of n estimates have a flag. */
static uint8_t *flagged(hf_tables *tables, const hf_estimate *estimates, uint64_t n,
                        unsigned flag) {
    uint8_t *values = HF_ARENA_NEW(tables->arena, n, uint8_t);
    for (uint64_t i = 0; i < n; i++)
        values[i] = (estimates[i].flags & flag) != 0;
    return values;
}

/* What is said of n estimates' intervals, one by one. */
static void add_methods(hf_group *group, const hf_estimate *all, uint64_t n, int n_dimensions,
                        const hf_dimension *const *dimensions) {
    hf_tables *tables = group->tables;
    const char **methods = HF_ARENA_NEW(tables->arena, n, const char *);
    for (uint64_t i = 0; i < n; i++)
        methods[i] = hf_method_names[all[i].method];
    hf_group_add_strings(group, "method", "how the interval is made", methods, n_dimensions,
                         dimensions);
    hf_group_add_flags(group, "no_interval", "no interval: its ends are missing",
                       flagged(tables, all, n, HF_NO_INTERVAL), n_dimensions, dimensions);
    hf_group_add_flags(group, "unreliable", "the interval may not hold what it says",
                       flagged(tables, all, n, HF_UNRELIABLE), n_dimensions, dimensions);
}

/* Differences to the first policy, trial by trial. */
static void add_differences(hf_tables *tables, const hf_axes *axes, const hf_campaign *c) {
    const char *names[HF_N_SUMMANDS] = {hf_statistic_names[HF_MEAN]};
    for (int i = 0; i < HF_N_TAILS; i++)
        names[1 + i] = hf_statistic_names[HF_CVAR90 + i];
    hf_group *group = hf_tables_group(tables, "/differences");
    const hf_dimension *other = hf_tables_add_string_dimension(
        tables, "other_policy", (uint64_t)c->n_variants - 1, c->world->policy_ids + 1,
        "policy that is compared with the first one");
    const hf_dimension *statistic = hf_tables_add_string_dimension(
        tables, "difference_statistic", HF_N_SUMMANDS, names, "what is compared");
    uint64_t n_rows = ((uint64_t)c->n_variants - 1) * (uint64_t)c->outcome->n_metrics;
    hf_estimate *all = HF_ARENA_NEW(tables->arena, n_rows * HF_N_SUMMANDS, hf_estimate);
    for (uint64_t row = 0; row < n_rows; row++)
        memcpy(&all[row * HF_N_SUMMANDS],
               c->estimates->metrics[(uint64_t)c->outcome->n_metrics + row].differences,
               HF_N_SUMMANDS * sizeof *all);
    hf_estimates_table(group, "difference", "metric_unit",
                       "this policy's statistic less the first policy's, in the metric's unit", all,
                       c->looks.confidence, HF_DIMS(other, axes->metric, statistic));
    hf_group_set_text(group, "first_policy", c->world->policy_ids[0]);
    add_methods(group, all, n_rows * HF_N_SUMMANDS, HF_DIMS(other, axes->metric, statistic));
    hf_describe_metrics(group, axes, c);
}

void hf_summary_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *c) {
    hf_group *group = hf_tables_group(tables, "/summary");
    const hf_dimension *statistic = hf_tables_add_string_dimension(
        tables, "statistic", HF_N_STATISTICS, hf_statistic_names, "what is estimated");
    uint64_t n_rows = (uint64_t)c->n_variants * (uint64_t)c->outcome->n_metrics;
    uint64_t n = n_rows * HF_N_STATISTICS;
    hf_estimate *all = HF_ARENA_NEW(tables->arena, n, hf_estimate);
    for (uint64_t row = 0; row < n_rows; row++)
        memcpy(&all[row * HF_N_STATISTICS], c->estimates->metrics[row].statistics,
               HF_N_STATISTICS * sizeof *all);
    hf_table *table = hf_estimates_table(
        group, "estimate", "metric_unit", "estimate of the statistic in the metric's unit", all,
        c->looks.confidence, HF_DIMS(axes->policy, axes->metric, statistic));
    hf_table_set_text(table, "order_statistics", c->estimates->exact ? "exact" : "histogram");
    hf_table_set_text(table, "comment", "each metric has a unit of its own: variable metric_unit");
    hf_group_add_doubles(group, "coverage", "1", "achieved or nominal coverage of the interval",
                         copy(group, all, n, 3), HF_DIMS(axes->policy, axes->metric, statistic));
    add_methods(group, all, n, HF_DIMS(axes->policy, axes->metric, statistic));
    hf_group_add_flags(group, "thin_tail", "fewer than ten trials are expected beyond",
                       flagged(tables, all, n, HF_THIN_TAIL),
                       HF_DIMS(axes->policy, axes->metric, statistic));
    double *indices = HF_ARENA_NEW(tables->arena, n_rows, double);
    for (uint64_t row = 0; row < n_rows; row++)
        indices[row] = c->estimates->metrics[row].tail_index;
    hf_group_add_doubles(group, "tail_index", "1",
                         "Pareto index of the bad side: infinite variance from 1/2 on", indices,
                         HF_DIMS(axes->policy, axes->metric));
    hf_describe_metrics(group, axes, c);
    if (c->estimates->exact && c->n_variants > 1)
        add_differences(tables, axes, c);
}

static void add_exceedance(hf_tables *tables, const hf_axes *axes, const hf_campaign *c) {
    hf_group *group = hf_tables_group(tables, "/exceedance");
    int n_metrics = c->outcome->n_metrics;
    double weeks = (double)(c->plans[0]->n_weeks - c->plans[0]->warmup_weeks);
    double chances[HF_N_CHANCES];
    double *periods = HF_ARENA_NEW(tables->arena, HF_N_CHANCES, double);
    for (int i = 0; i < HF_N_CHANCES; i++) {
        chances[i] = (double)hf_chances[i] / HF_MILLION;
        periods[i] = hf_return_period(chances[i], weeks);
    }
    const hf_dimension *chance = hf_tables_add_double_dimension(
        tables, "chance", HF_N_CHANCES, chances, "1", "chance to be worse within the horizon");
    uint64_t n = (uint64_t)c->n_variants * (uint64_t)n_metrics * HF_N_CHANCES;
    hf_estimate *all = HF_ARENA_NEW(tables->arena, n, hf_estimate);
    uint8_t *resolved = HF_ARENA_NEW(tables->arena, n, uint8_t);
    for (uint64_t i = 0; i < n; i++) {
        all[i] = c->estimates->metrics[i / HF_N_CHANCES].exceedance[i % HF_N_CHANCES];
        resolved[i] = !(all[i].flags & HF_THIN_TAIL);
    }
    hf_estimates_table(group, "level", "metric_unit",
                       "level that is passed on the bad side, metric's unit", all,
                       c->looks.confidence, HF_DIMS(axes->policy, axes->metric, chance));
    hf_group_add_flags(group, "resolved", "at least ten trials are expected beyond", resolved,
                       HF_DIMS(axes->policy, axes->metric, chance));
    hf_group_add_flags(
        group, "extrapolated", "fewer than one trial is expected beyond: the level is missing",
        flagged(tables, all, n, HF_EXTRAPOLATED), HF_DIMS(axes->policy, axes->metric, chance));
    hf_group_add_flags(group, "unreliable", "the interval may not hold what it says",
                       flagged(tables, all, n, HF_UNRELIABLE),
                       HF_DIMS(axes->policy, axes->metric, chance));
    hf_table *table = hf_group_add_doubles(group, "return_period", "year",
                                           "return period of like years", periods, HF_DIMS(chance));
    hf_table_set_text(table, "comment",
                      "-(weeks in the window)/52/ln(1 - chance): assumes that years are alike");
    hf_describe_metrics(group, axes, c);
}

static void add_shares(hf_group *group, const hf_axes *axes, const hf_dimension *bin,
                       const hf_campaign *c, int metric) {
    double *shares = HF_ARENA_NEW(group->tables->arena, c->n_variants * HF_PLOT_BINS, double);
    for (int v = 0; v < c->n_variants; v++)
        memcpy(&shares[v * HF_PLOT_BINS], hf_estimates_of(c->estimates, v, metric)->shares,
               HF_PLOT_BINS * sizeof *shares);
    hf_group_add_doubles(group, "share", "1", "share of the weight in the bin", shares,
                         HF_DIMS(axes->policy, bin));
}

void hf_distribution_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *c) {
    const hf_dimension *bin =
        hf_tables_add_range_dimension(tables, "bin", HF_PLOT_BINS, 0, NULL, "bin, ascending");
    for (int metric = 0; metric < c->outcome->n_metrics; metric++) {
        const hf_quantity *q = &c->outcome->quantities[metric];
        hf_group *group =
            hf_tables_group(tables, hf_tables_join(tables, "/distribution/", q->name, ""));
        uint64_t *counts = HF_ARENA_NEW(tables->arena, c->n_variants * HF_PLOT_BINS, uint64_t);
        for (int v = 0; v < c->n_variants; v++)
            memcpy(&counts[v * HF_PLOT_BINS], hf_estimates_of(c->estimates, v, metric)->counts,
                   HF_PLOT_BINS * sizeof *counts);
        hf_group_add_counts(group, "count", "1", "trials in the bin", counts,
                            HF_DIMS(axes->policy, bin));
        if (c->estimates->rules.is_weighted)
            add_shares(group, axes, bin, c, metric);
        hf_group_add_doubles(group, "bin_lower", q->unit, "lower edge, included",
                             c->estimates->edges[metric], HF_DIMS(bin));
        hf_group_add_doubles(group, "bin_upper", q->unit,
                             "upper edge, excluded but for the last bin",
                             c->estimates->edges[metric] + 1, HF_DIMS(bin));
        hf_group_set_text(group, "metric", q->name);
    }
    add_exceedance(tables, axes, c);
}
