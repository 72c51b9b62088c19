#include "run/replay.h"
#include <math.h>
#include <string.h>

/* The long form being filled: a line a value. */
typedef struct lines {
    size_t n;
    const char **kind, **id, **quantity;
    double *week, *value;
} lines;

static size_t count_values(const hf_tables *tables) {
    size_t n = 0;
    for (size_t g = 0; g < tables->n_groups; g++)
        for (size_t i = 0; i < tables->groups[g]->n_tables; i++)
            if (tables->groups[g]->items[i]->type == HF_TYPE_DOUBLE)
                n += hf_table_size(tables->groups[g]->items[i]);
    return n;
}

/* The hazard of each event, for tables over events. */
static const char *event_id(const hf_group *group, uint64_t event) {
    const hf_table *hazard = hf_group_find(group, "hazard");
    return hazard ? ((const char *const *)hazard->data)[event] : "";
}

static void add_table(const hf_table *table, hf_arena *arena, lines *to) {
    const double *values = table->data;
    const hf_dimension *last =
        table->n_dimensions ? table->dimensions[table->n_dimensions - 1] : NULL;
    bool is_weekly = last && !strcmp(table->dimensions[0]->name, "week");
    bool is_event = last && !strcmp(last->name, "event");
    uint64_t n_rows = !is_weekly || table->n_dimensions == 2 ? (last ? last->length : 1) : 1;
    for (uint64_t i = 0; i < hf_table_size(table); i++, to->n++) {
        char label[256] = "";
        uint64_t row = i % n_rows;
        if (is_weekly && table->n_dimensions == 2)
            hf_dimension_label(last, row, label, sizeof label);
        to->kind[to->n] = table->group->path + 1;
        to->id[to->n] = is_event ? event_id(table->group, row) : hf_arena_strdup(arena, label);
        to->week[to->n] = is_weekly ? (double)(i / n_rows) : (double)NAN;
        to->quantity[to->n] = table->name;
        to->value[to->n] = values[i];
    }
}

size_t hf_replay_flatten(const hf_tables *tables, hf_tables *flat, const hf_table *columns[5]) {
    size_t n = count_values(tables);
    lines l = {0,
               HF_ARENA_NEW(flat->arena, n, const char *),
               HF_ARENA_NEW(flat->arena, n, const char *),
               HF_ARENA_NEW(flat->arena, n, const char *),
               HF_ARENA_NEW(flat->arena, n, double),
               HF_ARENA_NEW(flat->arena, n, double)};
    for (size_t g = 0; g < tables->n_groups; g++)
        for (size_t i = 0; i < tables->groups[g]->n_tables; i++)
            if (tables->groups[g]->items[i]->type == HF_TYPE_DOUBLE)
                add_table(tables->groups[g]->items[i], flat->arena, &l);
    hf_group *group = hf_tables_group(flat, "/");
    const hf_dimension *line = hf_tables_add_range_dimension(flat, "line", n, 0, NULL, NULL);
    columns[0] = hf_group_add_strings(group, "kind", NULL, l.kind, HF_DIMS(line));
    columns[1] = hf_group_add_strings(group, "id", NULL, l.id, HF_DIMS(line));
    columns[2] = hf_group_add_doubles(group, "week", "week", NULL, l.week, HF_DIMS(line));
    columns[3] = hf_group_add_strings(group, "quantity", NULL, l.quantity, HF_DIMS(line));
    columns[4] = hf_group_add_doubles(group, "value", NULL, NULL, l.value, HF_DIMS(line));
    return 5;
}
