/* Sourcing bites (inputs/README.md 4): of two equal sources of a part one dies for ever.
 *
 * Market M, 10 a week <- MAKER, one week of transit <- DEAD and LIVE, half each; no stock and no
 * lead time, so that every part that is not there is seen at once. In every kernel. */
#include "../fixture.h"
#include "../unit/hf_cunit.h"
#include "sim/kernel.h"
#include <math.h>

enum { DEAD, LIVE, MAKER, N_WEEKS = 300, DEATH = 20, N_LANES = 8 };
static const double DEMAND = 10, HALF = 5;

typedef struct course {
    double started[N_WEEKS];  /* by MAKER */
    double finished[N_WEEKS]; /* by LIVE */
    double misled;            /* orders sent to DEAD from its death on */
    double late;              /* unit-weeks that the market waited */
    double owed_by_dead;      /* at the end */
} course;

static hf_scenario *two_sources(double flex, double switch_weeks, double capacity_of_live) {
    hf_scenario *s = fixture_empty(N_WEEKS, 3, 1, 0);
    fixture_stage(s, DEAD, "DEAD", "part", 0);
    fixture_stage(s, LIVE, "LIVE", "part", 0);
    s->stages[LIVE].capacity = fixture_constant(s, capacity_of_live);
    hf_input *input = fixture_stage(s, MAKER, "MAKER", "engine", 1)->inputs;
    fixture_input(s, input, "part", 2, (int[]){DEAD, LIVE});
    for (int l = 0; l < 2; l++) {
        input->links[l].transit_weeks = 1;
        input->links[l].switch_weeks = switch_weeks;
    }
    input->links[LIVE].flex = flex;
    fixture_market(s, 0, "M", DEMAND);
    fixture_input(s, &s->markets[0].input, "engine", 1, (int[]){MAKER});
    return s;
}

/* Runs the trial in which DEAD has no capacity from week DEATH on; frees the scenario. */
static course run(const hf_kernel *kernel, hf_scenario *s) {
    hf_plan *plan = fixture_plan(s);
    hf_batch *batch = hf_batch_create(plan, N_LANES);
    hf_factors *factors = hf_factors_create(plan, N_LANES);
    course c = {0};
    hf_batch_start(batch);
    for (int t = 0; t < N_WEEKS; t++) {
        hf_factors_set_calm(factors, plan, t);
        for (int lane = 0; t >= DEATH && lane < N_LANES; lane++)
            factors->capacity[DEAD * N_LANES + lane] = 0;
        factors->any_capacity[DEAD] = t >= DEATH;
        kernel->week(batch, factors, t);
        c.started[t] = batch->started[MAKER * N_LANES];
        c.finished[t] = batch->finished[LIVE * N_LANES];
        c.late += batch->late[0];
        if (t >= DEATH) /* link 0 is DEAD's, input 0 is of parts */
            c.misled += batch->asked[0];
    }
    c.owed_by_dead = batch->owed[0];
    hf_factors_destroy(factors);
    hf_batch_destroy(batch);
    hf_plan_destroy(plan);
    hf_scenario_destroy(s);
    return c;
}

static bool near(double a, double b) {
    return fabs(a - b) <= 1e-9 * fmax(fabs(b), 1);
}

/* Every kernel on this machine. */
#define EACH_KERNEL(kernel)                                                                        \
    int n_kernels;                                                                                 \
    const hf_kernel *kernels = hf_kernel_list(&n_kernels);                                         \
    for (const hf_kernel *kernel = kernels; kernel < kernels + n_kernels; kernel++)                \
        if (kernel->available)

static void without_flex_half_the_flow_is_left(void) {
    EACH_KERNEL(kernel) {
        course c = run(kernel, two_sources(0, 2, HF_UNLIMITED));
        for (int t = 0; t < N_WEEKS; t++)
            CU_ASSERT(near(c.started[t], t <= DEATH ? DEMAND : HALF));
        CU_ASSERT(near(c.misled, HALF * (N_WEEKS - DEATH)));
        CU_ASSERT(near(c.owed_by_dead, c.misled));
    }
}

static void with_flex_and_no_delay_nothing_is_lost(void) {
    EACH_KERNEL(kernel) {
        course c = run(kernel, two_sources(1, 0, HF_UNLIMITED));
        for (int t = 0; t < N_WEEKS; t++)
            CU_ASSERT(near(c.started[t], DEMAND));
        CU_ASSERT(c.misled == 0 && c.owed_by_dead == 0 && c.late < 1e-9);
    }
}

static void capacity_still_binds(void) {
    EACH_KERNEL(kernel) {
        course c = run(kernel, two_sources(1, 0, 8));
        for (int t = DEATH + 1; t < N_WEEKS; t++)
            CU_ASSERT(near(c.started[t], 8) && near(c.finished[t], 8));
    }
}

/* Health decays as q^n, q = s/(1+s): orders worth s weeks of the dead source's share go astray.
 * They leave it at the rate flex * share / (1+s) a week, here p = 0.5/(1+s), so that the market
 * waits for (5 q + 5 q^2 + ...) / p = 5 s / p unit-weeks, and then everything flows again. */
static void switching_costs_its_weeks(void) {
    EACH_KERNEL(kernel) {
        for (int s = 1; s <= 4; s *= 2) {
            course c = run(kernel, two_sources(1, s, HF_UNLIMITED));
            CU_ASSERT(near(c.misled, HALF * s));
            CU_ASSERT(near(c.late, HALF * s * (1 + s) / 0.5));
            CU_ASSERT(near(c.started[N_WEEKS - 1], DEMAND));
            CU_ASSERT(c.owed_by_dead < 1e-3);
            double fewest = DEMAND;
            for (int t = 0; t < N_WEEKS; t++)
                fewest = fmin(fewest, c.started[t]);
            CU_ASSERT(near(fewest, DEMAND - HALF * s / (1 + s))); /* the first week without */
        }
    }
}

static void flex_bounds_the_orders_taken_over(void) {
    EACH_KERNEL(kernel) {
        course c = run(kernel, two_sources(0.4, 0, HF_UNLIMITED));
        /* Of the dead half two fifths go to LIVE, the rest stays: 3 a week go astray and leave at
         * the rate 0.2, so 15 are stuck at the end. */
        CU_ASSERT(near(c.misled, 3.0 * (N_WEEKS - DEATH)));
        CU_ASSERT(near(c.owed_by_dead, 15));
    }
}

HF_TEST_MAIN("sourcing", HF_CASE(without_flex_half_the_flow_is_left),
             HF_CASE(with_flex_and_no_delay_nothing_is_lost), HF_CASE(capacity_still_binds),
             HF_CASE(switching_costs_its_weeks), HF_CASE(flex_bounds_the_orders_taken_over))
