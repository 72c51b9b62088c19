#include "stats/selection.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/number.h"

enum { BITS = 4, N_PROBES = (1 << BITS) - 1, N_ROUNDS = 64 / BITS, WORDS = 2 /* a mass */ };

/* Where in a column the value sought can only lie, and where in it the probes of a round fall. */
typedef struct range {
    uint64_t first, last;
    uint64_t positions[N_PROBES];
} range;

/* The value sought has a key in [prefix, prefix + 2^shift 16). */
typedef struct search {
    hf_request request;
    uint64_t prefix;
    range within, without;
} search;

struct hf_selection {
    const hf_column *columns;
    int n_requests, round;
    search *searches;
    double *values;
};

hf_selection *hf_selection_create(int n_columns, const hf_column *columns, int n_requests,
                                  const hf_request *requests) {
    hf_selection *s = HF_NEW(1, hf_selection);
    *s = (hf_selection){.columns = columns,
                        .n_requests = n_requests,
                        .searches = HF_NEW(n_requests, search),
                        .values = HF_NEW(n_requests, double)};
    for (int i = 0; i < n_requests; i++) {
        const hf_request *r = &requests[i];
        HF_ASSERT(r->column >= 0 && r->column < n_columns && r->without < n_columns);
        HF_ASSERT(r->rank >= 1);
        s->searches[i] = (search){.request = *r, .within.last = columns[r->column].n};
        if (r->without >= 0)
            s->searches[i].without.last = columns[r->without].n;
    }
    return s;
}

void hf_selection_destroy(hf_selection *selection) {
    if (!selection)
        return;
    hf_free(selection->searches);
    hf_free(selection->values);
    hf_free(selection);
}

size_t hf_selection_n_counts(const hf_selection *selection) {
    return (size_t)selection->n_requests * N_PROBES * WORDS;
}

bool hf_selection_is_done(const hf_selection *selection) {
    return selection->round == N_ROUNDS;
}

/* Probe 1..15 of a round, as a key. */
static uint64_t make_probe(const hf_selection *s, const search *sought, int probe) {
    return sought->prefix | (uint64_t)probe << (64 - BITS * (s->round + 1));
}

/* How many values in first..last have keys below `key`, added to `first`. */
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

static void find_probes(const hf_selection *s, const search *sought, const hf_column *column,
                        range *r) {
    uint64_t at = r->first;
    for (int probe = 1; probe <= N_PROBES; probe++) {
        if (at != r->last)
            at = find_key(column->values, at, r->last, make_probe(s, sought, probe));
        r->positions[probe - 1] = at;
    }
}

void hf_selection_count_local(hf_selection *s, uint64_t *counts) {
    for (int i = 0; i < s->n_requests; i++) {
        search *sought = &s->searches[i];
        const hf_column *column = &s->columns[sought->request.column], *without = NULL;
        find_probes(s, sought, column, &sought->within);
        if (sought->request.without >= 0) {
            without = &s->columns[sought->request.without];
            find_probes(s, sought, without, &sought->without);
        }
        for (int probe = 0; probe < N_PROBES; probe++) {
            hf_mass mass = hf_column_mass_before(column, sought->within.positions[probe]);
            if (without)
                mass -= hf_column_mass_before(without, sought->without.positions[probe]);
            hf_mass_split(mass, counts + WORDS * ((size_t)i * N_PROBES + (size_t)probe));
        }
    }
}

/* To the values between probes `digit` and `digit` + 1; 0 is the range's own start. */
static void narrow(range *r, int digit) {
    if (digit < N_PROBES)
        r->last = r->positions[digit];
    if (digit > 0)
        r->first = r->positions[digit - 1];
}

void hf_selection_narrow(hf_selection *s, const uint64_t *counts) {
    for (int i = 0; i < s->n_requests; i++) {
        search *sought = &s->searches[i];
        const uint64_t *below = counts + WORDS * (size_t)i * N_PROBES;
        int digit = 0; /* the largest probe with less than `rank` below it */
        while (digit < N_PROBES && hf_mass_join(below + WORDS * digit) < sought->request.rank)
            digit++;
        narrow(&sought->within, digit);
        narrow(&sought->without, digit);
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
