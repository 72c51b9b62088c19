/* SHA-256, and the content digest: what changes it, and what does not. That it is what its words
 * say is shown by tests/analysis/test_traps.py, which computes it again from h5py. */
#include "io/digest.h"
#include "io/provenance.h"
#include "io/result.h"
#include "sample_tables.h"
#include "unit/hf_cunit.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void sha256_has_its_known_answers(void) {
    char text[HF_DIGEST_TEXT];
    hf_digest_bytes("", 0, text);
    CU_ASSERT_STRING_EQUAL(text,
                           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    hf_digest_bytes("abc", 3, text);
    CU_ASSERT_STRING_EQUAL(text,
                           "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    char block[1000];
    memset(block, 'a', sizeof block);
    hf_digest *digest = hf_digest_begin();
    for (int i = 0; i < 1000; i++)
        hf_digest_add(digest, block, sizeof block);
    hf_digest_finish(digest, text);
    CU_ASSERT_STRING_EQUAL(text,
                           "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static char folder[] = "/tmp/hf_digest_XXXXXX";

/* Writes, digests and removes a file; the digests given at writing and recomputed must agree. */
static void digest_of(const hf_tables *tables, char text[HF_DIGEST_TEXT]) {
    char path[64], again[HF_DIGEST_TEXT] = "";
    hf_error err = {0};
    snprintf(path, sizeof path, "%s/x.h5", folder);
    text[0] = '\0';
    hf_status status = hf_result_write(tables, path, false, text, &err);
    if (!status)
        status = hf_digest_result(path, again, &err);
    if (status)
        printf("%s\n", err.text);
    CU_ASSERT_EQUAL(status, HF_OK);
    CU_ASSERT_STRING_EQUAL(text, again);
    unlink(path);
}

/* A small result of which one thing, `change`, is different; 0 changes nothing. */
enum {
    VALUE = 1,
    SIGN_OF_ZERO,
    NAME,
    UNIT,
    LONG_NAME,
    ATTRIBUTE,
    ATTRIBUTE_TYPE,
    ATTRIBUTE_MORE,
    LABEL,
    AXIS_NAME,
    AXIS_UNIT,
    SHAPE,
    TYPE,
    STRING,
    STRING_SPLIT,
    FLAG,
    GROUP,
    GROUP_ATTRIBUTE,
    NOT_MISSING,
    N_CHANGES
};

static hf_tables *changed(int change) {
    hf_tables *tables = hf_tables_create();
    hf_arena *arena = tables->arena;
    double *numbers = HF_ARENA_NEW(arena, 4, double);
    uint64_t *counts = HF_ARENA_NEW(arena, 4, uint64_t);
    uint8_t *flags = HF_ARENA_NEW(arena, 4, uint8_t);
    const char **strings = HF_ARENA_NEW(arena, 4, const char *);
    const char *labels[] = {"a", change == LABEL ? "B" : "b"};
    for (int i = 0; i < 4; i++) {
        numbers[i] = i == 0 ? (change == SIGN_OF_ZERO ? -0.0 : 0.0) : i + (change == VALUE) * 1e-15;
        strings[i] = "word";
    }
    numbers[3] = change == NOT_MISSING ? 1.0 : (double)NAN;
    flags[2] = change == FLAG;
    strings[1] = change == STRING ? "Word" : "word";
    strings[2] = change == STRING_SPLIT ? "wordw" : "word";
    strings[3] = change == STRING_SPLIT ? "ord" : "word";
    hf_group *group = hf_tables_group(tables, change == GROUP ? "/b" : "/a");
    const hf_dimension *x =
        hf_tables_add_string_dimension(tables, change == AXIS_NAME ? "X" : "x", 2, labels, NULL);
    const hf_dimension *y =
        hf_tables_add_range_dimension(tables, "y", 2, 0, change == AXIS_UNIT ? "week" : "1", NULL);
    hf_table *table = hf_group_add_doubles(
        group, change == NAME ? "w" : "v", change == UNIT ? "USD" : "1",
        change == LONG_NAME ? "Value" : "value", numbers, 2,
        (const hf_dimension *const[]){change == SHAPE ? y : x, change == SHAPE ? x : y});
    hf_table_set_text(table, "method", change == ATTRIBUTE ? "b" : "a");
    if (change == ATTRIBUTE_TYPE)
        hf_table_set_double(table, "n", 0);
    else
        hf_table_set_integer(table, "n", 0);
    if (change == ATTRIBUTE_MORE)
        hf_table_set_integer(table, "m", 0);
    if (change == TYPE)
        hf_group_add_integers(group, "c", "1", NULL, (const int64_t *)counts, HF_DIMS(x, y));
    else
        hf_group_add_counts(group, "c", "1", NULL, counts, HF_DIMS(x, y));
    hf_group_add_flags(group, "f", NULL, flags, HF_DIMS(x, y));
    hf_group_add_strings(group, "s", NULL, strings, HF_DIMS(x, y));
    hf_group_set_count(hf_tables_group(tables, "/"), "seed", change == GROUP_ATTRIBUTE);
    return tables;
}

static void every_change_changes_it(void) {
    static char texts[N_CHANGES][HF_DIGEST_TEXT];
    for (int change = 0; change < N_CHANGES; change++) {
        hf_tables *tables = changed(change);
        digest_of(tables, texts[change]);
        hf_tables_destroy(tables);
        for (int other = 0; other < change; other++) {
            if (strcmp(texts[change], texts[other]) == 0)
                printf("changes %d and %d have one digest\n", change, other);
            CU_ASSERT_STRING_NOT_EQUAL(texts[change], texts[other]);
        }
    }
}

static void time_place_and_order_do_not(void) {
    char plain[HF_DIGEST_TEXT], other[HF_DIGEST_TEXT];
    hf_tables *tables = sample_tables(false);
    digest_of(tables, plain);
    hf_group_set_text(hf_tables_group(tables, "/provenance"), "started", "1970-01-01T00:00:00Z");
    hf_group_set_double(hf_tables_group(tables, "/performance"), "wall_seconds", 9.5);
    hf_group_add_text(hf_tables_group(tables, "/provenance/more"), "note", NULL, "x");
    digest_of(tables, other);
    CU_ASSERT_STRING_EQUAL(plain, other);
    for (size_t g = 1; g < tables->n_groups; g++) { /* the last first, by attributes and tables */
        hf_group *group = tables->groups[g];
        for (size_t i = 0; i < group->n_tables / 2; i++) {
            hf_table *swapped = group->items[i];
            group->items[i] = group->items[group->n_tables - 1 - i];
            group->items[group->n_tables - 1 - i] = swapped;
        }
        if (group->n_dimensions > 1) {
            const hf_dimension *swapped = group->dimensions[0];
            group->dimensions[0] = group->dimensions[1];
            group->dimensions[1] = swapped;
        }
        if (group->attributes.n > 1) {
            hf_attribute swapped = group->attributes.items[0];
            group->attributes.items[0] = group->attributes.items[1];
            group->attributes.items[1] = swapped;
        }
    }
    digest_of(tables, other);
    CU_ASSERT_STRING_EQUAL(plain, other);
    hf_group_add_text(hf_tables_group(tables, "/performances"), "note", NULL, "x");
    digest_of(tables, other);
    CU_ASSERT_STRING_NOT_EQUAL(plain, other);
    hf_tables_destroy(tables);
}

static void a_missing_number_has_no_bits(void) {
    static const uint64_t bits[] = {0x7FF8000000000000, 0xFFF8000000000000, 0x7FF0000000000001,
                                    0x7FF0000000000000, 0xFFF0000000000000};
    char texts[5][HF_DIGEST_TEXT];
    for (int i = 0; i < 5; i++) {
        double value;
        memcpy(&value, &bits[i], sizeof value);
        hf_tables *tables = hf_tables_create();
        hf_group *root = hf_tables_group(tables, "/");
        hf_group_add_doubles(root, "v", "1", NULL, &value, HF_SCALAR);
        hf_group_set_double(root, "a", i < 3 ? value : 1.0);
        digest_of(tables, texts[i]);
        hf_tables_destroy(tables);
    }
    CU_ASSERT_STRING_EQUAL(texts[0], texts[1]);
    CU_ASSERT_STRING_EQUAL(texts[0], texts[2]);
    CU_ASSERT_STRING_NOT_EQUAL(texts[3], texts[4]);
    CU_ASSERT_STRING_NOT_EQUAL(texts[0], texts[3]);
}

int main(void) {
    static const hf_case cases[] = {
        HF_CASE(sha256_has_its_known_answers), HF_CASE(every_change_changes_it),
        HF_CASE(time_place_and_order_do_not), HF_CASE(a_missing_number_has_no_bits)};
    if (!mkdtemp(folder))
        return 1;
    int failed = hf_cunit_run("content_digest", cases, sizeof cases / sizeof cases[0]);
    return rmdir(folder) != 0 || failed;
}
