/* A flat file of named sections, each with its SHA-256: our own format, read without HDF5.
 *
 *     head: magic "HOLDFAST", word order, version, kind     checked before anything else
 *     the sections' bytes, one after the other
 *     table: for each section name, offset, length, digest
 *     footer: number of sections, digest of head and table, length of the file
 *
 * Nothing of a section is given before its digest was verified, nothing of the table before its
 * own; every byte of the file stands under one of them or is determined by the rest. Numbers stand
 * in the machine's order, which the head tells: another machine's file is refused. */
#ifndef HF_IO_SECTIONS_H
#define HF_IO_SECTIONS_H

#include "io/digest.h"

#define HF_SECTION_NAME 16 /* bytes of a name, its NUL included: printable ASCII */

typedef struct hf_sections_writer hf_sections_writer;

/* Begins in the (empty) file at `aside`; errors name `path`, which it will be. `kind`: what the
 * file is, as "segment". *writer is NULL on failure. Given: hf_sections_finish or hf_sections_drop.
 */
hf_status hf_sections_begin(const char *aside, const char *path, const char *kind,
                            hf_sections_writer **writer, hf_error *err) HF_MUST_CHECK;
/* A section; several may have the same name. After a failure only hf_sections_drop is left. */
hf_status hf_sections_add(hf_sections_writer *writer, const char *name, const void *bytes, size_t n,
                          hf_error *err) HF_MUST_CHECK;
/* Table and footer; closes. `digest` (of head and table: it stands for the whole file) and
 * `length` are how another file may name this one. Releases the writer in any case. */
hf_status hf_sections_finish(hf_sections_writer *writer, char digest[HF_DIGEST_TEXT],
                             uint64_t *length, hf_error *err) HF_MUST_CHECK;
void hf_sections_drop(hf_sections_writer *writer); /* the file stays; NULL is allowed */

typedef struct hf_sections hf_sections;

/* Opens and verifies head, table and length; no section is read. HF_BAD_FILE with what is wrong (no
 * plain file, too short, another kind, version or word order, a digest that does not hold, sections
 * that overlap or leave gaps); *sections is NULL then. Takes no more memory than the file is long.
 * Given: hf_sections_close. */
hf_status hf_sections_open(const char *path, const char *kind, hf_sections **sections,
                           hf_error *err) HF_MUST_CHECK;
void hf_sections_close(hf_sections *sections); /* NULL is allowed */

const char *hf_sections_digest(const hf_sections *sections); /* as hf_sections_finish gave it */
uint64_t hf_sections_length(const hf_sections *sections);    /* of the file, bytes */
size_t hf_sections_n(const hf_sections *sections);
const char *hf_sections_name(const hf_sections *sections, size_t i);
/* Reads section i and verifies it; *bytes is given (hf_free), never NULL, aligned for any number.
 * On failure nothing is given. */
hf_status hf_sections_read(const hf_sections *sections, size_t i, unsigned char **bytes, size_t *n,
                           hf_error *err) HF_MUST_CHECK;
/* Verifies all sections, in bounded memory. */
hf_status hf_sections_verify(const hf_sections *sections, hf_error *err) HF_MUST_CHECK;

#endif
