/* What ranks tell each other of a mean, and what is made of it together. */
#include "run/progress.h"
#include "unit/hf_cunit.h"
#include <math.h>

#define MISSING ((double)NAN)

/* Shares of one sample: spread sigma, whatever the share. */
static hf_claim_note share(double trials, double mean, double sigma) {
    return (hf_claim_note){0, trials, mean, sigma / sqrt(trials)};
}

static void pools_as_if_it_were_one(void) {
    hf_claim_note notes[] = {share(100, 4.0, 6.0), share(300, 8.0, 6.0), share(1200, 5.0, 6.0)};
    hf_claim_note all = hf_progress_pool(3, notes);
    CU_ASSERT_EQUAL(all.trials, 1600.0);
    CU_ASSERT_DOUBLE_EQUAL(all.mean, (400.0 + 2400.0 + 6000.0) / 1600.0, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(all.half_width, 6.0 / 40.0, 1e-14);
    hf_claim_note parts[] = {hf_progress_pool(2, notes), notes[2]};
    hf_claim_note same = hf_progress_pool(2, parts);
    CU_ASSERT_DOUBLE_EQUAL(same.mean, all.mean, 1e-14);
    CU_ASSERT_DOUBLE_EQUAL(same.half_width, all.half_width, 1e-14);
}

static void each_share_has_its_spread(void) {
    hf_claim_note notes[] = {{0, 10, -1.0, 3.0}, {0, 30, 1.0, 4.0}};
    hf_claim_note all = hf_progress_pool(2, notes);
    CU_ASSERT_DOUBLE_EQUAL(all.mean, 0.5, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(all.half_width, sqrt(30.0 * 30.0 + 120.0 * 120.0) / 40.0, 1e-15);
}

static void who_has_nothing_changes_nothing(void) {
    hf_claim_note notes[] = {{0, 0, MISSING, MISSING}, {0, 20, 3.0, 0.25}, {0}};
    hf_claim_note all = hf_progress_pool(3, notes);
    CU_ASSERT_EQUAL(all.trials, 20.0);
    CU_ASSERT_EQUAL(all.mean, 3.0);
    CU_ASSERT_EQUAL(all.half_width, 0.25);
    CU_ASSERT_EQUAL(hf_progress_pool(1, notes).trials, 0.0);
    CU_ASSERT_EQUAL(hf_progress_pool(0, NULL).mean, 0.0);
}

/* Two ranks' tallies of the trials' numbers, and one's of all: the same mean, and about the same
 * half-width, which the distance between shares would make a little wider. */
static void notes_are_of_the_tally(void) {
    enum { N = 4096 };
    static double x[N];
    for (int i = 0; i < N; i++)
        x[i] = (i * 2654435761u) % 1000u;
    hf_quantity quantity = {"cost", "USD", "cost", HF_BAD_HIGH, HF_DISTRIBUTION};
    hf_tally_options options = {.tail_count = 1};
    hf_outcome outcome = {.n_quantities = 1, .quantities = &quantity, .n_metrics = 1};
    hf_job job = {.tail_metric = "cost", .confidence = 0.95};
    const int cuts[][2] = {{0, N / 4}, {N / 4, N}, {0, N}};
    hf_claim_note notes[3];
    for (int i = 0; i < 3; i++) {
        const int first = cuts[i][0], n = cuts[i][1] - first;
        const double *values = x + first;
        hf_campaign c = {.outcome = &outcome, .job = &job};
        c.tally = hf_tally_create(1, 1, &quantity, &options);
        hf_tally_absorb(c.tally, (uint64_t)first, n, n, &values, NULL);
        notes[i] = hf_progress_note(&c);
        hf_tally_destroy(c.tally);
    }
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < N; i++)
        sum += x[i];
    for (int i = 0; i < N; i++)
        squares += (x[i] - sum / N) * (x[i] - sum / N);
    CU_ASSERT_EQUAL(notes[0].trials, N / 4);
    CU_ASSERT_DOUBLE_EQUAL(notes[2].mean, sum / N, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(notes[2].half_width, 1.959964 * sqrt(squares / (N - 1) / N), 1e-4);
    hf_claim_note all = hf_progress_pool(2, notes);
    CU_ASSERT_DOUBLE_EQUAL(all.mean, notes[2].mean, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(all.half_width, notes[2].half_width, 1e-2 * notes[2].half_width);
}

HF_TEST_MAIN("progress", HF_CASE(pools_as_if_it_were_one), HF_CASE(each_share_has_its_spread),
             HF_CASE(who_has_nothing_changes_nothing), HF_CASE(notes_are_of_the_tally))
