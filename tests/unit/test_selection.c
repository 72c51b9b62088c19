/* Order statistics over columns in pieces, with and without weights and values left out, against
 * the whole, sorted and walked through. */
#include "base/memory.h"
#include "stats/selection.h"
#include "unit/hf_cunit.h"
#include "unit/stats_samples.h"

/* Column COLUMNS + c holds every seventh value of column c: what may be left out of it. */
enum { COLUMNS = 5, ALL = 2 * COLUMNS, N = 3001, MAX_RANKS = 9 };

static double sample(int column, uint64_t i) {
    switch (column % COLUMNS) {
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

static bool is_in(int column, uint64_t i) {
    return column < COLUMNS || i % 7 == 3;
}

/* Multiples of 2^-48 of all sizes: none, the smallest, around 1, the largest. */
static double sample_weight(uint64_t i) {
    uint64_t bits = sample_bits(76, i);
    switch (bits % 8) {
    case 0:
        return bits % 16 ? 0.0 : 0x1p-48;
    case 1:
        return 0x1p15 - 0x1p-37 * (double)(1 + (bits >> 62));
    default:
        return 0x1p-48 * (double)(bits >> 15);
    }
}

typedef struct pair {
    double value;
    hf_mass mass;
} pair;

static int compare_pairs(const void *a, const void *b) {
    return compare_doubles(&((const pair *)a)->value, &((const pair *)b)->value);
}

/* Column c without column w (-1: none), sorted: values left out weigh 0. */
static void sort_pairs(int c, int w, bool is_weighted, pair *pairs) {
    for (uint64_t i = 0; i < N; i++) {
        hf_mass mass = is_weighted ? (hf_mass)(sample_weight(i) * 0x1p48) : 1;
        pairs[i] = (pair){sample(c, i), is_in(c, i) && !(w >= 0 && is_in(w, i)) ? mass : 0};
    }
    qsort(pairs, N, sizeof *pairs, compare_pairs);
}

static hf_mass mass_of(const pair *pairs) {
    hf_mass sum = 0;
    for (int i = 0; i < N; i++)
        sum += pairs[i].mass;
    return sum;
}

static double walk_to(const pair *pairs, hf_mass rank) {
    hf_mass sum = 0;
    int i = 0;
    while ((sum += pairs[i].mass) < rank)
        i++;
    return pairs[i].value;
}

static void sorts_as_qsort_does(void) {
    static double x[N], y[N], w[N];
    for (int column = 0; column < COLUMNS; column++)
        for (int n = 0; n <= N; n = n < 4 ? n + 1 : n * 9 + 20 > N && n < N ? N : n * 9 + 20) {
            hf_column plain, weighted;
            for (int i = 0; i < n; i++) {
                x[i] = y[i] = sample(column, (uint64_t)i);
                w[i] = sample_weight((uint64_t)i);
            }
            hf_column_init(&plain, (uint64_t)n, x, NULL);
            hf_column_init(&weighted, (uint64_t)n, x, w);
            qsort(y, (size_t)n, sizeof y[0], compare_doubles);
            for (int i = 0; i < n; i++) {
                CU_ASSERT_TRUE(plain.values[i] == y[i] && weighted.values[i] == y[i]);
                CU_ASSERT_TRUE(y[i] != 0.0 || hf_double_bits(plain.values[i]) == 0);
            }
            for (int i = 0; i < n; i += 17) {
                uint64_t below = 0, to = 0;
                hf_mass mass = 0, total = 0;
                for (int k = 0; k < n; k++) {
                    below += x[k] < x[i];
                    to += x[k] <= x[i];
                    mass += x[k] < x[i] ? (hf_mass)(w[k] * 0x1p48) : 0;
                    total += (hf_mass)(w[k] * 0x1p48);
                }
                CU_ASSERT_EQUAL(hf_column_count_below(&plain, x[i]), below);
                CU_ASSERT_EQUAL(hf_column_count_to(&weighted, x[i]), to);
                CU_ASSERT_TRUE(hf_column_mass_below(&plain, x[i]) == below);
                CU_ASSERT_TRUE(hf_column_mass_below(&weighted, x[i]) == mass);
                CU_ASSERT_TRUE(hf_column_mass(&weighted) == total);
            }
            CU_ASSERT_TRUE(hf_column_mass(&plain) == (hf_mass)n);
            hf_column_clear(&plain);
            hf_column_clear(&weighted);
        }
}

/* What rank r of n_ranks holds of all columns; rank 1 of several stays empty. */
static void deal(int n_ranks, int r, bool is_weighted, hf_column *columns) {
    static double x[N], w[N];
    for (int c = 0; c < ALL; c++) {
        uint64_t n = 0;
        for (uint64_t i = 0; i < N; i++) {
            int owner = (int)(sample_bits(74, i) % (uint64_t)n_ranks);
            owner = n_ranks > 1 && owner == 1 ? 0 : owner;
            if (owner != r || !is_in(c, i))
                continue;
            x[n] = sample(c, i);
            w[n++] = sample_weight(i);
        }
        hf_column_init(&columns[c], n, x, is_weighted ? w : NULL);
    }
}

/* The caller's loop of stats/selection.h with `n_ranks` ranks in one process. */
static void select_on(int n_ranks, bool is_weighted, int n_requests, const hf_request *requests,
                      double *values) {
    static hf_column columns[MAX_RANKS][ALL];
    hf_selection *selection[MAX_RANKS];
    for (int r = 0; r < n_ranks; r++) {
        deal(n_ranks, r, is_weighted, columns[r]);
        selection[r] = hf_selection_create(ALL, columns[r], n_requests, requests);
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
        for (int c = 0; c < ALL; c++)
            hf_column_clear(&columns[r][c]);
    }
    hf_free(counts);
    hf_free(sum);
}

static void selects_what_qsort_shows(void) {
    enum { REQUESTS = COLUMNS * 40 };
    static pair pairs[N];
    hf_request requests[REQUESTS];
    double values[REQUESTS], expected[REQUESTS];
    for (int is_weighted = 0; is_weighted < 2; is_weighted++) {
        for (int i = 0; i < REQUESTS; i++) {
            int c = i % COLUMNS, w = i / COLUMNS % 3 == 2 ? COLUMNS + c : -1;
            sort_pairs(c, w, is_weighted, pairs);
            hf_mass total = mass_of(pairs);
            hf_mass wide =
                ((hf_mass)sample_bits(75, (uint64_t)i) << 40) ^ sample_bits(77, (uint64_t)i);
            hf_mass rank = i / COLUMNS <= 2 ? 1 : i / COLUMNS <= 5 ? total : 1 + wide % total;
            if (i / COLUMNS > 20) { /* to the unit where one value ends and the next begins */
                rank = 0;
                for (uint64_t k = 0; k <= sample_bits(78, (uint64_t)i) % N; k++)
                    rank += pairs[k].mass;
                rank = rank + (hf_mass)(i % 2);
                rank = rank < 1 ? 1 : rank > total ? total : rank;
            }
            requests[i] = (hf_request){c, w, rank};
            expected[i] = walk_to(pairs, rank);
        }
        for (int n_ranks = 1; n_ranks <= MAX_RANKS; n_ranks += 2) {
            select_on(n_ranks, is_weighted, REQUESTS, requests, values);
            for (int i = 0; i < REQUESTS; i++)
                CU_ASSERT_EQUAL(values[i], expected[i]);
        }
    }
}

/* ceil(total p) in whole numbers, also where doubles would round. */
static void mass_ranks_by_hand(void) {
    CU_ASSERT_TRUE(hf_mass_rank(1000, 950000) == 950);
    CU_ASSERT_TRUE(hf_mass_rank(100, 70000) == 7);
    CU_ASSERT_TRUE(hf_mass_rank(101, 70000) == 8);
    CU_ASSERT_TRUE(hf_mass_rank(1, 10) == 1 && hf_mass_rank(0, 10) == 1);
    hf_mass large = ((hf_mass)1 << 95) + 12345;
    CU_ASSERT_TRUE(hf_mass_rank(large, 500000) == ((hf_mass)1 << 94) + 6173);
    CU_ASSERT_TRUE(hf_mass_rank_of(large, 0.5) == ((hf_mass)1 << 94) + 6173);
    CU_ASSERT_TRUE(hf_mass_rank_of(large, 1.0) == large && hf_mass_rank_of(large, 0.0) == 1);
    CU_ASSERT_TRUE(hf_mass_rank_of(1000, 0.25) == 250 && hf_mass_rank_of(1001, 0.25) == 251);
    CU_ASSERT_TRUE(hf_mass_rank_of(large, 0x1p-40) == ((hf_mass)1 << 55) + 1);
    CU_ASSERT_TRUE(hf_mass_rank_of(large, 0x1.8p-40) == ((hf_mass)1 << 55) + 1); /* taken down */
    for (uint64_t i = 0; i < 1000; i++) {
        hf_mass total = sample_bits(79, i) >> 24;
        double p = sample_uniform(80, i);
        hf_mass product = total * (uint64_t)(p * 0x1p40), unit = (hf_mass)1 << 40;
        hf_mass rank = (product + unit - 1) / unit;
        CU_ASSERT_TRUE(hf_mass_rank_of(total, p) == (rank ? rank : 1));
        uint64_t sum[2] = {0};
        for (uint64_t r = 0; r < 5; r++) { /* words of several ranks carry when they are joined */
            uint64_t words[2];
            hf_mass_split(large / 8 + total * r, words);
            sum[0] += words[0];
            sum[1] += words[1];
        }
        CU_ASSERT_TRUE(hf_mass_join(sum) == large / 8 * 5 + total * 10);
    }
}

HF_TEST_MAIN("selection", HF_CASE(sorts_as_qsort_does), HF_CASE(selects_what_qsort_shows),
             HF_CASE(mass_ranks_by_hand))
