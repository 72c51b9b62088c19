#include "base/number.h"
#include "base/version.h"
#include "cli/commands.h"
#include <string.h>

const hf_command hf_commands[] = {
    {"run", 'R', "JOB", "simulate a job on all ranks and write its result file", hf_cmd_run},
    {"merge", 'M', "JOB PART...", "unite the parts of a job and write the result of the whole",
     hf_cmd_merge},
    {"check", 'C', "SCENARIO|JOB", "validate; print the network, its balance and what a run takes",
     hf_cmd_check},
    {"replay", 'P', "RESULT", "simulate one trial again and write its weekly story", hf_cmd_replay},
    {"summary", 'S', "RESULT", "print the tables of a result", hf_cmd_summary},
    {"verify", 'V', "RESULT", "find what of a result is no longer as it was written",
     hf_cmd_verify},
    {"diff", 'D', "A B", "compare two results outside of provenance and performance", hf_cmd_diff},
    {"bench", 'B', "SCENARIO|JOB", "measure how fast one core is here, and how fast it could be",
     hf_cmd_bench},
};
const int hf_n_commands = sizeof hf_commands / sizeof *hf_commands;

int hf_report(const char *file, hf_status status, const hf_problems *problems,
              const hf_error *err) {
    if (problems && problems->n > 0)
        hf_problems_print(problems, file, stderr);
    else
        fprintf(stderr, "holdfast: %s\n", err->text);
    return hf_status_exit_code(status);
}

static int dispatch(const hf_command *command, int argc, char **argv) {
    hf_command_line line;
    hf_error err;
    hf_status status = hf_command_line_parse(command, argc, argv, &line, &err);
    if (status == HF_OK && line.value[HF_OPTION_HELP]) {
        hf_command_print_help(command, stdout);
        return 0;
    }
    if (status == HF_OK)
        status = hf_number_check_machine(&err);
    return status == HF_OK ? command->run(&line) : hf_report(NULL, status, NULL, &err);
}

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "";
    if (!strcmp(name, "--help")) {
        hf_print_help(stdout);
        return 0;
    }
    if (!strcmp(name, "--version")) {
        printf("holdfast %s (%s, %s)\n", hf_version(), hf_commit(), hf_compiler());
        return 0;
    }
    for (int i = 0; i < hf_n_commands; i++)
        if (!strcmp(name, hf_commands[i].name))
            return dispatch(&hf_commands[i], argc, argv);
    if (*name)
        fprintf(stderr, "holdfast: unknown command '%s'\n\n", name);
    hf_print_help(stderr);
    return hf_status_exit_code(HF_BAD_USAGE);
}
