/* Rows of trials in a tally: kept as they came, carried to another tally as bytes. */
#include "stats/weighted.h"
#include "stats/words.h"
#include "unit/hf_cunit.h"
#include "unit/tally_samples.h"

/* Rows as a checkpoint carries them. */
static void move_rows(hf_tally *into, const hf_tally *from, uint64_t first, uint64_t n) {
    unsigned char *bytes;
    size_t n_bytes = hf_tally_pack_kept(from, first, n, &bytes);
    CU_ASSERT_EQUAL(hf_tally_merge_kept(into, bytes, n_bytes, NULL), HF_OK);
    hf_free(bytes);
}

static void rows_of_something_else_are_refused(void) {
    hf_tally *tally = create(10, LOSS), *counting = create(0, LOSS);
    hf_tally *weighted = create_full_weighted();
    unsigned char *bytes;
    double huge = HUGE_VAL;
    absorb(tally, 0, 21);
    size_t n = hf_tally_pack_kept(tally, 0, 21, &bytes);
    CU_ASSERT_EQUAL(hf_tally_merge_kept(weighted, bytes, n, NULL), HF_BAD_FILE);
    CU_ASSERT_EQUAL(hf_tally_merge_kept(counting, bytes, n, NULL), HF_BAD_FILE);
    for (size_t cut = 0; cut < n; cut++)
        CU_ASSERT_EQUAL(hf_tally_merge_kept(tally, bytes, cut, NULL), HF_BAD_FILE);
    memcpy(bytes + n - sizeof huge, &huge, sizeof huge);
    CU_ASSERT_EQUAL(hf_tally_merge_kept(tally, bytes, n, NULL), HF_BAD_FILE);
    CU_ASSERT_EQUAL(hf_tally_n_kept(tally), 21);
    hf_free(bytes);
    n = hf_tally_pack_kept(weighted, 0, 8, &bytes);
    for (int i = 0; i < 4; i++) { /* in the last column, of weights, and the one before */
        static const double wrong[] = {-1.0, HF_WEIGHT_MAX, -HF_VALUE_MAX, HF_VALUE_MAX};
        double *x = (double *)(void *)(bytes + n - (i < 2 ? 1 : 9) * sizeof *x), right = *x;
        *x = wrong[i];
        CU_ASSERT_EQUAL(hf_tally_merge_kept(weighted, bytes, n, NULL), HF_BAD_FILE);
        *x = right;
    }
    CU_ASSERT_EQUAL(hf_tally_merge_kept(weighted, bytes, n, NULL), HF_OK);
    hf_free(bytes);
    hf_tally_destroy(tally);
    hf_tally_destroy(counting);
    hf_tally_destroy(weighted);
}

/* What has moved to another tally is forgotten, but for the rows. */
static void sums_are_cleared_alone(void) {
    for (int mode = 0; mode < 2; mode++) {
        hf_tally *whole = mode ? create_full_weighted() : create(10, LOSS);
        hf_tally *moved = mode ? create_as(1, LOSS, true) : create(10, LOSS);
        if (!mode)
            absorb(whole, 0, 42);
        uint64_t n = hf_tally_n_kept(whole);
        merge(moved, whole);
        hf_tally_clear_sums(whole);
        CU_ASSERT_EQUAL(hf_tally_trials(whole), 0);
        CU_ASSERT_EQUAL(hf_tally_n_kept(whole), n);
        merge(whole, moved);
        CU_ASSERT_TRUE(is_same(whole, moved));
        hf_tally_destroy(whole);
        hf_tally_destroy(moved);
    }
}

static void columns_keep_every_value(void) {
    hf_tally *tally = create(10, LOSS), *again = create(N, LOSS);
    static const int blocks[] = {640, 0, 1300};
    for (int b = 0; b < 3; b++)
        for (int k = 0; k < 3; k++)
            absorb(tally, blocks[b] + 21 * k, 21);
    CU_ASSERT_TRUE(hf_tally_is_keeping(tally));
    CU_ASSERT_EQUAL(hf_tally_n_kept(tally), 189);
    for (int v = 0; v < VARIANTS; v++)
        for (int q = 0; q < QUANTITIES; q++) {
            const double *kept = hf_tally_kept(tally, v, q);
            CU_ASSERT_TRUE((kept != NULL) == (q < METRICS));
            CU_ASSERT_PTR_NULL(hf_tally_histogram(tally, v, q));
            for (uint64_t i = 0; kept && i < 189; i++) {
                uint64_t trial = hf_tally_kept_trials(tally)[i];
                CU_ASSERT_EQUAL(trial, (uint64_t)blocks[i / 63] + i % 63);
                CU_ASSERT_EQUAL(kept[i], value_of(v, q, trial));
            }
        }
    merge(again, tally); /* as a resumed run does: sums by merging, columns as they are */
    CU_ASSERT_EQUAL(hf_tally_n_kept(again), 0);
    move_rows(again, tally, 0, 100);
    move_rows(again, tally, 100, 0);
    move_rows(again, tally, 100, 89);
    CU_ASSERT_EQUAL(hf_tally_n_kept(again), 189);
    CU_ASSERT_TRUE(is_same(tally, again));
    hf_tally_clear(tally);
    CU_ASSERT_TRUE(hf_tally_n_kept(tally) == 0 && hf_tally_trials(tally) == 0);
    for (int b = 0; b < 3; b++)
        for (int k = 0; k < 3; k++)
            absorb(tally, blocks[b] + 21 * k, 21);
    CU_ASSERT_TRUE(is_same(tally, again));
    CU_ASSERT_EQUAL(hf_tally_kept(again, 2, 3)[188], hf_tally_kept(tally, 2, 3)[188]);
    CU_ASSERT_EQUAL(hf_tally_kept_trials(again)[100], hf_tally_kept_trials(tally)[100]);
    hf_tally_destroy(tally);
    hf_tally_destroy(again);
}

static void weights_are_kept_beside_values(void) {
    hf_tally *tally = create_full_weighted(), *again = create_as(1, LOSS, true);
    merge(again, tally);
    move_rows(again, tally, 0, 8);
    move_rows(again, tally, 8, WEIGHTED_N - 8);
    CU_ASSERT_TRUE(is_same(tally, again));
    CU_ASSERT_EQUAL(hf_tally_n_kept(again), WEIGHTED_N);
    for (int v = 0; v < VARIANTS; v++)
        for (uint64_t i = 0; i < WEIGHTED_N; i++) {
            CU_ASSERT_EQUAL(hf_tally_kept_weights(tally, v)[i], weight_of(v, i));
            CU_ASSERT_EQUAL(hf_tally_kept_weights(again, v)[i], weight_of(v, i));
            CU_ASSERT_EQUAL(hf_tally_kept(again, v, 3)[i], value_of(v, 3, i)); /* not weighted */
        }
    hf_tally_destroy(tally);
    hf_tally_destroy(again);
}

HF_TEST_MAIN("rows of a tally", HF_CASE(columns_keep_every_value),
             HF_CASE(weights_are_kept_beside_values), HF_CASE(sums_are_cleared_alone),
             HF_CASE(rows_of_something_else_are_refused))
