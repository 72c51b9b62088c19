/* A text that grows. */
#ifndef HF_IO_BUFFER_H
#define HF_IO_BUFFER_H

#include "base/status.h"
#include <stddef.h>

typedef struct hf_buffer {
    char *text; /* NUL-terminated once something was added; NULL before. Release with hf_free. */
    size_t n, capacity;
} hf_buffer;

void hf_buffer_add(hf_buffer *buffer, const char *bytes, size_t n);
void hf_buffer_add_text(hf_buffer *buffer, const char *text);
void hf_buffer_add_format(hf_buffer *buffer, const char *format, ...) HF_PRINTF(2, 3);
/* The text, never NULL; release with hf_free. The buffer is empty after. */
char *hf_buffer_take(hf_buffer *buffer);

#endif
