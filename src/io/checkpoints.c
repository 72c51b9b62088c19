/* Generations of a run: finding the newest whole one, writing the next. */
#include "io/checkpoints.h"
#include "base/check.h"
#include "base/memory.h"
#include "io/checkpoints_folder.h"
#include "io/draft.h"
#include "io/sections.h"
#include <string.h>
#include <unistd.h>

#define SEGMENTS "segments" /* the last section of a generation: all segments, in order */

enum { N_HEX = HF_DIGEST_TEXT - 1 };

/* What a generation knows of a segment it needs, as it stands in the file. A segment is named by
 * its number alone, so that a list can name nothing outside the folder. */
typedef struct segment {
    uint64_t number; /* ascending in a list */
    uint64_t length;
    char digest[N_HEX];
} segment;
_Static_assert(sizeof(segment) == 80, "no padding");

typedef struct part {
    char name[HF_SECTION_NAME];
    unsigned char *bytes;
    size_t n;
} part;

typedef struct output {
    unsigned number;
    hf_draft draft;
    hf_sections_writer *writer; /* NULL: not begun, or finished */
} output;

struct hf_checkpoints {
    char *folder;
    unsigned largest[HF_CHECKPOINT_KINDS]; /* number seen or used: none is used twice */
    /* The generation found, or committed last. */
    unsigned whole; /* its number; 0: none */
    segment *segments;
    size_t n_segments, segments_capacity;
    part *parts; /* of one found */
    size_t n_parts;
    /* The one being written. */
    bool is_writing, made_folder;
    output outputs[HF_CHECKPOINT_KINDS];
};

hf_checkpoints *hf_checkpoints_create(const char *folder) {
    hf_checkpoints *checkpoints = HF_NEW(1, hf_checkpoints);
    checkpoints->folder = hf_strdup(folder);
    return checkpoints;
}

static void release_parts(hf_checkpoints *checkpoints) {
    for (size_t i = 0; i < checkpoints->n_parts; i++)
        hf_free(checkpoints->parts[i].bytes);
    hf_free(checkpoints->parts);
    checkpoints->parts = NULL;
    checkpoints->n_parts = 0;
}

static void forget_generation(hf_checkpoints *checkpoints) {
    release_parts(checkpoints);
    checkpoints->whole = 0;
    checkpoints->n_segments = 0;
}

void hf_checkpoints_destroy(hf_checkpoints *checkpoints) {
    if (!checkpoints)
        return;
    hf_checkpoints_abandon(checkpoints);
    release_parts(checkpoints);
    hf_free(checkpoints->segments);
    hf_free(checkpoints->folder);
    hf_free(checkpoints);
}

const char *hf_checkpoints_folder(const hf_checkpoints *checkpoints) {
    return checkpoints->folder;
}

static bool is_generation(const hf_checkpoint_file *file) {
    return file->kind == HF_GENERATION && !file->is_draft;
}

hf_status hf_checkpoints_exist(const hf_checkpoints *checkpoints, bool *exist, hf_error *err) {
    hf_checkpoint_files files;
    *exist = false;
    hf_status status = hf_checkpoint_files_list(checkpoints->folder, &files, err);
    for (size_t i = 0; i < files.n; i++)
        *exist = *exist || is_generation(&files.items[i]);
    hf_free(files.items);
    return status;
}

/* ---- reading ---- */

/* Opens a segment that a list names; HF_BAD_FILE if it is another one now. */
static hf_status open_segment(const hf_checkpoints *checkpoints, const segment *wanted,
                              hf_sections **opened, hf_error *err) {
    char *path = hf_checkpoint_path(checkpoints->folder, HF_SEGMENT, (unsigned)wanted->number);
    hf_status status = hf_sections_open(path, hf_checkpoint_word(HF_SEGMENT), opened, err);
    if (!status && (hf_sections_length(*opened) != wanted->length ||
                    memcmp(hf_sections_digest(*opened), wanted->digest, N_HEX) != 0)) {
        status = hf_fail(err, HF_BAD_FILE, "'%.600s' is not the segment that was written", path);
        hf_sections_close(*opened);
        *opened = NULL;
    }
    hf_free(path);
    return status;
}

static void append_segment(hf_checkpoints *checkpoints, const segment *added) {
    if (checkpoints->n_segments == checkpoints->segments_capacity) {
        size_t n = checkpoints->n_segments, capacity = n ? 2 * n : 16;
        checkpoints->segments =
            (segment *)hf_realloc(checkpoints->segments, n, capacity, sizeof(segment));
        checkpoints->segments_capacity = capacity;
    }
    checkpoints->segments[checkpoints->n_segments++] = *added;
}

/* The list of segments from its bytes; false if it is none. */
static bool read_list(hf_checkpoints *checkpoints, const part *list) {
    uint64_t before = 0;
    const segment *rows = (const segment *)(const void *)list->bytes;
    if (list->n % sizeof *rows != 0)
        return false;
    for (size_t i = 0; i < list->n / sizeof *rows; i++) {
        if (rows[i].number <= before || rows[i].number > HF_CHECKPOINT_NUMBERS)
            return false;
        before = rows[i].number;
        append_segment(checkpoints, &rows[i]);
    }
    return true;
}

/* All sections of a generation, and from the last of them its segments. */
static hf_status read_generation(hf_checkpoints *checkpoints, const char *path, hf_error *err) {
    hf_sections *sections;
    hf_status status = hf_sections_open(path, hf_checkpoint_word(HF_GENERATION), &sections, err);
    if (status)
        return status;
    size_t n = hf_sections_n(sections);
    checkpoints->parts = HF_NEW(n, part);
    for (size_t i = 0; !status && i < n; i++) {
        part *added = &checkpoints->parts[checkpoints->n_parts++];
        strcpy(added->name, hf_sections_name(sections, i));
        status = hf_sections_read(sections, i, &added->bytes, &added->n, err);
    }
    hf_sections_close(sections);
    if (status)
        return status;
    const part *last = n ? &checkpoints->parts[n - 1] : NULL;
    if (!last || strcmp(last->name, SEGMENTS) != 0 || !read_list(checkpoints, last))
        return hf_fail(err, HF_BAD_FILE, "'%.600s' does not say which segments it needs", path);
    return HF_OK;
}

/* Reads and verifies a generation and all it needs. */
static hf_status take_generation(hf_checkpoints *checkpoints, unsigned number, hf_error *err) {
    char *path = hf_checkpoint_path(checkpoints->folder, HF_GENERATION, number);
    hf_status status = read_generation(checkpoints, path, err);
    hf_free(path);
    for (size_t i = 0; !status && i < checkpoints->n_segments; i++) {
        hf_sections *opened;
        status = open_segment(checkpoints, &checkpoints->segments[i], &opened, err);
        if (!status)
            status = hf_sections_verify(opened, err);
        hf_sections_close(opened);
    }
    if (status)
        forget_generation(checkpoints);
    else
        checkpoints->whole = number;
    return status;
}

hf_status hf_checkpoints_find(hf_checkpoints *checkpoints, hf_problems *skipped, bool *found,
                              hf_error *err) {
    HF_ASSERT(!checkpoints->is_writing);
    hf_checkpoint_files files;
    size_t n_skipped = 0;
    *found = false;
    forget_generation(checkpoints);
    hf_status status = hf_checkpoint_files_list(checkpoints->folder, &files, err);
    for (size_t i = 0; i < files.n && !*found; i++) {
        hf_error why;
        if (!is_generation(&files.items[i]))
            continue;
        *found = take_generation(checkpoints, files.items[i].number, &why) == HF_OK;
        if (!*found) {
            hf_problems_add(skipped, files.items[i].name, "%s", why.text);
            n_skipped++;
        }
    }
    hf_free(files.items);
    if (!status && !*found && n_skipped)
        status = hf_fail(err, HF_BAD_FILE, "none of the %zu generations in '%.600s' is whole",
                         n_skipped, checkpoints->folder);
    return status;
}

const unsigned char *hf_checkpoints_section(const hf_checkpoints *checkpoints, const char *name,
                                            size_t *n) {
    for (size_t i = 0; i < checkpoints->n_parts; i++)
        if (strcmp(checkpoints->parts[i].name, name) == 0) {
            *n = checkpoints->parts[i].n;
            return checkpoints->parts[i].bytes;
        }
    *n = 0;
    return NULL;
}

static hf_status give_rows(const hf_sections *sections, hf_rows_sink *sink, void *context,
                           hf_error *err) {
    hf_status status = HF_OK;
    for (size_t i = 0; !status && i < hf_sections_n(sections); i++) {
        unsigned char *bytes;
        size_t n;
        status = hf_sections_read(sections, i, &bytes, &n, err);
        if (!status)
            status = sink(context, hf_sections_name(sections, i), bytes, n, err);
        hf_free(bytes);
    }
    return status;
}

hf_status hf_checkpoints_rows(const hf_checkpoints *checkpoints, hf_rows_sink *sink, void *context,
                              hf_error *err) {
    hf_status status = HF_OK;
    for (size_t i = 0; !status && i < checkpoints->n_segments; i++) {
        hf_sections *opened;
        status = open_segment(checkpoints, &checkpoints->segments[i], &opened, err);
        if (!status)
            status = give_rows(opened, sink, context, err);
        hf_sections_close(opened);
    }
    return status;
}

/* ---- writing ---- */

/* What is aside, or has its name and is not committed, goes. */
static void undo(output *undone) {
    hf_sections_drop(undone->writer);
    if (undone->draft.aside[0])
        hf_draft_abandon(&undone->draft);
    else if (undone->draft.path[0])
        unlink(undone->draft.path);
    *undone = (output){0};
}

static hf_status begin_output(hf_checkpoints *checkpoints, hf_checkpoint_kind kind, hf_error *err) {
    output *begun = &checkpoints->outputs[kind];
    if (checkpoints->largest[kind] >= HF_CHECKPOINT_NUMBERS)
        return hf_fail(err, HF_BAD_FILE, "'%.600s' has a %s %d, beyond which there are no numbers",
                       checkpoints->folder, hf_checkpoint_word(kind), HF_CHECKPOINT_NUMBERS);
    begun->number = ++checkpoints->largest[kind];
    char *path = hf_checkpoint_path(checkpoints->folder, kind, begun->number);
    hf_status status = hf_draft_create(&begun->draft, path, false, err);
    if (status)
        begun->draft.path[0] = '\0'; /* nothing to undo */
    else
        status = hf_sections_begin(begun->draft.aside, path, hf_checkpoint_word(kind),
                                   &begun->writer, err);
    hf_free(path);
    return status;
}

static hf_status note_numbers(hf_checkpoints *checkpoints, hf_error *err) {
    hf_checkpoint_files files;
    hf_status status = hf_checkpoint_files_list(checkpoints->folder, &files, err);
    for (size_t i = 0; i < files.n; i++) {
        unsigned *largest = &checkpoints->largest[files.items[i].kind];
        if (files.items[i].number > *largest)
            *largest = files.items[i].number;
    }
    hf_free(files.items);
    return status;
}

hf_status hf_checkpoints_begin(hf_checkpoints *checkpoints, hf_error *err) {
    HF_ASSERT(!checkpoints->is_writing);
    release_parts(checkpoints);
    checkpoints->is_writing = true;
    hf_status status =
        hf_checkpoint_folder_make(checkpoints->folder, &checkpoints->made_folder, err);
    if (!status)
        status = note_numbers(checkpoints, err);
    if (!status)
        status = begin_output(checkpoints, HF_GENERATION, err);
    if (status)
        hf_checkpoints_abandon(checkpoints);
    return status;
}

static hf_status add(hf_checkpoints *checkpoints, hf_checkpoint_kind kind, const char *name,
                     const void *bytes, size_t n, hf_error *err) {
    HF_ASSERT(checkpoints->is_writing);
    hf_status status = HF_OK;
    if (!checkpoints->outputs[kind].writer)
        status = begin_output(checkpoints, kind, err);
    if (!status)
        status = hf_sections_add(checkpoints->outputs[kind].writer, name, bytes, n, err);
    if (status)
        hf_checkpoints_abandon(checkpoints);
    return status;
}

hf_status hf_checkpoints_add_rows(hf_checkpoints *checkpoints, const char *name, const void *bytes,
                                  size_t n, hf_error *err) {
    return add(checkpoints, HF_SEGMENT, name, bytes, n, err);
}

hf_status hf_checkpoints_add(hf_checkpoints *checkpoints, const char *name, const void *bytes,
                             size_t n, hf_error *err) {
    HF_ASSERT(strcmp(name, SEGMENTS) != 0);
    return add(checkpoints, HF_GENERATION, name, bytes, n, err);
}

/* Finishes a file and gives it its name. */
static hf_status publish(output *published, char digest[HF_DIGEST_TEXT], uint64_t *length,
                         hf_error *err) {
    hf_sections_writer *writer = published->writer;
    published->writer = NULL;
    hf_status status = hf_sections_finish(writer, digest, length, err);
    return status ? status : hf_draft_publish(&published->draft, err);
}

/* The segment first: a generation that has its name has all it needs. */
static hf_status publish_all(hf_checkpoints *checkpoints, hf_error *err) {
    output *rows = &checkpoints->outputs[HF_SEGMENT];
    output *generation = &checkpoints->outputs[HF_GENERATION];
    char digest[HF_DIGEST_TEXT];
    uint64_t length;
    hf_status status = HF_OK;
    if (rows->writer) {
        segment added = {.number = rows->number};
        status = publish(rows, digest, &added.length, err);
        memcpy(added.digest, digest, N_HEX);
        append_segment(checkpoints, &added);
    }
    if (!status)
        status = hf_sections_add(generation->writer, SEGMENTS, checkpoints->segments,
                                 checkpoints->n_segments * sizeof(segment), err);
    return status ? status : publish(generation, digest, &length, err);
}

static bool is_needed(const hf_checkpoints *checkpoints, const hf_checkpoint_file *file,
                      unsigned before) {
    if (file->is_draft)
        return false;
    if (file->kind == HF_GENERATION)
        return file->number == checkpoints->whole || file->number == before;
    for (size_t i = 0; i < checkpoints->n_segments; i++)
        if (checkpoints->segments[i].number == file->number)
            return true;
    return false;
}

/* Removes what neither this generation nor the one before needs, and says what resisted first. */
static hf_status remove_unneeded(const hf_checkpoints *checkpoints, unsigned before,
                                 hf_error *err) {
    hf_checkpoint_files files;
    hf_status first = hf_checkpoint_files_list(checkpoints->folder, &files, err);
    for (size_t i = 0; i < files.n; i++) {
        if (is_needed(checkpoints, &files.items[i], before))
            continue;
        hf_status status =
            hf_checkpoint_file_remove(checkpoints->folder, &files.items[i], first ? NULL : err);
        first = first ? first : status;
    }
    hf_free(files.items);
    return first;
}

hf_status hf_checkpoints_commit(hf_checkpoints *checkpoints, hf_error *err) {
    HF_ASSERT(checkpoints->is_writing);
    size_t n_before = checkpoints->n_segments;
    unsigned before = checkpoints->whole;
    hf_status status = publish_all(checkpoints, err);
    if (status) {
        checkpoints->n_segments = n_before;
        hf_checkpoints_abandon(checkpoints);
        return status;
    }
    checkpoints->whole = checkpoints->outputs[HF_GENERATION].number;
    memset(checkpoints->outputs, 0, sizeof checkpoints->outputs);
    checkpoints->is_writing = checkpoints->made_folder = false;
    remove_unneeded(checkpoints, before, NULL); /* what resists is left to the next commit */
    return HF_OK;
}

void hf_checkpoints_abandon(hf_checkpoints *checkpoints) {
    undo(&checkpoints->outputs[HF_GENERATION]);
    undo(&checkpoints->outputs[HF_SEGMENT]);
    if (checkpoints->made_folder)
        rmdir(checkpoints->folder);
    checkpoints->is_writing = checkpoints->made_folder = false;
}

hf_status hf_checkpoints_remove(hf_checkpoints *checkpoints, hf_error *err) {
    HF_ASSERT(!checkpoints->is_writing);
    forget_generation(checkpoints);
    hf_status status = remove_unneeded(checkpoints, 0, err);
    rmdir(checkpoints->folder); /* which does nothing if it holds something, or is a link */
    return status;
}
