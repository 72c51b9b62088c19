/* How trials are cut into blocks. A block is a fixed range of trials, the unit of scheduling; which
 * rank simulates it (parallel/claims.h) changes no bit of a result. */
#ifndef HF_PARALLEL_SCHEDULE_H
#define HF_PARALLEL_SCHEDULE_H

#include <stdint.h>

typedef struct hf_block {
    uint64_t first_trial;
    uint64_t n_trials;
} hf_block;

/* Blocks of `block_trials` trials over [first_trial, first_trial + trials); the last may be short.
 */
typedef struct hf_schedule {
    uint64_t first_trial, trials, block_trials;
} hf_schedule;

hf_schedule hf_schedule_make(uint64_t first_trial, uint64_t trials, uint64_t block_trials);
uint64_t hf_schedule_n_blocks(const hf_schedule *schedule);
hf_block hf_schedule_block(const hf_schedule *schedule, uint64_t number);
/* Trials that a rank simulates where all are equally fast: how much it makes room for. */
uint64_t hf_schedule_share(const hf_schedule *schedule, int n_ranks);

#endif
