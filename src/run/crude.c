#include "run/crude.h"

struct hf_crude {
    const hf_outcome *outcome;
    hf_trials *trials;
    hf_tally *tally;
    uint64_t *numbers; /* [n_lanes] of the next trials */
};

static hf_tally *make_tally(int n_variants, const hf_outcome *outcome) {
    return hf_tally_create(n_variants, outcome->n_metrics, outcome->quantities,
                           &(hf_tally_options){.keep_capacity = 1});
}

hf_crude *hf_crude_create(int n_variants, hf_plan *const *plans, const hf_outcome *outcome,
                          const hf_kernel *kernel, int n_lanes) {
    hf_crude *crude = HF_NEW(1, hf_crude);
    *crude =
        (hf_crude){.outcome = outcome,
                   .trials = hf_trials_create(n_variants, plans, outcome, kernel, n_lanes, NULL),
                   .tally = make_tally(n_variants, outcome),
                   .numbers = HF_NEW(n_lanes, uint64_t)};
    return crude;
}

void hf_crude_destroy(hf_crude *crude) {
    if (!crude)
        return;
    hf_trials_destroy(crude->trials);
    hf_tally_destroy(crude->tally);
    hf_free(crude->numbers);
    hf_free(crude);
}

hf_tally *hf_crude_tally(hf_crude *crude) {
    return crude->tally;
}

static void run_listed(hf_crude *crude, uint64_t seed, int n) {
    hf_trials *trials = crude->trials;
    if (n == 0)
        return;
    for (int v = 0; v < trials->n_variants; v++)
        hf_trials_run_listed(trials, v, NULL, seed, crude->numbers, n);
    hf_tally_absorb(crude->tally, crude->numbers[0], n, trials->n_lanes, trials->values, NULL);
}

void hf_crude_run(hf_crude *crude, hf_pause pause, uint64_t seed, uint64_t first_trial,
                  uint64_t n) {
    int n_listed = 0;
    crude->trials->pause = pause;
    for (uint64_t trial = first_trial; trial < first_trial + n; trial += HF_PERIOD) {
        if (trial / HF_PERIOD % HF_CRUDE_STRIDE != 0)
            continue;
        for (uint64_t i = 0; i < HF_PERIOD; i++)
            crude->numbers[n_listed++] = trial + i;
        if (n_listed == crude->trials->n_lanes) {
            run_listed(crude, seed, n_listed);
            n_listed = 0;
        }
    }
    run_listed(crude, seed, n_listed);
}

hf_status hf_crude_estimate(hf_comm *comm, hf_crude *crude, double confidence,
                            hf_estimates **estimates, hf_error *err) {
    uint64_t n = hf_tally_trials(crude->tally);
    *estimates = NULL;
    hf_comm_sum_u64(comm, &n, 1);
    if (n == 0)
        return HF_OK;
    hf_status status = hf_comm_fold(comm, crude->tally, hf_tally_pack, hf_tally_merge, err);
    status = hf_comm_agree(comm, status, err);
    if (status != HF_OK)
        return status;
    return hf_estimates_make(comm, crude->tally, crude->trials->n_variants,
                             crude->outcome->n_metrics, crude->outcome->quantities, n, confidence,
                             estimates, err);
}
