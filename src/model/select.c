/* What an effect reaches (inputs/README.md 2, Effects). */
#include "base/number.h"
#include "model/scenario.h"
#include <string.h>

static bool has_index(int n, const int *list, int index) {
    for (int i = 0; i < n; i++)
        if (list[i] == index)
            return true;
    return false;
}

static bool has_text(int n, const char *const *list, const char *text) {
    for (int i = 0; text && i < n; i++)
        if (strcmp(list[i], text) == 0)
            return true;
    return false;
}

/* Regions of -1 occur while a scenario with problems is checked; they lie nowhere. */
static bool is_within(const hf_scenario *scenario, const hf_place *place, int region) {
    if (region < 0)
        return false;
    return has_index(place->n_regions, place->regions, region) ||
           has_text(place->n_countries, place->countries, scenario->regions[region].country);
}

/* Part of a stage's footprint within `place`. */
static double stage_part(const hf_scenario *scenario, const hf_place *place, int stage) {
    if (stage < 0)
        return 0.0;
    const hf_stage *s = &scenario->stages[stage];
    double part = 0.0;
    for (int i = 0; i < s->n_sites; i++)
        if (is_within(scenario, place, s->sites[i].region))
            part += s->sites[i].fraction;
    return hf_min(part, 1.0); /* a footprint sums to 1 but for rounding */
}

static double market_part(const hf_scenario *scenario, const hf_place *place, int market) {
    return is_within(scenario, place, scenario->markets[market].region) ? 1.0 : 0.0;
}

static double stage_fraction(const hf_scenario *scenario, const hf_selector *select, int stage) {
    const hf_stage *s = &scenario->stages[stage];
    bool wholly = select->everything || has_index(select->n_stages, select->stages, stage) ||
                  has_text(select->n_products, select->products, s->product);
    for (int i = 0; !wholly && i < s->n_tags; i++)
        wholly = has_text(select->n_tags, select->tags, s->tags[i]);
    return wholly ? 1.0 : stage_part(scenario, &select->place, stage);
}

static double market_fraction(const hf_scenario *scenario, const hf_selector *select, int market) {
    bool wholly =
        select->everything || has_index(select->n_markets, select->markets, market) ||
        has_text(select->n_products, select->products, scenario->markets[market].input.product);
    return wholly ? 1.0 : market_part(scenario, &select->place, market);
}

/* Writes the fractions of an input's links; `at` the part of its consumer in select->to. */
static double *write_links(const hf_scenario *scenario, const hf_selector *select,
                           const hf_input *input, double at, double *fraction) {
    for (int l = 0; l < input->n_links; l++) {
        double from =
            select->has_from ? stage_part(scenario, &select->from, input->links[l].supplier) : 1.0;
        *fraction++ = select->everything ? 1.0 : from * at;
    }
    return fraction;
}

static void select_links(const hf_scenario *scenario, const hf_selector *select, double *fraction) {
    for (int i = 0; i < scenario->n_stages; i++) {
        double at = select->has_to ? stage_part(scenario, &select->to, i) : 1.0;
        for (int k = 0; k < scenario->stages[i].n_inputs; k++)
            fraction = write_links(scenario, select, &scenario->stages[i].inputs[k], at, fraction);
    }
    for (int m = 0; m < scenario->n_markets; m++) {
        double at = select->has_to ? market_part(scenario, &select->to, m) : 1.0;
        fraction = write_links(scenario, select, &scenario->markets[m].input, at, fraction);
    }
}

int hf_scenario_select(const hf_scenario *scenario, const hf_effect *effect, double *fraction) {
    int n = scenario->n_stages, n_reached = 0;
    if (effect->channel == HF_SHIPPING) {
        n = hf_scenario_n_links(scenario);
        select_links(scenario, &effect->select, fraction);
    } else if (effect->channel == HF_DEMAND) {
        n = scenario->n_markets;
        for (int m = 0; m < n; m++)
            fraction[m] = market_fraction(scenario, &effect->select, m);
    } else {
        for (int i = 0; i < n; i++)
            fraction[i] = stage_fraction(scenario, &effect->select, i);
    }
    for (int i = 0; i < n; i++)
        n_reached += fraction[i] > 0.0;
    return n_reached;
}
