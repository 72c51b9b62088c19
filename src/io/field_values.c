/* The field kinds that take a page each: lists, paths, random quantities. */
#include "io/fields.h"
#include "io/json.h"
#include <stdlib.h>
#include <string.h>

/* --- lists --- */

static void keep_list(const hf_field *field, void *thing, int n, void *list) {
    if (field->offset == HF_NOWHERE)
        return;
    memcpy((char *)thing + field->offset, &list, sizeof list);
    memcpy((char *)thing + field->count, &n, sizeof n);
}

static void read_numbers(hf_reader *reader, const cJSON *array, const hf_at *at,
                         const hf_field *field, void *thing) {
    double *numbers = HF_ARENA_NEW(reader->arena, cJSON_GetArraySize(array), double);
    int n = 0;
    for (const cJSON *item = array->child; item; item = item->next, n++) {
        hf_at here = {.up = at, .index = n};
        hf_number_read(reader, item, &here, field, &numbers[n]);
    }
    keep_list(field, thing, n, numbers);
}

/* Reports what is not of the kind or stands there twice; such items are left out. */
static bool is_good_item(hf_reader *reader, const cJSON *item, const hf_at *at) {
    if (!cJSON_IsString(item) || !hf_id_is_valid(item->valuestring)) {
        hf_reader_found(reader, at, item, "ids: a letter, then up to 63 letters, digits and _");
        return false;
    }
    return true;
}

typedef struct ordinal {
    const char *text;
    int place;
} ordinal;

static int by_text(const void *a, const void *b) {
    const ordinal *x = (const ordinal *)a, *y = (const ordinal *)b;
    int order = strcmp(x->text, y->text);
    return order ? order : x->place - y->place;
}

void hf_list_check_once(hf_reader *reader, const cJSON *array, const hf_at *at) {
    int n = 0;
    ordinal *sorted = HF_NEW(cJSON_GetArraySize(array), ordinal);
    for (const cJSON *item = array->child; item; item = item->next)
        if (cJSON_IsString(item)) {
            sorted[n] = (ordinal){item->valuestring, n};
            n++;
        }
    qsort(sorted, (size_t)n, sizeof *sorted, by_text);
    for (int i = 1; i < n; i++)
        if (strcmp(sorted[i - 1].text, sorted[i].text) == 0) {
            char *text = hf_json_key_text(sorted[i].text);
            hf_reader_add(reader, at, "found %s a second time; allowed once", text);
            hf_free(text);
        }
    hf_free(sorted);
}

static void read_ids(hf_reader *reader, const cJSON *array, const hf_at *at, const hf_field *field,
                     void *thing) {
    const char **ids = HF_ARENA_NEW(reader->arena, cJSON_GetArraySize(array), const char *);
    int n = 0;
    for (const cJSON *item = array->child; item; item = item->next)
        if (is_good_item(reader, item, at))
            ids[n++] = hf_arena_strdup(reader->arena, item->valuestring);
    keep_list(field, thing, n, ids);
}

static void read_names(hf_reader *reader, const cJSON *array, const hf_at *at,
                       const hf_field *field, void *thing) {
    int *names = HF_ARENA_NEW(reader->arena, cJSON_GetArraySize(array), int), n = 0;
    for (const cJSON *item = array->child; item; item = item->next)
        if (is_good_item(reader, item, at)) {
            names[n] = hf_reader_find(reader, field->things, item->valuestring, at);
            n += names[n] >= 0;
        }
    keep_list(field, thing, n, names);
}

void hf_list_read(hf_reader *reader, cJSON *json, const hf_at *at, const hf_field *field,
                  void *thing) {
    char allowed[320];
    if (!cJSON_IsArray(json) || !json->child) {
        hf_field_allowed(field, allowed);
        hf_reader_found(reader, at, json, allowed);
        return;
    }
    if (field->kind == HF_KIND_NUMBERS) {
        read_numbers(reader, json, at, field, thing);
        return;
    }
    if (!field->ordered)
        hf_json_sort_strings(json);
    hf_list_check_once(reader, json, at);
    if (field->kind == HF_KIND_IDS)
        read_ids(reader, json, at, field, thing);
    else
        read_names(reader, json, at, field, thing);
}

/* --- paths --- */

typedef struct knots {
    int n_weeks, n_values;
    double *weeks, *values;
} knots;

static void check_increasing(hf_reader *reader, const knots *k, const hf_at *at) {
    for (int i = 1; i < k->n_weeks; i++)
        if (!(k->weeks[i] > k->weeks[i - 1])) {
            hf_at weeks = {.up = at, .key = "weeks"}, here = {.up = &weeks, .index = i};
            hf_reader_add(reader, &here, "found %.12g after %.12g; allowed only increasing weeks",
                          k->weeks[i], k->weeks[i - 1]);
        }
}

static void read_knots(hf_reader *reader, cJSON *json, const hf_at *at, const hf_field *field,
                       hf_path *path) {
    const hf_field rows[] = {
        {"weeks", HF_KIND_NUMBERS, .required = true, HF_MEMBER(knots, weeks),
         HF_MEMBER_COUNT(knots, n_weeks), .min = -HF_MAX_MAGNITUDE, .max = HF_MAX_MAGNITUDE},
        {"values", HF_KIND_NUMBERS, .required = true, HF_MEMBER(knots, values),
         HF_MEMBER_COUNT(knots, n_values), .min = field->min, .max = field->max,
         .what = field->what},
    };
    knots k = {0};
    if (!hf_fields_read(reader, json, at, rows, HF_N_ROWS(rows), &k))
        return;
    if (k.n_weeks != k.n_values) {
        hf_reader_add(reader, at, "found %d weeks and %d values; allowed as many of both",
                      k.n_weeks, k.n_values);
        return;
    }
    check_increasing(reader, &k, at);
    *path = (hf_path){.n_knots = k.n_weeks, .weeks = k.weeks, .values = k.values};
}

void hf_path_read(hf_reader *reader, cJSON *json, const hf_at *at, const hf_field *field,
                  hf_path *path) {
    double *value = HF_ARENA_NEW(reader->arena, 2, double); /* of week 0, and the week */
    char allowed[320];
    /* What is wrong leaves a path too, for checks that ask for its value. */
    *path = (hf_path){.n_knots = 1, .weeks = value + 1, .values = value};
    value[0] = field->max;
    if (cJSON_IsNumber(json)) {
        hf_number_read(reader, json, at, field, value);
    } else if (cJSON_IsObject(json)) {
        read_knots(reader, json, at, field, path);
    } else {
        hf_field_allowed(field, allowed);
        hf_reader_found(reader, at, json, allowed);
    }
}

/* --- random quantities --- */

typedef struct empirical {
    int n_values;
    double *values;
} empirical;

static bool read_empirical(hf_reader *reader, cJSON *json, const hf_at *at, hf_distribution *d) {
    static const hf_field rows[] = {
        {"values", HF_KIND_NUMBERS, .required = true, HF_MEMBER(empirical, values),
         HF_MEMBER_COUNT(empirical, n_values), .min = -HF_MAX_MAGNITUDE, .max = HF_MAX_MAGNITUDE},
    };
    empirical e = {0};
    bool good = hf_fields_read(reader, json, at, rows, HF_N_ROWS(rows), &e);
    d->n_values = e.n_values;
    d->values = e.values;
    return good;
}

static bool read_family(hf_reader *reader, cJSON *json, const hf_at *at, hf_distribution *d) {
    const hf_family_info *info = &hf_families[d->family];
    hf_field rows[HF_DISTRIBUTION_PARAMETERS] = {0};
    if (d->family == HF_EMPIRICAL)
        return read_empirical(reader, json, at, d);
    for (int i = 0; i < info->n_parameters; i++)
        rows[i] = (hf_field){info->parameter[i].name,
                             HF_KIND_NUMBER,
                             .required = true,
                             .offset = (size_t)i * sizeof(double),
                             .min = info->parameter[i].min,
                             .max = info->parameter[i].max};
    return hf_fields_read(reader, json, at, rows, (size_t)info->n_parameters, d->parameter);
}

/* Which family a member names, HF_CONSTANT if none: a constant is spelt as a number. */
static hf_family family_of(const char *key) {
    for (int f = HF_CONSTANT + 1; f < HF_N_FAMILIES; f++)
        if (strcmp(hf_families[f].name, key) == 0)
            return (hf_family)f;
    return HF_CONSTANT;
}

typedef struct random_part {
    hf_distribution d;
    int n_families;
    bool bad;
} random_part;

static void read_member(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    random_part *part = (random_part *)thing;
    part->n_families++;
    part->d.family = family_of(at->key);
    part->bad |= !read_family(reader, json, at, &part->d);
}

static void describe_fault(hf_reader *reader, const hf_distribution *d, const hf_at *at,
                           const char *fault) {
    const hf_family_info *info = &hf_families[d->family];
    char found[160] = "";
    size_t n = 0;
    for (int i = 0; i < info->n_parameters; i++)
        n += (size_t)snprintf(found + n, sizeof found - n, "%s%s %.12g", i ? ", " : "",
                              info->parameter[i].name, d->parameter[i]);
    hf_at here = {.up = at, .key = info->name};
    hf_reader_add(reader, &here, "found %s; allowed %s", found, fault);
}

static void read_distribution(hf_reader *reader, cJSON *json, const hf_at *at,
                              hf_distribution *random) {
    enum { N_ROWS = HF_N_FAMILIES + 1 }; /* a constant has none, times and plus have */
    hf_field rows[N_ROWS] = {
        {"times", HF_KIND_NUMBER, HF_MEMBER(random_part, d.times), .min = -HF_MAX_MAGNITUDE,
         .max = HF_MAX_MAGNITUDE, .fallback = "1"},
        {"plus", HF_KIND_NUMBER, HF_MEMBER(random_part, d.plus), .min = -HF_MAX_MAGNITUDE,
         .max = HF_MAX_MAGNITUDE, .fallback = "0"},
    };
    for (int f = HF_CONSTANT + 1; f < HF_N_FAMILIES; f++)
        rows[f + 1] = (hf_field){hf_families[f].name, HF_KIND_PART, .read = read_member};
    random_part part = {0};
    bool good = hf_fields_read(reader, json, at, rows, N_ROWS, &part);
    if (!good && part.n_families < 2)
        return;
    if (part.n_families != 1) {
        hf_reader_add(reader, at, "found %d distributions; allowed one", part.n_families);
        return;
    }
    const char *fault = hf_distribution_fault(&part.d);
    if (fault)
        describe_fault(reader, &part.d, at, fault);
    else
        *random = part.d;
}

void hf_random_read(hf_reader *reader, cJSON *json, const hf_at *at, const hf_field *field,
                    hf_distribution *random) {
    char allowed[320];
    double value = 0.0;
    if (cJSON_IsNumber(json)) {
        if (hf_number_read(reader, json, at, field, &value))
            *random = hf_constant(value);
    } else if (cJSON_IsObject(json)) {
        read_distribution(reader, json, at, random);
    } else {
        hf_field_allowed(field, allowed);
        hf_reader_found(reader, at, json, allowed);
    }
}
