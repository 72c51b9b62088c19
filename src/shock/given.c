/* Factors from arrays, the same in every lane. */
#include "shock/given.h"
#include "base/check.h"

static void fill(double *row, int n_lanes, double value) {
    for (int lane = 0; lane < n_lanes; lane++)
        row[lane] = value;
}

/* rows[i] = values[week][i] for all n of a kind; nothing when `values` is NULL. */
static void fill_rows(double *rows, int n, const double *values, int week, int n_lanes) {
    if (!values)
        return;
    for (int i = 0; i < n; i++)
        fill(rows + (size_t)i * n_lanes, n_lanes, values[(size_t)week * n + i]);
}

void hf_given_week(const hf_given *given, const hf_plan *plan, int week, hf_factors *factors) {
    HF_ASSERT(week >= 0 && week < plan->n_weeks);
    int n_lanes = factors->n_lanes;
    hf_factors_set_calm(factors, plan, week);
    fill_rows(factors->capacity, plan->n_stages, given->capacity, week, n_lanes);
    fill_rows(factors->yield, plan->n_stages, given->yield, week, n_lanes);
    fill_rows(factors->shipping, plan->n_links, given->shipping, week, n_lanes);
    fill_rows(factors->demand, plan->n_markets, given->demand, week, n_lanes);
    fill_rows(factors->scrap, plan->n_stages, given->scrap, week, n_lanes);
    for (int i = 0; given->scrap && i < plan->n_stages; i++)
        factors->any_scrap[i] = given->scrap[(size_t)week * plan->n_stages + i] != 1.0;
}
