#include "base/clock.h"
#include "base/version.h"
#include "io/provenance.h"
#include "io/result.h"
#include "run/campaign.h"
#include "run/result_tables.h"
#include "run/trial_columns.h"
#include <string.h>

static void describe(hf_tables *tables, const hf_campaign *c, const hf_campaign_origin *origin) {
    hf_group *root = hf_tables_group(tables, "/");
    char digest[HF_DIGEST_TEXT], reason[160];
    hf_looks_reason(c->job, c->job->precision.metric ? &c->records[c->n_looks - 1] : NULL, reason,
                    sizeof reason);
    hf_group_set_text(root, "Conventions", "CF-1.10");
    hf_group_set_text(root, "title", c->world->scenarios[0]->title);
    hf_group_set_text(root, "format", "holdfast-result/1");
    hf_digest_bytes(origin->scenario->canonical, strlen(origin->scenario->canonical), digest);
    hf_group_set_text(root, "scenario_digest", digest);
    hf_digest_bytes(origin->job_canonical, strlen(origin->job_canonical), digest);
    hf_group_set_text(root, "job_digest", digest);
    hf_group_set_count(root, "seed", c->job->seed);
    hf_group_set_count(root, "first_trial", c->job->first_trial);
    hf_group_set_count(root, "trials", c->n_trials);
    hf_group_set_text(root, "status", "complete");
    hf_group_set_text(root, "stop_reason", reason);
    hf_group_set_double(root, "confidence", c->looks.confidence);
    hf_group_set_text(
        root, "dependence",
        hf_campaign_shares_rates(c)
            ? "trials of an outer draw share their rates: intervals, which take trials "
              "as independent, are too narrow; see /uncertainty"
            : "trials are independent");
    hf_group_set_text(root, "order_statistics",
                      c->estimates->exact ? "exact" : "histogram, relative error 2^-12");
}

/* What each rank did, at the root. Collective. */
typedef struct rank_record {
    char host[64];
    uint64_t trials;
    double seconds;
} rank_record;

static rank_record *gather_records(const hf_campaign *c) {
    rank_record mine = {.trials = c->trials_done, .seconds = c->seconds};
    hf_host_name(mine.host, sizeof mine.host);
    rank_record *all = hf_comm_is_root(c->comm) ? HF_NEW(hf_comm_size(c->comm), rank_record) : NULL;
    hf_comm_gather(c->comm, &mine, sizeof mine, all);
    return all;
}

static void add_provenance(hf_tables *tables, const hf_campaign *c,
                           const hf_campaign_origin *origin, const rank_record *records) {
    int n = hf_comm_size(c->comm);
    const hf_halt *halt = c->saving ? &c->saving->halt : NULL;
    char finished[21];
    const char **hosts = HF_ARENA_NEW(tables->arena, n, const char *);
    uint64_t *trials = HF_ARENA_NEW(tables->arena, n, uint64_t);
    double *seconds = HF_ARENA_NEW(tables->arena, n, double);
    double *rates = HF_ARENA_NEW(tables->arena, n, double);
    double stage_weeks = 0.0;
    for (int v = 0; v < c->n_variants; v++)
        stage_weeks += (double)c->plans[v]->n_stages * (double)c->plans[v]->n_weeks;
    for (int rank = 0; rank < n; rank++) {
        hosts[rank] = records[rank].host;
        trials[rank] = records[rank].trials;
        seconds[rank] = records[rank].seconds;
        rates[rank] =
            seconds[rank] > 0.0 ? (double)trials[rank] * stage_weeks / seconds[rank] : 0.0;
    }
    hf_clock_timestamp(finished);
    hf_provenance_add(tables, &(hf_provenance){.started = origin->started,
                                               .finished = finished,
                                               .n_starts = (int64_t)c->n_starts,
                                               .mpi_library = hf_comm_library(c->comm),
                                               .kernel = c->trials->kernel->name,
                                               .n_arguments = origin->n_arguments,
                                               .arguments = origin->arguments,
                                               .scenario_path = origin->scenario_path,
                                               .job_path = origin->job_path,
                                               .n_ranks = n,
                                               .hosts = hosts});
    hf_performance_add(tables,
                       &(hf_performance){.n_ranks = n,
                                         .trials = trials,
                                         .seconds = seconds,
                                         .stage_weeks_per_second = rates,
                                         .n_checkpoints = halt ? halt->n_saves : 0,
                                         .checkpoint_seconds = halt ? halt->saving_seconds : 0.0,
                                         .wall_seconds = hf_clock_seconds() - c->started});
}

static void make_tables(hf_tables *tables, const hf_campaign *c, const hf_campaign_origin *origin,
                        const rank_record *records) {
    hf_axes axes = hf_axes_make(tables, c);
    describe(tables, c, origin);
    hf_summary_tables(tables, &axes, c);
    hf_distribution_tables(tables, &axes, c);
    hf_weekly_tables(tables, &axes, c);
    hf_stage_tables(tables, &axes, c);
    hf_hazard_tables(tables, &axes, c);
    if (c->causes)
        hf_cause_tables(tables, &axes, c);
    if (c->uncertainty)
        hf_uncertainty_tables(tables, &axes, c);
    if (c->account)
        hf_sampling_tables(tables, &axes, c);
    if (c->job->precision.metric)
        hf_convergence_tables(tables, c);
    if (c->job->record != HF_RECORD_NONE)
        hf_tail_tables(tables, &axes, c);
    if (c->job->record == HF_RECORD_ALL)
        hf_trial_tables(tables, &axes, c);
    hf_inputs_add(tables, &(hf_input_texts){.scenario = origin->scenario->verbatim,
                                            .job = origin->job_verbatim,
                                            .scenario_resolved = origin->scenario->canonical,
                                            .job_resolved = origin->job_canonical});
    add_provenance(tables, c, origin, records);
}

/* ---- /trials ---- */

static hf_status put_columns(const hf_campaign *c, hf_trial_columns *columns, hf_error *err) {
    hf_status status = HF_OK;
    for (int v = 0; v < c->n_variants; v++) {
        const double *weights = hf_tally_kept_weights(c->tally, v);
        for (int metric = 0; metric < c->outcome->n_metrics && status == HF_OK; metric++) {
            char table[128];
            snprintf(table, sizeof table, "/trials/%s", c->outcome->quantities[metric].name);
            status = hf_trial_columns_put(columns, table, (uint64_t)v,
                                          hf_tally_kept(c->tally, v, metric), err);
        }
        if (status == HF_OK && weights)
            status = hf_trial_columns_put(columns, "/trials/weight", (uint64_t)v, weights, err);
    }
    if (status == HF_OK && c->causes)
        status = hf_causes_write(c->causes, c, columns, err);
    return status;
}

/* Bytes of the tables that are written later: the root alone has any. */
static uint64_t declared_bytes(const hf_tables *tables) {
    uint64_t bytes = 0;
    for (size_t g = 0; tables && g < tables->n_groups; g++)
        for (size_t i = 0; i < tables->groups[g]->n_tables; i++)
            if (tables->groups[g]->items[i]->is_declared)
                bytes += hf_table_size(tables->groups[g]->items[i]) * sizeof(double);
    return bytes;
}

/* Collective. */
static hf_status write_columns(const hf_campaign *c, hf_draft *draft, const hf_tables *tables,
                               hf_error *err) {
    uint64_t bytes = declared_bytes(tables), least = c->options.collective_bytes;
    hf_comm_broadcast(c->comm, draft, sizeof *draft);
    hf_comm_broadcast(c->comm, &bytes, sizeof bytes);
    bool is_collective =
        hf_comm_size(c->comm) > 1 && bytes >= (least > 0 ? least : HF_COLLECTIVE_BYTES);
    hf_trial_order *order =
        hf_trial_order_create(c->comm, c->job->first_trial, c->n_trials, HF_COLUMN_CHUNK,
                              hf_tally_n_kept(c->tally), hf_tally_kept_trials(c->tally));
    hf_trial_columns columns;
    hf_status status = hf_trial_columns_open(&columns, c->comm, draft, order, is_collective, err);
    if (status == HF_OK)
        status = hf_trial_columns_close(&columns, put_columns(c, &columns, err), err);
    hf_trial_order_destroy(order);
    return status;
}

hf_status hf_campaign_write(hf_campaign *c, const hf_campaign_origin *origin, const char *path,
                            bool replace, char digest[HF_DIGEST_TEXT], hf_error *err) {
    bool is_root = hf_comm_is_root(c->comm);
    rank_record *records = gather_records(c);
    hf_tables *tables = is_root ? hf_tables_create() : NULL;
    hf_draft draft;
    hf_status status = HF_OK;
    memset(&draft, 0, sizeof draft);
    if (is_root) {
        make_tables(tables, c, origin, records);
        status = hf_result_begin(&draft, tables, path, replace, err);
    }
    status = hf_comm_agree(c->comm, status, err);
    if (status == HF_OK && c->job->record == HF_RECORD_ALL) {
        status = write_columns(c, &draft, tables, err);
        if (status != HF_OK && is_root)
            hf_draft_abandon(&draft);
    }
    if (status == HF_OK) {
        status = is_root ? hf_result_finish(&draft, digest, err) : HF_OK;
        status = hf_comm_agree(c->comm, status, err);
    }
    if (status == HF_OK)
        hf_comm_broadcast(c->comm, digest, HF_DIGEST_TEXT);
    hf_tables_destroy(tables);
    hf_free(records);
    return status;
}
