/* Blocks go to whoever is free, so that a slow rank does not hold the rest.
 *
 * Rank 0 keeps count and works like the others: between its batches it answers who has asked. A
 * rank asks before its last batch of a block and so has the answer when it needs it, yet holds no
 * block that another could have begun. With the question it tells how far it is and what it wishes;
 * the root may close the claims before all blocks are claimed. Which rank gets which block is
 * chance; results do not know of it. */
#ifndef HF_PARALLEL_CLAIMS_H
#define HF_PARALLEL_CLAIMS_H

#include "parallel/comm.h"
#include "parallel/schedule.h"

/* What a rank tells the root when it asks for a block. */
typedef struct hf_claim_note {
    uint64_t wishes;         /* bits; what they mean is the caller's affair */
    double trials;           /* how many it holds, */
    double mean, half_width; /* and what they make of one quantity */
} hf_claim_note;

typedef struct hf_claims {
    hf_comm *comm; /* borrowed */
    hf_schedule schedule;
    uint64_t next, end;   /* root: blocks from one to before the other are nobody's yet */
    int n_working;        /* root: other ranks that have not been told that none is left */
    uint64_t wishes;      /* root: of all ranks together, whenever told */
    hf_claim_note *notes; /* root: [size] each rank's latest, zero at first; borrowed */
    bool has_asked;       /* elsewhere: an answer is under way */
} hf_claims;

/* All ranks, after the same collective call; the next one is after hf_claims_next gave none.
 * `notes`: room for as many as there are ranks, NULL but at the root. */
hf_claims hf_claims_begin(hf_comm *comm, const hf_schedule *schedule, hf_claim_note *notes);
/* To be called between batches: the root answers who has asked. */
void hf_claims_answer(hf_claims *claims);
/* To be called before the last batch of a block: the others ask for the next. The root, which need
 * not ask, takes its own note. */
void hf_claims_ask(hf_claims *claims, const hf_claim_note *note);
/* The next block of this rank, asked for with an empty note if it was not before; false when there
 * is none. The root returns false once all others have been told the same. */
bool hf_claims_next(hf_claims *claims, hf_block *block);

/* Root: from now on no block is left for anybody. Those claimed are simulated to their end. */
void hf_claims_close(hf_claims *claims);
/* Root: trials in the blocks that were claimed, the first ones of the schedule. Once hf_claims_next
 * gave none at all ranks these and no others are done. */
uint64_t hf_claims_trials(const hf_claims *claims);

#endif
