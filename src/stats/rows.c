/* The row loops for any CPU, and the choice between them and those for wider vectors. */
#define HF_ROW_CODE  hf_row_code_v1
#define HF_ROW_NAME  "baseline"
#define HF_ROW_LEVEL 1
#include "stats/rows_body.h"

const hf_row_code *const *hf_row_codes(int *n) {
    static const hf_row_code *const codes[] = {
        &hf_row_code_v1,
#if defined(__x86_64__)
        &hf_row_code_v3,
        &hf_row_code_v4,
#endif
    };
    *n = (int)(sizeof codes / sizeof codes[0]);
    return codes;
}

const hf_row_code *hf_row_code_find(void) {
    static const hf_row_code *found;
    int n;
    if (found)
        return found;
    const hf_row_code *const *codes = hf_row_codes(&n);
    while (codes[n - 1]->cpu_level > hf_cpu_level())
        n--;
    found = codes[n - 1];
    return found;
}
