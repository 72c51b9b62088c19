/* One rank without MPI: what there is to exchange is already here. */
#include "parallel/comm_table.h"

#include "base/check.h"
#include "base/memory.h"
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

static void nothing(hf_comm *comm) {
    (void)comm;
}
static void keep(hf_comm *comm, void *values, size_t n) {
    (void)comm, (void)values, (void)n;
}
static void keep_broadcast(hf_comm *comm, void *bytes, size_t n, int from) {
    (void)comm, (void)bytes, (void)n, (void)from;
}
static void copy(hf_comm *comm, const void *mine, size_t n, void *all) {
    (void)comm;
    if (n)
        memmove(all, mine, n);
}
static void send_to_nobody(hf_comm *comm, const void *bytes, size_t n, int to) {
    (void)comm, (void)bytes, (void)n, (void)to;
    HF_ASSERT(!"one rank has nobody to send to");
}
static void receive_from_nobody(hf_comm *comm, void *bytes, size_t n, int from) {
    (void)comm, (void)bytes, (void)n, (void)from;
    HF_ASSERT(!"one rank has nobody to receive from");
}
static void swap_with_nobody(hf_comm *comm, const void *out, size_t n_out, int to, void *in,
                             size_t n_in, int from) {
    (void)comm, (void)out, (void)n_out, (void)to, (void)in, (void)n_in, (void)from;
    HF_ASSERT(!"one rank has nobody to swap with");
}
static void ask_nobody(hf_comm *comm, const void *bytes, size_t n) {
    send_to_nobody(comm, bytes, n, 0);
}
static bool hear_nobody(hf_comm *comm, int *from, void *bytes, size_t n) {
    (void)comm, (void)from, (void)bytes, (void)n;
    return false;
}
static int64_t default_file_access(hf_comm *comm) {
    (void)comm;
    return H5Pcreate(H5P_FILE_ACCESS);
}
static int64_t default_file_transfer(hf_comm *comm) {
    (void)comm;
    return H5Pcreate(H5P_DATASET_XFER);
}

hf_comm *hf_comm_open_serial(void) {
    static const hf_comm_table table = {
        .barrier = nothing,
        .broadcast = keep_broadcast,
        .sum_u64 = keep,
        .max_i64 = keep,
        .gather = copy,
        .send = send_to_nobody,
        .receive = receive_from_nobody,
        .swap = swap_with_nobody,
        .ask = ask_nobody,
        .hear = hear_nobody,
        .abort = exit,
        .file_access = default_file_access,
        .file_transfer = default_file_transfer,
        .close = nothing,
    };
    hf_comm *comm = HF_NEW(1, hf_comm);
    *comm = (hf_comm){.table = &table, .size = 1, .library = "none"};
    return comm;
}
