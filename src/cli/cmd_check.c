#include "cli/check_tables.h"
#include "cli/commands.h"
#include "io/job_json.h"
#include "io/scenario_json.h"
#include <string.h>

static hf_status build(const hf_world *world, hf_space **space, hf_plan **plans, hf_error *err) {
    hf_status status = HF_OK;
    *space = hf_space_create(world);
    for (int v = 0; v < world->n_policies && status == HF_OK; v++)
        status = hf_plan_build(world->scenarios[v], world->policy_ids[v], *space, &plans[v], err);
    return status;
}

static void print_world(const hf_world *world, hf_plan *const *plans, const hf_job *job,
                        const hf_space *space) {
    const hf_scenario *s = world->scenarios[0];
    printf("%s\nstages %d, markets %d, hazards %d, weeks %d\n\n", s->title, s->n_stages,
           s->n_markets, s->n_hazards, s->horizon_weeks);
    hf_check_network(s, plans[0]);
    for (int v = 0; v < world->n_policies; v++) {
        printf("\nplanned starts over capacity, largest of the year, policy %s\n\n",
               world->policy_ids[v]);
        hf_check_balance(plans[v]);
    }
    printf("\nexpected events within the horizon, were no hazard ever active when it strikes "
           "again\n\n");
    hf_check_hazards(s, plans[0]);
    if (job) {
        printf("\n");
        hf_check_needs(job, world, space, plans);
    }
    printf("\nvalid\n");
}

static hf_status check_world(const char *path, int n, const char *const *policies,
                             const hf_job *job, hf_problems *problems, hf_error *err) {
    hf_world world = {0};
    hf_space *space = NULL;
    hf_status status = hf_world_read(path, n, policies, &world, NULL, problems, err);
    if (status != HF_OK)
        return status;
    hf_plan **plans = HF_NEW(n, hf_plan *);
    status = build(&world, &space, plans, err);
    if (status == HF_OK)
        print_world(&world, plans, job, space);
    for (int v = 0; v < n; v++)
        hf_plan_destroy(plans[v]);
    hf_free(plans);
    hf_space_destroy(space);
    hf_world_clear(&world);
    return status;
}

static hf_status check_scenario(const char *path, hf_problems *problems, hf_error *err) {
    int n = 0;
    char **policies = NULL;
    hf_status status = hf_world_policies(path, &n, &policies, problems, err);
    if (status == HF_OK)
        status = check_world(path, n, (const char *const *)policies, NULL, problems, err);
    for (int i = 0; i < n; i++)
        hf_free(policies[i]);
    hf_free(policies);
    return status;
}

int hf_cmd_check(hf_command_line *line) {
    hf_error err = {0};
    hf_problems problems;
    hf_file_kind kind;
    hf_job *job = NULL;
    const char *file = line->operand;
    hf_problems_init(&problems);
    hf_status status = hf_file_kind_read(file, &kind, &problems, &err);
    if (status == HF_OK && kind == HF_FILE_SCENARIO)
        status = check_scenario(file, &problems, &err);
    else if (status == HF_OK) {
        status = hf_job_read(file, &job, NULL, NULL, &problems, &err);
        if (status == HF_OK) {
            file = job->scenario;
            status = check_world(file, job->n_policies, job->policies, job, &problems, &err);
        }
    }
    int code = hf_status_exit_code(status);
    if (status != HF_OK)
        hf_report(file, status, &problems, &err);
    hf_job_destroy(job);
    hf_problems_clear(&problems);
    return code;
}
