/* Regions, factors, accounts, stages and markets from JSON (inputs/README.md 1). */
#include "io/json.h"
#include "io/scenario_json_parts.h"
#include <string.h>

#define LARGEST  HF_MAX_MAGNITUDE
#define SMALLEST HF_MIN_MAGNITUDE
#define LONG     520.0 /* weeks: ten years under way or in stock are a mistake */

/* --- small things --- */

void hf_region_read(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"name", HF_KIND_TEXT, HF_MEMBER(hf_region, name)},
        {"country", HF_KIND_ID, .required = true, HF_MEMBER(hf_region, country)},
        {"domestic", HF_KIND_TRUTH, .required = true, HF_MEMBER(hf_region, domestic)},
        {"lat", HF_KIND_NUMBER, .offset = HF_NOWHERE, .min = -90, .max = 90, .what = "degrees"},
        {"lon", HF_KIND_NUMBER, .offset = HF_NOWHERE, .min = -180, .max = 180, .what = "degrees"},
    };
    hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), thing);
}

void hf_factor_read(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const char *const kinds[] = {"weekly", "trial", NULL};
    static const hf_field fields[] = {
        {"kind", HF_KIND_CHOICE, .required = true, HF_MEMBER(hf_factor, kind), .words = kinds},
        {"persistence", HF_KIND_NUMBER, HF_MEMBER(hf_factor, persistence), .min = 0, .max = 1,
         .below_max = true},
    };
    hf_factor *factor = (hf_factor *)thing;
    if (!hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), thing))
        return;
    bool has_persistence = hf_json_member(json, "persistence");
    hf_at here = {.up = at, .key = "persistence"};
    if (factor->kind == HF_FACTOR_WEEKLY && !has_persistence)
        cJSON_AddNumberToObject(json, "persistence", 0.0);
    if (factor->kind == HF_FACTOR_TRIAL && has_persistence)
        hf_reader_add(reader, &here, "found a persistence; allowed only with kind \"weekly\"");
}

void hf_account_read(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"name", HF_KIND_TEXT, HF_MEMBER(hf_account, name)},
        {"unit", HF_KIND_LINE, .required = true, HF_MEMBER(hf_account, unit)},
    };
    hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), thing);
}

/* --- links and inputs --- */

static void read_share(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field row = {"share", HF_KIND_PATH, .min = 0, .max = LARGEST};
    hf_link *link = (hf_link *)thing;
    link->by_capacity = cJSON_IsString(json) && strcmp(json->valuestring, "capacity") == 0;
    if (cJSON_IsString(json) && !link->by_capacity) {
        hf_reader_found(reader, at, json, "a path or \"capacity\"");
        link->by_capacity = true; /* so that it is not missed too */
    } else if (!link->by_capacity) {
        hf_path_read(reader, json, at, &row, &link->share);
    }
}

static const hf_field link_fields[] = {
    {"share", HF_KIND_PART, .read = read_share},
    {"flex", HF_KIND_NUMBER, HF_MEMBER(hf_link, flex), .min = 0, .max = LARGEST, .fallback = "0"},
    {"transit_weeks", HF_KIND_WHOLE, HF_MEMBER(hf_link, transit_weeks), .min = 0, .max = LONG,
     .fallback = "0"},
    {"switch_weeks", HF_KIND_NUMBER, HF_MEMBER(hf_link, switch_weeks), .min = 0, .max = 5200,
     .fallback = "0", .what = "weeks"},
};

static void read_sources(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    hf_input *input = (hf_input *)thing;
    if (!hf_reader_is_object(reader, json, at))
        return;
    if (!json->child)
        hf_reader_found(reader, at, json, "one supplier or more");
    input->links = HF_ARENA_NEW(reader->arena, cJSON_GetArraySize(json), hf_link);
    for (hf_members m = hf_members_of(reader, json, at); hf_members_next(&m);) {
        hf_link *link = &input->links[input->n_links++];
        link->supplier = hf_reader_find(reader, HF_STAGES, m.json->string, &m.at);
        hf_fields_read(reader, m.json, &m.at, link_fields, HF_N_ROWS(link_fields), link);
    }
    hf_link *only = input->links;
    if (input->n_links == 1 && !only->by_capacity && only->share.n_knots == 0) {
        double *one = HF_ARENA_NEW(reader->arena, 2, double);
        one[0] = 1.0;
        only->share = (hf_path){.n_knots = 1, .values = one, .weeks = one + 1};
    }
}

static const hf_field input_fields[] = {
    {"per_unit", HF_KIND_NUMBER, .required = true, HF_MEMBER(hf_input, per_unit), .min = SMALLEST,
     .max = LARGEST, .what = "units a start"},
    {"cover_weeks", HF_KIND_NUMBER, HF_MEMBER(hf_input, cover_weeks), .min = 0, .max = LONG,
     .fallback = "0", .what = "weeks"},
    {"holding_cost", HF_KIND_NUMBER, HF_MEMBER(hf_input, holding_cost), .min = 0, .max = LARGEST,
     .fallback = "0"},
    {"sources", HF_KIND_PART, .required = true, .read = read_sources},
};

static void read_inputs(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    hf_stage *stage = (hf_stage *)thing;
    if (!hf_reader_is_object(reader, json, at))
        return;
    stage->inputs = HF_ARENA_NEW(reader->arena, cJSON_GetArraySize(json), hf_input);
    for (hf_members m = hf_members_of(reader, json, at); hf_members_next(&m);) {
        hf_input *input = &stage->inputs[stage->n_inputs++];
        input->product = hf_arena_strdup(reader->arena, m.json->string);
        hf_fields_read(reader, m.json, &m.at, input_fields, HF_N_ROWS(input_fields), input);
    }
}

/* --- stages --- */

static void read_footprint(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fraction = {"", HF_KIND_NUMBER, .min = SMALLEST, .max = 1};
    hf_stage *stage = (hf_stage *)thing;
    size_t n_before = reader->problems->n;
    if (!hf_reader_is_object(reader, json, at))
        return;
    if (!json->child)
        hf_reader_found(reader, at, json, "one region or more");
    stage->sites = HF_ARENA_NEW(reader->arena, cJSON_GetArraySize(json), hf_site);
    for (hf_members m = hf_members_of(reader, json, at); hf_members_next(&m);) {
        hf_site *site = &stage->sites[stage->n_sites++];
        site->region = hf_reader_find(reader, HF_REGIONS, m.json->string, &m.at);
        hf_number_read(reader, m.json, &m.at, &fraction, &site->fraction);
    }
    if (reader->problems->n > n_before)
        stage->n_sites = 0; /* no sum to check */
}

/* A region alone is a footprint of one. */
static void read_region(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field row = {"region", HF_KIND_NAME, .offset = 0, .things = HF_REGIONS};
    hf_stage *stage = (hf_stage *)thing;
    int region = -1;
    hf_field_read(reader, json, at, &row, &region);
    if (region < 0)
        return;
    stage->sites = HF_ARENA_NEW(reader->arena, 1, hf_site);
    stage->sites[0] = (hf_site){.region = region, .fraction = 1.0};
    stage->n_sites = 1;
}

static void read_yield(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"mean", HF_KIND_PATH, HF_MEMBER(hf_stage, yield), .min = SMALLEST, .max = 1,
         .fallback = "1"},
        {"sigma", HF_KIND_NUMBER, HF_MEMBER(hf_stage, yield_noise.sigma), .min = 0, .max = LARGEST,
         .fallback = "0"},
        {"persistence", HF_KIND_NUMBER, HF_MEMBER(hf_stage, yield_noise.persistence), .min = 0,
         .max = 1, .below_max = true, .fallback = "0"},
        {"factor", HF_KIND_NAME, HF_MEMBER(hf_stage, yield_noise.factor), .things = HF_FACTORS},
        {"loading", HF_KIND_NUMBER, HF_MEMBER(hf_stage, yield_noise.loading), .min = -1, .max = 1,
         .fallback = "1"},
    };
    hf_stage *stage = (hf_stage *)thing;
    hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), stage);
    if (stage->yield_noise.factor < 0)
        stage->yield_noise.loading = 0.0;
}

typedef struct stock {
    double weeks, units;
} stock;

static void read_stock(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field fields[] = {
        {"weeks", HF_KIND_NUMBER, HF_MEMBER(stock, weeks), .min = 0, .max = LONG, .what = "weeks"},
        {"units", HF_KIND_NUMBER, HF_MEMBER(stock, units), .min = 0, .max = LARGEST,
         .what = "units"},
    };
    hf_stage *stage = (hf_stage *)thing;
    stock s = {0};
    if (!hf_fields_read(reader, json, at, fields, HF_N_ROWS(fields), &s))
        return;
    bool has_weeks = hf_json_member(json, "weeks"), has_units = hf_json_member(json, "units");
    if (has_weeks == has_units)
        hf_reader_add(reader, at, "found %s; allowed one of \"weeks\" and \"units\"",
                      has_weeks ? "both" : "neither");
    stage->stock_in_units = has_units;
    stage->stock = has_units ? s.units : s.weeks;
}

static void read_accounts(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field amount = {"", HF_KIND_NUMBER, .min = 0, .max = LARGEST,
                                    .what = "per good unit"};
    hf_stage *stage = (hf_stage *)thing;
    if (!hf_reader_is_object(reader, json, at))
        return;
    for (hf_members m = hf_members_of(reader, json, at); hf_members_next(&m);) {
        int account = hf_reader_find(reader, HF_ACCOUNTS, m.json->string, &m.at);
        double unknown = 0.0;
        hf_number_read(reader, m.json, &m.at, &amount,
                       account < 0 ? &unknown : &stage->account_amounts[account]);
    }
}

#define COST(name)                                                                                 \
    { #name, HF_KIND_NUMBER, HF_MEMBER(hf_stage, name), .min = 0, .max = LARGEST, .fallback = "0" }

static const hf_field stage_fields[] = {
    {"name", HF_KIND_TEXT, HF_MEMBER(hf_stage, name)},
    {"region", HF_KIND_PART, .read = read_region},
    {"footprint", HF_KIND_PART, .read = read_footprint},
    {"product", HF_KIND_ID, .required = true, HF_MEMBER(hf_stage, product)},
    {"unit", HF_KIND_LINE, HF_MEMBER(hf_stage, unit), .fallback = "\"unit\""},
    {"capacity", HF_KIND_PATH, HF_MEMBER(hf_stage, capacity), .min = 0, .max = LARGEST,
     .fallback = "1e12", .what = "starts/week"},
    {"surge", HF_KIND_NUMBER, HF_MEMBER(hf_stage, surge), .min = 0, .max = LARGEST, .fallback = "0",
     .what = "of capacity"},
    {"cycle_weeks", HF_KIND_WHOLE, HF_MEMBER(hf_stage, cycle_weeks), .min = 0, .max = LONG,
     .fallback = "0"},
    {"units_per_start", HF_KIND_NUMBER, HF_MEMBER(hf_stage, units_per_start), .min = SMALLEST,
     .max = LARGEST, .fallback = "1"},
    {"yield", HF_KIND_PART, .read = read_yield, .fallback = "{}"},
    {"stock", HF_KIND_PART, .read = read_stock, .fallback = "{\"weeks\":0}"},
    {"visibility", HF_KIND_NUMBER, HF_MEMBER(hf_stage, visibility), .min = 0, .max = 1,
     .fallback = "1"},
    {"smoothing", HF_KIND_NUMBER, HF_MEMBER(hf_stage, smoothing), .min = SMALLEST, .max = 1,
     .fallback = "0.05"},
    {"inputs", HF_KIND_PART, .read = read_inputs, .fallback = "{}"},
    COST(value_added),
    COST(holding_cost),
    COST(wip_holding_cost),
    COST(surge_cost),
    {"accounts", HF_KIND_PART, .read = read_accounts, .fallback = "{}"},
    {"tags", HF_KIND_IDS, HF_MEMBER(hf_stage, tags), HF_MEMBER_COUNT(hf_stage, n_tags)},
};

void hf_stage_read(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    hf_stage *stage = (hf_stage *)thing;
    stage->yield_noise.factor = -1;
    stage->account_amounts = HF_ARENA_NEW(reader->arena, reader->known[HF_ACCOUNTS].n, double);
    hf_fields_read(reader, json, at, stage_fields, HF_N_ROWS(stage_fields), stage);
    bool has_region = hf_json_member(json, "region");
    bool has_footprint = hf_json_member(json, "footprint");
    if (cJSON_IsObject(json) && has_region == has_footprint)
        hf_reader_add(reader, at, "found %s; allowed one of \"region\" and \"footprint\"",
                      has_region ? "both" : "neither");
    if (has_region == has_footprint)
        stage->n_sites = 0;
}

/* --- markets --- */

static const char *const noise_kinds[] = {"lognormal", "normal", "iid", NULL};

static void read_noise(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    static const hf_field kind = {"kind", HF_KIND_CHOICE, .required = true,
                                  HF_MEMBER(hf_market, kind), .words = noise_kinds};
    const hf_field walk[] = {
        kind,
        {"sigma", HF_KIND_NUMBER, HF_MEMBER(hf_market, noise.sigma), .min = 0, .max = LARGEST,
         .fallback = "0"},
        {"persistence", HF_KIND_NUMBER, HF_MEMBER(hf_market, noise.persistence), .min = 0, .max = 1,
         .below_max = true, .fallback = "0"},
        {"factor", HF_KIND_NAME, HF_MEMBER(hf_market, noise.factor), .things = HF_FACTORS},
        {"loading", HF_KIND_NUMBER, HF_MEMBER(hf_market, noise.loading), .min = -1, .max = 1,
         .fallback = "1"},
    };
    const hf_field iid[] = {
        kind,
        {"of", HF_KIND_RANDOM, .required = true, HF_MEMBER(hf_market, iid), .min = 0,
         .max = LARGEST},
    };
    const cJSON *word = hf_json_member(json, "kind");
    hf_market *market = (hf_market *)thing;
    if (cJSON_IsString(word) && strcmp(word->valuestring, "iid") == 0)
        hf_fields_read(reader, json, at, iid, HF_N_ROWS(iid), market);
    else
        hf_fields_read(reader, json, at, walk, HF_N_ROWS(walk), market);
    if (market->noise.factor < 0)
        market->noise.loading = 0.0;
}

static void read_market_sources(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    read_sources(reader, json, at, &((hf_market *)thing)->input);
}

static const hf_field market_fields[] = {
    {"name", HF_KIND_TEXT, HF_MEMBER(hf_market, name)},
    {"product", HF_KIND_ID, .required = true, HF_MEMBER(hf_market, input.product)},
    {"region", HF_KIND_NAME, .required = true, HF_MEMBER(hf_market, region), .things = HF_REGIONS},
    {"demand", HF_KIND_PATH, .required = true, HF_MEMBER(hf_market, demand), .min = 0,
     .max = LARGEST, .what = "units/week"},
    {"noise", HF_KIND_PART, .read = read_noise, .fallback = "{\"kind\":\"lognormal\"}"},
    {"sources", HF_KIND_PART, .required = true, .read = read_market_sources},
    {"price", HF_KIND_NUMBER, HF_MEMBER(hf_market, price), .min = 0, .max = LARGEST,
     .fallback = "1", .what = "per unit"},
    {"quoted_weeks", HF_KIND_WHOLE, HF_MEMBER(hf_market, quoted_weeks), .min = 0, .max = LONG,
     .fallback = "0"},
    {"smoothing", HF_KIND_NUMBER, HF_MEMBER(hf_market, smoothing), .min = SMALLEST, .max = 1,
     .fallback = "0.05"},
    {"abandon", HF_KIND_NUMBER, HF_MEMBER(hf_market, abandon), .min = 0, .max = 1, .fallback = "0"},
    {"backlog_cost", HF_KIND_NUMBER, HF_MEMBER(hf_market, backlog_cost), .min = 0, .max = LARGEST,
     .fallback = "0"},
};

void hf_market_read(hf_reader *reader, cJSON *json, const hf_at *at, void *thing) {
    hf_market *market = (hf_market *)thing;
    market->region = -1;
    market->noise.factor = -1;
    market->input.per_unit = 1.0;
    hf_fields_read(reader, json, at, market_fields, HF_N_ROWS(market_fields), market);
}
