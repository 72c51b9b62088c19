#include "cli/question.h"
#include "base/clock.h"
#include "cli/job_options.h"
#include "io/job_json.h"
#include <string.h>

hf_status hf_question_read(const hf_command_line *line, hf_question *q, const char **file,
                           hf_problems *problems, hf_error *err) {
    memset(q, 0, sizeof *q);
    *file = line->operand;
    hf_status status = hf_job_read(line->operand, &q->job, NULL, &q->job_verbatim, problems, err);
    if (status != HF_OK)
        return status;
    *file = "holdfast";
    hf_job_override(q->job, line, problems);
    hf_campaign_options_read(line, &q->options, problems);
    if (problems->n > 0)
        return HF_BAD_USAGE;
    if (!q->job->output)
        return hf_fail(err, HF_BAD_USAGE, "no output: give --output or the job's field output");
    q->job_canonical = hf_job_canonical(q->job);
    *file = q->job->scenario;
    status = hf_world_read(q->job->scenario, q->job->n_policies, q->job->policies, &q->world,
                           &q->scenario, problems, err);
    if (status == HF_OK) {
        hf_digest_bytes(q->scenario.canonical, strlen(q->scenario.canonical), q->scenario_digest);
        hf_digest_bytes(q->job_canonical, strlen(q->job_canonical), q->job_digest);
    }
    return status;
}

void hf_question_clear(hf_question *q) {
    hf_world_clear(&q->world);
    hf_scenario_text_clear(&q->scenario);
    hf_free(q->job_canonical);
    hf_free(q->job_verbatim);
    hf_job_destroy(q->job);
}

hf_status hf_question_agree(hf_comm *comm, const hf_question *q, hf_error *err) {
    char roots[2][HF_DIGEST_TEXT];
    memcpy(roots[0], q->scenario_digest, HF_DIGEST_TEXT);
    memcpy(roots[1], q->job_digest, HF_DIGEST_TEXT);
    hf_comm_broadcast(comm, roots, sizeof roots);
    hf_status status = HF_OK;
    if (strcmp(roots[0], q->scenario_digest) != 0 || strcmp(roots[1], q->job_digest) != 0)
        status = hf_fail(err, HF_BAD_WORLD, "rank %d reads other inputs than rank 0 does",
                         hf_comm_rank(comm));
    return hf_comm_agree(comm, status, err);
}

hf_campaign_origin hf_question_origin(const hf_question *q, const hf_command_line *line) {
    hf_campaign_origin origin = {.scenario = &q->scenario,
                                 .job_verbatim = q->job_verbatim,
                                 .job_canonical = q->job_canonical,
                                 .scenario_path = q->job->scenario,
                                 .job_path = line->operand,
                                 .n_arguments = line->argc,
                                 .arguments = (const char *const *)line->argv};
    hf_clock_timestamp(origin.started);
    return origin;
}
