/* UTF-8, as far as files and terminals need it. */
#ifndef HF_IO_UTF8_H
#define HF_IO_UTF8_H

#include <stdbool.h>
#include <stdint.h>

/* The code point at *text, which moves behind it; -1 for a byte that starts no valid sequence
 * (overlong forms and surrogates are not valid), which is then skipped alone. Not at the NUL. */
int32_t hf_utf8_next(const char **text);
bool hf_utf8_is_valid(const char *text);
/* Puts '?' for each byte that is not part of a valid sequence. */
void hf_utf8_repair(char *text);

#endif
