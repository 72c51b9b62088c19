/* Files written aside and renamed when they are whole. */
#define _GNU_SOURCE /* fallocate, renameat2 */
#include "io/draft.h"
#include "io/hdf5_error.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_TRIES = 1000 };

void hf_draft_mask_limits(void) {
    signal(SIGXFSZ, SIG_IGN);
}

/* The folder of a path: "." without a slash. */
static void folder_of(const char *path, char folder[HF_PATH_BYTES]) {
    const char *slash = strrchr(path, '/');
    int n = slash ? (int)(slash - path) : 0;
    if (!slash)
        strcpy(folder, ".");
    else
        snprintf(folder, HF_PATH_BYTES, "%.*s", n ? n : 1, path);
}

hf_status hf_draft_check(const char *path, bool replace, hf_error *err) {
    struct stat what;
    char folder[HF_PATH_BYTES];
    size_t n = strlen(path);
    if (n == 0 || n > HF_PATH_BYTES - 64)
        return hf_fail(err, HF_BAD_INPUT, "output: found a name of %zu bytes; allowed 1 to %d", n,
                       HF_PATH_BYTES - 64);
    if (path[n - 1] == '/' || (stat(path, &what) == 0 && !S_ISREG(what.st_mode)))
        return hf_fail(err, HF_BAD_INPUT, "output: '%.600s' is not a plain file", path);
    if (!replace && access(path, F_OK) == 0)
        return hf_fail(err, HF_BAD_INPUT,
                       "output: '%.600s' already exists; name another file or add --force to "
                       "replace it",
                       path);
    folder_of(path, folder);
    if (access(folder, W_OK | X_OK) < 0)
        return hf_file_fail(err, errno, "write into the folder", folder);
    return HF_OK;
}

hf_status hf_draft_create(hf_draft *draft, const char *path, bool replace, hf_error *err) {
    memset(draft, 0, sizeof *draft);
    hf_draft_mask_limits();
    hf_status status = hf_draft_check(path, replace, err);
    if (status)
        return status;
    int file = -1;
    snprintf(draft->path, sizeof draft->path, "%s", path);
    draft->replace = replace;
    for (int i = 0; file < 0 && i < NAME_TRIES; i++) {
        snprintf(draft->aside, sizeof draft->aside, "%.*s.%ld-%d.tmp", HF_PATH_BYTES - 64, path,
                 (long)getpid(), i);
        file = open(draft->aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file < 0 && errno != EEXIST)
            break;
    }
    if (file >= 0 && close(file) == 0)
        return HF_OK;
    status = hf_file_fail(err, errno, "create", draft->aside);
    draft->aside[0] = '\0';
    return status;
}

hf_status hf_draft_reserve(const hf_draft *draft, hf_error *err) {
    struct stat what;
    int error_number = 0, file = open(draft->aside, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return hf_file_fail(err, errno, "open", draft->aside);
    if (fstat(file, &what) < 0 || (what.st_size && fallocate(file, 0, 0, what.st_size) < 0))
        error_number = errno;
    close(file);
    if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG)
        return hf_file_fail(err, error_number, "write", draft->path);
    return HF_OK;
}

/* Everything the system still holds of an open file or folder goes to the disk. */
static int synchronise(const char *path, int flags) {
    int error_number = 0, file = open(path, flags | O_CLOEXEC);
    if (file < 0)
        return errno;
    if (fsync(file) < 0 && errno != EINVAL) /* some file systems cannot on folders */
        error_number = errno;
    if (close(file) < 0 && !error_number)
        error_number = errno;
    return error_number;
}

hf_status hf_draft_flush(const hf_draft *draft, hf_error *err) {
    int error_number = synchronise(draft->aside, O_RDWR);
    return error_number ? hf_file_fail(err, error_number, "write", draft->path) : HF_OK;
}

/* Renames; EEXIST if the name is taken and not to be replaced. Returns the errno. */
static int take_name(const hf_draft *draft) {
    if (!draft->replace) {
        if (renameat2(AT_FDCWD, draft->aside, AT_FDCWD, draft->path, RENAME_NOREPLACE) == 0)
            return 0;
        if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
            return errno;
        if (access(draft->path, F_OK) == 0) /* a file system without such a rename */
            return EEXIST;
    }
    return rename(draft->aside, draft->path) < 0 ? errno : 0;
}

hf_status hf_draft_publish(hf_draft *draft, hf_error *err) {
    char folder[HF_PATH_BYTES];
    int error_number = synchronise(draft->aside, O_RDWR);
    if (!error_number)
        error_number = take_name(draft);
    if (error_number == EEXIST) {
        return hf_fail(err, HF_BAD_FILE,
                       "'%.400s' has come into being meanwhile and was not replaced; the new file "
                       "is whole and stands at '%.400s'",
                       draft->path, draft->aside);
    }
    if (error_number) {
        hf_draft_abandon(draft);
        return hf_file_fail(err, error_number, "write", draft->path);
    }
    draft->aside[0] = '\0';
    folder_of(draft->path, folder);
    error_number = synchronise(folder, O_RDONLY | O_DIRECTORY);
    return error_number ? hf_file_fail(err, error_number, "write to the disk", folder) : HF_OK;
}

void hf_draft_abandon(hf_draft *draft) {
    if (draft->aside[0])
        unlink(draft->aside);
    draft->aside[0] = '\0';
}
