/* Which processes a plan needs, their start, what does not wander. */
#include "shock/noise.h"
#include "base/check.h"
#include "base/elementary.h"
#include "shock/loops.h"

static int add_process(hf_noise_batch *noise, uint64_t entity, double persistence,
                       double innovation) {
    noise->processes[noise->n_processes] =
        (hf_process){.entity = entity, .persistence = persistence, .innovation = innovation};
    return noise->n_processes++;
}

static bool uses_factor(const hf_plan_noise *noise, int factor) {
    return noise->sigma > 0.0 && noise->factor == factor && noise->loading != 0.0;
}

static bool market_wanders(const hf_plan_market *market) {
    return market->kind != HF_DEMAND_IID && market->noise.sigma > 0.0;
}

static bool is_factor_used(const hf_plan *plan, int factor) {
    for (int i = 0; i < plan->n_stages; i++)
        if (uses_factor(&plan->stages[i].noise, factor))
            return true;
    for (int m = 0; m < plan->n_markets; m++)
        if (market_wanders(&plan->markets[m]) && uses_factor(&plan->markets[m].noise, factor))
            return true;
    return false;
}

static int add_wanderer(hf_noise_batch *noise, int stage, int market, const hf_plan_noise *shape,
                        const int *factors) {
    hf_wanderer added = {.stage = stage,
                         .market = market,
                         .factor = -1,
                         .own_process = -1,
                         .loading = shape->factor < 0 ? 0.0 : shape->loading,
                         .own = shape->own};
    if (added.loading != 0.0)
        added.factor = factors[shape->factor];
    if (added.loading == 0.0 || added.own > 0.0)
        added.own_process =
            add_process(noise, shape->entity, shape->persistence, shape->innovation);
    noise->wanderers[noise->n_wanderers] = added;
    return noise->n_wanderers++;
}

static int add_iid(hf_noise_batch *noise, int market) {
    noise->wanderers[noise->n_wanderers] = (hf_wanderer){-1, market, -1, -1, 0.0, 0.0};
    noise->n_iid++;
    return noise->n_wanderers++;
}

/* Factors first, then the own parts of stages and markets. */
static void find_processes(hf_noise_batch *noise) {
    const hf_plan *plan = noise->plan;
    int *factors = HF_NEW(plan->n_factors, int);
    for (int f = 0; f < plan->n_factors; f++)
        if (is_factor_used(plan, f))
            factors[f] = add_process(noise, plan->factors[f].entity, plan->factors[f].persistence,
                                     plan->factors[f].innovation);
    noise->n_shared = noise->n_processes;
    for (int i = 0; i < plan->n_stages; i++)
        noise->row_of_stage[i] = plan->stages[i].noise.sigma > 0.0
                                     ? add_wanderer(noise, i, -1, &plan->stages[i].noise, factors)
                                     : -1;
    for (int m = 0; m < plan->n_markets; m++)
        noise->row_of_market[m] = market_wanders(&plan->markets[m])
                                      ? add_wanderer(noise, -1, m, &plan->markets[m].noise, factors)
                                      : -1;
    for (int m = 0; m < plan->n_markets; m++)
        if (plan->markets[m].kind == HF_DEMAND_IID)
            noise->row_of_market[m] = add_iid(noise, m);
    hf_free(factors);
}

static void list_week_sets(hf_noise_batch *noise) {
    for (int bits = 0; bits < 1 << HF_SPAN_WEEKS; bits++) {
        hf_week_set *set = &noise->week_sets[bits];
        for (int w = 0; w < HF_SPAN_WEEKS; w++)
            if (bits >> w & 1)
                set->weeks[set->n++] = (uint8_t)w;
    }
}

hf_noise_batch *hf_noise_create(const hf_plan *plan, int n_lanes) {
    HF_ASSERT(n_lanes > 0 && n_lanes % 8 == 0);
    hf_noise_batch *noise = HF_NEW(1, hf_noise_batch);
    noise->plan = plan;
    noise->n_lanes = n_lanes;
    noise->loops = hf_loops_fastest();
    noise->processes = HF_NEW(plan->n_factors + plan->n_stages + plan->n_markets, hf_process);
    noise->wanderers = HF_NEW(plan->n_stages + plan->n_markets, hf_wanderer);
    noise->row_of_stage = HF_NEW(plan->n_stages, int);
    noise->row_of_market = HF_NEW(plan->n_markets, int);
    find_processes(noise);
    list_week_sets(noise);
    size_t n = (size_t)noise->n_processes * (size_t)n_lanes,
           n_span = HF_SPAN_WEEKS * (size_t)n_lanes;
    noise->state = HF_NEW(n, uint64_t);
    noise->increment = HF_NEW(n, uint64_t);
    noise->z = HF_NEW(n, double);
    noise->rows = HF_NEW((size_t)noise->n_wanderers * n_span, double);
    noise->shared = HF_NEW((size_t)noise->n_shared * n_span, double);
    noise->words = HF_NEW(n_span, uint64_t);
    noise->sets = HF_NEW(n_lanes, uint64_t);
    noise->tails = HF_NEW(n_span + HF_SPAN_WEEKS, int);
    noise->tail = HF_NEW(n_span, double);
    noise->trials = HF_NEW(n_lanes, hf_key);
    return noise;
}

void hf_noise_destroy(hf_noise_batch *noise) {
    if (!noise)
        return;
    hf_free(noise->processes);
    hf_free(noise->wanderers);
    hf_free(noise->row_of_stage);
    hf_free(noise->row_of_market);
    hf_free(noise->state);
    hf_free(noise->increment);
    hf_free(noise->z);
    hf_free(noise->rows);
    hf_free(noise->shared);
    hf_free(noise->words);
    hf_free(noise->sets);
    hf_free(noise->tails);
    hf_free(noise->tail);
    hf_free(noise->trials);
    hf_free(noise);
}

void hf_noise_set_off(hf_noise_batch *noise, bool yield_off, bool demand_off) {
    noise->yield_off = yield_off;
    noise->demand_off = demand_off;
    for (int i = 0; i < noise->n_wanderers; i++) {
        const hf_wanderer *wanderer = &noise->wanderers[i];
        bool is_iid = i >= noise->n_wanderers - noise->n_iid; /* has rows of means */
        int row = hf_noise_is_off(noise, wanderer) && !is_iid ? -1 : i;
        if (wanderer->market < 0)
            noise->row_of_stage[wanderer->stage] = row;
        else
            noise->row_of_market[wanderer->market] = row;
    }
}

/* z(-1) is the first normal of the stream: the process is stationary from its start. */
void hf_noise_start(hf_noise_batch *noise, int lane, hf_key trial) {
    noise->trials[lane] = trial;
    for (int p = 0; p < noise->n_processes; p++) {
        size_t i = (size_t)p * noise->n_lanes + lane;
        hf_pcg32 rng = hf_stream32(trial, noise->processes[p].entity, HF_PURPOSE_NOISE, 0);
        noise->z[i] = hf_normal_quantile(hf_pcg32_uniform(&rng));
        noise->state[i] = rng.state;
        noise->increment[i] = rng.increment;
    }
}

/* ---- a span ---- */

static void draw_iid(const hf_noise_batch *noise, int week, const hf_plan_market *market,
                     double *row) {
    for (int lane = 0; lane < noise->n_lanes; lane++) {
        hf_pcg64 rng = hf_stream64(noise->trials[lane], market->noise.entity, HF_PURPOSE_DEMAND,
                                   (uint64_t)week);
        double x = hf_distribution_sample(&market->iid, &rng);
        row[lane] = hf_max(market->base[week] * x, 0.0);
    }
}

static void iid_row(const hf_noise_batch *noise, int week, const hf_plan_market *market,
                    double *row) {
    if (!noise->demand_off) {
        draw_iid(noise, week, market, row);
        return;
    }
    double mean = hf_max(market->base[week] * hf_distribution_mean(&market->iid), 0.0);
    for (int lane = 0; lane < noise->n_lanes; lane++)
        row[lane] = mean;
}

static double *span_row(const hf_noise_batch *noise, int wanderer, int w) {
    return noise->rows + ((size_t)wanderer * HF_SPAN_WEEKS + (size_t)w) * (size_t)noise->n_lanes;
}

void hf_noise_span(hf_noise_batch *noise, int first) {
    int left = noise->plan->n_weeks - first, n_weeks = left < HF_SPAN_WEEKS ? left : HF_SPAN_WEEKS;
    noise->loops->noise_span(noise, first, n_weeks);
    for (int i = noise->n_wanderers - noise->n_iid; i < noise->n_wanderers; i++)
        for (int w = 0; w < n_weeks; w++)
            iid_row(noise, first + w, &noise->plan->markets[noise->wanderers[i].market],
                    span_row(noise, i, w));
}

/* Sets row `row` of `rows` to that of its wanderer, or to what stands still unless it is there. */
static void write_row(const hf_noise_batch *noise, int wanderer, const double *still, int week,
                      double *row) {
    int n_lanes = noise->n_lanes, w = week % HF_SPAN_WEEKS;
    if (wanderer >= 0)
        memcpy(row, span_row(noise, wanderer, w), (size_t)n_lanes * sizeof *row);
    else if (w == 0 || still[week] != still[week - 1])
        for (int lane = 0; lane < n_lanes; lane++)
            row[lane] = still[week];
}

void hf_noise_write(const hf_noise_batch *noise, int week, hf_factors *factors) {
    const hf_plan *plan = noise->plan;
    size_t n = (size_t)noise->n_lanes;
    for (int i = 0; i < plan->n_stages; i++)
        write_row(noise, noise->row_of_stage[i], plan->stages[i].yield_median, week,
                  factors->yield + (size_t)i * n);
    for (int m = 0; m < plan->n_markets; m++)
        write_row(noise, noise->row_of_market[m], plan->markets[m].base, week,
                  factors->demand + (size_t)m * n);
}

void hf_noise_read(const hf_noise_batch *noise, hf_channel channel, int row, int lane, int first,
                   int n_weeks, double *values) {
    const hf_plan *plan = noise->plan;
    bool is_yield = channel == HF_YIELD;
    int wanderer = is_yield ? noise->row_of_stage[row] : noise->row_of_market[row];
    const double *still = is_yield ? plan->stages[row].yield_median : plan->markets[row].base;
    for (int w = 0; w < n_weeks; w++)
        values[w] = wanderer < 0 ? still[first + w] : span_row(noise, wanderer, w)[lane];
}
