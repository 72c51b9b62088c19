/* Recovery profiles against their definition (inputs/README.md 2, Profile): long-double
 * quadrature over the pieces between their breaks, and areas in closed form. */
#include "base/lanes.h"
#include "rng/pcg.h"
#include "shock/loops.h"
#include "unit/hf_cunit.h"
#include <math.h>
#include <string.h>

#define PANELS 150 /* of Boole's rule, a piece: its error is below 1e-13 here */

/* The recovery x weeks after the end of the full effect, before it is cut off. */
static long double recovery(const hf_profile *p, long double x) {
    long double a = p->parameter[0], b = p->parameter[1];
    switch (p->recovery) {
    case HF_RECOVERY_LINEAR:
        return 1 - x / a;
    case HF_RECOVERY_EXPONENTIAL:
        return expl(-x / a);
    case HF_RECOVERY_LOGISTIC:
        return 1 / (1 + expl((x - a) / b));
    case HF_RECOVERY_STEP:
        break;
    }
    return 0;
}

static long double end_by_definition(const hf_profile *p) {
    long double end = (long double)p->onset + p->duration;
    switch (p->recovery) {
    case HF_RECOVERY_LINEAR:
        return end + p->parameter[0];
    case HF_RECOVERY_EXPONENTIAL:
        return end + 4.6L * p->parameter[0];
    case HF_RECOVERY_LOGISTIC:
        return end + p->parameter[0] + 4.6L * p->parameter[1];
    case HF_RECOVERY_STEP:
        break;
    }
    return end;
}

/* Boole's rule: Simpson's, with its error of fourth order taken out. */
static long double integral(const hf_profile *p, long double x0, long double x1) {
    static const int weights[] = {14, 32, 12, 32};
    long double h = (x1 - x0) / (4 * PANELS), sum = 7 * (recovery(p, x1) - recovery(p, x0));
    for (int i = 0; i < 4 * PANELS; i++)
        sum += weights[i % 4] * recovery(p, x0 + i * h);
    return sum * h * 2 / 45;
}

static long double mean_by_definition(const hf_profile *p, long double week) {
    long double full_end = (long double)p->onset + p->duration;
    long double from = fmaxl(week, p->onset), to = fminl(week + 1, end_by_definition(p));
    long double sum = fmaxl(0, fminl(to, full_end) - from);
    from = fmaxl(from, full_end);
    return to > from ? sum + integral(p, from - full_end, to - full_end) : sum;
}

static long double area_by_definition(const hf_profile *p) {
    long double d = p->duration, a = p->parameter[0], b = p->parameter[1];
    switch (p->recovery) {
    case HF_RECOVERY_LINEAR:
        return d + a / 2;
    case HF_RECOVERY_EXPONENTIAL:
        return d + a * -expm1l(-4.6L);
    case HF_RECOVERY_LOGISTIC:
        return d + a + 4.6L * b - b * (log1pl(expl(4.6L)) - log1pl(expl(-a / b)));
    case HF_RECOVERY_STEP:
        break;
    }
    return d;
}

/* The mean of a week in some place of a span, the same from the loops of all instruction sets. */
static double mean_of(const hf_profile *p, double week) {
    int n, w = (int)fabs(fmod(week, HF_SPAN_WEEKS));
    const hf_loops *const *loops = hf_loops_list(&n);
    double means[1][HF_SPAN_WEEKS], mean = 0.0;
    uint8_t felt;
    for (int c = 0; c < n && loops[c]->cpu_level <= hf_cpu_level(); c++) {
        loops[c]->profile_means(week - w, 1, p, means, &felt);
        CU_ASSERT(c == 0 || means[0][w] == mean);
        CU_ASSERT_EQUAL(felt >> w & 1, means[0][w] > 0.0);
        mean = means[0][w];
    }
    return mean;
}

/* Every week of `p` and two around it within 1e-12, its sum within 1e-12 a week. */
static void check(const hf_profile *p) {
    double end = hf_profile_end(p);
    CU_ASSERT_DOUBLE_EQUAL(end, (double)end_by_definition(p), 1e-12 * (1.0 + fabs(end)));
    double first = floor(p->onset) - 2.0, last = fmin(ceil(end) + 2.0, first + 300.0), sum = 0.0;
    double worst = 0.0;
    for (double week = first; week < last; week++) {
        double mean = mean_of(p, week);
        CU_ASSERT(mean >= 0.0 && mean <= 1.0);
        worst = fmax(worst, fabs(mean - (double)mean_by_definition(p, week)));
        sum += mean;
    }
    CU_ASSERT(worst < 1e-12);
    if (!(worst < 1e-12))
        fprintf(stderr, "recovery %d, onset %.17g, duration %.17g, %.17g, %.17g: off by %g\n",
                p->recovery, p->onset, p->duration, p->parameter[0], p->parameter[1], worst);
    if (last > end)
        CU_ASSERT_DOUBLE_EQUAL(sum, (double)area_by_definition(p), 1e-12 * (last - first));
}

static const double durations[] = {0.0, 0.3, 1.0, 2.75, 13.0};
static const double onsets[] = {0.0, 0.25, 3.0, 7.9999999, 41.5};
#define EACH_ONSET                                                                                 \
    for (int i = 0; i < 5; i++)                                                                    \
        for (int j = 0; j < 5; j++)

static void step_ends_at_once(void) {
    EACH_ONSET check(&(hf_profile){HF_RECOVERY_STEP, onsets[i], durations[j], {0.0, 0.0}});
}

static void linear(void) {
    static const double weeks[] = {0.0, 0.01, 0.5, 1.0, 3.7, 40.0};
    for (int k = 0; k < 6; k++)
        EACH_ONSET check(&(hf_profile){HF_RECOVERY_LINEAR, onsets[i], durations[j], {weeks[k], 0}});
}

static void exponential(void) {
    static const double taus[] = {0.0, 0.05, 0.2, 0.99, 1.01, 4.0, 26.0};
    for (int k = 0; k < 7; k++)
        EACH_ONSET check(
            &(hf_profile){HF_RECOVERY_EXPONENTIAL, onsets[i], durations[j], {taus[k], 0}});
}

static void logistic(void) {
    static const double middles[] = {0.0, 0.5, 2.5, 10.0}, widths[] = {0.05, 0.4, 1.2, 6.0};
    for (int k = 0; k < 4; k++)
        for (int l = 0; l < 4; l++)
            EACH_ONSET check(&(hf_profile){
                HF_RECOVERY_LOGISTIC, onsets[i], durations[j], {middles[k], widths[l]}});
}

/* Weeks are small parts of a long recovery: differences of large numbers would show. */
static void long_recoveries(void) {
    static const double lengths[] = {63.9, 64.0, 200.0, 1e4, 1e7, 1e11, 1e15};
    for (int k = 0; k < 7; k++) {
        check(&(hf_profile){HF_RECOVERY_LINEAR, 1.5, 2.0, {lengths[k], 0}});
        check(&(hf_profile){HF_RECOVERY_EXPONENTIAL, 1.5, 2.0, {lengths[k], 0}});
        check(&(hf_profile){HF_RECOVERY_LOGISTIC, 1.5, 2.0, {3.0, lengths[k]}});
        check(&(hf_profile){HF_RECOVERY_LOGISTIC, 1.5, 2.0, {lengths[k], 12.0}});
        check(&(hf_profile){HF_RECOVERY_LOGISTIC, 1.5, 2.0, {lengths[k], lengths[k]}});
    }
}

/* A logistic without width is a step at its middle; so, nearly, is a narrow one. */
static void no_width(void) {
    static const double widths[] = {0.0, 1e-300, 1e-101, 1e-99, 1e-15};
    for (int k = 0; k < 5; k++) {
        hf_profile sharp = {HF_RECOVERY_LOGISTIC, 0.5, 1.0, {2.25, widths[k]}};
        hf_profile step = {HF_RECOVERY_STEP, 0.5, 3.25, {0.0, 0.0}};
        for (double week = -1.0; week < 6.0; week++)
            CU_ASSERT_DOUBLE_EQUAL(mean_of(&sharp, week), mean_of(&step, week), 1e-14);
        CU_ASSERT_DOUBLE_EQUAL(hf_profile_end(&sharp), 3.75, 1e-13);
    }
}

/* Nothing is felt before, after, or of an event without length; a full week is exactly 1. */
static void exact_values(void) {
    hf_profile p = {HF_RECOVERY_EXPONENTIAL, 3.25, 4.5, {0.5, 0.0}};
    CU_ASSERT_EQUAL(mean_of(&p, 2.0), 0.0);
    CU_ASSERT_EQUAL(mean_of(&p, 3.0), 0.75);
    CU_ASSERT_EQUAL(mean_of(&p, 4.0), 1.0);
    CU_ASSERT_EQUAL(mean_of(&p, 6.0), 1.0);
    CU_ASSERT_EQUAL(mean_of(&p, 11.0), 0.0);
    hf_profile nothing = {HF_RECOVERY_EXPONENTIAL, 3.25, 0.0, {0.0, 0.0}};
    CU_ASSERT_EQUAL(mean_of(&nothing, 3.0), 0.0);
    CU_ASSERT_EQUAL(hf_profile_end(&nothing), 3.25);
}

static void random_profiles(void) {
    hf_pcg64 rng = hf_pcg64_seeded(20260131, 1);
    for (int i = 0; i < 150; i++) {
        hf_profile p = {.recovery = (hf_recovery)(i % 4)};
        p.onset = 100.0 * hf_pcg64_uniform(&rng);
        p.duration = i % 3 ? -3.0 * log(hf_pcg64_uniform(&rng)) : 0.0;
        p.parameter[0] = pow(10.0, 4.0 * hf_pcg64_uniform(&rng) - 2.0);
        p.parameter[1] = pow(10.0, 3.0 * hf_pcg64_uniform(&rng) - 1.0);
        check(&p);
    }
}

/* Together, profiles have the means that each has alone, whatever their forms. */
static void together(void) {
    hf_profile profiles[HF_MOST_EVENTS];
    double means[HF_MOST_EVENTS][HF_SPAN_WEEKS], alone[1][HF_SPAN_WEEKS];
    uint8_t felt[HF_MOST_EVENTS], felt_alone;
    const hf_loops *loops = hf_loops_fastest();
    hf_pcg64 rng = hf_pcg64_seeded(20260131, 2);
    for (int i = 0; i < HF_MOST_EVENTS; i++)
        profiles[i] = (hf_profile){
            (hf_recovery)(i % 4),
            30.0 * hf_pcg64_uniform(&rng),
            20.0 * hf_pcg64_uniform(&rng),
            {4.0 * hf_pcg64_uniform(&rng), i < 8 ? 0.0 : 80.0 * hf_pcg64_uniform(&rng)}};
    loops->profile_means(24.0, HF_MOST_EVENTS, profiles, means, felt);
    for (int i = 0; i < HF_MOST_EVENTS; i++) {
        loops->profile_means(24.0, 1, &profiles[i], alone, &felt_alone);
        CU_ASSERT(!memcmp(means[i], alone[0], sizeof alone[0]) && felt[i] == felt_alone);
    }
}

HF_TEST_MAIN("profile", HF_CASE(step_ends_at_once), HF_CASE(linear), HF_CASE(exponential),
             HF_CASE(logistic), HF_CASE(long_recoveries), HF_CASE(no_width), HF_CASE(exact_values),
             HF_CASE(random_profiles), HF_CASE(together))
