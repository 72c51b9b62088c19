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
    CU_ASSERT_EQUAL(job->inner_trials, 1);
    CU_ASSERT_PTR_NULL(job->precision.metric);
    CU_ASSERT_EQUAL(job->attribution.n_metrics, 0);
    CU_ASSERT_FALSE(hf_job_is_weighted(job));
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

/* --- precision, sampling, attribution --- */

static const char asked[] =
    "{\"schema\":\"holdfast-job/1\",\"scenario\":\"a.json\",\"trials\":96,\"seed\":1,"
    "\"precision\":{\"relative\":0.05,\"statistic\":\"cvar99\",\"metric\":\"account_mw\"},"
    "\"sampling\":{\"tilts\":{\"G3\":2.5,\"G2\":0.01},"
    "\"strata\":{\"hazards\":[\"G3\",\"G1\"],\"table\":[4,3,1]}},"
    "\"attribution\":{\"metrics\":[\"revenue_lost\",\"cost\"]}}";

static void check_asked(const hf_job *job) {
    CU_ASSERT_STRING_EQUAL(job->precision.metric, "account_mw");
    CU_ASSERT_STRING_EQUAL(job->precision.statistic, "cvar99");
    CU_ASSERT_EQUAL(job->precision.relative, 0.05);
    const hf_sampling *sampling = &job->sampling;
    CU_ASSERT_TRUE(hf_job_is_weighted(job));
    CU_ASSERT_EQUAL_FATAL(sampling->n_strata_hazards, 2);
    CU_ASSERT_STRING_EQUAL(sampling->strata_hazards[0], "G1"); /* byte order */
    CU_ASSERT_STRING_EQUAL(sampling->strata_hazards[1], "G3");
    CU_ASSERT_EQUAL_FATAL(sampling->n_table, 3);
    CU_ASSERT_EQUAL(sampling->table[0], 4);
    CU_ASSERT_EQUAL(sampling->table[1], 3);
    CU_ASSERT_EQUAL(sampling->table[2], 1);
    CU_ASSERT_EQUAL_FATAL(sampling->n_tilts, 2);
    CU_ASSERT_STRING_EQUAL(sampling->tilt_hazards[0], "G2");
    CU_ASSERT_EQUAL(sampling->tilts[0], 0.01);
    CU_ASSERT_STRING_EQUAL(sampling->tilt_hazards[1], "G3");
    CU_ASSERT_EQUAL(sampling->tilts[1], 2.5);
    CU_ASSERT_EQUAL_FATAL(job->attribution.n_metrics, 2);
    CU_ASSERT_STRING_EQUAL(job->attribution.metrics[0], "revenue_lost"); /* the listed order */
    CU_ASSERT_STRING_EQUAL(job->attribution.metrics[1], "cost");
}

static const char asked_canonical[] =
    "{\"attribution\":{\"metrics\":[\"revenue_lost\",\"cost\"]},\"confidence\":0.95,"
    "\"exact_trials\":4194304,\"first_trial\":0,\"policies\":[\"baseline\"],"
    "\"precision\":{\"metric\":\"account_mw\",\"relative\":0.05,\"statistic\":\"cvar99\"},"
    "\"record\":\"tail\",\"sampling\":{\"strata\":{\"hazards\":[\"G1\",\"G3\"],"
    "\"table\":[4,3,1]},\"tilts\":{\"G2\":0.01,\"G3\":2.5}},\"schema\":\"holdfast-job/1\","
    "\"seed\":\"1\",\"tail\":{\"count\":100,\"metric\":\"revenue_lost\"},\"trials\":96}";

static void what_is_asked_is_read(void) {
    char *canonical;
    hf_job *job = read_text(asked, &canonical, NULL);
    check_asked(job);
    CU_ASSERT_STRING_EQUAL(canonical, asked_canonical);
    hf_free(canonical);
    hf_job_destroy(job);
}

static void put(hf_job *job, hf_job_part part, const char *text, const char *problem) {
    hf_problems problems;
    hf_problems_init(&problems);
    hf_job_put(job, part, text, &problems);
    CU_ASSERT_EQUAL_FATAL(problems.n, (size_t)(problem != NULL));
    if (problem)
        CU_ASSERT_STRING_EQUAL(problems.lines[0], problem);
    hf_problems_clear(&problems);
}

static void outer_draws_are_asked(void) {
    char *canonical;
    hf_job *job = read_text("{\"schema\":\"holdfast-job/1\",\"scenario\":\"a.json\","
                            "\"trials\":96,\"seed\":1,\"inner_trials\":24}",
                            &canonical, NULL);
    CU_ASSERT_EQUAL(job->inner_trials, 24);
    CU_ASSERT_PTR_NOT_NULL(strstr(canonical, "\"inner_trials\":24,"));
    hf_free(canonical);
    hf_job_destroy(job);
}

/* The command line's words make the same of a job that asks nothing, and take it away again. */
static void words_ask_the_same(void) {
    char *before, *after, *nothing;
    hf_job *job = read_text("{\"schema\":\"holdfast-job/1\",\"scenario\":\"a.json\","
                            "\"trials\":96,\"seed\":1}",
                            &before, NULL);
    put(job, HF_JOB_PRECISION, "account_mw:cvar99:0.05", NULL);
    put(job, HF_JOB_STRATA, "G3,G1:4,3,1", NULL);
    put(job, HF_JOB_TILTS, "G3=2.5,G2=1e-2", NULL);
    put(job, HF_JOB_ATTRIBUTION, "revenue_lost,cost", NULL);
    check_asked(job);
    after = hf_job_canonical(job);
    CU_ASSERT_STRING_EQUAL(after, asked_canonical);
    for (int part = HF_JOB_PRECISION; part <= HF_JOB_ATTRIBUTION; part++)
        put(job, (hf_job_part)part, "", NULL);
    nothing = hf_job_canonical(job);
    CU_ASSERT_STRING_EQUAL(nothing, before);
    hf_free(before);
    hf_free(after);
    hf_free(nothing);
    hf_job_destroy(job);
}

static void wrong_words_are_refused(void) {
    hf_job *job = read_text(small, NULL, NULL);
    put(job, HF_JOB_PRECISION, "cost:mean",
        "precision.relative: found nothing; allowed 1e-9 to 1 "
        "of the estimate");
    put(job, HF_JOB_PRECISION, "cost:mean:0.1:2",
        "precision.relative: found \"0.1:2\"; allowed 1e-9 to 1 of the estimate");
    put(job, HF_JOB_PRECISION, "cost:mean:0x1p-3",
        "precision.relative: found \"0x1p-3\"; allowed 1e-9 to 1 of the estimate");
    put(job, HF_JOB_STRATA, "G3",
        "sampling.strata.table: found nothing; allowed an array of 2 to 8 whole numbers");
    put(job, HF_JOB_STRATA, "G3:4,",
        "sampling.strata.table.1: found \"\"; allowed a whole number, "
        "1 to 7");
    put(job, HF_JOB_TILTS, "G3",
        "sampling.tilts.G3: found \"\"; allowed 0.01 to 1000 times its "
        "own rate");
    put(job, HF_JOB_TILTS, "G3=2,G3=2", "sampling.tilts.G3: found a second time; allowed once");
    put(job, HF_JOB_TILTS, "G3=nan",
        "sampling.tilts.G3: found \"nan\"; allowed 0.01 to 1000 times its own rate");
    put(job, HF_JOB_ATTRIBUTION, "cost,cost",
        "attribution.metrics: found cost a second time; allowed once");
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
             HF_CASE(what_is_asked_is_read), HF_CASE(outer_draws_are_asked),
             HF_CASE(words_ask_the_same), HF_CASE(wrong_words_are_refused),
             HF_CASE(the_scenario_is_found_from_the_job), HF_CASE(the_canonical_job_names_no_paths),
             HF_CASE(options_of_the_command_line_show_in_it), HF_CASE(seeds_are_decimal_integers),
             HF_CASE(a_file_says_which_of_both_it_is), HF_CASE(shipped_jobs_are_good))
