/* A result is a list of tables: named arrays with named dimensions, units and attributes, by group.
 *
 * Whoever knows numbers makes tables; whoever knows a format writes any table. No writer knows a
 * metric. Names, texts, attributes and dimension values are copied; the data of a table is borrowed
 * until the tables are destroyed. What a user's names can spoil (a '/' in a name, a unit that
 * readers take for time, two tables of one name) is found by hf_tables_check, not asserted. */
#ifndef HF_IO_TABLE_H
#define HF_IO_TABLE_H

#include "base/memory.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum hf_type {
    HF_TYPE_DOUBLE, /* const double *; NaN is "missing" */
    HF_TYPE_INT64,  /* const int64_t * */
    HF_TYPE_UINT64, /* const uint64_t *: counts, seeds */
    HF_TYPE_BOOL,   /* const uint8_t *, 0 or 1 */
    HF_TYPE_STRING  /* const char *const *, UTF-8; NULL is written as "" */
} hf_type;

/* Bytes of one element in memory (a string is a pointer), and its word ("double", "string" ...). */
size_t hf_type_bytes(hf_type type);
const char *hf_type_words(hf_type type);

/* A named scalar beside a table or a group. HF_TYPE_BOOL is not used. */
typedef struct hf_attribute {
    const char *name;
    hf_type type;
    union {
        double real;
        int64_t integer;
        uint64_t count;
        const char *text;
    } value;
} hf_attribute;

typedef struct hf_attributes {
    size_t n, capacity;
    hf_attribute *items; /* in order of setting; a name stands once, the last setting wins */
} hf_attributes;

#define HF_TABLE_DIMENSIONS 4 /* at most */

/* An axis. Made once, used by tables of any number of groups; each group that uses it carries its
 * coordinate values, since readers open each group alone. */
typedef struct hf_dimension {
    const char *name;
    uint64_t length;       /* 0 is allowed: "no events" */
    bool has_values;       /* else it is a length and a name only */
    hf_type type;          /* of the values: double, int64 or string */
    const void *values;    /* [length]; NULL with has_values: first, first + 1, ... (int64) */
    int64_t first;         /* of such a range */
    const char *unit;      /* NULL: none */
    const char *long_name; /* NULL: none */
} hf_dimension;

typedef struct hf_tables hf_tables;
typedef struct hf_group hf_group;

typedef struct hf_table {
    hf_group *group;
    const char *name;
    hf_type type;
    int n_dimensions; /* 0: a scalar */
    const hf_dimension *dimensions[HF_TABLE_DIMENSIONS];
    const char *unit;      /* singular: "week", "1", "USD"; NULL: none (strings, flags) */
    const char *long_name; /* NULL: none */
    const void *data;      /* row-major, borrowed; NULL only if `is_declared` */
    bool is_declared;      /* doubles written later, by all ranks (io/columns.h) */
    hf_attributes attributes;
} hf_table;

struct hf_group {
    hf_tables *tables; /* that own it */
    const char *path;  /* "/", "/summary", "/distribution/fill_rate" */
    hf_attributes attributes;
    size_t n_tables, tables_capacity;
    hf_table **items;
    size_t n_dimensions, dimensions_capacity;
    const hf_dimension **dimensions; /* those its tables use, in order of first use */
};

struct hf_tables {
    hf_arena *arena; /* for callers too: what is put there lives as long as the tables */
    size_t n_groups, groups_capacity;
    hf_group **groups; /* parents before children; [0] is "/" */
};

/* With the root group. Given: hf_tables_destroy. */
hf_tables *hf_tables_create(void);
void hf_tables_destroy(hf_tables *tables); /* NULL is allowed */

/* The group of that absolute path, added with its parents if there is none. Borrowed. */
hf_group *hf_tables_group(hf_tables *tables, const char *path);
/* The group, or NULL. Borrowed. */
const hf_group *hf_tables_find(const hf_tables *tables, const char *path);

/* Axes. Values are copied; unit and long_name may be NULL. Borrowed from the tables. */
const hf_dimension *hf_tables_add_plain_dimension(hf_tables *tables, const char *name,
                                                  uint64_t length);
const hf_dimension *hf_tables_add_string_dimension(hf_tables *tables, const char *name,
                                                   uint64_t length, const char *const *values,
                                                   const char *long_name);
const hf_dimension *hf_tables_add_double_dimension(hf_tables *tables, const char *name,
                                                   uint64_t length, const double *values,
                                                   const char *unit, const char *long_name);
const hf_dimension *hf_tables_add_integer_dimension(hf_tables *tables, const char *name,
                                                    uint64_t length, const int64_t *values,
                                                    const char *unit, const char *long_name);
/* Values first, first + 1, ...: trials, weeks, ranks. Takes no memory, whatever its length. */
const hf_dimension *hf_tables_add_range_dimension(hf_tables *tables, const char *name,
                                                  uint64_t length, int64_t first, const char *unit,
                                                  const char *long_name);

/* The two last arguments of the functions below: HF_DIMS(policy, metric), or HF_SCALAR. */
#define HF_DIMS(...)                                                                               \
    (int)(sizeof((const hf_dimension *[]){__VA_ARGS__}) / sizeof(const hf_dimension *)),           \
        (const hf_dimension *const[]) {                                                            \
        __VA_ARGS__                                                                                \
    }
#define HF_SCALAR 0, NULL

/* Adds a table; `data` is borrowed, row-major in the order of the dimensions. Borrowed. */
hf_table *hf_group_add_doubles(hf_group *group, const char *name, const char *unit,
                               const char *long_name, const double *data, int n_dimensions,
                               const hf_dimension *const *dimensions);
hf_table *hf_group_add_integers(hf_group *group, const char *name, const char *unit,
                                const char *long_name, const int64_t *data, int n_dimensions,
                                const hf_dimension *const *dimensions);
hf_table *hf_group_add_counts(hf_group *group, const char *name, const char *unit,
                              const char *long_name, const uint64_t *data, int n_dimensions,
                              const hf_dimension *const *dimensions);
hf_table *hf_group_add_flags(hf_group *group, const char *name, const char *long_name,
                             const uint8_t *data, int n_dimensions,
                             const hf_dimension *const *dimensions);
hf_table *hf_group_add_strings(hf_group *group, const char *name, const char *long_name,
                               const char *const *data, int n_dimensions,
                               const hf_dimension *const *dimensions);
/* A scalar string table: an input file's text. The text is borrowed. */
hf_table *hf_group_add_text(hf_group *group, const char *name, const char *long_name,
                            const char *text);
/* Declares doubles that are written later, in place, by all ranks (io/columns.h). */
hf_table *hf_group_declare_doubles(hf_group *group, const char *name, const char *unit,
                                   const char *long_name, int n_dimensions,
                                   const hf_dimension *const *dimensions);
/* The same with the type as a value, for readers and loops. */
hf_table *hf_group_add(hf_group *group, const char *name, hf_type type, const char *unit,
                       const char *long_name, const void *data, int n_dimensions,
                       const hf_dimension *const *dimensions);

/* Attributes ("method", "bad_side", "ancillary_variables", "comment"). `unit`, `long_name`,
 * `_FillValue` and `dtype` of a table are written by themselves: do not set them. */
void hf_table_set_text(hf_table *table, const char *name, const char *value);
void hf_table_set_double(hf_table *table, const char *name, double value);
void hf_table_set_integer(hf_table *table, const char *name, int64_t value);
void hf_group_set_text(hf_group *group, const char *name, const char *value);
void hf_group_set_double(hf_group *group, const char *name, double value);
void hf_group_set_integer(hf_group *group, const char *name, int64_t value);
void hf_group_set_count(hf_group *group, const char *name, uint64_t value);

/* Look-ups; NULL if there is none. Borrowed. */
const hf_table *hf_group_find(const hf_group *group, const char *name);
const hf_dimension *hf_group_find_dimension(const hf_group *group, const char *name);
const hf_attribute *hf_attributes_find(const hf_attributes *attributes, const char *name);
const char *hf_group_text(const hf_group *group, const char *name);
const char *hf_table_text(const hf_table *table, const char *name);

/* Elements of a table: the product of its lengths, 1 for a scalar. */
uint64_t hf_table_size(const hf_table *table);
/* Value `i` of a dimension as text into text[n]: its label, number or, without values, index. */
void hf_dimension_label(const hf_dimension *dimension, uint64_t i, char *text, size_t n);
/* Position of a string label, or -1. */
int64_t hf_dimension_find(const hf_dimension *dimension, const char *label);

/* Whether readers take a number with that unit for a number: not "days", not "... since ...". */
bool hf_unit_is_plain(const char *unit);
/* HF_BAD_INPUT with a sentence if a name, a unit or a text cannot stand in a result file. */
hf_status hf_tables_check(const hf_tables *tables, hf_error *err) HF_MUST_CHECK;

#endif
