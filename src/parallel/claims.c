#include "parallel/claims.h"

#include <time.h>

#define NONE UINT64_MAX

hf_claims hf_claims_begin(hf_comm *comm, const hf_schedule *schedule) {
    return (hf_claims){.comm = comm, .schedule = *schedule, .n_working = hf_comm_size(comm) - 1};
}

static uint64_t take(hf_claims *claims) {
    return claims->next < hf_schedule_n_blocks(&claims->schedule) ? claims->next++ : NONE;
}

void hf_claims_answer(hf_claims *claims) {
    int from;
    while (claims->n_working > 0 && hf_comm_hear(claims->comm, &from)) {
        uint64_t number = take(claims);
        hf_comm_answer(claims->comm, number, from);
        claims->n_working -= number == NONE;
    }
}

void hf_claims_ask(hf_claims *claims) {
    if (hf_comm_is_root(claims->comm) || claims->has_asked)
        return;
    hf_comm_ask(claims->comm);
    claims->has_asked = true;
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
        hf_claims_ask(claims);
        number = hf_comm_await(claims->comm);
        claims->has_asked = false;
    }
    if (number == NONE)
        return false;
    *block = hf_schedule_block(&claims->schedule, number);
    return true;
}
