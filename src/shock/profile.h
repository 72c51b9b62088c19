/* The course of an event: full for its duration, then a recovery (inputs/README.md 2, Profile). */
#ifndef HF_SHOCK_PROFILE_H
#define HF_SHOCK_PROFILE_H

#include "model/hazard.h"

typedef struct hf_profile {
    hf_recovery recovery;
    double onset, duration;
    double parameter[2]; /* clipped to >= 0: weeks; tau; midpoint, width */
} hf_profile;

/* When the profile has run out. */
double hf_profile_end(const hf_profile *profile);
/* Mean of the profile over [week, week + 1), in closed form. */
double hf_profile_mean(const hf_profile *profile, double week);

#endif
