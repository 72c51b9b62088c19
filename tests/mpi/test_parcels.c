/* Parcels reach the root and leave it as they were given: empty ones, large ones, many, none. */
#include "base/hash.h"
#include "base/memory.h"
#include "parallel/comm_table.h"
#include "parallel/parcels.h"
#include <stdio.h>
#include <string.h>

enum { PIECE = 1000, LARGE = 5 * 1000 * 1000, MANY = 3000 };

static int n_failed;

static void check(bool holds, const char *what) {
    if (!holds)
        fprintf(stderr, "FAILED: %s\n", what);
    n_failed += !holds;
}

/* Parcel i of a rank: few are large, some are empty, around the size of a message. */
static size_t size_of(int rank, uint64_t i) {
    static const size_t sizes[] = {0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 0, 17};
    return i == 5 ? LARGE + (size_t)rank : sizes[(i + (uint64_t)rank) % 8];
}

static unsigned char byte_of(int rank, uint64_t i, size_t at) {
    return (unsigned char)hf_mix64((uint64_t)rank << 40 ^ i << 24 ^ at);
}

static void name_of(int rank, uint64_t i, char name[16]) {
    snprintf(name, 16, "%d of %u", rank % 100, (unsigned)(i % 10000));
}

static void give(hf_comm *comm, int to, int rank, uint64_t i) {
    size_t n = size_of(rank, i);
    char name[16];
    unsigned char *bytes = HF_NEW(n, unsigned char);
    for (size_t at = 0; at < n; at++)
        bytes[at] = byte_of(rank, i, at);
    name_of(rank, i, name);
    hf_parcel_give(comm, to, name, bytes, n);
    hf_free(bytes);
}

static bool is_right(const hf_parcel *parcel, int rank, uint64_t i) {
    char name[16];
    name_of(rank, i, name);
    bool same = strcmp(parcel->name, name) == 0 && parcel->n == size_of(rank, i);
    for (size_t at = 0; same && at < parcel->n; at++)
        same = parcel->bytes[at] == byte_of(rank, i, at);
    return same;
}

/* How many parcels came from a rank, all of them right. */
static uint64_t take_all(hf_comm *comm, int from, int rank) {
    uint64_t n = 0;
    for (hf_parcel parcel; hf_parcel_take(comm, from, &parcel); hf_free(parcel.bytes))
        check(is_right(&parcel, rank, n++), "a parcel is as it was given");
    return n;
}

/* Rank r has r * MANY / 2 parcels: rank 0 gives none, so does whoever has nothing. */
static uint64_t count_of(int rank) {
    return (uint64_t)(rank * MANY / 2);
}

/* To the root, one rank after the other, as at a save. */
static void check_collection(hf_comm *comm) {
    int rank = hf_comm_rank(comm);
    for (uint64_t i = 0; rank > 0 && i < count_of(rank - 1); i++)
        give(comm, 0, rank, i);
    if (rank > 0)
        hf_parcel_give_end(comm, 0);
    for (int from = 1; rank == 0 && from < hf_comm_size(comm); from++)
        check(take_all(comm, from, from) == count_of(from - 1), "all parcels come, and an end");
}

/* From the root, in turn, as on a resume. */
static void check_dealing(hf_comm *comm) {
    int rank = hf_comm_rank(comm), size = hf_comm_size(comm);
    if (rank > 0) {
        check(take_all(comm, 0, rank) == MANY, "all that was dealt comes, and an end");
        return;
    }
    for (uint64_t i = 0; i < MANY; i++)
        for (int to = 1; to < size; to++)
            give(comm, to, to, i);
    for (int to = 1; to < size; to++)
        hf_parcel_give_end(comm, to);
}

int main(int argc, char **argv) {
    hf_comm *comm = NULL;
    hf_error err;
    if (hf_comm_open_mpi(&argc, &argv, &comm, &err) != HF_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    comm->piece = PIECE; /* no message is larger */
    for (int round = 0; round < 2; round++) {
        check_collection(comm);
        check_dealing(comm);
    }
    int64_t failures = n_failed;
    hf_comm_max_i64(comm, &failures, 1);
    hf_comm_close(comm);
    return failures > 0;
}
