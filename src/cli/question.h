/* What a run is asked, as it is read before anything starts: job, options, scenario. */
#ifndef HF_CLI_QUESTION_H
#define HF_CLI_QUESTION_H

#include "cli/options.h"
#include "io/digest.h"
#include "run/campaign.h"

typedef struct hf_question {
    hf_job *job;
    char *job_canonical, *job_verbatim;
    hf_world world;
    hf_scenario_text scenario;
    hf_campaign_options options;
    char scenario_digest[HF_DIGEST_TEXT], job_digest[HF_DIGEST_TEXT]; /* of the canonical texts */
} hf_question;

/* Reads the job of the command line, its options and its scenario; *file names whose problems they
 * are. Also after a failure: hf_question_clear. */
hf_status hf_question_read(const hf_command_line *line, hf_question *question, const char **file,
                           hf_problems *problems, hf_error *err) HF_MUST_CHECK;
void hf_question_clear(hf_question *question);
/* Whether all ranks have read the same: a file may look different from another host. Collective. */
hf_status hf_question_agree(hf_comm *comm, const hf_question *question,
                            hf_error *err) HF_MUST_CHECK;

/* What a result file says of its origin: borrowed from both. */
hf_campaign_origin hf_question_origin(const hf_question *question, const hf_command_line *line);

#endif
