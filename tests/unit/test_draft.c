/* Drafts: a file that has its name is whole, and nothing else is left. */
#include "io/draft.h"
#include "sample_tables.h"
#include "unit/hf_cunit.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/hf_draft_XXXXXX", path[64];
static hf_error err;

static void put(const char *file, const char *text) {
    FILE *stream = fopen(file, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    fputs(text, stream);
    fclose(stream);
}

static bool holds(const char *file, const char *text) {
    char found[64] = "";
    FILE *stream = fopen(file, "r");
    if (!stream)
        return false;
    size_t n = fread(found, 1, sizeof found - 1, stream);
    fclose(stream);
    return n == strlen(text) && memcmp(found, text, n) == 0;
}

static void the_name_comes_last(void) {
    hf_draft draft;
    CU_ASSERT_EQUAL(hf_draft_create(&draft, path, false, &err), HF_OK);
    CU_ASSERT_STRING_EQUAL(draft.path, path);
    CU_ASSERT_EQUAL(strncmp(draft.aside, path, strlen(path)), 0);
    CU_ASSERT_STRING_EQUAL(draft.aside + strlen(draft.aside) - 4, ".tmp");
    put(draft.aside, "whole");
    CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
    CU_ASSERT_EQUAL(hf_draft_publish(&draft, &err), HF_OK);
    CU_ASSERT_TRUE(holds(path, "whole"));
    CU_ASSERT_EQUAL(files_in(folder), 1);
    unlink(path);
}

static void an_abandoned_draft_leaves_nothing(void) {
    hf_draft draft, other;
    CU_ASSERT_EQUAL(hf_draft_create(&draft, path, false, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_draft_create(&other, path, false, &err), HF_OK);
    CU_ASSERT_STRING_NOT_EQUAL(draft.aside, other.aside);
    CU_ASSERT_EQUAL(files_in(folder), 2);
    hf_draft_abandon(&draft);
    hf_draft_abandon(&other);
    hf_draft_abandon(&other);
    CU_ASSERT_EQUAL(files_in(folder), 0);
}

static void an_existing_file_is_kept_or_replaced(void) {
    hf_draft draft;
    put(path, "old");
    CU_ASSERT_EQUAL(hf_draft_create(&draft, path, false, &err), HF_BAD_INPUT);
    CU_ASSERT_TRUE(error_says(&err, "already exists") && error_says(&err, "--force"));
    CU_ASSERT_EQUAL(files_in(folder), 1);
    CU_ASSERT_EQUAL(hf_draft_create(&draft, path, true, &err), HF_OK);
    put(draft.aside, "new");
    CU_ASSERT_TRUE(holds(path, "old"));
    CU_ASSERT_EQUAL(hf_draft_publish(&draft, &err), HF_OK);
    CU_ASSERT_TRUE(holds(path, "new"));
    CU_ASSERT_EQUAL(files_in(folder), 1);
    unlink(path);
}

static void hours_of_work_are_not_lost_to_a_name_taken_meanwhile(void) {
    hf_draft draft;
    CU_ASSERT_EQUAL(hf_draft_create(&draft, path, false, &err), HF_OK);
    put(draft.aside, "mine");
    put(path, "theirs");
    CU_ASSERT_EQUAL(hf_draft_publish(&draft, &err), HF_BAD_FILE);
    CU_ASSERT_TRUE(error_says(&err, draft.aside) && error_says(&err, path));
    CU_ASSERT_TRUE(holds(path, "theirs"));
    CU_ASSERT_TRUE(holds(draft.aside, "mine"));
    hf_draft_abandon(&draft);
    unlink(path);
}

static void bad_places_are_refused_before_any_work(void) {
    char missing[96], longest[HF_PATH_BYTES + 1];
    snprintf(missing, sizeof missing, "%s/no/x.h5", folder);
    CU_ASSERT_EQUAL(hf_draft_check(missing, false, &err), HF_BAD_FILE);
    CU_ASSERT_TRUE(error_says(&err, "No such file or directory") && error_says(&err, "/no"));
    CU_ASSERT_EQUAL(hf_draft_check(folder, true, &err), HF_BAD_INPUT);
    CU_ASSERT_TRUE(error_says(&err, "not a plain file"));
    CU_ASSERT_EQUAL(hf_draft_check("", false, &err), HF_BAD_INPUT);
    CU_ASSERT_EQUAL(hf_draft_check("/tmp/", false, &err), HF_BAD_INPUT);
    memset(longest, 'x', sizeof longest);
    longest[HF_PATH_BYTES] = '\0';
    CU_ASSERT_EQUAL(hf_draft_check(longest, false, &err), HF_BAD_INPUT);
    CU_ASSERT_EQUAL(hf_draft_check("here.h5", false, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_draft_check("/here.h5", false, &err), geteuid() ? HF_BAD_FILE : HF_OK);
    if (geteuid() == 0)
        puts("SKIPPED: root may write everywhere, so no folder refuses it");
    else if (chmod(folder, 0500) == 0) {
        CU_ASSERT_EQUAL(hf_draft_check(path, false, &err), HF_BAD_FILE);
        CU_ASSERT_TRUE(error_says(&err, "Permission denied") && error_says(&err, "may write"));
        chmod(folder, 0700);
    }
}

/* A full disk met by it: test_result, on a small file system. */
static void reserving_takes_the_blocks(void) {
    hf_draft draft;
    CU_ASSERT_EQUAL(hf_draft_create(&draft, path, false, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_draft_reserve(&draft, &err), HF_OK);
    CU_ASSERT_EQUAL(truncate(draft.aside, 1 << 20), 0);
    CU_ASSERT_EQUAL(hf_draft_reserve(&draft, &err), HF_OK);
    struct stat what;
    CU_ASSERT_EQUAL(stat(draft.aside, &what), 0);
    CU_ASSERT_EQUAL(what.st_size, 1 << 20);
    if (what.st_blocks * 512 < 1 << 20)
        puts("SKIPPED: this file system does not reserve blocks");
    hf_draft_abandon(&draft);
    CU_ASSERT_EQUAL(files_in(folder), 0);
}

int main(void) {
    static const hf_case cases[] = {HF_CASE(the_name_comes_last),
                                    HF_CASE(an_abandoned_draft_leaves_nothing),
                                    HF_CASE(an_existing_file_is_kept_or_replaced),
                                    HF_CASE(hours_of_work_are_not_lost_to_a_name_taken_meanwhile),
                                    HF_CASE(bad_places_are_refused_before_any_work),
                                    HF_CASE(reserving_takes_the_blocks)};
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/x.h5", folder);
    int failed = hf_cunit_run("draft", cases, sizeof cases / sizeof cases[0]);
    return rmdir(folder) != 0 || failed;
}
