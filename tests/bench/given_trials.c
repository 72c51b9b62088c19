#include "given_trials.h"
#include "shock/sampled.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void read_scenario(given_trials *given, const char *path) {
    const char *policies[] = {"baseline"};
    hf_problems problems;
    hf_error err = {0};
    hf_problems_init(&problems);
    hf_status status = hf_world_read(path, 1, policies, &given->world, NULL, &problems, &err);
    hf_problems_print(&problems, path, stderr);
    hf_problems_clear(&problems);
    if (status == HF_OK) {
        given->space = hf_space_create(&given->world);
        status =
            hf_plan_build(given->world.scenarios[0], policies[0], given->space, &given->plan, &err);
    }
    if (status != HF_OK)
        hf_fatal(3, "%s: %s\n", path, err.text);
    given->outcome = hf_outcome_create(given->space, "USD");
    given->n_values = given->outcome->first_events;
}

static void draw(given_trials *given, uint64_t seed) {
    const hf_plan *p = given->plan;
    hf_sampler *sampler = hf_sampler_create(p, given->n_trials);
    hf_factors *factors = hf_factors_create(p, given->n_trials);
    hf_sampler_start(sampler, seed, 0);
    for (int t = 0; t < p->n_weeks; t++) {
        hf_sampler_week(sampler, t, factors);
        memcpy(&given->weeks[(size_t)t * given->week_size], factors->rows,
               given->week_size * sizeof(double));
    }
    hf_factors_destroy(factors);
    hf_sampler_destroy(sampler);
}

given_trials *given_trials_create(const char *path, uint64_t seed, int n_trials) {
    given_trials *given = HF_NEW(1, given_trials);
    read_scenario(given, path);
    const hf_plan *p = given->plan;
    given->n_trials = n_trials;
    given->week_size = (size_t)hf_factors_first_row(p, HF_N_CHANNELS) * (size_t)n_trials;
    given->weeks = HF_NEW((size_t)p->n_weeks * given->week_size, double);
    draw(given, seed);
    return given;
}

void given_trials_destroy(given_trials *given) {
    hf_free(given->weeks);
    hf_outcome_destroy(given->outcome);
    hf_plan_destroy(given->plan);
    hf_space_destroy(given->space);
    hf_world_clear(&given->world);
    hf_free(given);
}

const double *given_trials_channel(const given_trials *given, int week, hf_channel channel) {
    size_t first = (size_t)hf_factors_first_row(given->plan, channel) * (size_t)given->n_trials;
    return &given->weeks[(size_t)week * given->week_size + first];
}

void given_trials_fill(const given_trials *given, int week, int first_trial, hf_factors *factors) {
    const double *from = &given->weeks[(size_t)week * given->week_size];
    int n_rows = hf_factors_first_row(given->plan, HF_N_CHANNELS), n_lanes = factors->n_lanes;
    for (int row = 0; row < n_rows; row++, from += given->n_trials) {
        double *to = &factors->rows[(size_t)row * (size_t)n_lanes];
        factors->any[row] = false;
        for (int lane = 0; lane < n_lanes; lane++) {
            to[lane] = from[(first_trial + lane) % given->n_trials];
            factors->any[row] |= to[lane] != 1.0;
        }
    }
}

double given_trials_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void answer_run(const given_trials *given, double seconds, const double *values) {
    double checksum = 0.0, n = given->n_trials;
    for (size_t i = 0; i < (size_t)given->n_values * (size_t)given->n_trials; i++)
        checksum += log1p(fabs(values[i])); /* as sensitive to the small as to the large */
    printf("%.9g %.0f %.17g\n", seconds, n * given->plan->n_stages * given->plan->n_weeks,
           checksum / n);
}

static void answer_values(const given_trials *given, const char *path, const double *values) {
    size_t n = (size_t)given->n_values * (size_t)given->n_trials;
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(values, sizeof *values, n, file) != n || fclose(file))
        hf_fatal(3, "cannot write %s\n", path);
    printf("written\n");
}

int given_trials_serve(const given_trials *given, given_trials_run *run, void *self) {
    char line[4096];
    double *values = HF_NEW((size_t)given->n_values * (size_t)given->n_trials, double);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        double seconds = run(self, values);
        if (!strncmp(line, "values ", 7))
            answer_values(given, line + 7, values);
        else
            answer_run(given, seconds, values);
        fflush(stdout);
    }
    hf_free(values);
    return 0;
}
