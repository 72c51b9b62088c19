/* Flat files of named sections: writing, and reading with suspicion. */
#include "io/sections.h"
#include "base/check.h"
#include "io/hdf5_error.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC      "HOLDFAST"
#define WORD_ORDER UINT64_C(0x0102030405060708)

enum { VERSION = 1, N_HEX = HF_DIGEST_TEXT - 1, PIECE_BYTES = 1 << 20 };

typedef struct head {
    char magic[8];
    uint64_t word_order, version;
    char kind[HF_SECTION_NAME];
} head;

typedef struct row {
    char name[HF_SECTION_NAME]; /* zero from the NUL on */
    uint64_t offset, length;
    char digest[N_HEX];
} row;

typedef struct footer {
    uint64_t n_sections;
    char digest[N_HEX];
    uint64_t length;
} footer;

_Static_assert(sizeof(head) == 40 && sizeof(row) == 96 && sizeof(footer) == 80, "no padding");

static bool is_name(const char name[HF_SECTION_NAME]) {
    size_t n = strnlen(name, HF_SECTION_NAME);
    for (size_t i = 0; i < n; i++)
        if (name[i] < ' ' || name[i] > '~')
            return false;
    for (size_t i = n; i < HF_SECTION_NAME; i++)
        if (name[i])
            return false;
    return n > 0 && n < HF_SECTION_NAME;
}

static void set_name(char name[HF_SECTION_NAME], const char *text) {
    HF_ASSERT(strlen(text) < HF_SECTION_NAME);
    memset(name, 0, HF_SECTION_NAME);
    memcpy(name, text, strlen(text));
    HF_ASSERT(is_name(name));
}

static void digest_of_table(const head *first, const row *rows, size_t n,
                            char text[HF_DIGEST_TEXT]) {
    hf_digest *digest = hf_digest_begin();
    hf_digest_add(digest, first, sizeof *first);
    hf_digest_add(digest, rows, n * sizeof *rows);
    hf_digest_finish(digest, text);
}

/* ---- writing ---- */

struct hf_sections_writer {
    int file;
    char *path;
    head head;
    uint64_t offset;
    size_t n, capacity;
    row *rows;
};

static hf_status write_bytes(hf_sections_writer *writer, const void *bytes, size_t n,
                             hf_error *err) {
    for (size_t done = 0; done < n;) {
        ssize_t written = write(writer->file, (const char *)bytes + done, n - done);
        if (written == 0)
            errno = EIO;
        if (written <= 0 && errno != EINTR)
            return hf_file_fail(err, errno, "write", writer->path);
        if (written > 0)
            done += (size_t)written;
    }
    writer->offset += n;
    return HF_OK;
}

hf_status hf_sections_begin(const char *aside, const char *path, const char *kind,
                            hf_sections_writer **writer, hf_error *err) {
    hf_sections_writer *begun = HF_NEW(1, hf_sections_writer);
    begun->path = hf_strdup(path);
    begun->head = (head){.word_order = WORD_ORDER, .version = VERSION};
    memcpy(begun->head.magic, MAGIC, sizeof begun->head.magic);
    set_name(begun->head.kind, kind);
    begun->file = open(aside, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    hf_status status = begun->file < 0 ? hf_file_fail(err, errno, "open", aside)
                                       : write_bytes(begun, &begun->head, sizeof begun->head, err);
    if (status) {
        hf_sections_drop(begun);
        begun = NULL;
    }
    *writer = begun;
    return status;
}

hf_status hf_sections_add(hf_sections_writer *writer, const char *name, const void *bytes, size_t n,
                          hf_error *err) {
    char digest[HF_DIGEST_TEXT];
    if (writer->n == writer->capacity) {
        size_t capacity = writer->capacity ? 2 * writer->capacity : 16;
        writer->rows = (row *)hf_realloc(writer->rows, writer->n, capacity, sizeof(row));
        writer->capacity = capacity;
    }
    row *added = &writer->rows[writer->n++];
    set_name(added->name, name);
    added->offset = writer->offset;
    added->length = n;
    hf_digest_bytes(bytes, n, digest);
    memcpy(added->digest, digest, N_HEX);
    return write_bytes(writer, bytes, n, err);
}

hf_status hf_sections_finish(hf_sections_writer *writer, char digest[HF_DIGEST_TEXT],
                             uint64_t *length, hf_error *err) {
    size_t n_table = writer->n * sizeof(row);
    footer last = {.n_sections = writer->n, .length = writer->offset + n_table + sizeof(footer)};
    digest_of_table(&writer->head, writer->rows, writer->n, digest);
    memcpy(last.digest, digest, N_HEX);
    *length = last.length;
    hf_status status = write_bytes(writer, writer->rows, n_table, err);
    if (!status)
        status = write_bytes(writer, &last, sizeof last, err);
    int file = writer->file;
    writer->file = -1;
    if (close(file) < 0 && errno != EINTR && !status)
        status = hf_file_fail(err, errno, "write", writer->path);
    hf_sections_drop(writer);
    return status;
}

void hf_sections_drop(hf_sections_writer *writer) {
    if (!writer)
        return;
    if (writer->file >= 0)
        close(writer->file);
    hf_free(writer->rows);
    hf_free(writer->path);
    hf_free(writer);
}

/* ---- reading ---- */

struct hf_sections {
    int file;
    char *path;
    uint64_t length;
    char digest[HF_DIGEST_TEXT];
    size_t n;
    row *rows;
};

static hf_status damaged(const hf_sections *sections, const char *how, hf_error *err) {
    return hf_fail(err, HF_BAD_FILE, "'%.600s' is damaged: %s", sections->path, how);
}

static hf_status read_bytes(const hf_sections *sections, uint64_t offset, void *bytes, size_t n,
                            hf_error *err) {
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(sections->file, (char *)bytes + done, n - done, (off_t)(offset + done));
        if (got < 0 && errno != EINTR)
            return hf_file_fail(err, errno, "read", sections->path);
        if (got == 0)
            return damaged(sections, "it became shorter while it was read", err);
        if (got > 0)
            done += (size_t)got;
    }
    return HF_OK;
}

/* A pipe of that name does not block, a link is not followed. */
static hf_status open_file(hf_sections *sections, hf_error *err) {
    struct stat what = {0};
    sections->file = open(sections->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (sections->file < 0 && errno != ELOOP && errno != ENXIO)
        return hf_file_fail(err, errno, "open", sections->path);
    if (sections->file < 0 || fstat(sections->file, &what) < 0 || !S_ISREG(what.st_mode))
        return hf_fail(err, HF_BAD_FILE, "'%.600s' is no plain file", sections->path);
    sections->length = (uint64_t)what.st_size;
    return HF_OK;
}

static hf_status check_head(const hf_sections *sections, const head *first, const char *kind,
                            hf_error *err) {
    const char *path = sections->path;
    if (memcmp(first->magic, MAGIC, sizeof first->magic) != 0)
        return hf_fail(err, HF_BAD_FILE, "'%.600s' is damaged or no %s of Holdfast", path, kind);
    if (first->word_order != WORD_ORDER)
        return hf_fail(err, HF_BAD_FILE,
                       "'%.600s' is damaged or of a machine with another order of bytes", path);
    if (first->version != VERSION)
        return hf_fail(err, HF_BAD_FILE,
                       "'%.600s' is damaged or of another program: found version %llu; allowed %d",
                       path, (unsigned long long)first->version, VERSION);
    if (!is_name(first->kind) || strcmp(first->kind, kind) != 0)
        return hf_fail(err, HF_BAD_FILE,
                       "'%.600s' is damaged or of another kind: found %s; allowed %s", path,
                       is_name(first->kind) ? first->kind : "no word", kind);
    return HF_OK;
}

/* Sections stand one after the other, from the head to the table. */
static hf_status check_rows(const hf_sections *sections, uint64_t table, hf_error *err) {
    uint64_t at = sizeof(head);
    for (size_t i = 0; i < sections->n; i++) {
        const row *found = &sections->rows[i];
        if (!is_name(found->name))
            return damaged(sections, "a section has no name", err);
        if (found->offset != at || found->length > table - at)
            return damaged(sections, "its sections overlap or leave gaps", err);
        at += found->length;
    }
    return at == table ? HF_OK : damaged(sections, "its sections leave a gap", err);
}

static hf_status read_table(hf_sections *sections, const char *kind, hf_error *err) {
    head first;
    footer last;
    if (sections->length < sizeof first + sizeof last)
        return damaged(sections, "it is too short", err);
    hf_status status = read_bytes(sections, 0, &first, sizeof first, err);
    if (!status)
        status = check_head(sections, &first, kind, err);
    uint64_t end = sections->length - sizeof last;
    if (!status)
        status = read_bytes(sections, end, &last, sizeof last, err);
    if (status)
        return status;
    if (last.length != sections->length)
        return damaged(sections, "it was cut off, or something was added to it", err);
    if (last.n_sections > (end - sizeof first) / sizeof(row))
        return damaged(sections, "its table is larger than the file", err);
    sections->n = (size_t)last.n_sections;
    sections->rows = HF_NEW(sections->n, row);
    uint64_t table = end - sections->n * sizeof(row);
    status = read_bytes(sections, table, sections->rows, sections->n * sizeof(row), err);
    if (status)
        return status;
    digest_of_table(&first, sections->rows, sections->n, sections->digest);
    if (memcmp(sections->digest, last.digest, N_HEX) != 0)
        return damaged(sections, "its table is not what was written", err);
    return check_rows(sections, table, err);
}

hf_status hf_sections_open(const char *path, const char *kind, hf_sections **sections,
                           hf_error *err) {
    hf_sections *opened = HF_NEW(1, hf_sections);
    opened->path = hf_strdup(path);
    hf_status status = open_file(opened, err);
    if (!status)
        status = read_table(opened, kind, err);
    if (status) {
        hf_sections_close(opened);
        opened = NULL;
    }
    *sections = opened;
    return status;
}

void hf_sections_close(hf_sections *sections) {
    if (!sections)
        return;
    if (sections->file >= 0)
        close(sections->file);
    hf_free(sections->rows);
    hf_free(sections->path);
    hf_free(sections);
}

const char *hf_sections_digest(const hf_sections *sections) {
    return sections->digest;
}

uint64_t hf_sections_length(const hf_sections *sections) {
    return sections->length;
}

size_t hf_sections_n(const hf_sections *sections) {
    return sections->n;
}

const char *hf_sections_name(const hf_sections *sections, size_t i) {
    HF_ASSERT(i < sections->n);
    return sections->rows[i].name;
}

/* Reads section i piece by piece, one behind the other, or, if they are not to be kept, one over
 * the other, and verifies it. */
static hf_status read_section(const hf_sections *sections, size_t i, unsigned char *bytes,
                              bool keep, hf_error *err) {
    char text[HF_DIGEST_TEXT], how[96];
    const row *wanted = &sections->rows[i];
    hf_digest *digest = hf_digest_begin();
    hf_status status = HF_OK;
    for (uint64_t done = 0; !status && done < wanted->length;) {
        uint64_t left = wanted->length - done;
        size_t n = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
        unsigned char *piece = keep ? bytes + done : bytes;
        status = read_bytes(sections, wanted->offset + done, piece, n, err);
        if (!status)
            hf_digest_add(digest, piece, n);
        done += n;
    }
    hf_digest_finish(digest, text);
    if (status || memcmp(text, wanted->digest, N_HEX) == 0)
        return status;
    snprintf(how, sizeof how, "its section '%s' is not what was written", wanted->name);
    return damaged(sections, how, err);
}

hf_status hf_sections_read(const hf_sections *sections, size_t i, unsigned char **bytes, size_t *n,
                           hf_error *err) {
    HF_ASSERT(i < sections->n);
    *n = (size_t)sections->rows[i].length;
    *bytes = HF_NEW(*n, unsigned char);
    hf_status status = read_section(sections, i, *bytes, true, err);
    if (status) {
        hf_free(*bytes);
        *bytes = NULL;
        *n = 0;
    }
    return status;
}

hf_status hf_sections_verify(const hf_sections *sections, hf_error *err) {
    unsigned char *piece = HF_NEW(PIECE_BYTES, unsigned char);
    hf_status status = HF_OK;
    for (size_t i = 0; !status && i < sections->n; i++)
        status = read_section(sections, i, piece, false, err);
    hf_free(piece);
    return status;
}
