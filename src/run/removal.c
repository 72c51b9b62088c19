#include "run/removal.h"
#include "base/check.h"
#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096 }; /* trials that are simulated again before differences are added up */

/* What is kept of each trial: levels [n][width], in the order of the numbers once sorted. */
typedef struct rows {
    uint64_t n, capacity;
    size_t width;
    uint64_t *trials;
    double *levels;
} rows;

typedef struct study {
    const hf_removal_request *ask;
    const hf_outcome *outcome;
    int n_hazards, n_stages;
    int n_sums;      /* of a metric */
    hf_sums *sums;   /* [n_metrics][n_sums] weights of the samples, then differences, by hazard and
                        sample, then output and weeks bound, by stage */
    uint64_t n;      /* trials of the block */
    uint64_t *block; /* [BLOCK] where they stand among the kept ones */
    bool *struck;    /* [BLOCK][n_hazards] */
    double *without; /* [BLOCK][n_metrics][n_hazards] levels without the hazard */
    hf_event_log *logs; /* [n_lanes] */
    uint64_t *numbers;  /* [n_lanes] */
    uint64_t *at;       /* [n_lanes] which trials of the block are in the lanes */
    bool *hazard_off;   /* [n_hazards] */
    rows rows;
} study;

/* ---- rows ---- */

static void append(rows *r, uint64_t n, const uint64_t *trials, const double *levels) {
    if (r->n + n > r->capacity) {
        uint64_t more = (r->n + n) * 3 / 2;
        r->trials = hf_realloc(r->trials, r->capacity, more, sizeof *r->trials);
        r->levels = hf_realloc(r->levels, r->capacity, more, r->width * sizeof *r->levels);
        r->capacity = more;
    }
    memcpy(r->trials + r->n, trials, n * sizeof *trials);
    memcpy(r->levels + r->n * r->width, levels, n * r->width * sizeof *levels);
    r->n += n;
}

static size_t pack_rows(const void *thing, unsigned char **bytes) {
    const rows *r = thing;
    size_t n_trials = r->n * sizeof *r->trials, n_levels = r->n * r->width * sizeof *r->levels;
    *bytes = hf_alloc(n_trials + n_levels, 1);
    if (r->n > 0) {
        memcpy(*bytes, r->trials, n_trials);
        memcpy(*bytes + n_trials, r->levels, n_levels);
    }
    return n_trials + n_levels;
}

static hf_status merge_rows(void *thing, const unsigned char *bytes, size_t n_bytes,
                            hf_error *err) {
    rows *r = thing;
    uint64_t n = n_bytes / (sizeof *r->trials + r->width * sizeof *r->levels);
    if (n * (sizeof *r->trials + r->width * sizeof *r->levels) != n_bytes)
        return hf_fail(err, HF_BAD_WORLD, "rows of the tail came in pieces");
    if (n > 0)
        append(r, n, (const void *)bytes, (const void *)(bytes + n * sizeof *r->trials));
    return HF_OK;
}

typedef struct place {
    uint64_t trial, row;
} place;

static int compare_places(const void *a, const void *b) {
    const place *x = a, *y = b;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

/* Whatever the ranks had of them. */
static void give_rows(const rows *r, hf_removal *removal) {
    place *places = HF_NEW(r->n, place);
    for (uint64_t i = 0; i < r->n; i++)
        places[i] = (place){r->trials[i], i};
    qsort(places, r->n, sizeof *places, compare_places);
    removal->n_rows = r->n;
    removal->trials = HF_NEW(r->n, uint64_t);
    removal->levels = HF_NEW(r->n * r->width, double);
    for (uint64_t i = 0; i < r->n; i++) {
        removal->trials[i] = places[i].trial;
        memcpy(&removal->levels[i * r->width], &r->levels[places[i].row * r->width],
               r->width * sizeof *r->levels);
    }
    hf_free(places);
}

/* ---- a study ---- */

static int count_sums(const hf_ranges *ranges, int n_hazards, int n_stages) {
    return (1 + n_hazards) * ranges->n_samples + 2 * n_stages;
}

static study start_study(const hf_removal_request *ask) {
    const hf_plan *plan = ask->trials->variants[ask->variant].plan;
    int n_lanes = ask->trials->n_lanes;
    study s = {.ask = ask,
               .outcome = ask->trials->outcome,
               .n_hazards = plan->n_hazards,
               .n_stages = plan->n_stages,
               .n_sums = count_sums(ask->ranges, plan->n_hazards, plan->n_stages),
               .block = HF_NEW(BLOCK, uint64_t),
               .struck = HF_NEW(BLOCK * plan->n_hazards, bool),
               .without = HF_NEW(BLOCK * ask->n_metrics * plan->n_hazards, double),
               .logs = HF_NEW(n_lanes, hf_event_log),
               .numbers = HF_NEW(n_lanes, uint64_t),
               .at = HF_NEW(n_lanes, uint64_t),
               .hazard_off = HF_NEW(plan->n_hazards, bool),
               .rows = {.width = (size_t)(ask->n_metrics * plan->n_hazards)}};
    s.sums = HF_NEW(ask->n_metrics * s.n_sums, hf_sums);
    for (int lane = 0; lane < n_lanes; lane++)
        hf_event_log_init(&s.logs[lane]);
    return s;
}

static void end_study(study *s) {
    for (int lane = 0; lane < s->ask->trials->n_lanes; lane++)
        hf_event_log_clear(&s->logs[lane]);
    hf_free(s->sums);
    hf_free(s->block);
    hf_free(s->struck);
    hf_free(s->without);
    hf_free(s->logs);
    hf_free(s->numbers);
    hf_free(s->at);
    hf_free(s->hazard_off);
    hf_free(s->rows.trials);
    hf_free(s->rows.levels);
}

/* Of the trial that stands at `kept` among the kept ones. */
static double level_of(const study *s, int metric, uint64_t kept) {
    return hf_tally_kept(s->ask->tally, s->ask->variant, s->ask->metrics[metric])[kept];
}
static double weight_of(const study *s, uint64_t kept) {
    const double *weights = hf_tally_kept_weights(s->ask->tally, s->ask->variant);
    return weights ? weights[kept] : 1.0;
}

/* Whether x is in the tail of a metric, as a sample has it. */
static bool is_beyond(const study *s, int metric, int sample, double x) {
    double q = s->ask->thresholds[metric][sample];
    bool is_low = s->outcome->quantities[s->ask->metrics[metric]].bad_side == HF_BAD_LOW;
    return is_low ? x <= q : x >= q;
}

/* Whether any sample of any metric has the trial in its tail. */
static bool is_wanted(const study *s, uint64_t kept) {
    for (int k = 0; k < s->ask->n_metrics; k++)
        for (int sample = 0; sample < s->ask->ranges->n_samples; sample++)
            if (is_beyond(s, k, sample, level_of(s, k, kept)))
                return true;
    return false;
}

/* The n trials s->at[] of the block, under a mask. */
static const double *run_pack(study *s, const hf_mask *mask, int n) {
    const hf_removal_request *ask = s->ask;
    for (int i = 0; i < n; i++)
        s->numbers[i] = hf_tally_kept_trials(ask->tally)[s->block[s->at[i]]];
    hf_trials_run_listed(ask->trials, ask->variant, mask, ask->seed, s->numbers, n);
    return ask->trials->values[ask->variant];
}

/* ---- as they were ---- */

static void add(hf_sums *sums, double x) {
    hf_exact_sum_add(&sums->sum, x);
    sums->n++;
}

/* What the stages did in a trial, to the metrics whose tail it is in. */
static void add_stages(study *s, uint64_t kept, const double *values, int lane) {
    size_t row = (size_t)s->ask->trials->n_lanes;
    int n_causes = s->ask->trials->variants[s->ask->variant].plan->n_causes;
    double w = weight_of(s, kept);
    for (int k = 0; k < s->ask->n_metrics; k++) {
        hf_sums *output = &s->sums[(k + 1) * s->n_sums - 2 * s->n_stages];
        if (!is_beyond(s, k, 0, level_of(s, k, kept)))
            continue;
        for (int i = 0; i < s->n_stages; i++) {
            int bound = s->outcome->first_bound + i * n_causes;
            double weeks = 0.0;
            for (int cause = 0; cause < n_causes; cause++)
                weeks += values[(size_t)(bound + cause) * row + (size_t)lane];
            add(&output[i],
                w * values[(size_t)(s->outcome->first_output + i) * row + (size_t)lane]);
            add(&output[s->n_stages + i], w * weeks);
        }
    }
}

/* Who struck, by whatever cause and before the warmup's end too, is in the logs. */
static void run_as_they_were(study *s) {
    hf_trials *trials = s->ask->trials;
    hf_sampler *sampler = trials->variants[s->ask->variant].sampler;
    memset(s->struck, 0, s->n * (size_t)s->n_hazards * sizeof *s->struck);
    for (int lane = 0; lane < trials->n_lanes; lane++)
        hf_sampler_watch(sampler, lane, &s->logs[lane]);
    for (uint64_t from = 0; from < s->n; from += (uint64_t)trials->n_lanes) {
        int n = 0;
        for (; n < trials->n_lanes && from + (uint64_t)n < s->n; n++) {
            s->at[n] = from + (uint64_t)n;
            s->logs[n].n = 0;
        }
        const double *values = run_pack(s, NULL, n);
        for (int i = 0; i < n; i++) {
            for (int e = 0; e < s->logs[i].n; e++)
                s->struck[s->at[i] * (uint64_t)s->n_hazards +
                          (uint64_t)s->logs[i].events[e].hazard] = true;
            add_stages(s, s->block[s->at[i]], values, i);
        }
    }
    for (int lane = 0; lane < trials->n_lanes; lane++)
        hf_sampler_watch(sampler, lane, NULL);
}

/* ---- without a hazard ---- */

static double *without_at(const study *s, uint64_t at, int metric) {
    return &s->without[(at * (uint64_t)s->ask->n_metrics + (uint64_t)metric) *
                       (uint64_t)s->n_hazards];
}

static void run_pack_without(study *s, int hazard, int n) {
    s->hazard_off[hazard] = true;
    const double *values = run_pack(s, &(hf_mask){.hazard_off = s->hazard_off}, n);
    s->hazard_off[hazard] = false;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < s->ask->n_metrics; k++)
            without_at(s, s->at[i], k)[hazard] =
                values[s->ask->metrics[k] * s->ask->trials->n_lanes + i];
}

/* Where it did not strike nothing changes. */
static void run_without(study *s) {
    for (uint64_t at = 0; at < s->n; at++)
        for (int k = 0; k < s->ask->n_metrics; k++)
            for (int h = 0; h < s->n_hazards; h++)
                without_at(s, at, k)[h] = level_of(s, k, s->block[at]);
    for (int h = 0; h < s->n_hazards; h++) {
        int n = 0;
        for (uint64_t at = 0; at < s->n; at++) {
            if (s->struck[at * (uint64_t)s->n_hazards + (uint64_t)h])
                s->at[n++] = at;
            if (n == s->ask->trials->n_lanes || (n > 0 && at + 1 == s->n)) {
                run_pack_without(s, h, n);
                n = 0;
            }
        }
    }
}

static void add_differences(study *s, uint64_t at, int metric) {
    const hf_ranges *ranges = s->ask->ranges;
    uint64_t kept = s->block[at];
    int range = hf_ranges_find(ranges, hf_tally_kept_trials(s->ask->tally)[kept]);
    double x = level_of(s, metric, kept), w = weight_of(s, kept);
    hf_sums *weights = &s->sums[metric * s->n_sums], *differences = weights + ranges->n_samples;
    for (int sample = 0; sample < ranges->n_samples; sample++) {
        if (sample == 1 + range || !is_beyond(s, metric, sample, x))
            continue;
        add(&weights[sample], w);
        for (int h = 0; h < s->n_hazards; h++)
            if (s->struck[at * (uint64_t)s->n_hazards + (uint64_t)h])
                add(&differences[h * ranges->n_samples + sample],
                    w * (x - without_at(s, at, metric)[h]));
    }
}

static void study_block(study *s) {
    run_as_they_were(s);
    run_without(s);
    for (uint64_t at = 0; at < s->n; at++)
        for (int k = 0; k < s->ask->n_metrics; k++)
            add_differences(s, at, k);
    for (uint64_t at = 0; s->ask->keeps_rows && at < s->n; at++)
        append(&s->rows, 1, &hf_tally_kept_trials(s->ask->tally)[s->block[at]],
               without_at(s, at, 0));
    s->n = 0;
}

/* ---- what comes of it ---- */

static double ratio(const hf_sums *sums, const hf_sums *weights) {
    return hf_exact_sum_value(&sums->sum) / hf_exact_sum_value(&weights->sum);
}

static void finish_metric(const study *s, int metric, hf_removal *removal) {
    int n_samples = s->ask->ranges->n_samples;
    const hf_sums *weights = &s->sums[metric * s->n_sums], *differences = weights + n_samples;
    const hf_sums *output = differences + s->n_hazards * n_samples;
    removal->thresholds[metric] = s->ask->thresholds[metric][0];
    removal->n_trials[metric] = weights->n;
    for (int h = 0; h < s->n_hazards; h++) {
        double without[HF_N_RANGES];
        for (int g = 0; g + 1 < n_samples; g++)
            without[g] = ratio(&differences[h * n_samples + 1 + g], &weights[1 + g]);
        removal->values[metric * s->n_hazards + h] = ratio(&differences[h * n_samples], weights);
        removal->half_widths[metric * s->n_hazards + h] =
            n_samples == HF_N_SAMPLES ? hf_jackknife_half_width(without, s->ask->confidence)
                                      : __builtin_nan("");
    }
    for (int i = 0; i < s->n_stages; i++) {
        removal->output[metric * s->n_stages + i] = ratio(&output[i], weights);
        removal->bottleneck_weeks[metric * s->n_stages + i] =
            ratio(&output[s->n_stages + i], weights);
    }
}

static void finish(const study *s, hf_removal *removal) {
    int n_metrics = s->ask->n_metrics;
    *removal = (hf_removal){.thresholds = HF_NEW(n_metrics, double),
                            .n_trials = HF_NEW(n_metrics, uint64_t),
                            .values = HF_NEW(n_metrics * s->n_hazards, double),
                            .half_widths = HF_NEW(n_metrics * s->n_hazards, double),
                            .output = HF_NEW(n_metrics * s->n_stages, double),
                            .bottleneck_weeks = HF_NEW(n_metrics * s->n_stages, double)};
    for (int k = 0; k < n_metrics; k++)
        finish_metric(s, k, removal);
    give_rows(&s->rows, removal);
}

hf_status hf_removal_make(const hf_removal_request *request, hf_removal *removal, hf_error *err) {
    study s = start_study(request);
    for (uint64_t kept = 0; kept < hf_tally_n_kept(request->tally); kept++) {
        if (is_wanted(&s, kept))
            s.block[s.n++] = kept;
        if (s.n == BLOCK)
            study_block(&s);
    }
    study_block(&s);
    hf_sums_list list = {request->n_metrics * s.n_sums, s.sums};
    hf_status status =
        hf_comm_fold(request->comm, &list, hf_sums_list_pack, hf_sums_list_merge, err);
    if (status == HF_OK)
        status = hf_comm_fold(request->comm, &s.rows, pack_rows, merge_rows, err);
    if (status == HF_OK && hf_comm_is_root(request->comm))
        finish(&s, removal);
    end_study(&s);
    return status;
}

void hf_removal_clear(hf_removal *removal) {
    hf_free(removal->thresholds);
    hf_free(removal->n_trials);
    hf_free(removal->values);
    hf_free(removal->half_widths);
    hf_free(removal->output);
    hf_free(removal->bottleneck_weeks);
    hf_free(removal->trials);
    hf_free(removal->levels);
}

size_t hf_removal_bytes(int n_metrics, int n_hazards) {
    size_t sums = (size_t)(1 + n_hazards) * HF_N_SAMPLES * sizeof(hf_sums);
    size_t block = BLOCK * (size_t)n_hazards * sizeof(double);
    return (size_t)n_metrics * (sums + block);
}
