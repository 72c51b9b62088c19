/* Exact sums against integers, against references from Python's fractions, and against themselves
 * in another order. */
#include "base/memory.h"
#include "stats/moments.h"
#include "unit/hf_cunit.h"
#include "unit/stats_samples.h"
#include <stdbool.h>

static double sum_of(int n, const double *x) {
    hf_exact_sum sum = {0};
    for (int i = 0; i < n; i++)
        hf_exact_sum_add(&sum, x[i]);
    return hf_exact_sum_value(&sum);
}
#define SUM(...)                                                                                   \
    sum_of((int)(sizeof(double[]){__VA_ARGS__} / sizeof(double)), (double[]){__VA_ARGS__})

static bool is_same_sum(const hf_exact_sum *a, const hf_exact_sum *b) {
    hf_exact_sum x = *a, y = *b;
    hf_exact_sum_normalise(&x);
    hf_exact_sum_normalise(&y);
    return memcmp(&x, &y, sizeof x) == 0;
}

static void rounds_once(void) {
    CU_ASSERT_EQUAL(SUM(0.0), 0.0);
    CU_ASSERT_EQUAL(SUM(0.1, 0.2), 0.1 + 0.2);
    CU_ASSERT_EQUAL(SUM(1e300, 1.0, -1e300), 1.0);
    CU_ASSERT_EQUAL(SUM(1.0, 0x1p-53), 1.0);                      /* a tie, to even */
    CU_ASSERT_EQUAL(SUM(1.0, 0x1p-53, 0x1p-1074), 1.0 + 0x1p-52); /* a hair above */
    CU_ASSERT_EQUAL(SUM(1.0, 0x1p-53, -0x1p-1074), 1.0);          /* a hair below */
    CU_ASSERT_EQUAL(SUM(1.0 + 0x1p-52, 0x1p-53), 1.0 + 0x1p-51);  /* a tie, to even, upward */
    CU_ASSERT_EQUAL(SUM(-1.0, -0x1p-53, -0x1p-1074), -1.0 - 0x1p-52);
    CU_ASSERT_EQUAL(SUM(2.0 - 0x1p-52, 0x1p-53), 2.0); /* carries into the exponent */
    CU_ASSERT_EQUAL(SUM(DBL_MAX, DBL_MAX, -DBL_MAX, -DBL_MAX, 3.0), 3.0);
    CU_ASSERT_EQUAL(SUM(DBL_MAX, 0x1p969), DBL_MAX);
    CU_ASSERT_EQUAL(SUM(0x1p-1074, 0x1p-1074), 0x1p-1073);
    CU_ASSERT_EQUAL(SUM(DBL_MIN, -0x1p-1074), DBL_MIN - 0x1p-1074);
    CU_ASSERT_EQUAL(SUM(-0x1p-1074, 0x1p-1074, -7.0), -7.0);
    CU_ASSERT_EQUAL(hf_double_bits(SUM(-0.0, -0.0)), 0);
    CU_ASSERT_EQUAL(hf_double_bits(SUM(-3.0, 3.0)), 0);
    hf_exact_sum least = {0};
    hf_exact_sum_add_integer(&least, -1, HF_EXACT_LOW_BIT);
    CU_ASSERT_EQUAL(hf_double_bits(hf_exact_sum_value(&least)), 0); /* rounds to 0, not -0 */
    hf_exact_sum_add(&least, -0x1p-1074);
    CU_ASSERT_EQUAL(hf_exact_sum_value(&least), -0x1p-1074);
}

/* Sum, sum of squares and variance of sample_double(seed, i, low, high), i < n, computed with
 * fractions.Fraction and rounded once (the variance: n Sxx - Sx^2 rounded, then divided twice). */
static const struct reference {
    uint64_t seed;
    int low, high, n;
    double sum, square, variance;
} references[] = {
    {1, 0, 2030, 2000, -0x1.e54a168e84524p+1007, 0, 0},
    {2, 0, 2, 3000, 0x1.a950e77d367dfp-1019, 0, 0},
    {3, 1000, 1046, 5000, -0x1.792e42ac2c748p+24, 0x1.4a9b6582bd296p+54, 0x1.0ee2d26e8f508p+42},
    {4, 1022, 1022, 777, -0x1.b8fa673e5838ap+2, 0x1.c75b7c2d2c2fbp+8, 0x1.2c66d3035b810p-1},
    {5, 900, 1400, 4096, 0x1.e9367f79726f0p+377, 0x1.0166b97267a22p+759, 0x1.0174fd519d700p+747},
    {6, 538, 1472, 3000, 0, 0x1.fbd1c3f6788b9p+899, 0},
};

static void agrees_with_fractions(void) {
    static double x[5000];
    for (size_t r = 0; r < sizeof references / sizeof references[0]; r++) {
        const struct reference *ref = &references[r];
        hf_sums sums = {0};
        for (int i = 0; i < ref->n; i++)
            x[i] = sample_double(ref->seed, (uint64_t)i, ref->low, ref->high);
        if (ref->sum != 0)
            CU_ASSERT_EQUAL(sum_of(ref->n, x), ref->sum);
        if (ref->square == 0)
            continue;
        hf_sums_add(&sums, ref->n, x);
        CU_ASSERT_EQUAL(hf_exact_sum_value(&sums.square), ref->square);
        if (ref->variance != 0)
            CU_ASSERT_EQUAL(hf_sums_variance(&sums), ref->variance);
    }
    for (uint64_t i = 0; i < 1000; i++) /* much mean, little spread */
        x[i] = 1e9 + sample_uniform(9, i) * 1e-3;
    hf_sums sums = {0};
    hf_sums_add(&sums, 1000, x);
    CU_ASSERT_EQUAL(hf_exact_sum_value(&sums.sum), 0x1.d1a94a200107cp+39);
    CU_ASSERT_EQUAL(hf_exact_sum_value(&sums.square), 0x1.b1ae4d6e30e04p+69);
    CU_ASSERT_EQUAL(hf_sums_variance(&sums), 0x1.76aa297377d1cp-24);
}

static void agrees_with_integers(void) {
    hf_exact_sum sum = {0}, wide = {0};
    __int128 exact = 0, exact_wide = 0;
    for (uint64_t i = 0; i < 100000; i++) {
        int64_t k = (int64_t)sample_bits(7, i) >> (sample_bits(8, i) % 40 + 11);
        hf_exact_sum_add(&sum, (double)k);
        exact += k;
        int64_t any = (int64_t)sample_bits(9, i);
        hf_exact_sum_add_integer(&wide, any, -300);
        hf_exact_sum_add_times(&wide, -0x1.8p-300, (uint64_t)(any & 0xFFFFFFFFFFFF) << 1);
        exact_wide += any - (__int128)3 * (any & 0xFFFFFFFFFFFF);
    }
    CU_ASSERT_EQUAL(hf_exact_sum_value(&sum), (double)exact);
    CU_ASSERT_EQUAL(hf_exact_sum_value(&wide), (double)exact_wide * 0x1p-300);
}

/* n values in three orders and three ways of merging. */
static void any_order_is_the_same(void) {
    enum { N = 4000, PARTS = 7 };
    static int order[N];
    hf_exact_sum forward = {0}, shuffled = {0}, part[PARTS] = {{{0}, 0}};
    sample_order(11, N, order);
    for (int i = 0; i < N; i++) {
        hf_exact_sum_add(&forward, sample_double(10, (uint64_t)i, 0, 2040));
        hf_exact_sum_add(&shuffled, sample_double(10, (uint64_t)order[i], 0, 2040));
        hf_exact_sum_add(&part[order[i] % PARTS], sample_double(10, (uint64_t)i, 0, 2040));
    }
    CU_ASSERT_TRUE(is_same_sum(&forward, &shuffled));
    for (int stride = 1; stride < PARTS; stride *= 2)
        for (int p = 0; p + stride < PARTS; p += 2 * stride)
            hf_exact_sum_merge(&part[p], &part[p + stride]);
    CU_ASSERT_TRUE(is_same_sum(&forward, &part[0]));
    hf_exact_sum_subtract(&part[0], &shuffled);
    CU_ASSERT_EQUAL(hf_exact_sum_value(&part[0]), 0.0);
}

/* Doubling 40 times is 2^40 additions: carries move in time. */
static void holds_many_additions(void) {
    hf_exact_sum sum = {0}, scaled = {0};
    const double x = -0x1.fffffffffffffp+10;
    hf_exact_sum_add(&sum, x);
    hf_exact_sum_add(&sum, 0x1p-1000);
    hf_exact_sum_merge(&scaled, &sum);
    for (int i = 0; i < 40; i++) {
        hf_exact_sum copy = sum;
        hf_exact_sum_merge(&sum, &copy);
    }
    hf_exact_sum_scale(&scaled, (uint64_t)1 << 40);
    CU_ASSERT_TRUE(is_same_sum(&sum, &scaled));
    CU_ASSERT_EQUAL(hf_exact_sum_value(&sum), x * 0x1p40);
    hf_exact_sum_add_times(&sum, -x, (uint64_t)1 << 40);
    CU_ASSERT_EQUAL(hf_exact_sum_value(&sum), 0x1p-960);
    for (int i = 0; i < 40; i++) { /* full limbs of one sign, again and again */
        hf_exact_sum copy = scaled;
        hf_exact_sum_add(&copy, DBL_MAX);
        hf_exact_sum_subtract(&copy, &scaled);
        CU_ASSERT_EQUAL(hf_exact_sum_value(&copy), DBL_MAX);
    }
}

/* Rows of every kind give by vectors what they give one by one. */
static double sample_row(int kind, uint64_t i) {
    switch (kind) {
    case 0:
        return sample_loss(20, i);
    case 1:
        return sample_double(21, i, 1013, 1033);
    case 2:
        return sample_double(22, i, 700, 1350);
    case 3:
        return sample_double(23, i, 500, 780);
    case 4:
        return (double)(sample_bits(24, i) % 260);
    case 5:
        return sample_double(25, i, 0, 1472);
    case 6:
        return i % 9 ? 0.0 : -1e-9;
    case 7:
        return sample_double(26, i, 0, 600);
    case 8:
        return hf_bits_double(0x41DFFFFFFFFFFFFFu); /* all bits set */
    case 9:
        return hf_bits_double((700 + sample_bits(27, i) % 600) << 52); /* powers of two */
    default:
        return 0.0;
    }
}

static void rows_are_sums_of_values(void) {
    for (int kind = 0; kind < 11; kind++)
        for (int n = 1; n < 400; n += n < 20 ? 1 : 37) {
            double x[400];
            hf_moments rows;
            hf_sums single = {0};
            double low = DBL_MAX, high = -DBL_MAX;
            hf_moments_init(&rows);
            for (int i = 0; i < n; i++) {
                x[i] = sample_row(kind, (uint64_t)(i + 1000 * n));
                hf_exact_sum_add(&single.sum, x[i]);
                hf_exact_sum_add_square(&single.square, x[i]);
                low = x[i] < low ? x[i] : low;
                high = x[i] > high ? x[i] : high;
            }
            hf_moments_add(&rows, n, x);
            CU_ASSERT_TRUE(is_same_sum(&rows.sums.sum, &single.sum));
            CU_ASSERT_TRUE(is_same_sum(&rows.sums.square, &single.square));
            CU_ASSERT_TRUE(rows.min == low && rows.max == high && rows.sums.n == (uint64_t)n);
        }
}

/* Rows of any size and scale, settled now and then. */
static void running_sums_come_to_the_same(void) {
    hf_running running;
    hf_moments moments;
    hf_sums single = {0};
    double low = DBL_MAX, high = -DBL_MAX;
    hf_running_init(&running);
    hf_moments_init(&moments);
    for (uint64_t row = 0; row < 1500; row++) {
        double x[300];
        int n = (int)(sample_bits(28, row) % 300), kind = (int)(sample_bits(29, row) % 11);
        for (int i = 0; i < n; i++) {
            x[i] = sample_row(kind, row * 1000 + (uint64_t)i);
            hf_exact_sum_add(&single.sum, x[i]);
            hf_exact_sum_add_square(&single.square, x[i]);
            low = x[i] < low ? x[i] : low;
            high = x[i] > high ? x[i] : high;
        }
        single.n += (uint64_t)n;
        hf_running_add(&running, &moments.sums, n, x);
        if (row % 100 != 99)
            continue;
        hf_moments_settle(&moments, &running);
        CU_ASSERT_TRUE(is_same_sum(&moments.sums.sum, &single.sum));
        CU_ASSERT_TRUE(is_same_sum(&moments.sums.square, &single.square));
        CU_ASSERT_TRUE(moments.min == low && moments.max == high && moments.sums.n == single.n);
    }
}

static void squares_are_exact(void) {
    for (uint64_t i = 0; i < 2000; i++) {
        int64_t k = (int64_t)(sample_bits(30, i) >> 11);
        hf_exact_sum by_square = {0}, by_integer = {0};
        double x = (double)k * 0x1p-80;
        unsigned __int128 square = (unsigned __int128)k * (unsigned __int128)k;
        hf_exact_sum_add_square(&by_square, -x);
        hf_exact_sum_add_integer(&by_integer, (int64_t)(uint64_t)(square >> 53), 53 - 160);
        hf_exact_sum_add_integer(&by_integer, (int64_t)((uint64_t)square & 0x1FFFFFFFFFFFFF), -160);
        CU_ASSERT_TRUE(is_same_sum(&by_square, &by_integer));
    }
    hf_exact_sum tiny = {0};
    hf_exact_sum_add_square(&tiny, 0x1.fffffffffffffp-486);
    CU_ASSERT_EQUAL(hf_exact_sum_value(&tiny), 0.0);
    hf_exact_sum_add_square(&tiny, -0x1p-485);
    CU_ASSERT_EQUAL(hf_exact_sum_value(&tiny), 0x1p-970);
}

static void moments_of_few(void) {
    hf_sums sums = {0}, same = {0};
    CU_ASSERT_TRUE(hf_sums_mean(&sums) != hf_sums_mean(&sums));
    hf_sums_add(&sums, 1, (double[]){3.0});
    CU_ASSERT_TRUE(hf_sums_mean(&sums) == 3.0 && hf_sums_variance(&sums) != 0.0);
    hf_sums_add(&sums, 3, (double[]){1.0, 5.0, -1.0});
    CU_ASSERT_EQUAL(hf_sums_mean(&sums), 2.0);
    CU_ASSERT_EQUAL(hf_sums_variance(&sums), 20.0 / 3.0);
    hf_sums_add_times(&same, 0.1, 1000000007);
    CU_ASSERT_EQUAL(hf_sums_variance(&same), 0.0);
    CU_ASSERT_EQUAL(hf_sums_mean(&same), 0.1);
    hf_sums_add_zeros(&same, 1000000007);
    CU_ASSERT_EQUAL(hf_sums_mean(&same), 0.05);
    hf_sums_merge(&same, &sums);
    hf_sums_subtract(&same, &sums);
    CU_ASSERT_EQUAL(same.n, 2000000014);
    CU_ASSERT_EQUAL(hf_sums_mean(&same), 0.05);
}

static void lists_survive_packing(void) {
    hf_sums items[2] = {{0}}, others[2] = {{0}};
    hf_sums_list list = {2, items}, into = {2, others}, three = {3, items};
    hf_error err;
    unsigned char *bytes;
    for (uint64_t i = 0; i < 500; i++)
        hf_sums_add(&items[i % 2], 1, (double[]){sample_double(40, i, 600, 1400)});
    size_t n = hf_sums_list_pack(&list, &bytes);
    CU_ASSERT_EQUAL(hf_sums_list_merge(&into, bytes, n, &err), HF_OK);
    CU_ASSERT_EQUAL(hf_sums_list_merge(&into, bytes, n, &err), HF_OK);
    for (int i = 0; i < 2; i++) {
        hf_sums_merge(&items[i], &items[i]);
        CU_ASSERT_TRUE(is_same_sum(&items[i].sum, &others[i].sum));
        CU_ASSERT_TRUE(is_same_sum(&items[i].square, &others[i].square));
        CU_ASSERT_EQUAL(items[i].n, others[i].n);
    }
    CU_ASSERT_EQUAL(hf_sums_list_merge(&three, bytes, n, &err), HF_BAD_FILE);
    for (size_t k = 0; k < n; k += 7)
        CU_ASSERT_EQUAL(hf_sums_list_merge(&into, bytes, k, &err), HF_BAD_FILE);
    bytes = hf_realloc(bytes, n, n + 8, 1); /* a word too many, and a part of one */
    CU_ASSERT_EQUAL(hf_sums_list_merge(&into, bytes, n + 8, &err), HF_BAD_FILE);
    CU_ASSERT_EQUAL(hf_sums_list_merge(&into, bytes, n + 3, &err), HF_BAD_FILE);
    hf_free(bytes);
}

static bool takes(uint64_t n, int limb, uint64_t word, bool is_square) {
    const uint64_t empty = (uint64_t)HF_EXACT_LIMBS << 32, one = (uint64_t)limb << 32 | 1;
    uint64_t plain[] = {1, n, one, word, empty}, squared[] = {1, n, empty, one, word};
    const unsigned char *bytes = (const unsigned char *)(is_square ? squared : plain);
    hf_sums item = {0};
    hf_sums_list list = {1, &item};
    if (hf_sums_list_merge(&list, bytes, sizeof plain, NULL))
        return false;
    hf_sums_mean(&item);
    hf_sums_variance(&item);
    return true;
}

/* Found by tests/fuzz: taken, they had no mean or no variance. */
static void sums_of_nothing_are_refused(void) {
    const int top = HF_EXACT_LIMBS - 1;
    CU_ASSERT_TRUE(takes(2, 34, 1, false));
    CU_ASSERT_TRUE(takes(HF_SUMS_MAX, 34, 1, true));
    CU_ASSERT_FALSE(takes(2, top, UINT64_MAX, false)); /* -2^1056 */
    CU_ASSERT_FALSE(takes(HF_SUMS_MAX + 1, 34, 1, false));
    CU_ASSERT_FALSE(takes(UINT64_MAX, 34, 1, true));
    CU_ASSERT_FALSE(takes(2, 34, (uint64_t)1 << 32, false));
    CU_ASSERT_FALSE(takes(2, top, 1, false));
    CU_ASSERT_FALSE(takes(2, top, INT64_MAX, true));
    CU_ASSERT_TRUE(takes(2, 49, 0x3FF, false)); /* below 2^490 */
    CU_ASSERT_FALSE(takes(2, 49, 0x400, false));
    CU_ASSERT_TRUE(takes(2, 63, 0xFFF, true)); /* below 2^940 */
    CU_ASSERT_FALSE(takes(2, 63, 0x1000, true));
}

HF_TEST_MAIN("exact sums", HF_CASE(rounds_once), HF_CASE(agrees_with_fractions),
             HF_CASE(agrees_with_integers), HF_CASE(any_order_is_the_same),
             HF_CASE(holds_many_additions), HF_CASE(rows_are_sums_of_values),
             HF_CASE(running_sums_come_to_the_same), HF_CASE(squares_are_exact),
             HF_CASE(moments_of_few), HF_CASE(lists_survive_packing),
             HF_CASE(sums_of_nothing_are_refused))
