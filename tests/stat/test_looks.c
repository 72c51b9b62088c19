/* Coverage of the interval at which a run with precision stops, against that of the same looks with
 * every interval at the full confidence. Seeds are fixed: a run passes always or never. */
#include "base/elementary.h"
#include "rng/stream.h"
#include "run/looks.h"
#include "stats/moments.h"
#include "unit/hf_cunit.h"
#include <math.h>

enum { N_REPEATS = 4000, BATCH = 256 };

static double lognormal(double u) { /* sigma 1, mean 1 */
    return hf_exp(hf_normal_quantile(u) - 0.5);
}

static double exponential(double u) {
    return -hf_log(u);
}

static void draw(hf_pcg64 *rng, double (*law)(double u), uint64_t n, hf_sums *sums) {
    double x[BATCH];
    for (uint64_t done = 0; done < n; done += BATCH) {
        for (int i = 0; i < BATCH; i++)
            x[i] = law(hf_pcg64_uniform(rng));
        hf_sums_add(sums, BATCH, x);
    }
}

static hf_estimate mean_of(const hf_sums *sums, double confidence) {
    double mean = hf_sums_mean(sums), z = hf_normal_quantile((1.0 + confidence) / 2.0);
    double half = z * hf_sqrt(hf_sums_variance(sums) / (double)sums->n);
    return (hf_estimate){mean, mean - half, mean + half, confidence, HF_METHOD_NORMAL, 0};
}

typedef struct outcome {
    int n_covered;
    double trials, means; /* sums of those at the stops */
} outcome;

/* One run: draws until a look ends it. */
static void run_once(const hf_job *job, const hf_looks *looks, double (*law)(double u),
                     uint64_t repeat, outcome *all) {
    hf_pcg64 rng = hf_stream64(hf_key_trial(job->seed, repeat), 1, HF_PURPOSE_RATE, 0);
    hf_sums sums = {0};
    for (int look = 0;; look++) {
        draw(&rng, law, looks->trials[look] - sums.n, &sums);
        hf_estimate estimate = mean_of(&sums, looks->confidence);
        hf_look_record record = hf_look_decide(looks, look, job, &estimate, false);
        if (!hf_look_is_last(looks, &record))
            continue;
        all->n_covered += estimate.lower <= 1.0 && 1.0 <= estimate.upper;
        all->trials += (double)sums.n;
        all->means += estimate.value;
        return;
    }
}

/* Chance of at most k of n, each of chance p. */
static double binomial_cdf(int k, int n, double p) {
    double sum = 0.0;
    for (int i = 0; i <= k; i++)
        sum += exp(lgamma(n + 1.0) - lgamma(i + 1.0) - lgamma(n - i + 1.0) + i * log(p) +
                   (n - i) * log1p(-p));
    return sum;
}

/* How likely so few intervals hold if each does with chance 0.95. */
static double stop_often(const char *words, const hf_looks *looks, double relative,
                         double (*law)(double u)) {
    hf_job job = {.trials = looks->trials[looks->n - 1],
                  .inner_trials = 1,
                  .seed = 4,
                  .precision = {.metric = "cost", .statistic = "mean", .relative = relative}};
    outcome all = {0};
    for (uint64_t repeat = 0; repeat < N_REPEATS; repeat++)
        run_once(&job, looks, law, repeat, &all);
    double chance = binomial_cdf(all.n_covered, N_REPEATS, 0.95);
    printf("    %s: coverage %.4f, bias %+.2f%%, %.0f trials on average\n", words,
           (double)all.n_covered / N_REPEATS, 100.0 * (all.means / N_REPEATS - 1.0),
           all.trials / N_REPEATS);
    return chance;
}

static hf_looks plan(void) {
    hf_job job = {
        .trials = 65536, .inner_trials = 1, .confidence = 0.95, .precision = {.metric = "cost"}};
    return hf_looks_make(&job);
}

static void intervals_hold_where_a_run_stops(void) {
    hf_looks looks = plan();
    printf("\n");
    CU_ASSERT_EQUAL(looks.n, 7);
    CU_ASSERT_TRUE(stop_often("lognormal, looks", &looks, 0.08, lognormal) > 5e-4);
    CU_ASSERT_TRUE(stop_often("exponential, looks", &looks, 0.06, exponential) > 5e-4);
}

/* What the looks are for: with nothing spent, too few intervals hold. */
static void without_spending_they_do_not(void) {
    hf_looks looks = plan();
    looks.confidence = 0.95;
    printf("\n");
    CU_ASSERT_TRUE(stop_often("lognormal, nothing spent", &looks, 0.08, lognormal) < 5e-4);
    stop_often("exponential, nothing spent", &looks, 0.06, exponential);
}

HF_TEST_MAIN("looks", HF_CASE(intervals_hold_where_a_run_stops),
             HF_CASE(without_spending_they_do_not))
