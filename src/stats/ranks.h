/* Distribution-free intervals of a quantile from binomial ranks: [x_(lower), x_(upper)] covers the
 * p-quantile with probability P(lower <= Binomial(n, p) < upper). */
#ifndef HF_STATS_RANKS_H
#define HF_STATS_RANKS_H

#include <stdbool.h>
#include <stdint.h>

#define HF_MILLION 1000000

typedef struct hf_ranks {
    uint64_t point;        /* ceil(n p), at least 1 */
    uint64_t lower, upper; /* 1 <= lower < upper <= n; equal to `point` when there is no interval */
    bool has_interval;
    double coverage; /* achieved, at least the confidence asked for; NaN without interval */
} hf_ranks;

/* p in millionths, in 1 .. 999 999; n >= 1; confidence in (0, 1). Tails of (1 - confidence)/2 each
 * where that can be; where one end would leave the sample, the extreme order statistic and the rest
 * of the risk on the other side (59 trials bound the 0.95 quantile at 0.95). Sums run by the ratio
 * of neighbouring terms outward from the mode: no logarithm, same bits everywhere; about 30 sqrt(n)
 * steps. */
hf_ranks hf_ranks_find(uint64_t n, uint32_t p_millionths, double confidence);

#endif
