/* Objects of JSON against tables: one row a field. From the row come its reading, its bounds and
 * what is said of them, its default (which is filled in) and the keys that a wrong one is compared
 * with. */
#ifndef HF_IO_FIELDS_H
#define HF_IO_FIELDS_H

#include "base/memory.h"
#include "base/number.h"
#include "base/problems.h"
#include "model/demand.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* Where a value stands, for messages: a chain up to the root, which is NULL. */
typedef struct hf_at {
    const struct hf_at *up;
    const char *key; /* of a member; NULL: an element */
    int index;       /* of an element */
} hf_at;
/* "stages.FAB.capacity.values.3"; release with hf_free. */
char *hf_at_text(const hf_at *at);

/* What ids name, and the words for it. */
#define HF_THING_LIST(X)                                                                           \
    X(HF_REGIONS, "a region")                                                                      \
    X(HF_FACTORS, "a factor")                                                                      \
    X(HF_ACCOUNTS, "an account")                                                                   \
    X(HF_STAGES, "a stage")                                                                        \
    X(HF_MARKETS, "a market")                                                                      \
    X(HF_HAZARDS, "a hazard")                                                                      \
    X(HF_MEASURES, "a measure")                                                                    \
    X(HF_POLICIES, "a policy")                                                                     \
    X(HF_REFERENCES, "a reference")
typedef enum hf_things {
#define HF_THING_ENUM(name, words) name,
    HF_THING_LIST(HF_THING_ENUM)
#undef HF_THING_ENUM
        HF_N_THINGS
} hf_things;

typedef struct hf_ids {
    int n;
    const char **ids; /* byte order, each a valid id */
} hf_ids;

typedef struct hf_reader {
    hf_arena *arena; /* keeps what is read */
    hf_problems *problems;
    bool annotated; /* every object may carry source, confidence and note */
    hf_ids known[HF_N_THINGS];
} hf_reader;

typedef enum hf_kind {
    HF_KIND_NUMBER,  /* double within [min, max], 0 or of magnitude 1e-9 at least */
    HF_KIND_WHOLE,   /* int within [min, max] */
    HF_KIND_COUNT,   /* uint64_t within [min, max], max at most 2^53 */
    HF_KIND_TRUTH,   /* bool */
    HF_KIND_TEXT,    /* const char *, anything */
    HF_KIND_LINE,    /* const char *, 1 to 64 bytes without control characters */
    HF_KIND_ID,      /* const char * */
    HF_KIND_CHOICE,  /* an enum: index in `words` */
    HF_KIND_DATE,    /* int64_t, days since 1970-01-01 */
    HF_KIND_NUMBERS, /* double *, one or more, each within [min, max]; int n at `count` */
    HF_KIND_IDS,     /* const char **, one or more, each once; int n at `count` */
    HF_KIND_NAME,    /* int, index of one of `things`, which is -1 until then */
    HF_KIND_NAMES,   /* int *, one or more indices, each once; int n at `count` */
    HF_KIND_PATH,    /* hf_path, values within [min, max] */
    HF_KIND_RANDOM,  /* hf_distribution; a plain number within [min, max] */
    HF_KIND_PART     /* by `read`, which is given the whole structure */
} hf_kind;

/* Reads a part of `thing` from `json`, which stands at `at`. */
typedef void hf_part_read(hf_reader *reader, cJSON *json, const hf_at *at, void *thing);

#define HF_NOWHERE SIZE_MAX /* as offset: checked, not kept */

typedef struct hf_field {
    const char *key;
    hf_kind kind;
    bool required;
    bool below_max; /* max itself is not allowed */
    bool ordered;   /* HF_KIND_IDS, _NAMES: keep the listed order; else put into byte order */
    size_t offset;  /* in the structure */
    size_t count;   /* in the structure, of the arrays' n */
    double min, max;
    const char *fallback;     /* the default as JSON; NULL: stays absent */
    const char *what;         /* unit of a number, or words for what is allowed */
    const char *const *words; /* HF_KIND_CHOICE: ends with NULL */
    hf_things things;
    hf_part_read *read;
} hf_field;

/* Table rows: HF_MEMBER(hf_stage, surge) names the place. */
#define HF_MEMBER(type, member)       .offset = offsetof(type, member)
#define HF_MEMBER_COUNT(type, member) .count = offsetof(type, member)
#define HF_N_ROWS(table)              (sizeof(table) / sizeof((table)[0]))

/* Reads the object `json` into `thing` (zeroed): unknown keys, missing ones and bad values are
 * reported, defaults are added to the object. False if it is no object or anything was reported. */
bool hf_fields_read(hf_reader *reader, cJSON *json, const hf_at *at, const hf_field *fields,
                    size_t n_fields, void *thing);
/* Reads one value by its row. */
void hf_field_read(hf_reader *reader, cJSON *json, const hf_at *at, const hf_field *field,
                   void *thing);
/* Checks that `json` is an object (an array); reports it if not. */
bool hf_reader_is_object(hf_reader *reader, const cJSON *json, const hf_at *at);
bool hf_reader_is_array(hf_reader *reader, const cJSON *json, const hf_at *at);

/* "AT: found J; allowed A". json NULL: nothing. */
void hf_reader_found(hf_reader *reader, const hf_at *at, const cJSON *json, const char *allowed);
void hf_reader_add(hf_reader *reader, const hf_at *at, const char *format, ...) HF_PRINTF(3, 4);
/* Index of `id` among the known things, -1 if it is not among them, which is reported. */
int hf_reader_find(hf_reader *reader, hf_things things, const char *id, const hf_at *at);
/* The same, unreported. */
int hf_ids_find(const hf_ids *ids, const char *id);
/* The nearest known id, NULL if there is none. */
const char *hf_ids_nearest(const hf_ids *ids, const char *id);
bool hf_id_is_valid(const char *id);

/* Field kinds that take a page each. */
void hf_path_read(hf_reader *reader, cJSON *json, const hf_at *at, const hf_field *field,
                  hf_path *path);
void hf_random_read(hf_reader *reader, cJSON *json, const hf_at *at, const hf_field *field,
                    hf_distribution *random);
void hf_list_read(hf_reader *reader, cJSON *json, const hf_at *at, const hf_field *field,
                  void *thing);
/* Reports the texts of an array that stand there a second time. */
void hf_list_check_once(hf_reader *reader, const cJSON *array, const hf_at *at);
/* False and a report if `json` is no number within the bounds of `field`. */
bool hf_number_read(hf_reader *reader, const cJSON *json, const hf_at *at, const hf_field *field,
                    double *value);
/* What the row allows, in words. */
void hf_field_allowed(const hf_field *field, char text[320]);

#endif
