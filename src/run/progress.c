#include "run/progress.h"
#include "base/clock.h"
#include <math.h>
#include <stdio.h>

void hf_progress_init(hf_progress *progress, const hf_campaign *c) {
    *progress = (hf_progress){.shown = c->options.show_progress && hf_comm_is_root(c->comm),
                              .n_before = c->n_trials,
                              .start = hf_clock_seconds(),
                              .last = hf_clock_seconds()};
}

static double half_width(const hf_estimate *estimate) {
    return 0.5 * (estimate->upper - estimate->lower);
}

hf_claim_note hf_progress_note(const hf_campaign *c) {
    int quantity = hf_outcome_find_metric(c->outcome, c->job->tail_metric);
    hf_estimate mean = hf_estimate_of_sums(
        hf_tally_calm(c->tally, 0, quantity), &hf_tally_moments(c->tally, 0, quantity)->sums,
        hf_tally_units(c->tally, 0, quantity), c->job->confidence);
    return (hf_claim_note){.trials = (double)hf_tally_trials(c->tally),
                           .mean = mean.value,
                           .half_width = half_width(&mean)};
}

hf_claim_note hf_progress_pool(int n, const hf_claim_note *notes) {
    double trials = 0.0, sum = 0.0, squares = 0.0;
    for (int i = 0; i < n; i++) {
        double weight = notes[i].trials, half = weight * notes[i].half_width;
        if (weight == 0.0) /* its mean is none */
            continue;
        trials += weight;
        sum += weight * notes[i].mean;
        squares += half * half;
    }
    if (trials == 0.0)
        return (hf_claim_note){0};
    return (hf_claim_note){
        .trials = trials, .mean = sum / trials, .half_width = sqrt(squares) / trials};
}

/* "mean revenue_lost 12 +- 3"; others[n_others] hold what the root's tally does not. */
static void describe(const hf_progress *progress, const hf_campaign *c, int n_others,
                     const hf_claim_note *others, char text[256]) {
    const hf_job *job = c->job;
    if (progress->look) {
        const hf_estimate *estimate = &progress->look->estimate;
        snprintf(text, 256, "%s %s %.4g +- %.2g at the last look", job->precision.statistic,
                 job->precision.metric, estimate->value, half_width(estimate));
        return;
    }
    hf_claim_note parts[] = {hf_progress_note(c), hf_progress_pool(n_others, others)};
    hf_claim_note all = hf_progress_pool(2, parts);
    snprintf(text, 256, "mean %s %.4g +- %.2g", job->tail_metric, all.mean, all.half_width);
}

static void print(const hf_progress *progress, const hf_campaign *c, int n_others, double now) {
    double elapsed = now - progress->start, done = (double)c->trials_claimed;
    double all = (double)c->schedule.trials, done_now = done - (double)progress->n_before;
    char text[256];
    describe(progress, c, n_others, c->notes + 1, text);
    fprintf(stderr, "%s%3.0f%%  %.0f trials/s  %.0f s left  %s%s",
            c->options.progress_on_terminal ? "\r" : "", 100.0 * done / all, done_now / elapsed,
            elapsed * (all - done) / done_now, text,
            c->options.progress_on_terminal ? "   " : "\n");
    fflush(stderr);
}

void hf_progress_show(hf_progress *progress, const hf_campaign *c) {
    double now = hf_clock_seconds(), pause = c->options.progress_on_terminal ? 0.5 : 10.0;
    if (!progress->shown || now - progress->last < pause)
        return;
    progress->last = now;
    print(progress, c, hf_comm_size(c->comm) - 1, now);
}

void hf_progress_end(hf_progress *progress, const hf_campaign *c) {
    if (!progress->shown || !c->options.progress_on_terminal || c->trials_done == 0)
        return;
    print(progress, c, 0, hf_clock_seconds()); /* the last union left all of it at the root */
    fputc('\n', stderr);
}
