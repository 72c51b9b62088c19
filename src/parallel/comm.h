/* Ranks that work together. Two implementations: serial (one rank, no MPI in sight) and MPI, which
 * a build may leave out (HF_MPI=OFF).
 *
 * comm_mpi.c is the only file that names MPI. Calls marked "Collective." are made by all ranks in
 * the same order. A failing MPI call ends the job with its message: there is no status to check. */
#ifndef HF_PARALLEL_COMM_H
#define HF_PARALLEL_COMM_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hf_comm hf_comm;

/* One rank. Given; close with hf_comm_close. */
hf_comm *hf_comm_open_serial(void);
/* Starts MPI (once a process). Refuses a launcher that started several tasks which do not know of
 * each other (SLURM_NTASKS or OMPI_COMM_WORLD_SIZE against the communicator's size). Without MPI:
 * the one rank, and the same refusal. Collective. */
hf_status hf_comm_open_mpi(int *argc, char ***argv, hf_comm **comm, hf_error *err) HF_MUST_CHECK;
/* Ends MPI if it was started. Collective. */
void hf_comm_close(hf_comm *comm);

int hf_comm_rank(const hf_comm *comm);
int hf_comm_size(const hf_comm *comm);
bool hf_comm_is_root(const hf_comm *comm); /* rank 0 */
/* "Open MPI v4.1.4, ..." or "none". Borrowed from the library. */
const char *hf_comm_library(const hf_comm *comm);

void hf_comm_barrier(hf_comm *comm);                              /* Collective. */
void hf_comm_broadcast(hf_comm *comm, void *bytes, size_t n);     /* Collective. */
void hf_comm_sum_u64(hf_comm *comm, uint64_t *values, size_t n);  /* Collective. */
void hf_comm_max_i64(hf_comm *comm, int64_t *values, size_t n);   /* Collective. */
void hf_comm_max_double(hf_comm *comm, double *values, size_t n); /* Collective. */
/* All ranks' `n` bytes, by rank, at the root (`all` may be NULL elsewhere). Collective. */
void hf_comm_gather(hf_comm *comm, const void *mine, size_t n, void *all);

/* From one rank, which sends, to another, which receives as many bytes. */
void hf_comm_send(hf_comm *comm, const void *bytes, size_t n, int to);
void hf_comm_receive(hf_comm *comm, void *bytes, size_t n, int from);
/* Every rank has bytes for every rank: n_to[size] for rank 0, 1 ..., one after another in `out`. It
 * gets n_from[size] of them from rank 0, 1 ..., one after another in `in`; what a rank expects of
 * another is what that one has for it. Takes 2 (size - 1) messages, empty ones left out.
 * Collective.
 */
void hf_comm_exchange(hf_comm *comm, const void *out, const size_t *n_to, void *in,
                      const size_t *n_from);

/* Folds every rank's thing into the root's along a binomial tree: `pack` makes bytes (*bytes is
 * given: hf_free), `merge` absorbs them. The fold must be associative and commutative. Collective.
 */
typedef size_t hf_pack(const void *thing, unsigned char **bytes);
typedef hf_status hf_merge(void *thing, const unsigned char *bytes, size_t n, hf_error *err);
hf_status hf_comm_fold(hf_comm *comm, void *thing, hf_pack *pack, hf_merge *merge,
                       hf_error *err) HF_MUST_CHECK;

/* A rank asks the root, which hears it whenever it listens and answers with a number. A question is
 * a few bytes, so that nobody waits to be heard, as many on either side. */
void hf_comm_ask(hf_comm *comm, const void *bytes, size_t n);
uint64_t hf_comm_await(hf_comm *comm); /* the root's answer */
/* Whether a rank has asked that was not heard yet, which, and what. */
bool hf_comm_hear(hf_comm *comm, int *from, void *bytes, size_t n);
void hf_comm_answer(hf_comm *comm, uint64_t number, int to);

/* The same status everywhere: the first rank's that failed, with its text. Collective. */
hf_status hf_comm_agree(hf_comm *comm, hf_status mine, hf_error *err) HF_MUST_CHECK;

/* Ends the whole job with `exit_code`; for a rank that fails alone. */
_Noreturn void hf_comm_abort(hf_comm *comm, int exit_code);

/* HDF5 lists (hid_t as int64_t) for a file of all ranks: for access, through MPI-IO, and for
 * transfers that all ranks make together; the default lists when serial. Given: hf_columns_open
 * takes them. */
int64_t hf_comm_file_access(hf_comm *comm);
int64_t hf_comm_file_transfer(hf_comm *comm);

#endif
