/* Status codes and error texts. */
#include "base/status.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

hf_status hf_fail(hf_error *err, hf_status status, const char *format, ...) {
    if (err) {
        va_list args;
        va_start(args, format);
        err->status = status;
        vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
    }
    return status;
}

int hf_status_exit_code(hf_status status) {
    switch (status) {
#define HF_STATUS_CODE(name, code, words)                                                          \
    case name:                                                                                     \
        return code;
        HF_STATUS_LIST(HF_STATUS_CODE)
#undef HF_STATUS_CODE
    }
    return 3;
}

const char *hf_status_words(hf_status status) {
    switch (status) {
#define HF_STATUS_WORDS(name, code, words)                                                         \
    case name:                                                                                     \
        return words;
        HF_STATUS_LIST(HF_STATUS_WORDS)
#undef HF_STATUS_WORDS
    }
    return "unknown status";
}
