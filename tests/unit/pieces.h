/* All estimates of a column that lies in pieces on several ranks, in one process: the steps that
 * run/estimates.c takes. */
#ifndef HF_TESTS_UNIT_PIECES_H
#define HF_TESTS_UNIT_PIECES_H

#include "stats/selection.h"
#include "stats/summands.h"
#include "stats/summary.h"
#include <string.h>

enum { PIECES_MAX_N = 4096, PIECES_MAX = 4 };

typedef struct result {
    hf_estimate estimates[HF_N_STATISTICS];
    hf_estimate losses[HF_N_CHANCES];
} result;

/* Periods of x[n] (and w[n], or NULL) dealt out in turn. */
typedef struct pieces {
    int n;
    double calm;
    double x[PIECES_MAX][PIECES_MAX_N], w[PIECES_MAX][PIECES_MAX_N];
    hf_kept kept[PIECES_MAX];
    hf_column columns[PIECES_MAX];
} pieces;

static inline void pieces_deal(pieces *p, int n_pieces, double calm, int n, const double *x,
                               const double *w) {
    uint64_t count[PIECES_MAX] = {0};
    p->n = n_pieces;
    p->calm = calm;
    for (int i = 0; i < n; i++) {
        int r = i / HF_PERIOD % n_pieces;
        p->x[r][count[r]] = x[i];
        p->w[r][count[r]++] = w ? w[i] : 1.0;
    }
    for (int r = 0; r < n_pieces; r++) {
        p->kept[r] = (hf_kept){count[r], p->x[r], w ? p->w[r] : NULL, calm};
        hf_column_init(&p->columns[r], count[r], p->x[r], w ? p->w[r] : NULL);
    }
}

static inline void pieces_clear(pieces *p) {
    for (int r = 0; r < p->n; r++)
        hf_column_clear(&p->columns[r]);
}

static inline void pieces_select(const pieces *p, int n, const hf_mass *ranks, double *values) {
    static uint64_t counts[2 * 15 * HF_N_RANKS], sum[2 * 15 * HF_N_RANKS];
    hf_request requests[HF_N_RANKS];
    hf_selection *selection[PIECES_MAX];
    for (int i = 0; i < n; i++)
        requests[i] = (hf_request){0, -1, ranks[i]};
    for (int r = 0; r < p->n; r++)
        selection[r] = hf_selection_create(1, &p->columns[r], n, requests);
    while (!hf_selection_is_done(selection[0])) {
        memset(sum, 0, sizeof sum);
        for (int r = 0; r < p->n; r++) {
            hf_selection_count_local(selection[r], counts);
            for (size_t i = 0; i < hf_selection_n_counts(selection[r]); i++)
                sum[i] += counts[i];
        }
        for (int r = 0; r < p->n; r++)
            hf_selection_narrow(selection[r], sum);
    }
    memcpy(values, hf_selection_values(selection[0]), (size_t)n * sizeof *values);
    for (int r = 0; r < p->n; r++)
        hf_selection_destroy(selection[r]);
}

static inline void pieces_levels(const pieces *p, const hf_rules *rules, hf_bad_side side,
                                 hf_estimate levels[HF_N_LEVELS]) {
    uint64_t plain[HF_N_RANKS];
    hf_mass ranks[HF_N_RANKS];
    double values[HF_N_RANKS];
    hf_rules_ranks(rules, side, plain);
    for (int i = 0; i < HF_N_RANKS; i++)
        ranks[i] = plain[i];
    pieces_select(p, HF_N_RANKS, ranks, values);
    hf_rules_levels(rules, side, values, 0, levels);
}

static inline void pieces_weighted_levels(const pieces *p, const hf_rules *rules, hf_bad_side side,
                                          hf_estimate levels[HF_N_LEVELS]) {
    hf_mass ranks[2 * HF_N_LEVELS], total = 0;
    double points[HF_N_LEVELS], at_ends[2 * HF_N_LEVELS];
    hf_woodruff woodruff[HF_N_LEVELS] = {0};
    for (int r = 0; r < p->n; r++)
        total += hf_column_mass(&p->columns[r]);
    for (int i = 0; i < HF_N_LEVELS; i++)
        ranks[i] = hf_mass_rank(total, hf_level_p(side, i));
    pieces_select(p, HF_N_LEVELS, ranks, points);
    for (int i = 0; i < HF_N_LEVELS; i++) {
        hf_sums units = {0};
        for (int r = 0; r < p->n; r++) {
            const hf_column *column = &p->columns[r];
            woodruff[i].n_low += hf_column_count_to(column, points[i]);
            woodruff[i].n_high += column->n - hf_column_count_below(column, points[i]);
            hf_summands_of_level(&p->kept[r], points[i], (double)hf_level_p(side, i) / HF_MILLION,
                                 &units);
        }
        hf_woodruff_find_ends(&woodruff[i], rules, side, i, &units);
        for (int end = 0; end < 2; end++)
            ranks[2 * i + end] = hf_mass_rank_of(total, woodruff[i].ends[end]);
    }
    pieces_select(p, 2 * HF_N_LEVELS, ranks, at_ends);
    for (int i = 0; i < HF_N_LEVELS; i++)
        levels[i] = hf_woodruff_level(&woodruff[i], rules, points[i], &at_ends[2 * i]);
}

/* `moments`: of summands w (x - calm), and the range of x. */
static inline void pieces_moments(const pieces *p, hf_moments *moments) {
    static double y[PIECES_MAX_N];
    hf_moments raw;
    hf_moments_init(moments);
    hf_moments_init(&raw);
    for (int r = 0; r < p->n; r++) {
        int n = (int)p->kept[r].n;
        for (int i = 0; i < n; i++)
            y[i] = p->w[r][i] * (p->x[r][i] - p->calm);
        hf_moments_add(moments, n, y);
        hf_moments_add(&raw, n, p->x[r]);
    }
    moments->min = raw.min;
    moments->max = raw.max;
}

static inline void estimate_from_calm(const hf_rules *rules, hf_bad_side side, int n_pieces,
                                      double calm, int n, const double *x, const double *w,
                                      result *out) {
    static pieces p;
    hf_moments moments;
    hf_sums sums[HF_N_SUMMANDS] = {0};
    hf_powers powers[HF_N_SUMMANDS] = {0};
    hf_estimate levels[HF_N_LEVELS];
    pieces_deal(&p, n_pieces, calm, n, x, w);
    pieces_moments(&p, &moments);
    double mean = calm + hf_sums_mean(&moments.sums);
    (w ? pieces_weighted_levels : pieces_levels)(&p, rules, side, levels);
    for (int r = 0; r < n_pieces; r++) {
        hf_summands_of_mean(&p.kept[r], mean, &sums[0], &powers[0]);
        for (int i = 0; i < HF_N_TAILS; i++)
            hf_summands_of_excess(&p.kept[r], levels[HF_TAILS_AT + i].value, side, &sums[1 + i],
                                  &powers[1 + i]);
    }
    hf_summarise(rules, side, &(hf_findings){calm, &moments, levels, sums, powers}, 0,
                 out->estimates);
    hf_exceedance(rules, levels, out->losses);
    pieces_clear(&p);
}

static inline void estimate_exactly(const hf_rules *rules, hf_bad_side side, int n_pieces, int n,
                                    const double *x, const double *w, result *out) {
    estimate_from_calm(rules, side, n_pieces, 0.0, n, x, w, out);
}

static inline void estimate_from_bins(const hf_rules *rules, hf_bad_side side, int n,
                                      const double *x, result *out) {
    uint64_t ranks[HF_N_RANKS];
    double at_ranks[HF_N_RANKS];
    hf_moments moments;
    hf_sums sums[HF_N_SUMMANDS] = {0};
    hf_powers powers[HF_N_SUMMANDS] = {0};
    hf_estimate levels[HF_N_LEVELS];
    hf_histogram *h = hf_histogram_create();
    hf_moments_init(&moments);
    hf_moments_add(&moments, n, x);
    hf_histogram_add(h, n, x);
    hf_rules_ranks(rules, side, ranks);
    hf_histogram_at_rules(h, &moments, ranks, at_ranks);
    hf_rules_levels(rules, side, at_ranks, HF_FROM_BINS, levels);
    hf_summands_of_histogram_mean(h, hf_sums_mean(&moments.sums), &sums[0], &powers[0]);
    for (int i = 0; i < HF_N_TAILS; i++)
        hf_summands_of_histogram_excess(h, levels[HF_TAILS_AT + i].value, side, &sums[1 + i],
                                        &powers[1 + i]);
    hf_summarise(rules, side, &(hf_findings){0.0, &moments, levels, sums, powers}, HF_FROM_BINS,
                 out->estimates);
    hf_exceedance(rules, levels, out->losses);
    hf_histogram_destroy(h);
}

#endif
