/* Long-format CSV by RFC 4180, written through a draft. */
#include "io/table_csv.h"
#include "base/check.h"
#include "io/draft.h"
#include "io/hdf5_error.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void print_field(const char *text, FILE *stream) {
    if (!text[strcspn(text, ",\"\r\n")]) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}

static void print_double(double x, FILE *stream) {
    if (x == x)
        fprintf(stream, "%.17g", x);
}

static void print_value(const hf_table *table, uint64_t i, FILE *stream) {
    switch (table->type) {
    case HF_TYPE_DOUBLE:
        print_double(((const double *)table->data)[i], stream);
        break;
    case HF_TYPE_INT64:
        fprintf(stream, "%" PRId64, ((const int64_t *)table->data)[i]);
        break;
    case HF_TYPE_UINT64:
        fprintf(stream, "%" PRIu64, ((const uint64_t *)table->data)[i]);
        break;
    case HF_TYPE_BOOL:
        fputc(((const uint8_t *)table->data)[i] ? '1' : '0', stream);
        break;
    case HF_TYPE_STRING: {
        const char *text = ((const char *const *)table->data)[i];
        print_field(text ? text : "", stream);
    }
    }
}

/* A dimension's value; strings are printed whole, whatever their length. */
static void print_label(const hf_dimension *dimension, uint64_t i, FILE *stream) {
    char text[64];
    if (dimension->values && dimension->type == HF_TYPE_STRING) {
        print_field(((const char *const *)dimension->values)[i], stream);
        return;
    }
    hf_dimension_label(dimension, i, text, sizeof text);
    fputs(text, stream);
}

static void print_header(const hf_table *const *tables, size_t n_tables, FILE *stream) {
    int n = tables[0]->n_dimensions;
    for (int d = 0; d < n; d++) {
        print_field(tables[0]->dimensions[d]->name, stream);
        fputc(',', stream);
    }
    for (size_t t = 0; t < n_tables; t++) {
        HF_ASSERT(tables[t]->n_dimensions == n && !tables[t]->is_declared);
        for (int d = 0; d < n; d++)
            HF_ASSERT(tables[t]->dimensions[d] == tables[0]->dimensions[d]);
        print_field(tables[t]->name, stream);
        fputc(t + 1 < n_tables ? ',' : '\n', stream);
    }
}

hf_status hf_csv_print(const hf_table *const *tables, size_t n_tables, FILE *stream,
                       hf_error *err) {
    HF_ASSERT(n_tables > 0);
    const hf_table *first = tables[0];
    uint64_t n = hf_table_size(first), at[HF_TABLE_DIMENSIONS] = {0};
    print_header(tables, n_tables, stream);
    for (uint64_t i = 0; i < n && !ferror(stream); i++) {
        for (int d = 0; d < first->n_dimensions; d++) {
            print_label(first->dimensions[d], at[d], stream);
            fputc(',', stream);
        }
        for (size_t t = 0; t < n_tables; t++) {
            print_value(tables[t], i, stream);
            fputc(t + 1 < n_tables ? ',' : '\n', stream);
        }
        for (int d = first->n_dimensions - 1; d >= 0; d--) {
            if (++at[d] < first->dimensions[d]->length)
                break;
            at[d] = 0;
        }
    }
    if (ferror(stream) || fflush(stream) != 0)
        return hf_fail(err, HF_BAD_FILE, "cannot write a table as CSV: %s", strerror(errno));
    return HF_OK;
}

hf_status hf_csv_write(const hf_table *const *tables, size_t n_tables, const char *path,
                       bool replace, hf_error *err) {
    hf_draft draft;
    hf_status status = hf_draft_create(&draft, path, replace, err);
    if (status)
        return status;
    FILE *stream = fopen(draft.aside, "w");
    if (!stream)
        status = hf_file_fail(err, errno, "write", path);
    else if (hf_csv_print(tables, n_tables, stream, NULL))
        status = hf_file_fail(err, errno, "write", path);
    if (stream && fclose(stream) != 0 && !status)
        status = hf_file_fail(err, errno, "write", path);
    if (!status)
        return hf_draft_publish(&draft, err);
    hf_draft_abandon(&draft);
    return status;
}
