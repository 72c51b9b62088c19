/* The job's fields on the command line: each has a twin that wins. */
#ifndef HF_CLI_JOB_OPTIONS_H
#define HF_CLI_JOB_OPTIONS_H

#include "base/problems.h"
#include "cli/options.h"
#include "model/job.h"
#include "run/campaign.h"

/* Puts what the line says over the job; strings go into the job's arena. All that is wrong is added
 * to `problems`, with the option as its path. */
void hf_job_override(hf_job *job, const hf_command_line *line, hf_problems *problems);
/* The options of the machine. */
void hf_campaign_options_read(const hf_command_line *line, hf_campaign_options *options,
                              hf_problems *problems);
/* A whole number min..max in decimal digits; else a problem, and 0. */
uint64_t hf_option_integer(const hf_command_line *line, hf_option option, const char *name,
                           uint64_t min, uint64_t max, hf_problems *problems);

#endif
