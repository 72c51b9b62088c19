#include "cli/commands.h"
#include "io/difference.h"

enum { DIFFERENT = 1 }; /* the exit code that diff has had from the first */

int hf_cmd_diff(hf_command_line *line) {
    hf_error err = {0};
    hf_findings findings;
    hf_findings_init(&findings);
    hf_status status = hf_difference_find(line->operand, line->second, &findings, &err);
    size_t n_strange = findings.n_strange, n_parts = findings.n_parts;
    hf_findings_print(&findings, stdout);
    hf_findings_clear(&findings);
    if (status != HF_OK)
        return hf_report("holdfast", status, NULL, &err);
    if (n_strange == 0) {
        printf("the same content: %zu groups and variables\n", n_parts);
        return 0;
    }
    printf("different: %zu of %zu groups and variables\n", n_strange, n_parts);
    return DIFFERENT;
}
