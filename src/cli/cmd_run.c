#include "cli/berth.h"
#include "cli/commands.h"
#include "cli/job_options.h"
#include <inttypes.h>
#include <string.h>

/* One run, on this rank. */
typedef struct run {
    hf_comm *comm;
    const hf_command_line *line;
    hf_question question;
    hf_campaign_origin origin;
    hf_berth berth; /* at the root */
    hf_saving saving;
    hf_campaign *campaign;
} run;

/* Is there anything to do, and from where? Collective. */
static hf_status take_berth(run *r, bool *is_done, bool *is_resumed, hf_error *err) {
    bool is_root = hf_comm_is_root(r->comm), found[2] = {false, false};
    hf_status status = HF_OK;
    if (is_root) {
        status = hf_berth_take(&r->question, r->line, &r->berth, err);
        found[0] = r->berth.is_done;
        found[1] = r->berth.is_resumed;
    }
    hf_comm_broadcast(r->comm, found, sizeof found);
    *is_done = found[0];
    *is_resumed = found[1];
    return hf_comm_agree(r->comm, status, err);
}

static hf_saving saving_of(const run *r) {
    const hf_question *q = &r->question;
    return (hf_saving){.checkpoints = r->berth.checkpoints,
                       .scenario = q->scenario.canonical,
                       .job = q->job_canonical,
                       .lock = r->berth.lock,
                       .halt = {.interval_seconds = 60.0 * q->job->checkpoint_minutes,
                                .walltime_seconds = q->options.walltime_seconds,
                                .stop_file = r->berth.stop_file}};
}

static hf_status resume(run *r, hf_problems *problems, hf_error *err) {
    const hf_campaign *c = r->campaign;
    hf_status status = hf_saved_read(r->campaign, 1, &r->berth.checkpoints, false, problems, err);
    if (status == HF_OK && hf_comm_is_root(r->comm))
        fprintf(stderr, "holdfast: goes on after %" PRIu64 " of %" PRIu64 " trials\n", c->n_trials,
                c->schedule.trials);
    return status;
}

static void print_checkpoint(const run *r) {
    printf("checkpoint %s: %" PRIu64 " of %" PRIu64 " trials, since %s; go on with --resume\n",
           hf_checkpoints_folder(r->berth.checkpoints), r->campaign->n_trials,
           r->campaign->schedule.trials, r->saving.halt.reason);
}

/* The campaign has all its trials. Collective. */
static hf_status finish(run *r, hf_error *err) {
    const char *output = r->question.job->output;
    char digest[HF_DIGEST_TEXT];
    bool replace = r->line->value[HF_OPTION_FORCE] != NULL, is_root = hf_comm_is_root(r->comm);
    if (r->question.options.n_parts) {
        if (is_root)
            printf("part %s\n", hf_checkpoints_folder(r->berth.checkpoints));
        return HF_OK;
    }
    hf_status status = hf_campaign_gather(r->campaign, err);
    if (status == HF_OK && is_root && !hf_lock_beat(r->berth.lock))
        status =
            hf_fail(err, HF_BAD_WORLD,
                    "another run has taken '%.600s' over, as this one seemed to be gone", output);
    status = hf_comm_agree(r->comm, status, err);
    if (status == HF_OK)
        status = hf_campaign_write(r->campaign, &r->origin, output, replace, digest, err);
    if (status == HF_OK && is_root) {
        hf_berth_clear(&r->berth);
        printf("result %s\ncontent digest %s\n", output, digest);
    }
    return status;
}

/* Collective. */
static hf_status carry_out(run *r, hf_problems *problems, hf_error *err) {
    bool is_done, is_resumed;
    hf_status status = take_berth(r, &is_done, &is_resumed, err);
    if (status == HF_OK && is_done) {
        if (hf_comm_is_root(r->comm))
            printf("result %s is complete already\n", r->question.job->output);
        return HF_OK;
    }
    r->saving = saving_of(r);
    r->origin = hf_question_origin(&r->question, r->line);
    if (status == HF_OK)
        status = hf_campaign_create(r->comm, &r->question.world, r->question.job,
                                    &r->question.options, problems, &r->campaign, err);
    if (status != HF_OK)
        return status;
    r->campaign->saving = &r->saving;
    if (is_resumed)
        status = resume(r, problems, err);
    if (status == HF_OK)
        status = hf_campaign_simulate(r->campaign, err);
    if (status == HF_CHECKPOINTED && hf_comm_is_root(r->comm))
        print_checkpoint(r);
    return status == HF_OK ? finish(r, err) : status;
}

int hf_cmd_run(hf_command_line *line) {
    hf_error err = {0};
    run r = {.line = line};
    const char *file = NULL;
    hf_problems problems;
    hf_halt_listen();
    hf_status status = hf_comm_open_mpi(&line->argc, &line->argv, &r.comm, &err);
    if (status != HF_OK)
        return hf_report(NULL, status, NULL, &err);
    hf_problems_init(&problems);
    status = hf_question_read(line, &r.question, &file, &problems, &err);
    status = hf_comm_agree(r.comm, status, &err);
    if (status == HF_OK)
        status = hf_question_agree(r.comm, &r.question, &err);
    if (status == HF_OK) {
        file = line->operand; /* what is wrong from here on is wrong with the job */
        status = carry_out(&r, &problems, &err);
    }
    int code = hf_status_exit_code(status);
    if (status != HF_OK && status != HF_CHECKPOINTED && hf_comm_is_root(r.comm))
        hf_report(file, status, &problems, &err);
    hf_problems_clear(&problems);
    hf_campaign_destroy(r.campaign);
    hf_berth_leave(&r.berth);
    hf_question_clear(&r.question);
    hf_comm_close(r.comm);
    return code;
}
