/* The hot loops of chance for any CPU, and the choice among all. */
#include "shock/loops.h"
#include "base/lanes.h"

#define HF_LOOPS       hf_loops_v1
#define HF_LOOPS_NAME  "baseline"
#define HF_LOOPS_LEVEL 1
#include "shock/loops_body.h"

static const hf_loops *const all[] = {
    &hf_loops_v1,
#if defined(__x86_64__)
    &hf_loops_v3,
    &hf_loops_v4,
#endif
};

const hf_loops *const *hf_loops_list(int *n) {
    *n = (int)(sizeof all / sizeof *all);
    return all;
}

const hf_loops *hf_loops_fastest(void) {
    int n;
    hf_loops_list(&n);
    while (all[n - 1]->cpu_level > hf_cpu_level())
        n--;
    return all[n - 1];
}
