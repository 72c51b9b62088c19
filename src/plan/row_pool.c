/* Frozen rows of T weeks (plan/build.h). */
#include "base/number.h"
#include "plan/build.h"
#include <string.h>

void hf_row_pool_init(hf_row_pool *pool, hf_arena *arena, int n_weeks) {
    *pool = (hf_row_pool){.arena = arena, .n_weeks = n_weeks};
}

void hf_row_pool_clear(hf_row_pool *pool) {
    hf_free(pool->constants);
    *pool = (hf_row_pool){0};
}

/* Where `value` stands among the constants, or would: they ascend. */
static int find(const hf_row_pool *pool, double value) {
    int low = 0, high = pool->n_constants;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (pool->constants[middle][0] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const double *hf_row_pool_constant(hf_row_pool *pool, double value) {
    value = hf_plain_zero(value);
    int place = find(pool, value);
    if (place < pool->n_constants && pool->constants[place][0] == value)
        return pool->constants[place];
    if (pool->n_constants == pool->capacity) {
        int grown = 2 * pool->capacity + 64;
        pool->constants = hf_realloc(pool->constants, (size_t)pool->n_constants, (size_t)grown,
                                     sizeof *pool->constants);
        pool->capacity = grown;
    }
    double *row = HF_ARENA_NEW(pool->arena, pool->n_weeks, double);
    for (int t = 0; t < pool->n_weeks; t++)
        row[t] = value;
    memmove(&pool->constants[place + 1], &pool->constants[place],
            (size_t)(pool->n_constants - place) * sizeof *pool->constants);
    pool->constants[place] = row;
    pool->n_constants++;
    return row;
}

const double *hf_row_pool_keep(hf_row_pool *pool, const double *values) {
    int t = 1;
    while (t < pool->n_weeks && values[t] == values[0])
        t++;
    if (t >= pool->n_weeks)
        return hf_row_pool_constant(pool, values[0]);
    double *row = HF_ARENA_NEW(pool->arena, pool->n_weeks, double);
    for (t = 0; t < pool->n_weeks; t++)
        row[t] = hf_plain_zero(values[t]);
    return row;
}
