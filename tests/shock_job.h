/* Jobs with nothing but how they sample, and designs of them that must be right. */
#ifndef HF_TESTS_SHOCK_JOB_H
#define HF_TESTS_SHOCK_JOB_H

#include "shock/design.h"
#include "unit/hf_cunit.h"

static inline hf_job shock_job(void) {
    return (hf_job){.trials = 1024, .seed = 20260131, .inner_trials = 1};
}

static inline void shock_strata(hf_job *job, int n, const char **hazards, int n_table,
                                const int *table) {
    job->sampling.n_strata_hazards = n;
    job->sampling.strata_hazards = hazards;
    job->sampling.n_table = n_table;
    job->sampling.table = table;
}

static inline void shock_tilts(hf_job *job, int n, const char **hazards, const double *tilts) {
    job->sampling.n_tilts = n;
    job->sampling.tilt_hazards = hazards;
    job->sampling.tilts = tilts;
}

/* Given: destroy it. */
static inline hf_design *shock_design(const hf_job *job, hf_plan *plan) {
    hf_problems problems;
    hf_problems_init(&problems);
    hf_design *design = hf_design_create(job, 1, &plan, &problems);
    hf_problems_print(&problems, "job", stdout);
    hf_problems_clear(&problems);
    CU_ASSERT_PTR_NOT_NULL_FATAL(design);
    return design;
}

#endif
