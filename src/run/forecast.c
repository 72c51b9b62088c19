#include "run/forecast.h"
#include "io/provenance.h"
#include "run/trial.h"
#include "stats/bins.h"
#include "stats/summary.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool hf_forecast_keeps(const hf_job *job) {
    return job->trials <= job->exact_trials / (uint64_t)job->n_policies;
}

hf_tally_options hf_forecast_tally(const hf_job *job, const hf_outcome *outcome,
                                   const hf_space *space, uint64_t share) {
    return (hf_tally_options){.keep_capacity = hf_forecast_keeps(job) ? (share > 0 ? share : 1) : 0,
                              .is_weighted = hf_job_is_weighted(job),
                              .tail_quantity = hf_outcome_find_metric(outcome, job->tail_metric),
                              .tail_count = job->tail_count,
                              .n_hazards = space->n_hazards,
                              .first_events = outcome->first_events,
                              .loss_quantity = hf_outcome_find_metric(outcome, "revenue_lost")};
}

uint64_t hf_forecast_memory(const hf_job *job, int n_variants, hf_plan *const *plans,
                            const hf_outcome *outcome, const hf_space *space, int n_lanes,
                            uint64_t share) {
    hf_tally_options options = hf_forecast_tally(job, outcome, space, share);
    uint64_t bytes =
        hf_tally_bytes(n_variants, outcome->n_quantities, outcome->quantities, &options, 20);
    bytes += 2 * hf_trials_weekly_bytes(n_variants, plans,
                                        hf_job_is_weighted(job)); /* its own and one to merge */
    for (int v = 0; v < n_variants; v++) /* plan, state, values; factors and shocks like as much */
        bytes += hf_arena_bytes(plans[v]->arena) + 2 * hf_batch_bytes(plans[v], n_lanes) +
                 (uint64_t)outcome->n_quantities * (uint64_t)n_lanes * sizeof(double);
    uint64_t a_value = sizeof(double) * (options.is_weighted ? 3 : 1); /* and the mass below it */
    if (options.keep_capacity) /* one variant's columns sorted, and scratch */
        bytes += share * a_value * (uint64_t)(outcome->n_metrics + 1);
    return bytes;
}

uint64_t hf_forecast_disk(const hf_job *job, int n_variants, hf_plan *const *plans,
                          const hf_outcome *outcome, const hf_space *space) {
    uint64_t weeks = (uint64_t)plans[0]->n_weeks, variants = (uint64_t)n_variants;
    uint64_t values = 4 * variants * weeks * (uint64_t)space->n_stages;
    values += variants * (uint64_t)outcome->n_metrics * (4 * HF_N_STATISTICS + HF_PLOT_BINS);
    if (job->record != HF_RECORD_NONE) /* the tail, with some events a trial */
        values += variants * (uint64_t)job->tail_count *
                  (uint64_t)(outcome->n_metrics + space->n_hazards);
    if (job->record == HF_RECORD_ALL)
        values += variants * (uint64_t)(outcome->n_metrics + hf_job_is_weighted(job)) * job->trials;
    return values * sizeof(double) + ((uint64_t)1 << 20);
}

/* A number of bytes in the first line of `file` that starts with `key`; 0 if there is none. */
static uint64_t number_in(const char *file, const char *key, uint64_t unit) {
    char line[256];
    uint64_t value = 0;
    FILE *stream = fopen(file, "r");
    if (!stream)
        return 0;
    while (fgets(line, sizeof line, stream))
        if (!strncmp(line, key, strlen(key)) &&
            sscanf(line + strlen(key), "%" SCNu64, &value) == 1) {
            value *= unit;
            break;
        }
    fclose(stream);
    return value;
}

uint64_t hf_forecast_available(void) {
    uint64_t available = number_in("/proc/meminfo", "MemAvailable:", 1024);
    uint64_t limit = number_in("/sys/fs/cgroup/memory.max", "", 1);
    uint64_t used = number_in("/sys/fs/cgroup/memory.current", "", 1);
    if (limit > used && (available == 0 || limit - used < available))
        available = limit - used;
    return available;
}

typedef struct need {
    char host[64];
    uint64_t bytes, available;
} need;

static hf_status judge(const need *ranks, int n, hf_error *err) {
    for (int i = 0; i < n; i++) {
        uint64_t bytes = 0;
        int n_here = 0;
        for (int j = 0; j < n; j++)
            if (!strcmp(ranks[i].host, ranks[j].host)) {
                bytes += ranks[j].bytes;
                n_here++;
            }
        if (ranks[i].available && bytes > ranks[i].available)
            return hf_fail(err, HF_BAD_INPUT,
                           "the ranks on %s (%d) need %.2f GiB and %.2f GiB are available; use "
                           "more hosts, fewer trials, or an --exact-trials below trials times "
                           "policies (order statistics then come from histograms)",
                           ranks[i].host, n_here, (double)bytes / 0x1p30,
                           (double)ranks[i].available / 0x1p30);
    }
    return HF_OK;
}

hf_status hf_forecast_check_memory(hf_comm *comm, uint64_t bytes, hf_error *err) {
    need mine = {.bytes = bytes, .available = hf_forecast_available()};
    hf_host_name(mine.host, sizeof mine.host);
    bool is_root = hf_comm_is_root(comm);
    need *all = is_root ? HF_NEW(hf_comm_size(comm), need) : NULL;
    hf_comm_gather(comm, &mine, sizeof mine, all);
    hf_status status = is_root ? judge(all, hf_comm_size(comm), err) : HF_OK;
    hf_free(all);
    return hf_comm_agree(comm, status, err);
}
