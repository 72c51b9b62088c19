#include "run/result_tables.h"
#include <stdio.h>

/* [n] of one number of each record. */
static double *column(hf_tables *tables, int n, const hf_look_record *records, size_t offset) {
    double *values = HF_ARENA_NEW(tables->arena, n, double);
    for (int i = 0; i < n; i++)
        values[i] = *(const double *)((const char *)&records[i] + offset);
    return values;
}

static void describe(hf_group *group, const hf_job *job, const char *unit, const hf_looks *looks) {
    char text[256];
    hf_group_set_text(group, "metric", job->precision.metric);
    hf_group_set_text(group, "statistic", job->precision.statistic);
    hf_group_set_text(group, "policy", job->policies[0]);
    hf_group_set_text(group, "metric_unit", unit);
    hf_group_set_double(group, "relative", job->precision.relative);
    hf_group_set_integer(group, "possible_looks", looks->n);
    hf_group_set_double(group, "look_confidence", looks->confidence);
    snprintf(text, sizeof text,
             "the risk 1 - %.6g is divided evenly among the %d looks that there may be, so that "
             "the intervals of all hold together with at least that confidence, and so does the "
             "last, whatever stopped the run",
             job->confidence, looks->n);
    hf_group_set_text(group, "spending", text);
}

void hf_convergence_tables(hf_tables *tables, const hf_campaign *c) {
    const hf_look_record *records = c->records;
    const hf_looks *looks = &c->looks;
    int n = c->n_looks, metric = hf_outcome_find_metric(c->outcome, c->job->precision.metric);
    const char *unit = c->outcome->quantities[metric].unit;
    hf_group *group = hf_tables_group(tables, "/convergence");
    const hf_dimension *look = hf_tables_add_range_dimension(tables, "look", (uint64_t)n, 1, NULL,
                                                             "look at the precision");
    uint64_t *trials = HF_ARENA_NEW(tables->arena, n, uint64_t);
    hf_estimate *estimates = HF_ARENA_NEW(tables->arena, n, hf_estimate);
    uint8_t *unreliable = HF_ARENA_NEW(tables->arena, n, uint8_t);
    const char **decisions = HF_ARENA_NEW(tables->arena, n, const char *);
    for (int i = 0; i < n; i++) {
        trials[i] = records[i].trials;
        estimates[i] = records[i].estimate;
        unreliable[i] = (records[i].estimate.flags & HF_UNRELIABLE) != 0;
        decisions[i] = hf_decision_words[records[i].decision];
    }
    describe(group, c->job, unit, looks);
    hf_group_add_counts(group, "trials", "1", "trials until then", trials, HF_DIMS(look));
    hf_estimates_table(group, "estimate", unit, "estimate of the statistic", estimates,
                       looks->confidence, HF_DIMS(look));
    hf_group_add_doubles(group, "half_width", unit, "half the width of its interval",
                         column(tables, n, records, offsetof(hf_look_record, half_width)),
                         HF_DIMS(look));
    hf_group_add_doubles(
        group, "relative_half_width", "1", "half_width over the magnitude of the estimate",
        column(tables, n, records, offsetof(hf_look_record, relative_half_width)), HF_DIMS(look));
    hf_group_add_flags(group, "unreliable",
                       "the interval may not hold what it says, and meets no precision", unreliable,
                       HF_DIMS(look));
    hf_group_add_strings(group, "decision", "what was decided", decisions, HF_DIMS(look));
    hf_group_add_doubles(group, "chance_bound", "1",
                         "where nothing was seen: the chance of a trial that differs, at most",
                         column(tables, n, records, offsetof(hf_look_record, chance_bound)),
                         HF_DIMS(look));
}
