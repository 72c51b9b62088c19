/* What only some jobs ask for. */
#include "cli/summary_file.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A table of a group as rows and columns, for one policy. */
typedef struct request {
    const char *title;
    const char *group, *name;
    const char *row, *column;
    const char *columns[3]; /* of its words */
    const char *apart;      /* its second dimension, each word a table of its own; NULL: none */
    const char *by;         /* its policies: "policy", or "other_policy", which lacks the first */
} request;

static const request requests[] = {
    {"what the loss is due to",
     "/attribution",
     "share",
     "driver",
     "attributed_statistic",
     {"mean", "var99", "cvar99"},
     "attributed_metric",
     "policy"},
    {"difference to the first policy, trial by trial",
     "/differences",
     "difference",
     "metric",
     "difference_statistic",
     {"mean", "cvar95", "cvar99"},
     NULL,
     "other_policy"},
    {"trials saved by weights: times as many as fall by themselves would be needed",
     "/sampling",
     "saving",
     "metric",
     "saving_statistic",
     {"mean", "cvar95", "cvar99"},
     NULL,
     "policy"},
};

static int place_of(const hf_table *table, const char *dimension) {
    for (int i = 0; i < table->n_dimensions; i++)
        if (!strcmp(table->dimensions[i]->name, dimension))
            return i;
    return -1;
}

static const hf_table *find_table(const hf_group *group, const char *name, const char *suffix) {
    char full[128];
    snprintf(full, sizeof full, "%s%s", name, suffix);
    for (size_t i = 0; i < group->n_tables; i++)
        if (!strcmp(group->items[i]->name, full) && group->items[i]->type == HF_TYPE_DOUBLE)
            return group->items[i];
    return NULL;
}

/* Divides the block of a table that belongs to one policy and one word of its second dimension. */
static void scale_block(const hf_table *table, uint64_t block, double scale) {
    uint64_t n =
        hf_table_size(table) / (table->dimensions[0]->length * table->dimensions[1]->length);
    for (uint64_t i = 0; i < n; i++)
        ((double *)table->data)[block * n + i] /= scale;
}

/* Numbers of one unit read better by the million; returns the words for it. */
static const char *scale_view(const hf_view *view, uint64_t block) {
    const char *word;
    double largest = 0.0;
    const hf_table *table = view->value;
    uint64_t n =
        hf_table_size(table) / (table->dimensions[0]->length * table->dimensions[1]->length);
    for (uint64_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(((const double *)table->data)[block * n + i]));
    double scale = hf_summary_scale(largest, &word);
    scale_block(view->value, block, scale);
    if (view->lower && view->upper) {
        scale_block(view->lower, block, scale);
        scale_block(view->upper, block, scale);
    }
    return word;
}

static void print_view(const hf_view *view, const char *title, const char *of) {
    hf_grid *grid = hf_grid_create();
    if (hf_grid_view(grid, view)) {
        printf("\n%s%s%s\n\n", title, *of ? ": " : "", of);
        hf_grid_print(grid, stdout);
    }
    hf_grid_destroy(grid);
}

/* The unit of an attributed metric. */
static const char *unit_of(const hf_group *group, uint64_t metric) {
    for (size_t i = 0; i < group->n_tables; i++)
        if (!strcmp(group->items[i]->name, "attributed_unit") &&
            group->items[i]->type == HF_TYPE_STRING && metric < hf_table_size(group->items[i]))
            return ((const char *const *)group->items[i]->data)[metric];
    return "";
}

static bool fits(const hf_table *table, const hf_table *of) {
    return !table || hf_table_size(table) == hf_table_size(of);
}

/* Of the policy of this name, if the table has it. */
static void print_request(const hf_group *group, const request *r, const char *policy) {
    hf_view view = {.value = find_table(group, r->name, ""),
                    .lower = find_table(group, r->name, "_lower"),
                    .upper = find_table(group, r->name, "_upper"),
                    .row = r->row,
                    .column = r->column,
                    .columns = r->columns,
                    .n_columns = sizeof r->columns / sizeof *r->columns,
                    .digits = 3};
    int at = view.value ? place_of(view.value, r->by) : -1;
    int apart = view.value && r->apart ? place_of(view.value, r->apart) : -1;
    if (at < 0 || (r->apart && apart != 1) || !fits(view.lower, view.value) ||
        !fits(view.upper, view.value))
        return;
    int64_t index = hf_dimension_find(view.value->dimensions[at], policy);
    if (index < 0)
        return;
    view.at[at] = (uint64_t)index;
    uint64_t n = apart < 0 ? 1 : view.value->dimensions[apart]->length;
    for (uint64_t i = 0; i < n; i++) {
        char of[256] = "", word[128];
        if (apart == 1) {
            view.at[apart] = i;
            hf_dimension_label(view.value->dimensions[apart], i, word, sizeof word);
            snprintf(of, sizeof of, "%s, %s%s", word, scale_view(&view, (uint64_t)index * n + i),
                     unit_of(group, i));
        }
        print_view(&view, r->title, of);
    }
}

hf_status hf_summary_print_asked(const hf_summary_file *s, uint64_t policy, hf_error *err) {
    const char *name = ((const char *const *)s->policy->values)[policy];
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        const hf_group *group = NULL;
        if (!hf_result_has(s->file, requests[i].group))
            continue;
        hf_tables *tables = hf_tables_create();
        hf_status status = hf_result_read(s->file, requests[i].group, tables, &group, err);
        if (status == HF_OK)
            print_request(group, &requests[i], name);
        hf_tables_destroy(tables);
        if (status != HF_OK)
            return status;
    }
    return HF_OK;
}

/* trials, estimate, decision of every look. */
static hf_status print_looks(const hf_summary_file *s, const hf_group *group, hf_error *err) {
    const hf_table *trials, *decisions;
    const hf_table *value = find_table(group, "estimate", ""),
                   *lower = find_table(group, "estimate", "_lower"),
                   *upper = find_table(group, "estimate", "_upper");
    hf_status status = hf_result_table(s->file, group, "trials", HF_TYPE_UINT64, &trials, err);
    if (status == HF_OK)
        status = hf_result_table(s->file, group, "decision", HF_TYPE_STRING, &decisions, err);
    if (status != HF_OK)
        return status;
    uint64_t n = hf_table_size(trials);
    if (!value || !lower || !upper || hf_table_size(value) != n || hf_table_size(lower) != n ||
        hf_table_size(upper) != n || hf_table_size(decisions) != n)
        return hf_fail(err, HF_BAD_INPUT, "the result's /convergence is not by look");
    hf_grid *grid = hf_grid_create();
    hf_grid_cell(grid, HF_RIGHT, "trials");
    hf_grid_cell(grid, HF_RIGHT, "estimate");
    hf_grid_cell(grid, HF_LEFT, "decision");
    hf_grid_line(grid);
    hf_grid_rule(grid);
    hf_summary_triple e = {value->data, lower->data, upper->data};
    for (uint64_t i = 0; i < n; i++) {
        char text[32];
        snprintf(text, sizeof text, "%llu",
                 (unsigned long long)((const uint64_t *)trials->data)[i]);
        hf_grid_cell(grid, HF_RIGHT, text);
        hf_summary_cell(grid, &e, i, 1.0);
        hf_grid_cell(grid, HF_LEFT, ((const char *const *)decisions->data)[i]);
        hf_grid_line(grid);
    }
    hf_grid_print(grid, stdout);
    hf_grid_destroy(grid);
    return HF_OK;
}

hf_status hf_summary_print_looks(const hf_summary_file *s, hf_error *err) {
    const hf_group *group = NULL;
    const char *metric, *statistic;
    if (!hf_result_has(s->file, "/convergence"))
        return HF_OK;
    hf_status status = hf_result_read(s->file, "/convergence", s->tables, &group, err);
    if (status == HF_OK)
        status = hf_result_text(s->file, group, "metric", &metric, err);
    if (status == HF_OK)
        status = hf_result_text(s->file, group, "statistic", &statistic, err);
    if (status != HF_OK)
        return status;
    printf("\nlooks at %s of %s\n\n", statistic, metric);
    return print_looks(s, group, err);
}
