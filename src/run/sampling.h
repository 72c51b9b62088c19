/* What a weighted run is worth: how many trials its weights leave, what it saves against trials as
 * they fall, what limits it, and whether a crude run beside it says the same.
 *
 * Effective trials: (sum w)^2 / sum w^2 [Kong1992]. Saving: trials as they fall that would give the
 * same standard error, over the run's own; their variance is estimated from the weighted trials. */
#ifndef HF_RUN_SAMPLING_H
#define HF_RUN_SAMPLING_H

#include "run/crude.h"

/* The statistics it is made for: mean and CVaR at the tail levels. */
enum { HF_N_SAVINGS = 1 + HF_N_TAILS };
extern const hf_statistic hf_savings[HF_N_SAVINGS];

typedef struct hf_policy_account {
    double effective, largest_share;
    hf_estimate mean_weight;          /* it should be 1 */
    double stratum_chance[HF_PERIOD]; /* as the weights have it */
} hf_policy_account;

typedef struct hf_metric_account {
    double calm;                               /* the value where nothing happens */
    double tail_effective, tail_largest_share; /* of the trials at and beyond VaR .99 */
    double limit[HF_PERIOD];                   /* part of the variance of CVaR .99, by stratum */
    double saving[HF_N_SAVINGS];
    hf_estimate crude[HF_N_SAVINGS];
    double crude_z[HF_N_SAVINGS]; /* difference over its standard error, as if independent */
} hf_metric_account;

typedef struct hf_sampling_account {
    int n_variants, n_metrics;
    int n_strata;                  /* 1 without strata */
    int stratum_trials[HF_PERIOD]; /* of HF_PERIOD */
    hf_policy_account *policies;   /* [n_variants] */
    hf_metric_account *metrics;    /* [n_variants][n_metrics] */
} hf_sampling_account;

/* Of a weighted run: estimates, and the tally's sums, of all trials at the root. The account is
 * whole there. Collective. Given: hf_sampling_account_destroy. */
hf_status hf_sampling_account_make(hf_comm *comm, const hf_design *design, hf_crude *crude,
                                   const hf_tally *tally, const hf_estimates *estimates,
                                   const hf_quantity *quantities, double confidence,
                                   hf_sampling_account **account, hf_error *err) HF_MUST_CHECK;
void hf_sampling_account_destroy(hf_sampling_account *account); /* NULL is allowed */

#endif
