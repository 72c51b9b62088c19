#include "cli/check_tables.h"
#include "base/clock.h"
#include "base/number.h"
#include "io/table_text.h"
#include "run/forecast.h"
#include "run/looks.h"
#include "run/trial.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* `sides` has a letter a column: l or r, as its cells stand. */
static void header(hf_grid *grid, const char *sides, const char *const *words) {
    for (int i = 0; sides[i]; i++)
        hf_grid_cell(grid, sides[i] == 'l' ? HF_LEFT : HF_RIGHT, words[i]);
    hf_grid_line(grid);
    hf_grid_rule(grid);
}

static void print(hf_grid *grid) {
    hf_grid_print(grid, stdout);
    hf_grid_destroy(grid);
}

static void places(const hf_scenario *s, const hf_stage *stage, char *text, size_t n) {
    text[0] = '\0';
    for (int i = 0; i < stage->n_sites; i++) {
        strncat(text, i ? "+" : "", n - strlen(text) - 1);
        strncat(text, s->regions[stage->sites[i].region].id, n - strlen(text) - 1);
    }
}

static void sources(const hf_scenario *s, const hf_stage *stage, char *text, size_t n) {
    text[0] = '\0';
    for (int k = 0; k < stage->n_inputs; k++)
        for (int a = 0; a < stage->inputs[k].n_links; a++) {
            strncat(text, *text ? " " : "", n - strlen(text) - 1);
            strncat(text, s->stages[stage->inputs[k].links[a].supplier].id, n - strlen(text) - 1);
        }
}

void hf_check_network(const hf_scenario *s, const hf_plan *plan) {
    static const char *const words[] = {"stage", "product", "region", "cycle, weeks", "sources"};
    hf_grid *grid = hf_grid_create();
    header(grid, "lllrl", words);
    for (int i = 0; i < plan->n_stages; i++) {
        int at = hf_scenario_find_stage(s, plan->stages[plan->order[i]].id);
        if (at < 0)
            continue;
        const hf_stage *stage = &s->stages[at];
        char text[512];
        hf_grid_cell(grid, HF_LEFT, stage->id);
        hf_grid_cell(grid, HF_LEFT, stage->product);
        places(s, stage, text, sizeof text);
        hf_grid_cell(grid, HF_LEFT, text);
        snprintf(text, sizeof text, "%d", stage->cycle_weeks);
        hf_grid_cell(grid, HF_RIGHT, text);
        sources(s, stage, text, sizeof text);
        hf_grid_cell(grid, HF_LEFT, text);
        hf_grid_line(grid);
    }
    print(grid);
}

/* Largest planned starts over capacity of a year; NaN without a limit. */
static double load(const hf_plan_stage *stage, int from, int to) {
    double worst = 0.0;
    for (int t = from; t < to; t++) {
        if (stage->capacity[t] >= HF_UNLIMITED)
            return (double)NAN;
        if (stage->starts[t] > 1e-9 * stage->scale)
            worst = fmax(worst, stage->capacity[t] > 0.0 ? stage->starts[t] / stage->capacity[t]
                                                         : HF_UNLIMITED);
    }
    return worst;
}

void hf_check_balance(const hf_plan *plan) {
    int n_years = (plan->n_weeks + 51) / 52;
    hf_grid *grid = hf_grid_create();
    hf_grid_cell(grid, HF_LEFT, "stage");
    for (int year = 0; year < n_years; year++) {
        char text[32];
        snprintf(text, sizeof text, "year %d", year + 1);
        hf_grid_cell(grid, HF_RIGHT, text);
    }
    hf_grid_line(grid);
    hf_grid_rule(grid);
    for (int i = 0; i < plan->n_stages; i++) {
        hf_grid_cell(grid, HF_LEFT, plan->stages[i].id);
        for (int year = 0; year < n_years; year++) {
            int end = year + 1 < n_years ? (year + 1) * 52 : plan->n_weeks;
            double part = load(&plan->stages[i], year * 52, end);
            char text[HF_NUMBER_TEXT];
            if (isnan(part))
                hf_grid_cell(grid, HF_RIGHT, "no limit");
            else if (part >= HF_UNLIMITED)
                hf_grid_cell(grid, HF_RIGHT, "no capacity");
            else {
                snprintf(text, sizeof text, "%.0f%%", 100.0 * part);
                hf_grid_cell(grid, HF_RIGHT, text);
            }
        }
        hf_grid_line(grid);
    }
    print(grid);
}

static double expected_points(const hf_plan_hazard *h, int n_weeks) {
    double weeks = 0.0;
    switch (h->arrival) {
    case HF_BERNOULLI_POINTS:
        return h->probability * (double)n_weeks;
    case HF_SCHEDULED_POINTS:
        return (double)h->n_scheduled;
    default:
        for (int i = 0; i < h->n_seasons; i++)
            weeks += (h->season_end[i] - h->season_start[i]) * h->season_gain;
        return hf_distribution_mean(&h->per_year) / HF_WEEKS_PER_YEAR *
               (h->seasonal ? weeks : (double)n_weeks);
    }
}

void hf_check_hazards(const hf_scenario *s, const hf_plan *plan) {
    static const char *const words[] = {"hazard", "family", "events", "weeks each", "meaning"};
    hf_grid *grid = hf_grid_create();
    header(grid, "llrrl", words);
    for (int h = 0; h < plan->n_hazards; h++) {
        const hf_plan_hazard *hazard = &plan->hazards[h];
        if (!hazard->present)
            continue;
        const hf_hazard *from = &s->hazards[hf_scenario_find_hazard(s, hazard->id)];
        hf_grid_cell(grid, HF_LEFT, hazard->id);
        hf_grid_cell(grid, HF_LEFT, from->family);
        hf_grid_number(grid, expected_points(hazard, plan->n_weeks), 3);
        hf_grid_number(grid, hf_distribution_mean(&hazard->duration), 3);
        hf_grid_cell(grid, HF_LEFT, from->name ? from->name : "");
        hf_grid_line(grid);
    }
    print(grid);
}

/* Seconds a trial takes here, by running some for a quarter of a second. */
static double measure(int n, hf_plan *const *plans, const hf_outcome *outcome, int n_lanes) {
    hf_trials *trials = hf_trials_create(n, plans, outcome, hf_kernel_fastest(), n_lanes, NULL);
    hf_weekly *weekly = hf_trials_weekly(n, plans, NULL);
    hf_trials_run(trials, 0, 0, n_lanes, weekly);
    double start = hf_clock_seconds(), spent = 0.0;
    uint64_t done = 0;
    while (spent < 0.25) {
        hf_trials_run(trials, 0, done, n_lanes, weekly);
        done += (uint64_t)n_lanes;
        spent = hf_clock_seconds() - start;
    }
    hf_weekly_destroy(weekly);
    hf_trials_destroy(trials);
    return spent / (double)done;
}

void hf_check_needs(const hf_job *job, const hf_world *world, const hf_space *space,
                    hf_plan *const *plans, const hf_causes *causes) {
    int n = world->n_policies, n_lanes = hf_trials_natural_lanes(n, plans, hf_kernel_fastest());
    hf_outcome *outcome = hf_outcome_create(space, world->scenarios[0]->currency);
    uint64_t memory = hf_forecast_memory(job, n, plans, outcome, space, n_lanes, job->trials);
    uint64_t disk = hf_forecast_disk(job, n, plans, outcome, space);
    double n_runs = causes ? (double)causes->n_coalitions : 1.0;
    double seconds = (double)job->trials * n_runs * measure(n, plans, outcome, n_lanes);
    if (causes)
        memory += hf_causes_bytes(causes, job->trials);
    if (causes && job->record == HF_RECORD_ALL)
        disk +=
            (uint64_t)(n * causes->n_coalitions * causes->n_metrics) * job->trials * sizeof(double);
    printf("%llu trials of %d policies on one rank: memory %.0f MiB, result file %.0f MiB, about "
           "%.0f s; order statistics %s\n",
           (unsigned long long)job->trials, n, (double)memory / 0x1p20, (double)disk / 0x1p20,
           seconds, hf_forecast_keeps(job) ? "exact" : "from histograms");
    hf_outcome_destroy(outcome);
}

static void print_looks(const hf_job *job) {
    hf_looks looks = hf_looks_make(job);
    printf("precision: looks after %llu", (unsigned long long)looks.trials[0]);
    if (looks.n > 2)
        printf(", %llu, twice as many and so on", (unsigned long long)looks.trials[1]);
    if (looks.n > 1)
        printf(" and %llu", (unsigned long long)job->trials);
    printf(" trials, %d at most; intervals at %.6g each\n", looks.n, looks.confidence);
}

static void print_causes(const hf_causes *causes) {
    printf("attribution: %d sets of %d families (", causes->n_coalitions, causes->n_drivers);
    for (int i = 0; i < causes->n_drivers; i++)
        printf("%s%s", i ? ", " : "", causes->drivers[i]);
    printf("), each takes the time of a plain run\n");
}

void hf_check_question(const hf_job *job, int n_plans, hf_plan *const *plans,
                       const hf_design *design, const hf_causes *causes) {
    unsigned long long inner = job->inner_trials;
    if (job->precision.metric)
        print_looks(job);
    if (inner > 1)
        printf("outer draws of random rates: %llu, of %llu trials each\n",
               (unsigned long long)job->trials / inner, inner);
    for (int v = 0; v < n_plans && hf_design_is_weighted(design); v++)
        printf("sampling: expected effective sample of policy %s %.3g%% of the trials\n",
               plans[v]->policy, 100.0 * hf_design_effective(design, plans[v], job->seed));
    if (causes)
        print_causes(causes);
}
