#include "stats/bins.h"
#include "base/number.h"

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

/* Values of a column before bin i; i = HF_PLOT_BINS: all of them. */
static uint64_t count_before(const hf_column *column, const double *edges, int i) {
    return i < HF_PLOT_BINS ? hf_column_count_below(column, edges[i]) : column->n;
}

void hf_bins_count_column(const hf_column *column, const double edges[HF_PLOT_BINS + 1],
                          uint64_t counts[HF_PLOT_BINS]) {
    for (int i = 0; i < HF_PLOT_BINS; i++)
        counts[i] += count_before(column, edges, i + 1) - count_before(column, edges, i);
}

void hf_bins_weigh_column(const hf_column *column, const double edges[HF_PLOT_BINS + 1],
                          hf_mass masses[HF_PLOT_BINS]) {
    for (int i = 0; i < HF_PLOT_BINS; i++)
        masses[i] = hf_column_mass_before(column, count_before(column, edges, i + 1)) -
                    hf_column_mass_before(column, count_before(column, edges, i));
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
