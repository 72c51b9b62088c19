/* One function a command; each returns the exit code of the program. */
#ifndef HF_CLI_COMMANDS_H
#define HF_CLI_COMMANDS_H

#include "base/problems.h"
#include "cli/options.h"

int hf_cmd_run(hf_command_line *line);
int hf_cmd_merge(hf_command_line *line);
int hf_cmd_check(hf_command_line *line);
int hf_cmd_replay(hf_command_line *line);
int hf_cmd_summary(hf_command_line *line);
int hf_cmd_verify(hf_command_line *line);
int hf_cmd_diff(hf_command_line *line);
int hf_cmd_bench(hf_command_line *line);

/* Prints what went wrong, all problems of `file` or the one error, and gives the exit code. */
int hf_report(const char *file, hf_status status, const hf_problems *problems, const hf_error *err);

#endif
