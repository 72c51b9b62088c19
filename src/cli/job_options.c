#include "cli/job_options.h"
#include "base/memory.h"
#include "io/job_json.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
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

static void override_number(double *field, const char *text, const char *name, double min,
                            double max, hf_problems *problems) {
    char allowed[64], *end;
    double value = strtod(text, &end);
    snprintf(allowed, sizeof allowed, "a number %.8g to %.8g", min, max);
    if (*text && !*end && value >= min && value <= max)
        *field = value;
    else
        hf_problems_found(problems, name, text, allowed);
}

static void override_numbers(hf_job *job, const hf_command_line *line, hf_problems *problems) {
    const char *confidence = line->value[HF_OPTION_CONFIDENCE];
    const char *minutes = line->value[HF_OPTION_CHECKPOINT_MINUTES];
    if (confidence)
        override_number(&job->confidence, confidence, "--confidence", 0.5, 0.999999, problems);
    if (minutes)
        override_number(&job->checkpoint_minutes, minutes, "--checkpoint-minutes", 0.0, 10080.0,
                        problems);
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
    override_numbers(job, line, problems);
    override_text(job, line, problems);
    override_parts(job, line, problems);
    hf_job_check_fields(job, problems);
}

/* Slurm's words for a time: M, M:S, H:M:S, D-H:M:S. False if it is none of these, or 0. */
static bool parse_walltime(const char *text, double *seconds) {
    unsigned days = 0, part[3];
    int n_read = 0;
    bool has_days = strchr(text, '-') != NULL;
    if (strspn(text, "0123456789:-") != strlen(text) || strlen(text) > 20)
        return false;
    if (has_days && (sscanf(text, "%3u-%n", &days, &n_read) != 1 || n_read == 0))
        return false;
    text += n_read;
    int n = 0, used = 0;
    for (; n < 3 && sscanf(text, "%6u%n", &part[n], &used) == 1; n++) {
        text += used;
        if (*text != ':')
            break;
        text++;
    }
    bool is_long = n == 2; /* the index of the last part read */
    if (*text || n > 2 || (has_days && !is_long))
        return false;
    double minutes = is_long ? 60.0 * part[0] + part[1] : part[0];
    *seconds = 86400.0 * days + 60.0 * minutes + (n > 0 ? part[n] : 0);
    return *seconds > 0.0;
}

static bool parse_part(const char *text, int *part, int *n_parts) {
    int used = 0;
    return strspn(text, "0123456789/") == strlen(text) &&
           sscanf(text, "%7d/%7d%n", part, n_parts, &used) == 2 && !text[used] && *part >= 1 &&
           *part <= *n_parts && *n_parts <= 1 << 20;
}

static void read_stops(const hf_command_line *line, hf_campaign_options *options,
                       hf_problems *problems) {
    const char *walltime = line->value[HF_OPTION_MAX_WALLTIME], *part = line->value[HF_OPTION_PART];
    if (walltime && !parse_walltime(walltime, &options->walltime_seconds))
        hf_problems_found(problems, "--max-walltime", walltime,
                          "a time as M, M:S, H:M:S or D-H:M:S, longer than 0");
    if (part && !parse_part(part, &options->part, &options->n_parts))
        hf_problems_found(problems, "--part", part, "I/K with 1 <= I <= K <= 1048576, as 1/8");
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
    if (line->value[HF_OPTION_COLLECTIVE_FROM])
        options->collective_bytes = hf_option_integer(
            line, HF_OPTION_COLLECTIVE_FROM, "--collective-from", 1, (uint64_t)1 << 62, problems);
    if (line->value[HF_OPTION_BLOCK])
        options->block_trials =
            hf_option_integer(line, HF_OPTION_BLOCK, "--block", 1, (uint64_t)1 << 32, problems);
    read_stops(line, options, problems);
}
