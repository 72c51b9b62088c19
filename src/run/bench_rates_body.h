/* The loops of bench_rates.h for one instruction set: HF_RATE_CODE names the code, HF_VECTOR_BYTES
 * is the width of its registers.
 *
 * Independent chains, each waiting for itself alone, hide the latencies: as many as fit the
 * registers beside an operand. (Where there are sixteen, multiplications and additions together
 * stay below what the ports could do.) Nothing can be left out by a compiler: operands come from
 * volatile variables, sums of doubles may not be reordered, and a fence after every pass makes it
 * believe that memory has changed. */
#include "run/bench_rates.h"
#include <stdatomic.h>

typedef double vector __attribute__((vector_size(HF_VECTOR_BYTES), may_alias));
typedef int64_t words __attribute__((vector_size(HF_VECTOR_BYTES), may_alias));

#define TWELVE(X)    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#define SIX_PAIRS(X) X(0, 1) X(2, 3) X(4, 5) X(6, 7) X(8, 9) X(10, 11)
#if HF_VECTOR_BYTES == 64 || defined(__aarch64__) /* thirty-two registers */
#define N_CHAINS  24
#define CHAINS(X) TWELVE(X) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23)
#define PAIRS(X)  SIX_PAIRS(X) X(12, 13) X(14, 15) X(16, 17) X(18, 19) X(20, 21) X(22, 23)
#else
#define N_CHAINS 12
#define CHAINS   TWELVE
#define PAIRS    SIX_PAIRS
#endif
#define START(i)       vector a##i = one * (1.0 + 0.01 * i);
#define GATHER(i)      result += a##i;
#define MEMORY_CHANGES atomic_signal_fence(memory_order_seq_cst)

static void load(void *area, size_t n_vectors, uint64_t n_passes) {
    words *from = area, result = {0};
#define NONE(i) words a##i = {0};
#define LOAD(i) a##i ^= from[at + i];
#define XOR(i)  result ^= a##i;
    CHAINS(NONE)
    for (uint64_t pass = 0; pass < n_passes; pass++) {
        for (size_t at = 0; at < n_vectors; at += N_CHAINS) {
            CHAINS(LOAD)
        }
        MEMORY_CHANGES;
    }
    CHAINS(XOR)
    from[0] = result;
}

static void store(void *area, size_t n_vectors, uint64_t n_passes) {
    volatile int64_t something = 1;
    words *to = area, value = (words){0} + something;
#define STORE(i) to[at + i] = value;
    for (uint64_t pass = 0; pass < n_passes; pass++) {
        for (size_t at = 0; at < n_vectors; at += N_CHAINS) {
            CHAINS(STORE)
        }
        MEMORY_CHANGES;
    }
}

static void update(void *area, size_t n_vectors, uint64_t n_passes) {
    volatile int64_t something = 1;
    words *row = area, value = (words){0} + something;
#define UPDATE(i) row[at + i] ^= value;
    for (uint64_t pass = 0; pass < n_passes; pass++) {
        for (size_t at = 0; at < n_vectors; at += N_CHAINS) {
            CHAINS(UPDATE)
        }
        MEMORY_CHANGES;
    }
}

/* Arithmetic: STEPS is one operation on each chain, with `operand`. */
#define ARITHMETIC(name, start, STEPS)                                                             \
    static void name(void *area, size_t n_vectors, uint64_t n_passes) {                            \
        volatile double something = start;                                                         \
        const vector one = (vector){0} + 1.0, operand = one * something;                           \
        vector result = {0};                                                                       \
        CHAINS(START)                                                                              \
        for (uint64_t n = n_passes * (n_vectors / N_CHAINS); n > 0; n--) {                         \
            STEPS                                                                                  \
        }                                                                                          \
        CHAINS(GATHER)                                                                             \
        *(vector *)area = result;                                                                  \
    }

#define MULTIPLY(i) a##i *= operand;
#define ADD(i)      a##i += operand;
#define DIVIDE(i)   a##i = operand / a##i;
#define BOTH(i, j)                                                                                 \
    a##i *= operand;                                                                               \
    a##j += operand;

ARITHMETIC(multiply, 1.0, CHAINS(MULTIPLY))
ARITHMETIC(add, 1.0, CHAINS(ADD))
ARITHMETIC(multiply_and_add, 1.0, PAIRS(BOTH))
ARITHMETIC(divide, 1.7, CHAINS(DIVIDE))

extern const hf_rate_code HF_RATE_CODE;
const hf_rate_code HF_RATE_CODE = {.vector_bytes = HF_VECTOR_BYTES,
                                   .loops = {[HF_RATE_LOAD] = load,
                                             [HF_RATE_STORE] = store,
                                             [HF_RATE_MULTIPLY] = multiply,
                                             [HF_RATE_ADD] = add,
                                             [HF_RATE_BOTH] = multiply_and_add,
                                             [HF_RATE_DIVIDE] = divide,
                                             [HF_RATE_L2_READ] = load,
                                             [HF_RATE_L2_UPDATE] = update}};
