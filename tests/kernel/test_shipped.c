/* The shipped scenarios hold together: without chance every market is served in full and in time,
 * under every policy (inputs/README.md, The shipped scenarios). */
#include "io/scenario_json.h"
#include "plan/factors.h"
#include "sim/kernel.h"
#include "sim/outcome.h"
#include "unit/hf_cunit.h"
#include <string.h>

enum { LANES = 8 };

static double metric(const hf_outcome *outcome, const double *values, const char *name) {
    return values[hf_outcome_find_metric(outcome, name) * LANES];
}

static void run_calm(const hf_plan *plan, const hf_outcome *outcome, double *values) {
    const hf_kernel *kernel;
    CU_ASSERT_EQUAL_FATAL(hf_kernel_choose(NULL, &kernel, NULL), HF_OK);
    hf_batch *batch = hf_batch_create(plan, LANES);
    hf_factors *factors = hf_factors_create(plan, LANES);
    hf_batch_start(batch);
    for (int week = 0; week < plan->n_weeks; week++) {
        hf_factors_set_calm(factors, plan, week);
        kernel->week(batch, factors, week);
    }
    hf_outcome_write(outcome, batch, values);
    hf_factors_destroy(factors);
    hf_batch_destroy(batch);
}

static void check_scenario(const char *name) {
    char path[4096], **policies;
    int n = 0;
    hf_world world;
    hf_problems problems;
    hf_error err;
    hf_problems_init(&problems);
    snprintf(path, sizeof path, "%s/inputs/%s.json", HF_SOURCE_DIR, name);
    CU_ASSERT_EQUAL_FATAL(hf_world_policies(path, &n, &policies, &problems, &err), HF_OK);
    CU_ASSERT_EQUAL_FATAL(
        hf_world_read(path, n, (const char *const *)policies, &world, NULL, &problems, &err),
        HF_OK);
    hf_space *space = hf_space_create(&world);
    hf_outcome *outcome = hf_outcome_create(space, "USD");
    double *values = HF_NEW(outcome->n_quantities * LANES, double);
    for (int v = 0; v < n; v++) {
        hf_plan *plan;
        CU_ASSERT_EQUAL_FATAL(hf_plan_build(world.scenarios[v], policies[v], space, &plan, &err),
                              HF_OK);
        run_calm(plan, outcome, values);
        printf("\n  %s, %s: fill rate %.17g ", name, policies[v],
               metric(outcome, values, "fill_rate"));
        CU_ASSERT(metric(outcome, values, "fill_rate") >= 1.0 - 1e-12);
        CU_ASSERT_EQUAL(metric(outcome, values, "min_service"), 1.0);
        CU_ASSERT_EQUAL(metric(outcome, values, "weeks_below"), 0.0);
        hf_plan_destroy(plan);
        hf_free(policies[v]);
    }
    hf_free(values);
    hf_free(policies);
    hf_outcome_destroy(outcome);
    hf_space_destroy(space);
    hf_world_clear(&world);
    hf_problems_clear(&problems);
}

static void nothing_is_lost_without_chance(void) {
    check_scenario("tutorial");
    check_scenario("us_iv_fluids");
    check_scenario("us_ai_supercomputers");
}

HF_TEST_MAIN("shipped", HF_CASE(nothing_is_lost_without_chance))
