#include "cli/commands.h"
#include "cli/summary_file.h"
#include "io/digest.h"
#include "io/result.h"
#include "io/table_text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_SHOWN = 4, N_TOP = 10 };

/* Whether an interval in it is marked. */
static bool metric_row(hf_grid *grid, const char *name, const char *unit,
                       const hf_summary_triple *e, const uint8_t *unreliable, uint64_t at,
                       uint64_t n_statistics, const int64_t *shown) {
    char text[HF_NUMBER_TEXT], marked[HF_NUMBER_TEXT + 1], words[128];
    const char *scale_word;
    bool is_marked = false;
    double largest = 0.0;
    for (int i = 0; i < N_SHOWN; i++)
        largest = fmax(largest, fabs(e->value[at * n_statistics + (uint64_t)shown[i]]));
    double scale = hf_summary_scale(largest, &scale_word);
    snprintf(words, sizeof words, "%s%s", scale_word, unit);
    hf_grid_cell(grid, HF_LEFT, name);
    hf_grid_cell(grid, HF_LEFT, words);
    for (int i = 0; i < N_SHOWN; i++) {
        uint64_t j = at * n_statistics + (uint64_t)shown[i];
        hf_format_interval(text, e->value[j] / scale, e->lower[j] / scale, e->upper[j] / scale, 4);
        is_marked |= unreliable[j] != 0;
        snprintf(marked, sizeof marked, "%s%s", text, unreliable[j] ? "*" : "");
        hf_grid_cell(grid, HF_RIGHT, marked);
    }
    hf_grid_line(grid);
    return is_marked;
}

static hf_status print_metrics(const hf_summary_file *s, uint64_t policy, hf_error *err) {
    static const char *const wanted[N_SHOWN] = {"mean", "q50", "var95", "cvar95"};
    const hf_dimension *metric = hf_group_find_dimension(s->summary, "metric");
    const hf_dimension *statistic = hf_group_find_dimension(s->summary, "statistic");
    const hf_table *unit, *unreliable;
    hf_summary_triple e;
    int64_t shown[N_SHOWN];
    if (!metric || !statistic || metric->type != HF_TYPE_STRING)
        return hf_fail(err, HF_BAD_INPUT, "the result's /summary has no metrics");
    hf_status status =
        hf_result_table(s->file, s->summary, "metric_unit", HF_TYPE_STRING, &unit, err);
    if (status == HF_OK)
        status = hf_summary_estimates(s, s->summary, "estimate", policy,
                                      metric->length * statistic->length, &e, err);
    if (status == HF_OK)
        status = hf_result_table(s->file, s->summary, "unreliable", HF_TYPE_BOOL, &unreliable, err);
    uint64_t per_policy = metric->length * statistic->length;
    if (status == HF_OK && hf_table_size(unreliable) != s->policy->length * per_policy)
        status = hf_fail(err, HF_BAD_INPUT, "/summary/unreliable is not by policy");
    if (status != HF_OK)
        return status;
    const uint8_t *marks = (const uint8_t *)unreliable->data + policy * per_policy;
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
    bool is_marked = false;
    for (uint64_t m = 0; m < metric->length && status == HF_OK; m++)
        is_marked |= metric_row(grid, ((const char *const *)metric->values)[m],
                                m < hf_table_size(unit) ? ((const char *const *)unit->data)[m] : "",
                                &e, marks, m, statistic->length, shown);
    if (status == HF_OK) {
        hf_grid_print(grid, stdout);
        printf("%s", is_marked ? "* may not hold what it says\n" : "");
    }
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

static hf_status print_bottlenecks(const hf_summary_file *s, uint64_t policy, hf_error *err) {
    const hf_dimension *stage = hf_group_find_dimension(s->stages, "stage");
    const hf_dimension *cause = hf_group_find_dimension(s->stages, "cause");
    hf_summary_triple e;
    ranked list[N_TOP];
    if (!stage || !cause)
        return hf_fail(err, HF_BAD_INPUT, "the result's /stages has no bottlenecks");
    hf_status status = hf_summary_estimates(s, s->stages, "bottleneck_weeks", policy,
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
        hf_summary_cell(grid, &e, list[i].at, 1.0);
        hf_grid_line(grid);
    }
    hf_grid_print(grid, stdout);
    hf_grid_destroy(grid);
    return HF_OK;
}

static hf_status print_hazards(const hf_summary_file *s, uint64_t policy, hf_error *err) {
    const hf_dimension *hazard = hf_group_find_dimension(s->hazards, "hazard");
    hf_summary_triple events, struck, spared;
    ranked list[N_TOP];
    if (!hazard)
        return hf_fail(err, HF_BAD_INPUT, "the result's /hazards names no hazards");
    hf_status status =
        hf_summary_estimates(s, s->hazards, "events", policy, hazard->length, &events, err);
    if (status == HF_OK)
        status = hf_summary_estimates(s, s->hazards, "loss_struck", policy, hazard->length, &struck,
                                      err);
    if (status == HF_OK)
        status = hf_summary_estimates(s, s->hazards, "loss_spared", policy, hazard->length, &spared,
                                      err);
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
    double scale = hf_summary_scale(largest, &word);
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
        hf_summary_cell(grid, &events, list[i].at, 1.0);
        hf_summary_cell(grid, &struck, list[i].at, scale);
        hf_summary_cell(grid, &spared, list[i].at, scale);
        hf_grid_line(grid);
    }
    hf_grid_print(grid, stdout);
    hf_grid_destroy(grid);
    hf_free(excess);
    return HF_OK;
}

static hf_status print_all(const hf_summary_file *s, const char *only, hf_error *err) {
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
    status = hf_summary_print_looks(s, err);
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
        if (status == HF_OK)
            status = hf_summary_print_asked(s, p, err);
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
        hf_summary_file s = {.file = result, .tables = tables};
        if (status == HF_OK)
            status = hf_summary_read(&s, &err);
        if (status == HF_OK)
            status = print_all(&s, line->value[HF_OPTION_POLICY], &err);
    }
    hf_result_close(result);
    hf_tables_destroy(tables);
    return status == HF_OK ? 0 : hf_report("holdfast", status, NULL, &err);
}
