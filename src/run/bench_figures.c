#include "run/bench_figures.h"
#include "base/check.h"
#include <stdlib.h>
#include <string.h>

double *hf_figures_add(hf_figures *figures, const char *name, const char *unit) {
    HF_ASSERT(figures->n < HF_MAX_FIGURES);
    hf_arena *arena = figures->tables->arena;
    double *samples = HF_ARENA_NEW(arena, figures->n_repeats, double);
    figures->items[figures->n++] = (hf_figure){.name = hf_arena_strdup(arena, name),
                                               .unit = hf_arena_strdup(arena, unit),
                                               .samples = samples};
    return samples;
}

const double *hf_figures_ratio(hf_figures *figures, const char *name, const char *unit,
                               double factor, const double *above, const double *below) {
    double *samples = hf_figures_add(figures, name, unit);
    for (int r = 0; r < figures->n_repeats; r++)
        samples[r] = factor * (above ? above[r] : 1.0) / (below ? below[r] : 1.0);
    return samples;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

double hf_figure_quantile(const double *values, int n, double p) {
    double *sorted = HF_NEW(n, double);
    memcpy(sorted, values, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, ascending);
    double place = p * (double)(n - 1);
    int below = (int)place, above = below + 1 < n ? below + 1 : below;
    double value = sorted[below] + (place - (double)below) * (sorted[above] - sorted[below]);
    hf_free(sorted);
    return value;
}

static void add_quantile(const hf_figures *f, hf_group *group, const hf_dimension *figure,
                         const char *name, double p) {
    double *values = HF_ARENA_NEW(f->tables->arena, f->n, double);
    for (int i = 0; i < f->n; i++)
        values[i] = hf_figure_quantile(f->items[i].samples, f->n_repeats, p);
    hf_group_add_doubles(group, name, NULL, NULL, values, HF_DIMS(figure));
}

void hf_figures_write(const hf_figures *f, const char *path, const char *title) {
    hf_arena *arena = f->tables->arena;
    hf_group *group = hf_tables_group(f->tables, path);
    const hf_dimension *figure = hf_tables_add_plain_dimension(f->tables, "figure", (uint64_t)f->n);
    const hf_dimension *repetition =
        hf_tables_add_plain_dimension(f->tables, "repetition", (uint64_t)f->n_repeats);
    const char **names = HF_ARENA_NEW(arena, f->n, const char *);
    const char **units = HF_ARENA_NEW(arena, f->n, const char *);
    double *samples = HF_ARENA_NEW(arena, (size_t)f->n * (size_t)f->n_repeats, double);
    for (int i = 0; i < f->n; i++) {
        names[i] = f->items[i].name;
        units[i] = f->items[i].unit;
        memcpy(&samples[i * f->n_repeats], f->items[i].samples,
               (size_t)f->n_repeats * sizeof *samples);
    }
    hf_group_set_text(group, "title", title);
    hf_group_add_strings(group, "name", "what was measured", names, HF_DIMS(figure));
    hf_group_add_strings(group, "unit", "of all values of the figure", units, HF_DIMS(figure));
    add_quantile(f, group, figure, "median", 0.5);
    add_quantile(f, group, figure, "lower_quartile", 0.25);
    add_quantile(f, group, figure, "upper_quartile", 0.75);
    hf_group_add_doubles(group, "samples", NULL, "in order of time", samples,
                         HF_DIMS(figure, repetition));
}
