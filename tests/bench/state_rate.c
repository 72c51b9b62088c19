/* Holdfast's state update over given factors: the fastest kernel at the lanes of a run.
 *
 *   state_rate SCENARIO SEED TRIALS [LANES [KERNEL]]      (given_trials.h says what it answers) */
#include "given_trials.h"
#include "run/trial.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct state {
    const given_trials *given;
    const hf_kernel *kernel;
    hf_factors *factors;
    hf_batch *batch;
    double *values;    /* [n_quantities][n_lanes] */
    double clock_cost; /* seconds that reading the clock twice takes, as the clock sees it */
} state;

static double clock_cost(void) {
    enum { N = 1000 };
    double sum = 0.0;
    for (int i = 0; i < N; i++) {
        double begin = given_trials_clock();
        sum += given_trials_clock() - begin;
    }
    return sum / N;
}

/* The trials from `first` in the lanes of a batch. Filling factors is not timed. */
static double run_batch(const state *s, int first) {
    double begin = given_trials_clock(), seconds;
    hf_batch_start(s->batch);
    seconds = given_trials_clock() - begin - s->clock_cost;
    for (int t = 0; t < s->given->plan->n_weeks; t++) {
        given_trials_fill(s->given, t, first, s->factors);
        begin = given_trials_clock();
        s->kernel->week(s->batch, s->factors, t);
        seconds += given_trials_clock() - begin - s->clock_cost;
    }
    begin = given_trials_clock();
    hf_outcome_write(s->given->outcome, s->batch, s->values);
    return seconds + given_trials_clock() - begin - s->clock_cost;
}

static double run(void *self, double *values) {
    const state *s = self;
    const given_trials *given = s->given;
    int n_lanes = s->batch->n_lanes, n = given->n_trials;
    double seconds = 0.0;
    for (int first = 0; first < n; first += n_lanes) {
        int n_used = n - first < n_lanes ? n - first : n_lanes;
        seconds += run_batch(s, first) * n_used / n_lanes;
        for (int q = 0; q < given->n_values; q++)
            for (int lane = 0; lane < n_used; lane++)
                values[q * n + first + lane] = s->values[q * n_lanes + lane];
    }
    return seconds;
}

int main(int argc, char **argv) {
    if (argc < 4 || argc > 6) {
        fprintf(stderr, "usage: %s SCENARIO SEED TRIALS [LANES [KERNEL]]\n", argv[0]);
        return 2;
    }
    hf_error err;
    given_trials *given = given_trials_create(argv[1], strtoull(argv[2], NULL, 10), atoi(argv[3]));
    state s = {.given = given, .clock_cost = clock_cost()};
    if (hf_kernel_choose(argc > 5 ? argv[5] : NULL, &s.kernel, &err) != HF_OK)
        hf_fatal(2, "%s\n", err.text);
    int n_lanes = argc > 4 ? atoi(argv[4]) : hf_trials_natural_lanes(1, &given->plan, s.kernel);
    s.factors = hf_factors_create(given->plan, n_lanes);
    s.batch = hf_batch_create(given->plan, n_lanes);
    s.values = HF_NEW(given->outcome->n_quantities * n_lanes, double);
    int failed = given_trials_serve(given, run, &s);
    hf_free(s.values);
    hf_batch_destroy(s.batch);
    hf_factors_destroy(s.factors);
    given_trials_destroy(given);
    return failed;
}
