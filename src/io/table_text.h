/* Tables for the terminal: aligned columns of UTF-8, no colours.
 *
 *     hf_grid *grid = hf_grid_create();
 *     hf_grid_cell(grid, HF_LEFT, "metric"); hf_grid_cell(grid, HF_RIGHT, "mean");
 * hf_grid_line(grid); hf_grid_rule(grid); hf_grid_cell(...) hf_grid_print(grid, stdout);
 * hf_grid_destroy(grid); */
#ifndef HF_IO_TABLE_TEXT_H
#define HF_IO_TABLE_TEXT_H

#include "io/table.h"
#include <stdio.h>

#define HF_NUMBER_TEXT 96 /* bytes that hold any formatted number or interval */

/* `digits` significant ones ("12.3", "0.0123", "123456": what stands before the point is kept),
 * exponents outside 1e-4..1e15; NaN is "-". */
void hf_format_number(char text[HF_NUMBER_TEXT], double value, int digits);
/* "12.3 [11.9, 12.8]", the ends with the decimals of the value; without ends if one is NaN. */
void hf_format_interval(char text[HF_NUMBER_TEXT], double value, double lower, double upper,
                        int digits);
/* Columns the terminal needs for UTF-8 text (wide characters 2, combining ones 0). */
size_t hf_text_width(const char *text);

typedef struct hf_grid hf_grid;
typedef enum hf_align { HF_LEFT, HF_RIGHT } hf_align;

/* Given: hf_grid_destroy. */
hf_grid *hf_grid_create(void);
void hf_grid_destroy(hf_grid *grid); /* NULL is allowed */
/* Adds a cell to the current line; the text is copied, control characters become '?'. */
void hf_grid_cell(hf_grid *grid, hf_align align, const char *text);
void hf_grid_number(hf_grid *grid, double value, int digits); /* to the right */
/* Ends the current line. */
void hf_grid_line(hf_grid *grid);
/* A line of dashes below what was added. */
void hf_grid_rule(hf_grid *grid);
/* Prints all lines, columns two blanks apart, no blanks at line ends. */
void hf_grid_print(const hf_grid *grid, FILE *stream);

/* A 2-D view of a table: `row` and `column` name dimensions (column NULL: one column of values),
 * the others stand at at[dimension's place]. */
typedef struct hf_view {
    const hf_table *value;
    const hf_table *lower, *upper; /* of the same dimensions, or NULL: no intervals */
    const char *row, *column;
    uint64_t at[HF_TABLE_DIMENSIONS];
    const char *const *columns; /* which labels of `column`, in this order; NULL: all */
    size_t n_columns;
    int digits; /* significant; 0: 4 */
} hf_view;

/* Header, rule and rows into the grid; false if a named dimension or label is not there. */
bool hf_grid_view(hf_grid *grid, const hf_view *view);

#endif
