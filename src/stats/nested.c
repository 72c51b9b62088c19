#include "stats/nested.h"
#include "base/check.h"
#include "base/elementary.h"
#include "base/memory.h"
#include "stats/column.h"
#include "stats/interval.h"

#define MISSING __builtin_nan("")

/* The level of a statistic in millionths, on the high side; 0: it has none. */
static uint32_t level_of(int statistic) {
    if (statistic >= HF_CVAR90)
        return hf_tail_levels[statistic - HF_CVAR90];
    if (statistic >= HF_VAR90)
        return hf_tail_levels[statistic - HF_VAR90];
    return statistic >= HF_Q01 ? hf_quantile_levels[statistic - HF_Q01] : 0;
}

static uint64_t common_multiple(uint64_t a, uint64_t b) {
    uint64_t multiple = a;
    while (multiple % b)
        multiple += a;
    return multiple;
}

/* Trials in a quarter: of as many, n p is whole; 0 if too few are beyond the level in two. */
static uint64_t quarter_of_level(uint64_t n_inner, uint64_t unit, uint32_t p) {
    uint32_t beyond = p < HF_MILLION - p ? p : HF_MILLION - p;
    uint64_t one_beyond = HF_MILLION / beyond; /* so many trials, one of them expected beyond */
    uint64_t step = common_multiple(unit, one_beyond), quarter = n_inner / 4 / step * step;
    return 2 * quarter < HF_RESOLVED_TRIALS * one_beyond ? 0 : quarter;
}

void hf_nested_init(hf_nested *nested, uint64_t n_inner, bool is_weighted) {
    HF_ASSERT(n_inner >= 1);
    uint64_t unit = is_weighted ? HF_PERIOD : 1;
    *nested = (hf_nested){.is_weighted = is_weighted};
    nested->part[HF_MEAN] = n_inner / 2 / unit * unit;
    uint64_t quarter = n_inner / 4 / unit * unit;
    nested->part[HF_SD] = 2 * quarter < HF_RESOLVED_TRIALS ? 0 : quarter;
    for (int s = HF_Q01; s < HF_N_STATISTICS; s++)
        nested->part[s] = quarter_of_level(n_inner, unit, level_of(s));
}

int hf_nested_n_resolved(const hf_nested *nested) {
    int n = 0;
    for (int s = 0; s < HF_N_STATISTICS; s++)
        n += nested->part[s] > 0;
    return n;
}

/* Halves and quarters of a draw, sorted. */
typedef struct pieces {
    hf_column half[2], quarter[4];
} pieces;

static void cut(pieces *p, uint64_t part, const hf_kept *kept) {
    for (uint64_t i = 0; i < 2; i++)
        hf_column_init(&p->half[i], 2 * part, kept->values + 2 * part * i,
                       kept->weights ? kept->weights + 2 * part * i : NULL);
    for (uint64_t i = 0; i < 4; i++)
        hf_column_init(&p->quarter[i], part, kept->values + part * i,
                       kept->weights ? kept->weights + part * i : NULL);
}

static void clear_pieces(pieces *p) {
    for (int i = 0; i < 2; i++)
        hf_column_clear(&p->half[i]);
    for (int i = 0; i < 4; i++)
        hf_column_clear(&p->quarter[i]);
}

/* The smallest value with a share of at least p of the mass at or below it. */
static double quantile_of(const hf_column *column, uint32_t p) {
    hf_mass rank = hf_mass_rank(hf_column_mass(column), p);
    uint64_t first = 0, last = column->n - 1;
    while (first < last) {
        uint64_t middle = first + (last - first) / 2;
        if (hf_column_mass_before(column, middle + 1) < rank)
            first = middle + 1;
        else
            last = middle;
    }
    return column->values[first];
}

static double weight_of(const hf_column *column, uint64_t i) {
    if (!column->below)
        return 1.0;
    return (double)(uint64_t)(column->below[i + 1] - column->below[i]) * 0x1p-48;
}

/* Of n trials from `first` on. */
static double mean_of(const hf_kept *kept, uint64_t first, uint64_t n) {
    hf_exact_sum sum = {0};
    for (uint64_t i = first; i < first + n; i++) {
        double above = kept->values[i] - kept->calm;
        hf_exact_sum_add(&sum, kept->weights ? kept->weights[i] * above : above);
    }
    return kept->calm + hf_exact_sum_value(&sum) / (double)n;
}

/* Root of the mean of w (x - mean)^2; without weights the divisor is n - 1. */
static double sd_of(const hf_column *column, double calm) {
    hf_exact_sum sum = {0}, squares = {0};
    double n = (double)column->n;
    for (uint64_t i = 0; i < column->n; i++)
        hf_exact_sum_add(&sum, weight_of(column, i) * (column->values[i] - calm));
    double mean = calm + hf_exact_sum_value(&sum) / n;
    for (uint64_t i = 0; i < column->n; i++) {
        double from_mean = column->values[i] - mean;
        hf_exact_sum_add(&squares, weight_of(column, i) * (from_mean * from_mean));
    }
    return hf_sqrt(hf_exact_sum_value(&squares) / (column->below ? n : n - 1.0));
}

/* q + mean((x - q)+) / (1 - p) and, for low, its mirror image [Rockafellar2002]. */
static double cvar_of(const hf_column *column, hf_bad_side side, double q, uint32_t p) {
    hf_exact_sum excess = {0};
    for (uint64_t i = 0; i < column->n; i++) {
        double more = side == HF_BAD_LOW ? q - column->values[i] : column->values[i] - q;
        if (more > 0.0)
            hf_exact_sum_add(&excess, weight_of(column, i) * more);
    }
    double beyond_p = (double)(HF_MILLION - p) / (double)HF_MILLION;
    double mean = hf_exact_sum_value(&excess) / (double)column->n / beyond_p;
    return side == HF_BAD_LOW ? q - mean : q + mean;
}

static double plain_estimate(int statistic, hf_bad_side side, double calm,
                             const hf_column *column) {
    uint32_t p = level_of(statistic);
    if (statistic == HF_SD)
        return sd_of(column, calm);
    if (statistic < HF_VAR90)
        return quantile_of(column, p);
    double q = quantile_of(column, side == HF_BAD_LOW ? HF_MILLION - p : p);
    return statistic < HF_CVAR90 ? q : cvar_of(column, side, q, p);
}

static double corrected(int statistic, hf_bad_side side, double calm, const hf_column *half,
                        const hf_column quarters[2]) {
    double of_quarters = plain_estimate(statistic, side, calm, &quarters[0]) +
                         plain_estimate(statistic, side, calm, &quarters[1]);
    return 2.0 * plain_estimate(statistic, side, calm, half) - of_quarters / 2.0;
}

/* Of all statistics with quarters of `part` trials. */
static void estimate_from_quarters(const hf_nested *nested, uint64_t part, hf_bad_side side,
                                   const hf_kept *kept, hf_halves halves[HF_N_STATISTICS]) {
    pieces p;
    cut(&p, part, kept);
    for (int s = HF_SD; s < HF_N_STATISTICS; s++)
        if (nested->part[s] == part) {
            halves[s].first = corrected(s, side, kept->calm, &p.half[0], &p.quarter[0]);
            halves[s].second = corrected(s, side, kept->calm, &p.half[1], &p.quarter[2]);
        }
    clear_pieces(&p);
}

void hf_nested_estimate(const hf_nested *nested, hf_bad_side side, const hf_kept *kept,
                        hf_halves halves[HF_N_STATISTICS]) {
    HF_ASSERT(nested->is_weighted == (kept->weights != NULL));
    for (int s = 0; s < HF_N_STATISTICS; s++)
        halves[s] = (hf_halves){MISSING, MISSING};
    uint64_t half = nested->part[HF_MEAN];
    if (half) {
        halves[HF_MEAN].first = mean_of(kept, 0, half);
        halves[HF_MEAN].second = mean_of(kept, half, half);
    }
    for (int s = HF_SD; s < HF_N_STATISTICS; s++) {
        bool is_missing = halves[s].first != halves[s].first;
        if (is_missing && nested->part[s])
            estimate_from_quarters(nested, nested->part[s], side, kept, halves);
    }
}

hf_ignorance hf_ignorance_none(void) {
    return (hf_ignorance){
        .outer = {MISSING, MISSING, MISSING, MISSING, HF_METHOD_NONE, HF_NO_INTERVAL},
        .outer_sd = MISSING,
        .inner = MISSING,
        .band_lower = MISSING,
        .band_upper = MISSING};
}

/* The draws' estimates, what they have in common, and how the two halves of each differ. */
typedef struct spread {
    uint64_t n;
    double *m;       /* [n] */
    double *d;       /* [n] */
    double mean;     /* of m */
    double variance; /* of m, divisor n - 1 */
    double noise;    /* mean of d^2 */
} spread;

static spread make_spread(uint64_t n, const hf_halves *draws) {
    spread s = {.n = n, .m = HF_NEW(n, double), .d = HF_NEW(n, double)};
    hf_sums of_m = {0}, of_d = {0};
    for (uint64_t g = 0; g < n; g++) {
        s.m[g] = (draws[g].first + draws[g].second) / 2.0;
        s.d[g] = (draws[g].first - draws[g].second) / 2.0;
    }
    hf_sums_add(&of_m, (int)n, s.m);
    hf_sums_add(&of_d, (int)n, s.d);
    s.mean = hf_sums_mean(&of_m);
    s.variance = hf_sums_variance(&of_m);
    s.noise = hf_exact_sum_value(&of_d.square) / (double)n;
    return s;
}

static hf_estimate interval_of_outer(const spread *s, double outer, double confidence) {
    hf_powers powers = {0};
    double n = (double)s->n;
    for (uint64_t g = 0; g < s->n; g++) {
        double from_mean = s->m[g] - s->mean;
        double pseudo = (n * (from_mean * from_mean) - s->variance) / (n - 2.0) - s->d[g] * s->d[g];
        double from_outer = pseudo - outer; /* powers are taken from a centre near the mean */
        hf_powers_add(&powers, 1, &from_outer);
    }
    hf_shape shape = hf_shape_make(&powers, s->n);
    hf_estimate interval = hf_interval_make(outer, 1.0, &shape, confidence);
    if (s->n < HF_SURE_DRAWS && !(interval.flags & HF_NO_INTERVAL))
        interval.flags |= HF_UNRELIABLE;
    return interval;
}

static void find_band(const spread *s, double outer, double confidence, hf_ignorance *found) {
    double shrunk = s->variance > 0.0 ? hf_sqrt(hf_max(outer, 0.0) / s->variance) : 0.0;
    hf_column column;
    double *values = HF_NEW(s->n, double);
    for (uint64_t g = 0; g < s->n; g++)
        values[g] = s->mean + (s->m[g] - s->mean) * shrunk;
    hf_column_init(&column, s->n, values, NULL);
    uint32_t lower = (uint32_t)hf_round_to_int((1.0 - confidence) / 2.0 * HF_MILLION);
    found->band_lower = quantile_of(&column, lower);
    found->band_upper = quantile_of(&column, HF_MILLION - lower);
    hf_column_clear(&column);
    hf_free(values);
}

hf_ignorance hf_nested_separate(uint64_t n_draws, const hf_halves *draws, double confidence) {
    HF_ASSERT(n_draws >= 1 && n_draws <= INT32_MAX);
    hf_ignorance found = hf_ignorance_none();
    spread s = make_spread(n_draws, draws);
    double outer = s.variance - s.noise;
    found.inner = s.noise / (double)n_draws;
    if (n_draws >= 2) {
        found.outer.value = outer;
        found.outer_sd = outer < 0.0 ? MISSING : hf_sqrt(outer);
    }
    if (n_draws >= HF_LEAST_DRAWS) {
        found.outer = interval_of_outer(&s, outer, confidence);
        find_band(&s, outer, confidence, &found);
    }
    hf_free(s.m);
    hf_free(s.d);
    return found;
}

bool hf_ignorance_is_seen(const hf_ignorance *ignorance) {
    return ignorance->outer.lower > 0.0;
}
