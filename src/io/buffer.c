/* A text that grows. */
#include "io/buffer.h"
#include "base/check.h"
#include "base/memory.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void hf_buffer_add(hf_buffer *buffer, const char *bytes, size_t n) {
    size_t needed = buffer->n + n + 1;
    if (needed > buffer->capacity) {
        size_t capacity = needed < 128 ? 128 : 2 * needed;
        buffer->text = (char *)hf_realloc(buffer->text, buffer->n, capacity, 1);
        buffer->capacity = capacity;
    }
    if (n)
        memcpy(buffer->text + buffer->n, bytes, n);
    buffer->n += n;
    buffer->text[buffer->n] = '\0';
}

void hf_buffer_add_text(hf_buffer *buffer, const char *text) {
    hf_buffer_add(buffer, text, strlen(text));
}

void hf_buffer_add_format(hf_buffer *buffer, const char *format, ...) {
    char text[256];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    HF_ASSERT(n >= 0 && (size_t)n < sizeof text); /* numbers and short words only */
    hf_buffer_add(buffer, text, (size_t)n);
}

char *hf_buffer_take(hf_buffer *buffer) {
    hf_buffer_add(buffer, "", 0);
    char *text = buffer->text;
    *buffer = (hf_buffer){0};
    return text;
}
