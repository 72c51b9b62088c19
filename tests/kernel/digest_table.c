/* One line a kernel and lane width: digests of all trials of every scenario: of what they were
 * worth, of their weeks, of their tally, of the estimates made from it. Every line of every build
 * must be the same (tests/kernel/digests.py compares builds). */
#include "kernel/digest_table.h"
#include "base/hash.h"
#include "base/number.h"
#include "fixture.h"
#include "run/trial.h"
#include "stats/summands.h"
#include "stats/summary.h"
#include "stats/tally.h"
#include <stdio.h>
#include <string.h>

enum { MAX_SCENARIOS = 32 };

typedef struct world {
    hf_plan *plan;
    hf_outcome *outcome;
} world;

typedef struct digests {
    uint64_t outcomes, weeks, tally, estimates;
} digests;

static uint64_t mix(uint64_t hash, uint64_t word) {
    return hf_mix64(hash ^ word) + 0x9E3779B97F4A7C15u;
}

/* Of what a hf_pack gives. */
static uint64_t mix_packed(uint64_t hash, size_t (*pack)(const void *, unsigned char **),
                           const void *statistics) {
    unsigned char *bytes;
    size_t n = pack(statistics, &bytes);
    for (size_t at = 0; at < n; at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes + at, sizeof word);
        hash = mix(hash, word);
    }
    hf_free(bytes);
    return hash;
}

static world world_of(hf_scenario *scenario) {
    const char *policy = "baseline";
    hf_world alone = {.n_policies = 1, .policy_ids = &policy, .scenarios = &scenario};
    hf_space *space = hf_space_create(&alone);
    world w = {fixture_plan(scenario), hf_outcome_create(space, scenario->currency)};
    hf_space_destroy(space);
    return w;
}

static hf_tally *tally_for(const world *w) {
    hf_tally_options options = {.tail_quantity = 0,
                                .tail_count = 16,
                                .n_hazards = w->plan->n_hazards,
                                .first_events = w->outcome->first_events,
                                .loss_quantity =
                                    hf_outcome_find_metric(w->outcome, "revenue_lost")};
    return hf_tally_create(1, w->outcome->n_quantities, w->outcome->quantities, &options);
}

/* By the histograms: mean, quantiles, VaR, CVaR and their intervals. */
static uint64_t mix_estimates(uint64_t hash, const hf_outcome *outcome, const hf_tally *tally) {
    hf_rules rules;
    hf_rules_init(&rules, hf_tally_trials(tally), false, 0.95);
    for (int metric = 0; metric < outcome->n_metrics; metric++) {
        const hf_moments *moments = hf_tally_moments(tally, 0, metric);
        const hf_histogram *histogram = hf_tally_histogram(tally, 0, metric);
        hf_bad_side side = outcome->quantities[metric].bad_side;
        uint64_t ranks[HF_N_RANKS];
        double at_ranks[HF_N_RANKS];
        hf_sums sums[HF_N_SUMMANDS] = {0};
        hf_powers powers[HF_N_SUMMANDS] = {0};
        hf_estimate levels[HF_N_LEVELS], estimates[HF_N_STATISTICS];
        hf_rules_ranks(&rules, side, ranks);
        hf_histogram_at_rules(histogram, moments, ranks, at_ranks);
        hf_rules_levels(&rules, side, at_ranks, HF_FROM_BINS, levels);
        hf_summands_of_histogram_mean(histogram, hf_sums_mean(&moments->sums), &sums[0],
                                      &powers[0]);
        for (int i = 0; i < HF_N_TAILS; i++)
            hf_summands_of_histogram_excess(histogram, levels[HF_TAILS_AT + i].value, side,
                                            &sums[1 + i], &powers[1 + i]);
        hf_summarise(&rules, side, &(hf_findings){0.0, moments, levels, sums, powers}, HF_FROM_BINS,
                     estimates);
        for (int s = 0; s < HF_N_STATISTICS; s++) {
            hash = mix(hash, hf_double_bits(estimates[s].value));
            hash = mix(hash, hf_double_bits(estimates[s].lower));
            hash = mix(hash, hf_double_bits(estimates[s].upper));
        }
    }
    return hash;
}

static void mix_trials(const world *w, const hf_kernel *kernel, int n_lanes, digests *d) {
    hf_trials *trials = hf_trials_create(1, &w->plan, w->outcome, kernel, n_lanes, NULL);
    hf_weekly *weekly = hf_trials_weekly(1, &w->plan, NULL);
    hf_tally *tally = tally_for(w);
    for (int first = 0; first < digest_n_trials; first += n_lanes) {
        hf_trials_run(trials, 20250414, (uint64_t)first, n_lanes, weekly);
        hf_tally_absorb(tally, (uint64_t)first, n_lanes, n_lanes, trials->values, NULL);
        for (int lane = 0; lane < n_lanes; lane++)
            for (int q = 0; q < w->outcome->n_quantities; q++)
                d->outcomes =
                    mix(d->outcomes, hf_double_bits(trials->values[0][q * n_lanes + lane]));
    }
    d->weeks = mix_packed(d->weeks, hf_weekly_pack, weekly);
    d->tally = mix_packed(d->tally, hf_tally_pack, tally);
    d->estimates = mix_estimates(d->estimates, w->outcome, tally);
    hf_tally_destroy(tally);
    hf_weekly_destroy(weekly);
    hf_trials_destroy(trials);
}

static void print_row(int n_worlds, const world *worlds, const hf_kernel *kernel, int n_lanes) {
    digests d = {0};
    for (int i = 0; i < n_worlds; i++)
        mix_trials(&worlds[i], kernel, n_lanes, &d);
    printf("%-10s W=%-3d %016llx %016llx %016llx %016llx\n", kernel->name, n_lanes,
           (unsigned long long)d.outcomes, (unsigned long long)d.weeks, (unsigned long long)d.tally,
           (unsigned long long)d.estimates);
}

int main(void) {
    world worlds[MAX_SCENARIOS];
    hf_scenario *scenario;
    int n_worlds = 0, n_kernels;
    const hf_kernel *kernels = hf_kernel_list(&n_kernels);
    for (; n_worlds < MAX_SCENARIOS && (scenario = digest_scenario(n_worlds)); n_worlds++) {
        worlds[n_worlds] = world_of(scenario);
        hf_scenario_destroy(scenario);
    }
    for (int k = 0; k < n_kernels; k++) {
        if (!kernels[k].available)
            printf("SKIPPED %s: this CPU lacks the instructions\n", kernels[k].name);
        for (int n_lanes = 8; kernels[k].available && n_lanes <= (k == 0 ? 8 : 64); n_lanes *= 8)
            print_row(n_worlds, worlds, &kernels[k], n_lanes);
    }
    for (int i = 0; i < n_worlds; i++) {
        hf_outcome_destroy(worlds[i].outcome);
        hf_plan_destroy(worlds[i].plan);
    }
    return 0;
}
