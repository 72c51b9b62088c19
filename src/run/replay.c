#include "run/replay.h"
#include "io/job_json.h"
#include "io/scenario_json.h"
#include "run/result_tables.h"
#include "run/trial.h"
#include <stdio.h>
#include <string.h>

enum { LANES = 8, FIRST_LANE = 0 };

/* A row array that is written down every week: [week][row]. */
typedef struct series {
    const char *name, *unit, *long_name, *symbol;
    hf_entity entity;
    int n_rows;
    double *values;
} series;

enum { N_FACTORS = 5, MAX_SERIES = HF_MAX_FIELDS + N_FACTORS + 1 };

typedef struct story {
    hf_tables *tables;
    hf_world world;
    hf_job *job;
    hf_space *space;
    hf_plan **plans;     /* [world.n_policies] */
    const hf_plan *plan; /* the one that is told */
    hf_design *design;
    hf_outcome *outcome;
    hf_trials *trials;
    hf_event_log log;
    int n_series;
    series series[MAX_SERIES];
} story;

/* ---- Reading what was asked ---- */

/* The job and the scenario as they stand in the result. */
static hf_status parse_inputs(story *s, const char *job, const char *scenario, hf_error *err) {
    hf_problems problems;
    hf_problems_init(&problems);
    hf_status status = hf_job_parse_canonical(job, strlen(job), &s->job, &problems, err);
    if (status == HF_OK)
        status = hf_world_parse(scenario, strlen(scenario), s->job->n_policies, s->job->policies,
                                &s->world, NULL, &problems, err);
    if (status == HF_BAD_INPUT && problems.n > 0)
        hf_fail(err, status, "the result's inputs: %s", problems.lines[0]);
    hf_problems_clear(&problems);
    return status;
}

/* *trials: as many as were simulated, which looks may have made fewer than the job's. */
static hf_status read_inputs(const hf_result *result, story *s, hf_tables *inputs, uint64_t *trials,
                             hf_error *err) {
    const hf_group *root, *group;
    const hf_table *scenario, *job;
    hf_status status = hf_result_read_attributes(result, "/", inputs, &root, err);
    if (status == HF_OK)
        status = hf_result_count(result, root, "trials", trials, err);
    if (status == HF_OK)
        status = hf_result_read(result, "/inputs", inputs, &group, err);
    if (status == HF_OK)
        status =
            hf_result_table(result, group, "scenario_resolved", HF_TYPE_STRING, &scenario, err);
    if (status == HF_OK)
        status = hf_result_table(result, group, "job_resolved", HF_TYPE_STRING, &job, err);
    if (status == HF_OK)
        status = parse_inputs(s, *(const char *const *)job->data,
                              *(const char *const *)scenario->data, err);
    return status;
}

static hf_status find_policy(const story *s, const char *name, int *variant, hf_error *err) {
    *variant = 0;
    for (int v = 0; name && v < s->world.n_policies; v++)
        if (!strcmp(name, s->world.policy_ids[v])) {
            *variant = v;
            return HF_OK;
        }
    return name ? hf_fail(err, HF_BAD_INPUT, "--policy: found '%s'; allowed a policy of the result",
                          name)
                : HF_OK;
}

/* ---- Writing down ---- */

static void add_series(story *s, const char *name, const char *symbol, const char *unit,
                       const char *long_name, hf_entity entity, int n_rows) {
    double *values =
        HF_ARENA_NEW(s->tables->arena, (size_t)n_rows * (size_t)s->plan->n_weeks, double);
    s->series[s->n_series++] = (series){name, unit, long_name, symbol, entity, n_rows, values};
}

static void plan_series(story *s) {
    const hf_plan *p = s->plan;
    hf_field fields[HF_MAX_FIELDS];
    int n = hf_batch_fields(s->trials->variants[0].batch, fields);
    for (int i = 0; i < n; i++)
        add_series(s, fields[i].name, fields[i].symbol, fields[i].unit, fields[i].long_name,
                   fields[i].entity, fields[i].n_rows);
    add_series(s, "shipped", "s", "unit", "shipped", HF_OF_LINK, p->n_links);
    add_series(s, "capacity_factor", "c", "1", "part of the line that works", HF_OF_STAGE,
               p->n_stages);
    add_series(s, "yield_factor", "y", "1", "good part of what finishes", HF_OF_STAGE, p->n_stages);
    add_series(s, "scrap_factor", "k", "1", "part of work in process that survives", HF_OF_STAGE,
               p->n_stages);
    add_series(s, "shipping_factor", "a", "1", "part of owed freight that can move", HF_OF_LINK,
               p->n_links);
    add_series(s, "demand", "d", "unit", "ordered this week", HF_OF_MARKET, p->n_markets);
}

static void note_rows(series *to, int week, const double *rows) {
    for (int row = 0; row < to->n_rows; row++)
        to->values[week * to->n_rows + row] = rows[row * LANES + FIRST_LANE];
}

static void note_week(story *s, int week) {
    const hf_variant *v = &s->trials->variants[0];
    hf_field fields[HF_MAX_FIELDS];
    int n = hf_batch_fields(v->batch, fields);
    for (int i = 0; i < n; i++)
        note_rows(&s->series[i], week, fields[i].rows);
    series *shipped = &s->series[n];
    for (int a = 0; a < s->plan->n_links; a++) {
        const hf_plan_link *link = &s->plan->links[a];
        int slot = link->first_freight + week % (link->transit_weeks + 1);
        shipped->values[week * shipped->n_rows + a] = v->batch->freight[slot * LANES + FIRST_LANE];
    }
    const double *factors[N_FACTORS] = {v->factors->capacity, v->factors->yield, v->factors->scrap,
                                        v->factors->shipping, v->factors->demand};
    for (int i = 0; i < N_FACTORS; i++)
        note_rows(&s->series[n + 1 + i], week, factors[i]);
}

/* ---- Tables ---- */

static const char *link_label(const story *s, int a) {
    const hf_plan_link *link = &s->plan->links[a];
    const hf_plan_input *input = &s->plan->inputs[link->input];
    char text[256];
    snprintf(text, sizeof text, "%s>%s", s->plan->stages[link->supplier].id,
             input->is_market ? s->plan->markets[input->consumer].id
                              : s->plan->stages[input->consumer].id);
    return hf_arena_strdup(s->tables->arena, text);
}

static const char *input_label(const story *s, int k) {
    const hf_plan_input *input = &s->plan->inputs[k];
    int supplier = s->plan->links[input->first_link].supplier; /* every input has one */
    const char *consumer = input->is_market ? s->plan->markets[input->consumer].id
                                            : s->plan->stages[input->consumer].id;
    return hf_tables_join(s->tables, consumer, ".", s->space->stage_products[supplier]);
}

static const char *label(const story *s, hf_entity entity, int i) {
    switch (entity) {
    case HF_OF_STAGE:
        return s->space->stages[i];
    case HF_OF_MARKET:
        return s->space->markets[i];
    case HF_OF_INPUT:
        return input_label(s, i);
    case HF_OF_LINK:
        return link_label(s, i);
    default:
        return s->space->accounts[i].id;
    }
}

/* Rings of slots and sums by slot are left out: `started`, `shipped` and `demand` tell the same. */
static const struct {
    hf_entity entity;
    const char *group, *dimension, *long_name;
} groups[] = {
    {HF_OF_TRIAL, "/trial", NULL, NULL},
    {HF_OF_STAGE, "/stages", "stage", "stage of production"},
    {HF_OF_INPUT, "/inputs", "input", "consumer.product"},
    {HF_OF_LINK, "/links", "link", "supplier>consumer"},
    {HF_OF_MARKET, "/markets", "market", "market"},
    {HF_OF_ACCOUNT, "/accounts", "account", "side quantity"},
};

static int rows_of(const story *s, hf_entity entity) {
    for (int i = 0; i < s->n_series; i++)
        if (s->series[i].entity == entity)
            return s->series[i].n_rows;
    return 0;
}

static void add_group(story *s, int which, const hf_dimension *week) {
    hf_group *group = hf_tables_group(s->tables, groups[which].group);
    hf_entity entity = groups[which].entity;
    int n_rows = rows_of(s, entity);
    const hf_dimension *row = NULL;
    if (groups[which].dimension) {
        const char **labels = HF_ARENA_NEW(s->tables->arena, n_rows, const char *);
        for (int i = 0; i < n_rows; i++)
            labels[i] = label(s, entity, i);
        row = hf_tables_add_string_dimension(s->tables, groups[which].dimension, (uint64_t)n_rows,
                                             labels, groups[which].long_name);
    }
    for (int i = 0; i < s->n_series; i++) {
        const series *from = &s->series[i];
        if (from->entity != entity)
            continue;
        const hf_dimension *axes[2] = {week, row};
        hf_table *table = hf_group_add_doubles(group, from->name, from->unit, from->long_name,
                                               from->values, row ? 2 : 1, axes);
        if (from->symbol[0])
            hf_table_set_text(table, "symbol", from->symbol);
    }
}

static void add_metrics(story *s, uint64_t trial) {
    hf_group *group = hf_tables_group(s->tables, "/metrics");
    int n = s->outcome->n_metrics;
    for (int i = 0; i < n; i++) {
        double *value = HF_ARENA_NEW(s->tables->arena, 1, double);
        *value = s->trials->values[0][i * LANES + FIRST_LANE];
        hf_group_add_doubles(group, s->outcome->quantities[i].name, s->outcome->quantities[i].unit,
                             s->outcome->quantities[i].long_name, value, HF_SCALAR);
    }
    hf_group *root = hf_tables_group(s->tables, "/");
    hf_group_set_text(root, "Conventions", "CF-1.10");
    hf_group_set_text(root, "format", "holdfast-replay/1");
    hf_group_set_text(root, "policy", s->plan->policy);
    hf_group_set_count(root, "trial", trial);
    if (s->trials->weights)
        hf_group_set_double(root, "weight", s->trials->weights[0][FIRST_LANE]);
}

/* ---- The trial ---- */

static void simulate(story *s, uint64_t seed, uint64_t trial) {
    hf_variant *v = &s->trials->variants[0];
    hf_sampler_watch(v->sampler, FIRST_LANE, &s->log);
    hf_trials_begin(s->trials, 0, seed, trial);
    for (int week = 0; week < s->plan->n_weeks; week++) {
        hf_trials_week(s->trials, 0, week);
        note_week(s, week);
    }
    hf_trials_end(s->trials, 0);
}

/* A design is made for all plans of the job, of which some may lack a hazard. */
static hf_status build(story *s, hf_error *err) {
    hf_problems problems;
    hf_status status = HF_OK;
    s->space = hf_space_create(&s->world);
    s->plans = HF_NEW(s->world.n_policies, hf_plan *);
    for (int v = 0; v < s->world.n_policies && status == HF_OK; v++)
        status = hf_plan_build(s->world.scenarios[v], s->world.policy_ids[v], s->space,
                               &s->plans[v], err);
    if (status != HF_OK)
        return status;
    hf_problems_init(&problems);
    s->design = hf_design_create(s->job, s->world.n_policies, s->plans, &problems);
    if (!s->design)
        status = hf_fail(err, HF_BAD_INPUT, "the result's job: %s", problems.lines[0]);
    hf_problems_clear(&problems);
    return status;
}

static hf_status tell(story *s, int variant, uint64_t trial, hf_error *err) {
    const hf_kernel *kernel;
    hf_status status = build(s, err);
    if (status == HF_OK)
        status = hf_kernel_choose(NULL, &kernel, err);
    if (status != HF_OK)
        return status;
    s->plan = s->plans[variant];
    s->outcome = hf_outcome_create(s->space, s->world.scenarios[variant]->currency);
    s->trials = hf_trials_create(1, &s->plans[variant], s->outcome, kernel, LANES, s->design);
    plan_series(s);
    simulate(s, s->job->seed, trial);
    const hf_dimension *week =
        hf_tables_add_range_dimension(s->tables, "week", (uint64_t)s->plan->n_weeks, 0, "week",
                                      "week since the start; states stand at its end");
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        add_group(s, (int)i, week);
    hf_event_tables(hf_tables_group(s->tables, "/events"), "", (uint64_t)s->log.n, s->log.events,
                    s->space);
    add_metrics(s, trial);
    return HF_OK;
}

static void clear(story *s) {
    hf_event_log_clear(&s->log);
    hf_trials_destroy(s->trials);
    hf_outcome_destroy(s->outcome);
    hf_design_destroy(s->design);
    for (int v = 0; s->plans && v < s->world.n_policies; v++)
        hf_plan_destroy(s->plans[v]);
    hf_free(s->plans);
    hf_space_destroy(s->space);
    hf_world_clear(&s->world);
    hf_job_destroy(s->job);
}

hf_status hf_replay_make(const hf_result *result, uint64_t trial, const char *policy,
                         hf_tables *tables, hf_error *err) {
    story *s = HF_NEW(1, story);
    s->tables = tables;
    hf_event_log_init(&s->log);
    hf_tables *inputs = hf_tables_create();
    uint64_t n = 0;
    int variant = 0;
    hf_status status = read_inputs(result, s, inputs, &n, err);
    if (status == HF_OK && (trial < s->job->first_trial || trial - s->job->first_trial >= n))
        status = hf_fail(err, HF_BAD_INPUT, "--trial: found %llu; allowed %llu to %llu",
                         (unsigned long long)trial, (unsigned long long)s->job->first_trial,
                         (unsigned long long)(s->job->first_trial + n - 1));
    if (status == HF_OK)
        status = find_policy(s, policy, &variant, err);
    if (status == HF_OK)
        status = tell(s, variant, trial, err);
    clear(s);
    hf_free(s);
    hf_tables_destroy(inputs);
    return status;
}
