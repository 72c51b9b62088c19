/* Tables as JSON: every type, every kind of axis, and what is refused. */
#include "io/table_json.h"
#include "unit/hf_cunit.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/hf_json_XXXXXX", path[64];

/* The file in one piece, and without it. */
static char *take_file(void) {
    static char text[1 << 16];
    FILE *file = fopen(path, "r");
    text[file ? fread(text, 1, sizeof text - 1, file) : 0] = '\0';
    if (file)
        fclose(file);
    unlink(path);
    return text;
}

static void groups_are_what_xarray_takes(void) {
    static const char *const names[] = {"a \"b\"", "地震"};
    static const double values[] = {0.1, (double)NAN, -1e300, 0.5, 0.0, 1.0 / 3};
    static const uint8_t bits[] = {1, 0};
    hf_tables *tables = hf_tables_create();
    hf_group *group = hf_tables_group(tables, "/g");
    const hf_dimension *name = hf_tables_add_string_dimension(tables, "name", 2, names, "who");
    const hf_dimension *week = hf_tables_add_range_dimension(tables, "week", 3, -1, "1", NULL);
    hf_group_set_text(group, "title", "two\nlines");
    hf_group_set_integer(group, "weeks", 3);
    hf_table *value =
        hf_group_add_doubles(group, "value", "1", "of it", values, HF_DIMS(name, week));
    hf_table_set_double(value, "confidence", 0.95);
    hf_group_add_flags(group, "is_bad", NULL, bits, HF_DIMS(name));
    CU_ASSERT_EQUAL(hf_json_tables_write(tables, path, false, NULL), HF_OK);
    CU_ASSERT_STRING_EQUAL(
        take_file(),
        "{\"/\":{\"attrs\":{},\"dims\":{},\"coords\":{},\"data_vars\":{}},"
        "\"/g\":{\"attrs\":{\"title\":\"two\\u000alines\",\"weeks\":3},"
        "\"dims\":{\"name\":2,\"week\":3},"
        "\"coords\":{\"name\":{\"dims\":[\"name\"],\"attrs\":{\"long_name\":\"who\"},"
        "\"data\":[\"a \\\"b\\\"\",\"地震\"]},"
        "\"week\":{\"dims\":[\"week\"],\"attrs\":{\"units\":\"1\"},\"data\":[-1,0,1]}},"
        "\"data_vars\":{\"value\":{\"dims\":[\"name\",\"week\"],"
        "\"attrs\":{\"confidence\":0.95,\"units\":\"1\",\"long_name\":\"of it\"},"
        "\"data\":[[0.1,null,-1e+300],[0.5,0,0.3333333333333333]]},"
        "\"is_bad\":{\"dims\":[\"name\"],\"attrs\":{},\"data\":[true,false]}}}}\n");
    hf_tables_destroy(tables);
}

static void whole_numbers_keep_their_digits(void) {
    static const uint64_t counts[] = {0, (uint64_t)1 << 53, ((uint64_t)1 << 53) + 1, UINT64_MAX};
    static const int64_t wholes[] = {-((int64_t)1 << 53), INT64_MIN};
    hf_tables *tables = hf_tables_create();
    hf_group *group = hf_tables_group(tables, "/");
    const hf_dimension *four = hf_tables_add_plain_dimension(tables, "four", 4);
    const hf_dimension *two = hf_tables_add_plain_dimension(tables, "two", 2);
    const hf_dimension *none = hf_tables_add_plain_dimension(tables, "none", 0);
    hf_group_add_counts(group, "n", NULL, NULL, counts, HF_DIMS(four));
    hf_group_add_integers(group, "i", NULL, NULL, wholes, HF_DIMS(two));
    hf_group_add_doubles(group, "e", NULL, NULL, NULL, HF_DIMS(two, none));
    hf_group_add_text(group, "s", NULL, "text");
    CU_ASSERT_EQUAL(hf_json_tables_write(tables, path, false, NULL), HF_OK);
    const char *text = take_file();
    CU_ASSERT_PTR_NOT_NULL(strstr(
        text, "\"data\":[0,9007199254740992,\"9007199254740993\",\"18446744073709551615\"]"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"data\":[-9007199254740992,\"-9223372036854775808\"]"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"data\":[[],[]]"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"s\":{\"dims\":[],\"attrs\":{},\"data\":\"text\"}"));
    hf_tables_destroy(tables);
}

static void a_file_is_replaced_only_if_asked(void) {
    hf_error err = {0};
    hf_tables *tables = hf_tables_create();
    CU_ASSERT_EQUAL(hf_json_tables_write(tables, path, false, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_json_tables_write(tables, path, false, &err), HF_BAD_INPUT);
    CU_ASSERT_EQUAL(hf_json_tables_write(tables, path, true, &err), HF_OK);
    unlink(path);
    CU_ASSERT_EQUAL(hf_json_tables_write(tables, "/nofolder/x.json", false, &err), HF_BAD_FILE);
    hf_tables_destroy(tables);
}

int main(void) {
    static const hf_case cases[] = {HF_CASE(groups_are_what_xarray_takes),
                                    HF_CASE(whole_numbers_keep_their_digits),
                                    HF_CASE(a_file_is_replaced_only_if_asked)};
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/x.json", folder);
    int outcome = hf_cunit_run("table_json", cases, sizeof cases / sizeof *cases);
    return rmdir(folder) == 0 ? outcome : 1;
}
