#include "run/causes.h"
#include "base/check.h"
#include "run/campaign.h"
#include "stats/words.h"
#include <stdio.h>
#include <string.h>

/* ---- drivers and coalitions ---- */

#define YIELD  "yield"
#define DEMAND "demand"

static bool yields_wander(const hf_plan *plan) {
    for (int i = 0; i < plan->n_stages; i++)
        if (plan->stages[i].noise.sigma > 0.0)
            return true;
    return false;
}

static bool demand_wanders(const hf_plan *plan) {
    for (int i = 0; i < plan->n_markets; i++) {
        const hf_plan_market *market = &plan->markets[i];
        if (market->kind == HF_DEMAND_IID ? hf_distribution_variance(&market->iid) > 0.0
                                          : market->noise.sigma > 0.0)
            return true;
    }
    return false;
}

/* Into names[*n], in byte order, unless it is there. */
static void add_name(const char **names, int *n, const char *name) {
    int at = 0;
    while (at < *n && strcmp(names[at], name) < 0)
        at++;
    if (at < *n && strcmp(names[at], name) == 0)
        return;
    memmove(&names[at + 1], &names[at], (size_t)(*n - at) * sizeof *names);
    names[at] = name;
    ++*n;
}

/* All there are, into names[n_hazards + 2]. */
static int find_drivers(const hf_space *space, int n_plans, hf_plan *const *plans,
                        const char **names) {
    int n = 0;
    for (int h = 0; h < space->n_hazards; h++)
        add_name(names, &n, space->hazard_families[h]);
    for (int v = 0; v < n_plans; v++) {
        if (yields_wander(plans[v]))
            add_name(names, &n, YIELD);
        if (demand_wanders(plans[v]))
            add_name(names, &n, DEMAND);
    }
    return n;
}

static bool check_drivers(int n, const char *const *names, hf_problems *problems) {
    char found[512] = "none";
    size_t length = 0;
    if (n >= 1 && n <= HF_MOST_DRIVERS)
        return true;
    for (int i = 0; i < n && length < sizeof found; i++)
        length += (size_t)snprintf(found + length, sizeof found - length, "%s%s", i ? ", " : "",
                                   names[i]);
    hf_problems_add(problems, "attribution",
                    "found %d drivers (%s); allowed 1 to %d: the families of hazards, and yield "
                    "and demand where these wander",
                    n, found, HF_MOST_DRIVERS);
    return false;
}

static bool is_on(const hf_causes *causes, int coalition, const char *driver) {
    for (int i = 0; i < causes->n_drivers; i++)
        if (strcmp(causes->drivers[i], driver) == 0)
            return coalition >> i & 1;
    return true;
}

static void make_masks(hf_causes *causes, const hf_space *space) {
    for (int s = 0; s < causes->n_coalitions - 1; s++) {
        bool *off = &causes->hazards_off[(size_t)s * (size_t)space->n_hazards];
        for (int h = 0; h < space->n_hazards; h++)
            off[h] = !is_on(causes, s, space->hazard_families[h]);
        causes->masks[s] = (hf_mask){.hazard_off = off,
                                     .yield_noise_off = !is_on(causes, s, YIELD),
                                     .demand_noise_off = !is_on(causes, s, DEMAND)};
    }
}

void hf_causes_name(const hf_causes *causes, int coalition, char *text, size_t n) {
    size_t length = 0;
    snprintf(text, n, "none");
    for (int i = 0; i < causes->n_drivers && length < n; i++)
        if (coalition >> i & 1)
            length += (size_t)snprintf(text + length, n - length, "%s%s", length ? "+" : "",
                                       causes->drivers[i]);
}

/* ---- life ---- */

static int count_columns(const hf_causes *causes) {
    return causes->n_variants * (causes->n_coalitions - 1) * causes->n_metrics;
}

static double **column_at(const hf_causes *causes, int variant, int coalition, int metric) {
    int row = variant * (causes->n_coalitions - 1) + coalition;
    return &causes->columns[row * causes->n_metrics + metric];
}

hf_causes *hf_causes_create(const hf_job *job, const hf_space *space, int n_variants,
                            hf_plan *const *plans, const hf_outcome *outcome,
                            hf_problems *problems) {
    const char **names = HF_NEW(space->n_hazards + 2, const char *);
    hf_causes *causes = NULL;
    int n_drivers = find_drivers(space, n_variants, plans, names);
    if (check_drivers(n_drivers, names, problems)) {
        causes = HF_NEW(1, hf_causes);
        *causes = (hf_causes){.n_variants = n_variants,
                              .n_hazards = space->n_hazards,
                              .n_metrics = job->attribution.n_metrics,
                              .metrics = HF_NEW(job->attribution.n_metrics, int),
                              .n_drivers = n_drivers,
                              .n_coalitions = 1 << n_drivers,
                              .hazards_off = HF_NEW((1 << n_drivers) * space->n_hazards, bool),
                              .found = HF_NEW(n_variants * job->attribution.n_metrics, hf_cause),
                              .removals = HF_NEW(n_variants, hf_removal)};
        memcpy(causes->drivers, names, (size_t)n_drivers * sizeof *names);
        for (int k = 0; k < causes->n_metrics; k++)
            causes->metrics[k] = hf_outcome_find_metric(outcome, job->attribution.metrics[k]);
        causes->columns = HF_NEW(count_columns(causes), double *);
        make_masks(causes, space);
    }
    hf_free(names);
    return causes;
}

void hf_causes_destroy(hf_causes *causes) {
    if (!causes)
        return;
    for (int i = 0; i < count_columns(causes); i++)
        hf_free(causes->columns[i]);
    for (int v = 0; v < causes->n_variants; v++)
        hf_removal_clear(&causes->removals[v]);
    hf_free(causes->columns);
    hf_free(causes->removals);
    hf_free(causes->found);
    hf_free(causes->numbers);
    hf_free(causes->hazards_off);
    hf_free(causes->metrics);
    hf_free(causes);
}

size_t hf_causes_bytes(const hf_causes *causes, uint64_t share) {
    size_t columns = (size_t)count_columns(causes) * share * sizeof(double);
    size_t found = (size_t)(causes->n_variants * causes->n_metrics) * sizeof(hf_cause);
    return columns + found + hf_ranges_bytes(share) +
           hf_removal_bytes(causes->n_metrics, causes->n_hazards);
}

void hf_causes_reserve(hf_causes *causes, uint64_t n_trials) {
    if (n_trials <= causes->capacity)
        return;
    for (int i = 0; i < count_columns(causes); i++)
        causes->columns[i] =
            hf_realloc(causes->columns[i], causes->capacity, n_trials, sizeof(double));
    causes->capacity = n_trials;
}

/* ---- run ---- */

static void run_coalition(hf_causes *causes, hf_trials *trials, int variant, int coalition,
                          uint64_t seed, int n) {
    hf_trials_run_listed(trials, variant, &causes->masks[coalition], seed, causes->numbers, n);
    for (int k = 0; k < causes->n_metrics; k++)
        memcpy(*column_at(causes, variant, coalition, k) + causes->n_kept,
               &trials->values[variant][causes->metrics[k] * trials->n_lanes],
               (size_t)n * sizeof(double));
}

void hf_causes_run(hf_causes *causes, hf_trials *trials, uint64_t seed, uint64_t first_trial,
                   int n) {
    if (!causes->numbers)
        causes->numbers = HF_NEW(trials->n_lanes, uint64_t);
    if (causes->n_kept + (uint64_t)n > causes->capacity)
        hf_causes_reserve(causes, (causes->n_kept + (uint64_t)n) * 3 / 2);
    for (int i = 0; i < n; i++)
        causes->numbers[i] = first_trial + (uint64_t)i;
    for (int v = 0; v < causes->n_variants; v++)
        for (int s = 0; s < causes->n_coalitions - 1; s++)
            run_coalition(causes, trials, v, s, seed, n);
    causes->n_kept += (uint64_t)n;
}

/* ---- as bytes ---- */

size_t hf_causes_pack(const hf_causes *causes, uint64_t from, uint64_t n, unsigned char **bytes) {
    HF_ASSERT(from <= causes->n_kept && n <= causes->n_kept - from);
    hf_words out = {0};
    hf_words_put(&out, (uint64_t)count_columns(causes));
    hf_words_put(&out, n);
    for (int i = 0; i < count_columns(causes); i++)
        hf_words_put_array(&out, causes->columns[i] + from, n);
    return hf_words_give(&out, bytes);
}

hf_status hf_causes_merge(hf_causes *causes, const unsigned char *bytes, size_t n_bytes,
                          hf_error *err) {
    hf_word_reader in = hf_word_reader_open(bytes, n_bytes);
    uint64_t n_columns = (uint64_t)count_columns(causes);
    uint64_t found = hf_word_reader_get(&in), n = hf_word_reader_get(&in);
    uint64_t n_left = in.n_words - in.at;
    if (found != n_columns || n_left % n_columns || n != n_left / n_columns)
        return hf_fail(err, HF_BAD_FILE, "rows of causes: other columns than this run's");
    if (n > causes->capacity - causes->n_kept)
        hf_causes_reserve(causes, (causes->n_kept + n) * 3 / 2);
    for (int i = 0; i < count_columns(causes); i++)
        hf_word_reader_get_values(&in, causes->columns[i] + causes->n_kept, n);
    causes->n_kept += n;
    return hf_word_reader_close(&in, "rows of causes", err);
}

/* ---- gather ---- */

const double *hf_causes_column(const hf_causes *causes, const hf_tally *tally, int variant,
                               int coalition, int metric) {
    if (coalition == causes->n_coalitions - 1)
        return hf_tally_kept(tally, variant, causes->metrics[metric]);
    return *column_at(causes, variant, coalition, metric);
}

/* The statistics of one coalition. */
typedef double coalition_statistics[HF_N_ATTRIBUTED][HF_N_SAMPLES];

/* Shares of one statistic, whole and without each range, from all coalitions'. */
static void share(const hf_causes *causes, const coalition_statistics *statistics, int which,
                  int n_samples, double confidence, hf_cause *found) {
    double without[HF_MOST_DRIVERS][HF_N_RANGES], values[HF_MOST_COALITIONS];
    hf_shapley shapley;
    for (int sample = 0; sample < n_samples; sample++) {
        for (int s = 0; s < causes->n_coalitions; s++)
            values[s] = statistics[s][which][sample];
        hf_shapley_make(&shapley, causes->n_drivers, values);
        if (sample == 0)
            found->shapley[which] = shapley;
        for (int i = 0; sample > 0 && i < causes->n_drivers; i++)
            without[i][sample - 1] = shapley.shares[i];
    }
    for (int i = 0; i < causes->n_drivers; i++)
        found->half_widths[which][i] = n_samples == HF_N_SAMPLES
                                           ? hf_jackknife_half_width(without[i], confidence)
                                           : __builtin_nan("");
}

/* One metric under one variant; its VaR .99 in all samples goes to thresholds[HF_N_SAMPLES], at all
 * ranks. Collective. */
static hf_status attribute(hf_causes *causes, const hf_campaign *c, const hf_ranges *ranges,
                           int variant, int metric, double *thresholds, hf_error *err) {
    coalition_statistics *statistics = hf_alloc((size_t)causes->n_coalitions, sizeof *statistics);
    hf_bad_side side = c->outcome->quantities[causes->metrics[metric]].bad_side;
    double calm = hf_tally_calm(c->tally, variant, causes->metrics[metric]);
    hf_cause *found = &causes->found[variant * causes->n_metrics + metric];
    hf_status status = HF_OK;
    for (int s = 0; s < causes->n_coalitions && status == HF_OK; s++)
        status = hf_ranges_evaluate(ranges, c->comm,
                                    hf_causes_column(causes, c->tally, variant, s, metric), calm,
                                    side, statistics[s], err);
    for (int which = 0; which < HF_N_ATTRIBUTED && status == HF_OK; which++) {
        if (hf_attributed[which] == HF_VAR99)
            memcpy(thresholds, statistics[causes->n_coalitions - 1][which],
                   HF_N_SAMPLES * sizeof *thresholds);
        if (hf_comm_is_root(c->comm))
            share(causes, statistics, which, ranges->n_samples, c->looks.confidence, found);
    }
    hf_free(statistics);
    return status;
}

static hf_status gather_variant(hf_causes *causes, const hf_campaign *c, int variant,
                                hf_error *err) {
    double(*thresholds)[HF_N_SAMPLES] = hf_alloc((size_t)causes->n_metrics, sizeof *thresholds);
    hf_status status = HF_OK;
    hf_ranges ranges;
    HF_ASSERT(causes->n_kept == hf_tally_n_kept(c->tally));
    hf_ranges_init(&ranges, c->comm, c->job->first_trial, c->n_trials, hf_campaign_unit(c),
                   causes->n_kept, hf_tally_kept_trials(c->tally),
                   hf_tally_kept_weights(c->tally, variant));
    for (int k = 0; k < causes->n_metrics && status == HF_OK; k++)
        status = attribute(causes, c, &ranges, variant, k, thresholds[k], err);
    if (status == HF_OK)
        status =
            hf_removal_make(&(hf_removal_request){.comm = c->comm,
                                                  .trials = c->trials,
                                                  .variant = variant,
                                                  .seed = c->job->seed,
                                                  .confidence = c->looks.confidence,
                                                  .tally = c->tally,
                                                  .ranges = &ranges,
                                                  .n_metrics = causes->n_metrics,
                                                  .metrics = causes->metrics,
                                                  .thresholds = thresholds,
                                                  .keeps_rows = c->job->record == HF_RECORD_ALL},
                            &causes->removals[variant], err);
    hf_ranges_clear(&ranges);
    hf_free(thresholds);
    return status;
}

hf_status hf_causes_gather(hf_causes *causes, const hf_campaign *c, hf_error *err) {
    hf_status status = HF_OK;
    for (int v = 0; v < causes->n_variants && status == HF_OK; v++)
        status = gather_variant(causes, c, v, err);
    return status;
}

hf_status hf_causes_write(const hf_causes *causes, const hf_campaign *c, hf_trial_columns *columns,
                          hf_error *err) {
    hf_status status = HF_OK;
    for (int k = 0; k < causes->n_metrics; k++) {
        char table[128];
        snprintf(table, sizeof table, "/trials/coalition_%s",
                 c->outcome->quantities[causes->metrics[k]].name);
        for (int row = 0; row < causes->n_variants * causes->n_coalitions && status == HF_OK; row++)
            status =
                hf_trial_columns_put(columns, table, (uint64_t)row,
                                     hf_causes_column(causes, c->tally, row / causes->n_coalitions,
                                                      row % causes->n_coalitions, k),
                                     err);
    }
    return status;
}
