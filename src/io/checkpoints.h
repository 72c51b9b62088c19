/* What a run leaves so that another can go on from there: a folder of generations.
 *
 *     FOLDER/generation-000007     sections: the state, and which segments it needs
 *     FOLDER/generation-000006     the one before, should the newest be damaged
 *     FOLDER/segment-000001 ...    rows of trials, written once, never changed
 *
 * A generation is committed by its rename: segment and generation are written aside, flushed to the
 * disk, renamed, the folder flushed. What has no name yet, or is needed neither by the generation
 * committed nor by the one it goes on from, is removed by the next commit. Numbers go on from the
 * largest in the folder. Knows bytes, not what they mean. Root only. */
#ifndef HF_IO_CHECKPOINTS_H
#define HF_IO_CHECKPOINTS_H

#include "base/problems.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct hf_checkpoints hf_checkpoints;

/* Touches nothing yet: the folder is made by the first generation. Given: hf_checkpoints_destroy.
 */
hf_checkpoints *hf_checkpoints_create(const char *folder);
/* A generation begun is abandoned; files stay; NULL is allowed. */
void hf_checkpoints_destroy(hf_checkpoints *checkpoints);
const char *hf_checkpoints_folder(const hf_checkpoints *checkpoints);

/* Whether the folder holds any generation, whole or not. HF_BAD_FILE: it is no folder, or cannot be
 * read. */
hf_status hf_checkpoints_exist(const hf_checkpoints *checkpoints, bool *exist,
                               hf_error *err) HF_MUST_CHECK;

/* ---- reading ---- */

/* Finds the newest generation that is whole, all of its segments included: every byte is read and
 * verified. What it keeps in memory is the generation; of segments one piece at a time. Each
 * generation that is not whole adds a sentence to `skipped`, by its file's name in the folder.
 * *found false: no generation at all. HF_BAD_FILE: there are some, and none is whole; or the folder
 * cannot be read. */
hf_status hf_checkpoints_find(hf_checkpoints *checkpoints, hf_problems *skipped, bool *found,
                              hf_error *err) HF_MUST_CHECK;
/* A section of the generation found (the first of that name), aligned for any number, borrowed
 * until the next begin or find; NULL and *n = 0 if it has none of that name. */
const unsigned char *hf_checkpoints_section(const hf_checkpoints *checkpoints, const char *name,
                                            size_t *n);
/* The rows of its segments, section by section in the order of writing, verified once more; `bytes`
 * are aligned for any number and the sink's until it returns. HF_BAD_FILE, or what the sink returns
 * first. */
typedef hf_status hf_rows_sink(void *context, const char *name, const unsigned char *bytes,
                               size_t n, hf_error *err);
hf_status hf_checkpoints_rows(const hf_checkpoints *checkpoints, hf_rows_sink *sink, void *context,
                              hf_error *err) HF_MUST_CHECK;

/* ---- writing ---- */

/* One generation: begin, rows and sections in any number, commit. Rows go to a new segment (none is
 * made without rows), which this and all later generations need beside those of the generation
 * found; without one, the first commit begins anew and removes what was there. Names:
 * io/sections.h, several rows may have the same; "segments" is our own. On failure nothing of it is
 * left, begin is the next call allowed, its rows have to be given again, the older generations are
 * as they were: the run may go on. */
hf_status hf_checkpoints_begin(hf_checkpoints *checkpoints, hf_error *err) HF_MUST_CHECK;
hf_status hf_checkpoints_add_rows(hf_checkpoints *checkpoints, const char *name, const void *bytes,
                                  size_t n, hf_error *err) HF_MUST_CHECK;
hf_status hf_checkpoints_add(hf_checkpoints *checkpoints, const char *name, const void *bytes,
                             size_t n, hf_error *err) HF_MUST_CHECK;
hf_status hf_checkpoints_commit(hf_checkpoints *checkpoints, hf_error *err) HF_MUST_CHECK;
void hf_checkpoints_abandon(hf_checkpoints *checkpoints); /* nothing begun: nothing done */

/* Removes all files of ours in the folder, and the folder if it is empty then. A file of another
 * name is left alone. Not between begin and commit. */
hf_status hf_checkpoints_remove(hf_checkpoints *checkpoints, hf_error *err) HF_MUST_CHECK;

#endif
