/* Checks of hazards. */
#include "base/number.h"
#include "model/nearest.h"
#include "model/scenario_check.h"
#include <string.h>

#define MOST_PER_YEAR 5200.0 /* a hundred a week: no disruption, and a trial must end */

/* --- the yearly rate --- */

/* A bound of the family's support; HF_NEVER: unbounded above. */
static void family_support(const hf_distribution *d, double *low, double *high) {
    const double *p = d->parameter;
    *low = 0.0;
    *high = HF_NEVER;
    if (d->family == HF_CONSTANT)
        *low = *high = p[0];
    if (d->family == HF_UNIFORM || d->family == HF_TRIANGULAR) {
        *low = p[0];
        *high = d->family == HF_UNIFORM ? p[1] : p[2];
    }
    if (d->family == HF_BETA)
        *high = 1.0;
    if (d->family == HF_GEOMETRIC)
        *low = 1.0;
    for (int i = 0; d->family == HF_EMPIRICAL && i < d->n_values; i++) {
        *low = i ? hf_min(*low, d->values[i]) : d->values[i];
        *high = i ? hf_max(*high, d->values[i]) : d->values[i];
    }
}

static void check_rate(const hf_hazard *h, hf_problems *problems) {
    char path[HF_CHECK_PATH_BYTES];
    if (h->arrival != HF_POISSON_POINTS || h->per_year.times == 0.0)
        return;
    double low, high, times = h->per_year.times, plus = h->per_year.plus;
    family_support(&h->per_year, &low, &high);
    hf_check_path(path, "hazards.%s.arrival.poisson.per_year", h->id);
    if ((times < 0.0 ? times * high : times * low) + plus < 0.0)
        hf_problems_add(problems, path,
                        "found a random rate that can fall below 0; allowed 0 and above");
    else if (hf_distribution_mean(&h->per_year) > MOST_PER_YEAR)
        hf_problems_add(problems, path, "found a mean of %g; allowed up to %g a year",
                        hf_distribution_mean(&h->per_year), MOST_PER_YEAR);
}

static void check_poisson_only(const hf_scenario *s, const hf_hazard *h, hf_problems *problems) {
    char path[HF_CHECK_PATH_BYTES];
    if (h->arrival != HF_POISSON_POINTS && h->first_month)
        hf_problems_add(problems, hf_check_path(path, "hazards.%s.season", h->id),
                        "found a season; allowed only with poisson arrival");
    if (h->frailty_factor < 0)
        return;
    if (h->arrival != HF_POISSON_POINTS)
        hf_problems_add(problems, hf_check_path(path, "hazards.%s.frailty", h->id),
                        "found a frailty; allowed only with poisson arrival");
    if (s->factors[h->frailty_factor].kind != HF_FACTOR_TRIAL)
        hf_problems_add(problems, hf_check_path(path, "hazards.%s.frailty.factor", h->id),
                        "found %s, a factor of kind weekly; allowed one of kind trial",
                        s->factors[h->frailty_factor].id);
}

/* --- effects --- */

/* Looks `name` up among names offered one by one, keeping the nearest. */
typedef struct lookup {
    hf_nearest nearest;
    bool found;
} lookup;

static void offer(lookup *l, const char *candidate) {
    if (!candidate || !candidate[0] || l->found)
        return;
    l->found = strcmp(candidate, l->nearest.name) == 0;
    hf_nearest_offer(&l->nearest, candidate);
}

static void report_lookup(const lookup *l, const char *select, const char *list, const char *what,
                          hf_problems *problems) {
    char path[HF_CHECK_PATH_BYTES];
    if (l->found)
        return;
    hf_check_path(path, "%s.%s", select, list);
    if (l->nearest.best)
        hf_problems_add(problems, path, "found \"%s\"; allowed %s; nearest known: %s",
                        l->nearest.name, what, l->nearest.best);
    else
        hf_problems_add(problems, path, "found \"%s\"; allowed %s: there are none", l->nearest.name,
                        what);
}

static void check_products(const hf_scenario *s, const hf_effect *effect, const char *select,
                           hf_problems *problems) {
    for (int p = 0; p < effect->select.n_products; p++) {
        lookup l = {.nearest = {.name = effect->select.products[p]}};
        for (int i = 0; effect->channel != HF_DEMAND && i < s->n_stages; i++)
            offer(&l, s->stages[i].product);
        for (int m = 0; effect->channel == HF_DEMAND && m < s->n_markets; m++)
            offer(&l, s->markets[m].input.product);
        report_lookup(&l, select, "products",
                      effect->channel == HF_DEMAND ? "a product that a market takes"
                                                   : "a product that a stage makes",
                      problems);
    }
}

static void check_tags(const hf_scenario *s, const hf_effect *effect, const char *select,
                       hf_problems *problems) {
    for (int p = 0; p < effect->select.n_tags; p++) {
        lookup l = {.nearest = {.name = effect->select.tags[p]}};
        for (int i = 0; i < s->n_stages; i++)
            for (int t = 0; t < s->stages[i].n_tags; t++)
                offer(&l, s->stages[i].tags[t]);
        report_lookup(&l, select, "tags", "a tag of a stage", problems);
    }
}

static void check_countries(const hf_scenario *s, const hf_place *place, const char *select,
                            hf_problems *problems) {
    for (int c = 0; c < place->n_countries; c++) {
        lookup l = {.nearest = {.name = place->countries[c]}};
        for (int r = 0; r < s->n_regions; r++)
            offer(&l, s->regions[r].country);
        report_lookup(&l, select, "countries", "the country of a region", problems);
    }
}

static void check_weights(const hf_scenario *s, const hf_effect *effect, const double *fraction,
                          const char *at, hf_problems *problems) {
    char path[HF_CHECK_PATH_BYTES];
    double sum = 0.0;
    for (int w = 0; w < effect->n_weights; w++) {
        int target = effect->weight_targets[w];
        sum += effect->weights[w];
        if (target < 0 || fraction[target] > 0.0)
            continue;
        const char *id =
            effect->channel == HF_DEMAND ? s->markets[target].id : s->stages[target].id;
        hf_problems_add(problems, hf_check_path(path, "%s.weights.%s", at, id),
                        "found one that the effect does not select; allowed those that it selects");
    }
    if (effect->n_weights && !(sum > 0.0))
        hf_problems_add(problems, hf_check_path(path, "%s.weights", at),
                        "found weights that are all 0; allowed one above 0 at least");
}

static void check_effect(const hf_scenario *s, const hf_effect *effect, double *fraction,
                         const char *at, hf_problems *problems) {
    static const char *const whole[] = {"stage", "stage", "stage", "link", "market"};
    char select[HF_CHECK_PATH_BYTES], end[HF_CHECK_PATH_BYTES];
    size_t n_before = problems->n;
    hf_check_path(select, "%s.select", at);
    check_products(s, effect, select, problems);
    check_tags(s, effect, select, problems);
    check_countries(s, &effect->select.place, select, problems);
    check_countries(s, &effect->select.from, hf_check_path(end, "%.600s.from", select), problems);
    check_countries(s, &effect->select.to, hf_check_path(end, "%.600s.to", select), problems);
    int n_reached = hf_scenario_select(s, effect, fraction);
    if (n_reached)
        check_weights(s, effect, fraction, at, problems);
    else if (problems->n == n_before) /* an unknown name says why nothing was selected */
        hf_problems_add(problems, select, "found no %s selected; allowed one at least",
                        whole[effect->channel]);
}

/* --- triggers --- */

/* A hazard whose events are over at once, so that it can strike again at the same time. */
static bool is_instant(const hf_hazard *h) {
    const hf_distribution *d = &h->duration;
    return h->recovery == HF_RECOVERY_STEP && d->family == HF_CONSTANT &&
           d->times * d->parameter[0] + d->plus <= 0.0;
}

static bool is_immediate(const hf_trigger *t) {
    const hf_distribution *d = &t->lag_weeks;
    return t->hazard >= 0 && t->probability >= 1.0 && d->family == HF_CONSTANT &&
           d->times * d->parameter[0] + d->plus <= 0.0;
}

/* Instant hazards that trigger each other for sure and without delay would never stop. */
static void check_avalanche(const hf_scenario *s, hf_problems *problems) {
    int n_triggers = 0, n = 0;
    for (int h = 0; h < s->n_hazards; h++)
        n_triggers += s->hazards[h].n_triggers;
    int *first = HF_NEW(s->n_hazards + 1, int), *to = HF_NEW(n_triggers, int);
    int *circle = HF_NEW(s->n_hazards, int);
    for (int h = 0; h < s->n_hazards; h++) {
        const hf_hazard *hazard = &s->hazards[h];
        for (int t = 0; is_instant(hazard) && t < hazard->n_triggers; t++)
            if (is_immediate(&hazard->triggers[t]))
                to[n++] = hazard->triggers[t].hazard;
        first[h + 1] = n;
    }
    if (hf_graph_find_circle(s->n_hazards, first, to, circle)) {
        char path[HF_CHECK_PATH_BYTES];
        hf_problems_add(problems,
                        hf_check_path(path, "hazards.%s.triggers", s->hazards[circle[0]].id),
                        "found a circle of sure triggers without lag or duration, which would "
                        "never end; allowed none");
    }
    hf_free(circle);
    hf_free(to);
    hf_free(first);
}

static int largest(int a, int b) {
    return a > b ? a : b;
}

void hf_hazards_check(const hf_scenario *scenario, hf_problems *problems) {
    int n_rows =
        largest(hf_scenario_n_links(scenario), largest(scenario->n_stages, scenario->n_markets));
    double *fraction = HF_NEW(n_rows, double);
    for (int h = 0; h < scenario->n_hazards; h++) {
        const hf_hazard *hazard = &scenario->hazards[h];
        char at[HF_CHECK_PATH_BYTES];
        check_rate(hazard, problems);
        check_poisson_only(scenario, hazard, problems);
        for (int e = 0; e < hazard->n_effects; e++)
            check_effect(scenario, &hazard->effects[e], fraction,
                         hf_check_path(at, "hazards.%s.effects.%d", hazard->id, e), problems);
    }
    check_avalanche(scenario, problems);
    hf_free(fraction);
}
