/* Scenarios as JSON: the world of a job, read, checked and frozen (inputs/README.md 1).
 *
 * A file is read in these steps: the gate (io/json.h); the fields of the base, whose defaults are
 * filled in; then for each policy the measures are applied to the base so completed (io/policy.h)
 * and the fields read again. All policies of a scenario are checked, asked for or not. */
#ifndef HF_IO_SCENARIO_JSON_H
#define HF_IO_SCENARIO_JSON_H

#include "base/problems.h"
#include "base/status.h"
#include "model/scenario.h"
#include <stddef.h>

#define HF_SCENARIO_SCHEMA "holdfast-scenario/1"

typedef struct hf_scenario_text {
    char *verbatim;  /* the file, byte by byte */
    char *canonical; /* all defaults filled in, keys in byte order: what the digest is taken of */
} hf_scenario_text;
void hf_scenario_text_clear(hf_scenario_text *text);

/* Reads the scenario at `path` under each of the policies, in their order ("baseline" is the
 * scenario without measures). HF_OK: release *world with hf_world_clear, *text (may be NULL) with
 * hf_scenario_text_clear. HF_BAD_FILE: it cannot be read. HF_BAD_INPUT: `problems` has a line each;
 * those that only a policy has begin "policy ID: ". */
hf_status hf_world_read(const char *path, int n_policies, const char *const *policies,
                        hf_world *world, hf_scenario_text *text, hf_problems *problems,
                        hf_error *err) HF_MUST_CHECK;
/* The same from n bytes in memory (scenario[n] is NUL): a replay reads the text that its result has
 * stored. */
hf_status hf_world_parse(const char *scenario, size_t n, int n_policies,
                         const char *const *policies, hf_world *world, hf_scenario_text *text,
                         hf_problems *problems, hf_error *err) HF_MUST_CHECK;

/* Names of all policies of the scenario at `path`, "baseline" first, then by id: for `check`, which
 * asks about all of them. The array and each name are released with hf_free. */
hf_status hf_world_policies(const char *path, int *n_policies, char ***policies,
                            hf_problems *problems, hf_error *err) HF_MUST_CHECK;

#endif
