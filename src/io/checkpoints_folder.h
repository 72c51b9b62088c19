/* The folder of checkpoints: which files there are ours, by their names alone. */
#ifndef HF_IO_CHECKPOINTS_FOLDER_H
#define HF_IO_CHECKPOINTS_FOLDER_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

#define HF_CHECKPOINT_NUMBERS 999999 /* files of a kind are numbered 1 to this */

typedef enum hf_checkpoint_kind {
    HF_GENERATION,
    HF_SEGMENT,
    HF_CHECKPOINT_KINDS
} hf_checkpoint_kind;

/* "generation", "segment" */
const char *hf_checkpoint_word(hf_checkpoint_kind kind);
/* "<folder>/generation-000007"; release with hf_free. */
char *hf_checkpoint_path(const char *folder, hf_checkpoint_kind kind, unsigned number);

typedef struct hf_checkpoint_file {
    hf_checkpoint_kind kind;
    unsigned number;
    bool is_draft; /* "generation-000007.<pid>-<n>.tmp": left by a run that was killed */
    char name[48];
} hf_checkpoint_file;

typedef struct hf_checkpoint_files {
    size_t n, capacity;
    hf_checkpoint_file *items; /* in the order of removal: generations, newest first, segments */
} hf_checkpoint_files;

/* All that is there under a name of ours, whatever it is; nothing if the folder is missing. Release
 * with hf_free(files->items). */
hf_status hf_checkpoint_files_list(const char *folder, hf_checkpoint_files *files,
                                   hf_error *err) HF_MUST_CHECK;
/* Makes the folder, durably, if it is missing; *made says whether it was. */
hf_status hf_checkpoint_folder_make(const char *folder, bool *made, hf_error *err) HF_MUST_CHECK;
/* HF_OK as well if it is gone already. */
hf_status hf_checkpoint_file_remove(const char *folder, const hf_checkpoint_file *file,
                                    hf_error *err) HF_MUST_CHECK;

#endif
