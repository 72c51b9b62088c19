/* Tables: built, looked up, checked for what a user's names can spoil. */
#include "io/table.h"
#include "io/utf8.h"
#include "unit/hf_cunit.h"
#include <string.h>

static const double numbers[] = {1, 2, 3, 4, 5, 6};
static const char *const labels[] = {"a", "b"};

static void groups_bring_their_parents(void) {
    hf_tables *tables = hf_tables_create();
    hf_group *deep = hf_tables_group(tables, "/distribution/fill_rate");
    CU_ASSERT_EQUAL(tables->n_groups, 3);
    CU_ASSERT_STRING_EQUAL(tables->groups[0]->path, "/");
    CU_ASSERT_STRING_EQUAL(tables->groups[1]->path, "/distribution");
    CU_ASSERT_PTR_EQUAL(hf_tables_group(tables, "/distribution/fill_rate"), deep);
    CU_ASSERT_PTR_EQUAL(hf_tables_find(tables, "/distribution/fill_rate"), deep);
    CU_ASSERT_PTR_NULL(hf_tables_find(tables, "/fill_rate"));
    hf_tables_destroy(tables);
    hf_tables_destroy(NULL);
}

static void names_are_copied_and_data_is_borrowed(void) {
    char name[] = "value", unit[] = "week", label[] = "base";
    const char *const one[] = {label};
    hf_tables *tables = hf_tables_create();
    hf_group *group = hf_tables_group(tables, "/summary");
    const hf_dimension *policy = hf_tables_add_string_dimension(tables, "policy", 1, one, NULL);
    hf_table *table = hf_group_add_doubles(group, name, unit, NULL, numbers, HF_DIMS(policy));
    hf_table_set_text(table, "method", unit);
    name[0] = unit[0] = label[0] = 'X';
    CU_ASSERT_STRING_EQUAL(table->name, "value");
    CU_ASSERT_STRING_EQUAL(table->unit, "week");
    CU_ASSERT_STRING_EQUAL(hf_table_text(table, "method"), "week");
    CU_ASSERT_PTR_EQUAL(table->data, numbers);
    CU_ASSERT_PTR_NULL(table->long_name);
    CU_ASSERT_EQUAL(hf_dimension_find(policy, "base"), 0);
    CU_ASSERT_EQUAL(hf_dimension_find(policy, "X"), -1);
    hf_tables_destroy(tables);
}

static void many_tables_share_their_dimensions(void) {
    hf_tables *tables = hf_tables_create();
    hf_group *group = hf_tables_group(tables, "/summary");
    const hf_dimension *x = hf_tables_add_plain_dimension(tables, "x", 2);
    const hf_dimension *y = hf_tables_add_plain_dimension(tables, "y", 3);
    char name[16];
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "t%d", i);
        hf_group_add_doubles(group, name, "1", NULL, numbers, HF_DIMS(y, x));
    }
    CU_ASSERT_EQUAL(group->n_tables, 100);
    CU_ASSERT_EQUAL(group->n_dimensions, 2);
    CU_ASSERT_PTR_EQUAL(hf_group_find_dimension(group, "x"), x);
    CU_ASSERT_PTR_EQUAL(group->dimensions[0], y);
    CU_ASSERT_EQUAL(hf_table_size(hf_group_find(group, "t63")), 6);
    CU_ASSERT_PTR_NULL(hf_group_find(group, "t100"));
    CU_ASSERT_EQUAL(hf_tables_check(tables, NULL), HF_OK);
    hf_tables_destroy(tables);
}

static void the_last_setting_of_an_attribute_wins(void) {
    hf_tables *tables = hf_tables_create();
    hf_group *root = hf_tables_group(tables, "/");
    hf_group_set_text(root, "title", "one");
    hf_group_set_count(root, "seed", 7);
    hf_group_set_text(root, "title", "two");
    hf_group_set_double(root, "seed", 0.5);
    CU_ASSERT_EQUAL(root->attributes.n, 2);
    CU_ASSERT_STRING_EQUAL(hf_group_text(root, "title"), "two");
    CU_ASSERT_PTR_NULL(hf_group_text(root, "seed"));
    CU_ASSERT_EQUAL(hf_attributes_find(&root->attributes, "seed")->value.real, 0.5);
    hf_tables_destroy(tables);
}

static void labels_are_words_numbers_or_places(void) {
    static const int64_t whole[] = {-3, 9};
    char text[32];
    hf_tables *tables = hf_tables_create();
    const hf_dimension *each[] = {
        hf_tables_add_string_dimension(tables, "s", 2, labels, NULL),
        hf_tables_add_double_dimension(tables, "d", 2, (const double[]){0.5, 0.1}, "1", NULL),
        hf_tables_add_integer_dimension(tables, "i", 2, whole, "1", NULL),
        hf_tables_add_range_dimension(tables, "r", 2, INT64_MAX - 1, "1", NULL),
        hf_tables_add_plain_dimension(tables, "p", 2)};
    static const char *const words[] = {"b", "0.10000000000000001", "9", "9223372036854775807",
                                        "1"};
    for (size_t i = 0; i < 5; i++) {
        hf_dimension_label(each[i], 1, text, sizeof text);
        CU_ASSERT_STRING_EQUAL(text, words[i]);
    }
    hf_tables_destroy(tables);
}

static void units_that_become_times_are_known(void) {
    static const char *const bad[] = {"days", "hours", "seconds", "day since 2020", "\xFF"};
    static const char *const good[] = {"day", "week", "1", "USD", "Mt", "weeks", "s", "€"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(hf_unit_is_plain(bad[i]));
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CU_ASSERT_TRUE(hf_unit_is_plain(good[i]));
    CU_ASSERT_TRUE(hf_unit_is_plain(NULL));
}

/* One table of the given words in a fresh list; whether the check refuses it, saying `said`. */
static bool refused(const char *group, const char *name, const char *unit, const char *text,
                    const char *said) {
    hf_error err = {0};
    hf_tables *tables = hf_tables_create();
    const hf_dimension *x = hf_tables_add_plain_dimension(tables, "x", 2);
    const char *const texts[] = {"fine", text};
    hf_group *g = hf_tables_group(tables, group);
    hf_group_add_doubles(g, name, unit, NULL, numbers, HF_DIMS(x));
    hf_group_add_strings(g, "texts", NULL, texts, HF_DIMS(x));
    hf_status status = hf_tables_check(tables, &err);
    hf_tables_destroy(tables);
    if (said && !strstr(err.text, said))
        printf("'%s' does not say '%s'\n", err.text, said);
    return status == HF_BAD_INPUT && (!said || strstr(err.text, said));
}

static void names_that_spoil_a_file_are_refused(void) {
    CU_ASSERT_FALSE(refused("/g", "ok 1.5-x_é", "1", "地震", NULL));
    CU_ASSERT_TRUE(refused("/g", "", "1", NULL, "found the name ''"));
    CU_ASSERT_TRUE(refused("/g", "a/b", "1", NULL, "'a/b'"));
    CU_ASSERT_TRUE(refused("/g", ".", "1", NULL, "'.'"));
    CU_ASSERT_TRUE(refused("/g", "_x", "1", NULL, "'_x'"));
    CU_ASSERT_TRUE(refused("/g", "a\tb", "1", NULL, "name"));
    CU_ASSERT_TRUE(refused("/g", "blank ", "1", NULL, "'blank '"));
    CU_ASSERT_TRUE(refused("/g", "\xC3", "1", NULL, "(no UTF-8)"));
    CU_ASSERT_TRUE(refused("/g/ ", "v", "1", NULL, "group name"));
    CU_ASSERT_TRUE(refused("/g", "v", "days", NULL, "found unit 'days'"));
    CU_ASSERT_TRUE(refused("/g", "v", "1", "\x80", "the text of 'texts'"));
    CU_ASSERT_TRUE(refused("/g", "x", "1", NULL, "have the name 'x'"));
    CU_ASSERT_TRUE(refused("/g", "texts", "1", NULL, "have the name 'texts'"));
    char longest[202];
    memset(longest, 'n', sizeof longest);
    longest[200] = '\0';
    CU_ASSERT_FALSE(refused("/g", longest, "1", NULL, NULL));
    longest[200] = 'n';
    longest[201] = '\0';
    CU_ASSERT_TRUE(refused("/g", longest, "1", NULL, "200 bytes"));
}

static void shapes_and_attributes_that_spoil_a_file_are_refused(void) {
    hf_error err = {0};
    for (int trouble = 0; trouble < 6; trouble++) {
        static const char *const said[] = {"a dimension twice", "no data",        "'units'",
                                           "text of 'title'",   "name 'v/child'", "have the name"};
        hf_tables *tables = hf_tables_create();
        hf_group *group = hf_tables_group(tables, "/g");
        const hf_dimension *x = hf_tables_add_plain_dimension(tables, "x", 2);
        const hf_dimension *other = hf_tables_add_plain_dimension(tables, "x", 3);
        const hf_dimension *none = hf_tables_add_plain_dimension(tables, "none", 0);
        hf_table *fine = hf_group_add_doubles(group, "v", "1", NULL, NULL, HF_DIMS(none, x));
        if (trouble == 0)
            hf_group_add_doubles(group, "w", "1", NULL, numbers, HF_DIMS(x, x));
        if (trouble == 1)
            hf_group_add_doubles(group, "w", "1", NULL, NULL, HF_DIMS(x));
        if (trouble == 2)
            hf_table_set_text(fine, "units", "1");
        if (trouble == 3)
            hf_group_set_text(group, "title", "\xFE");
        if (trouble == 4)
            hf_table_set_double(fine, "v/child", 1);
        if (trouble == 5)
            hf_group_add_doubles(group, "w", "1", NULL, numbers, HF_DIMS(other));
        CU_ASSERT_EQUAL(hf_tables_check(tables, &err), HF_BAD_INPUT);
        if (trouble != 4)
            CU_ASSERT_PTR_NOT_NULL(strstr(err.text, said[trouble]));
        hf_tables_destroy(tables);
    }
    hf_tables *tables = hf_tables_create();
    hf_group_add_text(hf_tables_group(tables, "/"), "distribution", NULL, "x");
    CU_ASSERT_EQUAL(hf_tables_check(tables, NULL), HF_OK);
    hf_tables_group(tables, "/distribution");
    CU_ASSERT_EQUAL(hf_tables_check(tables, &err), HF_BAD_INPUT);
    hf_tables_destroy(tables);
}

static void utf8_is_read_by_its_rfc(void) {
    static const char *const good[] = {"", "A", "é", "€", "𝄞", "\xF4\x8F\xBF\xBF"};
    static const char *const bad[] = {
        "\x80",     "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80",     "\xF4\x90\x80\x80",
        "\xF5\x80", "\xC3",     "\xE2\x82", "\xE2\x82\x41", "\xF0\x80\x80\x80", "\xFF"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CU_ASSERT_TRUE(hf_utf8_is_valid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CU_ASSERT_FALSE(hf_utf8_is_valid(bad[i]));
    const char *text = "€A";
    CU_ASSERT_EQUAL(hf_utf8_next(&text), 0x20AC);
    CU_ASSERT_EQUAL(hf_utf8_next(&text), 'A');
    char mended[] = "a\xE2\x82z\xFF€";
    hf_utf8_repair(mended);
    CU_ASSERT_STRING_EQUAL(mended, "a??z?€");
}

HF_TEST_MAIN(
    "table", HF_CASE(groups_bring_their_parents), HF_CASE(names_are_copied_and_data_is_borrowed),
    HF_CASE(many_tables_share_their_dimensions), HF_CASE(the_last_setting_of_an_attribute_wins),
    HF_CASE(labels_are_words_numbers_or_places), HF_CASE(units_that_become_times_are_known),
    HF_CASE(names_that_spoil_a_file_are_refused),
    HF_CASE(shapes_and_attributes_that_spoil_a_file_are_refused), HF_CASE(utf8_is_read_by_its_rfc))
