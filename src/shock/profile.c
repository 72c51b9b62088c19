/* Recovery profiles in closed form: inputs/README.md 2, Profile. */
#include "shock/profile.h"
#include "base/elementary.h"

#define FADED      4.6    /* recoveries end here, in units of tau or width: e^-4.6 = 0.01 is left */
#define SHARP      1e-100 /* a narrower logistic is a step: nothing overflows below */
#define WIDE_WEEKS 64.0   /* from this width on, a Taylor series is exact to 1e-17 */

/* Weeks from the end of the full effect to the end of the recovery. */
static double recovery_weeks(const hf_profile *profile) {
    const double *parameter = profile->parameter;
    switch (profile->recovery) {
    case HF_RECOVERY_LINEAR:
        return parameter[0];
    case HF_RECOVERY_EXPONENTIAL:
        return FADED * parameter[0];
    case HF_RECOVERY_LOGISTIC:
        return parameter[0] + FADED * parameter[1];
    case HF_RECOVERY_STEP:
        break;
    }
    return 0.0;
}

double hf_profile_end(const hf_profile *profile) {
    return profile->onset + profile->duration + recovery_weeks(profile);
}

/* sinh(z) / z for |z| <= 1/2: the Taylor series, to 1e-16. */
static double sinh_ratio(double z) {
    double z2 = z * z;
    double sum = 1.0 + z2 * (1.0 / 156.0);
    sum = 1.0 + z2 * (1.0 / 110.0) * sum;
    sum = 1.0 + z2 * (1.0 / 72.0) * sum;
    sum = 1.0 + z2 * (1.0 / 42.0) * sum;
    sum = 1.0 + z2 * (1.0 / 20.0) * sum;
    return 1.0 + z2 * (1.0 / 6.0) * sum;
}

/* Integral of e^(-x/tau) from x0 to x1 >= x0, without cancellation when tau is long. */
static double exponential_area(double x0, double x1, double tau) {
    double half = 0.5 * (x1 - x0) / tau;
    if (half > 0.5)
        return tau * (hf_exp(-x0 / tau) - hf_exp(-x1 / tau));
    return (x1 - x0) * sinh_ratio(half) * hf_exp(-0.5 * (x0 + x1) / tau);
}

/* Integral of 1 / (1 + e^((x - middle) / width)) from x0 to x1 >= x0: after the middle -width
 * ln(1 + e^(-y)), before it the whole less the mirror image, so that no exponent passes 4.6; a wide
 * one is expanded about the centre of the interval: no small difference of large numbers. */
static double logistic_area(double x0, double x1, double middle, double width) {
    double weeks = x1 - x0, y0 = (x0 - middle) / width, y1 = (x1 - middle) / width;
    double centre = 0.5 * (y0 + y1);
    if (width >= WIDE_WEEKS) {
        double h2 = (weeks / width) * (weeks / width);
        double f = hf_logistic(-centre), g = f * (1.0 - f), bend = g * (1.0 - 2.0 * f);
        return weeks * (f + bend * (h2 / 24.0) * (1.0 + h2 / 80.0 * (1.0 - 12.0 * g)));
    }
    double sign = centre < 0.0 ? 1.0 : -1.0;
    double area = width * hf_log((1.0 + hf_exp(sign * y1)) / (1.0 + hf_exp(sign * y0)));
    return centre < 0.0 ? weeks - area : -area;
}

/* Integral of the recovery from x0 to x1, weeks since the end of the full effect. */
static double recovery_area(const hf_profile *profile, double x0, double x1) {
    const double *parameter = profile->parameter;
    switch (profile->recovery) {
    case HF_RECOVERY_LINEAR:
        return (x1 - x0) * (1.0 - 0.5 * (x0 + x1) / parameter[0]);
    case HF_RECOVERY_EXPONENTIAL:
        return exponential_area(x0, x1, parameter[0]);
    case HF_RECOVERY_LOGISTIC:
        if (parameter[1] < SHARP)
            return x1 - x0;
        return logistic_area(x0, x1, parameter[0], parameter[1]);
    case HF_RECOVERY_STEP:
        break;
    }
    return 0.0;
}

double hf_profile_mean(const hf_profile *profile, double week) {
    double full_end = profile->onset + profile->duration;
    double start = hf_max(week, profile->onset), stop = week + 1.0;
    if (stop <= full_end)
        return hf_max(stop - start, 0.0);
    double area = hf_max(full_end - start, 0.0);
    double x1 = hf_min(stop - full_end, recovery_weeks(profile));
    double x0 = hf_max(start - full_end, 0.0);
    if (x1 > x0)
        area += recovery_area(profile, x0, x1);
    return hf_max(hf_min(area, 1.0), 0.0);
}
