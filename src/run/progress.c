#include "run/progress.h"
#include "base/clock.h"
#include <stdio.h>

void hf_progress_init(hf_progress *progress, const hf_campaign *c) {
    *progress = (hf_progress){.shown = c->options.show_progress && hf_comm_is_root(c->comm),
                              .start = hf_clock_seconds(),
                              .last = hf_clock_seconds()};
}

/* "mean revenue_lost 12 +- 3" */
static void describe(const hf_progress *progress, const hf_campaign *c, char text[256]) {
    const hf_job *job = c->job;
    const char *metric = job->tail_metric, *statistic = "mean", *when = "";
    int quantity = hf_outcome_find_metric(c->outcome, metric);
    hf_estimate estimate = hf_estimate_of_sums(
        hf_tally_calm(c->tally, 0, quantity), &hf_tally_moments(c->tally, 0, quantity)->sums,
        hf_tally_units(c->tally, 0, quantity), job->confidence);
    if (progress->look) {
        estimate = progress->look->estimate;
        metric = job->precision.metric;
        statistic = job->precision.statistic;
        when = " at the last look";
    }
    snprintf(text, 256, "%s %s %.4g +- %.2g%s", statistic, metric, estimate.value,
             0.5 * (estimate.upper - estimate.lower), when);
}

static void print(const hf_progress *progress, const hf_campaign *c, double now) {
    double elapsed = now - progress->start, done = (double)c->trials_claimed;
    double all = (double)c->job->trials;
    char text[256];
    describe(progress, c, text);
    fprintf(stderr, "%s%3.0f%%  %.0f trials/s  %.0f s left  %s%s",
            c->options.progress_on_terminal ? "\r" : "", 100.0 * done / all, done / elapsed,
            elapsed * (all - done) / done, text, c->options.progress_on_terminal ? "   " : "\n");
    fflush(stderr);
}

void hf_progress_show(hf_progress *progress, const hf_campaign *c) {
    double now = hf_clock_seconds(), pause = c->options.progress_on_terminal ? 0.5 : 10.0;
    if (!progress->shown || now - progress->last < pause)
        return;
    progress->last = now;
    print(progress, c, now);
}

void hf_progress_end(hf_progress *progress, const hf_campaign *c) {
    if (!progress->shown || !c->options.progress_on_terminal || c->trials_done == 0)
        return;
    print(progress, c, hf_clock_seconds());
    fputc('\n', stderr);
}
