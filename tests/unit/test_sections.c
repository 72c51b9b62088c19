/* Files of sections: what was written comes back, and nothing else does, whatever the bytes. */
#define _GNU_SOURCE
#include "io/draft.h"
#include "io/sections.h"
#include "sample_tables.h"
#include "unit/file_bytes.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The format, written down once more. */
typedef struct head {
    char magic[8];
    uint64_t word_order, version;
    char kind[16];
} head;
typedef struct row {
    char name[16];
    uint64_t offset, length;
    char digest[64];
} row;
typedef struct footer {
    uint64_t n;
    char digest[64];
    uint64_t length;
} footer;

enum { N_LARGE = (3 << 20) + 7 };

static char folder[] = "/tmp/hf_sections_XXXXXX", path[64];
static hf_error err;

typedef struct sample {
    const char *name, *text;
} sample;
static const sample small[] = {
    {"counts", "0123456789"}, {"nothing", ""}, {"fifteen_letters", "abc"}, {"counts", "again"}};
enum { N_SMALL = sizeof small / sizeof small[0] };

static void write_small(char digest[HF_DIGEST_TEXT], uint64_t *length) {
    hf_sections_writer *writer;
    put_bytes(path, "", 0);
    CU_ASSERT_EQUAL_FATAL(hf_sections_begin(path, path, "sample", &writer, &err), HF_OK);
    for (int i = 0; i < N_SMALL; i++)
        CU_ASSERT_EQUAL(
            hf_sections_add(writer, small[i].name, small[i].text, strlen(small[i].text), &err),
            HF_OK);
    CU_ASSERT_EQUAL(hf_sections_finish(writer, digest, length, &err), HF_OK);
}

static bytes small_file(void) {
    char digest[HF_DIGEST_TEXT];
    uint64_t length;
    write_small(digest, &length);
    return bytes_of(path);
}

/* Reads all of the file: HF_OK only if every section is as in `small`. */
static hf_status read_small(void) {
    hf_sections *sections;
    hf_error other;
    memset(&err, 0, sizeof err);
    hf_status status = hf_sections_open(path, "sample", &sections, &err);
    if (status) {
        CU_ASSERT_PTR_NULL(sections);
        return status;
    }
    CU_ASSERT_EQUAL_FATAL(hf_sections_n(sections), N_SMALL);
    hf_status all = hf_sections_verify(sections, &err);
    for (size_t i = 0; i < N_SMALL; i++) {
        unsigned char *at;
        size_t n;
        hf_status one = hf_sections_read(sections, i, &at, &n, &other);
        if (one) {
            CU_ASSERT_TRUE(at == NULL && n == 0);
            status = one;
            continue;
        }
        CU_ASSERT_STRING_EQUAL(hf_sections_name(sections, i), small[i].name);
        CU_ASSERT_TRUE(n == strlen(small[i].text) && memcmp(at, small[i].text, n) == 0);
        hf_free(at);
    }
    CU_ASSERT_EQUAL(all, status);
    hf_sections_close(sections);
    return status;
}

static void refused(const char *words) {
    CU_ASSERT_EQUAL(read_small(), HF_BAD_FILE);
    CU_ASSERT_TRUE(error_says(&err, path) && error_says(&err, words));
}

/* ---- what is whole ---- */

static void what_was_written_comes_back(void) {
    char digest[HF_DIGEST_TEXT];
    uint64_t length;
    struct stat what;
    hf_sections *sections;
    write_small(digest, &length);
    CU_ASSERT_EQUAL(read_small(), HF_OK);
    CU_ASSERT_EQUAL(stat(path, &what), 0);
    CU_ASSERT_EQUAL(length, (uint64_t)what.st_size);
    CU_ASSERT_EQUAL(length, sizeof(head) + 18 + N_SMALL * sizeof(row) + sizeof(footer));
    CU_ASSERT_EQUAL_FATAL(hf_sections_open(path, "sample", &sections, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_sections_length(sections), length);
    CU_ASSERT_STRING_EQUAL(hf_sections_digest(sections), digest);
    CU_ASSERT_EQUAL(strlen(digest), 64);
    hf_sections_close(sections);
}

static void a_file_without_sections_is_whole(void) {
    char digest[HF_DIGEST_TEXT];
    uint64_t length;
    hf_sections_writer *writer;
    hf_sections *sections;
    put_bytes(path, "", 0);
    CU_ASSERT_EQUAL_FATAL(hf_sections_begin(path, path, "sample", &writer, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_sections_finish(writer, digest, &length, &err), HF_OK);
    CU_ASSERT_EQUAL_FATAL(hf_sections_open(path, "sample", &sections, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_sections_n(sections), 0);
    CU_ASSERT_EQUAL(hf_sections_verify(sections, &err), HF_OK);
    hf_sections_close(sections);
    hf_sections_close(NULL);
    hf_sections_drop(NULL);
}

static void large_sections_and_many(void) {
    char digest[HF_DIGEST_TEXT];
    uint64_t length;
    unsigned char *at;
    size_t n;
    hf_sections_writer *writer;
    hf_sections *sections;
    unsigned char *large = HF_NEW(N_LARGE, unsigned char);
    for (size_t i = 0; i < N_LARGE; i++)
        large[i] = (unsigned char)(i * 2654435761u >> 13);
    put_bytes(path, "", 0);
    CU_ASSERT_EQUAL_FATAL(hf_sections_begin(path, path, "sample", &writer, &err), HF_OK);
    for (uint64_t i = 0; i < 5000; i++)
        CU_ASSERT_EQUAL(hf_sections_add(writer, "number", &i, i % 9, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_sections_add(writer, "large", large, N_LARGE, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_sections_finish(writer, digest, &length, &err), HF_OK);
    CU_ASSERT_EQUAL_FATAL(hf_sections_open(path, "sample", &sections, &err), HF_OK);
    CU_ASSERT_EQUAL_FATAL(hf_sections_n(sections), 5001);
    CU_ASSERT_EQUAL(hf_sections_verify(sections, &err), HF_OK);
    for (uint64_t i = 0; i <= 5000; i++) {
        CU_ASSERT_EQUAL_FATAL(hf_sections_read(sections, i, &at, &n, &err), HF_OK);
        CU_ASSERT_EQUAL((uintptr_t)at % HF_ALIGN, 0);
        if (i < 5000)
            CU_ASSERT_TRUE(n == i % 9 && memcmp(at, &i, n) == 0);
        if (i == 5000)
            CU_ASSERT_TRUE(n == N_LARGE && memcmp(at, large, n) == 0);
        hf_free(at);
    }
    hf_sections_close(sections);
    flip_byte(path, (size_t)length - sizeof(footer) - 5001 * sizeof(row) - 1, 1);
    CU_ASSERT_EQUAL_FATAL(hf_sections_open(path, "sample", &sections, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_sections_verify(sections, &err), HF_BAD_FILE);
    CU_ASSERT_TRUE(error_says(&err, "its section 'large' is not what was written"));
    CU_ASSERT_EQUAL(hf_sections_read(sections, 4999, &at, &n, &err), HF_OK);
    hf_free(at);
    hf_sections_close(sections);
    hf_free(large);
}

/* ---- what is damaged ---- */

static void every_byte_counts(void) {
    bytes whole = small_file();
    for (size_t i = 0; i < whole.n; i++)
        for (int mask = 1; mask < 256; mask = mask == 128 ? 255 : 2 * mask) {
            flip_byte(path, i, mask);
            CU_ASSERT_EQUAL(read_small(), HF_BAD_FILE);
            CU_ASSERT_TRUE(error_says(&err, path));
            flip_byte(path, i, mask);
        }
    CU_ASSERT_EQUAL(read_small(), HF_OK);
    hf_free(whole.at);
}

static void every_length_counts(void) {
    bytes whole = small_file();
    unsigned char *longer = HF_NEW(2 * whole.n, unsigned char);
    for (size_t n = 0; n < whole.n; n++) {
        put_bytes(path, whole.at, n); /* the end is missing */
        CU_ASSERT_EQUAL(read_small(), HF_BAD_FILE);
        CU_ASSERT_TRUE(error_says(&err, path));
        put_bytes(path, whole.at + n + 1, whole.n - n - 1); /* the beginning is */
        CU_ASSERT_EQUAL(read_small(), HF_BAD_FILE);
        memcpy(longer, whole.at, n); /* a byte is */
        memcpy(longer + n, whole.at + n + 1, whole.n - n - 1);
        put_bytes(path, longer, whole.n - 1);
        CU_ASSERT_EQUAL(read_small(), HF_BAD_FILE);
        memcpy(longer, whole.at, whole.n); /* more follows, up to all of it once more */
        memcpy(longer + whole.n, whole.at + whole.n - n - 1, n + 1);
        put_bytes(path, longer, whole.n + n + 1);
        CU_ASSERT_EQUAL(read_small(), HF_BAD_FILE);
    }
    hf_free(longer);
    hf_free(whole.at);
}

/* ---- what was forged: its digests hold ---- */

typedef struct forgery {
    bytes file;
    head *head;
    row *rows;
    footer *footer;
} forgery;

static forgery forge(void) {
    forgery forged = {.file = small_file()};
    unsigned char *end = forged.file.at + forged.file.n;
    forged.head = (head *)HF_NEW(1, head);
    forged.rows = HF_NEW(N_SMALL, row);
    forged.footer = HF_NEW(1, footer);
    memcpy(forged.head, forged.file.at, sizeof(head));
    memcpy(forged.rows, end - sizeof(footer) - N_SMALL * sizeof(row), N_SMALL * sizeof(row));
    memcpy(forged.footer, end - sizeof(footer), sizeof(footer));
    return forged;
}

/* Puts the file with the digest of its table made good, and releases the forgery. */
static void put_forgery(forgery *forged) {
    char digest[HF_DIGEST_TEXT];
    unsigned char *end = forged->file.at + forged->file.n;
    hf_digest *running = hf_digest_begin();
    hf_digest_add(running, forged->head, sizeof(head));
    hf_digest_add(running, forged->rows, N_SMALL * sizeof(row));
    hf_digest_finish(running, digest);
    memcpy(forged->footer->digest, digest, 64);
    memcpy(forged->file.at, forged->head, sizeof(head));
    memcpy(end - sizeof(footer) - N_SMALL * sizeof(row), forged->rows, N_SMALL * sizeof(row));
    memcpy(end - sizeof(footer), forged->footer, sizeof(footer));
    put_bytes(path, forged->file.at, forged->file.n);
    hf_free(forged->file.at);
    hf_free(forged->head);
    hf_free(forged->rows);
    hf_free(forged->footer);
}

static void heads_of_others_are_refused_by_name(void) {
    forgery forged = forge();
    put_forgery(&forged);
    CU_ASSERT_EQUAL(read_small(), HF_OK); /* so a forgery is otherwise good */
    forged = forge();
    memcpy(forged.head->magic, "\211HDF\r\n\032\n", 8);
    put_forgery(&forged);
    refused("no sample of Holdfast");
    forged = forge();
    forged.head->word_order = __builtin_bswap64(forged.head->word_order);
    put_forgery(&forged);
    refused("another order of bytes");
    forged = forge();
    forged.head->version = 2;
    put_forgery(&forged);
    refused("found version 2; allowed 1");
    forged = forge();
    memcpy(forged.head->kind, "samples", 8);
    put_forgery(&forged);
    refused("found samples; allowed sample");
    forged = forge();
    memset(forged.head->kind, 0x1b, 16);
    put_forgery(&forged);
    refused("found no word; allowed sample");
}

static void forged_tables_are_refused(void) {
    static const uint64_t large[] = {5, UINT64_MAX, UINT64_MAX / 96 + 2, UINT64_C(1) << 63};
    forgery forged = forge();
    row kept = forged.rows[0];
    forged.rows[0] = forged.rows[2]; /* as read one by one each would be whole */
    forged.rows[2] = kept;
    put_forgery(&forged);
    refused("overlap or leave gaps");
    for (int i = 0; i < 4; i++) {
        forged = forge();
        forged.footer->n = large[i];
        put_forgery(&forged);
        CU_ASSERT_EQUAL(read_small(), HF_BAD_FILE);
        forged = forge();
        forged.rows[N_SMALL - 1].length = large[i] + (i == 0); /* a byte too many */
        put_forgery(&forged);
        refused("overlap or leave gaps");
        forged = forge();
        forged.rows[1].offset = large[i];
        put_forgery(&forged);
        refused("overlap or leave gaps");
    }
    forged = forge();
    forged.rows[1].offset = forged.rows[0].offset; /* overlapping, and around to where it was */
    forged.rows[1].length = 10;
    put_forgery(&forged);
    refused("overlap or leave gaps");
    forged = forge();
    forged.rows[1].length = UINT64_MAX; /* the next would begin a byte before */
    forged.rows[2].offset--;
    put_forgery(&forged);
    refused("overlap or leave gaps");
    forged = forge();
    forged.rows[N_SMALL - 1].length--;
    put_forgery(&forged);
    refused("leave a gap");
    forged = forge();
    forged.footer->length++;
    put_forgery(&forged);
    refused("cut off, or something was added");
}

static void forged_names_are_refused(void) {
    static const char *const names[] = {
        "", "bell\a", "line\n", "\177", "caf\303\251", "nul\0x", "sixteen_letters_"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        forgery forged = forge();
        memset(forged.rows[1].name, 0, 16);
        memcpy(forged.rows[1].name, names[i], i == 5 ? 5 : strlen(names[i]));
        put_forgery(&forged);
        refused("a section has no name");
    }
}

/* ---- what is no file, and disks ---- */

static void what_is_no_plain_file_is_refused(void) {
    char digest[HF_DIGEST_TEXT], other[96];
    uint64_t length;
    snprintf(other, sizeof other, "%s/other", folder);
    write_small(digest, &length);
    CU_ASSERT_EQUAL(rename(path, other), 0);
    refused("cannot open");
    refused("No such file or directory");
    CU_ASSERT_EQUAL(symlink(other, path), 0);
    refused("is no plain file");
    unlink(path);
    CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
    refused("is no plain file");
    rmdir(path);
    CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
    alarm(10); /* which ends a test that waits for a writer */
    refused("is no plain file");
    alarm(0);
    unlink(path);
    CU_ASSERT_EQUAL(rename(other, path), 0);
    CU_ASSERT_EQUAL(read_small(), HF_OK);
}

/* What a section needs is read when it is asked for: the file may have changed since. */
static void a_file_that_shrinks_is_refused(void) {
    char digest[HF_DIGEST_TEXT];
    uint64_t length;
    unsigned char *at;
    size_t n;
    hf_sections *sections;
    write_small(digest, &length);
    CU_ASSERT_EQUAL_FATAL(hf_sections_open(path, "sample", &sections, &err), HF_OK);
    CU_ASSERT_EQUAL(truncate(path, sizeof(head) + 3), 0);
    CU_ASSERT_EQUAL(hf_sections_read(sections, 0, &at, &n, &err), HF_BAD_FILE);
    CU_ASSERT_TRUE(error_says(&err, path) && error_says(&err, "shorter"));
    CU_ASSERT_TRUE(at == NULL && n == 0);
    CU_ASSERT_EQUAL(hf_sections_verify(sections, &err), HF_BAD_FILE);
    hf_sections_close(sections);
}

/* A file that may not grow beyond any length up to its own. */
static void a_full_disk_is_told(void) {
    char digest[HF_DIGEST_TEXT];
    uint64_t length, ignored;
    hf_sections_writer *writer;
    write_small(digest, &length);
    hf_draft_mask_limits();
    for (uint64_t size = 0; size < length; size++) {
        put_bytes(path, "", 0);
        rlim_t before = limit_files(size);
        hf_status status = hf_sections_begin(path, "its/name", "sample", &writer, &err);
        CU_ASSERT_EQUAL(!writer, size < sizeof(head));
        for (int i = 0; !status && i < N_SMALL; i++)
            status =
                hf_sections_add(writer, small[i].name, small[i].text, strlen(small[i].text), &err);
        if (!status)
            status = hf_sections_finish(writer, digest, &ignored, &err);
        else
            hf_sections_drop(writer);
        limit_files(before);
        CU_ASSERT_EQUAL(status, HF_BAD_FILE);
        CU_ASSERT_TRUE(error_says(&err, "cannot write 'its/name': File too large; make room"));
    }
    if (access("/dev/full", W_OK) != 0) {
        puts("SKIPPED: no /dev/full");
        return;
    }
    CU_ASSERT_EQUAL(hf_sections_begin("/dev/full", "its/name", "sample", &writer, &err),
                    HF_BAD_FILE);
    CU_ASSERT_TRUE(error_says(&err, "cannot write 'its/name': No space left on device"));
}

int main(void) {
    static const hf_case cases[] = {HF_CASE(what_was_written_comes_back),
                                    HF_CASE(a_file_without_sections_is_whole),
                                    HF_CASE(large_sections_and_many),
                                    HF_CASE(every_byte_counts),
                                    HF_CASE(every_length_counts),
                                    HF_CASE(heads_of_others_are_refused_by_name),
                                    HF_CASE(forged_tables_are_refused),
                                    HF_CASE(forged_names_are_refused),
                                    HF_CASE(what_is_no_plain_file_is_refused),
                                    HF_CASE(a_file_that_shrinks_is_refused),
                                    HF_CASE(a_full_disk_is_told)};
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/sections", folder);
    int n_open = files_in("/proc/self/fd");
    int failed = hf_cunit_run("sections", cases, sizeof cases / sizeof cases[0]);
    if (files_in("/proc/self/fd") != n_open) {
        puts("a file was left open");
        failed = 1;
    }
    unlink(path);
    return rmdir(folder) != 0 || failed;
}
