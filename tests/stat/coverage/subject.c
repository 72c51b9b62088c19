#include "stat/coverage/subject.h"
#include "stats/column.h"
#include "stats/interval.h"
#include "stats/pareto.h"
#include "stats/summands.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void find_levels(const hf_rules *rules, hf_bad_side side, const double *x,
                        hf_estimate levels[HF_N_LEVELS]) {
    uint64_t ranks[HF_N_RANKS];
    double at_ranks[HF_N_RANKS];
    hf_rules_ranks(rules, side, ranks);
    for (int i = 0; i < HF_N_RANKS; i++)
        at_ranks[i] = x[ranks[i] - 1];
    hf_rules_levels(rules, side, at_ranks, 0, levels);
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The excesses over the threshold below the extreme values, ascending. */
static bool has_heavy_tail(hf_bad_side side, uint64_t n, const double *x, double *excess) {
    uint64_t count = hf_pareto_count(n), n_over = 0;
    for (uint64_t i = 0; i < count; i++) {
        double more =
            side == HF_BAD_LOW ? x[count] - x[count - 1 - i] : x[n - count + i] - x[n - count - 1];
        excess[n_over] = more;
        n_over += more > 0.0;
    }
    return hf_pareto_is_heavy(hf_pareto_index(excess, n_over), n_over);
}

/* All but the refinement of CVaR. */
static void estimate(const hf_rules *rules, hf_bad_side side, const hf_kept *kept, double *scratch,
                     hf_estimate levels[HF_N_LEVELS], hf_estimate statistics[HF_N_STATISTICS]) {
    static hf_sums sums[HF_N_SUMMANDS];
    static hf_powers powers[HF_N_SUMMANDS];
    hf_moments moments;
    hf_moments_init(&moments);
    hf_moments_add(&moments, (int)kept->n, kept->values);
    memset(sums, 0, sizeof sums);
    memset(powers, 0, sizeof powers);
    find_levels(rules, side, kept->values, levels);
    hf_summands_of_mean(kept, hf_sums_mean(&moments.sums), &sums[0], &powers[0]);
    for (int i = 0; i < HF_N_TAILS; i++)
        hf_summands_of_excess(kept, levels[HF_TAILS_AT + i].value, side, &sums[1 + i],
                              &powers[1 + i]);
    hf_findings findings = {0.0, &moments, levels, sums, powers};
    hf_summarise(rules, side, &findings, 0, statistics);
    if (!has_heavy_tail(side, kept->n, kept->values, scratch))
        return;
    for (int i = -1; i < HF_N_TAILS; i++) {
        hf_estimate *e = &statistics[i < 0 ? HF_MEAN : HF_CVAR90 + i];
        if (!(e->flags & HF_NO_INTERVAL))
            e->flags |= HF_UNRELIABLE;
    }
}

void subject_estimate(const hf_rules *rules, hf_bad_side side, uint64_t n, const double *x,
                      double *scratch, subject *out) {
    hf_estimate levels[HF_N_LEVELS];
    hf_kept kept = {n, x, NULL, 0.0};
    estimate(rules, side, &kept, scratch, levels, out->statistics);
    hf_exceedance(rules, levels, out->losses);
    for (int i = 0; i < HF_N_TAILS; i++) {
        hf_estimate *e = &out->statistics[HF_CVAR90 + i];
        double var = levels[HF_TAILS_AT + i].value;
        if (!(e->flags & HF_UNRELIABLE))
            continue;
        uint64_t n_excess = hf_kept_excesses(&kept, var, side, scratch);
        qsort(scratch, n_excess, sizeof *scratch, compare_doubles);
        hf_cvar_refine(rules, side, i, var, n_excess, scratch, e);
    }
}

void subject_compare(const hf_rules *rules, uint64_t n, const double *x0, const double *x1,
                     double *scratch, hf_estimate differences[1 + HF_N_TAILS]) {
    static hf_estimate levels[HF_N_LEVELS], first[HF_N_STATISTICS], second[HF_N_STATISTICS];
    static hf_sums sums[HF_N_SUMMANDS];
    static hf_powers powers[HF_N_SUMMANDS];
    hf_kept kept0 = {n, x0, NULL, 0.0}, kept1 = {n, x1, NULL, 0.0};
    double *sorted = scratch + n;
    memcpy(sorted, x1, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_doubles);
    hf_kept kept_sorted = {n, sorted, NULL, 0.0};
    estimate(rules, HF_BAD_HIGH, &kept0, scratch, levels, first);
    estimate(rules, HF_BAD_HIGH, &kept_sorted, scratch, levels, second);
    memset(sums, 0, sizeof sums);
    memset(powers, 0, sizeof powers);
    hf_summands_of_difference(&kept1, &kept0, second[HF_MEAN].value - first[HF_MEAN].value,
                              &sums[0], &powers[0]);
    for (int i = 0; i < HF_N_TAILS; i++)
        hf_summands_of_excess_difference(&kept1, second[HF_VAR90 + i].value, &kept0,
                                         first[HF_VAR90 + i].value, HF_BAD_HIGH, &sums[1 + i],
                                         &powers[1 + i]);
    hf_difference(rules, HF_BAD_HIGH, 0.0, second, first, sums, powers, differences);
}

/* The order statistic that a mass reaches. */
static double value_at(const hf_column *column, hf_mass rank) {
    uint64_t from = 0, to = column->n - 1;
    while (from < to) {
        uint64_t middle = from + (to - from) / 2;
        if (hf_column_mass_before(column, middle + 1) >= rank)
            to = middle;
        else
            from = middle + 1;
    }
    return column->values[from];
}

static hf_estimate weigh_level(const hf_rules *rules, const hf_kept *kept, const hf_column *column,
                               int level) {
    uint32_t p = hf_level_p(HF_BAD_HIGH, level);
    hf_mass total = hf_column_mass(column);
    double q = value_at(column, hf_mass_rank(total, p)), at_ends[2];
    hf_woodruff w = {.n_low = hf_column_count_to(column, q),
                     .n_high = column->n - hf_column_count_below(column, q)};
    hf_sums units;
    memset(&units, 0, sizeof units);
    hf_summands_of_level(kept, q, (double)p / HF_MILLION, &units);
    hf_woodruff_find_ends(&w, rules, HF_BAD_HIGH, level, &units);
    for (int i = 0; i < 2; i++)
        at_ends[i] = value_at(column, hf_mass_rank_of(total, w.ends[i]));
    return hf_woodruff_level(&w, rules, q, at_ends);
}

void subject_weigh(const hf_rules *rules, uint64_t n, const double *x, const double *weights,
                   hf_estimate statistics[HF_N_STATISTICS]) {
    static hf_sums sums[HF_N_SUMMANDS];
    static hf_powers powers[HF_N_SUMMANDS];
    hf_estimate levels[HF_N_LEVELS];
    hf_kept kept = {n, x, weights, 0.0};
    hf_column column;
    hf_moments moments;
    hf_moments_init(&moments);
    for (uint64_t i = 0; i < n; i++) {
        double weighed = weights[i] * x[i];
        hf_moments_add(&moments, 1, &weighed);
    }
    hf_column_init(&column, n, x, weights);
    for (int i = 0; i < HF_N_LEVELS; i++)
        levels[i] = weigh_level(rules, &kept, &column, i);
    memset(sums, 0, sizeof sums);
    memset(powers, 0, sizeof powers);
    hf_summands_of_mean(&kept, hf_sums_mean(&moments.sums), &sums[0], &powers[0]);
    for (int i = 0; i < HF_N_TAILS; i++)
        hf_summands_of_excess(&kept, levels[HF_TAILS_AT + i].value, HF_BAD_HIGH, &sums[1 + i],
                              &powers[1 + i]);
    hf_findings findings = {0.0, &moments, levels, sums, powers};
    hf_summarise(rules, HF_BAD_HIGH, &findings, 0, statistics);
    hf_column_clear(&column);
}
