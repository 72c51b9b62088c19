/* The result file: read back as it was written, whole on a full disk or not there. What others
 * wrote: test_strange_result.c; the format's traps: tests/analysis/test_traps.py. */
#include "io/columns.h"
#include "io/result.h"
#include "io/stored.h"
#include "sample_tables.h"
#include "unit/hf_cunit.h"
#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/hf_result_XXXXXX", path[64];
static hf_error err;

static void good(hf_status status) {
    if (status)
        printf("%s\n", err.text);
    CU_ASSERT_EQUAL_FATAL(status, HF_OK);
}

static void write_sample(char digest[HF_DIGEST_TEXT]) {
    hf_tables *tables = sample_tables(false);
    good(hf_result_write(tables, path, true, digest, &err));
    hf_tables_destroy(tables);
}

/* Reads the group and all below it. */
static void read_all(const hf_result *result, const char *group, hf_tables *into) {
    const hf_group *read;
    const char *const *names;
    size_t n;
    good(hf_result_read(result, group, into, &read, &err));
    good(hf_result_list(result, group, into, &names, &n, &err));
    for (size_t i = 0; i < n; i++) {
        char below[256];
        snprintf(below, sizeof below, "%s/%s", strcmp(group, "/") ? group : "", names[i]);
        read_all(result, below, into);
    }
}

static void what_is_read_is_what_was_written(void) {
    char digest[HF_DIGEST_TEXT], again[HF_DIGEST_TEXT];
    hf_result *result;
    write_sample(digest);
    good(hf_result_open(path, &result, &err));
    hf_tables *tables = hf_tables_create(), *sample = sample_tables(false);
    read_all(result, "/", tables);
    hf_result_close(result);
    CU_ASSERT_EQUAL(tables->n_groups, sample->n_groups);
    for (size_t g = 0; g < sample->n_groups; g++) {
        const hf_group *mine = sample->groups[g], *read = hf_tables_find(tables, mine->path);
        CU_ASSERT_PTR_NOT_NULL_FATAL(read);
        size_t n_digests = strcmp(mine->path, "/provenance") == 0; /* the last table there */
        CU_ASSERT_EQUAL_FATAL(read->n_tables, mine->n_tables + n_digests);
        for (size_t i = 0; i < mine->n_tables; i++) { /* in the same order */
            const hf_table *a = mine->items[i], *b = read->items[i];
            CU_ASSERT_STRING_EQUAL(a->name, b->name);
            CU_ASSERT_EQUAL(a->type, b->type);
            CU_ASSERT_EQUAL(a->attributes.n, b->attributes.n);
            CU_ASSERT_EQUAL_FATAL(hf_table_size(a), hf_table_size(b));
            if (a->type != HF_TYPE_STRING && hf_table_size(a))
                CU_ASSERT_EQUAL(memcmp(a->data, b->data, hf_table_size(a) * hf_type_bytes(a->type)),
                                0);
        }
    }
    good(hf_result_write(tables, path, true, again, &err));
    CU_ASSERT_STRING_EQUAL(digest, again);
    hf_tables_destroy(tables);
    hf_tables_destroy(sample);
    unlink(path);
}

static void single_things_are_found_or_named(void) {
    char digest[HF_DIGEST_TEXT];
    hf_result *result;
    const hf_group *root, *summary, *none;
    const hf_table *table;
    const char *text;
    uint64_t count;
    double value;
    write_sample(digest);
    good(hf_result_open(path, &result, &err));
    hf_tables *tables = hf_tables_create();
    good(hf_result_read_attributes(result, "/", tables, &root, &err));
    good(hf_result_count(result, root, "seed", &count, &err));
    CU_ASSERT_EQUAL(count, UINT64_MAX);
    good(hf_result_double(result, root, "confidence", &value, &err));
    CU_ASSERT_EQUAL(value, 0.95);
    good(hf_result_text(result, root, "Conventions", &text, &err));
    CU_ASSERT_STRING_EQUAL(text, "CF-1.10");
    CU_ASSERT_EQUAL(hf_result_text(result, root, "seed", &text, &err), HF_BAD_INPUT);
    CU_ASSERT_TRUE(error_says(&err, "found as uint64; allowed string") && error_says(&err, path));
    CU_ASSERT_EQUAL(hf_result_text(result, root, "author", &text, &err), HF_BAD_INPUT);
    CU_ASSERT_TRUE(error_says(&err, "/ has no attribute author"));
    good(hf_result_read(result, "/summary", tables, &summary, &err));
    good(hf_result_table(result, summary, "value", HF_TYPE_DOUBLE, &table, &err));
    CU_ASSERT_STRING_EQUAL(table->dimensions[1]->name, "metric");
    CU_ASSERT_EQUAL(hf_dimension_find(table->dimensions[1], "revenue_lost"), 1);
    CU_ASSERT_STRING_EQUAL(hf_table_text(table, "method"), "order statistics");
    CU_ASSERT_STRING_EQUAL(table->unit, "1");
    CU_ASSERT_EQUAL(hf_result_table(result, summary, "value", HF_TYPE_INT64, &table, &err),
                    HF_BAD_INPUT);
    CU_ASSERT_EQUAL(hf_result_table(result, summary, "nothing", HF_TYPE_INT64, &table, &err),
                    HF_BAD_INPUT);
    CU_ASSERT_EQUAL(hf_result_read(result, "/hazards", tables, &none, &err), HF_BAD_INPUT);
    CU_ASSERT_TRUE(error_says(&err, "holds no /hazards"));
    CU_ASSERT_TRUE(hf_result_has(result, "/distribution/fill_rate/count"));
    CU_ASSERT_FALSE(hf_result_has(result, "/no/fill_rate/count"));
    CU_ASSERT_FALSE(hf_result_has(result, "summary"));
    hf_result_close(result);
    hf_result_close(NULL);
    hf_tables_destroy(tables);
    unlink(path);
}

/* Every box of every shape, against plain counting. */
static void blocks_cover_all_in_order(void) {
    for (int shape = 0; shape < 400; shape++) {
        hf_stored stored = {.n_dimensions = shape % 5};
        uint64_t n = 1, at = 0, lengths[4] = {1, 1, 1, 1};
        for (int d = 0, s = shape / 5; d < stored.n_dimensions; d++, s /= 3)
            n *= lengths[d] = stored.lengths[d] = 1 + (uint64_t)(s % 3) * 2;
        uint64_t largest = 1 + (uint64_t)shape % 7;
        hf_stored_block block = {.n = 0};
        while (hf_stored_next(&stored, largest, &block)) {
            uint64_t first = 0, size = 1;
            for (int d = 0; d < stored.n_dimensions; d++) {
                first = first * lengths[d] + block.start[d];
                size *= block.count[d];
            }
            CU_ASSERT_EQUAL_FATAL(first, at);
            CU_ASSERT_EQUAL(size, block.n);
            CU_ASSERT_TRUE(block.n >= 1 && block.n <= largest);
            at += block.n;
        }
        CU_ASSERT_EQUAL(at, n);
    }
    hf_stored empty = {.n_dimensions = 2, .lengths = {3, 0}};
    CU_ASSERT_FALSE(hf_stored_next(&empty, 10, &(hf_stored_block){.n = 0}));
    hf_stored huge = {.n_dimensions = 3, .lengths = {UINT64_MAX, UINT64_MAX, 2}};
    CU_ASSERT_EQUAL(hf_stored_size(&huge), UINT64_MAX);
}

static hf_status put(hf_columns *columns, const char *table, uint64_t row, uint64_t first,
                     uint64_t n, const double *values, hf_error *error) {
    int column;
    hf_status status = hf_columns_find(columns, table, &column, error);
    return status ? status : hf_columns_write(columns, column, row, first, n, values, error);
}

static void columns_come_later(void) {
    char whole[HF_DIGEST_TEXT], digest[HF_DIGEST_TEXT];
    hf_draft draft;
    hf_columns *columns;
    double values[SAMPLE_TRIALS];
    write_sample(whole);
    hf_tables *tables = sample_tables(true);
    good(hf_result_begin(&draft, tables, path, true, &err));
    hf_tables_destroy(tables);
    good(hf_columns_open(&draft, 0, 0, &columns, &err));
    for (uint64_t p = SAMPLE_POLICIES; p-- > 0;) {
        for (uint64_t t = 0; t < SAMPLE_TRIALS; t++)
            values[t] = sample_value(p, t);
        good(put(columns, "/trials/fill_rate", p, 300, SAMPLE_TRIALS - 300, values + 300, &err));
        good(put(columns, "/trials/fill_rate", p, 0, 300, values, &err));
        good(put(columns, "/trials/fill_rate", p, 99, 0, NULL, &err));
    }
    CU_ASSERT_EQUAL(put(columns, "/trials/fill_rate", 0, SAMPLE_TRIALS - 1, 2, values, &err),
                    HF_BAD_FILE);
    CU_ASSERT_TRUE(error_says(&err, "is outside of its 2 x 70000"));
    CU_ASSERT_EQUAL(put(columns, "/trials/fill_rate", 2, 0, 1, values, &err), HF_BAD_FILE);
    CU_ASSERT_TRUE(error_says(&err, "[2][0 .. 1) is outside of its 2 x 70000"));
    CU_ASSERT_EQUAL(put(columns, "/trials/none", 0, 0, 1, values, &err), HF_BAD_FILE);
    CU_ASSERT_EQUAL(put(columns, "/trials/policy", 0, 0, 1, values, &err), HF_BAD_FILE);
    good(hf_columns_close(columns, &err));
    good(hf_columns_close(NULL, &err));
    good(hf_result_finish(&draft, digest, &err));
    CU_ASSERT_STRING_EQUAL(whole, digest);
    CU_ASSERT_EQUAL(files_in(folder), 1);
    unlink(path);
}

/* ---- a disk that fills up ---- */

/* Writes the tables under a limit on file sizes: a sentence, and nothing is left. */
static void meet_limit(const hf_tables *tables, off_t size) {
    struct rlimit limit, tight;
    char digest[HF_DIGEST_TEXT];
    getrlimit(RLIMIT_FSIZE, &limit);
    tight = limit;
    tight.rlim_cur = (rlim_t)size;
    setrlimit(RLIMIT_FSIZE, &tight);
    hf_status status = hf_result_write(tables, path, false, digest, &err);
    setrlimit(RLIMIT_FSIZE, &limit);
    CU_ASSERT_EQUAL(status, HF_BAD_FILE);
    CU_ASSERT_TRUE(error_says(&err, "File too large; make room") && error_says(&err, path));
    CU_ASSERT_EQUAL(files_in(folder), 0);
}

static void a_full_disk_leaves_nothing(void) {
    char digest[HF_DIGEST_TEXT];
    struct stat what;
    hf_tables *tables = sample_tables(false);
    write_sample(digest);
    stat(path, &what);
    unlink(path);
    for (off_t size = 0; size < what.st_size; size = size < 80000 ? size + 1777 : size + 99991)
        meet_limit(tables, size);
    for (off_t missing = 1; missing < 20000; missing *= 3) /* met when the file is closed */
        meet_limit(tables, what.st_size - missing);
    good(hf_result_write(tables, path, false, digest, &err));
    hf_tables_destroy(tables);
    unlink(path);
}

static void a_full_file_system_leaves_nothing(void) {
    char digest[HF_DIGEST_TEXT], small[64], file[96];
    hf_draft draft;
    snprintf(small, sizeof small, "%s/small", folder);
    snprintf(file, sizeof file, "%s/x.h5", small);
    mkdir(small, 0700);
    if (mount("none", small, "tmpfs", 0, "size=1m") != 0) {
        puts("SKIPPED: no right to mount a small file system; the size limit stands for it");
        rmdir(small);
        return;
    }
    for (int declared = 0; declared < 2; declared++) {
        hf_tables *tables = sample_tables(declared);
        hf_status status = declared ? hf_result_begin(&draft, tables, file, false, &err)
                                    : hf_result_write(tables, file, false, digest, &err);
        CU_ASSERT_EQUAL(status, HF_BAD_FILE);
        CU_ASSERT_TRUE(error_says(&err, "No space left on device; make room") &&
                       error_says(&err, file));
        CU_ASSERT_EQUAL(files_in(small), 0);
        hf_tables_destroy(tables);
    }
    CU_ASSERT_EQUAL(umount(small), 0);
    rmdir(small);
}

/* Column writes past a limit that came after the reservation: an error, and no crash at exit. */
static void columns_on_a_failing_disk_fail_cleanly(void) {
    struct rlimit limit, tight;
    hf_draft draft;
    hf_columns *columns;
    static const double values[100] = {1};
    hf_tables *tables = sample_tables(true);
    good(hf_result_begin(&draft, tables, path, false, &err));
    hf_tables_destroy(tables);
    good(hf_columns_open(&draft, 0, 0, &columns, &err));
    getrlimit(RLIMIT_FSIZE, &limit);
    tight = limit;
    tight.rlim_cur = 4096;
    setrlimit(RLIMIT_FSIZE, &tight);
    hf_status written = put(columns, "/trials/fill_rate", 0, 0, 100, values, NULL);
    hf_status closed = hf_columns_close(columns, &err);
    setrlimit(RLIMIT_FSIZE, &limit);
    CU_ASSERT_TRUE(written == HF_BAD_FILE || closed == HF_BAD_FILE);
    hf_draft_abandon(&draft);
    CU_ASSERT_EQUAL(files_in(folder), 0);
}

/* ---- whose it is ---- */

static bool is_of(const char *scenario, const char *job) {
    bool is_it = true;
    good(hf_result_is_of(path, scenario, job, &is_it, &err));
    return is_it;
}

static void write_described(const char *status, const char *scenario, const char *job) {
    char digest[HF_DIGEST_TEXT];
    hf_tables *tables = hf_tables_create();
    hf_group *root = hf_tables_group(tables, "/");
    hf_group_set_text(root, "scenario_digest", scenario);
    if (job)
        hf_group_set_text(root, "job_digest", job);
    hf_group_set_text(root, "status", status);
    good(hf_result_write(tables, path, true, digest, &err));
    hf_tables_destroy(tables);
}

static void a_result_is_of_one_scenario_and_job(void) {
    write_described("complete", "aa", "bb");
    CU_ASSERT_TRUE(is_of("aa", "bb"));
    CU_ASSERT_FALSE(is_of("aa", "b"));
    CU_ASSERT_FALSE(is_of("bb", "bb"));
    CU_ASSERT_FALSE(is_of("aa", "aa"));
    write_described("begun", "aa", "bb");
    CU_ASSERT_FALSE(is_of("aa", "bb"));
    write_described("complete", "aa", NULL);
    CU_ASSERT_FALSE(is_of("aa", "bb"));
    unlink(path);
    CU_ASSERT_FALSE(is_of("aa", "bb")); /* nothing there */
    CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
    CU_ASSERT_FALSE(is_of("aa", "bb"));
    rmdir(path);
    FILE *stream = fopen(path, "w");
    fputs("a text", stream);
    fclose(stream);
    CU_ASSERT_FALSE(is_of("aa", "bb"));
    unlink(path);
}

static void a_result_cut_short_is_nobodys(void) {
    bool is_it = true;
    struct stat what;
    write_described("complete", "aa", "bb");
    stat(path, &what);
    CU_ASSERT_EQUAL(truncate(path, what.st_size - 1), 0);
    CU_ASSERT_EQUAL(hf_result_is_of(path, "aa", "bb", &is_it, &err), HF_BAD_FILE);
    CU_ASSERT_FALSE(is_it);
    CU_ASSERT_TRUE(error_says(&err, path));
    unlink(path);
}

static void tables_that_spoil_the_file_are_not_begun(void) {
    char digest[HF_DIGEST_TEXT];
    double value = 1;
    hf_tables *tables = hf_tables_create();
    hf_group_add_doubles(hf_tables_group(tables, "/"), "v", "days", NULL, &value, HF_SCALAR);
    CU_ASSERT_EQUAL(hf_result_write(tables, path, false, digest, &err), HF_BAD_INPUT);
    CU_ASSERT_TRUE(error_says(&err, "'days'"));
    CU_ASSERT_EQUAL(files_in(folder), 0);
    hf_tables_destroy(tables);
}

int main(void) {
    static const hf_case cases[] = {
        HF_CASE(what_is_read_is_what_was_written),
        HF_CASE(single_things_are_found_or_named),
        HF_CASE(blocks_cover_all_in_order),
        HF_CASE(columns_come_later),
        HF_CASE(a_full_disk_leaves_nothing),
        HF_CASE(a_full_file_system_leaves_nothing),
        HF_CASE(columns_on_a_failing_disk_fail_cleanly),
        HF_CASE(a_result_is_of_one_scenario_and_job),
        HF_CASE(a_result_cut_short_is_nobodys),
        HF_CASE(tables_that_spoil_the_file_are_not_begun),
    };
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/x.h5", folder);
    int failed = hf_cunit_run("result", cases, sizeof cases / sizeof cases[0]);
    return rmdir(folder) != 0 || failed;
}
