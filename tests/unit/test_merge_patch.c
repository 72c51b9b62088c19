/* Merge patches: the table of RFC 7396, appendix A, and what it leaves open: places are kept. */
#include "base/memory.h"
#include "io/json.h"
#include "io/merge_patch.h"
#include "unit/hf_cunit.h"
#include <string.h>

/* Text of `original` after `patch`, members as they stand. Release with hf_free. */
static char *patched(const char *original, const char *patch) {
    cJSON *target = cJSON_Parse(original), *change = cJSON_Parse(patch);
    CU_ASSERT_TRUE_FATAL(target && change);
    char *before = hf_json_write(change);
    hf_merge_patch(&target, change);
    char *after = hf_json_write(change), *text = hf_json_write(target);
    CU_ASSERT_STRING_EQUAL(after, before); /* the patch is not touched */
    hf_free(before);
    hf_free(after);
    cJSON_Delete(target);
    cJSON_Delete(change);
    return text;
}

static void check(const char *original, const char *patch, const char *result) {
    char *text = patched(original, patch);
    if (strcmp(text, result) != 0) {
        fprintf(stderr, "\n%s with %s: %s, expected %s\n", original, patch, text, result);
        CU_FAIL("merge patch");
    }
    hf_free(text);
}

static void does_what_appendix_a_says(void) {
    check("{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
    check("{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}");
    check("{\"a\":\"b\"}", "{\"a\":null}", "{}");
    check("{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}");
    check("{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}");
    check("{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}");
    check("{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}");
    check("{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}");
    check("[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]");
    check("{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]");
    check("{\"a\":\"foo\"}", "null", "null");
    check("{\"a\":\"foo\"}", "\"bar\"", "\"bar\"");
    check("{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}");
    check("[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}");
    check("{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}");
}

static void does_the_example_of_section_3(void) {
    check("{\"title\":\"Goodbye!\",\"author\":{\"givenName\":\"John\",\"familyName\":\"Doe\"},"
          "\"tags\":[\"example\",\"sample\"],\"content\":\"This will be unchanged\"}",
          "{\"title\":\"Hello!\",\"phoneNumber\":\"+01-123-456-7890\","
          "\"author\":{\"familyName\":null},\"tags\":[\"example\"]}",
          "{\"title\":\"Hello!\",\"author\":{\"givenName\":\"John\"},\"tags\":[\"example\"],"
          "\"content\":\"This will be unchanged\",\"phoneNumber\":\"+01-123-456-7890\"}");
}

static void a_changed_member_keeps_its_place(void) {
    check("{\"a\":1,\"b\":2,\"c\":3}", "{\"a\":9}", "{\"a\":9,\"b\":2,\"c\":3}");
    check("{\"a\":1,\"b\":2,\"c\":3}", "{\"b\":{\"x\":1}}", "{\"a\":1,\"b\":{\"x\":1},\"c\":3}");
    check("{\"a\":1,\"b\":2,\"c\":3}", "{\"c\":9,\"a\":8}", "{\"a\":8,\"b\":2,\"c\":9}");
    check("{\"a\":1,\"b\":2,\"c\":3}", "{\"b\":null,\"d\":4}", "{\"a\":1,\"c\":3,\"d\":4}");
    check("{\"a\":{\"x\":1,\"y\":2},\"b\":2}", "{\"a\":{\"x\":{\"z\":0}}}",
          "{\"a\":{\"x\":{\"z\":0},\"y\":2},\"b\":2}");
}

static void keys_are_compared_with_case(void) {
    check("{\"a\":1,\"A\":2}", "{\"A\":3}", "{\"a\":1,\"A\":3}");
    check("{\"a\":1}", "{\"A\":null}", "{\"a\":1}");
}

static void nulls_within_arrays_stay(void) {
    check("{\"a\":1}", "{\"a\":[null,{\"b\":null}]}", "{\"a\":[null,{\"b\":null}]}");
}

HF_TEST_MAIN("merge_patch", HF_CASE(does_what_appendix_a_says),
             HF_CASE(does_the_example_of_section_3), HF_CASE(a_changed_member_keeps_its_place),
             HF_CASE(keys_are_compared_with_case), HF_CASE(nulls_within_arrays_stay))
