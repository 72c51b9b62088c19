/* SHA-256 of bytes, the content digest of a result file, and the digests of its parts. */
#ifndef HF_IO_DIGEST_H
#define HF_IO_DIGEST_H

#include "base/memory.h"
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

#define HF_DIGEST_TEXT 65 /* 64 lower-case hexadecimal digits and the NUL */

typedef struct hf_digest hf_digest;

/* A running SHA-256. Given: hf_digest_finish. */
hf_digest *hf_digest_begin(void);
void hf_digest_add(hf_digest *digest, const void *bytes, size_t n);
/* The digest so far; releases it. */
void hf_digest_finish(hf_digest *digest, char text[HF_DIGEST_TEXT]);

/* Of n bytes at once: an input's text. */
void hf_digest_bytes(const void *bytes, size_t n, char text[HF_DIGEST_TEXT]);

/* The content digest of a result file, recomputed from what it holds, in bounded memory.
 *
 * SHA-256 over "holdfast-content/1", then all groups and variables outside /provenance and
 * /performance, by path (as bytes). In it a number n is 8 bytes, little-endian; a text is its
 * bytes' number n and its bytes. Each group is text "group", text path, attributes. Each variable
 * is text "variable", text path, n of dimensions, for each its name (text) and length (n), text
 * type
 * ("double", "int64", "uint64", "uint8", "string"), attributes, values. Attributes are n, and for
 * each by name: text name, text type, n of values, values. Values are little-endian, row-major, any
 * NaN as 0x7ff8000000000000; strings are texts. Left out: the library's bookkeeping (CLASS, NAME,
 * DIMENSION_LIST, REFERENCE_LIST, DIMENSION_LABELS, _Netcdf4*, _NC*) and dimensions without values,
 * which show in the variables that use them. */
hf_status hf_digest_result(const char *path, char text[HF_DIGEST_TEXT],
                           hf_error *err) HF_MUST_CHECK;

/* A part of a file: a group or a variable, /provenance and /performance included. Its digest is
 * SHA-256 over what the content digest takes of it; a dimension without values has that of nothing.
 * What digests are kept in is part of nothing. */
#define HF_DIGEST_GROUP     "/provenance"
#define HF_DIGEST_ATTRIBUTE "content_digest"
#define HF_DIGEST_LIST      HF_DIGEST_GROUP "/digests" /* a variable: io/seal.h */

typedef struct hf_digest_part {
    const char *path;
    char text[HF_DIGEST_TEXT]; /* "" if the part could not be read */
} hf_digest_part;

typedef struct hf_digest_parts {
    hf_arena *arena; /* given by the caller: the paths and the items */
    size_t n;
    hf_digest_part *items; /* by path, as bytes */
} hf_digest_parts;

/* All digests of a file, in one reading; `parts` begins with n == 0. After a failure it has what
 * could be read, and `content` is no digest. Without the child process that first reads a file of
 * unknown origin (io/inventory.h). */
hf_status hf_digest_parts_read(const char *path, hf_digest_parts *parts,
                               char content[HF_DIGEST_TEXT], hf_error *err) HF_MUST_CHECK;

#endif
