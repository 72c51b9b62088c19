/* The plan comes true: where every stage is stocked by weeks, no limit binds and the links of an
 * input share one transit, a run without chance starts what was planned, learns nothing new and
 * serves everyone (inputs/README.md 3). Constant demand, ramps and falls, yields and shares that
 * move, demand that begins or ends at 0, visibility 0 and 1, in every kernel. */
#include "../fixture.h"
#include "../unit/hf_cunit.h"
#include "sim/kernel.h"
#include <math.h>

enum { N_NETWORKS = 300, N_LANES = 8 };
static const double TOLERANCE = 1e-9;

/* The law's measure of how far apart two numbers are. */
static double distance(double a, double b, double scale) {
    return fabs(a - b) / fmax(fmax(fabs(a), fabs(b)), scale);
}

typedef struct worst {
    double starts, ratio, late, lost;
} worst;

static void look(const hf_plan *plan, const hf_batch *batch, uint64_t seed, int t, worst *w) {
    for (int i = 0; i < plan->n_stages; i++) {
        const hf_plan_stage *stage = &plan->stages[i];
        double X = batch->started[i * N_LANES], r = batch->ratio[i * N_LANES];
        double starts = distance(X, stage->starts[t], stage->scale / stage->good_later[t]);
        double ratio = fabs(r - 1);
        if (fmax(starts, ratio) > TOLERANCE && fmax(w->starts, w->ratio) <= TOLERANCE)
            printf("\n  seed %d, stage %s, week %d: X %.17g, planned %.17g, r %.17g\n", (int)seed,
                   stage->id, t, X, stage->starts[t], r);
        w->starts = fmax(w->starts, starts);
        w->ratio = fmax(w->ratio, ratio);
    }
    for (int m = 0; m < plan->n_markets; m++)
        w->late = fmax(w->late, batch->late[m * N_LANES] / plan->markets[m].scale);
}

static void run(const hf_kernel *kernel, uint64_t seed, worst *w) {
    hf_scenario *scenario = fixture_random(seed, FIXTURE_CALM);
    hf_plan *plan = fixture_plan(scenario);
    hf_batch *batch = hf_batch_create(plan, N_LANES);
    hf_factors *factors = hf_factors_create(plan, N_LANES);
    hf_batch_start(batch);
    for (int t = 0; t < plan->n_weeks; t++) {
        hf_factors_set_calm(factors, plan, t);
        kernel->week(batch, factors, t);
        look(plan, batch, seed, t, w);
    }
    double lost = batch->sum_abandoned_value[0] + batch->late_value[0];
    if (batch->demand_value[0] >= 1e-9 * plan->price_scale) /* else nothing was wanted */
        w->lost = fmax(w->lost, lost / batch->demand_value[0]);
    hf_factors_destroy(factors);
    hf_batch_destroy(batch);
    hf_plan_destroy(plan);
    hf_scenario_destroy(scenario);
}

static void the_plan_comes_true(void) {
    int n;
    const hf_kernel *kernels = hf_kernel_list(&n);
    for (int k = 0; k < n; k++) {
        worst w = {0};
        if (!kernels[k].available)
            continue;
        for (uint64_t seed = 0; seed < N_NETWORKS; seed++)
            run(&kernels[k], seed, &w);
        printf("\n  %s: starts %.1e, r %.1e, late %.1e, 1 - fill rate %.1e ", kernels[k].name,
               w.starts, w.ratio, w.late, w.lost);
        CU_ASSERT(w.starts <= TOLERANCE);
        CU_ASSERT(w.ratio <= TOLERANCE);
        CU_ASSERT(w.late <= TOLERANCE);
        CU_ASSERT(w.lost <= TOLERANCE);
    }
}

HF_TEST_MAIN("calm", HF_CASE(the_plan_comes_true))
