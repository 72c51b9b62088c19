/* Objects of JSON against tables. */
#include "io/fields.h"
#include "base/calendar.h"
#include "io/buffer.h"
#include "io/json.h"
#include "model/nearest.h"
#include "model/scenario.h"
#include <math.h>
#include <stdarg.h>
#include <string.h>

/* --- messages --- */

static void add_at(hf_buffer *text, const hf_at *at) {
    if (at->up) {
        add_at(text, at->up);
        hf_buffer_add_text(text, ".");
    }
    if (!at->key) {
        hf_buffer_add_format(text, "%d", at->index);
        return;
    }
    char *key = hf_json_key_text(at->key);
    hf_buffer_add_text(text, key);
    hf_free(key);
}

char *hf_at_text(const hf_at *at) {
    hf_buffer text = {0};
    if (at)
        add_at(&text, at);
    else
        hf_buffer_add_text(&text, "the file");
    return hf_buffer_take(&text);
}

void hf_reader_found(hf_reader *reader, const hf_at *at, const cJSON *json, const char *allowed) {
    char *path = hf_at_text(at), *found = json ? hf_json_describe(json) : hf_strdup("nothing");
    hf_problems_found(reader->problems, path, found, allowed);
    hf_free(found);
    hf_free(path);
}

void hf_reader_add(hf_reader *reader, const hf_at *at, const char *format, ...) {
    char text[1024], *path = hf_at_text(at);
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    hf_problems_add(reader->problems, path, "%s", text);
    hf_free(path);
}

bool hf_reader_is_object(hf_reader *reader, const cJSON *json, const hf_at *at) {
    if (!cJSON_IsObject(json))
        hf_reader_found(reader, at, json, "an object");
    return cJSON_IsObject(json);
}

bool hf_reader_is_array(hf_reader *reader, const cJSON *json, const hf_at *at) {
    if (!cJSON_IsArray(json) || !json->child)
        hf_reader_found(reader, at, json, "an array of one or more");
    return cJSON_IsArray(json) && json->child;
}

/* --- ids --- */

bool hf_id_is_valid(const char *id) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t n = strlen(id);
    bool starts = n > 0 && strchr(letters, id[0]);
    for (size_t i = 0; starts && i < n; i++)
        if (!strchr(letters, id[i]) && !strchr("0123456789_", id[i]))
            return false;
    return starts && n <= 64;
}

int hf_ids_find(const hf_ids *ids, const char *id) {
    return hf_id_find(ids->ids, ids->n, sizeof *ids->ids, id);
}

const char *hf_ids_nearest(const hf_ids *ids, const char *id) {
    hf_nearest search = {.name = id};
    for (int i = 0; i < ids->n; i++)
        hf_nearest_offer(&search, ids->ids[i]);
    return search.best;
}

/* The search costs time: a file with a thousand problems has others than typing errors. */
static bool may_suggest(const hf_reader *reader) {
    return reader->problems->n < 1000;
}

static const char *const thing_words[] = {
#define THING_WORDS(name, text) text,
    HF_THING_LIST(THING_WORDS)
#undef THING_WORDS
};

int hf_reader_find(hf_reader *reader, hf_things things, const char *id, const hf_at *at) {
    const hf_ids *ids = &reader->known[things];
    int index = hf_ids_find(ids, id);
    if (index >= 0)
        return index;
    const char *nearest = may_suggest(reader) ? hf_ids_nearest(ids, id) : NULL;
    char *found = hf_json_key_text(id);
    if (ids->n == 0)
        hf_reader_add(reader, at, "found %s; allowed the id of %s, but there is none", found,
                      thing_words[things]);
    else
        hf_reader_add(reader, at, "found %s; allowed the id of %s%s%s", found, thing_words[things],
                      nearest ? "; nearest known: " : "", nearest ? nearest : "");
    hf_free(found);
    return -1;
}

/* --- what is allowed, in words --- */

/* As %g has it, without the zeros that pad an exponent. */
static const char *short_number(char text[32], double x) {
    snprintf(text, 32, "%.10g", x);
    char *e = strchr(text, 'e');
    char *zeros = e ? e + 2 : NULL;
    if (zeros && zeros[0] == '0')
        memmove(zeros, zeros + 1, strlen(zeros));
    return text;
}

static void range_words(const hf_field *f, char text[160]) {
    char min[32], max[32];
    short_number(min, f->min);
    short_number(max, f->max);
    const char *below = f->below_max ? "below " : "", *unit = f->what ? f->what : "";
    const char *space = f->what ? " " : "";
    if (f->min < 0.0)
        snprintf(text, 160, "%s to %s%s%s%s, in magnitude 0 or at least 1e-9", min, below, max,
                 space, unit);
    else
        snprintf(text, 160, "%s to %s%s%s%s", f->min == 0.0 ? "0 or 1e-9" : min, below, max, space,
                 unit);
}

static void choice_words(const hf_field *f, char text[320]) {
    size_t n = 0;
    text[0] = '\0';
    for (int i = 0; f->words[i] && n < 320; i++)
        n += (size_t)snprintf(text + n, 320 - n, "%s\"%s\"",
                              i == 0            ? ""
                              : f->words[i + 1] ? ", "
                                                : " or ",
                              f->words[i]);
}

void hf_field_allowed(const hf_field *f, char text[320]) {
    char range[160];
    switch (f->kind) {
    case HF_KIND_NUMBER:
        range_words(f, range);
        snprintf(text, 320, "%s", range);
        return;
    case HF_KIND_WHOLE:
    case HF_KIND_COUNT:
        snprintf(text, 320, "a whole number, %.0f to %.0f", f->min, f->max);
        return;
    case HF_KIND_CHOICE:
        choice_words(f, text);
        return;
    case HF_KIND_PATH:
        range_words(f, range);
        snprintf(text, 320, "a number or {\"weeks\": [...], \"values\": [...]}: %s", range);
        return;
    case HF_KIND_RANDOM:
        range_words(f, range);
        snprintf(text, 320, "a number, %s, or {\"DISTRIBUTION\": {...}}", range);
        return;
    case HF_KIND_NAME:
        snprintf(text, 320, "the id of %s", thing_words[f->things]);
        return;
    default:
        break;
    }
    static const char *const words[] = {
        [HF_KIND_TRUTH] = "true or false",
        [HF_KIND_TEXT] = "a text",
        [HF_KIND_LINE] = "a text of 1 to 64 bytes without control characters",
        [HF_KIND_ID] = "an id: a letter, then up to 63 letters, digits and _",
        [HF_KIND_DATE] = "a date, \"YYYY-MM-DD\", from 1900 to 2200",
        [HF_KIND_NUMBERS] = "an array of one number or more",
        [HF_KIND_IDS] = "an array of one id or more",
        [HF_KIND_NAMES] = "an array of one id or more",
        [HF_KIND_PART] = "an object",
    };
    bool is_unit = f->kind == HF_KIND_NUMBERS; /* of each */
    snprintf(text, 320, "%s", f->what && !is_unit ? f->what : words[f->kind]);
}

static void refuse(hf_reader *reader, const cJSON *json, const hf_at *at, const hf_field *field) {
    char allowed[320];
    hf_field_allowed(field, allowed);
    hf_reader_found(reader, at, json, allowed);
}

/* --- single values --- */

bool hf_number_read(hf_reader *reader, const cJSON *json, const hf_at *at, const hf_field *field,
                    double *value) {
    hf_field number = *field;
    number.kind = HF_KIND_NUMBER;
    double x = cJSON_IsNumber(json) ? json->valuedouble + 0.0 : (double)NAN;
    bool within = x >= field->min && (field->below_max ? x < field->max : x <= field->max);
    if (!within || (x != 0.0 && fabs(x) < HF_MIN_MAGNITUDE)) {
        refuse(reader, json, at, &number);
        return false;
    }
    *value = x;
    return true;
}

static bool whole_value(const cJSON *json, const hf_field *field, double *value) {
    *value = cJSON_IsNumber(json) ? json->valuedouble : (double)NAN;
    return *value >= field->min && *value <= field->max && *value == floor(*value);
}

static bool text_is_good(const char *text, hf_kind kind) {
    if (kind == HF_KIND_ID)
        return hf_id_is_valid(text);
    if (kind == HF_KIND_TEXT)
        return true;
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            return false;
    return n >= 1 && n <= 64;
}

static int choice_index(const cJSON *json, const char *const *words) {
    for (int i = 0; cJSON_IsString(json) && words[i]; i++)
        if (strcmp(json->valuestring, words[i]) == 0)
            return i;
    return -1;
}

/* The kinds whose value is a JSON string. */
static bool read_string(hf_reader *reader, const cJSON *json, const hf_field *field, void *place) {
    if (!cJSON_IsString(json))
        return false;
    if (field->kind == HF_KIND_DATE) {
        int64_t days;
        if (!hf_date_parse(json->valuestring, &days))
            return false;
        if (place)
            *(int64_t *)place = days;
        return true;
    }
    if (field->kind == HF_KIND_CHOICE) {
        int index = choice_index(json, field->words);
        if (index >= 0 && place)
            memcpy(place, &index, sizeof index); /* an enum, as wide as int */
        return index >= 0;
    }
    if (!text_is_good(json->valuestring, field->kind))
        return false;
    if (place)
        *(const char **)place = hf_arena_strdup(reader->arena, json->valuestring);
    return true;
}

static bool read_plain(hf_reader *reader, const cJSON *json, const hf_field *field, void *place) {
    double whole;
    switch (field->kind) {
    case HF_KIND_WHOLE:
        if (!whole_value(json, field, &whole))
            return false;
        if (place)
            *(int *)place = (int)whole;
        return true;
    case HF_KIND_COUNT:
        if (!whole_value(json, field, &whole))
            return false;
        if (place)
            *(uint64_t *)place = (uint64_t)whole;
        return true;
    case HF_KIND_TRUTH:
        if (place)
            *(bool *)place = cJSON_IsTrue(json);
        return cJSON_IsBool(json);
    default:
        return read_string(reader, json, field, place);
    }
}

void hf_field_read(hf_reader *reader, cJSON *json, const hf_at *at, const hf_field *field,
                   void *thing) {
    void *place = field->offset == HF_NOWHERE ? NULL : (char *)thing + field->offset;
    double number;
    switch (field->kind) {
    case HF_KIND_NUMBER:
        if (hf_number_read(reader, json, at, field, &number) && place)
            *(double *)place = number;
        return;
    case HF_KIND_NUMBERS:
    case HF_KIND_IDS:
    case HF_KIND_NAMES:
        hf_list_read(reader, json, at, field, thing);
        return;
    case HF_KIND_NAME:
        if (cJSON_IsString(json))
            *(int *)place = hf_reader_find(reader, field->things, json->valuestring, at);
        else
            refuse(reader, json, at, field);
        return;
    case HF_KIND_PATH:
        hf_path_read(reader, json, at, field, (hf_path *)place);
        return;
    case HF_KIND_RANDOM:
        hf_random_read(reader, json, at, field, (hf_distribution *)place);
        return;
    case HF_KIND_PART:
        field->read(reader, json, at, thing);
        return;
    default:
        if (!read_plain(reader, json, field, place))
            refuse(reader, json, at, field);
    }
}

/* --- objects --- */

static const char *const annotations[] = {"source", "confidence", "note"};

static bool is_annotation(const hf_reader *reader, const char *key) {
    for (size_t i = 0; reader->annotated && i < HF_N_ROWS(annotations); i++)
        if (strcmp(key, annotations[i]) == 0)
            return true;
    return false;
}

/* `source` cites references, by keys with commas between, if the scenario has any. */
static void check_source(hf_reader *reader, const char *source, const hf_at *at) {
    char key[128];
    while (reader->known[HF_REFERENCES].n > 0) {
        source += strspn(source, " ");
        size_t n = strcspn(source, ",");
        const char *rest = source + n;
        while (n > 0 && source[n - 1] == ' ')
            n--;
        if (n > 100) /* no key is that long; it is cut between characters */
            for (n = 100; ((unsigned char)source[n] & 0xC0) == 0x80; n--) {
            }
        snprintf(key, sizeof key, "%.*s", (int)n, source);
        hf_reader_find(reader, HF_REFERENCES, key, at);
        if (!*rest)
            return;
        source = rest + 1;
    }
}

static void check_annotation(hf_reader *reader, const cJSON *json, const hf_at *at) {
    if (!cJSON_IsString(json))
        hf_reader_found(reader, at, json, "a text");
    else if (strcmp(json->string, "source") == 0)
        check_source(reader, json->valuestring, at);
}

/* They are known everywhere, so that one is meant only if it is near indeed. */
static void offer_annotations(const hf_reader *reader, hf_nearest *search) {
    hf_nearest other = {.name = search->name};
    for (size_t i = 0; i < HF_N_ROWS(annotations) && reader->annotated && may_suggest(reader); i++)
        hf_nearest_offer(&other, annotations[i]);
    if (other.best && other.distance <= 2 && (!search->best || other.distance < search->distance))
        *search = other;
}

static void check_key(hf_reader *reader, const cJSON *member, const hf_at *at,
                      const hf_field *fields, size_t n_fields) {
    hf_nearest search = {.name = member->string};
    for (size_t i = 0; i < n_fields; i++)
        if (strcmp(member->string, fields[i].key) == 0)
            return;
    if (is_annotation(reader, member->string)) {
        check_annotation(reader, member, at);
        return;
    }
    for (size_t i = 0; i < n_fields && may_suggest(reader); i++)
        hf_nearest_offer(&search, fields[i].key);
    offer_annotations(reader, &search);
    hf_reader_add(reader, at, "unknown key%s%s", search.best ? "; nearest known: " : "",
                  search.best ? search.best : "");
}

bool hf_fields_read(hf_reader *reader, cJSON *json, const hf_at *at, const hf_field *fields,
                    size_t n_fields, void *thing) {
    size_t n_before = reader->problems->n;
    if (!hf_reader_is_object(reader, json, at))
        return false;
    for (const cJSON *member = json->child; member; member = member->next) {
        hf_at here = {.up = at, .key = member->string};
        check_key(reader, member, &here, fields, n_fields);
    }
    for (size_t i = 0; i < n_fields; i++) {
        hf_at here = {.up = at, .key = fields[i].key};
        cJSON *value = hf_json_member(json, fields[i].key);
        if (!value && fields[i].fallback) {
            value = cJSON_Parse(fields[i].fallback);
            cJSON_AddItemToObject(json, fields[i].key, value);
        }
        if (value)
            hf_field_read(reader, value, &here, &fields[i], thing);
        else if (fields[i].required)
            refuse(reader, NULL, &here, &fields[i]);
    }
    return reader->problems->n == n_before;
}
