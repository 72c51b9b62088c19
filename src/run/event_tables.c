#include "run/result_tables.h"
#include <stddef.h>

/* The columns that are numbers. */
static const struct {
    const char *name, *unit, *long_name;
    size_t offset;
} columns[] = {
    {"onset", "week", "onset", offsetof(hf_event, onset)},
    {"duration", "week", "time at full severity", offsetof(hf_event, duration)},
    {"end", "week", "end of the recovery", offsetof(hf_event, end)},
    {"severity", "1", "severity as drawn", offsetof(hf_event, severity)},
};

void hf_event_tables(hf_group *group, const char *prefix, uint64_t n, const hf_event *events,
                     const hf_space *space) {
    hf_tables *tables = group->tables;
    const hf_dimension *event =
        hf_tables_add_range_dimension(tables, "event", n, 0, NULL, "in the order of time");
    const char **hazards = HF_ARENA_NEW(tables->arena, n, const char *);
    uint8_t *triggered = HF_ARENA_NEW(tables->arena, n, uint8_t);
    for (uint64_t e = 0; e < n; e++) {
        hazards[e] = hf_arena_strdup(tables->arena, space->hazards[events[e].hazard]);
        triggered[e] = events[e].triggered;
    }
    hf_group_add_strings(group, hf_tables_join(tables, prefix, "hazard", ""), "hazard that struck",
                         hazards, HF_DIMS(event));
    hf_group_add_flags(group, hf_tables_join(tables, prefix, "triggered", ""),
                       "set off by another event", triggered, HF_DIMS(event));
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        double *values = HF_ARENA_NEW(tables->arena, n, double);
        for (uint64_t e = 0; e < n; e++)
            values[e] = *(const double *)((const char *)&events[e] + columns[i].offset);
        hf_group_add_doubles(group, hf_tables_join(tables, prefix, columns[i].name, ""),
                             columns[i].unit, columns[i].long_name, values, HF_DIMS(event));
    }
}
