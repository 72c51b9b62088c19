#include "run/uncertainty.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/number.h"
#include "run/selections.h"

uint64_t hf_uncertain_rates(int n_plans, hf_plan *const *plans) {
    uint64_t n = 0;
    for (int h = 0; h < plans[0]->n_hazards; h++) {
        bool is_uncertain = false;
        for (int p = 0; p < n_plans; p++) {
            const hf_plan_hazard *hazard = &plans[p]->hazards[h];
            is_uncertain |= hazard->present && hazard->arrival == HF_POISSON_POINTS &&
                            hazard->per_year.family != HF_CONSTANT;
        }
        n += is_uncertain;
    }
    return n;
}

/* The own draws' estimates as bits[statistic resolved][draw][half]; the others stay 0. */
static void estimate_own(const hf_uncertainty *u, const hf_tally *tally, int policy, int metric,
                         hf_bad_side side, uint64_t first_draw, uint64_t *bits) {
    uint64_t inner = u->inner_trials;
    const uint64_t *trials = hf_tally_kept_trials(tally);
    hf_kept all = hf_kept_of(tally, policy, metric);
    for (uint64_t i = 0; i < all.n; i += inner) {
        uint64_t draw = trials[i] / inner - first_draw;
        HF_ASSERT(trials[i] % inner == 0 && trials[i + inner - 1] == trials[i] + inner - 1);
        HF_ASSERT(draw < u->n_draws);
        hf_halves halves[HF_N_STATISTICS];
        hf_kept kept = {inner, all.values + i, all.weights ? all.weights + i : NULL, all.calm};
        hf_nested_estimate(&u->nested, side, &kept, halves);
        for (uint64_t s = 0, row = 0; s < HF_N_STATISTICS; s++)
            if (u->nested.part[s]) {
                uint64_t *place = bits + 2 * (row++ * u->n_draws + draw);
                place[0] = hf_double_bits(halves[s].first);
                place[1] = hf_double_bits(halves[s].second);
            }
    }
}

static void separate(const hf_uncertainty *u, const uint64_t *bits, double confidence,
                     hf_ignorance found[HF_N_STATISTICS]) {
    hf_halves *draws = HF_NEW(u->n_draws, hf_halves);
    for (int s = 0; s < HF_N_STATISTICS; s++) {
        found[s] = hf_ignorance_none();
        if (u->nested.part[s] == 0)
            continue;
        for (uint64_t g = 0; g < u->n_draws; g++, bits += 2)
            draws[g] = (hf_halves){hf_bits_double(bits[0]), hf_bits_double(bits[1])};
        found[s] = hf_nested_separate(u->n_draws, draws, confidence);
    }
    hf_free(draws);
}

hf_uncertainty *hf_uncertainty_make(hf_comm *comm, const hf_tally *tally, int n_policies,
                                    int n_metrics, const hf_quantity *quantities,
                                    uint64_t first_trial, uint64_t n_trials, uint64_t inner_trials,
                                    double confidence) {
    HF_ASSERT(hf_tally_is_keeping(tally) && first_trial % inner_trials == 0 &&
              n_trials % inner_trials == 0);
    hf_uncertainty *u = HF_NEW(1, hf_uncertainty);
    *u = (hf_uncertainty){.n_policies = n_policies,
                          .n_metrics = n_metrics,
                          .n_draws = n_trials / inner_trials,
                          .inner_trials = inner_trials,
                          .found = hf_alloc((size_t)(n_policies * n_metrics), sizeof *u->found)};
    hf_nested_init(&u->nested, inner_trials, hf_tally_kept_weights(tally, 0) != NULL);
    size_t n_bits = 2 * (size_t)hf_nested_n_resolved(&u->nested) * u->n_draws;
    for (int row = 0; row < n_policies * n_metrics; row++) {
        int policy = row / n_metrics, metric = row % n_metrics;
        uint64_t *bits = HF_NEW(n_bits, uint64_t);
        estimate_own(u, tally, policy, metric, quantities[metric].bad_side,
                     first_trial / inner_trials, bits);
        /* each draw is one rank's and 0 elsewhere, so the sum of bits is what that rank has */
        hf_comm_sum_u64(comm, bits, n_bits);
        if (hf_comm_is_root(comm))
            separate(u, bits, confidence, u->found[row]);
        hf_free(bits);
    }
    return u;
}

void hf_uncertainty_destroy(hf_uncertainty *uncertainty) {
    if (!uncertainty)
        return;
    hf_free(uncertainty->found);
    hf_free(uncertainty);
}
