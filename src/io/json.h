/* The strict gate in front of cJSON, which lets much pass that is no JSON (leading zeros, `1.`, raw
 * control characters, invalid UTF-8, a byte-order mark, trailing text, a key given twice ...), and
 * the one way in which this program writes JSON.
 *
 * Numbers are read by strtod and written with %g: both in the C locale, which holds because no part
 * of this program calls setlocale. */
#ifndef HF_IO_JSON_H
#define HF_IO_JSON_H

#include "base/problems.h"
#include "base/status.h"
#include <cjson/cJSON.h>
#include <stddef.h>

#define HF_JSON_MAX_BYTES  ((size_t)64 << 20) /* of a file */
#define HF_JSON_MAX_DEPTH  64                 /* of nested arrays and objects */
#define HF_JSON_MAX_DIGITS 63 /* characters of a number: cJSON cuts longer ones off */

/* Reads and parses the file at `path`. HF_BAD_FILE: it cannot be read. HF_BAD_INPUT: it is no JSON;
 * the problem names line and column. HF_OK: *json is the tree, to be released with cJSON_Delete;
 * keys given twice were added to `problems`. *text (may be NULL) is the file, byte by byte, to be
 * released with hf_free; it is given whenever the file could be read. */
hf_status hf_json_read_file(const char *path, cJSON **json, char **text, hf_problems *problems,
                            hf_error *err) HF_MUST_CHECK;
/* The same for n bytes in memory; text[n] is NUL. */
hf_status hf_json_parse(const char *text, size_t n, cJSON **json, hf_problems *problems,
                        hf_error *err) HF_MUST_CHECK;

/* The scan alone: are the n bytes JSON as RFC 8259 has it, within the limits
 * above? text[n] is NUL. */
hf_status hf_json_scan(const char *text, size_t n, hf_problems *problems) HF_MUST_CHECK;

/* The member of `object` with exactly this key; NULL if there is none or it is no object. */
cJSON *hf_json_member(const cJSON *object, const char *key);
/* Puts the members of all objects, however deep, into the byte order of their keys. */
void hf_json_sort(cJSON *json);
/* Puts an array of strings into byte order. */
void hf_json_sort_strings(cJSON *array);
/* Compact text of a tree: members as they stand, numbers as short as they read back to the same
 * bits, never more than 17 digits. Release with hf_free. */
char *hf_json_write(const cJSON *json);
/* What stands there, for a message: `-3`, `"a text"` (cut at 40 characters), `an array of 2` ...
 * Release with hf_free. */
char *hf_json_describe(const cJSON *json);
/* `x` as hf_json_write has it. */
void hf_json_number(char text[32], double x);
/* A key as it stands in a path: itself when it is like an id, else quoted, escaped and cut. Release
 * with hf_free. */
char *hf_json_key_text(const char *key);

#endif
