/* Scenarios and plans built in code, for tests: a form to fill in by hand, a tiny chain, and random
 * small networks in which everything that a scenario can hold turns up. */
#ifndef HF_TESTS_FIXTURE_H
#define HF_TESTS_FIXTURE_H

#include "model/scenario.h"
#include "plan/plan.h"
#include <stdbool.h>
#include <stdint.h>

/* Stages, markets and hazards without ids; one domestic region "home" of the country "US". Given:
 * hf_scenario_destroy. Everything made below lives in the scenario's arena. */
hf_scenario *fixture_empty(int horizon_weeks, int n_stages, int n_markets, int n_hazards);

hf_path fixture_constant(hf_scenario *scenario, double value);
hf_path fixture_path(hf_scenario *scenario, int n_knots, const double *weeks, const double *values);

/* Give row `i` its id and the defaults of inputs/README.md 1; ids ascend in byte order, and it is
 * the caller who sees to that. The inputs of a stage and of a market stand to be filled in. A
 * hazard is a poisson one, once a year, for 4 weeks, with n_effects effects on all capacity. */
hf_stage *fixture_stage(hf_scenario *scenario, int i, const char *id, const char *product,
                        int n_inputs);
hf_market *fixture_market(hf_scenario *scenario, int i, const char *id, double demand);
hf_hazard *fixture_hazard(hf_scenario *scenario, int i, const char *id, int n_effects);
/* Fills in an input of `product`: per_unit 1, equal shares, no transit, no flex. Suppliers ascend.
 */
void fixture_input(hf_scenario *scenario, hf_input *input, const char *product, int n_links,
                   const int *suppliers);

/* Market "MARKET" <- stage "PACK" <- stage "WAFER", demand of 10 a week for 60 weeks, no chance:
 * PACK: 4 weeks in process, 2 of stock, 2 wafers a start, 3 weeks of cover, 2 weeks of transit.
 * WAFER: 12 weeks in process, 1 of stock, 5 units a start, yield 0.8. To the market: 1 week. */
enum { FIXTURE_PACK, FIXTURE_WAFER };
hf_scenario *fixture_chain(void);

/* What a random network has to do without. */
typedef struct fixture_options {
    bool no_chance;   /* hazards, noise */
    bool no_limits;   /* capacities */
    bool by_weeks;    /* stock by units */
    bool one_transit; /* links of one input with different transits */
} fixture_options;
/* Here the plan comes true: X = x^ and r = 1 every week. */
#define FIXTURE_CALM ((fixture_options){true, true, true, true})

/* 2 to 8 stages in layers, 1 to 3 markets; the same for the same seed and options. */
hf_scenario *fixture_random(uint64_t seed, fixture_options options);

/* The plan of one scenario in the space of its own ids, as policy "baseline". Ends the test program
 * if it fails. Given: hf_plan_destroy. */
hf_plan *fixture_plan(const hf_scenario *scenario);

#endif
