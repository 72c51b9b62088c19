/* A campaign's findings as tables: the groups of the result file (analysis/README.md). Whatever the
 * tables borrow lives in the arena of `tables` or in the campaign. Root only. */
#ifndef HF_RUN_RESULT_TABLES_H
#define HF_RUN_RESULT_TABLES_H

#include "io/table.h"
#include "run/campaign.h"

/* Dimensions that several groups share. */
typedef struct hf_axes {
    const hf_dimension *policy, *metric, *stage, *hazard, *week;
} hf_axes;
hf_axes hf_axes_make(hf_tables *tables, const hf_campaign *campaign);

void hf_summary_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *campaign);
void hf_distribution_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *campaign);
void hf_weekly_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *campaign);
void hf_stage_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *campaign);
void hf_hazard_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *campaign);
/* For jobs with attribution; and the columns of their trials, [policy][coalition][trial], declared
 * once these tables are there. */
void hf_cause_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *campaign);
void hf_cause_columns(hf_group *trials, const hf_axes *axes, const hf_dimension *trial,
                      const hf_campaign *campaign);
/* For jobs with inner_trials. */
void hf_uncertainty_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *campaign);
/* For weighted runs. */
void hf_sampling_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *campaign);
/* For jobs with precision: the looks that were taken. */
void hf_convergence_tables(hf_tables *tables, const hf_campaign *campaign);
/* Simulates the worst trials again to say what struck. */
void hf_tail_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *campaign);
/* Declares one column a metric, [policy][trial]. */
void hf_trial_tables(hf_tables *tables, const hf_axes *axes, const hf_campaign *campaign);

/* Tables `prefix`hazard, onset, duration, end, severity, triggered over a new dimension `event`.
 * All is copied. */
void hf_event_tables(hf_group *group, const char *prefix, uint64_t n, const hf_event *events,
                     const hf_space *space);

/* A table of estimates: `name`, `name`_lower, `name`_upper; from estimates[n], n the product of the
 * dimensions' lengths (copied). Returns the first of the three. */
hf_table *hf_estimates_table(hf_group *group, const char *name, const char *unit,
                             const char *long_name, const hf_estimate *estimates, double confidence,
                             int n_dimensions, const hf_dimension *const *dimensions);
/* Mean planned good output a week of a stage, after warmup. */
double hf_stage_planned_output(const hf_plan *plan, int stage);
/* Units, meanings and bad sides of the metrics, which a table over metrics cannot say in an
 * attribute. */
void hf_describe_metrics(hf_group *group, const hf_axes *axes, const hf_campaign *campaign);
/* "a", "b" and "c" as one text in the tables' arena. */
const char *hf_tables_join(hf_tables *tables, const char *a, const char *b, const char *c);

#endif
