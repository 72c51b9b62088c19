/* Hostile checkpoints: beside a whole generation lies a newer one, or a segment it needs, made of
 * the input. It is taken, or named as not whole and the older one found.
 *
 * The first byte of an input says what the rest is. Digests keep mutants out before anything is
 * interpreted, so most are given the right ones. */
#include "base/check.h"
#include "base/memory.h"
#include "fuzz/fuzz.h"
#include "io/checkpoints.h"
#include "io/digest.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { RAW_GENERATION, SEALED_GENERATION, LIST, SEALED_SEGMENT, N_ROLES };
enum { N_HEX = HF_DIGEST_TEXT - 1, PATH_BYTES = 64, MOST_BYTES = 1 << 16 };

/* The format, once more (io/sections.c, io/checkpoints.c). */
typedef struct head {
    char magic[8];
    uint64_t word_order, version;
    char kind[16];
} head;
typedef struct row {
    char name[16];
    uint64_t offset, length;
    char digest[N_HEX];
} row;
typedef struct footer {
    uint64_t n_sections;
    char digest[N_HEX];
    uint64_t length;
} footer;
typedef struct segment {
    uint64_t number, length;
    char digest[N_HEX];
} segment;

typedef struct file {
    char path[PATH_BYTES];
    size_t n;
    uint8_t bytes[MOST_BYTES];
} file;

static char folder[PATH_BYTES - 32];
static file old_generation, old_segment, new_generation, new_segment;

/* --- files --- */

static void set_digest(char digest[N_HEX], const void *bytes, size_t n) {
    char text[HF_DIGEST_TEXT];
    hf_digest_bytes(bytes, n, text);
    memcpy(digest, text, N_HEX);
}

static void set_table_digest(char digest[N_HEX], const uint8_t *bytes, size_t table, size_t n) {
    char text[HF_DIGEST_TEXT];
    hf_digest *running = hf_digest_begin();
    hf_digest_add(running, bytes, sizeof(head));
    hf_digest_add(running, bytes + table, n);
    hf_digest_finish(running, text);
    memcpy(digest, text, N_HEX);
}

/* Puts right all digests of bytes[n], as far as it is laid out so that there are some. */
static void seal(uint8_t *bytes, size_t n) {
    footer last;
    if (n < sizeof(head) + sizeof last)
        return;
    size_t end = n - sizeof last, most = (end - sizeof(head)) / sizeof(row);
    memcpy(&last, bytes + end, sizeof last);
    size_t n_sections = last.n_sections < most ? (size_t)last.n_sections : most;
    size_t table = end - n_sections * sizeof(row);
    for (size_t i = 0; i < n_sections; i++) {
        uint8_t *at = bytes + table + i * sizeof(row);
        row one;
        memcpy(&one, at, sizeof one);
        if (one.offset <= table && one.length <= table - one.offset)
            set_digest(one.digest, bytes + one.offset, (size_t)one.length);
        memcpy(at, &one, sizeof one);
    }
    set_table_digest(last.digest, bytes, table, n_sections * sizeof(row));
    memcpy(bytes + end, &last, sizeof last);
}

/* A generation with nothing in it but a list of segments, n bytes. */
static void wrap_list(file *generation, const void *list, size_t n) {
    uint8_t *at = generation->bytes;
    row one = {.name = "segments", .offset = sizeof(head), .length = n};
    footer last = {.n_sections = 1, .length = sizeof(head) + n + sizeof one + sizeof last};
    memcpy(at, old_generation.bytes, sizeof(head));
    memcpy(at += sizeof(head), list, n);
    memcpy(at += n, &one, sizeof one);
    memcpy(at + sizeof one, &last, sizeof last);
    generation->n = (size_t)last.length;
    seal(generation->bytes, generation->n);
}

static void write_file(const file *written) {
    FILE *stream = fopen(written->path, "wb");
    HF_ASSERT(stream && fwrite(written->bytes, 1, written->n, stream) == written->n);
    HF_ASSERT(fclose(stream) == 0);
}

static void read_file(file *read) {
    FILE *stream = fopen(read->path, "rb");
    HF_ASSERT(stream);
    read->n = fread(read->bytes, 1, sizeof read->bytes, stream);
    fclose(stream);
}

/* --- the whole generation --- */

static void remove_folder(void) {
    unlink(old_generation.path);
    unlink(old_segment.path);
    rmdir(folder);
}

static void name_files(void) {
    bool in_memory = access("/dev/shm", W_OK) == 0;
    snprintf(folder, sizeof folder, "%s/hf_fuzz_XXXXXX", in_memory ? "/dev/shm" : "/tmp");
    HF_ASSERT(mkdtemp(folder));
    snprintf(old_generation.path, PATH_BYTES, "%s/generation-000001", folder);
    snprintf(new_generation.path, PATH_BYTES, "%s/generation-000002", folder);
    snprintf(old_segment.path, PATH_BYTES, "%s/segment-000001", folder);
    snprintf(new_segment.path, PATH_BYTES, "%s/segment-000002", folder);
}

static void prepare(void) {
    hf_error err;
    if (folder[0])
        return;
    name_files();
    hf_checkpoints *checkpoints = hf_checkpoints_create(folder);
    HF_ASSERT(hf_checkpoints_begin(checkpoints, &err) == HF_OK);
    HF_ASSERT(hf_checkpoints_add(checkpoints, "stand", "12345678", 8, &err) == HF_OK);
    HF_ASSERT(hf_checkpoints_add_rows(checkpoints, "trials", "1234567", 7, &err) == HF_OK);
    HF_ASSERT(hf_checkpoints_add_rows(checkpoints, "causes", "", 0, &err) == HF_OK);
    HF_ASSERT(hf_checkpoints_commit(checkpoints, &err) == HF_OK);
    hf_checkpoints_destroy(checkpoints);
    read_file(&old_generation);
    read_file(&old_segment);
    atexit(remove_folder);
}

/* --- the input --- */

/* Segments that it names by the number of the whole one are that one, but for every eighth. */
static void use_list(const uint8_t *data, size_t n) {
    segment list[16];
    footer last;
    memcpy(&last, old_segment.bytes + old_segment.n - sizeof last, sizeof last);
    n = n < sizeof list ? n : sizeof list;
    memcpy(list, data, n);
    for (size_t i = 0; i < n / sizeof *list; i++)
        if (list[i].number == 1 && list[i].digest[0] % 8) {
            list[i].length = last.length;
            memcpy(list[i].digest, last.digest, N_HEX);
        }
    wrap_list(&new_generation, list, n);
}

static void use_segment(const uint8_t *data, size_t n) {
    segment list = {.number = 2, .length = n};
    memcpy(new_segment.bytes, data, n);
    new_segment.n = n;
    seal(new_segment.bytes, n);
    if (n >= sizeof(footer))
        memcpy(list.digest, new_segment.bytes + n - sizeof(footer) + 8, N_HEX);
    wrap_list(&new_generation, &list, sizeof list);
    write_file(&new_segment);
}

static void use(int role, const uint8_t *data, size_t n) {
    if (role == LIST) {
        use_list(data, n);
    } else if (role == SEALED_SEGMENT) {
        use_segment(data, n);
    } else {
        memcpy(new_generation.bytes, data, n);
        new_generation.n = n;
        if (role == SEALED_GENERATION)
            seal(new_generation.bytes, n);
    }
    write_file(&new_generation);
}

static hf_status count(void *total, const char *name, const unsigned char *bytes, size_t n,
                       hf_error *err) {
    (void)err;
    *(size_t *)total += strlen(name) + n;
    for (size_t i = 0; i < n; i++)
        *(size_t *)total += bytes[i];
    return HF_OK;
}

static void find(void) {
    hf_checkpoints *checkpoints = hf_checkpoints_create(folder);
    hf_problems skipped;
    hf_error err;
    bool found;
    size_t n, total = 0;
    hf_problems_init(&skipped);
    HF_ASSERT(hf_checkpoints_find(checkpoints, &skipped, &found, &err) == HF_OK && found);
    const unsigned char *stand = hf_checkpoints_section(checkpoints, "stand", &n);
    HF_ASSERT(skipped.n <= 1);
    HF_ASSERT(skipped.n == 0 || (n == 8 && memcmp(stand, "12345678", n) == 0));
    HF_ASSERT(hf_checkpoints_rows(checkpoints, count, &total, &err) == HF_OK);
    hf_problems_clear(&skipped);
    hf_checkpoints_destroy(checkpoints);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    prepare();
    if (n == 0 || n > MOST_BYTES / 2)
        return 0;
    use(data[0] % N_ROLES, data + 1, n - 1);
    find();
    unlink(new_generation.path);
    unlink(new_segment.path);
    return 0;
}

/* --- mutants --- */

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t max, unsigned seed) {
    prepare();
    if (n >= 9 && seed % 64)
        return 1 + fuzz_change(data + 1, n - 1, max - 1, seed / 64);
    segment list[2] = {{.number = 1, .digest = "0"}, {.number = 2}};
    const void *genuine[N_ROLES] = {old_generation.bytes, old_generation.bytes, list,
                                    old_segment.bytes};
    size_t lengths[N_ROLES] = {old_generation.n, old_generation.n,
                               (1 + seed / 256 % 2) * sizeof *list, old_segment.n};
    int role = (int)(seed / 64 % N_ROLES);
    size_t length = lengths[role] < max - 1 ? lengths[role] : max - 1;
    data[0] = (uint8_t)role;
    memcpy(data + 1, genuine[role], length);
    return 1 + length;
}
