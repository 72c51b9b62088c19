/* Blocks cover all trials once, and a share is what equal ranks need room for. */
#include "parallel/schedule.h"
#include "unit/hf_cunit.h"

enum { MAX_TRIALS = 40, MAX_RANKS = 9, FIRST = 1000 };

static void blocks_cover_every_trial_once(void) {
    for (uint64_t trials = 0; trials <= MAX_TRIALS; trials++)
        for (uint64_t size = 1; size <= MAX_TRIALS + 1; size++) {
            hf_schedule s = hf_schedule_make(FIRST, trials, size);
            uint64_t next = FIRST, n = hf_schedule_n_blocks(&s);
            for (uint64_t i = 0; i < n; i++) {
                hf_block block = hf_schedule_block(&s, i);
                CU_ASSERT_EQUAL_FATAL(block.first_trial, next);
                CU_ASSERT_FATAL(block.n_trials == size || (i == n - 1 && block.n_trials < size));
                CU_ASSERT_FATAL(block.n_trials >= 1);
                next += block.n_trials;
            }
            CU_ASSERT_EQUAL_FATAL(next, FIRST + trials);
        }
}

static void shares_are_enough_for_all(void) {
    for (uint64_t trials = 0; trials <= MAX_TRIALS; trials++)
        for (uint64_t size = 1; size <= MAX_TRIALS + 1; size++)
            for (int n_ranks = 1; n_ranks <= MAX_RANKS; n_ranks++) {
                hf_schedule s = hf_schedule_make(FIRST, trials, size);
                uint64_t share = hf_schedule_share(&s, n_ranks);
                CU_ASSERT_TRUE_FATAL(share * (uint64_t)n_ranks >= trials);
                CU_ASSERT_TRUE_FATAL(share <= trials / (uint64_t)n_ranks + size);
                CU_ASSERT_TRUE_FATAL(n_ranks > 1 || trials == 0 || share < trials + size);
            }
}

static void large_numbers_do_not_overflow(void) {
    uint64_t trials = INT64_MAX;
    hf_schedule s = hf_schedule_make(UINT64_MAX - trials, trials, UINT64_MAX - 5);
    CU_ASSERT_EQUAL(hf_schedule_n_blocks(&s), 1);
    CU_ASSERT_EQUAL(hf_schedule_share(&s, 2), trials);
    hf_block block = hf_schedule_block(&s, 0);
    CU_ASSERT_EQUAL(block.first_trial, UINT64_MAX - trials);
    CU_ASSERT_EQUAL(block.n_trials, trials);
}

HF_TEST_MAIN("schedule", HF_CASE(blocks_cover_every_trial_once), HF_CASE(shares_are_enough_for_all),
             HF_CASE(large_numbers_do_not_overflow))
