/* Jobs: their fields, defaults, paths, and what of them decides a result. */
#include "base/memory.h"
#include "io/job_json.h"
#include "unit/hf_cunit.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "/tmp/hf_test_job_XXXXXX"

/* Writes `text` as job.json into a folder of its own and reads it back. */
static hf_job *read_text(const char *text, char **canonical, char **verbatim) {
    char folder[] = FOLDER, path[64];
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/job.json", folder);
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    fclose(file);
    hf_problems problems;
    hf_error err;
    hf_job *job;
    hf_problems_init(&problems);
    CU_ASSERT_EQUAL(hf_job_read(path, &job, canonical, verbatim, &problems, &err), HF_OK);
    hf_problems_print(&problems, path, stderr);
    hf_problems_clear(&problems);
    unlink(path);
    rmdir(folder);
    CU_ASSERT_PTR_NOT_NULL_FATAL(job);
    return job;
}

static const char small[] = "{\"schema\":\"holdfast-job/1\",\"scenario\":\"../a.json\",\n"
                            " \"trials\":10, \"seed\":\"18446744073709551615\"}\n";

static void defaults_are_filled_in(void) {
    char *canonical, *verbatim;
    hf_job *job = read_text(small, &canonical, &verbatim);
    CU_ASSERT_EQUAL_FATAL(job->n_policies, 1);
    CU_ASSERT_STRING_EQUAL(job->policies[0], "baseline");
    CU_ASSERT_EQUAL(job->trials, 10);
    CU_ASSERT_EQUAL(job->first_trial, 0);
    CU_ASSERT_EQUAL(job->seed, UINT64_MAX);
    CU_ASSERT_EQUAL(job->record, HF_RECORD_TAIL);
    CU_ASSERT_STRING_EQUAL(job->tail_metric, "revenue_lost");
    CU_ASSERT_EQUAL(job->tail_count, 100);
    CU_ASSERT_EQUAL(job->confidence, 0.95);
    CU_ASSERT_EQUAL(job->exact_trials, 4194304);
    CU_ASSERT_PTR_NULL(job->output);
    CU_ASSERT_STRING_EQUAL(verbatim, small);
    CU_ASSERT_STRING_EQUAL(canonical,
                           "{\"confidence\":0.95,\"exact_trials\":4194304,\"first_trial\":0,"
                           "\"policies\":[\"baseline\"],\"record\":\"tail\","
                           "\"schema\":\"holdfast-job/1\",\"seed\":\"18446744073709551615\","
                           "\"tail\":{\"count\":100,\"metric\":\"revenue_lost\"},\"trials\":10}");
    hf_free(canonical);
    hf_free(verbatim);
    hf_job_destroy(job);
}

static void all_fields_are_read(void) {
    hf_job *job = read_text(
        "{\"schema\":\"holdfast-job/1\",\"title\":\"t\",\"note\":\"n\",\"scenario\":\"/abs/"
        "s.json\","
        "\"policies\":[\"b\",\"a\",\"baseline\"],\"trials\":1099511627776,\"first_trial\":5,"
        "\"seed\":9007199254740991,\"record\":\"all\","
        "\"tail\":{\"metric\":\"account_mw_of_plan\",\"count\":7},\"confidence\":0.9,"
        "\"exact_trials\":0,\"output\":\"o.h5\"}",
        NULL, NULL);
    CU_ASSERT_STRING_EQUAL(job->scenario, "/abs/s.json");
    CU_ASSERT_EQUAL_FATAL(job->n_policies, 3);
    CU_ASSERT_STRING_EQUAL(job->policies[0], "b"); /* in the listed order */
    CU_ASSERT_STRING_EQUAL(job->policies[2], "baseline");
    CU_ASSERT_EQUAL(job->trials, UINT64_C(1) << 40);
    CU_ASSERT_EQUAL(job->first_trial, 5);
    CU_ASSERT_EQUAL(job->seed, (UINT64_C(1) << 53) - 1);
    CU_ASSERT_EQUAL(job->record, HF_RECORD_ALL);
    CU_ASSERT_STRING_EQUAL(job->tail_metric, "account_mw_of_plan");
    CU_ASSERT_EQUAL(job->tail_count, 7);
    CU_ASSERT_EQUAL(job->confidence, 0.9);
    CU_ASSERT_EQUAL(job->exact_trials, 0);
    CU_ASSERT_STRING_EQUAL(job->output, "o.h5");
    hf_job_destroy(job);
}

static void the_scenario_is_found_from_the_job(void) {
    hf_job *job = read_text(small, NULL, NULL);
    const char *end = strstr(job->scenario, "/../a.json");
    CU_ASSERT_PTR_NOT_NULL(end);
    CU_ASSERT_EQUAL(strncmp(job->scenario, FOLDER, strlen(FOLDER) - 6), 0);
    hf_job_destroy(job);
}

/* Where files lie, and what a title says, decides nothing. */
static void the_canonical_job_names_no_paths(void) {
    char *here, *there;
    hf_job_destroy(read_text(small, &here, NULL));
    hf_job_destroy(read_text("{\"output\":\"x.h5\",\"title\":\"other\",\"seed\":"
                             "\"18446744073709551615\",\"trials\":1e1,\"scenario\":\"b.json\","
                             "\"record\":\"tail\",\"schema\":\"holdfast-job/1\"}",
                             &there, NULL));
    CU_ASSERT_STRING_EQUAL(here, there);
    hf_free(here);
    hf_free(there);
}

static void options_of_the_command_line_show_in_it(void) {
    hf_job *job = read_text(small, NULL, NULL);
    job->trials = 11;
    job->seed = 3;
    char *text = hf_job_canonical(job);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"trials\":11"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"seed\":\"3\""));
    hf_free(text);
    hf_job_destroy(job);
}

static void seeds_are_decimal_integers(void) {
    static const char *const bad[] = {"",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "0x10",
                                      "1.0",
                                      "01",
                                      "1e3",
                                      "18446744073709551616",
                                      "99999999999999999999"};
    uint64_t seed = 5;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_EQUAL(hf_seed_parse(bad[i], &seed), HF_BAD_INPUT);
    CU_ASSERT_EQUAL(seed, 5);
    CU_ASSERT_EQUAL(hf_seed_parse("0", &seed), HF_OK);
    CU_ASSERT_EQUAL(seed, 0);
    CU_ASSERT_EQUAL(hf_seed_parse("18446744073709551615", &seed), HF_OK);
    CU_ASSERT_EQUAL(seed, UINT64_MAX);
}

static void a_file_says_which_of_both_it_is(void) {
    hf_problems problems;
    hf_error err;
    hf_file_kind kind;
    hf_problems_init(&problems);
    CU_ASSERT_EQUAL(
        hf_file_kind_read(HF_SOURCE_DIR "/tests/data/small.json", &kind, &problems, &err), HF_OK);
    CU_ASSERT_EQUAL(kind, HF_FILE_SCENARIO);
    CU_ASSERT_EQUAL(hf_file_kind_read(HF_SOURCE_DIR "/jobs/smoke.json", &kind, &problems, &err),
                    HF_OK);
    CU_ASSERT_EQUAL(kind, HF_FILE_JOB);
    CU_ASSERT_EQUAL(problems.n, 0);
    CU_ASSERT_EQUAL(hf_file_kind_read(HF_SOURCE_DIR "/tests/data/bad/schema_missing.json", &kind,
                                      &problems, &err),
                    HF_BAD_INPUT);
    CU_ASSERT_EQUAL_FATAL(problems.n, 1);
    CU_ASSERT_STRING_EQUAL(problems.lines[0], "schema: found nothing; allowed "
                                              "\"holdfast-scenario/1\" or \"holdfast-job/1\"");
    CU_ASSERT_EQUAL(hf_file_kind_read("/nonexistent", &kind, &problems, &err), HF_BAD_FILE);
    hf_problems_clear(&problems);
}

static void shipped_jobs_are_good(void) {
    static const char *const paths[] = {HF_SOURCE_DIR "/jobs/baseline.json",
                                        HF_SOURCE_DIR "/jobs/smoke.json"};
    for (size_t i = 0; i < 2; i++) {
        hf_problems problems;
        hf_error err;
        hf_job *job;
        hf_problems_init(&problems);
        CU_ASSERT_EQUAL(hf_job_read(paths[i], &job, NULL, NULL, &problems, &err), HF_OK);
        hf_problems_print(&problems, paths[i], stderr);
        CU_ASSERT_TRUE(job && access(job->scenario, R_OK) == 0);
        hf_job_destroy(job);
        hf_problems_clear(&problems);
    }
}

HF_TEST_MAIN("job_json", HF_CASE(defaults_are_filled_in), HF_CASE(all_fields_are_read),
             HF_CASE(the_scenario_is_found_from_the_job), HF_CASE(the_canonical_job_names_no_paths),
             HF_CASE(options_of_the_command_line_show_in_it), HF_CASE(seeds_are_decimal_integers),
             HF_CASE(a_file_says_which_of_both_it_is), HF_CASE(shipped_jobs_are_good))
