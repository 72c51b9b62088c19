#include "stats/weighted.h"
#include "base/check.h"
#include "base/lanes.h"
#include "base/quantity.h"
#include "stats/rows.h"

void hf_weighted_init(hf_weighted_running *running) {
    hf_running_init(&running->summands);
    hf_running_init(&running->units);
}

void hf_weighted_row(int n, const double *weights, double calm, const double *x, double *y) {
    HF_SIMD
    for (int i = 0; i < n; i++)
        y[i] = weights[i] * (x[i] - calm);
}

static double unit_mean(const double *y) {
    double sum = y[0];
    for (int i = 1; i < HF_PERIOD; i++)
        sum += y[i];
    return sum * (1.0 / HF_PERIOD);
}

void hf_weighted_add_summands(hf_weighted_running *running, hf_sums *sums, hf_sums *units, int n,
                              const double *y) {
    double means[HF_PARTS_MAX];
    int n_means = 0;
    HF_ASSERT(n % HF_PERIOD == 0);
    hf_running_add(&running->summands, sums, n, y);
    for (int i = 0; i < n; i += HF_PERIOD) {
        means[n_means++] = unit_mean(y + i);
        if (n_means == HF_PARTS_MAX || i + HF_PERIOD == n) {
            hf_running_add(&running->units, units, n_means, means);
            n_means = 0;
        }
    }
}

void hf_weighted_add(hf_weighted_running *running, hf_sums *sums, hf_sums *units, int n,
                     const double *weights, double calm, const double *x) {
    double y[HF_PARTS_MAX];
    for (int i = 0; i < n; i += HF_PARTS_MAX) {
        int n_now = n - i < HF_PARTS_MAX ? n - i : HF_PARTS_MAX;
        hf_weighted_row(n_now, weights + i, calm, x + i, y);
        hf_weighted_add_summands(running, sums, units, n_now, y);
    }
}

void hf_weighted_settle(hf_weighted_running *running, hf_sums *sums, hf_sums *units) {
    hf_running_settle(&running->summands, sums);
    hf_running_settle(&running->units, units);
}
