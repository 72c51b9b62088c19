/* How often a hazard's own points come in a trial (inputs/README.md 2, Points). */
#ifndef HF_SHOCK_RATE_H
#define HF_SHOCK_RATE_H

#include "base/elementary.h"
#include "plan/plan.h"
#include "rng/stream.h"

#define HF_LEAST_RATE 1e-100 /* points a week; below this none comes, and 1/rate stays finite */

/* The N(0,1) of a frail hazard's trial factor. */
static inline double hf_rate_frailty(const hf_plan_hazard *hazard, hf_key trial) {
    hf_pcg64 rng = hf_stream64(trial, hazard->frailty_entity, HF_PURPOSE_FRAILTY, 0);
    return hf_normal_quantile(hf_pcg64_uniform(&rng));
}

/* The rate of this trial, points a week (while in season): what is random about it is drawn once.
 * outer: the trial whose yearly rates it has; frailty: of its trial factor. */
static inline double hf_rate_draw(const hf_plan_hazard *hazard, hf_key outer, double frailty) {
    hf_pcg64 rng = {0};
    if (hazard->per_year.family != HF_CONSTANT)
        rng = hf_stream64(outer, hazard->entity, HF_PURPOSE_RATE, 0);
    double rate = hf_max(hf_distribution_sample(&hazard->per_year, &rng), 0.0) / HF_WEEKS_PER_YEAR;
    if (hazard->seasonal)
        rate *= hazard->season_gain;
    if (hazard->frail) {
        double sigma = hazard->frailty_sigma;
        rate *= hf_exp(sigma * frailty - 0.5 * sigma * sigma);
    }
    return rate;
}

/* Weeks of [0, T) in which own points may come. */
static inline double hf_rate_season_weeks(const hf_plan_hazard *hazard, int n_weeks) {
    double weeks = 0.0;
    if (!hazard->seasonal)
        return hf_int_to_double(n_weeks);
    for (int i = 0; i < hazard->n_seasons; i++)
        weeks += hazard->season_end[i] - hazard->season_start[i];
    return weeks;
}

/* Own points that a poisson hazard of this rate leads one to expect; 0 of one that is not there. */
static inline double hf_rate_points(const hf_plan_hazard *hazard, double rate, int n_weeks) {
    if (!hazard->present || rate < HF_LEAST_RATE)
        return 0.0;
    return rate * hf_rate_season_weeks(hazard, n_weeks);
}

#endif
