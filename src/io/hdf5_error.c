/* HDF5 keeps a stack of errors; the deepest entry names the cause, often with the system's words.
 */
#include "io/hdf5_error.h"
#include <errno.h>
#include <hdf5.h>
#include <stdio.h>
#include <string.h>

typedef struct cause {
    char text[256];
} cause;

void hf_hdf5_quiet(void) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

/* Keeps the deepest description; of "... error message = 'X', ..." only X. */
static herr_t keep_deepest(unsigned depth, const H5E_error2_t *entry, void *user) {
    static const char key[] = "error message = '";
    cause *kept = (cause *)user;
    const char *found = strstr(entry->desc ? entry->desc : "", key);
    if (found) {
        found += sizeof key - 1;
        snprintf(kept->text, sizeof kept->text, "%.*s", (int)strcspn(found, "'"), found);
    } else if (depth == 0) {
        snprintf(kept->text, sizeof kept->text, "%s", entry->desc ? entry->desc : "");
    }
    return 0;
}

/* What the user can do about it, as the end of a sentence. */
static const char *advice(const char *reason) {
    static const int full[] = {ENOSPC, EDQUOT, EFBIG}, locked[] = {EAGAIN, ENOLCK};
    for (size_t i = 0; i < sizeof full / sizeof full[0]; i++)
        if (strcmp(reason, strerror(full[i])) == 0)
            return "; make room or choose another folder";
    for (size_t i = 0; i < sizeof locked / sizeof locked[0]; i++)
        if (strcmp(reason, strerror(locked[i])) == 0)
            return "; close it elsewhere, or set HDF5_USE_FILE_LOCKING=FALSE if the file system "
                   "cannot lock";
    if (strcmp(reason, strerror(EACCES)) == 0 || strcmp(reason, strerror(EROFS)) == 0)
        return "; choose a folder where you may write";
    return "";
}

hf_status hf_hdf5_fail(hf_error *err, hf_status status, const char *doing, const char *path) {
    cause why = {"no reason given"};
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_deepest, &why);
    return hf_fail(err, status, "cannot %s '%.600s': %s%s", doing, path, why.text,
                   advice(why.text));
}

hf_status hf_file_fail(hf_error *err, int error_number, const char *doing, const char *path) {
    const char *reason = strerror(error_number);
    return hf_fail(err, HF_BAD_FILE, "cannot %s '%.600s': %s%s", doing, path, reason,
                   advice(reason));
}
