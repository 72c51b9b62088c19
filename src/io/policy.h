/* Policies at work: what their measures make of a scenario, as JSON. Patches come in the listed
 * order, then scales (inputs/README.md 1). What they make wrong of the scenario itself is for its
 * reader to find.
 *
 * Patches apply to the scenario as it is written: one that names `units` for a stock that was left
 * to its default finds no `weeks` in its way. Scales apply after the defaults were filled in, so
 * that a default counts like the same value written out. */
#ifndef HF_IO_POLICY_H
#define HF_IO_POLICY_H

#include "base/problems.h"
#include <cjson/cJSON.h>
#include <stdbool.h>

/* Applies the patches of the measures with the given names (an array of strings; what is no known
 * measure is passed over) to *scenario. Two patches on one value are reported. */
void hf_policy_patch(cJSON **scenario, const cJSON *measures, const cJSON *names,
                     hf_problems *problems);
/* Applies their scales. One that matches nothing, or something that is no number, path or random
 * quantity, is reported. An unlimited capacity stays unlimited. */
void hf_policy_scale(cJSON *scenario, const cJSON *measures, const cJSON *names,
                     hf_problems *problems);
bool hf_policy_has_scale(const cJSON *measures, const cJSON *names);

/* May measures change this member of the scenario? The rest is the same under all policies, since
 * they are compared. Patches and scales on the rest are passed over. */
bool hf_policy_may_change(const char *key);
/* Is it ids with dots between, of which any but the first may be `*`? Writes the first to `root`.
 */
bool hf_scale_path_is_valid(const char *path, char root[65]);

#endif
