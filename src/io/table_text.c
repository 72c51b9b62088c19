/* Aligned text for terminals. Widths are counted in columns, not bytes. */
#include "io/table_text.h"
#include "base/check.h"
#include "io/utf8.h"
#include <math.h>
#include <string.h>

enum { LABEL_BYTES = 256, GAP = 2 };

/* ---- numbers ---- */

/* Digits after the point that give `digits` significant ones. */
static int decimals_of(double value, int digits) {
    char text[64];
    if (value == 0.0)
        return 0;
    snprintf(text, sizeof text, "%.*e", digits - 1, value);
    int exponent = 0;
    sscanf(strchr(text, 'e') + 1, "%d", &exponent); /* after rounding: 9.996 is 10.0 */
    return exponent >= digits - 1 ? 0 : digits - 1 - exponent;
}

static bool wants_exponent(double value) {
    return value != 0.0 && (fabs(value) < 1e-4 || fabs(value) >= 1e15);
}

static void format_fixed(char text[HF_NUMBER_TEXT], size_t n, double value, int decimals) {
    snprintf(text, n, "%.*f", decimals, value);
    if (strspn(text, "-0.") == strlen(text) && text[0] == '-')
        memmove(text, text + 1, strlen(text)); /* no "-0.00" */
}

void hf_format_number(char text[HF_NUMBER_TEXT], double value, int digits) {
    HF_ASSERT(digits >= 1 && digits <= 17);
    if (value != value)
        snprintf(text, HF_NUMBER_TEXT, "-");
    else if (isinf(value))
        snprintf(text, HF_NUMBER_TEXT, value > 0 ? "inf" : "-inf");
    else if (wants_exponent(value))
        snprintf(text, HF_NUMBER_TEXT, "%.*e", digits - 1, value);
    else
        format_fixed(text, HF_NUMBER_TEXT, value, decimals_of(value, digits));
}

void hf_format_interval(char text[HF_NUMBER_TEXT], double value, double lower, double upper,
                        int digits) {
    char low[HF_NUMBER_TEXT], high[HF_NUMBER_TEXT], middle[HF_NUMBER_TEXT];
    hf_format_number(middle, value, digits);
    if (!isfinite(value) || !isfinite(lower) || !isfinite(upper)) {
        memcpy(text, middle, HF_NUMBER_TEXT);
        return;
    }
    bool any_exponent = wants_exponent(value) || wants_exponent(lower) || wants_exponent(upper);
    double end = fabs(lower) > fabs(upper) ? lower : upper, scale = value != 0.0 ? value : end;
    int decimals = decimals_of(scale, digits);
    if (any_exponent) {
        hf_format_number(low, lower, digits);
        hf_format_number(high, upper, digits);
    } else {
        format_fixed(middle, sizeof middle, value, decimals);
        format_fixed(low, sizeof low, lower, decimals);
        format_fixed(high, sizeof high, upper, decimals);
    }
    snprintf(text, HF_NUMBER_TEXT, "%.30s [%.30s, %.30s]", middle, low, high);
}

/* ---- widths ---- */

size_t hf_text_width(const char *text) {
    static const int32_t none[][2] = {{0x300, 0x36F},   {0x1AB0, 0x1AFF}, {0x200B, 0x200F},
                                      {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}};
    static const int32_t wide[][2] = {{0x1100, 0x115F},  {0x2E80, 0x303E}, {0x3041, 0xA4CF},
                                      {0xAC00, 0xD7A3},  {0xF900, 0xFAFF}, {0xFE30, 0xFE6F},
                                      {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF},
                                      {0x20000, 0x3FFFD}};
    size_t width = 0;
    while (*text) {
        int32_t code = hf_utf8_next(&text);
        width++;
        for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
            width -= code >= none[i][0] && code <= none[i][1];
        for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
            width += code >= wide[i][0] && code <= wide[i][1];
    }
    return width;
}

/* ---- the grid ---- */

typedef struct cell {
    char *text;
    hf_align align;
    size_t width;
} cell;

typedef struct line {
    size_t first, n; /* its cells */
    bool is_rule;
} line;

struct hf_grid {
    hf_arena *arena; /* the texts */
    size_t n_cells, cells_capacity, n_lines, lines_capacity;
    cell *cells;
    line *lines;
    size_t line_start; /* of the current line */
};

hf_grid *hf_grid_create(void) {
    hf_grid *grid = HF_NEW(1, hf_grid);
    grid->arena = hf_arena_create();
    return grid;
}

void hf_grid_destroy(hf_grid *grid) {
    if (!grid)
        return;
    hf_arena_destroy(grid->arena);
    hf_free(grid->cells);
    hf_free(grid->lines);
    hf_free(grid);
}

/* No text can move the cursor of a terminal: control characters, C1 ones too, become '?'. */
static char *tamed(hf_arena *arena, const char *text) {
    char *copy = hf_arena_strdup(arena, text), *to = copy;
    while (*text) {
        const char *start = text;
        int32_t code = hf_utf8_next(&text);
        if (code < 0x20 || (code >= 0x7F && code < 0xA0)) {
            *to++ = '?';
        } else {
            memcpy(to, start, (size_t)(text - start));
            to += text - start;
        }
    }
    *to = '\0';
    return copy;
}

void hf_grid_cell(hf_grid *grid, hf_align align, const char *text) {
    if (grid->n_cells == grid->cells_capacity) {
        size_t more = grid->cells_capacity ? 2 * grid->cells_capacity : 64;
        grid->cells = (cell *)hf_realloc(grid->cells, grid->cells_capacity, more, sizeof(cell));
        grid->cells_capacity = more;
    }
    cell *added = &grid->cells[grid->n_cells++];
    added->text = tamed(grid->arena, text);
    added->align = align;
    added->width = hf_text_width(added->text);
}

void hf_grid_number(hf_grid *grid, double value, int digits) {
    char text[HF_NUMBER_TEXT];
    hf_format_number(text, value, digits);
    hf_grid_cell(grid, HF_RIGHT, text);
}

static void add_line(hf_grid *grid, bool is_rule) {
    if (grid->n_lines == grid->lines_capacity) {
        size_t more = grid->lines_capacity ? 2 * grid->lines_capacity : 16;
        grid->lines = (line *)hf_realloc(grid->lines, grid->lines_capacity, more, sizeof(line));
        grid->lines_capacity = more;
    }
    grid->lines[grid->n_lines++] =
        (line){grid->line_start, grid->n_cells - grid->line_start, is_rule};
    grid->line_start = grid->n_cells;
}

void hf_grid_line(hf_grid *grid) {
    add_line(grid, false);
}

void hf_grid_rule(hf_grid *grid) {
    HF_ASSERT(grid->line_start == grid->n_cells);
    add_line(grid, true);
}

static void repeat(char c, size_t n, FILE *stream) {
    while (n-- > 0)
        fputc(c, stream);
}

/* A column's gap and padding are printed only before something, so lines end without blanks. */
static void print_line(const hf_grid *grid, const line *l, const size_t *widths, FILE *stream) {
    size_t owed = 0;
    for (size_t i = 0; i < l->n; i++) {
        const cell *c = &grid->cells[l->first + i];
        size_t padding = widths[i] - c->width;
        owed += i > 0 ? GAP : 0;
        if (c->align == HF_RIGHT)
            owed += padding;
        if (*c->text) {
            repeat(' ', owed, stream);
            fputs(c->text, stream);
            owed = 0;
        }
        if (c->align == HF_LEFT)
            owed += padding;
    }
    fputc('\n', stream);
}

void hf_grid_print(const hf_grid *grid, FILE *stream) {
    size_t n_columns = 0, total = 0;
    for (size_t k = 0; k < grid->n_lines; k++)
        if (grid->lines[k].n > n_columns)
            n_columns = grid->lines[k].n;
    size_t *widths = HF_NEW(n_columns, size_t);
    for (size_t k = 0; k < grid->n_lines; k++)
        for (size_t i = 0; i < grid->lines[k].n; i++) {
            size_t width = grid->cells[grid->lines[k].first + i].width;
            if (width > widths[i])
                widths[i] = width;
        }
    for (size_t i = 0; i < n_columns; i++)
        total += widths[i] + (i > 0 ? GAP : 0);
    for (size_t k = 0; k < grid->n_lines; k++) {
        if (!grid->lines[k].is_rule) {
            print_line(grid, &grid->lines[k], widths, stream);
            continue;
        }
        repeat('-', total, stream);
        fputc('\n', stream);
    }
    hf_free(widths);
}

/* ---- a table's view ---- */

static int place_of(const hf_table *table, const char *name) {
    for (int d = 0; d < table->n_dimensions; d++)
        if (strcmp(table->dimensions[d]->name, name) == 0)
            return d;
    return -1;
}

static double number_at(const hf_table *table, uint64_t i) {
    switch (table->type) {
    case HF_TYPE_DOUBLE:
        return ((const double *)table->data)[i];
    case HF_TYPE_INT64:
        return (double)((const int64_t *)table->data)[i];
    case HF_TYPE_UINT64:
        return (double)((const uint64_t *)table->data)[i];
    default:
        return (double)NAN;
    }
}

static void view_value(hf_grid *grid, const hf_view *view, const uint64_t *at, int digits) {
    char text[HF_NUMBER_TEXT];
    const hf_table *table = view->value;
    uint64_t i = 0;
    for (int d = 0; d < table->n_dimensions; d++)
        i = i * table->dimensions[d]->length + at[d];
    if (table->type == HF_TYPE_STRING) {
        const char *value = ((const char *const *)table->data)[i];
        hf_grid_cell(grid, HF_LEFT, value ? value : "");
        return;
    }
    if (table->type == HF_TYPE_BOOL) {
        hf_grid_cell(grid, HF_LEFT, ((const uint8_t *)table->data)[i] ? "yes" : "no");
        return;
    }
    if (view->lower && view->upper)
        hf_format_interval(text, number_at(table, i), number_at(view->lower, i),
                           number_at(view->upper, i), digits);
    else
        hf_format_number(text, number_at(table, i), digits);
    hf_grid_cell(grid, HF_RIGHT, text);
}

/* Which positions of the column dimension are shown, in order; false if a label is not there. */
static bool choose_columns(const hf_view *view, const hf_dimension *column, uint64_t *chosen) {
    for (size_t k = 0; k < view->n_columns; k++) {
        int64_t found = hf_dimension_find(column, view->columns[k]);
        if (found < 0)
            return false;
        chosen[k] = (uint64_t)found;
    }
    return true;
}

static void view_header(hf_grid *grid, const hf_view *view, const hf_dimension *column,
                        const uint64_t *chosen, uint64_t n) {
    char label[LABEL_BYTES];
    hf_align align = view->value->type == HF_TYPE_STRING || view->value->type == HF_TYPE_BOOL
                         ? HF_LEFT
                         : HF_RIGHT;
    hf_grid_cell(grid, HF_LEFT, view->row);
    for (uint64_t k = 0; k < n; k++) {
        if (column)
            hf_dimension_label(column, chosen ? chosen[k] : k, label, sizeof label);
        hf_grid_cell(grid, align, column ? label : view->value->name);
    }
    hf_grid_line(grid);
    hf_grid_rule(grid);
}

bool hf_grid_view(hf_grid *grid, const hf_view *view) {
    char label[LABEL_BYTES];
    const hf_table *table = view->value;
    int row = place_of(table, view->row), place = view->column ? place_of(table, view->column) : -1;
    if (row < 0 || (view->column && (place < 0 || place == row)) || table->is_declared)
        return false;
    const hf_dimension *column = place >= 0 ? table->dimensions[place] : NULL;
    uint64_t n = !column ? 1 : view->columns ? view->n_columns : column->length;
    uint64_t *chosen = column && view->columns ? HF_NEW(n, uint64_t) : NULL;
    bool good = !chosen || choose_columns(view, column, chosen);
    uint64_t at[HF_TABLE_DIMENSIONS];
    for (int d = 0; d < table->n_dimensions; d++) {
        at[d] = d == row || d == place ? 0 : view->at[d];
        good = good && (d == row || d == place || at[d] < table->dimensions[d]->length);
    }
    if (good)
        view_header(grid, view, column, chosen, n);
    for (at[row] = 0; good && at[row] < table->dimensions[row]->length; at[row]++) {
        hf_dimension_label(table->dimensions[row], at[row], label, sizeof label);
        hf_grid_cell(grid, HF_LEFT, label);
        for (uint64_t k = 0; k < n; k++) {
            if (place >= 0)
                at[place] = chosen ? chosen[k] : k;
            view_value(grid, view, at, view->digits ? view->digits : 4);
        }
        hf_grid_line(grid);
    }
    hf_free(chosen);
    return good;
}
