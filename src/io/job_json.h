/* Jobs as JSON: the question asked of a scenario. */
#ifndef HF_IO_JOB_JSON_H
#define HF_IO_JOB_JSON_H

#include "base/problems.h"
#include "base/status.h"
#include "model/job.h"

#define HF_JOB_SCHEMA "holdfast-job/1"

/* Reads the job at `path`; its scenario's path is taken relative to it. HF_OK: *job is given,
 * release it with hf_job_destroy; *canonical and *verbatim (each may be NULL) with hf_free. */
hf_status hf_job_read(const char *path, hf_job **job, char **canonical, char **verbatim,
                      hf_problems *problems, hf_error *err) HF_MUST_CHECK;
void hf_job_destroy(hf_job *job); /* NULL is allowed */

/* The statistics that `precision` may name, which have intervals; ends with NULL. */
extern const char *const hf_job_statistics[];

/* A part of the job anew, from `text` as the command line spells it: "METRIC:STATISTIC:RELATIVE",
 * "HAZARD,HAZARD:4,3,1", "HAZARD=3,HAZARD=0.5", "METRIC,METRIC"; nothing takes it away. What is
 * wrong is added to `problems`, by the fields' paths. */
typedef enum hf_job_part {
    HF_JOB_PRECISION,
    HF_JOB_STRATA,
    HF_JOB_TILTS,
    HF_JOB_ATTRIBUTION
} hf_job_part;
void hf_job_put(hf_job *job, hf_job_part part, const char *text, hf_problems *problems);

/* What no single field shows: numbers of trials that fit each other, trials that are needed.
 * hf_job_read asks it; ask again when fields have changed. */
void hf_job_check_fields(const hf_job *job, hf_problems *problems);

/* What of a job decides its result, as JSON: all but the paths `scenario` and `output`,
 * checkpoints, title and note, so that a result does not depend on where its files lie; precision,
 * sampling, attribution and inner_trials only where they are asked. For a job that options of the
 * command line have changed. Release with hf_free. */
char *hf_job_canonical(const hf_job *job);
/* The job of such a text, n bytes of a stored result (text[n] is NUL); its scenario is "". Given:
 * hf_job_destroy. */
hf_status hf_job_parse_canonical(const char *text, size_t n, hf_job **job, hf_problems *problems,
                                 hf_error *err) HF_MUST_CHECK;

/* Reads a seed as the job file and --seed spell it: the decimal digits of an integer < 2^64. */
hf_status hf_seed_parse(const char *text, uint64_t *seed) HF_MUST_CHECK;

/* What the file at `path` says it is, for commands that take a scenario or a job. */
typedef enum hf_file_kind { HF_FILE_SCENARIO, HF_FILE_JOB } hf_file_kind;
hf_status hf_file_kind_read(const char *path, hf_file_kind *kind, hf_problems *problems,
                            hf_error *err) HF_MUST_CHECK;

#endif
