/* The hot loop: one week of every trial of a batch (inputs/README.md 4 and 5).
 *
 * One source (kernel_body.h), compiled for several instruction sets, chosen at start. All give the
 * same bits, and so does the reference. No branch on data, no libm, no allocation, no I/O. */
#ifndef HF_SIM_KERNEL_H
#define HF_SIM_KERNEL_H

#include "base/status.h"
#include "plan/factors.h"
#include "sim/batch.h"

typedef void hf_kernel_week(hf_batch *batch, const hf_factors *factors, int week);

typedef struct hf_kernel {
    const char *name; /* "baseline", "x86-64-v3", "x86-64-v4", "reference" */
    int chunk_lanes;  /* lanes it takes at a time: batches of a multiple are the fastest */
    bool available;   /* this CPU can run it */
    hf_kernel_week *week;
} hf_kernel;

/* All that were built, the fastest last; *n of them. */
const hf_kernel *hf_kernel_list(int *n);
/* The last that this CPU can run. */
const hf_kernel *hf_kernel_fastest(void);
/* The one called `name`, or for NULL the fastest. Unknown or unavailable: HF_BAD_USAGE. */
hf_status hf_kernel_choose(const char *name, const hf_kernel **kernel, hf_error *err) HF_MUST_CHECK;

#endif
