#include "run/looks.h"
#include "base/check.h"
#include "base/elementary.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MISSING __builtin_nan("")

const char *const hf_decision_words[4] = {"goes on", "met", "not resolved", "all trials simulated"};

uint64_t hf_looks_unit(const hf_job *job) {
    uint64_t unit = job->inner_trials;
    while (unit % HF_PERIOD != 0)
        unit += job->inner_trials;
    return unit;
}

hf_looks hf_looks_make(const hf_job *job) {
    enum { FIRST = 1024 };
    uint64_t unit = hf_looks_unit(job), first = (FIRST + unit - 1) / unit * unit;
    hf_looks looks = {0};
    for (uint64_t at = first; job->precision.metric && at < job->trials; at *= 2)
        looks.trials[looks.n++] = at;
    HF_ASSERT(looks.n < HF_MOST_LOOKS);
    looks.trials[looks.n++] = job->trials;
    looks.confidence = 1.0 - (1.0 - job->confidence) / (double)looks.n;
    return looks;
}

/* 1 - alpha^(1/n), without the cancellation: 1 - e^x = (1 - u) x / ln u for u near e^x. */
static double unseen_chance(double alpha, double n) {
    double x = hf_log(alpha) / n, u = hf_exp(x);
    return (1.0 - u) * (x / hf_log(u));
}

static hf_decision decide(const hf_look_record *record, const hf_job *job, bool is_last) {
    const hf_estimate *estimate = &record->estimate;
    bool is_sound = !(estimate->flags & (HF_NO_INTERVAL | HF_UNRELIABLE));
    if (is_sound && record->half_width <= job->precision.relative * hf_abs(estimate->value))
        return HF_LOOK_MET;
    return is_last ? HF_LOOK_AT_END : HF_LOOK_GOES_ON;
}

hf_look_record hf_look_decide(const hf_looks *looks, int look, const hf_job *job,
                              const hf_estimate *estimate, bool is_constant) {
    hf_look_record record = {.trials = looks->trials[look],
                             .estimate = *estimate,
                             .half_width = MISSING,
                             .relative_half_width = MISSING,
                             .decision = HF_LOOK_NOT_RESOLVED,
                             .chance_bound = MISSING};
    if (!(estimate->flags & HF_NO_INTERVAL)) {
        record.half_width = 0.5 * (estimate->upper - estimate->lower);
        if (estimate->value != 0.0)
            record.relative_half_width = record.half_width / hf_abs(estimate->value);
    }
    if (!is_constant)
        record.decision = decide(&record, job, look == looks->n - 1);
    else if (!hf_job_is_weighted(job))
        record.chance_bound = unseen_chance(1.0 - looks->confidence, (double)record.trials);
    return record;
}

void hf_looks_reason(const hf_job *job, const hf_look_record *last, char *text, size_t n) {
    if (!last || last->decision == HF_LOOK_AT_END)
        snprintf(text, n, "all trials simulated%s", last ? ", precision not met" : "");
    else if (last->decision == HF_LOOK_NOT_RESOLVED)
        snprintf(text, n, "all trials simulated, %s not resolved", job->precision.metric);
    else
        snprintf(text, n, "precision met after %" PRIu64 " of %" PRIu64 " trials", last->trials,
                 job->trials);
}

/* The doubles of a record, in the order in which they are written. */
#define N_NUMBERS 7
static void list_numbers(hf_look_record *record, double *numbers[N_NUMBERS]) {
    hf_estimate *e = &record->estimate;
    double *all[N_NUMBERS] = {&e->value,
                              &e->lower,
                              &e->upper,
                              &e->coverage,
                              &record->half_width,
                              &record->relative_half_width,
                              &record->chance_bound};
    memcpy(numbers, all, sizeof all);
}

void hf_look_put(hf_words *out, const hf_look_record *record) {
    hf_look_record copy = *record;
    double *numbers[N_NUMBERS];
    list_numbers(&copy, numbers);
    hf_words_put(out, record->trials);
    hf_words_put(out, (uint64_t)record->decision);
    hf_words_put(out, (uint64_t)record->estimate.method);
    hf_words_put(out, record->estimate.flags);
    for (int i = 0; i < N_NUMBERS; i++)
        hf_words_put_double(out, *numbers[i]);
}

bool hf_look_get(hf_word_reader *in, hf_look_record *record) {
    double *numbers[N_NUMBERS];
    list_numbers(record, numbers);
    record->trials = hf_word_reader_get(in);
    uint64_t decision = hf_word_reader_get(in), method = hf_word_reader_get(in);
    record->estimate.flags = (unsigned)hf_word_reader_get(in);
    for (int i = 0; i < N_NUMBERS; i++)
        *numbers[i] = hf_word_reader_get_double(in);
    if (decision > HF_LOOK_AT_END || method >= HF_N_METHODS)
        return false;
    record->decision = (hf_decision)decision;
    record->estimate.method = (hf_method)method;
    return !in->is_short;
}
