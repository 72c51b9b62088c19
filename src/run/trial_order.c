#include "run/trial_order.h"
#include "base/check.h"
#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

typedef struct run {
    uint64_t first, n; /* as of a range */
} run;

typedef struct kept_run { /* within one range */
    run trials;
    uint64_t at; /* in this rank's columns */
    int to;
} kept_run;

struct hf_trial_order {
    hf_comm *comm;
    uint64_t first_trial, n_trials, chunk;
    hf_trial_range mine;
    size_t n_out, n_in;
    kept_run *out;          /* [n_out] ascending, so by rank */
    run *in;                /* [n_in] by rank, of each ascending */
    size_t *n_to, *n_from;  /* [size] bytes of one column */
    double *values, *moved; /* [n_kept or the range's n] */
};

/* ---- ranges ---- */

static uint64_t chunks_of(const hf_trial_order *o) {
    return (o->n_trials + o->chunk - 1) / o->chunk;
}

hf_trial_range hf_trial_order_range(const hf_trial_order *o, int rank) {
    uint64_t size = (uint64_t)hf_comm_size(o->comm), n = chunks_of(o), r = (uint64_t)rank;
    uint64_t from = n * r / size * o->chunk, to = n * (r + 1) / size * o->chunk;
    to = to < o->n_trials ? to : o->n_trials;
    return (hf_trial_range){from, from < to ? to - from : 0};
}

uint64_t hf_trial_order_longest(const hf_trial_order *o) {
    uint64_t size = (uint64_t)hf_comm_size(o->comm);
    uint64_t most = (chunks_of(o) + size - 1) / size * o->chunk;
    return most < o->n_trials ? most : o->n_trials;
}

/* The last rank whose range begins at or before the trial's chunk. */
static int rank_of(const hf_trial_order *o, uint64_t trial) {
    return (int)(((trial / o->chunk + 1) * (uint64_t)hf_comm_size(o->comm) - 1) / chunks_of(o));
}

/* ---- who has what ---- */

/* The run that begins at trials[at], as far as one range goes. */
static kept_run run_at(const hf_trial_order *o, const uint64_t *trials, uint64_t at,
                       uint64_t n_kept) {
    HF_ASSERT(trials[at] - o->first_trial < o->n_trials);
    kept_run r = {.trials = {trials[at] - o->first_trial, 1}, .at = at};
    r.to = rank_of(o, r.trials.first);
    hf_trial_range range = hf_trial_order_range(o, r.to);
    uint64_t most = range.first + range.n - r.trials.first;
    most = most < n_kept - at ? most : n_kept - at;
    while (r.trials.n < most && trials[at + r.trials.n] == trials[at] + r.trials.n)
        r.trials.n++;
    return r;
}

static int compare_runs(const void *a, const void *b) {
    uint64_t x = ((const kept_run *)a)->trials.first, y = ((const kept_run *)b)->trials.first;
    return x < y ? -1 : x > y;
}

static void find_runs(hf_trial_order *o, uint64_t n_kept, const uint64_t *trials) {
    for (uint64_t at = 0; at < n_kept; at += run_at(o, trials, at, n_kept).trials.n)
        o->n_out++;
    o->out = HF_NEW(o->n_out, kept_run);
    for (uint64_t i = 0, at = 0; i < o->n_out; at += o->out[i++].trials.n)
        o->out[i] = run_at(o, trials, at, n_kept);
    qsort(o->out, o->n_out, sizeof *o->out, compare_runs);
}

/* Everybody learns which trials will come from whom. Collective. */
static void tell_runs(hf_trial_order *o) {
    size_t size = (size_t)hf_comm_size(o->comm);
    size_t *to = HF_NEW(size, size_t), *from = HF_NEW(size, size_t), *one = HF_NEW(size, size_t);
    run *out = HF_NEW(o->n_out, run);
    for (size_t i = 0; i < o->n_out; i++) {
        out[i] = o->out[i].trials;
        to[o->out[i].to] += sizeof *out;
        o->n_to[o->out[i].to] += out[i].n * sizeof(double);
    }
    for (size_t rank = 0; rank < size; rank++)
        one[rank] = sizeof *one;
    hf_comm_exchange(o->comm, to, one, from, one);
    for (size_t rank = 0; rank < size; rank++)
        o->n_in += from[rank] / sizeof *out;
    o->in = HF_NEW(o->n_in, run);
    hf_comm_exchange(o->comm, out, to, o->in, from);
    uint64_t n = 0;
    for (size_t rank = 0, i = 0; rank < size; rank++)
        for (size_t end = i + from[rank] / sizeof *out; i < end; i++) {
            o->n_from[rank] += o->in[i].n * sizeof(double);
            n += o->in[i].n;
        }
    HF_ASSERT(n == o->mine.n);
    hf_free(out);
    hf_free(one);
    hf_free(from);
    hf_free(to);
}

hf_trial_order *hf_trial_order_create(hf_comm *comm, uint64_t first_trial, uint64_t n_trials,
                                      uint64_t chunk, uint64_t n_kept, const uint64_t *trials) {
    hf_trial_order *o = HF_NEW(1, hf_trial_order);
    size_t size = (size_t)hf_comm_size(comm);
    *o = (hf_trial_order){
        .comm = comm, .first_trial = first_trial, .n_trials = n_trials, .chunk = chunk};
    o->mine = hf_trial_order_range(o, hf_comm_rank(comm));
    o->n_to = HF_NEW(size, size_t);
    o->n_from = HF_NEW(size, size_t);
    find_runs(o, n_kept, trials);
    tell_runs(o);
    uint64_t n = n_kept > o->mine.n ? n_kept : o->mine.n;
    o->values = HF_NEW(n, double);
    o->moved = HF_NEW(o->mine.n, double);
    return o;
}

void hf_trial_order_destroy(hf_trial_order *o) {
    if (!o)
        return;
    hf_free(o->moved);
    hf_free(o->values);
    hf_free(o->n_from);
    hf_free(o->n_to);
    hf_free(o->in);
    hf_free(o->out);
    hf_free(o);
}

/* ---- one column ---- */

const double *hf_trial_order_apply(hf_trial_order *o, const double *values) {
    double *out = o->values;
    const double *in = o->moved;
    for (size_t i = 0; i < o->n_out; out += o->out[i++].trials.n)
        memcpy(out, values + o->out[i].at, o->out[i].trials.n * sizeof(double));
    hf_comm_exchange(o->comm, o->values, o->n_to, o->moved, o->n_from);
    for (size_t i = 0; i < o->n_in; in += o->in[i++].n)
        memcpy(o->values + (o->in[i].first - o->mine.first), in, o->in[i].n * sizeof(double));
    return o->values;
}
