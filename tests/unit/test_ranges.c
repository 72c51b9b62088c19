/* Statistics of all trials and of all but a range of them, against their definitions. */
#include "base/memory.h"
#include "run/ranges.h"
#include "unit/hf_cunit.h"
#include "unit/stats_samples.h"

enum { N = 1500, FIRST = 77 };

typedef struct pair {
    double x, w;
} pair;

static int compare_pairs(const void *a, const void *b) {
    return compare_doubles(&((const pair *)a)->x, &((const pair *)b)->x);
}

/* Weights from 0 to beyond 1 in units of 2^-48. */
static double sample_weight(uint64_t i) {
    return sample_bits(31, i) % 5 ? (double)(sample_bits(32, i) >> 14) * 0x1p-48 : 0.0;
}

/* The definitions, of n pairs. */
static void define(pair *pairs, int n, bool is_weighted, double calm, hf_bad_side side,
                   double statistics[HF_N_ATTRIBUTED]) {
    hf_exact_sum sum = {0};
    hf_mass total = 0;
    qsort(pairs, (size_t)n, sizeof *pairs, compare_pairs);
    for (int i = 0; i < n; i++) {
        double above = pairs[i].x - calm;
        hf_exact_sum_add(&sum, is_weighted ? pairs[i].w * above : pairs[i].x);
        total += is_weighted ? (hf_mass)(pairs[i].w * 0x1p48) : 1;
    }
    statistics[0] = calm + hf_exact_sum_value(&sum) / n;
    for (int tail = 0; tail < HF_N_TAILS; tail++) {
        static const int beyond[HF_N_TAILS] = {100, 50, 10, 1}; /* thousandths */
        int p = side == HF_BAD_LOW ? beyond[tail] : 1000 - beyond[tail], at = 0;
        hf_mass mass = 0;
        for (; at < n; at++) {
            mass += is_weighted ? (hf_mass)(pairs[at].w * 0x1p48) : 1;
            if (mass * 1000 >= total * (hf_mass)p)
                break;
        }
        double q = pairs[at].x;
        hf_exact_sum excess = {0};
        for (int i = 0; i < n; i++) {
            double more = side == HF_BAD_LOW ? q - pairs[i].x : pairs[i].x - q;
            if (more > 0.0)
                hf_exact_sum_add(&excess, is_weighted ? pairs[i].w * more : more);
        }
        double more = hf_exact_sum_value(&excess) / n / ((double)beyond[tail] / 1000.0);
        statistics[1 + tail] = q;
        statistics[1 + HF_N_TAILS + tail] = side == HF_BAD_LOW ? q - more : q + more;
    }
}

static int count_wrong(int n, int kind, bool is_weighted, hf_bad_side side) {
    static uint64_t trials[N];
    static double values[N], weights[N], found[HF_N_ATTRIBUTED][HF_N_SAMPLES];
    static pair pairs[N];
    int order[N], wrong = 0, unit = is_weighted && n % 8 == 0 ? 8 : 1;
    double calm = is_weighted ? 0.75 : 0.0;
    hf_comm *comm = hf_comm_open_serial();
    hf_ranges ranges;
    hf_error err;
    sample_order(33, n, order);
    for (int i = 0; i < n; i++) {
        uint64_t trial = (uint64_t)order[i];
        trials[i] = FIRST + trial;
        values[i] = kind == 0   ? sample_loss(34, trial)
                    : kind == 1 ? sample_uniform(35, trial) - 0.5
                                : (double)(sample_bits(36, trial) % 4);
        weights[i] = sample_weight(trial);
    }
    hf_ranges_init(&ranges, comm, FIRST, (uint64_t)n, (uint64_t)unit, (uint64_t)n, trials,
                   is_weighted ? weights : NULL);
    CU_ASSERT_EQUAL(ranges.n_samples, n < 640 ? 1 : HF_N_SAMPLES);
    CU_ASSERT_EQUAL(hf_ranges_evaluate(&ranges, comm, values, calm, side, found, &err), HF_OK);
    for (int s = 0; s < ranges.n_samples; s++) {
        double wanted[HF_N_ATTRIBUTED];
        int m = 0;
        for (int i = 0; i < n; i++)
            if (s == 0 || order[i] / unit * HF_N_RANGES / (n / unit) != s - 1)
                pairs[m++] = (pair){values[i], weights[i]};
        define(pairs, m, is_weighted, calm, side, wanted);
        for (int which = 0; which < HF_N_ATTRIBUTED; which++)
            wrong += found[which][s] != wanted[which];
    }
    for (int i = 0; i < n; i++)
        values[i] = calm; /* as a coalition of nobody: weights have nothing to act on */
    CU_ASSERT_EQUAL(hf_ranges_evaluate(&ranges, comm, values, calm, side, found, &err), HF_OK);
    for (int s = 0; s < ranges.n_samples; s++)
        wrong += found[0][s] != calm;
    hf_ranges_clear(&ranges);
    hf_comm_close(comm);
    return wrong;
}

static void are_as_defined(void) {
    static const int sizes[] = {1, 63, 639, 640, 1000, N};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int kind = 0; kind < 3; kind++)
            for (int side = HF_BAD_LOW; side <= HF_BAD_HIGH; side++) {
                CU_ASSERT_EQUAL(count_wrong(sizes[i], kind, false, (hf_bad_side)side), 0);
                if (sizes[i] > 1) /* whose weight may be 0 */
                    CU_ASSERT_EQUAL(count_wrong(sizes[i], kind, true, (hf_bad_side)side), 0);
            }
}

static void are_named(void) {
    for (int i = 0; i < HF_N_ATTRIBUTED; i++) {
        static const char *const names[] = {"mean",   "var90",  "var95",  "var99",  "var999",
                                            "cvar90", "cvar95", "cvar99", "cvar999"};
        CU_ASSERT_STRING_EQUAL(hf_statistic_names[hf_attributed[i]], names[i]);
    }
}

HF_TEST_MAIN("ranges", HF_CASE(are_as_defined), HF_CASE(are_named))
