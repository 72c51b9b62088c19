#include "run/bench.h"
#include "run/bench_clock.h"
#include "run/bench_rates.h"
#include "run/bench_trial.h"
#include "sim/work.h"
#include <stdio.h>

static const int widths[] = {8, 16, 32, 64, 128}; /* to see that the chosen one is right */
enum { N_WIDTHS = sizeof widths / sizeof *widths, MOST_KERNELS = 8 };

typedef struct bench {
    hf_campaign *campaign;
    hf_tables *tables; /* samples live in their arena */
    int n_repeats, core;
    hf_rates *rates;
    int n_contenders;
    hf_contender contenders[MOST_KERNELS + N_WIDTHS]; /* [0] is as a campaign would run */
    /* seconds, each [n_repeats] */
    double *trial, *trial_without_weekly, *claim, *progress;
} bench;

/* ---- measuring ---- */

static void add_contender(bench *b, const hf_kernel *kernel, int n_lanes) {
    hf_contender_init(&b->contenders[b->n_contenders++], b->campaign, kernel, n_lanes,
                      b->n_repeats);
}

/* As a campaign runs; then its lanes with every other kernel, and its kernel with other lanes. The
 * reference is too slow to be asked along. */
static void add_contenders(bench *b) {
    const hf_kernel *chosen = b->campaign->trials->kernel;
    int n, n_lanes = b->campaign->trials->n_lanes;
    const hf_kernel *list = hf_kernel_list(&n);
    add_contender(b, chosen, n_lanes);
    for (int i = 1; i < n; i++)
        if (list[i].available && &list[i] != chosen)
            add_contender(b, &list[i], n_lanes);
    for (int i = 0; i < N_WIDTHS; i++)
        if (widths[i] != n_lanes)
            add_contender(b, chosen, widths[i]);
}

static void set_up(bench *b) {
    hf_arena *arena = b->tables->arena;
    b->rates = hf_rates_create(b->campaign->trials->kernel->name, b->n_repeats);
    add_contenders(b);
    b->trial = HF_ARENA_NEW(arena, b->n_repeats, double);
    b->trial_without_weekly = HF_ARENA_NEW(arena, b->n_repeats, double);
    b->claim = HF_ARENA_NEW(arena, b->n_repeats, double);
    b->progress = HF_ARENA_NEW(arena, b->n_repeats, double);
}

static void tear_down(bench *b) {
    for (int i = 0; i < b->n_contenders; i++)
        hf_contender_clear(&b->contenders[i]);
    hf_rates_destroy(b->rates);
}

static void measure(bench *b, int repeat) {
    int n_batches = b->contenders[0].n_batches;
    hf_rates_measure(b->rates, repeat);
    for (int i = 0; i < b->n_contenders; i++)
        hf_contender_measure(&b->contenders[i], b->campaign, repeat);
    b->trial[repeat] = hf_bench_trial_seconds(b->campaign, n_batches, true);
    b->trial_without_weekly[repeat] = hf_bench_trial_seconds(b->campaign, n_batches, false);
    b->claim[repeat] = hf_bench_claim_seconds(b->campaign);
    b->progress[repeat] = hf_bench_progress_seconds(b->campaign);
}

/* ---- what was found ---- */

static const hf_plan *plan_of(const bench *b) {
    return b->campaign->plans[0];
}

static double stage_weeks(const bench *b) { /* of a trial */
    return (double)plan_of(b)->n_stages * (double)plan_of(b)->n_weeks;
}

static hf_figures *figures_of(const bench *b) {
    hf_figures *figures = HF_ARENA_NEW(b->tables->arena, 1, hf_figures);
    *figures = (hf_figures){.tables = b->tables, .n_repeats = b->n_repeats};
    return figures;
}

static void report_core(const bench *b) {
    hf_figures *f = figures_of(b);
    char title[96];
    hf_rates_report(b->rates, f);
    snprintf(title, sizeof title, "the core, with vectors of %d doubles",
             hf_rates_vector_bytes(b->rates) / (int)sizeof(double));
    hf_figures_write(f, "/bench/core", title);
}

static void report_state_update(const bench *b) {
    hf_figures *f = figures_of(b);
    for (int i = 0; i < b->n_contenders; i++) {
        const hf_contender *contender = &b->contenders[i];
        const double *seconds = contender->parts.state;
        char name[96];
        snprintf(name, sizeof name, "%s, %d lanes", contender->kernel->name, contender->n_lanes);
        hf_figures_ratio(f, name, "million stage-weeks/s", 1e-6 * stage_weeks(b), NULL, seconds);
        hf_figures_ratio(f, name, "ns/stage-week", 1e9 / stage_weeks(b), seconds, NULL);
    }
    hf_figures_write(f, "/bench/state_update", "the state update, by kernel and lanes");
}

/* Work of one kind: how much of it a vector of trials needs a week, and how long that takes. */
static const double *add_work(const bench *b, hf_figures *f, const char *name, double amount,
                              hf_rate rate) {
    const double *per_ns = hf_rates_of(b->rates, rate);
    hf_figures_ratio(f, name, "vector/week", amount, NULL, NULL);
    return hf_figures_ratio(f, name, "ns/week", amount, NULL, per_ns);
}

enum { LOADING, STORING, MULTIPLYING, ADDING, N_UNITS };
static const char *const units[N_UNITS] = {"loads", "stores", "multiplies and divides", "adds"};

/* [n_repeats] nanoseconds that each unit of the core is busy with a week of one vector. A division
 * takes the place of multiplications. */
static void add_units(const bench *b, hf_figures *f, const double *busy[N_UNITS]) {
    const hf_work work = hf_week_work(plan_of(b));
    busy[LOADING] = add_work(b, f, units[LOADING], work.loads, HF_RATE_LOAD);
    busy[STORING] = add_work(b, f, units[STORING], work.stores, HF_RATE_STORE);
    const double *multiplies = add_work(b, f, "multiplies", work.multiplies, HF_RATE_MULTIPLY);
    const double *divides = add_work(b, f, "divides", work.divides, HF_RATE_DIVIDE);
    double *sum = hf_figures_add(f, units[MULTIPLYING], "ns/week");
    for (int r = 0; r < b->n_repeats; r++)
        sum[r] = multiplies[r] + divides[r];
    busy[MULTIPLYING] = sum;
    busy[ADDING] = add_work(b, f, units[ADDING], work.adds, HF_RATE_ADD);
}

/* No arrangement of a week's work is faster than the unit that has most of it. */
static void report_port_bound(const bench *b) {
    hf_figures *f = figures_of(b);
    const double *busy[N_UNITS], *state = b->contenders[0].parts.state;
    double lanes = (double)hf_rates_vector_bytes(b->rates) / sizeof(double), longest = 0.0;
    const char *binding = NULL;
    char title[128];
    add_units(b, f, busy);
    double *bound = hf_figures_add(f, "bound", "ns/week");
    for (int unit = 0; unit < N_UNITS; unit++) {
        double typical = hf_figure_quantile(busy[unit], b->n_repeats, 0.5);
        binding = typical > longest ? units[unit] : binding;
        longest = typical > longest ? typical : longest;
        for (int r = 0; r < b->n_repeats; r++)
            bound[r] = busy[unit][r] > bound[r] ? busy[unit][r] : bound[r];
    }
    hf_figures_ratio(f, "bound", "million stage-weeks/s",
                     1e3 * lanes * (double)plan_of(b)->n_stages, NULL, bound);
    const double *taken = hf_figures_ratio(f, "state update", "ns/week",
                                           1e9 * lanes / (double)plan_of(b)->n_weeks, state, NULL);
    hf_figures_ratio(f, "bound over state update", "1", 1.0, bound, taken);
    snprintf(title, sizeof title, "the port bound, for a vector of trials; %s bind", binding);
    hf_figures_write(f, "/bench/port_bound", title);
}

static void add_part(const bench *b, hf_figures *f, const char *name, const double *seconds) {
    hf_figures_ratio(f, name, "us/trial", 1e6, seconds, NULL);
    hf_figures_ratio(f, name, "of the trial", 1.0, seconds, b->trial);
}

/* The weekly series are what a trial takes longer with them than without. */
static void report_trial(const bench *b) {
    hf_figures *f = figures_of(b);
    const hf_parts *parts = &b->contenders[0].parts;
    double *weekly = HF_ARENA_NEW(b->tables->arena, b->n_repeats, double);
    double *rest = HF_ARENA_NEW(b->tables->arena, b->n_repeats, double);
    for (int r = 0; r < b->n_repeats; r++) {
        weekly[r] = b->trial[r] - b->trial_without_weekly[r];
        rest[r] = b->trial_without_weekly[r] - parts->shocks[r] - parts->state[r] -
                  parts->outcome[r] - parts->tally[r];
    }
    add_part(b, f, "shocks", parts->shocks);
    add_part(b, f, "state update", parts->state);
    add_part(b, f, "weekly series", weekly);
    add_part(b, f, "outcome", parts->outcome);
    add_part(b, f, "tally", parts->tally);
    add_part(b, f, "not accounted for", rest);
    hf_figures_ratio(f, "trial", "us/trial", 1e6, b->trial, NULL);
    hf_figures_ratio(f, "trial", "million stage-weeks/s", 1e-6 * stage_weeks(b), NULL, b->trial);
    hf_figures_ratio(f, "state update over trial", "1", 1.0, parts->state, b->trial);
    hf_figures_write(f, "/bench/trial", "a whole trial, as a campaign runs it, and its parts");
}

/* A tally costs something a trial, a block something every block_trials of them: so it adds up for
 * any number of trials of which the last block is no large part. What is left out is printing the
 * progress, at most twice a second. */
static void report_blocks(const bench *b) {
    hf_figures *f = figures_of(b);
    double block = (double)b->campaign->schedule.block_trials;
    const double *tally = b->contenders[0].parts.tally;
    char title[96];
    hf_figures_ratio(f, "claim a block", "ns/block", 1e9, b->claim, NULL);
    hf_figures_ratio(f, "ask for progress", "ns/block", 1e9, b->progress, NULL);
    hf_figures_ratio(f, "tally", "ns/trial", 1e9, tally, NULL);
    double *share = hf_figures_add(f, "all three over trial", "1");
    for (int r = 0; r < b->n_repeats; r++)
        share[r] = (tally[r] + (b->claim[r] + b->progress[r]) / block) / b->trial[r];
    snprintf(title, sizeof title, "what surrounds the trials, in %d of them by blocks of %.0f",
             HF_BENCH_TRIALS, block);
    hf_figures_write(f, "/bench/blocks", title);
}

static void report_subject(const bench *b) {
    hf_group *group = hf_tables_group(b->tables, "/bench");
    const hf_contender *first = &b->contenders[0];
    size_t bytes = hf_batch_bytes(plan_of(b), first->n_lanes);
    hf_group_set_text(group, "title", b->campaign->world->scenarios[0]->title);
    hf_group_set_text(group, "policy", plan_of(b)->policy);
    hf_group_set_integer(group, "stages", plan_of(b)->n_stages);
    hf_group_set_integer(group, "links", plan_of(b)->n_links);
    hf_group_set_integer(group, "weeks", plan_of(b)->n_weeks);
    hf_group_set_text(group, "kernel", first->kernel->name);
    hf_group_set_integer(group, "lanes", first->n_lanes);
    hf_group_set_integer(group, "state_bytes", (int64_t)bytes);
    hf_group_set_integer(group, "block_trials", (int64_t)b->campaign->schedule.block_trials);
    hf_group_set_integer(group, "vector_bytes", hf_rates_vector_bytes(b->rates));
    hf_group_set_integer(group, "core", b->core);
    hf_group_set_integer(group, "repetitions", b->n_repeats);
}

hf_status hf_bench_make(hf_comm *comm, const hf_world *world, const hf_job *job,
                        const hf_campaign_options *options, int n_repeats, hf_tables *tables,
                        hf_error *err) {
    hf_job million = *job; /* as trials fall, every trial for itself */
    million.trials = HF_BENCH_TRIALS;
    million.record = HF_RECORD_NONE;
    million.inner_trials = 1;
    million.precision = (hf_precision){0};
    million.sampling = (hf_sampling){0};
    million.attribution = (hf_attribution){0};
    bench b = {.tables = tables, .n_repeats = n_repeats, .core = hf_bench_pin()};
    hf_problems problems;
    hf_problems_init(&problems);
    hf_status status =
        hf_campaign_create(comm, world, &million, options, &problems, &b.campaign, err);
    if (problems.n > 0)
        hf_fail(err, status, "%s", problems.lines[0]);
    hf_problems_clear(&problems);
    if (status != HF_OK)
        return status;
    set_up(&b);
    measure(&b, 0); /* to warm up: the round that follows replaces it */
    for (int repeat = 0; repeat < n_repeats; repeat++)
        measure(&b, repeat);
    report_subject(&b);
    report_core(&b);
    report_state_update(&b);
    report_port_bound(&b);
    report_trial(&b);
    report_blocks(&b);
    tear_down(&b);
    hf_campaign_destroy(b.campaign);
    return HF_OK;
}
