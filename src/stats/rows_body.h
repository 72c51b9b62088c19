/* Row loops: included once for each instruction set, HF_ROW_CODE being the name of its table.
 *
 * Lanes are compared, added as integers, or added as doubles that are multiples of one unit: no
 * bit depends on how wide a vector is, nor on the order of values. */
#include "base/lanes.h"
#include "stats/rows.h"
#include <string.h>

typedef double loose_lanes __attribute__((vector_size(8 * HF_LANES), aligned(8), may_alias));
typedef uint64_t words __attribute__((vector_size(8 * HF_LANES)));
typedef uint8_t narrow __attribute__((vector_size(HF_LANES)));
typedef uint8_t loose_narrow __attribute__((vector_size(HF_LANES), aligned(1), may_alias));

static inline hf_lanes load(const double *x) {
    return *(const loose_lanes *)x;
}

/* The first n < HF_LANES lanes; the others are 0. */
static inline hf_lanes load_some(int n, const double *x) {
    hf_lanes v = {0};
    memcpy(&v, x, (size_t)n * sizeof *x);
    return v;
}

/* A vector as pairs of lanes, which is how lanes are added up. */
typedef double pair __attribute__((vector_size(16)));
typedef uint64_t word_pair __attribute__((vector_size(16)));
typedef union pairs {
    hf_lanes all;
    words all_words;
    pair of[HF_LANES / 2];
    word_pair words_of[HF_LANES / 2];
} pairs;

/* Exact: lanes are multiples of one unit and add up below 2^53 of it. */
static inline double total(hf_lanes v) {
    pairs p = {.all = v};
    for (int k = 1; k < HF_LANES / 2; k++)
        p.of[0] += p.of[k];
    return p.of[0][0] + p.of[0][1];
}

static inline uint64_t total_words(words w) {
    pairs p = {.all_words = w};
    for (int k = 1; k < HF_LANES / 2; k++)
        p.words_of[0] += p.words_of[k];
    return p.words_of[0][0] + p.words_of[0][1];
}

static inline bool is_any(hf_lane_mask m) {
    pairs p = {.all_words = (words)m};
    for (int k = 1; k < HF_LANES / 2; k++)
        p.words_of[0] |= p.words_of[k];
    return (p.words_of[0][0] | p.words_of[0][1]) != 0;
}

static hf_range find_range(int n, const double *x) {
    hf_range r = {x[0], x[0]};
    int i = 0;
    if (n >= HF_LANES) {
        hf_lanes low = load(x), high = low;
        for (i = HF_LANES; i + HF_LANES <= n; i += HF_LANES) {
            hf_lanes v = load(x + i);
            low = hf_lanes_min(v, low);
            high = hf_lanes_max(v, high);
        }
        for (int k = 0; k < HF_LANES; k++) {
            r.min = hf_min(low[k], r.min);
            r.max = hf_max(high[k], r.max);
        }
    }
    for (; i < n; i++) {
        r.min = hf_min(x[i], r.min);
        r.max = hf_max(x[i], r.max);
    }
    return r;
}

/* Takes the part of x on a grid away from it. */
static inline hf_lanes take(hf_lanes *x, double magic) {
    hf_lanes part = (*x + magic) - magic;
    *x -= part;
    return part;
}

typedef struct sums {
    hf_lanes coarse, fine, square_coarse, square_middle, square_fine;
    hf_lane_mask left, square_left;
} sums;

static inline void add_parts(sums *s, hf_lanes v, const hf_ladder *plain,
                             const hf_ladder *squared) {
    hf_lanes c = HF_SPLITTER * v, high = c - (c - v), low = v - high;
    hf_lanes square = v * v;
    hf_lanes error = ((high * high - square) + 2.0 * high * low) + low * low;
    s->coarse += take(&v, plain->magic[0]);
    s->fine += take(&v, plain->magic[1]);
    s->square_coarse += take(&square, squared->magic[0]);
    s->square_middle += take(&square, squared->magic[1]);
    s->square_fine += take(&square, squared->magic[2]);
    s->square_middle += take(&error, squared->magic[1]);
    s->square_fine += take(&error, squared->magic[2]);
    s->left |= (hf_lane_mask)v; /* a -0 is as good as anything left */
    s->square_left |= (hf_lane_mask)square | (hf_lane_mask)error;
}

static void take_parts(int n, const double *x, const hf_ladder *plain, const hf_ladder *squared,
                       hf_parts *parts) {
    sums s = {0};
    int i = 0;
    for (; i + HF_LANES <= n; i += HF_LANES)
        add_parts(&s, load(x + i), plain, squared);
    if (i < n)
        add_parts(&s, load_some(n - i, x + i), plain, squared);
    *parts = (hf_parts){{total(s.coarse), total(s.fine)},
                        {total(s.square_coarse), total(s.square_middle), total(s.square_fine)},
                        is_any(s.left),
                        is_any(s.square_left)};
}

typedef struct grid_sums {
    words value, square;
    hf_lane_mask beyond;
} grid_sums;

/* A number plus a large constant has its nearest integer on the grid in its low bits: these are
 * added up as integers, and the constant's own bits taken away at the end, modulo 2^64. */
static inline void add_lanes(grid_sums *s, hf_lanes v, double to_grid) {
    hf_lanes t = v * to_grid, u = t * t;
    s->value += (words)(t + HF_VALUE_MAGIC);
    s->square += (words)(u + HF_SQUARE_MAGIC);
    s->beyond |= ~(u <= HF_GRID_CLIP * HF_GRID_CLIP);
}

static int add_to_grid(int n_rows, int n, int n_lanes, const double *x, const double *to_grid,
                       int64_t *value, int64_t *square) {
    const int n_full = n - n % HF_LANES;
    const uint64_t n_added = (uint64_t)(n_full < n ? n_full + HF_LANES : n);
    for (int row = 0; row < n_rows; row++, x += n_lanes) {
        grid_sums s = {0};
        for (int i = 0; i < n_full; i += HF_LANES)
            add_lanes(&s, load(x + i), to_grid[row]);
        if (n_full < n)
            add_lanes(&s, load_some(n - n_full, x + n_full), to_grid[row]);
        if (is_any(s.beyond))
            return row;
        value[row] += (int64_t)(total_words(s.value) - n_added * hf_double_bits(HF_VALUE_MAGIC));
        square[row] += (int64_t)(total_words(s.square) - n_added * hf_double_bits(HF_SQUARE_MAGIC));
    }
    return n_rows;
}

static inline narrow bins_of(hf_lanes v, double lower, double upper, double per_width,
                             double last) {
    const hf_lanes none = {0}, highest = hf_lanes_all(last);
    hf_lanes t = hf_lanes_max((v - lower) * per_width, none);
    t = hf_lanes_min(t, highest - 2.0);
    hf_lanes nearest = (t + HF_VALUE_MAGIC) - HF_VALUE_MAGIC;
    hf_lanes bin = hf_lanes_if_less(t, nearest, nearest, nearest + 1.0); /* the floor, and 1 */
    bin = hf_lanes_if_less(hf_lanes_all(lower), v, bin, none);
    bin = hf_lanes_if_less(v, hf_lanes_all(upper), bin, highest);
    return __builtin_convertvector((words)(bin + HF_VALUE_MAGIC), narrow);
}

static void find_bins(int n, const double *x, double lower, double upper, double per_width,
                      double last, uint8_t *bins) {
    int i = 0;
    for (; i + HF_LANES <= n; i += HF_LANES)
        *(loose_narrow *)(bins + i) = bins_of(load(x + i), lower, upper, per_width, last);
    if (i < n) {
        narrow some = bins_of(load_some(n - i, x + i), lower, upper, per_width, last);
        memcpy(bins + i, &some, (size_t)(n - i));
    }
}

const hf_row_code HF_ROW_CODE = {HF_ROW_NAME, HF_ROW_LEVEL, find_range,
                                 take_parts,  add_to_grid,  find_bins};
