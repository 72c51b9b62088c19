/* Campaigns into checkpoints and back, on any number of ranks: what was saved is what is restored;
 * a generation that is whole, yet nonsense, is refused by all ranks alike, whatever is wrong. */
#include "base/check.h"
#include "campaigns.h"
#include "run/saved_parts.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_SAVES = 12 }; /* of a run */

static int n_failed;
static const char *doing = "";

static void check(bool holds, const char *what) {
    if (!holds)
        fprintf(stderr, "FAILED: %s: %s\n", doing, what);
    n_failed += !holds;
}

/* Checkpoints "NAME" of the root; NULL elsewhere. */
static hf_checkpoints *checkpoints_at(const campaigns *all, const char *name) {
    char path[sizeof all->folder + 32];
    snprintf(path, sizeof path, "%s/%s", all->folder, name);
    return hf_comm_is_root(all->comm) ? hf_checkpoints_create(path) : NULL;
}

static void find(hf_checkpoints *from) {
    hf_problems skipped;
    hf_error err;
    bool found = false;
    hf_problems_init(&skipped);
    if (from)
        check(hf_checkpoints_find(from, &skipped, &found, &err) == HF_OK && found,
              "a whole generation is found");
    hf_problems_clear(&skipped);
}

static void remove_all(hf_checkpoints *checkpoints) {
    hf_error err;
    if (checkpoints)
        check(hf_checkpoints_remove(checkpoints, &err) == HF_OK, "checkpoints go");
    hf_checkpoints_destroy(checkpoints);
}

/* What the root knows of all trials, as bytes: hf_free. */
static size_t sums_of(const hf_campaign *c, unsigned char **bytes) {
    return hf_tally_pack(c->tally, bytes);
}

static hf_status read_back(hf_campaign *c, hf_checkpoints *from, bool are_parts) {
    hf_problems problems;
    hf_error err = {0};
    hf_problems_init(&problems);
    hf_status status = hf_saved_read(c, 1, &from, are_parts, &problems, &err);
    int64_t range[] = {status, -(int64_t)status};
    hf_comm_max_i64(c->comm, range, 2);
    check(range[0] == -range[1], "all ranks say the same");
    hf_problems_clear(&problems);
    return status;
}

/* ---- what was saved is what is restored ---- */

static void check_round(hf_comm *comm, const char *name, const campaigns_wish *wish) {
    unsigned char *bytes[2];
    hf_error err;
    doing = name;
    campaigns all = campaigns_open(comm, wish);
    hf_checkpoints *to = checkpoints_at(&all, "round");
    hf_saving saving;
    uint64_t block = wish->trials / N_SAVES / 8 * 8;
    hf_campaign *first = campaigns_begin(&all, block, &saving, to, true);
    check(hf_campaign_simulate(first, &err) == HF_OK, "it runs to its end");
    check(saving.has_saved && saving.n_trials == first->n_trials, "and is saved there, too");
    find(to);
    hf_campaign *second = campaigns_begin(&all, 24, &saving, to, false);
    check(read_back(second, to, false) == HF_OK, "it is restored");
    check(second->n_trials == first->n_trials && second->n_looks == first->n_looks &&
              second->n_starts == 2,
          "where it stood");
    check(hf_campaign_simulate(second, &err) == HF_OK && second->trials_done == 0,
          "nothing is left to simulate");
    size_t n = sums_of(first, &bytes[0]), m = sums_of(second, &bytes[1]);
    check(n == m && memcmp(bytes[0], bytes[1], n) == 0, "sums are the same");
    check(hf_campaign_gather(second, &err) == HF_OK, "the end can be made of it");
    hf_free(bytes[0]);
    hf_free(bytes[1]);
    hf_campaign_destroy(first);
    hf_campaign_destroy(second);
    remove_all(to);
    campaigns_close(&all);
}

/* Saved once, on the way, it is saved at its end as well: what is wished for then, or not. */
static void check_end(hf_comm *comm, const campaigns_wish *wish) {
    hf_saving saving;
    hf_error err;
    doing = "saved once";
    campaigns all = campaigns_open(comm, wish);
    hf_checkpoints *to = checkpoints_at(&all, "once");
    hf_campaign *c = campaigns_begin(&all, 8, &saving, to, false);
    if (hf_comm_is_root(comm))
        raise(SIGUSR2);
    check(hf_campaign_simulate(c, &err) == HF_OK, "it runs to its end");
    check(saving.has_saved && saving.n_trials == c->n_trials, "and is saved there");
    hf_campaign_destroy(c);
    remove_all(to);
    campaigns_close(&all);
}

/* Rows that one rank saved are spread over all, none of which gets most of them. */
static void check_dealing(hf_comm *comm, const campaigns_wish *wish) {
    hf_saving saving;
    hf_error err;
    doing = "dealing";
    hf_comm *alone = hf_comm_open_serial();
    campaigns all = campaigns_open(comm, wish), one = campaigns_open(alone, wish);
    hf_checkpoints *to = checkpoints_at(&all, "dealt");
    if (to) {
        hf_campaign *c = campaigns_begin(&one, wish->trials / N_SAVES / 8 * 8, &saving, to, true);
        check(hf_campaign_simulate(c, &err) == HF_OK, "it runs to its end");
        hf_campaign_destroy(c);
        find(to);
    }
    hf_campaign *c = campaigns_begin(&all, 16, &saving, to, false);
    check(read_back(c, to, false) == HF_OK, "it is restored");
    uint64_t mine = hf_tally_n_kept(c->tally), n_ranks = (uint64_t)hf_comm_size(comm);
    check(2 * n_ranks * mine >= c->n_trials && n_ranks * mine <= 2 * c->n_trials,
          "ranks get about as many rows");
    hf_campaign_destroy(c);
    remove_all(to);
    campaigns_close(&one);
    campaigns_close(&all);
    hf_comm_close(alone);
}

/* ---- forgeries ---- */

/* One section, or rows, of a good generation made other than they were. */
typedef struct forgery {
    const char *what;
    const char *section; /* whose bytes these are now; NULL: none */
    const void *bytes;
    size_t n;
    const char *rows; /* rows of this name are passed through edit; NULL: none */
    bool (*edit)(uint64_t *words, size_t *n); /* n words; false: left out */
    bool is_refused;
} forgery;

typedef struct forger {
    const forgery *by;
    hf_checkpoints *to;
} forger;

static hf_status forge_rows(void *context, const char *name, const unsigned char *bytes, size_t n,
                            hf_error *err) {
    const forger *f = context;
    size_t n_words = n / 8;
    bool stays = true;
    uint64_t *words = HF_NEW(n_words, uint64_t);
    memcpy(words, bytes, n);
    if (f->by->rows && strcmp(f->by->rows, name) == 0)
        stays = f->by->edit(words, &n_words);
    hf_status status =
        stays ? hf_checkpoints_add_rows(f->to, name, words, 8 * n_words, err) : HF_OK;
    hf_free(words);
    return status;
}

/* At the root. */
static void forge(const hf_checkpoints *good, hf_checkpoints *to, const forgery *by) {
    static const char *const names[] = {HF_SAVED_VERSION, HF_SAVED_SCENARIO, HF_SAVED_JOB,
                                        HF_SAVED_STAND,   HF_SAVED_TALLY,    HF_SAVED_WEEKLY,
                                        HF_SAVED_CRUDE};
    forger f = {by, to};
    hf_error err;
    HF_ASSERT(hf_checkpoints_begin(to, &err) == HF_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t n;
        const void *bytes = hf_checkpoints_section(good, names[i], &n);
        if (by->section && strcmp(by->section, names[i]) == 0)
            bytes = by->bytes, n = by->n;
        if (bytes)
            HF_ASSERT(hf_checkpoints_add(to, names[i], bytes, n, &err) == HF_OK);
    }
    HF_ASSERT(hf_checkpoints_rows(good, forge_rows, &f, &err) == HF_OK);
    HF_ASSERT(hf_checkpoints_commit(to, &err) == HF_OK);
    find(to);
}

static void check_forgery(const campaigns *all, const hf_checkpoints *good, const forgery *by) {
    hf_saving saving;
    hf_checkpoints *forged = checkpoints_at(all, "forged");
    doing = by->what;
    if (forged)
        forge(good, forged, by);
    hf_campaign *c = campaigns_begin(all, 16, &saving, forged, false);
    hf_status status = read_back(c, forged, false);
    check((status == HF_OK) == !by->is_refused, "it is refused, or not");
    check(!by->is_refused || status == HF_BAD_FILE || status == HF_BAD_INPUT, "as a bad file");
    hf_campaign_destroy(c);
    remove_all(forged);
}

/* Where the trials stand in rows of them, that are not weighted: after the shape and their number.
 */
enum { N_SHAPE = 8, N_AT = N_SHAPE, TRIALS_AT };

static bool as_it_is(uint64_t *words, size_t *n) {
    (void)words, (void)n;
    return true;
}
static bool is_left_out(uint64_t *words, size_t *n) {
    (void)words, (void)n;
    return false;
}
static bool is_cut(uint64_t *words, size_t *n) {
    (void)words;
    *n /= 2;
    return true;
}
static bool is_empty(uint64_t *words, size_t *n) {
    (void)words;
    *n = 0;
    return true;
}
static bool has_a_trial_twice(uint64_t *words, size_t *n) {
    (void)n;
    words[TRIALS_AT + 1] = words[TRIALS_AT];
    return true;
}
static bool has_a_trial_beyond(uint64_t *words, size_t *n) {
    (void)n;
    words[TRIALS_AT] += 1000;
    return true;
}
static bool has_a_trial_before(uint64_t *words, size_t *n) {
    (void)n;
    words[TRIALS_AT] = UINT64_MAX;
    return true;
}
static bool claims_many(uint64_t *words, size_t *n) {
    (void)n;
    words[N_AT] = UINT64_MAX / 4;
    return true;
}
static bool has_another_shape(uint64_t *words, size_t *n) {
    (void)n;
    words[0]++;
    return true;
}
static bool has_a_nan(uint64_t *words, size_t *n) {
    words[*n - 1] = 0x7FF8000000000000u;
    return true;
}
/* Of causes: how many columns, how many rows. */
static bool has_other_columns(uint64_t *words, size_t *n) {
    (void)n;
    words[0]--;
    return true;
}
static bool has_fewer_rows(uint64_t *words, size_t *n) {
    uint64_t n_columns = words[0], n_rows = words[1];
    for (uint64_t i = 0; i < n_columns * (n_rows - 1); i++)
        words[2 + i] = words[2 + i / (n_rows - 1) * n_rows + i % (n_rows - 1)];
    words[1]--;
    *n -= n_columns;
    return true;
}
/* The trials of inner draws or periods turned round. */
static bool is_turned(uint64_t *words, size_t *n) {
    (void)n;
    for (uint64_t i = 0, j = words[N_AT] - 1; i < j; i++, j--) {
        uint64_t trial = words[TRIALS_AT + i];
        words[TRIALS_AT + i] = words[TRIALS_AT + j];
        words[TRIALS_AT + j] = trial;
    }
    return true;
}

#define TEXT(section, text) section, text, sizeof(text) - 1

static void check_forgeries(const campaigns *all, const hf_checkpoints *good) {
    static const forgery forgeries[] = {
        {.what = "as it is", .rows = HF_SAVED_ROWS, .edit = as_it_is},
        {"another version", TEXT(HF_SAVED_VERSION, "holdfast 0"), .is_refused = true},
        {"no version", HF_SAVED_VERSION, NULL, 0, .is_refused = true},
        {"a scenario that is no JSON", TEXT(HF_SAVED_SCENARIO, "\0{{[\xFF"), .is_refused = true},
        {"no scenario", HF_SAVED_SCENARIO, NULL, 0, .is_refused = true},
        {"a job that is no JSON", TEXT(HF_SAVED_JOB, "job"), .is_refused = true},
        {"an empty job", TEXT(HF_SAVED_JOB, "{}"), .is_refused = true},
        {"no stand", HF_SAVED_STAND, NULL, 0, .is_refused = true},
        {"text for sums", TEXT(HF_SAVED_TALLY, "sums and sums and sums!!"), .is_refused = true},
        {"no sums", HF_SAVED_TALLY, NULL, 0, .is_refused = true},
        {"text for weeks", TEXT(HF_SAVED_WEEKLY, "weeks and weeks and week"), .is_refused = true},
        {"no weeks", HF_SAVED_WEEKLY, NULL, 0, .is_refused = true},
        {.what = "no trials", .rows = HF_SAVED_ROWS, .edit = is_left_out, .is_refused = true},
        {.what = "half of the trials", .rows = HF_SAVED_ROWS, .edit = is_cut, .is_refused = true},
        {.what = "empty trials", .rows = HF_SAVED_ROWS, .edit = is_empty, .is_refused = true},
        {.what = "a trial twice",
         .rows = HF_SAVED_ROWS,
         .edit = has_a_trial_twice,
         .is_refused = true},
        {.what = "a trial beyond",
         .rows = HF_SAVED_ROWS,
         .edit = has_a_trial_beyond,
         .is_refused = true},
        {.what = "a trial before",
         .rows = HF_SAVED_ROWS,
         .edit = has_a_trial_before,
         .is_refused = true},
        {.what = "very many trials",
         .rows = HF_SAVED_ROWS,
         .edit = claims_many,
         .is_refused = true},
        {.what = "another shape",
         .rows = HF_SAVED_ROWS,
         .edit = has_another_shape,
         .is_refused = true},
        {.what = "a NaN", .rows = HF_SAVED_ROWS, .edit = has_a_nan, .is_refused = true},
        {.what = "no causes", .rows = HF_SAVED_CAUSES, .edit = is_left_out, .is_refused = true},
        {.what = "half of the causes", .rows = HF_SAVED_CAUSES, .edit = is_cut, .is_refused = true},
        {.what = "empty causes", .rows = HF_SAVED_CAUSES, .edit = is_empty, .is_refused = true},
        {.what = "other causes",
         .rows = HF_SAVED_CAUSES,
         .edit = has_other_columns,
         .is_refused = true},
        {.what = "fewer causes",
         .rows = HF_SAVED_CAUSES,
         .edit = has_fewer_rows,
         .is_refused = true},
    };
    for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++)
        check_forgery(all, good, &forgeries[i]);
}

/* The words of a stand: hf_stand, then its looks. */
enum { FIRST, TRIALS, DONE, STARTS, LOOKS, N_STAND, MOST_WORDS = 64 };

/* A stand in which word `at` is another. */
static void check_stand(const campaigns *all, const hf_checkpoints *good, size_t at, uint64_t word,
                        size_t n_words, const char *what) {
    size_t n = 0;
    uint64_t words[MOST_WORDS] = {0};
    const unsigned char *bytes = good ? hf_checkpoints_section(good, HF_SAVED_STAND, &n) : NULL;
    HF_ASSERT(n <= sizeof words);
    if (n > 0)
        memcpy(words, bytes, n);
    words[at] = word;
    check_forgery(
        all, good,
        &(forgery){what, HF_SAVED_STAND, words, n_words ? 8 * n_words : n, .is_refused = true});
}

static void check_stands(const campaigns *all, const hf_checkpoints *good) {
    const uint64_t trials = all->job->trials, huge = UINT64_MAX;
    check_stand(all, good, FIRST, 1, 0, "another first trial");
    check_stand(all, good, FIRST, huge - 3, 0, "a first trial near the end of numbers");
    check_stand(all, good, TRIALS, trials - 1, 0, "fewer trials to do");
    check_stand(all, good, TRIALS, huge, 0, "very many trials to do");
    check_stand(all, good, DONE, huge, 0, "very many trials done");
    check_stand(all, good, DONE, trials - 8, 0, "fewer trials done");
    check_stand(all, good, DONE, 0, 0, "no trials done");
    check_stand(all, good, LOOKS, huge, 0, "very many looks");
    check_stand(all, good, LOOKS, 0, N_STAND, "no look");
    check_stand(all, good, LOOKS, 0, 0, "looks that nobody counts");
    check_stand(all, good, N_STAND, 1000, 0, "a look at other trials");
    check_stand(all, good, N_STAND + 1, 4, 0, "a decision that there is not");
    check_stand(all, good, N_STAND + 2, 1000, 0, "a method that there is not");
    check_stand(all, good, STARTS, 1, N_STAND + 3, "half a look");
}

/* Forgeries of a good generation of such a job. */
static void check_hostile(hf_comm *comm, const campaigns_wish *wish,
                          void (*check_all)(const campaigns *, const hf_checkpoints *)) {
    hf_error err;
    hf_saving saving;
    doing = "a good one";
    campaigns all = campaigns_open(comm, wish);
    hf_checkpoints *good = checkpoints_at(&all, "good");
    hf_campaign *c = campaigns_begin(&all, wish->trials / 4, &saving, good, true);
    check(hf_campaign_simulate(c, &err) == HF_OK, "it runs to its end");
    find(good);
    check_all(&all, good);
    hf_campaign_destroy(c);
    remove_all(good);
    campaigns_close(&all);
}

/* Fewer trials than the sums hold, where there are no rows to tell. */
static void check_counted(const campaigns *all, const hf_checkpoints *good) {
    size_t n = 0;
    uint64_t words[N_STAND] = {0};
    const unsigned char *bytes = good ? hf_checkpoints_section(good, HF_SAVED_STAND, &n) : NULL;
    HF_ASSERT(n == 0 || n >= sizeof words);
    if (n > 0)
        memcpy(words, bytes, sizeof words);
    words[LOOKS] = 0;
    words[DONE] -= 8;
    check_forgery(all, good,
                  &(forgery){"fewer trials than were counted", HF_SAVED_STAND, words, sizeof words,
                             .is_refused = true});
}

static void check_turned(const campaigns *all, const hf_checkpoints *good) {
    check_forgery(all, good,
                  &(forgery){.what = "draws turned round",
                             .rows = HF_SAVED_ROWS,
                             .edit = is_turned,
                             .is_refused = true});
}

static void check_crude(const campaigns *all, const hf_checkpoints *good) {
    check_forgery(all, good,
                  &(forgery){.what = "no crude trials",
                             .rows = HF_SAVED_BESIDE,
                             .edit = is_left_out,
                             .is_refused = true});
    check_forgery(all, good,
                  &(forgery){"no crude sums", HF_SAVED_CRUDE, NULL, 0, .is_refused = true});
}

int main(int argc, char **argv) {
    hf_comm *comm = NULL;
    hf_error err;
    if (hf_comm_open_mpi(&argc, &argv, &comm, &err) != HF_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    hf_halt_listen();
    const campaigns_wish plain = {.trials = 500}, causes = {.trials = 200, .attribution = "cost"};
    const campaigns_wish looks = {.trials = 1500, .precision = "cost:mean:0.000001"};
    const campaigns_wish weighted = {.trials = 512, .strata = "STORM:2,3,3"};
    const campaigns_wish beside = {.trials = 128 * N_SAVES, .strata = "STORM:2,3,3"};
    const campaigns_wish counted = {.trials = 500, .is_counted = true};
    const campaigns_wish draws = {.trials = 480, .inner_trials = 12};
    check_round(comm, "kept trials", &plain);
    check_round(comm, "causes", &causes);
    check_round(comm, "looks", &looks);
    check_round(comm, "weights", &weighted);
    check_round(comm, "inner draws", &draws);
    check_round(comm, "histograms", &counted);
    check_end(comm, &plain);
    check_dealing(comm, &causes);
    check_dealing(comm, &beside);
    check_hostile(comm, &causes, check_forgeries);
    check_hostile(comm, &looks, check_stands);
    check_hostile(comm, &counted, check_counted);
    check_hostile(comm, &draws, check_turned);
    check_hostile(comm, &weighted, check_crude);
    int64_t failures = n_failed;
    hf_comm_max_i64(comm, &failures, 1);
    hf_comm_close(comm);
    return failures > 0;
}
