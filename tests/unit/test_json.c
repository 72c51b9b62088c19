/* The strict gate and the canonical writing of JSON. */
#include "base/memory.h"
#include "io/json.h"
#include "unit/hf_cunit.h"
#include <stdlib.h>
#include <string.h>

/* Reads `text` and writes it again, sorted; NULL if it is refused. Release with hf_free. */
static char *rewritten(const char *text) {
    hf_problems problems;
    hf_error err;
    cJSON *json;
    hf_problems_init(&problems);
    char *again = NULL;
    if (hf_json_parse(text, strlen(text), &json, &problems, &err) == HF_OK) {
        hf_json_sort(json);
        again = hf_json_write(json);
    }
    cJSON_Delete(json);
    hf_problems_clear(&problems);
    return again;
}

static void check_rewritten(const char *text, const char *expected) {
    char *again = rewritten(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(again);
    if (strcmp(again, expected) != 0) {
        fprintf(stderr, "\n%s\nbecame   %s\nexpected %s\n", text, again, expected);
        CU_FAIL("canonical text");
    }
    hf_free(again);
}

static void reads_what_rfc_8259_allows(void) {
    check_rewritten(" \t\r\n[ ] ", "[]");
    check_rewritten("{}", "{}");
    check_rewritten("0", "0");
    check_rewritten("[-0, -0.0, 0e5, 1E+2, 1e-2, 12.50]", "[0,0,0,100,0.01,12.5]");
    check_rewritten("[true,false,null]", "[true,false,null]");
    check_rewritten("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
                    "\"\\\"\\\\/\\u0008\\u000c\\u000a\\u000d\\u0009\"");
    check_rewritten("\"\\u00e9 \\ud83d\\ude00 \xC3\xA9\"",
                    "\"\xC3\xA9 \xF0\x9F\x98\x80 \xC3\xA9\"");
    check_rewritten("\"\x7F\"", "\"\\u007f\"");
    check_rewritten("\"\xEF\xBB\xBF\"",
                    "\"\xEF\xBB\xBF\""); /* a BOM within a text is a character */
}

static void numbers_come_back_to_the_bit(void) {
    static const double numbers[] = {0.1,
                                     1.0 / 3.0,
                                     2.2250738585072014e-308,
                                     1.7976931348623157e308,
                                     1e15,
                                     -1e-9,
                                     123456789012345680.0,
                                     0.30000000000000004,
                                     5e-324 * 4503599627370496.0};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char text[32];
        hf_json_number(text, numbers[i]);
        CU_ASSERT_TRUE(strlen(text) < 26);
        char *again = rewritten(text);
        CU_ASSERT_STRING_EQUAL(again, text);
        hf_free(again);
        CU_ASSERT_EQUAL(strtod(text, NULL), numbers[i]);
    }
    char text[32];
    hf_json_number(text, 0.1);
    CU_ASSERT_STRING_EQUAL(text, "0.1");
    hf_json_number(text, -0.0);
    CU_ASSERT_STRING_EQUAL(text, "0");
}

static void key_order_and_white_space_do_not_matter(void) {
    const char *expected = "{\"A\":1,\"a\":{\"x\":[3,1,2],\"y\":2},\"b\":[{\"c\":1,\"d\":2}]}";
    check_rewritten("{\"b\":[{\"d\":2,\"c\":1}],\"a\":{\"y\":2,\"x\":[3,1,2]},\"A\":1}", expected);
    check_rewritten(
        "{ \"A\" : 1.0 ,\n\"a\":{\"x\":[3,1e0,2],\"y\":20e-1},\"b\":[{\"c\":1,\"d\":2}]}",
        expected);
}

/* The whole line that refuses `text`. */
static void check_bytes_refused(const char *text, size_t n, const char *line) {
    hf_problems problems;
    hf_error err;
    cJSON *json;
    hf_problems_init(&problems);
    CU_ASSERT_EQUAL(hf_json_parse(text, n, &json, &problems, &err), HF_BAD_INPUT);
    CU_ASSERT_PTR_NULL(json);
    CU_ASSERT_EQUAL_FATAL(problems.n, 1);
    if (strcmp(problems.lines[0], line) != 0) {
        fprintf(stderr, "\nfound    %s\nexpected %s\n", problems.lines[0], line);
        CU_FAIL("the line of a refusal");
    }
    hf_problems_clear(&problems);
}

#define CHECK_REFUSED(literal, line) check_bytes_refused(literal, sizeof(literal) - 1, line)

static void refusals_name_line_and_column(void) {
    CHECK_REFUSED("", "line 1, column 1: found the end of the text; allowed a value");
    CHECK_REFUSED("[1,\n 2,\n x]", "line 3, column 2: found x; allowed a value");
    /* Columns count characters, not bytes. */
    CHECK_REFUSED("[\"\xC3\xA9\xC3\xA9\" 1]", "line 1, column 7: found 1; allowed ',' or ']'");
    CHECK_REFUSED("[1\0]", "line 1, column 3: found control character 0x00; allowed ',' or ']'");
    CHECK_REFUSED("[\"\x1F\"]", "line 1, column 3: found control character 0x1F; allowed a closing "
                                "quote, or control characters as escapes");
    CHECK_REFUSED("\"\xF0\x9F\x98\"",
                  "line 1, column 2: found byte 0xF0, which is no UTF-8; allowed UTF-8");
    CHECK_REFUSED("\"\xF4\x90\x80\x80\"",
                  "line 1, column 2: found byte 0xF4, which is no UTF-8; allowed UTF-8");
}

static void depth_64_is_the_deepest(void) {
    char text[2 * 65 + 1];
    for (int depth = 64; depth <= 65; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        text[2 * depth] = '\0';
        char *again = rewritten(text);
        CU_ASSERT_EQUAL(again != NULL, depth == 64);
        hf_free(again);
    }
}

static void numbers_of_63_characters_are_the_longest(void) {
    char text[65];
    memset(text, '1', 64);
    text[64] = '\0';
    CU_ASSERT_PTR_NULL(rewritten(text));
    text[63] = '\0';
    char *again = rewritten(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(again);
    CU_ASSERT_EQUAL(strtod(again, NULL), strtod(text, NULL)); /* no digit was cut off */
    hf_free(again);
}

static void keys_given_twice_are_all_named(void) {
    const char *text =
        "{\"a\":{\"b\":1,\"c\":[0,{\"d\":1,\"\\u0064\":2}],\"b\":2},\n\"A\":1,\"a\":1}";
    hf_problems problems;
    hf_error err;
    cJSON *json;
    hf_problems_init(&problems);
    CU_ASSERT_EQUAL(hf_json_parse(text, strlen(text), &json, &problems, &err), HF_OK);
    cJSON_Delete(json);
    CU_ASSERT_EQUAL_FATAL(problems.n, 3);
    CU_ASSERT_STRING_EQUAL(
        problems.lines[0],
        "a.c.1.d: found the key a second time, in line 1, column 27; allowed once");
    CU_ASSERT_STRING_EQUAL(problems.lines[1],
                           "a.b: found the key a second time, in line 1, column 40; allowed once");
    CU_ASSERT_STRING_EQUAL(problems.lines[2],
                           "a: found the key a second time, in line 2, column 7; allowed once");
    hf_problems_clear(&problems);
}

static void files_that_cannot_be_read_are_no_bad_input(void) {
    static const char *const paths[] = {"/nonexistent/file.json", "/"};
    for (size_t i = 0; i < 2; i++) {
        hf_problems problems;
        hf_error err = {0};
        cJSON *json;
        char *text;
        hf_problems_init(&problems);
        CU_ASSERT_EQUAL(hf_json_read_file(paths[i], &json, &text, &problems, &err), HF_BAD_FILE);
        CU_ASSERT_PTR_NULL(json);
        CU_ASSERT_PTR_NULL(text);
        CU_ASSERT_EQUAL(problems.n, 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, paths[i]));
        hf_problems_clear(&problems);
    }
}

static void descriptions_are_short_and_whole(void) {
    static const char *const pairs[][2] = {
        {"-3.50", "-3.5"},
        {"[]", "an empty array"},
        {"[1,2]", "an array of 2"},
        {"{}", "an empty object"},
        {"{\"a\":1}", "an object"},
        {"null", "null"},
        {"\"a\\nb\"", "\"a\\u000ab\""},
        /* 39 letters and a character of two bytes: it is not cut in two */
        {"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xC3\xA9zz\"",
         "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xC3\xA9...\""},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        cJSON *json = cJSON_Parse(pairs[i][0]);
        char *text = hf_json_describe(json);
        CU_ASSERT_STRING_EQUAL(text, pairs[i][1]);
        hf_free(text);
        cJSON_Delete(json);
    }
}

HF_TEST_MAIN("json", HF_CASE(reads_what_rfc_8259_allows), HF_CASE(numbers_come_back_to_the_bit),
             HF_CASE(key_order_and_white_space_do_not_matter),
             HF_CASE(refusals_name_line_and_column), HF_CASE(depth_64_is_the_deepest),
             HF_CASE(numbers_of_63_characters_are_the_longest),
             HF_CASE(keys_given_twice_are_all_named),
             HF_CASE(files_that_cannot_be_read_are_no_bad_input),
             HF_CASE(descriptions_are_short_and_whole))
