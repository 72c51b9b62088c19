/* What a communicator is made of: for comm*.c and their tests only. */
#ifndef HF_PARALLEL_COMM_TABLE_H
#define HF_PARALLEL_COMM_TABLE_H

#include "parallel/comm.h"

/* What an implementation provides; comm.c builds the rest from it, once for both. Sizes are in
 * elements and may exceed INT_MAX. Collective, but for send, receive, ask, hear,
 * abort and the lists. */
typedef struct hf_comm_table {
    void (*barrier)(hf_comm *comm);
    void (*broadcast)(hf_comm *comm, void *bytes, size_t n, int from);
    void (*sum_u64)(hf_comm *comm, void *values, size_t n);
    void (*max_i64)(hf_comm *comm, void *values, size_t n);
    void (*gather)(hf_comm *comm, const void *mine, size_t n, void *all);
    void (*send)(hf_comm *comm, const void *bytes, size_t n, int to);
    void (*receive)(hf_comm *comm, void *bytes, size_t n, int from);
    void (*swap)(hf_comm *comm, const void *out, size_t n_out, int to, void *in, size_t n_in,
                 int from); /* each rank with two, or the same, others at once */
    void (*ask)(hf_comm *comm, const void *bytes, size_t n);
    bool (*hear)(hf_comm *comm, int *from, void *bytes, size_t n);
    void (*abort)(int exit_code);
    int64_t (*file_access)(hf_comm *comm);
    int64_t (*file_transfer)(hf_comm *comm);
    void (*close)(hf_comm *comm); /* what is beyond the hf_comm itself */
} hf_comm_table;

/* First member of an implementation's own structure, which hf_comm_close releases with hf_free. */
struct hf_comm {
    const hf_comm_table *table;
    int rank, size;
    size_t piece; /* elements one library call moves at most; tests lower it on all ranks */
    char library[256];
};

/* How many tasks the launcher says it started, and which variable says so; 0 if none does. */
long hf_tasks_launched(const char **variable);

#endif
