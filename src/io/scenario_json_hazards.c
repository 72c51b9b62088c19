/* Hazards and their effects from JSON (inputs/README.md 1 and 2). */
#include "io/json.h"
#include "io/scenario_json_parts.h"
#include <string.h>

#define LARGEST HF_MAX_MAGNITUDE

/* --- arrival --- */

static void read_poisson(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"per_year", HF_KIND_RANDOM, .required = true, HF_MEMBER(hf_hazard, per_year), .min = 0,
         .max = 5200, .what = "a year"},
    };
    ((hf_hazard *)thing)->arrival = HF_POISSON_POINTS;
    hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), thing);
}

static void read_bernoulli(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"probability", HF_KIND_NUMBER, .required = true, HF_MEMBER(hf_hazard, probability),
         .min = 0, .max = 1, .what = "a week"},
    };
    ((hf_hazard *)thing)->arrival = HF_BERNOULLI_POINTS;
    hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), thing);
}

static void read_scheduled(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"weeks", HF_KIND_NUMBERS, .required = true, HF_MEMBER(hf_hazard, scheduled),
         HF_MEMBER_COUNT(hf_hazard, n_scheduled), .min = 0, .max = 5200, .what = "weeks"},
    };
    hf_hazard *hazard = (hf_hazard *)thing;
    hazard->arrival = HF_SCHEDULED_POINTS;
    if (!hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), hazard))
        return;
    for (int i = 1; i < hazard->n_scheduled; i++)
        if (!(hazard->scheduled[i] > hazard->scheduled[i - 1])) {
            hf_at weeks = {.up = at, .key = "weeks"}, here = {.up = &weeks, .index = i};
            hf_reader_add(reader, &here, "found %.12g after %.12g; allowed only increasing weeks",
                          hazard->scheduled[i], hazard->scheduled[i - 1]);
        }
}

static void read_arrival(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"poisson", HF_KIND_PART, .read = read_poisson},
        {"bernoulli", HF_KIND_PART, .read = read_bernoulli},
        {"scheduled", HF_KIND_PART, .read = read_scheduled},
    };
    int n = 0;
    bool good = hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), thing);
    for (size_t i = 0; i < HF_N_ROWS(fields); i++)
        n += hf_json_member(json, fields[i].key) != NULL;
    if (n > 1 || (n == 0 && good))
        hf_reader_add(reader, at,
                      "found %d ways to arrive; allowed one of poisson, bernoulli, scheduled", n);
}

static void read_season(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"first_month", HF_KIND_WHOLE, .required = true, HF_MEMBER(hf_hazard, first_month),
         .min = 1, .max = 12},
        {"last_month", HF_KIND_WHOLE, .required = true, HF_MEMBER(hf_hazard, last_month), .min = 1,
         .max = 12},
    };
    hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), thing);
}

static void read_frailty(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"factor", HF_KIND_NAME, .required = true, HF_MEMBER(hf_hazard, frailty_factor),
         .things = HF_FACTORS},
        {"sigma", HF_KIND_NUMBER, .required = true, HF_MEMBER(hf_hazard, frailty_sigma), .min = 0,
         .max = 10},
    };
    hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), thing);
}

/* --- recovery --- */

static const char *const shapes[] = {"step", "linear", "exponential", "logistic", NULL};

static void read_recovery(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const struct {
        int n;
        const char *keys[2];
    } parameters[] = {{0, {0}}, {1, {"weeks"}}, {1, {"tau"}}, {2, {"midpoint", "width"}}};
    hf_hazard *hazard = (hf_hazard *)thing;
    hf_field fields[3] = {{"shape", HF_KIND_CHOICE, .required = true,
                           HF_MEMBER(hf_hazard, recovery), .words = shapes}};
    const cJSON *word = hf_json_member(json, "shape");
    int shape = -1;
    for (int i = 0; cJSON_IsString(word) && shapes[i]; i++)
        if (strcmp(word->valuestring, shapes[i]) == 0)
            shape = i;
    if (cJSON_IsObject(json) && word && shape < 0) { /* which parameters it has is not known */
        hf_at here = {.up = at, .key = "shape"};
        hf_field_read(reader, hf_json_member(json, "shape"), &here, &fields[0], hazard);
        return;
    }
    shape = shape < 0 ? 0 : shape;
    for (int i = 0; i < parameters[shape].n; i++)
        fields[1 + i] = (hf_field){parameters[shape].keys[i],
                                   HF_KIND_RANDOM,
                                   .required = true,
                                   .offset = offsetof(hf_hazard, recovery_parameter) +
                                             (size_t)i * sizeof(hf_distribution),
                                   .min = 0,
                                   .max = LARGEST,
                                   .what = "weeks"};
    hf_fields_read(reader, json, at, fields, (size_t)(1 + parameters[shape].n), hazard);
}

/* --- effects --- */

#define PLACE_FIELDS(type, place)                                                                  \
    {"regions", HF_KIND_NAMES, HF_MEMBER(type, place regions),                                     \
     HF_MEMBER_COUNT(type, place n_regions), .things = HF_REGIONS},                                \
    {                                                                                              \
        "countries", HF_KIND_IDS, HF_MEMBER(type, place countries),                                \
            HF_MEMBER_COUNT(type, place n_countries)                                               \
    }

static void read_end(hf_reader *reader, cJSON *json, const hf_at *at, hf_place *place) {
    static const hf_field fields[] = {PLACE_FIELDS(hf_place, )};
    hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), place);
}

static void read_from(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    hf_selector *select = (hf_selector *)thing;
    select->has_from = true;
    read_end(reader, json, at, &select->from);
}

static void read_to(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    hf_selector *select = (hf_selector *)thing;
    select->has_to = true;
    read_end(reader, json, at, &select->to);
}

static const hf_field node_fields[] = {
    {"stages", HF_KIND_NAMES, HF_MEMBER(hf_selector, stages),
     HF_MEMBER_COUNT(hf_selector, n_stages), .things = HF_STAGES},
    {"products", HF_KIND_IDS, HF_MEMBER(hf_selector, products),
     HF_MEMBER_COUNT(hf_selector, n_products)},
    {"tags", HF_KIND_IDS, HF_MEMBER(hf_selector, tags), HF_MEMBER_COUNT(hf_selector, n_tags)},
    {"markets", HF_KIND_NAMES, HF_MEMBER(hf_selector, markets),
     HF_MEMBER_COUNT(hf_selector, n_markets), .things = HF_MARKETS},
    PLACE_FIELDS(hf_selector, place.),
};

static const hf_field link_end_fields[] = {
    {"from", HF_KIND_PART, .read = read_from},
    {"to", HF_KIND_PART, .read = read_to},
};

static void read_select(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    hf_effect *effect = (hf_effect *)thing;
    hf_selector *select = &effect->select;
    if (effect->channel == HF_SHIPPING) {
        hf_fields_read(reader, json, at, link_end_fields, HF_N_ROWS(link_end_fields), select);
        if (cJSON_IsObject(json) && !select->has_from && !select->has_to)
            hf_reader_found(reader, at, json, "\"from\", \"to\" or both");
    } else {
        hf_fields_read(reader, json, at, node_fields, HF_N_ROWS(node_fields), select);
    }
}

static void read_weights(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field weight = {"", HF_KIND_NUMBER, .min = 0, .max = LARGEST};
    hf_effect *effect = (hf_effect *)thing;
    hf_things things = effect->channel == HF_DEMAND ? HF_MARKETS : HF_STAGES;
    if (effect->channel == HF_SHIPPING) {
        hf_reader_add(reader, at, "found weights; allowed on stages and markets, links have no id");
        return;
    }
    if (!hf_reader_is_object(reader, json, at))
        return;
    int n = cJSON_GetArraySize(json);
    if (n == 0)
        hf_reader_found(reader, at, json, "one weight or more");
    effect->weights = HF_ARENA_NEW(reader->arena, n, double);
    effect->weight_targets = HF_ARENA_NEW(reader->arena, n, int);
    for (hf_members m = hf_members_of(reader, json, at); hf_members_next(&m);) {
        n = effect->n_weights++;
        effect->weight_targets[n] = hf_reader_find(reader, things, m.json->string, &m.at);
        effect->weights[n] = 1.0; /* of a bad one, so that the sum is not blamed */
        hf_number_read(reader, m.json, &m.at, &weight, &effect->weights[n]);
    }
}

static const char *const channels[] = {"capacity", "yield", "scrap", "shipping", "demand", NULL};
static const char *const picks[] = {"one", NULL};

static const hf_field effect_fields[] = {
    {"channel", HF_KIND_CHOICE, .required = true, HF_MEMBER(hf_effect, channel), .words = channels},
    {"select", HF_KIND_PART, .read = read_select},
    {"exposure", HF_KIND_NUMBER, HF_MEMBER(hf_effect, exposure), .min = 0, .max = 1,
     .fallback = "1"},
    {"pick", HF_KIND_CHOICE, .offset = HF_NOWHERE, .words = picks},
    {"weights", HF_KIND_PART, .read = read_weights},
};

static void read_effect(hf_reader *reader, cJSON *json, const hf_at *at, hf_effect *effect) {
    size_t n_before = reader->problems->n;
    hf_fields_read(reader, json, at, effect_fields, HF_N_ROWS(effect_fields), effect);
    effect->pick_one = hf_json_member(json, "pick");
    if (hf_json_member(json, "weights") && !effect->pick_one)
        hf_reader_add(reader, at, "found weights without pick; allowed with \"pick\": \"one\"");
    /* What could not be read selects all, so that it is not blamed for selecting nothing. */
    if (reader->problems->n > n_before)
        *effect = (hf_effect){.select.everything = true};
    if (!hf_json_member(json, "select"))
        effect->select.everything = true;
}

void hf_effects_read(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    hf_hazard *hazard = (hf_hazard *)thing;
    if (!hf_reader_is_array(reader, json, at))
        return;
    hazard->effects = HF_ARENA_NEW(reader->arena, cJSON_GetArraySize(json), hf_effect);
    for (cJSON *item = json->child; item; item = item->next) {
        hf_at here = {.up = at, .index = hazard->n_effects};
        read_effect(reader, item, &here, &hazard->effects[hazard->n_effects++]);
    }
}

/* --- triggers --- */

static void read_triggers(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"probability", HF_KIND_NUMBER, .required = true, HF_MEMBER(hf_trigger, probability),
         .min = 0, .max = 1},
        {"lag_weeks", HF_KIND_RANDOM, HF_MEMBER(hf_trigger, lag_weeks), .min = 0, .max = LARGEST,
         .what = "weeks", .fallback = "0"},
    };
    hf_hazard *hazard = (hf_hazard *)thing;
    if (!hf_reader_is_object(reader, json, at))
        return;
    hazard->triggers = HF_ARENA_NEW(reader->arena, cJSON_GetArraySize(json), hf_trigger);
    for (hf_members m = hf_members_of(reader, json, at); hf_members_next(&m);) {
        hf_trigger *trigger = &hazard->triggers[hazard->n_triggers++];
        trigger->hazard = hf_reader_find(reader, HF_HAZARDS, m.json->string, &m.at);
        hf_fields_read(reader, m.json, &m.at, fields, HF_N_ROWS(fields), trigger);
    }
}

/* --- hazards --- */

static const hf_field hazard_fields[] = {
    {"name", HF_KIND_TEXT, HF_MEMBER(hf_hazard, name)},
    {"family", HF_KIND_ID, .required = true, HF_MEMBER(hf_hazard, family)},
    {"arrival", HF_KIND_PART, .required = true, .read = read_arrival},
    {"season", HF_KIND_PART, .read = read_season},
    {"frailty", HF_KIND_PART, .read = read_frailty},
    {"duration", HF_KIND_RANDOM, .required = true, HF_MEMBER(hf_hazard, duration), .min = 0,
     .max = LARGEST, .what = "weeks"},
    {"recovery", HF_KIND_PART, .read = read_recovery, .fallback = "{\"shape\":\"step\"}"},
    {"severity", HF_KIND_RANDOM, HF_MEMBER(hf_hazard, severity), .min = -1, .max = LARGEST,
     .fallback = "1"},
    {"effects", HF_KIND_PART, .required = true, .read = hf_effects_read,
     .what = "an array of one effect or more"},
    {"triggers", HF_KIND_PART, .read = read_triggers, .fallback = "{}"},
};

void hf_hazard_read(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    hf_hazard *hazard = (hf_hazard *)thing;
    hazard->frailty_factor = -1;
    hf_fields_read(reader, json, at, hazard_fields, HF_N_ROWS(hazard_fields), hazard);
}
