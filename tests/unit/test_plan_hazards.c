/* Hazards of a plan, with the rows they reach, and the index space that policies share. */
#include "../fixture.h"
#include "base/hash.h"
#include "hf_cunit.h"
#include <math.h>
#include <string.h>

static bool near(double a, double b) {
    return fabs(a - b) <= 1e-12;
}
static void done(hf_plan *plan, hf_scenario *scenario) {
    hf_plan_destroy(plan);
    hf_scenario_destroy(scenario);
}

/* Regions home (US) and away (TW); ASSEMBLY a quarter at home, CHIP away, PANEL at home. Links by
 * index: 0 CHIP-ASSEMBLY, 1 PANEL-ASSEMBLY, 2 ASSEMBLY-EXPORT, 3 ASSEMBLY-LOCAL. */
enum { ASSEMBLY, CHIP, PANEL, EXPORT = 0, LOCAL, HOME = 0, AWAY };
static hf_scenario *phones(int n_hazards) {
    hf_scenario *s = fixture_empty(60, 3, 2, n_hazards);
    s->n_regions = 2;
    s->regions = HF_ARENA_NEW(s->arena, 2, hf_region);
    s->regions[HOME] = (hf_region){"home", "home", "US", true};
    s->regions[AWAY] = (hf_region){"away", "away", "TW", false};
    hf_stage *assembly = fixture_stage(s, ASSEMBLY, "ASSEMBLY", "phone", 2);
    assembly->n_sites = 2;
    assembly->sites = HF_ARENA_NEW(s->arena, 2, hf_site);
    assembly->sites[0] = (hf_site){HOME, 0.25};
    assembly->sites[1] = (hf_site){AWAY, 0.75};
    fixture_input(s, &assembly->inputs[0], "chip", 1, (int[]){CHIP});
    fixture_input(s, &assembly->inputs[1], "panel", 1, (int[]){PANEL});
    fixture_stage(s, CHIP, "CHIP", "chip", 0)->sites[0].region = AWAY;
    fixture_stage(s, PANEL, "PANEL", "panel", 0);
    fixture_market(s, EXPORT, "EXPORT", 10)->region = AWAY;
    fixture_market(s, LOCAL, "LOCAL", 5)->region = HOME;
    for (int m = 0; m < 2; m++)
        fixture_input(s, &s->markets[m].input, "phone", 1, (int[]){ASSEMBLY});
    return s;
}

static bool has_targets(const hf_plan_effect *effect, int n, const int *rows,
                        const double *exposures) {
    bool same = effect->n_targets == n;
    for (int i = 0; i < n && same; i++)
        same = effect->rows[i] == rows[i] && near(effect->exposures[i], exposures[i]);
    return same;
}

static void effects_reach_their_rows(void) {
    hf_scenario *s = phones(1);
    hf_hazard *hazard = fixture_hazard(s, 0, "STORM", 5);
    hf_effect *e = hazard->effects;
    e[0].exposure = 0.5; /* all that capacity knows */
    e[1].channel = HF_YIELD;
    e[1].select = (hf_selector){.place = {.n_regions = 1, .regions = (int[]){AWAY}}};
    e[1].exposure = 0.8;
    e[2].channel = HF_DEMAND;
    e[2].select = (hf_selector){.n_markets = 1, .markets = (int[]){LOCAL}};
    e[3].channel = HF_SHIPPING;
    e[3].select = (hf_selector){.has_from = true,
                                .from = {.n_countries = 1, .countries = (const char *[]){"TW"}}};
    e[4].channel = HF_SCRAP;
    e[4].select = (hf_selector){.n_products = 1, .products = (const char *[]){"panel"}};
    hf_plan *p = fixture_plan(s);
    const hf_plan_effect *effects = p->hazards[0].effects;
    CU_ASSERT(has_targets(&effects[0], 3, (int[]){0, 1, 2}, (double[]){0.5, 0.5, 0.5}));
    CU_ASSERT(has_targets(&effects[1], 2, (int[]){ASSEMBLY, CHIP}, (double[]){0.6, 0.8}));
    CU_ASSERT(has_targets(&effects[2], 1, (int[]){LOCAL}, (double[]){1}));
    CU_ASSERT(has_targets(&effects[3], 3, (int[]){0, 2, 3}, (double[]){1, 0.75, 0.75}));
    CU_ASSERT(has_targets(&effects[4], 1, (int[]){PANEL}, (double[]){1}));
    CU_ASSERT(p->hazards[0].entity == hf_hash_id("STORM") && p->hazards[0].present);
    done(p, s);
}

static void one_is_picked_by_weight(void) {
    hf_scenario *s = phones(1);
    hf_effect *e = fixture_hazard(s, 0, "STRIKE", 2)->effects;
    e[0].pick_one = true;
    e[1].pick_one = true;
    e[1].n_weights = 2; /* CHIP is not listed */
    e[1].weight_targets = (int[]){ASSEMBLY, PANEL};
    e[1].weights = (double[]){3, 1};
    hf_plan *p = fixture_plan(s);
    const hf_plan_effect *equal = &p->hazards[0].effects[0], *weighted = equal + 1;
    CU_ASSERT(equal->n_targets == 3 && near(equal->cumulative[0], 1 / 3.0));
    CU_ASSERT(near(equal->cumulative[1], 2 / 3.0) && equal->cumulative[2] == 1);
    CU_ASSERT(has_targets(weighted, 2, (int[]){ASSEMBLY, PANEL}, (double[]){1, 1}));
    CU_ASSERT(near(weighted->cumulative[0], 0.75) && weighted->cumulative[1] == 1);
    done(p, s);
}

/* Week 0 is 2026-01-01, T = 60 weeks = 420 days, to 2027-02-24. */
static void seasons_are_weeks(void) {
    hf_scenario *s = phones(3);
    hf_hazard *summer = fixture_hazard(s, 0, "SUMMER", 1);
    summer->first_month = 6; /* days 151 .. 333 */
    summer->last_month = 11;
    hf_hazard *winter = fixture_hazard(s, 1, "WINTER", 1);
    winter->first_month = 12; /* days 0 .. 58, 334 .. 419 */
    winter->last_month = 2;
    fixture_hazard(s, 2, "YEAR", 1);
    hf_plan *p = fixture_plan(s);
    const hf_plan_hazard *h = p->hazards;
    CU_ASSERT(h[0].seasonal && h[0].n_seasons == 1 && near(h[0].season_gain, 2));
    CU_ASSERT(near(h[0].season_start[0], 151 / 7.0) && near(h[0].season_end[0], 334 / 7.0));
    CU_ASSERT(h[1].seasonal && h[1].n_seasons == 2 && near(h[1].season_gain, 4));
    CU_ASSERT(h[1].season_start[0] == 0 && near(h[1].season_end[0], 59 / 7.0));
    CU_ASSERT(near(h[1].season_start[1], 334 / 7.0) && h[1].season_end[1] == 60);
    CU_ASSERT(!h[2].seasonal && h[2].n_seasons == 0);
    done(p, s);
}

static void points_and_triggers_are_resolved(void) {
    hf_scenario *s = phones(3);
    s->n_factors = 2;
    s->factors = HF_ARENA_NEW(s->arena, 2, hf_factor);
    s->factors[0] = (hf_factor){"decade", HF_FACTOR_TRIAL, 0};
    s->factors[1] = (hf_factor){"mood", HF_FACTOR_WEEKLY, 0.6};
    s->stages[CHIP].yield_noise = (hf_noise){0.2, 0.8, 1, -0.6};
    hf_hazard *crisis = fixture_hazard(s, 0, "CRISIS", 1);
    crisis->frailty_factor = 0;
    crisis->frailty_sigma = 0.7;
    crisis->severity = (hf_distribution){
        .family = HF_EMPIRICAL, .times = 2, .n_values = 2, .values = (double[]){0.25, 0.5}};
    hf_hazard *listed = fixture_hazard(s, 1, "LISTED", 1);
    listed->arrival = HF_SCHEDULED_POINTS;
    listed->n_scheduled = 4;
    listed->scheduled = (double[]){-1, 2.5, 40, 60};
    listed->n_triggers = 2;
    listed->triggers = (hf_trigger[]){{0, 0.5, hf_constant(3)}, {2, 1, hf_constant(0)}};
    hf_hazard *weekly = fixture_hazard(s, 2, "WEEKLY", 1);
    weekly->arrival = HF_BERNOULLI_POINTS;
    weekly->probability = 0.125;
    hf_plan *p = fixture_plan(s);
    const hf_plan_hazard *h = p->hazards;
    CU_ASSERT(h[0].frail && h[0].frailty_entity == hf_hash_id("decade"));
    CU_ASSERT(h[0].frailty_sigma == 0.7 && h[0].severity.values != crisis->severity.values);
    CU_ASSERT(h[0].severity.times == 2 && h[0].severity.values[1] == 0.5);
    CU_ASSERT(h[1].n_scheduled == 2 && h[1].scheduled[0] == 2.5 && h[1].scheduled[1] == 40);
    CU_ASSERT(h[1].n_triggers == 2 && h[1].triggers[1].hazard == 2);
    CU_ASSERT(h[1].triggers[0].lag_weeks.parameter[0] == 3 && !h[1].frail);
    CU_ASSERT(h[2].arrival == HF_BERNOULLI_POINTS && h[2].probability == 0.125);
    CU_ASSERT(p->n_factors == 1 && p->factors[0].entity == hf_hash_id("mood"));
    CU_ASSERT(near(p->factors[0].innovation, 0.8));
    const hf_plan_noise *noise = &p->stages[CHIP].noise;
    CU_ASSERT(noise->factor == 0 && noise->loading == -0.6 && near(noise->own, 0.8));
    CU_ASSERT(near(noise->innovation, 0.6) && noise->entity == hf_hash_id("CHIP"));
    CU_ASSERT(p->stages[PANEL].noise.factor == -1 && p->stages[PANEL].noise.own == 1);
    done(p, s);
}

static void broken_hazards_are_found(void) {
    hf_scenario *s = phones(1);
    hf_hazard *hazard = fixture_hazard(s, 0, "STORM", 1);
    hazard->first_month = 3;
    hazard->last_month = 5;
    hf_plan *p = fixture_plan(s);
    hf_plan_hazard whole = p->hazards[0];
    const hf_plan_effect *effect = whole.effects;
    hf_plan_effect beyond = *effect, unsorted = *effect, uneven = *effect;
    beyond.rows = (int[]){0, 1, 3};
    unsorted.rows = (int[]){0, 2, 1};
    uneven.cumulative = (double[]){0.5, 0.5, 1};
    hf_plan_trigger nowhere = {1, 0.5, hf_constant(0)};
#define CHECK_BROKEN(change)                                                                       \
    do {                                                                                           \
        CU_ASSERT(hf_plan_is_valid(p));                                                            \
        change;                                                                                    \
        CU_ASSERT(!hf_plan_is_valid(p));                                                           \
        p->hazards[0] = whole;                                                                     \
    } while (0)
    CHECK_BROKEN(p->hazards[0].effects = &beyond);
    CHECK_BROKEN(p->hazards[0].effects = &unsorted);
    CHECK_BROKEN(p->hazards[0].effects = &uneven);
    CHECK_BROKEN(p->hazards[0].present = false);
    CHECK_BROKEN(p->hazards[0].season_end = whole.season_start);
    CHECK_BROKEN((p->hazards[0].n_triggers = 1, p->hazards[0].triggers = &nowhere));
    CHECK_BROKEN((p->hazards[0].n_scheduled = 1, p->hazards[0].scheduled = (double[]){60}));
#undef CHECK_BROKEN
    done(p, s);
}

/* Baseline has ASSEMBLY, CHIP, PANEL; the second policy buys of BACKUP too, drops PANEL, the market
 * EXPORT and the hazard STORM, and counts another account. */
static hf_scenario *with_backup(void) {
    hf_scenario *s = fixture_empty(60, 3, 1, 1);
    s->n_accounts = 1;
    s->accounts = HF_ARENA_NEW(s->arena, 1, hf_account);
    s->accounts[0] = (hf_account){"water", "water", "m3"};
    fixture_stage(s, 0, "ASSEMBLY", "phone", 1);
    fixture_input(s, s->stages[0].inputs, "chip", 2, (int[]){1, 2});
    fixture_stage(s, 1, "BACKUP", "chip", 0);
    fixture_stage(s, 2, "CHIP", "chip", 0)->account_amounts[0] = 7;
    fixture_market(s, 0, "LOCAL", 5);
    fixture_input(s, &s->markets[0].input, "phone", 1, (int[]){0});
    fixture_hazard(s, 0, "FLOOD", 1)->family = "yield";
    return s;
}

static bool are_words(const char **words, int n, const char *const *expected) {
    bool same = true;
    for (int i = 0; i < n; i++)
        same = same && !strcmp(words[i], expected[i]);
    return same;
}

static void the_space_is_a_union(void) {
    hf_scenario *scenarios[] = {phones(2), with_backup()};
    const char *policies[] = {"baseline", "backup"};
    fixture_hazard(scenarios[0], 0, "STORM", 1)->n_triggers = 1;
    scenarios[0]->hazards[0].triggers = (hf_trigger[]){{1, 0.5, hf_constant(3)}};
    fixture_hazard(scenarios[0], 1, "TYPHOON", 1)->effects[0].channel = HF_DEMAND;
    scenarios[0]->stages[CHIP].unit = "chip";
    hf_world world = {2, policies, scenarios};
    hf_space *space = hf_space_create(&world);
    CU_ASSERT(space->n_stages == 4 && space->n_markets == 2 && space->n_hazards == 3);
    CU_ASSERT(are_words(space->stages, 4, (const char *[]){"ASSEMBLY", "BACKUP", "CHIP", "PANEL"}));
    CU_ASSERT(are_words(space->stage_units, 4, (const char *[]){"unit", "unit", "chip", "unit"}));
    CU_ASSERT(are_words(space->markets, 2, (const char *[]){"EXPORT", "LOCAL"}));
    CU_ASSERT(are_words(space->hazards, 3, (const char *[]){"FLOOD", "STORM", "TYPHOON"}));
    CU_ASSERT(are_words(space->hazard_families, 2, (const char *[]){"yield", "natural"}));
    CU_ASSERT(space->n_causes == 3);
    CU_ASSERT(are_words(space->causes, 3, (const char *[]){"line", "chip", "panel"}));
    CU_ASSERT(space->n_accounts == 1 && !strcmp(space->accounts[0].unit, "m3"));

    hf_plan *baseline, *backup;
    hf_error err;
    CU_ASSERT(hf_plan_build(scenarios[0], "baseline", space, &baseline, &err) == HF_OK);
    CU_ASSERT(hf_plan_build(scenarios[1], "backup", space, &backup, &err) == HF_OK);
    for (int i = 0; i < 2; i++)
        hf_scenario_destroy(scenarios[i]); /* a plan points into no scenario ... */
    hf_space_destroy(space);               /* ... and into no space */
    CU_ASSERT(hf_plan_is_valid(baseline) && hf_plan_is_valid(backup));
    CU_ASSERT(!strcmp(backup->policy, "backup") && !strcmp(backup->hazards[1].id, "STORM"));
    CU_ASSERT(backup->n_stages == 4 && backup->n_links == 3 && backup->n_inputs == 1 + 2);
    CU_ASSERT(backup->hazards[0].present && !backup->hazards[1].present);
    CU_ASSERT(!baseline->hazards[0].present && baseline->hazards[1].present);

    CU_ASSERT(baseline->hazards[1].triggers[0].hazard == 2); /* rows of the space */
    CU_ASSERT(has_targets(baseline->hazards[1].effects, 3, (int[]){0, 2, 3}, (double[]){1, 1, 1}));
    CU_ASSERT(has_targets(backup->hazards[0].effects, 3, (int[]){0, 1, 2}, (double[]){1, 1, 1}));
    CU_ASSERT(has_targets(baseline->hazards[2].effects, 2, (int[]){0, 1}, (double[]){1, 1}));

    const hf_plan_stage *panel = &backup->stages[3];
    CU_ASSERT(!strcmp(panel->id, "PANEL") && panel->n_out == 0 && panel->n_inputs == 0);
    for (int t = 0; t < 60; t++)
        CU_ASSERT(panel->capacity[t] == 0 && panel->plan[t] == 0 && panel->good_now[t] == 1);
    const hf_plan_market *gone = &backup->markets[0];
    CU_ASSERT(backup->inputs[gone->input].n_links == 0 && gone->base[0] == 0 && gone->price == 0);
    CU_ASSERT(backup->markets[1].base[0] == 5 && baseline->markets[1].base[0] == 5);
    CU_ASSERT(near(backup->stages[1].plan[0], 2.5) && near(backup->stages[2].plan[0], 2.5));
    CU_ASSERT(backup->stages[2].account_amounts[0] == 7);
    CU_ASSERT(baseline->stages[2].account_amounts[0] == 0);
    CU_ASSERT(baseline->stages[0].domestic_part == 0.25 && backup->stages[0].domestic_part == 1);
    hf_plan_destroy(baseline);
    hf_plan_destroy(backup);
}

HF_TEST_MAIN("plan: hazards and space", HF_CASE(effects_reach_their_rows),
             HF_CASE(one_is_picked_by_weight), HF_CASE(seasons_are_weeks),
             HF_CASE(points_and_triggers_are_resolved), HF_CASE(broken_hazards_are_found),
             HF_CASE(the_space_is_a_union))
