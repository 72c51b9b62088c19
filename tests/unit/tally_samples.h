/* Tallies of made-up trials, for their tests. */
#ifndef HF_TESTS_UNIT_TALLY_SAMPLES_H
#define HF_TESTS_UNIT_TALLY_SAMPLES_H

#include "base/memory.h"
#include "stats/tally.h"
#include "unit/stats_samples.h"
#include <CUnit/CUnit.h>

enum { VARIANTS = 3, METRICS = 4, HAZARDS = 3, QUANTITIES = METRICS + 6 + HAZARDS, N = 2500 };
enum { EVENTS = METRICS + 6, TAIL = 40, LOSS = 1, LANES = 320, WEIGHTED_N = 300 * HF_PERIOD };

static hf_quantity quantities[QUANTITIES];
static bool all_weigh_1, all_is_calm_at_0;

/* What a quantity is where nothing happens. */
static inline double calm_of(int variant, int quantity) {
    bool is_0 = all_is_calm_at_0 || quantity == 2 || quantity >= EVENTS;
    return is_0 ? 0.0 : 0.1 + 3.0 * variant + quantity / 7.0;
}

static inline hf_tally *create_as(uint64_t keep_capacity, int tail_quantity, bool is_weighted) {
    static bool is_zero[VARIANTS][QUANTITIES];
    static double calm[VARIANTS][QUANTITIES];
    for (int q = 0; q < QUANTITIES; q++) {
        quantities[q] = (hf_quantity){.name = "q",
                                      .bad_side = q == 0 ? HF_BAD_LOW : HF_BAD_HIGH,
                                      .detail = q < METRICS ? HF_DISTRIBUTION : HF_MOMENTS};
        for (int v = 0; v < VARIANTS; v++)
            calm[v][q] = calm_of(v, q);
    }
    is_zero[1][EVENTS + 2] = true;
    hf_tally_options options = {keep_capacity, tail_quantity, TAIL,
                                HAZARDS,       EVENTS,        LOSS,
                                is_zero[0],    is_weighted,   is_weighted ? calm[0] : NULL};
    CU_ASSERT_TRUE(hf_tally_bytes(VARIANTS, QUANTITIES, quantities, &options, 20) > 10000);
    return hf_tally_create(VARIANTS, QUANTITIES, quantities, &options);
}

static inline hf_tally *create(uint64_t keep_capacity, int tail_quantity) {
    return create_as(keep_capacity, tail_quantity, false);
}

static inline double value_of(int variant, int quantity, uint64_t trial) {
    uint64_t seed = (uint64_t)(quantity * 31 + variant);
    double u = sample_uniform(seed, trial);
    if (quantity == 0)
        return u < 0.3 ? 1.0 : hf_floor(u * 64.0) / 64.0; /* many ties */
    if (quantity == LOSS)
        return sample_loss(seed, trial);
    if (quantity == 2)
        return sample_double(seed, trial, 900, 1200);
    if (quantity == 3)
        return u - 0.5;
    if (quantity >= EVENTS) /* the same in all variants; hazard 2 never strikes */
        return quantity == EVENTS + 2 ? 0.0
                                      : hf_floor(2.4 * sample_uniform((uint64_t)quantity, trial));
    return u < 0.8 ? 0.0 : hf_floor(200.0 * u);
}

/* A multiple of 2^-48 below 2^15: 0, tiny, huge, or about 1. */
static inline double weight_of(int variant, uint64_t trial) {
    uint64_t bits = sample_bits((uint64_t)(7000 + variant), trial);
    if (all_weigh_1)
        return 1.0;
    switch (trial % 11) {
    case 3:
        return 0.0;
    case 5:
        return (double)(bits >> 60) * 0x1p-48;
    case 7:
        return (double)(bits >> 11) * 0x1p-38;
    default:
        return (double)(bits >> 15) * 0x1p-48;
    }
}

/* Trials first .. first + n - 1; lanes beyond n, and variant 1's row of the hazard that never
 * strikes, hold what must not be read. */
static inline void absorb(hf_tally *tally, int first, int n) {
    static double rows[VARIANTS][QUANTITIES * LANES], weight_rows[VARIANTS][LANES];
    const double *values[VARIANTS] = {rows[0], rows[1], rows[2]};
    const double *weights[VARIANTS] = {weight_rows[0], weight_rows[1], weight_rows[2]};
    for (int v = 0; v < VARIANTS; v++)
        for (int i = 0; i < LANES; i++) {
            weight_rows[v][i] = i < n ? weight_of(v, (uint64_t)(first + i)) : -1.0;
            for (int q = 0; q < QUANTITIES; q++)
                rows[v][q * LANES + i] = i < n && !(v == 1 && q == EVENTS + 2)
                                             ? value_of(v, q, (uint64_t)(first + i))
                                             : 1e77;
        }
    hf_tally_absorb(tally, (uint64_t)first, n, LANES, values,
                    hf_tally_weights(tally, 0) ? weights : NULL);
}

static inline void fill(hf_tally *tally, int n) {
    for (int first = 0; first < n; first += LANES)
        absorb(tally, first, n - first < LANES ? n - first : LANES);
}

static inline hf_tally *create_full(uint64_t keep_capacity, int tail_quantity) {
    hf_tally *tally = create(keep_capacity, tail_quantity);
    fill(tally, N);
    return tally;
}

static inline hf_tally *create_full_weighted(void) {
    hf_tally *tally = create_as(1, LOSS, true);
    fill(tally, WEIGHTED_N);
    return tally;
}

static inline bool is_same(const hf_tally *a, const hf_tally *b) {
    unsigned char *x, *y;
    size_t n = hf_tally_pack(a, &x), m = hf_tally_pack(b, &y);
    bool same = n == m && memcmp(x, y, n) == 0;
    hf_free(x);
    hf_free(y);
    return same;
}

static inline void merge(hf_tally *into, const hf_tally *from) {
    unsigned char *bytes;
    hf_error err;
    size_t n = hf_tally_pack(from, &bytes);
    CU_ASSERT_EQUAL(hf_tally_merge(into, bytes, n, &err), HF_OK);
    hf_free(bytes);
}

#endif
