/* Tallies: right, and the same bits whatever the order, the blocks and the merging. */
#include "stats/words.h"
#include "unit/hf_cunit.h"
#include "unit/tally_samples.h"

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

enum { HISTOGRAMS, COLUMNS, WEIGHTED, WEIGHTED_AT_0, MODES };

static hf_tally *create_in(int mode) {
    all_is_calm_at_0 = mode == WEIGHTED_AT_0;
    hf_tally *tally = create_as(mode != HISTOGRAMS, LOSS, mode >= WEIGHTED);
    all_is_calm_at_0 = false;
    return tally;
}

/* Blocks of 1, 5 and 19 trials, or periods, in any order, over five tallies, merged as chain and as
 * tree. */
static void any_order_and_merging_is_the_same(void) {
    enum { PARTS = 5, BLOCKS = N / 25 };
    static const int start[] = {0, 1, 6}, length[] = {1, 5, 19};
    for (int mode = 0; mode < MODES; mode++) {
        static int order[BLOCKS];
        int unit = mode >= WEIGHTED ? HF_PERIOD : 1, n_blocks = BLOCKS / unit;
        hf_tally *whole = create_in(mode), *part[PARTS], *chain = create_in(mode);
        fill(whole, 25 * unit * n_blocks);
        for (int p = 0; p < PARTS; p++)
            part[p] = create_in(mode);
        sample_order(90, n_blocks, order);
        for (int i = 0; i < n_blocks; i++)
            for (int k = 2; k >= 0; k--)
                absorb(part[(int)(sample_bits(91, (uint64_t)(3 * i + k)) % PARTS)],
                       unit * (25 * order[i] + start[k]), unit * length[k]);
        for (int p = 0; p < PARTS; p++)
            merge(chain, part[(p + 3) % PARTS]);
        CU_ASSERT_TRUE(is_same(whole, chain));
        for (int stride = 1; stride < PARTS; stride *= 2)
            for (int p = 0; p + stride < PARTS; p += 2 * stride)
                merge(part[p], part[p + stride]);
        CU_ASSERT_TRUE(is_same(whole, part[0]));
        absorb(chain, HF_PERIOD * N, unit);
        CU_ASSERT_FALSE(is_same(whole, chain));
        absorb(chain, 2 * HF_PERIOD * N, unit);
        hf_tally_clear(chain);
        CU_ASSERT_EQUAL(hf_tally_trials(chain), 0);
        CU_ASSERT_EQUAL(hf_tally_moments(chain, 1, EVENTS + 2)->sums.n, 0);
        CU_ASSERT_TRUE(mode < WEIGHTED || hf_tally_units(chain, 1, EVENTS + 2)->n == 0);
        merge(chain, part[0]);
        CU_ASSERT_TRUE(is_same(whole, chain));
        for (int p = 0; p < PARTS; p++)
            hf_tally_destroy(part[p]);
        hf_tally_destroy(chain);
        hf_tally_destroy(whole);
    }
}

/* What a row of summands comes to, term by term, and its unit means. */
typedef struct judged {
    hf_sums sums, units;
} judged;

static judged judge(int n, const double *y) {
    judged found = {0};
    for (int i = 0; i < n; i += HF_PERIOD) {
        double mean = y[i];
        for (int k = 1; k < HF_PERIOD; k++)
            mean += y[i + k];
        mean /= HF_PERIOD;
        hf_sums_add(&found.units, 1, &mean);
        for (int k = 0; k < HF_PERIOD; k++)
            hf_sums_add(&found.sums, 1, &y[i + k]);
    }
    return found;
}

static bool is_same_sums(const hf_sums *a, const hf_sums *b) {
    return a->n == b->n && hf_exact_sum_value(&a->sum) == hf_exact_sum_value(&b->sum) &&
           hf_exact_sum_value(&a->square) == hf_exact_sum_value(&b->square);
}

static bool is_near(double a, long double b) {
    long double error = (long double)a - b, bound = 1e-13L * (b < 0 ? -b : b);
    return (error < 0 ? -error : error) <= bound;
}

/* Mean and variance of the unit means in long double, from the summands. */
static bool is_moments_of(const judged *found, int n, const double *y) {
    static long double unit[WEIGHTED_N / HF_PERIOD];
    long double mean = 0, square = 0;
    int n_units = n / HF_PERIOD;
    for (int i = 0; i < n; i++) {
        unit[i / HF_PERIOD] = (i % HF_PERIOD ? unit[i / HF_PERIOD] : 0) + (long double)y[i] / 8;
        mean += (long double)y[i] / n;
    }
    for (int i = 0; i < n_units; i++)
        square += (unit[i] - mean) * (unit[i] - mean);
    return is_near(hf_sums_variance(&found->units), square / (n_units - 1)) &&
           is_near(hf_sums_mean(&found->sums), mean);
}

static void weighted_sums_are_those_of_the_summands(void) {
    static double y[WEIGHTED_N], w[WEIGHTED_N];
    hf_tally *tally = create_full_weighted();
    CU_ASSERT_EQUAL(hf_tally_trials(tally), WEIGHTED_N);
    for (int v = 0; v < VARIANTS; v++) {
        for (int i = 0; i < WEIGHTED_N; i++)
            w[i] = weight_of(v, (uint64_t)i);
        judged of_weights = judge(WEIGHTED_N, w);
        CU_ASSERT_TRUE(is_same_sums(&hf_tally_weights(tally, v)->sums, &of_weights.sums));
        CU_ASSERT_TRUE(is_same_sums(hf_tally_weight_units(tally, v), &of_weights.units));
        CU_ASSERT_TRUE(is_moments_of(&of_weights, WEIGHTED_N, w));
        CU_ASSERT_TRUE(hf_tally_weights(tally, v)->min == 0.0);
        CU_ASSERT_TRUE(hf_tally_weights(tally, v)->max > 20000.0);
        for (int q = 0; q < QUANTITIES; q++) {
            double low = DBL_MAX, high = -DBL_MAX;
            for (int i = 0; i < WEIGHTED_N; i++) {
                double x = value_of(v, q, (uint64_t)i);
                y[i] = all_is_calm_at_0 ? w[i] * x : w[i] * (x - calm_of(v, q));
                low = hf_min(x, low);
                high = hf_max(x, high);
            }
            judged all = judge(WEIGHTED_N, y);
            const hf_moments *m = hf_tally_moments(tally, v, q);
            CU_ASSERT_TRUE(is_same_sums(&m->sums, &all.sums));
            CU_ASSERT_TRUE(is_same_sums(hf_tally_units(tally, v, q), &all.units));
            CU_ASSERT_TRUE(q == 2 || is_moments_of(&all, WEIGHTED_N, y)); /* 2 is too wide */
            CU_ASSERT_TRUE(m->min == low && m->max == high);
            CU_ASSERT_EQUAL(hf_tally_calm(tally, v, q), calm_of(v, q));
        }
    }
    hf_tally_destroy(tally);
}

static void calm_at_0_is_not_there(void) {
    all_is_calm_at_0 = true;
    weighted_sums_are_those_of_the_summands();
    all_is_calm_at_0 = false;
}

static void weighted_losses_are_split_by_hazard(void) {
    hf_tally *tally = create_full_weighted();
    for (int v = 0; v < VARIANTS; v++)
        for (int h = 0; h < HAZARDS; h++) {
            hf_sums losses[2] = {0}, weights[2] = {0}, spared, spared_weight;
            for (uint64_t i = 0; i < WEIGHTED_N; i++) {
                bool hit = value_of(v, EVENTS + h, i) > 0.0;
                double w = weight_of(v, i), y = w * value_of(v, LOSS, i);
                hf_sums_add(&losses[hit], 1, &y);
                hf_sums_add(&weights[hit], 1, &w);
            }
            hf_tally_spared(tally, v, h, &spared);
            hf_tally_spared_weight(tally, v, h, &spared_weight);
            CU_ASSERT_TRUE(is_same_sums(hf_tally_struck(tally, v, h), &losses[1]));
            CU_ASSERT_TRUE(is_same_sums(hf_tally_struck_weight(tally, v, h), &weights[1]));
            CU_ASSERT_TRUE(is_same_sums(&spared, &losses[0]));
            CU_ASSERT_TRUE(is_same_sums(&spared_weight, &weights[0]));
        }
    hf_tally_destroy(tally);
}

static void weights_of_1_change_nothing(void) {
    all_weigh_1 = all_is_calm_at_0 = true;
    hf_tally *weighted = create_full_weighted(), *plain = create(1, LOSS);
    all_weigh_1 = all_is_calm_at_0 = false;
    hf_tail_entry a[TAIL], b[TAIL];
    fill(plain, WEIGHTED_N);
    for (int v = 0; v < VARIANTS; v++) {
        for (int q = 0; q < QUANTITIES; q++) {
            const hf_moments *m = hf_tally_moments(weighted, v, q);
            const hf_moments *p = hf_tally_moments(plain, v, q);
            CU_ASSERT_TRUE(is_same_sums(&m->sums, &p->sums));
            CU_ASSERT_TRUE(m->min == p->min && m->max == p->max);
            CU_ASSERT_TRUE(!hf_tally_units(plain, v, q) && hf_tally_calm(plain, v, q) == 0.0);
            CU_ASSERT_EQUAL(hf_tally_units(weighted, v, q)->n, WEIGHTED_N / HF_PERIOD);
        }
        for (int h = 0; h < HAZARDS; h++) {
            const hf_sums *struck = hf_tally_struck(plain, v, h);
            CU_ASSERT_TRUE(is_same_sums(hf_tally_struck(weighted, v, h), struck));
            CU_ASSERT_EQUAL(hf_exact_sum_value(&hf_tally_struck_weight(weighted, v, h)->sum),
                            (double)struck->n);
        }
        CU_ASSERT_EQUAL(hf_tally_tail(weighted, v, a), hf_tally_tail(plain, v, b));
        CU_ASSERT_EQUAL(memcmp(a, b, sizeof a), 0);
        CU_ASSERT_PTR_NULL(hf_tally_weights(plain, v));
        CU_ASSERT_PTR_NULL(hf_tally_weight_units(plain, v));
        CU_ASSERT_PTR_NULL(hf_tally_kept_weights(plain, v));
    }
    hf_tally_destroy(weighted);
    hf_tally_destroy(plain);
}

static void absorbing_allocates_nothing(void) {
    hf_tally *kept = create(N, LOSS), *counted = create_full(0, LOSS);
    hf_tally *weighted = create_as(N, LOSS, true);
    uint64_t before = hf_alloc_count();
    for (int first = 0; first + LANES <= N; first += LANES) {
        absorb(kept, first, LANES);
        absorb(weighted, first, LANES);
        absorb(counted, first, LANES); /* pages are there */
    }
    CU_ASSERT_EQUAL(hf_alloc_count(), before);
    hf_tally_destroy(kept);
    hf_tally_destroy(weighted);
    hf_tally_destroy(counted);
}

static void refuses_other_shapes_and_cut_bytes(void) {
    for (int mode = 0; mode < MODES; mode++) {
        hf_tally *tally = create_in(mode), *scrap = create_in(mode);
        unsigned char *bytes;
        hf_error err;
        fill(tally, LANES);
        size_t n = hf_tally_pack(tally, &bytes);
        for (int other = 0; other < MODES; other++) {
            hf_tally *into = create_in(other);
            hf_status status = hf_tally_merge(into, bytes, n, &err);
            CU_ASSERT_EQUAL(status, other == mode ? HF_OK : HF_BAD_FILE);
            if (other != mode)
                CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "other variants"));
            hf_tally_destroy(into);
        }
        for (size_t k = 0; k < n; k += 1 + n / 60)
            CU_ASSERT_EQUAL(hf_tally_merge(scrap, bytes, k, &err), HF_BAD_FILE);
        hf_free(bytes);
        hf_tally_destroy(tally);
        hf_tally_destroy(scrap);
    }
    hf_tally_destroy(NULL);
}

/* The first word of bytes[n] that is `word`. */
static unsigned char *find_word(unsigned char *bytes, size_t n, uint64_t word) {
    for (size_t i = 0; i + 8 <= n; i += 8)
        if (memcmp(bytes + i, &word, 8) == 0)
            return bytes + i;
    return NULL;
}

/* Found by tests/fuzz: taken, the worst trials had no order, or what is read of a tally failed. */
static void numbers_that_disagree_are_refused(void) {
    enum { TRIALS = 8 }; /* the word after the shape */
    for (int mode = 0; mode < 2; mode++) {
        hf_tally *tally = create(mode ? 10 : 0, LOSS);
        hf_tail_entry worst[TAIL];
        unsigned char *bytes;
        absorb(tally, 0, LANES);
        hf_tally_tail(tally, 0, worst);
        size_t n = hf_tally_pack(tally, &bytes);
        bytes[8 * TRIALS] ^= 1;
        CU_ASSERT_EQUAL(hf_tally_merge(tally, bytes, n, NULL), HF_BAD_FILE);
        bytes[8 * TRIALS] ^= 1;
        for (int i = 0; i < 2; i++) {
            double wrong = i ? __builtin_nan("") : HF_VALUE_MAX;
            unsigned char *at = find_word(bytes, n, hf_double_bits(worst[3].value));
            CU_ASSERT_PTR_NOT_NULL_FATAL(at);
            memcpy(at, &wrong, sizeof wrong);
            hf_tally_clear(tally);
            CU_ASSERT_EQUAL(hf_tally_merge(tally, bytes, n, NULL), HF_BAD_FILE);
            memcpy(at, &worst[3].value, sizeof wrong);
        }
        hf_tally_clear(tally);
        CU_ASSERT_EQUAL(hf_tally_merge(tally, bytes, n, NULL), HF_OK);
        hf_free(bytes);
        hf_tally_destroy(tally);
    }
}

/* Is one trial of value 1 taken, its packing's first word `word` replaced? */
static bool takes(uint64_t word, uint64_t replacement) {
    static const hf_quantity one = {.detail = HF_DISTRIBUTION};
    const double value = 1.0, *values = &value;
    hf_tally *tally = hf_tally_create(1, 1, &one, &(hf_tally_options){0});
    unsigned char *bytes;
    hf_tally_absorb(tally, 0, 1, 1, &values, NULL);
    size_t n = hf_tally_pack(tally, &bytes);
    unsigned char *at = find_word(bytes, n, word);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    memcpy(at, &replacement, sizeof replacement);
    hf_tally_clear(tally);
    bool is_taken = hf_tally_merge(tally, bytes, n, NULL) == HF_OK;
    hf_free(bytes);
    hf_tally_destroy(tally);
    return is_taken;
}

/* Found by tests/fuzz: taken, squares of spreads about a mean were no numbers. */
static void values_of_nothing_are_refused(void) {
    const uint64_t sum_of_1 = (uint64_t)34 << 32 | 1, page_of_1 = (uint64_t)3071 << 32 | 1;
    CU_ASSERT_TRUE(takes(sum_of_1, sum_of_1));
    CU_ASSERT_TRUE(takes(sum_of_1, (uint64_t)40 << 32 | 1));
    CU_ASSERT_FALSE(takes(sum_of_1, (uint64_t)42 << 32 | 1)); /* 2^256 */
    CU_ASSERT_TRUE(takes(page_of_1, (uint64_t)(3071 + 199) << 32 | 1));
    CU_ASSERT_FALSE(takes(page_of_1, (uint64_t)(3071 + 200) << 32 | 1));
    CU_ASSERT_FALSE(takes(page_of_1, (uint64_t)(1024 - 201) << 32 | 1)); /* below -2^200 */
}

HF_TEST_MAIN("tally", HF_CASE(moments_are_those_of_the_trials), HF_CASE(tail_lists_the_worst),
             HF_CASE(losses_are_split_by_hazard), HF_CASE(any_order_and_merging_is_the_same),
             HF_CASE(weighted_sums_are_those_of_the_summands), HF_CASE(calm_at_0_is_not_there),
             HF_CASE(weighted_losses_are_split_by_hazard), HF_CASE(weights_of_1_change_nothing),
             HF_CASE(absorbing_allocates_nothing), HF_CASE(refuses_other_shapes_and_cut_bytes),
             HF_CASE(numbers_that_disagree_are_refused), HF_CASE(values_of_nothing_are_refused))
