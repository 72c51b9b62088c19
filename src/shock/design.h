/* How a job wants its trials sampled: strata by the number of own points of chosen hazards, tilted
 * rates, and what trials share. Strata repeat every HF_PERIOD trials, so that a trial's stratum is
 * a function of its number. */
#ifndef HF_SHOCK_DESIGN_H
#define HF_SHOCK_DESIGN_H

#include "base/problems.h"
#include "base/quantity.h"
#include "model/job.h"
#include "plan/plan.h"
#include <stdbool.h>
#include <stdint.h>

/* A hazard whose own points are counted before they get their times. */
typedef struct hf_counted {
    int hazard;
    uint64_t entity; /* hash of its id */
    bool in_strata;
    double tilt; /* theta, times its own rate; 1: not tilted */
    double log_tilt;
} hf_counted;

typedef struct hf_design {
    uint64_t inner_trials;    /* share what is random about a yearly rate */
    int n_strata;             /* 1: none */
    int strata[HF_PERIOD];    /* of trial t at t mod HF_PERIOD */
    double shares[HF_PERIOD]; /* [n_strata] part of the trials */
    int n_counted;
    hf_counted *counted; /* owned; ascending */
} hf_design;

/* The design of a job whose gate was passed, for its plans, which have their hazards in common.
 * Given; NULL if problems were added: hazards that cannot be counted, trials that are no whole
 * periods, tilts that would leave next to nothing. */
hf_design *hf_design_create(const hf_job *job, int n_plans, hf_plan *const *plans,
                            hf_problems *problems);
void hf_design_destroy(hf_design *design); /* NULL is allowed */

/* Whether trials have weights. */
static inline bool hf_design_is_weighted(const hf_design *design) {
    return design->n_counted > 0;
}
static inline int hf_design_n_strata(const hf_design *design) {
    return design->n_strata;
}
/* The stratum of a trial: it has so many own points of the strata's hazards, the last stratum that
 * many or more. */
static inline int hf_design_stratum(const hf_design *design, uint64_t trial) {
    return design->strata[trial % HF_PERIOD];
}

/* The part of the trials that plain ones would do as well as, where outcomes and weights are
 * unrelated: E[w]^2 / E[w^2], the expected effective sample size over the number of trials. A
 * closed form given a trial's rates, averaged over those of trials 0 .. 99999 of `seed`. */
double hf_design_effective(const hf_design *design, const hf_plan *plan, uint64_t seed);

#endif
