/* Factors from arrays, the same in every lane. */
#include "shock/given.h"
#include "base/check.h"

static void fill(double *row, int n_lanes, double value) {
    for (int lane = 0; lane < n_lanes; lane++)
        row[lane] = value;
}

/* rows[i] = values[week][i] for all n of a kind, and whether it differs from 1, where that is kept;
 * nothing when `values` is NULL. */
static void fill_rows(double *rows, bool *any, int n, const double *values, int week, int n_lanes) {
    for (int i = 0; values && i < n; i++) {
        double value = values[(size_t)week * n + i];
        fill(rows + (size_t)i * n_lanes, n_lanes, value);
        if (any)
            any[i] = value != 1.0;
    }
}

void hf_given_week(const hf_given *given, const hf_plan *plan, int week, hf_factors *factors) {
    HF_ASSERT(week >= 0 && week < plan->n_weeks);
    int n_lanes = factors->n_lanes;
    hf_factors_set_calm(factors, plan, week);
    fill_rows(factors->capacity, factors->any_capacity, plan->n_stages, given->capacity, week,
              n_lanes);
    fill_rows(factors->yield, NULL, plan->n_stages, given->yield, week, n_lanes);
    fill_rows(factors->shipping, factors->any_shipping, plan->n_links, given->shipping, week,
              n_lanes);
    fill_rows(factors->demand, NULL, plan->n_markets, given->demand, week, n_lanes);
    fill_rows(factors->scrap, factors->any_scrap, plan->n_stages, given->scrap, week, n_lanes);
}
