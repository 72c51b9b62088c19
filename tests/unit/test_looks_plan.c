/* When a run may stop: the looks, what is decided there, and what the result file says of it. */
#include "io/job_json.h"
#include "run/result_tables.h"
#include "unit/hf_cunit.h"
#include <math.h>
#include <string.h>

#define MISSING ((double)NAN)

static const char *baseline[] = {"baseline"};

static hf_job job_of(uint64_t trials, uint64_t inner_trials) {
    return (hf_job){.n_policies = 1,
                    .policies = baseline,
                    .trials = trials,
                    .inner_trials = inner_trials,
                    .confidence = 0.95,
                    .precision = {"cost", "cvar99", 0.05}};
}

static void looks_double(void) {
    hf_job job = job_of(5000, 1);
    hf_looks looks = hf_looks_make(&job);
    CU_ASSERT_EQUAL_FATAL(looks.n, 4);
    CU_ASSERT_EQUAL(looks.trials[0], 1024);
    CU_ASSERT_EQUAL(looks.trials[1], 2048);
    CU_ASSERT_EQUAL(looks.trials[2], 4096);
    CU_ASSERT_EQUAL(looks.trials[3], 5000);
    CU_ASSERT_DOUBLE_EQUAL(looks.confidence, 0.9875, 1e-15);
}

static void the_last_look_is_at_all_trials(void) {
    hf_job job = job_of(4096, 1);
    hf_looks looks = hf_looks_make(&job);
    CU_ASSERT_EQUAL_FATAL(looks.n, 3);
    CU_ASSERT_EQUAL(looks.trials[2], 4096);
    for (uint64_t trials = 1; trials <= 1024; trials += 1023) {
        job.trials = trials;
        looks = hf_looks_make(&job);
        CU_ASSERT_EQUAL(looks.n, 1);
        CU_ASSERT_EQUAL(looks.trials[0], trials);
        CU_ASSERT_EQUAL(looks.confidence, 0.95);
    }
}

static void no_look_cuts_a_unit(void) {
    hf_job job = job_of(12000, 12);
    CU_ASSERT_EQUAL(hf_looks_unit(&job), 24);
    hf_looks looks = hf_looks_make(&job);
    CU_ASSERT_EQUAL(looks.trials[0], 1032); /* 43 units */
    CU_ASSERT_EQUAL(looks.trials[1], 2064);
    job.inner_trials = 1;
    CU_ASSERT_EQUAL(hf_looks_unit(&job), 8);
    job.inner_trials = 16;
    CU_ASSERT_EQUAL(hf_looks_unit(&job), 16);
    job.inner_trials = (1 << 20) - 1;
    CU_ASSERT_EQUAL(hf_looks_unit(&job), 8 * ((1 << 20) - 1));
}

static void the_longest_job_has_room_for_its_looks(void) {
    hf_job job = job_of((uint64_t)1 << 40, 1);
    hf_looks looks = hf_looks_make(&job);
    CU_ASSERT_EQUAL(looks.n, 31);
    CU_ASSERT_EQUAL(looks.trials[30], (uint64_t)1 << 40);
}

static void without_precision_there_is_one(void) {
    hf_job job = job_of(5000, 1);
    job.precision.metric = NULL;
    hf_looks looks = hf_looks_make(&job);
    CU_ASSERT_EQUAL(looks.n, 1);
    CU_ASSERT_EQUAL(looks.trials[0], 5000);
    CU_ASSERT_EQUAL(looks.confidence, 0.95);
}

/* --- decisions --- */

static hf_estimate around(double value, double half_width) {
    return (hf_estimate){value, value - half_width, value + half_width, 0.95, HF_METHOD_NORMAL, 0};
}

static hf_look_record judge(int look, hf_estimate estimate) {
    hf_job job = job_of(4096, 1);
    hf_looks looks = hf_looks_make(&job);
    return hf_look_decide(&looks, look, &job, &estimate, false);
}

static void a_narrow_interval_ends_it(void) {
    CU_ASSERT_EQUAL(judge(0, around(-20.0, 1.0)).decision, HF_LOOK_MET);
    CU_ASSERT_EQUAL(judge(0, around(-20.0, 1.0)).half_width, 1.0);
    CU_ASSERT_EQUAL(judge(0, around(-20.0, 1.0)).relative_half_width, 0.05);
    CU_ASSERT_EQUAL(judge(0, around(-20.0, 1.0)).trials, 1024);
    CU_ASSERT_EQUAL(judge(0, around(20.0, 1.01)).decision, HF_LOOK_GOES_ON);
    CU_ASSERT_EQUAL(judge(2, around(20.0, 1.01)).decision, HF_LOOK_AT_END);
    CU_ASSERT_EQUAL(judge(2, around(20.0, 1.0)).decision, HF_LOOK_MET);
    CU_ASSERT_TRUE(isnan(judge(0, around(20.0, 1.0)).chance_bound));
}

static void a_quantile_of_zero_can_be_met(void) {
    CU_ASSERT_EQUAL(judge(0, around(0.0, 0.0)).decision, HF_LOOK_MET);
    CU_ASSERT_TRUE(isnan(judge(0, around(0.0, 0.0)).relative_half_width));
    CU_ASSERT_EQUAL(judge(0, around(0.0, 1.0)).decision, HF_LOOK_GOES_ON);
    CU_ASSERT_TRUE(isnan(judge(0, around(0.0, 1.0)).relative_half_width));
}

static void an_interval_that_may_not_hold_meets_nothing(void) {
    hf_estimate estimate = around(20.0, 0.1);
    estimate.flags = HF_UNRELIABLE;
    CU_ASSERT_EQUAL(judge(0, estimate).decision, HF_LOOK_GOES_ON);
    estimate = (hf_estimate){20.0, MISSING, MISSING, MISSING, HF_METHOD_NONE, HF_NO_INTERVAL};
    CU_ASSERT_EQUAL(judge(0, estimate).decision, HF_LOOK_GOES_ON);
    CU_ASSERT_TRUE(isnan(judge(0, estimate).half_width));
    estimate = around(20.0, 0.1);
    estimate.flags = HF_FROM_BINS;
    CU_ASSERT_EQUAL(judge(0, estimate).decision, HF_LOOK_MET);
}

/* Against libm. */
static void what_was_never_seen_is_not_resolved(void) {
    static const uint64_t trials[] = {10, 1024, 1000000, (uint64_t)1 << 40};
    hf_estimate estimate = around(0.0, 0.0);
    for (int i = 0; i < 4; i++) {
        hf_job one = job_of(trials[i], 1);
        hf_looks last = {.n = 1, .trials = {trials[i]}, .confidence = 0.95};
        hf_look_record record = hf_look_decide(&last, 0, &one, &estimate, true);
        double wanted = -expm1(log(1.0 - 0.95) / (double)trials[i]);
        CU_ASSERT_EQUAL(record.decision, HF_LOOK_NOT_RESOLVED);
        CU_ASSERT_TRUE(fabs(record.chance_bound / wanted - 1.0) < 1e-15);
        CU_ASSERT_TRUE(hf_look_is_last(&last, &record));
    }
    hf_job job = job_of(1024, 1);
    hf_looks looks = hf_looks_make(&job);
    CU_ASSERT_DOUBLE_EQUAL(hf_look_decide(&looks, 0, &job, &estimate, true).chance_bound * 1024,
                           3.0, 0.01);
    job.sampling.n_tilts = 1;
    CU_ASSERT_TRUE(isnan(hf_look_decide(&looks, 0, &job, &estimate, true).chance_bound));
}

static void check_reason(const hf_look_record *last, const char *wanted) {
    hf_job job = job_of(4096, 1);
    char text[128];
    hf_looks_reason(&job, last, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, wanted);
}

static void the_reason_is_said(void) {
    hf_look_record last = judge(1, around(20.0, 1.0));
    check_reason(NULL, "all trials simulated");
    check_reason(&last, "precision met after 2048 of 4096 trials");
    last = judge(2, around(20.0, 2.0));
    check_reason(&last, "all trials simulated, precision not met");
    last.decision = HF_LOOK_NOT_RESOLVED;
    check_reason(&last, "all trials simulated, cost not resolved");
}

/* --- what the file says --- */

static void the_looks_are_in_the_file(void) {
    hf_job job = job_of(4096, 1);
    hf_looks looks = hf_looks_make(&job);
    hf_estimate none = {20.0, MISSING, MISSING, MISSING, HF_METHOD_NONE, HF_NO_INTERVAL};
    hf_estimate doubtful = around(20.0, 0.5);
    doubtful.flags = HF_UNRELIABLE;
    hf_look_record records[] = {judge(0, none), judge(1, doubtful), judge(2, around(20.0, 0.5))};
    hf_tables *tables = hf_tables_create();
    hf_quantity cost = {.name = "cost", .unit = "USD"};
    hf_outcome outcome = {.n_metrics = 1, .n_quantities = 1, .quantities = &cost};
    hf_campaign campaign = {
        .job = &job, .outcome = &outcome, .looks = looks, .n_looks = 3, .records = records};
    hf_convergence_tables(tables, &campaign);
    hf_error err;
    CU_ASSERT_EQUAL(hf_tables_check(tables, &err), HF_OK);
    const hf_group *group = hf_tables_find(tables, "/convergence");
    const double *half_widths = (const double *)hf_group_find(group, "half_width")->data;
    const uint8_t *unreliable = (const uint8_t *)hf_group_find(group, "unreliable")->data;
    const char *const *decisions = (const char *const *)hf_group_find(group, "decision")->data;
    CU_ASSERT_EQUAL(((const uint64_t *)hf_group_find(group, "trials")->data)[1], 2048);
    CU_ASSERT_EQUAL(((const double *)hf_group_find(group, "estimate_upper")->data)[1], 20.5);
    CU_ASSERT_EQUAL(((const double *)hf_group_find(group, "relative_half_width")->data)[1], 0.025);
    CU_ASSERT_TRUE(isnan(((const double *)hf_group_find(group, "chance_bound")->data)[1]));
    CU_ASSERT_TRUE(isnan(half_widths[0]));
    CU_ASSERT_EQUAL(half_widths[1], 0.5);
    CU_ASSERT_TRUE(!unreliable[0] && unreliable[1] && !unreliable[2]);
    CU_ASSERT_STRING_EQUAL(decisions[0], "goes on");
    CU_ASSERT_STRING_EQUAL(decisions[1], "goes on");
    CU_ASSERT_STRING_EQUAL(decisions[2], "met");
    CU_ASSERT_STRING_EQUAL(hf_group_text(group, "statistic"), "cvar99");
    CU_ASSERT_STRING_EQUAL(hf_group_text(group, "policy"), "baseline");
    const hf_attribute *confidence = hf_attributes_find(&group->attributes, "look_confidence");
    CU_ASSERT_EQUAL(confidence->value.real, looks.confidence);
    hf_tables_destroy(tables);
}

/* What the gate lets pass is what has intervals: all statistics but sd, min and max. */
static void the_gate_knows_the_statistics(void) {
    int n = 0;
    for (int s = 0; s < HF_N_STATISTICS; s++)
        if (s != HF_SD && s != HF_MINIMUM && s != HF_MAXIMUM) {
            CU_ASSERT_PTR_NOT_NULL_FATAL(hf_job_statistics[n]);
            CU_ASSERT_STRING_EQUAL(hf_job_statistics[n++], hf_statistic_names[s]);
        }
    CU_ASSERT_PTR_NULL(hf_job_statistics[n]);
}

HF_TEST_MAIN("looks_plan", HF_CASE(looks_double), HF_CASE(the_last_look_is_at_all_trials),
             HF_CASE(no_look_cuts_a_unit), HF_CASE(the_longest_job_has_room_for_its_looks),
             HF_CASE(without_precision_there_is_one), HF_CASE(a_narrow_interval_ends_it),
             HF_CASE(a_quantile_of_zero_can_be_met),
             HF_CASE(an_interval_that_may_not_hold_meets_nothing),
             HF_CASE(what_was_never_seen_is_not_resolved), HF_CASE(the_reason_is_said),
             HF_CASE(the_looks_are_in_the_file), HF_CASE(the_gate_knows_the_statistics))
