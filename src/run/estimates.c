#include "run/estimates.h"
#include "base/memory.h"
#include "run/heavy_tails.h"
#include "run/selections.h"
#include <string.h>

static hf_metric_estimates *place(const hf_estimates *e, int variant, int metric) {
    return &e->metrics[variant * e->n_metrics + metric];
}

/* What summands are taken from, known to all ranks in time. */
typedef struct anchor {
    double mean, var[HF_N_TAILS];
} anchor;

/* Summands of metrics, [metric][HF_N_SUMMANDS], for one fold. */
typedef struct summands {
    int n;
    hf_sums *sums;
    hf_powers *powers;
} summands;

static summands new_summands(int n_metrics) {
    int n = n_metrics * HF_N_SUMMANDS;
    return (summands){n, HF_NEW(n, hf_sums), HF_NEW(n, hf_powers)};
}

static void free_summands(summands *s) {
    hf_free(s->sums);
    hf_free(s->powers);
}

/* Whole at the root. Collective. */
static hf_status fold_summands(hf_comm *comm, summands *s, hf_error *err) {
    hf_sums_list sums = {s->n, s->sums};
    hf_powers_list powers = {s->n, s->powers};
    hf_status status = hf_comm_fold(comm, &sums, hf_sums_list_pack, hf_sums_list_merge, err);
    status = hf_comm_agree(comm, status, err);
    if (status == HF_OK)
        status = hf_comm_fold(comm, &powers, hf_powers_list_pack, hf_powers_list_merge, err);
    return hf_comm_agree(comm, status, err);
}

/* anchors[n_metrics], the same on all ranks; levels are known at the root. Collective. */
static void find_anchors(hf_comm *comm, const hf_tally *tally, int variant, int n_metrics,
                         hf_estimate (*levels)[HF_N_LEVELS], anchor *anchors) {
    for (int metric = 0; metric < n_metrics && hf_comm_is_root(comm); metric++) {
        anchors[metric].mean = hf_tally_calm(tally, variant, metric) +
                               hf_sums_mean(&hf_tally_moments(tally, variant, metric)->sums);
        for (int i = 0; i < HF_N_TAILS; i++)
            anchors[metric].var[i] = levels[metric][HF_TAILS_AT + i].value;
    }
    hf_comm_broadcast(comm, anchors, (size_t)n_metrics * sizeof *anchors);
}

static void take_summands(const hf_pieces *pieces, const anchor *anchors, summands *s) {
    for (int metric = 0; metric < pieces->n; metric++) {
        const hf_kept *kept = &pieces->kept[metric];
        hf_sums *sums = &s->sums[metric * HF_N_SUMMANDS];
        hf_powers *powers = &s->powers[metric * HF_N_SUMMANDS];
        hf_summands_of_mean(kept, anchors[metric].mean, &sums[0], &powers[0]);
        for (int i = 0; i < HF_N_TAILS; i++)
            hf_summands_of_excess(kept, anchors[metric].var[i], pieces->quantities[metric].bad_side,
                                  &sums[1 + i], &powers[1 + i]);
    }
}

static void take_from_bins(const hf_tally *tally, int variant, int n_metrics,
                           const hf_quantity *quantities, const anchor *anchors, summands *s) {
    for (int metric = 0; metric < n_metrics; metric++) {
        const hf_histogram *histogram = hf_tally_histogram(tally, variant, metric);
        hf_sums *sums = &s->sums[metric * HF_N_SUMMANDS];
        hf_powers *powers = &s->powers[metric * HF_N_SUMMANDS];
        hf_summands_of_histogram_mean(histogram, anchors[metric].mean, &sums[0], &powers[0]);
        for (int i = 0; i < HF_N_TAILS; i++)
            hf_summands_of_histogram_excess(histogram, anchors[metric].var[i],
                                            quantities[metric].bad_side, &sums[1 + i],
                                            &powers[1 + i]);
    }
}

/* Root only. */
static void summarise(const hf_tally *tally, int variant, const hf_quantity *quantities,
                      hf_estimate (*levels)[HF_N_LEVELS], const summands *s, hf_estimates *e) {
    for (int metric = 0; metric < e->n_metrics; metric++) {
        hf_metric_estimates *m = place(e, variant, metric);
        hf_findings findings = {
            hf_tally_calm(tally, variant, metric), hf_tally_moments(tally, variant, metric),
            levels[metric], &s->sums[metric * HF_N_SUMMANDS], &s->powers[metric * HF_N_SUMMANDS]};
        hf_summarise(&e->rules, quantities[metric].bad_side, &findings, e->exact ? 0 : HF_FROM_BINS,
                     m->statistics);
        hf_exceedance(&e->rules, levels[metric], m->exceedance);
        m->tail_index = __builtin_nan("");
    }
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

/* Trials in the bins, on all ranks. Collective. */
static void count_bins(hf_comm *comm, const hf_tally *tally, int variant, const hf_pieces *pieces,
                       hf_estimates *e) {
    uint64_t *counts = HF_NEW(e->n_metrics * HF_PLOT_BINS, uint64_t);
    for (int metric = 0; metric < e->n_metrics; metric++) {
        uint64_t *mine = &counts[metric * HF_PLOT_BINS];
        if (e->exact)
            hf_bins_count_column(&pieces->columns[metric], e->edges[metric], mine);
        else if (hf_comm_is_root(comm))
            hf_bins_count_histogram(hf_tally_histogram(tally, variant, metric), e->edges[metric],
                                    mine);
    }
    hf_comm_sum_u64(comm, counts, (size_t)(e->n_metrics * HF_PLOT_BINS));
    for (int metric = 0; metric < e->n_metrics; metric++)
        memcpy(place(e, variant, metric)->counts, &counts[metric * HF_PLOT_BINS],
               sizeof e->metrics->counts);
    hf_free(counts);
}

/* Their shares of the weight, on all ranks. Collective. */
static void weigh_bins(hf_comm *comm, int variant, const hf_pieces *pieces, hf_estimates *e) {
    for (int metric = 0; metric < e->n_metrics; metric++) {
        hf_mass masses[HF_PLOT_BINS], total = 0;
        uint64_t words[HF_PLOT_BINS][2];
        hf_bins_weigh_column(&pieces->columns[metric], e->edges[metric], masses);
        for (int i = 0; i < HF_PLOT_BINS; i++)
            hf_mass_split(masses[i], words[i]);
        hf_comm_sum_u64(comm, &words[0][0], 2 * HF_PLOT_BINS);
        for (int i = 0; i < HF_PLOT_BINS; i++)
            total += hf_mass_join(words[i]);
        for (int i = 0; i < HF_PLOT_BINS; i++)
            place(e, variant, metric)->shares[i] = (double)hf_mass_join(words[i]) / (double)total;
    }
}

/* anchors[n_metrics] are left for the differences. Collective. */
static hf_status estimate_variant(hf_comm *comm, const hf_tally *tally, int variant,
                                  const hf_pieces *pieces, anchor *anchors, hf_estimates *e,
                                  hf_error *err) {
    bool is_root = hf_comm_is_root(comm);
    hf_estimate(*levels)[HF_N_LEVELS] = hf_alloc((size_t)e->n_metrics, sizeof *levels);
    summands s = new_summands(e->n_metrics);
    hf_status status = HF_OK;
    if (e->exact)
        status = hf_pieces_select(comm, &e->rules, pieces, levels, err);
    else if (is_root)
        hf_histograms_select(&e->rules, tally, variant, e->n_metrics, pieces->quantities, levels);
    if (status == HF_OK)
        find_anchors(comm, tally, variant, e->n_metrics, levels, anchors);
    if (status == HF_OK && e->exact) {
        take_summands(pieces, anchors, &s);
        status = fold_summands(comm, &s, err);
    } else if (status == HF_OK && is_root)
        take_from_bins(tally, variant, e->n_metrics, pieces->quantities, anchors, &s);
    if (status == HF_OK && is_root)
        summarise(tally, variant, pieces->quantities, levels, &s, e);
    if (status == HF_OK && e->exact && !e->rules.is_weighted)
        status = hf_heavy_tails_find(comm, &e->rules, pieces, levels, place(e, variant, 0), err);
    if (status == HF_OK)
        count_bins(comm, tally, variant, pieces, e);
    if (status == HF_OK && e->rules.is_weighted)
        weigh_bins(comm, variant, pieces, e);
    free_summands(&s);
    hf_free(levels);
    return status;
}

/* Of a variant to variant 0, trial by trial. Collective. */
static hf_status compare_variant(hf_comm *comm, const hf_tally *tally, int variant,
                                 const hf_quantity *quantities, const anchor *anchors,
                                 hf_estimates *e, hf_error *err) {
    summands s = new_summands(e->n_metrics);
    const anchor *of_it = &anchors[variant * e->n_metrics];
    for (int metric = 0; metric < e->n_metrics; metric++) {
        hf_kept mine = hf_kept_of(tally, variant, metric), first = hf_kept_of(tally, 0, metric);
        hf_sums *sums = &s.sums[metric * HF_N_SUMMANDS];
        hf_powers *powers = &s.powers[metric * HF_N_SUMMANDS];
        hf_summands_of_difference(&mine, &first, of_it[metric].mean - anchors[metric].mean,
                                  &sums[0], &powers[0]);
        for (int i = 0; i < HF_N_TAILS; i++)
            hf_summands_of_excess_difference(&mine, of_it[metric].var[i], &first,
                                             anchors[metric].var[i], quantities[metric].bad_side,
                                             &sums[1 + i], &powers[1 + i]);
    }
    hf_status status = fold_summands(comm, &s, err);
    for (int metric = 0; metric < e->n_metrics && status == HF_OK && hf_comm_is_root(comm);
         metric++) {
        hf_metric_estimates *m = place(e, variant, metric);
        double calm = hf_tally_calm(tally, variant, metric) - hf_tally_calm(tally, 0, metric);
        hf_difference(&e->rules, quantities[metric].bad_side, calm, m->statistics,
                      place(e, 0, metric)->statistics, &s.sums[metric * HF_N_SUMMANDS],
                      &s.powers[metric * HF_N_SUMMANDS], m->differences);
    }
    free_summands(&s);
    return status;
}

hf_status hf_estimates_make(hf_comm *comm, const hf_tally *tally, int n_variants, int n_metrics,
                            const hf_quantity *quantities, uint64_t n_trials, double confidence,
                            hf_estimates **estimates, hf_error *err) {
    hf_estimates *e = HF_NEW(1, hf_estimates);
    anchor *anchors = HF_NEW(n_variants * n_metrics, anchor);
    e->n_variants = n_variants;
    e->n_metrics = n_metrics;
    e->exact = hf_tally_is_keeping(tally);
    e->metrics = HF_NEW(n_variants * n_metrics, hf_metric_estimates);
    e->edges = hf_alloc((size_t)n_metrics, sizeof *e->edges);
    hf_rules_init(&e->rules, n_trials, hf_tally_weights(tally, 0) != NULL, confidence);
    find_edges(comm, tally, e);
    hf_status status = HF_OK;
    for (int v = 0; v < n_variants && status == HF_OK; v++) {
        hf_pieces pieces;
        hf_pieces_init(&pieces, tally, v, n_metrics, quantities);
        status = estimate_variant(comm, tally, v, &pieces, &anchors[v * n_metrics], e, err);
        hf_pieces_clear(&pieces);
    }
    for (int v = 1; v < n_variants && status == HF_OK && e->exact; v++)
        status = compare_variant(comm, tally, v, quantities, anchors, e, err);
    hf_free(anchors);
    if (status == HF_OK)
        *estimates = e;
    else
        hf_estimates_destroy(e);
    return status;
}

static void doubt(int n, hf_estimate *estimates) {
    for (int i = 0; i < n; i++)
        if (!(estimates[i].flags & HF_NO_INTERVAL))
            estimates[i].flags |= HF_UNRELIABLE;
}

void hf_estimates_doubt(hf_estimates *e) {
    for (int row = 0; row < e->n_variants * e->n_metrics; row++) {
        doubt(HF_N_STATISTICS, e->metrics[row].statistics);
        doubt(HF_N_CHANCES, e->metrics[row].exceedance);
        doubt(HF_N_SUMMANDS, e->metrics[row].differences);
    }
}

void hf_estimates_destroy(hf_estimates *estimates) {
    if (!estimates)
        return;
    hf_free(estimates->metrics);
    hf_free(estimates->edges);
    hf_free(estimates);
}

const hf_metric_estimates *hf_estimates_of(const hf_estimates *e, int variant, int metric) {
    return place(e, variant, metric);
}
