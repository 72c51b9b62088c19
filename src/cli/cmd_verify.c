#include "cli/commands.h"
#include "io/seal.h"

int hf_cmd_verify(hf_command_line *line) {
    char content[HF_DIGEST_TEXT];
    hf_error err = {0};
    hf_findings findings;
    hf_findings_init(&findings);
    hf_status status = hf_seal_check(line->operand, &findings, content, &err);
    hf_findings_print(&findings, stdout);
    if (status == HF_OK && findings.n > 0)
        status = hf_fail(&err, HF_BAD_FILE, "'%.600s' is damaged: %zu of %zu groups and variables",
                         line->operand, findings.n_strange, findings.n_parts);
    if (status == HF_BAD_INPUT) /* here a file that is no result is a result that came to grief */
        status = HF_BAD_FILE;
    if (status == HF_OK)
        printf("whole: %zu groups and variables\ncontent digest %s\n", findings.n_parts, content);
    hf_findings_clear(&findings);
    return status == HF_OK ? 0 : hf_report("holdfast", status, NULL, &err);
}
