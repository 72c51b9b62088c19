#include "parallel/schedule.h"

#include "base/check.h"

hf_schedule hf_schedule_make(uint64_t first_trial, uint64_t trials, uint64_t block_trials) {
    HF_ASSERT(block_trials > 0);
    HF_ASSERT(trials <= INT64_MAX && first_trial <= UINT64_MAX - trials);
    return (hf_schedule){first_trial, trials, block_trials};
}

uint64_t hf_schedule_n_blocks(const hf_schedule *schedule) {
    return schedule->trials / schedule->block_trials +
           (schedule->trials % schedule->block_trials != 0);
}

hf_block hf_schedule_block(const hf_schedule *schedule, uint64_t number) {
    HF_ASSERT(number < hf_schedule_n_blocks(schedule));
    uint64_t n_before = number * schedule->block_trials, n_left = schedule->trials - n_before;
    return (hf_block){schedule->first_trial + n_before,
                      n_left < schedule->block_trials ? n_left : schedule->block_trials};
}

uint64_t hf_schedule_share(const hf_schedule *schedule, int n_ranks) {
    uint64_t n = (uint64_t)n_ranks, n_blocks = hf_schedule_n_blocks(schedule);
    if (n_blocks <= n)
        return n_blocks ? hf_schedule_block(schedule, 0).n_trials : 0;
    return (n_blocks / n + (n_blocks % n != 0)) * schedule->block_trials;
}
