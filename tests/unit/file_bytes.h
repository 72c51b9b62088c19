/* A file as bytes, for tests that damage it. */
#ifndef HF_TESTS_UNIT_FILE_BYTES_H
#define HF_TESTS_UNIT_FILE_BYTES_H

#include "base/memory.h"
#include "unit/hf_cunit.h"
#include <string.h>
#include <sys/resource.h>

typedef struct bytes {
    unsigned char *at; /* release with hf_free */
    size_t n;
} bytes;

static inline bytes bytes_of(const char *path) {
    bytes found = {0};
    FILE *stream = fopen(path, "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    fseek(stream, 0, SEEK_END);
    found.n = (size_t)ftell(stream);
    found.at = HF_NEW(found.n, unsigned char);
    rewind(stream);
    CU_ASSERT_EQUAL(fread(found.at, 1, found.n, stream), found.n);
    fclose(stream);
    return found;
}

static inline void put_bytes(const char *path, const void *at, size_t n) {
    FILE *stream = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    CU_ASSERT_EQUAL(fwrite(at, 1, n, stream), n);
    fclose(stream);
}

static inline void flip_byte(const char *path, size_t i, int mask) {
    FILE *stream = fopen(path, "rb+");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    fseek(stream, (long)i, SEEK_SET);
    int byte = fgetc(stream);
    fseek(stream, (long)i, SEEK_SET);
    fputc(byte ^ mask, stream);
    fclose(stream);
}

/* No file of this process grows beyond n bytes from now on; gives what was the limit. */
static inline rlim_t limit_files(rlim_t n) {
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = n;
    setrlimit(RLIMIT_FSIZE, &limit);
    return before;
}

#endif
