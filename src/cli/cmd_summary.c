#include "cli/commands.h"
#include "io/digest.h"
#include "io/result.h"
#include "io/table_text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_SHOWN = 4, N_TOP = 10 };

/* A policy's block of a group's table: dimensions (policy, ...). */
static const double *block(const hf_table *table, uint64_t policy) {
    return (const double *)table->data +
           policy * (hf_table_size(table) / table->dimensions[0]->length);
}

/* Money and units by the million read better in words. */
static double scale_of(double largest, const char **word) {
    static const struct {
        double factor;
        const char *word;
    } scales[] = {{1e12, "trillion "}, {1e9, "billion "}, {1e6, "million "}};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
        if (largest >= scales[i].factor) {
            *word = scales[i].word;
            return scales[i].factor;
        }
    *word = "";
    return 1.0;
}

typedef struct summary {
    const hf_result *file;
    hf_tables *tables;
    const hf_group *root, *summary, *stages, *hazards;
    const hf_dimension *policy;
} summary;

static hf_status read_groups(summary *s, hf_error *err) {
    hf_status status = hf_result_read_attributes(s->file, "/", s->tables, &s->root, err);
    if (status == HF_OK)
        status = hf_result_read(s->file, "/summary", s->tables, &s->summary, err);
    if (status == HF_OK)
        status = hf_result_read(s->file, "/stages", s->tables, &s->stages, err);
    if (status == HF_OK)
        status = hf_result_read(s->file, "/hazards", s->tables, &s->hazards, err);
    if (status != HF_OK)
        return status;
    s->policy = hf_group_find_dimension(s->summary, "policy");
    return s->policy && s->policy->type == HF_TYPE_STRING
               ? HF_OK
               : hf_fail(err, HF_BAD_INPUT, "the result's /summary names no policies");
}

/* The estimate with its ends, the three tables of one name; false if they do not fit `n`. */
typedef struct estimates {
    const double *value, *lower, *upper;
} estimates;

static hf_status find_estimates(const summary *s, const hf_group *group, const char *name,
                                uint64_t policy, uint64_t per_policy, estimates *found,
                                hf_error *err) {
    static const char *const suffix[3] = {"", "_lower", "_upper"};
    const double **into[3] = {&found->value, &found->lower, &found->upper};
    for (int i = 0; i < 3; i++) {
        char full[128];
        const hf_table *table;
        snprintf(full, sizeof full, "%s%s", name, suffix[i]);
        hf_status status = hf_result_table(s->file, group, full, HF_TYPE_DOUBLE, &table, err);
        if (status != HF_OK)
            return status;
        if (hf_table_size(table) != s->policy->length * per_policy)
            return hf_fail(err, HF_BAD_INPUT, "%s/%s is not by policy", group->path, full);
        *into[i] = block(table, policy);
    }
    return HF_OK;
}

static void metric_row(hf_grid *grid, const char *name, const char *unit, const estimates *e,
                       uint64_t at, uint64_t n_statistics, const int64_t *shown) {
    char text[HF_NUMBER_TEXT], words[128];
    const char *scale_word;
    double largest = 0.0;
    for (int i = 0; i < N_SHOWN; i++)
        largest = fmax(largest, fabs(e->value[at * n_statistics + (uint64_t)shown[i]]));
    double scale = scale_of(largest, &scale_word);
    snprintf(words, sizeof words, "%s%s", scale_word, unit);
    hf_grid_cell(grid, HF_LEFT, name);
    hf_grid_cell(grid, HF_LEFT, words);
    for (int i = 0; i < N_SHOWN; i++) {
        uint64_t j = at * n_statistics + (uint64_t)shown[i];
        hf_format_interval(text, e->value[j] / scale, e->lower[j] / scale, e->upper[j] / scale, 4);
        hf_grid_cell(grid, HF_RIGHT, text);
    }
    hf_grid_line(grid);
}

static hf_status print_metrics(const summary *s, uint64_t policy, hf_error *err) {
    static const char *const wanted[N_SHOWN] = {"mean", "q50", "var95", "cvar95"};
    const hf_dimension *metric = hf_group_find_dimension(s->summary, "metric");
    const hf_dimension *statistic = hf_group_find_dimension(s->summary, "statistic");
    const hf_table *unit;
    estimates e;
    int64_t shown[N_SHOWN];
    if (!metric || !statistic || metric->type != HF_TYPE_STRING)
        return hf_fail(err, HF_BAD_INPUT, "the result's /summary has no metrics");
    hf_status status =
        hf_result_table(s->file, s->summary, "metric_unit", HF_TYPE_STRING, &unit, err);
    if (status == HF_OK)
        status = find_estimates(s, s->summary, "estimate", policy,
                                metric->length * statistic->length, &e, err);
    if (status != HF_OK)
        return status;
    hf_grid *grid = hf_grid_create();
    hf_grid_cell(grid, HF_LEFT, "metric");
    hf_grid_cell(grid, HF_LEFT, "unit");
    for (int i = 0; i < N_SHOWN; i++) {
        shown[i] = hf_dimension_find(statistic, wanted[i]);
        if (shown[i] < 0)
            status = hf_fail(err, HF_BAD_INPUT, "/summary lacks the statistic %s", wanted[i]);
        hf_grid_cell(grid, HF_RIGHT, wanted[i]);
    }
    hf_grid_line(grid);
    hf_grid_rule(grid);
    for (uint64_t m = 0; m < metric->length && status == HF_OK; m++)
        metric_row(grid, ((const char *const *)metric->values)[m],
                   m < hf_table_size(unit) ? ((const char *const *)unit->data)[m] : "", &e, m,
                   statistic->length, shown);
    if (status == HF_OK)
        hf_grid_print(grid, stdout);
    hf_grid_destroy(grid);
    return status;
}

typedef struct ranked {
    double key;
    uint64_t at;
} ranked;

static int by_key(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    return x->key > y->key ? -1 : x->key < y->key ? 1 : x->at < y->at ? -1 : x->at > y->at;
}

/* The N_TOP largest of values[n], NaN and what is not above 0 left out. */
static int top(const double *values, uint64_t n, ranked list[N_TOP]) {
    ranked *all = HF_NEW(n, ranked);
    uint64_t n_kept = 0;
    for (uint64_t i = 0; i < n; i++)
        if (values[i] > 0.0)
            all[n_kept++] = (ranked){values[i], i};
    qsort(all, n_kept, sizeof *all, by_key);
    int n_top = n_kept < N_TOP ? (int)n_kept : N_TOP;
    memcpy(list, all, (size_t)n_top * sizeof *list);
    hf_free(all);
    return n_top;
}

static void interval_cell(hf_grid *grid, const estimates *e, uint64_t at, double scale) {
    char text[HF_NUMBER_TEXT];
    hf_format_interval(text, e->value[at] / scale, e->lower[at] / scale, e->upper[at] / scale, 3);
    hf_grid_cell(grid, HF_RIGHT, text);
}

static hf_status print_bottlenecks(const summary *s, uint64_t policy, hf_error *err) {
    const hf_dimension *stage = hf_group_find_dimension(s->stages, "stage");
    const hf_dimension *cause = hf_group_find_dimension(s->stages, "cause");
    estimates e;
    ranked list[N_TOP];
    if (!stage || !cause)
        return hf_fail(err, HF_BAD_INPUT, "the result's /stages has no bottlenecks");
    hf_status status = find_estimates(s, s->stages, "bottleneck_weeks", policy,
                                      stage->length * cause->length, &e, err);
    if (status != HF_OK)
        return status;
    int n = top(e.value, stage->length * cause->length, list);
    hf_grid *grid = hf_grid_create();
    hf_grid_cell(grid, HF_LEFT, "stage");
    hf_grid_cell(grid, HF_LEFT, "bound by");
    hf_grid_cell(grid, HF_RIGHT, "weeks");
    hf_grid_line(grid);
    hf_grid_rule(grid);
    for (int i = 0; i < n; i++) {
        char label[128];
        hf_dimension_label(stage, list[i].at / cause->length, label, sizeof label);
        hf_grid_cell(grid, HF_LEFT, label);
        hf_dimension_label(cause, list[i].at % cause->length, label, sizeof label);
        hf_grid_cell(grid, HF_LEFT, label);
        interval_cell(grid, &e, list[i].at, 1.0);
        hf_grid_line(grid);
    }
    hf_grid_print(grid, stdout);
    hf_grid_destroy(grid);
    return HF_OK;
}

static hf_status print_hazards(const summary *s, uint64_t policy, hf_error *err) {
    const hf_dimension *hazard = hf_group_find_dimension(s->hazards, "hazard");
    estimates events, struck, spared;
    ranked list[N_TOP];
    if (!hazard)
        return hf_fail(err, HF_BAD_INPUT, "the result's /hazards names no hazards");
    hf_status status =
        find_estimates(s, s->hazards, "events", policy, hazard->length, &events, err);
    if (status == HF_OK)
        status = find_estimates(s, s->hazards, "loss_struck", policy, hazard->length, &struck, err);
    if (status == HF_OK)
        status = find_estimates(s, s->hazards, "loss_spared", policy, hazard->length, &spared, err);
    if (status != HF_OK || hazard->length == 0)
        return status;
    double *excess = HF_NEW(hazard->length, double);
    double largest = 0.0;
    for (uint64_t h = 0; h < hazard->length; h++) {
        excess[h] = struck.value[h] - spared.value[h];
        largest = fmax(largest, struck.value[h]);
    }
    int n = top(excess, hazard->length, list);
    const char *word;
    double scale = scale_of(largest, &word);
    hf_grid *grid = hf_grid_create();
    char head[64];
    hf_grid_cell(grid, HF_LEFT, "hazard");
    hf_grid_cell(grid, HF_RIGHT, "events a trial");
    snprintf(head, sizeof head, "%srevenue lost if it struck", word);
    hf_grid_cell(grid, HF_RIGHT, head);
    hf_grid_cell(grid, HF_RIGHT, "if not");
    hf_grid_line(grid);
    hf_grid_rule(grid);
    for (int i = 0; i < n; i++) {
        char label[128];
        hf_dimension_label(hazard, list[i].at, label, sizeof label);
        hf_grid_cell(grid, HF_LEFT, label);
        interval_cell(grid, &events, list[i].at, 1.0);
        interval_cell(grid, &struck, list[i].at, scale);
        interval_cell(grid, &spared, list[i].at, scale);
        hf_grid_line(grid);
    }
    hf_grid_print(grid, stdout);
    hf_grid_destroy(grid);
    hf_free(excess);
    return HF_OK;
}

static hf_status print_all(const summary *s, const char *only, hf_error *err) {
    uint64_t trials, seed;
    const char *title;
    double confidence;
    hf_status status = hf_result_text(s->file, s->root, "title", &title, err);
    if (status == HF_OK)
        status = hf_result_count(s->file, s->root, "trials", &trials, err);
    if (status == HF_OK)
        status = hf_result_count(s->file, s->root, "seed", &seed, err);
    if (status == HF_OK)
        status = hf_result_double(s->file, s->root, "confidence", &confidence, err);
    if (status == HF_OK && only && hf_dimension_find(s->policy, only) < 0)
        status = hf_fail(err, HF_BAD_INPUT, "--policy: found '%s'; allowed a policy of the result",
                         only);
    if (status != HF_OK)
        return status;
    printf("%s\n%llu trials, seed %llu; intervals hold with %g%% confidence\n", title,
           (unsigned long long)trials, (unsigned long long)seed, 100.0 * confidence);
    for (uint64_t p = 0; p < s->policy->length && status == HF_OK; p++) {
        const char *name = ((const char *const *)s->policy->values)[p];
        if (only && strcmp(only, name))
            continue;
        printf("\npolicy %s\n\n", name);
        status = print_metrics(s, p, err);
        if (status == HF_OK) {
            printf("\nhazards by the loss they go with\n\n");
            status = print_hazards(s, p, err);
        }
        if (status == HF_OK) {
            printf("\nmost frequent bottlenecks\n\n");
            status = print_bottlenecks(s, p, err);
        }
    }
    return status;
}

static hf_status print_digest(const char *path, hf_error *err) {
    char digest[HF_DIGEST_TEXT];
    hf_status status = hf_digest_result(path, digest, err);
    if (status == HF_OK)
        printf("content digest %s\n", digest);
    return status;
}

int hf_cmd_summary(hf_command_line *line) {
    hf_error err = {0};
    hf_result *result = NULL;
    hf_tables *tables = hf_tables_create();
    hf_status status = HF_OK;
    if (line->value[HF_OPTION_DIGEST]) {
        status = print_digest(line->operand, &err);
    } else {
        status = hf_result_open(line->operand, &result, &err);
        summary s = {.file = result, .tables = tables};
        if (status == HF_OK)
            status = read_groups(&s, &err);
        if (status == HF_OK)
            status = print_all(&s, line->value[HF_OPTION_POLICY], &err);
    }
    hf_result_close(result);
    hf_tables_destroy(tables);
    return status == HF_OK ? 0 : hf_report("holdfast", status, NULL, &err);
}
