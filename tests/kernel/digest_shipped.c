/* Three scenarios of inputs/, as they are. */
#include "io/scenario_json.h"
#include "kernel/digest_table.h"
#include <stdio.h>

const int digest_n_trials = 256;

hf_scenario *digest_scenario(int i) {
    static const char *const names[] = {"tutorial", "us_iv_fluids", "us_ai_supercomputers"};
    const char *policies[] = {"baseline"};
    char path[4096];
    hf_world world;
    hf_problems problems;
    hf_error err = {0};
    if (i >= (int)(sizeof names / sizeof *names))
        return NULL;
    hf_problems_init(&problems);
    snprintf(path, sizeof path, HF_SOURCE_DIR "/inputs/%s.json", names[i]);
    hf_status status = hf_world_read(path, 1, policies, &world, NULL, &problems, &err);
    hf_problems_print(&problems, path, stderr);
    hf_problems_clear(&problems);
    if (status != HF_OK)
        hf_fatal(3, "%s: %s", path, err.text);
    hf_scenario *scenario = world.scenarios[0];
    world.scenarios[0] = NULL;
    hf_world_clear(&world);
    return scenario;
}
