/* Figures of a benchmark: what every repetition found, measured or made of what was measured.
 *
 * A figure made of others is made repetition by repetition and has its own median and quartiles:
 * what slows down a whole repetition cancels in its ratios. */
#ifndef HF_RUN_BENCH_FIGURES_H
#define HF_RUN_BENCH_FIGURES_H

#include "io/table.h"

#define HF_MAX_FIGURES 64

typedef struct hf_figure {
    const char *name, *unit;
    const double *samples; /* [n_repeats] */
} hf_figure;

/* The figures of one group of tables. */
typedef struct hf_figures {
    hf_tables *tables; /* borrowed; samples and names live in its arena */
    int n_repeats, n;
    hf_figure items[HF_MAX_FIGURES];
} hf_figures;

/* Adds a figure; the caller fills the samples, [n_repeats]. A name may come again with another
 * unit, right after: the same thing seen otherwise. */
double *hf_figures_add(hf_figures *figures, const char *name, const char *unit);
/* Adds factor * above / below, repetition by repetition; NULL stands for ones. Gives the samples.
 */
const double *hf_figures_ratio(hf_figures *figures, const char *name, const char *unit,
                               double factor, const double *above, const double *below);

/* The p-quantile of values[n], n >= 1, straight between the two nearest order statistics. */
double hf_figure_quantile(const double *values, int n, double p);

/* Puts the figures into the group at `path`: name, unit, median, lower_quartile and upper_quartile
 * [figure], samples [figure][repetition]. */
void hf_figures_write(const hf_figures *figures, const char *path, const char *title);

#endif
