#include "cli/summary_file.h"

/* A policy's block of a group's table: dimensions (policy, ...). */
static const double *block(const hf_table *table, uint64_t policy) {
    return (const double *)table->data +
           policy * (hf_table_size(table) / table->dimensions[0]->length);
}

double hf_summary_scale(double largest, const char **word) {
    static const struct {
        double factor;
        const char *word;
    } scales[] = {{1e12, "trillion "}, {1e9, "billion "}, {1e6, "million "}};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
        if (largest >= scales[i].factor) {
            *word = scales[i].word;
            return scales[i].factor;
        }
    *word = "";
    return 1.0;
}

hf_status hf_summary_read(hf_summary_file *s, hf_error *err) {
    hf_status status = hf_result_read_attributes(s->file, "/", s->tables, &s->root, err);
    if (status == HF_OK)
        status = hf_result_read(s->file, "/summary", s->tables, &s->summary, err);
    if (status == HF_OK)
        status = hf_result_read(s->file, "/stages", s->tables, &s->stages, err);
    if (status == HF_OK)
        status = hf_result_read(s->file, "/hazards", s->tables, &s->hazards, err);
    if (status != HF_OK)
        return status;
    s->policy = hf_group_find_dimension(s->summary, "policy");
    return s->policy && s->policy->type == HF_TYPE_STRING
               ? HF_OK
               : hf_fail(err, HF_BAD_INPUT, "the result's /summary names no policies");
}

hf_status hf_summary_estimates(const hf_summary_file *s, const hf_group *group, const char *name,
                               uint64_t policy, uint64_t per_policy, hf_summary_triple *found,
                               hf_error *err) {
    static const char *const suffix[3] = {"", "_lower", "_upper"};
    const double **into[3] = {&found->value, &found->lower, &found->upper};
    for (int i = 0; i < 3; i++) {
        char full[128];
        const hf_table *table;
        snprintf(full, sizeof full, "%s%s", name, suffix[i]);
        hf_status status = hf_result_table(s->file, group, full, HF_TYPE_DOUBLE, &table, err);
        if (status != HF_OK)
            return status;
        if (hf_table_size(table) != s->policy->length * per_policy)
            return hf_fail(err, HF_BAD_INPUT, "%s/%s is not by policy", group->path, full);
        *into[i] = block(table, policy);
    }
    return HF_OK;
}

void hf_summary_cell(hf_grid *grid, const hf_summary_triple *e, uint64_t at, double scale) {
    char text[HF_NUMBER_TEXT];
    hf_format_interval(text, e->value[at] / scale, e->lower[at] / scale, e->upper[at] / scale, 3);
    hf_grid_cell(grid, HF_RIGHT, text);
}
