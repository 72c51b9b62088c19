#include "stats/selection.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/number.h"

enum { BITS = 4, N_PROBES = (1 << BITS) - 1, N_ROUNDS = 64 / BITS, RADIX = 256 };

/* One pass of the radix sort by byte `byte` of the key; `count` is that byte's histogram. */
static void scatter(const double *from, double *to, uint64_t n, int byte, const uint64_t *count) {
    uint64_t next[RADIX], at = 0;
    for (int b = 0; b < RADIX; b++) {
        next[b] = at;
        at += count[b];
    }
    for (uint64_t i = 0; i < n; i++)
        to[next[hf_double_key(from[i]) >> (8 * byte) & 0xFF]++] = from[i];
}

void hf_column_sort(double *values, uint64_t n, double *scratch) {
    uint64_t count[8][RADIX] = {{0}};
    for (uint64_t i = 0; i < n; i++) {
        values[i] = hf_plain_zero(values[i]);
        uint64_t key = hf_double_key(values[i]);
        for (int byte = 0; byte < 8; byte++)
            count[byte][key >> (8 * byte) & 0xFF]++;
    }
    double *from = values, *to = scratch;
    for (int byte = 0; byte < 8 && n > 0; byte++) {
        if (count[byte][hf_double_key(from[0]) >> (8 * byte) & 0xFF] == n)
            continue; /* all alike */
        scatter(from, to, n, byte, count[byte]);
        double *swap = from;
        from = to;
        to = swap;
    }
    for (uint64_t i = 0; from != values && i < n; i++)
        values[i] = from[i];
}

/* How many of sorted[first..last) have keys below `key`, added to `first`. */
static uint64_t find_key(const double *sorted, uint64_t first, uint64_t last, uint64_t key) {
    while (first < last) {
        uint64_t middle = first + (last - first) / 2;
        if (hf_double_key(sorted[middle]) < key)
            first = middle + 1;
        else
            last = middle;
    }
    return first;
}

uint64_t hf_column_count_below(const double *sorted, uint64_t n, double x) {
    return find_key(sorted, 0, n, hf_double_key(x));
}

/* The value sought has a key in [prefix, prefix + 2^shift 16); here it can only lie at
 * first..last. */
typedef struct search {
    int column;
    uint64_t rank;
    uint64_t prefix;
    uint64_t first, last;
} search;

struct hf_selection {
    const double *const *sorted;
    uint64_t n_local;
    int n_requests, round;
    search *searches;
    uint64_t *positions; /* [request][probe]: this rank's part of the counts */
    double *values;
};

hf_selection *hf_selection_create(int n_columns, uint64_t n_local, const double *const *sorted,
                                  int n_requests, const hf_request *requests) {
    hf_selection *s = HF_NEW(1, hf_selection);
    *s = (hf_selection){.sorted = sorted,
                        .n_local = n_local,
                        .n_requests = n_requests,
                        .searches = HF_NEW(n_requests, search),
                        .positions = HF_NEW((size_t)n_requests * N_PROBES, uint64_t),
                        .values = HF_NEW(n_requests, double)};
    for (int i = 0; i < n_requests; i++) {
        HF_ASSERT(requests[i].column >= 0 && requests[i].column < n_columns);
        HF_ASSERT(requests[i].rank >= 1);
        s->searches[i] =
            (search){.column = requests[i].column, .rank = requests[i].rank, .last = n_local};
    }
    return s;
}

void hf_selection_destroy(hf_selection *selection) {
    if (!selection)
        return;
    hf_free(selection->searches);
    hf_free(selection->positions);
    hf_free(selection->values);
    hf_free(selection);
}

size_t hf_selection_n_counts(const hf_selection *selection) {
    return (size_t)selection->n_requests * N_PROBES;
}

bool hf_selection_is_done(const hf_selection *selection) {
    return selection->round == N_ROUNDS;
}

/* Probe 1..15 of a round. */
static uint64_t make_probe(const hf_selection *s, const search *sought, int probe) {
    return sought->prefix | (uint64_t)probe << (64 - BITS * (s->round + 1));
}

void hf_selection_count_local(hf_selection *s, uint64_t *counts) {
    for (int i = 0; i < s->n_requests; i++) {
        const search *sought = &s->searches[i];
        uint64_t at = sought->first, *positions = s->positions + (size_t)i * N_PROBES;
        for (int probe = 1; probe <= N_PROBES; probe++) {
            at = at == sought->last ? at
                                    : find_key(s->sorted[sought->column], at, sought->last,
                                               make_probe(s, sought, probe));
            positions[probe - 1] = at;
            counts[(size_t)i * N_PROBES + (size_t)probe - 1] = at;
        }
    }
}

void hf_selection_narrow(hf_selection *s, const uint64_t *counts) {
    for (int i = 0; i < s->n_requests; i++) {
        search *sought = &s->searches[i];
        const uint64_t *below = counts + (size_t)i * N_PROBES;
        const uint64_t *positions = s->positions + (size_t)i * N_PROBES;
        int digit = 0; /* the largest probe with fewer than `rank` values below it */
        while (digit < N_PROBES && below[digit] < sought->rank)
            digit++;
        if (digit < N_PROBES)
            sought->last = positions[digit];
        if (digit > 0)
            sought->first = positions[digit - 1];
        sought->prefix = digit ? make_probe(s, sought, digit) : sought->prefix;
    }
    if (++s->round == N_ROUNDS)
        for (int i = 0; i < s->n_requests; i++)
            s->values[i] = hf_key_double(s->searches[i].prefix);
}

const double *hf_selection_values(const hf_selection *selection) {
    HF_ASSERT(hf_selection_is_done(selection));
    return selection->values;
}
