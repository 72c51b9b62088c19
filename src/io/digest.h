/* SHA-256 of bytes, and the content digest of a result file. */
#ifndef HF_IO_DIGEST_H
#define HF_IO_DIGEST_H

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
/* The same of a file that this process has just written: without the child process that first reads
 * a file of unknown origin (io/inventory.h). */
hf_status hf_digest_draft(const char *path, char text[HF_DIGEST_TEXT], hf_error *err) HF_MUST_CHECK;

#endif
