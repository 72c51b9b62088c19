/* Order statistics over columns in pieces, against qsort of the whole. */
#include "base/memory.h"
#include "stats/selection.h"
#include "unit/hf_cunit.h"
#include "unit/stats_samples.h"

enum { COLUMNS = 5, N = 3001, MAX_RANKS = 9 };

static double sample(int column, uint64_t i) {
    switch (column) {
    case 0:
        return sample_loss(70, i);
    case 1:
        return sample_double(71, i, 0, 2046);
    case 2:
        return (double)(sample_bits(72, i) % 5) - 2.0; /* few values, many ties */
    case 3:
        return i % 2 ? 0.0 : -0.0;
    default:
        return 1.0 - 0x1p-53 * (double)(sample_bits(73, i) % 4); /* neighbours in the last bit */
    }
}

static void sorts_as_qsort_does(void) {
    static double x[N], y[N], scratch[N];
    for (int column = 0; column < COLUMNS; column++)
        for (int n = 0; n <= N; n = n < 4 ? n + 1 : n * 9 + 20 > N && n < N ? N : n * 9 + 20) {
            for (int i = 0; i < n; i++)
                x[i] = y[i] = sample(column, (uint64_t)i);
            hf_column_sort(x, (uint64_t)n, scratch);
            qsort(y, (size_t)n, sizeof y[0], compare_doubles);
            for (int i = 0; i < n; i++) {
                CU_ASSERT_EQUAL(x[i], y[i]);
                CU_ASSERT_TRUE(x[i] != 0.0 || hf_double_bits(x[i]) == 0);
            }
            for (int i = 0; i < n; i += 17) {
                uint64_t below = 0;
                for (int k = 0; k < n; k++)
                    below += y[k] < x[i];
                CU_ASSERT_EQUAL(hf_column_count_below(x, (uint64_t)n, x[i]), below);
            }
        }
}

/* The caller's loop of stats/selection.h with `n_ranks` ranks in one process. */
static void select_on(int n_ranks, int n_requests, const hf_request *requests, double *values) {
    static double piece[MAX_RANKS][COLUMNS][N], scratch[N];
    uint64_t n_local[MAX_RANKS] = {0};
    const double *sorted[MAX_RANKS][COLUMNS];
    hf_selection *selection[MAX_RANKS];
    for (uint64_t i = 0; i < N; i++) { /* rank 1 of several stays empty */
        uint64_t r = sample_bits(74, i) % (uint64_t)n_ranks;
        r = n_ranks > 1 && r == 1 ? 0 : r;
        for (int c = 0; c < COLUMNS; c++)
            piece[r][c][n_local[r]] = sample(c, i);
        n_local[r]++;
    }
    for (int r = 0; r < n_ranks; r++) {
        for (int c = 0; c < COLUMNS; c++) {
            hf_column_sort(piece[r][c], n_local[r], scratch);
            sorted[r][c] = piece[r][c];
        }
        selection[r] = hf_selection_create(COLUMNS, n_local[r], sorted[r], n_requests, requests);
    }
    size_t n_counts = hf_selection_n_counts(selection[0]);
    uint64_t *counts = HF_NEW(n_counts, uint64_t), *sum = HF_NEW(n_counts, uint64_t);
    int n_rounds = 0;
    for (; !hf_selection_is_done(selection[0]); n_rounds++) {
        memset(sum, 0, n_counts * sizeof *sum);
        for (int r = 0; r < n_ranks; r++) {
            hf_selection_count_local(selection[r], counts);
            for (size_t i = 0; i < n_counts; i++)
                sum[i] += counts[i];
        }
        for (int r = 0; r < n_ranks; r++)
            hf_selection_narrow(selection[r], sum);
    }
    CU_ASSERT_EQUAL(n_rounds, 16);
    for (int r = n_ranks - 1; r >= 0; r--) {
        memcpy(values, hf_selection_values(selection[r]), (size_t)n_requests * sizeof *values);
        CU_ASSERT_TRUE(hf_selection_is_done(selection[r]));
        hf_selection_destroy(selection[r]);
    }
    hf_free(counts);
    hf_free(sum);
}

static void selects_what_qsort_shows(void) {
    enum { REQUESTS = COLUMNS * 40 };
    static double whole[COLUMNS][N];
    hf_request requests[REQUESTS];
    double values[REQUESTS];
    for (int c = 0; c < COLUMNS; c++) {
        for (uint64_t i = 0; i < N; i++)
            whole[c][i] = sample(c, i);
        qsort(whole[c], N, sizeof whole[c][0], compare_doubles);
    }
    for (int i = 0; i < REQUESTS; i++) {
        uint64_t rank = i / COLUMNS == 0   ? 1
                        : i / COLUMNS == 1 ? N
                                           : 1 + sample_bits(75, (uint64_t)i) % N;
        requests[i] = (hf_request){i % COLUMNS, rank};
    }
    for (int n_ranks = 1; n_ranks <= MAX_RANKS; n_ranks += 2) {
        select_on(n_ranks, REQUESTS, requests, values);
        for (int i = 0; i < REQUESTS; i++)
            CU_ASSERT_EQUAL(values[i], whole[requests[i].column][requests[i].rank - 1]);
    }
}

HF_TEST_MAIN("selection", HF_CASE(sorts_as_qsort_does), HF_CASE(selects_what_qsort_shows))
