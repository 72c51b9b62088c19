/* Every file of tests/data/bad/ is refused with exactly the lines of its NAME.expected: one file a
 * rule. job_*.json are jobs, the others scenarios. HF_REFRESH=1 writes the expected lines anew:
 * read the difference before you keep it. */
#include "base/memory.h"
#include "io/job_json.h"
#include "io/scenario_json.h"
#include "unit/hf_cunit.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER HF_SOURCE_DIR "/tests/data/bad/"

static hf_status read_scenario(const char *path, hf_problems *problems, hf_error *err) {
    static const char *const policies[] = {"baseline"};
    hf_world world;
    hf_scenario_text text;
    hf_status status = hf_world_read(path, 1, policies, &world, &text, problems, err);
    CU_ASSERT_TRUE(status == HF_OK || (!text.verbatim && !text.canonical && !world.scenarios));
    hf_world_clear(&world);
    hf_scenario_text_clear(&text);
    return status;
}

static hf_status read_job(const char *path, hf_problems *problems, hf_error *err) {
    hf_job *job;
    char *canonical, *verbatim;
    hf_status status = hf_job_read(path, &job, &canonical, &verbatim, problems, err);
    CU_ASSERT_TRUE(status == HF_OK || (!job && !canonical && !verbatim));
    hf_job_destroy(job);
    hf_free(canonical);
    hf_free(verbatim);
    return status;
}

/* The file at `path` in memory; empty if there is none. Release with hf_free. */
static char *slurp(const char *path) {
    char *text = HF_NEW(1 << 16, char);
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(text, 1, (1 << 16) - 1, file) : 0;
    text[n] = '\0';
    if (file)
        fclose(file);
    return text;
}

static void write_expected(const char *path, const hf_problems *problems) {
    FILE *file = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    for (size_t i = 0; i < problems->n; i++)
        fprintf(file, "%s\n", problems->lines[i]);
    fclose(file);
}

static char *joined(const hf_problems *problems) {
    size_t n = 0;
    for (size_t i = 0; i < problems->n; i++)
        n += strlen(problems->lines[i]) + 1;
    char *text = HF_NEW(n + 1, char), *end = text;
    for (size_t i = 0; i < problems->n; i++) {
        size_t length = strlen(problems->lines[i]);
        memcpy(end, problems->lines[i], length);
        end[length] = '\n';
        end += length + 1;
    }
    return text;
}

static void judge(const char *name) {
    char path[512], expected_path[512];
    size_t n = strlen(name) - strlen(".json");
    snprintf(path, sizeof path, FOLDER "%.200s", name);
    snprintf(expected_path, sizeof expected_path, FOLDER "%.*s.expected", (int)n, name);
    hf_problems problems;
    hf_problems_init(&problems);
    hf_error err = {0};
    hf_status status = strncmp(name, "job_", 4) == 0 ? read_job(path, &problems, &err)
                                                     : read_scenario(path, &problems, &err);
    if (getenv("HF_REFRESH"))
        write_expected(expected_path, &problems);
    char *expected = slurp(expected_path), *found = joined(&problems);
    if (status != HF_BAD_INPUT || problems.n == 0 || strcmp(expected, found) != 0) {
        fprintf(stderr, "\n%s: %s\nexpected:\n%sfound:\n%s", name, hf_status_words(status),
                expected, found);
        CU_FAIL("a bad file is refused with its lines");
    }
    hf_free(found);
    hf_free(expected);
    hf_problems_clear(&problems);
}

static void each_bad_file_is_refused_with_its_lines(void) {
    DIR *folder = opendir(FOLDER);
    int n_files = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        size_t n = strlen(entry->d_name);
        if (n < 6 || strcmp(entry->d_name + n - 5, ".json") != 0)
            continue;
        judge(entry->d_name);
        n_files++;
    }
    closedir(folder);
    CU_ASSERT_TRUE(n_files >= 290);
}

HF_TEST_MAIN("bad_inputs", HF_CASE(each_bad_file_is_refused_with_its_lines))
