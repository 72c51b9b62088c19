/* The main of a unit test: one suite an executable, CUnit's summary on stdout, non-zero on failure.
 *
 *     static void adds(void) { CU_ASSERT_EQUAL(1 + 1, 2); }
 *     HF_TEST_MAIN("arithmetic", HF_CASE(adds)) */
#ifndef HF_TESTS_UNIT_HF_CUNIT_H
#define HF_TESTS_UNIT_HF_CUNIT_H

#include <CUnit/Basic.h>
#include <stddef.h>
#include <stdio.h>

typedef struct hf_case {
    const char *name;
    void (*function)(void);
} hf_case;

#define HF_CASE(function)                                                                          \
    { #function, function }

/* Runs the cases; 0 if all ran and none failed. */
static inline int hf_cunit_run(const char *suite, const hf_case *cases, size_t n) {
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    CU_pSuite added = CU_add_suite(suite, NULL, NULL);
    for (size_t i = 0; added && i < n; i++)
        if (!CU_add_test(added, cases[i].name, cases[i].function))
            added = NULL;
    if (!added) {
        fprintf(stderr, "%s: %s\n", suite, CU_get_error_msg());
        CU_cleanup_registry();
        return 1;
    }
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_ErrorCode outcome = CU_basic_run_tests();
    int good = outcome == CUE_SUCCESS && CU_get_number_of_tests_run() == n &&
               CU_get_number_of_failures() == 0;
    CU_cleanup_registry();
    return good ? 0 : 1;
}

#define HF_TEST_MAIN(suite, ...)                                                                   \
    int main(void) {                                                                               \
        static const hf_case cases[] = {__VA_ARGS__};                                              \
        return hf_cunit_run(suite, cases, sizeof cases / sizeof cases[0]);                         \
    }

#endif
