#include "io/job_parts.h"
#include "base/quantity.h"
#include "io/job_json.h"
#include "io/json.h"
#include "model/nearest.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- metrics --- */

/* Those of inputs/README.md 5; besides, account_<id> and account_<id>_of_plan. */
static const char *const metrics[] = {"fill_rate",       "units_lost",      "revenue_lost",
                                      "revenue_delayed", "resilience_loss", "min_service",
                                      "weeks_below",     "time_to_survive", "time_to_recover",
                                      "peak_backlog",    "domestic_share",  "cost"};

/* NULL and a report if it is none. */
static const char *metric_name(hf_reader *reader, const cJSON *json, const hf_at *at) {
    if (!cJSON_IsString(json)) {
        hf_reader_found(reader, at, json, "the name of a metric");
        return NULL;
    }
    hf_nearest search = {.name = json->valuestring};
    bool known =
        strncmp(json->valuestring, "account_", 8) == 0 && hf_id_is_valid(json->valuestring + 8);
    for (size_t i = 0; i < HF_N_ROWS(metrics); i++) {
        known |= strcmp(json->valuestring, metrics[i]) == 0;
        hf_nearest_offer(&search, metrics[i]);
    }
    if (known)
        return hf_arena_strdup(reader->arena, json->valuestring);
    char *found = hf_json_describe(json);
    hf_reader_add(reader, at, "found %s; allowed the name of a metric; nearest known: %s", found,
                  search.best);
    hf_free(found);
    return NULL;
}

/* --- tail --- */

static void read_tail_metric(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    ((hf_job *)thing)->tail_metric = metric_name(reader, json, at);
}

void hf_job_read_tail(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"metric", HF_KIND_PART, .read = read_tail_metric, .fallback = "\"revenue_lost\""},
        {"count", HF_KIND_WHOLE, HF_MEMBER(hf_job, tail_count), .min = 1, .max = 100000,
         .fallback = "100"},
    };
    hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), thing);
}

/* --- precision --- */

const char *const hf_job_statistics[] = {"mean",   "q01",    "q05",    "q25",    "q50",     "q75",
                                         "q95",    "q99",    "q999",   "var90",  "var95",   "var99",
                                         "var999", "cvar90", "cvar95", "cvar99", "cvar999", NULL};

static void read_target_metric(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    ((hf_precision *)thing)->metric = metric_name(reader, json, at);
}

static void read_statistic(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field choice = {"statistic", HF_KIND_CHOICE, .words = hf_job_statistics};
    int index = 0;
    hf_field_read(reader, json, at, &choice, &index);
    ((hf_precision *)thing)->statistic = hf_job_statistics[index];
}

void hf_job_read_precision(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"metric", HF_KIND_PART, .required = true, .read = read_target_metric,
         .what = "the name of a metric"},
        {"statistic", HF_KIND_PART, .required = true, .read = read_statistic,
         .what = "the name of a statistic"},
        {"relative", HF_KIND_NUMBER, .required = true, HF_MEMBER(hf_precision, relative),
         .min = HF_MIN_MAGNITUDE, .max = 1, .what = "of the estimate"},
    };
    hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), &((hf_job *)thing)->precision);
}

/* --- sampling --- */

static void check_sum(hf_reader *reader, const hf_at *at, const hf_sampling *sampling) {
    int sum = 0;
    for (int s = 0; s < sampling->n_table; s++)
        sum += sampling->table[s];
    if (sum != HF_PERIOD)
        hf_reader_add(reader, at, "found a sum of %d; allowed a sum of %d", sum, HF_PERIOD);
}

static void read_table(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field entry = {"entry", HF_KIND_WHOLE, .min = 1, .max = HF_PERIOD - 1};
    hf_sampling *sampling = (hf_sampling *)thing;
    size_t n_before = reader->problems->n;
    int n = cJSON_IsArray(json) ? cJSON_GetArraySize(json) : 0;
    if (n < 2 || n > HF_PERIOD) {
        hf_reader_found(reader, at, json, "an array of 2 to 8 whole numbers");
        return;
    }
    int *table = HF_ARENA_NEW(reader->arena, n, int);
    sampling->n_table = 0;
    sampling->table = table;
    for (cJSON *item = json->child; item; item = item->next) {
        hf_at here = {.up = at, .index = sampling->n_table};
        hf_field_read(reader, item, &here, &entry, &table[sampling->n_table++]);
    }
    if (reader->problems->n == n_before)
        check_sum(reader, at, sampling);
}

static void read_strata(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"hazards", HF_KIND_IDS, .required = true, HF_MEMBER(hf_sampling, strata_hazards),
         HF_MEMBER_COUNT(hf_sampling, n_strata_hazards)},
        {"table", HF_KIND_PART, .required = true, .read = read_table,
         .what = "an array of 2 to 8 whole numbers"},
    };
    hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), thing);
}

static void read_tilts(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field factor = {"factor", HF_KIND_NUMBER, .min = 0.01, .max = 1000,
                                    .what = "times its own rate"};
    hf_sampling *sampling = (hf_sampling *)thing;
    if (!cJSON_IsObject(json) || !json->child) {
        hf_reader_found(reader, at, json, "an object with one hazard or more");
        return;
    }
    int n = cJSON_GetArraySize(json);
    double *tilts = HF_ARENA_NEW(reader->arena, n, double);
    sampling->tilt_hazards = HF_ARENA_NEW(reader->arena, n, const char *);
    sampling->tilts = tilts;
    sampling->n_tilts = 0;
    for (cJSON *item = json->child; item; item = item->next) {
        hf_at here = {.up = at, .key = item->string};
        int i = sampling->n_tilts++;
        if (!hf_id_is_valid(item->string))
            hf_reader_add(reader, &here,
                          "found a key that is no id; allowed a letter, then up to 63 "
                          "letters, digits and _");
        sampling->tilt_hazards[i] = hf_arena_strdup(reader->arena, item->string);
        hf_number_read(reader, item, &here, &factor, &tilts[i]);
    }
}

void hf_job_read_sampling(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"strata", HF_KIND_PART, .read = read_strata},
        {"tilts", HF_KIND_PART, .read = read_tilts},
    };
    if (cJSON_IsObject(json) && !json->child)
        hf_reader_found(reader, at, json, "an object with strata, tilts or both");
    else
        hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), &((hf_job *)thing)->sampling);
}

/* --- attribution --- */

static void read_metrics(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    hf_attribution *attribution = (hf_attribution *)thing;
    if (!cJSON_IsArray(json) || !json->child) {
        hf_reader_found(reader, at, json, "an array of one metric or more");
        return;
    }
    hf_list_check_once(reader, json, at);
    attribution->metrics = HF_ARENA_NEW(reader->arena, cJSON_GetArraySize(json), const char *);
    attribution->n_metrics = 0;
    for (const cJSON *item = json->child; item; item = item->next) {
        hf_at here = {.up = at, .index = attribution->n_metrics};
        attribution->metrics[attribution->n_metrics++] = metric_name(reader, item, &here);
    }
}

void hf_job_read_attribution(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"metrics", HF_KIND_PART, .required = true, .read = read_metrics,
         .what = "an array of one metric or more"},
    };
    hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), &((hf_job *)thing)->attribution);
}

/* --- and back --- */

static void add_sampling(cJSON *json, const hf_sampling *sampling) {
    cJSON *parts = cJSON_AddObjectToObject(json, "sampling");
    if (sampling->n_strata_hazards > 0) {
        cJSON *strata = cJSON_AddObjectToObject(parts, "strata");
        cJSON_AddItemToObject(
            strata, "hazards",
            cJSON_CreateStringArray(sampling->strata_hazards, sampling->n_strata_hazards));
        cJSON_AddItemToObject(strata, "table",
                              cJSON_CreateIntArray(sampling->table, sampling->n_table));
    }
    if (sampling->n_tilts > 0) {
        cJSON *tilts = cJSON_AddObjectToObject(parts, "tilts");
        for (int i = 0; i < sampling->n_tilts; i++)
            cJSON_AddNumberToObject(tilts, sampling->tilt_hazards[i], sampling->tilts[i]);
    }
}

void hf_job_add_parts(cJSON *json, const hf_job *job) {
    cJSON *tail = cJSON_AddObjectToObject(json, "tail");
    cJSON_AddStringToObject(tail, "metric", job->tail_metric);
    cJSON_AddNumberToObject(tail, "count", job->tail_count);
    if (job->precision.metric) {
        cJSON *precision = cJSON_AddObjectToObject(json, "precision");
        cJSON_AddStringToObject(precision, "metric", job->precision.metric);
        cJSON_AddStringToObject(precision, "statistic", job->precision.statistic);
        cJSON_AddNumberToObject(precision, "relative", job->precision.relative);
    }
    if (hf_job_is_weighted(job))
        add_sampling(json, &job->sampling);
    if (job->attribution.n_metrics > 0)
        cJSON_AddItemToObject(
            cJSON_AddObjectToObject(json, "attribution"), "metrics",
            cJSON_CreateStringArray(job->attribution.metrics, job->attribution.n_metrics));
}

/* --- the whole --- */

static void check_multiple(hf_problems *problems, const char *path, uint64_t found, uint64_t of,
                           const char *why) {
    if (of > 0 && found % of != 0)
        hf_problems_add(problems, path, "found %" PRIu64 "; allowed a multiple of %s%" PRIu64,
                        found, why, of);
}

void hf_job_check_fields(const hf_job *job, hf_problems *problems) {
    static const char inner[] = "inner_trials, ", period[] = "the period of a weighted run, ";
    check_multiple(problems, "trials", job->trials, job->inner_trials, inner);
    check_multiple(problems, "first_trial", job->first_trial, job->inner_trials, inner);
    if (hf_job_is_weighted(job)) {
        check_multiple(problems, "trials", job->trials, HF_PERIOD, period);
        check_multiple(problems, "first_trial", job->first_trial, HF_PERIOD, period);
        if (job->inner_trials > 1)
            check_multiple(problems, "inner_trials", job->inner_trials, HF_PERIOD, period);
    }
    if (job->precision.metric && job->inner_trials > 1)
        hf_problems_add(problems, "precision",
                        "found with inner_trials %" PRIu64 "; allowed without: trials that share "
                        "their rates are not independent, and no look knows how narrow it is",
                        job->inner_trials);
    if (job->attribution.n_metrics > 0 && job->record == HF_RECORD_NONE)
        hf_problems_add(problems, "record",
                        "found \"none\" with attribution, which simulates the worst trials again; "
                        "allowed \"tail\" or \"all\"");
}
