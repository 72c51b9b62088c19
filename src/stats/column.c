#include "stats/column.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/number.h"
#include <stdbool.h>
#include <stddef.h>

enum { RADIX = 256 };

/* Values with their weights, if they have any. */
typedef struct pairs {
    double *values;
    double *weights; /* or NULL */
} pairs;

static pairs new_pairs(uint64_t n, bool has_weights) {
    return (pairs){HF_NEW(n, double), has_weights ? HF_NEW(n, double) : NULL};
}

static void clear_pairs(pairs *p) {
    hf_free(p->values);
    hf_free(p->weights);
}

/* One pass of the radix sort by byte `byte` of the key; `count` is that byte's histogram. */
static void scatter(const pairs *from, pairs *to, uint64_t n, int byte, const uint64_t *count) {
    uint64_t next[RADIX], at = 0;
    for (int b = 0; b < RADIX; b++) {
        next[b] = at;
        at += count[b];
    }
    for (uint64_t i = 0; i < n; i++) {
        uint64_t place = next[hf_double_key(from->values[i]) >> (8 * byte) & 0xFF]++;
        to->values[place] = from->values[i];
        if (from->weights)
            to->weights[place] = from->weights[i];
    }
}

/* Leaves the pairs sorted in `mine`; `scratch` is overwritten. */
static void sort(pairs *mine, pairs *scratch, uint64_t n) {
    uint64_t count[8][RADIX] = {{0}};
    for (uint64_t i = 0; i < n; i++) {
        uint64_t key = hf_double_key(mine->values[i]);
        for (int byte = 0; byte < 8; byte++)
            count[byte][key >> (8 * byte) & 0xFF]++;
    }
    for (int byte = 0; byte < 8 && n > 0; byte++) {
        if (count[byte][hf_double_key(mine->values[0]) >> (8 * byte) & 0xFF] == n)
            continue; /* all alike */
        scatter(mine, scratch, n, byte, count[byte]);
        pairs swap = *mine;
        *mine = *scratch;
        *scratch = swap;
    }
}

static hf_mass *sum_masses(uint64_t n, const double *weights) {
    hf_mass *below = HF_NEW(n + 1, hf_mass);
    for (uint64_t i = 0; i < n; i++) {
        HF_ASSERT(weights[i] >= 0.0 && weights[i] < 0x1p15);
        below[i + 1] = below[i] + (uint64_t)(weights[i] * 0x1p48);
    }
    return below;
}

void hf_column_init(hf_column *column, uint64_t n, const double *values, const double *weights) {
    pairs mine = new_pairs(n, weights != NULL), scratch = new_pairs(n, weights != NULL);
    for (uint64_t i = 0; i < n; i++) {
        mine.values[i] = hf_plain_zero(values[i]);
        if (weights)
            mine.weights[i] = weights[i];
    }
    sort(&mine, &scratch, n);
    clear_pairs(&scratch);
    *column = (hf_column){n, mine.values, weights ? sum_masses(n, mine.weights) : NULL};
    hf_free(mine.weights);
}

void hf_column_clear(hf_column *column) {
    hf_free((void *)column->values);
    hf_free((void *)column->below);
    *column = (hf_column){0};
}

static uint64_t count_keys_below(const hf_column *column, uint64_t key) {
    uint64_t first = 0, last = column->n;
    while (first < last) {
        uint64_t middle = first + (last - first) / 2;
        if (hf_double_key(column->values[middle]) < key)
            first = middle + 1;
        else
            last = middle;
    }
    return first;
}

uint64_t hf_column_count_below(const hf_column *column, double x) {
    return count_keys_below(column, hf_double_key(x));
}

uint64_t hf_column_count_to(const hf_column *column, double x) {
    return count_keys_below(column, hf_double_key(x) + 1);
}

hf_mass hf_column_mass_before(const hf_column *column, uint64_t i) {
    return column->below ? column->below[i] : i;
}

hf_mass hf_column_mass(const hf_column *column) {
    return hf_column_mass_before(column, column->n);
}

hf_mass hf_column_mass_below(const hf_column *column, double x) {
    return hf_column_mass_before(column, hf_column_count_below(column, x));
}

hf_mass hf_mass_rank(hf_mass total, uint32_t p_millionths) {
    HF_ASSERT(total >> 96 == 0);
    hf_mass rank = (total * p_millionths + 999999) / 1000000;
    return rank ? rank : 1;
}

hf_mass hf_mass_rank_of(hf_mass total, double p) {
    HF_ASSERT(p >= 0.0 && p <= 1.0 && total >> 96 == 0);
    /* in two parts, since the product needs more than 128 bits; the lower one is rounded up */
    hf_mass share = (uint64_t)(p * 0x1p40), mask = ((hf_mass)1 << 40) - 1;
    hf_mass rank = (total >> 40) * share + ((((total & mask) * share) + mask) >> 40);
    return rank ? rank : 1;
}

void hf_mass_split(hf_mass mass, uint64_t words[2]) {
    HF_ASSERT(mass >> 96 == 0);
    words[0] = (uint64_t)mass & 0xFFFFFFFFu;
    words[1] = (uint64_t)(mass >> 32);
}

hf_mass hf_mass_join(const uint64_t words[2]) {
    return ((hf_mass)words[1] << 32) + words[0];
}
