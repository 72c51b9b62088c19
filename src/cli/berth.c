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
    bool exist;
    hf_status status = hf_checkpoints_exist(berth->checkpoints, &exist, err);
    if (status != HF_OK || !exist)
        return status;
    if (!resume && force) /* the first checkpoint replaces them */
        return HF_OK;
    if (!resume)
        return hf_fail(
            err, HF_BAD_INPUT,
            "output: '%.600s' is where an earlier run stands; add --resume to go on from "
            "it, or --force to begin anew",
            folder);
    hf_problems_init(&skipped);
    status = hf_checkpoints_find(berth->checkpoints, &skipped, &berth->is_resumed, err);
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

void hf_berth_clear(hf_berth *berth) {
    hf_error err;
    if (hf_checkpoints_remove(berth->checkpoints, &err) != HF_OK)
        fprintf(stderr, "holdfast: the result is whole, but its checkpoints are still there: %s\n",
                err.text);
}

static hf_status take_lock(const char *path, hf_berth *berth, hf_error *err) {
    char note[512];
    hf_status status = hf_lock_take(path, &berth->lock, note, sizeof note, err);
    if (status == HF_OK && note[0])
        fprintf(stderr, "holdfast: %s\n", note);
    return status;
}

/* The run was killed when its result had just got its name, or while it removed its checkpoints:
 * they are needed no more. Those of another job are; without a generation they are nobody's. */
static void clear_leftovers(const hf_question *q, hf_berth *berth) {
    hf_error err;
    hf_problems skipped;
    bool found;
    if (take_lock(q->job->output, berth, &err) != HF_OK)
        return;
    hf_problems_init(&skipped);
    if (hf_checkpoints_find(berth->checkpoints, &skipped, &found, &err) == HF_OK &&
        (!found || hf_saved_is_of(berth->checkpoints, q->scenario.canonical, q->job_canonical)))
        hf_berth_clear(berth);
    hf_problems_clear(&skipped);
}

hf_status hf_berth_take(const hf_question *q, const hf_command_line *line, hf_berth *berth,
                        hf_error *err) {
    bool resume = line->value[HF_OPTION_RESUME] != NULL,
         force = line->value[HF_OPTION_FORCE] != NULL;
    *berth = (hf_berth){.stop_file = beside(q->job->output, ".stop")};
    hf_status status = check_output(q, resume, force, berth, err);
    if (status != HF_OK)
        return status;
    if (!berth->is_done && access(berth->stop_file, F_OK) == 0)
        return hf_fail(err, HF_BAD_INPUT,
                       "output: found '%.600s', which tells runs to stop; remove it to start one",
                       berth->stop_file);
    char ending[64] = ".checkpoint";
    if (q->options.n_parts)
        snprintf(ending, sizeof ending, ".part-%d-of-%d", q->options.part, q->options.n_parts);
    char *folder = beside(q->job->output, ending);
    berth->checkpoints = hf_checkpoints_create(folder);
    if (!berth->is_done)
        status = take_lock(q->options.n_parts ? folder : q->job->output, berth, err);
    else if (!q->options.n_parts)
        clear_leftovers(q, berth);
    hf_free(folder);
    if (status == HF_OK && !berth->is_done)
        status = find_checkpoints(berth, resume, force, err);
    return status;
}

void hf_berth_leave(hf_berth *berth) {
    hf_lock_release(berth->lock);
    hf_checkpoints_destroy(berth->checkpoints);
    hf_free(berth->stop_file);
}
