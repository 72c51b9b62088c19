/* One line a kernel and lane width: the digest of all quantities of 512 trials of three scenarios.
 * Every line of every build must be the same (tests/kernel/digests.sh compares builds). */
#include "base/hash.h"
#include "base/number.h"
#include "io/scenario_json.h"
#include "run/trial.h"
#include <stdio.h>

enum { N_TRIALS = 512 };
static const char *const scenarios[] = {"tutorial", "us_iv_fluids", "us_ai_supercomputers"};

typedef struct built {
    hf_world world;
    hf_space *space;
    hf_plan *plan;
    hf_outcome *outcome;
} built;

static int build(const char *folder, const char *name, built *b) {
    const char *policies[] = {"baseline"};
    char path[4096];
    hf_problems problems;
    hf_error err = {0};
    hf_problems_init(&problems);
    snprintf(path, sizeof path, "%s/%s.json", folder, name);
    hf_status status = hf_world_read(path, 1, policies, &b->world, NULL, &problems, &err);
    hf_problems_print(&problems, path, stderr);
    hf_problems_clear(&problems);
    if (status == HF_OK) {
        b->space = hf_space_create(&b->world);
        status = hf_plan_build(b->world.scenarios[0], "baseline", b->space, &b->plan, &err);
    }
    if (status != HF_OK) {
        fprintf(stderr, "%s: %s\n", path, err.text);
        return 1;
    }
    b->outcome = hf_outcome_create(b->space, "USD");
    return 0;
}

static uint64_t digest(const built *b, const hf_kernel *kernel, int n_lanes, uint64_t hash) {
    hf_trials *trials = hf_trials_create(1, &b->plan, b->outcome, kernel, n_lanes);
    for (uint64_t first = 0; first < N_TRIALS; first += (uint64_t)n_lanes) {
        hf_trials_run(trials, 20250414, first, n_lanes, NULL);
        for (int lane = 0; lane < n_lanes; lane++)
            for (int q = 0; q < b->outcome->n_quantities; q++)
                hash = hf_mix64(hash ^ hf_double_bits(trials->values[0][q * n_lanes + lane])) +
                       0x9E3779B97F4A7C15u;
    }
    hf_trials_destroy(trials);
    return hash;
}

int main(int argc, char **argv) {
    enum { N = sizeof scenarios / sizeof *scenarios };
    const char *folder = argc > 1 ? argv[1] : HF_SOURCE_DIR "/inputs";
    static const int widths[] = {8, 64};
    built all[N];
    int n_kernels, failed = 0;
    uint64_t first = 0;
    const hf_kernel *kernels = hf_kernel_list(&n_kernels);
    for (int i = 0; i < N; i++)
        if (build(folder, scenarios[i], &all[i]))
            return 3;
    for (int k = 0; k < n_kernels; k++) {
        if (!kernels[k].available)
            printf("SKIPPED %s: this CPU lacks the instructions\n", kernels[k].name);
        for (int w = 0; kernels[k].available && w < (k == 0 ? 1 : 2); w++) {
            uint64_t hash = 0;
            for (int i = 0; i < N; i++)
                hash = digest(&all[i], &kernels[k], widths[w], hash);
            printf("%-10s W=%-3d %016llx\n", kernels[k].name, widths[w], (unsigned long long)hash);
            first = first ? first : hash;
            failed |= hash != first;
        }
    }
    for (int i = 0; i < N; i++) {
        hf_outcome_destroy(all[i].outcome);
        hf_plan_destroy(all[i].plan);
        hf_space_destroy(all[i].space);
        hf_world_clear(&all[i].world);
    }
    return failed;
}
