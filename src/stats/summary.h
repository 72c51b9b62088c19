/* The estimators of a result (analysis/README.md): mean, sd, range, quantiles, VaR, CVaR and the
 * exceedance curve, each with its interval, from exact order statistics or from a histogram.
 *
 * One path for both: hf_rules says which ranks are wanted of every column, whoever has the data
 * answers with the values at those ranks and with the sums beyond each VaR, and hf_summarise makes
 * estimates of them. */
#ifndef HF_STATS_SUMMARY_H
#define HF_STATS_SUMMARY_H

#include "base/quantity.h"
#include "stats/histogram.h"
#include "stats/moments.h"
#include "stats/ranks.h"

enum { HF_N_QUANTILES = 8, HF_N_TAILS = 4, HF_N_CHANCES = 17 };
/* In millionths; ascending quantiles and tails, descending chances. */
extern const uint32_t hf_quantile_levels[HF_N_QUANTILES]; /* .01 .05 .25 .5 .75 .95 .99 .999 */
extern const uint32_t hf_tail_levels[HF_N_TAILS];         /* .90 .95 .99 .999 */
extern const uint32_t hf_chances[HF_N_CHANCES];           /* .9 ... 1e-5 of the bad side */

/* name, words; the order of dimension `statistic` */
#define HF_STATISTIC_LIST(X)                                                                       \
    X(HF_MEAN, "mean")                                                                             \
    X(HF_SD, "sd")                                                                                 \
    X(HF_MINIMUM, "min")                                                                           \
    X(HF_MAXIMUM, "max")                                                                           \
    X(HF_Q01, "q01")                                                                               \
    X(HF_Q05, "q05")                                                                               \
    X(HF_Q25, "q25")                                                                               \
    X(HF_Q50, "q50")                                                                               \
    X(HF_Q75, "q75")                                                                               \
    X(HF_Q95, "q95")                                                                               \
    X(HF_Q99, "q99")                                                                               \
    X(HF_Q999, "q999")                                                                             \
    X(HF_VAR90, "var90")                                                                           \
    X(HF_VAR95, "var95")                                                                           \
    X(HF_VAR99, "var99")                                                                           \
    X(HF_VAR999, "var999")                                                                         \
    X(HF_CVAR90, "cvar90")                                                                         \
    X(HF_CVAR95, "cvar95")                                                                         \
    X(HF_CVAR99, "cvar99")                                                                         \
    X(HF_CVAR999, "cvar999")
typedef enum hf_statistic {
#define HF_STATISTIC_ENUM(name, words) name,
    HF_STATISTIC_LIST(HF_STATISTIC_ENUM)
#undef HF_STATISTIC_ENUM
        HF_N_STATISTICS
} hf_statistic;
extern const char *const hf_statistic_names[HF_N_STATISTICS];
/* -1 if there is none of that name. */
int hf_statistic_find(const char *name);

typedef enum hf_method {
    HF_METHOD_NONE,      /* no interval exists: NaN */
    HF_METHOD_NORMAL,    /* mean -+ z sd / sqrt(n) */
    HF_METHOD_BINOMIAL,  /* order statistics, coverage beside */
    HF_METHOD_ASYMPTOTIC /* CVaR with q plugged in */
} hf_method;
extern const char *const hf_method_names[4]; /* "none", "normal", "binomial", "asymptotic" */

typedef enum hf_estimate_flag {
    HF_NO_INTERVAL = 1, /* too few trials for one, or none is known: bounds are NaN */
    HF_THIN_TAIL = 2,   /* fewer than HF_RESOLVED_TRIALS expected beyond */
    HF_FROM_BINS = 4    /* values from a histogram, relative error HF_HISTOGRAM_ERROR */
} hf_estimate_flag;
#define HF_RESOLVED_TRIALS 10

typedef struct hf_estimate {
    double value, lower, upper; /* NaN where there is none */
    double coverage;            /* achieved (binomial) or nominal; NaN without interval */
    hf_method method;
    unsigned flags; /* of hf_estimate_flag */
} hf_estimate;

/* Ranks wanted of one column, three a level (point, lower, upper): quantiles, tails, chances. */
enum { HF_N_RANKS = 3 * (HF_N_QUANTILES + HF_N_TAILS + HF_N_CHANCES) };

typedef struct hf_rules {
    uint64_t n_trials;
    double confidence;
    double z; /* normal quantile of (1 + confidence)/2 */
    hf_ranks quantile[HF_N_QUANTILES];
    hf_ranks tail_high[HF_N_TAILS], tail_low[HF_N_TAILS];
    hf_ranks chance_high[HF_N_CHANCES], chance_low[HF_N_CHANCES];
} hf_rules;

/* The ranks of n_trials >= 1 trials. */
void hf_rules_init(hf_rules *rules, uint64_t n_trials, double confidence);
/* Ranks in 1..n_trials of a column whose bad side is `side` (HF_BAD_NONE is taken as high). */
void hf_rules_ranks(const hf_rules *rules, hf_bad_side side, uint64_t ranks[HF_N_RANKS]);
/* VaR of tail level i among the values at those ranks. */
double hf_rules_var(const double at_ranks[HF_N_RANKS], int i);

/* Sums of (x - q)+ and its square over values strictly beyond q on the bad side ((q - x)+ for low);
 * .n counts these. From a piece of a column (any order; fold the sums), or from all bins. */
void hf_excess_of_column(const double *values, uint64_t n, double q, hf_bad_side side,
                         hf_sums *excess);
void hf_excess_of_histogram(const hf_histogram *histogram, double q, hf_bad_side side,
                            hf_sums *excess);
/* Values at ranks from a histogram, clipped to the exact range of `moments`. */
void hf_histogram_at_rules(const hf_histogram *histogram, const hf_moments *moments,
                           const uint64_t ranks[HF_N_RANKS], double at_ranks[HF_N_RANKS]);

/* Mean with its normal interval, of any sums: z from hf_rules or hf_confidence_z. */
hf_estimate hf_estimate_mean(const hf_sums *sums, double confidence);
/* The first four statistics, for quantities without a distribution. */
void hf_summarise_moments(const hf_rules *rules, const hf_moments *moments,
                          hf_estimate estimates[HF_N_STATISTICS]);
/* All statistics of a column, by hf_statistic. `flags` is HF_FROM_BINS or 0. */
void hf_summarise(const hf_rules *rules, hf_bad_side side, const hf_moments *moments,
                  const double at_ranks[HF_N_RANKS], const hf_sums excess[HF_N_TAILS],
                  unsigned flags, hf_estimate estimates[HF_N_STATISTICS]);
/* Loss that is exceeded with chance hf_chances[i], on the bad side. */
void hf_exceedance(const hf_rules *rules, hf_bad_side side, const double at_ranks[HF_N_RANKS],
                   unsigned flags, hf_estimate losses[HF_N_CHANCES]);
/* -weeks/52/ln(1 - chance) years: the return period of like years (inputs/README.md 5). */
double hf_return_period(double chance, double weeks);

#endif
