/* What both communicators share: the fold, agreement, maxima without floating point, and what the
 * launcher has to say. */
#include "parallel/comm_table.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/number.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hf_comm_close(hf_comm *comm) {
    if (!comm)
        return;
    comm->table->close(comm);
    hf_free(comm);
}

int hf_comm_rank(const hf_comm *comm) {
    return comm->rank;
}
int hf_comm_size(const hf_comm *comm) {
    return comm->size;
}
bool hf_comm_is_root(const hf_comm *comm) {
    return comm->rank == 0;
}
const char *hf_comm_library(const hf_comm *comm) {
    return comm->library;
}

void hf_comm_barrier(hf_comm *comm) {
    comm->table->barrier(comm);
}
void hf_comm_broadcast(hf_comm *comm, void *bytes, size_t n) {
    comm->table->broadcast(comm, bytes, n, 0);
}
void hf_comm_sum_u64(hf_comm *comm, uint64_t *values, size_t n) {
    comm->table->sum_u64(comm, values, n);
}
void hf_comm_max_i64(hf_comm *comm, int64_t *values, size_t n) {
    comm->table->max_i64(comm, values, n);
}
void hf_comm_gather(hf_comm *comm, const void *mine, size_t n, void *all) {
    comm->table->gather(comm, mine, n, all);
}
int64_t hf_comm_file_access(hf_comm *comm) {
    return comm->table->file_access(comm);
}
int64_t hf_comm_file_transfer(hf_comm *comm) {
    return comm->table->file_transfer(comm);
}

void hf_comm_send(hf_comm *comm, const void *bytes, size_t n, int to) {
    comm->table->send(comm, bytes, n, to);
}
void hf_comm_receive(hf_comm *comm, void *bytes, size_t n, int from) {
    comm->table->receive(comm, bytes, n, from);
}

void hf_comm_ask(hf_comm *comm, const void *bytes, size_t n) {
    comm->table->ask(comm, bytes, n);
}
uint64_t hf_comm_await(hf_comm *comm) {
    uint64_t number;
    comm->table->receive(comm, &number, sizeof number, 0);
    return number;
}
bool hf_comm_hear(hf_comm *comm, int *from, void *bytes, size_t n) {
    return comm->table->hear(comm, from, bytes, n);
}
void hf_comm_answer(hf_comm *comm, uint64_t number, int to) {
    comm->table->send(comm, &number, sizeof number, to);
}

/* As order-preserving integers: which zero, and which of two equal values, cannot depend on the
 * order in which ranks meet. */
void hf_comm_max_double(hf_comm *comm, double *values, size_t n) {
    for (size_t i = 0; i < n; i++) {
        HF_ASSERT(values[i] == values[i]); /* a NaN has no place in an order */
        uint64_t key = hf_double_key(values[i]) ^ 0x8000000000000000u;
        memcpy(&values[i], &key, sizeof key);
    }
    comm->table->max_i64(comm, values, n);
    for (size_t i = 0; i < n; i++) {
        uint64_t key = hf_double_bits(values[i]) ^ 0x8000000000000000u;
        values[i] = hf_key_double(key);
    }
}

/* Where each rank's bytes begin. Given. */
static size_t *add_up(const size_t *n, int size) {
    size_t *begin = HF_NEW(size, size_t);
    for (int rank = 1; rank < size; rank++)
        begin[rank] = begin[rank - 1] + n[rank - 1];
    return begin;
}

/* In step s each rank sends to the one s beyond it and hears the one s before it: no rank is the
 * aim of all at once. */
void hf_comm_exchange(hf_comm *comm, const void *out, const size_t *n_to, void *in,
                      const size_t *n_from) {
    int size = comm->size, rank = comm->rank;
    size_t *begin_to = add_up(n_to, size), *begin_from = add_up(n_from, size);
    HF_ASSERT(n_to[rank] == n_from[rank]);
    memcpy((char *)in + begin_from[rank], (const char *)out + begin_to[rank], n_to[rank]);
    for (int step = 1; step < size; step++) {
        int to = (int)(((int64_t)rank + step) % size),
            from = (int)(((int64_t)rank + size - step) % size);
        comm->table->swap(comm, (const char *)out + begin_to[to], n_to[to], to,
                          (char *)in + begin_from[from], n_from[from], from);
    }
    hf_free(begin_from);
    hf_free(begin_to);
}

static hf_status receive_and_merge(hf_comm *comm, void *thing, hf_merge *merge, int from,
                                   hf_status so_far, hf_error *err) {
    uint64_t n;
    comm->table->receive(comm, &n, sizeof n, from);
    unsigned char *bytes = HF_NEW(n, unsigned char);
    comm->table->receive(comm, bytes, n, from);
    hf_status status = so_far == HF_OK ? merge(thing, bytes, n, err) : so_far;
    hf_free(bytes);
    return status;
}

static void pack_and_send(hf_comm *comm, const void *thing, hf_pack *pack, int to) {
    unsigned char *bytes = NULL;
    uint64_t n = pack(thing, &bytes);
    comm->table->send(comm, &n, sizeof n, to);
    comm->table->send(comm, bytes, n, to);
    hf_free(bytes);
}

/* Rank r hears r + 1, r + 2, r + 4 ... up to its own lowest set bit, then tells r without that
 * bit. A rank whose merge failed goes on receiving and sending, so that nobody waits for ever. */
hf_status hf_comm_fold(hf_comm *comm, void *thing, hf_pack *pack, hf_merge *merge, hf_error *err) {
    hf_status status = HF_OK;
    for (int64_t step = 1; step < comm->size; step *= 2) {
        if (comm->rank & step) {
            pack_and_send(comm, thing, pack, (int)(comm->rank - step));
            break;
        }
        if (comm->rank + step < comm->size)
            status = receive_and_merge(comm, thing, merge, (int)(comm->rank + step), status, err);
    }
    return hf_comm_agree(comm, status, err);
}

hf_status hf_comm_agree(hf_comm *comm, hf_status mine, hf_error *err) {
    int64_t from_end = mine == HF_OK ? 0 : comm->size - comm->rank;
    comm->table->max_i64(comm, &from_end, 1);
    if (from_end == 0)
        return HF_OK;
    int first_failed = (int)(comm->size - from_end);
    hf_error agreed = {.status = mine};
    if (first_failed == comm->rank && err && err->status == mine)
        agreed = *err;
    comm->table->broadcast(comm, &agreed, sizeof agreed, first_failed);
    if (!agreed.text[0])
        snprintf(agreed.text, sizeof agreed.text, "rank %d: %s", first_failed,
                 hf_status_words(agreed.status));
    if (err)
        *err = agreed;
    return agreed.status;
}

void hf_comm_abort(hf_comm *comm, int exit_code) {
    fflush(stdout);
    fflush(stderr);
    comm->table->abort(exit_code);
    exit(exit_code);
}

/* Open MPI's own word comes first: ranks under mpirun inherit the Slurm step of its daemon. */
long hf_tasks_launched(const char **variable) {
    static const char *const variables[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE",
                                            "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"};
    bool in_step = getenv("SLURM_STEP_ID") != NULL;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        *variable = variables[i];
        const char *value = getenv(variables[i]);
        if (!value || (strncmp(variables[i], "SLURM", 5) == 0 && !in_step))
            continue;
        long n = strtol(value, NULL, 10);
        if (n > 0)
            return n;
    }
    return 0;
}
