#include "run/result_tables.h"
#include <string.h>

/* The worst trials of every variant, simulated again one by one with their events on record. */
typedef struct tail_story {
    int n_ranks;            /* the same for all variants */
    hf_tail_entry *entries; /* [n_variants][n_ranks] */
    double *metrics;        /* [n_metrics][n_variants][n_ranks] */
    double *weights;        /* [n_variants][n_ranks]; weighted runs only */
    uint64_t *n_events;     /* [n_variants][n_ranks] */
    uint64_t total, capacity;
    hf_event *events; /* [total], by variant and rank */
} tail_story;

static void keep_events(tail_story *s, const hf_event_log *log) {
    if (s->total + (uint64_t)log->n > s->capacity) {
        uint64_t capacity = 2 * (s->total + (uint64_t)log->n);
        s->events = hf_realloc(s->events, s->capacity, capacity, sizeof *s->events);
        s->capacity = capacity;
    }
    if (log->n)
        memcpy(&s->events[s->total], log->events, (size_t)log->n * sizeof *s->events);
    s->total += (uint64_t)log->n;
}

static void tell(const hf_campaign *c, int variant, tail_story *s) {
    hf_trials *one =
        hf_trials_create(1, &c->plans[variant], c->outcome, c->trials->kernel, 8, c->design);
    hf_event_log log;
    hf_event_log_init(&log);
    hf_sampler_watch(one->variants[0].sampler, 0, &log);
    for (int rank = 0; rank < s->n_ranks; rank++) {
        size_t at = (size_t)(variant * s->n_ranks + rank);
        size_t stride = (size_t)(c->n_variants * s->n_ranks);
        log.n = 0;
        hf_trials_run(one, c->job->seed, s->entries[at].trial, 1, NULL);
        s->n_events[at] = (uint64_t)log.n;
        if (one->weights)
            s->weights[at] = one->weights[0][0];
        keep_events(s, &log);
        for (int metric = 0; metric < c->outcome->n_metrics; metric++)
            s->metrics[(size_t)metric * stride + at] = one->values[0][metric * one->n_lanes];
    }
    hf_event_log_clear(&log);
    hf_trials_destroy(one);
}

static tail_story tell_all(hf_tables *tables, const hf_campaign *c) {
    hf_tail_entry *list = HF_NEW(c->job->tail_count, hf_tail_entry);
    tail_story s = {.n_ranks = hf_tally_tail(c->tally, 0, list)};
    size_t n = (size_t)(c->n_variants * s.n_ranks);
    s.entries = HF_ARENA_NEW(tables->arena, n, hf_tail_entry);
    s.metrics = HF_ARENA_NEW(tables->arena, n * (size_t)c->outcome->n_metrics, double);
    s.weights = HF_ARENA_NEW(tables->arena, n, double);
    s.n_events = HF_ARENA_NEW(tables->arena, n, uint64_t);
    for (int v = 0; v < c->n_variants; v++) {
        hf_tally_tail(c->tally, v, list);
        memcpy(&s.entries[v * s.n_ranks], list, (size_t)s.n_ranks * sizeof *list);
        tell(c, v, &s);
    }
    hf_free(list);
    return s;
}

void hf_tail_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *c) {
    hf_group *group = hf_tables_group(tables, "/tail");
    tail_story s = tell_all(tables, c);
    size_t n = (size_t)(c->n_variants * s.n_ranks);
    const hf_dimension *rank = hf_tables_add_range_dimension(tables, "rank", (uint64_t)s.n_ranks, 1,
                                                             NULL, "1 is the worst trial");
    uint64_t *trials = HF_ARENA_NEW(tables->arena, n, uint64_t);
    for (size_t i = 0; i < n; i++)
        trials[i] = s.entries[i].trial;
    hf_group_set_text(group, "tail_metric", c->job->tail_metric);
    hf_group_add_counts(group, "trial", NULL, "number of the trial", trials,
                        HF_DIMS(axes->policy, rank));
    for (int metric = 0; metric < c->outcome->n_metrics; metric++) {
        const hf_quantity *q = &c->outcome->quantities[metric];
        hf_group_add_doubles(group, q->name, q->unit, q->long_name, &s.metrics[(size_t)metric * n],
                             HF_DIMS(axes->policy, rank));
    }
    if (c->trials->weights)
        hf_group_add_doubles(group, "weight", "1", "weight of the trial", s.weights,
                             HF_DIMS(axes->policy, rank));
    hf_table *table = hf_group_add_counts(group, "n_events", "1", "events of the trial", s.n_events,
                                          HF_DIMS(axes->policy, rank));
    hf_table_set_text(table, "sample_dimension", "event");
    hf_event_tables(group, "event_", s.total, s.events, c->space);
    hf_free(s.events);
}

void hf_trial_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *c) {
    hf_group *group = hf_tables_group(tables, "/trials");
    const hf_dimension *trial = hf_tables_add_range_dimension(
        tables, "trial", c->n_trials, (int64_t)c->job->first_trial, NULL, "number of the trial");
    for (int metric = 0; metric < c->outcome->n_metrics; metric++) {
        const hf_quantity *q = &c->outcome->quantities[metric];
        hf_group_declare_doubles(group, q->name, q->unit, q->long_name,
                                 HF_DIMS(axes->policy, trial));
    }
    if (c->causes)
        hf_cause_columns(group, axes, trial, c);
    if (!c->trials->weights)
        return;
    uint64_t *strata = HF_ARENA_NEW(tables->arena, c->n_trials, uint64_t);
    for (uint64_t i = 0; i < c->n_trials; i++)
        strata[i] = (uint64_t)hf_design_stratum(c->design, c->job->first_trial + i);
    hf_group_add_counts(group, "stratum", "1", "stratum of the trial", strata, HF_DIMS(trial));
    hf_group_declare_doubles(group, "weight", "1", "weight of the trial",
                             HF_DIMS(axes->policy, trial));
}
