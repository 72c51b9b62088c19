/* The hot loops of chance, compiled for several instruction sets; all give the same bits. They run
 * over the lanes of noise, and over the weeks of an event. */
#ifndef HF_SHOCK_LOOPS_H
#define HF_SHOCK_LOOPS_H

#include "shock/footprint.h"
#include "shock/noise.h"
#include "shock/profile.h"

#define HF_MOST_EVENTS 64 /* whose means are found together */

typedef struct hf_loops {
    const char *name;
    int cpu_level; /* runs where hf_cpu_level() is at least this */
    /* Draws the span that begins with week `first` and fills the rows of its first n_weeks weeks;
     * those of independent demand are not its affair. */
    void (*noise_span)(hf_noise_batch *noise, int first, int n_weeks);
    /* Of n <= HF_MOST_EVENTS profiles, in the span that begins with week `first`: means over each
     * week; felt[i], bit w: means[i][w] is above 0. */
    void (*profile_means)(double first, int n, const hf_profile *profiles,
                          double (*means)[HF_SPAN_WEEKS], uint8_t *felt);
    /* Multiplies 1 + exposure strength means[w] into week w of the cells of n targets from `target`
     * on, in the lane at hand; a cell that is not there starts from 1. felt: weeks, as bits. */
    void (*footprint_multiply)(hf_footprint *footprint, int target, int n, double strength,
                               const double means[HF_SPAN_WEEKS], unsigned felt);
    /* Sets the touched cells, and the flags of all rows that effects can reach, to week w of the
     * span. */
    void (*footprint_write)(const hf_footprint *footprint, int w, hf_factors *factors);
} hf_loops;

/* All that were built, the fastest last; *n of them. */
const hf_loops *const *hf_loops_list(int *n);
/* The fastest that this CPU can run. */
const hf_loops *hf_loops_fastest(void);

extern const hf_loops hf_loops_v1, hf_loops_v3, hf_loops_v4;

#endif
