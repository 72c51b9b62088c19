/* The digests that a result file keeps of itself, and whether they still hold.
 *
 * /provenance has the content digest as an attribute, and the variable `digests`, a text of lines
 * "<digest>  <path>" as sha256sum writes them, of all parts of the file by path (io/digest.h). The
 * last line is the list's own: of the lines above it. */
#ifndef HF_IO_SEAL_H
#define HF_IO_SEAL_H

#include "base/status.h"
#include "io/digest.h"
#include "io/findings.h"

/* Puts the digests into a file that this process has just written at `path`; errors call it `name`.
 * Gives the content digest. */
hf_status hf_seal_write(const char *path, const char *name, char content[HF_DIGEST_TEXT],
                        hf_error *err) HF_MUST_CHECK;

/* Reads the whole file, after a child process has survived reading it, and finds what is not as the
 * digests say, into findings (initialised, empty). HF_BAD_FILE if it cannot be looked into at all,
 * HF_BAD_INPUT if it is no HDF5 file. Gives the content digest of what could be read. */
hf_status hf_seal_check(const char *path, hf_findings *findings, char content[HF_DIGEST_TEXT],
                        hf_error *err) HF_MUST_CHECK;

#endif
