/* Own points that are counted first, against theory: conditional laws of counts, of their split and
 * of times, and what weights make of them: the plain law. Seeds are fixed: a run passes always or
 * never. Bounds are 4.5 standard errors, so that another seed fails a right program once in 1000
 * runs (some 140 comparisons at 7e-6 each). */
#include "rng/distribution.h"
#include "shock/counts.h"
#include "shock/sampled.h"
#include "shock_job.h"
#include "shock_plan.h"
#include <math.h>

#define N_LANES  64
#define N_TRIALS 65536
#define SEED     20260131
#define LIMIT    4.5
#define WEEKS    104

static void within(const char *what, double found, double expected, double standard_error) {
    double z = (found - expected) / standard_error;
    printf("\n    %s: %.6g, expected %.6g, z = %+.2f", what, found, expected, z);
    CU_ASSERT(fabs(z) < LIMIT);
}

/* ---- a world and its trials ---- */

enum { SEASONAL, FRAIL, RANDOM, FRAIL_APART, PLAIN, N_HAZARDS };
static const double per_year[N_HAZARDS] = {0.6, 0.4, 0.3, 0.5, 1.5};
static const double sigmas[N_HAZARDS] = {[FRAIL] = 0.4, [FRAIL_APART] = 0.3};
static const double season_starts[] = {4.0, 50.0, 100.0}, season_ends[] = {20.0, 66.0, 104.0};
#define SHAPE        2.0
#define SEASON_WEEKS 36.0
#define SEASON_GAIN  3.0

/* Events have no length: all points strike. Both frail hazards share a factor. */
static hf_plan *world(void) {
    hf_plan *plan = shock_plan(WEEKS, 0, 0, N_HAZARDS);
    for (int h = 0; h < N_HAZARDS; h++) {
        hf_plan_hazard *hazard = &plan->hazards[h];
        hazard->per_year = hf_constant(per_year[h]);
        hazard->duration = hf_constant(0.0);
        hazard->frail = sigmas[h] > 0.0;
        hazard->frailty_entity = hf_hash_id("decade");
        hazard->frailty_sigma = sigmas[h];
    }
    plan->policy = "baseline";
    plan->hazards[RANDOM].per_year = (hf_distribution){
        .family = HF_GAMMA, .parameter = {SHAPE, per_year[RANDOM] / SHAPE}, .times = 1.0};
    plan->hazards[SEASONAL].seasonal = true;
    plan->hazards[SEASONAL].season_gain = SEASON_GAIN;
    plan->hazards[SEASONAL].n_seasons = 3;
    plan->hazards[SEASONAL].season_start = season_starts;
    plan->hazards[SEASONAL].season_end = season_ends;
    return plan;
}

/* Mean own points of a hazard. */
static double mean_points(int h) {
    return h == SEASONAL ? per_year[h] * SEASON_GAIN * SEASON_WEEKS / 52.0
                         : per_year[h] * WEEKS / 52.0;
}

/* Own points that trial `trial` expects of hazard h, drawn here once more. */
static double trial_points(const hf_plan *plan, int h, uint64_t trial) {
    const hf_plan_hazard *hazard = &plan->hazards[h];
    hf_key key = hf_key_trial(SEED, trial);
    hf_pcg64 rate = hf_stream64(key, hazard->entity, HF_PURPOSE_RATE, 0);
    hf_pcg64 normal = hf_stream64(key, hazard->frailty_entity, HF_PURPOSE_FRAILTY, 0);
    double z = hf_normal_quantile(hf_pcg64_uniform(&normal)), sigma = sigmas[h];
    double points = mean_points(h) * exp(sigma * z - 0.5 * sigma * sigma);
    return h == RANDOM ? hf_distribution_sample(&hazard->per_year, &rate) * WEEKS / 52.0 : points;
}

/* What N_TRIALS trials did. */
typedef struct hazard_run {
    hf_plan *plan;
    hf_design *design;
    double *weights;    /* [N_TRIALS] */
    hf_event_log *logs; /* [N_TRIALS] */
} hazard_run;

static hazard_run run_design(const hf_job *job) {
    hf_plan *plan = world();
    hazard_run run = {plan, shock_design(job, plan), HF_NEW(N_TRIALS, double),
                      HF_NEW(N_TRIALS, hf_event_log)};
    hf_sampler *sampler = hf_sampler_create(plan, N_LANES);
    hf_factors *factors = hf_factors_create(plan, N_LANES);
    hf_sampler_set_design(sampler, run.design);
    for (int first = 0; first < N_TRIALS; first += N_LANES) {
        for (int lane = 0; lane < N_LANES; lane++)
            hf_sampler_watch(sampler, lane, &run.logs[first + lane]);
        hf_sampler_start(sampler, SEED, (uint64_t)first);
        memcpy(run.weights + first, hf_sampler_weights(sampler), N_LANES * sizeof(double));
        for (int week = 0; week < WEEKS; week++)
            hf_sampler_week(sampler, week, factors);
    }
    hf_factors_destroy(factors);
    hf_sampler_destroy(sampler);
    return run;
}

static void clear(hazard_run *run) {
    for (int i = 0; i < N_TRIALS; i++)
        hf_event_log_clear(&run->logs[i]);
    hf_free(run->logs);
    hf_free(run->weights);
    hf_design_destroy(run->design);
    shock_plan_destroy(run->plan);
}

static int count(const hazard_run *run, int trial, int h) {
    int n = 0;
    for (int i = 0; i < run->logs[trial].n; i++)
        n += run->logs[trial].events[i].hazard == h;
    return n;
}

/* Three hazards in strata, one of them tilted; one tilted beside them. */
static const char *strata_hazards[] = {"H0", "H1", "H2"}, *tilt_hazards[] = {"H1", "H3"};
static const int table[] = {3, 3, 2};
static const double tilts[] = {1.8, 1.5};

static hf_job full_job(void) {
    hf_job job = shock_job();
    shock_strata(&job, 3, strata_hazards, 3, table);
    shock_tilts(&job, 2, tilt_hazards, tilts);
    return job;
}

static double tilt_of(int h) {
    return h == FRAIL ? tilts[0] : h == FRAIL_APART ? tilts[1] : 1.0;
}

/* ---- the law given the stratum ---- */

static double poisson_mass(double mean, int k) {
    return exp(k * log(mean) - mean - lgamma(k + 1.0));
}

/* Sums of differences from what was to be expected trial by trial, and of their variances. */
typedef struct score {
    double off, variance;
} score;

static void add_score(score *s, double found, double p, double n) {
    s->off += found - n * p;
    s->variance += n * p * (1.0 - p);
}

/* Totals are the stratum's, and Poisson from 2 on in the last; they are split by tilted rates; what
 * is tilted alone is Poisson. */
static void counts_given_strata(void) {
    static const char *const names[] = {"seasonal of them", "frail of them", "random of them"};
    hf_job job = full_job();
    hazard_run run = run_design(&job);
    score totals[4] = {{0}}, parts[3] = {{0}}, apart[4] = {{0}};
    for (int trial = 0; trial < N_TRIALS; trial++) {
        double mean = 0.0, part[3], lone = tilts[1] * trial_points(run.plan, 3, (uint64_t)trial);
        int n[4], total = 0, stratum = trial % 8 < 3 ? 0 : trial % 8 < 6 ? 1 : 2;
        for (int h = 0; h < 3; h++)
            mean += part[h] = tilt_of(h) * trial_points(run.plan, h, (uint64_t)trial);
        for (int h = 0; h < 4; h++)
            n[h] = count(&run, trial, h);
        total = n[0] + n[1] + n[2];
        CU_ASSERT_EQUAL(hf_design_stratum(run.design, (uint64_t)trial), stratum);
        CU_ASSERT(stratum < 2 ? total == stratum : total >= 2);
        double beyond = 1.0 - poisson_mass(mean, 0) - poisson_mass(mean, 1);
        for (int k = 0; k < 4 && stratum == 2; k++)
            add_score(&totals[k], total == k + 2, poisson_mass(mean, k + 2) / beyond, 1.0);
        for (int h = 0; h < 3; h++)
            add_score(&parts[h], n[h], part[h] / mean, total);
        for (int k = 0; k < 4; k++)
            add_score(&apart[k], n[3] == k, poisson_mass(lone, k), 1.0);
    }
    for (int k = 0; k < 4; k++) {
        within("totals of 2 + k", totals[k].off, 0.0, sqrt(totals[k].variance));
        within("tilted alone, k", apart[k].off, 0.0, sqrt(apart[k].variance));
    }
    for (int h = 0; h < 3; h++)
        within(names[h], parts[h].off, 0.0, sqrt(parts[h].variance));
    clear(&run);
}

/* Weeks of season before `time`, over all of them. */
static double passed(int h, double time) {
    double weeks = 0.0;
    if (h != SEASONAL)
        return time / WEEKS;
    for (int i = 0; i < 3; i++)
        weeks += fmax(fmin(time, season_ends[i]) - season_starts[i], 0.0);
    return weeks / SEASON_WEEKS;
}

/* E[V^k] of the j-th smallest of n uniforms. */
static double order_moment(int n, int j, int k) {
    double moment = 1.0;
    for (int i = 0; i < k; i++)
        moment *= (double)(j + i) / (n + 1 + i);
    return moment;
}

/* Given n points, times are n ordered uniforms: V_j of (n, j), its square, and V_1 V_2 of n = 2. */
static void check_times(const hazard_run *run, int h) {
    double sums[4][4] = {{0}}, squares[4][4] = {{0}}, n_trials[4] = {0}, products = 0.0;
    for (int trial = 0; trial < N_TRIALS; trial++) {
        double v[4];
        int n = count(run, trial, h), j = 0;
        if (n < 1 || n > 3)
            continue;
        for (int i = 0; i < run->logs[trial].n; i++) {
            const hf_event *event = &run->logs[trial].events[i];
            if (event->hazard != h)
                continue;
            v[++j] = passed(h, event->onset);
            sums[n][j] += v[j];
            squares[n][j] += v[j] * v[j];
        }
        products += n == 2 ? v[1] * v[2] : 0.0;
        n_trials[n] += 1.0;
    }
    for (int n = 1; n <= 3; n++)
        for (int j = 1; j <= n; j++) {
            double first = order_moment(n, j, 1), second = order_moment(n, j, 2);
            double fourth = order_moment(n, j, 4), m = n_trials[n];
            within("time", sums[n][j] / m, first, sqrt((second - first * first) / m));
            within("  square", squares[n][j] / m, second, sqrt((fourth - second * second) / m));
        }
    within("product", products / n_trials[2], 0.25, sqrt((1.0 / 9.0 - 0.0625) / n_trials[2]));
}

static void times_given_counts(void) {
    hf_job job = full_job();
    hazard_run run = run_design(&job);
    for (int h = 0; h <= FRAIL_APART; h++)
        check_times(&run, h);
    clear(&run);
}

/* ---- weights ---- */

/* A weighted mean against its expectation; the unit is the period. */
static void weighted(const char *what, const hazard_run *run, const double *x, double expected) {
    double sum = 0.0, squares = 0.0, n = N_TRIALS / 8.0;
    for (int t = 0; t < N_TRIALS; t += 8) {
        double unit = 0.0;
        for (int i = t; i < t + 8; i++)
            unit += run->weights[i] * x[i] / 8.0;
        sum += unit;
        squares += unit * unit;
    }
    double mean = sum / n;
    within(what, mean, expected, sqrt((squares / n - mean * mean) / n));
}

/* E[L_a L_b]. */
static double mean_product(int a, int b) {
    double product = mean_points(a) * mean_points(b);
    if (a == RANDOM && b == RANDOM)
        return product * (1.0 + 1.0 / SHAPE);
    return product * exp(sigmas[a] * sigmas[b]);
}

/* E[rate times the integral of t over the season]. */
static double mean_times(int h) {
    double sum = 0.0;
    if (h != SEASONAL)
        return mean_points(h) * WEEKS / 2.0;
    for (int i = 0; i < 3; i++)
        sum += 0.5 * (season_ends[i] * season_ends[i] - season_starts[i] * season_starts[i]);
    return mean_points(h) * sum / SEASON_WEEKS;
}

static void check_times_of(const hazard_run *run, int h, double *x) {
    for (int t = 0; t < N_TRIALS; t++) {
        x[t] = 0.0;
        for (int i = 0; i < run->logs[t].n; i++)
            x[t] += run->logs[t].events[i].hazard == h ? run->logs[t].events[i].onset : 0.0;
    }
    weighted("  times", run, x, mean_times(h));
}

/* What the plain sampler's points come to. */
static void check_plain_law(const hf_job *job) {
    hazard_run run = run_design(job);
    double *x = HF_NEW(N_TRIALS, double), *n = HF_NEW(N_HAZARDS * N_TRIALS, double);
    for (int i = 0; i < N_HAZARDS * N_TRIALS; i++)
        n[i] = count(&run, i % N_TRIALS, i / N_TRIALS);
    for (int t = 0; t < N_TRIALS; t++) {
        x[t] = 1.0;
        CU_ASSERT(run.weights[t] >= 0.0 &&
                  run.weights[t] * 0x1p48 == floor(run.weights[t] * 0x1p48));
    }
    weighted("weights", &run, x, 1.0);
    for (int a = 0; a < N_HAZARDS; a++) {
        weighted("points", &run, n + (size_t)a * N_TRIALS, mean_points(a));
        check_times_of(&run, a, x);
        for (int b = a; b < N_HAZARDS; b++) {
            for (int t = 0; t < N_TRIALS; t++)
                x[t] = n[a * N_TRIALS + t] * (n[b * N_TRIALS + t] - (a == b ? 1.0 : 0.0));
            weighted("  pairs", &run, x, mean_product(a, b));
        }
    }
    hf_free(x);
    hf_free(n);
    clear(&run);
}

static void strata_and_tilts_weigh(void) {
    hf_job job = full_job();
    check_plain_law(&job);
}

static void strata_alone_weigh(void) {
    hf_job job = full_job();
    job.sampling.n_tilts = 0;
    check_plain_law(&job);
}

static void tilts_alone_weigh(void) {
    static const double down_and_up[] = {0.7, 1.4};
    hf_job job = full_job();
    job.sampling.n_strata_hazards = 0;
    job.sampling.tilts = down_and_up;
    check_plain_law(&job);
}

/* Beyond the series the open stratum is all there is: Poisson counts, and its weight is 1/share. */
static void many_points(void) {
    enum { N = 2000 };
    hf_counted counted = {.in_strata = true, .tilt = 1.0};
    hf_design design = {.n_strata = 2, .shares = {0.5, 0.5}, .n_counted = 1, .counted = &counted};
    double expected = HF_COUNTS_SERIES + 100.0, sum = 0.0, squares = 0.0;
    for (uint64_t trial = 0; trial < N; trial++) {
        double n, weight = hf_counts_draw(&design, hf_key_trial(SEED, trial), 1, &expected, &n);
        CU_ASSERT_EQUAL(weight, 2.0);
        sum += n - expected;
        squares += (n - expected) * (n - expected);
    }
    within("many points", sum / N, 0.0, sqrt(expected / N));
    within("their variance", squares / N, expected, expected * sqrt(2.0 / N));
}

/* ---- the effective fraction ---- */

static void effective_is_found(void) {
    for (int k = 0; k < 3; k++) {
        hf_job job = full_job();
        if (k == 1)
            job.sampling.n_tilts = 0;
        if (k == 2)
            job.sampling.n_strata_hazards = 0;
        hazard_run run = run_design(&job);
        double forecast = hf_design_effective(run.design, run.plan, SEED);
        printf("\n    effective fraction %.4f", forecast);
        weighted("second moment", &run, run.weights, 1.0 / forecast);
        clear(&run);
    }
}

/* Sum of mean^n/n! over the stratum, by the letter. */
static double mass(double mean, int stratum, int last) {
    double sum = 0.0;
    for (int n = stratum; n <= (stratum == last ? 60 : stratum); n++)
        sum += pow(mean, n) / tgamma(n + 1.0);
    return sum;
}

/* Where nothing is random, the formula of src/shock/effective.c to the letter. */
static void effective_by_the_letter(void) {
    static const char *hazards[] = {"H0", "H4"}, *tilted[] = {"H0"};
    static const double theta[] = {3.0};
    hf_job job = shock_job();
    hf_plan *plan = world();
    shock_strata(&job, 2, hazards, 3, table);
    shock_tilts(&job, 1, tilted, theta);
    hf_design *design = shock_design(&job, plan);
    double l0 = mean_points(0), l4 = mean_points(4), a = 3.0 * l0 + l4, b = l0 / 3.0 + l4;
    double c = 2.0 * l0, sum = 0.0;
    for (int s = 0; s < 3; s++)
        sum += exp(-a) * mass(a, s, 2) * 8.0 / table[s] * exp(2.0 * c - a) * mass(b, s, 2);
    CU_ASSERT_DOUBLE_EQUAL(hf_design_effective(design, plan, 1) * sum, 1.0, 1e-12);
    hf_design_destroy(design);
    job.sampling.n_strata_hazards = 0;
    design = shock_design(&job, plan);
    CU_ASSERT_DOUBLE_EQUAL(hf_design_effective(design, plan, 1), exp(-l0 * 4.0 / 3.0), 1e-12);
    hf_design_destroy(design);
    shock_plan_destroy(plan);
}

/* Also where it is tiny: nothing is what is left of 1. */
static void masses(void) {
    for (double mean = 1e-15; mean < 40.0; mean *= 7.0)
        for (int last = 1; last < 8; last++)
            for (int s = 0; s <= last; s++) {
                double expected = log(mass(mean, s, last));
                double found = hf_counts_log_mass(mean, s, last);
                CU_ASSERT_DOUBLE_EQUAL(found, expected, 2e-15 * (10.0 + fabs(expected)));
            }
    CU_ASSERT_DOUBLE_EQUAL(hf_counts_log_mass(499.0, 3, 3), 499.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(hf_counts_log_mass(501.0, 3, 3), 501.0, 1e-12);
    CU_ASSERT_EQUAL(hf_counts_log_mass(0.0, 0, 2), 0.0);
    CU_ASSERT_EQUAL(hf_exp(hf_counts_log_mass(0.0, 1, 2)), hf_exp(-700.0));
}

HF_TEST_MAIN("counted", HF_CASE(counts_given_strata), HF_CASE(times_given_counts),
             HF_CASE(strata_and_tilts_weigh), HF_CASE(strata_alone_weigh),
             HF_CASE(tilts_alone_weigh), HF_CASE(many_points), HF_CASE(effective_is_found),
             HF_CASE(effective_by_the_letter), HF_CASE(masses))
