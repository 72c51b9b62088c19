/* Points, events and factors of one trial once more, slowly and straight from inputs/README.md 2:
 * in long double, all own points listed in advance, all events multiplied anew each week. */
#ifndef HF_TESTS_SHOCK_ORACLE_H
#define HF_TESTS_SHOCK_ORACLE_H

#include "plan/plan.h"
#include "shock/sampled.h"

#define ORACLE_MAX_POINTS  20000
#define ORACLE_MAX_HAZARDS 64

typedef struct oracle_point {
    long double time; /* taken or none: -1 */
    int hazard;
    bool triggered;
    hf_key key;
} oracle_point;

typedef struct oracle {
    const hf_plan *plan;
    hf_key trial;
    int n_points, n_events;
    oracle_point points[ORACLE_MAX_POINTS];   /* own ones */
    oracle_point pending[ORACLE_MAX_HAZARDS]; /* by hazard */
    hf_event events[ORACLE_MAX_POINTS];       /* in the order in which they struck */
} oracle;

/* All that happens to trial `trial` of `seed`. */
void oracle_run(oracle *o, const hf_plan *plan, uint64_t seed, uint64_t trial);
/* c, m, k, a or x of row `row` in week `week`. */
double oracle_factor(const oracle *o, hf_channel channel, int row, int week);
/* Mean of the profile of an event in week `week`. */
long double oracle_mean(const oracle *o, const hf_event *event, int week);
/* Which target of effect k an event picks. */
int oracle_pick(const oracle *o, const hf_event *event, int k);

#endif
