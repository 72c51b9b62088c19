/* Tallies: right, and the same bits whatever the order, the blocks and the merging. */
#include "base/memory.h"
#include "stats/tally.h"
#include "unit/hf_cunit.h"
#include "unit/stats_samples.h"

enum { VARIANTS = 3, METRICS = 4, HAZARDS = 3, QUANTITIES = METRICS + 6 + HAZARDS, N = 2500 };
enum { EVENTS = METRICS + 6, TAIL = 40, LOSS = 1, LANES = 320 };

static hf_quantity quantities[QUANTITIES];

static hf_tally *create(uint64_t keep_capacity, int tail_quantity) {
    for (int q = 0; q < QUANTITIES; q++)
        quantities[q] = (hf_quantity){.name = "q",
                                      .bad_side = q == 0 ? HF_BAD_LOW : HF_BAD_HIGH,
                                      .detail = q < METRICS ? HF_DISTRIBUTION : HF_MOMENTS};
    static bool is_zero[VARIANTS][QUANTITIES];
    is_zero[1][EVENTS + 2] = true;
    hf_tally_options options = {keep_capacity, tail_quantity, TAIL,      HAZARDS,
                                EVENTS,        LOSS,          is_zero[0]};
    CU_ASSERT_TRUE(hf_tally_bytes(VARIANTS, QUANTITIES, quantities, &options, 20) > 10000);
    return hf_tally_create(VARIANTS, QUANTITIES, quantities, &options);
}

static double value_of(int variant, int quantity, uint64_t trial) {
    uint64_t seed = (uint64_t)(quantity * 31 + variant);
    double u = sample_uniform(seed, trial);
    if (quantity == 0)
        return u < 0.3 ? 1.0 : hf_floor(u * 64.0) / 64.0; /* many ties */
    if (quantity == LOSS)
        return sample_loss(seed, trial);
    if (quantity == 2)
        return sample_double(seed, trial, 900, 1200);
    if (quantity == 3)
        return u - 0.5;
    if (quantity >= EVENTS) /* the same in all variants; hazard 2 never strikes */
        return quantity == EVENTS + 2 ? 0.0
                                      : hf_floor(2.4 * sample_uniform((uint64_t)quantity, trial));
    return u < 0.8 ? 0.0 : hf_floor(200.0 * u);
}

/* Trials first .. first + n - 1; lanes beyond n, and variant 1's row of the hazard that never
 * strikes, hold what must not be read. */
static void absorb(hf_tally *tally, int first, int n) {
    static double rows[VARIANTS][QUANTITIES * LANES];
    const double *values[VARIANTS] = {rows[0], rows[1], rows[2]};
    for (int v = 0; v < VARIANTS; v++)
        for (int q = 0; q < QUANTITIES; q++)
            for (int i = 0; i < LANES; i++)
                rows[v][q * LANES + i] = i < n && !(v == 1 && q == EVENTS + 2)
                                             ? value_of(v, q, (uint64_t)(first + i))
                                             : 1e77;
    hf_tally_absorb(tally, (uint64_t)first, n, LANES, values);
}

static hf_tally *create_full(uint64_t keep_capacity, int tail_quantity) {
    hf_tally *tally = create(keep_capacity, tail_quantity);
    for (int first = 0; first < N; first += LANES)
        absorb(tally, first, N - first < LANES ? N - first : LANES);
    return tally;
}

static void moments_are_those_of_the_trials(void) {
    hf_tally *tally = create_full(0, LOSS);
    CU_ASSERT_EQUAL(hf_tally_trials(tally), N);
    for (int v = 0; v < VARIANTS; v++)
        for (int q = 0; q < QUANTITIES; q++) {
            hf_exact_sum sum = {0}, square = {0};
            double low = DBL_MAX, high = -DBL_MAX;
            for (uint64_t i = 0; i < N; i++) {
                double x = value_of(v, q, i);
                hf_exact_sum_add(&sum, x);
                hf_exact_sum_add_square(&square, x);
                low = hf_min(x, low);
                high = hf_max(x, high);
            }
            const hf_moments *m = hf_tally_moments(tally, v, q);
            CU_ASSERT_EQUAL(hf_exact_sum_value(&m->sums.sum), hf_exact_sum_value(&sum));
            CU_ASSERT_EQUAL(hf_exact_sum_value(&m->sums.square), hf_exact_sum_value(&square));
            CU_ASSERT_TRUE(m->min == low && m->max == high && m->sums.n == N);
            const hf_histogram *h = hf_tally_histogram(tally, v, q);
            CU_ASSERT_TRUE(q < METRICS ? h && hf_histogram_count(h) == N : !h);
            CU_ASSERT_PTR_NULL(hf_tally_kept(tally, v, q));
        }
    hf_tally_destroy(tally);
}

typedef struct pair {
    double badness;
    hf_tail_entry entry;
} pair;

static int compare_pairs(const void *a, const void *b) {
    const pair *x = a, *y = b;
    if (x->badness != y->badness)
        return x->badness > y->badness ? -1 : 1;
    return x->entry.trial < y->entry.trial ? -1 : 1;
}

static void tail_lists_the_worst(void) {
    static const int quantity[] = {0, LOSS, 2};
    for (int k = 0; k < 3; k++) {
        hf_tally *tally = create_full(0, quantity[k]);
        for (int v = 0; v < VARIANTS; v++) {
            static pair pairs[N];
            hf_tail_entry entries[TAIL];
            for (uint64_t i = 0; i < N; i++) {
                double x = value_of(v, quantity[k], i);
                pairs[i] = (pair){quantity[k] == 0 ? -x : x, {x, i}};
            }
            qsort(pairs, N, sizeof pairs[0], compare_pairs);
            CU_ASSERT_EQUAL(hf_tally_tail(tally, v, entries), TAIL);
            for (int i = 0; i < TAIL; i++) {
                CU_ASSERT_EQUAL(entries[i].value, pairs[i].entry.value);
                CU_ASSERT_EQUAL(entries[i].trial, pairs[i].entry.trial);
            }
        }
        hf_tally_destroy(tally);
    }
    hf_tally *few = create(0, LOSS);
    hf_tail_entry entries[TAIL];
    absorb(few, 0, 7);
    CU_ASSERT_EQUAL(hf_tally_tail(few, 0, entries), 7);
    hf_tally_destroy(few);
}

static void losses_are_split_by_hazard(void) {
    hf_tally *tally = create_full(1, LOSS);
    for (int v = 0; v < VARIANTS; v++)
        for (int h = 0; h < HAZARDS; h++) {
            hf_sums struck = {0}, spared = {0}, found;
            for (uint64_t i = 0; i < N; i++) {
                double x = value_of(v, LOSS, i);
                hf_sums_add(value_of(v, EVENTS + h, i) > 0.0 ? &struck : &spared, 1, &x);
            }
            const hf_sums *hit = hf_tally_struck(tally, v, h);
            CU_ASSERT_EQUAL(hit->n, struck.n);
            CU_ASSERT_TRUE(h == 2 ? struck.n == 0 : struck.n > N / 10);
            CU_ASSERT_EQUAL(hf_exact_sum_value(&hit->sum), hf_exact_sum_value(&struck.sum));
            CU_ASSERT_EQUAL(hf_exact_sum_value(&hit->square), hf_exact_sum_value(&struck.square));
            hf_tally_spared(tally, v, h, &found);
            CU_ASSERT_EQUAL(found.n, spared.n);
            CU_ASSERT_EQUAL(hf_exact_sum_value(&found.sum), hf_exact_sum_value(&spared.sum));
            CU_ASSERT_EQUAL(hf_sums_variance(&found), hf_sums_variance(&spared));
        }
    hf_tally_destroy(tally);
}

static bool is_same(const hf_tally *a, const hf_tally *b) {
    unsigned char *x, *y;
    size_t n = hf_tally_pack(a, &x), m = hf_tally_pack(b, &y);
    bool same = n == m && memcmp(x, y, n) == 0;
    hf_free(x);
    hf_free(y);
    return same;
}

static void merge(hf_tally *into, const hf_tally *from) {
    unsigned char *bytes;
    hf_error err;
    size_t n = hf_tally_pack(from, &bytes);
    CU_ASSERT_EQUAL(hf_tally_merge(into, bytes, n, &err), HF_OK);
    hf_free(bytes);
}

/* Blocks of 1, 5 and 19 trials, in any order, over five tallies, merged as chain and as tree. */
static void any_order_and_merging_is_the_same(void) {
    enum { PARTS = 5, BLOCKS = N / 25 };
    static const int start[] = {0, 1, 6}, length[] = {1, 5, 19};
    for (int mode = 0; mode < 2; mode++) {
        static int order[BLOCKS];
        hf_tally *whole = create_full((uint64_t)mode, LOSS), *part[PARTS];
        hf_tally *chain = create((uint64_t)mode, LOSS);
        for (int p = 0; p < PARTS; p++)
            part[p] = create((uint64_t)mode, LOSS);
        sample_order(90, BLOCKS, order);
        for (int i = 0; i < BLOCKS; i++)
            for (int k = 2; k >= 0; k--)
                absorb(part[(int)(sample_bits(91, (uint64_t)(3 * i + k)) % PARTS)],
                       25 * order[i] + start[k], length[k]);
        for (int p = 0; p < PARTS; p++)
            merge(chain, part[(p + 3) % PARTS]);
        CU_ASSERT_TRUE(is_same(whole, chain));
        for (int stride = 1; stride < PARTS; stride *= 2)
            for (int p = 0; p + stride < PARTS; p += 2 * stride)
                merge(part[p], part[p + stride]);
        CU_ASSERT_TRUE(is_same(whole, part[0]));
        absorb(chain, N, 1);
        CU_ASSERT_FALSE(is_same(whole, chain));
        hf_tally_clear(chain);
        CU_ASSERT_EQUAL(hf_tally_trials(chain), 0);
        merge(chain, part[0]);
        CU_ASSERT_TRUE(is_same(whole, chain));
        for (int p = 0; p < PARTS; p++)
            hf_tally_destroy(part[p]);
        hf_tally_destroy(chain);
        hf_tally_destroy(whole);
    }
}

static void columns_keep_every_value(void) {
    hf_tally *tally = create(10, LOSS), *again = create(N, LOSS);
    static const int blocks[] = {640, 0, 1300};
    const double *columns[VARIANTS * QUANTITIES];
    for (int b = 0; b < 3; b++)
        for (int k = 0; k < 3; k++)
            absorb(tally, blocks[b] + 21 * k, 21);
    CU_ASSERT_TRUE(hf_tally_is_keeping(tally));
    CU_ASSERT_EQUAL(hf_tally_n_kept(tally), 189);
    for (int v = 0; v < VARIANTS; v++)
        for (int q = 0; q < QUANTITIES; q++) {
            const double *kept = columns[v * QUANTITIES + q] = hf_tally_kept(tally, v, q);
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
    hf_tally_keep(again, 189, hf_tally_kept_trials(tally), columns);
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

static void absorbing_allocates_nothing(void) {
    hf_tally *kept = create(N, LOSS), *counted = create_full(0, LOSS);
    uint64_t before = hf_alloc_count();
    for (int first = 0; first + LANES <= N; first += LANES) {
        absorb(kept, first, LANES);
        absorb(counted, first, LANES); /* pages are there */
    }
    CU_ASSERT_EQUAL(hf_alloc_count(), before);
    hf_tally_destroy(kept);
    hf_tally_destroy(counted);
}

static void refuses_other_shapes_and_cut_bytes(void) {
    hf_tally *tally = create_full(0, LOSS), *other = create(1, LOSS), *scrap = create(0, LOSS);
    unsigned char *bytes;
    hf_error err;
    size_t n = hf_tally_pack(tally, &bytes);
    CU_ASSERT_EQUAL(hf_tally_merge(other, bytes, n, &err), HF_BAD_FILE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "other variants"));
    for (size_t k = 0; k < n; k += 1 + n / 60)
        CU_ASSERT_EQUAL(hf_tally_merge(scrap, bytes, k, &err), HF_BAD_FILE);
    hf_free(bytes);
    hf_tally_destroy(tally);
    hf_tally_destroy(other);
    hf_tally_destroy(scrap);
    hf_tally_destroy(NULL);
}

HF_TEST_MAIN("tally", HF_CASE(moments_are_those_of_the_trials), HF_CASE(tail_lists_the_worst),
             HF_CASE(losses_are_split_by_hazard), HF_CASE(any_order_and_merging_is_the_same),
             HF_CASE(columns_keep_every_value), HF_CASE(absorbing_allocates_nothing),
             HF_CASE(refuses_other_shapes_and_cut_bytes))
