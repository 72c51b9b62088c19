#include "base/clock.h"
#include "cli/commands.h"
#include "cli/job_options.h"
#include "io/draft.h"
#include "io/job_json.h"
#include "run/campaign.h"
#include <string.h>

/* Everything a run reads before it starts. */
typedef struct question {
    hf_job *job;
    char *job_canonical, *job_verbatim;
    hf_world world;
    hf_scenario_text scenario;
    hf_campaign_options options;
} question;

static void clear(question *q) {
    hf_world_clear(&q->world);
    hf_scenario_text_clear(&q->scenario);
    hf_free(q->job_canonical);
    hf_free(q->job_verbatim);
    hf_job_destroy(q->job);
}

/* *file names whose problems they are. */
static hf_status read_question(const hf_command_line *line, question *q, const char **file,
                               hf_problems *problems, hf_error *err) {
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
    return hf_world_read(q->job->scenario, q->job->n_policies, q->job->policies, &q->world,
                         &q->scenario, problems, err);
}

/* Whether all ranks have read the same: a file may look different from another host. Collective. */
static hf_status agree_on_question(hf_comm *comm, const question *q, hf_error *err) {
    char mine[2 * HF_DIGEST_TEXT], roots[2 * HF_DIGEST_TEXT];
    hf_digest_bytes(q->scenario.canonical, strlen(q->scenario.canonical), mine);
    hf_digest_bytes(q->job_canonical, strlen(q->job_canonical), mine + HF_DIGEST_TEXT);
    memcpy(roots, mine, sizeof mine);
    hf_comm_broadcast(comm, roots, sizeof roots);
    hf_status status = HF_OK;
    if (memcmp(mine, roots, sizeof mine))
        status = hf_fail(err, HF_BAD_WORLD, "rank %d reads other inputs than rank 0 does",
                         hf_comm_rank(comm));
    return hf_comm_agree(comm, status, err);
}

static hf_status simulate(hf_comm *comm, const hf_command_line *line, const question *q,
                          hf_problems *problems, hf_error *err) {
    hf_campaign *campaign = NULL;
    bool replace = line->value[HF_OPTION_FORCE] != NULL;
    char digest[HF_DIGEST_TEXT];
    hf_campaign_origin origin = {.scenario = &q->scenario,
                                 .job_verbatim = q->job_verbatim,
                                 .job_canonical = q->job_canonical,
                                 .scenario_path = q->job->scenario,
                                 .job_path = line->operand,
                                 .n_arguments = line->argc,
                                 .arguments = (const char *const *)line->argv};
    hf_clock_timestamp(origin.started);
    hf_status status = hf_comm_is_root(comm) ? hf_draft_check(q->job->output, replace, err) : HF_OK;
    status = hf_comm_agree(comm, status, err);
    if (status == HF_OK)
        status = hf_campaign_create(comm, &q->world, q->job, &q->options, problems, &campaign, err);
    if (status == HF_OK)
        status = hf_campaign_simulate(campaign, err);
    if (status == HF_OK)
        status = hf_campaign_gather(campaign, err);
    if (status == HF_OK)
        status = hf_campaign_write(campaign, &origin, q->job->output, replace, digest, err);
    if (status == HF_OK && hf_comm_is_root(comm))
        printf("result %s\ncontent digest %s\n", q->job->output, digest);
    hf_campaign_destroy(campaign);
    return status;
}

int hf_cmd_run(hf_command_line *line) {
    hf_comm *comm = NULL;
    hf_error err = {0};
    question q;
    const char *file = NULL;
    hf_problems problems;
    hf_status status = hf_comm_open_mpi(&line->argc, &line->argv, &comm, &err);
    if (status != HF_OK)
        return hf_report(NULL, status, NULL, &err);
    memset(&q, 0, sizeof q);
    hf_problems_init(&problems);
    status = read_question(line, &q, &file, &problems, &err);
    status = hf_comm_agree(comm, status, &err);
    if (status == HF_OK)
        status = agree_on_question(comm, &q, &err);
    if (status == HF_OK) {
        file = line->operand; /* what is wrong from here on is wrong with the job */
        status = simulate(comm, line, &q, &problems, &err);
    }
    int code = hf_status_exit_code(status);
    if (status != HF_OK && hf_comm_is_root(comm))
        hf_report(file, status, &problems, &err);
    hf_problems_clear(&problems);
    clear(&q);
    hf_comm_close(comm);
    return code;
}
