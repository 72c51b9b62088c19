/* What ignorance of rates alone puts on each number of the summary (stats/nested.h), over all
 * ranks: for jobs with inner_trials. */
#ifndef HF_RUN_UNCERTAINTY_H
#define HF_RUN_UNCERTAINTY_H

#include "parallel/comm.h"
#include "plan/plan.h"
#include "stats/nested.h"
#include "stats/tally.h"

typedef struct hf_uncertainty {
    int n_policies, n_metrics;
    uint64_t n_draws, inner_trials;
    hf_nested nested;
    hf_ignorance (*found)[HF_N_STATISTICS]; /* [n_policies][n_metrics], at the root */
} hf_uncertainty;

/* Hazards whose rate is random under any of the plans. */
uint64_t hf_uncertain_rates(int n_plans, hf_plan *const *plans);

/* The first n_policies variants and n_metrics quantities of a tally that keeps its trials; the own
 * ones of all ranks are trials first_trial .. first_trial + n_trials - 1, each outer draw's
 * inner_trials, which divides both, in a row on one rank. Takes two words an outer draw and
 * statistic for a while. Collective. Given: hf_uncertainty_destroy. */
hf_uncertainty *hf_uncertainty_make(hf_comm *comm, const hf_tally *tally, int n_policies,
                                    int n_metrics, const hf_quantity *quantities,
                                    uint64_t first_trial, uint64_t n_trials, uint64_t inner_trials,
                                    double confidence);
void hf_uncertainty_destroy(hf_uncertainty *uncertainty); /* NULL is allowed */

#endif
