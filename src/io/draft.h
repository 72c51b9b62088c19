/* A file that has its name is whole: written aside in the same folder, flushed to the disk,
 * renamed.
 *
 * The root makes the draft; it is plain data, so the other ranks get it by hf_comm_broadcast. */
#ifndef HF_IO_DRAFT_H
#define HF_IO_DRAFT_H

#include "base/status.h"
#include <stdbool.h>

#define HF_PATH_BYTES 4096

typedef struct hf_draft {
    char path[HF_PATH_BYTES];  /* the name it will have */
    char aside[HF_PATH_BYTES]; /* "<path>.<pid>-<n>.tmp": exclusively created, empty at first */
    bool replace;              /* an existing file of that name is replaced, else refused */
} hf_draft;

/* Before any work: HF_BAD_INPUT if `path` exists and is not to be replaced, or is no plain file;
 * HF_BAD_FILE if its folder is missing or cannot be written to. */
hf_status hf_draft_check(const char *path, bool replace, hf_error *err) HF_MUST_CHECK;

/* Checks, and creates the empty file aside, exclusively. */
hf_status hf_draft_create(hf_draft *draft, const char *path, bool replace,
                          hf_error *err) HF_MUST_CHECK;
/* Reserves the disk's blocks for the whole length of the file aside, holes included, so that a full
 * disk is met here and not by a rank in the middle; where the file system cannot, does nothing. */
hf_status hf_draft_reserve(const hf_draft *draft, hf_error *err) HF_MUST_CHECK;
/* fsync of the file aside: of what this host holds of it. */
hf_status hf_draft_flush(const hf_draft *draft, hf_error *err) HF_MUST_CHECK;
/* fsync, rename, fsync of the folder. If the name was taken meanwhile and is not to be replaced,
 * the whole file stays aside and the sentence says where. On other errors nothing is left. */
hf_status hf_draft_publish(hf_draft *draft, hf_error *err) HF_MUST_CHECK;
/* Removes the file aside, if it is still there. */
void hf_draft_abandon(hf_draft *draft);

/* Meets a limit on file sizes (ulimit -f) as an error that is reported, not as a signal that kills.
 * Called by whatever writes here. */
void hf_draft_mask_limits(void);

#endif
