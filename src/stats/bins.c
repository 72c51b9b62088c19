#include "stats/bins.h"
#include "base/number.h"
#include "stats/selection.h"

void hf_bins_edges(double min, double max, bool is_from_histogram, double edges[HF_PLOT_BINS + 1]) {
    double width = (max - min) / HF_PLOT_BINS;
    edges[0] = min;
    for (int i = 1; i < HF_PLOT_BINS; i++) {
        double edge = min + width * i;
        if (is_from_histogram)
            edge = hf_histogram_snap(edge);
        edges[i] = hf_plain_zero(hf_min(hf_max(edge, edges[i - 1]), max));
    }
    edges[HF_PLOT_BINS] = max;
}

void hf_bins_count_column(const double *sorted, uint64_t n, const double edges[HF_PLOT_BINS + 1],
                          uint64_t counts[HF_PLOT_BINS]) {
    uint64_t below = hf_column_count_below(sorted, n, edges[0]);
    for (int i = 0; i < HF_PLOT_BINS; i++) {
        uint64_t next = i + 1 < HF_PLOT_BINS ? hf_column_count_below(sorted, n, edges[i + 1]) : n;
        counts[i] += next - below;
        below = next;
    }
}

void hf_bins_count_histogram(const hf_histogram *histogram, const double edges[HF_PLOT_BINS + 1],
                             uint64_t counts[HF_PLOT_BINS]) {
    hf_bin bin = {0};
    int i = 0;
    while (hf_histogram_next(histogram, &bin)) {
        while (i + 1 < HF_PLOT_BINS && hf_max(bin.lower, edges[0]) >= edges[i + 1])
            i++;
        counts[i] += bin.count;
    }
}
