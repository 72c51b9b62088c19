/* Columns in a result file, by both writers, whatever the ranks' share: the bytes of the file that
 * one rank writes at once. What goes wrong on one rank or on the disk is everybody's error, and no
 * file.
 *
 *   test_parallel_write                          exit 0 if the writers agree
 *   test_parallel_write HOW WRITER FOLDER        what ends a job of all ranks (test_full_disk.sh):
 * HOW full (the disk is), limit (on sizes), outside; WRITER reserving, alone, together
 */
#define _GNU_SOURCE /* fallocate */
#include "base/memory.h"
#include "io/result.h"
#include "run/trial_columns.h"
#include "sample_tables.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FIRST_TRIAL = 7, BLOCK = 1000, CANNOT_RESERVE = EOPNOTSUPP };

static hf_comm *comm;
static hf_error err;
static char path[256];
static bool can_reserve = true;

/* In place of libc's: many file systems of clusters cannot reserve what a file will take. */
int fallocate(int file, int mode, off_t offset, off_t n) {
    (void)mode;
    errno = can_reserve ? posix_fallocate(file, offset, n) : CANNOT_RESERVE;
    return errno ? -1 : 0;
}

/* The same verdict on all ranks; the first failure is printed by the root. */
static bool all_good(hf_status status, const char *what) {
    hf_status agreed = hf_comm_agree(comm, status, &err);
    if (agreed && hf_comm_is_root(comm))
        printf("%s: %s\n", what, err.text);
    return agreed == HF_OK;
}

/* ---- the trials of a rank ---- */

typedef struct share {
    uint64_t n, trials[SAMPLE_TRIALS];
    double values[SAMPLE_POLICIES][SAMPLE_TRIALS];
} share;

enum { IN_TURN, CONTIGUOUS, ALL_TO_THE_LAST, BACKWARDS, N_DEALINGS };

static bool is_mine(uint64_t block, int dealing) {
    uint64_t n = SAMPLE_TRIALS / BLOCK, size = (uint64_t)hf_comm_size(comm);
    uint64_t owner = dealing == CONTIGUOUS        ? block * size / n
                     : dealing == ALL_TO_THE_LAST ? size - 1
                                                  : block % size;
    return owner == (uint64_t)hf_comm_rank(comm);
}

/* Backwards: no two trials of a rank follow each other. Given. */
static share *deal(int dealing) {
    share *mine = HF_NEW(1, share);
    for (uint64_t i = 0; i < SAMPLE_TRIALS; i++) {
        uint64_t t = dealing == BACKWARDS ? SAMPLE_TRIALS - 1 - i : i;
        if (!is_mine(t / BLOCK, dealing))
            continue;
        mine->trials[mine->n] = FIRST_TRIAL + t;
        for (uint64_t p = 0; p < SAMPLE_POLICIES; p++)
            mine->values[p][mine->n] = sample_value(p, t);
        mine->n++;
    }
    return mine;
}

/* ---- one file ---- */

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

/* `n_rows` of the sample's, of which the last is wrong where there are more than it has. */
static hf_status put(hf_draft *draft, int dealing, uint64_t chunk, bool is_collective,
                     uint64_t n_rows) {
    hf_trial_columns columns;
    share *mine = deal(dealing);
    hf_trial_order *order =
        hf_trial_order_create(comm, FIRST_TRIAL, SAMPLE_TRIALS, chunk, mine->n, mine->trials);
    hf_status status = hf_trial_columns_open(&columns, comm, draft, order, is_collective, &err);
    bool is_open = status == HF_OK;
    for (uint64_t row = 0; row < n_rows && !status; row++)
        status = hf_trial_columns_put(&columns, "/trials/fill_rate", row,
                                      mine->values[row % SAMPLE_POLICIES], &err);
    if (is_open)
        status = hf_trial_columns_close(&columns, status, &err);
    hf_trial_order_destroy(order);
    hf_free(mine);
    return status;
}

/* Of a file's bytes. */
static void digest_of(const char *name, char digest[HF_DIGEST_TEXT]) {
    char bytes[1 << 16];
    size_t n;
    FILE *file = fopen(name, "rb");
    hf_digest *running = hf_digest_begin();
    while (file && (n = fread(bytes, 1, sizeof bytes, file)) > 0)
        hf_digest_add(running, bytes, n);
    hf_digest_finish(running, digest);
    if (file)
        fclose(file);
}

static bool write_file(int dealing, uint64_t chunk, bool is_collective, char bytes[HF_DIGEST_TEXT],
                       char content[HF_DIGEST_TEXT]) {
    hf_draft draft;
    if (!begin(&draft))
        return false;
    bool good = all_good(put(&draft, dealing, chunk, is_collective, SAMPLE_POLICIES), "write");
    hf_status status = HF_OK;
    if (good && hf_comm_is_root(comm)) {
        status = hf_result_finish(&draft, content, &err);
        digest_of(path, bytes);
    }
    return all_good(status, "finish") && good;
}

static bool write_alone(char content[HF_DIGEST_TEXT]) {
    hf_status status = HF_OK;
    if (hf_comm_is_root(comm)) {
        hf_tables *tables = sample_tables(false);
        status = hf_result_write(tables, path, true, content, &err);
        hf_tables_destroy(tables);
    }
    return all_good(status, "write alone");
}

/* ---- what is checked ---- */

static bool is_same(int dealing, uint64_t chunk, bool is_collective, char *bytes,
                    const char *content) {
    char these[HF_DIGEST_TEXT] = "", contains[HF_DIGEST_TEXT] = "";
    bool good = write_file(dealing, chunk, is_collective, these, contains);
    if (!bytes[0])
        memcpy(bytes, these, sizeof these);
    if (!hf_comm_is_root(comm) || (!strcmp(contains, content) && !strcmp(these, bytes)))
        return good;
    printf("dealing %d, chunks of %d, %s: content %s, bytes %s\n", dealing, (int)chunk,
           is_collective ? "together" : "alone", contains, these);
    return false;
}

static bool writers_agree(void) {
    static const uint64_t chunks[] = {BLOCK / 3, HF_COLUMN_CHUNK, SAMPLE_TRIALS};
    char bytes[HF_DIGEST_TEXT] = "", content[HF_DIGEST_TEXT] = "";
    bool good = write_alone(content);
    for (int dealing = 0; dealing < N_DEALINGS; dealing++)
        for (int i = 0; i < 3; i++)
            for (int together = 0; together < 2; together++)
                good = is_same(dealing, chunks[i], together, bytes, content) && good;
    return good;
}

/* ---- what goes wrong ---- */

/* The disk lets nobody write beyond the first 4 KiB. */
static void limit_sizes(void) {
    struct rlimit tight;
    getrlimit(RLIMIT_FSIZE, &tight);
    tight.rlim_cur = 4096;
    setrlimit(RLIMIT_FSIZE, &tight);
}

/* The error, at all ranks: with its text in `err`. The file aside is gone. */
static hf_status fail(const char *how, const char *writer) {
    hf_draft draft;
    hf_status status = HF_OK;
    can_reserve = !strcmp(writer, "reserving");
    if (hf_comm_is_root(comm)) {
        hf_tables *tables = sample_tables(true);
        status = hf_result_begin(&draft, tables, path, true, &err);
        hf_tables_destroy(tables);
    }
    hf_comm_broadcast(comm, &draft, sizeof draft);
    status = hf_comm_agree(comm, status, &err);
    if (status)
        return status;
    if (!strcmp(how, "limit"))
        limit_sizes();
    status = put(&draft, IN_TURN, BLOCK, !strcmp(writer, "together"),
                 SAMPLE_POLICIES + !strcmp(how, "outside"));
    if (hf_comm_is_root(comm))
        hf_draft_abandon(&draft);
    return status;
}

/* As `holdfast run` ends. */
static int end_badly(const char *how, const char *writer) {
    hf_status status = fail(how, writer);
    if (hf_comm_is_root(comm))
        printf("%s\n", status ? err.text : "SUCCESS");
    hf_comm_close(comm);
    return hf_status_exit_code(status);
}

int main(int argc, char **argv) {
    if (hf_comm_open_mpi(&argc, &argv, &comm, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 3;
    }
    snprintf(path, sizeof path, "%s/hf_parallel_%ld.h5", argc > 3 ? argv[3] : "/tmp",
             (long)getpid());
    hf_comm_broadcast(comm, path, sizeof path);
    if (argc > 3)
        return end_badly(argv[1], argv[2]);
    int64_t failures = !writers_agree();
    hf_comm_max_i64(comm, &failures, 1);
    if (hf_comm_is_root(comm)) {
        unlink(path);
        printf("%d ranks: %s\n", hf_comm_size(comm), failures ? "FAILED" : "all good");
    }
    hf_comm_close(comm);
    return failures != 0;
}
