/* Scenarios from JSON: every field arrives, defaults are filled in, order carries no meaning. */
#include "io/json.h"
#include "unit/world_text.h"

static void small_fields_and_defaults_arrive(void) {
    hf_world world = world_of(slurp(SMALL), NULL, NULL);
    CU_ASSERT_STRING_EQUAL(world.policy_ids[0], "baseline");
    const hf_scenario *s = world.scenarios[0];
    CU_ASSERT_STRING_EQUAL(s->title, "");
    CU_ASSERT_EQUAL(s->start_days, 20458); /* 2026-01-05 */
    CU_ASSERT_EQUAL(s->horizon_weeks, 52);
    CU_ASSERT_EQUAL(s->warmup_weeks, 0);
    CU_ASSERT_EQUAL(s->service_threshold, 0.95);
    CU_ASSERT_STRING_EQUAL(s->currency, "USD");
    CU_ASSERT_EQUAL_FATAL(s->n_stages, 3);
    const hf_stage *mill = &s->stages[0], *ore = &s->stages[1], *press = &s->stages[2];
    CU_ASSERT_STRING_EQUAL(mill->id, "MILL");
    CU_ASSERT_STRING_EQUAL(ore->id, "ORE");
    CU_ASSERT_STRING_EQUAL(press->name, "PRESS"); /* the id stands in */
    CU_ASSERT_EQUAL(hf_path_at(&press->capacity, 0), 1e12);
    CU_ASSERT_EQUAL(hf_path_at(&ore->capacity, 99), 40);
    CU_ASSERT_EQUAL(hf_path_at(&ore->yield, 3), 1);
    CU_ASSERT_EQUAL(ore->units_per_start, 1);
    CU_ASSERT_EQUAL(ore->yield_noise.sigma, 0);
    CU_ASSERT_EQUAL(ore->yield_noise.factor, -1);
    CU_ASSERT_EQUAL(ore->yield_noise.loading, 0); /* there is nothing to load on */
    CU_ASSERT_FALSE(ore->stock_in_units);
    CU_ASSERT_EQUAL(ore->stock, 0);
    CU_ASSERT_EQUAL(ore->visibility, 1);
    CU_ASSERT_EQUAL(ore->smoothing, 0.05);
    CU_ASSERT_EQUAL(ore->n_inputs, 0);
    CU_ASSERT_EQUAL(ore->n_tags, 0);
    CU_ASSERT_EQUAL(ore->account_amounts[0], 0);
    CU_ASSERT_EQUAL_FATAL(mill->n_inputs, 1);
    CU_ASSERT_EQUAL_FATAL(mill->inputs[0].n_links, 1);
    const hf_link *link = &mill->inputs[0].links[0];
    CU_ASSERT_EQUAL(link->supplier, 1);
    CU_ASSERT_EQUAL(link->transit_weeks, 3);
    CU_ASSERT_FALSE(link->by_capacity);
    CU_ASSERT_EQUAL(hf_path_at(&link->share, 0), 1);
    CU_ASSERT_EQUAL_FATAL(s->n_markets, 1);
    CU_ASSERT_EQUAL(s->markets[0].price, 1);
    CU_ASSERT_EQUAL(s->markets[0].kind, HF_DEMAND_LOGNORMAL);
    CU_ASSERT_EQUAL(s->markets[0].noise.factor, -1);
    CU_ASSERT_EQUAL(s->markets[0].input.per_unit, 1);
    CU_ASSERT_EQUAL(s->markets[0].region, 1);
    CU_ASSERT_EQUAL_FATAL(s->n_hazards, 1);
    const hf_hazard *storm = &s->hazards[0];
    CU_ASSERT_EQUAL(storm->recovery, HF_RECOVERY_STEP);
    CU_ASSERT_EQUAL(hf_distribution_mean(&storm->severity), 1);
    CU_ASSERT_EQUAL(storm->first_month, 0);
    CU_ASSERT_EQUAL(storm->frailty_factor, -1);
    CU_ASSERT_EQUAL(storm->effects[0].exposure, 1);
    CU_ASSERT_FALSE(storm->effects[0].pick_one);
    hf_world_clear(&world);
}

/* A stage with everything in it, in place of ORE. */
static const char full_stage[] =
    "\"ORE\": {\"name\": \"Mine\", \"product\": \"METAL\", \"footprint\": {\"HOME\": 0.25, "
    "\"FAR\": 0.75}, \"unit\": \"ton\", \"capacity\": {\"weeks\": [-1.5, 10], \"values\": [40, 60],"
    " \"source\": \"R1\"}, \"surge\": 0.5, \"cycle_weeks\": 4, \"units_per_start\": 2.5, \"yield\":"
    " {\"mean\": 0.9, \"sigma\": 0.1, \"persistence\": 0.7, \"factor\": \"process\", \"loading\": "
    "-0.6}, \"stock\": {\"units\": 12}, \"visibility\": 0.5, \"smoothing\": 0.2, \"value_added\": "
    "3, \"holding_cost\": 4, \"wip_holding_cost\": 5, \"surge_cost\": 6, \"accounts\": {\"jobs\": "
    "7}, \"tags\": [\"wet\", \"deep\"], \"source\": \"R1\", \"confidence\": \"est\", \"note\": "
    "\"n\"}";

static void every_field_of_a_stage_arrives(void) {
    char *text = with(slurp(SMALL),
                      "\"ORE\": {\"product\": \"METAL\", \"region\": \"FAR\", \"capacity\": 40}",
                      full_stage);
    hf_world world = world_of(text, NULL, NULL);
    const hf_scenario *s = world.scenarios[0];
    const hf_stage *ore = &s->stages[1];
    CU_ASSERT_STRING_EQUAL(ore->name, "Mine");
    CU_ASSERT_STRING_EQUAL(ore->unit, "ton");
    CU_ASSERT_EQUAL_FATAL(ore->n_sites, 2);
    CU_ASSERT_EQUAL(ore->sites[0].region, 0); /* FAR before HOME */
    CU_ASSERT_EQUAL(ore->sites[0].fraction, 0.75);
    CU_ASSERT_EQUAL(hf_scenario_domestic_part(s, 1), 0.25);
    CU_ASSERT_EQUAL(ore->capacity.n_knots, 2);
    CU_ASSERT_EQUAL(hf_path_at(&ore->capacity, -1.5), 40);
    CU_ASSERT_EQUAL(ore->surge, 0.5);
    CU_ASSERT_EQUAL(ore->cycle_weeks, 4);
    CU_ASSERT_EQUAL(ore->units_per_start, 2.5);
    CU_ASSERT_EQUAL(hf_path_at(&ore->yield, 0), 0.9);
    CU_ASSERT_EQUAL(ore->yield_noise.sigma, 0.1);
    CU_ASSERT_EQUAL(ore->yield_noise.persistence, 0.7);
    CU_ASSERT_STRING_EQUAL(s->factors[ore->yield_noise.factor].id, "process");
    CU_ASSERT_EQUAL(ore->yield_noise.loading, -0.6);
    CU_ASSERT_TRUE(ore->stock_in_units);
    CU_ASSERT_EQUAL(ore->stock, 12);
    CU_ASSERT_EQUAL(ore->visibility, 0.5);
    CU_ASSERT_EQUAL(ore->smoothing, 0.2);
    CU_ASSERT_EQUAL(ore->value_added, 3);
    CU_ASSERT_EQUAL(ore->holding_cost, 4);
    CU_ASSERT_EQUAL(ore->wip_holding_cost, 5);
    CU_ASSERT_EQUAL(ore->surge_cost, 6);
    CU_ASSERT_EQUAL(ore->account_amounts[0], 7);
    CU_ASSERT_EQUAL_FATAL(ore->n_tags, 2);
    CU_ASSERT_STRING_EQUAL(ore->tags[0], "deep");
    hf_world_clear(&world);
}

static const char full_hazard[] =
    "\"STORM\": {\"name\": \"Storm\", \"family\": \"natural\", \"arrival\": {\"poisson\": "
    "{\"per_year\": {\"gamma\": {\"shape\": 4, \"scale\": 0.5}}}}, \"season\": {\"first_month\": "
    "11, \"last_month\": 2}, \"frailty\": {\"factor\": \"decade\", \"sigma\": 0.5}, \"duration\": "
    "{\"lognormal\": {\"median\": 3, \"sigma\": 0.4}, \"times\": 2, \"plus\": 1}, \"recovery\": "
    "{\"shape\": \"logistic\", \"midpoint\": 5, \"width\": {\"uniform\": {\"min\": 1, \"max\": 2}}}"
    ", \"severity\": {\"empirical\": {\"values\": [0.5, 0.25]}}, \"effects\": [{\"channel\": "
    "\"yield\", \"select\": {\"stages\": [\"PRESS\", \"MILL\"], \"regions\": [\"FAR\"]}, "
    "\"exposure\": 0.5, \"pick\": \"one\", \"weights\": {\"PRESS\": 3, \"MILL\": 1}}, {\"channel\":"
    " \"shipping\", \"select\": {\"from\": {\"countries\": [\"FA\"]}}}, {\"channel\": \"demand\"}],"
    " \"triggers\": {\"STORM\": {\"probability\": 0.25, \"lag_weeks\": {\"exponential\": {\"mean\":"
    " 3}}}, \"CUT\": {\"probability\": 1}}}, \"CUT\": {\"family\": \"yield\", \"arrival\": "
    "{\"scheduled\": {\"weeks\": [0, 3.5]}}, \"duration\": 1, \"effects\": [{\"channel\": "
    "\"scrap\"}]}";

static char *with_full_hazard(void) {
    return with(slurp(SMALL),
                "\"STORM\": {\"family\": \"natural\", \"arrival\": {\"poisson\": {\"per_year\": "
                "1}}, \"duration\": 2, \"effects\": [{\"channel\": \"capacity\", \"select\": "
                "{\"stages\": [\"ORE\"]}}]}",
                full_hazard);
}

static void every_field_of_a_hazard_arrives(void) {
    hf_world world = world_of(with_full_hazard(), NULL, NULL);
    const hf_scenario *s = world.scenarios[0];
    CU_ASSERT_EQUAL_FATAL(s->n_hazards, 2);
    CU_ASSERT_EQUAL(hf_scenario_find_hazard(s, "CUT"), 0);
    const hf_hazard *cut = &s->hazards[0], *storm = &s->hazards[1];
    CU_ASSERT_EQUAL(cut->arrival, HF_SCHEDULED_POINTS);
    CU_ASSERT_EQUAL(cut->n_scheduled, 2);
    CU_ASSERT_EQUAL(cut->scheduled[1], 3.5);
    CU_ASSERT_EQUAL(storm->arrival, HF_POISSON_POINTS);
    CU_ASSERT_EQUAL(storm->per_year.family, HF_GAMMA);
    CU_ASSERT_EQUAL(hf_distribution_mean(&storm->per_year), 2);
    CU_ASSERT_EQUAL(storm->first_month, 11);
    CU_ASSERT_EQUAL(storm->last_month, 2);
    CU_ASSERT_STRING_EQUAL(s->factors[storm->frailty_factor].id, "decade");
    CU_ASSERT_EQUAL(storm->frailty_sigma, 0.5);
    CU_ASSERT_EQUAL(storm->duration.family, HF_LOGNORMAL);
    CU_ASSERT_EQUAL(storm->duration.parameter[0], 3);
    CU_ASSERT_EQUAL(storm->duration.parameter[1], 0.4);
    CU_ASSERT_EQUAL(storm->duration.times, 2);
    CU_ASSERT_EQUAL(storm->duration.plus, 1);
    CU_ASSERT_EQUAL(storm->recovery, HF_RECOVERY_LOGISTIC);
    CU_ASSERT_EQUAL(storm->recovery_parameter[0].parameter[0], 5);
    CU_ASSERT_EQUAL(storm->recovery_parameter[1].family, HF_UNIFORM);
    CU_ASSERT_EQUAL(storm->severity.n_values, 2);
    CU_ASSERT_EQUAL(storm->severity.values[0], 0.5); /* samples keep their order */
    CU_ASSERT_EQUAL_FATAL(storm->n_effects, 3);
    const hf_effect *e = &storm->effects[0];
    CU_ASSERT_EQUAL(e->channel, HF_YIELD);
    CU_ASSERT_EQUAL(e->exposure, 0.5);
    CU_ASSERT_TRUE(e->pick_one);
    CU_ASSERT_EQUAL_FATAL(e->n_weights, 2);
    CU_ASSERT_EQUAL(e->weight_targets[0], 0);
    CU_ASSERT_EQUAL(e->weights[0], 1);
    CU_ASSERT_EQUAL_FATAL(e->select.n_stages, 2);
    CU_ASSERT_EQUAL(e->select.stages[0], 0); /* MILL before PRESS, whatever the list says */
    CU_ASSERT_TRUE(storm->effects[1].select.has_from && !storm->effects[1].select.has_to);
    CU_ASSERT_TRUE(storm->effects[2].select.everything);
    CU_ASSERT_EQUAL_FATAL(storm->n_triggers, 2);
    CU_ASSERT_EQUAL(storm->triggers[0].hazard, 0);
    CU_ASSERT_EQUAL(storm->triggers[0].probability, 1);
    CU_ASSERT_EQUAL(hf_distribution_mean(&storm->triggers[0].lag_weeks), 0);
    CU_ASSERT_EQUAL(hf_distribution_mean(&storm->triggers[1].lag_weeks), 3);
    hf_world_clear(&world);
}

static void every_field_of_a_market_arrives(void) {
    char *text = with(slurp(SMALL), "\"demand\": 10, \"sources\": {\"PRESS\": {}}",
                      "\"demand\": 10, \"sources\": {\"PRESS\": {\"flex\": 0.5, \"switch_weeks\": "
                      "2.5, \"share\": \"capacity\"}}, \"noise\": {\"kind\": \"iid\", \"of\": "
                      "{\"poisson\": {\"mean\": 3}}}, \"price\": 9, \"quoted_weeks\": 3, "
                      "\"smoothing\": 0.5, \"abandon\": 0.25, \"backlog_cost\": 8");
    hf_world world = world_of(text, NULL, NULL);
    const hf_market *m = &world.scenarios[0]->markets[0];
    CU_ASSERT_EQUAL(m->kind, HF_DEMAND_IID);
    CU_ASSERT_EQUAL(m->iid.family, HF_POISSON);
    CU_ASSERT_EQUAL(m->price, 9);
    CU_ASSERT_EQUAL(m->quoted_weeks, 3);
    CU_ASSERT_EQUAL(m->smoothing, 0.5);
    CU_ASSERT_EQUAL(m->abandon, 0.25);
    CU_ASSERT_EQUAL(m->backlog_cost, 8);
    CU_ASSERT_TRUE(m->input.links[0].by_capacity);
    CU_ASSERT_EQUAL(m->input.links[0].flex, 0.5);
    CU_ASSERT_EQUAL(m->input.links[0].switch_weeks, 2.5);
    hf_world_clear(&world);
}

/* --- the canonical form --- */

/* Turns the members of all objects around. */
static void reverse(cJSON *json) {
    cJSON *last_first = NULL, *end = NULL;
    for (cJSON *child = json->child; child; child = child->next)
        reverse(child);
    if (!cJSON_IsObject(json) || !json->child)
        return;
    while (json->child) {
        cJSON *child = cJSON_DetachItemViaPointer(json, json->child);
        child->next = last_first;
        last_first = child;
        end = end ? end : child;
    }
    for (cJSON *child = last_first; child->next; child = child->next)
        child->next->prev = child;
    last_first->prev = end;
    json->child = last_first;
}

static void key_order_and_white_space_do_not_show(void) {
    static const char *const paths[] = {SMALL, HF_SOURCE_DIR "/inputs/tutorial.json",
                                        HF_SOURCE_DIR "/inputs/us_iv_fluids.json"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char *text = slurp(paths[i]), *expected = canonical_of(slurp(paths[i]));
        cJSON *json = cJSON_Parse(text);
        reverse(json);
        char *compact = hf_json_write(json);
        CU_ASSERT_STRING_NOT_EQUAL(compact, expected);
        char *found = canonical_of(compact);
        CU_ASSERT_STRING_EQUAL(found, expected);
        char *again = canonical_of(hf_strdup(found)); /* it is its own canonical form */
        CU_ASSERT_STRING_EQUAL(again, expected);
        cJSON_Delete(json);
        hf_free(text);
        hf_free(found);
        hf_free(again);
        hf_free(expected);
    }
}

static void defaults_written_out_and_listed_order_do_not_show(void) {
    char *expected = canonical_of(with_full_hazard());
    char *text = with(with_full_hazard(), "[\"PRESS\", \"MILL\"]", "[\"MILL\", \"PRESS\"]");
    text = with(text, "\"capacity\": 40", "\"capacity\": 4e1, \"surge\": -0.0, \"tags\": [\"x\"]");
    text = with(text, ", \"tags\": [\"x\"]",
                ", \"inputs\": {}, \"stock\": {\"weeks\": 0}, \"yield\": {\"mean\": 1.000}");
    char *found = canonical_of(text);
    CU_ASSERT_STRING_EQUAL(found, expected);
    hf_free(found);
    found = canonical_of(with(with_full_hazard(), "\"capacity\": 40", "\"capacity\": 41"));
    CU_ASSERT_STRING_NOT_EQUAL(found, expected);
    hf_free(found);
    /* The order of samples is the author's. */
    found = canonical_of(with(with_full_hazard(), "[0.5, 0.25]", "[0.25, 0.5]"));
    CU_ASSERT_STRING_NOT_EQUAL(found, expected);
    hf_free(found);
    hf_free(expected);
}

/* --- files --- */

static void a_file_and_its_text_are_one_world(void) {
    static const char *const policies[] = {"hedged", "baseline"};
    hf_world world;
    hf_scenario_text text;
    hf_problems problems;
    hf_error err;
    hf_problems_init(&problems);
    CU_ASSERT_EQUAL(hf_world_read(SMALL, 2, policies, &world, &text, &problems, &err), HF_OK);
    CU_ASSERT_EQUAL(world.n_policies, 2);
    CU_ASSERT_STRING_EQUAL(world.policy_ids[0], "hedged");
    CU_ASSERT_STRING_EQUAL(world.policy_ids[1], "baseline");
    CU_ASSERT_EQUAL(world.scenarios[0]->stages[0].stock, 2);
    CU_ASSERT_EQUAL(world.scenarios[1]->stages[0].stock, 0);
    char *same = canonical_of(hf_strdup(text.verbatim));
    CU_ASSERT_STRING_EQUAL(same, text.canonical);
    hf_free(same);
    hf_world_clear(&world);
    hf_scenario_text_clear(&text);
    CU_ASSERT_EQUAL(hf_world_read("/nonexistent", 2, policies, &world, &text, &problems, &err),
                    HF_BAD_FILE);
    CU_ASSERT_EQUAL(problems.n, 0);
    CU_ASSERT_EQUAL(world.n_policies, 0);
    hf_problems_clear(&problems);
}

static void shipped_scenarios_are_good_under_all_policies(void) {
    static const char *const paths[] = {HF_SOURCE_DIR "/inputs/tutorial.json",
                                        HF_SOURCE_DIR "/inputs/us_iv_fluids.json",
                                        HF_SOURCE_DIR "/inputs/us_ai_supercomputers.json"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        hf_problems problems;
        hf_error err;
        hf_world world;
        int n;
        char **policies;
        hf_problems_init(&problems);
        CU_ASSERT_EQUAL(hf_world_policies(paths[i], &n, &policies, &problems, &err), HF_OK);
        CU_ASSERT_TRUE(n >= 2);
        CU_ASSERT_STRING_EQUAL(policies[0], "baseline");
        hf_status status = hf_world_read(paths[i], n, (const char *const *)policies, &world, NULL,
                                         &problems, &err);
        CU_ASSERT_EQUAL(status, HF_OK);
        hf_problems_print(&problems, paths[i], stderr);
        for (int p = 0; p < world.n_policies; p++)
            CU_ASSERT_PTR_NOT_NULL(world.scenarios[p]);
        hf_world_clear(&world);
        for (int p = 0; p < n; p++)
            hf_free(policies[p]);
        hf_free(policies);
        hf_problems_clear(&problems);
    }
}

/* Hostile bytes: whatever one to four changed bytes make of the file, it is read or refused. */
static void mutated_bytes_are_survived(void) {
    char *text = with_full_hazard();
    size_t n = strlen(text);
    uint64_t state = 1;
    for (int round = 0; round < 1000; round++) {
        char *hostile = hf_strdup(text);
        for (int change = 0; change <= round % 4; change++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            static const char letters[] = "{}[]\",:0123456789-.eE\\u truefalsn\n\x80\xFFxORE";
            hostile[(state >> 33) % n] = letters[(state >> 20) % (sizeof letters - 1)];
        }
        static const char *const policies[] = {"hedged"};
        hf_world world;
        hf_problems problems;
        hf_error err;
        hf_problems_init(&problems);
        hf_status status = hf_world_parse(hostile, n, 1, policies, &world, NULL, &problems, &err);
        CU_ASSERT_EQUAL(status, problems.n ? HF_BAD_INPUT : HF_OK);
        hf_world_clear(&world);
        hf_problems_clear(&problems);
        hf_free(hostile);
    }
    hf_free(text);
}

HF_TEST_MAIN("scenario_json", HF_CASE(small_fields_and_defaults_arrive),
             HF_CASE(every_field_of_a_stage_arrives), HF_CASE(every_field_of_a_hazard_arrives),
             HF_CASE(every_field_of_a_market_arrives),
             HF_CASE(key_order_and_white_space_do_not_show),
             HF_CASE(defaults_written_out_and_listed_order_do_not_show),
             HF_CASE(a_file_and_its_text_are_one_world),
             HF_CASE(shipped_scenarios_are_good_under_all_policies),
             HF_CASE(mutated_bytes_are_survived))
