/* Generations of checkpoints back into a campaign. */
#include "base/hash.h"
#include "base/version.h"
#include "io/json_difference.h"
#include "parallel/parcels.h"
#include "run/saved.h"
#include "run/saved_parts.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- is it this run's? ---- */

/* One generation found, and where it stands. */
typedef struct source {
    hf_checkpoints *from;
    hf_stand stand;
} source;

static char *text_of(const hf_checkpoints *from, const char *name) {
    size_t n;
    const unsigned char *bytes = hf_checkpoints_section(from, name, &n);
    char *text = HF_NEW(n + 1, char);
    if (n > 0)
        memcpy(text, bytes, n);
    return text;
}

static void check_version(const hf_checkpoints *from, hf_problems *problems) {
    char *version = text_of(from, HF_SAVED_VERSION);
    if (strcmp(version, hf_version()) != 0)
        hf_problems_add(problems, hf_checkpoints_folder(from),
                        "found a checkpoint of holdfast %.40s; allowed one of %s", version,
                        hf_version());
    hf_free(version);
}

static void check_text(const hf_checkpoints *from, const char *name, const char *mine,
                       const char *whose, hf_problems *problems) {
    char *theirs = text_of(from, name);
    hf_json_differences(theirs, "the checkpoint", mine, whose, problems);
    hf_free(theirs);
}

/* Whether the trials done are those between the look that was last and the next. */
static bool are_between_looks(const hf_campaign *c, const hf_stand *s,
                              const hf_look_record *records) {
    uint64_t n = s->n_looks, last = n > 0 ? records[n - 1].trials : 0;
    bool is_over = n > 0 && hf_look_is_last(&c->looks, &records[n - 1]);
    uint64_t next = is_over ? last : c->looks.trials[n];
    return s->n_trials >= last && s->n_trials <= next && s->n_trials <= s->trials;
}

static bool read_stand(const hf_campaign *c, source *s, hf_look_record *records) {
    size_t n;
    const unsigned char *bytes = hf_checkpoints_section(s->from, HF_SAVED_STAND, &n);
    hf_word_reader in = hf_word_reader_open(bytes, n);
    s->stand = (hf_stand){.first_trial = hf_word_reader_get(&in)};
    s->stand.trials = hf_word_reader_get(&in);
    s->stand.n_trials = hf_word_reader_get(&in);
    s->stand.n_starts = hf_word_reader_get(&in);
    s->stand.n_looks = hf_word_reader_get(&in);
    bool is_sound = s->stand.n_looks <= (uint64_t)c->looks.n;
    for (uint64_t i = 0; i < s->stand.n_looks && is_sound; i++)
        is_sound = hf_look_get(&in, &records[i]) && records[i].trials == c->looks.trials[i];
    return is_sound && hf_word_reader_close(&in, "stand", NULL) == HF_OK &&
           are_between_looks(c, &s->stand, records);
}

static int compare_sources(const void *a, const void *b) {
    uint64_t x = ((const source *)a)->stand.first_trial, y = ((const source *)b)->stand.first_trial;
    return (x > y) - (x < y);
}

static void add_range(const hf_campaign *c, const source *s, hf_problems *problems) {
    hf_problems_add(problems, hf_checkpoints_folder(s->from),
                    "found %" PRIu64 " trials from number %" PRIu64 " on; allowed %" PRIu64
                    " from number %" PRIu64 " on",
                    s->stand.trials, s->stand.first_trial, c->schedule.trials,
                    c->schedule.first_trial);
}

static void check_range(const hf_campaign *c, const source *s, hf_problems *problems) {
    if (s->stand.first_trial != c->schedule.first_trial || s->stand.trials != c->schedule.trials)
        add_range(c, s, problems);
}

/* Sources in the order of their trials: each whole, together all there are, each trial once. */
static void check_tiles(const hf_campaign *c, int n, const source *sources, hf_problems *problems) {
    uint64_t next = c->schedule.first_trial, end = next + c->schedule.trials;
    for (int i = 0; i < n; i++) {
        const hf_stand *stand = &sources[i].stand;
        const char *folder = hf_checkpoints_folder(sources[i].from);
        if (stand->first_trial > end || stand->trials > end - stand->first_trial) {
            add_range(c, &sources[i], problems);
            continue;
        }
        if (stand->n_trials < stand->trials)
            hf_problems_add(problems, folder,
                            "found %" PRIu64 " of its %" PRIu64 " trials; allowed all: resume it",
                            stand->n_trials, stand->trials);
        if (stand->first_trial > next)
            hf_problems_add(problems, folder, "trials %" PRIu64 " to %" PRIu64 " are in no part",
                            next, stand->first_trial - 1);
        if (stand->first_trial < next)
            hf_problems_add(problems, folder,
                            "found trials from %" PRIu64 " that another part has too; allowed from "
                            "%" PRIu64,
                            stand->first_trial, next);
        if (next < stand->first_trial + stand->trials)
            next = stand->first_trial + stand->trials;
    }
    if (next < end)
        hf_problems_add(problems, "parts", "trials %" PRIu64 " to %" PRIu64 " are in no part", next,
                        end - 1);
}

/* At the root: sources[n], in order, if they are this campaign's; else all that is wrong. */
static hf_status check_sources(hf_campaign *c, int n, source *sources, bool are_parts,
                               hf_problems *problems, hf_error *err) {
    for (int i = 0; i < n; i++) {
        const hf_checkpoints *from = sources[i].from;
        check_version(from, problems);
        check_text(from, HF_SAVED_SCENARIO, c->saving->scenario, "the scenario", problems);
        check_text(from, HF_SAVED_JOB, c->saving->job, "the job", problems);
    }
    for (int i = 0; i < n && problems->n == 0; i++)
        if (!read_stand(c, &sources[i], c->records))
            return hf_fail(err, HF_BAD_FILE,
                           "'%.600s': what it says of where it stands is no sense",
                           hf_checkpoints_folder(sources[i].from));
    if (problems->n == 0) {
        qsort(sources, (size_t)n, sizeof *sources, compare_sources);
        if (are_parts)
            check_tiles(c, n, sources, problems);
        else
            check_range(c, &sources[0], problems);
    }
    return problems->n > 0 ? HF_BAD_INPUT : HF_OK;
}

static bool is_text(const hf_checkpoints *from, const char *name, const char *mine) {
    char *theirs = text_of(from, name);
    bool is_same = strcmp(theirs, mine) == 0;
    hf_free(theirs);
    return is_same;
}

bool hf_saved_is_of(const hf_checkpoints *found, const char *scenario, const char *job) {
    return is_text(found, HF_SAVED_SCENARIO, scenario) && is_text(found, HF_SAVED_JOB, job);
}

/* ---- sums ---- */

static hf_status merge_section(const hf_checkpoints *from, const char *name, void *thing,
                               hf_merge *merge, hf_error *err) {
    size_t n;
    const unsigned char *bytes = hf_checkpoints_section(from, name, &n);
    return merge(thing, bytes, n, err);
}

static hf_status merge_sums(hf_campaign *c, const hf_checkpoints *from, hf_error *err) {
    hf_status status = merge_section(from, HF_SAVED_TALLY, c->tally, hf_tally_merge, err);
    if (status == HF_OK)
        status = merge_section(from, HF_SAVED_WEEKLY, c->weekly, hf_weekly_merge, err);
    if (status == HF_OK && c->crude)
        status = merge_section(from, HF_SAVED_CRUDE, hf_crude_tally(c->crude), hf_tally_merge, err);
    return status;
}

/* ---- rows ---- */

/* A piece of rows goes to the rank that has been dealt least; its causes stay with it. */
typedef struct deal {
    hf_campaign *c;
    int to;
    uint64_t *bytes; /* [size] dealt so far */
} deal;

static hf_status merge_rows(hf_campaign *c, const char *name, const unsigned char *bytes, size_t n,
                            hf_error *err) {
    if (strcmp(name, HF_SAVED_ROWS) == 0)
        return hf_tally_merge_kept(c->tally, bytes, n, err);
    if (strcmp(name, HF_SAVED_CAUSES) == 0 && c->causes)
        return hf_causes_merge(c->causes, bytes, n, err);
    if (strcmp(name, HF_SAVED_BESIDE) == 0 && c->crude)
        return hf_tally_merge_kept(hf_crude_tally(c->crude), bytes, n, err);
    return hf_fail(err, HF_BAD_FILE, "rows of '%.16s', which this run does not keep", name);
}

static int find_least(int n, const uint64_t *values) {
    int least = 0;
    for (int i = 1; i < n; i++)
        if (values[i] < values[least])
            least = i;
    return least;
}

static hf_status deal_piece(void *context, const char *name, const unsigned char *bytes, size_t n,
                            hf_error *err) {
    deal *d = context;
    if (strcmp(name, HF_SAVED_CAUSES) != 0)
        d->to = find_least(hf_comm_size(d->c->comm), d->bytes);
    d->bytes[d->to] += n;
    if (d->to == 0)
        return merge_rows(d->c, name, bytes, n, err);
    hf_parcel_give(d->c->comm, d->to, name, bytes, n);
    return HF_OK;
}

static hf_status deal_rows(hf_campaign *c, int n, const source *sources, hf_error *err) {
    deal d = {c, 0, HF_NEW(hf_comm_size(c->comm), uint64_t)};
    hf_status status = HF_OK;
    for (int i = 0; i < n && status == HF_OK; i++)
        status = hf_checkpoints_rows(sources[i].from, deal_piece, &d, err);
    for (int rank = 1; rank < hf_comm_size(c->comm); rank++)
        hf_parcel_give_end(c->comm, rank);
    hf_free(d.bytes);
    return status;
}

static hf_status take_rows(hf_campaign *c, hf_error *err) {
    hf_status status = HF_OK;
    for (hf_parcel piece; hf_parcel_take(c->comm, 0, &piece); hf_free(piece.bytes))
        if (status == HF_OK)
            status = merge_rows(c, piece.name, piece.bytes, piece.n, err);
    return status;
}

/* Trials that belong together stand together, in their order. */
static bool are_whole_units(const hf_campaign *c) {
    const uint64_t *trials = hf_tally_kept_trials(c->tally);
    uint64_t unit = hf_campaign_unit(c);
    bool are_whole = true;
    for (uint64_t i = 0; i < hf_tally_n_kept(c->tally); i++)
        are_whole &= trials[i] % unit == 0 || (i > 0 && trials[i] == trials[i - 1] + 1);
    return are_whole;
}

/* Hashes of the trials of this rank's rows, less those of its share of all trials: over all ranks 0
 * if each trial has one row, and once in 2^64 if not. */
static uint64_t surplus(const hf_campaign *c) {
    const uint64_t *trials = hf_tally_kept_trials(c->tally);
    uint64_t sum = 0, rank = (uint64_t)hf_comm_rank(c->comm),
             size = (uint64_t)hf_comm_size(c->comm);
    for (uint64_t i = 0; i < hf_tally_n_kept(c->tally); i++)
        sum += hf_mix64(trials[i]);
    for (uint64_t i = rank; i < c->n_trials; i += size)
        sum -= hf_mix64(c->schedule.first_trial + i);
    return sum;
}

/* Collective. */
static hf_status check_rows(hf_campaign *c, hf_error *err) {
    const hf_tally *crude = c->crude ? hf_crude_tally(c->crude) : c->tally;
    bool is_keeping = hf_tally_is_keeping(c->tally);
    uint64_t n[] = {hf_tally_trials(c->tally), hf_tally_n_kept(c->tally),
                    is_keeping ? surplus(c) : 0, hf_tally_trials(crude), hf_tally_n_kept(crude)};
    bool is_sound = are_whole_units(c) && (!c->causes || c->causes->n_kept == n[1]);
    hf_comm_sum_u64(c->comm, n, sizeof n / sizeof n[0]);
    is_sound = is_sound && n[0] == c->n_trials;
    is_sound = is_sound && (!is_keeping || (n[1] == n[0] && n[2] == 0 && n[4] == n[3]));
    hf_status status = HF_OK;
    if (!is_sound)
        status = hf_fail(err, HF_BAD_FILE, "the checkpoint's rows are not those of its trials");
    return hf_comm_agree(c->comm, status, err);
}

/* ---- all of it ---- */

/* What the root has learnt, to all. Collective. */
static void broadcast_stand(hf_campaign *c, int n, const source *sources, bool are_parts) {
    hf_stand stand = {0};
    for (int i = 0; i < n && hf_comm_is_root(c->comm); i++) {
        stand.n_trials += sources[i].stand.n_trials;
        stand.n_starts += sources[i].stand.n_starts;
        stand.n_looks = sources[i].stand.n_looks;
    }
    hf_comm_broadcast(c->comm, &stand, sizeof stand);
    c->n_trials = c->saving->n_trials = stand.n_trials;
    c->n_starts = stand.n_starts + !are_parts;
    c->n_looks = (int)stand.n_looks;
    hf_comm_broadcast(c->comm, c->records, (size_t)c->n_looks * sizeof *c->records);
}

hf_status hf_saved_read(hf_campaign *c, int n_from, hf_checkpoints *const *from, bool are_parts,
                        hf_problems *problems, hf_error *err) {
    source *sources = HF_NEW(n_from, source);
    bool is_root = hf_comm_is_root(c->comm);
    hf_status status = HF_OK;
    for (int i = 0; i < n_from && is_root; i++)
        sources[i].from = from[i];
    if (is_root)
        status = check_sources(c, n_from, sources, are_parts, problems, err);
    for (int i = 0; i < n_from && is_root && status == HF_OK; i++)
        status = merge_sums(c, sources[i].from, err);
    status = hf_comm_agree(c->comm, status, err);
    if (status == HF_OK) {
        broadcast_stand(c, n_from, sources, are_parts);
        status = is_root ? deal_rows(c, n_from, sources, err) : take_rows(c, err);
        status = hf_comm_agree(c->comm, status, err);
    }
    if (status == HF_OK)
        status = check_rows(c, err);
    c->saving->n_rows = hf_tally_n_kept(c->tally);
    c->saving->n_crude_rows = c->crude ? hf_tally_n_kept(hf_crude_tally(c->crude)) : 0;
    c->saving->has_saved = !are_parts;
    hf_free(sources);
    return status;
}
