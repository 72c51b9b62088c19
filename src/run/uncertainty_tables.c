#include "run/result_tables.h"
#include <stddef.h>

static const char method[] =
    "outer variance: variance over outer draws less the variance within them, from two independent "
    "halves of each draw, bias-corrected by their quarters; interval by the jackknife over draws; "
    "band: percentiles of the draws' estimates, shrunk until their variance is the outer one";

static const char note[] =
    "Rates with a random per_year are known only roughly. Were they known, the number would lie "
    "somewhere in its band; no number of trials narrows that, only better knowledge of the rates "
    "does. outer_variance is the variance of the number over what the rates may be, "
    "inner_variance what chance adds to the average over draws, which more trials remove. Where "
    "within_noise is true no effect of the rates is seen through chance: outer_variance and band "
    "may be noise.";

static const char note_without_rates[] =
    "Every per_year of this scenario is a fixed number, so nothing here is ignorance: the true "
    "outer variances are 0, and what outer_variance and the bands show is noise.";

static const struct {
    const char *name, *unit, *long_name;
    size_t offset;
} columns[] = {
    {"inner_variance", "metric_unit2", "variance that chance leaves in the average over draws",
     offsetof(hf_ignorance, inner)},
    {"outer_sd", "metric_unit", "root of the outer variance, missing where that is negative",
     offsetof(hf_ignorance, outer_sd)},
    {"band_lower", "metric_unit", "lower end of what ignorance of the rates alone leaves open",
     offsetof(hf_ignorance, band_lower)},
    {"band_upper", "metric_unit", "upper end of what ignorance of the rates alone leaves open",
     offsetof(hf_ignorance, band_upper)},
};

static void add_columns(hf_group *group, const hf_ignorance *found, uint64_t n, double confidence,
                        int n_dimensions, const hf_dimension *const *dimensions) {
    hf_estimate *outer = HF_ARENA_NEW(group->tables->arena, n, hf_estimate);
    for (uint64_t i = 0; i < n; i++)
        outer[i] = found[i].outer;
    hf_estimates_table(group, "outer_variance", "metric_unit2",
                       "variance over what the rates may be", outer, confidence, n_dimensions,
                       dimensions);
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
        double *values = HF_ARENA_NEW(group->tables->arena, n, double);
        for (uint64_t i = 0; i < n; i++)
            values[i] = *(const double *)((const char *)&found[i] + columns[k].offset);
        hf_group_add_doubles(group, columns[k].name, columns[k].unit, columns[k].long_name, values,
                             n_dimensions, dimensions);
    }
}

static void add_flags(hf_group *group, const hf_uncertainty *u, int n_dimensions,
                      const hf_dimension *const *dimensions) {
    hf_arena *arena = group->tables->arena;
    const hf_ignorance *found = u->found[0];
    uint64_t n = (uint64_t)u->n_policies * (uint64_t)u->n_metrics * HF_N_STATISTICS;
    uint8_t *unresolved = HF_ARENA_NEW(arena, n, uint8_t);
    uint8_t *without = HF_ARENA_NEW(arena, n, uint8_t);
    uint8_t *unreliable = HF_ARENA_NEW(arena, n, uint8_t);
    uint8_t *within_noise = HF_ARENA_NEW(arena, n, uint8_t);
    for (uint64_t i = 0; i < n; i++) {
        unresolved[i] = u->nested.part[i % HF_N_STATISTICS] == 0;
        without[i] = (found[i].outer.flags & HF_NO_INTERVAL) != 0;
        unreliable[i] = (found[i].outer.flags & HF_UNRELIABLE) != 0;
        within_noise[i] = !hf_ignorance_is_seen(&found[i]);
    }
    hf_group_add_flags(group, "unresolved", "an outer draw has too few trials for this statistic",
                       unresolved, n_dimensions, dimensions);
    hf_group_add_flags(
        group, "no_interval",
        "no interval of the outer variance: too few outer draws, or none that differ", without,
        n_dimensions, dimensions);
    hf_group_add_flags(group, "unreliable", "the interval may not hold what it says", unreliable,
                       n_dimensions, dimensions);
    hf_group_add_flags(
        group, "within_noise",
        "no effect of the rates is seen: no interval of the outer variance, or one that reaches 0",
        within_noise, n_dimensions, dimensions);
}

void hf_uncertainty_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *c) {
    const hf_uncertainty *u = c->uncertainty;
    hf_group *group = hf_tables_group(tables, "/uncertainty");
    const hf_dimension *statistic = hf_tables_add_string_dimension(
        tables, "statistic", HF_N_STATISTICS, hf_statistic_names, "what is estimated");
    const hf_dimension *const dimensions[] = {axes->policy, axes->metric, statistic};
    uint64_t rates = hf_uncertain_rates(c->n_variants, c->plans);
    hf_group_set_count(group, "outer_draws", u->n_draws);
    hf_group_set_count(group, "inner_trials", u->inner_trials);
    hf_group_set_count(group, "uncertain_rates", rates);
    hf_group_set_double(group, "confidence", c->looks.confidence);
    hf_group_set_text(group, "method", method);
    hf_group_set_text(group, "note", rates ? note : note_without_rates);
    add_columns(group, u->found[0], (uint64_t)(u->n_policies * u->n_metrics) * HF_N_STATISTICS,
                c->looks.confidence, 3, dimensions);
    add_flags(group, u, 3, dimensions);
    hf_describe_metrics(group, axes, c);
}
