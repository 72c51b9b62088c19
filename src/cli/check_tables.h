/* What `check` prints of a scenario and of a job. */
#ifndef HF_CLI_CHECK_TABLES_H
#define HF_CLI_CHECK_TABLES_H

#include "model/job.h"
#include "plan/plan.h"
#include "run/causes.h"
#include "shock/design.h"

/* The network, suppliers before customers. */
void hf_check_network(const hf_scenario *scenario, const hf_plan *plan);
/* Wanted starts of the plan over capacity, by stage and year of 52 weeks. */
void hf_check_balance(const hf_plan *plan);
/* Expected events of each hazard within the horizon, were it never active. */
void hf_check_hazards(const hf_scenario *scenario, const hf_plan *plan);
/* Memory, disk and time of a job on this machine with one rank; `causes` NULL: not asked. */
void hf_check_needs(const hf_job *job, const hf_world *world, const hf_space *space,
                    hf_plan *const *plans, const hf_causes *causes);
/* What its precision, outer draws, sampling and attribution come to; nothing where none is asked.
 */
void hf_check_question(const hf_job *job, int n_plans, hf_plan *const *plans,
                       const hf_design *design, const hf_causes *causes);

#endif
