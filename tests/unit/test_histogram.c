/* The histogram's promise: any order statistic within 2^-12, and counts that merge exactly. */
#include "base/memory.h"
#include "stats/bins.h"
#include "stats/histogram.h"
#include "stats/selection.h"
#include "stats/words.h"
#include "unit/hf_cunit.h"
#include "unit/stats_samples.h"

static bool is_within(double found, double true_value) {
    double error = found - true_value, bound = true_value * HF_HISTOGRAM_ERROR;
    return (error < 0 ? -error : error) <= (bound < 0 ? -bound : bound);
}

static double sample(uint64_t kind, uint64_t i) {
    return kind == 0   ? sample_loss(50, i)
           : kind == 1 ? sample_double(51, i, 1, 2046)
                       : sample_double(52, i, 1020, 1030);
}

static void every_value_is_within_the_bound(void) {
    for (uint64_t i = 0; i < 3000; i++) {
        double x = sample_double(53, i, 1, 2046);
        hf_histogram *one = hf_histogram_create();
        hf_histogram_add(one, 1, &x);
        CU_ASSERT_TRUE(is_within(hf_histogram_at_rank(one, 1), x));
        CU_ASSERT_TRUE(hf_histogram_snap(x) <= x);
        hf_histogram_destroy(one);
    }
    for (uint64_t i = 0; i < 2000; i++) { /* both ends of a bin, both signs */
        double x = hf_bits_double((uint64_t)0x4010000000000000 + ((i / 2) << 41) - (i & 1));
        hf_histogram *one = hf_histogram_create();
        hf_histogram_add(one, 1, &x);
        CU_ASSERT_TRUE(is_within(hf_histogram_at_rank(one, 1), x));
        hf_histogram_destroy(one);
        one = hf_histogram_create();
        hf_histogram_add(one, 1, (double[]){-x});
        CU_ASSERT_TRUE(is_within(hf_histogram_at_rank(one, 1), -x));
        hf_histogram_destroy(one);
    }
}

static void zero_is_exact(void) {
    const double x[] = {0.0, -0.0, 0x1p-1074, -0x1p-1030, 1.0, -1.0};
    hf_histogram *h = hf_histogram_create();
    hf_histogram_add(h, 6, x);
    for (uint64_t rank = 2; rank <= 5; rank++)
        CU_ASSERT_EQUAL(hf_double_bits(hf_histogram_at_rank(h, rank)), 0);
    CU_ASSERT_TRUE(is_within(hf_histogram_at_rank(h, 1), -1.0));
    CU_ASSERT_TRUE(is_within(hf_histogram_at_rank(h, 6), 1.0));
    CU_ASSERT_EQUAL(hf_histogram_count(h), 6);
    hf_histogram_destroy(h);
}

static void ranks_follow_the_sorted_sample(void) {
    enum { N = 5000 };
    static double x[N];
    for (uint64_t kind = 0; kind < 3; kind++) {
        hf_histogram *h = hf_histogram_create();
        for (int i = 0; i < N; i++)
            x[i] = sample(kind, (uint64_t)i);
        hf_histogram_add(h, N, x);
        qsort(x, N, sizeof x[0], compare_doubles);
        for (int i = 0; i < N; i++)
            CU_ASSERT_TRUE(is_within(hf_histogram_at_rank(h, (uint64_t)i + 1), x[i]));
        hf_histogram_destroy(h);
    }
}

static void bins_are_walked_in_order(void) {
    enum { N = 3000 };
    static double x[N];
    hf_histogram *h = hf_histogram_create();
    for (int i = 0; i < N; i++)
        x[i] = sample(1 + (uint64_t)(i & 1), (uint64_t)i);
    hf_histogram_add(h, N, x);
    qsort(x, N, sizeof x[0], compare_doubles);
    hf_bin bin = {0};
    int at = 0;
    while (hf_histogram_next(h, &bin)) {
        CU_ASSERT_TRUE(bin.count > 0 && bin.lower <= x[at] && (at == 0 || bin.lower > x[at - 1]));
        at += (int)bin.count;
        CU_ASSERT_TRUE(at <= N && is_within(bin.value, x[at - 1]));
    }
    CU_ASSERT_EQUAL(at, N);
    hf_histogram_destroy(h);
}

static size_t pack(const hf_histogram *h, unsigned char **bytes) {
    hf_words out = {0};
    hf_histogram_put(&out, h);
    return hf_words_give(&out, bytes);
}

static bool is_same(const hf_histogram *a, const hf_histogram *b) {
    unsigned char *x, *y;
    size_t n = pack(a, &x), m = pack(b, &y);
    bool same = n == m && memcmp(x, y, n) == 0;
    hf_free(x);
    hf_free(y);
    return same;
}

static void merging_adds_counts(void) {
    enum { N = 4000 };
    hf_histogram *all = hf_histogram_create(), *part[3], *unpacked = hf_histogram_create();
    for (int p = 0; p < 3; p++)
        part[p] = hf_histogram_create();
    for (uint64_t i = 0; i < N; i++) {
        double x = sample(i % 3, i);
        hf_histogram_add(all, 1, &x);
        hf_histogram_add(part[sample_bits(60, i) % 3], 1, &x);
    }
    for (int p = 2; p >= 0; p--) {
        unsigned char *bytes;
        size_t n = pack(part[p], &bytes);
        hf_word_reader in = hf_word_reader_open(bytes, n);
        hf_error err;
        hf_histogram_get_merge(&in, unpacked);
        CU_ASSERT_EQUAL(hf_word_reader_close(&in, "histogram", &err), HF_OK);
        for (size_t k = 0; k < n; k += 8 * 97) {
            hf_histogram *scrap = hf_histogram_create();
            hf_word_reader cut = hf_word_reader_open(bytes, k);
            hf_histogram_get_merge(&cut, scrap);
            CU_ASSERT_EQUAL(hf_word_reader_close(&cut, "histogram", &err), HF_BAD_FILE);
            hf_histogram_destroy(scrap);
        }
        bytes[0] ^= 1; /* a count that does not fit its bins */
        hf_histogram *scrap = hf_histogram_create();
        hf_word_reader wrong = hf_word_reader_open(bytes, n);
        hf_histogram_get_merge(&wrong, scrap);
        CU_ASSERT_EQUAL(hf_word_reader_close(&wrong, "histogram", &err), HF_BAD_FILE);
        hf_histogram_destroy(scrap);
        hf_free(bytes);
    }
    hf_histogram_merge(part[1], part[2]);
    hf_histogram_merge(part[1], part[0]);
    CU_ASSERT_TRUE(is_same(all, part[1]));
    CU_ASSERT_TRUE(is_same(all, unpacked));
    CU_ASSERT_EQUAL(hf_histogram_count(unpacked), N);
    for (uint64_t rank = 1; rank <= N; rank += 111) {
        CU_ASSERT_EQUAL(hf_histogram_at_rank(unpacked, rank), hf_histogram_at_rank(all, rank));
        CU_ASSERT_EQUAL(hf_histogram_at_rank(part[1], rank), hf_histogram_at_rank(all, rank));
    }
    CU_ASSERT_TRUE(hf_histogram_bytes(all) >= hf_histogram_bytes(part[0]));
    for (int p = 0; p < 3; p++)
        hf_histogram_destroy(part[p]);
    hf_histogram_destroy(all);
    hf_histogram_destroy(unpacked);
}

/* Edges on bin edges: the plot's counts from a histogram are those of the sorted column. */
static void plot_bins_agree(void) {
    enum { N = 6000 };
    static double x[N];
    for (uint64_t kind = 0; kind < 4; kind++) {
        hf_histogram *h = hf_histogram_create();
        double edges[HF_PLOT_BINS + 1];
        uint64_t from_column[HF_PLOT_BINS] = {0}, from_bins[HF_PLOT_BINS] = {0};
        uint64_t single[HF_PLOT_BINS] = {0}, total = 0;
        for (int i = 0; i < N; i++)
            x[i] = kind == 3 ? 0.99 + 0.01 * sample_uniform(54, (uint64_t)i)
                             : (kind == 1 ? 1e-300 : 1.0) * sample(kind, (uint64_t)i);
        hf_histogram_add(h, N, x);
        qsort(x, N, sizeof x[0], compare_doubles);
        const hf_column column = {.n = N, .values = x};
        hf_bins_edges(x[0], x[N - 1], true, edges);
        hf_bins_count_histogram(h, edges, from_bins);
        hf_bins_count_column(&column, edges, from_column);
        CU_ASSERT_TRUE(memcmp(from_bins, from_column, sizeof from_bins) == 0);
        for (int i = 0; i < HF_PLOT_BINS; i++)
            CU_ASSERT_TRUE(edges[i] <= edges[i + 1]);
        hf_bins_edges(x[0], x[N - 1], false, edges);
        hf_bins_count_column(&column, edges, single);
        for (int i = 0; i < HF_PLOT_BINS; i++) {
            CU_ASSERT_TRUE(edges[i] < edges[i + 1]);
            total += single[i];
            for (int k = 0; k < N; k++)
                single[i] -= x[k] >= edges[i] && (x[k] < edges[i + 1] || i == HF_PLOT_BINS - 1);
            CU_ASSERT_EQUAL(single[i], 0);
        }
        CU_ASSERT_EQUAL(total, N);
        hf_histogram_destroy(h);
    }
    double edges[HF_PLOT_BINS + 1];
    uint64_t counts[HF_PLOT_BINS] = {0};
    hf_bins_edges(5.0, 5.0, false, edges); /* all alike */
    hf_bins_count_column(&(hf_column){.n = 2, .values = (double[]){5.0, 5.0}}, edges, counts);
    CU_ASSERT_EQUAL(counts[HF_PLOT_BINS - 1], 2);
}

static bool takes(const uint64_t *words, size_t n) {
    hf_histogram *histogram = hf_histogram_create();
    hf_word_reader in = hf_word_reader_open((const unsigned char *)words, 8 * n);
    hf_histogram_get_merge(&in, histogram);
    bool is_taken = hf_word_reader_close(&in, "histogram", NULL) == HF_OK;
    hf_histogram_destroy(histogram);
    return is_taken;
}

/* Found by tests/fuzz: taken, an order statistic was looked for beyond the last bin. */
static void counts_of_nothing_are_refused(void) {
    const uint64_t page = (uint64_t)2049 << 32, half = (uint64_t)1 << 63;
    CU_ASSERT_TRUE(takes((uint64_t[]){3, 1, page | 1, 5, 3}, 5));
    CU_ASSERT_FALSE(
        takes((uint64_t[]){4, 1, page | 2, 5, half + 2, 6, half + 2}, 7)); /* 2^64 + 4 */
    CU_ASSERT_FALSE(takes((uint64_t[]){3, 1, page | 1, HF_BINS_PER_OCTAVE, 3}, 5));
    CU_ASSERT_FALSE(takes((uint64_t[]){3, 1, (uint64_t)4096 << 32 | 1, 5, 3}, 5));
    CU_ASSERT_FALSE(takes((uint64_t[]){0, 1, page}, 3)); /* memory for nothing */
    CU_ASSERT_FALSE(takes((uint64_t[]){0, 1, page | 1, 5, 0}, 5));
}

HF_TEST_MAIN("histogram", HF_CASE(every_value_is_within_the_bound), HF_CASE(zero_is_exact),
             HF_CASE(ranks_follow_the_sorted_sample), HF_CASE(bins_are_walked_in_order),
             HF_CASE(merging_adds_counts), HF_CASE(counts_of_nothing_are_refused),
             HF_CASE(plot_bins_agree))
