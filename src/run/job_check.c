#include "run/job_check.h"
#include "model/nearest.h"
#include "run/forecast.h"
#include <inttypes.h>
#include <stdio.h>

static void check_metric(const char *path, const char *name, const hf_outcome *outcome,
                         hf_problems *problems) {
    char found[80], allowed[128];
    hf_nearest search = {.name = name};
    if (hf_outcome_find_metric(outcome, name) >= 0)
        return;
    for (int i = 0; i < outcome->n_metrics; i++)
        hf_nearest_offer(&search, outcome->quantities[i].name);
    snprintf(allowed, sizeof allowed, "a metric of the scenario; nearest known: %s", search.best);
    snprintf(found, sizeof found, "\"%.70s\"", name);
    hf_problems_found(problems, path, found, allowed);
}

/* What looks at trials one by one needs all of them. */
static void check_kept(const hf_job *job, const char *path, const char *found,
                       hf_problems *problems) {
    char allowed[160];
    if (hf_forecast_keeps(job))
        return;
    snprintf(allowed, sizeof allowed,
             "with trials x policies (%" PRIu64 " x %d) up to exact_trials (%" PRIu64 ")",
             job->trials, job->n_policies, job->exact_trials);
    hf_problems_found(problems, path, found, allowed);
}

hf_design *hf_job_check(const hf_job *job, const hf_outcome *outcome, int n_plans,
                        hf_plan *const *plans, hf_problems *problems) {
    size_t n_before = problems->n;
    check_metric("tail.metric", job->tail_metric, outcome, problems);
    if (job->precision.metric)
        check_metric("precision.metric", job->precision.metric, outcome, problems);
    for (int i = 0; i < job->attribution.n_metrics; i++)
        check_metric("attribution.metrics", job->attribution.metrics[i], outcome, problems);
    if (job->record == HF_RECORD_ALL)
        check_kept(job, "record", "\"all\"", problems);
    if (job->attribution.n_metrics > 0)
        check_kept(job, "attribution", "metrics", problems);
    if (job->sampling.n_strata_hazards > 0 || job->sampling.n_tilts > 0)
        check_kept(job, "sampling", "weights", problems);
    if (job->inner_trials > 1)
        check_kept(job, "inner_trials", "more than 1", problems);
    hf_design *design = hf_design_create(job, n_plans, plans, problems);
    if (problems->n == n_before)
        return design;
    hf_design_destroy(design);
    return NULL;
}
