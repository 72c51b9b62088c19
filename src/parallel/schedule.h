/* Which block of trials is whose. A block is a fixed range of trials, the unit of scheduling; which
 * rank simulates it changes no bit of a result. */
#ifndef HF_PARALLEL_SCHEDULE_H
#define HF_PARALLEL_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct hf_block {
    uint64_t first_trial;
    uint64_t n_trials;
} hf_block;

/* Blocks of `block_trials` trials over [first_trial, first_trial + trials), dealt in turn. */
typedef struct hf_schedule {
    uint64_t first_trial, trials, block_trials;
    uint64_t next, stride; /* block numbers */
} hf_schedule;

hf_schedule hf_schedule_make(uint64_t first_trial, uint64_t trials, uint64_t block_trials, int rank,
                             int n_ranks);
/* The next block of this rank; false when there is none. */
bool hf_schedule_claim(hf_schedule *schedule, hf_block *block);
/* Trials that rank would claim in all: how much it must keep. */
uint64_t hf_schedule_share(const hf_schedule *schedule);

#endif
