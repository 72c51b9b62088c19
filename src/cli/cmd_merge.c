#include "cli/commands.h"
#include "cli/question.h"
#include "io/draft.h"
#include <stdio.h>
#include <string.h>

/* One merge, on this rank. */
typedef struct merge {
    hf_comm *comm;
    const hf_command_line *line;
    hf_question question;
    int n_parts;
    hf_checkpoints **parts; /* [n_parts] at the root */
    hf_lock *lock;          /* likewise */
    hf_saving saving;       /* what the parts have to be of */
    hf_campaign *campaign;
} merge;

/* Opens all parts, at the root; what is wrong with any is added. */
static hf_status find_parts(merge *m, hf_problems *problems) {
    m->n_parts = m->line->n_rest;
    m->parts = HF_NEW(m->n_parts, hf_checkpoints *);
    for (int i = 0; i < m->n_parts; i++) {
        hf_problems skipped;
        hf_error err;
        bool found = false;
        m->parts[i] = hf_checkpoints_create(m->line->rest[i]);
        hf_problems_init(&skipped);
        hf_status status = hf_checkpoints_find(m->parts[i], &skipped, &found, &err);
        hf_problems_print(&skipped, m->line->rest[i], stderr);
        hf_problems_clear(&skipped);
        if (status != HF_OK)
            hf_problems_add(problems, m->line->rest[i], "%s", err.text);
        else if (!found)
            hf_problems_add(problems, m->line->rest[i],
                            "found no part there; allowed a folder that run --part has left");
    }
    return problems->n > 0 ? HF_BAD_INPUT : HF_OK;
}

/* Root only. */
static hf_status prepare(merge *m, hf_problems *problems, hf_error *err) {
    const char *output = m->question.job->output;
    char note[512] = "";
    hf_status status = hf_draft_check(output, m->line->value[HF_OPTION_FORCE] != NULL, err);
    if (status == HF_OK)
        status = hf_lock_take(output, &m->lock, note, sizeof note, err);
    if (note[0])
        fprintf(stderr, "holdfast: %s\n", note);
    return status == HF_OK ? find_parts(m, problems) : status;
}

/* Collective. */
static hf_status carry_out(merge *m, hf_problems *problems, hf_error *err) {
    const hf_question *q = &m->question;
    char digest[HF_DIGEST_TEXT];
    bool is_root = hf_comm_is_root(m->comm), replace = m->line->value[HF_OPTION_FORCE] != NULL;
    hf_campaign_origin origin = hf_question_origin(q, m->line);
    hf_status status = hf_comm_agree(m->comm, is_root ? prepare(m, problems, err) : HF_OK, err);
    if (status == HF_OK)
        status = hf_campaign_create(m->comm, &q->world, q->job, &q->options, problems, &m->campaign,
                                    err);
    if (status != HF_OK)
        return status;
    m->saving = (hf_saving){.scenario = q->scenario.canonical, .job = q->job_canonical};
    m->campaign->saving = &m->saving;
    status = hf_saved_read(m->campaign, m->n_parts, m->parts, true, problems, err);
    m->campaign->saving = NULL; /* nothing is left to be saved */
    if (status == HF_OK)
        status = hf_campaign_simulate(m->campaign, err);
    if (status == HF_OK)
        status = hf_campaign_gather(m->campaign, err);
    if (status == HF_OK)
        status = hf_campaign_write(m->campaign, &origin, q->job->output, replace, digest, err);
    if (status == HF_OK && is_root)
        printf("result %s\ncontent digest %s\n", q->job->output, digest);
    return status;
}

static void clear(merge *m) {
    for (int i = 0; i < m->n_parts; i++)
        hf_checkpoints_destroy(m->parts[i]);
    hf_free(m->parts);
    hf_lock_release(m->lock);
    hf_campaign_destroy(m->campaign);
    hf_question_clear(&m->question);
}

int hf_cmd_merge(hf_command_line *line) {
    hf_error err = {0};
    merge m = {.line = line};
    const char *file = NULL;
    hf_problems problems;
    hf_status status = hf_comm_open_mpi(&line->argc, &line->argv, &m.comm, &err);
    if (status != HF_OK)
        return hf_report(NULL, status, NULL, &err);
    hf_problems_init(&problems);
    status = hf_question_read(line, &m.question, &file, &problems, &err);
    status = hf_comm_agree(m.comm, status, &err);
    if (status == HF_OK)
        status = hf_question_agree(m.comm, &m.question, &err);
    if (status == HF_OK) {
        file = line->operand;
        status = carry_out(&m, &problems, &err);
    }
    if (status != HF_OK && hf_comm_is_root(m.comm))
        hf_report(file, status, &problems, &err);
    hf_problems_clear(&problems);
    clear(&m);
    hf_comm_close(m.comm);
    return hf_status_exit_code(status);
}
