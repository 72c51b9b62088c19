#include "sim/kernel.h"
#include "base/lanes.h"
#include "sim/reference.h"
#include <string.h>

hf_kernel_week hf_kernel_week_baseline;
#ifdef HF_HAVE_X86_LEVELS
hf_kernel_week hf_kernel_week_v3, hf_kernel_week_v3_narrow;
hf_kernel_week hf_kernel_week_v4, hf_kernel_week_v4_narrow;

/* Each knows a wide chunk and one of 8 lanes, of which every batch is a multiple. */
static void week_v3(hf_batch *batch, const hf_factors *factors, int week) {
    (batch->n_lanes % 32 ? hf_kernel_week_v3_narrow : hf_kernel_week_v3)(batch, factors, week);
}

static void week_v4(hf_batch *batch, const hf_factors *factors, int week) {
    (batch->n_lanes % 32 ? hf_kernel_week_v4_narrow : hf_kernel_week_v4)(batch, factors, week);
}
#endif

static void reference_week(hf_batch *batch, const hf_factors *factors, int week) {
    for (int lane = 0; lane < batch->n_lanes; lane++)
        hf_reference_week(batch, factors, week, lane);
}

const hf_kernel *hf_kernel_list(int *n) {
    static hf_kernel list[] = {
        {"reference", 1, true, reference_week},
        {"baseline", 8, true, hf_kernel_week_baseline},
#ifdef HF_HAVE_X86_LEVELS
        {"x86-64-v3", 32, false, week_v3},
        {"x86-64-v4", 32, false, week_v4},
#endif
    };
#ifdef HF_HAVE_X86_LEVELS
    list[2].available = hf_cpu_level() >= 3;
    list[3].available = hf_cpu_level() >= 4;
#endif
    *n = (int)(sizeof list / sizeof *list);
    return list;
}

const hf_kernel *hf_kernel_fastest(void) {
    int n;
    const hf_kernel *list = hf_kernel_list(&n);
    while (!list[n - 1].available)
        n--;
    return &list[n - 1];
}

hf_status hf_kernel_choose(const char *name, const hf_kernel **kernel, hf_error *err) {
    int n;
    const hf_kernel *list = hf_kernel_list(&n), *chosen = name ? NULL : hf_kernel_fastest();
    char names[256] = "";
    for (int i = 0; i < n; i++) {
        if (list[i].available && name && !strcmp(name, list[i].name))
            chosen = &list[i];
        if (list[i].available) {
            strncat(names, i ? ", " : "", sizeof names - strlen(names) - 1);
            strncat(names, list[i].name, sizeof names - strlen(names) - 1);
        }
    }
    if (!chosen)
        return hf_fail(err, HF_BAD_USAGE, "no kernel '%s' on this machine; there are: %s", name,
                       names);
    *kernel = chosen;
    return HF_OK;
}
