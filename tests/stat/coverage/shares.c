#include "stat/coverage/shares.h"
#include "base/elementary.h"
#include "base/memory.h"
#include "stat/coverage/tilted.h"
#include "stats/shapley.h"
#include <stdbool.h>
#include <stdlib.h>

enum { N_DRIVERS = 3, N_COALITIONS = 1 << N_DRIVERS };

const char *const share_names[N_SHARES] = {"product, mean", "sum, mean", "sum, cvar90",
                                           "sum, cvar95"};
const double share_levels[N_SHARES] = {0.0, 0.0, 0.9, 0.95};

double share_truth(int share) {
    double p = share_levels[share], from = 0.0, to = 100.0;
    if (p == 0.0)
        return 1.0; /* of the product, too: 4 - 2 with both others, 2 - 1 with one, 0 alone */
    for (int i = 0; i < 100; i++) {
        double middle = 0.5 * (from + to);
        if (gamma_beyond(N_DRIVERS, middle) > 1.0 - p)
            from = middle;
        else
            to = middle;
    }
    return (to + gamma_excess(N_DRIVERS, to) / (1.0 - p)) / N_DRIVERS;
}

/* A loss and the range of trials it comes from. */
typedef struct entry {
    double value;
    int range;
} entry;

static int worst_first(const void *a, const void *b) {
    double x = ((const entry *)a)->value, y = ((const entry *)b)->value;
    return (x < y) - (x > y);
}

static double loss_of(int share, int coalition, const double *driver) {
    double on[N_DRIVERS];
    for (int i = 0; i < N_DRIVERS; i++)
        on[i] = coalition >> i & 1 ? driver[i] : 0.0;
    return share == 0 ? (on[0] + on[1]) * (1.0 + on[2]) : on[0] + on[1] + on[2];
}

/* The mean, or CVaR of a column sorted worst first, of n_left trials outside a range (-1: none). */
static double value_of(double p, int n, const entry *column, int without, int n_left) {
    int beyond = n_left - (int)hf_ceil((double)n_left * p - 1e-9), seen = 0;
    double sum = 0.0, q = 0.0;
    for (int i = 0; i < n && (p == 0.0 || seen <= beyond); i++) {
        if (column[i].range == without)
            continue;
        q = column[i].value;
        sum += q;
        seen++;
    }
    if (p == 0.0)
        return sum / n_left;
    return q + (sum - seen * q) / n_left / (1.0 - p);
}

static double share_of(double p, int n, entry *const *columns, int without, int n_left) {
    double values[N_COALITIONS];
    hf_shapley shapley;
    for (int c = 0; c < N_COALITIONS; c++)
        values[c] = value_of(p, n, columns[c], without, n_left);
    hf_shapley_make(&shapley, N_DRIVERS, values);
    return shapley.shares[N_DRIVERS - 1];
}

static int first_of(int range, int n) {
    return (int)((int64_t)range * n / HF_N_RANGES);
}

static void fill(int share, int n, const double *drivers, entry *const *columns) {
    for (int c = 0; c < N_COALITIONS; c++) {
        int range = 0;
        for (int i = 0; i < n; i++) {
            while (i >= first_of(range + 1, n))
                range++;
            columns[c][i] = (entry){loss_of(share, c, drivers + N_DRIVERS * i), range};
        }
        if (share_levels[share] > 0.0)
            qsort(columns[c], (size_t)n, sizeof *columns[c], worst_first);
    }
}

void share_estimate(hf_pcg64 *rng, int n, double confidence, hf_estimate shares[N_SHARES]) {
    double *drivers = HF_NEW(N_DRIVERS * n, double), without[HF_N_RANGES];
    entry *columns[N_COALITIONS];
    for (int i = 0; i < N_DRIVERS * n; i++)
        drivers[i] = -hf_log(hf_pcg64_uniform(rng));
    for (int c = 0; c < N_COALITIONS; c++)
        columns[c] = HF_NEW(n, entry);
    for (int s = 0; s < N_SHARES; s++) {
        double p = share_levels[s];
        if (s == 0 || s == 1 || share_levels[s - 1] == 0.0) /* the sum is sorted once */
            fill(s, n, drivers, columns);
        double share = share_of(p, n, columns, -1, n);
        for (int r = 0; r < HF_N_RANGES; r++)
            without[r] = share_of(p, n, columns, r, n - first_of(r + 1, n) + first_of(r, n));
        double half = hf_jackknife_half_width(without, confidence);
        shares[s] =
            (hf_estimate){share, share - half, share + half, confidence, HF_METHOD_NORMAL, 0};
    }
    for (int c = 0; c < N_COALITIONS; c++)
        hf_free(columns[c]);
    hf_free(drivers);
}
