/* Ranks over MPI. The only file that names MPI.
 *
 * Every call is the non-blocking one followed by `finish`, which sleeps between polls: a rank that
 * waits for a slower one leaves its core to whoever can use it. */
#include "parallel/comm_table.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include <hdf5.h>
#include <limits.h>
#include <mpi.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#ifndef H5_HAVE_PARALLEL
#error "Holdfast needs an HDF5 that was built for MPI"
#endif

typedef struct mpi_comm {
    hf_comm base;
    MPI_Comm world; /* our own copy: no message of a library meets one of ours */
    MPI_Errhandler print_and_abort;
} mpi_comm;

static MPI_Comm world_of(hf_comm *comm) {
    return ((mpi_comm *)comm)->world;
}

/* The world, since MPICH lets the abort of a copy look like ranks that exit. Its launcher drops
 * what it has not passed on when a job is aborted: the last words get a moment's start. */
static void end_world(int exit_code) {
    nanosleep(&(struct timespec){.tv_nsec = 100 * 1000 * 1000}, NULL);
    MPI_Abort(MPI_COMM_WORLD, exit_code);
}

static void abort_all(int exit_code) {
    int started = 0, ended = 0;
    MPI_Initialized(&started);
    MPI_Finalized(&ended);
    if (started && !ended)
        end_world(exit_code);
}

static void explain_and_abort(MPI_Comm *world, int *code, ...) {
    char text[MPI_MAX_ERROR_STRING] = "";
    int n = 0, rank = -1;
    MPI_Error_string(*code, text, &n);
    MPI_Comm_rank(*world, &rank);
    fprintf(stderr, "holdfast: rank %d: MPI failed: %s\n", rank, text);
    fflush(NULL);
    end_world(3);
}

/* Polls eagerly for a moment and as long as n bytes should take, since what is under way moves a
 * piece a poll; then every 0.2 ms: a few per cent of a core. */
static void finish_moving(MPI_Request *request, size_t n) {
    enum { EAGER_NS = 200 * 1000, NAP_NS = 200 * 1000, BYTES_PER_NS = 1 };
    double start_s = hf_clock_seconds(), eager_ns = EAGER_NS + (double)n / BYTES_PER_NS;
    for (;;) {
        int done = 0;
        MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (done)
            return;
        if (hf_clock_seconds() - start_s > eager_ns * 1e-9)
            nanosleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
    }
}
static void finish(MPI_Request *request) {
    finish_moving(request, 0);
}

/* The next piece of n elements after n_done, as MPI counts. */
static int next_count(const hf_comm *comm, size_t n, size_t n_done) {
    return (int)(n - n_done < comm->piece ? n - n_done : comm->piece);
}

static void mpi_barrier(hf_comm *comm) {
    MPI_Request request;
    MPI_Ibarrier(world_of(comm), &request);
    finish(&request);
}

static void mpi_broadcast(hf_comm *comm, void *bytes, size_t n, int from) {
    for (size_t i = 0; i < n; i += comm->piece) {
        MPI_Request request;
        MPI_Ibcast((char *)bytes + i, next_count(comm, n, i), MPI_BYTE, from, world_of(comm),
                   &request);
        finish(&request);
    }
}

static void reduce(hf_comm *comm, void *values, size_t n, MPI_Datatype type, MPI_Op op) {
    for (size_t i = 0; i < n; i += comm->piece) {
        MPI_Request request;
        MPI_Iallreduce(MPI_IN_PLACE, (char *)values + i * 8, next_count(comm, n, i), type, op,
                       world_of(comm), &request);
        finish(&request);
    }
}
static void mpi_sum_u64(hf_comm *comm, void *values, size_t n) {
    reduce(comm, values, n, MPI_UINT64_T, MPI_SUM);
}
static void mpi_max_i64(hf_comm *comm, void *values, size_t n) {
    reduce(comm, values, n, MPI_INT64_T, MPI_MAX);
}

/* A piece of each rank's bytes at a time; at the root, ranks stand n bytes apart. */
static void mpi_gather(hf_comm *comm, const void *mine, size_t n, void *all) {
    for (size_t i = 0; i < n; i += comm->piece) {
        MPI_Datatype piece, apart;
        MPI_Type_contiguous(next_count(comm, n, i), MPI_BYTE, &piece);
        MPI_Type_create_resized(piece, 0, (MPI_Aint)n, &apart);
        MPI_Type_commit(&piece);
        MPI_Type_commit(&apart);
        MPI_Request request;
        MPI_Igather((const char *)mine + i, 1, piece, all ? (char *)all + i : NULL, 1, apart, 0,
                    world_of(comm), &request);
        finish(&request);
        MPI_Type_free(&apart);
        MPI_Type_free(&piece);
    }
}

static void mpi_send(hf_comm *comm, const void *bytes, size_t n, int to) {
    for (size_t i = 0; i < n; i += comm->piece) {
        MPI_Request request;
        MPI_Isend((const char *)bytes + i, next_count(comm, n, i), MPI_BYTE, to, 0, world_of(comm),
                  &request);
        finish_moving(&request, (size_t)next_count(comm, n, i));
    }
}

static void mpi_receive(hf_comm *comm, void *bytes, size_t n, int from) {
    for (size_t i = 0; i < n; i += comm->piece) {
        MPI_Request request;
        MPI_Irecv((char *)bytes + i, next_count(comm, n, i), MPI_BYTE, from, 0, world_of(comm),
                  &request);
        finish_moving(&request, (size_t)next_count(comm, n, i));
    }
}

/* As many pieces as the longer of the two has. */
static void mpi_swap(hf_comm *comm, const void *out, size_t n_out, int to, void *in, size_t n_in,
                     int from) {
    for (size_t i = 0; i < n_out || i < n_in; i += comm->piece) {
        MPI_Request sent = MPI_REQUEST_NULL, received = MPI_REQUEST_NULL;
        if (i < n_in)
            MPI_Irecv((char *)in + i, next_count(comm, n_in, i), MPI_BYTE, from, 0, world_of(comm),
                      &received);
        if (i < n_out)
            MPI_Isend((const char *)out + i, next_count(comm, n_out, i), MPI_BYTE, to, 0,
                      world_of(comm), &sent);
        finish(&received);
        finish(&sent);
    }
}

enum { ASK = 1 }; /* the tag of what is asked; all else has 0 */

static void mpi_ask(hf_comm *comm, const void *bytes, size_t n) {
    MPI_Request request;
    MPI_Isend(bytes, (int)n, MPI_BYTE, 0, ASK, world_of(comm), &request);
    finish(&request);
}

static bool mpi_hear(hf_comm *comm, int *from, void *bytes, size_t n) {
    int is_there = 0, n_there = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, ASK, world_of(comm), &is_there, &status);
    if (!is_there)
        return false;
    *from = status.MPI_SOURCE;
    MPI_Recv(bytes, (int)n, MPI_BYTE, *from, ASK, world_of(comm), &status);
    MPI_Get_count(&status, MPI_BYTE, &n_there);
    HF_ASSERT(n_there == (int)n);
    return true;
}

static int64_t mpi_file_access(hf_comm *comm) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0 || H5Pset_fapl_mpio(access, world_of(comm), MPI_INFO_NULL) < 0)
        hf_fatal(3, "HDF5 refused an MPI-IO file access list");
    return access;
}

static int64_t mpi_file_transfer(hf_comm *comm) {
    hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
    (void)comm;
    if (transfer < 0 || H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE) < 0)
        hf_fatal(3, "HDF5 refused collective transfers");
    return transfer;
}

static void mpi_close(hf_comm *comm) {
    mpi_comm *own = (mpi_comm *)comm;
    MPI_Errhandler_free(&own->print_and_abort);
    MPI_Comm_free(&own->world);
    hf_set_fatal_hook(NULL);
    MPI_Finalize();
}

static const hf_comm_table mpi_table = {
    .barrier = mpi_barrier,
    .broadcast = mpi_broadcast,
    .sum_u64 = mpi_sum_u64,
    .max_i64 = mpi_max_i64,
    .gather = mpi_gather,
    .send = mpi_send,
    .receive = mpi_receive,
    .swap = mpi_swap,
    .ask = mpi_ask,
    .hear = mpi_hear,
    .abort = abort_all,
    .file_access = mpi_file_access,
    .file_transfer = mpi_file_transfer,
    .close = mpi_close,
};

static void name_library(char *text, size_t n) {
    char version[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int n_version = 0;
    MPI_Get_library_version(version, &n_version);
    version[strcspn(version, "\n")] = '\0';
    for (char *c = version; *c; c++)
        if (*c == '\t')
            *c = ' ';
    snprintf(text, n, "%.*s", (int)n - 1, version);
}

hf_status hf_comm_open_mpi(int *argc, char ***argv, hf_comm **comm, hf_error *err) {
    int started = 0;
    MPI_Initialized(&started);
    HF_ASSERT(!started);

    const char *variable; /* read first: MPI_Init may set these itself */
    long n_tasks = hf_tasks_launched(&variable);
    MPI_Init(argc, argv);
    int size = 0;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (n_tasks > size) {
        MPI_Finalize();
        return hf_fail(err, HF_BAD_USAGE,
                       "the launcher started %ld tasks (%s) but MPI sees %d: each would do the "
                       "whole job alone; launch with `srun --mpi=pmix`, or with the mpirun of the "
                       "MPI that holdfast was built with",
                       n_tasks, variable, size);
    }

    mpi_comm *own = HF_NEW(1, mpi_comm);
    own->base.table = &mpi_table;
    own->base.piece = INT_MAX / 16; /* elements of 8 bytes, and some stacks count in bytes */
    MPI_Comm_create_errhandler(explain_and_abort, &own->print_and_abort);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, own->print_and_abort);
    MPI_Comm_dup(MPI_COMM_WORLD, &own->world);
    MPI_Comm_rank(own->world, &own->base.rank);
    own->base.size = size;
    name_library(own->base.library, sizeof own->base.library);
    hf_set_fatal_hook(abort_all);
    *comm = &own->base;
    return HF_OK;
}
