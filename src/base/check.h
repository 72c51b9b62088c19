/* Our own mistakes: always checked, never recovered from. */
#ifndef HF_BASE_CHECK_H
#define HF_BASE_CHECK_H

#define HF_ASSERT(condition)                                                                       \
    ((condition) ? (void)0 : hf_assert_failed(#condition, __FILE__, __LINE__))

_Noreturn void hf_assert_failed(const char *condition, const char *file, int line);

#endif
