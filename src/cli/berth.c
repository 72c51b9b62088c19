#include "cli/berth.h"
#include "io/draft.h"
#include "io/result.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* `output` and what is printed behind it; release with hf_free. */
static char *beside(const char *output, const char *ending) {
    size_t n = strlen(output) + strlen(ending) + 1;
    char *path = HF_NEW(n, char);
    snprintf(path, n, "%s%s", output, ending);
    return path;
}

/* Checkpoints of a run that is not over. */
static hf_status find_checkpoints(hf_berth *berth, bool resume, bool force, hf_error *err) {
    const char *folder = hf_checkpoints_folder(berth->checkpoints);
    hf_problems skipped;
    if (!hf_checkpoints_exist(berth->checkpoints))
        return HF_OK;
    if (!resume && force) /* the first checkpoint replaces them */
        return HF_OK;
    if (!resume)
        return hf_fail(
            err, HF_BAD_INPUT,
            "output: '%.600s' is where an earlier run stands; add --resume to go on from "
            "it, or --force to begin anew",
            folder);
    hf_problems_init(&skipped);
    hf_status status = hf_checkpoints_find(berth->checkpoints, &skipped, &berth->is_resumed, err);
    hf_problems_print(&skipped, folder, stderr);
    hf_problems_clear(&skipped);
    return status;
}

static hf_status check_output(const hf_question *q, bool resume, bool force, hf_berth *berth,
                              hf_error *err) {
    const char *output = q->job->output;
    if (resume && !force && access(output, F_OK) == 0) {
        hf_status status =
            hf_result_is_of(output, q->scenario_digest, q->job_digest, &berth->is_done, err);
        if (status != HF_OK || berth->is_done)
            return status;
    }
    return hf_draft_check(output, force || q->options.n_parts, err);
}

hf_status hf_berth_take(const hf_question *q, const hf_command_line *line, hf_berth *berth,
                        hf_error *err) {
    bool resume = line->value[HF_OPTION_RESUME] != NULL,
         force = line->value[HF_OPTION_FORCE] != NULL;
    char ending[64] = ".checkpoint", note[512];
    if (q->options.n_parts)
        snprintf(ending, sizeof ending, ".part-%d-of-%d", q->options.part, q->options.n_parts);
    *berth = (hf_berth){.stop_file = beside(q->job->output, ".stop")};
    hf_status status = check_output(q, resume, force, berth, err);
    if (status != HF_OK || berth->is_done)
        return status;
    if (access(berth->stop_file, F_OK) == 0)
        return hf_fail(err, HF_BAD_INPUT,
                       "output: found '%.600s', which tells runs to stop; remove it to start one",
                       berth->stop_file);
    char *folder = beside(q->job->output, ending);
    berth->checkpoints = hf_checkpoints_create(folder);
    status = hf_lock_take(q->options.n_parts ? folder : q->job->output, &berth->lock, note,
                          sizeof note, err);
    hf_free(folder);
    if (status != HF_OK)
        return status;
    if (note[0])
        fprintf(stderr, "holdfast: %s\n", note);
    return find_checkpoints(berth, resume, force, err);
}

void hf_berth_clear(hf_berth *berth) {
    hf_error err;
    if (hf_checkpoints_remove(berth->checkpoints, &err) != HF_OK)
        fprintf(stderr, "holdfast: the result is whole, but its checkpoints are still there: %s\n",
                err.text);
}

void hf_berth_leave(hf_berth *berth) {
    hf_lock_release(berth->lock);
    hf_checkpoints_destroy(berth->checkpoints);
    hf_free(berth->stop_file);
}
