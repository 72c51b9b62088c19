/* Bins for a plot of a distribution: HF_PLOT_BINS of equal width between two ends, counts exact.
 * From histograms the edges move to the nearest lower edge of its bins (2^-11 relative), so that
 * counts stay exact; bins may then be empty ranges. */
#ifndef HF_STATS_BINS_H
#define HF_STATS_BINS_H

#include "stats/column.h"
#include "stats/histogram.h"

enum { HF_PLOT_BINS = 100 };

/* edges[0] = min, edges[HF_PLOT_BINS] = max, not descending; bin i is [edges[i], edges[i+1]), the
 * last one closed. Ends over all policies make policies comparable. */
void hf_bins_edges(double min, double max, bool is_from_histogram, double edges[HF_PLOT_BINS + 1]);
/* Adds the counts of a piece of a column, or of a histogram whose range is within the ends. */
void hf_bins_count_column(const hf_column *column, const double edges[HF_PLOT_BINS + 1],
                          uint64_t counts[HF_PLOT_BINS]);
void hf_bins_count_histogram(const hf_histogram *histogram, const double edges[HF_PLOT_BINS + 1],
                             uint64_t counts[HF_PLOT_BINS]);
/* Masses of a piece of a column. */
void hf_bins_weigh_column(const hf_column *column, const double edges[HF_PLOT_BINS + 1],
                          hf_mass masses[HF_PLOT_BINS]);

#endif
