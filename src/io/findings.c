#include "io/findings.h"
#include "io/table_text.h"
#include "io/utf8.h"
#include <stdarg.h>
#include <string.h>

void hf_findings_init(hf_findings *findings) {
    memset(findings, 0, sizeof *findings);
    findings->arena = hf_arena_create();
}

void hf_findings_clear(hf_findings *findings) {
    hf_free(findings->items);
    hf_arena_destroy(findings->arena);
    memset(findings, 0, sizeof *findings);
}

static const char *repaired(hf_arena *arena, const char *text) {
    char *copy = hf_arena_strdup(arena, text);
    hf_utf8_repair(copy);
    return copy;
}

void hf_findings_add(hf_findings *findings, const char *path, const char *format, ...) {
    char words[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    if (findings->n == findings->capacity) {
        size_t more = findings->capacity ? 2 * findings->capacity : 64;
        findings->items = (hf_finding *)hf_realloc(findings->items, findings->capacity, more,
                                                   sizeof *findings->items);
        findings->capacity = more;
    }
    path = repaired(findings->arena, path);
    findings->n_strange += !findings->n || strcmp(findings->items[findings->n - 1].path, path) != 0;
    findings->items[findings->n++] = (hf_finding){path, repaired(findings->arena, words)};
}

void hf_findings_print(const hf_findings *findings, FILE *stream) {
    hf_grid *grid = hf_grid_create();
    for (size_t i = 0; i < findings->n; i++) {
        hf_grid_cell(grid, HF_LEFT, findings->items[i].path);
        hf_grid_cell(grid, HF_LEFT, findings->items[i].words);
        hf_grid_line(grid);
    }
    hf_grid_print(grid, stream);
    hf_grid_destroy(grid);
}
