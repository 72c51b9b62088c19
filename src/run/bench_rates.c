#include "run/bench_rates.h"
#include "base/check.h"
#include "run/bench_clock.h"
#include <string.h>
#include <unistd.h>

#define L1_BYTES       (24 * 1024) /* fits any first-level cache */
#define SAMPLE_SECONDS 1e-3

extern const hf_rate_code hf_rate_code_baseline;
#ifdef HF_HAVE_X86_LEVELS
extern const hf_rate_code hf_rate_code_v3, hf_rate_code_v4;
#endif

static const struct {
    const char *name;
    bool in_memory; /* bytes mean something */
} descriptions[HF_N_RATES] = {
    [HF_RATE_LOAD] = {"load from L1", true},      [HF_RATE_STORE] = {"store to L1", true},
    [HF_RATE_MULTIPLY] = {"multiply", false},     [HF_RATE_ADD] = {"add", false},
    [HF_RATE_BOTH] = {"multiply and add", false}, [HF_RATE_DIVIDE] = {"divide", false},
    [HF_RATE_L2_READ] = {"read from L2", true},   [HF_RATE_L2_UPDATE] = {"update in L2", true},
};

/* One loop: how it is run, and what it gave. */
typedef struct gauge {
    hf_rate_loop *loop;
    size_t n_vectors;
    uint64_t n_passes;
    double *per_ns; /* [n_repeats] */
} gauge;

struct hf_rates {
    int vector_bytes;
    void *area;
    gauge clock; /* in cycles */
    gauge rates[HF_N_RATES];
};

/* Two cycles for every vector: each step waits for the last, and no compiler can sum them up. */
static void dependent_steps(void *area, size_t n_vectors, uint64_t n_passes) {
    volatile uint64_t something = 3;
    uint64_t x = something, y = something, z = x + y;
    for (uint64_t n = n_passes * n_vectors; n > 0; n--)
        x = (x + y) ^ z;
    *(uint64_t *)area = x;
}

static double seconds_of(const gauge *g, void *area) {
    hf_stopwatch watch = hf_stopwatch_start();
    g->loop(area, g->n_vectors, g->n_passes);
    return hf_stopwatch_seconds(&watch);
}

static gauge prepare(hf_rate_loop *loop, size_t n_vectors, void *area, int n_repeats) {
    gauge g = {loop, n_vectors, 1, HF_NEW(n_repeats, double)};
    while (seconds_of(&g, area) < SAMPLE_SECONDS) {
        g.n_passes *= 2;
        HF_ASSERT(g.n_passes < (uint64_t)1 << 40); /* or a compiler has seen through the loop */
    }
    return g;
}

static const hf_rate_code *code_of(const char *kernel) {
#ifdef HF_HAVE_X86_LEVELS
    if (!strcmp(kernel, "x86-64-v3"))
        return &hf_rate_code_v3;
    if (!strcmp(kernel, "x86-64-v4"))
        return &hf_rate_code_v4;
#else
    (void)kernel;
#endif
    return &hf_rate_code_baseline;
}

hf_rates *hf_rates_create(const char *kernel, int n_repeats) {
    const hf_rate_code *code = code_of(kernel);
    long cache = sysconf(_SC_LEVEL2_CACHE_SIZE);
    size_t l2_bytes = (size_t)(cache > 0 ? cache : 512 * 1024) * 6 / 10;
    size_t l2_vectors = l2_bytes / (size_t)code->vector_bytes / 24 * 24;
    hf_rates *rates = HF_NEW(1, hf_rates);
    rates->vector_bytes = code->vector_bytes;
    rates->area = hf_alloc(l2_bytes > L1_BYTES ? l2_bytes : L1_BYTES, 1);
    size_t l1_vectors = L1_BYTES / (size_t)code->vector_bytes;
    rates->clock = prepare(dependent_steps, l1_vectors, rates->area, n_repeats);
    for (int i = 0; i < HF_N_RATES; i++) {
        bool is_l2 = i == HF_RATE_L2_READ || i == HF_RATE_L2_UPDATE;
        rates->rates[i] =
            prepare(code->loops[i], is_l2 ? l2_vectors : l1_vectors, rates->area, n_repeats);
    }
    return rates;
}

void hf_rates_destroy(hf_rates *rates) {
    hf_free(rates->clock.per_ns);
    for (int i = 0; i < HF_N_RATES; i++)
        hf_free(rates->rates[i].per_ns);
    hf_free(rates->area);
    hf_free(rates);
}

static void measure(const gauge *g, void *area, double each, int repeat) {
    double ns = 1e9 * seconds_of(g, area);
    g->per_ns[repeat] = each * (double)g->n_vectors * (double)g->n_passes / ns;
}

void hf_rates_measure(hf_rates *rates, int repeat) {
    measure(&rates->clock, rates->area, 2.0, repeat);
    for (int i = 0; i < HF_N_RATES; i++)
        measure(&rates->rates[i], rates->area, 1.0, repeat);
}

int hf_rates_vector_bytes(const hf_rates *rates) {
    return rates->vector_bytes;
}

const double *hf_rates_of(const hf_rates *rates, hf_rate rate) {
    return rates->rates[rate].per_ns;
}

void hf_rates_report(const hf_rates *rates, hf_figures *figures) {
    const double *clock = rates->clock.per_ns;
    hf_figures_ratio(figures, "clock", "cycle/ns", 1.0, clock, NULL);
    for (int i = 0; i < HF_N_RATES; i++) {
        const char *name = descriptions[i].name;
        const double *rate = rates->rates[i].per_ns;
        hf_figures_ratio(figures, name, "vector/ns", 1.0, rate, NULL);
        hf_figures_ratio(figures, name, "vector/cycle", 1.0, rate, clock);
        if (descriptions[i].in_memory)
            hf_figures_ratio(figures, name, "byte/ns", (double)rates->vector_bytes, rate, NULL);
    }
}
