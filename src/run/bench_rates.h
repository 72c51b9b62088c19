/* What one core can do: loads, stores, arithmetic and its second-level cache, in vectors of the
 * width that a kernel uses, and its clock. */
#ifndef HF_RUN_BENCH_RATES_H
#define HF_RUN_BENCH_RATES_H

#include "run/bench_figures.h"

typedef enum hf_rate {
    HF_RATE_LOAD,     /* from L1 */
    HF_RATE_STORE,    /* to L1 */
    HF_RATE_MULTIPLY, /* independent ones, in registers; so are those that follow */
    HF_RATE_ADD,
    HF_RATE_BOTH, /* as many multiplications as additions, not fused: all counted */
    HF_RATE_DIVIDE,
    HF_RATE_L2_READ,   /* an array of 0.6 of the cache, as a batch's state is at most */
    HF_RATE_L2_UPDATE, /* read and written in place: counted once */
    HF_N_RATES
} hf_rate;

/* n_passes times n_vectors vectors (or operations) over `area`; n_vectors: a multiple of 24. */
typedef void hf_rate_loop(void *area, size_t n_vectors, uint64_t n_passes);

/* One source (bench_rates_body.h), compiled for the kernels' instruction sets. */
typedef struct hf_rate_code {
    int vector_bytes;
    hf_rate_loop *loops[HF_N_RATES];
} hf_rate_code;

typedef struct hf_rates hf_rates;

/* For vectors as `kernel` uses them; the reference, which uses none, is put beside the baseline's.
 * Takes some time to find out how many passes a millisecond is. */
hf_rates *hf_rates_create(const char *kernel, int n_repeats);
void hf_rates_destroy(hf_rates *rates);
void hf_rates_measure(hf_rates *rates, int repeat);

int hf_rates_vector_bytes(const hf_rates *rates);
/* [n_repeats] vectors a nanosecond. Borrowed. */
const double *hf_rates_of(const hf_rates *rates, hf_rate rate);
/* Adds the clock, and each rate a nanosecond, a cycle and in bytes. */
void hf_rates_report(const hf_rates *rates, hf_figures *figures);

#endif
