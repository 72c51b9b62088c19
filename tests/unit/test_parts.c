/* The parts of a job: each trial is in one, none cuts what belongs together, none is empty. And
 * what checkpoints keep beside trials: looks and rows of causes, as bytes and back. */
#include "base/memory.h"
#include "campaigns.h"
#include "unit/hf_cunit.h"
#include <float.h>
#include <math.h>
#include <string.h>

static hf_comm *comm;

/* ---- parts ---- */

static hf_status part_of(const campaigns *all, int part, int n_parts, uint64_t block,
                         hf_schedule *schedule, hf_problems *problems) {
    hf_campaign *campaign = NULL;
    hf_campaign_options options = {
        .n_lanes = 8, .block_trials = block, .part = part, .n_parts = n_parts};
    hf_error err;
    hf_status status =
        hf_campaign_create(comm, &all->world, all->job, &options, problems, &campaign, &err);
    if (status == HF_OK)
        *schedule = campaign->schedule;
    hf_campaign_destroy(campaign);
    return status;
}

/* Parts tile the trials from first on, in whole units but for the last, as evenly as units allow.
 */
static void check_tiling(const campaigns *all, uint64_t unit, int n_parts) {
    uint64_t next = all->job->first_trial, end = next + all->job->trials;
    uint64_t n_units = (all->job->trials + unit - 1) / unit, least = n_units / (uint64_t)n_parts;
    hf_problems problems;
    hf_problems_init(&problems);
    for (int part = 1; part <= n_parts; part++) {
        hf_schedule schedule = {0};
        CU_ASSERT_EQUAL_FATAL(part_of(all, part, n_parts, 8 * unit, &schedule, &problems), HF_OK);
        uint64_t units = (schedule.trials + unit - 1) / unit;
        CU_ASSERT_EQUAL(schedule.first_trial, next);
        CU_ASSERT_TRUE(units >= 1 && units >= least && units <= least + 1);
        CU_ASSERT_TRUE(part == n_parts || schedule.trials % unit == 0);
        next += schedule.trials;
    }
    CU_ASSERT_EQUAL(next, end);
    hf_problems_clear(&problems);
}

static void parts_tile_the_trials(void) {
    static const uint64_t trials[] = {1, 7, 8, 9, 777, 2000}, inner[] = {1, 12, 40};
    static const int n_parts[] = {1, 2, 3, 5, 7, 64};
    campaigns all = campaigns_open(comm, &(campaigns_wish){.trials = 8});
    for (size_t i = 0; i < sizeof trials / sizeof trials[0]; i++)
        for (size_t j = 0; j < sizeof inner / sizeof inner[0]; j++)
            for (size_t k = 0; k < sizeof n_parts / sizeof n_parts[0]; k++) {
                uint64_t unit = (uint64_t[]){8, 24, 40}[j];
                all.job->inner_trials = inner[j];
                all.job->trials = (trials[i] + inner[j] - 1) / inner[j] * inner[j];
                all.job->first_trial = 120 * i;
                if ((uint64_t)n_parts[k] <= (all.job->trials + unit - 1) / unit)
                    check_tiling(&all, unit, n_parts[k]);
            }
    campaigns_close(&all);
}

static void check_refused(const campaigns *all, int part, int n_parts, const char *text) {
    hf_problems problems;
    hf_schedule schedule;
    hf_problems_init(&problems);
    CU_ASSERT_EQUAL(part_of(all, part, n_parts, 0, &schedule, &problems), HF_BAD_INPUT);
    CU_ASSERT_EQUAL_FATAL(problems.n, 1);
    CU_ASSERT_PTR_EQUAL(strstr(problems.lines[0], "--part: "), problems.lines[0]);
    CU_ASSERT_PTR_NOT_NULL(strstr(problems.lines[0], text));
    hf_problems_clear(&problems);
}

static void parts_that_there_are_not_are_refused(void) {
    campaigns all = campaigns_open(comm, &(campaigns_wish){.trials = 96});
    check_refused(&all, 1, 13, "found 13 parts; allowed 1 to 12");
    all.job->inner_trials = 12;
    check_refused(&all, 5, 5, "found 5 parts; allowed 1 to 4");
    campaigns_close(&all);
    all = campaigns_open(comm, &(campaigns_wish){.trials = 96, .precision = "cost:mean:0.01"});
    check_refused(&all, 1, 2, "found a job with precision");
    campaigns_close(&all);
}

/* A block is found by the trials of the part, so that all ranks have some. */
static void blocks_fit_the_part(void) {
    hf_problems problems;
    hf_schedule whole = {0}, part = {0};
    hf_problems_init(&problems);
    campaigns all = campaigns_open(comm, &(campaigns_wish){.trials = 64000});
    CU_ASSERT_EQUAL(part_of(&all, 0, 0, 0, &whole, &problems), HF_OK);
    CU_ASSERT_EQUAL(part_of(&all, 3, 10, 0, &part, &problems), HF_OK);
    CU_ASSERT_TRUE(hf_schedule_n_blocks(&whole) >= 64 && hf_schedule_n_blocks(&part) >= 64);
    hf_problems_clear(&problems);
    campaigns_close(&all);
}

/* ---- looks ---- */

static hf_look_record sample_record(void) {
    return (hf_look_record){.trials = 2048,
                            .estimate = {-0.0, -DBL_MAX, DBL_TRUE_MIN, 0.95, HF_METHOD_NORMAL, 5},
                            .half_width = 3.5,
                            .relative_half_width = (double)NAN,
                            .decision = HF_LOOK_NOT_RESOLVED,
                            .chance_bound = 1e-300};
}

static size_t pack_record(const hf_look_record *record, unsigned char **bytes) {
    hf_words out = {0};
    hf_look_put(&out, record);
    return hf_words_give(&out, bytes);
}

/* Reads a record of which word `at` is another (at < 0: none) and `n_cut` words are missing. */
static bool read_record(int at, uint64_t word, size_t n_cut, hf_look_record *record) {
    unsigned char *bytes;
    hf_look_record sample = sample_record();
    size_t n = pack_record(&sample, &bytes);
    if (at >= 0)
        memcpy(bytes + 8 * at, &word, 8);
    hf_word_reader in = hf_word_reader_open(bytes, n - 8 * n_cut);
    bool is_read = hf_look_get(&in, record);
    hf_free(bytes);
    return is_read;
}

static void looks_come_back(void) {
    hf_look_record record, sample = sample_record();
    unsigned char *bytes[2];
    CU_ASSERT_TRUE(read_record(-1, 0, 0, &record));
    size_t n = pack_record(&sample, &bytes[0]), m = pack_record(&record, &bytes[1]);
    CU_ASSERT_TRUE(n == m && memcmp(bytes[0], bytes[1], n) == 0);
    CU_ASSERT_EQUAL(n, 11 * 8);
    CU_ASSERT_EQUAL(record.trials, 2048);
    CU_ASSERT_EQUAL(record.decision, HF_LOOK_NOT_RESOLVED);
    CU_ASSERT_EQUAL(record.estimate.method, HF_METHOD_NORMAL);
    CU_ASSERT_EQUAL(record.estimate.flags, 5);
    CU_ASSERT_TRUE(record.estimate.value == 0.0 && signbit(record.estimate.value));
    CU_ASSERT_EQUAL(record.estimate.lower, -DBL_MAX);
    CU_ASSERT_EQUAL(record.estimate.upper, DBL_TRUE_MIN);
    CU_ASSERT_EQUAL(record.estimate.coverage, 0.95);
    CU_ASSERT_EQUAL(record.half_width, 3.5);
    CU_ASSERT_TRUE(isnan(record.relative_half_width));
    CU_ASSERT_EQUAL(record.chance_bound, 1e-300);
    hf_free(bytes[0]);
    hf_free(bytes[1]);
}

static void looks_that_are_none_are_refused(void) {
    hf_look_record record = {0};
    enum { DECISION = 1, METHOD = 2 };
    CU_ASSERT_TRUE(read_record(DECISION, HF_LOOK_AT_END, 0, &record));
    CU_ASSERT_FALSE(read_record(DECISION, HF_LOOK_AT_END + 1, 0, &record));
    CU_ASSERT_FALSE(read_record(DECISION, UINT64_MAX, 0, &record));
    CU_ASSERT_TRUE(read_record(METHOD, HF_N_METHODS - 1, 0, &record));
    CU_ASSERT_FALSE(read_record(METHOD, HF_N_METHODS, 0, &record));
    CU_ASSERT_FALSE(read_record(METHOD, (uint64_t)1 << 32, 0, &record));
    for (size_t n_cut = 1; n_cut <= 11; n_cut++)
        CU_ASSERT_FALSE(read_record(-1, 0, n_cut, &record));
}

/* ---- causes ---- */

/* Causes of that many trials, each value its own. */
static hf_causes *sample_causes(const hf_campaign *c, uint64_t n, int *n_columns) {
    hf_causes *causes = c->causes;
    *n_columns = causes->n_variants * (causes->n_coalitions - 1) * causes->n_metrics;
    hf_causes_reserve(causes, n);
    for (int i = 0; i < *n_columns; i++)
        for (uint64_t row = 0; row < n; row++)
            causes->columns[i][row] = (double)i * 1000.0 + (double)row;
    causes->n_kept = n;
    return causes;
}

/* Rows from .. of one are appended to another, in two pieces; cut and changed ones are not. */
static void causes_come_back(void) {
    enum { N = 20, FROM = 3, HALF = 7 };
    hf_saving saving;
    hf_error err;
    int n_columns;
    unsigned char *bytes;
    uint64_t word;
    size_t n_wrong = 0;
    campaigns all =
        campaigns_open(comm, &(campaigns_wish){.trials = 8, .attribution = "cost,fill_rate"});
    hf_campaign *one = campaigns_begin(&all, 8, &saving, NULL, false);
    hf_campaign *two = campaigns_begin(&all, 8, &saving, NULL, false);
    hf_causes *from = sample_causes(one, N, &n_columns), *to = two->causes;
    size_t n = hf_causes_pack(from, FROM, HALF, &bytes);
    CU_ASSERT_EQUAL(hf_causes_merge(to, bytes, n, &err), HF_OK);
    for (size_t cut = 1; cut <= n; cut++)
        n_wrong += hf_causes_merge(to, bytes, n - cut, &err) != HF_BAD_FILE;
    word = (uint64_t)n_columns + 1;
    memcpy(bytes, &word, 8);
    n_wrong += hf_causes_merge(to, bytes, n, &err) != HF_BAD_FILE;
    word = (uint64_t)n_columns;
    memcpy(bytes, &word, 8);
    word = UINT64_MAX / 2;
    memcpy(bytes + 8, &word, 8);
    n_wrong += hf_causes_merge(to, bytes, n, &err) != HF_BAD_FILE;
    CU_ASSERT_EQUAL(n_wrong, 0);
    CU_ASSERT_EQUAL(to->n_kept, HALF);
    hf_free(bytes);
    n = hf_causes_pack(from, FROM + HALF, N - FROM - HALF, &bytes);
    CU_ASSERT_EQUAL(hf_causes_merge(to, bytes, n, &err), HF_OK);
    hf_free(bytes);
    CU_ASSERT_EQUAL_FATAL(to->n_kept, N - FROM);
    for (int i = 0; i < n_columns; i++)
        for (uint64_t row = 0; row < to->n_kept; row++)
            n_wrong += to->columns[i][row] != from->columns[i][FROM + row];
    CU_ASSERT_EQUAL(n_wrong, 0);
    hf_campaign_destroy(one);
    hf_campaign_destroy(two);
    campaigns_close(&all);
}

static const hf_case cases[] = {HF_CASE(parts_tile_the_trials),
                                HF_CASE(parts_that_there_are_not_are_refused),
                                HF_CASE(blocks_fit_the_part),
                                HF_CASE(looks_come_back),
                                HF_CASE(looks_that_are_none_are_refused),
                                HF_CASE(causes_come_back)};

int main(void) {
    comm = hf_comm_open_serial();
    int code = hf_cunit_run("parts", cases, sizeof cases / sizeof cases[0]);
    hf_comm_close(comm);
    return code;
}
