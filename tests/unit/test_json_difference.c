/* In what two JSON texts differ, line by line. */
#include "base/memory.h"
#include "io/json_difference.h"
#include "unit/hf_cunit.h"
#include <string.h>

/* The number of differences and all lines, in order. */
static void check(const char *their, const char *my, int n, const char *const lines[]) {
    hf_problems problems;
    hf_problems_init(&problems);
    CU_ASSERT_EQUAL(hf_json_differences(their, "A", my, "B", &problems), n);
    size_t n_lines = 0;
    while (lines[n_lines])
        n_lines++;
    CU_ASSERT_EQUAL(problems.n, n_lines);
    for (size_t i = 0; i < n_lines && i < problems.n; i++)
        if (strcmp(problems.lines[i], lines[i]) != 0) {
            fprintf(stderr, "\nfound    %s\nexpected %s\n", problems.lines[i], lines[i]);
            CU_FAIL("a line");
        }
    hf_problems_clear(&problems);
}

#define CHECK(their, my, n, ...) check(their, my, n, (const char *const[]){__VA_ARGS__, NULL})
#define SAME(their, my)          check(their, my, 0, (const char *const[]){NULL})

static void equal_texts_have_none(void) {
    SAME("{\"a\":1,\"b\":[1,2,{}],\"c\":null}", " { \"b\" : [1, 2.0, {} ], \"c\":null, \"a\":1e0}");
    SAME("[]", "[ ]");
    SAME("-0.0", "0");
    SAME("\"\\u00e9\"", "\"\xC3\xA9\"");
    SAME("[true,false]", "[true,false]");
}

static void values_differ_by_path(void) {
    CHECK("{\"trials\":7}", "{\"trials\":8}", 1, "trials: found 7 in A; allowed 8 as in B");
    CHECK("{\"x\":{\"y z\":[0,{\"w\":true}]}}", "{\"x\":{\"y z\":[0,{\"w\":false}]}}", 1,
          "x.\"y z\"[1].w: found true in A; allowed false as in B");
    CHECK("[1,[2,3]]", "[1,[2,4]]", 1, "[1][1]: found 3 in A; allowed 4 as in B");
    CHECK("1", "2", 1, "the whole: found 1 in A; allowed 2 as in B");
    CHECK("{}", "[]", 1, "the whole: found an empty object in A; allowed an empty array as in B");
    CHECK("{\"a\":1,\"b\":2,\"c\":3}", "{\"c\":4,\"b\":2,\"a\":0}", 2,
          "a: found 1 in A; allowed 0 as in B", "c: found 3 in A; allowed 4 as in B");
    CHECK("[1,\"1\",null,true,{}]", "[\"1\",1,false,null,0]", 5,
          "[0]: found 1 in A; allowed \"1\" as in B", "[1]: found \"1\" in A; allowed 1 as in B",
          "[2]: found null in A; allowed false as in B",
          "[3]: found true in A; allowed null as in B",
          "[4]: found an empty object in A; allowed 0 as in B");
}

static void numbers_differ_by_a_bit(void) {
    CHECK("[0.1]", "[0.10000000000000002]", 1,
          "[0]: found 0.1 in A; allowed 0.10000000000000002 as in B");
    CHECK("[9007199254740991]", "[9007199254740990]", 1,
          "[0]: found 9007199254740991 in A; allowed 9.00719925474099e+15 as in B");
}

static void what_one_has_alone_is_one_difference(void) {
    CHECK("{\"a\":{\"b\":1,\"c\":[1,2]}}", "{\"a\":{},\"d\":null}", 3,
          "a.b: found 1 in A; allowed nothing as in B",
          "a.c: found an array of 2 in A; allowed nothing as in B",
          "d: found nothing in A; allowed null as in B");
    CHECK("[1]", "[1,{\"x\":2},3]", 2, "[1]: found nothing in A; allowed an object as in B",
          "[2]: found nothing in A; allowed 3 as in B");
}

static void elements_with_an_id_are_known_by_it(void) {
    CHECK("{\"h\":[{\"id\":\"flood\",\"r\":1},{\"id\":\"quake\",\"r\":2}]}",
          "{\"h\":[{\"id\":\"a "
          "fire\",\"r\":0},{\"id\":\"flood\",\"r\":1},{\"id\":\"quake\",\"r\":3}]}",
          2, "h[\"a fire\"]: found nothing in A; allowed an object as in B",
          "h[quake].r: found 2 in A; allowed 3 as in B");
    CHECK("[{\"id\":\"a\"},{\"id\":\"b\",\"r\":1}]", "[{\"id\":\"b\",\"r\":2},{\"id\":\"a\"}]", 2,
          "[b].r: found 1 in A; allowed 2 as in B",
          "the whole: found the same elements in another order in A; allowed the order as in B");
    CHECK("[{\"id\":\"a\"},{\"id\":\"c\"}]", "[{\"id\":\"b\"},{\"id\":\"a\"}]", 2,
          "[b]: found nothing in A; allowed an object as in B",
          "[c]: found an object in A; allowed nothing as in B");
    CHECK("[{\"id\":\"a\"},{\"id\":\"b\"}]", "[{\"id\":\"a\"}]", 1,
          "[b]: found an object in A; allowed nothing as in B");
    CHECK("[{\"id\":\"a\"}]", "[{\"id\":\"a\"},{\"id\":\"b\"}]", 1,
          "[b]: found nothing in A; allowed an object as in B");
    /* by position: an id twice, none, of another kind */
    CHECK("[{\"id\":\"a\"},{\"id\":\"a\"}]", "[{\"id\":\"a\"},{\"id\":\"b\"}]", 1,
          "[1].id: found \"a\" in A; allowed \"b\" as in B");
    CHECK("[{\"id\":\"a\"},{}]", "[{\"id\":\"b\"},{}]", 1,
          "[0].id: found \"a\" in A; allowed \"b\" as in B");
    CHECK("[{\"id\":1}]", "[{\"id\":2}]", 1, "[0].id: found 1 in A; allowed 2 as in B");
    CHECK("[{\"id\":\"a\"},2]", "[{\"id\":\"a\"},3]", 1, "[1]: found 2 in A; allowed 3 as in B");
}

static void long_texts_are_shown_from_where_they_part(void) {
    CHECK("[\"a text that goes on and on, and on, until it ends here\"]",
          "[\"a text that goes on and on, and on, until it ends there\"]", 1,
          "[0]: found \"...it ends here\" in A; allowed \"...it ends there\" as in B");
    CHECK("[\"sixteen letters:\"]", "[\"sixteen letters;\"]", 1,
          "[0]: found \"sixteen letters:\" in A; allowed \"sixteen letters;\" as in B");
    CHECK("[\"0123456789012345678\"]",
          "[\"0123456789012345678 and then much that is not to be read"
          "\"]",
          1,
          "[0]: found \"...12345678\" in A; allowed \"...12345678 and then much that is "
          "not to...\" as in B");
    /* never within a character: the cut would fall on the second byte of the first e */
    CHECK("[\"0123456789\xC3\xA9"
          "8901234a\"]",
          "[\"0123456789\xC3\xA9"
          "8901234b\"]",
          1,
          "[0]: found \"...\xC3\xA9"
          "8901234a\" in A; allowed \"...\xC3\xA9"
          "8901234b\" as in B");
}

static void many_are_counted(void) {
    char their[512] = "[0", my[512] = "[0";
    for (int i = 1; i < 20; i++) {
        strcat(their, ",0");
        strcat(my, ",1");
    }
    for (int n = 19; n < 24; n++) {
        char text[2][600], last[64];
        hf_problems problems;
        hf_problems_init(&problems);
        snprintf(text[0], sizeof text[0], "%s]", their);
        snprintf(text[1], sizeof text[1], "%s]", my);
        CU_ASSERT_EQUAL(hf_json_differences(text[0], "A", text[1], "B", &problems), n);
        CU_ASSERT_EQUAL((int)problems.n, n <= HF_JSON_DIFFERENCES ? n : HF_JSON_DIFFERENCES + 1);
        snprintf(last, sizeof last, "and elsewhere: %d more values differ", n - 20);
        if (n > HF_JSON_DIFFERENCES)
            CU_ASSERT_STRING_EQUAL(problems.lines[HF_JSON_DIFFERENCES], last);
        hf_problems_clear(&problems);
        strcat(their, ",0");
        strcat(my, ",1");
    }
}

static void what_is_no_json_is_said_so(void) {
    CHECK("", "[1", 2,
          "A: cannot be compared: line 1, column 1: found the end of the text; "
          "allowed a value",
          "B: cannot be compared: line 1, column 3: found the end of the text; allowed ',' or ']'");
    CHECK("[1]", "[2] x", 1,
          "B: cannot be compared: line 1, column 5: found x; allowed nothing more");
    hf_problems problems;
    hf_problems_init(&problems);
    CU_ASSERT_EQUAL(hf_json_differences("{\"a\":1,\"a\":2}", "A", "{\"a\":1}", "B", &problems), 1);
    CU_ASSERT_EQUAL(problems.n, 1);
    CU_ASSERT_EQUAL(strncmp(problems.lines[0], "A: cannot be compared: ", 23), 0);
    hf_problems_clear(&problems);
}

/* A list that would take for ever if each element were looked for. */
static void large_texts_are_compared_in_order(void) {
    enum { N = 100000, EACH = 24 };
    char *text[2] = {HF_NEW(N * EACH + 8, char), HF_NEW(N * EACH + 8, char)};
    for (int t = 0; t < 2; t++) {
        char *at = text[t] + sprintf(text[t], "[");
        for (int i = 0; i < N; i++)
            at += sprintf(at, "%s{\"id\":\"x%d\"}", i ? "," : "", t ? N - 1 - i : i);
        strcpy(at, "]");
    }
    CHECK(text[0], text[1], 1,
          "the whole: found the same elements in another order in A; allowed the order as in B");
    hf_free(text[0]);
    hf_free(text[1]);
}

HF_TEST_MAIN("json_difference", HF_CASE(equal_texts_have_none), HF_CASE(values_differ_by_path),
             HF_CASE(numbers_differ_by_a_bit), HF_CASE(what_one_has_alone_is_one_difference),
             HF_CASE(elements_with_an_id_are_known_by_it),
             HF_CASE(long_texts_are_shown_from_where_they_part), HF_CASE(many_are_counted),
             HF_CASE(what_is_no_json_is_said_so), HF_CASE(large_texts_are_compared_in_order))
