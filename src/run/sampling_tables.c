#include "run/result_tables.h"
#include "run/sampling.h"

/* One double of each policy. */
static void add_of_policies(hf_group *group, const char *name, const char *long_name,
                            const hf_axes *axes, const hf_sampling_account *a, size_t offset) {
    double *values = HF_ARENA_NEW(group->tables->arena, a->n_variants, double);
    for (int v = 0; v < a->n_variants; v++)
        values[v] = *(const double *)((const char *)&a->policies[v] + offset);
    hf_group_add_doubles(group, name, "1", long_name, values, HF_DIMS(axes->policy));
}

/* `n` doubles of each policy and metric, over a further dimension if there is one. */
static void add_of_metrics(hf_group *group, const char *name, const char *long_name,
                           const hf_axes *axes, const hf_sampling_account *a, size_t offset, int n,
                           const hf_dimension *further) {
    int n_rows = a->n_variants * a->n_metrics;
    double *values = HF_ARENA_NEW(group->tables->arena, n_rows * n, double);
    for (int row = 0; row < n_rows; row++)
        for (int i = 0; i < n; i++)
            values[row * n + i] = ((const double *)((const char *)&a->metrics[row] + offset))[i];
    if (further)
        hf_group_add_doubles(group, name, "1", long_name, values,
                             HF_DIMS(axes->policy, axes->metric, further));
    else
        hf_group_add_doubles(group, name, "1", long_name, values,
                             HF_DIMS(axes->policy, axes->metric));
}

static void add_weights(hf_group *group, const hf_axes *axes, const hf_campaign *c,
                        const hf_sampling_account *a) {
    double *forecast = HF_ARENA_NEW(group->tables->arena, a->n_variants, double);
    hf_estimate *means = HF_ARENA_NEW(group->tables->arena, a->n_variants, hf_estimate);
    for (int v = 0; v < a->n_variants; v++) {
        forecast[v] =
            (double)c->n_trials * hf_design_effective(c->design, c->plans[v], c->job->seed);
        means[v] = a->policies[v].mean_weight;
    }
    add_of_policies(group, "effective_trials", "(sum of weights)^2 / sum of their squares", axes, a,
                    offsetof(hf_policy_account, effective));
    hf_group_add_doubles(group, "forecast_trials", "1",
                         "effective trials as forecast before the run", forecast,
                         HF_DIMS(axes->policy));
    add_of_policies(group, "largest_share", "largest weight over the sum of weights", axes, a,
                    offsetof(hf_policy_account, largest_share));
    hf_estimates_table(group, "mean_weight", "1", "mean weight, which should be 1", means,
                       c->looks.confidence, HF_DIMS(axes->policy));
}

static void add_strata(hf_group *group, const hf_axes *axes, const hf_campaign *c,
                       const hf_sampling_account *a, const hf_dimension *stratum) {
    hf_arena *arena = group->tables->arena;
    uint64_t *trials = HF_ARENA_NEW(arena, a->n_strata, uint64_t);
    double *chances = HF_ARENA_NEW(arena, a->n_variants * a->n_strata, double);
    for (int s = 0; s < a->n_strata; s++) {
        trials[s] = c->n_trials / HF_PERIOD * (uint64_t)a->stratum_trials[s];
        for (int v = 0; v < a->n_variants; v++)
            chances[v * a->n_strata + s] = a->policies[v].stratum_chance[s];
    }
    hf_group_add_counts(group, "stratum_trials", "1", "trials of the stratum", trials,
                        HF_DIMS(stratum));
    hf_group_add_doubles(group, "stratum_chance", "1",
                         "chance of the stratum, as the weights have it", chances,
                         HF_DIMS(axes->policy, stratum));
}

/* What a trial in which nothing happens is worth: what weights leave alone. */
static void add_calm(hf_group *group, const hf_axes *axes, const hf_sampling_account *a) {
    int n_rows = a->n_variants * a->n_metrics;
    double *values = HF_ARENA_NEW(group->tables->arena, n_rows, double);
    for (int row = 0; row < n_rows; row++)
        values[row] = a->metrics[row].calm;
    hf_group_add_doubles(group, "calm", "metric_unit",
                         "value where nothing happens, metric's unit: means are this and the "
                         "weighted mean of what trials differ from it by",
                         values, HF_DIMS(axes->policy, axes->metric));
}

/* The crude run's estimates of the statistics that are compared. */
static void add_crude(hf_group *group, const hf_axes *axes, const hf_campaign *c,
                      const hf_sampling_account *a, const hf_dimension *saving) {
    int n_rows = a->n_variants * a->n_metrics;
    hf_estimate *crude = HF_ARENA_NEW(group->tables->arena, n_rows * HF_N_SAVINGS, hf_estimate);
    for (int row = 0; row < n_rows; row++)
        for (int s = 0; s < HF_N_SAVINGS; s++)
            crude[row * HF_N_SAVINGS + s] = a->metrics[row].crude[s];
    hf_estimates_table(group, "crude", "metric_unit",
                       "estimate of the crude run beside it, metric's unit", crude,
                       c->looks.confidence, HF_DIMS(axes->policy, axes->metric, saving));
    add_of_metrics(group, "crude_z",
                   "weighted less crude estimate over its standard error, as if independent", axes,
                   a, offsetof(hf_metric_account, crude_z), HF_N_SAVINGS, saving);
}

void hf_sampling_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *c) {
    const hf_sampling_account *a = c->account;
    const char *words[HF_N_SAVINGS];
    hf_group *group = hf_tables_group(tables, "/sampling");
    for (int s = 0; s < HF_N_SAVINGS; s++)
        words[s] = hf_statistic_names[hf_savings[s]];
    const hf_dimension *saving = hf_tables_add_string_dimension(
        tables, "saving_statistic", HF_N_SAVINGS, words, "what is estimated with fewer trials");
    const hf_dimension *stratum =
        hf_tables_add_range_dimension(tables, "stratum", (uint64_t)a->n_strata, 0, NULL,
                                      "own points of the chosen hazards; the last: or more");
    add_weights(group, axes, c, a);
    add_strata(group, axes, c, a, stratum);
    add_calm(group, axes, a);
    add_of_metrics(group, "tail_effective_trials",
                   "effective trials of those at and beyond VaR .99", axes, a,
                   offsetof(hf_metric_account, tail_effective), 1, NULL);
    add_of_metrics(group, "tail_largest_share", "largest weight among these over their sum", axes,
                   a, offsetof(hf_metric_account, tail_largest_share), 1, NULL);
    add_of_metrics(group, "saving",
                   "trials as they fall that would give the same standard error, over these", axes,
                   a, offsetof(hf_metric_account, saving), HF_N_SAVINGS, saving);
    add_of_metrics(group, "limit", "part of the variance of CVaR .99 that the stratum makes", axes,
                   a, offsetof(hf_metric_account, limit), a->n_strata, stratum);
    add_crude(group, axes, c, a, saving);
    hf_describe_metrics(group, axes, c);
}
