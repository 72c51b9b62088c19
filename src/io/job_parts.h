/* The parts of a job that are objects. Each reader is given the job. */
#ifndef HF_IO_JOB_PARTS_H
#define HF_IO_JOB_PARTS_H

#include "io/fields.h"
#include "model/job.h"

hf_part_read hf_job_read_tail;
hf_part_read hf_job_read_precision;
hf_part_read hf_job_read_sampling; /* replaces the parts that it finds: strata, tilts */
hf_part_read hf_job_read_attribution;

/* The same back, as JSON; nothing for what is not asked. */
void hf_job_add_parts(cJSON *json, const hf_job *job);

#endif
