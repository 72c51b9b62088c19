/* What the passes of the kernel share: the week at hand and its rows. */
#ifndef HF_SIM_KERNEL_WEEK_H
#define HF_SIM_KERNEL_WEEK_H

#include "base/lanes.h"
#include "base/number.h"
#include "plan/factors.h"
#include "sim/batch.h"

#define LANES HF_SIMD for (size_t l = 0; l < w->n; l++)

typedef struct week {
    hf_batch *s;
    const hf_plan *p;
    const hf_factors *f;
    int t;
    size_t n; /* lanes, a multiple of 8 */
} week;

static inline double *row_of(const week *w, double *rows, int row) {
    return (double *)__builtin_assume_aligned(&rows[(size_t)row * w->n], HF_ALIGN);
}

/* Shipped on link a in week `at`, as long as it has not arrived. */
static inline double *shipped_slot(const week *w, int a, int at) {
    const hf_plan_link *link = &w->p->links[a];
    return row_of(w, w->s->freight, link->first_freight + at % (link->transit_weeks + 1));
}

static inline void clear(const week *w, double *row) {
    LANES row[l] = 0.0;
}

#endif
