/* What a run makes of its tallies: the estimates of tests/unit/pieces.h, differences, tail indices,
 * shares; with a folded tally apart from the kept one, as at a look. */
#include "base/elementary.h"
#include "base/memory.h"
#include "run/estimates.h"
#include "stats/pareto.h"
#include "unit/hf_cunit.h"
#include "unit/pieces.h"
#include "unit/stats_samples.h"

enum { N = 4000, VARIANTS = 2, METRICS = 4 };

static const hf_quantity quantities[METRICS] = {{"loss", "USD", "", HF_BAD_HIGH, HF_DISTRIBUTION},
                                                {"rate", "1", "", HF_BAD_LOW, HF_DISTRIBUTION},
                                                {"heaviest", "1", "", HF_BAD_HIGH, HF_DISTRIBUTION},
                                                {"heavy", "1", "", HF_BAD_HIGH, HF_DISTRIBUTION}};

static double values[VARIANTS][METRICS * N], weights[VARIANTS][N];

static void take_sample(void) {
    for (int v = 0; v < VARIANTS; v++)
        for (int i = 0; i < N; i++) {
            uint64_t trial = (uint64_t)i;
            double u = sample_uniform(600, trial), w = i % 8 < 4 ? 1.5 * u : 0.25 / (0.1 + u);
            double less = v * sample_uniform(601, trial);
            weights[v][i] = hf_floor(w * 0x1p48) * 0x1p-48;
            values[v][i] = sample_loss(602, trial) * (1.0 - 0.5 * less);
            values[v][N + i] = hf_min(1.0 - u * u * (1.0 - 0.2 * less), 0.9); /* ties */
            values[v][2 * N + i] = 1.0 / (1.0 - 0.999999 * u) + less;         /* no mean */
            values[v][3 * N + i] = hf_power(1.0 - 0.9998 * u, -0.8) - less;   /* no variance */
        }
}

static const double calm[VARIANTS][METRICS] = {{0.0, 0.9, 1.0, 1.5}, {0.25, 0.7, 2.0, 1.0}};

static double calm_of(bool is_weighted, int variant, int metric) {
    return is_weighted ? calm[variant][metric] : 0.0;
}

static hf_tally *tally_of(bool is_weighted, bool is_keeping) {
    hf_tally_options options = {.keep_capacity = is_keeping ? N : 0,
                                .is_weighted = is_weighted,
                                .calm = is_weighted ? calm[0] : NULL};
    return hf_tally_create(VARIANTS, METRICS, quantities, &options);
}

static void absorb(hf_tally *tally, bool is_weighted) {
    const double *rows[VARIANTS] = {values[0], values[1]};
    const double *columns[VARIANTS] = {weights[0], weights[1]};
    hf_tally_absorb(tally, 0, N, N, rows, is_weighted ? columns : NULL);
}

static hf_estimates *estimate(bool is_weighted, bool is_keeping) {
    hf_comm *comm = hf_comm_open_serial();
    hf_tally *tally = tally_of(is_weighted, is_keeping);
    hf_estimates *e = NULL;
    hf_error err;
    absorb(tally, is_weighted);
    CU_ASSERT_EQUAL(
        hf_estimates_make(comm, tally, VARIANTS, METRICS, quantities, N, 0.95, &e, &err), HF_OK);
    hf_tally_destroy(tally);
    hf_comm_close(comm);
    return e;
}

static bool are_same(int n, const hf_estimate *a, const hf_estimate *b) {
    for (int i = 0; i < n; i++)
        if (memcmp(&a[i].value, &b[i].value, 4 * sizeof a[i].value) != 0 ||
            a[i].method != b[i].method || a[i].flags != b[i].flags)
            return false;
    return true;
}

/* Of values over the 3 sqrt(n) worst, sorted by hand. */
static double tail_index(hf_bad_side side, const double *x, uint64_t *n_over) {
    static double worse[N], excess[N];
    double sign = side == HF_BAD_LOW ? -1.0 : 1.0;
    int n = 0, count = (int)hf_pareto_count(N);
    for (int i = 0; i < N; i++)
        worse[i] = sign * x[i];
    qsort(worse, N, sizeof *worse, compare_doubles);
    for (int i = 0; i < N; i++)
        if (worse[i] > worse[N - 1 - count])
            excess[n++] = worse[i] - worse[N - 1 - count];
    *n_over = (uint64_t)n;
    return hf_pareto_index(excess, *n_over);
}

/* What run/heavy_tails.h does to one metric's statistics. */
static void refine(const hf_rules *rules, hf_bad_side side, const double *x, double index,
                   uint64_t n_over, hf_estimate *statistics) {
    static double excess[N];
    bool is_heavy = hf_pareto_is_heavy(index, n_over);
    if (is_heavy)
        statistics[HF_MEAN].flags |= HF_UNRELIABLE;
    for (int i = 0; i < HF_N_TAILS; i++) {
        hf_estimate *cvar = &statistics[HF_CVAR90 + i];
        double var = statistics[HF_VAR90 + i].value;
        if ((cvar->flags & HF_NO_INTERVAL) || !(is_heavy || (cvar->flags & HF_UNRELIABLE)))
            continue;
        uint64_t n = hf_kept_excesses(&(hf_kept){N, x, NULL, 0.0}, var, side, excess);
        qsort(excess, n, sizeof *excess, compare_doubles);
        hf_cvar_refine(rules, side, i, var, n, excess, cvar);
    }
}

static void a_run_estimates_what_its_parts_do(void) {
    for (int is_weighted = 0; is_weighted < 2; is_weighted++) {
        take_sample();
        hf_estimates *e = estimate(is_weighted, true);
        CU_ASSERT_TRUE(e->exact && e->rules.is_weighted == is_weighted);
        for (int v = 0; v < VARIANTS; v++)
            for (int m = 0; m < METRICS; m++) {
                const hf_metric_estimates *found = hf_estimates_of(e, v, m);
                const double *x = &values[v][m * N], *w = is_weighted ? weights[v] : NULL;
                hf_bad_side side = quantities[m].bad_side;
                uint64_t n_over;
                double index = tail_index(side, x, &n_over);
                result r;
                estimate_from_calm(&e->rules, side, 1, calm_of(is_weighted, v, m), N, x, w, &r);
                if (!is_weighted)
                    refine(&e->rules, side, x, index, n_over, r.estimates);
                CU_ASSERT_TRUE(are_same(HF_N_STATISTICS, found->statistics, r.estimates));
                CU_ASSERT_TRUE(are_same(HF_N_CHANCES, found->exceedance, r.losses));
                CU_ASSERT_TRUE(is_weighted ? found->tail_index != found->tail_index
                                           : found->tail_index == index);
            }
        for (int m = 2; m < METRICS && !is_weighted; m++) {
            const hf_metric_estimates *heavy = hf_estimates_of(e, 0, m);
            CU_ASSERT_TRUE(heavy->tail_index > 0.55);
            CU_ASSERT_TRUE(heavy->statistics[HF_MEAN].flags & HF_UNRELIABLE);
            CU_ASSERT_EQUAL(heavy->statistics[HF_CVAR95].method, HF_METHOD_PARETO);
        }
        CU_ASSERT_TRUE(is_weighted || hf_estimates_of(e, 0, 1)->tail_index < 0.0);
        hf_estimates_destroy(e);
    }
}

static void policies_are_compared_in_pairs(void) {
    for (int is_weighted = 0; is_weighted < 2; is_weighted++) {
        take_sample();
        hf_estimates *e = estimate(is_weighted, true);
        for (int m = 0; m < METRICS; m++) {
            const hf_metric_estimates *one = hf_estimates_of(e, 1, m),
                                      *first = hf_estimates_of(e, 0, m);
            const hf_estimate *a = one->statistics, *b = first->statistics;
            double c = calm_of(is_weighted, 1, m), c0 = calm_of(is_weighted, 0, m);
            hf_kept kept = {N, &values[1][m * N], is_weighted ? weights[1] : NULL, c};
            hf_kept kept0 = {N, &values[0][m * N], is_weighted ? weights[0] : NULL, c0};
            hf_sums sums[HF_N_SUMMANDS] = {0};
            hf_powers powers[HF_N_SUMMANDS] = {0};
            hf_estimate d[HF_N_SUMMANDS];
            hf_summands_of_difference(&kept, &kept0, a[HF_MEAN].value - b[HF_MEAN].value, &sums[0],
                                      &powers[0]);
            for (int i = 0; i < HF_N_TAILS; i++)
                hf_summands_of_excess_difference(&kept, a[HF_VAR90 + i].value, &kept0,
                                                 b[HF_VAR90 + i].value, quantities[m].bad_side,
                                                 &sums[1 + i], &powers[1 + i]);
            hf_difference(&e->rules, quantities[m].bad_side, c - c0, a, b, sums, powers, d);
            CU_ASSERT_TRUE(are_same(HF_N_SUMMANDS, one->differences, d));
            CU_ASSERT_TRUE(one->differences[0].lower < one->differences[0].upper);
            double apart = a[HF_MEAN].value - b[HF_MEAN].value;
            CU_ASSERT_TRUE(hf_abs(d[0].value - apart) < 1e-12 * hf_abs(a[HF_MEAN].value));
        }
        hf_estimates_destroy(e);
    }
}

static void bins_hold_all_trials_and_all_weight(void) {
    for (int is_weighted = 0; is_weighted < 2; is_weighted++) {
        take_sample();
        hf_estimates *e = estimate(is_weighted, true);
        for (int v = 0; v < VARIANTS; v++)
            for (int m = 0; m < METRICS; m++) {
                const hf_metric_estimates *found = hf_estimates_of(e, v, m);
                const double *x = &values[v][m * N], *edges = e->edges[m];
                double mass[HF_PLOT_BINS] = {0.0}, total = 0.0;
                for (int i = 0; i < N; i++)
                    CU_ASSERT_TRUE(x[i] >= edges[0] && x[i] <= edges[HF_PLOT_BINS]);
                for (int b = 0; b < HF_PLOT_BINS; b++) {
                    uint64_t count = 0;
                    for (int i = 0; i < N; i++) {
                        bool is_in =
                            x[i] >= edges[b] && (x[i] < edges[b + 1] || b == HF_PLOT_BINS - 1);
                        count += is_in;
                        mass[b] += is_in ? weights[v][i] : 0.0;
                    }
                    CU_ASSERT_EQUAL(found->counts[b], count);
                    total += mass[b];
                }
                for (int b = 0; b < HF_PLOT_BINS && is_weighted; b++)
                    CU_ASSERT_TRUE(hf_abs(found->shares[b] - mass[b] / total) < 1e-13);
            }
        hf_estimates_destroy(e);
    }
}

static void histograms_do_without_values(void) {
    take_sample();
    hf_estimates *e = estimate(false, false);
    CU_ASSERT_TRUE(!e->exact);
    for (int v = 0; v < VARIANTS; v++)
        for (int m = 0; m < METRICS; m++) {
            const hf_metric_estimates *found = hf_estimates_of(e, v, m);
            result r;
            estimate_from_bins(&e->rules, quantities[m].bad_side, N, &values[v][m * N], &r);
            CU_ASSERT_TRUE(are_same(HF_N_STATISTICS, found->statistics, r.estimates));
            CU_ASSERT_TRUE(are_same(HF_N_CHANCES, found->exceedance, r.losses));
            CU_ASSERT_TRUE(found->tail_index != found->tail_index);
        }
    hf_estimates_destroy(e);
}

HF_TEST_MAIN("estimates", HF_CASE(a_run_estimates_what_its_parts_do),
             HF_CASE(policies_are_compared_in_pairs), HF_CASE(bins_hold_all_trials_and_all_weight),
             HF_CASE(histograms_do_without_values))
