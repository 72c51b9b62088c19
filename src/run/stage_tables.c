#include "run/result_tables.h"

/* Mean with interval of one quantity. */
static hf_estimate mean_of(const hf_campaign *c, int variant, int quantity) {
    return hf_estimate_of_sums(hf_tally_calm(c->tally, variant, quantity),
                               &hf_tally_moments(c->tally, variant, quantity)->sums,
                               hf_tally_units(c->tally, variant, quantity), c->looks.confidence);
}

/* Means of n quantities from `first` on, [variant][n], in the tables' arena. */
static hf_estimate *means(hf_tables *tables, const hf_campaign *c, int first, int n) {
    hf_estimate *all = HF_ARENA_NEW(tables->arena, c->n_variants * n, hf_estimate);
    for (int v = 0; v < c->n_variants; v++)
        for (int i = 0; i < n; i++)
            all[v * n + i] = mean_of(c, v, first + i);
    return all;
}

double hf_stage_planned_output(const hf_plan *plan, int stage) {
    double planned = 0.0;
    for (int t = plan->warmup_weeks; t < plan->n_weeks; t++)
        planned += plan->stages[stage].plan[t];
    return planned / (double)(plan->n_weeks - plan->warmup_weeks);
}

/* Planned minus mean output: what chance and limits took. */
static hf_estimate *lost_output(hf_tables *tables, const hf_campaign *c,
                                const hf_estimate *output) {
    int n = c->space->n_stages;
    hf_estimate *lost = HF_ARENA_NEW(tables->arena, c->n_variants * n, hf_estimate);
    for (int v = 0; v < c->n_variants; v++)
        for (int i = 0; i < n; i++) {
            const hf_estimate *o = &output[v * n + i];
            double planned = hf_stage_planned_output(c->plans[v], i);
            lost[v * n + i] = *o;
            lost[v * n + i].value = planned - o->value;
            lost[v * n + i].lower = planned - o->upper;
            lost[v * n + i].upper = planned - o->lower;
        }
    return lost;
}

static void add_weekly_output(hf_tables *tables, hf_group *group, const hf_axes *axes,
                              const hf_campaign *c) {
    int n = c->space->n_stages, weeks = c->plans[0]->n_weeks;
    size_t size = (size_t)c->n_variants * (size_t)n * (size_t)weeks;
    hf_estimate *all = HF_ARENA_NEW(tables->arena, size, hf_estimate);
    double *planned = HF_ARENA_NEW(tables->arena, size, double);
    size_t at = 0;
    for (int v = 0; v < c->n_variants; v++)
        for (int i = 0; i < n; i++)
            for (int t = 0; t < weeks; t++, at++) {
                hf_weekly_mean m = hf_weekly_stage_mean(c->weekly, v, t, i);
                double half = c->estimates->rules.z * m.standard_error;
                all[at] =
                    (hf_estimate){.value = m.mean, .lower = m.mean - half, .upper = m.mean + half};
                planned[at] = c->plans[v]->stages[i].plan[t];
            }
    hf_table *table = hf_estimates_table(group, "weekly_output", "unit week-1",
                                         "mean good output of the week", all, c->looks.confidence,
                                         HF_DIMS(axes->policy, axes->stage, axes->week));
    hf_table_set_text(table, "method", "normal; sums on a grid of 2^-40 of the stage's scale");
    hf_group_add_doubles(group, "planned_output", "unit week-1", "planned good output of the week",
                         planned, HF_DIMS(axes->policy, axes->stage, axes->week));
}

void hf_stage_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *c) {
    hf_group *group = hf_tables_group(tables, "/stages");
    const hf_outcome *o = c->outcome;
    int n = c->space->n_stages;
    const hf_dimension *cause = hf_tables_add_string_dimension(
        tables, "cause", (uint64_t)c->space->n_causes, c->space->causes,
        "what binds a stage: its own line or the input that it lacks");
    hf_estimate *output = means(tables, c, o->first_output, n);
    hf_estimates_table(group, "output", "unit week-1", "mean good output", output,
                       c->looks.confidence, HF_DIMS(axes->policy, axes->stage));
    hf_estimates_table(group, "lost_output", "unit week-1", "planned less mean good output",
                       lost_output(tables, c, output), c->looks.confidence,
                       HF_DIMS(axes->policy, axes->stage));
    hf_estimates_table(group, "utilisation", "1", "mean of starts over capacity",
                       means(tables, c, o->first_utilisation, n), c->looks.confidence,
                       HF_DIMS(axes->policy, axes->stage));
    hf_estimates_table(group, "bottleneck_weeks", "week",
                       "weeks in which the cause bound the stage",
                       means(tables, c, o->first_bound, n * c->space->n_causes),
                       c->looks.confidence, HF_DIMS(axes->policy, axes->stage, cause));
    hf_group_add_strings(group, "stage_unit", "unit of the stage's output", c->space->stage_units,
                         HF_DIMS(axes->stage));
    add_weekly_output(tables, group, axes, c);
}

/* Sum of fl(w L) over sum of w: a ratio of two sums over a random part of the trials, for whose
 * error periods are no units. */
static hf_estimate weighted_loss(const hf_sums *losses, const hf_sums *weights) {
    const double missing = __builtin_nan("");
    double weight = hf_exact_sum_value(&weights->sum);
    return (hf_estimate){.value =
                             weight > 0.0 ? hf_exact_sum_value(&losses->sum) / weight : missing,
                         .lower = missing,
                         .upper = missing,
                         .coverage = missing,
                         .flags = HF_NO_INTERVAL};
}

/* Loss of the trials in which a hazard struck (spared: did not). */
static hf_estimate *losses(hf_tables *tables, const hf_campaign *c, bool spared) {
    int n = c->space->n_hazards;
    hf_estimate *all = HF_ARENA_NEW(tables->arena, c->n_variants * n, hf_estimate);
    for (int v = 0; v < c->n_variants; v++)
        for (int h = 0; h < n; h++) {
            hf_sums sums = *hf_tally_struck(c->tally, v, h), weights;
            if (spared)
                hf_tally_spared(c->tally, v, h, &sums);
            if (c->account) {
                weights = *hf_tally_struck_weight(c->tally, v, h);
                if (spared)
                    hf_tally_spared_weight(c->tally, v, h, &weights);
                all[v * n + h] = weighted_loss(&sums, &weights);
            } else {
                all[v * n + h] = hf_estimate_of_sums(0.0, &sums, NULL, c->looks.confidence);
            }
        }
    return all;
}

void hf_hazard_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *c) {
    hf_group *group = hf_tables_group(tables, "/hazards");
    int n = c->space->n_hazards;
    const char *money = c->world->scenarios[0]->currency;
    uint64_t *struck = HF_ARENA_NEW(tables->arena, c->n_variants * n, uint64_t);
    for (int v = 0; v < c->n_variants; v++)
        for (int h = 0; h < n; h++)
            struck[v * n + h] = hf_tally_struck(c->tally, v, h)->n;
    hf_estimates_table(group, "events", "1", "points that struck, mean over trials",
                       means(tables, c, c->outcome->first_events, n), c->looks.confidence,
                       HF_DIMS(axes->policy, axes->hazard));
    hf_estimates_table(group, "active_weeks", "week",
                       "weeks in which it was felt, mean over trials",
                       means(tables, c, c->outcome->first_active, n), c->looks.confidence,
                       HF_DIMS(axes->policy, axes->hazard));
    hf_estimates_table(group, "loss_struck", money,
                       "mean revenue lost in trials in which it struck", losses(tables, c, false),
                       c->looks.confidence, HF_DIMS(axes->policy, axes->hazard));
    hf_estimates_table(group, "loss_spared", money, "mean revenue lost in the other trials",
                       losses(tables, c, true), c->looks.confidence,
                       HF_DIMS(axes->policy, axes->hazard));
    hf_group_add_counts(group, "trials_struck", "1", "trials in which it struck", struck,
                        HF_DIMS(axes->policy, axes->hazard));
    hf_group_add_strings(group, "family", "family of the hazard", c->space->hazard_families,
                         HF_DIMS(axes->hazard));
}
