#include "run/heavy_tails.h"
#include "base/memory.h"
#include "stats/pareto.h"
#include <string.h>

#define MAX_EXCESSES (1u << 20) /* that the root takes in at a time: 8 MiB */

/* Values on their way to the root. */
typedef struct value_list {
    uint64_t n;
    double *values;
} value_list;

static size_t pack_values(const void *thing, unsigned char **bytes) {
    const value_list *list = thing;
    size_t n = list->n * sizeof *list->values;
    *bytes = HF_NEW(n, unsigned char);
    memcpy(*bytes, list->values, n);
    return n;
}

static hf_status merge_values(void *thing, const unsigned char *bytes, size_t n, hf_error *err) {
    value_list *list = thing;
    uint64_t more = n / sizeof *list->values;
    (void)err; /* ranks of one run send whole values */
    list->values = hf_realloc(list->values, list->n, list->n + more, sizeof *list->values);
    memcpy(list->values + list->n, bytes, n);
    list->n += more;
    return HF_OK;
}

/* The excesses of all ranks over q, ascending, at the root, where hf_column_clear; elsewhere empty.
 * Collective. */
static hf_status gather_excesses(hf_comm *comm, const hf_kept *kept, double q, hf_bad_side side,
                                 hf_column *excesses, hf_error *err) {
    value_list list = {.values = HF_NEW(kept->n, double)};
    list.n = hf_kept_excesses(kept, q, side, list.values);
    hf_status status = hf_comm_fold(comm, &list, pack_values, merge_values, err);
    status = hf_comm_agree(comm, status, err);
    bool is_told = status == HF_OK && hf_comm_is_root(comm);
    hf_column_init(excesses, is_told ? list.n : 0, list.values, NULL);
    hf_free(list.values);
    return status;
}

/* The value on the bad side that hf_pareto_count others exceed, of each column. Collective. */
static void find_thresholds(hf_comm *comm, const hf_rules *rules, const hf_pieces *pieces,
                            double *thresholds) {
    uint64_t n_over = hf_pareto_count(rules->n_trials);
    hf_request *requests = HF_NEW(pieces->n, hf_request);
    for (int i = 0; i < pieces->n; i++) {
        bool is_low = pieces->quantities[i].bad_side == HF_BAD_LOW;
        requests[i] = (hf_request){i, -1, is_low ? n_over + 1 : rules->n_trials - n_over};
    }
    hf_select(comm, pieces->n, pieces->columns, pieces->n, requests, thresholds);
    hf_free(requests);
}

static void flag(hf_estimate *estimate) {
    if (!(estimate->flags & HF_NO_INTERVAL))
        estimate->flags |= HF_UNRELIABLE;
}

static void judge(const hf_column *excesses, hf_metric_estimates *m) {
    m->tail_index = hf_pareto_index(excesses->values, excesses->n);
    if (!hf_pareto_is_heavy(m->tail_index, excesses->n))
        return;
    flag(&m->statistics[HF_MEAN]);
    for (int i = 0; i < HF_N_TAILS; i++)
        flag(&m->statistics[HF_CVAR90 + i]);
}

/* Tail indices at the root, and flags where they are large. Collective. */
static hf_status find_indices(hf_comm *comm, const hf_rules *rules, const hf_pieces *pieces,
                              hf_metric_estimates *metrics, hf_error *err) {
    double *thresholds = HF_NEW(pieces->n, double);
    hf_status status = HF_OK;
    find_thresholds(comm, rules, pieces, thresholds);
    for (int i = 0; i < pieces->n && status == HF_OK; i++) {
        hf_column excesses;
        status = gather_excesses(comm, &pieces->kept[i], thresholds[i],
                                 pieces->quantities[i].bad_side, &excesses, err);
        if (status == HF_OK && hf_comm_is_root(comm))
            judge(&excesses, &metrics[i]);
        hf_column_clear(&excesses);
    }
    hf_free(thresholds);
    return status;
}

/* Which CVaRs get a better interval, [metric][tail], known to all ranks. Collective. */
static void choose(hf_comm *comm, const hf_pieces *pieces, hf_estimate (*levels)[HF_N_LEVELS],
                   const hf_metric_estimates *metrics, bool *is_wanted) {
    int n = pieces->n * HF_N_TAILS;
    uint64_t *n_beyond = HF_NEW(n, uint64_t);
    for (int i = 0; i < n; i++) {
        const hf_column *column = &pieces->columns[i / HF_N_TAILS];
        double q = levels[i / HF_N_TAILS][HF_TAILS_AT + i % HF_N_TAILS].value;
        bool is_low = pieces->quantities[i / HF_N_TAILS].bad_side == HF_BAD_LOW;
        n_beyond[i] =
            is_low ? hf_column_count_below(column, q) : column->n - hf_column_count_to(column, q);
    }
    hf_comm_sum_u64(comm, n_beyond, (size_t)n);
    for (int i = 0; i < n && hf_comm_is_root(comm); i++) {
        unsigned flags = metrics[i / HF_N_TAILS].statistics[HF_CVAR90 + i % HF_N_TAILS].flags;
        is_wanted[i] = (flags & HF_UNRELIABLE) && n_beyond[i] <= MAX_EXCESSES;
    }
    hf_comm_broadcast(comm, is_wanted, (size_t)n * sizeof *is_wanted);
    hf_free(n_beyond);
}

static hf_status refine(hf_comm *comm, const hf_rules *rules, const hf_pieces *pieces,
                        hf_estimate (*levels)[HF_N_LEVELS], hf_metric_estimates *metrics,
                        hf_error *err) {
    bool *is_wanted = HF_NEW(pieces->n * HF_N_TAILS, bool);
    hf_status status = HF_OK;
    choose(comm, pieces, levels, metrics, is_wanted);
    for (int i = 0; i < pieces->n * HF_N_TAILS && status == HF_OK; i++) {
        int metric = i / HF_N_TAILS, tail = i % HF_N_TAILS;
        hf_bad_side side = pieces->quantities[metric].bad_side;
        double var = levels[metric][HF_TAILS_AT + tail].value;
        hf_column excesses;
        if (!is_wanted[i])
            continue;
        status = gather_excesses(comm, &pieces->kept[metric], var, side, &excesses, err);
        if (status == HF_OK && hf_comm_is_root(comm))
            hf_cvar_refine(rules, side, tail, var, excesses.n, excesses.values,
                           &metrics[metric].statistics[HF_CVAR90 + tail]);
        hf_column_clear(&excesses);
    }
    hf_free(is_wanted);
    return status;
}

hf_status hf_heavy_tails_find(hf_comm *comm, const hf_rules *rules, const hf_pieces *pieces,
                              hf_estimate (*levels)[HF_N_LEVELS], hf_metric_estimates *metrics,
                              hf_error *err) {
    hf_status status = HF_OK;
    if (rules->n_trials >= 2) /* else nothing is over the next */
        status = find_indices(comm, rules, pieces, metrics, err);
    if (status == HF_OK)
        status = refine(comm, rules, pieces, levels, metrics, err);
    return status;
}
