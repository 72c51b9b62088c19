/* Heavy tails: the generalised Pareto distribution P(E > x) = (1 + xi x / sigma)^(-1/xi) of what
 * lies over a high threshold. Its index xi says how heavy: the variance is infinite from 1/2 on,
 * the mean from 1 on; an exponential tail has 0, a bounded one less. */
#ifndef HF_STATS_PARETO_H
#define HF_STATS_PARETO_H

#include <stdbool.h>
#include <stdint.h>

/* How many of the largest of n >= 2 values the index is taken from, all of them over the next:
 * 3 sqrt(n), at most n - 1. */
uint64_t hf_pareto_count(uint64_t n);
/* xi of excesses > 0, ascending [Zhang2009]; standard error about (1 + xi) / sqrt(n). NaN where
 * there are fewer than HF_PARETO_LEAST. 30 + sqrt(n) logarithms an excess. */
enum { HF_PARETO_LEAST = 20 };
double hf_pareto_index(const double *excess, uint64_t n);
/* Whether an infinite variance cannot be told from a finite one: xi above 1/2, or less than a third
 * of a standard error below. NaN is not heavy. */
bool hf_pareto_is_heavy(double index, uint64_t n);

/* The mean excess sigma / (1 - xi) and its profile likelihood interval at z standard deviations, of
 * 1 <= n <= HF_PARETO_MOST excesses > 0, ascending. Some 500 logarithms an excess. */
enum { HF_PARETO_MOST = 1000 };
typedef struct hf_pareto_mean {
    double mean, lower, upper;
} hf_pareto_mean;
hf_pareto_mean hf_pareto_mean_find(const double *excess, uint64_t n, double z);

#endif
