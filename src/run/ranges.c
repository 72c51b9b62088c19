#include "run/ranges.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/number.h"
#include "run/selections.h"
#include <string.h>

const hf_statistic hf_attributed[HF_N_ATTRIBUTED] = {
    HF_MEAN, HF_VAR90, HF_VAR95, HF_VAR99, HF_VAR999, HF_CVAR90, HF_CVAR95, HF_CVAR99, HF_CVAR999};
enum { VAR_AT = 1, CVAR_AT = VAR_AT + HF_N_TAILS };

int hf_ranges_find(const hf_ranges *ranges, uint64_t trial) {
    uint64_t at = (trial - ranges->first_trial) / ranges->unit;
    return (int)(at * HF_N_RANGES / (ranges->n_trials / ranges->unit));
}

static void sort_by_range(hf_ranges *r, const uint64_t *trials, const double *weights) {
    uint64_t next[HF_N_RANGES];
    for (uint64_t i = 0; i < r->n; i++)
        r->first[hf_ranges_find(r, trials[i]) + 1]++;
    for (int g = 0; g < HF_N_RANGES; g++) {
        r->first[g + 1] += r->first[g];
        next[g] = r->first[g];
    }
    for (uint64_t i = 0; i < r->n; i++) {
        uint64_t at = next[hf_ranges_find(r, trials[i])]++;
        r->order[at] = i;
        if (weights)
            r->weights[at] = weights[i];
    }
}

/* Sizes and masses of the samples from those of the ranges here. Collective. */
static void measure(hf_ranges *r, hf_comm *comm) {
    uint64_t words[HF_N_RANGES][3];
    for (int g = 0; g < HF_N_RANGES; g++) {
        hf_mass mass = 0;
        words[g][0] = r->first[g + 1] - r->first[g];
        for (uint64_t i = r->first[g]; i < r->first[g + 1]; i++)
            mass += r->weights ? (hf_mass)(r->weights[i] * 0x1p48) : 1;
        hf_mass_split(mass, &words[g][1]);
    }
    hf_comm_sum_u64(comm, words[0], HF_N_RANGES * 3);
    for (int g = 0; g < HF_N_RANGES; g++) {
        r->sizes[0] += words[g][0];
        r->masses[0] += hf_mass_join(&words[g][1]);
    }
    for (int g = 0; g < HF_N_RANGES; g++) {
        r->sizes[1 + g] = r->sizes[0] - words[g][0];
        r->masses[1 + g] = r->masses[0] - hf_mass_join(&words[g][1]);
    }
}

uint64_t hf_ranges_least(uint64_t unit) {
    return (unit > HF_LEAST_RANGE ? unit : HF_LEAST_RANGE) * HF_N_RANGES;
}

void hf_ranges_init(hf_ranges *ranges, hf_comm *comm, uint64_t first_trial, uint64_t n_trials,
                    uint64_t unit, uint64_t n, const uint64_t *trials, const double *weights) {
    bool is_long = n_trials >= hf_ranges_least(unit);
    HF_ASSERT(n_trials % unit == 0);
    *ranges = (hf_ranges){.first_trial = first_trial,
                          .n_trials = n_trials,
                          .unit = unit,
                          .n_samples = is_long ? HF_N_SAMPLES : 1,
                          .n = n,
                          .order = HF_NEW(n, uint64_t),
                          .weights = weights ? HF_NEW(n, double) : NULL};
    sort_by_range(ranges, trials, weights);
    measure(ranges, comm);
}

void hf_ranges_clear(hf_ranges *ranges) {
    hf_free(ranges->order);
    hf_free(ranges->weights);
}

/* One column at work: itself and its ranges, sorted, and the sums of all samples. */
typedef struct work {
    const hf_ranges *ranges;
    double calm;
    hf_bad_side side;
    double *values;                  /* [n] by range */
    hf_column columns[HF_N_SAMPLES]; /* all, and each range */
    hf_sums *sums; /* [HF_N_RANGES] of the ranges, then the excess beyond each VaR:
                      [HF_N_TAILS][n_samples] */
} work;

static int count_sums(const hf_ranges *r) {
    return HF_N_RANGES + HF_N_TAILS * r->n_samples;
}

static hf_sums *excess_of(const work *w, int tail, int sample) {
    return &w->sums[HF_N_RANGES + tail * w->ranges->n_samples + sample];
}

static work start_work(const hf_ranges *r, const double *values, double calm, hf_bad_side side) {
    work w = {.ranges = r, .calm = calm, .side = side, .values = HF_NEW(r->n, double)};
    w.sums = HF_NEW(count_sums(r), hf_sums);
    for (uint64_t i = 0; i < r->n; i++)
        w.values[i] = values[r->order[i]];
    hf_column_init(&w.columns[0], r->n, w.values, r->weights);
    for (int s = 1; s < r->n_samples; s++)
        hf_column_init(&w.columns[s], r->first[s] - r->first[s - 1], &w.values[r->first[s - 1]],
                       r->weights ? &r->weights[r->first[s - 1]] : NULL);
    return w;
}

static void end_work(work *w) {
    for (int s = 0; s < w->ranges->n_samples; s++)
        hf_column_clear(&w->columns[s]);
    hf_free(w->values);
    hf_free(w->sums);
}

/* VaR of every sample. Collective. */
static void select_vars(const work *w, hf_comm *comm, double (*statistics)[HF_N_SAMPLES]) {
    int n_samples = w->ranges->n_samples;
    hf_request requests[HF_N_TAILS * HF_N_SAMPLES];
    for (int tail = 0; tail < HF_N_TAILS; tail++) {
        uint32_t p = hf_tail_levels[tail];
        p = w->side == HF_BAD_LOW ? HF_MILLION - p : p;
        for (int s = 0; s < n_samples; s++)
            requests[tail * n_samples + s] =
                (hf_request){.without = s ? s : -1, .rank = hf_mass_rank(w->ranges->masses[s], p)};
    }
    double values[HF_N_TAILS * HF_N_SAMPLES];
    hf_select(comm, n_samples, w->columns, HF_N_TAILS * n_samples, requests, values);
    for (int tail = 0; tail < HF_N_TAILS; tail++)
        memcpy(statistics[VAR_AT + tail], &values[tail * n_samples],
               (size_t)n_samples * sizeof *values);
}

enum { ROOM = 128 }; /* summands that are added at once */

/* fl(w fl(x - calm)) of each range. */
static void sum_ranges(const work *w) {
    const hf_ranges *r = w->ranges;
    double summands[ROOM];
    for (int g = 0; g < HF_N_RANGES; g++)
        for (uint64_t i = r->first[g], n; i < r->first[g + 1]; i += n) {
            n = r->first[g + 1] - i < ROOM ? r->first[g + 1] - i : ROOM;
            for (uint64_t k = 0; k < n; k++) {
                double above = w->values[i + k] - w->calm;
                summands[k] = r->weights ? r->weights[i + k] * above : above;
            }
            hf_sums_add(&w->sums[g], (int)n, summands);
        }
}

/* fl(w fl(x - q)) over what lies beyond q, fl(q - x) where low is bad. */
static void sum_beyond(const hf_column *column, double q, hf_bad_side side, hf_sums *sums) {
    bool is_low = side == HF_BAD_LOW;
    double summands[ROOM];
    int n = 0;
    uint64_t i = is_low ? 0 : hf_column_count_below(column, q);
    uint64_t end = is_low ? hf_column_count_below(column, q) : column->n;
    while (i < end && column->values[i] == q)
        i++;
    for (; i < end; i++) {
        double excess = is_low ? q - column->values[i] : column->values[i] - q;
        if (column->below)
            excess *= (double)(column->below[i + 1] - column->below[i]) * 0x1p-48;
        summands[n++] = excess;
        if (n == ROOM || i + 1 == end) {
            hf_sums_add(sums, n, summands);
            n = 0;
        }
    }
}

static void sum_excesses(const work *w, double (*statistics)[HF_N_SAMPLES]) {
    for (int tail = 0; tail < HF_N_TAILS; tail++)
        for (int s = 0; s < w->ranges->n_samples; s++) {
            hf_sums *sums = excess_of(w, tail, s), without = {0};
            double q = statistics[VAR_AT + tail][s];
            sum_beyond(&w->columns[0], q, w->side, sums);
            if (s)
                sum_beyond(&w->columns[s], q, w->side, &without);
            hf_sums_subtract(sums, &without);
        }
}

/* Means and CVaRs of sums over all ranks. */
static void finish(const work *w, double (*statistics)[HF_N_SAMPLES]) {
    hf_sums all = {0};
    for (int g = 0; g < HF_N_RANGES; g++)
        hf_sums_merge(&all, &w->sums[g]);
    for (int s = 0; s < w->ranges->n_samples; s++) {
        double size = (double)w->ranges->sizes[s];
        hf_exact_sum sum = all.sum;
        if (s)
            hf_exact_sum_subtract(&sum, &w->sums[s - 1].sum);
        statistics[0][s] = w->calm + hf_exact_sum_value(&sum) / size;
        for (int tail = 0; tail < HF_N_TAILS; tail++) {
            double beyond_p = (double)(HF_MILLION - hf_tail_levels[tail]) / (double)HF_MILLION;
            double more = hf_exact_sum_value(&excess_of(w, tail, s)->sum) / size / beyond_p;
            double q = statistics[VAR_AT + tail][s];
            statistics[CVAR_AT + tail][s] = w->side == HF_BAD_LOW ? q - more : q + more;
        }
    }
}

hf_status hf_ranges_evaluate(const hf_ranges *ranges, hf_comm *comm, const double *values,
                             double calm, hf_bad_side side, double (*statistics)[HF_N_SAMPLES],
                             hf_error *err) {
    work w = start_work(ranges, values, calm, side);
    select_vars(&w, comm, statistics);
    sum_ranges(&w);
    sum_excesses(&w, statistics);
    hf_sums_list list = {count_sums(ranges), w.sums};
    hf_status status = hf_comm_fold(comm, &list, hf_sums_list_pack, hf_sums_list_merge, err);
    if (status == HF_OK && hf_comm_is_root(comm))
        finish(&w, statistics);
    end_work(&w);
    return status;
}

size_t hf_ranges_bytes(uint64_t share) {
    size_t sorted = sizeof(double) + sizeof(hf_mass); /* a column, and each range again */
    return share * (sizeof(uint64_t) + 2 * sizeof(double) + 2 * sorted);
}
