/* The estimators of a result (analysis/README.md): mean, sd, range, quantiles, VaR, CVaR and the
 * exceedance curve, each with its interval, from exact order statistics or from a histogram.
 *
 * One path for all: a column has levels (quantiles, VaRs, exceedance), whoever has the data answers
 * with estimates of these and with the summands of mean and CVaR (stats/summands.h), and
 * hf_summarise makes estimates of them. Levels come from hf_rules_ranks and the values there or,
 * where trials have weights, from [Woodruff1952]. */
#ifndef HF_STATS_SUMMARY_H
#define HF_STATS_SUMMARY_H

#include "base/quantity.h"
#include "stats/histogram.h"
#include "stats/moments.h"
#include "stats/ranks.h"
#include <stdbool.h>

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
    HF_METHOD_NONE,     /* no interval exists: NaN */
    HF_METHOD_NORMAL,   /* mean -+ z sd / sqrt(n) */
    HF_METHOD_BINOMIAL, /* order statistics, coverage beside */
    HF_METHOD_SKEWED,   /* mean, CVaR, differences: corrected for skewness (stats/interval.h) */
    HF_METHOD_PARETO,   /* CVaR with a Pareto tail (hf_interval_of_excess) */
    HF_METHOD_WOODRUFF, /* order statistics at p -+ z se, of trials with weights */
    HF_N_METHODS
} hf_method;
extern const char *const hf_method_names[HF_N_METHODS]; /* "none", "normal" ... */

typedef enum hf_estimate_flag {
    HF_NO_INTERVAL = 1,  /* too few trials for one, or none is known: bounds are NaN */
    HF_THIN_TAIL = 2,    /* fewer than HF_RESOLVED_TRIALS expected beyond */
    HF_FROM_BINS = 4,    /* values from a histogram, relative error HF_HISTOGRAM_ERROR */
    HF_UNRELIABLE = 8,   /* the interval may not hold what it says */
    HF_EXTRAPOLATED = 16 /* fewer than one trial expected beyond: the level is missing */
} hf_estimate_flag;
#define HF_RESOLVED_TRIALS 10

typedef struct hf_estimate {
    double value, lower, upper; /* NaN where there is none */
    double coverage;            /* achieved (binomial) or nominal; NaN without interval */
    hf_method method;
    unsigned flags; /* of hf_estimate_flag */
} hf_estimate;

/* Levels of a column, in this order: quantiles, tails (VaR), chances. */
enum {
    HF_TAILS_AT = HF_N_QUANTILES,
    HF_CHANCES_AT = HF_TAILS_AT + HF_N_TAILS,
    HF_N_LEVELS = HF_CHANCES_AT + HF_N_CHANCES
};
/* The p of a level's quantile, in millionths, of a column whose bad side is `side` (HF_BAD_NONE is
 * taken as high). */
uint32_t hf_level_p(hf_bad_side side, int level);

typedef struct hf_rules {
    uint64_t n_trials;
    bool is_weighted;
    double confidence;
    double z; /* normal quantile of (1 + confidence)/2 */
    hf_ranks level_high[HF_N_LEVELS], level_low[HF_N_LEVELS]; /* unless weighted */
} hf_rules;

/* Of n_trials >= 1 trials, whole periods where they have weights. */
void hf_rules_init(hf_rules *rules, uint64_t n_trials, bool is_weighted, double confidence);

/* Without weights: ranks in 1..n_trials wanted of one column, three a level (point, lower, upper);
 * the values there make levels. `flags` is HF_FROM_BINS or 0. */
enum { HF_N_RANKS = 3 * HF_N_LEVELS };
void hf_rules_ranks(const hf_rules *rules, hf_bad_side side, uint64_t ranks[HF_N_RANKS]);
void hf_rules_levels(const hf_rules *rules, hf_bad_side side, const double at_ranks[HF_N_RANKS],
                     unsigned flags, hf_estimate levels[HF_N_LEVELS]);
/* Values at ranks from a histogram, clipped to the exact range of `moments`. */
void hf_histogram_at_rules(const hf_histogram *histogram, const hf_moments *moments,
                           const uint64_t ranks[HF_N_RANKS], double at_ranks[HF_N_RANKS]);

/* With weights: what is known of a level once its value q is. */
typedef struct hf_woodruff {
    uint64_t n_low, n_high; /* trials at or below q, at or above q */
    double ends[2];         /* p -+ z se, clipped to [0, 1] */
} hf_woodruff;
/* The ends, from the sums of hf_summands_of_level over all trials. */
void hf_woodruff_find_ends(hf_woodruff *w, const hf_rules *rules, hf_bad_side side, int level,
                           const hf_sums *units);
/* From the order statistics at p and at both ends. None where fewer than HF_RESOLVED_TRIALS lie on
 * a side of q. */
hf_estimate hf_woodruff_level(const hf_woodruff *w, const hf_rules *rules, double q,
                              const double at_ends[2]);

/* What a column's statistics are made of, over all trials. */
enum { HF_N_SUMMANDS = 1 + HF_N_TAILS }; /* of the mean, of each CVaR */
struct hf_powers;
typedef struct hf_findings {
    double calm;                    /* 0 without weights */
    const hf_moments *moments;      /* sums of fl(w fl(x - calm)), range of x */
    const hf_estimate *levels;      /* [HF_N_LEVELS] */
    const hf_sums *sums;            /* [HF_N_SUMMANDS] */
    const struct hf_powers *powers; /* [HF_N_SUMMANDS] */
} hf_findings;
/* All statistics of a column, by hf_statistic. `flags` is HF_FROM_BINS or 0. */
void hf_summarise(const hf_rules *rules, hf_bad_side side, const hf_findings *findings,
                  unsigned flags, hf_estimate estimates[HF_N_STATISTICS]);
/* CVaR of tail i where its interval is HF_UNRELIABLE: a better one, from all excesses over the VaR,
 * ascending. Not for trials with weights. */
void hf_cvar_refine(const hf_rules *rules, hf_bad_side side, int i, double var, uint64_t n_excess,
                    const double *excess, hf_estimate *cvar);
/* Differences of two variants, by HF_N_SUMMANDS: of the mean and of each CVaR, paired trial by
 * trial, from hf_summands_of_difference and hf_summands_of_excess_difference over all trials;
 * `calm` is that of the calm values. */
void hf_difference(const hf_rules *rules, hf_bad_side side, double calm,
                   const hf_estimate statistics[HF_N_STATISTICS],
                   const hf_estimate statistics0[HF_N_STATISTICS],
                   const hf_sums sums[HF_N_SUMMANDS], const struct hf_powers *powers,
                   hf_estimate differences[HF_N_SUMMANDS]);
/* Level that is passed with chance hf_chances[i], on the bad side. */
void hf_exceedance(const hf_rules *rules, const hf_estimate levels[HF_N_LEVELS],
                   hf_estimate losses[HF_N_CHANCES]);

/* `calm` plus the mean of any sums of summands, with its normal interval; where trials have weights
 * also of their unit means (else NULL), whose variance it is. */
hf_estimate hf_estimate_of_sums(double calm, const hf_sums *sums, const hf_sums *units,
                                double confidence);
/* -weeks/52/ln(1 - chance) years: the return period of like years (inputs/README.md 5). */
double hf_return_period(double chance, double weeks);

#endif
