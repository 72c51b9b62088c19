/* Smallest and largest of a row, and the vectors this layer writes its row loops in. */
#ifndef HF_STATS_RANGE_H
#define HF_STATS_RANGE_H

#include "base/number.h"

typedef double hf_vector __attribute__((vector_size(16)));
typedef double hf_loose_vector __attribute__((vector_size(16), aligned(8), may_alias));
typedef int64_t hf_mask __attribute__((vector_size(16)));
typedef uint64_t hf_bits __attribute__((vector_size(16)));
enum { HF_VECTOR = 2 };

typedef struct hf_range {
    double min, max;
} hf_range;

/* Of n >= 1 finite values. */
static inline hf_range hf_range_find(int n, const double *x) {
    hf_range r = {x[0], x[0]};
    int i = 0;
    if (n >= HF_VECTOR) {
        hf_vector low = *(const hf_loose_vector *)x, high = low;
        for (; i + HF_VECTOR <= n; i += HF_VECTOR) {
            hf_vector v = *(const hf_loose_vector *)(x + i);
            hf_mask below = v < low;
            hf_mask above = v > high;
            low = (hf_vector)(((hf_mask)v & below) | ((hf_mask)low & ~below));
            high = (hf_vector)(((hf_mask)v & above) | ((hf_mask)high & ~above));
        }
        for (int k = 0; k < HF_VECTOR; k++) {
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

#endif
