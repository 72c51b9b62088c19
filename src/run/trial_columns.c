#include "run/trial_columns.h"
#include "base/memory.h"

/* Values a rank writes at once: 128 MiB, far below what MPI and its file layers count in ints. */
#define PIECE ((uint64_t)1 << 24)

/* After a failure of this rank where all write: the others may be waiting for it where nothing
 * wakes them (io/columns.c). Ends the job with the sentence; nothing is left of the file. */
static _Noreturn void end_job(const hf_trial_columns *t, const hf_error *err) {
    hf_draft_abandon(t->draft);
    hf_fatal(hf_status_exit_code(err->status), "%s", err->text);
}

/* The same after a failure that all ranks know of: one sentence will do. */
static void end_job_if(const hf_trial_columns *t, hf_status status, const hf_error *err) {
    if (status == HF_OK || !t->is_collective)
        return;
    if (hf_comm_is_root(t->comm))
        end_job(t, err);
    hf_comm_barrier(t->comm); /* which the root does not reach */
}

hf_status hf_trial_columns_open(hf_trial_columns *t, hf_comm *comm, hf_draft *draft,
                                hf_trial_order *order, bool is_collective, hf_error *err) {
    hf_status status = HF_OK;
    *t = (hf_trial_columns){
        .comm = comm, .draft = draft, .order = order, .is_collective = is_collective};
    if (is_collective)
        status = hf_columns_open(draft, hf_comm_file_access(comm), hf_comm_file_transfer(comm),
                                 &t->file, err);
    else if (hf_comm_is_root(comm))
        status = hf_columns_open(draft, 0, 0, &t->file, err);
    status = hf_comm_agree(comm, status, err);
    end_job_if(t, status, err);
    if (status == HF_OK && t->file && !is_collective)
        t->received = HF_NEW(hf_trial_order_longest(order), double);
    return status;
}

/* The root writes what it has and what the others send; after a failure it still lets them send. */
static hf_status write_alone(const hf_trial_columns *t, int column, uint64_t row,
                             const double *mine, hf_error *err) {
    hf_status status = HF_OK;
    if (!hf_comm_is_root(t->comm)) {
        hf_trial_range range = hf_trial_order_range(t->order, hf_comm_rank(t->comm));
        if (range.n > 0)
            hf_comm_send(t->comm, mine, range.n * sizeof *mine, 0);
        return HF_OK;
    }
    for (int rank = 0; rank < hf_comm_size(t->comm); rank++) {
        hf_trial_range range = hf_trial_order_range(t->order, rank);
        if (range.n == 0)
            continue;
        if (rank > 0)
            hf_comm_receive(t->comm, t->received, range.n * sizeof *mine, rank);
        if (status == HF_OK)
            status = hf_columns_write(t->file, column, row, range.first, range.n,
                                      rank > 0 ? t->received : mine, err);
    }
    return status;
}

/* As many pieces as the longest range has: all ranks take part in each. */
static hf_status write_together(const hf_trial_columns *t, int column, uint64_t row,
                                const double *mine, hf_error *err) {
    hf_trial_range range = hf_trial_order_range(t->order, hf_comm_rank(t->comm));
    for (uint64_t done = 0; done < hf_trial_order_longest(t->order); done += PIECE) {
        uint64_t left = done < range.n ? range.n - done : 0, n = left < PIECE ? left : PIECE;
        if (hf_columns_write(t->file, column, row, n > 0 ? range.first + done : 0, n,
                             n > 0 ? mine + done : mine, err) != HF_OK)
            end_job(t, err);
    }
    return HF_OK;
}

hf_status hf_trial_columns_put(hf_trial_columns *t, const char *table, uint64_t row,
                               const double *values, hf_error *err) {
    int column = 0;
    hf_status status = t->file ? hf_columns_find(t->file, table, &column, err) : HF_OK;
    status = hf_comm_agree(t->comm, status, err);
    end_job_if(t, status, err);
    if (status != HF_OK)
        return status;
    const double *mine = hf_trial_order_apply(t->order, values);
    status = (t->is_collective ? write_together : write_alone)(t, column, row, mine, err);
    return hf_comm_agree(t->comm, status, err);
}

/* Whether all that was written is there: asked before closing, which may never end if it is not,
 * and after it. Collective. */
static void look(const hf_trial_columns *t, hf_error *err) {
    end_job_if(t, hf_comm_agree(t->comm, hf_columns_verify(t->file, err), err), err);
}

/* Of a file of all ranks. Collective. */
static void settle(const hf_trial_columns *t, hf_error *err) {
    end_job_if(t, hf_comm_agree(t->comm, hf_draft_flush(t->draft, err), err), err);
    look(t, err);
    end_job_if(t, hf_comm_agree(t->comm, hf_columns_settle(t->file, err), err), err);
    look(t, err);
}

hf_status hf_trial_columns_close(hf_trial_columns *t, hf_status status, hf_error *err) {
    if (status == HF_OK && t->is_collective)
        settle(t, err);
    hf_status closed = hf_columns_close(t->file, status == HF_OK ? err : NULL);
    hf_free(t->received);
    return hf_comm_agree(t->comm, status == HF_OK ? closed : status, err);
}
