/* The communicators: every collective against what one process computes alone.
 *
 *   test_comm             all checks; exit 0 if they hold on every rank
 *   test_comm serial      the same without MPI
 *   test_comm large       counts above INT_MAX (needs about 5 GB)
 *   test_comm HOW RANK    that rank fails alone: abort, fatal, mpi, assert (test_comm_failures.sh)
 */
#include "base/check.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/number.h"
#include "parallel/comm_table.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uint64_t n_failed;
static int here;

#define CHECK(condition)                                                                           \
    ((condition) ? (void)0                                                                         \
                 : (n_failed++, (void)fprintf(stderr, "rank %d: %s:%d: %s\n", here, __FILE__,      \
                                              __LINE__, #condition)))

enum { MAX_RANKS = 64, N = 1000 };

/* Any rank can compute any rank's value: what "the serial result" is made of. */
static uint64_t value_of(int rank, size_t i) {
    return hf_mix64((uint64_t)rank * 1000003u + i);
}

static void check_broadcast(hf_comm *comm, size_t n) {
    unsigned char *bytes = HF_NEW(n, unsigned char);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)value_of(here, i);
    hf_comm_broadcast(comm, bytes, n);
    size_t n_wrong = 0;
    for (size_t i = 0; i < n; i++)
        n_wrong += bytes[i] != (unsigned char)value_of(0, i);
    CHECK(n_wrong == 0);
    hf_free(bytes);
}

static void check_reductions(hf_comm *comm, size_t n) {
    uint64_t *sums = HF_NEW(n, uint64_t);
    int64_t *maxima = HF_NEW(n, int64_t);
    double *doubles = HF_NEW(n, double);
    for (size_t i = 0; i < n; i++) {
        sums[i] = value_of(here, i); /* wraps */
        maxima[i] = (int64_t)value_of(here, i);
        doubles[i] = (double)maxima[i] * 1e-3;
    }
    hf_comm_sum_u64(comm, sums, n);
    hf_comm_max_i64(comm, maxima, n);
    hf_comm_max_double(comm, doubles, n);
    size_t n_wrong = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t sum = 0;
        int64_t max = INT64_MIN;
        for (int rank = 0; rank < hf_comm_size(comm); rank++) {
            uint64_t value = value_of(rank, i);
            sum += value;
            max = (int64_t)value > max ? (int64_t)value : max;
        }
        n_wrong += sums[i] != sum;
        n_wrong += maxima[i] != max;
        n_wrong += hf_double_bits(doubles[i]) != hf_double_bits((double)max * 1e-3);
    }
    CHECK(n_wrong == 0);
    hf_free(sums);
    hf_free(maxima);
    hf_free(doubles);
}

/* Extremes, and zeros whose sign must not depend on who comes first. */
static void check_doubles(hf_comm *comm) {
    bool last = here == hf_comm_size(comm) - 1;
    double x[] = {last ? -0.0 : -1.0, last ? 0.0 : -0.0, -0x1p-1074, last ? 1e300 : -1e300,
                  -(double)here};
    hf_comm_max_double(comm, x, sizeof x / sizeof x[0]);
    CHECK(hf_double_bits(x[0]) == 0);
    CHECK(hf_double_bits(x[1]) == 0);
    CHECK(x[2] == -0x1p-1074);
    CHECK(x[3] == 1e300);
    CHECK(hf_double_bits(x[4]) == 0);
}

static void check_gather(hf_comm *comm, size_t n) {
    size_t n_all = n * (size_t)hf_comm_size(comm);
    unsigned char *mine = HF_NEW(n, unsigned char);
    unsigned char *all = hf_comm_is_root(comm) ? HF_NEW(n_all, unsigned char) : NULL;
    for (size_t i = 0; i < n; i++)
        mine[i] = (unsigned char)value_of(here, i);
    hf_comm_gather(comm, mine, n, all);
    size_t n_wrong = 0;
    for (size_t i = 0; all && i < n_all; i++)
        n_wrong += all[i] != (unsigned char)value_of((int)(i / n), i % n);
    CHECK(n_wrong == 0);
    hf_free(mine);
    hf_free(all);
}

/* Bytes that rank `from` has for rank `to`: none, few, or many more than the others. */
static size_t parcel(int from, int to, size_t n) {
    return (from + to) % 3 == 0 ? 0 : from == to + 1 ? 5 * n : (size_t)(to + 1) * n / 4;
}

/* Parcels of n bytes and more, each its own; not a byte is written beyond them. */
static void check_exchange(hf_comm *comm, size_t n) {
    int size = hf_comm_size(comm);
    size_t n_to[MAX_RANKS], n_from[MAX_RANKS], n_out = 0, n_in = 0, n_wrong = 0, at = 0;
    for (int rank = 0; rank < size; rank++) {
        n_out += n_to[rank] = parcel(here, rank, n);
        n_in += n_from[rank] = parcel(rank, here, n);
    }
    unsigned char *out = HF_NEW(n_out, unsigned char), *in = HF_NEW(n_in + 1, unsigned char);
    for (int rank = 0; rank < size; rank++)
        for (size_t i = 0; i < n_to[rank]; i++)
            out[at++] = (unsigned char)value_of(here * MAX_RANKS + rank, i);
    in[n_in] = 77;
    hf_comm_exchange(comm, out, n_to, in, n_from);
    at = 0;
    for (int rank = 0; rank < size; rank++)
        for (size_t i = 0; i < n_from[rank]; i++)
            n_wrong += in[at++] != (unsigned char)value_of(rank * MAX_RANKS + here, i);
    CHECK(n_wrong == 0 && in[n_in] == 77);
    hf_free(in);
    hf_free(out);
}

/* A thing to fold: which ranks are in it, how often, and a wrapping sum, in a length that grows. */
typedef struct bag {
    size_t n;
    uint64_t ranks[MAX_RANKS];
    uint64_t sum;
    uint64_t refused; /* merging this rank's bag fails; MAX_RANKS: none */
} bag;

static size_t pack_bag(const void *thing, unsigned char **bytes) {
    const bag *b = thing;
    size_t n = (b->n + 1) * 8;
    *bytes = HF_NEW(n, unsigned char);
    memcpy(*bytes, &b->sum, 8);
    memcpy(*bytes + 8, b->ranks, n - 8);
    return n;
}

static hf_status merge_bag(void *thing, const unsigned char *bytes, size_t n, hf_error *err) {
    bag *b = thing;
    uint64_t sum;
    memcpy(&sum, bytes, 8);
    b->sum += sum;
    for (size_t i = 8; i < n; i += 8) {
        uint64_t rank;
        memcpy(&rank, bytes + i, 8);
        if (rank == b->refused)
            return hf_fail(err, HF_BAD_FILE, "the bag of rank %d is torn", (int)rank);
        HF_ASSERT(b->n < MAX_RANKS);
        b->ranks[b->n++] = rank;
    }
    return HF_OK;
}

static size_t pack_nothing(const void *thing, unsigned char **bytes) {
    (void)thing;
    *bytes = NULL;
    return 0;
}
static hf_status count_merges(void *thing, const unsigned char *bytes, size_t n, hf_error *err) {
    (void)bytes, (void)err;
    CHECK(n == 0);
    ++*(int *)thing;
    return HF_OK;
}

/* All ranks late in turn: whatever arrives first, the root holds each rank once, the same sum. */
static void check_fold(hf_comm *comm, int late) {
    int size = hf_comm_size(comm);
    bag b = {.n = 1, .ranks = {(uint64_t)here}, .sum = value_of(here, 7), .refused = MAX_RANKS};
    if (here == late)
        usleep(30 * 1000);
    hf_error err = {0};
    CHECK(hf_comm_fold(comm, &b, pack_bag, merge_bag, &err) == HF_OK);
    if (!hf_comm_is_root(comm))
        return;
    uint64_t sum = 0;
    int seen[MAX_RANKS] = {0};
    for (int rank = 0; rank < size; rank++)
        sum += value_of(rank, 7);
    for (size_t i = 0; i < b.n; i++)
        seen[b.ranks[i]]++;
    CHECK(b.n == (size_t)size);
    CHECK(b.sum == sum);
    for (int rank = 0; rank < size; rank++)
        CHECK(seen[rank] == 1);
}

static void check_fold_of_nothing(hf_comm *comm) {
    int n_merges = 0;
    hf_error err;
    CHECK(hf_comm_fold(comm, &n_merges, pack_nothing, count_merges, &err) == HF_OK);
    int n_children = 0; /* of this rank in the binomial tree */
    for (int step = 1; step < hf_comm_size(comm) && !(here & step); step *= 2)
        n_children += here + step < hf_comm_size(comm);
    CHECK(n_merges == n_children);
}

/* A merge that fails somewhere in the tree is everybody's, with its text. */
static void check_fold_that_fails(hf_comm *comm) {
    for (int refused = 1; refused < hf_comm_size(comm); refused++) {
        bag b = {.n = 1, .ranks = {(uint64_t)here}, .refused = (uint64_t)refused};
        hf_error err = {0};
        char expected[64];
        snprintf(expected, sizeof expected, "the bag of rank %d is torn", refused);
        CHECK(hf_comm_fold(comm, &b, pack_bag, merge_bag, &err) == HF_BAD_FILE);
        CHECK(err.status == HF_BAD_FILE);
        CHECK(strcmp(err.text, expected) == 0);
    }
}

static void check_agreement(hf_comm *comm) {
    hf_error err = {0};
    CHECK(hf_comm_agree(comm, HF_OK, &err) == HF_OK);
    CHECK(hf_comm_agree(comm, HF_OK, NULL) == HF_OK);
    for (int first = 0; first < hf_comm_size(comm); first++) { /* it and all above fail */
        hf_status mine = here < first    ? HF_OK
                         : here == first ? hf_fail(&err, HF_BAD_FILE, "rank %d: disk full", here)
                                         : hf_fail(&err, HF_NO_MEMORY, "rank %d: no memory", here);
        char expected[64];
        snprintf(expected, sizeof expected, "rank %d: disk full", first);
        CHECK(hf_comm_agree(comm, mine, &err) == HF_BAD_FILE);
        CHECK(err.status == HF_BAD_FILE && strcmp(err.text, expected) == 0);
        CHECK(hf_comm_agree(comm, mine, NULL) == HF_BAD_FILE);
        hf_error silent = {0}; /* a status whose text nobody filled in still says something */
        CHECK(hf_comm_agree(comm, mine, &silent) == HF_BAD_FILE);
        CHECK(strstr(silent.text, "file error") != NULL);
    }
}

/* Ranks that wait leave the core to the one that works. */
static void check_idle(hf_comm *comm) {
    hf_comm_barrier(comm);
    double cpu_s = hf_clock_cpu_seconds(), start_s = hf_clock_seconds();
    if (hf_comm_is_root(comm))
        usleep(500 * 1000);
    hf_comm_barrier(comm);
    CHECK(hf_comm_size(comm) == 1 || hf_clock_seconds() - start_s > 0.4);
    CHECK(hf_clock_cpu_seconds() - cpu_s < 0.25);
}

static void check_all(hf_comm *comm) {
    static const size_t sizes[] = {0, 1, 2, 17, N};
    const size_t whole = comm->piece;
    hf_comm_barrier(comm);
    for (size_t piece = 1; piece <= 10000; piece = piece * 3 + 1) { /* 1, 4, 13 ... and whole */
        comm->piece = piece < 10000 / 3 ? piece : whole;
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            check_broadcast(comm, sizes[i]);
            check_reductions(comm, sizes[i]);
            check_gather(comm, sizes[i]);
            check_exchange(comm, sizes[i]);
        }
        check_fold(comm, -1);
    }
    comm->piece = whole;
    check_doubles(comm);
    for (int late = 0; late < hf_comm_size(comm); late++)
        check_fold(comm, late);
    check_fold_of_nothing(comm);
    check_fold_that_fails(comm);
    check_agreement(comm);
    check_idle(comm);
}

static void check_large(hf_comm *comm) {
    size_t n = (size_t)INT_MAX + 70000;
    unsigned char *bytes = HF_NEW(n, unsigned char);
    if (hf_comm_is_root(comm))
        for (size_t i = 0; i < n; i += 4096)
            bytes[i] = (unsigned char)value_of(0, i);
    hf_comm_broadcast(comm, bytes, n);
    size_t n_wrong = 0;
    for (size_t i = 0; i < n; i += 4096)
        n_wrong += bytes[i] != (unsigned char)value_of(0, i);
    CHECK(n_wrong == 0);
    hf_free(bytes);
}

/* A rank that merely exits leaves the others to the launcher, and srun does not care. */
static void left_without_abort(void) {
    fprintf(stderr, "WRONG: rank %d exits, without an abort of all\n", here);
}

static _Noreturn void fail_alone(hf_comm *comm, const char *how, int rank) {
    if (comm->size > 1)
        atexit(left_without_abort);
    if (here == rank) {
        usleep(200 * 1000); /* the others wait in a collective by now */
        if (strcmp(how, "fatal") == 0)
            hf_fatal(3, "rank %d: the sky fell", here);
        if (strcmp(how, "mpi") == 0)
            comm->table->send(comm, "x", 1, 1000000); /* no such rank */
        HF_ASSERT(strcmp(how, "assert") != 0);
        fprintf(stderr, "holdfast: rank %d: the disk is full\n", here);
        hf_comm_abort(comm, 3);
    }
    hf_comm_barrier(comm);
    fprintf(stderr, "WRONG: rank %d went past a barrier that was never reached\n", here);
    exit(0);
}

int main(int argc, char **argv) {
    const char *mode = argc > 1 ? argv[1] : "check";
    hf_comm *comm;
    hf_error err;
    if (strcmp(mode, "serial") == 0) {
        comm = hf_comm_open_serial();
        CHECK(strcmp(hf_comm_library(comm), "none") == 0);
    } else if (hf_comm_open_mpi(&argc, &argv, &comm, &err) != HF_OK) {
        fprintf(stderr, "%s\n", err.text);
        return hf_status_exit_code(err.status);
    } else {
        CHECK(hf_comm_library(comm)[0]);
    }
    here = hf_comm_rank(comm);
    CHECK(0 <= here && here < hf_comm_size(comm) && hf_comm_size(comm) <= MAX_RANKS);
    CHECK(hf_comm_is_root(comm) == (here == 0));

    if (argc > 2)
        fail_alone(comm, mode, atoi(argv[2]));
    if (strcmp(mode, "large") == 0)
        check_large(comm);
    else
        check_all(comm);

    hf_comm_sum_u64(comm, &n_failed, 1);
    if (hf_comm_is_root(comm))
        printf("%s, %d ranks: %llu failed checks\n", hf_comm_library(comm), hf_comm_size(comm),
               (unsigned long long)n_failed);
    hf_comm_close(comm);
    return n_failed ? 1 : 0;
}
