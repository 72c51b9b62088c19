/* Status codes and error texts. One list makes both the enum and its words. */
#ifndef HF_BASE_STATUS_H
#define HF_BASE_STATUS_H

#define HF_MUST_CHECK         __attribute__((warn_unused_result))
#define HF_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

/* name, exit code of the program, words */
#define HF_STATUS_LIST(X)                                                                          \
    X(HF_OK, 0, "done")                                                                            \
    X(HF_BAD_INPUT, 2, "bad input")                                                                \
    X(HF_BAD_USAGE, 2, "bad usage")                                                                \
    X(HF_NO_MEMORY, 3, "out of memory")                                                            \
    X(HF_BAD_FILE, 3, "file error")                                                                \
    X(HF_BAD_WORLD, 3, "environment error")                                                        \
    X(HF_CHECKPOINTED, 75, "checkpointed, to be resumed")

typedef enum hf_status {
#define HF_STATUS_ENUM(name, code, words) name,
    HF_STATUS_LIST(HF_STATUS_ENUM)
#undef HF_STATUS_ENUM
} hf_status;

/* What went wrong, in one sentence that names the thing, what was found and what is allowed. */
typedef struct hf_error {
    hf_status status;
    char text[1024];
} hf_error;

/* Fills *err (may be NULL) and returns `status`, so that callers can `return hf_fail(...)`. */
hf_status hf_fail(hf_error *err, hf_status status, const char *format, ...) HF_PRINTF(3, 4);

int hf_status_exit_code(hf_status status);
const char *hf_status_words(hf_status status);

#endif
