/* Blocks go to whoever is free, so that a slow rank does not hold the rest.
 *
 * Rank 0 keeps count and works like the others: between its batches it answers who has asked. A
 * rank asks before its last batch of a block and so has the answer when it needs it, yet holds no
 * block that another could have begun. Which rank gets which block is chance; results do not know
 * of it. */
#ifndef HF_PARALLEL_CLAIMS_H
#define HF_PARALLEL_CLAIMS_H

#include "parallel/comm.h"
#include "parallel/schedule.h"

typedef struct hf_claims {
    hf_comm *comm; /* borrowed */
    hf_schedule schedule;
    uint64_t next;  /* root: the first block that is nobody's yet */
    int n_working;  /* root: other ranks that have not been told that none is left */
    bool has_asked; /* elsewhere: an answer is under way */
} hf_claims;

/* All ranks, after the same collective call; the next one is after hf_claims_next gave none. */
hf_claims hf_claims_begin(hf_comm *comm, const hf_schedule *schedule);
/* To be called between batches: the root answers who has asked. */
void hf_claims_answer(hf_claims *claims);
/* To be called before the last batch of a block: the others ask for the next. */
void hf_claims_ask(hf_claims *claims);
/* The next block of this rank; false when there is none. The root returns false once all others
 * have been told the same. */
bool hf_claims_next(hf_claims *claims, hf_block *block);

#endif
