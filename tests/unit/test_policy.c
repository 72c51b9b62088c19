/* What measures make of a scenario, and what an effect selects in it. */
#include "unit/world_text.h"

#define BUFFER "{\"stages\": {\"MILL\": {\"stock\": {\"weeks\": 2}}}}"
#define WIDER  "{\"stages.MILL.capacity\": 1.5}"

/* The scenario of small.json under its policy, with other contents of its two measures. */
static hf_world hedged(const char *patch, const char *scale) {
    char *text = with(slurp(SMALL), BUFFER, patch);
    return world_of(with(text, WIDER, scale), "hedged", NULL);
}

static void patches_then_scales(void) {
    hf_world world =
        hedged("{\"stages\": {\"MILL\": {\"capacity\": 10, \"region\": \"FAR\"}}}", WIDER);
    const hf_stage *base = &world.scenarios[0]->stages[0], *mill = &world.scenarios[1]->stages[0];
    CU_ASSERT_EQUAL(hf_path_at(&base->capacity, 0), 30);
    CU_ASSERT_EQUAL(hf_path_at(&mill->capacity, 0), 15);
    CU_ASSERT_EQUAL(base->sites[0].region, 1);
    CU_ASSERT_EQUAL(mill->sites[0].region, 0);
    hf_world_clear(&world);
}

/* A patch finds the scenario as it was written: there are no weeks in the way of the units. */
static void a_patch_meets_no_default(void) {
    hf_world world = hedged("{\"stages\": {\"MILL\": {\"stock\": {\"units\": 5}}}}", WIDER);
    CU_ASSERT_TRUE(world.scenarios[1]->stages[0].stock_in_units);
    CU_ASSERT_EQUAL(world.scenarios[1]->stages[0].stock, 5);
    hf_world_clear(&world);
}

static void a_patch_adds_and_removes(void) {
    hf_world world =
        hedged("{\"stages\": {\"MINE\": {\"product\": \"METAL\", \"region\": \"HOME\"}, \"MILL\": "
               "{\"inputs\": {\"METAL\": {\"sources\": {\"MINE\": {\"share\": 0.25}, \"ORE\": "
               "{\"share\": 0.75}}}}}}, \"hazards\": {\"STORM\": null}}",
               WIDER);
    const hf_scenario *base = world.scenarios[0], *s = world.scenarios[1];
    CU_ASSERT_EQUAL(base->n_stages, 3);
    CU_ASSERT_EQUAL_FATAL(s->n_stages, 4);
    CU_ASSERT_STRING_EQUAL(s->stages[1].id, "MINE"); /* in byte order, not last */
    CU_ASSERT_EQUAL_FATAL(s->stages[0].inputs[0].n_links, 2);
    CU_ASSERT_EQUAL(s->stages[0].inputs[0].links[0].supplier, 1);
    CU_ASSERT_EQUAL(hf_path_at(&s->stages[0].inputs[0].links[0].share, 0), 0.25);
    CU_ASSERT_EQUAL(s->stages[0].inputs[0].links[1].transit_weeks, 3);
    CU_ASSERT_EQUAL(base->n_hazards, 1);
    CU_ASSERT_EQUAL(s->n_hazards, 0);
    hf_world_clear(&world);
}

static void a_scale_reaches_numbers_paths_and_random_quantities(void) {
    hf_world world = hedged("{\"stages\": {\"ORE\": {\"capacity\": {\"weeks\": [0, 9], \"values\": "
                            "[10, 20]}}}, \"hazards\": {\"STORM\": {\"duration\": {\"exponential\":"
                            " {\"mean\": 4}, \"plus\": 2}}}}",
                            "{\"stages.*.capacity\": 0.5, \"hazards.*.duration\": 3, "
                            "\"hazards.STORM.severity\": 0.5, \"stages.*.yield.mean\": 0.9}");
    const hf_scenario *s = world.scenarios[1];
    CU_ASSERT_EQUAL(hf_path_at(&s->stages[0].capacity, 0), 15);
    CU_ASSERT_EQUAL(hf_path_at(&s->stages[1].capacity, 0), 5);
    CU_ASSERT_EQUAL(hf_path_at(&s->stages[1].capacity, 9), 10);
    CU_ASSERT_EQUAL(s->stages[1].capacity.weeks[1], 9);
    CU_ASSERT_EQUAL(hf_path_at(&s->stages[2].capacity, 0), 1e12); /* no limit stays none */
    CU_ASSERT_EQUAL(s->hazards[0].duration.times, 3);
    CU_ASSERT_EQUAL(s->hazards[0].duration.plus, 6);
    CU_ASSERT_EQUAL(s->hazards[0].duration.parameter[0], 4);
    /* Defaults are scaled like values written out. */
    CU_ASSERT_EQUAL(hf_distribution_mean(&s->hazards[0].severity), 0.5);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(hf_path_at(&s->stages[i].yield, 0), 0.9);
    CU_ASSERT_EQUAL(hf_path_at(&world.scenarios[0]->stages[0].yield, 0), 1);
    hf_world_clear(&world);
}

/* The lines for a wish for `n` policies; asserts that there are that many. */
static void check_refused(int n, const char *const *policies, int n_lines,
                          const char *const *lines) {
    hf_world world;
    hf_problems problems;
    hf_error err;
    hf_problems_init(&problems);
    CU_ASSERT_EQUAL(hf_world_read(SMALL, n, policies, &world, NULL, &problems, &err), HF_BAD_INPUT);
    CU_ASSERT_PTR_NULL(world.scenarios);
    CU_ASSERT_EQUAL_FATAL(problems.n, (size_t)n_lines);
    for (int i = 0; i < n_lines; i++)
        CU_ASSERT_STRING_EQUAL(problems.lines[i], lines[i]);
    hf_problems_clear(&problems);
}

static void unknown_policies_are_named_with_the_nearest(void) {
    static const char *const asked[] = {"hegded", "baselin", "hedged", "hedged"};
    static const char *const lines[] = {
        "policies: found hegded; allowed baseline or a policy of the scenario; nearest known: "
        "hedged",
        "policies: found baselin; allowed baseline or a policy of the scenario; nearest known: "
        "baseline",
        "policies: found hedged a second time; allowed once"};
    check_refused(4, asked, 3, lines);
}

/* --- selection --- */

/* Fractions of the one effect of STORM, given as JSON, with a mill that stands 0.25 abroad. */
static int select_by(const char *effect, double *fraction) {
    char *text = with(slurp(SMALL),
                      "{\"channel\": \"capacity\", \"select\": {\"stages\": [\"ORE\"]}}", effect);
    text = with(text, "\"MILL\": {\"product\": \"SHEET\", \"region\": \"HOME\"",
                "\"MILL\": {\"tags\": [\"hot\", \"loud\"], \"product\": \"SHEET\", \"footprint\": "
                "{\"FAR\": 0.25, \"HOME\": 0.75}");
    hf_world world = world_of(text, NULL, NULL);
    const hf_scenario *s = world.scenarios[0];
    int n = hf_scenario_select(s, &s->hazards[0].effects[0], fraction);
    hf_world_clear(&world);
    return n;
}

static void check_selected(const char *effect, double mill, double ore, double press) {
    double fraction[3];
    CU_ASSERT_EQUAL(select_by(effect, fraction), (mill > 0) + (ore > 0) + (press > 0));
    CU_ASSERT_EQUAL(fraction[0], mill);
    CU_ASSERT_EQUAL(fraction[1], ore);
    CU_ASSERT_EQUAL(fraction[2], press);
}

static void stages_are_selected_by_union(void) {
    check_selected("{\"channel\": \"capacity\"}", 1, 1, 1);
    check_selected("{\"channel\": \"yield\", \"select\": {\"stages\": [\"PRESS\"]}}", 0, 0, 1);
    check_selected("{\"channel\": \"scrap\", \"select\": {\"products\": [\"METAL\"]}}", 0, 1, 0);
    check_selected("{\"channel\": \"capacity\", \"select\": {\"tags\": [\"loud\"]}}", 1, 0, 0);
    check_selected("{\"channel\": \"capacity\", \"select\": {\"regions\": [\"FAR\"]}}", 0.25, 1, 0);
    check_selected("{\"channel\": \"capacity\", \"select\": {\"countries\": [\"HM\"]}}", 0.75, 0,
                   1);
    /* Named twice is not counted twice. */
    check_selected("{\"channel\": \"capacity\", \"select\": {\"countries\": [\"FA\"], \"regions\": "
                   "[\"FAR\"]}}",
                   0.25, 1, 0);
    check_selected("{\"channel\": \"capacity\", \"select\": {\"countries\": [\"FA\", \"HM\"]}}", 1,
                   1, 1);
    check_selected("{\"channel\": \"capacity\", \"select\": {\"stages\": [\"MILL\"], \"regions\": "
                   "[\"FAR\"]}}",
                   1, 1, 0);
}

/* Links in their order: ORE to MILL, MILL to PRESS, PRESS to SHOPS. */
static void links_are_selected_by_both_ends(void) {
    check_selected("{\"channel\": \"shipping\"}", 1, 1, 1);
    check_selected("{\"channel\": \"shipping\", \"select\": {\"from\": {\"regions\": [\"FAR\"]}}}",
                   1, 0.25, 0);
    check_selected("{\"channel\": \"shipping\", \"select\": {\"to\": {\"countries\": [\"HM\"]}}}",
                   0.75, 1, 1);
    check_selected("{\"channel\": \"shipping\", \"select\": {\"from\": {\"regions\": [\"FAR\"]}, "
                   "\"to\": {\"regions\": [\"HOME\"]}}}",
                   0.75, 0.25, 0);
}

static void markets_are_selected_by_place_product_and_id(void) {
    static const char *const effects[] = {
        "{\"channel\": \"demand\"}",
        "{\"channel\": \"demand\", \"select\": {\"markets\": [\"SHOPS\"]}}",
        "{\"channel\": \"demand\", \"select\": {\"products\": [\"PART\"]}}",
        "{\"channel\": \"demand\", \"select\": {\"regions\": [\"HOME\"]}}",
        "{\"channel\": \"demand\", \"select\": {\"countries\": [\"HM\"]}}"};
    for (size_t i = 0; i < sizeof effects / sizeof effects[0]; i++) {
        double fraction;
        CU_ASSERT_EQUAL(select_by(effects[i], &fraction), 1);
        CU_ASSERT_EQUAL(fraction, 1);
    }
}

HF_TEST_MAIN("policy", HF_CASE(patches_then_scales), HF_CASE(a_patch_meets_no_default),
             HF_CASE(a_patch_adds_and_removes),
             HF_CASE(a_scale_reaches_numbers_paths_and_random_quantities),
             HF_CASE(unknown_policies_are_named_with_the_nearest),
             HF_CASE(stages_are_selected_by_union), HF_CASE(links_are_selected_by_both_ends),
             HF_CASE(markets_are_selected_by_place_product_and_id))
