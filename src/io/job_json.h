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

/* What of a job decides its result, as JSON: all but the paths `scenario` and `output`, title and
 * note, so that a result does not depend on where its files lie. For a job that options of the
 * command line have changed. Release with hf_free. */
char *hf_job_canonical(const hf_job *job);

/* Reads a seed as the job file and --seed spell it: the decimal digits of an integer < 2^64. */
hf_status hf_seed_parse(const char *text, uint64_t *seed) HF_MUST_CHECK;

/* What the file at `path` says it is, for commands that take a scenario or a job. */
typedef enum hf_file_kind { HF_FILE_SCENARIO, HF_FILE_JOB } hf_file_kind;
hf_status hf_file_kind_read(const char *path, hf_file_kind *kind, hf_problems *problems,
                            hf_error *err) HF_MUST_CHECK;

#endif
