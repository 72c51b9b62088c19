/* What stands in for comm_mpi.c in a build without MPI. */
#include "parallel/comm_table.h"

hf_status hf_comm_open_mpi(int *argc, char ***argv, hf_comm **comm, hf_error *err) {
    (void)argc, (void)argv;
    const char *variable;
    long n_tasks = hf_tasks_launched(&variable);
    if (n_tasks > 1)
        return hf_fail(
            err, HF_BAD_USAGE,
            "the launcher started %ld tasks (%s) but this holdfast was built without "
            "MPI: each would do the whole job alone; start it once, or build it with MPI",
            n_tasks, variable);
    *comm = hf_comm_open_serial();
    return HF_OK;
}
