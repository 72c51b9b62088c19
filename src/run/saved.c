/* A campaign into a generation of checkpoints. */
#include "run/saved.h"
#include "base/clock.h"
#include "base/version.h"
#include "parallel/parcels.h"
#include "run/saved_parts.h"
#include <string.h>

/* ---- rows ---- */

/* A rank's rows that are not saved yet, piece by piece. */
typedef struct new_rows {
    const hf_campaign *c;
    uint64_t next, next_crude;
    bool owes_causes; /* of the piece of trials that came last */
    uint64_t last, n_last;
} new_rows;

/* Rows of a piece: some megabytes, and whole units, which stay on one rank wherever they are dealt.
 */
static uint64_t piece_rows(const hf_campaign *c) {
    enum { ABOUT = 8192 };
    uint64_t unit = hf_looks_unit(c->job);
    return (ABOUT + unit - 1) / unit * unit;
}

static uint64_t at_most(uint64_t n, uint64_t most) {
    return n < most ? n : most;
}

static bool next_piece(new_rows *rows, hf_parcel *piece) {
    const hf_campaign *c = rows->c;
    uint64_t most = piece_rows(c), n_kept = hf_tally_n_kept(c->tally);
    const hf_tally *crude = c->crude ? hf_crude_tally(c->crude) : NULL;
    if (rows->owes_causes) {
        rows->owes_causes = false;
        *piece = (hf_parcel){.name = HF_SAVED_CAUSES};
        piece->n = hf_causes_pack(c->causes, rows->last, rows->n_last, &piece->bytes);
        return true;
    }
    if (rows->next < n_kept) {
        rows->last = rows->next;
        rows->n_last = at_most(n_kept - rows->next, most);
        rows->next += rows->n_last;
        rows->owes_causes = c->causes != NULL;
        *piece = (hf_parcel){.name = HF_SAVED_ROWS};
        piece->n = hf_tally_pack_kept(c->tally, rows->last, rows->n_last, &piece->bytes);
        return true;
    }
    if (crude && rows->next_crude < hf_tally_n_kept(crude)) {
        uint64_t n = at_most(hf_tally_n_kept(crude) - rows->next_crude, most);
        *piece = (hf_parcel){.name = HF_SAVED_BESIDE};
        piece->n = hf_tally_pack_kept(crude, rows->next_crude, n, &piece->bytes);
        rows->next_crude += n;
        return true;
    }
    return false;
}

/* The root hears one rank after the other, so only one piece is on its way at a time. A disk that
 * has failed leaves nobody waiting. */
static hf_status add_rows(const hf_campaign *c, new_rows *rows, hf_status status, hf_error *err) {
    hf_checkpoints *to = c->saving->checkpoints;
    for (int rank = 0; rank < hf_comm_size(c->comm); rank++) {
        hf_parcel piece;
        while (rank == 0 ? next_piece(rows, &piece) : hf_parcel_take(c->comm, rank, &piece)) {
            if (status == HF_OK)
                status = hf_checkpoints_add_rows(to, piece.name, piece.bytes, piece.n, err);
            hf_free(piece.bytes);
        }
    }
    return status;
}

static void give_rows(const hf_campaign *c, new_rows *rows) {
    hf_parcel piece;
    while (next_piece(rows, &piece)) {
        hf_parcel_give(c->comm, 0, piece.name, piece.bytes, piece.n);
        hf_free(piece.bytes);
    }
    hf_parcel_give_end(c->comm, 0);
}

/* ---- sums, and where the run stands ---- */

static hf_status add_text(hf_checkpoints *to, const char *name, const char *text, hf_error *err) {
    return hf_checkpoints_add(to, name, text, strlen(text), err);
}

static hf_status add_packed(hf_checkpoints *to, const char *name, const void *thing, hf_pack *pack,
                            hf_error *err) {
    unsigned char *bytes;
    size_t n = pack(thing, &bytes);
    hf_status status = hf_checkpoints_add(to, name, bytes, n, err);
    hf_free(bytes);
    return status;
}

static size_t pack_stand(const void *campaign, unsigned char **bytes) {
    const hf_campaign *c = campaign;
    hf_words out = {0};
    hf_words_put(&out, c->schedule.first_trial);
    hf_words_put(&out, c->schedule.trials);
    hf_words_put(&out, c->n_trials);
    hf_words_put(&out, c->n_starts);
    hf_words_put(&out, (uint64_t)c->n_looks);
    for (int i = 0; i < c->n_looks; i++)
        hf_look_put(&out, &c->records[i]);
    return hf_words_give(&out, bytes);
}

static hf_status add_state(const hf_campaign *c, hf_error *err) {
    hf_checkpoints *to = c->saving->checkpoints;
    hf_status status = add_text(to, HF_SAVED_VERSION, hf_version(), err);
    if (status == HF_OK)
        status = add_text(to, HF_SAVED_SCENARIO, c->saving->scenario, err);
    if (status == HF_OK)
        status = add_text(to, HF_SAVED_JOB, c->saving->job, err);
    if (status == HF_OK)
        status = add_packed(to, HF_SAVED_STAND, c, pack_stand, err);
    if (status == HF_OK)
        status = add_packed(to, HF_SAVED_TALLY, c->tally, hf_tally_pack, err);
    if (status == HF_OK)
        status = add_packed(to, HF_SAVED_WEEKLY, c->weekly, hf_weekly_pack, err);
    if (status == HF_OK && c->crude)
        status = add_packed(to, HF_SAVED_CRUDE, hf_crude_tally(c->crude), hf_tally_pack, err);
    return status;
}

static hf_status write_generation(const hf_campaign *c, new_rows *rows, hf_error *err) {
    hf_checkpoints *to = c->saving->checkpoints;
    hf_status status = hf_checkpoints_begin(to, err);
    status = add_rows(c, rows, status, err);
    if (status == HF_OK)
        status = add_state(c, err);
    if (status == HF_OK)
        return hf_checkpoints_commit(to, err);
    hf_checkpoints_abandon(to);
    return status;
}

hf_status hf_saved_write(hf_campaign *c, hf_error *err) {
    hf_saving *saving = c->saving;
    double begun = hf_clock_seconds();
    new_rows rows = {.c = c, .next = saving->n_rows, .next_crude = saving->n_crude_rows};
    hf_status status = hf_campaign_unite(c, err);
    if (status != HF_OK)
        return status;
    if (hf_comm_is_root(c->comm))
        status = write_generation(c, &rows, err);
    else
        give_rows(c, &rows);
    status = hf_comm_agree(c->comm, status, err);
    if (status == HF_OK) {
        saving->n_rows = rows.next;
        saving->n_crude_rows = rows.next_crude;
        saving->n_trials = c->n_trials;
        saving->has_saved = true;
    }
    hf_halt_saved(&saving->halt, begun);
    return status;
}
