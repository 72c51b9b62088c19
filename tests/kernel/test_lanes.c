/* Every kernel equals the reference to the bit: all fields of the state, every week, on 200 random
 * networks under factors that come in all kinds (dead, partial, whole; scrap; closed roads). */
#include "base/hash.h"
#include "base/number.h"
#include "fixture.h"
#include "sim/kernel.h"
#include "sim/outcome.h"
#include "sim/reference.h"
#include "unit/hf_cunit.h"
#include <math.h>
#include <string.h>

enum { N_NETWORKS = 200, MAX_LANES = 64 };

static double uniform(uint64_t *state) {
    return (double)(hf_mix64(++*state) >> 11) * 0x1p-53;
}

/* Mostly whole, sometimes dead, sometimes in between. */
static double part(uint64_t *state, double whole) {
    double u = uniform(state);
    return u < whole ? 1.0 : u < whole + (1.0 - whole) * 0.3 ? 0.0 : uniform(state);
}

/* Lane l of trial numbers: the same draws whatever the number of lanes. */
static void draw_factors(const hf_plan *p, uint64_t seed, int week, hf_factors *f) {
    hf_factors_set_calm(f, p, week);
    int n = f->n_lanes;
    for (int i = 0; i < p->n_stages; i++)
        f->any_scrap[i] = f->any_capacity[i] = false;
    for (int a = 0; a < p->n_links; a++)
        f->any_shipping[a] = false;
    for (int l = 0; l < n; l++) {
        uint64_t s = hf_mix64(seed * 1000003 + (uint64_t)week * 977 + (uint64_t)l);
        for (int i = 0; i < p->n_stages; i++) {
            f->capacity[i * n + l] = part(&s, 0.8);
            f->yield[i * n + l] *= part(&s, 0.7);
            f->scrap[i * n + l] = part(&s, 0.97);
            f->any_scrap[i] |= f->scrap[i * n + l] != 1.0;
            f->any_capacity[i] |= f->capacity[i * n + l] != 1.0;
        }
        for (int a = 0; a < p->n_links; a++) { /* every third road is open in all lanes */
            f->shipping[a * n + l] = (week + a) % 3 ? part(&s, 0.8) : 1.0;
            f->any_shipping[a] |= f->shipping[a * n + l] != 1.0;
        }
        for (int m = 0; m < p->n_markets; m++)
            f->demand[m * n + l] *= 2.0 * uniform(&s) * part(&s, 0.9);
    }
}

/* Number of fields that differ in a bit; prints the first. */
static int differences(const hf_batch *a, const hf_batch *b, uint64_t network, int week,
                       const char *kernel) {
    hf_field fa[HF_MAX_FIELDS], fb[HF_MAX_FIELDS];
    int n = hf_batch_fields(a, fa), wrong = 0;
    hf_batch_fields(b, fb);
    for (int i = 0; i < n; i++)
        if (memcmp(fa[i].rows, fb[i].rows,
                   (size_t)fa[i].n_rows * (size_t)a->n_lanes * sizeof(double)) &&
            wrong++ == 0)
            printf("network %d, week %d: %s differs from the reference in %s\n", (int)network, week,
                   kernel, fa[i].name);
    return wrong;
}

/* Whether what the trials were worth is the same, sums over weeks included. */
static int other_outcomes(const hf_scenario *scenario, const hf_batch *a, const hf_batch *b) {
    const char *policy = "baseline";
    hf_scenario *scenarios[1] = {(hf_scenario *)(uintptr_t)scenario};
    hf_world world = {1, &policy, scenarios};
    hf_space *space = hf_space_create(&world);
    hf_outcome *outcome = hf_outcome_create(space, "USD");
    size_t n = (size_t)outcome->n_quantities * (size_t)a->n_lanes;
    double *of_a = HF_NEW(n, double), *of_b = HF_NEW(n, double);
    hf_outcome_write(outcome, a, of_a);
    hf_outcome_write(outcome, b, of_b);
    int wrong = memcmp(of_a, of_b, n * sizeof *of_a) != 0;
    hf_free(of_a);
    hf_free(of_b);
    hf_outcome_destroy(outcome);
    hf_space_destroy(space);
    return wrong;
}

static int compare_runs(const hf_scenario *scenario, const hf_plan *plan, const hf_kernel *kernel,
                        uint64_t seed, int n_lanes) {
    hf_batch *lanes = hf_batch_create(plan, n_lanes), *judge = hf_batch_create(plan, n_lanes);
    hf_factors *factors = hf_factors_create(plan, n_lanes);
    int wrong = 0;
    hf_batch_start(lanes);
    hf_batch_start(judge);
    for (int week = 0; week < plan->n_weeks && !wrong; week++) {
        draw_factors(plan, seed, week, factors);
        kernel->week(lanes, factors, week);
        for (int lane = 0; lane < n_lanes; lane++)
            hf_reference_week(judge, factors, week, lane);
        wrong += differences(lanes, judge, seed, week, kernel->name);
    }
    wrong += other_outcomes(scenario, lanes, judge);
    hf_factors_destroy(factors);
    hf_batch_destroy(lanes);
    hf_batch_destroy(judge);
    return wrong;
}

static void kernels_equal_the_reference(void) {
    /* Narrow and wide chunks of every kernel, one and several. */
    static const int widths[8] = {MAX_LANES, 8, 16, 8, 24, 32, 8, 40};
    int n_kernels, compared = 0;
    const hf_kernel *kernels = hf_kernel_list(&n_kernels);
    for (uint64_t seed = 1; seed <= N_NETWORKS; seed++) {
        hf_scenario *scenario = fixture_random(seed, (fixture_options){0});
        hf_plan *plan = fixture_plan(scenario);
        for (int k = 1; k < n_kernels; k++) /* 0 is the reference itself */
            if (kernels[k].available) {
                CU_ASSERT_EQUAL(compare_runs(scenario, plan, &kernels[k], seed, widths[seed % 8]),
                                0);
                compared++;
            }
        hf_plan_destroy(plan);
        hf_scenario_destroy(scenario);
    }
    for (int k = 1; k < n_kernels; k++)
        if (!kernels[k].available)
            printf("SKIPPED: kernel %s: this CPU lacks the instructions\n", kernels[k].name);
    CU_ASSERT(compared >= N_NETWORKS);
}

/* A lane's trial does not know how many others there are, nor its place among them. */
static void lanes_do_not_see_each_other(void) {
    const hf_kernel *kernel;
    CU_ASSERT_EQUAL_FATAL(hf_kernel_choose(NULL, &kernel, NULL), HF_OK);
    for (uint64_t seed = 1; seed <= 20; seed++) {
        hf_scenario *scenario = fixture_random(seed, (fixture_options){0});
        hf_plan *plan = fixture_plan(scenario);
        hf_batch *wide = hf_batch_create(plan, 64), *narrow = hf_batch_create(plan, 8);
        hf_factors *wide_factors = hf_factors_create(plan, 64);
        hf_factors *narrow_factors = hf_factors_create(plan, 8);
        hf_batch_start(wide);
        hf_batch_start(narrow);
        for (int week = 0; week < plan->n_weeks; week++) {
            draw_factors(plan, seed, week, wide_factors);
            draw_factors(plan, seed, week, narrow_factors);
            kernel->week(wide, wide_factors, week);
            kernel->week(narrow, narrow_factors, week);
        }
        hf_field fw[HF_MAX_FIELDS], fn[HF_MAX_FIELDS];
        int n = hf_batch_fields(wide, fw), wrong = 0;
        hf_batch_fields(narrow, fn);
        for (int i = 0; i < n; i++)
            for (int row = 0; row < fw[i].n_rows; row++)
                wrong +=
                    memcmp(&fw[i].rows[row * 64], &fn[i].rows[row * 8], 8 * sizeof(double)) != 0;
        CU_ASSERT_EQUAL(wrong, 0);
        hf_factors_destroy(wide_factors);
        hf_factors_destroy(narrow_factors);
        hf_batch_destroy(wide);
        hf_batch_destroy(narrow);
        hf_plan_destroy(plan);
        hf_scenario_destroy(scenario);
    }
}

typedef struct ledger { /* what must balance, for one lane */
    double stage_in[16], stage_out[16], good_in[16], good_out[16];
    double bought[64], used[64], ordered[64], moved[64];
} ledger;

static double largest_imbalance(const hf_batch *b, const ledger *book) {
    const hf_plan *p = b->plan;
    double worst = 0.0;
    for (int i = 0; i < p->n_stages; i++) {
        double lots = 0.0, good = 0.0, scale = fmax(1.0, book->stage_in[i]);
        for (int slot = 0; slot < p->stages[i].cycle_weeks; slot++)
            lots += b->lots[p->stages[i].first_lot + slot];
        worst =
            fmax(worst, fabs(book->stage_in[i] - book->stage_out[i] - lots - b->queue[i]) / scale);
        good = book->good_in[i] - book->good_out[i] - b->stock[i];
        worst = fmax(worst, fabs(good) / fmax(1.0, book->good_in[i]));
    }
    for (int k = 0; k < p->n_inputs; k++) {
        double owed = 0.0, scale = fmax(1.0, book->ordered[k]);
        for (int a = p->inputs[k].first_link; a < p->inputs[k].first_link + p->inputs[k].n_links;
             a++)
            owed += b->owed[a];
        worst = fmax(worst, fabs(book->ordered[k] - book->moved[k] - owed) / scale);
        if (!p->inputs[k].is_market)
            worst = fmax(worst, fabs(book->bought[k] - book->used[k] - b->on_hand[k]) / scale);
    }
    return worst;
}

static void open_book(const hf_batch *b, ledger *book) {
    const hf_plan *p = b->plan;
    memset(book, 0, sizeof *book);
    for (int i = 0; i < p->n_stages; i++) {
        for (int slot = 0; slot < p->stages[i].cycle_weeks; slot++)
            book->stage_in[i] += b->lots[p->stages[i].first_lot + slot];
        book->good_in[i] = b->stock[i];
    }
    for (int k = 0; k < p->n_inputs; k++)
        book->bought[k] = b->on_hand[k];
}

static void enter_week(const hf_batch *b, int week, ledger *book) {
    const hf_plan *p = b->plan;
    for (int i = 0; i < p->n_stages; i++) {
        book->stage_in[i] += b->started[i];
        book->stage_out[i] += b->finished[i] + b->scrapped[i];
        book->good_in[i] += b->output[i];
    }
    for (int k = 0; k < p->n_inputs; k++) {
        const hf_plan_input *input = &p->inputs[k];
        if (!input->is_market)
            book->used[k] += input->per_unit * b->started[input->consumer];
        for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
            const hf_plan_link *link = &p->links[a];
            int slots = link->transit_weeks + 1;
            double shipped = b->freight[link->first_freight + week % slots];
            book->ordered[k] += b->asked[a];
            book->good_out[link->supplier] += shipped;
            book->bought[k] += b->freight[link->first_freight + (week + 1) % slots];
            book->moved[k] += shipped;
        }
        if (input->is_market)
            book->moved[k] += b->lost[input->consumer];
    }
}

/* Everything that enters a line, a stock, an input or an order book leaves it or is still there. */
static void mass_balances_every_week(void) {
    double worst = 0.0;
    for (uint64_t seed = 1; seed <= N_NETWORKS; seed++) {
        hf_scenario *scenario = fixture_random(seed, (fixture_options){0});
        hf_plan *plan = fixture_plan(scenario);
        hf_batch *batch = hf_batch_create(plan, 1);
        hf_factors *factors = hf_factors_create(plan, 1);
        ledger book;
        CU_ASSERT_FATAL(plan->n_stages <= 16 && plan->n_inputs <= 64);
        hf_batch_start(batch);
        open_book(batch, &book);
        for (int week = 0; week < plan->n_weeks; week++) {
            draw_factors(plan, seed, week, factors);
            hf_reference_week(batch, factors, week, 0);
            enter_week(batch, week, &book);
            worst = fmax(worst, largest_imbalance(batch, &book));
        }
        hf_factors_destroy(factors);
        hf_batch_destroy(batch);
        hf_plan_destroy(plan);
        hf_scenario_destroy(scenario);
    }
    printf("largest imbalance: %.2g of throughput\n", worst);
    CU_ASSERT(worst < 1e-9);
}

HF_TEST_MAIN("lanes", HF_CASE(kernels_equal_the_reference), HF_CASE(lanes_do_not_see_each_other),
             HF_CASE(mass_balances_every_week))
