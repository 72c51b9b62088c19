/* rng/stream.h: keys do not meet, and neighbouring streams are independent as far as a quick
 * battery sees; the same battery must reject streams numbered by trial (increment 2 trial + 1) and
 * streams 2^k apart in one sequence.
 *
 * One sample: 8192 neighbouring streams of 128 words each. Under independence each figure below has
 * a known law; the sample is rejected if the smallest of its 131 two-sided p-values, times 131, is
 * below 1e-6, so a good generator with a fresh seed is rejected once in 10^6 samples. */
#include "base/hash.h"
#include "rng/stream.h"
#include "unit/hf_cunit.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_STREAMS = 8192, N_STEPS = 128, N_FIGURES = N_STEPS + 3, N_PURPOSES = 12 };
static const double rejection = 1e-6;

/* A sample: `bits` random bits at the top of each word. */
typedef struct sample {
    int bits;
    uint64_t word[N_STREAMS][N_STEPS];
} sample;
static sample words;

static double uniform_of(uint64_t word) {
    return (double)(word >> 32) * 0x1p-32 + 0x1p-33;
}

static double p_of_z(double z) {
    return erfc(fabs(z) / sqrt(2.0));
}

/* Two-sided p of a chi-square by Wilson and Hilferty's cube root, good for many degrees. */
static double p_of_chi_square(double chi_square, double degrees) {
    double spread = 2.0 / (9.0 * degrees);
    return p_of_z((cbrt(chi_square / degrees) - (1.0 - spread)) / sqrt(spread));
}

/* Correlation of neighbours in step j: the products have mean 0, variance 1/144, and are
 * uncorrelated, though they overlap. */
static double p_of_step(const sample *s, int step) {
    double sum = 0.0;
    for (int i = 0; i + 1 < N_STREAMS; i++)
        sum += (uniform_of(s->word[i][step]) - 0.5) * (uniform_of(s->word[i + 1][step]) - 0.5);
    return p_of_z(12.0 * sum / sqrt(N_STREAMS - 1.0));
}

/* Ones in a xor b are binomial, and independent between overlapping pairs. Tails are pooled so that
 * every cell expects 100 or more. */
static double p_of_xor(const sample *s) {
    double observed[65] = {0}, n = (N_STREAMS - 1.0) * N_STEPS;
    for (int i = 0; i + 1 < N_STREAMS; i++)
        for (int j = 0; j < N_STEPS; j++)
            observed[__builtin_popcountll(s->word[i][j] ^ s->word[i + 1][j])] += 1.0;
    double chi_square = 0.0, seen = 0.0, expected = 0.0, left = n;
    int cells = 0;
    for (int k = 0; k <= s->bits; k++) {
        double log_choose = lgamma(s->bits + 1.0) - lgamma(k + 1.0) - lgamma(s->bits - k + 1.0);
        double here = n * exp(log_choose - s->bits * log(2.0));
        seen += observed[k];
        expected += here;
        left -= here;
        if (k < s->bits && (expected < 100.0 || left < 100.0))
            continue;
        chi_square += (seen - expected) * (seen - expected) / expected;
        seen = expected = 0.0;
        cells++;
    }
    return p_of_chi_square(chi_square, cells - 1);
}

/* Disjoint groups of `n_together` neighbours fall evenly into side^n_together cells. */
static double p_of_cells(const sample *s, int n_together, int side) {
    static uint32_t count[4096];
    int n_cells = n_together == 2 ? side * side : side * side * side;
    memset(count, 0, sizeof count);
    double n = 0.0;
    for (int i = 0; i + n_together <= N_STREAMS; i += n_together)
        for (int j = 0; j < N_STEPS; j++, n += 1.0) {
            int cell = 0;
            for (int k = 0; k < n_together; k++)
                cell = cell * side + (int)(uniform_of(s->word[i + k][j]) * side);
            count[cell]++;
        }
    double expected = n / n_cells, chi_square = 0.0;
    for (int c = 0; c < n_cells; c++)
        chi_square += (count[c] - expected) * (count[c] - expected) / expected;
    return p_of_chi_square(chi_square, n_cells - 1.0);
}

/* The smallest p-value, corrected for the number of figures. */
static double battery(const sample *s, const char *what) {
    double step = 1.0;
    for (int j = 0; j < N_STEPS; j++)
        step = fmin(step, p_of_step(s, j));
    double bits = p_of_xor(s), pairs = p_of_cells(s, 2, 32), triples = p_of_cells(s, 3, 16);
    double least = fmin(fmin(step, bits), fmin(pairs, triples)) * N_FIGURES;
    printf("\n    %-34s step %.1e xor %.1e 2-d %.1e 3-d %.1e: %s", what, step, bits, pairs, triples,
           least < rejection ? "rejected" : "not rejected");
    return least;
}

static void fill32(int i, hf_pcg32 rng) {
    words.bits = 32;
    for (int j = 0; j < N_STEPS; j++)
        words.word[i][j] = (uint64_t)hf_pcg32_next(&rng) << 32;
}
static void fill64(int i, hf_pcg64 rng) {
    words.bits = 64;
    for (int j = 0; j < N_STEPS; j++)
        words.word[i][j] = hf_pcg64_next(&rng);
}

static const uint64_t seeds[] = {0, 1, 20240607};
#define NOT_REJECTED(what) CU_ASSERT(battery(&words, what) >= rejection)
#define REJECTED(what)     CU_ASSERT(battery(&words, what) < rejection)

static void neighbouring_trials_are_independent(void) {
    for (int s = 0; s < 3; s++) {
        for (int i = 0; i < N_STREAMS; i++)
            fill32(i, hf_stream32(hf_key_trial(seeds[s], (uint64_t)i), hf_hash_id("fab"),
                                  HF_PURPOSE_NOISE, 0));
        NOT_REJECTED("pcg32, trials");
        for (int i = 0; i < N_STREAMS; i++)
            fill64(i, hf_stream64(hf_key_trial(seeds[s], (uint64_t)i), hf_hash_id("quake"),
                                  HF_PURPOSE_POINTS, 0));
        NOT_REJECTED("pcg64, trials");
    }
}

static void neighbouring_seeds_are_independent(void) {
    for (int i = 0; i < N_STREAMS; i++)
        fill32(i, hf_stream32(hf_key_trial((uint64_t)i, 5), 1, HF_PURPOSE_NOISE, 0));
    NOT_REJECTED("pcg32, seeds");
    for (int i = 0; i < N_STREAMS; i++)
        fill64(i, hf_stream64(hf_key_trial((uint64_t)i, 5), 1, HF_PURPOSE_NOISE, 0));
    NOT_REJECTED("pcg64, seeds");
}

static void neighbouring_indices_and_events_are_independent(void) {
    hf_key trial = hf_key_trial(3, 4);
    for (int i = 0; i < N_STREAMS; i++)
        fill32(i, hf_stream32(trial, 9, HF_PURPOSE_DEMAND, (uint64_t)i));
    NOT_REJECTED("pcg32, indices");
    for (int i = 0; i < N_STREAMS; i++)
        fill64(i, hf_stream64(trial, 9, HF_PURPOSE_DEMAND, (uint64_t)i));
    NOT_REJECTED("pcg64, indices");
    hf_key hazard = hf_key_child(trial, hf_hash_id("quake"));
    for (int i = 0; i < N_STREAMS; i++)
        fill64(i, hf_stream_event(hf_key_child(hazard, (uint64_t)i), HF_PURPOSE_SEVERITY, 0));
    NOT_REJECTED("pcg64, events");
    for (int i = 0; i < N_STREAMS; i++)
        fill64(i, hf_stream_event(hf_key_child(hazard, (uint64_t)i / 8),
                                  (hf_purpose)(N_PURPOSES - i % 8), 0));
    NOT_REJECTED("pcg64, events and purposes");
}

static void streams_numbered_by_trial_are_rejected(void) {
    for (int s = 0; s < 3; s++) {
        for (int i = 0; i < N_STREAMS; i++)
            fill32(i, hf_pcg32_seeded(seeds[s], (uint64_t)i));
        REJECTED("pcg32, increment 2 trial + 1");
        for (int i = 0; i < N_STREAMS; i++)
            fill64(i, hf_pcg64_seeded(seeds[s], (hf_u128)(unsigned)i));
        REJECTED("pcg64, increment 2 trial + 1");
    }
}

static void jumps_by_powers_of_two_are_rejected(void) {
    hf_pcg32 rng32 = hf_pcg32_seeded(42, 54);
    for (int i = 0; i < N_STREAMS; i++, hf_pcg32_advance(&rng32, (uint64_t)1 << 32))
        fill32(i, rng32);
    REJECTED("pcg32, jumps of 2^32");
    hf_pcg64 rng64 = hf_pcg64_seeded(42, 54);
    for (int i = 0; i < N_STREAMS; i++, hf_pcg64_advance(&rng64, (hf_u128)1 << 64))
        fill64(i, rng64);
    REJECTED("pcg64, jumps of 2^64");
}

static int by_words(const void *a, const void *b) {
    return memcmp(a, b, sizeof(hf_pcg64));
}

/* All streams of small tuples differ, in state and increment together. */
static void small_tuples_do_not_meet(void) {
    enum { EACH = 8, N = EACH * EACH * EACH * N_PURPOSES * EACH };
    hf_pcg64 *streams = (hf_pcg64 *)malloc(N * sizeof(hf_pcg64));
    CU_ASSERT_PTR_NOT_NULL_FATAL(streams);
    int n = 0;
    for (uint64_t seed = 0; seed < EACH; seed++)
        for (uint64_t trial = 0; trial < EACH; trial++)
            for (uint64_t entity = 0; entity < EACH; entity++)
                for (int purpose = 1; purpose <= N_PURPOSES; purpose++)
                    for (uint64_t index = 0; index < EACH; index++)
                        streams[n++] = hf_stream64(hf_key_trial(seed, trial), entity,
                                                   (hf_purpose)purpose, index);
    CU_ASSERT_EQUAL(n, N);
    qsort(streams, N, sizeof *streams, by_words);
    int n_equal = 0;
    for (int i = 1; i < N; i++)
        n_equal += memcmp(&streams[i - 1], &streams[i], sizeof *streams) == 0;
    CU_ASSERT_EQUAL(n_equal, 0);
    free(streams);
}

static void purposes_are_distinct(void) {
    static const int salts[] = {
#define SALT(name, salt) name,
        HF_PURPOSE_LIST(SALT)
#undef SALT
    };
    enum { N = sizeof salts / sizeof salts[0] };
    CU_ASSERT_EQUAL(N, N_PURPOSES);
    for (int i = 0; i < N; i++)
        for (int j = i + 1; j < N; j++)
            CU_ASSERT_NOT_EQUAL(salts[i], salts[j]);
}

static void event_streams_are_those_of_their_key(void) {
    hf_key trial = hf_key_trial(1, 2);
    hf_pcg64 a = hf_stream64(trial, 77, HF_PURPOSE_PICK, 3);
    hf_pcg64 b = hf_stream_event(hf_key_child(trial, 77), HF_PURPOSE_PICK, 3);
    CU_ASSERT(a.state == b.state && a.increment == b.increment);
    CU_ASSERT((a.increment & 1) == 1);
    CU_ASSERT((hf_stream32(trial, 77, HF_PURPOSE_PICK, 3).increment & 1) == 1);
}

HF_TEST_MAIN("streams", HF_CASE(neighbouring_trials_are_independent),
             HF_CASE(neighbouring_seeds_are_independent),
             HF_CASE(neighbouring_indices_and_events_are_independent),
             HF_CASE(streams_numbered_by_trial_are_rejected),
             HF_CASE(jumps_by_powers_of_two_are_rejected), HF_CASE(small_tuples_do_not_meet),
             HF_CASE(purposes_are_distinct), HF_CASE(event_streams_are_those_of_their_key))
