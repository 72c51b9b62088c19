/* Blocks go to whoever is free: each once, until the root closes, and a rank that is four times
 * slower holds nobody up. What ranks tell reaches the root.
 *
 *   test_claims           all checks, half a second of sleeping blocks; exit 0 if they hold
 *   test_claims SECONDS   the same with blocks for so many seconds of all ranks
 *
 * Blocks sleep, so that the scheduler alone is measured, however few cores there are. The time is
 * told against the ideal, all ranks busy to the end at the speed they had; fixed shares would take
 * 3.6 times the ideal on eight ranks. */
#include "base/clock.h"
#include "base/memory.h"
#include "parallel/claims.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCHES = 4, BATCH_MS = 5, SLOWER = 4 };

static int n_failed;

static void check(bool holds, const char *what) {
    if (!holds)
        fprintf(stderr, "FAILED: %s\n", what);
    n_failed += !holds;
}

/* Room for all ranks' notes at the root, which alone has some. */
static hf_claim_note *make_notes(hf_comm *comm) {
    return hf_comm_is_root(comm) ? HF_NEW(hf_comm_size(comm), hf_claim_note) : NULL;
}

static void see(uint64_t *seen, const hf_schedule *schedule, const hf_block *block) {
    for (uint64_t i = 0; i < block->n_trials; i++)
        seen[block->first_trial - schedule->first_trial + i]++;
}

/* Whether of all ranks' trials each was seen once up to `done`, and none of those beyond.
 * Collective. */
static bool are_done(hf_comm *comm, uint64_t *seen, uint64_t trials, uint64_t done) {
    bool holds = true;
    hf_comm_sum_u64(comm, seen, trials);
    for (uint64_t i = 0; i < trials; i++)
        holds = holds && seen[i] == (i < done);
    return holds;
}

/* Rounds of claims, one after the other as at looks: every trial is seen once. */
static void check_cover(hf_comm *comm, uint64_t trials, uint64_t size) {
    uint64_t *seen = HF_NEW(trials + 1, uint64_t);
    hf_claim_note *notes = make_notes(comm);
    hf_schedule schedule = hf_schedule_make(100, trials, size);
    hf_claims claims = hf_claims_begin(comm, &schedule, notes);
    hf_block block;
    while (hf_claims_next(&claims, &block)) {
        see(seen, &schedule, &block);
        if (block.first_trial % 3 == 0)
            hf_claims_ask(&claims, &(hf_claim_note){0});
        hf_claims_answer(&claims);
    }
    check(are_done(comm, seen, trials + 1, trials), "every trial is claimed once");
    check(!hf_comm_is_root(comm) || hf_claims_trials(&claims) == trials, "all trials are counted");
    hf_free(notes);
    hf_free(seen);
}

/* A rank that wishes something in its third block, once, has the root close: a prefix of the trials
 * is done. Without `wisher` the root closes before any is. */
static void check_close(hf_comm *comm, int wisher) {
    enum { TRIALS = 100001, SIZE = 3 };
    int rank = hf_comm_rank(comm), n_blocks = 0;
    uint64_t *seen = HF_NEW(TRIALS, uint64_t), wish = wisher < 0 ? 0 : 1ull << wisher;
    hf_claim_note *notes = make_notes(comm), told = {0};
    hf_claim_note *all_told = HF_NEW(hf_comm_size(comm), hf_claim_note);
    hf_schedule schedule = hf_schedule_make(100, TRIALS, SIZE);
    hf_claims claims = hf_claims_begin(comm, &schedule, notes);
    hf_block block;
    if (hf_comm_is_root(comm) && wisher < 0)
        hf_claims_close(&claims);
    while (hf_claims_next(&claims, &block)) {
        see(seen, &schedule, &block);
        n_blocks++;
        told = (hf_claim_note){rank == wisher && n_blocks == 3 ? wish : 0, n_blocks, rank, 0.5};
        hf_claims_ask(&claims, &told);
        nanosleep(&(struct timespec){.tv_nsec = 100 * 1000}, NULL);
        hf_claims_answer(&claims);
        if (claims.wishes)
            hf_claims_close(&claims);
    }
    uint64_t done = hf_claims_trials(&claims);
    hf_comm_broadcast(comm, &done, sizeof done);
    check(are_done(comm, seen, TRIALS, done), "a prefix of the trials is done once");
    check(wisher < 0 ? done == 0 : 3 * SIZE <= done && done < TRIALS, "claims close in the middle");
    hf_comm_gather(comm, &told, sizeof told, all_told);
    if (hf_comm_is_root(comm)) {
        check(claims.wishes == wish, "the root knows the wish");
        check(memcmp(notes, all_told, (size_t)hf_comm_size(comm) * sizeof told) == 0,
              "the root has every rank's last note");
    }
    hf_free(all_told);
    hf_free(notes);
    hf_free(seen);
}

/* Seconds that it took: sleep is longer than asked for, and the more so the busier the machine. */
static double work(hf_claims *claims, int slowness) {
    double seconds = 0.0;
    for (int batch = 0; batch < BATCHES; batch++) {
        if (batch == BATCHES - 1)
            hf_claims_ask(claims, &(hf_claim_note){0});
        double start = hf_clock_seconds();
        nanosleep(&(struct timespec){.tv_nsec = BATCH_MS * slowness * 1000000l}, NULL);
        seconds += hf_clock_seconds() - start;
        hf_claims_answer(claims);
    }
    return seconds;
}

/* Seconds that n blocks take ranks which are busy to the end, each at the speed it had; at the
 * root. Collective. */
static double ideal_seconds(hf_comm *comm, uint64_t n, uint64_t mine, double busy_seconds) {
    double speed = mine ? (double)mine / busy_seconds : 0.0, sum = 0.0;
    double *speeds = HF_NEW(hf_comm_size(comm), double);
    hf_comm_gather(comm, &speed, sizeof speed, speeds);
    for (int rank = 0; rank < hf_comm_size(comm); rank++)
        sum += speeds[rank];
    hf_free(speeds);
    return (double)n / sum;
}

static void check_slow_rank(hf_comm *comm, double seconds) {
    int size = hf_comm_size(comm), slow = size - 1;
    double block_seconds = 1e-3 * BATCHES * BATCH_MS, speed = (double)slow + 1.0 / SLOWER;
    uint64_t n = (uint64_t)(seconds * speed / block_seconds), mine = 0;
    hf_schedule schedule = hf_schedule_make(0, n, 1);
    hf_claim_note *notes = make_notes(comm);
    hf_comm_barrier(comm);
    double start = hf_clock_seconds(), busy = 0.0;
    hf_claims claims = hf_claims_begin(comm, &schedule, notes);
    hf_block block;
    for (; hf_claims_next(&claims, &block); mine++)
        busy += work(&claims, hf_comm_rank(comm) == slow && size > 1 ? SLOWER : 1);
    hf_comm_barrier(comm);
    double spent = hf_clock_seconds() - start, ideal = ideal_seconds(comm, n, mine, busy);
    hf_free(notes);
    if (hf_comm_is_root(comm) && size > 1) {
        printf("%d ranks, one %d times slower: %.3f s, ideal %.3f s, %+.1f%%; the root had %llu of "
               "%llu blocks\n",
               size, SLOWER, spent, ideal, 100.0 * (spent / ideal - 1.0), (unsigned long long)mine,
               (unsigned long long)n);
        check(spent < 1.5 * ideal, "a slow rank holds nobody up");
        check(mine > 0, "the root works too");
    }
}

int main(int argc, char **argv) {
    hf_comm *comm = NULL;
    hf_error err;
    if (hf_comm_open_mpi(&argc, &argv, &comm, &err) != HF_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    for (uint64_t trials = 0; trials < 60; trials += 7)
        for (uint64_t size = 1; size < 9; size += 3)
            check_cover(comm, trials, size);
    for (int wisher = -1; wisher < hf_comm_size(comm); wisher++)
        check_close(comm, wisher);
    check_slow_rank(comm, argc > 1 ? strtod(argv[1], NULL) : 0.5);
    int64_t failures = n_failed;
    hf_comm_max_i64(comm, &failures, 1);
    hf_comm_close(comm);
    return failures > 0;
}
