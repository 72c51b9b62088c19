/* What is wrong with a job that only its scenario can tell. */
#ifndef HF_RUN_JOB_CHECK_H
#define HF_RUN_JOB_CHECK_H

#include "base/problems.h"
#include "model/job.h"
#include "shock/design.h"
#include "sim/outcome.h"

/* All problems: metrics that the scenario lacks, more trials than what is asked for can keep, and
 * those of the sampling design, which is given (NULL if there are problems). */
hf_design *hf_job_check(const hf_job *job, const hf_outcome *outcome, int n_plans,
                        hf_plan *const *plans, hf_problems *problems);

#endif
