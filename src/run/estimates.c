#include "run/estimates.h"
#include "base/memory.h"
#include "stats/selection.h"
#include <string.h>

/* One variant's columns, sorted, on this rank; n = 0 in histogram mode. */
typedef struct sorted_columns {
    uint64_t n;
    int n_columns;
    double *values; /* [n_columns][n] */
    const double **columns;
} sorted_columns;

static sorted_columns sort_columns(const hf_tally *tally, int variant, int n_metrics) {
    uint64_t n = hf_tally_n_kept(tally);
    sorted_columns s = {n, n_metrics, HF_NEW(n * (uint64_t)n_metrics, double),
                        HF_NEW(n_metrics, const double *)};
    double *scratch = HF_NEW(n, double);
    for (int metric = 0; metric < n_metrics; metric++) {
        double *column = &s.values[(uint64_t)metric * n];
        if (n)
            memcpy(column, hf_tally_kept(tally, variant, metric), n * sizeof *column);
        hf_column_sort(column, n, scratch);
        s.columns[metric] = column;
    }
    hf_free(scratch);
    return s;
}

static void clear_columns(sorted_columns *s) {
    hf_free(s->values);
    hf_free(s->columns);
}

/* at_ranks[metric][HF_N_RANKS], the same on all ranks. Collective. */
static void select_exactly(hf_comm *comm, const sorted_columns *s, const hf_rules *rules,
                           const hf_quantity *quantities, double (*at_ranks)[HF_N_RANKS]) {
    int n_requests = s->n_columns * HF_N_RANKS;
    hf_request *requests = HF_NEW(n_requests, hf_request);
    for (int metric = 0; metric < s->n_columns; metric++) {
        uint64_t ranks[HF_N_RANKS];
        hf_rules_ranks(rules, quantities[metric].bad_side, ranks);
        for (int i = 0; i < HF_N_RANKS; i++)
            requests[metric * HF_N_RANKS + i] = (hf_request){metric, ranks[i]};
    }
    hf_selection *selection =
        hf_selection_create(s->n_columns, s->n, s->columns, n_requests, requests);
    size_t n_counts = hf_selection_n_counts(selection);
    uint64_t *counts = HF_NEW(n_counts, uint64_t);
    while (!hf_selection_is_done(selection)) {
        hf_selection_count_local(selection, counts);
        hf_comm_sum_u64(comm, counts, n_counts);
        hf_selection_narrow(selection, counts);
    }
    memcpy(at_ranks, hf_selection_values(selection), (size_t)n_requests * sizeof(double));
    hf_selection_destroy(selection);
    hf_free(counts);
    hf_free(requests);
}

static void select_from_bins(const hf_tally *tally, int variant, int n_metrics,
                             const hf_rules *rules, const hf_quantity *quantities,
                             double (*at_ranks)[HF_N_RANKS]) {
    for (int metric = 0; metric < n_metrics; metric++) {
        uint64_t ranks[HF_N_RANKS];
        hf_rules_ranks(rules, quantities[metric].bad_side, ranks);
        hf_histogram_at_rules(hf_tally_histogram(tally, variant, metric),
                              hf_tally_moments(tally, variant, metric), ranks, at_ranks[metric]);
    }
}

/* Sums beyond each VaR, [metric][HF_N_TAILS], whole at the root. Collective. */
static hf_status sum_excess(hf_comm *comm, const sorted_columns *s, const hf_quantity *quantities,
                            double (*at_ranks)[HF_N_RANKS], hf_sums *excess, hf_error *err) {
    for (int metric = 0; metric < s->n_columns; metric++)
        for (int tail = 0; tail < HF_N_TAILS; tail++)
            hf_excess_of_column(s->columns[metric], s->n, hf_rules_var(at_ranks[metric], tail),
                                quantities[metric].bad_side, &excess[metric * HF_N_TAILS + tail]);
    hf_sums_list list = {s->n_columns * HF_N_TAILS, excess};
    return hf_comm_fold(comm, &list, hf_sums_list_pack, hf_sums_list_merge, err);
}

static void excess_from_bins(const hf_tally *tally, int variant, int n_metrics,
                             const hf_quantity *quantities, double (*at_ranks)[HF_N_RANKS],
                             hf_sums *excess) {
    for (int metric = 0; metric < n_metrics; metric++)
        for (int tail = 0; tail < HF_N_TAILS; tail++)
            hf_excess_of_histogram(
                hf_tally_histogram(tally, variant, metric), hf_rules_var(at_ranks[metric], tail),
                quantities[metric].bad_side, &excess[metric * HF_N_TAILS + tail]);
}

/* Common ends of a metric's bins over variants: known at the root, needed by all. Collective. */
static void find_edges(hf_comm *comm, const hf_tally *tally, hf_estimates *e) {
    if (hf_comm_is_root(comm))
        for (int metric = 0; metric < e->n_metrics; metric++) {
            double min = hf_tally_moments(tally, 0, metric)->min;
            double max = hf_tally_moments(tally, 0, metric)->max;
            for (int v = 1; v < e->n_variants; v++) {
                const hf_moments *moments = hf_tally_moments(tally, v, metric);
                min = moments->min < min ? moments->min : min;
                max = moments->max > max ? moments->max : max;
            }
            hf_bins_edges(min, max, !e->exact, e->edges[metric]);
        }
    hf_comm_broadcast(comm, e->edges, (size_t)e->n_metrics * sizeof *e->edges);
}

static void count_bins(hf_comm *comm, const hf_tally *tally, const sorted_columns *s, int variant,
                       hf_estimates *e) {
    uint64_t *counts = HF_NEW(e->n_metrics * HF_PLOT_BINS, uint64_t);
    for (int metric = 0; metric < e->n_metrics; metric++) {
        uint64_t *mine = &counts[metric * HF_PLOT_BINS];
        if (e->exact)
            hf_bins_count_column(s->columns[metric], s->n, e->edges[metric], mine);
        else if (hf_comm_is_root(comm))
            hf_bins_count_histogram(hf_tally_histogram(tally, variant, metric), e->edges[metric],
                                    mine);
    }
    hf_comm_sum_u64(comm, counts, (size_t)(e->n_metrics * HF_PLOT_BINS));
    for (int metric = 0; metric < e->n_metrics; metric++)
        memcpy(e->metrics[variant * e->n_metrics + metric].counts, &counts[metric * HF_PLOT_BINS],
               sizeof e->metrics->counts);
    hf_free(counts);
}

static void summarise(const hf_tally *tally, int variant, const hf_quantity *quantities,
                      double (*at_ranks)[HF_N_RANKS], const hf_sums *excess, hf_estimates *e) {
    unsigned flags = e->exact ? 0 : HF_FROM_BINS;
    for (int metric = 0; metric < e->n_metrics; metric++) {
        hf_metric_estimates *m = &e->metrics[variant * e->n_metrics + metric];
        hf_bad_side side = quantities[metric].bad_side;
        hf_summarise(&e->rules, side, hf_tally_moments(tally, variant, metric), at_ranks[metric],
                     &excess[metric * HF_N_TAILS], flags, m->statistics);
        hf_exceedance(&e->rules, side, at_ranks[metric], flags, m->exceedance);
    }
}

static hf_status estimate_variant(hf_comm *comm, const hf_tally *tally, int variant,
                                  const hf_quantity *quantities, hf_estimates *e, hf_error *err) {
    sorted_columns s = sort_columns(tally, variant, e->n_metrics);
    double(*at_ranks)[HF_N_RANKS] = hf_alloc((size_t)e->n_metrics, sizeof *at_ranks);
    hf_sums *excess = HF_NEW(e->n_metrics * HF_N_TAILS, hf_sums);
    hf_status status = HF_OK;
    if (e->exact) {
        select_exactly(comm, &s, &e->rules, quantities, at_ranks);
        status = sum_excess(comm, &s, quantities, at_ranks, excess, err);
    } else if (hf_comm_is_root(comm)) {
        select_from_bins(tally, variant, e->n_metrics, &e->rules, quantities, at_ranks);
        excess_from_bins(tally, variant, e->n_metrics, quantities, at_ranks, excess);
    }
    status = hf_comm_agree(comm, status, err);
    if (status == HF_OK) {
        count_bins(comm, tally, &s, variant, e);
        if (hf_comm_is_root(comm))
            summarise(tally, variant, quantities, at_ranks, excess, e);
    }
    hf_free(excess);
    hf_free(at_ranks);
    clear_columns(&s);
    return status;
}

hf_status hf_estimates_make(hf_comm *comm, const hf_tally *tally, int n_variants, int n_metrics,
                            const hf_quantity *quantities, uint64_t n_trials, double confidence,
                            hf_estimates **estimates, hf_error *err) {
    hf_estimates *e = HF_NEW(1, hf_estimates);
    e->n_variants = n_variants;
    e->n_metrics = n_metrics;
    e->exact = hf_tally_is_keeping(tally);
    e->metrics = HF_NEW(n_variants * n_metrics, hf_metric_estimates);
    e->edges = hf_alloc((size_t)n_metrics, sizeof *e->edges);
    hf_rules_init(&e->rules, n_trials, confidence);
    find_edges(comm, tally, e);
    hf_status status = HF_OK;
    for (int v = 0; v < n_variants && status == HF_OK; v++)
        status = estimate_variant(comm, tally, v, quantities, e, err);
    if (status == HF_OK)
        *estimates = e;
    else
        hf_estimates_destroy(e);
    return status;
}

void hf_estimates_destroy(hf_estimates *estimates) {
    if (!estimates)
        return;
    hf_free(estimates->metrics);
    hf_free(estimates->edges);
    hf_free(estimates);
}

const hf_metric_estimates *hf_estimates_of(const hf_estimates *e, int variant, int metric) {
    return &e->metrics[variant * e->n_metrics + metric];
}
