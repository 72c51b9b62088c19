#include "run/result_tables.h"

enum { N_FAN_QUANTILES = 7 };
static const int fan_thousandths[N_FAN_QUANTILES] = {10, 50, 250, 500, 750, 950, 990};

typedef struct series_words {
    const char *name, *unit, *long_name;
} series_words;

static void add_series(hf_tables *tables, hf_group *group, const hf_axes *axes,
                       const hf_dimension *quantile, const hf_campaign *c, int series,
                       const series_words *words) {
    int weeks = c->plans[0]->n_weeks;
    size_t n = (size_t)c->n_variants * (size_t)weeks;
    double *fan = HF_ARENA_NEW(tables->arena, n * N_FAN_QUANTILES, double);
    double *error = HF_ARENA_NEW(tables->arena, weeks, double);
    hf_estimate *mean = HF_ARENA_NEW(tables->arena, n, hf_estimate);
    for (int v = 0; v < c->n_variants; v++)
        for (int t = 0; t < weeks; t++) {
            size_t at = (size_t)(v * weeks + t);
            hf_weekly_mean m = hf_weekly_series_mean(c->weekly, v, t, series);
            double half = c->estimates->rules.z * m.standard_error;
            mean[at] =
                (hf_estimate){.value = m.mean, .lower = m.mean - half, .upper = m.mean + half};
            for (int q = 0; q < N_FAN_QUANTILES; q++)
                fan[at * N_FAN_QUANTILES + (size_t)q] =
                    hf_weekly_quantile(c->weekly, v, t, series, fan_thousandths[q]);
            error[t] = hf_weekly_quantile_error(c->weekly, t, series);
        }
    hf_table *table = hf_group_add_doubles(group, words->name, words->unit, words->long_name, fan,
                                           HF_DIMS(axes->policy, axes->week, quantile));
    hf_table_set_text(table, "ancillary_variables",
                      hf_tables_join(tables, words->name, "_error", ""));
    hf_table_set_text(table, "method", "256 bins a week; half a bin is in the _error variable");
    hf_group_add_doubles(group, hf_tables_join(tables, words->name, "_error", ""), words->unit,
                         "largest error of the quantiles from their bins", error,
                         HF_DIMS(axes->week));
    hf_estimates_table(group, hf_tables_join(tables, words->name, "_mean", ""), words->unit,
                       hf_tables_join(tables, words->long_name, ", mean", ""), mean,
                       c->looks.confidence, HF_DIMS(axes->policy, axes->week));
}

void hf_weekly_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *c) {
    hf_group *group = hf_tables_group(tables, "/weekly");
    const char *money = c->world->scenarios[0]->currency;
    const char *money_a_week = hf_tables_join(tables, money, " week-1", "");
    const series_words words[HF_N_SERIES] = {
        [HF_SERIES_SERVICE] = {"service", "1", "part of what is due that is shipped"},
        [HF_SERIES_LATE] = {"late_backlog", money, "value of the backlog beyond the promise"},
        [HF_SERIES_SHIPPED] = {"shipments", money_a_week, "value shipped to markets"},
        [HF_SERIES_DEMAND] = {"demand", money_a_week, "value ordered by markets"},
    };
    double levels[N_FAN_QUANTILES];
    for (int q = 0; q < N_FAN_QUANTILES; q++)
        levels[q] = (double)fan_thousandths[q] / 1000.0;
    const hf_dimension *quantile = hf_tables_add_double_dimension(
        tables, "quantile", N_FAN_QUANTILES, levels, "1", "level of the quantile over trials");
    for (int series = 0; series < HF_N_SERIES; series++)
        add_series(tables, group, axes, quantile, c, series, &words[series]);
}
