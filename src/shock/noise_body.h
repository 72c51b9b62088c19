/* Noise of a span of weeks, all lanes side by side. */
#include "base/elementary.h"
#include "base/lanes.h"
#include "shock/noise.h"

/* For loops over lanes: a whole number of vectors. */
static inline int lanes(const hf_noise_batch *noise) {
    if (noise->n_lanes % 8 != 0)
        __builtin_unreachable();
    return noise->n_lanes;
}

/* pcg32 in every lane. Apart from what follows: without a variable shift of vectors (SSE2) this
 * stays scalar and the rest does not. */
static void draw_words(uint64_t *restrict state, const uint64_t *restrict increment,
                       uint64_t *restrict words, int n_lanes) {
    HF_SIMD
    for (int i = 0; i < n_lanes; i++) {
        uint64_t now = state[i];
        for (int w = 0; w < HF_SPAN_WEEKS; w++) {
            uint64_t old = now;
            now = old * HF_PCG32_MULTIPLIER + increment[i];
            uint64_t word = ((old ^ (old >> 18)) >> 27) & 0xFFFFFFFFu;
            words[w * n_lanes + i] = ((word << 32 | word) >> (old >> 59)) & 0xFFFFFFFFu;
        }
        state[i] = now;
    }
}

/* Lists the words that are no central quantiles; how many. By sets of weeks, lane by lane: one
 * after the other, they would cost as much as their quantiles. */
static int find_tails(const hf_noise_batch *noise, int n_lanes) {
    const uint64_t *restrict words = noise->words;
    uint64_t *restrict sets = noise->sets;
    int *restrict tails = noise->tails;
    int n = 0;
    HF_SIMD
    for (int i = 0; i < n_lanes; i++) {
        uint64_t set = 0;
        for (int w = 0; w < HF_SPAN_WEEKS; w++) {
            uint32_t word = (uint32_t)words[w * n_lanes + i];
            bool is_tail = word - HF_FIRST_CENTRAL > HF_LAST_CENTRAL - HF_FIRST_CENTRAL;
            set |= (uint64_t)is_tail << w;
        }
        sets[i] = set;
    }
    for (int i = 0; i < n_lanes; i++) {
        const hf_week_set *set = &noise->week_sets[sets[i]];
        for (int k = 0; k < HF_SPAN_WEEKS; k++)
            tails[n + k] = set->weeks[k] * n_lanes + i;
        n += set->n;
    }
    return n;
}

/* The normal quantiles of a span of words: first all as if they were central, then those that are
 * not, gathered. What fills up the last vector of these is not taken. */
static void quantiles(const hf_noise_batch *noise, double *restrict z, int n_lanes) {
    const uint64_t *restrict words = noise->words;
    double *restrict tail = noise->tail;
    HF_SIMD
    for (int i = 0; i < HF_SPAN_WEEKS * n_lanes; i++)
        z[i] = hf_normal_central(hf_uniform32((uint32_t)words[i]));
    int n = find_tails(noise, n_lanes), n_full = (n + 7) / 8 * 8;
    for (int i = 0; i < n; i++)
        tail[i] = hf_uniform32((uint32_t)words[noise->tails[i]]);
    for (int i = n; i < n_full; i++)
        tail[i] = 0.5;
    HF_SIMD
    for (int i = 0; i < n_full; i++)
        tail[i] = hf_normal_tail(tail[i]);
    for (int i = 0; i < n; i++)
        z[noise->tails[i]] = tail[i];
}

/* Draws a span of process p into z, [HF_SPAN_WEEKS][n_lanes]. */
static void draw_process(hf_noise_batch *noise, int p, double *restrict z) {
    int n_lanes = lanes(noise);
    double persistence = noise->processes[p].persistence;
    double innovation = noise->processes[p].innovation;
    double *restrict last = noise->z + (size_t)p * n_lanes;
    draw_words(noise->state + (size_t)p * n_lanes, noise->increment + (size_t)p * n_lanes,
               noise->words, n_lanes);
    quantiles(noise, z, n_lanes);
    HF_SIMD
    for (int i = 0; i < n_lanes; i++) {
        double now = last[i];
        for (int w = 0; w < HF_SPAN_WEEKS; w++) {
            now = persistence * now + innovation * z[w * n_lanes + i];
            z[w * n_lanes + i] = now;
        }
        last[i] = now;
    }
}

/* z of a wanderer into z, [HF_SPAN_WEEKS][n_lanes]. */
static void draw_wanderer(hf_noise_batch *noise, const hf_wanderer *wanderer, double *restrict z) {
    int n = HF_SPAN_WEEKS * lanes(noise);
    double loading = wanderer->loading, own = wanderer->own;
    if (wanderer->own_process >= 0)
        draw_process(noise, wanderer->own_process, z);
    if (wanderer->factor < 0)
        return;
    const double *restrict factor = noise->shared + (size_t)wanderer->factor * n;
    if (wanderer->own_process < 0) {
        HF_SIMD
        for (int i = 0; i < n; i++)
            z[i] = loading * factor[i];
        return;
    }
    HF_SIMD
    for (int i = 0; i < n; i++)
        z[i] = loading * factor[i] + own * z[i];
}

/* In place: z becomes the yield or demand of a week. */
static void constant_row(double *restrict row, double value, int n_lanes) {
    HF_SIMD
    for (int i = 0; i < n_lanes; i++)
        row[i] = value;
}

static void logistic_row(double *restrict row, double logit, double sigma, int n_lanes) {
    HF_SIMD
    for (int i = 0; i < n_lanes; i++)
        row[i] = hf_logistic(logit + sigma * row[i]);
}

static void lognormal_row(double *restrict row, double base, double sigma, int n_lanes) {
    double shift = 0.5 * sigma * sigma;
    HF_SIMD
    for (int i = 0; i < n_lanes; i++)
        row[i] = base * hf_exp(sigma * row[i] - shift);
}

static void normal_row(double *restrict row, double base, double sigma, int n_lanes) {
    HF_SIMD
    for (int i = 0; i < n_lanes; i++)
        row[i] = hf_max(base + sigma * row[i], 0.0);
}

static void stage_row(const hf_plan_stage *stage, int week, double *row, int n_lanes) {
    if (stage->yield_median[week] < 1.0)
        logistic_row(row, stage->yield_logit[week], stage->noise.sigma, n_lanes);
    else
        constant_row(row, stage->yield_median[week], n_lanes);
}

static void market_row(const hf_plan_market *market, int week, double *row, int n_lanes) {
    if (market->kind == HF_DEMAND_NORMAL)
        normal_row(row, market->base[week], market->noise.sigma, n_lanes);
    else
        lognormal_row(row, market->base[week], market->noise.sigma, n_lanes);
}

static void noise_span(hf_noise_batch *noise, int first, int n_weeks) {
    int n_lanes = lanes(noise);
    for (int p = 0; p < noise->n_shared; p++)
        draw_process(noise, p, noise->shared + (size_t)p * HF_SPAN_WEEKS * n_lanes);
    for (int i = 0; i < noise->n_wanderers - noise->n_iid; i++) {
        const hf_wanderer *wanderer = &noise->wanderers[i];
        if (hf_noise_is_off(noise, wanderer))
            continue;
        double *rows = noise->rows + (size_t)i * HF_SPAN_WEEKS * n_lanes;
        draw_wanderer(noise, wanderer, rows);
        for (int w = 0; w < n_weeks; w++) {
            double *row = rows + (size_t)w * n_lanes;
            if (wanderer->market < 0)
                stage_row(&noise->plan->stages[wanderer->stage], first + w, row, n_lanes);
            else
                market_row(&noise->plan->markets[wanderer->market], first + w, row, n_lanes);
        }
    }
}
