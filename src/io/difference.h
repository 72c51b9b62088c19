/* In what two result files differ outside /provenance and /performance. */
#ifndef HF_IO_DIFFERENCE_H
#define HF_IO_DIFFERENCE_H

#include "base/status.h"
#include "io/findings.h"

/* Compares groups, variables, dimensions, types, attributes and values, in bounded memory, after a
 * child process has survived reading each file. Nothing is found where the content digests are the
 * same: any NaN is any other, 0 is not -0. HF_BAD_FILE if a file cannot be read, HF_BAD_INPUT if it
 * is none of ours. Findings: initialised, empty. */
hf_status hf_difference_find(const char *path_a, const char *path_b, hf_findings *findings,
                             hf_error *err) HF_MUST_CHECK;

#endif
