/* Weekly noise (inputs/README.md 2, Noise): moments against theory, and bits against a scalar
 * recomputation straight from the streams. Seeds are fixed: a run passes always or never. The
 * bounds are 4.5 standard errors, so that another seed fails a right program once in 4000 runs
 * (some 40 comparisons at 7e-6 each). */
#include "base/lanes.h"
#include "shock/loops.h"
#include "shock_plan.h"
#include "unit/hf_cunit.h"
#include <math.h>

#define N_LANES 8192
#define N_WEEKS 60
#define SEED    20260131
#define LIMIT   4.5

static void within(const char *what, double found, double expected, double standard_error) {
    double z = (found - expected) / standard_error;
    printf("\n    %s: %.5f, expected %.5f, z = %+.2f", what, found, expected, z);
    CU_ASSERT(fabs(z) < LIMIT);
}

static void start(hf_noise_batch *noise) {
    for (int lane = 0; lane < noise->n_lanes; lane++)
        hf_noise_start(noise, lane, hf_key_trial(SEED, (uint64_t)lane));
}

/* Draws and writes a week; weeks ascend from 0. */
static void noise_week(hf_noise_batch *noise, int week, hf_factors *factors) {
    if (week % HF_SPAN_WEEKS == 0)
        hf_noise_span(noise, week);
    hf_noise_write(noise, week, factors);
}

static hf_factors *new_factors(const hf_plan *plan, int n_lanes) {
    hf_factors *factors = hf_factors_create(plan, n_lanes);
    hf_factors_set_calm(factors, plan, 0);
    return factors;
}

static double mean(const double *x) {
    double sum = 0.0;
    for (int i = 0; i < N_LANES; i++)
        sum += x[i];
    return sum / N_LANES;
}

/* E[x y] of two rows whose means are 0 in theory. */
static double product(const double *x, const double *y) {
    double sum = 0.0;
    for (int i = 0; i < N_LANES; i++)
        sum += x[i] * y[i];
    return sum / N_LANES;
}

/* Market of kind normal: z = (d - base) / sigma, base so large that nothing is clipped. */
static hf_plan *normal_markets(int n, double persistence) {
    hf_plan *plan = shock_plan(N_WEEKS, 0, n, 0);
    for (int m = 0; m < n; m++) {
        char id[16];
        snprintf(id, sizeof id, "M%d", m);
        plan->markets[m].kind = HF_DEMAND_NORMAL;
        plan->markets[m].noise = shock_noise(id, 1.0, persistence, -1, 0.0);
    }
    return plan;
}

static void read_z(double *z, const hf_factors *factors, int market) {
    for (int i = 0; i < N_LANES; i++)
        z[i] = factors->demand[(size_t)market * N_LANES + i] - 100.0;
}

/* N(0, 1) in every week from the first on, correlation rho^k over k weeks, for any rho. */
static void stationary(void) {
    static const double rhos[] = {0.0, 0.8, 0.96};
    double *first = HF_NEW(N_LANES, double), *z = HF_NEW(N_LANES, double);
    double *last = HF_NEW(N_LANES, double), root = sqrt(N_LANES);
    for (int r = 0; r < 3; r++) {
        hf_plan *plan = normal_markets(1, rhos[r]);
        hf_noise_batch *noise = hf_noise_create(plan, N_LANES);
        hf_factors *factors = new_factors(plan, N_LANES);
        start(noise);
        for (int t = 0; t < N_WEEKS; t++) {
            noise_week(noise, t, factors);
            read_z(z, factors, 0);
            if (t == 0)
                memcpy(first, z, N_LANES * sizeof *z);
            if (t == 0 || t == 1 || t == N_WEEKS - 1) {
                within("mean", mean(z), 0.0, 1.0 / root);
                within("variance", product(z, z), 1.0, sqrt(2.0) / root);
            }
            if (t == 1)
                within("lag 1", product(z, first), rhos[r], sqrt(1.0 + rhos[r] * rhos[r]) / root);
            if (t == 5)
                within("lag 5", product(z, first), pow(rhos[r], 5),
                       sqrt(1.0 + pow(rhos[r], 10)) / root);
            if (t == N_WEEKS - 2)
                memcpy(last, z, N_LANES * sizeof *z);
        }
        within("last lag 1", product(z, last), rhos[r], sqrt(1.0 + rhos[r] * rhos[r]) / root);
        hf_factors_destroy(factors);
        hf_noise_destroy(noise);
        shock_plan_destroy(plan);
    }
    hf_free(first);
    hf_free(z);
    hf_free(last);
}

/* Two that load a factor with a and b correlate with a b; with loadings 1 and -1 they are one. */
static void shared_factor(void) {
    hf_plan *plan = normal_markets(4, 0.3);
    static const double loadings[] = {0.6, -0.7, 1.0, -1.0};
    plan->n_factors = 1;
    plan->factors = HF_ARENA_NEW(plan->arena, 1, hf_plan_factor);
    plan->factors[0] = (hf_plan_factor){hf_hash_id("F"), 0.9, sqrt(1.0 - 0.81)};
    for (int m = 0; m < 4; m++) {
        uint64_t entity = plan->markets[m].noise.entity;
        plan->markets[m].noise = shock_noise("", 1.0, 0.3, 0, loadings[m]);
        plan->markets[m].noise.entity = entity;
    }
    hf_noise_batch *noise = hf_noise_create(plan, N_LANES);
    CU_ASSERT_EQUAL(noise->n_processes, 3); /* the factor, and own parts where they count */
    hf_factors *factors = new_factors(plan, N_LANES);
    start(noise);
    double *z[4], root = sqrt(N_LANES), lag = 0.0;
    for (int m = 0; m < 4; m++)
        z[m] = HF_NEW(N_LANES, double);
    double *before = HF_NEW(N_LANES, double);
    for (int t = 0; t < 20; t++) {
        memcpy(before, z[0], N_LANES * sizeof *before);
        noise_week(noise, t, factors);
        for (int m = 0; m < 4; m++)
            read_z(z[m], factors, m);
    }
    lag = product(before, z[0]);
    within("variance", product(z[1], z[1]), 1.0, sqrt(2.0) / root);
    within("correlation", product(z[0], z[1]), -0.42, sqrt(1.0 + 0.42 * 0.42) / root);
    within("with the factor", product(z[0], z[2]), 0.6, sqrt(1.0 + 0.36) / root);
    within("lag 1", lag, 0.36 * 0.9 + 0.64 * 0.3, sqrt(1.0 + 0.516 * 0.516) / root);
    for (int i = 0; i < N_LANES; i++)
        if (fabs(z[2][i] + z[3][i]) > 1e-12)
            CU_FAIL("loadings 1 and -1 are not mirror images");
    for (int m = 0; m < 4; m++)
        hf_free(z[m]);
    hf_free(before);
    hf_factors_destroy(factors);
    hf_noise_destroy(noise);
    shock_plan_destroy(plan);
}

/* Lognormal demand has mean base, yields the median; normal demand is never below 0. */
static void levels(void) {
    hf_plan *plan = shock_plan(N_WEEKS, 2, 2, 0);
    double sigma = 0.3, root = sqrt(N_LANES);
    plan->stages[0].noise = shock_noise("S", 0.5, 0.8, -1, 0.0);
    plan->stages[1].noise = shock_noise("T", 0.5, 0.8, -1, 0.0);
    shock_yield(plan, 0, 0.7);
    shock_yield(plan, 1, 1.0);
    plan->markets[0].noise = shock_noise("L", sigma, 0.5, -1, 0.0);
    plan->markets[1].kind = HF_DEMAND_NORMAL;
    plan->markets[1].noise = shock_noise("N", 80.0, 0.5, -1, 0.0);
    hf_noise_batch *noise = hf_noise_create(plan, N_LANES);
    hf_factors *factors = new_factors(plan, N_LANES);
    start(noise);
    for (int t = 0; t < 4; t++)
        noise_week(noise, t, factors);
    double below = 0.0, zero = 0.0;
    for (int i = 0; i < N_LANES; i++) {
        double y = factors->yield[i], d = factors->demand[N_LANES + i];
        CU_ASSERT(y > 0.0 && y < 1.0 && d >= 0.0 && factors->yield[N_LANES + i] == 1.0);
        below += (y < 0.7 ? 1.0 : 0.0) / N_LANES;
        zero += (d == 0.0 ? 1.0 : 0.0) / N_LANES;
    }
    double clipped = 0.5 * erfc(100.0 / 80.0 / sqrt(2.0)); /* Phi(-1.25) */
    within("below the median", below, 0.5, 0.5 / root);
    within("mean demand", mean(factors->demand), 100.0, 100.0 * sqrt(expm1(sigma * sigma)) / root);
    within("without demand", zero, clipped, sqrt(clipped * (1.0 - clipped)) / root);
    hf_factors_destroy(factors);
    hf_noise_destroy(noise);
    shock_plan_destroy(plan);
}

/* z of week `week`, one process of one trial, straight from the text. */
static double z_by_definition(uint64_t trial, uint64_t entity, double rho, int week) {
    hf_pcg32 rng = hf_stream32(hf_key_trial(SEED, trial), entity, HF_PURPOSE_NOISE, 0);
    double innovation = hf_sqrt(1.0 - rho * rho);
    double z = hf_normal_quantile((hf_pcg32_next(&rng) + 0.5) * 0x1p-32);
    for (int t = 0; t <= week; t++)
        z = rho * z + innovation * hf_normal_quantile((hf_pcg32_next(&rng) + 0.5) * 0x1p-32);
    return z;
}

/* A plan in which every kind of wandering occurs, and what stands still. */
static hf_plan *all_kinds(void) {
    hf_plan *plan = shock_plan(N_WEEKS, 5, 5, 0);
    plan->n_factors = 2;
    plan->factors = HF_ARENA_NEW(plan->arena, 2, hf_plan_factor);
    plan->factors[0] = (hf_plan_factor){hf_hash_id("unused"), 0.9, hf_sqrt(1.0 - 0.9 * 0.9)};
    plan->factors[1] = (hf_plan_factor){hf_hash_id("F"), 0.9, hf_sqrt(1.0 - 0.9 * 0.9)};
    plan->stages[0].noise = shock_noise("S0", 0.12, 0.8, 1, 0.6);
    plan->stages[1].noise = shock_noise("S1", 0.12, 0.8, 1, -1.0);
    plan->stages[2].noise = shock_noise("S2", 0.12, 0.0, 0, 0.0);
    plan->stages[3].noise = shock_noise("S3", 0.0, 0.8, 0, 0.6);
    plan->stages[4].noise = shock_noise("S4", 0.3, 0.8, -1, 0.0);
    double *median = shock_row(plan, 1.0), *logit = shock_row(plan, 0.0);
    for (int t = 10; t < N_WEEKS; t++) {
        median[t] = 0.4 + 0.01 * t;
        logit[t] = hf_log(median[t] / (1.0 - median[t]));
    }
    plan->stages[4].yield_median = plan->stages[3].yield_median = median;
    plan->stages[4].yield_logit = logit;
    plan->markets[0].noise = shock_noise("M0", 0.084, 0.96, -1, 0.0);
    plan->markets[1].kind = HF_DEMAND_NORMAL;
    plan->markets[1].noise = shock_noise("M1", 70.0, 0.5, 1, 0.5);
    plan->markets[2].kind = HF_DEMAND_IID;
    plan->markets[2].noise = shock_noise("M2", 5.0, 0.5, 0, 0.5); /* its sigma says nothing */
    plan->markets[2].iid = (hf_distribution){
        .family = HF_UNIFORM, .parameter = {0.0, 2.0}, .times = 1.5, .plus = -0.2};
    return plan;
}

/* Every row of every week has the bits of the definition. */
static void by_definition(void) {
    enum { LANES = 16, LANE = 11 };
    hf_plan *plan = all_kinds();
    hf_noise_batch *noise = hf_noise_create(plan, LANES);
    CU_ASSERT_EQUAL(noise->n_processes, 6); /* F; S0, S2, S4; M0, M1 */
    hf_factors *factors = new_factors(plan, LANES);
    start(noise);
    for (int t = 0; t < N_WEEKS; t++) {
        noise_week(noise, t, factors);
        double f = z_by_definition(LANE, hf_hash_id("F"), 0.9, t);
        double z0 =
            0.6 * f + hf_sqrt(1.0 - 0.6 * 0.6) * z_by_definition(LANE, hf_hash_id("S0"), 0.8, t);
        double z2 = z_by_definition(LANE, hf_hash_id("S2"), 0.0, t);
        double z4 = z_by_definition(LANE, hf_hash_id("S4"), 0.8, t);
        double logit = hf_log(0.9 / (1.0 - 0.9)), median = plan->stages[4].yield_median[t];
        const double *y = factors->yield + LANE, *d = factors->demand + LANE;
        CU_ASSERT_EQUAL(y[0], hf_logistic(logit + 0.12 * z0));
        CU_ASSERT_EQUAL(y[LANES], hf_logistic(logit + 0.12 * (-1.0 * f)));
        CU_ASSERT_EQUAL(y[2 * LANES], hf_logistic(logit + 0.12 * z2));
        CU_ASSERT_EQUAL(y[3 * LANES], median);
        CU_ASSERT_EQUAL(y[4 * LANES],
                        t < 10 ? 1.0 : hf_logistic(plan->stages[4].yield_logit[t] + 0.3 * z4));
        double zm = z_by_definition(LANE, hf_hash_id("M0"), 0.96, t);
        CU_ASSERT_EQUAL(d[0], 100.0 * hf_exp(0.084 * zm - 0.5 * 0.084 * 0.084));
        zm = 0.5 * f + hf_sqrt(1.0 - 0.5 * 0.5) * z_by_definition(LANE, hf_hash_id("M1"), 0.5, t);
        CU_ASSERT_EQUAL(d[LANES], hf_max(0.0, 100.0 + 70.0 * zm));
        hf_pcg64 rng =
            hf_stream64(hf_key_trial(SEED, LANE), hf_hash_id("M2"), HF_PURPOSE_DEMAND, (uint64_t)t);
        double x = hf_distribution_sample(&plan->markets[2].iid, &rng);
        CU_ASSERT_EQUAL(d[2 * LANES], x > 0.0 ? 100.0 * x : 0.0);
        CU_ASSERT_EQUAL(d[3 * LANES], 100.0);
    }
    hf_factors_destroy(factors);
    hf_noise_destroy(noise);
    shock_plan_destroy(plan);
}

/* A digest of all bits of 64 lanes with the loops of each instruction set that this CPU can run;
 * pinned, so that compilers and machines are compared too. */
static void same_bits_everywhere(void) {
    enum { LANES = 64 };
    int n;
    const hf_loops *const *loops = hf_loops_list(&n);
    hf_plan *plan = all_kinds();
    for (int c = 0; c < n && loops[c]->cpu_level <= hf_cpu_level(); c++) {
        hf_noise_batch *noise = hf_noise_create(plan, LANES);
        hf_factors *factors = new_factors(plan, LANES);
        uint64_t digest = 0;
        noise->loops = loops[c];
        start(noise);
        for (int t = 0; t < N_WEEKS; t++) {
            noise_week(noise, t, factors);
            for (int i = 0; i < 5 * LANES; i++) {
                digest = hf_mix64(digest ^ hf_double_bits(factors->yield[i]));
                digest = hf_mix64(digest ^ hf_double_bits(factors->demand[i]));
            }
        }
        printf("\n    %s: %016llx", loops[c]->name, (unsigned long long)digest);
        CU_ASSERT_EQUAL(digest, 0xde873764ab46741du);
        hf_factors_destroy(factors);
        hf_noise_destroy(noise);
    }
    shock_plan_destroy(plan);
}

/* What is read of a lane is what is written, of rows that stand still too. */
static void reads_what_it_writes(void) {
    enum { LANES = 8, LANE = 5 };
    hf_plan *plan = all_kinds();
    hf_noise_batch *noise = hf_noise_create(plan, LANES);
    hf_factors *factors = new_factors(plan, LANES);
    double values[HF_SPAN_WEEKS];
    start(noise);
    for (int t = 0; t < N_WEEKS; t++) {
        noise_week(noise, t, factors);
        int w = t % HF_SPAN_WEEKS, first = t - w;
        int n_weeks = N_WEEKS - first < HF_SPAN_WEEKS ? N_WEEKS - first : HF_SPAN_WEEKS;
        for (int i = 0; i < 5; i++) {
            hf_noise_read(noise, HF_YIELD, i, LANE, first, n_weeks, values);
            CU_ASSERT_EQUAL(values[w], factors->yield[i * LANES + LANE]);
            hf_noise_read(noise, HF_DEMAND, i, LANE, first, n_weeks, values);
            CU_ASSERT_EQUAL(values[w], factors->demand[i * LANES + LANE]);
        }
    }
    hf_factors_destroy(factors);
    hf_noise_destroy(noise);
    shock_plan_destroy(plan);
}

static bool is_central(uint32_t word) {
    return hf_abs(hf_uniform32(word) - 0.5) <= HF_NORMAL_CENTRAL;
}

/* The words from which central quantiles are made, and those beside them. */
static void central_words(void) {
    CU_ASSERT(is_central(HF_FIRST_CENTRAL) && !is_central(HF_FIRST_CENTRAL - 1));
    CU_ASSERT(is_central(HF_LAST_CENTRAL) && !is_central(HF_LAST_CENTRAL + 1));
}

HF_TEST_MAIN("noise", HF_CASE(stationary), HF_CASE(shared_factor), HF_CASE(levels),
             HF_CASE(by_definition), HF_CASE(same_bits_everywhere), HF_CASE(reads_what_it_writes),
             HF_CASE(central_words))
