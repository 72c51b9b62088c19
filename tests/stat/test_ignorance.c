/* Whether ignorance told apart from chance is what it truly is: rates that are gamma, of which all
 * is known, counts that are poisson given the rate or losses that are exponential of that mean. */
#include "base/elementary.h"
#include "stats/nested.h"
#include "unit/hf_cunit.h"
#include "unit/stats_samples.h"

enum { MAX_M = 1000, MAX_K = 1000, SHAPE = 3 };

/* ---- chance ---- */

typedef struct source {
    uint64_t seed, n; /* uniforms taken */
} source;

static double uniform(source *s) {
    return sample_uniform(s->seed, s->n++) + 0x1p-54;
}

/* Gamma of shape 3 and mean 3: mean, variance 3. */
static double draw_rate(source *s) {
    double product = 1.0;
    for (int i = 0; i < SHAPE; i++)
        product *= uniform(s);
    return -hf_log(product);
}

static double poisson(source *s, double rate) {
    double left = hf_exp(-rate), k = -1.0;
    for (double product = 1.0; product > left; k += 1.0)
        product *= uniform(s);
    return k;
}

static double exponential(source *s, double mean) {
    return -mean * hf_log(uniform(s));
}

typedef double chance(source *s, double rate);

/* ---- truths ---- */

/* Variance over rates of what a statistic is at a rate, by 40 000 slices of the gamma's density. */
static double variance_over_rates(double theta(double rate)) {
    double weight = 0.0, sum = 0.0, square = 0.0;
    for (int i = 0; i < 40000; i++) {
        double rate = (i + 0.5) * 1e-3, density = rate * rate * hf_exp(-rate);
        double value = theta(rate);
        weight += density;
        sum += density * value;
        square += density * value * value;
    }
    return square / weight - sum / weight * (sum / weight);
}

/* CVaR .90 of a poisson: q + E(n - q)+ / 0.1. */
static double poisson_cvar90(double rate) {
    double term = hf_exp(-rate), below = term, q = 0.0, beyond = 0.0;
    while (below < 0.9) {
        q += 1.0;
        term *= rate / q;
        below += term;
    }
    for (double n = q + 1.0; n < q + 100.0; n += 1.0) {
        term *= rate / n;
        beyond += (n - q) * term;
    }
    return q + beyond / 0.1;
}

static double identity(double rate) {
    return rate;
}

/* ---- experiments ---- */

typedef struct findings {
    double outer, inner, width; /* means over runs */
    double outer_se;            /* of a gamma of shape 3, whose kurtosis is 5: 2 variances over the
                                   root of all draws, and a tenth more for what is not gamma */
    double seen;                /* part of the runs in which it is */
} findings;

/* n_runs runs of K draws of M trials. */
static findings experiment(uint64_t n_runs, uint64_t n_draws, uint64_t n_inner, int statistic,
                           hf_bad_side side, chance *trial, bool rates_are_known) {
    static hf_halves draws[MAX_K];
    hf_nested nested;
    findings f = {0};
    source s = {.seed = 5000 + 1000 * n_inner + n_draws + (uint64_t)statistic};
    hf_nested_init(&nested, n_inner, false);
    for (uint64_t run = 0; run < n_runs; run++) {
        for (uint64_t g = 0; g < n_draws; g++) {
            double values[MAX_M], rate = rates_are_known ? 3.0 : draw_rate(&s);
            hf_halves halves[HF_N_STATISTICS];
            for (uint64_t i = 0; i < n_inner; i++)
                values[i] = trial(&s, rate);
            hf_nested_estimate(&nested, side, &(hf_kept){n_inner, values, NULL, 0.0}, halves);
            draws[g] = halves[statistic];
        }
        hf_ignorance found = hf_nested_separate(n_draws, draws, 0.95);
        f.outer += found.outer.value / (double)n_runs;
        f.inner += found.inner / (double)n_runs;
        f.width += (found.band_upper - found.band_lower) / (double)n_runs;
        f.seen += hf_ignorance_is_seen(&found) / (double)n_runs;
    }
    double n = (double)(n_runs * n_draws);
    f.outer_se = 2.2 * (hf_max(f.outer, 0.0) + f.inner * (double)n_draws) / hf_sqrt(n);
    return f;
}

/* Prints and judges by 3 standard errors. */
static void expect(const char *what, uint64_t n_runs, uint64_t n_draws, uint64_t n_inner,
                   int statistic, hf_bad_side side, chance *trial, double truth) {
    findings f = experiment(n_runs, n_draws, n_inner, statistic, side, trial, false);
    double off = (f.outer - truth) / f.outer_se;
    printf("\n    %-12s K %4d M %4d: outer variance %8.4f, truth %8.4f, %+5.2f standard errors of "
           "%.1f%%",
           what, (int)n_draws, (int)n_inner, f.outer, truth, off, 100.0 * f.outer_se / truth);
    CU_ASSERT(hf_abs(off) < 3.0);
}

static void the_mean_of_a_poisson(void) {
    static const uint64_t inner[] = {20, 100, 1000};
    CU_ASSERT(hf_abs(variance_over_rates(identity) - 3.0) < 1e-3);
    for (int i = 0; i < 3; i++) {
        uint64_t runs = 300 / (1 + 5 * (uint64_t)i);
        expect("mean", runs, 50, inner[i], HF_MEAN, HF_BAD_HIGH, poisson, 3.0);
        expect("mean", 6, i == 2 ? 300 : 1000, inner[i], HF_MEAN, HF_BAD_HIGH, poisson, 3.0);
    }
    /* what chance adds to the mean of all: rate 3 over all trials */
    findings f = experiment(100, 50, 20, HF_MEAN, HF_BAD_HIGH, poisson, false);
    CU_ASSERT(hf_abs(f.inner / (3.0 / (50.0 * 20.0)) - 1.0) < 0.05);
}

static void cvar_of_a_poisson(void) {
    double truth = variance_over_rates(poisson_cvar90);
    expect("cvar90", 40, 50, 200, HF_CVAR90, HF_BAD_HIGH, poisson, truth);
    expect("cvar90", 3, 500, 200, HF_CVAR90, HF_BAD_HIGH, poisson, truth);
    expect("cvar90", 20, 50, 1000, HF_CVAR90, HF_BAD_HIGH, poisson, truth);
}

/* Of an exponential of mean L all statistics are multiples of L. */
static void statistics_of_an_exponential(void) {
    static const struct {
        const char *what;
        int statistic;
        hf_bad_side side;
        uint64_t n_runs, n_draws, n_inner;
        double over_mean;
    } known[] = {
        {"sd", HF_SD, HF_BAD_HIGH, 60, 50, 100, 1.0},
        {"sd", HF_SD, HF_BAD_HIGH, 4, 1000, 100, 1.0},
        {"q50", HF_Q50, HF_BAD_HIGH, 120, 50, 40, 0x1.62e42fefa39efp-1}, /* ln 2 */
        {"q50", HF_Q50, HF_BAD_HIGH, 6, 1000, 100, 0x1.62e42fefa39efp-1},
        {"q95", HF_Q95, HF_BAD_HIGH, 20, 50, 400, 2.995732273553991}, /* ln 20 */
        {"var90", HF_VAR90, HF_BAD_HIGH, 40, 50, 200, 2.302585092994046},
        {"cvar90", HF_CVAR90, HF_BAD_HIGH, 40, 50, 200, 3.302585092994046},
        {"cvar95", HF_CVAR95, HF_BAD_HIGH, 20, 50, 400, 3.995732273553991},
        /* the worst tenth is near 0: mean of it 1 - 9 ln(10/9) */
        {"cvar90 low", HF_CVAR90, HF_BAD_LOW, 60, 50, 200, 0.05175536407956346},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        expect(known[i].what, known[i].n_runs, known[i].n_draws, known[i].n_inner,
               known[i].statistic, known[i].side, exponential,
               3.0 * known[i].over_mean * known[i].over_mean);
}

/* No rate is random: what is found is noise about 0, and says so. */
static void known_rates_leave_no_ignorance(void) {
    static const int statistics[] = {HF_MEAN, HF_Q50, HF_CVAR90};
    for (int i = 0; i < 3; i++) {
        findings f = experiment(60, 50, 200, statistics[i], HF_BAD_HIGH, exponential, true);
        printf("\n    %-6s with rates known: outer variance %+.2f standard errors, seen in %.0f%%",
               hf_statistic_names[statistics[i]], f.outer / f.outer_se, 100.0 * f.seen);
        CU_ASSERT(hf_abs(f.outer) < 3.0 * f.outer_se);
        CU_ASSERT(f.seen < 0.12);
    }
    findings f = experiment(60, 50, 200, HF_MEAN, HF_BAD_HIGH, exponential, false);
    CU_ASSERT(f.seen > 0.9);
}

/* The band of a mean holds what 95% of the rates do, however few the trials of a draw: from 0.619
 * to 7.225 (gamma of shape 3). */
static void a_band_is_as_wide_as_the_rates(void) {
    findings f = experiment(8, 1000, 20, HF_MEAN, HF_BAD_HIGH, poisson, false);
    printf("\n    band of the mean: width %.3f, truth 6.606", f.width);
    CU_ASSERT(hf_abs(f.width / 6.606 - 1.0) < 0.03);
}

/* The interval of the outer variance, of halves that are normal about gamma rates. */
static void intervals_cover_with_many_draws(void) {
    static hf_halves draws[MAX_K];
    source s = {.seed = 77};
    int covered = 0, n_runs = 300;
    for (int run = 0; run < n_runs; run++) {
        for (int g = 0; g < MAX_K; g++) {
            double rate = draw_rate(&s);
            draws[g].first = rate + hf_normal_quantile(uniform(&s));
            draws[g].second = rate + hf_normal_quantile(uniform(&s));
        }
        hf_ignorance found = hf_nested_separate(MAX_K, draws, 0.95);
        covered += found.outer.lower <= 3.0 && 3.0 <= found.outer.upper;
    }
    printf("\n    interval of the outer variance, K 1000: covers %.3f", covered / (double)n_runs);
    CU_ASSERT(covered > 0.91 * n_runs && covered < 0.985 * n_runs);
}

HF_TEST_MAIN("ignorance", HF_CASE(the_mean_of_a_poisson), HF_CASE(cvar_of_a_poisson),
             HF_CASE(statistics_of_an_exponential), HF_CASE(known_rates_leave_no_ignorance),
             HF_CASE(a_band_is_as_wide_as_the_rates), HF_CASE(intervals_cover_with_many_draws))
