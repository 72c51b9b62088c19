/* Jobs from JSON, and what of them decides a result. */
#include "io/job_json.h"
#include "io/job_parts.h"
#include "io/json.h"
#include "io/scenario_json.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MOST_TRIALS 1099511627776.0 /* 2^40 */
#define MOST_INNER  1048576.0       /* 2^20 */

/* --- seed --- */

hf_status hf_seed_parse(const char *text, uint64_t *seed) {
    size_t n = strlen(text);
    if (n == 0 || n > 20 || strspn(text, "0123456789") != n || (n > 1 && text[0] == '0'))
        return HF_BAD_INPUT;
    errno = 0;
    unsigned long long value = strtoull(text, NULL, 10);
    if (errno)
        return HF_BAD_INPUT;
    *seed = value;
    return HF_OK;
}

static void read_seed(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    hf_job *job = (hf_job *)thing;
    double x = cJSON_IsNumber(json) ? json->valuedouble : -1.0;
    if (cJSON_IsString(json) && hf_seed_parse(json->valuestring, &job->seed) == HF_OK)
        return;
    if (x >= 0.0 && x < 0x1p53 && /* 2^53 may have been 2^53 + 1 in the text */
        x == (double)(uint64_t)x)
        job->seed = (uint64_t)x;
    else
        hf_reader_found(reader, at, json,
                        "digits in quotes, \"0\" to \"18446744073709551615\", or a whole number up "
                        "to 9007199254740991");
}

/* --- the job --- */

static const char *const schemas[] = {HF_JOB_SCHEMA, NULL};
static const char *const records[] = {"none", "tail", "all", NULL};

static void read_file_name(hf_reader *reader, cJSON *json, const hf_at *at, void *place) {
    if (!cJSON_IsString(json) || !json->valuestring[0])
        hf_reader_found(reader, at, json, "the path of a file");
    else
        *(const char **)place = hf_arena_strdup(reader->arena, json->valuestring);
}

static void read_scenario(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    read_file_name(reader, json, at, &((hf_job *)thing)->scenario);
}

static void read_output(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    read_file_name(reader, json, at, &((hf_job *)thing)->output);
}

static const hf_field fields[] = {
    {"schema", HF_KIND_CHOICE, .required = true, .offset = HF_NOWHERE, .words = schemas},
    {"title", HF_KIND_TEXT, .offset = HF_NOWHERE},
    {"note", HF_KIND_TEXT, .offset = HF_NOWHERE},
    {"scenario", HF_KIND_PART, .required = true, .read = read_scenario,
     .what = "the path of a file"},
    {"policies", HF_KIND_IDS, HF_MEMBER(hf_job, policies), HF_MEMBER_COUNT(hf_job, n_policies),
     .ordered = true, .fallback = "[\"baseline\"]"},
    {"trials", HF_KIND_COUNT, .required = true, HF_MEMBER(hf_job, trials), .min = 1,
     .max = MOST_TRIALS},
    {"first_trial", HF_KIND_COUNT, HF_MEMBER(hf_job, first_trial), .min = 0, .max = MOST_TRIALS,
     .fallback = "0"},
    {"inner_trials", HF_KIND_COUNT, HF_MEMBER(hf_job, inner_trials), .min = 1, .max = MOST_INNER,
     .fallback = "1"},
    {"seed", HF_KIND_PART, .required = true, .read = read_seed,
     .what = "digits in quotes or a whole number"},
    {"record", HF_KIND_CHOICE, HF_MEMBER(hf_job, record), .words = records, .fallback = "\"tail\""},
    {"tail", HF_KIND_PART, .read = hf_job_read_tail, .fallback = "{}"},
    {"confidence", HF_KIND_NUMBER, HF_MEMBER(hf_job, confidence), .min = 0.5, .max = 0.999999,
     .fallback = "0.95"},
    {"exact_trials", HF_KIND_COUNT, HF_MEMBER(hf_job, exact_trials), .min = 0, .max = 4294967296.0,
     .fallback = "4194304"},
    {"precision", HF_KIND_PART, .read = hf_job_read_precision},
    {"sampling", HF_KIND_PART, .read = hf_job_read_sampling},
    {"attribution", HF_KIND_PART, .read = hf_job_read_attribution},
    {"output", HF_KIND_PART, .read = read_output},
    {"checkpoint_minutes", HF_KIND_NUMBER, HF_MEMBER(hf_job, checkpoint_minutes), .min = 0.0,
     .max = 10080.0, .fallback = "15"},
};

static void read_job(hf_job *job, cJSON *json, hf_problems *problems) {
    hf_reader reader = {.arena = job->arena, .problems = problems};
    const cJSON *schema = hf_json_member(json, "schema");
    hf_json_sort(json);
    if (cJSON_IsString(schema) && strcmp(schema->valuestring, HF_JOB_SCHEMA) != 0) {
        /* Of another format everything would be wrong. */
        hf_at at = {.key = "schema"};
        hf_field_read(&reader, hf_json_member(json, "schema"), &at, &fields[0], job);
        return;
    }
    hf_fields_read(&reader, json, NULL, fields, HF_N_ROWS(fields), job);
    hf_job_check_fields(job, problems);
}

/* A relative path is one from the folder of the job file. */
static const char *resolve(hf_arena *arena, const char *job_path, const char *path) {
    const char *slash = strrchr(job_path, '/');
    size_t n_folder = slash ? (size_t)(slash - job_path) + 1 : 0, n_path = strlen(path);
    if (path[0] == '/' || n_folder == 0)
        return path;
    char *resolved = HF_ARENA_NEW(arena, n_folder + n_path + 1, char);
    memcpy(resolved, job_path, n_folder);
    memcpy(resolved + n_folder, path, n_path);
    return resolved;
}

void hf_job_destroy(hf_job *job) {
    if (job)
        hf_arena_destroy(job->arena); /* in which the job itself lies */
}

static hf_job *create(void) {
    hf_arena *arena = hf_arena_create();
    hf_job *job = HF_ARENA_NEW(arena, 1, hf_job);
    job->arena = arena;
    return job;
}

hf_status hf_job_read(const char *path, hf_job **job, char **canonical, char **verbatim,
                      hf_problems *problems, hf_error *err) {
    cJSON *json;
    char *text = NULL;
    size_t n_before = problems->n;
    *job = NULL;
    if (canonical)
        *canonical = NULL;
    if (verbatim)
        *verbatim = NULL;
    hf_job *read = create();
    hf_status status = hf_json_read_file(path, &json, &text, problems, err);
    if (status == HF_OK) {
        read_job(read, json, problems);
        cJSON_Delete(json);
        size_t n = problems->n - n_before;
        if (n)
            status = hf_fail(err, HF_BAD_INPUT, "the job has %zu problem%s", n, n > 1 ? "s" : "");
    }
    if (status == HF_OK) {
        read->scenario = resolve(read->arena, path, read->scenario);
        *job = read;
        if (canonical)
            *canonical = hf_job_canonical(read);
        if (verbatim) {
            *verbatim = text;
            return HF_OK;
        }
    } else {
        hf_job_destroy(read);
    }
    hf_free(text);
    return status;
}

/* --- what decides the result --- */

static void add_integer(cJSON *object, const char *key, uint64_t value) {
    cJSON_AddNumberToObject(object, key, (double)value); /* at most 2^53: exact */
}

char *hf_job_canonical(const hf_job *job) {
    char seed[24];
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "schema", HF_JOB_SCHEMA);
    cJSON_AddItemToObject(json, "policies",
                          cJSON_CreateStringArray(job->policies, job->n_policies));
    add_integer(json, "trials", job->trials);
    add_integer(json, "first_trial", job->first_trial);
    snprintf(seed, sizeof seed, "%" PRIu64, job->seed);
    cJSON_AddStringToObject(json, "seed", seed);
    cJSON_AddStringToObject(json, "record", records[job->record]);
    cJSON_AddNumberToObject(json, "confidence", job->confidence);
    add_integer(json, "exact_trials", job->exact_trials);
    if (job->inner_trials != 1)
        add_integer(json, "inner_trials", job->inner_trials);
    hf_job_add_parts(json, job);
    hf_json_sort(json);
    char *text = hf_json_write(json);
    cJSON_Delete(json);
    return text;
}

hf_status hf_job_parse_canonical(const char *text, size_t n, hf_job **job, hf_problems *problems,
                                 hf_error *err) {
    cJSON *json;
    size_t n_before = problems->n;
    hf_status status = hf_json_parse(text, n, &json, problems, err);
    if (status != HF_OK)
        return status;
    hf_job *read = create();
    cJSON_AddStringToObject(json, "scenario", "-"); /* which the canonical text leaves out */
    read_job(read, json, problems);
    read->scenario = "";
    cJSON_Delete(json);
    if (problems->n > n_before)
        status = hf_fail(err, HF_BAD_INPUT, "%s", problems->lines[n_before]);
    if (status == HF_OK)
        *job = read;
    else
        hf_job_destroy(read);
    return status;
}

/* --- which of both a file is --- */

hf_status hf_file_kind_read(const char *path, hf_file_kind *kind, hf_problems *problems,
                            hf_error *err) {
    cJSON *json;
    hf_status status = hf_json_read_file(path, &json, NULL, problems, err);
    if (status)
        return status;
    const cJSON *schema = hf_json_member(json, "schema");
    const char *word = cJSON_IsString(schema) ? schema->valuestring : "";
    if (strcmp(word, HF_SCENARIO_SCHEMA) == 0) {
        *kind = HF_FILE_SCENARIO;
    } else if (strcmp(word, HF_JOB_SCHEMA) == 0) {
        *kind = HF_FILE_JOB;
    } else {
        char *found = schema ? hf_json_describe(schema) : hf_strdup("nothing");
        hf_problems_found(problems, "schema", found,
                          "\"" HF_SCENARIO_SCHEMA "\" or \"" HF_JOB_SCHEMA "\"");
        hf_free(found);
        status = hf_fail(err, HF_BAD_INPUT, "it is neither a scenario nor a job");
    }
    cJSON_Delete(json);
    return status;
}
