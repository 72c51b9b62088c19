#include "run/progress.h"
#include "base/clock.h"
#include <stdio.h>

void hf_progress_init(hf_progress *progress, const hf_campaign *c) {
    *progress = (hf_progress){.shown = c->options.show_progress && hf_comm_is_root(c->comm),
                              .start = hf_clock_seconds(),
                              .last = hf_clock_seconds(),
                              .share = hf_schedule_share(&c->schedule)};
}

static void print(const hf_progress *progress, const hf_campaign *c, double now) {
    double elapsed = now - progress->start, done = (double)c->trials_done;
    double share = (double)progress->share, ranks = (double)hf_comm_size(c->comm);
    int metric = hf_outcome_find_metric(c->outcome, c->job->tail_metric);
    hf_estimate mean =
        hf_estimate_mean(&hf_tally_moments(c->tally, 0, metric)->sums, c->job->confidence);
    fprintf(stderr, "%s%3.0f%%  %.0f trials/s  %.0f s left  mean %s %.4g +- %.2g%s",
            c->options.progress_on_terminal ? "\r" : "", 100.0 * done / share,
            done * ranks / elapsed, elapsed * (share - done) / done, c->job->tail_metric,
            mean.value, 0.5 * (mean.upper - mean.lower),
            c->options.progress_on_terminal ? "   " : "\n");
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
