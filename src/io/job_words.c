/* The parts of a job as a command line spells them. They become the JSON that the job file would
 * have and go through its readers: same bounds, same words. */
#include "io/job_json.h"
#include "io/job_parts.h"
#include "io/json.h"
#include <stdlib.h>
#include <string.h>

/* A number if it is spelt like one, else the text, which a number's row refuses. */
static cJSON *value_of(const char *word) {
    char *end;
    double number = strtod(word, &end);
    bool is_number = *word && !*end && strspn(word, "0123456789.eE+-") == strlen(word);
    return is_number ? cJSON_CreateNumber(number) : cJSON_CreateString(word);
}

/* Cuts `text` at the first `separator`: gives what stands before it and moves on to what stands
 * behind, NULL at the end. */
static char *next_word(char **text, char separator) {
    char *word = *text, *end = strchr(word, separator);
    if (end)
        *end++ = '\0';
    *text = end;
    return word;
}

/* The words of `list`, "A,B", as an array; numbers where they are meant. */
static cJSON *array_of(char *list, bool of_numbers) {
    cJSON *array = cJSON_CreateArray();
    while (list) {
        const char *word = next_word(&list, ',');
        cJSON_AddItemToArray(array, of_numbers ? value_of(word) : cJSON_CreateString(word));
    }
    return array;
}

/* METRIC:STATISTIC:RELATIVE; what is missing is missed by the reader. */
static cJSON *precision_of(char *words) {
    static const char *const keys[] = {"metric", "statistic", "relative"};
    cJSON *json = cJSON_CreateObject();
    for (int i = 0; i < 3 && words; i++) {
        const char *word = i < 2 ? next_word(&words, ':') : words;
        cJSON_AddItemToObject(json, keys[i], i < 2 ? cJSON_CreateString(word) : value_of(word));
    }
    return json;
}

/* A,B:4,3,1 */
static cJSON *strata_of(char *words) {
    cJSON *json = cJSON_CreateObject(), *strata = cJSON_AddObjectToObject(json, "strata");
    cJSON_AddItemToObject(strata, "hazards", array_of(next_word(&words, ':'), false));
    if (words)
        cJSON_AddItemToObject(strata, "table", array_of(words, true));
    return json;
}

/* A=3,B=0.5 */
static cJSON *tilts_of(hf_reader *reader, const hf_at *at, char *words) {
    cJSON *json = cJSON_CreateObject(), *tilts = cJSON_AddObjectToObject(json, "tilts");
    while (words) {
        char *factor = next_word(&words, ',');
        const char *hazard = next_word(&factor, '=');
        if (cJSON_GetObjectItemCaseSensitive(tilts, hazard)) {
            hf_at below = {.up = at, .key = "tilts"}, here = {.up = &below, .key = hazard};
            hf_reader_add(reader, &here, "found a second time; allowed once");
        }
        cJSON_AddItemToObject(tilts, hazard, value_of(factor ? factor : ""));
    }
    return json;
}

static cJSON *attribution_of(char *words) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "metrics", array_of(words, false));
    return json;
}

static void clear_part(hf_job *job, hf_job_part part) {
    switch (part) {
    case HF_JOB_PRECISION:
        job->precision = (hf_precision){0};
        break;
    case HF_JOB_STRATA:
        job->sampling.n_strata_hazards = 0;
        break;
    case HF_JOB_TILTS:
        job->sampling.n_tilts = 0;
        break;
    case HF_JOB_ATTRIBUTION:
        job->attribution.n_metrics = 0;
        break;
    }
}

void hf_job_put(hf_job *job, hf_job_part part, const char *text, hf_problems *problems) {
    static const char *const keys[] = {"precision", "sampling", "sampling", "attribution"};
    static hf_part_read *const readers[] = {hf_job_read_precision, hf_job_read_sampling,
                                            hf_job_read_sampling, hf_job_read_attribution};
    hf_reader reader = {.arena = job->arena, .problems = problems};
    hf_at at = {.key = keys[part]};
    clear_part(job, part);
    if (!*text)
        return;
    char *words = hf_strdup(text);
    cJSON *json = part == HF_JOB_PRECISION ? precision_of(words)
                  : part == HF_JOB_STRATA  ? strata_of(words)
                  : part == HF_JOB_TILTS   ? tilts_of(&reader, &at, words)
                                           : attribution_of(words);
    hf_json_sort(json);
    readers[part](&reader, json, &at, job);
    cJSON_Delete(json);
    hf_free(words);
}
