#include "run/sampling.h"
#include "base/elementary.h"
#include "base/memory.h"
#include "run/selections.h"
#include <string.h>

#define MISSING __builtin_nan("")

const hf_statistic hf_savings[HF_N_SAVINGS] = {HF_MEAN, HF_CVAR90, HF_CVAR95, HF_CVAR99,
                                               HF_CVAR999};
enum { CVAR99 = 3 }; /* among them */

/* What the errors of a metric are made of: exact sums, folded over ranks. */
typedef struct pieces {
    /* Of fl(w e^2), e what a trial as it falls adds to the statistic: x - mean, or its excess. */
    hf_sums square[HF_N_SAVINGS];
    /* Of unit means of the weighted summands: fl(w fl(x - calm)), or fl(w e). */
    hf_sums units[HF_N_SAVINGS];
    hf_sums strata[HF_PERIOD]; /* of fl(w e) for CVaR .99 */
    hf_sums tail;              /* of w at and beyond VaR .99 */
} pieces;
enum { N_PIECES = sizeof(pieces) / sizeof(hf_sums) };

/* The same points at all ranks: the mean, then VaR at the tail levels. */
typedef struct points {
    double at[HF_N_SAVINGS];
} points;

static points *share_points(hf_comm *comm, const hf_estimates *e, int n_rows) {
    points *all = HF_NEW(n_rows, points);
    for (int row = 0; hf_comm_is_root(comm) && row < n_rows; row++) {
        all[row].at[0] = e->metrics[row].statistics[HF_MEAN].value;
        for (int i = 0; i < HF_N_TAILS; i++)
            all[row].at[1 + i] = e->metrics[row].statistics[HF_VAR90 + i].value;
    }
    hf_comm_broadcast(comm, all, (size_t)n_rows * sizeof *all);
    return all;
}

static double effect(double x, double at, int statistic, hf_bad_side side) {
    if (statistic == 0)
        return x - at;
    return hf_max(side == HF_BAD_LOW ? at - x : x - at, 0.0);
}

/* One period of trials, weights w and values x. */
static void add_period(pieces *p, const points *at, double calm, hf_bad_side side,
                       const int *strata, const double *w, const double *x) {
    for (int s = 0; s < HF_N_SAVINGS; s++) {
        double unit = 0.0;
        for (int i = 0; i < HF_PERIOD; i++) {
            double e = effect(x[i], at->at[s], s, side), square = w[i] * (e * e);
            double summand = w[i] * (s == 0 ? x[i] - calm : e);
            unit = i == 0 ? summand : unit + summand;
            hf_sums_add(&p->square[s], 1, &square);
            if (s == CVAR99)
                hf_sums_add(&p->strata[strata[i]], 1, &summand);
        }
        unit *= 1.0 / HF_PERIOD;
        hf_sums_add(&p->units[s], 1, &unit);
    }
    for (int i = 0; i < HF_PERIOD; i++)
        if (side == HF_BAD_LOW ? x[i] <= at->at[CVAR99] : x[i] >= at->at[CVAR99])
            hf_sums_add(&p->tail, 1, &w[i]);
}

static double add_column(pieces *p, const points *at, hf_bad_side side, const int *strata,
                         const hf_kept *kept) {
    const double *w = kept->weights, *x = kept->values;
    uint64_t n = kept->n;
    double largest = 0.0;
    for (uint64_t i = 0; i + HF_PERIOD <= n; i += HF_PERIOD)
        add_period(p, at, kept->calm, side, strata, w + i, x + i);
    for (uint64_t i = 0; i < n; i++)
        if (side == HF_BAD_LOW ? x[i] <= at->at[CVAR99] : x[i] >= at->at[CVAR99])
            largest = hf_max(largest, w[i]);
    return largest;
}

/* (sum w)^2 / sum w^2 [Kong1992]. */
static double effective(const hf_sums *weights) {
    double sum = hf_exact_sum_value(&weights->sum);
    return weights->n ? sum * sum / hf_exact_sum_value(&weights->square) : 0.0;
}

static double share_of(double weight, const hf_sums *weights) {
    return weights->n ? weight / hf_exact_sum_value(&weights->sum) : MISSING;
}

/* Of a trial as it falls, E[e^2] - E[e]^2 from the weights, over eight times that of a unit. Of the
 * mean E[e] is 0. */
static double find_saving(const pieces *p, int s) {
    double mean = s == 0 ? 0.0 : hf_sums_mean(&p->units[s]), square = hf_sums_mean(&p->square[s]);
    double own = (double)HF_PERIOD * hf_sums_variance(&p->units[s]);
    return own > 0.0 ? (square - mean * mean) / own : MISSING;
}

static void find_limits(const pieces *p, const hf_sampling_account *a, double *limit) {
    double total = 0.0;
    for (int s = 0; s < a->n_strata; s++) {
        limit[s] = (double)a->stratum_trials[s] * hf_sums_variance(&p->strata[s]);
        total += limit[s];
    }
    for (int s = 0; s < a->n_strata; s++)
        limit[s] = total > 0.0 ? limit[s] / total : MISSING;
}

static double half_width(const hf_estimate *e) {
    return 0.5 * (e->upper - e->lower);
}

static void compare(const hf_estimate *weighted, const hf_estimate *crude, double z,
                    double *score) {
    double own = half_width(weighted) / z, other = half_width(crude) / z;
    double error = hf_sqrt(own * own + other * other);
    *score = error > 0.0 ? (weighted->value - crude->value) / error : MISSING;
}

static void close_metric(const pieces *p, double largest, const hf_metric_estimates *weighted,
                         const hf_metric_estimates *crude, double z, const hf_sampling_account *a,
                         hf_metric_account *out) {
    out->tail_effective = effective(&p->tail);
    out->tail_largest_share = share_of(largest, &p->tail);
    find_limits(p, a, out->limit);
    for (int s = 0; s < HF_N_SAVINGS; s++) {
        out->saving[s] = find_saving(p, s);
        out->crude[s] =
            (hf_estimate){MISSING, MISSING, MISSING, MISSING, HF_METHOD_NONE, HF_NO_INTERVAL};
        out->crude_z[s] = MISSING;
        if (!crude)
            continue;
        out->crude[s] = crude->statistics[hf_savings[s]];
        compare(&weighted->statistics[hf_savings[s]], &out->crude[s], z, &out->crude_z[s]);
    }
}

static void describe_policies(hf_sampling_account *a, const hf_tally *tally,
                              const hf_sums *stratum_weights, double confidence) {
    for (int v = 0; v < a->n_variants; v++) {
        hf_policy_account *policy = &a->policies[v];
        const hf_moments *weights = hf_tally_weights(tally, v);
        policy->effective = effective(&weights->sums);
        policy->largest_share = share_of(weights->max, &weights->sums);
        policy->mean_weight =
            hf_estimate_of_sums(0.0, &weights->sums, hf_tally_weight_units(tally, v), confidence);
        for (int s = 0; s < a->n_strata; s++)
            policy->stratum_chance[s] = hf_sums_mean(&stratum_weights[v * HF_PERIOD + s]) *
                                        (double)a->stratum_trials[s] / HF_PERIOD;
    }
}

static hf_sampling_account *create(const hf_design *design, const hf_estimates *e) {
    hf_sampling_account *a = HF_NEW(1, hf_sampling_account);
    a->n_variants = e->n_variants;
    a->n_metrics = e->n_metrics;
    a->n_strata = hf_design_n_strata(design) > 0 ? hf_design_n_strata(design) : 1;
    for (uint64_t i = 0; i < HF_PERIOD; i++)
        a->stratum_trials[hf_design_stratum(design, i)]++;
    a->policies = HF_NEW(a->n_variants, hf_policy_account);
    a->metrics = HF_NEW(a->n_variants * a->n_metrics, hf_metric_account);
    return a;
}

/* What this rank's trials add. */
static void add_own(const hf_sampling_account *a, const hf_design *design, const hf_tally *tally,
                    const hf_quantity *quantities, const points *at, pieces *all, double *largest,
                    hf_sums *stratum_weights) {
    uint64_t n = hf_tally_n_kept(tally);
    int strata[HF_PERIOD];
    for (uint64_t i = 0; i < HF_PERIOD; i++)
        strata[i] = hf_design_stratum(design, i);
    for (int v = 0; v < a->n_variants; v++) {
        const double *w = hf_tally_kept_weights(tally, v);
        for (uint64_t i = 0; i < n; i++)
            hf_sums_add(&stratum_weights[v * HF_PERIOD + strata[i % HF_PERIOD]], 1, &w[i]);
        for (int metric = 0; metric < a->n_metrics; metric++) {
            int row = v * a->n_metrics + metric;
            hf_kept kept = hf_kept_of(tally, v, metric);
            largest[row] =
                add_column(&all[row], &at[row], quantities[metric].bad_side, strata, &kept);
        }
    }
}

hf_status hf_sampling_account_make(hf_comm *comm, const hf_design *design, hf_crude *crude,
                                   const hf_tally *tally, const hf_estimates *estimates,
                                   const hf_quantity *quantities, double confidence,
                                   hf_sampling_account **account, hf_error *err) {
    hf_sampling_account *a = create(design, estimates);
    int n_rows = a->n_variants * a->n_metrics;
    points *at = share_points(comm, estimates, n_rows);
    pieces *all = HF_NEW(n_rows, pieces);
    double *largest = HF_NEW(n_rows, double);
    hf_sums *weights = HF_NEW(a->n_variants * HF_PERIOD, hf_sums);
    hf_estimates *beside = NULL;
    add_own(a, design, tally, quantities, at, all, largest, weights);
    hf_comm_max_double(comm, largest, (size_t)n_rows);
    hf_status status = hf_comm_fold(comm, &(hf_sums_list){n_rows * N_PIECES, (hf_sums *)all},
                                    hf_sums_list_pack, hf_sums_list_merge, err);
    if (status == HF_OK)
        status = hf_comm_fold(comm, &(hf_sums_list){a->n_variants * HF_PERIOD, weights},
                              hf_sums_list_pack, hf_sums_list_merge, err);
    status = hf_comm_agree(comm, status, err);
    if (status == HF_OK)
        status = hf_crude_estimate(comm, crude, confidence, &beside, err);
    if (status == HF_OK && hf_comm_is_root(comm)) {
        describe_policies(a, tally, weights, confidence);
        for (int row = 0; row < n_rows; row++) {
            a->metrics[row].calm = hf_tally_calm(tally, row / a->n_metrics, row % a->n_metrics);
            close_metric(&all[row], largest[row], &estimates->metrics[row],
                         beside ? &beside->metrics[row] : NULL, estimates->rules.z, a,
                         &a->metrics[row]);
        }
    }
    hf_estimates_destroy(beside);
    hf_free(weights);
    hf_free(largest);
    hf_free(all);
    hf_free(at);
    if (status == HF_OK)
        *account = a;
    else
        hf_sampling_account_destroy(a);
    return status;
}

void hf_sampling_account_destroy(hf_sampling_account *account) {
    if (!account)
        return;
    hf_free(account->policies);
    hf_free(account->metrics);
    hf_free(account);
}
