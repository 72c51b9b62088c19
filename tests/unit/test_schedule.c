/* Blocks cover all trials once, whoever claims them. */
#include "parallel/schedule.h"
#include "unit/hf_cunit.h"
#include <string.h>

enum { MAX_TRIALS = 40, MAX_RANKS = 9, FIRST = 1000 };

/* Claims everything of one rank: marks each trial, and checks the share before and after. */
static void claim_all(uint64_t trials, uint64_t block_trials, int rank, int n_ranks, int *seen) {
    hf_schedule schedule = hf_schedule_make(FIRST, trials, block_trials, rank, n_ranks);
    uint64_t share = hf_schedule_share(&schedule), claimed = 0;
    hf_block block;
    while (hf_schedule_claim(&schedule, &block)) {
        CU_ASSERT_FATAL(block.n_trials >= 1 && block.n_trials <= block_trials);
        CU_ASSERT_FATAL((block.first_trial - FIRST) % block_trials == 0);
        CU_ASSERT_FATAL(block.first_trial + block.n_trials <= FIRST + trials);
        for (uint64_t i = 0; i < block.n_trials; i++)
            seen[block.first_trial - FIRST + i]++;
        claimed += block.n_trials;
        CU_ASSERT_EQUAL(hf_schedule_share(&schedule), share);
    }
    CU_ASSERT_EQUAL(claimed, share);
    CU_ASSERT_FALSE(hf_schedule_claim(&schedule, &block)); /* none stays none */
}

static void every_trial_is_claimed_once(void) {
    for (uint64_t trials = 0; trials <= MAX_TRIALS; trials++)
        for (uint64_t block_trials = 1; block_trials <= MAX_TRIALS + 1; block_trials++)
            for (int n_ranks = 1; n_ranks <= MAX_RANKS; n_ranks++) {
                int seen[MAX_TRIALS + 1] = {0};
                for (int rank = 0; rank < n_ranks; rank++)
                    claim_all(trials, block_trials, rank, n_ranks, seen);
                for (uint64_t i = 0; i < trials; i++)
                    CU_ASSERT_EQUAL_FATAL(seen[i], 1);
            }
}

static void blocks_do_not_depend_on_the_ranks(void) {
    hf_schedule alone = hf_schedule_make(7, 1000, 64, 0, 1);
    hf_block expected, block;
    for (int i = 0; hf_schedule_claim(&alone, &expected); i++) {
        hf_schedule shared = hf_schedule_make(7, 1000, 64, i % 3, 3);
        for (int skip = 0; skip <= i / 3; skip++)
            CU_ASSERT_TRUE_FATAL(hf_schedule_claim(&shared, &block));
        CU_ASSERT_EQUAL(block.first_trial, expected.first_trial);
        CU_ASSERT_EQUAL(block.n_trials, expected.n_trials);
    }
}

static void large_numbers_do_not_overflow(void) {
    uint64_t trials = INT64_MAX;
    hf_schedule s = hf_schedule_make(UINT64_MAX - trials, trials, UINT64_MAX - 5, 0, 2);
    CU_ASSERT_EQUAL(hf_schedule_share(&s), trials);
    hf_block block;
    CU_ASSERT_TRUE(hf_schedule_claim(&s, &block));
    CU_ASSERT_EQUAL(block.first_trial, UINT64_MAX - trials);
    CU_ASSERT_EQUAL(block.n_trials, trials);
    CU_ASSERT_FALSE(hf_schedule_claim(&s, &block));

    uint64_t all = 0;
    for (int rank = 0; rank < 3; rank++) {
        s = hf_schedule_make(0, trials, 4096, rank, 3);
        all += hf_schedule_share(&s);
    }
    CU_ASSERT_EQUAL(all, trials);
}

HF_TEST_MAIN("schedule", HF_CASE(every_trial_is_claimed_once),
             HF_CASE(blocks_do_not_depend_on_the_ranks), HF_CASE(large_numbers_do_not_overflow))
