/* When hazards may strike (inputs/README.md 2, Points): for each hazard and trial one own point to
 * come and one pending point set by a trigger, whatever happens in between. */
#ifndef HF_SHOCK_POINTS_H
#define HF_SHOCK_POINTS_H

#include "plan/plan.h"
#include "rng/stream.h"
#include "shock/design.h"
#include <stdbool.h>

typedef struct hf_point {
    int hazard;
    double time; /* weeks */
    bool triggered;
    hf_key key; /* its event's draws come from it */
} hf_point;

typedef struct hf_points hf_points;

/* Borrows `plan` for its life. */
hf_points *hf_points_create(const hf_plan *plan, int n_lanes);
void hf_points_destroy(hf_points *points); /* NULL is allowed */

/* How trials that start from now on are sampled (borrowed; NULL: plain). */
void hf_points_set_design(hf_points *points, const hf_design *design);
/* Lane `lane` becomes trial `trial` of `seed`, before week 0. */
void hf_points_start(hf_points *points, int lane, uint64_t seed, uint64_t trial);

/* What the trials weigh, [n_lanes]: multiples of 2^-48 up to HF_MOST_WEIGHT, at which weights that
 * are larger stop; 1 where trials are plain. */
#define HF_MOST_WEIGHT 0x1.fffffffffffffp14 /* the last double below 2^15 */
const double *hf_points_weights(const hf_points *points);

/* Takes the first point of `lane` before `time` (ties by hazard, own ones first); false if there
 * is none. The own point's successor takes its place. */
bool hf_points_take(hf_points *points, int lane, double time, hf_point *point);

/* Puts a pending point, unless one at the same time or earlier is there. */
void hf_points_trigger(hf_points *points, int lane, const hf_point *point);

/* The hazard has struck: what was pending is dropped. */
void hf_points_drop(hf_points *points, int lane, int hazard);

#endif
