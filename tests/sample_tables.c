#include "sample_tables.h"
#include "io/provenance.h"
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const policies[] = {"baseline", "réserve stratégique"};
static const char *const metrics[] = {"fill_rate", "revenue_lost", "time_to_recover"};
static const char *const statistics[] = {"mean", "var_0.95"};

double sample_value(uint64_t policy, uint64_t trial) {
    return (double)(trial * trial % 1009 + policy) / 1009.0;
}

static double *ramp(hf_tables *tables, size_t n, double step) {
    double *values = HF_ARENA_NEW(tables->arena, n, double);
    for (size_t i = 0; i < n; i++)
        values[i] = step * (double)i;
    return values;
}

static uint64_t *counts(hf_tables *tables, size_t n) {
    uint64_t *values = HF_ARENA_NEW(tables->arena, n, uint64_t);
    for (size_t i = 0; i < n; i++)
        values[i] = ((uint64_t)1 << 63) + i;
    return values;
}

static void add_summary(hf_tables *tables, const hf_dimension *policy) {
    static const uint8_t resolved[] = {1, 0, 1};
    hf_group *group = hf_tables_group(tables, "/summary");
    const hf_dimension *metric =
        hf_tables_add_string_dimension(tables, "metric", 3, metrics, "what is measured");
    const hf_dimension *statistic =
        hf_tables_add_string_dimension(tables, "statistic", 2, statistics, NULL);
    double *values = ramp(tables, 12, 0.1);
    values[7] = (double)NAN;
    hf_table *value = hf_group_add_doubles(group, "value", "1", "estimate", values,
                                           HF_DIMS(policy, metric, statistic));
    hf_table_set_text(value, "method", "order statistics");
    hf_table_set_text(value, "ancillary_variables", "value_lower value_upper");
    hf_table_set_double(value, "confidence", 0.95);
    hf_table_set_integer(value, "look", -3);
    hf_group_add_doubles(group, "value_lower", "1", "lower end", ramp(tables, 12, 0.09),
                         HF_DIMS(policy, metric, statistic));
    hf_group_add_doubles(group, "value_upper", "1", "upper end", ramp(tables, 12, 0.11),
                         HF_DIMS(policy, metric, statistic));
    hf_group_add_flags(group, "resolved", "whether the tail is resolved", resolved,
                       HF_DIMS(metric));
    hf_group_add_doubles(group, "confidence_level", "1", "of every interval", ramp(tables, 1, 0.95),
                         HF_SCALAR);
}

static void add_distribution(hf_tables *tables, const hf_dimension *policy) {
    hf_group *group = hf_tables_group(tables, "/distribution/fill_rate");
    const hf_dimension *bin = hf_tables_add_plain_dimension(tables, "bin", 4);
    const hf_dimension *edge =
        hf_tables_add_double_dimension(tables, "edge", 5, ramp(tables, 5, 0.25), "1", "bin edges");
    hf_group_add_counts(group, "count", "1", "trials in the bin", counts(tables, 8),
                        HF_DIMS(policy, bin));
    hf_group_add_doubles(group, "chance_below", "1", NULL, ramp(tables, 10, 0.1),
                         HF_DIMS(policy, edge));
}

static void add_weekly(hf_tables *tables, const hf_dimension *policy) {
    static const double quantiles[] = {0.05, 0.5, 0.95};
    static const int64_t deltas[] = {-5, 0, 5};
    hf_group *group = hf_tables_group(tables, "/weekly");
    const hf_dimension *week =
        hf_tables_add_range_dimension(tables, "week", 5, -2, "week", "week of the horizon");
    const hf_dimension *quantile =
        hf_tables_add_double_dimension(tables, "quantile", 3, quantiles, "1", NULL);
    const hf_dimension *stage = hf_tables_add_string_dimension(tables, "stage", 2, policies, NULL);
    const hf_dimension *offset =
        hf_tables_add_integer_dimension(tables, "offset", 3, deltas, "day", "offset");
    hf_group_add_doubles(group, "backlog", "week", "late backlog",
                         ramp(tables, 2 * 5 * 3 * 2, 1e-3), HF_DIMS(policy, week, quantile, stage));
    hf_group_add_integers(group, "delay", "day", NULL, deltas, HF_DIMS(offset));
}

static void add_events(hf_tables *tables, const hf_dimension *policy) {
    static const char *const events[] = {"strait closed, \"again\"", NULL, "", "地震"};
    hf_group *tail = hf_tables_group(tables, "/tail"), *looks;
    const hf_dimension *rank = hf_tables_add_range_dimension(tables, "rank", 2, 1, "1", NULL);
    hf_group_add_strings(tail, "events", "what struck", events, HF_DIMS(policy, rank));
    const hf_dimension *look = hf_tables_add_range_dimension(tables, "look", 0, 0, "1", "look");
    looks = hf_tables_group(tables, "/convergence");
    hf_group_add_doubles(looks, "estimate", "1", "estimate at the look", ramp(tables, 0, 0),
                         HF_DIMS(look));
    hf_group_add_strings(looks, "decision", "what was decided", NULL, HF_DIMS(look));
}

static void add_trials(hf_tables *tables, const hf_dimension *policy, bool declared) {
    hf_group *group = hf_tables_group(tables, "/trials");
    const hf_dimension *trial = hf_tables_add_range_dimension(tables, "trial", SAMPLE_TRIALS, 7,
                                                              "1", "number of the trial");
    if (declared) {
        hf_group_declare_doubles(group, "fill_rate", "1", "fill rate", HF_DIMS(policy, trial));
        return;
    }
    double *values = HF_ARENA_NEW(tables->arena, SAMPLE_POLICIES * SAMPLE_TRIALS, double);
    for (uint64_t p = 0; p < SAMPLE_POLICIES; p++)
        for (uint64_t t = 0; t < SAMPLE_TRIALS; t++)
            values[p * SAMPLE_TRIALS + t] = sample_value(p, t);
    hf_group_add_doubles(group, "fill_rate", "1", "fill rate", values, HF_DIMS(policy, trial));
}

static void add_circumstances(hf_tables *tables) {
    static const char *const hosts[] = {"node01", "node\xFF"};
    static const char *const arguments[] = {"holdfast", "run", "it's.json"};
    static const uint64_t trials[] = {600, 400};
    static const double seconds[] = {1.5, 1.25}, speeds[] = {1e6, 2e6};
    hf_provenance_add(tables, &(hf_provenance){.started = "2026-01-31T12:00:00Z",
                                               .finished = "2026-01-31T12:00:02Z",
                                               .mpi_library = "none",
                                               .kernel = "reference",
                                               .n_arguments = 3,
                                               .arguments = arguments,
                                               .job_path = "it's.json",
                                               .n_ranks = 2,
                                               .hosts = hosts});
    hf_performance_add(tables, &(hf_performance){.n_ranks = 2,
                                                 .trials = trials,
                                                 .seconds = seconds,
                                                 .stage_weeks_per_second = speeds,
                                                 .wall_seconds = 2.0});
    hf_inputs_add(tables, &(hf_input_texts){.scenario = "{\"schema\": \"holdfast-scenario/1\"}\n",
                                            .job = "{}\n",
                                            .job_resolved = "{\"trials\": 1000}"});
}

hf_tables *sample_tables(bool declared) {
    hf_tables *tables = hf_tables_create();
    hf_group *root = hf_tables_group(tables, "/");
    hf_group_set_text(root, "Conventions", "CF-1.10");
    hf_group_set_text(root, "title", "Ein Beispiel: Widerstandsfähigkeit");
    hf_group_set_count(root, "seed", UINT64_MAX);
    hf_group_set_integer(root, "format_version", 1);
    hf_group_set_double(root, "confidence", 0.95);
    const hf_dimension *policy =
        hf_tables_add_string_dimension(tables, "policy", SAMPLE_POLICIES, policies, "policy");
    add_summary(tables, policy);
    add_distribution(tables, policy);
    add_weekly(tables, policy);
    add_events(tables, policy);
    add_trials(tables, policy, declared);
    add_circumstances(tables);
    return tables;
}

int files_in(const char *folder) {
    int n = -2; /* . and .. */
    DIR *directory = opendir(folder);
    while (directory && readdir(directory))
        n++;
    if (directory)
        closedir(directory);
    return n;
}

bool error_says(const hf_error *err, const char *words) {
    if (!strstr(err->text, words))
        printf("'%s' does not say '%s'\n", err->text, words);
    return strstr(err->text, words) != NULL;
}
