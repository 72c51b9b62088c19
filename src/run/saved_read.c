/* Generations of checkpoints back into a campaign. */
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
           s->stand.n_trials <= s->stand.trials &&
           (s->stand.n_looks == 0 || s->stand.n_trials >= records[s->stand.n_looks - 1].trials);
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

/* Pieces of rows go round all ranks in turn. */
typedef struct deal {
    hf_campaign *c;
    int to;
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

static hf_status deal_piece(void *context, const char *name, const unsigned char *bytes, size_t n,
                            hf_error *err) {
    deal *d = context;
    if (strcmp(name, HF_SAVED_CAUSES) != 0) /* which stay with their trials */
        d->to = (d->to + 1) % hf_comm_size(d->c->comm);
    if (d->to == 0)
        return merge_rows(d->c, name, bytes, n, err);
    hf_parcel_give(d->c->comm, d->to, name, bytes, n);
    return HF_OK;
}

static hf_status deal_rows(hf_campaign *c, int n, const source *sources, hf_error *err) {
    deal d = {c, 0};
    hf_status status = HF_OK;
    for (int i = 0; i < n && status == HF_OK; i++)
        status = hf_checkpoints_rows(sources[i].from, deal_piece, &d, err);
    for (int rank = 1; rank < hf_comm_size(c->comm); rank++)
        hf_parcel_give_end(c->comm, rank);
    return status;
}

static hf_status take_rows(hf_campaign *c, hf_error *err) {
    hf_status status = HF_OK;
    for (hf_parcel piece; hf_parcel_take(c->comm, 0, &piece); hf_free(piece.bytes))
        if (status == HF_OK)
            status = merge_rows(c, piece.name, piece.bytes, piece.n, err);
    return status;
}

/* Rows of trials that the run has not done would end up anywhere. */
static bool are_rows_of(const hf_campaign *c, const hf_tally *tally) {
    const uint64_t *trials = hf_tally_kept_trials(tally);
    for (uint64_t i = 0; i < hf_tally_n_kept(tally); i++)
        if (trials[i] - c->schedule.first_trial >= c->n_trials)
            return false;
    return true;
}

/* Collective. */
static hf_status check_rows(hf_campaign *c, hf_error *err) {
    uint64_t n[] = {hf_tally_n_kept(c->tally), hf_tally_trials(c->tally)};
    bool is_sound =
        are_rows_of(c, c->tally) && (!c->crude || are_rows_of(c, hf_crude_tally(c->crude)));
    is_sound = is_sound && (!c->causes || c->causes->n_kept == n[0]);
    hf_comm_sum_u64(c->comm, n, 2);
    is_sound = is_sound && n[1] == c->n_trials && (!hf_tally_is_keeping(c->tally) || n[0] == n[1]);
    hf_status status = HF_OK;
    if (!is_sound)
        status = hf_fail(err, HF_BAD_FILE, "the checkpoint's rows are not those of its trials");
    return hf_comm_agree(c->comm, status, err);
}

/* ---- all of it ---- */

/* What the root has learnt, to all. Collective. */
static void broadcast_stand(hf_campaign *c, int n, const source *sources) {
    hf_stand stand = {0};
    for (int i = 0; i < n && hf_comm_is_root(c->comm); i++) {
        stand.n_trials += sources[i].stand.n_trials;
        stand.n_starts += sources[i].stand.n_starts;
        stand.n_looks = sources[i].stand.n_looks;
    }
    hf_comm_broadcast(c->comm, &stand, sizeof stand);
    c->n_trials = c->saving->n_trials = stand.n_trials;
    c->saving->n_starts += stand.n_starts;
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
        broadcast_stand(c, n_from, sources);
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
