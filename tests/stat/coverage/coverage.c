/* Do intervals cover what they say? Every estimator of stats/summary.h on distributions with known
 * truth, by the rule of verdict.h; exit 1 when a cell fails.
 *
 *   coverage [--tenth] [--processes P] [--trials N] [--json FILE]
 *
 * 10 000 repeats of 10^3 and 10^4 trials, 2000 of 10^5. --tenth takes the first tenth of them,
 * --trials one of the three alone. Repeat r of a distribution draws from a stream of (SEED, r,
 * distribution), so a tenth is part of the whole and processes change nothing. */
#include "base/hash.h"
#include "base/memory.h"
#include "rng/stream.h"
#include "stat/coverage/known.h"
#include "stat/coverage/shares.h"
#include "stat/coverage/subject.h"
#include "stat/coverage/tilted.h"
#include "stat/coverage/verdict.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEED       20261122
#define CONFIDENCE 0.95

enum { N_SIZES = 3, N_DIFFERENCES = 1 + HF_N_TAILS, MAX_PROCESSES = 64 };
static const int sizes[N_SIZES] = {1000, 10000, 100000};
static const int n_repeats[N_SIZES] = {10000, 10000, 2000};

/* All that is counted for one number of trials; plain data, so that processes can hand it over. */
typedef struct results {
    cell statistics[N_KNOWN][HF_N_STATISTICS];
    cell losses[N_KNOWN][HF_N_CHANCES];
    cell differences[N_PAIRS][N_DIFFERENCES];
    cell weighed[N_TILTED][HF_N_STATISTICS];
    cell shares[N_SHARES];
} results;

static double level_of(uint32_t millionths) {
    return (double)millionths / (double)HF_MILLION;
}

static hf_pcg64 stream_of(int repeat, const char *name) {
    hf_key key = hf_key_trial(SEED, (uint64_t)repeat);
    return hf_stream_event(hf_key_child(key, hf_hash_id(name)), HF_PURPOSE_SEVERITY, 0);
}

/* Room for what one process works with. */
typedef struct room {
    double *x, *y, *scratch;
} room;

static void judge_known(int k, const hf_rules *rules, int n, int repeat, room *r, results *out) {
    const known *of = &known_list[k];
    hf_pcg64 rng = stream_of(repeat, of->name);
    static subject estimates;
    known_sample(of, &rng, n, r->x);
    subject_estimate(rules, of->side, (uint64_t)n, r->x, r->scratch, &estimates);
    cell *cells = out->statistics[k];
    cell_add(&cells[HF_MEAN], &estimates.statistics[HF_MEAN], known_mean(of));
    for (int i = 0; i < HF_N_QUANTILES; i++)
        cell_add(&cells[HF_Q01 + i], &estimates.statistics[HF_Q01 + i],
                 known_quantile(of, level_of(hf_quantile_levels[i])));
    for (int i = 0; i < HF_N_TAILS; i++) {
        double p = level_of(hf_tail_levels[i]);
        cell_add(&cells[HF_VAR90 + i], &estimates.statistics[HF_VAR90 + i], known_var(of, p));
        cell_add(&cells[HF_CVAR90 + i], &estimates.statistics[HF_CVAR90 + i], known_cvar(of, p));
    }
    for (int i = 0; i < HF_N_CHANCES; i++)
        cell_add(&out->losses[k][i], &estimates.losses[i],
                 known_var(of, level_of(HF_MILLION - hf_chances[i])));
}

static void judge_pair(int p, const hf_rules *rules, int n, int repeat, room *r, results *out) {
    const known_pair *pair = &pair_list[p];
    hf_pcg64 rng = stream_of(repeat, pair->name);
    hf_estimate differences[N_DIFFERENCES];
    pair_sample(pair, &rng, n, r->x, r->y);
    subject_compare(rules, (uint64_t)n, r->x, r->y, r->scratch, differences);
    cell_add(&out->differences[p][0], &differences[0],
             pair->factor * known_mean(&pair->second) - known_mean(&pair->first));
    for (int i = 0; i < HF_N_TAILS; i++) {
        double level = level_of(hf_tail_levels[i]);
        cell_add(&out->differences[p][1 + i], &differences[1 + i],
                 pair->factor * known_cvar(&pair->second, level) - known_cvar(&pair->first, level));
    }
}

static void judge_tilted(int t, const hf_rules *rules, int n, int repeat, room *r, results *out) {
    const tilted *of = &tilted_list[t];
    hf_pcg64 rng = stream_of(repeat, of->name);
    static hf_estimate statistics[HF_N_STATISTICS];
    tilted_sample(of, &rng, n, r->x, r->y);
    subject_weigh(rules, (uint64_t)n, r->x, r->y, statistics);
    cell *cells = out->weighed[t];
    cell_add(&cells[HF_MEAN], &statistics[HF_MEAN], tilted_mean(of));
    for (int i = 0; i < HF_N_TAILS; i++) {
        double p = level_of(hf_tail_levels[i]);
        cell_add(&cells[HF_VAR90 + i], &statistics[HF_VAR90 + i], tilted_var(of, p));
        cell_add(&cells[HF_CVAR90 + i], &statistics[HF_CVAR90 + i], tilted_cvar(of, p));
    }
}

static void judge_shares(int n, int repeat, results *out) {
    hf_pcg64 rng = stream_of(repeat, "shares");
    hf_estimate shares[N_SHARES];
    share_estimate(&rng, n, CONFIDENCE, shares);
    for (int i = 0; i < N_SHARES; i++)
        cell_add(&out->shares[i], &shares[i], share_truth(i));
}

/* Repeats first, first + step, ... below repeats. Shares not from the largest number of trials:
 * they take long, and it is the number of ranges that their intervals depend on. */
static void work(int n, int repeats, int first, int step, results *out) {
    room r = {HF_NEW(n, double), HF_NEW(n, double), HF_NEW(2 * n, double)};
    hf_rules *rules = HF_NEW(2, hf_rules); /* without weights, with */
    for (int i = 0; i < 2; i++)
        hf_rules_init(&rules[i], (uint64_t)n, i == 1, CONFIDENCE);
    for (int repeat = first; repeat < repeats; repeat += step) {
        for (int k = 0; k < N_KNOWN; k++)
            judge_known(k, &rules[0], n, repeat, &r, out);
        for (int p = 0; p < N_PAIRS; p++)
            judge_pair(p, &rules[0], n, repeat, &r, out);
        for (int t = 0; t < N_TILTED; t++)
            judge_tilted(t, &rules[1], n, repeat, &r, out);
        if (n < sizes[N_SIZES - 1])
            judge_shares(n, repeat, out);
    }
    hf_free(rules);
    hf_free(r.x);
    hf_free(r.y);
    hf_free(r.scratch);
}

static void merge(results *to, const results *from) {
    cell *cells = (cell *)to;
    for (size_t i = 0; i < sizeof *to / sizeof *cells; i++)
        cell_merge(&cells[i], (const cell *)from + i);
}

static void work_in_processes(int n, int repeats, int n_processes, results *out) {
    int pipes[MAX_PROCESSES][2];
    for (int p = 0; p < n_processes; p++) {
        if (pipe(pipes[p]) != 0)
            exit(3);
        if (fork() == 0) {
            work(n, repeats, p, n_processes, out);
            bool is_written = write(pipes[p][1], out, sizeof *out) == (ssize_t)sizeof *out;
            _exit(is_written ? 0 : 3);
        }
        close(pipes[p][1]);
    }
    for (int p = 0; p < n_processes; p++) {
        results part;
        size_t n_read = 0;
        for (ssize_t got = 1; got > 0; n_read += (size_t)got)
            got = read(pipes[p][0], (char *)&part + n_read, sizeof part - n_read);
        if (n_read < sizeof part)
            exit(3);
        close(pipes[p][0]);
        merge(out, &part);
    }
    while (wait(NULL) > 0) {
    }
}

/* Where the cells go, and whether one has failed. */
typedef struct report {
    FILE *json; /* NULL: nowhere */
    int n, n_cells, n_failed;
} report;

static bool note(report *r, const char *of, const char *what, kind judged_as, const cell *c) {
    const char *fault = cell_fault(c, judged_as);
    uint64_t n_intervals = cell_intervals(c), n_unwarned = n_intervals - c->n_warned;
    if (r->json)
        fprintf(r->json,
                "%s\n {\"distribution\": \"%s\", \"estimator\": \"%s\", \"trials\": %d, "
                "\"repeats\": %llu, \"intervals\": %llu, \"covered\": %llu, \"unwarned\": %llu, "
                "\"covered_unwarned\": %llu, \"stated\": %.6f, \"fault\": \"%s\"}",
                r->n_cells ? "," : "", of, what, r->n, (unsigned long long)c->n,
                (unsigned long long)n_intervals,
                (unsigned long long)(c->covered_warned + c->covered_unwarned),
                (unsigned long long)n_unwarned, (unsigned long long)c->covered_unwarned,
                n_intervals ? c->stated / (double)n_intervals : 0.0, fault ? fault : "");
    r->n_cells++;
    r->n_failed += fault != NULL;
    return !fault;
}

/* Approximate intervals: coverage, `!` where the cell fails, percent of repeats warned. */
static void print_row(report *r, const char *of, int n_columns, const char *const *names,
                      kind judged_as, const cell *const *cells) {
    printf("%-30s", of);
    for (int i = 0; i < n_columns; i++) {
        bool holds = note(r, of, names[i], judged_as, cells[i]);
        char coverage[16] = "none";
        if (cell_intervals(cells[i]))
            snprintf(coverage, sizeof coverage, "%.3f", cell_coverage(cells[i]));
        printf("  %5s%c%4.0f", coverage, holds ? ' ' : '!', 100.0 * cell_warned(cells[i]));
    }
    printf("\n");
}

static void print_approximate(report *r, const results *found) {
    static const char *const names[N_DIFFERENCES] = {"mean", "cvar90", "cvar95", "cvar99",
                                                     "cvar999"};
    const cell *row[N_DIFFERENCES];
    printf("\n%d trials: coverage, percent warned\n%-30s", r->n, "");
    for (int i = 0; i < N_DIFFERENCES; i++)
        printf("%10s  ", names[i]);
    printf("\n");
    for (int k = 0; k < N_KNOWN; k++) {
        for (int i = 0; i < N_DIFFERENCES; i++)
            row[i] = &found->statistics[k][i ? HF_CVAR90 + i - 1 : HF_MEAN];
        print_row(r, known_list[k].name, N_DIFFERENCES, names, APPROXIMATE, row);
    }
    for (int p = 0; p < N_PAIRS; p++) {
        for (int i = 0; i < N_DIFFERENCES; i++)
            row[i] = &found->differences[p][i];
        print_row(r, pair_list[p].name, N_DIFFERENCES, names, APPROXIMATE, row);
    }
}

static void print_weighed(report *r, const results *found) {
    const cell *row[1];
    printf("\n%d trials with weights: coverage, percent warned\n", r->n);
    for (int t = 0; t < N_TILTED; t++) {
        for (int i = 0; i < HF_N_STATISTICS; i++) {
            row[0] = &found->weighed[t][i];
            if (row[0]->n == 0)
                continue;
            bool is_level = i >= HF_VAR90 && i < HF_CVAR90;
            double p = is_level ? level_of(hf_tail_levels[i - HF_VAR90]) : 0.0;
            bool is_atom = is_level && tilted_var(&tilted_list[t], p) == 0.0;
            printf("%-10s", hf_statistic_names[i]);
            print_row(r, tilted_list[t].name, 1, &hf_statistic_names[i],
                      is_atom ? APPROXIMATE_AT_LEAST : APPROXIMATE, row);
        }
    }
    for (int i = 0; i < N_SHARES && found->shares[i].n > 0; i++) {
        row[0] = &found->shares[i];
        printf("%-10s", "share");
        print_row(r, share_names[i], 1, (const char *const[]){"share"}, APPROXIMATE, row);
    }
}

/* One level: what is stated, what all continuous distributions and all with atoms have, and the
 * least of any. `first` is that level's cell of the first distribution, `stride` cells apart. */
static void print_level(report *r, const char *what, const cell *first, size_t stride) {
    cell pooled[2] = {{0}};
    double least = 1.0;
    bool holds = true;
    for (int k = 0; k < N_KNOWN; k++) {
        const cell *c = first + (size_t)k * stride;
        holds &= note(r, known_list[k].name, what, EXACT, c);
        cell_merge(&pooled[!known_is_continuous(&known_list[k])], c);
        if (cell_intervals(c))
            least = fmin(least, cell_coverage(c));
    }
    holds &= note(r, "all continuous", what, EXACT_AS_STATED, &pooled[0]);
    holds &= note(r, "all with atoms", what, EXACT_AT_LEAST, &pooled[1]);
    if (cell_intervals(&pooled[0]))
        printf("%-14s  %7.4f  %7.4f  %7.4f  %7.4f%s\n", what,
               pooled[0].stated / (double)cell_intervals(&pooled[0]), cell_coverage(&pooled[0]),
               cell_coverage(&pooled[1]), least, holds ? "" : " !");
    else
        printf("%-14s     none%s\n", what, holds ? "" : " !");
}

static void print_exact(report *r, const results *found) {
    const size_t n_statistics = HF_N_STATISTICS, n_chances = HF_N_CHANCES;
    printf("\n%d trials, by ranks\n%-14s   stated  continuous  atoms    least\n", r->n, "");
    for (int i = HF_Q01; i < HF_CVAR90; i++)
        print_level(r, hf_statistic_names[i], &found->statistics[0][i], n_statistics);
    for (int i = 0; i < HF_N_CHANCES; i++) {
        char what[32];
        snprintf(what, sizeof what, "chance %g", level_of(hf_chances[i]));
        print_level(r, what, &found->losses[0][i], n_chances);
    }
}

typedef struct options {
    bool is_tenth;
    int n_processes, n_trials; /* 0: all three */
    const char *json;
} options;

static options read_options(int argc, char **argv) {
    options o = {.n_processes = 1};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--tenth") == 0)
            o.is_tenth = true;
        else if (strcmp(argv[i], "--processes") == 0 && i + 1 < argc)
            o.n_processes = atoi(argv[++i]);
        else if (strcmp(argv[i], "--trials") == 0 && i + 1 < argc)
            o.n_trials = atoi(argv[++i]);
        else if (strcmp(argv[i], "--json") == 0 && i + 1 < argc)
            o.json = argv[++i];
        else
            o.n_processes = 0;
    }
    if (o.n_processes < 1 || o.n_processes > MAX_PROCESSES) {
        fputs("usage: coverage [--tenth] [--processes P] [--trials N] [--json FILE]\n", stderr);
        exit(2);
    }
    return o;
}

int main(int argc, char **argv) {
    options o = read_options(argc, argv);
    report r = {.json = o.json ? fopen(o.json, "w") : NULL};
    if (o.json && !r.json)
        return 3;
    if (r.json)
        fprintf(r.json, "{\"seed\": %d, \"confidence\": %g, \"cells\": [", SEED, CONFIDENCE);
    printf("seed %d, %s\n", SEED, o.is_tenth ? "the first tenth" : "all repeats");
    for (int i = 0; i < N_SIZES; i++) {
        if (o.n_trials && o.n_trials != sizes[i])
            continue;
        static results found;
        memset(&found, 0, sizeof found);
        fflush(stdout);
        r.n = sizes[i];
        work_in_processes(r.n, n_repeats[i] / (o.is_tenth ? 10 : 1), o.n_processes, &found);
        print_approximate(&r, &found);
        print_weighed(&r, &found);
        print_exact(&r, &found);
    }
    if (r.json)
        fprintf(r.json, "\n], \"failed\": %d}\n", r.n_failed);
    printf("\n%d of %d cells failed\n", r.n_failed, r.n_cells);
    return (r.json && fclose(r.json) != 0) ? 3 : r.n_failed > 0;
}
