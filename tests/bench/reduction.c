/* What ranks cost each other: a union of their tallies, an agreement, an answer to a claim.
 *
 *   reduction JOB TRIALS REPEATS      under mpirun, every rank with so many trials of the job
 *
 * The root prints one JSON object: the bytes a rank sends, and lists of seconds, one a repeat: pack
 * and merge of one such message while the other ranks sleep; as the root sees it a union (fold of
 * tally and weekly series), the same with nothing to pack or merge, an agreement; an answer where
 * all ranks asked at once; in processor seconds the same answer, and listening where nobody asked.
 */
#include "base/clock.h"
#include "io/job_json.h"
#include "run/campaign.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TALLY, WEEKLY, N_THINGS };

/* What is folded, and what it holds of this rank's trials alone. */
typedef struct thing {
    void *it;
    hf_pack *pack;
    hf_merge *merge;
    unsigned char *bytes;
    size_t n;
} thing;

typedef struct subject {
    hf_comm *comm;
    hf_job *job;
    hf_world world;
    hf_campaign *campaign;
    thing things[N_THINGS];
    int n_repeats;
    double *seconds; /* [n_repeats] of what is measured at the moment */
} subject;

static void demand(const subject *s, hf_status status, const hf_error *err) {
    if (status == HF_OK)
        return;
    fprintf(stderr, "reduction: %s\n", err->text);
    hf_comm_abort(s->comm, hf_status_exit_code(status));
}

static void create_campaign(subject *s, const char *path) {
    hf_error err = {0};
    hf_problems problems;
    hf_problems_init(&problems);
    hf_status status = hf_job_read(path, &s->job, NULL, NULL, &problems, &err);
    if (status == HF_OK)
        status = hf_world_read(s->job->scenario, s->job->n_policies, s->job->policies, &s->world,
                               NULL, &problems, &err);
    if (status == HF_OK)
        status = hf_campaign_create(s->comm, &s->world, s->job, &(hf_campaign_options){0},
                                    &problems, &s->campaign, &err);
    hf_problems_print(&problems, path, stderr);
    hf_problems_clear(&problems);
    demand(s, status, &err);
}

/* This rank's trials, in whole batches. */
static void simulate(const subject *s, uint64_t n_trials) {
    hf_campaign *c = s->campaign;
    int n_lanes = c->trials->n_lanes;
    uint64_t n_batches = (n_trials + (uint64_t)n_lanes - 1) / (uint64_t)n_lanes;
    for (uint64_t batch = 0; batch < n_batches; batch++) {
        uint64_t before = (uint64_t)hf_comm_rank(s->comm) * n_batches + batch;
        uint64_t first = s->job->first_trial + before * (uint64_t)n_lanes;
        hf_trials_run(c->trials, s->job->seed, first, n_lanes, c->weekly);
        hf_tally_absorb(c->tally, first, n_lanes, n_lanes, c->trials->values, c->trials->weights);
    }
}

static void pack_things(subject *s) {
    hf_campaign *c = s->campaign;
    s->things[TALLY] = (thing){c->tally, hf_tally_pack, hf_tally_merge, NULL, 0};
    s->things[WEEKLY] = (thing){c->weekly, hf_weekly_pack, hf_weekly_merge, NULL, 0};
    for (thing *t = s->things; t < s->things + N_THINGS; t++)
        t->n = t->pack(t->it, &t->bytes);
}

/* Every rank's trials are its own again. */
static void restore(const subject *s) {
    hf_error err = {0};
    hf_tally_clear(s->campaign->tally);
    hf_weekly_clear(s->campaign->weekly);
    for (const thing *t = s->things; t < s->things + N_THINGS; t++)
        demand(s, t->merge(t->it, t->bytes, t->n, &err), &err);
}

static void pack_again(const subject *s) {
    for (const thing *t = s->things; t < s->things + N_THINGS; t++) {
        unsigned char *bytes;
        t->pack(t->it, &bytes);
        hf_free(bytes);
    }
}

static void merge_again(const subject *s) {
    hf_error err = {0};
    for (const thing *t = s->things; t < s->things + N_THINGS; t++)
        demand(s, t->merge(t->it, t->bytes, t->n, &err), &err);
}

static void unite(const subject *s) {
    hf_error err = {0};
    for (const thing *t = s->things; t < s->things + N_THINGS; t++)
        demand(s, hf_comm_fold(s->comm, t->it, t->pack, t->merge, &err), &err);
}

static size_t give_bytes(const void *it, unsigned char **bytes) {
    const thing *t = it;
    *bytes = HF_NEW(t->n, unsigned char);
    memcpy(*bytes, t->bytes, t->n);
    return t->n;
}

static hf_status drop_bytes(void *it, const unsigned char *bytes, size_t n, hf_error *err) {
    (void)it, (void)bytes, (void)n, (void)err;
    return HF_OK;
}

static void move(const subject *s) {
    hf_error err = {0};
    for (int i = 0; i < N_THINGS; i++) {
        thing bytes = s->things[i];
        demand(s, hf_comm_fold(s->comm, &bytes, give_bytes, drop_bytes, &err), &err);
    }
}

static void agree(const subject *s) {
    hf_error err = {0};
    demand(s, hf_comm_agree(s->comm, HF_OK, &err), &err);
}

static void print(const subject *s, const char *name, const double *samples) {
    if (!hf_comm_is_root(s->comm))
        return;
    printf(", \"%s\": [", name);
    for (int i = 0; i < s->n_repeats; i++)
        printf("%s%.9g", i ? ", " : "", samples[i]);
    printf("]");
}

/* `act` by all ranks, or by the root alone while the others sleep in the barrier after it. */
static void measure(const subject *s, const char *name, void (*act)(const subject *), bool by_all) {
    for (int i = 0; i < s->n_repeats; i++) {
        restore(s);
        hf_comm_barrier(s->comm);
        double start = hf_clock_seconds();
        if (by_all || hf_comm_is_root(s->comm))
            act(s);
        s->seconds[i] = hf_clock_seconds() - start;
        hf_comm_barrier(s->comm);
    }
    print(s, name, s->seconds);
}

/* What the root takes to answer all others, who have asked for blocks without anything to do; and
 * to find that nobody asks. */
typedef struct listening {
    double hear_cpu_s, answer_s, answer_cpu_s; /* a call, an answer */
} listening;

static listening listen_once(hf_claims *claims) {
    enum { CALLS = 1000 };
    listening spent;
    double cpu_start = hf_clock_cpu_seconds();
    for (int call = 0; call < CALLS; call++)
        hf_claims_answer(claims);
    spent.hear_cpu_s = (hf_clock_cpu_seconds() - cpu_start) / CALLS;
    hf_comm_barrier(claims->comm);                                   /* before which nobody asks */
    hf_comm_barrier(claims->comm);                                   /* after which all have */
    nanosleep(&(struct timespec){.tv_nsec = 5 * 1000 * 1000}, NULL); /* and all sleep */
    double start = hf_clock_seconds();
    cpu_start = hf_clock_cpu_seconds();
    hf_claims_answer(claims);
    uint64_t n = hf_claims_trials(claims);
    spent.answer_s = (hf_clock_seconds() - start) / (double)(n + (n == 0));
    spent.answer_cpu_s = (hf_clock_cpu_seconds() - cpu_start) / (double)(n + (n == 0));
    hf_claims_close(claims);
    return spent;
}

static void ask_once(hf_claims *claims) {
    hf_comm_barrier(claims->comm);
    hf_claims_ask(claims, &(hf_claim_note){0});
    hf_comm_barrier(claims->comm);
}

static void measure_claims(const subject *s) {
    const hf_schedule schedule = hf_schedule_make(0, INT64_MAX, 1);
    double *cpu_seconds = HF_NEW(s->n_repeats, double), *hearing = HF_NEW(s->n_repeats, double);
    hf_block block;
    for (int i = 0; i < s->n_repeats; i++) {
        hf_claims claims = hf_claims_begin(s->comm, &schedule, s->campaign->notes);
        if (hf_comm_is_root(s->comm)) {
            listening spent = listen_once(&claims);
            hearing[i] = spent.hear_cpu_s;
            s->seconds[i] = spent.answer_s;
            cpu_seconds[i] = spent.answer_cpu_s;
        } else {
            ask_once(&claims);
        }
        while (hf_claims_next(&claims, &block))
            ;
        hf_comm_barrier(s->comm);
    }
    print(s, "hear_cpu_s", hearing);
    print(s, "answer_s", s->seconds);
    print(s, "answer_cpu_s", cpu_seconds);
    hf_free(hearing);
    hf_free(cpu_seconds);
}

static void measure_all(subject *s) {
    if (hf_comm_is_root(s->comm))
        printf("{\"ranks\": %d, \"tally_bytes\": %zu, \"weekly_bytes\": %zu", hf_comm_size(s->comm),
               s->things[TALLY].n, s->things[WEEKLY].n);
    s->seconds = HF_NEW(s->n_repeats, double);
    measure(s, "pack_s", pack_again, false);
    measure(s, "merge_s", merge_again, false);
    measure(s, "union_s", unite, true);
    measure(s, "move_s", move, true);
    measure(s, "agree_s", agree, true);
    measure_claims(s);
    hf_free(s->seconds);
    if (hf_comm_is_root(s->comm))
        printf("}\n");
}

int main(int argc, char **argv) {
    subject s = {0};
    hf_error err = {0};
    if (hf_comm_open_mpi(&argc, &argv, &s.comm, &err) != HF_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 3;
    }
    if (argc != 4) {
        fprintf(stderr, "usage: %s JOB TRIALS REPEATS\n", argv[0]);
        hf_comm_abort(s.comm, 2);
    }
    s.n_repeats = atoi(argv[3]);
    create_campaign(&s, argv[1]);
    simulate(&s, strtoull(argv[2], NULL, 10));
    pack_things(&s);
    measure_all(&s);
    for (thing *t = s.things; t < s.things + N_THINGS; t++)
        hf_free(t->bytes);
    hf_campaign_destroy(s.campaign);
    hf_world_clear(&s.world);
    hf_job_destroy(s.job);
    hf_comm_close(s.comm);
    return 0;
}
