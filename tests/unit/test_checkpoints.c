/* Checkpoints: the newest whole generation comes back, whatever happened to the others. */
#define _GNU_SOURCE
#include "io/checkpoints_folder.h"
#include "io/sections.h"
#include "unit/checkpoint_states.h"

static bool skipped_says(size_t i, const char *words) {
    CU_ASSERT_FATAL(i < skipped.n);
    if (!strstr(skipped.lines[i], words))
        printf("'%s' does not say '%s'\n", skipped.lines[i], words);
    return strstr(skipped.lines[i], words) != NULL;
}

/* ---- what is whole ---- */

static void before_the_first_nothing_is_there(void) {
    clear_folder();
    hf_checkpoints *checkpoints = hf_checkpoints_create(folder);
    CU_ASSERT_STRING_EQUAL(hf_checkpoints_folder(checkpoints), folder);
    CU_ASSERT_FALSE(holds_any(checkpoints));
    CU_ASSERT_EQUAL(found_by(checkpoints), 0);
    CU_ASSERT_EQUAL(hf_checkpoints_remove(checkpoints, &err), HF_OK);
    CU_ASSERT_NOT_EQUAL(access(folder, F_OK), 0);
    CU_ASSERT_EQUAL(hf_checkpoints_begin(checkpoints, &err), HF_OK);
    CU_ASSERT_FALSE(holds_any(checkpoints)); /* it is aside */
    CU_ASSERT_EQUAL(files_in(folder), 1);
    hf_checkpoints_destroy(checkpoints); /* abandons it, and the folder it was made for */
    CU_ASSERT_NOT_EQUAL(access(folder, F_OK), 0);
    hf_checkpoints_destroy(NULL);
}

static void the_newest_comes_back(void) {
    for (uint64_t n = 1; n <= 5; n++) {
        hf_checkpoints *checkpoints = begun_anew(n);
        CU_ASSERT_TRUE(holds_any(checkpoints));
        CU_ASSERT_EQUAL(found_by(checkpoints), (int64_t)n);
        CU_ASSERT_EQUAL(skipped.n, 0);
        hf_checkpoints_destroy(checkpoints);
        CU_ASSERT_EQUAL(found(), (int64_t)n);
    }
}

static void two_generations_are_kept_and_all_rows(void) {
    hf_checkpoints_destroy(begun_anew(5));
    CU_ASSERT_EQUAL(files_in(folder), 5);
    CU_ASSERT_TRUE(is_there("generation-000005") && is_there("generation-000004"));
    CU_ASSERT_TRUE(is_there("segment-000001") && is_there("segment-000002") &&
                   is_there("segment-000003"));
}

static void another_run_goes_on_with_the_numbers(void) {
    size_t n;
    hf_checkpoints_destroy(begun_anew(3));
    hf_checkpoints *checkpoints = hf_checkpoints_create(folder);
    CU_ASSERT_EQUAL(found_by(checkpoints), 3);
    for (uint64_t k = 4; k <= 7; k++)
        CU_ASSERT_EQUAL(write_state(checkpoints, k), HF_OK);
    CU_ASSERT_PTR_NULL(hf_checkpoints_section(checkpoints, "state", &n)); /* of the one found */
    hf_checkpoints_destroy(checkpoints);
    CU_ASSERT_EQUAL(found(), 7);
    CU_ASSERT_TRUE(is_there("generation-000007") && is_there("segment-000004"));
    CU_ASSERT_EQUAL(files_in(folder), 6);
}

/* Without find nothing is gone on from: what is there is another run's. */
static void a_run_that_found_nothing_begins_anew(void) {
    hf_checkpoints_destroy(begun_anew(3));
    hf_checkpoints *checkpoints = hf_checkpoints_create(folder);
    CU_ASSERT_EQUAL(write_state(checkpoints, 1), HF_OK);
    CU_ASSERT_EQUAL(files_in(folder), 2);
    CU_ASSERT_TRUE(is_there("generation-000004") && is_there("segment-000003"));
    CU_ASSERT_EQUAL(found_by(checkpoints), 1);
    hf_checkpoints_destroy(checkpoints);
}

static void what_is_abandoned_leaves_nothing(void) {
    hf_checkpoints *checkpoints = begun_anew(3);
    CU_ASSERT_EQUAL(hf_checkpoints_begin(checkpoints, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_checkpoints_add_rows(checkpoints, "one", "x", 1, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_checkpoints_add(checkpoints, "state", "x", 1, &err), HF_OK);
    CU_ASSERT_EQUAL(files_in(folder), 6);
    hf_checkpoints_abandon(checkpoints);
    hf_checkpoints_abandon(checkpoints);
    CU_ASSERT_EQUAL(files_in(folder), 4);
    CU_ASSERT_EQUAL(write_state(checkpoints, 4), HF_OK);
    CU_ASSERT_EQUAL(write_state(checkpoints, 5), HF_OK);
    CU_ASSERT_TRUE(is_there("generation-000006") && is_there("segment-000004"));
    CU_ASSERT_EQUAL(found_by(checkpoints), 5);
    hf_checkpoints_destroy(checkpoints);
}

static hf_status refuse(void *context, const char *name, const unsigned char *at, size_t n,
                        hf_error *error) {
    (void)name, (void)at, (void)n;
    return --*(int *)context ? HF_OK : hf_fail(error, HF_BAD_WORLD, "enough");
}

static void a_sink_may_refuse(void) {
    int left = 3;
    hf_checkpoints *checkpoints = begun_anew(4);
    CU_ASSERT_EQUAL(found_by(checkpoints), 4);
    CU_ASSERT_EQUAL(hf_checkpoints_rows(checkpoints, refuse, &left, &err), HF_BAD_WORLD);
    CU_ASSERT_TRUE(error_says(&err, "enough") && left == 0);
    hf_checkpoints_destroy(checkpoints);
}

/* ---- what is damaged ---- */

static void each_byte_of_the_newest_counts(void) {
    hf_checkpoints_destroy(begun_anew(5)); /* segment 3 is 5's alone */
    const char *const files[] = {"generation-000005", "segment-000003"};
    for (int f = 0; f < 2; f++) {
        bytes whole = bytes_of(path_of(files[f]));
        for (size_t i = 0; i < whole.n; i++) {
            flip_byte(path_of(files[f]), i, 1 << i % 8);
            CU_ASSERT_EQUAL(found(), 4);
            CU_ASSERT_EQUAL(skipped.n, 1);
            CU_ASSERT_TRUE(skipped_says(0, "generation-000005: '") &&
                           skipped_says(0, path_of(files[f])));
            flip_byte(path_of(files[f]), i, 1 << i % 8);
        }
        for (size_t n = 0; n < whole.n; n += 7) {
            put_bytes(path_of(files[f]), whole.at, n);
            CU_ASSERT_EQUAL(found(), 4);
        }
        put_bytes(path_of(files[f]), whole.at, whole.n);
        CU_ASSERT_EQUAL(found(), 5);
        hf_free(whole.at);
    }
}

static void what_needs_a_lost_segment_is_skipped(void) {
    hf_checkpoints_destroy(begun_anew(5));
    unlink(path_of("segment-000003"));
    CU_ASSERT_EQUAL(found(), 4);
    CU_ASSERT_TRUE(skipped_says(0, "segment-000003': No such file or directory"));
    flip_byte(path_of("segment-000001"), 41, 1);
    CU_ASSERT_EQUAL(found(), -1);
    CU_ASSERT_TRUE(error_says(&err, "none of the 2 generations in") && error_says(&err, folder));
    CU_ASSERT_EQUAL(skipped.n, 2);
    CU_ASSERT_TRUE(skipped_says(0, "generation-000005: ") && skipped_says(0, "segment-000001'") &&
                   skipped_says(0, "its section 'one' is not what was written"));
    CU_ASSERT_TRUE(skipped_says(1, "generation-000004: ") && skipped_says(1, "segment-000001'"));
}

static void a_whole_segment_is_not_another(void) {
    char other[128];
    hf_checkpoints_destroy(begun_anew(5));
    snprintf(other, sizeof other, "%s", path_of("segment-000002"));
    CU_ASSERT_EQUAL(rename(path_of("segment-000003"), other), 0);
    CU_ASSERT_EQUAL(found(), -1);
    CU_ASSERT_TRUE(skipped_says(0, "segment-000002' is not the segment that was written"));
}

/* The damaged generation's number is not used again, and its file goes with the next commit. */
static void a_run_goes_on_from_the_older(void) {
    hf_checkpoints_destroy(begun_anew(5));
    flip_byte(path_of("generation-000005"), 50, 1);
    hf_checkpoints *checkpoints = hf_checkpoints_create(folder);
    CU_ASSERT_EQUAL(found_by(checkpoints), 4);
    CU_ASSERT_EQUAL(write_state(checkpoints, 5), HF_OK);
    hf_checkpoints_destroy(checkpoints);
    CU_ASSERT_TRUE(is_there("generation-000006") && is_there("generation-000004"));
    CU_ASSERT_TRUE(is_there("segment-000004"));
    CU_ASSERT_EQUAL(files_in(folder), 5);
    CU_ASSERT_EQUAL(found(), 5);
}

static void what_is_no_file_is_skipped(void) {
    hf_checkpoints_destroy(begun_anew(4));
    CU_ASSERT_EQUAL(mkdir(path_of("generation-000009"), 0700), 0);
    CU_ASSERT_EQUAL(mkfifo(path_of("generation-000008"), 0600), 0);
    CU_ASSERT_EQUAL(symlink("generation-000004", path_of("generation-000007")), 0);
    CU_ASSERT_EQUAL(symlink("nowhere", path_of("generation-000006")), 0);
    put_bytes(path_of("generation-000005"), "", 0);
    alarm(10); /* which ends a test that waits for a writer */
    CU_ASSERT_EQUAL(found(), 4);
    CU_ASSERT_EQUAL(skipped.n, 5);
    for (size_t i = 0; i < 4; i++)
        CU_ASSERT_TRUE(skipped_says(i, "is no plain file"));
    CU_ASSERT_TRUE(skipped_says(4, "is damaged: it is too short"));
    hf_checkpoints *checkpoints = hf_checkpoints_create(folder);
    CU_ASSERT_EQUAL(found_by(checkpoints), 4);
    CU_ASSERT_EQUAL(write_state(checkpoints, 5), HF_OK);
    CU_ASSERT_EQUAL(hf_checkpoints_remove(checkpoints, &err), HF_BAD_FILE);
    CU_ASSERT_TRUE(error_says(&err, "cannot remove '") && error_says(&err, "generation-000009'"));
    CU_ASSERT_EQUAL(files_in(folder), 1); /* a folder of that name resists, all else is gone */
    hf_checkpoints_destroy(checkpoints);
    alarm(0);
}

/* ---- hostile lists ---- */

typedef struct need {
    uint64_t number, length;
    char digest[64];
} need;

/* A generation 6 whose digests hold, with that list; without `list` it has none. */
static void forge_generation(const char *last, const void *list, size_t n) {
    char digest[HF_DIGEST_TEXT], path[128];
    uint64_t length;
    hf_sections_writer *writer;
    snprintf(path, sizeof path, "%s", path_of("generation-000006"));
    put_bytes(path, "", 0);
    CU_ASSERT_EQUAL_FATAL(hf_sections_begin(path, path, "generation", &writer, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_sections_add(writer, "state", "\6\0\0\0\0\0\0\0", 8, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_sections_add(writer, "none", NULL, 0, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_sections_add(writer, last, list, n, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_sections_finish(writer, digest, &length, &err), HF_OK);
}

static need needed(unsigned number) {
    char name[32];
    hf_sections *sections;
    need row = {.number = number};
    snprintf(name, sizeof name, "segment-%06u", number);
    CU_ASSERT_EQUAL_FATAL(hf_sections_open(path_of(name), "segment", &sections, &err), HF_OK);
    row.length = hf_sections_length(sections);
    memcpy(row.digest, hf_sections_digest(sections), 64);
    hf_sections_close(sections);
    return row;
}

static void forged_lists_are_refused(void) {
    static const char text[160] = "../segment-000001\n/etc/passwd\n";
    static const uint64_t bad[] = {0, 1000000, UINT64_C(0x100000003), UINT64_MAX};
    static const int no_order[][3] = {{0, 0, 1}, {1, 0, 2}, {0, 2, 1}, {2, 1, 0}, {0, 1, 1}};
    hf_checkpoints_destroy(begun_anew(5));
    need good[] = {needed(1), needed(2), needed(3)}, rows[3];
    forge_generation("segments", good, sizeof good);
    CU_ASSERT_EQUAL(found(), 6); /* so a forgery is otherwise good */
    for (size_t n = 1; n < sizeof good; n += 13) {
        forge_generation("segments", good, n);
        CU_ASSERT_EQUAL(found(), 5);
        CU_ASSERT_TRUE(skipped_says(0, "does not say which segments it needs"));
    }
    forge_generation("segment", good, sizeof good); /* the list has another name */
    CU_ASSERT_EQUAL(found(), 5);
    forge_generation("segments", text, sizeof text);
    CU_ASSERT_EQUAL(found(), 5);
    for (int i = 0; i < 4; i++) {
        memcpy(rows, good, sizeof rows);
        rows[2].number = bad[i];
        forge_generation("segments", rows, sizeof rows);
        CU_ASSERT_EQUAL(found(), 5);
        CU_ASSERT_TRUE(skipped_says(0, "does not say which segments it needs"));
    }
    for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 3; j++)
            rows[j] = good[no_order[i][j]];
        forge_generation("segments", rows, sizeof rows);
        CU_ASSERT_EQUAL(found(), 5);
        CU_ASSERT_TRUE(skipped_says(0, "does not say which segments it needs"));
    }
}

/* A generation is no segment, not even of itself. */
static void a_generation_is_no_segment(void) {
    hf_checkpoints_destroy(begun_anew(5));
    need rows[] = {needed(1), needed(2), needed(3), {.number = 4}};
    bytes generation = bytes_of(path_of("generation-000005"));
    put_bytes(path_of("segment-000004"), generation.at, generation.n);
    forge_generation("segments", rows, sizeof rows);
    CU_ASSERT_EQUAL(found(), 5);
    CU_ASSERT_TRUE(skipped_says(0, "found generation; allowed segment"));
    hf_free(generation.at);
}

/* ---- names ---- */

static void only_files_of_ours_are_touched(void) {
    static const char *const others[] = {"notes.txt",
                                         "generation-",
                                         "generation-12345",
                                         "generation-000000",
                                         "generation-0000012",
                                         "generation-00001x",
                                         "generation-000001.tmp",
                                         "generation-000001.1-2.tmp.gz",
                                         "generation-000001.1-.tmp",
                                         "segment-000002.old",
                                         "segments-000001",
                                         "Segment-000001",
                                         "xsegment-000001",
                                         "generation--00001",
                                         "generation_000001"};
    enum { N = sizeof others / sizeof others[0] };
    hf_checkpoints *checkpoints = begun_anew(2);
    for (int i = 0; i < N; i++)
        put_bytes(path_of(others[i]), "mine", 4);
    put_bytes(path_of("generation-000007.4711-0.tmp"), "", 0); /* left by a run that was killed */
    put_bytes(path_of("segment-000009.4711-12.tmp"), "x", 1);
    put_bytes(path_of("segment-000008"), "x", 1);
    put_bytes(path_of("generation-000002.1-0.tmp"), "x", 1); /* beside files that are needed */
    put_bytes(path_of("segment-000001.1-0.tmp"), "x", 1);
    CU_ASSERT_EQUAL(found_by(checkpoints), 2);
    CU_ASSERT_EQUAL(write_state(checkpoints, 3), HF_OK);
    CU_ASSERT_EQUAL(files_in(folder), N + 4);
    CU_ASSERT_TRUE(is_there("generation-000008") && is_there("segment-000010"));
    CU_ASSERT_EQUAL(hf_checkpoints_remove(checkpoints, &err), HF_OK);
    CU_ASSERT_FALSE(holds_any(checkpoints));
    CU_ASSERT_EQUAL(found_by(checkpoints), 0);
    CU_ASSERT_EQUAL(files_in(folder), N);
    for (int i = 0; i < N; i++)
        CU_ASSERT_TRUE(is_there(others[i]));
    CU_ASSERT_EQUAL(write_state(checkpoints, 1), HF_OK);
    hf_checkpoints_destroy(checkpoints);
    checkpoints = begun_anew(3);
    CU_ASSERT_EQUAL(hf_checkpoints_remove(checkpoints, &err), HF_OK);
    CU_ASSERT_NOT_EQUAL(access(folder, F_OK), 0);
    hf_checkpoints_destroy(checkpoints);
}

/* A run that is killed while it removes leaves no generation without its segments. */
static void generations_are_removed_first(void) {
    hf_checkpoint_files files;
    hf_checkpoints_destroy(begun_anew(3));
    CU_ASSERT_EQUAL_FATAL(hf_checkpoint_files_list(folder, &files, &err), HF_OK);
    CU_ASSERT_EQUAL_FATAL(files.n, 4);
    CU_ASSERT_STRING_EQUAL(files.items[0].name, "generation-000003");
    CU_ASSERT_STRING_EQUAL(files.items[1].name, "generation-000002");
    CU_ASSERT_STRING_EQUAL(files.items[2].name, "segment-000002");
    for (int i = 0; i < 2; i++) /* gone is gone */
        CU_ASSERT_EQUAL(hf_checkpoint_file_remove(folder, &files.items[0], &err), HF_OK);
    hf_free(files.items);
    CU_ASSERT_EQUAL(found(), 2);
}

static void numbers_end(void) {
    hf_checkpoints *checkpoints = begun_anew(1);
    put_bytes(path_of("generation-999999"), "", 0);
    CU_ASSERT_EQUAL(found_by(checkpoints), 1);
    CU_ASSERT_EQUAL(write_state(checkpoints, 2), HF_BAD_FILE);
    CU_ASSERT_TRUE(error_says(&err, "generation 999999") && error_says(&err, folder));
    CU_ASSERT_EQUAL(files_in(folder), 3);
    hf_checkpoints_destroy(checkpoints);
}

/* The user's folder may be elsewhere, behind a link. */
static void the_folder_may_be_a_link(void) {
    char elsewhere[96];
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", top);
    clear_folder();
    CU_ASSERT_EQUAL(mkdir(elsewhere, 0700), 0);
    CU_ASSERT_EQUAL(symlink(elsewhere, folder), 0);
    hf_checkpoints *checkpoints = hf_checkpoints_create(folder);
    CU_ASSERT_EQUAL(write_state(checkpoints, 1), HF_OK);
    CU_ASSERT_EQUAL(found_by(checkpoints), 1);
    CU_ASSERT_EQUAL(files_in(elsewhere), 2);
    CU_ASSERT_EQUAL(hf_checkpoints_remove(checkpoints, &err), HF_OK);
    CU_ASSERT_EQUAL(files_in(elsewhere), 0);
    hf_checkpoints_destroy(checkpoints);
    clear_folder();
    rmdir(elsewhere);
}

int main(void) {
    static const hf_case cases[] = {HF_CASE(before_the_first_nothing_is_there),
                                    HF_CASE(the_newest_comes_back),
                                    HF_CASE(two_generations_are_kept_and_all_rows),
                                    HF_CASE(another_run_goes_on_with_the_numbers),
                                    HF_CASE(a_run_that_found_nothing_begins_anew),
                                    HF_CASE(what_is_abandoned_leaves_nothing),
                                    HF_CASE(a_sink_may_refuse),
                                    HF_CASE(each_byte_of_the_newest_counts),
                                    HF_CASE(what_needs_a_lost_segment_is_skipped),
                                    HF_CASE(a_whole_segment_is_not_another),
                                    HF_CASE(a_run_goes_on_from_the_older),
                                    HF_CASE(what_is_no_file_is_skipped),
                                    HF_CASE(forged_lists_are_refused),
                                    HF_CASE(a_generation_is_no_segment),
                                    HF_CASE(only_files_of_ours_are_touched),
                                    HF_CASE(generations_are_removed_first),
                                    HF_CASE(numbers_end),
                                    HF_CASE(the_folder_may_be_a_link)};
    return run_in_folder("checkpoints", cases, sizeof cases / sizeof cases[0]);
}
