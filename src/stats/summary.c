#include "stats/summary.h"
#include "base/check.h"
#include "base/elementary.h"
#include "base/number.h"
#include <string.h>

#define MISSING __builtin_nan("")

const uint32_t hf_quantile_levels[HF_N_QUANTILES] = {10000,  50000,  250000, 500000,
                                                     750000, 950000, 990000, 999000};
const uint32_t hf_tail_levels[HF_N_TAILS] = {900000, 950000, 990000, 999000};
const uint32_t hf_chances[HF_N_CHANCES] = {900000, 800000, 700000, 600000, 500000, 400000,
                                           300000, 200000, 100000, 50000,  20000,  10000,
                                           5000,   2000,   1000,   100,    10};

const char *const hf_statistic_names[HF_N_STATISTICS] = {
#define STATISTIC_WORDS(name, words) words,
    HF_STATISTIC_LIST(STATISTIC_WORDS)
#undef STATISTIC_WORDS
};
const char *const hf_method_names[4] = {"none", "normal", "binomial", "asymptotic"};

int hf_statistic_find(const char *name) {
    for (int i = 0; i < HF_N_STATISTICS; i++)
        if (strcmp(name, hf_statistic_names[i]) == 0)
            return i;
    return -1;
}

void hf_rules_init(hf_rules *rules, uint64_t n_trials, double confidence) {
    *rules = (hf_rules){.n_trials = n_trials,
                        .confidence = confidence,
                        .z = hf_normal_quantile((1.0 + confidence) / 2.0)};
    for (int i = 0; i < HF_N_QUANTILES; i++)
        rules->quantile[i] = hf_ranks_find(n_trials, hf_quantile_levels[i], confidence);
    for (int i = 0; i < HF_N_TAILS; i++) {
        rules->tail_high[i] = hf_ranks_find(n_trials, hf_tail_levels[i], confidence);
        rules->tail_low[i] = hf_ranks_find(n_trials, HF_MILLION - hf_tail_levels[i], confidence);
    }
    for (int i = 0; i < HF_N_CHANCES; i++) {
        rules->chance_high[i] = hf_ranks_find(n_trials, HF_MILLION - hf_chances[i], confidence);
        rules->chance_low[i] = hf_ranks_find(n_trials, hf_chances[i], confidence);
    }
}

/* The levels of a column in the order of ranks: quantiles, tails, chances. */
enum {
    TAILS_AT = HF_N_QUANTILES,
    CHANCES_AT = TAILS_AT + HF_N_TAILS,
    N_LEVELS = CHANCES_AT + HF_N_CHANCES
};

static const hf_ranks *find_level(const hf_rules *rules, hf_bad_side side, int i) {
    if (i < TAILS_AT)
        return &rules->quantile[i];
    if (i < CHANCES_AT)
        return &(side == HF_BAD_LOW ? rules->tail_low : rules->tail_high)[i - TAILS_AT];
    return &(side == HF_BAD_LOW ? rules->chance_low : rules->chance_high)[i - CHANCES_AT];
}

void hf_rules_ranks(const hf_rules *rules, hf_bad_side side, uint64_t ranks[HF_N_RANKS]) {
    for (int i = 0; i < N_LEVELS; i++) {
        const hf_ranks *level = find_level(rules, side, i);
        ranks[3 * i] = level->point;
        ranks[3 * i + 1] = level->lower;
        ranks[3 * i + 2] = level->upper;
    }
}

double hf_rules_var(const double at_ranks[HF_N_RANKS], int i) {
    HF_ASSERT(i >= 0 && i < HF_N_TAILS);
    return at_ranks[3 * (TAILS_AT + i)];
}

void hf_histogram_at_rules(const hf_histogram *histogram, const hf_moments *moments,
                           const uint64_t ranks[HF_N_RANKS], double at_ranks[HF_N_RANKS]) {
    for (int i = 0; i < HF_N_RANKS; i++) {
        double value = hf_histogram_at_rank(histogram, ranks[i]);
        at_ranks[i] = hf_min(hf_max(value, moments->min), moments->max);
    }
}

void hf_excess_of_column(const double *values, uint64_t n, double q, hf_bad_side side,
                         hf_sums *excess) {
    enum { ROOM = 128 };
    double beyond[ROOM];
    int n_beyond = 0;
    memset(excess, 0, sizeof *excess);
    for (uint64_t i = 0; i < n; i++) {
        double more = side == HF_BAD_LOW ? q - values[i] : values[i] - q;
        beyond[n_beyond] = more;
        n_beyond += more > 0.0;
        if (n_beyond == ROOM || i == n - 1) {
            hf_sums_add(excess, n_beyond, beyond);
            n_beyond = 0;
        }
    }
}

void hf_excess_of_histogram(const hf_histogram *histogram, double q, hf_bad_side side,
                            hf_sums *excess) {
    hf_bin bin = {0};
    memset(excess, 0, sizeof *excess);
    while (hf_histogram_next(histogram, &bin)) {
        double more = side == HF_BAD_LOW ? q - bin.value : bin.value - q;
        if (more > 0.0)
            hf_sums_add_times(excess, more, bin.count);
    }
}

static hf_estimate without_interval(double value, unsigned flags) {
    return (hf_estimate){value, MISSING, MISSING, MISSING, HF_METHOD_NONE, flags | HF_NO_INTERVAL};
}

static hf_estimate around(double value, double half_width, double coverage, hf_method method,
                          unsigned flags) {
    return (hf_estimate){value, value - half_width, value + half_width, coverage, method, flags};
}

static hf_estimate estimate_mean(const hf_sums *sums, double z, double confidence) {
    double mean = hf_sums_mean(sums);
    if (sums->n < 2)
        return without_interval(mean, 0);
    double error = hf_sqrt(hf_sums_variance(sums) / (double)sums->n);
    return around(mean, z * error, confidence, HF_METHOD_NORMAL, 0);
}

hf_estimate hf_estimate_mean(const hf_sums *sums, double confidence) {
    return estimate_mean(sums, hf_normal_quantile((1.0 + confidence) / 2.0), confidence);
}

/* An order statistic with the two that bound it; a tail level is thin when fewer than
 * HF_RESOLVED_TRIALS are expected beyond it. */
static hf_estimate estimate_level(const hf_rules *rules, const hf_ranks *ranks, const double *at,
                                  uint32_t chance_beyond, unsigned flags) {
    if ((unsigned __int128)rules->n_trials * chance_beyond < HF_RESOLVED_TRIALS * HF_MILLION)
        flags |= HF_THIN_TAIL;
    if (!ranks->has_interval)
        return without_interval(at[0], flags);
    return (hf_estimate){at[0], at[1], at[2], ranks->coverage, HF_METHOD_BINOMIAL, flags};
}

/* q + mean((x - q)+) / (1 - p) and, for low, its mirror image [Rockafellar2002]. */
static hf_estimate estimate_cvar(const hf_rules *rules, hf_bad_side side, int i, hf_estimate var,
                                 const hf_moments *moments, const hf_sums *beyond) {
    hf_sums excess = *beyond;
    HF_ASSERT(excess.n <= rules->n_trials);
    hf_sums_add_zeros(&excess, rules->n_trials - excess.n);
    double beyond_p = (double)(HF_MILLION - hf_tail_levels[i]) / (double)HF_MILLION;
    double more = hf_sums_mean(&excess) / beyond_p;
    double value = side == HF_BAD_LOW ? var.value - more : var.value + more;
    value = hf_min(hf_max(value, moments->min), moments->max); /* midpoints may lie outside */
    unsigned flags = var.flags & ~(unsigned)HF_NO_INTERVAL;
    if (flags & HF_THIN_TAIL)
        return without_interval(value, flags);
    double error = hf_sqrt(hf_sums_variance(&excess) / (double)rules->n_trials) / beyond_p;
    return around(value, rules->z * error, rules->confidence, HF_METHOD_ASYMPTOTIC, flags);
}

void hf_summarise_moments(const hf_rules *rules, const hf_moments *moments,
                          hf_estimate estimates[HF_N_STATISTICS]) {
    const hf_sums *sums = &moments->sums;
    for (int i = 0; i < HF_N_STATISTICS; i++)
        estimates[i] = without_interval(MISSING, 0);
    if (sums->n == 0)
        return;
    estimates[HF_MEAN] = estimate_mean(sums, rules->z, rules->confidence);
    estimates[HF_SD] = without_interval(hf_sqrt(hf_sums_variance(sums)), 0);
    estimates[HF_MINIMUM] = without_interval(moments->min, 0);
    estimates[HF_MAXIMUM] = without_interval(moments->max, 0);
}

void hf_summarise(const hf_rules *rules, hf_bad_side side, const hf_moments *moments,
                  const double at_ranks[HF_N_RANKS], const hf_sums excess[HF_N_TAILS],
                  unsigned flags, hf_estimate estimates[HF_N_STATISTICS]) {
    HF_ASSERT(moments->sums.n == rules->n_trials);
    hf_summarise_moments(rules, moments, estimates);
    for (int i = 0; i < HF_N_QUANTILES; i++) {
        uint32_t p = hf_quantile_levels[i], beyond = p < HF_MILLION - p ? p : HF_MILLION - p;
        estimates[HF_Q01 + i] =
            estimate_level(rules, &rules->quantile[i], at_ranks + 3 * i, beyond, flags);
    }
    for (int i = 0; i < HF_N_TAILS; i++) {
        int level = TAILS_AT + i;
        estimates[HF_VAR90 + i] =
            estimate_level(rules, find_level(rules, side, level), at_ranks + 3 * level,
                           HF_MILLION - hf_tail_levels[i], flags);
        estimates[HF_CVAR90 + i] =
            estimate_cvar(rules, side, i, estimates[HF_VAR90 + i], moments, &excess[i]);
    }
}

void hf_exceedance(const hf_rules *rules, hf_bad_side side, const double at_ranks[HF_N_RANKS],
                   unsigned flags, hf_estimate losses[HF_N_CHANCES]) {
    for (int i = 0; i < HF_N_CHANCES; i++) {
        int level = CHANCES_AT + i;
        losses[i] = estimate_level(rules, find_level(rules, side, level), at_ranks + 3 * level,
                                   hf_chances[i], flags);
    }
}

double hf_return_period(double chance, double weeks) {
    HF_ASSERT(chance > 0.0 && chance < 1.0);
    return -weeks / HF_WEEKS_PER_YEAR / hf_log(1.0 - chance);
}
