#include "parallel/claims.h"

#include "base/check.h"
#include <string.h>
#include <time.h>

#define NONE UINT64_MAX

hf_claims hf_claims_begin(hf_comm *comm, const hf_schedule *schedule, hf_claim_note *notes) {
    HF_ASSERT(hf_comm_is_root(comm) == (notes != NULL));
    if (notes)
        memset(notes, 0, (size_t)hf_comm_size(comm) * sizeof *notes);
    return (hf_claims){.comm = comm,
                       .schedule = *schedule,
                       .end = hf_schedule_n_blocks(schedule),
                       .n_working = hf_comm_size(comm) - 1,
                       .notes = notes};
}

static uint64_t take(hf_claims *claims) {
    return claims->next < claims->end ? claims->next++ : NONE;
}

static void read_note(hf_claims *claims, int from, const hf_claim_note *note) {
    claims->notes[from] = *note;
    claims->wishes |= note->wishes;
}

void hf_claims_answer(hf_claims *claims) {
    int from;
    hf_claim_note note;
    while (claims->n_working > 0 && hf_comm_hear(claims->comm, &from, &note, sizeof note)) {
        read_note(claims, from, &note);
        uint64_t number = take(claims);
        hf_comm_answer(claims->comm, number, from);
        claims->n_working -= number == NONE;
    }
}

void hf_claims_ask(hf_claims *claims, const hf_claim_note *note) {
    if (hf_comm_is_root(claims->comm)) {
        read_note(claims, 0, note);
    } else if (!claims->has_asked) {
        hf_comm_ask(claims->comm, note, sizeof *note);
        claims->has_asked = true;
    }
}

/* The root has nothing left to do but to tell the others so. */
static void see_off(hf_claims *claims) {
    while (claims->n_working > 0) {
        hf_claims_answer(claims);
        nanosleep(&(struct timespec){.tv_nsec = 200 * 1000}, NULL);
    }
}

bool hf_claims_next(hf_claims *claims, hf_block *block) {
    uint64_t number;
    if (hf_comm_is_root(claims->comm)) {
        hf_claims_answer(claims);
        number = take(claims);
        if (number == NONE)
            see_off(claims);
    } else {
        hf_claims_ask(claims, &(hf_claim_note){0});
        number = hf_comm_await(claims->comm);
        claims->has_asked = false;
    }
    if (number == NONE)
        return false;
    *block = hf_schedule_block(&claims->schedule, number);
    return true;
}

void hf_claims_close(hf_claims *claims) {
    HF_ASSERT(hf_comm_is_root(claims->comm));
    claims->end = claims->next;
}

uint64_t hf_claims_trials(const hf_claims *claims) {
    uint64_t n = claims->next * claims->schedule.block_trials;
    return n < claims->schedule.trials ? n : claims->schedule.trials;
}
