#include "run/selections.h"
#include "base/memory.h"
#include <string.h>

hf_kept hf_kept_of(const hf_tally *tally, int variant, int quantity) {
    return (hf_kept){hf_tally_n_kept(tally), hf_tally_kept(tally, variant, quantity),
                     hf_tally_kept_weights(tally, variant),
                     hf_tally_calm(tally, variant, quantity)};
}

void hf_select(hf_comm *comm, int n_columns, const hf_column *columns, int n_requests,
               const hf_request *requests, double *values) {
    hf_selection *selection = hf_selection_create(n_columns, columns, n_requests, requests);
    size_t n_counts = hf_selection_n_counts(selection);
    uint64_t *counts = HF_NEW(n_counts, uint64_t);
    while (!hf_selection_is_done(selection)) {
        hf_selection_count_local(selection, counts);
        hf_comm_sum_u64(comm, counts, n_counts);
        hf_selection_narrow(selection, counts);
    }
    memcpy(values, hf_selection_values(selection), (size_t)n_requests * sizeof *values);
    hf_selection_destroy(selection);
    hf_free(counts);
}

void hf_pieces_init(hf_pieces *pieces, const hf_tally *kept, int variant, int n,
                    const hf_quantity *quantities) {
    *pieces = (hf_pieces){n, quantities, HF_NEW(n, hf_kept), HF_NEW(n, hf_column)};
    for (int i = 0; i < n; i++) {
        hf_kept mine = hf_kept_of(kept, variant, i);
        pieces->kept[i] = mine;
        hf_column_init(&pieces->columns[i], mine.n, mine.values, mine.weights);
    }
}

void hf_pieces_clear(hf_pieces *pieces) {
    for (int i = 0; i < pieces->n; i++)
        hf_column_clear(&pieces->columns[i]);
    hf_free(pieces->columns);
    hf_free(pieces->kept);
}

/* Level i of all levels of all columns. */
static int column_of(int i) {
    return i / HF_N_LEVELS;
}
static int level_of(int i) {
    return i % HF_N_LEVELS;
}
static hf_bad_side side_of(const hf_pieces *pieces, int i) {
    return pieces->quantities[column_of(i)].bad_side;
}

/* Binomial ranks: points and ends in one selection. */
static void select_ranks(hf_comm *comm, const hf_rules *rules, const hf_pieces *pieces,
                         hf_estimate (*levels)[HF_N_LEVELS]) {
    int n_requests = pieces->n * HF_N_RANKS;
    hf_request *requests = HF_NEW(n_requests, hf_request);
    double *values = HF_NEW(n_requests, double);
    for (int column = 0; column < pieces->n; column++) {
        uint64_t ranks[HF_N_RANKS];
        hf_rules_ranks(rules, pieces->quantities[column].bad_side, ranks);
        for (int i = 0; i < HF_N_RANKS; i++)
            requests[column * HF_N_RANKS + i] = (hf_request){column, -1, ranks[i]};
    }
    hf_select(comm, pieces->n, pieces->columns, n_requests, requests, values);
    for (int column = 0; column < pieces->n; column++)
        hf_rules_levels(rules, pieces->quantities[column].bad_side, &values[column * HF_N_RANKS], 0,
                        levels[column]);
    hf_free(values);
    hf_free(requests);
}

/* Trials weigh the same in all columns. */
static hf_mass total_mass(hf_comm *comm, const hf_pieces *pieces) {
    uint64_t words[2];
    hf_mass_split(hf_column_mass(&pieces->columns[0]), words);
    hf_comm_sum_u64(comm, words, 2);
    return hf_mass_join(words);
}

static void select_points(hf_comm *comm, const hf_pieces *pieces, hf_mass total, double *points) {
    int n = pieces->n * HF_N_LEVELS;
    hf_request *requests = HF_NEW(n, hf_request);
    for (int i = 0; i < n; i++) {
        hf_mass rank = hf_mass_rank(total, hf_level_p(side_of(pieces, i), level_of(i)));
        requests[i] = (hf_request){column_of(i), -1, rank};
    }
    hf_select(comm, pieces->n, pieces->columns, n, requests, points);
    hf_free(requests);
}

/* Trials at or below the points and at or above them, over all ranks. */
static void count_sides(hf_comm *comm, const hf_pieces *pieces, const double *points,
                        hf_woodruff *woodruff) {
    int n = pieces->n * HF_N_LEVELS;
    uint64_t *counts = HF_NEW(2 * n, uint64_t);
    for (int i = 0; i < n; i++) {
        const hf_column *column = &pieces->columns[column_of(i)];
        counts[2 * i] = hf_column_count_to(column, points[i]);
        counts[2 * i + 1] = column->n - hf_column_count_below(column, points[i]);
    }
    hf_comm_sum_u64(comm, counts, 2 * (size_t)n);
    for (int i = 0; i < n; i++)
        woodruff[i] = (hf_woodruff){.n_low = counts[2 * i], .n_high = counts[2 * i + 1]};
    hf_free(counts);
}

/* How sure the distribution functions are at the points, the same on all ranks. */
static hf_status find_ends(hf_comm *comm, const hf_rules *rules, const hf_pieces *pieces,
                           const double *points, hf_woodruff *woodruff, hf_error *err) {
    int n = pieces->n * HF_N_LEVELS;
    hf_sums *units = HF_NEW(n, hf_sums);
    for (int i = 0; i < n; i++) {
        double p = (double)hf_level_p(side_of(pieces, i), level_of(i)) / HF_MILLION;
        hf_summands_of_level(&pieces->kept[column_of(i)], points[i], p, &units[i]);
    }
    hf_sums_list list = {n, units};
    hf_status status = hf_comm_fold(comm, &list, hf_sums_list_pack, hf_sums_list_merge, err);
    status = hf_comm_agree(comm, status, err);
    if (status == HF_OK) {
        for (int i = 0; i < n && hf_comm_is_root(comm); i++)
            hf_woodruff_find_ends(&woodruff[i], rules, side_of(pieces, i), level_of(i), &units[i]);
        hf_comm_broadcast(comm, woodruff, (size_t)n * sizeof *woodruff);
    }
    hf_free(units);
    return status;
}

/* The order statistics at both ends, [level][2]. */
static void select_ends(hf_comm *comm, const hf_pieces *pieces, hf_mass total,
                        const hf_woodruff *woodruff, double *at_ends) {
    int n = 2 * pieces->n * HF_N_LEVELS;
    hf_request *requests = HF_NEW(n, hf_request);
    for (int i = 0; i < n; i++) {
        hf_mass rank = hf_mass_rank_of(total, woodruff[i / 2].ends[i % 2]);
        requests[i] = (hf_request){column_of(i / 2), -1, rank};
    }
    hf_select(comm, pieces->n, pieces->columns, n, requests, at_ends);
    hf_free(requests);
}

static hf_status select_weighted(hf_comm *comm, const hf_rules *rules, const hf_pieces *pieces,
                                 hf_estimate (*levels)[HF_N_LEVELS], hf_error *err) {
    int n = pieces->n * HF_N_LEVELS;
    double *points = HF_NEW(n, double), *at_ends = HF_NEW(2 * n, double);
    hf_woodruff *woodruff = HF_NEW(n, hf_woodruff);
    hf_mass total = total_mass(comm, pieces);
    select_points(comm, pieces, total, points);
    count_sides(comm, pieces, points, woodruff);
    hf_status status = find_ends(comm, rules, pieces, points, woodruff, err);
    if (status == HF_OK) {
        select_ends(comm, pieces, total, woodruff, at_ends);
        for (int i = 0; i < n; i++)
            levels[column_of(i)][level_of(i)] =
                hf_woodruff_level(&woodruff[i], rules, points[i], &at_ends[2 * i]);
    }
    hf_free(woodruff);
    hf_free(at_ends);
    hf_free(points);
    return status;
}

hf_status hf_pieces_select(hf_comm *comm, const hf_rules *rules, const hf_pieces *pieces,
                           hf_estimate (*levels)[HF_N_LEVELS], hf_error *err) {
    if (rules->is_weighted)
        return select_weighted(comm, rules, pieces, levels, err);
    select_ranks(comm, rules, pieces, levels);
    return HF_OK;
}

void hf_histograms_select(const hf_rules *rules, const hf_tally *folded, int variant, int n,
                          const hf_quantity *quantities, hf_estimate (*levels)[HF_N_LEVELS]) {
    for (int i = 0; i < n; i++) {
        uint64_t ranks[HF_N_RANKS];
        double at_ranks[HF_N_RANKS];
        hf_rules_ranks(rules, quantities[i].bad_side, ranks);
        hf_histogram_at_rules(hf_tally_histogram(folded, variant, i),
                              hf_tally_moments(folded, variant, i), ranks, at_ranks);
        hf_rules_levels(rules, quantities[i].bad_side, at_ranks, HF_FROM_BINS, levels[i]);
    }
}
