/* Means of profiles over the weeks of a span, in closed form: inputs/README.md 2, Profile. Profiles
 * of one form stand in one loop. */
#include "base/elementary.h"
#include "shock/loops.h"
#include "shock/profile.h"

#define SHARP      1e-100 /* a narrower logistic is a step: nothing overflows below */
#define WIDE_WEEKS 64.0   /* from this width on, a Taylor series is exact to 1e-17 */
#define LONG_WEEKS 2.0    /* from this tau on, no week is too long for the series of the sinh */

/* Integral of a recovery of parameters a, b from x0 to x1 >= x0, weeks since the end of the full
 * effect. */
typedef double recovery_area(double a, double b, double x0, double x1);

static inline double step_area(double a, double b, double x0, double x1) {
    (void)a, (void)b;
    return x1 - x0;
}

static inline double linear_area(double weeks, double b, double x0, double x1) {
    (void)b;
    return (x1 - x0) * (1.0 - 0.5 * (x0 + x1) / weeks);
}

/* sinh(z) / z for |z| <= 1/2: the Taylor series, to 1e-16. */
static inline double sinh_ratio(double z) {
    double z2 = z * z;
    double sum = 1.0 + z2 * (1.0 / 156.0);
    sum = 1.0 + z2 * (1.0 / 110.0) * sum;
    sum = 1.0 + z2 * (1.0 / 72.0) * sum;
    sum = 1.0 + z2 * (1.0 / 42.0) * sum;
    sum = 1.0 + z2 * (1.0 / 20.0) * sum;
    return 1.0 + z2 * (1.0 / 6.0) * sum;
}

/* Of e^(-x/tau), without cancellation when tau is long. */
static inline double long_exponential_area(double tau, double b, double x0, double x1) {
    (void)b;
    return (x1 - x0) * sinh_ratio(0.5 * (x1 - x0) / tau) * hf_exp(-0.5 * (x0 + x1) / tau);
}

static inline double exponential_area(double tau, double b, double x0, double x1) {
    double plain = tau * (hf_exp(-x0 / tau) - hf_exp(-x1 / tau));
    return 0.5 * (x1 - x0) / tau > 0.5 ? plain : long_exponential_area(tau, b, x0, x1);
}

/* Of 1 / (1 + e^((x - middle) / width)): after the middle -width ln(1 + e^(-y)), before it the
 * whole less the mirror image, so that no exponent passes 4.6. */
static inline double logistic_area(double middle, double width, double x0, double x1) {
    double y0 = (x0 - middle) / width, y1 = (x1 - middle) / width;
    bool is_before = 0.5 * (y0 + y1) < 0.0;
    double sign = is_before ? 1.0 : -1.0;
    double area = width * hf_log((1.0 + hf_exp(sign * y1)) / (1.0 + hf_exp(sign * y0)));
    return is_before ? x1 - x0 - area : -area;
}

/* The same for a wide one, expanded about the centre of the interval: no small difference of large
 * numbers. */
static inline double wide_logistic_area(double middle, double width, double x0, double x1) {
    double weeks = x1 - x0, y0 = (x0 - middle) / width, y1 = (x1 - middle) / width;
    double h2 = (weeks / width) * (weeks / width);
    double f = hf_logistic(-(0.5 * (y0 + y1))), g = f * (1.0 - f), bend = g * (1.0 - 2.0 * f);
    return weeks * (f + bend * (h2 / 24.0) * (1.0 + h2 / 80.0 * (1.0 - 12.0 * g)));
}

/* Means of the n profiles profiles[which[i]]. Weeks without recovery get an area too, which is not
 * taken. */
static inline __attribute__((always_inline)) void means_of(int n, const int *restrict which,
                                                           const hf_profile *restrict profiles,
                                                           const double *restrict weeks,
                                                           double (*restrict means)[HF_SPAN_WEEKS],
                                                           recovery_area *area_of) {
    for (int i = 0; i < n; i++) {
        const hf_profile *profile = &profiles[which[i]];
        double onset = profile->onset, full_end = onset + profile->duration;
        double recovery = hf_profile_recovery_weeks(profile), end = full_end + recovery;
        double a = profile->parameter[0], b = profile->parameter[1];
        double *restrict mean = means[which[i]];
        HF_EACH_WEEK {
            double start = hf_max(weeks[w], onset), stop = weeks[w] + 1.0;
            double x0 = hf_max(start - full_end, 0.0), x1 = hf_min(stop - full_end, recovery);
            double more = area_of(a, b, x0, x1);
            double area = hf_max(full_end - start, 0.0) + (x1 > x0 ? more : 0.0);
            double whole = hf_max(stop - start, 0.0), part = hf_max(hf_min(area, 1.0), 0.0);
            part = stop <= full_end ? whole : part;
            mean[w] = weeks[w] < end ? part : 0.0;
        }
    }
}

enum form {
    FULL,
    STEP,
    LINEAR,
    EXPONENTIAL,
    LONG_EXPONENTIAL,
    SHARP_LOGISTIC,
    LOGISTIC,
    WIDE_LOGISTIC,
    N_FORMS
};

/* Without a branch: which it is, is hard to foresee. */
static inline enum form form_of(const hf_profile *profile, double first) {
    static const struct {
        enum form form;            /* of a small parameter */
        int parameter;             /* which decides */
        double next, next_but_one; /* forms, from these values on */
    } table[] = {[HF_RECOVERY_STEP] = {STEP, 0, HF_NEVER, HF_NEVER},
                 [HF_RECOVERY_LINEAR] = {LINEAR, 0, HF_NEVER, HF_NEVER},
                 [HF_RECOVERY_EXPONENTIAL] = {EXPONENTIAL, 0, LONG_WEEKS, HF_NEVER},
                 [HF_RECOVERY_LOGISTIC] = {SHARP_LOGISTIC, 1, SHARP, WIDE_WEEKS}};
    int recovery = profile->recovery;
    double parameter = profile->parameter[table[recovery].parameter];
    bool is_full =
        profile->onset <= first && profile->onset + profile->duration >= first + HF_SPAN_WEEKS;
    unsigned form = table[recovery].form + (unsigned)(parameter >= table[recovery].next) +
                    (unsigned)(parameter >= table[recovery].next_but_one);
    return (enum form)(is_full ? FULL : form);
}

static void profile_means(double first, int n, const hf_profile *profiles,
                          double (*means)[HF_SPAN_WEEKS], uint8_t *felt) {
    int which[N_FORMS][HF_MOST_EVENTS], n_of[N_FORMS] = {0};
    double weeks[HF_SPAN_WEEKS];
    for (int w = 0; w < HF_SPAN_WEEKS; w++)
        weeks[w] = first + w;
    for (int i = 0; i < n; i++) {
        enum form form = form_of(&profiles[i], first);
        which[form][n_of[form]++] = i;
    }
    for (int i = 0; i < n_of[FULL]; i++)
        HF_EACH_WEEK means[which[FULL][i]][w] = 1.0;
#define MEANS(form, area) means_of(n_of[form], which[form], profiles, weeks, means, area)
    MEANS(STEP, step_area);
    MEANS(LINEAR, linear_area);
    MEANS(EXPONENTIAL, exponential_area);
    MEANS(LONG_EXPONENTIAL, long_exponential_area);
    MEANS(SHARP_LOGISTIC, step_area);
    MEANS(LOGISTIC, logistic_area);
    MEANS(WIDE_LOGISTIC, wide_logistic_area);
#undef MEANS
    for (int i = 0; i < n; i++) {
        uint64_t bits = 0;
        HF_EACH_WEEK bits |= means[i][w] > 0.0 ? (uint64_t)1 << w : 0;
        felt[i] = (uint8_t)bits;
    }
}
