/* Given factors: what is given appears in every lane in its week, the rest stays calm. */
#include "shock/given.h"
#include "shock_plan.h"
#include "unit/hf_cunit.h"

enum { WEEKS = 3, STAGES = 2, LINKS = 3, LANES = 8 };

/* Row i of week t: no two are equal, and none is 1. */
static void number(double *values, int n, double from) {
    for (int i = 0; i < WEEKS * n; i++)
        values[i] = from + i / 64.0;
}

static void check_rows(const double *rows, int n, const double *values, int week) {
    for (int i = 0; i < n; i++)
        for (int lane = 0; lane < LANES; lane++)
            CU_ASSERT_EQUAL(rows[i * LANES + lane], values[week * n + i]);
}

static void all_given(void) {
    double c[WEEKS * STAGES], y[WEEKS * STAGES], a[WEEKS * LINKS], d[WEEKS], k[WEEKS * STAGES];
    hf_plan *plan = shock_plan(WEEKS, STAGES, 1, 0);
    plan->n_links = LINKS;
    number(c, STAGES, 2.0);
    number(y, STAGES, 3.0);
    number(a, LINKS, 4.0);
    number(d, 1, 5.0);
    number(k, STAGES, 0.5);
    k[STAGES] = c[0] = a[LINKS + 2] = 1.0;
    hf_given given = {.capacity = c, .yield = y, .shipping = a, .demand = d, .scrap = k};
    hf_factors *factors = hf_factors_create(plan, LANES);
    for (int week = 0; week < WEEKS; week++) {
        hf_given_week(&given, plan, week, factors);
        check_rows(factors->capacity, STAGES, c, week);
        check_rows(factors->yield, STAGES, y, week);
        check_rows(factors->shipping, LINKS, a, week);
        check_rows(factors->demand, 1, d, week);
        check_rows(factors->scrap, STAGES, k, week);
        for (int i = 0; i < STAGES; i++) {
            CU_ASSERT_EQUAL(factors->any_scrap[i], !(i == 0 && week == 1));
            CU_ASSERT_EQUAL(factors->any_capacity[i], !(i == 0 && week == 0));
        }
        for (int i = 0; i < LINKS; i++)
            CU_ASSERT_EQUAL(factors->any_shipping[i], !(i == 2 && week == 1));
    }
    hf_factors_destroy(factors);
    shock_plan_destroy(plan);
}

static void nothing_given(void) {
    hf_plan *plan = shock_plan(WEEKS, STAGES, 1, 0);
    plan->n_links = LINKS;
    hf_factors *factors = hf_factors_create(plan, LANES), *calm = hf_factors_create(plan, LANES);
    factors->scrap[0] = factors->shipping[2 * LANES] = 0.5; /* left by another */
    factors->any_scrap[0] = factors->any_capacity[1] = factors->any_shipping[2] = true;
    hf_given_week(&(hf_given){0}, plan, 1, factors);
    hf_factors_set_calm(calm, plan, 1);
    size_t bytes = STAGES * LANES * sizeof(double);
    CU_ASSERT(!memcmp(factors->capacity, calm->capacity, bytes));
    CU_ASSERT(!memcmp(factors->yield, calm->yield, bytes));
    CU_ASSERT(!memcmp(factors->scrap, calm->scrap, bytes));
    CU_ASSERT(!memcmp(factors->demand, calm->demand, LANES * sizeof(double)));
    CU_ASSERT(!factors->any_scrap[0] && !factors->any_scrap[1]);
    CU_ASSERT(!factors->any_capacity[0] && !factors->any_capacity[1]);
    CU_ASSERT(!factors->any_shipping[2] && factors->shipping[2 * LANES] == 1.0);
    hf_factors_destroy(factors);
    hf_factors_destroy(calm);
    shock_plan_destroy(plan);
}

HF_TEST_MAIN("given", HF_CASE(all_given), HF_CASE(nothing_given))
