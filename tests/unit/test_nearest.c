/* The nearest known name: letters inserted, dropped, changed or swapped. */
#include "model/nearest.h"
#include "unit/hf_cunit.h"
#include <string.h>

static const char *nearest(const char *name, int n, const char *const *candidates) {
    hf_nearest search = {.name = name};
    for (int i = 0; i < n; i++)
        hf_nearest_offer(&search, candidates[i]);
    return search.best;
}

static int distance(const char *a, const char *b) {
    hf_nearest search = {.name = a};
    hf_nearest_offer(&search, b);
    return search.distance;
}

static void distances_are_edits(void) {
    CU_ASSERT_EQUAL(distance("capacity", "capacity"), 0);
    CU_ASSERT_EQUAL(distance("capcity", "capacity"), 1);
    CU_ASSERT_EQUAL(distance("capaccity", "capacity"), 1);
    CU_ASSERT_EQUAL(distance("kapacity", "capacity"), 1);
    CU_ASSERT_EQUAL(distance("cpaacity", "capacity"), 1); /* a swap is one edit */
    CU_ASSERT_EQUAL(distance("yield", "stock"), 5);
    CU_ASSERT_EQUAL(distance("", "abc"), 3);
    CU_ASSERT_EQUAL(distance("kitten", "sitting"), 3);
    CU_ASSERT_EQUAL(distance("cover", "cover_weeks"), 1); /* cut short */
}

static void the_nearest_wins_and_of_equals_the_first(void) {
    static const char *const keys[] = {"stock", "smoothing", "surge", "shock"};
    CU_ASSERT_STRING_EQUAL(nearest("stok", 4, keys), "stock");
    CU_ASSERT_STRING_EQUAL(nearest("shok", 4, keys), "shock");
    CU_ASSERT_STRING_EQUAL(nearest("sXock", 4, keys), "stock");
    CU_ASSERT_PTR_NULL(nearest("stok", 0, keys));
}

static void hostile_lengths_are_cut(void) {
    static char a[5001], b[5001];
    memset(a, 'a', 5000);
    memset(b, 'b', 5000);
    CU_ASSERT_EQUAL(distance(a, b), 64);
}

HF_TEST_MAIN("nearest", HF_CASE(distances_are_edits),
             HF_CASE(the_nearest_wins_and_of_equals_the_first), HF_CASE(hostile_lengths_are_cut))
