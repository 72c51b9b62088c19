/* Columns written by all ranks through parallel HDF5: the same content digest as a file written by
 * one rank at once, whatever the ranks' share; an error on one rank takes no other down with it. */
#include "io/columns.h"
#include "io/result.h"
#include "parallel/comm.h"
#include "sample_tables.h"
#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1000 };

static hf_comm *comm;
static hf_error err;
static char path[64];

/* The same verdict on all ranks; the first failure is printed by the root. */
static bool all_good(hf_status status, const char *what) {
    hf_status agreed = hf_comm_agree(comm, status, &err);
    if (agreed && hf_comm_is_root(comm))
        printf("%s: %s\n", what, err.text);
    return agreed == HF_OK;
}

static hf_status write_block(hf_columns *columns, uint64_t policy, uint64_t first) {
    double values[BLOCK];
    for (uint64_t i = 0; i < BLOCK; i++)
        values[i] = sample_value(policy, first + i);
    return hf_columns_write(columns, "/trials/fill_rate", policy, first, BLOCK, values, &err);
}

/* Blocks dealt out in turn, or contiguous shares, or all to the last rank. */
static bool is_mine(uint64_t block, int dealing) {
    uint64_t n = SAMPLE_TRIALS / BLOCK, size = (uint64_t)hf_comm_size(comm);
    uint64_t owner = dealing == 0 ? block % size : dealing == 1 ? block * size / n : size - 1;
    return owner == (uint64_t)hf_comm_rank(comm);
}

static bool begin(hf_draft *draft) {
    hf_status status = HF_OK;
    if (hf_comm_is_root(comm)) {
        hf_tables *tables = sample_tables(true);
        status = hf_result_begin(draft, tables, path, true, &err);
        hf_tables_destroy(tables);
    }
    hf_comm_broadcast(comm, draft, sizeof *draft);
    return all_good(status, "begin");
}

static bool write_together(int dealing, char digest[HF_DIGEST_TEXT]) {
    hf_draft draft;
    hf_columns *columns;
    if (!begin(&draft))
        return false;
    int64_t access = hf_comm_file_access(comm);
    bool good = all_good(hf_columns_open(&draft, access, &columns, &err), "open");
    hf_status status = HF_OK;
    for (uint64_t b = 0; good && b < SAMPLE_TRIALS / BLOCK; b++)
        for (uint64_t p = 0; is_mine(b, dealing) && p < SAMPLE_POLICIES; p++)
            if (!status)
                status = write_block(columns, p, b * BLOCK);
    good = all_good(status, "write") && good;
    good = all_good(hf_columns_close(columns, &err), "close") && good;
    status = HF_OK;
    if (hf_comm_is_root(comm))
        status = hf_result_finish(&draft, digest, &err);
    return all_good(status, "finish") && good;
}

/* The last rank writes outside; all leave by the same door and nothing is left. */
static bool one_rank_fails(void) {
    hf_draft draft;
    hf_columns *columns;
    const double value = 1;
    if (!begin(&draft))
        return false;
    int64_t access = hf_comm_file_access(comm);
    hf_status status = hf_columns_open(&draft, access, &columns, &err);
    bool good = all_good(status, "open");
    if (hf_comm_rank(comm) == hf_comm_size(comm) - 1)
        status = hf_columns_write(columns, "/trials/fill_rate", 2, 0, 1, &value, &err);
    good = hf_comm_agree(comm, status, &err) == HF_BAD_FILE && strstr(err.text, "outside") && good;
    good = all_good(hf_columns_close(columns, &err), "close") && good;
    if (hf_comm_is_root(comm)) {
        hf_draft_abandon(&draft);
        good = access != 0 && good;
    }
    return good;
}

/* A disk that fails after the reservation: an error on each rank that writes, no crash at the end.
 */
static bool the_disk_fails(void) {
    hf_draft draft;
    hf_columns *columns;
    struct rlimit limit, tight;
    if (!begin(&draft))
        return false;
    int64_t access = hf_comm_file_access(comm);
    bool good = all_good(hf_columns_open(&draft, access, &columns, &err), "open");
    getrlimit(RLIMIT_FSIZE, &limit);
    tight = limit;
    tight.rlim_cur = 4096;
    setrlimit(RLIMIT_FSIZE, &tight);
    hf_status status = write_block(columns, 0, (uint64_t)hf_comm_rank(comm) * BLOCK);
    hf_status closed = hf_columns_close(columns, status ? NULL : &err);
    setrlimit(RLIMIT_FSIZE, &limit);
    good = (status == HF_BAD_FILE || closed == HF_BAD_FILE) && good;
    if (!good)
        printf("rank %d: a failing disk was not noticed\n", hf_comm_rank(comm));
    hf_comm_barrier(comm);
    if (hf_comm_is_root(comm))
        hf_draft_abandon(&draft);
    return good;
}

int main(int argc, char **argv) {
    char whole[HF_DIGEST_TEXT] = "", digest[HF_DIGEST_TEXT] = "";
    if (hf_comm_open_mpi(&argc, &argv, &comm, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 3;
    }
    snprintf(path, sizeof path, "/tmp/hf_parallel_%ld.h5", (long)getpid());
    hf_comm_broadcast(comm, path, sizeof path);
    hf_status status = HF_OK;
    if (hf_comm_is_root(comm)) {
        hf_tables *tables = sample_tables(false);
        status = hf_result_write(tables, path, false, whole, &err);
        hf_tables_destroy(tables);
    }
    bool good = all_good(status, "write alone");
    for (int dealing = 0; good && dealing < 3; dealing++) {
        good = write_together(dealing, digest);
        if (good && hf_comm_is_root(comm) && strcmp(whole, digest) != 0) {
            printf("dealing %d: digest %s, alone %s\n", dealing, digest, whole);
            good = false;
        }
    }
    good = one_rank_fails() && good;
    good = the_disk_fails() && good;
    int64_t failures = !good;
    hf_comm_max_i64(comm, &failures, 1);
    if (hf_comm_is_root(comm)) {
        unlink(path);
        printf("%d ranks: %s\n", hf_comm_size(comm), failures ? "FAILED" : "all good");
    }
    hf_comm_close(comm);
    return failures != 0;
}
