#include "base/clock.h"
#include "cli/commands.h"
#include "cli/job_options.h"
#include "io/draft.h"
#include "io/job_json.h"
#include "io/provenance.h"
#include "io/scenario_json.h"
#include "io/table_json.h"
#include "io/table_text.h"
#include "run/bench.h"
#include <math.h>
#include <string.h>

/* Everything a bench reads before it starts. */
typedef struct subject {
    hf_job *job; /* NULL: a scenario was given */
    hf_world world;
    hf_campaign_options options;
    int n_repeats;
} subject;

static const char *baseline = "baseline";

/* A job that asks nothing in particular of a scenario. */
static hf_job plain_job(void) {
    return (hf_job){.n_policies = 1,
                    .policies = &baseline,
                    .seed = 1,
                    .tail_metric = "revenue_lost",
                    .tail_count = 100,
                    .confidence = 0.95,
                    .exact_trials = 4194304};
}

static hf_status read_options(const hf_command_line *line, subject *s, hf_problems *problems,
                              hf_error *err) {
    const char *output = line->value[HF_OPTION_OUTPUT];
    hf_campaign_options_read(line, &s->options, problems);
    s->options.show_progress = false;
    s->n_repeats = 101;
    if (line->value[HF_OPTION_REPEATS])
        s->n_repeats =
            (int)hf_option_integer(line, HF_OPTION_REPEATS, "--repeats", 1, 10000, problems);
    if (problems->n > 0)
        return HF_BAD_USAGE;
    return output ? hf_draft_check(output, line->value[HF_OPTION_FORCE] != NULL, err) : HF_OK;
}

/* *file names whose problems they are. */
static hf_status read_subject(const hf_command_line *line, subject *s, const char **file,
                              hf_problems *problems, hf_error *err) {
    hf_file_kind kind = HF_FILE_SCENARIO;
    const char *const *policy = &baseline;
    hf_status status = read_options(line, s, problems, err);
    if (status != HF_OK)
        return status;
    *file = line->operand;
    status = hf_file_kind_read(*file, &kind, problems, err);
    if (status == HF_OK && kind == HF_FILE_JOB) {
        status = hf_job_read(*file, &s->job, NULL, NULL, problems, err);
        if (status == HF_OK) {
            *file = s->job->scenario;
            policy = s->job->policies;
        }
    }
    if (status == HF_OK)
        status = hf_world_read(*file, 1, policy, &s->world, NULL, problems, err);
    return status;
}

/* ---- what is printed ---- */

static const char *text_at(const hf_group *group, const char *table, uint64_t i) {
    return ((const char *const *)hf_group_find(group, table)->data)[i];
}

static double number_at(const hf_group *group, const char *table, uint64_t i) {
    return ((const double *)hf_group_find(group, table)->data)[i];
}

/* A line a name; its figures in different units stand side by side. */
static void print_figures(const hf_group *group) {
    hf_grid *grid = hf_grid_create();
    uint64_t n = hf_table_size(hf_group_find(group, "name"));
    for (uint64_t i = 0; i < n; i++) {
        char value[HF_NUMBER_TEXT];
        const char *name = text_at(group, "name", i), *unit = text_at(group, "unit", i);
        double lower = number_at(group, "lower_quartile", i);
        double upper = number_at(group, "upper_quartile", i);
        if (i == 0 || strcmp(name, text_at(group, "name", i - 1))) {
            if (i > 0)
                hf_grid_line(grid);
            hf_grid_cell(grid, HF_LEFT, name);
        }
        hf_format_interval(value, number_at(group, "median", i),
                           lower < upper ? lower : (double)NAN, upper, 3);
        hf_grid_cell(grid, HF_RIGHT, value);
        hf_grid_cell(grid, HF_LEFT, strcmp(unit, "1") ? unit : "");
    }
    hf_grid_line(grid);
    printf("\n%s\n\n", hf_group_text(group, "title"));
    hf_grid_print(grid, stdout);
    hf_grid_destroy(grid);
}

static int64_t integer_of(const hf_group *group, const char *name) {
    return hf_attributes_find(&group->attributes, name)->value.integer;
}

static void print(const hf_tables *tables) {
    const hf_group *g = hf_tables_find(tables, "/bench");
    printf("%s\npolicy %s: %lld stages, %lld links, %lld weeks; kernel %s, %lld lanes, %.0f KiB of "
           "state\n",
           hf_group_text(g, "title"), hf_group_text(g, "policy"),
           (long long)integer_of(g, "stages"), (long long)integer_of(g, "links"),
           (long long)integer_of(g, "weeks"), hf_group_text(g, "kernel"),
           (long long)integer_of(g, "lanes"), (double)integer_of(g, "state_bytes") / 1024.0);
    if (integer_of(g, "core") >= 0)
        printf("on core %lld alone", (long long)integer_of(g, "core"));
    else
        printf("on whatever core the system gives: it does not let this process stay on one");
    printf("; median [quartiles] of %lld interleaved repetitions, processor time\n",
           (long long)integer_of(g, "repetitions"));
    for (size_t i = 0; i < tables->n_groups; i++)
        if (hf_group_find(tables->groups[i], "samples"))
            print_figures(tables->groups[i]);
}

/* ---- the command ---- */

static void add_origin(hf_tables *tables, hf_comm *comm, const hf_command_line *line,
                       const char *started) {
    char finished[21], host[256];
    const char *hosts = host;
    hf_clock_timestamp(finished);
    hf_host_name(host, sizeof host);
    hf_provenance origin = {.started = started,
                            .finished = finished,
                            .mpi_library = hf_comm_library(comm),
                            .kernel = hf_group_text(hf_tables_find(tables, "/bench"), "kernel"),
                            .n_arguments = line->argc,
                            .arguments = (const char *const *)line->argv,
                            .n_ranks = 1,
                            .hosts = &hosts};
    hf_provenance_add(tables, &origin);
}

static hf_status bench(hf_comm *comm, const hf_command_line *line, const subject *s,
                       hf_error *err) {
    const char *output = line->value[HF_OPTION_OUTPUT];
    char started[21];
    hf_job plain = plain_job();
    hf_tables *tables = hf_tables_create();
    hf_clock_timestamp(started);
    hf_status status = hf_bench_make(comm, &s->world, s->job ? s->job : &plain, &s->options,
                                     s->n_repeats, tables, err);
    if (status == HF_OK) {
        print(tables);
        add_origin(tables, comm, line, started);
    }
    if (status == HF_OK && output)
        status = hf_tables_check(tables, err);
    if (status == HF_OK && output)
        status = hf_json_tables_write(tables, output, line->value[HF_OPTION_FORCE] != NULL, err);
    hf_tables_destroy(tables);
    return status;
}

int hf_cmd_bench(hf_command_line *line) {
    hf_comm *comm = NULL;
    hf_error err = {0};
    subject s = {0};
    const char *file = "holdfast";
    hf_problems problems;
    hf_status status = hf_comm_open_mpi(&line->argc, &line->argv, &comm, &err);
    if (status != HF_OK)
        return hf_report(NULL, status, NULL, &err);
    hf_problems_init(&problems);
    if (hf_comm_size(comm) > 1)
        status = hf_fail(&err, HF_BAD_USAGE,
                         "bench measures one core and was started on %d ranks; start it once, "
                         "without mpirun or with -n 1",
                         hf_comm_size(comm));
    if (status == HF_OK)
        status = read_subject(line, &s, &file, &problems, &err);
    if (status == HF_OK)
        status = bench(comm, line, &s, &err);
    int code = hf_status_exit_code(status);
    if (status != HF_OK && hf_comm_is_root(comm))
        hf_report(file, status, &problems, &err);
    hf_problems_clear(&problems);
    hf_world_clear(&s.world);
    hf_job_destroy(s.job);
    hf_comm_close(comm);
    return code;
}
