#include "stats/summary.h"
#include "base/check.h"
#include "base/elementary.h"
#include "base/number.h"
#include "stats/interval.h"
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
const char *const hf_method_names[HF_N_METHODS] = {"none",   "normal", "binomial",
                                                   "skewed", "pareto", "woodruff"};

int hf_statistic_find(const char *name) {
    for (int i = 0; i < HF_N_STATISTICS; i++)
        if (strcmp(name, hf_statistic_names[i]) == 0)
            return i;
    return -1;
}

uint32_t hf_level_p(hf_bad_side side, int level) {
    HF_ASSERT(level >= 0 && level < HF_N_LEVELS);
    if (level < HF_TAILS_AT)
        return hf_quantile_levels[level];
    uint32_t beyond = level < HF_CHANCES_AT ? HF_MILLION - hf_tail_levels[level - HF_TAILS_AT]
                                            : hf_chances[level - HF_CHANCES_AT];
    return side == HF_BAD_LOW ? beyond : HF_MILLION - beyond;
}

/* Chance to lie beyond a level, in millionths; of a quantile, on its nearer side. */
static uint32_t beyond_of(int level) {
    uint32_t p = hf_level_p(HF_BAD_LOW, level);
    return level < HF_TAILS_AT && p > HF_MILLION - p ? HF_MILLION - p : p;
}

/* Whether fewer than n trials are expected beyond a level. */
static bool expects_fewer(const hf_rules *rules, int level, unsigned n) {
    return (unsigned __int128)rules->n_trials * beyond_of(level) < (uint64_t)n * HF_MILLION;
}

void hf_rules_init(hf_rules *rules, uint64_t n_trials, bool is_weighted, double confidence) {
    HF_ASSERT(!is_weighted || n_trials % HF_PERIOD == 0);
    *rules = (hf_rules){.n_trials = n_trials,
                        .is_weighted = is_weighted,
                        .confidence = confidence,
                        .z = hf_normal_quantile((1.0 + confidence) / 2.0)};
    for (int i = 0; i < HF_N_LEVELS && !is_weighted; i++) {
        rules->level_high[i] = hf_ranks_find(n_trials, hf_level_p(HF_BAD_HIGH, i), confidence);
        rules->level_low[i] = hf_ranks_find(n_trials, hf_level_p(HF_BAD_LOW, i), confidence);
    }
}

static const hf_ranks *find_levels(const hf_rules *rules, hf_bad_side side) {
    HF_ASSERT(!rules->is_weighted);
    return side == HF_BAD_LOW ? rules->level_low : rules->level_high;
}

void hf_rules_ranks(const hf_rules *rules, hf_bad_side side, uint64_t ranks[HF_N_RANKS]) {
    const hf_ranks *levels = find_levels(rules, side);
    for (int i = 0; i < HF_N_LEVELS; i++) {
        ranks[3 * i] = levels[i].point;
        ranks[3 * i + 1] = levels[i].lower;
        ranks[3 * i + 2] = levels[i].upper;
    }
}

static double standard_error(const hf_sums *sums) {
    return hf_sqrt(hf_sums_variance(sums) / (double)sums->n);
}

static hf_estimate without_interval(double value, unsigned flags) {
    return (hf_estimate){value, MISSING, MISSING, MISSING, HF_METHOD_NONE, flags | HF_NO_INTERVAL};
}

void hf_rules_levels(const hf_rules *rules, hf_bad_side side, const double at_ranks[HF_N_RANKS],
                     unsigned flags, hf_estimate levels[HF_N_LEVELS]) {
    const hf_ranks *ranks = find_levels(rules, side);
    for (int i = 0; i < HF_N_LEVELS; i++) {
        const double *at = at_ranks + 3 * i;
        unsigned all = flags | (expects_fewer(rules, i, HF_RESOLVED_TRIALS) ? HF_THIN_TAIL : 0);
        levels[i] = without_interval(at[0], all);
        if (ranks[i].has_interval)
            levels[i] =
                (hf_estimate){at[0], at[1], at[2], ranks[i].coverage, HF_METHOD_BINOMIAL, all};
    }
}

void hf_woodruff_find_ends(hf_woodruff *w, const hf_rules *rules, hf_bad_side side, int level,
                           const hf_sums *units) {
    double p = (double)hf_level_p(side, level) / HF_MILLION;
    double half = rules->z * standard_error(units);
    w->ends[0] = hf_max(p - half, 0.0); /* of NaN, too: one unit has no variance */
    w->ends[1] = hf_min(p + half, 1.0);
}

hf_estimate hf_woodruff_level(const hf_woodruff *w, const hf_rules *rules, double q,
                              const double at_ends[2]) {
    uint64_t n = w->n_low < w->n_high ? w->n_low : w->n_high;
    unsigned flags = n <= 1 ? HF_EXTRAPOLATED : 0;
    if (n < HF_RESOLVED_TRIALS)
        return without_interval(q, flags | HF_THIN_TAIL);
    if (w->ends[0] == 0.0 || w->ends[1] == 1.0)
        flags |= HF_UNRELIABLE;
    return (hf_estimate){q, at_ends[0], at_ends[1], rules->confidence, HF_METHOD_WOODRUFF, flags};
}

void hf_histogram_at_rules(const hf_histogram *histogram, const hf_moments *moments,
                           const uint64_t ranks[HF_N_RANKS], double at_ranks[HF_N_RANKS]) {
    for (int i = 0; i < HF_N_RANKS; i++) {
        double value = hf_histogram_at_rank(histogram, ranks[i]);
        at_ranks[i] = hf_min(hf_max(value, moments->min), moments->max);
    }
}

hf_estimate hf_estimate_of_sums(double calm, const hf_sums *sums, const hf_sums *units,
                                double confidence) {
    const hf_sums *independent = units ? units : sums;
    double mean = calm + hf_sums_mean(sums);
    if (independent->n < 2)
        return without_interval(mean, 0);
    double half = hf_normal_quantile((1.0 + confidence) / 2.0) * standard_error(independent);
    return (hf_estimate){mean, mean - half, mean + half, confidence, HF_METHOD_NORMAL, 0};
}

static hf_estimate mirror(hf_estimate e) {
    double lower = e.lower;
    e.value = hf_plain_zero(-e.value);
    e.lower = hf_plain_zero(-e.upper);
    e.upper = hf_plain_zero(-lower);
    return e;
}

/* Independent units of the trials. */
static uint64_t n_units(const hf_rules *rules) {
    return rules->is_weighted ? rules->n_trials / HF_PERIOD : rules->n_trials;
}

/* From bins the spread is that of the moments, which are exact. */
static hf_estimate estimate_mean(const hf_rules *rules, const hf_findings *f, unsigned flags) {
    hf_shape shape = hf_shape_make(&f->powers[0], n_units(rules));
    if (flags & HF_FROM_BINS)
        shape.variance = rules->n_trials < 2 ? 0.0 : hf_sums_variance(&f->moments->sums);
    return hf_interval_make(f->calm + hf_sums_mean(&f->moments->sums), 1.0, &shape,
                            rules->confidence);
}

static double estimate_sd(const hf_rules *rules, const hf_findings *f) {
    return hf_sqrt(rules->is_weighted ? hf_sums_mean(&f->sums[0])
                                      : hf_sums_variance(&f->moments->sums));
}

static double beyond_tail(int i) {
    return (double)(HF_MILLION - hf_tail_levels[i]) / (double)HF_MILLION;
}

/* Of what is known but for its excess: mean (x - q)+ / (1 - p) or, for low, its mirror image. */
static hf_estimate around_excess(const hf_rules *rules, hf_bad_side side, int i, double value,
                                 const hf_powers *excess) {
    hf_shape shape = hf_shape_make(excess, n_units(rules));
    hf_estimate e = hf_interval_make(side == HF_BAD_LOW ? -value : value, 1.0 / beyond_tail(i),
                                     &shape, rules->confidence);
    return side == HF_BAD_LOW ? mirror(e) : e;
}

/* q + mean((x - q)+) / (1 - p) and, for low, its mirror image [Rockafellar2002]. */
static hf_estimate estimate_cvar(const hf_rules *rules, hf_bad_side side, int i,
                                 const hf_findings *f) {
    const hf_estimate *var = &f->levels[HF_TAILS_AT + i];
    HF_ASSERT(f->sums[1 + i].n == rules->n_trials);
    double more = hf_sums_mean(&f->sums[1 + i]) / beyond_tail(i);
    double value = side == HF_BAD_LOW ? var->value - more : var->value + more;
    if (!rules->is_weighted) /* midpoints may lie outside */
        value = hf_min(hf_max(value, f->moments->min), f->moments->max);
    unsigned flags = var->flags & (HF_THIN_TAIL | HF_FROM_BINS);
    if (var->flags & (rules->is_weighted ? HF_NO_INTERVAL : HF_THIN_TAIL))
        return without_interval(value, flags);
    hf_estimate e = around_excess(rules, side, i, value, &f->powers[1 + i]);
    e.flags |= flags;
    return e;
}

void hf_cvar_refine(const hf_rules *rules, hf_bad_side side, int i, double var, uint64_t n_excess,
                    const double *excess, hf_estimate *cvar) {
    HF_ASSERT(!rules->is_weighted);
    double sign = side == HF_BAD_LOW ? -1.0 : 1.0;
    hf_estimate e = hf_interval_of_excess(sign * cvar->value, sign * var, beyond_tail(i),
                                          rules->n_trials, excess, n_excess, rules->confidence);
    *cvar = side == HF_BAD_LOW ? mirror(e) : e;
}

void hf_summarise(const hf_rules *rules, hf_bad_side side, const hf_findings *f, unsigned flags,
                  hf_estimate estimates[HF_N_STATISTICS]) {
    HF_ASSERT(f->moments->sums.n == rules->n_trials);
    estimates[HF_MEAN] = estimate_mean(rules, f, flags);
    estimates[HF_SD] = without_interval(estimate_sd(rules, f), 0);
    estimates[HF_MINIMUM] = without_interval(f->moments->min, 0);
    estimates[HF_MAXIMUM] = without_interval(f->moments->max, 0);
    memcpy(&estimates[HF_Q01], f->levels, HF_CHANCES_AT * sizeof *estimates); /* VaRs follow */
    for (int i = 0; i < HF_N_TAILS; i++)
        estimates[HF_CVAR90 + i] = estimate_cvar(rules, side, i, f);
}

/* A difference is no better known than the two it is of. */
static void warn_as(hf_estimate *difference, const hf_estimate *e, const hf_estimate *e0) {
    if (!(difference->flags & HF_NO_INTERVAL))
        difference->flags |= (e->flags | e0->flags) & HF_UNRELIABLE;
}

void hf_difference(const hf_rules *rules, hf_bad_side side, double calm,
                   const hf_estimate statistics[HF_N_STATISTICS],
                   const hf_estimate statistics0[HF_N_STATISTICS],
                   const hf_sums sums[HF_N_SUMMANDS], const hf_powers *powers,
                   hf_estimate differences[HF_N_SUMMANDS]) {
    hf_shape shape = hf_shape_make(&powers[0], n_units(rules));
    differences[0] =
        hf_interval_make(calm + hf_sums_mean(&sums[0]), 1.0, &shape, rules->confidence);
    warn_as(&differences[0], &statistics[HF_MEAN], &statistics0[HF_MEAN]);
    for (int i = 0; i < HF_N_TAILS; i++) {
        const hf_estimate *cvar = &statistics[HF_CVAR90 + i], *cvar0 = &statistics0[HF_CVAR90 + i];
        double more = hf_sums_mean(&sums[1 + i]) / beyond_tail(i);
        double value = statistics[HF_VAR90 + i].value - statistics0[HF_VAR90 + i].value;
        value = side == HF_BAD_LOW ? value - more : value + more;
        differences[1 + i] = (cvar->flags | cvar0->flags) & HF_NO_INTERVAL
                                 ? without_interval(value, 0)
                                 : around_excess(rules, side, i, value, &powers[1 + i]);
        warn_as(&differences[1 + i], cvar, cvar0);
    }
}

void hf_exceedance(const hf_rules *rules, const hf_estimate levels[HF_N_LEVELS],
                   hf_estimate losses[HF_N_CHANCES]) {
    for (int i = 0; i < HF_N_CHANCES; i++) {
        losses[i] = levels[HF_CHANCES_AT + i];
        if (rules->is_weighted ? losses[i].flags & HF_EXTRAPOLATED
                               : expects_fewer(rules, HF_CHANCES_AT + i, 1))
            losses[i] = without_interval(MISSING, (losses[i].flags & ~(unsigned)HF_UNRELIABLE) |
                                                      HF_EXTRAPOLATED);
    }
}

double hf_return_period(double chance, double weeks) {
    HF_ASSERT(chance > 0.0 && chance < 1.0);
    double stay = 1.0 - chance, lost = (stay - 1.0) + chance; /* in rounding, made up for */
    return -weeks / HF_WEEKS_PER_YEAR / (hf_log(stay) - lost / stay);
}
