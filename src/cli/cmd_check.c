#include "cli/check_tables.h"
#include "cli/commands.h"
#include "io/job_json.h"
#include "io/scenario_json.h"
#include "run/job_check.h"
#include <string.h>

static hf_status build(const hf_world *world, hf_space **space, hf_plan **plans, hf_error *err) {
    hf_status status = HF_OK;
    *space = hf_space_create(world);
    for (int v = 0; v < world->n_policies && status == HF_OK; v++)
        status = hf_plan_build(world->scenarios[v], world->policy_ids[v], *space, &plans[v], err);
    return status;
}

/* How the job's trials are sampled, and what it asks the causes of (NULL: nothing). Both given. */
static hf_status make_question(const hf_job *job, const hf_world *world, const hf_space *space,
                               hf_plan *const *plans, hf_design **design, hf_causes **causes,
                               hf_problems *problems, hf_error *err) {
    hf_outcome *outcome = hf_outcome_create(space, world->scenarios[0]->currency);
    *design = hf_job_check(job, outcome, world->n_policies, plans, problems);
    if (job->attribution.n_metrics > 0)
        *causes = hf_causes_create(job, space, world->n_policies, plans, outcome, problems);
    hf_outcome_destroy(outcome);
    return problems->n == 0 ? HF_OK
                            : hf_fail(err, HF_BAD_INPUT, "the job does not fit its scenario");
}

static void print_world(const hf_world *world, hf_plan *const *plans) {
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
}

static hf_status print_question(const hf_job *job, const hf_world *world, const hf_space *space,
                                hf_plan *const *plans, hf_problems *problems, hf_error *err) {
    hf_design *design = NULL;
    hf_causes *causes = NULL;
    hf_status status = make_question(job, world, space, plans, &design, &causes, problems, err);
    if (status == HF_OK) {
        print_world(world, plans);
        printf("\n");
        hf_check_needs(job, world, space, plans, causes);
        hf_check_question(job, world->n_policies, plans, design, causes);
    }
    hf_causes_destroy(causes);
    hf_design_destroy(design);
    return status;
}

/* *file names whose problems they are: the scenario's at `path`, or as before, the job's. */
static hf_status check_world(const char **file, const char *path, int n,
                             const char *const *policies, const hf_job *job, hf_problems *problems,
                             hf_error *err) {
    hf_world world = {0};
    hf_space *space = NULL;
    const char *asked = *file;
    *file = path;
    hf_status status = hf_world_read(path, n, policies, &world, NULL, problems, err);
    if (status != HF_OK)
        return status;
    hf_plan **plans = HF_NEW(n, hf_plan *);
    status = build(&world, &space, plans, err);
    if (status == HF_OK && job) {
        *file = asked;
        status = print_question(job, &world, space, plans, problems, err);
    } else if (status == HF_OK) {
        print_world(&world, plans);
    }
    if (status == HF_OK)
        printf("\nvalid\n");
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
        status = check_world(&path, path, n, (const char *const *)policies, NULL, problems, err);
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
        if (status == HF_OK)
            status = check_world(&file, job->scenario, job->n_policies, job->policies, job,
                                 &problems, &err);
    }
    int code = hf_status_exit_code(status);
    if (status != HF_OK)
        hf_report(file, status, &problems, &err);
    hf_job_destroy(job);
    hf_problems_clear(&problems);
    return code;
}
