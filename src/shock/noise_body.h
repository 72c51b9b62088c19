/* The hot loops of noise: included once for each instruction set, HF_NOISE_WEEK being the name.
 * Plain loops over lanes that the compiler vectorises; the bit law makes all of them equal. */
#include "base/elementary.h"
#include "base/lanes.h"
#include "shock/noise.h"

/* pcg32 in every lane. Apart from what follows: without a variable shift of vectors (SSE2) this
 * stays scalar and the rest does not. */
static void draw_words(uint64_t *restrict state, const uint64_t *restrict increment,
                       uint64_t *restrict words, int n_lanes) {
    HF_SIMD
    for (int i = 0; i < n_lanes; i++) {
        uint64_t old = state[i];
        state[i] = old * HF_PCG32_MULTIPLIER + increment[i];
        uint64_t word = ((old ^ (old >> 18)) >> 27) & 0xFFFFFFFFu;
        words[i] = ((word << 32 | word) >> (old >> 59)) & 0xFFFFFFFFu; /* turned right */
    }
}

static void step(const uint64_t *restrict words, double *restrict z, double persistence,
                 double innovation, int n_lanes) {
    HF_SIMD
    for (int i = 0; i < n_lanes; i++) {
        double u = hf_uniform32((uint32_t)words[i]);
        z[i] = persistence * z[i] + innovation * hf_normal_quantile(u);
    }
}

/* z of a wanderer, [n_lanes]: a row of z, or mixed into the scratch row. */
static const double *wandered(hf_noise_batch *noise, const hf_wanderer *wanderer) {
    int n_lanes = noise->n_lanes;
    double loading = wanderer->loading, part = wanderer->own;
    const double *restrict factor = noise->z + (size_t)wanderer->factor_row * n_lanes;
    const double *restrict own = noise->z + (size_t)wanderer->own_row * n_lanes;
    double *restrict mixed = noise->mixed;
    if (loading == 0.0)
        return own;
    if (part == 0.0) {
        HF_SIMD
        for (int i = 0; i < n_lanes; i++)
            mixed[i] = loading * factor[i];
        return mixed;
    }
    HF_SIMD
    for (int i = 0; i < n_lanes; i++)
        mixed[i] = loading * factor[i] + part * own[i];
    return mixed;
}

static void constant_row(double *restrict row, double value, int n_lanes) {
    HF_SIMD
    for (int i = 0; i < n_lanes; i++)
        row[i] = value;
}

static void logistic_row(const double *restrict z, double *restrict row, double logit, double sigma,
                         int n_lanes) {
    HF_SIMD
    for (int i = 0; i < n_lanes; i++)
        row[i] = hf_logistic(logit + sigma * z[i]);
}

static void lognormal_row(const double *restrict z, double *restrict row, double base, double sigma,
                          int n_lanes) {
    double shift = 0.5 * sigma * sigma;
    HF_SIMD
    for (int i = 0; i < n_lanes; i++)
        row[i] = base * hf_exp(sigma * z[i] - shift);
}

static void normal_row(const double *restrict z, double *restrict row, double base, double sigma,
                       int n_lanes) {
    HF_SIMD
    for (int i = 0; i < n_lanes; i++)
        row[i] = hf_max(base + sigma * z[i], 0.0);
}

static void advance(hf_noise_batch *noise) {
    int n_lanes = noise->n_lanes;
    for (int p = 0; p < noise->n_processes; p++) {
        size_t row = (size_t)p * n_lanes;
        draw_words(noise->state + row, noise->increment + row, noise->words, n_lanes);
        step(noise->words, noise->z + row, noise->processes[p].persistence,
             noise->processes[p].innovation, n_lanes);
    }
}

void HF_NOISE_WEEK(hf_noise_batch *noise, int week, hf_factors *factors) {
    const hf_plan *plan = noise->plan;
    int n_lanes = noise->n_lanes;
    advance(noise);
    for (int i = 0; i < plan->n_stages; i++) {
        const hf_plan_stage *stage = &plan->stages[i];
        const hf_wanderer *yield = &noise->yields[i];
        double *row = factors->yield + (size_t)i * n_lanes, median = stage->yield_median[week];
        if (yield->is_still || !(median < 1.0))
            constant_row(row, median, n_lanes);
        else
            logistic_row(wandered(noise, yield), row, stage->yield_logit[week], stage->noise.sigma,
                         n_lanes);
    }
    for (int m = 0; m < plan->n_markets; m++) {
        const hf_plan_market *market = &plan->markets[m];
        const hf_wanderer *demand = &noise->demands[m];
        double *row = factors->demand + (size_t)m * n_lanes, base = market->base[week];
        if (demand->is_still)
            constant_row(row, base, n_lanes);
        else if (market->kind == HF_DEMAND_NORMAL)
            normal_row(wandered(noise, demand), row, base, market->noise.sigma, n_lanes);
        else
            lognormal_row(wandered(noise, demand), row, base, market->noise.sigma, n_lanes);
    }
}
