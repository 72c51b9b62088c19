#include "base/check.h"
#include "base/memory.h"
#include "base/number.h"
#include "stats/rows.h"
#include "stats/tally_parts.h"
#include <string.h>

typedef hf_tally_variant variant;

static void check_options(int n_variants, int n_quantities, const hf_tally_options *options) {
    HF_ASSERT(n_variants >= 0 && n_quantities >= 1);
    HF_ASSERT(options->tail_count >= 0 && options->n_hazards >= 0);
    HF_ASSERT(options->tail_quantity >= 0 && options->tail_quantity < n_quantities);
    HF_ASSERT(options->loss_quantity >= 0 && options->loss_quantity < n_quantities);
    HF_ASSERT(options->first_events >= 0 &&
              options->first_events + options->n_hazards <= n_quantities);
    HF_ASSERT(!options->is_weighted || options->keep_capacity);
    HF_ASSERT(options->is_weighted || !options->calm);
}

static void clear_weighted(hf_tally_weighted *weighted, const hf_tally *tally) {
    for (int q = 0; q < tally->n_quantities; q++)
        hf_weighted_init(&weighted->running[q]);
    memset(weighted->units, 0, (size_t)tally->n_quantities * sizeof *weighted->units);
    hf_weighted_init(&weighted->weights_running);
    hf_moments_init(&weighted->weights);
    weighted->weight_units = (hf_sums){0};
    hf_running_init(&weighted->losses_running);
    weighted->losses = (hf_sums){0};
    for (int h = 0; h < tally->options.n_hazards; h++)
        hf_running_init(&weighted->struck_running[h]);
    memset(weighted->struck, 0, (size_t)tally->options.n_hazards * sizeof *weighted->struck);
}

static void clear_moments(variant *v, const hf_tally *tally) {
    for (int q = 0; q < tally->n_quantities; q++)
        hf_moments_init(&v->moments[q]);
    for (int h = 0; h < tally->options.n_hazards; h++)
        hf_running_init(&v->struck_running[h]);
    memset(v->struck, 0, (size_t)tally->options.n_hazards * sizeof *v->struck);
    if (v->weighted)
        clear_weighted(v->weighted, tally);
    for (int q = 0; v->running && q < tally->n_quantities; q++)
        hf_running_init(&v->running[q]);
}

static hf_tally_weighted *weighted_create(const hf_tally *tally, const double *calm) {
    hf_tally_weighted *weighted = HF_NEW(1, hf_tally_weighted);
    *weighted = (hf_tally_weighted){.calm = HF_NEW(tally->n_quantities, double),
                                    .running = HF_NEW(tally->n_quantities, hf_weighted_running),
                                    .units = HF_NEW(tally->n_quantities, hf_sums),
                                    .struck_running = HF_NEW(tally->options.n_hazards, hf_running),
                                    .struck = HF_NEW(tally->options.n_hazards, hf_sums),
                                    .kept = HF_NEW(tally->capacity, double)};
    if (calm)
        memcpy(weighted->calm, calm, (size_t)tally->n_quantities * sizeof *calm);
    return weighted;
}

static void weighted_destroy(hf_tally_weighted *weighted) {
    if (!weighted)
        return;
    hf_free(weighted->calm);
    hf_free(weighted->running);
    hf_free(weighted->units);
    hf_free(weighted->struck_running);
    hf_free(weighted->struck);
    hf_free(weighted->kept);
    hf_free(weighted);
}

/* is_zero, calm: [n_quantities] of the variant, NULL as in the options. */
static void variant_init(variant *v, const hf_tally *tally, const bool *is_zero, const double *calm,
                         hf_bad_side tail_side) {
    int n = tally->n_quantities;
    *v = (variant){.is_zero = HF_NEW(n, bool),
                   .running = tally->options.is_weighted ? NULL : HF_NEW(n, hf_running),
                   .moments = HF_NEW(n, hf_moments),
                   .counts = HF_NEW(n, hf_histogram *),
                   .kept = HF_NEW(n, double *),
                   .tail = hf_tail_create(tally->options.tail_count, tail_side),
                   .struck_running = HF_NEW(tally->options.n_hazards, hf_running),
                   .struck = HF_NEW(tally->options.n_hazards, hf_sums),
                   .weighted = tally->options.is_weighted ? weighted_create(tally, calm) : NULL};
    clear_moments(v, tally);
    for (int q = 0; q < n; q++) {
        v->is_zero[q] = is_zero && is_zero[q];
        HF_ASSERT(!v->is_zero[q] || tally->details[q] != HF_DISTRIBUTION);
        HF_ASSERT(!v->is_zero[q] || !calm || calm[q] == 0.0);
        if (tally->details[q] != HF_DISTRIBUTION)
            continue;
        if (tally->capacity)
            v->kept[q] = HF_NEW(tally->capacity, double);
        else
            v->counts[q] = hf_histogram_create();
    }
}

static void variant_clear(variant *v, int n_quantities) {
    for (int q = 0; q < n_quantities; q++) {
        hf_histogram_destroy(v->counts[q]);
        hf_free(v->kept[q]);
    }
    hf_free(v->is_zero);
    hf_free(v->running);
    hf_free(v->moments);
    hf_free(v->counts);
    hf_free(v->kept);
    hf_tail_destroy(v->tail);
    hf_free(v->struck_running);
    hf_free(v->struck);
    weighted_destroy(v->weighted);
}

hf_tally *hf_tally_create(int n_variants, int n_quantities, const hf_quantity *quantities,
                          const hf_tally_options *options) {
    check_options(n_variants, n_quantities, options);
    hf_tally *tally = HF_NEW(1, hf_tally);
    tally->n_variants = n_variants;
    tally->n_quantities = n_quantities;
    tally->options = *options;
    tally->options.is_zero = NULL; /* borrowed: each variant has its own, */
    tally->options.calm = NULL;    /* of both */
    tally->details = HF_NEW(n_quantities, hf_detail);
    for (int q = 0; q < n_quantities; q++)
        tally->details[q] = quantities[q].detail;
    tally->capacity = options->keep_capacity;
    tally->kept_trials = HF_NEW(tally->capacity, uint64_t);
    tally->listing = HF_NEW(options->tail_count, hf_tail_entry);
    tally->variants = HF_NEW(n_variants, variant);
    for (int v = 0; v < n_variants; v++) {
        size_t first = (size_t)v * (size_t)n_quantities;
        variant_init(&tally->variants[v], tally, options->is_zero ? options->is_zero + first : NULL,
                     options->calm ? options->calm + first : NULL,
                     quantities[options->tail_quantity].bad_side);
    }
    hf_moments_init(&tally->zero);
    return tally;
}

void hf_tally_destroy(hf_tally *tally) {
    if (!tally)
        return;
    for (int v = 0; v < tally->n_variants; v++)
        variant_clear(&tally->variants[v], tally->n_quantities);
    hf_free(tally->variants);
    hf_free(tally->listing);
    hf_free(tally->kept_trials);
    hf_free(tally->details);
    hf_free(tally);
}

size_t hf_tally_bytes(int n_variants, int n_quantities, const hf_quantity *quantities,
                      const hf_tally_options *options, int n_pages) {
    size_t n_distributions = 0;
    for (int q = 0; q < n_quantities; q++)
        n_distributions += quantities[q].detail == HF_DISTRIBUTION;
    size_t per_distribution =
        options->keep_capacity
            ? (size_t)options->keep_capacity * sizeof(double)
            : sizeof(void *) * 4096 + (size_t)n_pages * (HF_BINS_PER_OCTAVE + 1) * sizeof(uint64_t);
    size_t per_quantity = sizeof(bool) + sizeof(hf_moments) + 2 * sizeof(void *);
    size_t per_hazard = sizeof(hf_running) + sizeof(hf_sums);
    size_t per_variant = sizeof(hf_tally_variant) + n_distributions * per_distribution +
                         (size_t)options->tail_count * sizeof(hf_tail_entry);
    if (options->is_weighted) {
        per_quantity += sizeof(double) + sizeof(hf_weighted_running) + sizeof(hf_sums);
        per_hazard *= 2;
        per_variant += sizeof(hf_tally_weighted) + (size_t)options->keep_capacity * sizeof(double);
    } else {
        per_quantity += sizeof(hf_running);
    }
    per_variant += (size_t)n_quantities * per_quantity + (size_t)options->n_hazards * per_hazard;
    return sizeof(hf_tally) + (size_t)n_quantities * sizeof(hf_detail) +
           (size_t)options->keep_capacity * sizeof(uint64_t) + (size_t)n_variants * per_variant;
}

static void grow(double **column, uint64_t n_old, uint64_t n_new) {
    if (*column)
        *column = hf_realloc(*column, n_old, n_new, sizeof(double));
}

/* Makes room for n more kept trials. */
void hf_tally_reserve_kept(hf_tally *tally, uint64_t n) {
    uint64_t wanted = tally->n_kept + n, capacity = tally->capacity + tally->capacity / 2;
    if (wanted <= tally->capacity)
        return;
    capacity = capacity > wanted ? capacity : wanted;
    tally->kept_trials =
        hf_realloc(tally->kept_trials, tally->capacity, capacity, sizeof(uint64_t));
    for (int v = 0; v < tally->n_variants; v++) {
        const variant *one = &tally->variants[v];
        for (int q = 0; q < tally->n_quantities; q++)
            grow(&one->kept[q], tally->capacity, capacity);
        if (one->weighted)
            grow(&one->weighted->kept, tally->capacity, capacity);
    }
    tally->capacity = capacity;
}

/* Losses, or weights, of the lanes in which something happened. */
static void absorb_struck(hf_running *running, hf_sums *struck, int n, const double *events,
                          const double *losses) {
    enum { ROOM = 128 };
    double chosen[ROOM];
    int n_chosen = 0;
    for (int i = 0; i < n; i++) {
        chosen[n_chosen] = losses[i];
        n_chosen += events[i] > 0.0;
        if (n_chosen == ROOM || i == n - 1) {
            hf_running_add(running, struck, n_chosen, chosen);
            n_chosen = 0;
        }
    }
}

static void absorb_distribution(const hf_tally *tally, variant *v, int quantity, int n,
                                const double *row) {
    if (v->counts[quantity])
        hf_histogram_add(v->counts[quantity], n, row);
    double *kept = v->kept[quantity];
    for (int i = 0; kept && i < n; i++)
        kept[tally->n_kept + (uint64_t)i] = hf_plain_zero(row[i]);
}

static void absorb_hazards(const hf_tally *tally, variant *v, int n, int n_lanes,
                           const double *values, const double *losses, const double *weights) {
    for (int h = 0; h < tally->options.n_hazards; h++) {
        int quantity = tally->options.first_events + h;
        const double *events = values + quantity * (ptrdiff_t)n_lanes;
        if (v->is_zero[quantity])
            continue;
        absorb_struck(&v->struck_running[h], &v->struck[h], n, events, losses);
        if (weights)
            absorb_struck(&v->weighted->struck_running[h], &v->weighted->struck[h], n, events,
                          weights);
    }
}

static void widen_range(hf_moments *moments, int n, const double *x) {
    hf_range r = hf_row_code_find()->find_range(n, x);
    moments->min = hf_plain_zero(hf_min(r.min, moments->min));
    moments->max = hf_plain_zero(hf_max(r.max, moments->max));
}

static void absorb_weights(const hf_tally *tally, hf_tally_weighted *weighted, int n,
                           const double *weights) {
    for (int i = 0; i < n; i++) {
        double units = weights[i] * HF_WEIGHT_UNITS;
        HF_ASSERT(weights[i] >= 0.0 && weights[i] < HF_WEIGHT_MAX);
        HF_ASSERT((double)(int64_t)units == units);
        weighted->kept[tally->n_kept + (uint64_t)i] = hf_plain_zero(weights[i]);
    }
    hf_weighted_add_summands(&weighted->weights_running, &weighted->weights.sums,
                             &weighted->weight_units, n, weights);
    widen_range(&weighted->weights, n, weights);
}

static void absorb_row(const variant *v, int quantity, int n, const double *row,
                       const double *weights) {
    hf_tally_weighted *weighted = v->weighted;
    hf_moments *moments = &v->moments[quantity];
    if (!weighted) {
        hf_running_add(&v->running[quantity], &moments->sums, n, row);
        return;
    }
    hf_weighted_add(&weighted->running[quantity], &moments->sums, &weighted->units[quantity], n,
                    weights, weighted->calm[quantity], row);
    widen_range(moments, n, row);
}

static void absorb_losses(const hf_tally *tally, variant *v, int n, int n_lanes,
                          const double *values, const double *weights) {
    const double *losses = values + tally->options.loss_quantity * (ptrdiff_t)n_lanes;
    if (!weights) {
        absorb_hazards(tally, v, n, n_lanes, values, losses, NULL);
        return;
    }
    double summands[HF_PARTS_MAX];
    for (int i = 0; i < n; i += HF_PARTS_MAX) {
        int n_now = n - i < HF_PARTS_MAX ? n - i : HF_PARTS_MAX;
        hf_weighted_row(n_now, weights + i, 0.0, losses + i, summands);
        hf_running_add(&v->weighted->losses_running, &v->weighted->losses, n_now, summands);
        absorb_hazards(tally, v, n_now, n_lanes, values + i, summands, weights + i);
    }
}

static void absorb_variant(const hf_tally *tally, variant *v, uint64_t first_trial, int n,
                           int n_lanes, const double *values, const double *weights) {
    if (weights)
        absorb_weights(tally, v->weighted, n, weights);
    for (int q = 0; q < tally->n_quantities; q++) {
        const double *row = values + (size_t)q * (size_t)n_lanes;
        if (v->is_zero[q])
            continue;
        absorb_row(v, q, n, row, weights);
        if (tally->details[q] == HF_DISTRIBUTION)
            absorb_distribution(tally, v, q, n, row);
    }
    hf_tail_add(v->tail, first_trial, n,
                values + tally->options.tail_quantity * (ptrdiff_t)n_lanes);
    absorb_losses(tally, v, n, n_lanes, values, weights);
}

void hf_tally_count(hf_tally *tally, uint64_t n) {
    tally->n_trials += n;
    tally->zero.sums.n += n;
    tally->zero_units.n += n / HF_PERIOD;
    if (n > 0)
        tally->zero.min = tally->zero.max = 0.0;
}

void hf_tally_absorb(hf_tally *tally, uint64_t first_trial, int n, int n_lanes,
                     const double *const *values, const double *const *weights) {
    HF_ASSERT(n >= 0 && n <= n_lanes);
    HF_ASSERT(tally->options.is_weighted == (weights != NULL));
    HF_ASSERT(!weights || (n % HF_PERIOD == 0 && first_trial % HF_PERIOD == 0));
    if (n == 0)
        return;
    if (hf_tally_is_keeping(tally)) {
        hf_tally_reserve_kept(tally, (uint64_t)n);
        for (int i = 0; i < n; i++)
            tally->kept_trials[tally->n_kept + (uint64_t)i] = first_trial + (uint64_t)i;
    }
    for (int v = 0; v < tally->n_variants; v++)
        absorb_variant(tally, &tally->variants[v], first_trial, n, n_lanes, values[v],
                       weights ? weights[v] : NULL);
    hf_tally_count(tally, (uint64_t)n);
    if (hf_tally_is_keeping(tally))
        tally->n_kept += (uint64_t)n;
}

void hf_tally_clear_sums(hf_tally *tally) {
    for (int v = 0; v < tally->n_variants; v++) {
        variant *one = &tally->variants[v];
        clear_moments(one, tally);
        for (int q = 0; q < tally->n_quantities; q++)
            if (one->counts[q]) {
                hf_histogram_destroy(one->counts[q]);
                one->counts[q] = hf_histogram_create();
            }
        hf_tail_clear(one->tail);
    }
    hf_moments_init(&tally->zero);
    tally->zero_units = (hf_sums){0};
    tally->n_trials = 0;
}

void hf_tally_clear(hf_tally *tally) {
    hf_tally_clear_sums(tally);
    tally->n_kept = 0;
}

uint64_t hf_tally_trials(const hf_tally *tally) {
    return tally->n_trials;
}

/* Settling changes where a sum stands, not what it is: a tally that is read may settle. */
static void settle(const variant *v, int quantity) {
    if (v->weighted)
        hf_weighted_settle(&v->weighted->running[quantity], &v->moments[quantity].sums,
                           &v->weighted->units[quantity]);
    else
        hf_moments_settle(&v->moments[quantity], &v->running[quantity]);
}

const hf_moments *hf_tally_moments(const hf_tally *tally, int v, int quantity) {
    const variant *one = &tally->variants[v];
    if (one->is_zero[quantity])
        return &tally->zero;
    settle(one, quantity);
    return &one->moments[quantity];
}

double hf_tally_calm(const hf_tally *tally, int v, int quantity) {
    const hf_tally_weighted *weighted = tally->variants[v].weighted;
    return weighted ? weighted->calm[quantity] : 0.0;
}

const hf_sums *hf_tally_units(const hf_tally *tally, int v, int quantity) {
    const variant *one = &tally->variants[v];
    if (!one->weighted)
        return NULL;
    if (one->is_zero[quantity])
        return &tally->zero_units;
    settle(one, quantity);
    return &one->weighted->units[quantity];
}

static hf_tally_weighted *settled_weights(const hf_tally *tally, int v) {
    hf_tally_weighted *weighted = tally->variants[v].weighted;
    if (weighted)
        hf_weighted_settle(&weighted->weights_running, &weighted->weights.sums,
                           &weighted->weight_units);
    return weighted;
}

const hf_moments *hf_tally_weights(const hf_tally *tally, int v) {
    const hf_tally_weighted *weighted = settled_weights(tally, v);
    return weighted ? &weighted->weights : NULL;
}

const hf_sums *hf_tally_weight_units(const hf_tally *tally, int v) {
    const hf_tally_weighted *weighted = settled_weights(tally, v);
    return weighted ? &weighted->weight_units : NULL;
}

const hf_histogram *hf_tally_histogram(const hf_tally *tally, int v, int quantity) {
    return tally->variants[v].counts[quantity];
}

int hf_tally_tail(const hf_tally *tally, int v, hf_tail_entry *entries) {
    return hf_tail_list(tally->variants[v].tail, entries);
}

const hf_sums *hf_tally_struck(const hf_tally *tally, int v, int hazard) {
    const variant *one = &tally->variants[v];
    hf_running_settle(&one->struck_running[hazard], &one->struck[hazard]);
    return &one->struck[hazard];
}

const hf_sums *hf_tally_weighted_losses(const hf_tally *tally, int v) {
    hf_tally_weighted *weighted = tally->variants[v].weighted;
    hf_running_settle(&weighted->losses_running, &weighted->losses);
    return &weighted->losses;
}

void hf_tally_spared(const hf_tally *tally, int v, int hazard, hf_sums *spared) {
    const hf_tally_weighted *weighted = tally->variants[v].weighted;
    *spared = weighted ? *hf_tally_weighted_losses(tally, v)
                       : hf_tally_moments(tally, v, tally->options.loss_quantity)->sums;
    hf_sums_subtract(spared, hf_tally_struck(tally, v, hazard));
}

const hf_sums *hf_tally_struck_weight(const hf_tally *tally, int v, int hazard) {
    const hf_tally_weighted *weighted = tally->variants[v].weighted;
    HF_ASSERT(weighted);
    hf_running_settle(&weighted->struck_running[hazard], &weighted->struck[hazard]);
    return &weighted->struck[hazard];
}

void hf_tally_spared_weight(const hf_tally *tally, int v, int hazard, hf_sums *spared) {
    const hf_sums *struck = hf_tally_struck_weight(tally, v, hazard);
    *spared = hf_tally_weights(tally, v)->sums;
    hf_sums_subtract(spared, struck);
}

bool hf_tally_is_keeping(const hf_tally *tally) {
    return tally->options.keep_capacity != 0;
}

uint64_t hf_tally_n_kept(const hf_tally *tally) {
    return tally->n_kept;
}

const uint64_t *hf_tally_kept_trials(const hf_tally *tally) {
    return hf_tally_is_keeping(tally) ? tally->kept_trials : NULL;
}

const double *hf_tally_kept(const hf_tally *tally, int v, int quantity) {
    return tally->variants[v].kept[quantity];
}

const double *hf_tally_kept_weights(const hf_tally *tally, int v) {
    const hf_tally_weighted *weighted = tally->variants[v].weighted;
    return weighted ? weighted->kept : NULL;
}
