#include "cli/job_options.h"
#include "base/memory.h"
#include "io/job_json.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint64_t hf_option_integer(const hf_command_line *line, hf_option option, const char *name,
                           uint64_t min, uint64_t max, hf_problems *problems) {
    const char *text = line->value[option];
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (strspn(text, "0123456789") == strlen(text) && *text && errno == 0 && value >= min &&
        value <= max)
        return value;
    char allowed[96];
    snprintf(allowed, sizeof allowed, "a whole number %" PRIu64 " to %" PRIu64, min, max);
    hf_problems_found(problems, name, text, allowed);
    return 0;
}

static void split_policies(hf_job *job, const char *list, hf_problems *problems) {
    char *names = hf_arena_strdup(job->arena, list);
    job->policies = HF_ARENA_NEW(job->arena, strlen(list) + 1, const char *);
    job->n_policies = 0;
    for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
        for (int i = 0; i < job->n_policies; i++)
            if (!strcmp(job->policies[i], name))
                hf_problems_found(problems, "--policies", name, "each policy once");
        job->policies[job->n_policies++] = name;
    }
    if (job->n_policies == 0)
        hf_problems_found(problems, "--policies", "none", "policies of the scenario, as A,B");
}

static void override_text(hf_job *job, const hf_command_line *line, hf_problems *problems) {
    const char *record = line->value[HF_OPTION_RECORD];
    static const char *const words[] = {"none", "tail", "all"};
    if (line->value[HF_OPTION_POLICIES])
        split_policies(job, line->value[HF_OPTION_POLICIES], problems);
    if (line->value[HF_OPTION_TAIL_METRIC])
        job->tail_metric = hf_arena_strdup(job->arena, line->value[HF_OPTION_TAIL_METRIC]);
    if (line->value[HF_OPTION_OUTPUT])
        job->output = hf_arena_strdup(job->arena, line->value[HF_OPTION_OUTPUT]);
    if (record) {
        int found = -1;
        for (int i = 0; i < 3; i++)
            if (!strcmp(record, words[i]))
                found = i;
        if (found < 0)
            hf_problems_found(problems, "--record", record, "none, tail or all");
        else
            job->record = (hf_record)found;
    }
}

static void override_confidence(hf_job *job, const char *text, hf_problems *problems) {
    char *end;
    double value = strtod(text, &end);
    if (*text && !*end && value >= 0.5 && value <= 0.999999)
        job->confidence = value;
    else
        hf_problems_found(problems, "--confidence", text, "a number 0.5 to 0.999999");
}

static void override_parts(hf_job *job, const hf_command_line *line, hf_problems *problems) {
    static const hf_option options[] = {
        [HF_JOB_PRECISION] = HF_OPTION_PRECISION,
        [HF_JOB_STRATA] = HF_OPTION_STRATA,
        [HF_JOB_TILTS] = HF_OPTION_TILTS,
        [HF_JOB_ATTRIBUTION] = HF_OPTION_ATTRIBUTION,
    };
    for (int part = 0; part < (int)(sizeof options / sizeof options[0]); part++)
        if (line->value[options[part]])
            hf_job_put(job, (hf_job_part)part, line->value[options[part]], problems);
}

void hf_job_override(hf_job *job, const hf_command_line *line, hf_problems *problems) {
    const uint64_t most = (uint64_t)1 << 40;
    if (line->value[HF_OPTION_TRIALS])
        job->trials = hf_option_integer(line, HF_OPTION_TRIALS, "--trials", 1, most, problems);
    if (line->value[HF_OPTION_FIRST_TRIAL])
        job->first_trial =
            hf_option_integer(line, HF_OPTION_FIRST_TRIAL, "--first-trial", 0, most, problems);
    if (line->value[HF_OPTION_INNER_TRIALS])
        job->inner_trials = hf_option_integer(line, HF_OPTION_INNER_TRIALS, "--inner-trials", 1,
                                              (uint64_t)1 << 20, problems);
    if (line->value[HF_OPTION_TAIL_COUNT])
        job->tail_count =
            (int)hf_option_integer(line, HF_OPTION_TAIL_COUNT, "--tail-count", 1, 100000, problems);
    if (line->value[HF_OPTION_EXACT_TRIALS])
        job->exact_trials = hf_option_integer(line, HF_OPTION_EXACT_TRIALS, "--exact-trials", 0,
                                              (uint64_t)1 << 32, problems);
    if (line->value[HF_OPTION_SEED] &&
        hf_seed_parse(line->value[HF_OPTION_SEED], &job->seed) != HF_OK)
        hf_problems_found(problems, "--seed", line->value[HF_OPTION_SEED],
                          "a whole number 0 to 18446744073709551615");
    if (line->value[HF_OPTION_CONFIDENCE])
        override_confidence(job, line->value[HF_OPTION_CONFIDENCE], problems);
    override_text(job, line, problems);
    override_parts(job, line, problems);
    hf_job_check_fields(job, problems);
}

void hf_campaign_options_read(const hf_command_line *line, hf_campaign_options *options,
                              hf_problems *problems) {
    *options = (hf_campaign_options){.kernel = line->value[HF_OPTION_KERNEL],
                                     .show_progress = !line->value[HF_OPTION_QUIET],
                                     .progress_on_terminal = isatty(2)};
    if (line->value[HF_OPTION_LANES]) {
        uint64_t lanes = hf_option_integer(line, HF_OPTION_LANES, "--lanes", 8, 1024, problems);
        options->n_lanes = (int)lanes;
        if (lanes % 8)
            hf_problems_found(problems, "--lanes", line->value[HF_OPTION_LANES], "a multiple of 8");
    }
    if (line->value[HF_OPTION_BLOCK])
        options->block_trials =
            hf_option_integer(line, HF_OPTION_BLOCK, "--block", 1, (uint64_t)1 << 32, problems);
}
