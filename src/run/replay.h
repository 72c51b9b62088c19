/* One trial of a result again, week by week: what struck, the factors c, y, a, d, k, and every
 * state at the end of each week, as tables. */
#ifndef HF_RUN_REPLAY_H
#define HF_RUN_REPLAY_H

#include "io/result.h"
#include "io/table.h"

/* Reads scenario and job from `result`, simulates `trial` under `policy` (NULL: the job's first)
 * and adds the groups /trial, /stages, /inputs, /links, /markets, /accounts and /events to
 * `tables`. HF_BAD_INPUT: no such policy, or a trial outside the job's range. */
hf_status hf_replay_make(const hf_result *result, uint64_t trial, const char *policy,
                         hf_tables *tables, hf_error *err) HF_MUST_CHECK;

/* The same as one long list for CSV: columns line, kind, id, week (empty for what is not weekly),
 * quantity, value, in `flat` (which owns them; texts are borrowed from `tables`). Returns their
 * number, 5. */
size_t hf_replay_flatten(const hf_tables *tables, hf_tables *flat, const hf_table *columns[5]);

#endif
