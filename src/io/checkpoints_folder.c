/* The folder of checkpoints: names, listing, making. */
#include "io/checkpoints_folder.h"
#include "base/memory.h"
#include "io/buffer.h"
#include "io/hdf5_error.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { N_DIGITS = 6 };

const char *hf_checkpoint_word(hf_checkpoint_kind kind) {
    return kind == HF_GENERATION ? "generation" : "segment";
}

/* "<folder>/<name>"; release with hf_free. */
static char *path_in(const char *folder, const char *name) {
    hf_buffer path = {0};
    hf_buffer_add_text(&path, folder);
    hf_buffer_add_text(&path, "/");
    hf_buffer_add_text(&path, name);
    return hf_buffer_take(&path);
}

char *hf_checkpoint_path(const char *folder, hf_checkpoint_kind kind, unsigned number) {
    char name[48];
    snprintf(name, sizeof name, "%s-%0*u", hf_checkpoint_word(kind), N_DIGITS, number);
    return path_in(folder, name);
}

/* Whether the name is one of ours, to the letter. */
static bool parse(const char *name, hf_checkpoint_file *file) {
    for (int kind = 0; kind < HF_CHECKPOINT_KINDS; kind++) {
        const char *word = hf_checkpoint_word((hf_checkpoint_kind)kind);
        size_t n = strlen(word);
        if (strncmp(name, word, n) != 0 || name[n] != '-')
            continue;
        const char *digits = name + n + 1, *rest = digits + N_DIGITS;
        if (strspn(digits, "0123456789") != N_DIGITS || strlen(name) >= sizeof file->name)
            return false;
        int n_draft = 0; /* as hf_draft_create names it */
        *file = (hf_checkpoint_file){.kind = (hf_checkpoint_kind)kind};
        file->number = (unsigned)strtoul(digits, NULL, 10);
        strcpy(file->name, name);
        sscanf(rest, ".%*10[0-9]-%*4[0-9].tmp%n", &n_draft);
        file->is_draft = n_draft > 0 && rest[n_draft] == '\0';
        return file->number > 0 && (*rest == '\0' || file->is_draft);
    }
    return false;
}

static int by_kind_newest_first(const void *a, const void *b) {
    const hf_checkpoint_file *x = (const hf_checkpoint_file *)a;
    const hf_checkpoint_file *y = (const hf_checkpoint_file *)b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->number != y->number)
        return x->number > y->number ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void append(hf_checkpoint_files *files, const hf_checkpoint_file *file) {
    if (files->n == files->capacity) {
        size_t capacity = files->capacity ? 2 * files->capacity : 16;
        files->items = (hf_checkpoint_file *)hf_realloc(files->items, files->n, capacity,
                                                        sizeof(hf_checkpoint_file));
        files->capacity = capacity;
    }
    files->items[files->n++] = *file;
}

hf_status hf_checkpoint_files_list(const char *folder, hf_checkpoint_files *files, hf_error *err) {
    hf_checkpoint_file file;
    *files = (hf_checkpoint_files){0};
    DIR *stream = opendir(folder);
    if (!stream)
        return errno == ENOENT ? HF_OK : hf_file_fail(err, errno, "read the folder", folder);
    errno = 0; /* which alone tells the end from a failure */
    for (struct dirent *entry; (entry = readdir(stream)); errno = 0)
        if (parse(entry->d_name, &file))
            append(files, &file);
    int error_number = errno;
    closedir(stream);
    if (error_number) {
        hf_free(files->items);
        *files = (hf_checkpoint_files){0};
        return hf_file_fail(err, error_number, "read the folder", folder);
    }
    if (files->n)
        qsort(files->items, files->n, sizeof files->items[0], by_kind_newest_first);
    return HF_OK;
}

hf_status hf_checkpoint_folder_make(const char *folder, bool *made, hf_error *err) {
    int error_number = 0;
    *made = mkdir(folder, 0777) == 0;
    if (!*made)
        return errno == EEXIST ? HF_OK : hf_file_fail(err, errno, "make the folder", folder);
    char *parent = path_in(folder, "..");
    int opened = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0 ||
        (fsync(opened) < 0 && errno != EINVAL)) /* some file systems cannot on folders */
        error_number = errno;
    if (opened >= 0)
        close(opened);
    hf_free(parent);
    return error_number ? hf_file_fail(err, error_number, "make the folder", folder) : HF_OK;
}

hf_status hf_checkpoint_file_remove(const char *folder, const hf_checkpoint_file *file,
                                    hf_error *err) {
    hf_status status = HF_OK;
    char *path = path_in(folder, file->name);
    if (unlink(path) < 0 && errno != ENOENT)
        status = hf_file_fail(err, errno, "remove", path);
    hf_free(path);
    return status;
}
