/* What the passes of the kernel share: the week at hand and its rows. */
#ifndef HF_SIM_KERNEL_WEEK_H
#define HF_SIM_KERNEL_WEEK_H

#include "base/lanes.h"
#include "base/number.h"
#include "plan/factors.h"
#include "sim/batch.h"

/* The kernel works on a chunk of lanes at a time: HF_CHUNK vectors, whose sums and intermediate
 * results stay in registers while it goes through the links of an input or a stage. */
#define EACH _Pragma("GCC unroll 8") for (int v = 0; v < HF_CHUNK; v++)

typedef struct week {
    hf_batch *s;
    const hf_plan *p;
    const hf_factors *f;
    int t;
    const hf_stage_week *stages; /* of the plan in this week, as are links, caps, weights */
    const hf_link_week *links;
    const double *caps, *weights;
    size_t stride, first; /* bytes: of a row; before the chunk in it */
} week;

/* Bytes from the start of an array of rows to the chunk in row `row`. */
static inline size_t place_of(const week *w, int row) {
    return (size_t)row * w->stride + w->first;
}
static inline hf_lanes *at(const double *rows, size_t place) {
    return (hf_lanes *)((uintptr_t)rows + place);
}

static inline void set(hf_lanes *row, double value) {
    EACH row[v] = hf_lanes_all(value);
}

static inline void sum_owed(const week *w, const hf_plan_input *input, hf_lanes *sum) {
    set(sum, 0.0);
    for (int a = input->first_link; a < input->first_link + input->n_links; a++) {
        const hf_lanes *U = at(w->s->owed, place_of(w, a));
        EACH sum[v] += U[v];
    }
}

#endif
