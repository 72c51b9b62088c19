/* Tables as CSV and as text for the terminal. */
#include "io/table_csv.h"
#include "io/table_text.h"
#include "unit/hf_cunit.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const policies[] = {"base", "a \"b\", c"};
static const char *const metrics[] = {"fill_rate", "地震", "lost"};
static const double values[] = {0.1, (double)NAN, -1e300, 0.5, 12345.678, 1.0 / 3};

static const hf_table *make(hf_tables *tables, const hf_table **flags) {
    static const uint8_t bits[] = {1, 0, 1, 0, 0, 1};
    hf_group *group = hf_tables_group(tables, "/g");
    const hf_dimension *policy =
        hf_tables_add_string_dimension(tables, "policy", 2, policies, NULL);
    const hf_dimension *metric = hf_tables_add_string_dimension(tables, "metric", 3, metrics, NULL);
    *flags = hf_group_add_flags(group, "is_bad", NULL, bits, HF_DIMS(policy, metric));
    return hf_group_add_doubles(group, "value", "1", NULL, values, HF_DIMS(policy, metric));
}

static void csv_is_long_and_quoted(void) {
    char *text = NULL;
    size_t n = 0;
    hf_tables *tables = hf_tables_create();
    const hf_table *flags, *value = make(tables, &flags), *both[] = {value, flags};
    FILE *stream = open_memstream(&text, &n);
    CU_ASSERT_EQUAL(hf_csv_print(both, 2, stream, NULL), HF_OK);
    fclose(stream);
    CU_ASSERT_STRING_EQUAL(text, "policy,metric,value,is_bad\n"
                                 "base,fill_rate,0.10000000000000001,1\n"
                                 "base,地震,,0\n"
                                 "base,lost,-1.0000000000000001e+300,1\n"
                                 "\"a \"\"b\"\", c\",fill_rate,0.5,0\n"
                                 "\"a \"\"b\"\", c\",地震,12345.678,0\n"
                                 "\"a \"\"b\"\", c\",lost,0.33333333333333331,1\n");
    free(text);
    hf_tables_destroy(tables);
}

static void csv_has_scalars_empty_tables_and_all_types(void) {
    static const uint64_t count[] = {UINT64_MAX};
    static const int64_t whole[] = {INT64_MIN};
    static const char *const word[] = {"line\nbreak"};
    char *text = NULL;
    size_t n = 0;
    hf_tables *tables = hf_tables_create();
    hf_group *group = hf_tables_group(tables, "/g");
    const hf_table *scalars[] = {hf_group_add_counts(group, "n", "1", NULL, count, HF_SCALAR),
                                 hf_group_add_integers(group, "i", "1", NULL, whole, HF_SCALAR),
                                 hf_group_add_strings(group, "s", NULL, word, HF_SCALAR)};
    const hf_dimension *look = hf_tables_add_range_dimension(tables, "look", 0, 1, "1", NULL);
    const hf_table *empty = hf_group_add_doubles(group, "e", "1", NULL, NULL, HF_DIMS(look));
    FILE *stream = open_memstream(&text, &n);
    CU_ASSERT_EQUAL(hf_csv_print(scalars, 3, stream, NULL), HF_OK);
    CU_ASSERT_EQUAL(hf_csv_print(&empty, 1, stream, NULL), HF_OK);
    fclose(stream);
    CU_ASSERT_STRING_EQUAL(text, "n,i,s\n18446744073709551615,-9223372036854775808,"
                                 "\"line\nbreak\"\nlook,e\n");
    free(text);
    hf_tables_destroy(tables);
}

static void csv_files_are_whole_or_not_there(void) {
    char folder[] = "/tmp/hf_csv_XXXXXX", path[64];
    hf_error err = {0};
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/t.csv", folder);
    hf_tables *tables = hf_tables_create();
    const hf_table *flags, *value = make(tables, &flags);
    CU_ASSERT_EQUAL(hf_csv_write(&value, 1, path, false, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_csv_write(&value, 1, path, false, &err), HF_BAD_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "already exists"));
    CU_ASSERT_EQUAL(hf_csv_write(&flags, 1, path, true, &err), HF_OK);
    FILE *stream = fopen(path, "r");
    char line[64];
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    CU_ASSERT_PTR_NOT_NULL(fgets(line, sizeof line, stream));
    CU_ASSERT_STRING_EQUAL(line, "policy,metric,is_bad\n");
    fclose(stream);
    FILE *full = fopen("/dev/full", "w");
    if (full) {
        CU_ASSERT_EQUAL(hf_csv_print(&value, 1, full, &err), HF_BAD_FILE);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "No space left"));
        fclose(full);
    }
    unlink(path);
    CU_ASSERT_EQUAL(rmdir(folder), 0);
    hf_tables_destroy(tables);
}

static void number_is(double value, int digits, const char *expected) {
    char text[HF_NUMBER_TEXT];
    hf_format_number(text, value, digits);
    if (strcmp(text, expected))
        printf("%.17g: '%s' is not '%s'\n", value, text, expected);
    CU_ASSERT_STRING_EQUAL(text, expected);
}

static void numbers_keep_significant_digits(void) {
    number_is(12.345, 3, "12.3");
    number_is(0.012345, 3, "0.0123");
    number_is(123456.7, 3, "123457");
    number_is(9.996, 3, "10.0");
    number_is(-99.96, 3, "-100");
    number_is(0, 4, "0");
    number_is(-0.0, 4, "0");
    number_is(1, 4, "1.000");
    number_is(1e-5, 3, "1.00e-05");
    number_is(2.5e15, 2, "2.5e+15");
    number_is((double)NAN, 3, "-");
    number_is(-HUGE_VAL, 3, "-inf");
}

static void interval_is(double value, double lower, double upper, const char *expected) {
    char text[HF_NUMBER_TEXT];
    hf_format_interval(text, value, lower, upper, 3);
    if (strcmp(text, expected))
        printf("'%s' is not '%s'\n", text, expected);
    CU_ASSERT_STRING_EQUAL(text, expected);
}

static void intervals_share_their_decimals(void) {
    interval_is(12.34, 11.94, 12.78, "12.3 [11.9, 12.8]");
    interval_is(0.9512, 0.9, 1.0, "0.951 [0.900, 1.000]");
    interval_is(0.0, -0.0004, 0.25, "0.000 [0.000, 0.250]");
    interval_is(5.0, (double)NAN, 6.0, "5.00");
    interval_is((double)NAN, 1, 2, "-");
    interval_is(2e15, 1e15, 3e15, "2.00e+15 [1.00e+15, 3.00e+15]");
    interval_is(-1.7976931348623157e308, -1e308, 1e308, "-1.80e+308 [-1.00e+308, 1.00e+308]");
}

static void widths_are_columns_not_bytes(void) {
    CU_ASSERT_EQUAL(hf_text_width("abc"), 3);
    CU_ASSERT_EQUAL(hf_text_width("réserve"), 7);
    CU_ASSERT_EQUAL(hf_text_width("地震"), 4);
    CU_ASSERT_EQUAL(hf_text_width("e\xCC\x81"), 1);
    CU_ASSERT_EQUAL(hf_text_width("\xFF"), 1);
    CU_ASSERT_EQUAL(hf_text_width(""), 0);
}

static char *printed(const hf_grid *grid) {
    char *text = NULL;
    size_t n = 0;
    FILE *stream = open_memstream(&text, &n);
    hf_grid_print(grid, stream);
    fclose(stream);
    return text;
}

static void views_are_aligned(void) {
    static const char *const one[] = {"base"};
    hf_tables *tables = hf_tables_create();
    const hf_table *flags, *value = make(tables, &flags);
    hf_grid *grid = hf_grid_create();
    CU_ASSERT_TRUE(hf_grid_view(
        grid, &(hf_view){.value = value, .row = "metric", .column = "policy", .digits = 3}));
    hf_grid_rule(grid);
    CU_ASSERT_TRUE(hf_grid_view(
        grid,
        &(hf_view){
            .value = flags, .row = "metric", .column = "policy", .columns = one, .n_columns = 1}));
    char *text = printed(grid);
    CU_ASSERT_STRING_EQUAL(text, "metric           base  a \"b\", c\n"
                                 "-------------------------------\n"
                                 "fill_rate       0.100     0.500\n"
                                 "地震                -     12346\n"
                                 "lost       -1.00e+300     0.333\n"
                                 "-------------------------------\n"
                                 "metric     base\n"
                                 "-------------------------------\n"
                                 "fill_rate  yes\n"
                                 "地震       no\n"
                                 "lost       yes\n");
    free(text);
    hf_grid_destroy(grid);
    hf_grid_destroy(NULL);
    hf_tables_destroy(tables);
}

static void views_fix_the_other_dimensions(void) {
    hf_tables *tables = hf_tables_create();
    const hf_table *flags, *value = make(tables, &flags);
    hf_grid *grid = hf_grid_create();
    hf_view view = {.value = value, .lower = value, .upper = value, .row = "metric", .at = {1, 0}};
    CU_ASSERT_TRUE(hf_grid_view(grid, &view));
    char *text = printed(grid);
    CU_ASSERT_STRING_EQUAL(text, "metric                       value\n"
                                 "----------------------------------\n"
                                 "fill_rate  0.5000 [0.5000, 0.5000]\n"
                                 "地震          12346 [12346, 12346]\n"
                                 "lost       0.3333 [0.3333, 0.3333]\n");
    free(text);
    view.at[0] = 2;
    CU_ASSERT_FALSE(hf_grid_view(grid, &view));
    view = (hf_view){.value = value, .row = "metric", .column = "nobody"};
    CU_ASSERT_FALSE(hf_grid_view(grid, &view));
    view = (hf_view){
        .value = value, .row = "metric", .column = "policy", .columns = metrics, .n_columns = 1};
    CU_ASSERT_FALSE(hf_grid_view(grid, &view));
    hf_grid_destroy(grid);
    hf_tables_destroy(tables);
}

static void grids_tame_what_they_print(void) {
    hf_grid *grid = hf_grid_create();
    hf_grid_cell(grid, HF_LEFT, "\x1B[31mred\xC2\x9B\x7F\xFF");
    hf_grid_cell(grid, HF_RIGHT, "");
    hf_grid_number(grid, 2.5, 2);
    hf_grid_line(grid);
    hf_grid_cell(grid, HF_LEFT, "short");
    hf_grid_cell(grid, HF_LEFT, "");
    hf_grid_line(grid);
    hf_grid_line(grid);
    char *text = printed(grid);
    CU_ASSERT_STRING_EQUAL(text, "?[31mred???    2.5\nshort\n\n");
    free(text);
    hf_grid_destroy(grid);
}

HF_TEST_MAIN("table_print", HF_CASE(csv_is_long_and_quoted),
             HF_CASE(csv_has_scalars_empty_tables_and_all_types),
             HF_CASE(csv_files_are_whole_or_not_there), HF_CASE(numbers_keep_significant_digits),
             HF_CASE(intervals_share_their_decimals), HF_CASE(widths_are_columns_not_bytes),
             HF_CASE(views_are_aligned), HF_CASE(views_fix_the_other_dimensions),
             HF_CASE(grids_tame_what_they_print))
