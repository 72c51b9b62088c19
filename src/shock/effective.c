/* The second moment of a trial's weight in closed form. With L_h own points expected by the trial's
 * own rates, tilts theta_h, and over the strata's hazards Lambda = sum L_h, A = sum theta_h L_h,
 * B = sum L_h / theta_h,
 *
 *     E[w^2 | L] = sum over strata s of (P_Q(s) / share_s) sum over n in s of e^(2C - A) B^n / n!
 *
 * times exp(L_h (theta_h - 1)^2 / theta_h) for each tilted hazard beside them; C = A - Lambda and
 * P_Q(s) is e^-A times the sum of A^n/n!, so that e^(-2 Lambda) is all that is left of the three.
 */
#include "base/elementary.h"
#include "shock/counts.h"
#include "shock/rate.h"

#define N_DRAWS       100000
#define MOST_EXPONENT 600.0 /* so that sums of exponentials stay finite */

static bool is_random(const hf_design *design, const hf_plan *plan) {
    for (int i = 0; i < design->n_counted; i++) {
        const hf_plan_hazard *hazard = &plan->hazards[design->counted[i].hazard];
        if (hazard->present && (hazard->frail || hazard->per_year.family != HF_CONSTANT))
            return true;
    }
    return false;
}

/* The own points expected of a counted hazard in a trial. */
static double draw_expected(const hf_plan *plan, const hf_counted *counted, hf_key trial) {
    const hf_plan_hazard *hazard = &plan->hazards[counted->hazard];
    double frailty = hazard->frail ? hf_rate_frailty(hazard, trial) : 0.0;
    return hf_rate_points(hazard, hf_rate_draw(hazard, trial, frailty), plan->n_weeks);
}

/* E[w^2 | L] of one trial. */
static double second_moment(const hf_design *design, const hf_plan *plan, hf_key trial) {
    double tilted = 0.0, thinned = 0.0, exponent = 0.0, sum = 0.0;
    for (int i = 0; i < design->n_counted; i++) {
        const hf_counted *counted = &design->counted[i];
        double tilt = counted->tilt, expected = draw_expected(plan, counted, trial);
        if (counted->in_strata) {
            tilted += tilt * expected;
            thinned += expected / tilt;
            exponent -= 2.0 * expected;
        } else {
            exponent += expected * (tilt - 1.0) * (tilt - 1.0) / tilt;
        }
    }
    int last = design->n_strata - 1;
    for (int s = 0; s <= last; s++) {
        double mass = hf_counts_log_mass(tilted, s, last) + hf_counts_log_mass(thinned, s, last);
        sum += hf_exp(hf_min(exponent + mass, MOST_EXPONENT)) / design->shares[s];
    }
    return sum;
}

double hf_design_effective(const hf_design *design, const hf_plan *plan, uint64_t seed) {
    int n = is_random(design, plan) ? N_DRAWS : 1;
    double sum = 0.0;
    for (int trial = 0; trial < n; trial++)
        sum += second_moment(design, plan, hf_key_trial(seed, (uint64_t)trial));
    return hf_int_to_double(n) / sum;
}
