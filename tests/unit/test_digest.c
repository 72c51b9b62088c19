/* Digests of 10^6 results of every elementary function, stream and sampler. They are pinned: every
 * compiler, optimisation level and instruction set must give these bits, and whoever changes them
 * changes all results of the program. */
#include "base/elementary.h"
#include "base/hash.h"
#include "rng/distribution.h"
#include "rng/special.h"
#include "rng/stream.h"
#include "unit/hf_cunit.h"
#include <inttypes.h>

enum { N = 1000000, LANES = 64 };

static uint64_t absorb(uint64_t digest, double value) {
    return hf_mix64(digest ^ hf_double_bits(value));
}

static void check(const char *what, uint64_t digest, uint64_t pinned) {
    printf("\n    %-24s 0x%016" PRIX64 "%s", what, digest, digest == pinned ? "" : "  CHANGED");
    CU_ASSERT_EQUAL(digest, pinned);
}

/* One loop over lanes for each function: what the optimiser makes of it is what is tested. */
#define LANES_OF(name, expression)                                                                 \
    static void name(double *restrict y, const double *restrict u) {                               \
        for (int i = 0; i < LANES; i++)                                                            \
            y[i] = (expression);                                                                   \
    }
LANES_OF(exp_lanes, hf_exp(1600.0 * (u[i] - 0.5)))
LANES_OF(log_lanes, hf_log(hf_exp(1400.0 * (u[i] - 0.5))))
LANES_OF(log_unit_lanes, hf_log(u[i]))
LANES_OF(softplus_lanes, hf_softplus(100.0 * (u[i] - 0.5)))
LANES_OF(logistic_lanes, hf_logistic(100.0 * (u[i] - 0.5)))
LANES_OF(power_lanes, hf_power(u[i], 3.7 - 10.0 * u[i]))
LANES_OF(quantile_lanes, hf_normal_quantile(u[i]))
LANES_OF(tail_lanes, hf_normal_quantile(hf_exp(-44.0 * u[i])))
LANES_OF(round_lanes, hf_floor(1e6 * u[i]) + hf_round(1e3 * u[i]) - hf_ceil(17.0 * u[i]))

static uint64_t digest_of(void (*lanes)(double *restrict, const double *restrict)) {
    hf_pcg64 rng = hf_pcg64_seeded(2024, 6);
    uint64_t digest = 0;
    double u[LANES], y[LANES];
    for (int i = 0; i < N; i += LANES) {
        for (int lane = 0; lane < LANES; lane++)
            u[lane] = hf_pcg64_uniform(&rng);
        lanes(y, u);
        for (int lane = 0; lane < LANES; lane++)
            digest = absorb(digest, y[lane]);
    }
    return digest;
}

static void elementary_functions(void) {
    check("exp", digest_of(exp_lanes), 0x52F64F41F783C6C1);
    check("log", digest_of(log_lanes), 0x67D9C70DCD1E49D1);
    check("log of uniform", digest_of(log_unit_lanes), 0x5E2B1823510F1CB2);
    check("softplus", digest_of(softplus_lanes), 0xD39CB5F4339DDF90);
    check("logistic", digest_of(logistic_lanes), 0x29316D9A5179F689);
    check("power", digest_of(power_lanes), 0x4A15FE2F03598D88);
    check("normal quantile", digest_of(quantile_lanes), 0x4606F6DF658FC4AC);
    check("normal quantile, tail", digest_of(tail_lanes), 0x853F8C0205C03EB5);
    check("floor, round, ceil", digest_of(round_lanes), 0x6B60708DAE5BF7AC);
}

static void streams(void) {
    uint64_t digest32 = 0, digest64 = 0;
    for (uint64_t i = 0; i < N / 4; i++) {
        hf_key trial = hf_key_trial(i % 7, i);
        hf_pcg32 rng32 = hf_stream32(trial, hf_hash_id("fab"), HF_PURPOSE_NOISE, i % 3);
        hf_pcg64 rng64 = hf_stream64(trial, hf_hash_id("quake"), HF_PURPOSE_POINTS, i % 3);
        for (int j = 0; j < 4; j++) {
            digest32 = absorb(digest32, hf_pcg32_uniform(&rng32));
            digest64 = absorb(digest64, hf_pcg64_uniform(&rng64));
        }
    }
    check("streams of pcg32", digest32, 0x4B5681D5A68DF6DB);
    check("streams of pcg64", digest64, 0x0EBAFB2321EDF317);
}

static void samplers(void) {
    static const double values[] = {1.0, 2.5, -4.0};
    static const struct {
        const char *name;
        hf_distribution d;
        uint64_t pinned;
    } cases[] = {
        {"uniform", {HF_UNIFORM, {-1.0, 3.0}, 1.5, -2.0, 0, NULL}, 0xD0966C4E6C917DBF},
        {"triangular", {HF_TRIANGULAR, {1.0, 2.0, 5.0}, 1.0, 0.0, 0, NULL}, 0xFCBE71522D307D47},
        {"exponential", {HF_EXPONENTIAL, {3.0}, 1.0, 0.0, 0, NULL}, 0xCAD6C3D28F05C16D},
        {"gamma, shape 2.5", {HF_GAMMA, {2.5, 2.0}, 1.0, 0.0, 0, NULL}, 0xDE4358DDE74666A7},
        {"gamma, shape 0.3", {HF_GAMMA, {0.3, 2.0}, 1.0, 0.0, 0, NULL}, 0x8B4179B26A23A61A},
        {"lognormal", {HF_LOGNORMAL, {10.0, 0.8}, 1.0, 0.0, 0, NULL}, 0x02EDBB2483385F86},
        {"weibull", {HF_WEIBULL, {1.7, 4.0}, 1.0, 0.0, 0, NULL}, 0xB5631AED1BA6CAB5},
        {"beta", {HF_BETA, {0.3, 5.0}, 1.0, 0.0, 0, NULL}, 0xC49E86D1C409D5FB},
        {"beta, concentration .01", {HF_BETA, {0.3, 0.01}, 1.0, 0.0, 0, NULL}, 0x38CA9461D2634BAC},
        {"geometric", {HF_GEOMETRIC, {0.05}, 1.0, 0.0, 0, NULL}, 0x85397BE20B016C35},
        {"poisson, mean 4", {HF_POISSON, {4.0}, 1.0, 0.0, 0, NULL}, 0xFF17F56F1D196C92},
        {"poisson, mean 250", {HF_POISSON, {250.0}, 1.0, 0.0, 0, NULL}, 0x814C49DD89523107},
        {"poisson, mean 1e6", {HF_POISSON, {1e6}, 1.0, 0.0, 0, NULL}, 0xEE5D71FC39D68889},
        {"empirical", {HF_EMPIRICAL, {0.0}, 1.0, 0.0, 3, values}, 0x61B66510EEA81636},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        hf_pcg64 rng = hf_pcg64_seeded(1, c);
        uint64_t digest = 0;
        for (int i = 0; i < N; i++)
            digest = absorb(digest, hf_distribution_sample(&cases[c].d, &rng));
        check(cases[c].name, digest, cases[c].pinned);
    }
}

static void special_functions(void) {
    hf_pcg64 rng = hf_pcg64_seeded(3, 3);
    uint64_t digest = 0;
    for (int i = 0; i < N; i++) {
        double u = hf_pcg64_uniform(&rng);
        digest = absorb(digest, hf_special_log_gamma(30.0 * u));
        digest = absorb(digest, hf_special_log1p(-u));
        digest = absorb(digest, hf_special_expm1(3.0 * (u - 0.5)));
    }
    check("special functions", digest, 0x4A8F2D7353347A33);
}

HF_TEST_MAIN("digest", HF_CASE(elementary_functions), HF_CASE(streams), HF_CASE(samplers),
             HF_CASE(special_functions))
