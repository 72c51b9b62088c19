#include "run/trial.h"
#include "base/check.h"
#include "base/number.h"
#include <string.h>
#include <unistd.h>

hf_trials *hf_trials_create(int n_variants, hf_plan *const *plans, const hf_outcome *outcome,
                            const hf_kernel *kernel, int n_lanes, const hf_design *design) {
    hf_trials *trials = HF_NEW(1, hf_trials);
    *trials = (hf_trials){.n_variants = n_variants,
                          .n_lanes = n_lanes,
                          .variants = HF_NEW(n_variants, hf_variant),
                          .outcome = outcome,
                          .kernel = kernel,
                          .values = HF_NEW(n_variants, const double *),
                          .series = HF_NEW(HF_N_SERIES * n_lanes, double),
                          .numbers = HF_NEW(n_lanes, uint64_t)};
    if (design && hf_design_is_weighted(design))
        trials->weights = HF_NEW(n_variants, const double *);
    for (int v = 0; v < n_variants; v++) {
        trials->variants[v] =
            (hf_variant){.plan = plans[v],
                         .sampler = hf_sampler_create(plans[v], n_lanes),
                         .factors = hf_factors_create(plans[v], n_lanes),
                         .batch = hf_batch_create(plans[v], n_lanes),
                         .values = HF_NEW((size_t)outcome->n_quantities * (size_t)n_lanes, double)};
        trials->values[v] = trials->variants[v].values;
        hf_sampler_set_design(trials->variants[v].sampler, design);
        if (trials->weights)
            trials->weights[v] = hf_sampler_weights(trials->variants[v].sampler);
    }
    return trials;
}

void hf_trials_destroy(hf_trials *trials) {
    if (!trials)
        return;
    for (int v = 0; v < trials->n_variants; v++) {
        hf_sampler_destroy(trials->variants[v].sampler);
        hf_factors_destroy(trials->variants[v].factors);
        hf_batch_destroy(trials->variants[v].batch);
        hf_free(trials->variants[v].values);
    }
    hf_free(trials->variants);
    hf_free(trials->values);
    hf_free(trials->weights);
    hf_free(trials->series);
    hf_free(trials->numbers);
    hf_free(trials);
}

int hf_trials_natural_lanes(int n_plans, hf_plan *const *plans, const hf_kernel *kernel) {
    long cache = sysconf(_SC_LEVEL2_CACHE_SIZE);
    size_t budget = (size_t)(cache > 0 ? cache : 512 * 1024) * 6 / 10, widest = 0;
    for (int v = 0; v < n_plans; v++) {
        size_t bytes = hf_batch_bytes(plans[v], 8);
        widest = bytes > widest ? bytes : widest;
    }
    int lanes = kernel->chunk_lanes < 8 ? 8 : kernel->chunk_lanes;
    while (lanes < 64 && widest * (size_t)(2 * lanes / 8) <= budget)
        lanes *= 2;
    return lanes;
}

void hf_trials_begin(hf_trials *trials, int variant, uint64_t seed, uint64_t first_trial) {
    hf_sampler_start(trials->variants[variant].sampler, seed, first_trial);
    hf_batch_start(trials->variants[variant].batch);
}

void hf_trials_week(hf_trials *trials, int variant, int week) {
    const hf_variant *v = &trials->variants[variant];
    hf_sampler_week(v->sampler, week, v->factors);
    trials->kernel->week(v->batch, v->factors, week);
}

void hf_trials_end(hf_trials *trials, int variant) {
    const hf_variant *v = &trials->variants[variant];
    size_t row = (size_t)trials->n_lanes, counts = (size_t)v->plan->n_hazards * row;
    hf_outcome_write(trials->outcome, v->batch, v->values);
    memcpy(&v->values[(size_t)trials->outcome->first_events * row],
           hf_sampler_event_counts(v->sampler), counts * sizeof(double));
    memcpy(&v->values[(size_t)trials->outcome->first_active * row],
           hf_sampler_active_weeks(v->sampler), counts * sizeof(double));
    if (trials->pause.call)
        trials->pause.call(trials->pause.context);
}

void hf_trials_run(hf_trials *trials, uint64_t seed, uint64_t first_trial, int n,
                   hf_weekly *weekly) {
    for (int variant = 0; variant < trials->n_variants; variant++) {
        const hf_variant *v = &trials->variants[variant];
        hf_trials_begin(trials, variant, seed, first_trial);
        for (int week = 0; week < v->plan->n_weeks; week++) {
            hf_trials_week(trials, variant, week);
            if (!weekly)
                continue;
            hf_outcome_week(v->batch, v->factors, trials->series);
            hf_weekly_absorb(weekly, variant, week, n, trials->n_lanes, trials->series,
                             v->batch->output, trials->weights ? trials->weights[variant] : NULL);
        }
        hf_trials_end(trials, variant);
    }
}

void hf_trials_run_listed(hf_trials *trials, int variant, const hf_mask *mask, uint64_t seed,
                          const uint64_t *numbers, int n) {
    const hf_variant *v = &trials->variants[variant];
    HF_ASSERT(n >= 1 && n <= trials->n_lanes);
    for (int lane = 0; lane < trials->n_lanes; lane++)
        trials->numbers[lane] = numbers[lane < n ? lane : n - 1];
    hf_sampler_set_mask(v->sampler, mask);
    hf_sampler_start_trials(v->sampler, seed, trials->numbers);
    hf_batch_start(v->batch);
    for (int week = 0; week < v->plan->n_weeks; week++)
        hf_trials_week(trials, variant, week);
    hf_trials_end(trials, variant);
    hf_sampler_set_mask(v->sampler, NULL);
}

enum { CALM_LANES = 8 }; /* all the same: as few as there can be */

static void run_calm(hf_trials *trials, int variant, const hf_mask *mask, double *values,
                     double *weekly) {
    const hf_variant *v = &trials->variants[variant];
    hf_sampler_set_mask(v->sampler, mask);
    hf_trials_begin(trials, variant, 0, 0);
    for (int week = 0; week < v->plan->n_weeks; week++) {
        hf_trials_week(trials, variant, week);
        hf_outcome_week(v->batch, v->factors, trials->series);
        for (int series = 0; series < HF_N_SERIES; series++)
            *weekly++ = trials->series[series * CALM_LANES];
        for (int i = 0; i < v->plan->n_stages; i++)
            *weekly++ = v->batch->output[i * CALM_LANES];
    }
    hf_trials_end(trials, variant);
    for (int q = 0; q < trials->outcome->n_quantities; q++)
        values[q] = v->values[q * CALM_LANES];
}

void hf_calm_init(hf_calm *calm, int n_variants, hf_plan *const *plans, const hf_outcome *outcome,
                  const hf_kernel *kernel) {
    size_t n_rows = (size_t)(HF_N_SERIES + plans[0]->n_stages);
    size_t n_weekly = (size_t)plans[0]->n_weeks * n_rows, n_values = (size_t)outcome->n_quantities;
    hf_trials *trials = hf_trials_create(n_variants, plans, outcome, kernel, CALM_LANES, NULL);
    bool *off = HF_NEW(plans[0]->n_hazards, bool);
    memset(off, true, (size_t)plans[0]->n_hazards * sizeof *off);
    *calm = (hf_calm){.values = HF_NEW((size_t)n_variants * n_values, double),
                      .weekly = HF_NEW((size_t)n_variants * n_weekly, double)};
    for (int v = 0; v < n_variants; v++)
        run_calm(trials, v, &(hf_mask){off, true, true}, calm->values + (size_t)v * n_values,
                 calm->weekly + (size_t)v * n_weekly);
    hf_free(off);
    hf_trials_destroy(trials);
}

void hf_calm_clear(hf_calm *calm) {
    hf_free(calm->values);
    hf_free(calm->weekly);
}

/* Edges: service 0..1; late up to a year of the largest base demand so far, shipments and demand up
 * to four times it. */
static void set_edges(int n_variants, hf_plan *const *plans, double *upper) {
    static const double weeks_of_base[HF_N_SERIES] = {0.0, HF_WEEKS_PER_YEAR, 4.0, 4.0};
    double largest = 0.0;
    for (int week = 0; week < plans[0]->n_weeks; week++) {
        for (int v = 0; v < n_variants; v++) {
            largest = hf_max(largest, plans[v]->base_value[week]);
            largest = hf_max(largest, 1e-3 * plans[v]->price_scale);
        }
        for (int series = 0; series < HF_N_SERIES; series++)
            upper[week * HF_N_SERIES + series] =
                series == HF_SERIES_SERVICE ? 1.0 : hf_max(largest * weeks_of_base[series], 1e-9);
    }
}

static hf_weekly_options weekly_options(int n_variants, hf_plan *const *plans, bool is_weighted,
                                        hf_arena *arena) {
    int n_edges = plans[0]->n_weeks * HF_N_SERIES, n_stages = plans[0]->n_stages;
    double *upper = HF_ARENA_NEW(arena, n_edges, double);
    double *scale = HF_ARENA_NEW(arena, n_stages, double);
    set_edges(n_variants, plans, upper);
    for (int i = 0; i < n_stages; i++) {
        scale[i] = 1e-9;
        for (int v = 0; v < n_variants; v++)
            scale[i] = hf_max(scale[i], plans[v]->stages[i].scale);
    }
    return (hf_weekly_options){.n_variants = n_variants,
                               .n_weeks = plans[0]->n_weeks,
                               .n_series = HF_N_SERIES,
                               .is_weighted = is_weighted,
                               .n_stages = n_stages,
                               .lower = HF_ARENA_NEW(arena, n_edges, double),
                               .upper = upper,
                               .stage_scale = scale};
}

hf_weekly *hf_trials_weekly(int n_variants, hf_plan *const *plans, const hf_calm *calm) {
    hf_arena *arena = hf_arena_create();
    hf_weekly_options options = weekly_options(n_variants, plans, calm != NULL, arena);
    options.calm = calm ? calm->weekly : NULL;
    hf_weekly *weekly = hf_weekly_create(&options);
    hf_arena_destroy(arena);
    return weekly;
}

size_t hf_trials_weekly_bytes(int n_variants, hf_plan *const *plans, bool is_weighted) {
    hf_arena *arena = hf_arena_create();
    hf_weekly_options options = weekly_options(n_variants, plans, is_weighted, arena);
    size_t bytes = hf_weekly_bytes(&options);
    hf_arena_destroy(arena);
    return bytes;
}
