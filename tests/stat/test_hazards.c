/* Points, thinning, triggers and picks of hazards against theory (inputs/README.md 2, Points).
 * Seeds are fixed: a run passes always or never. Bounds are 4.5 standard errors (chi-squares by
 * Wilson and Hilferty), so that another seed fails a right program once in 4000 runs (some 40
 * comparisons at 7e-6 each). */
#include "rng/distribution.h"
#include "shock/sampled.h"
#include "shock_plan.h"
#include "unit/hf_cunit.h"
#include <math.h>

#define N_LANES  64
#define N_TRIALS 32768
#define SEED     20260131
#define LIMIT    4.5

/* What N_TRIALS trials did. */
typedef struct hazard_run {
    hf_plan *plan;           /* given to the run */
    double *events, *active; /* [n_hazards][N_TRIALS] */
    hf_event_log *logs;      /* [N_TRIALS] */
} hazard_run;

static void run_batch(hazard_run *run, hf_sampler *sampler, hf_factors *factors, int first) {
    const hf_plan *plan = run->plan;
    for (int lane = 0; lane < N_LANES; lane++)
        hf_sampler_watch(sampler, lane, &run->logs[first + lane]);
    hf_sampler_start(sampler, SEED, (uint64_t)first);
    for (int week = 0; week < plan->n_weeks; week++)
        hf_sampler_week(sampler, week, factors);
    for (int h = 0; h < plan->n_hazards; h++) {
        size_t from = (size_t)h * N_LANES, to = (size_t)h * N_TRIALS + (size_t)first;
        memcpy(run->events + to, hf_sampler_event_counts(sampler) + from, N_LANES * sizeof(double));
        memcpy(run->active + to, hf_sampler_active_weeks(sampler) + from, N_LANES * sizeof(double));
    }
}

static hazard_run run_hazards(hf_plan *plan) {
    size_t n = (size_t)plan->n_hazards * N_TRIALS;
    hazard_run run = {plan, HF_NEW(n, double), HF_NEW(n, double), HF_NEW(N_TRIALS, hf_event_log)};
    hf_sampler *sampler = hf_sampler_create(plan, N_LANES);
    hf_factors *factors = hf_factors_create(plan, N_LANES);
    for (int first = 0; first < N_TRIALS; first += N_LANES)
        run_batch(&run, sampler, factors, first);
    hf_factors_destroy(factors);
    hf_sampler_destroy(sampler);
    return run;
}

static void clear(hazard_run *run) {
    for (int i = 0; i < N_TRIALS; i++)
        hf_event_log_clear(&run->logs[i]);
    hf_free(run->logs);
    hf_free(run->events);
    hf_free(run->active);
    shock_plan_destroy(run->plan);
}

/* Calls `event` each event of hazard `h`. */
#define EACH_EVENT(run, h)                                                                         \
    for (int i_ = 0; i_ < N_TRIALS; i_++)                                                          \
        for (const hf_event *event = (run).logs[i_].events;                                        \
             event < (run).logs[i_].events + (run).logs[i_].n; event++)                            \
            if (event->hazard == (h))

/* ---- comparisons ---- */

static void within(const char *what, double found, double expected, double standard_error) {
    double z = (found - expected) / standard_error;
    printf("\n    %s: %.6g, expected %.6g, z = %+.2f", what, found, expected, z);
    CU_ASSERT(fabs(z) < LIMIT);
}

static double mean(const double *x, int n) {
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    return sum / n;
}

/* Mean of (x - x0)(y - y0) and its standard error from the sample itself. */
static double covariance(const double *x, const double *y, double x0, double y0, double *error) {
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < N_TRIALS; i++) {
        double product = (x[i] - x0) * (y[i] - y0);
        sum += product;
        squares += product * product;
    }
    double average = sum / N_TRIALS;
    *error = sqrt((squares / N_TRIALS - average * average) / N_TRIALS);
    return average;
}

/* Counts with known mean and variance. */
static void check_moments(const double *counts, double expected, double variance) {
    double error, found = covariance(counts, counts, expected, expected, &error);
    within("mean", mean(counts, N_TRIALS), expected, sqrt(variance / N_TRIALS));
    within("variance", found, variance, error);
}

static void check_chi_square(const char *what, double chi_square, int degrees) {
    double k = degrees, spread = 2.0 / (9.0 * k);
    double z = (cbrt(chi_square / k) - (1.0 - spread)) / sqrt(spread);
    printf("\n    %s: chi-square %.2f, %d degrees, z = %+.2f", what, chi_square, degrees, z);
    CU_ASSERT(fabs(z) < LIMIT);
}

static double poisson_mass(double lambda, int k) {
    return exp(k * log(lambda) - lambda - lgamma(k + 1.0));
}

static double poisson_tail(double lambda, int from) {
    double below = 0.0;
    for (int k = 0; k < from && lambda > 0.0; k++)
        below += poisson_mass(lambda, k);
    return lambda > 0.0 ? 1.0 - below : from == 0;
}

/* ---- arrivals ---- */

static void poisson_counts(void) {
    enum { BINS = 16 };
    hf_plan *plan = shock_plan(104, 0, 0, 1);
    plan->hazards[0].per_year = hf_constant(3.0);
    hazard_run run = run_hazards(plan);
    double m = 6.0, observed[BINS] = {0}, chi_square = 0.0, sum = 0.0, n = 0.0, fractions = 0.0;
    check_moments(run.events, m, m);
    for (int i = 0; i < N_TRIALS; i++) {
        CU_ASSERT_EQUAL(run.events[i], run.logs[i].n);
        observed[run.logs[i].n < BINS ? run.logs[i].n : BINS - 1] += 1.0;
    }
    for (int k = 0; k < BINS; k++) {
        double e = N_TRIALS * (k < BINS - 1 ? poisson_mass(m, k) : poisson_tail(m, k));
        chi_square += (observed[k] - e) * (observed[k] - e) / e;
    }
    check_chi_square("counts", chi_square, BINS - 1);
    EACH_EVENT(run, 0) {
        CU_ASSERT(event->onset >= 0.0 && event->onset < 104.0 && event->end == event->onset);
        sum += event->onset;
        fractions += event->onset - floor(event->onset);
        n += 1.0;
    }
    within("mean onset", sum / n, 52.0, 104.0 / sqrt(12.0 * n));
    within("mean part of a week", fractions / n, 0.5, 1.0 / sqrt(12.0 * n));
    CU_ASSERT_EQUAL(mean(run.active, N_TRIALS), 0.0);
    clear(&run);
}

/* Points while active do not strike: n events need n exponential gaps and n - 1 durations within
 * T, so P(N >= n) = P(Poisson(rate (T - (n - 1) d)) >= n); in the long run rate/(1 + rate d). */
static void thinning(void) {
    double weeks = 208.0, d = 5.5, rate = 6.0 / 52.0, first = 0.0, second = 0.0;
    for (int n = 1; n <= (int)(weeks / d) + 1; n++) {
        double tail = poisson_tail(rate * (weeks - (n - 1) * d), n);
        first += tail;
        second += (2.0 * n - 1.0) * tail;
    }
    hf_plan *plan = shock_plan((int)weeks, 0, 0, 1);
    plan->hazards[0].per_year = hf_constant(6.0);
    plan->hazards[0].duration = hf_constant(d);
    hazard_run run = run_hazards(plan);
    printf("\n    long run %.4f", weeks * rate / (1.0 + rate * d));
    check_moments(run.events, first, second - first * first);
    clear(&run);
}

/* A gamma rate makes the count negative binomial. */
static void random_rate(void) {
    double shape = 2.0, scale = 1.5, years = 2.0, m = shape * scale * years;
    hf_plan *plan = shock_plan(104, 0, 0, 1);
    plan->hazards[0].per_year =
        (hf_distribution){.family = HF_GAMMA, .parameter = {shape, scale}, .times = 1.0};
    hazard_run run = run_hazards(plan);
    check_moments(run.events, m, m + m * m / shape);
    double none = 0.0, expected = pow(1.0 + scale * years, -shape);
    for (int i = 0; i < N_TRIALS; i++)
        none += run.events[i] == 0.0 ? 1.0 / N_TRIALS : 0.0;
    within("no event", none, expected, sqrt(expected * (1.0 - expected) / N_TRIALS));
    clear(&run);
}

/* exp(sigma Z - sigma^2/2) keeps the mean and adds m^2 (e^(sigma^2) - 1); hazards with one factor
 * come together, with another they do not. */
static void frailty(void) {
    double m = 4.0, sigmas[3] = {0.6, 0.8, 0.8}, error;
    hf_plan *plan = shock_plan(104, 0, 0, 3);
    for (int h = 0; h < 3; h++) {
        plan->hazards[h].per_year = hf_constant(2.0);
        plan->hazards[h].frail = true;
        plan->hazards[h].frailty_entity = hf_hash_id(h < 2 ? "shared" : "alone");
        plan->hazards[h].frailty_sigma = sigmas[h];
    }
    hazard_run run = run_hazards(plan);
    const double *a = run.events, *b = a + N_TRIALS, *c = b + N_TRIALS;
    for (int h = 0; h < 3; h++)
        check_moments(run.events + (size_t)h * N_TRIALS, m,
                      m + m * m * expm1(sigmas[h] * sigmas[h]));
    double found = covariance(a, b, m, m, &error);
    within("shared", found, m * m * expm1(sigmas[0] * sigmas[1]), error);
    found = covariance(a, c, m, m, &error);
    within("apart", found, 0.0, error);
    clear(&run);
}

/* All in season, uniform over it, and as many a year as without one. */
static void seasons(void) {
    static const double starts[] = {0.0, 40.0, 92.0}, ends[] = {1.0, 53.0, 104.0};
    hf_plan *plan = shock_plan(104, 0, 0, 1);
    hf_plan_hazard *hazard = &plan->hazards[0];
    *hazard = (hf_plan_hazard){.id = hazard->id, .entity = hazard->entity, .present = true};
    hazard->per_year = hf_constant(5.0);
    hazard->duration = hazard->severity = hf_constant(0.0);
    hazard->seasonal = true;
    hazard->season_gain = 4.0;
    hazard->n_seasons = 3;
    hazard->season_start = starts;
    hazard->season_end = ends;
    hazard_run run = run_hazards(plan);
    double m = 5.0 * 4.0 * 26.0 / 52.0, counts[3] = {0}, sum = 0.0;
    check_moments(run.events, m, m);
    EACH_EVENT(run, 0) {
        int season = event->onset < 2.0 ? 0 : event->onset < 60.0 ? 1 : 2;
        CU_ASSERT(event->onset >= starts[season] && event->onset < ends[season]);
        counts[season] += 1.0;
        sum += season == 1 ? event->onset : 0.0;
    }
    for (int k = 0; k < 3; k++) {
        double e = N_TRIALS * 20.0 / 52.0 * (ends[k] - starts[k]);
        within("of a season", counts[k], e, sqrt(e));
    }
    within("within a season", sum / counts[1], 46.5, 13.0 / sqrt(12.0 * counts[1]));
    clear(&run);
}

/* On and off: with 0.02 a week off, with 0.2 a week back. 18.5868 weeks off of 208, none with
 * 0.0149632 (the recovery week makes it the two-state chain to the letter). */
static void bernoulli_availability(void) {
    hf_plan *plan = shock_plan(208, 1, 0, 1);
    hf_plan_hazard *hazard = &plan->hazards[0];
    hazard->arrival = HF_BERNOULLI_POINTS;
    hazard->probability = 0.02;
    hazard->duration = (hf_distribution){.family = HF_GEOMETRIC, .parameter = {0.2}, .times = 1.0};
    hazard_run run = run_hazards(plan);
    double error, none = 0.0;
    covariance(run.active, run.active, 18.5868, 18.5868, &error);
    double average = mean(run.active, N_TRIALS);
    double spread = sqrt(covariance(run.active, run.active, average, average, &error));
    within("weeks off", average, 18.5868, spread / sqrt(N_TRIALS));
    for (int i = 0; i < N_TRIALS; i++)
        none += run.events[i] == 0.0 ? 1.0 / N_TRIALS : 0.0;
    within("no outage", none, 0.0149632, sqrt(0.0149632 * (1.0 - 0.0149632) / N_TRIALS));
    /* An outage needs a week on: E = 0.02 x E[weeks that begin on], 208 less p(-1) .. p(206). */
    double starts = 0.0, off = 0.0;
    for (int t = 0; t < 208; t++) {
        starts += 0.02 * (1.0 - off);
        off = off * 0.8 + (1.0 - off) * 0.02;
    }
    average = mean(run.events, N_TRIALS);
    spread = sqrt(covariance(run.events, run.events, average, average, &error));
    within("outages", average, starts, spread / sqrt(N_TRIALS));
    EACH_EVENT(run, 0) CU_ASSERT(event->onset == floor(event->onset));
    clear(&run);
}

/* ---- triggers ---- */

/* With its probability, after its lag, each on its own. */
static void trigger_draws(void) {
    static const double weeks[] = {10.5};
    hf_plan *plan = shock_plan(300, 0, 0, 3);
    plan->hazards[0].arrival = HF_SCHEDULED_POINTS;
    plan->hazards[0].n_scheduled = 1;
    plan->hazards[0].scheduled = weeks;
    hf_plan_trigger *triggers = HF_ARENA_NEW(plan->arena, 2, hf_plan_trigger);
    triggers[0] =
        (hf_plan_trigger){1, 0.3, {.family = HF_EXPONENTIAL, .parameter = {6.0}, .times = 1.0}};
    triggers[1] = (hf_plan_trigger){2, 0.6, hf_constant(-1.0)}; /* clipped: at once */
    plan->hazards[0].triggers = triggers;
    plan->hazards[0].n_triggers = 2;
    hazard_run run = run_hazards(plan);
    double root = sqrt(N_TRIALS), lags = 0.0, squares = 0.0, both = 0.0;
    double n = N_TRIALS * mean(run.events + N_TRIALS, N_TRIALS);
    within("struck", n / N_TRIALS, 0.3, sqrt(0.21) / root);
    within("struck", mean(run.events + 2 * N_TRIALS, N_TRIALS), 0.6, sqrt(0.24) / root);
    for (int i = 0; i < N_TRIALS; i++)
        both += run.events[N_TRIALS + i] * run.events[2 * N_TRIALS + i] / N_TRIALS;
    within("struck both", both, 0.18, sqrt(0.18 * 0.82) / root);
    EACH_EVENT(run, 1) {
        CU_ASSERT(event->triggered);
        lags += event->onset - 10.5;
        squares += (event->onset - 10.5) * (event->onset - 10.5);
    }
    within("mean lag", lags / n, 6.0, 6.0 / sqrt(n));
    within("mean squared lag", squares / n, 72.0, sqrt(20.0) * 36.0 / sqrt(n));
    EACH_EVENT(run, 2) CU_ASSERT(event->triggered && event->onset == 10.5);
    EACH_EVENT(run, 0) CU_ASSERT(!event->triggered);
    clear(&run);
}

/* ---- what they hit ---- */

/* Targets by their weights, the one without weight never, and for each event anew; effects of one
 * event pick each for itself. */
static void picks(void) {
    static const double cumulative[] = {0.5, 0.8, 0.8, 1.0}, shares[] = {0.5, 0.3, 0.0, 0.2};
    hf_plan *plan = shock_plan(20, 4, 0, 1);
    plan->hazards[0].per_year = hf_constant(10.0);
    hf_plan_effect *effects = shock_effects(plan, 0, 2);
    for (int k = 0; k < 2; k++) {
        shock_effect(plan, &effects[k], HF_CAPACITY, 4);
        effects[k].pick_one = true;
        effects[k].cumulative = cumulative;
    }
    hazard_run run = run_hazards(plan);
    double counts[4] = {0}, n = 0.0, same = 0.0, chi_square = 0.0;
    EACH_EVENT(run, 0) {
        int pick = hf_event_pick(event->key, &effects[0], 0);
        counts[pick] += 1.0;
        same += pick == hf_event_pick(event->key, &effects[1], 1) ? 1.0 : 0.0;
        n += 1.0;
    }
    for (int k = 0; k < 4; k++)
        chi_square +=
            k == 2 ? 0.0
                   : (counts[k] - n * shares[k]) * (counts[k] - n * shares[k]) / (n * shares[k]);
    CU_ASSERT_EQUAL(counts[2], 0.0);
    check_chi_square("picks", chi_square, 2);
    within("both the same", same / n, 0.38, sqrt(0.38 * 0.62 / n));
    clear(&run);
}

HF_TEST_MAIN("hazards", HF_CASE(poisson_counts), HF_CASE(thinning), HF_CASE(random_rate),
             HF_CASE(frailty), HF_CASE(seasons), HF_CASE(bernoulli_availability),
             HF_CASE(trigger_draws), HF_CASE(picks))
