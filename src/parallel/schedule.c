/* Blocks of trials, dealt to the ranks in turn. */
#include "parallel/schedule.h"

#include "base/check.h"

static uint64_t n_blocks_of(const hf_schedule *schedule) {
    return schedule->trials / schedule->block_trials +
           (schedule->trials % schedule->block_trials != 0);
}

hf_schedule hf_schedule_make(uint64_t first_trial, uint64_t trials, uint64_t block_trials, int rank,
                             int n_ranks) {
    HF_ASSERT(block_trials > 0);
    HF_ASSERT(0 <= rank && rank < n_ranks);
    HF_ASSERT(trials <= INT64_MAX && first_trial <= UINT64_MAX - trials);
    return (hf_schedule){.first_trial = first_trial,
                         .trials = trials,
                         .block_trials = block_trials,
                         .next = (uint64_t)rank,
                         .stride = (uint64_t)n_ranks};
}

bool hf_schedule_claim(hf_schedule *schedule, hf_block *block) {
    if (schedule->next >= n_blocks_of(schedule))
        return false;
    uint64_t n_before = schedule->next * schedule->block_trials;
    uint64_t n_left = schedule->trials - n_before;
    block->first_trial = schedule->first_trial + n_before;
    block->n_trials = n_left < schedule->block_trials ? n_left : schedule->block_trials;
    schedule->next += schedule->stride;
    return true;
}

uint64_t hf_schedule_share(const hf_schedule *schedule) {
    uint64_t n_blocks = n_blocks_of(schedule);
    uint64_t rank = schedule->next % schedule->stride; /* claiming keeps the remainder */
    if (n_blocks <= rank)
        return 0;
    uint64_t n_mine = (n_blocks - 1 - rank) / schedule->stride + 1;
    uint64_t n_short = 0; /* trials that the last of all blocks lacks, if it is ours */
    if ((n_blocks - 1) % schedule->stride == rank && schedule->trials % schedule->block_trials)
        n_short = schedule->block_trials - schedule->trials % schedule->block_trials;
    return n_mine * schedule->block_trials - n_short;
}
