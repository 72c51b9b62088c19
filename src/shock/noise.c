/* Which processes a plan needs, their start, what does not wander; the hot loops for any CPU. */
#include "shock/noise.h"
#include "base/elementary.h"
#include "base/lanes.h"

#define HF_NOISE_WEEK hf_noise_week_v1
#include "shock/noise_body.h"

const hf_noise_code *hf_noise_codes(int *n) {
    static const hf_noise_code codes[] = {
        {"baseline", 1, hf_noise_week_v1},
#if defined(__x86_64__)
        {"x86-64-v3", 3, hf_noise_week_v3},
        {"x86-64-v4", 4, hf_noise_week_v4},
#endif
    };
    *n = (int)(sizeof codes / sizeof codes[0]);
    return codes;
}

static const hf_noise_code *fastest_code(void) {
    int n;
    const hf_noise_code *codes = hf_noise_codes(&n);
    while (codes[n - 1].cpu_level > hf_cpu_level())
        n--;
    return &codes[n - 1];
}

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

static hf_wanderer wanderer(hf_noise_batch *noise, const hf_plan_noise *shape,
                            const int *factor_rows) {
    hf_wanderer added = {.loading = shape->factor < 0 ? 0.0 : shape->loading, .own = shape->own};
    if (added.loading != 0.0)
        added.factor_row = factor_rows[shape->factor];
    if (added.loading == 0.0 || added.own > 0.0)
        added.own_row = add_process(noise, shape->entity, shape->persistence, shape->innovation);
    return added;
}

/* Factors first, then the own parts of stages and markets. */
static void find_processes(hf_noise_batch *noise) {
    const hf_plan *plan = noise->plan;
    int *factor_rows = HF_NEW(plan->n_factors, int);
    for (int f = 0; f < plan->n_factors; f++)
        if (is_factor_used(plan, f))
            factor_rows[f] = add_process(noise, plan->factors[f].entity,
                                         plan->factors[f].persistence, plan->factors[f].innovation);
    for (int i = 0; i < plan->n_stages; i++)
        noise->yields[i] = plan->stages[i].noise.sigma > 0.0
                               ? wanderer(noise, &plan->stages[i].noise, factor_rows)
                               : (hf_wanderer){.is_still = true};
    for (int m = 0; m < plan->n_markets; m++)
        noise->demands[m] = market_wanders(&plan->markets[m])
                                ? wanderer(noise, &plan->markets[m].noise, factor_rows)
                                : (hf_wanderer){.is_still = true};
    hf_free(factor_rows);
}

hf_noise_batch *hf_noise_create(const hf_plan *plan, int n_lanes) {
    hf_noise_batch *noise = HF_NEW(1, hf_noise_batch);
    noise->plan = plan;
    noise->n_lanes = n_lanes;
    noise->code = fastest_code();
    noise->processes = HF_NEW(plan->n_factors + plan->n_stages + plan->n_markets, hf_process);
    noise->yields = HF_NEW(plan->n_stages, hf_wanderer);
    noise->demands = HF_NEW(plan->n_markets, hf_wanderer);
    find_processes(noise);
    size_t n = (size_t)noise->n_processes * (size_t)n_lanes;
    noise->state = HF_NEW(n, uint64_t);
    noise->increment = HF_NEW(n, uint64_t);
    noise->z = HF_NEW(n, double);
    noise->words = HF_NEW(n_lanes, uint64_t);
    noise->mixed = HF_NEW(n_lanes, double);
    noise->trials = HF_NEW(n_lanes, hf_key);
    return noise;
}

void hf_noise_destroy(hf_noise_batch *noise) {
    if (!noise)
        return;
    hf_free(noise->processes);
    hf_free(noise->yields);
    hf_free(noise->demands);
    hf_free(noise->state);
    hf_free(noise->increment);
    hf_free(noise->z);
    hf_free(noise->words);
    hf_free(noise->mixed);
    hf_free(noise->trials);
    hf_free(noise);
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

static void draw_iid(const hf_noise_batch *noise, int week, const hf_plan_market *market,
                     double *row) {
    for (int lane = 0; lane < noise->n_lanes; lane++) {
        hf_pcg64 rng = hf_stream64(noise->trials[lane], market->noise.entity, HF_PURPOSE_DEMAND,
                                   (uint64_t)week);
        double x = hf_distribution_sample(&market->iid, &rng);
        row[lane] = hf_max(market->base[week] * x, 0.0);
    }
}

void hf_noise_week(hf_noise_batch *noise, int week, hf_factors *factors) {
    noise->code->week(noise, week, factors);
    for (int m = 0; m < noise->plan->n_markets; m++)
        if (noise->plan->markets[m].kind == HF_DEMAND_IID)
            draw_iid(noise, week, &noise->plan->markets[m],
                     factors->demand + (size_t)m * noise->n_lanes);
}
