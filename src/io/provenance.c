/* The groups /provenance, /performance and /inputs. */
#include "io/provenance.h"
#include "base/version.h"
#include "io/digest.h"
#include "io/utf8.h"
#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A copy without bytes that are no UTF-8: the machine's words are not checked by any gate. */
static const char *repaired(hf_tables *tables, const char *text) {
    char *copy = hf_arena_strdup(tables->arena, text);
    hf_utf8_repair(copy);
    return copy;
}

static void set_words(hf_group *group, const char *name, const char *text) {
    if (text)
        hf_group_set_text(group, name, repaired(group->tables, text));
}

/* Whether a shell would take the argument apart or change it. */
static bool needs_quotes(const char *argument) {
    return argument[0] == '\0' ||
           argument[strspn(argument, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789_-+=.,:/@%")] != '\0';
}

/* The arguments as a shell would take them again. */
static char *command_line(hf_arena *arena, int n, const char *const *arguments) {
    size_t n_bytes = 1;
    for (int i = 0; i < n; i++)
        n_bytes += 4 * strlen(arguments[i]) + 3;
    char *line = HF_ARENA_NEW(arena, n_bytes, char), *to = line;
    for (int i = 0; i < n; i++) {
        bool quoted = needs_quotes(arguments[i]);
        if (i > 0)
            *to++ = ' ';
        if (quoted)
            *to++ = '\'';
        for (const char *c = arguments[i]; *c; c++) {
            size_t n_more = *c == '\'' ? 4 : 1;
            memcpy(to, *c == '\'' ? "'\\''" : c, n_more);
            to += n_more;
        }
        if (quoted)
            *to++ = '\'';
    }
    return line;
}

void hf_provenance_add(hf_tables *tables, const hf_provenance *provenance) {
    const hf_provenance *p = provenance;
    char hdf5[64];
    unsigned major = 0, minor = 0, release = 0;
    hf_group *group = hf_tables_group(tables, "/provenance");
    H5get_libversion(&major, &minor, &release);
    snprintf(hdf5, sizeof hdf5, "%u.%u.%u", major, minor, release);
    set_words(group, "version", hf_version());
    set_words(group, "commit", hf_commit());
    set_words(group, "compiler", hf_compiler());
    set_words(group, "hdf5", hdf5);
    set_words(group, "mpi", p->mpi_library);
    set_words(group, "kernel", p->kernel);
    set_words(group, "started", p->started);
    set_words(group, "finished", p->finished);
    hf_group_set_integer(group, "starts", p->n_starts);
    if (p->n_arguments > 0)
        set_words(group, "command_line", command_line(tables->arena, p->n_arguments, p->arguments));
    set_words(group, "scenario_path", p->scenario_path);
    set_words(group, "job_path", p->job_path);
    hf_group_set_integer(group, "ranks", p->n_ranks);
    if (p->n_ranks <= 0 || !p->hosts)
        return;
    const char **hosts = HF_ARENA_NEW(tables->arena, p->n_ranks, const char *);
    for (int i = 0; i < p->n_ranks; i++)
        hosts[i] = repaired(tables, p->hosts[i]);
    const hf_dimension *rank =
        hf_tables_add_range_dimension(tables, "rank", (uint64_t)p->n_ranks, 0, "1", "MPI rank");
    hf_group_add_strings(group, "host", "machine of the rank", hosts, HF_DIMS(rank));
}

static const void *copied(hf_arena *arena, const void *values, int n) {
    return memcpy(hf_arena_alloc(arena, (size_t)n, 8), values, (size_t)n * 8);
}

void hf_performance_add(hf_tables *tables, const hf_performance *performance) {
    const hf_performance *p = performance;
    hf_arena *arena = tables->arena;
    hf_group *group = hf_tables_group(tables, "/performance");
    hf_group_set_double(group, "wall_seconds", p->wall_seconds);
    hf_group_set_integer(group, "checkpoints", p->n_checkpoints);
    hf_group_set_double(group, "checkpoint_seconds", p->checkpoint_seconds);
    if (p->n_ranks <= 0)
        return;
    const hf_dimension *rank =
        hf_tables_add_range_dimension(tables, "rank", (uint64_t)p->n_ranks, 0, "1", "MPI rank");
    hf_group_add_counts(group, "trials", "1", "trials simulated by the rank",
                        (const uint64_t *)copied(arena, p->trials, p->n_ranks), HF_DIMS(rank));
    hf_group_add_doubles(group, "seconds", "second", "time in the loop over blocks",
                         (const double *)copied(arena, p->seconds, p->n_ranks), HF_DIMS(rank));
    hf_group_add_doubles(
        group, "stage_weeks_per_second", "second-1", "stage-weeks simulated a second",
        (const double *)copied(arena, p->stage_weeks_per_second, p->n_ranks), HF_DIMS(rank));
}

/* One text as a table, and its digest as an attribute of the group. */
static void add_input(hf_group *group, const char *name, const char *long_name, const char *text,
                      const char *digest_name) {
    char digest[HF_DIGEST_TEXT];
    if (!text)
        return;
    hf_group_add_text(group, name, long_name, hf_arena_strdup(group->tables->arena, text));
    if (!digest_name)
        return;
    hf_digest_bytes(text, strlen(text), digest);
    hf_group_set_text(group, digest_name, digest);
}

void hf_inputs_add(hf_tables *tables, const hf_input_texts *texts) {
    hf_group *inputs = hf_tables_group(tables, "/inputs");
    hf_group *provenance = hf_tables_group(tables, "/provenance");
    add_input(inputs, "scenario_resolved", "the scenario with its defaults",
              texts->scenario_resolved, NULL);
    add_input(inputs, "job_resolved", "the job with its defaults and the options given",
              texts->job_resolved, NULL);
    add_input(provenance, "scenario", "the scenario file, verbatim", texts->scenario,
              "scenario_file_digest");
    add_input(provenance, "job", "the job file, verbatim", texts->job, "job_file_digest");
}

void hf_host_name(char *text, size_t n) {
    if (gethostname(text, n) < 0)
        snprintf(text, n, "unknown");
    text[n - 1] = '\0';
}
