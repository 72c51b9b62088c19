/* The loops of this layer over the values of a row, vectors as wide as the CPU's: one source
 * (rows_body.h) compiled for several instruction sets, all of which give the same bits. */
#ifndef HF_STATS_ROWS_H
#define HF_STATS_ROWS_H

#include "base/number.h"
#include <stdbool.h>

typedef struct hf_range {
    double min, max;
} hf_range;

/* Three grids, each finer than the one before: 1.5 2^52 units of a grid, which, added, rounds to
 * multiples of the unit. */
typedef struct hf_ladder {
    double magic[3];
} hf_ladder;

/* A row's values on two grids and their squares on three: sums of multiples of the grids' units.
 * Something is left where a value, or a square, was no sum of such multiples. */
#define HF_PARTS_MAX 128 /* values that add up without error */
typedef struct hf_parts {
    double sum[2], square[3];
    bool sum_left, square_left;
} hf_parts;

/* x - (x - SPLITTER x) keeps the upper half of a double's bits [Dekker1971]. */
#define HF_SPLITTER 134217729.0

/* Values are taken in units of 2^-40 scales, their squares in units of 2^-40 squared scales. */
#define HF_GRID_BITS    40
#define HF_GRID_CLIP    0x1p45 /* 32 scales in grid units */
#define HF_VALUE_MAGIC  0x1.8p52
#define HF_SQUARE_MAGIC 0x1.8p92 /* rounds to multiples of 2^40 */

typedef struct hf_row_code {
    const char *name;
    int cpu_level; /* hf_cpu_level() that runs it */
    /* Smallest and largest of n >= 1 finite values. */
    hf_range (*find_range)(int n, const double *x);
    /* x[n], 1 <= n <= HF_PARTS_MAX; the ladders reach the largest magnitude and its square. */
    void (*take_parts)(int n, const double *x, const hf_ladder *plain, const hf_ladder *squared,
                       hf_parts *parts);
    /* x[n_rows][n_lanes], of which the first n lanes count: adds each row's grid integers to
     * value[row] and square[row]. Stops before the first row with a value beyond HF_GRID_CLIP or
     * none at all, and returns its number, else n_rows. */
    int (*add_to_grid)(int n_rows, int n, int n_lanes, const double *x, const double *to_grid,
                       int64_t *value, int64_t *square);
    /* Bins of x[n]: 0 up to `lower`, `last` from `upper` on, between them last - 1 of equal width,
     * of which there are per_width to a unit. */
    void (*find_bins)(int n, const double *x, double lower, double upper, double per_width,
                      double last, uint8_t *bins);
} hf_row_code;

extern const hf_row_code hf_row_code_v1;
#if defined(__x86_64__)
extern const hf_row_code hf_row_code_v3, hf_row_code_v4;
#endif

/* All of this build, the widest vectors last. */
const hf_row_code *const *hf_row_codes(int *n);
/* The widest that this CPU runs. */
const hf_row_code *hf_row_code_find(void);

#endif
