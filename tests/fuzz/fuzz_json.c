/* Hostile scenarios and jobs: text is refused with problems, or read. What was read must be written
 * canonically as a text that reads to itself, and of a scenario every policy must build. */
#include "base/check.h"
#include "base/memory.h"
#include "fuzz/fuzz.h"
#include "io/job_json.h"
#include "io/scenario_json.h"
#include "plan/plan.h"
#include <string.h>

enum { MOST_POLICIES = 4, LONGEST = 260, MOST_ROWS = 40 };

/* --- a job --- */

static void try_job(const char *text, size_t n) {
    hf_problems problems;
    hf_error err;
    hf_job *job, *again;
    hf_problems_init(&problems);
    if (hf_job_parse_canonical(text, n, &job, &problems, &err) == HF_OK) {
        char *canonical = hf_job_canonical(job);
        HF_ASSERT(hf_job_parse_canonical(canonical, strlen(canonical), &again, &problems, &err) ==
                  HF_OK);
        char *same = hf_job_canonical(again);
        HF_ASSERT(strcmp(same, canonical) == 0);
        hf_free(same);
        hf_free(canonical);
        hf_job_destroy(again);
        hf_job_destroy(job);
    } else {
        HF_ASSERT(problems.n > 0);
    }
    hf_problems_clear(&problems);
}

/* --- a scenario --- */

static void check_canonical(const char *text) {
    static const char *const baseline[] = {"baseline"};
    hf_problems problems;
    hf_error err;
    hf_world world;
    hf_scenario_text again;
    hf_problems_init(&problems);
    HF_ASSERT(hf_world_parse(text, strlen(text), 1, baseline, &world, &again, &problems, &err) ==
              HF_OK);
    HF_ASSERT(strcmp(again.canonical, text) == 0);
    hf_world_clear(&world);
    hf_scenario_text_clear(&again);
    hf_problems_clear(&problems);
}

/* Plans of more are right or wrong in the same way, only slower. */
static bool is_small(const hf_scenario *s) {
    int longest = s->horizon_weeks;
    for (int i = 0; i < s->n_stages; i++)
        longest = longest > s->stages[i].cycle_weeks ? longest : s->stages[i].cycle_weeks;
    return longest <= LONGEST && s->n_stages <= MOST_ROWS && hf_scenario_n_links(s) <= MOST_ROWS;
}

static void build_plans(const hf_world *world) {
    hf_space *space = hf_space_create(world);
    for (int p = 0; p < world->n_policies; p++) {
        hf_plan *plan;
        hf_error err;
        if (!is_small(world->scenarios[p]) ||
            hf_plan_build(world->scenarios[p], world->policy_ids[p], space, &plan, &err))
            continue;
        HF_ASSERT(hf_plan_is_valid(plan));
        hf_plan_destroy(plan);
    }
    hf_space_destroy(space);
}

static void try_policies(const char *text, size_t n, const hf_scenario *scenario) {
    const char *policies[1 + MOST_POLICIES] = {"baseline"};
    int n_policies = 1;
    for (int i = 0; i < scenario->n_policies && n_policies <= MOST_POLICIES; i++)
        if (strcmp(scenario->policies[i].id, policies[0]) != 0)
            policies[n_policies++] = scenario->policies[i].id;
    hf_problems problems;
    hf_error err;
    hf_world world;
    hf_problems_init(&problems);
    HF_ASSERT(hf_world_parse(text, n, n_policies, policies, &world, NULL, &problems, &err) ==
              HF_OK); /* all were checked, asked for or not */
    build_plans(&world);
    hf_world_clear(&world);
    hf_problems_clear(&problems);
}

static void try_scenario(const char *text, size_t n) {
    static const char *const baseline[] = {"baseline"};
    hf_problems problems;
    hf_error err;
    hf_world world;
    hf_scenario_text texts;
    hf_problems_init(&problems);
    if (hf_world_parse(text, n, 1, baseline, &world, &texts, &problems, &err) == HF_OK) {
        check_canonical(texts.canonical);
        try_policies(text, n, world.scenarios[0]);
        hf_world_clear(&world);
        hf_scenario_text_clear(&texts);
    } else {
        HF_ASSERT(problems.n > 0);
    }
    hf_problems_clear(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    char *text = HF_NEW(n + 1, char);
    if (n)
        memcpy(text, data, n);
    try_job(text, n);
    try_scenario(text, n);
    hf_free(text);
    return 0;
}
