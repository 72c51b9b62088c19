/* Checkpoints whose generation k has the state k, for tests that lose some of them. */
#ifndef HF_TESTS_UNIT_CHECKPOINT_STATES_H
#define HF_TESTS_UNIT_CHECKPOINT_STATES_H

#include "io/checkpoints.h"
#include "sample_tables.h"
#include "unit/file_bytes.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[] = "/tmp/hf_checkpoints_XXXXXX", folder[64];
static hf_error err;
static hf_problems skipped;

static inline bool is_there(const char *name) {
    char path[128];
    struct stat what;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return lstat(path, &what) == 0;
}

static inline const char *path_of(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static inline void clear_folder(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf -- '%s'", folder);
    if (system(command) != 0)
        abort();
}

static inline bool holds_any(const hf_checkpoints *checkpoints) {
    bool exist = false;
    CU_ASSERT_EQUAL(hf_checkpoints_exist(checkpoints, &exist, &err), HF_OK);
    return exist;
}

/* A generation whose state is the number k, with the rows k and 10 k, or none if k is even. */
static inline hf_status write_state(hf_checkpoints *checkpoints, uint64_t k) {
    uint64_t ten = 10 * k;
    hf_status status = hf_checkpoints_begin(checkpoints, &err);
    if (!status)
        status = hf_checkpoints_add(checkpoints, "state", &k, sizeof k, &err);
    if (!status && k % 2)
        status = hf_checkpoints_add_rows(checkpoints, "one", &k, sizeof k, &err);
    if (!status && k % 2)
        status = hf_checkpoints_add_rows(checkpoints, "ten", &ten, sizeof ten, &err);
    if (!status)
        status = hf_checkpoints_add(checkpoints, "none", NULL, 0, &err);
    return status ? status : hf_checkpoints_commit(checkpoints, &err);
}

static inline hf_checkpoints *begun_anew(uint64_t n) {
    clear_folder();
    hf_checkpoints *checkpoints = hf_checkpoints_create(folder);
    for (uint64_t k = 1; k <= n; k++)
        CU_ASSERT_EQUAL_FATAL(write_state(checkpoints, k), HF_OK);
    return checkpoints;
}

/* Rows come in the order of their writing: 1, 10, 3, 30, 5 ...; *context is the next odd k, or, in
 * its second half, half of it done. */
static inline hf_status count_rows(void *context, const char *name, const unsigned char *at,
                                   size_t n, hf_error *error) {
    uint64_t *halves = (uint64_t *)context, k = *halves / 2 * 2 + 1, value;
    (void)error;
    CU_ASSERT_EQUAL_FATAL(n, sizeof value);
    CU_ASSERT_EQUAL((uintptr_t)at % HF_ALIGN, 0);
    memcpy(&value, at, sizeof value);
    CU_ASSERT_STRING_EQUAL(name, *halves % 2 ? "ten" : "one");
    CU_ASSERT_EQUAL(value, *halves % 2 ? 10 * k : k);
    ++*halves;
    return HF_OK;
}

/* The state that is found, with all of its rows; 0: none at all; -1: none that is whole. */
static inline int64_t found_by(hf_checkpoints *checkpoints) {
    bool found;
    size_t n;
    uint64_t state, halves = 0;
    hf_problems_clear(&skipped);
    hf_status status = hf_checkpoints_find(checkpoints, &skipped, &found, &err);
    CU_ASSERT_TRUE(!status || !found);
    if (!found) {
        CU_ASSERT_PTR_NULL(hf_checkpoints_section(checkpoints, "state", &n));
        return status ? -1 : 0;
    }
    const unsigned char *at = hf_checkpoints_section(checkpoints, "state", &n);
    CU_ASSERT_EQUAL_FATAL(n, sizeof state);
    memcpy(&state, at, sizeof state);
    CU_ASSERT_TRUE(hf_checkpoints_section(checkpoints, "none", &n) && n == 0);
    n = 1;
    CU_ASSERT_TRUE(!hf_checkpoints_section(checkpoints, "no such", &n) && n == 0);
    CU_ASSERT_EQUAL(hf_checkpoints_rows(checkpoints, count_rows, &halves, &err), HF_OK);
    CU_ASSERT_EQUAL(halves, (state + 1) / 2 * 2);
    return (int64_t)state;
}

static inline int64_t found(void) {
    hf_checkpoints *checkpoints = hf_checkpoints_create(folder);
    int64_t state = found_by(checkpoints);
    hf_checkpoints_destroy(checkpoints);
    return state;
}

/* Runs the cases in a folder of their own; 0 if all is well and no file was left open. */
static inline int run_in_folder(const char *suite, const hf_case *cases, size_t n) {
    if (!mkdtemp(top))
        return 1;
    snprintf(folder, sizeof folder, "%s/r.h5.checkpoint", top);
    hf_problems_init(&skipped);
    int n_open = files_in("/proc/self/fd");
    int failed = hf_cunit_run(suite, cases, n);
    if (files_in("/proc/self/fd") != n_open) {
        puts("a file was left open");
        failed = 1;
    }
    hf_problems_clear(&skipped);
    clear_folder();
    return rmdir(top) != 0 || failed;
}

#endif
