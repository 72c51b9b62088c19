#include "cli/commands.h"
#include "cli/job_options.h"
#include "io/result.h"
#include "io/table_csv.h"
#include "run/replay.h"
#include <string.h>

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && !strcmp(text + n - m, end);
}

static hf_status write_story(const hf_tables *tables, const char *path, bool replace,
                             hf_error *err) {
    char digest[HF_DIGEST_TEXT];
    if (!ends_with(path, ".csv"))
        return hf_result_write(tables, path, replace, digest, err);
    hf_tables *flat = hf_tables_create();
    const hf_table *columns[5];
    size_t n = hf_replay_flatten(tables, flat, columns);
    hf_status status = hf_csv_write(columns, n, path, replace, err);
    hf_tables_destroy(flat);
    return status;
}

int hf_cmd_replay(hf_command_line *line) {
    hf_error err = {0};
    hf_problems problems;
    hf_result *result = NULL;
    hf_problems_init(&problems);
    hf_tables *tables = hf_tables_create();
    const char *output = line->value[HF_OPTION_OUTPUT];
    uint64_t trial = 0;
    hf_status status = HF_OK;
    if (!line->value[HF_OPTION_TRIAL] || !output)
        status =
            hf_fail(&err, HF_BAD_USAGE, "replay: give --trial N and --output FILE.h5 or FILE.csv");
    else
        trial = hf_option_integer(line, HF_OPTION_TRIAL, "--trial", 0, UINT64_MAX, &problems);
    if (status == HF_OK && problems.n > 0)
        status = HF_BAD_USAGE;
    if (status == HF_OK)
        status = hf_draft_check(output, line->value[HF_OPTION_FORCE] != NULL, &err);
    if (status == HF_OK)
        status = hf_result_open(line->operand, &result, &err);
    if (status == HF_OK)
        status = hf_replay_make(result, trial, line->value[HF_OPTION_POLICY], tables, &err);
    if (status == HF_OK)
        status = write_story(tables, output, line->value[HF_OPTION_FORCE] != NULL, &err);
    int code = hf_status_exit_code(status);
    if (status != HF_OK)
        hf_report("holdfast", status, &problems, &err);
    else
        printf("replay %s\n", output);
    hf_result_close(result);
    hf_tables_destroy(tables);
    hf_problems_clear(&problems);
    return code;
}
