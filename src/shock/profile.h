/* The course of an event: full for its duration, then a recovery (inputs/README.md 2, Profile). Its
 * weekly means are a hot loop: shock/loops.h. */
#ifndef HF_SHOCK_PROFILE_H
#define HF_SHOCK_PROFILE_H

#include "model/hazard.h"

#define HF_FADED 4.6 /* recoveries end here, in units of tau or width: e^-4.6 = 0.01 is left */

typedef struct hf_profile {
    hf_recovery recovery;
    double onset, duration;
    double parameter[2]; /* clipped to >= 0: weeks; tau; midpoint, width; 0 where there is none */
} hf_profile;

/* Weeks from the end of the full effect to the end of the recovery: times the parameters. */
static inline double hf_profile_recovery_weeks(const hf_profile *profile) {
    static const double times[][2] = {[HF_RECOVERY_STEP] = {0.0, 0.0},
                                      [HF_RECOVERY_LINEAR] = {1.0, 0.0},
                                      [HF_RECOVERY_EXPONENTIAL] = {HF_FADED, 0.0},
                                      [HF_RECOVERY_LOGISTIC] = {1.0, HF_FADED}};
    return times[profile->recovery][0] * profile->parameter[0] +
           times[profile->recovery][1] * profile->parameter[1];
}

/* When the profile has run out. */
static inline double hf_profile_end(const hf_profile *profile) {
    return profile->onset + profile->duration + hf_profile_recovery_weeks(profile);
}

#endif
