/* Random small networks in which everything that a scenario can hold turns up (fixture.h).
 *
 * C leaves the order of evaluation within an expression open: at most one draw stands in each. */
#include "base/hash.h"
#include "base/number.h"
#include "fixture.h"
#include <string.h>

enum { MAX_STAGES = 8, TRIAL_FACTOR = 0, WEEKLY_FACTOR = 1 };

typedef struct maker {
    hf_scenario *s;
    fixture_options without;
    uint64_t seed, n_drawn;
    int n_layers, layer[MAX_STAGES]; /* 0: buys nothing */
    double flow[MAX_STAGES];         /* good units a week wanted of it, roughly */
} maker;

static double unit_draw(maker *m) {
    uint64_t bits = hf_mix64(m->seed + 0x9E3779B97F4A7C15u * ++m->n_drawn);
    return (double)(bits >> 11) * 0x1p-53;
}
static bool chance(maker *m, double probability) {
    return unit_draw(m) < probability;
}
static double between(maker *m, double low, double high) {
    return low + (high - low) * unit_draw(m);
}
/* 0 .. n-1. */
static int below(maker *m, int n) {
    return (int)(unit_draw(m) * (double)n);
}

static double clamp(double x, double low, double high) {
    return hf_max(low, hf_min(high, x));
}

/* Something about `level` within [low, high]: most often constant, else a ramp, a step, or a bend
 * whose knots are fractional and begin before week 0. */
static hf_path path_about(maker *m, double level, double low, double high) {
    int kind = below(m, 7);
    double other = clamp(level * between(m, 0.3, 2.0), low, high);
    double third = clamp(level * between(m, 0.5, 1.5), low, high);
    double last = between(m, 1.0, 1.2 * m->s->horizon_weeks);
    level = clamp(level, low, high);
    switch (kind) {
    case 4:
        return fixture_path(m->s, 2, (double[]){0, last}, (double[]){level, other});
    case 5:
        return fixture_path(m->s, 2, (double[]){last, last + 1}, (double[]){level, other});
    case 6:
        return fixture_path(m->s, 3, (double[]){-3.5, 7.25, 7.5 + last},
                            (double[]){level, other, third});
    default:
        return fixture_constant(m->s, level);
    }
}

/* The same, and now and then it begins or ends at 0. */
static hf_path path_from_zero(maker *m, double level) {
    hf_path path = path_about(m, level, 0, 1e6);
    double first = between(m, 0, 10);
    double last = first + between(m, 1.0, m->s->horizon_weeks);
    if (chance(m, 0.12))
        path = fixture_path(m->s, 2, (double[]){first, last}, (double[]){0, level});
    else if (chance(m, 0.12))
        path = fixture_path(m->s, 2, (double[]){first, last}, (double[]){level, 0});
    return path;
}

/* A name such as "s3k". */
static const char *name(maker *m, char kind, int i, int letter) {
    char text[] = {kind, (char)('0' + i), (char)('a' + letter), '\0'};
    return hf_arena_strdup(m->s->arena, text);
}

static hf_noise random_noise(maker *m, double largest_sigma) {
    hf_noise noise = {.factor = -1};
    if (m->without.no_chance || chance(m, 0.3))
        return noise;
    noise.sigma = between(m, 0.01, largest_sigma);
    noise.persistence = between(m, 0, 0.9);
    if (chance(m, 0.5)) {
        noise.factor = WEEKLY_FACTOR;
        noise.loading = between(m, -1, 1);
    }
    return noise;
}

static hf_distribution random_weeks(maker *m, double mean) {
    static const double lags[] = {0.0, 0.7, 1.0, 2.5, 6.0};
    hf_distribution d = hf_constant(mean);
    switch (below(m, 5)) {
    case 0:
        d.family = HF_EXPONENTIAL;
        break;
    case 1:
        d.family = HF_UNIFORM;
        d.parameter[0] = 0;
        d.parameter[1] = 2 * mean;
        break;
    case 2:
        d.family = HF_EMPIRICAL;
        d.n_values = 5;
        d.values = lags;
        break;
    case 3:
        d.family = HF_GAMMA;
        d.parameter[0] = 2;
        d.parameter[1] = mean / 4;
        d.times = 2;
        d.plus = -0.25;
        break;
    default:
        break;
    }
    return d;
}

static void draw_world(maker *m) {
    hf_scenario *s = m->s;
    s->warmup_weeks = below(m, s->horizon_weeks / 3 + 1);
    s->start_days += below(m, 400);
    s->n_regions = 3;
    s->regions = HF_ARENA_NEW(s->arena, 3, hf_region);
    s->regions[0] = (hf_region){"r0", "r0", "US", true};
    s->regions[1] = (hf_region){"r1", "r1", "TW", false};
    s->regions[2] = (hf_region){"r2", "r2", "JP", false};
    s->n_accounts = 2;
    s->accounts = HF_ARENA_NEW(s->arena, 2, hf_account);
    s->accounts[0] = (hf_account){"jobs", "jobs", "job-week"};
    s->accounts[1] = (hf_account){"power", "power", "MW"};
    s->n_factors = 2;
    s->factors = HF_ARENA_NEW(s->arena, 2, hf_factor);
    s->factors[TRIAL_FACTOR] = (hf_factor){"decade", HF_FACTOR_TRIAL, 0};
    s->factors[WEEKLY_FACTOR] = (hf_factor){"mood", HF_FACTOR_WEEKLY, between(m, 0, 0.95)};
}

/* Layers in any order of ids, none of them empty; two products in some. */
static void draw_stages(maker *m) {
    int n = m->s->n_stages, shuffled[MAX_STAGES];
    m->n_layers = 2 + below(m, n < 4 ? n - 1 : 3);
    for (int i = 0; i < n; i++)
        shuffled[i] = i;
    for (int i = n - 1; i > 0; i--) {
        int k = below(m, i + 1), other = shuffled[k];
        shuffled[k] = shuffled[i];
        shuffled[i] = other;
    }
    for (int i = 0; i < n; i++)
        m->layer[shuffled[i]] = i < m->n_layers ? i : below(m, m->n_layers);
    for (int i = 0; i < n; i++) {
        const char *product = name(m, 'p', m->layer[i], chance(m, 0.3));
        fixture_stage(m->s, i, name(m, 's', i, below(m, 26)), product, 0);
    }
}

/* Fills in an input of `product` for `wanted` units a week from some of those who make it. */
static void draw_input(maker *m, hf_input *input, const char *product, double wanted) {
    int suppliers[MAX_STAGES] = {0}, n = 0, makers = 0;
    for (int i = 0; i < m->s->n_stages; i++)
        makers += !strcmp(m->s->stages[i].product, product);
    int surely = below(m, makers);
    for (int i = 0, k = 0; i < m->s->n_stages; i++)
        if (!strcmp(m->s->stages[i].product, product) && (k++ == surely || chance(m, 0.8)))
            suppliers[n++] = i;
    fixture_input(m->s, input, product, n, suppliers);
    bool by_capacity = n > 1 && chance(m, 0.3), none = chance(m, 0.05);
    int transit = below(m, 6);
    for (int l = 0; l < n; l++) {
        hf_link *link = &input->links[l];
        link->by_capacity = by_capacity;
        if (n > 1)
            link->share = path_from_zero(m, none ? 0 : between(m, 0.5, 3));
        link->flex = chance(m, 0.3) ? 0 : between(m, 0, 2);
        link->switch_weeks = chance(m, 0.3) ? 0 : between(m, 0, 8);
        link->transit_weeks = m->without.one_transit || chance(m, 0.5) ? transit : below(m, 6);
        m->flow[link->supplier] += wanted / n;
    }
}

static void draw_market(maker *m, int i) {
    double demand = between(m, 5, 100);
    hf_market *market = fixture_market(m->s, i, name(m, 'm', i, 0), demand);
    int of = below(m, m->s->n_stages); /* the first buys of the last layer */
    while (i == 0 && m->layer[of] < m->n_layers - 1)
        of = (of + 1) % m->s->n_stages;
    draw_input(m, &market->input, m->s->stages[of].product, demand);
    market->region = below(m, 3);
    market->demand = path_from_zero(m, demand);
    market->price = between(m, 0.5, 30);
    market->quoted_weeks = chance(m, 0.5) ? 0 : below(m, 6);
    market->smoothing = between(m, 0.02, 1);
    market->abandon = chance(m, 0.5) ? 0 : between(m, 0, 1);
    market->backlog_cost = between(m, 0, 2);
    market->kind = m->without.no_chance ? HF_DEMAND_LOGNORMAL : (hf_demand_kind)below(m, 3);
    if (market->kind == HF_DEMAND_LOGNORMAL)
        market->noise = random_noise(m, 0.4);
    if (market->kind == HF_DEMAND_NORMAL)
        market->noise = random_noise(m, 0.4 * demand);
    if (market->kind == HF_DEMAND_IID)
        market->iid = (hf_distribution){HF_GAMMA, {4, 0.25}, .times = 1};
}

/* What it makes, how fast and how well; its customers are known by now. */
static void draw_line(maker *m, int i) {
    hf_stage *stage = &m->s->stages[i];
    bool limited = !m->without.no_limits && !chance(m, 0.3);
    double good = chance(m, 0.4) ? 1 : between(m, 0.3, 0.98);
    stage->units_per_start = chance(m, 0.5) ? 1 : between(m, 0.2, 40);
    stage->cycle_weeks = chance(m, 0.2) ? 0 : below(m, 21);
    stage->yield = good == 1 ? fixture_constant(m->s, 1) : path_about(m, good, 0.1, 1);
    stage->yield_noise = random_noise(m, 0.5);
    double starts = m->flow[i] / (stage->units_per_start * good);
    double capacity = (starts + 1e-3) * between(m, 0.7, 1.7);
    if (limited)
        stage->capacity = path_from_zero(m, capacity);
    stage->surge = chance(m, 0.5) ? 0 : between(m, 0, 0.5);
    stage->stock_in_units = !m->without.by_weeks && chance(m, 0.3);
    double weeks = chance(m, 0.3) ? below(m, 4) : between(m, 0, 6);
    stage->stock = stage->stock_in_units ? weeks * m->flow[i] : weeks;
    stage->visibility = chance(m, 0.4) ? 0 : chance(m, 0.5) ? 1 : between(m, 0, 1);
    stage->smoothing = between(m, 0.02, 1);
}

/* What it is worth and where it stands. */
static void draw_worth(maker *m, int i) {
    hf_stage *stage = &m->s->stages[i];
    stage->value_added = between(m, 0, 20);
    stage->holding_cost = between(m, 0, 1);
    stage->wip_holding_cost = between(m, 0, 1);
    stage->surge_cost = between(m, 0, 5);
    stage->account_amounts[0] = between(m, 0, 3);
    stage->account_amounts[1] = chance(m, 0.5) ? 0 : between(m, 0, 1);
    stage->sites[0].region = below(m, 3);
    if (chance(m, 0.3)) {
        stage->n_sites = 2;
        stage->sites = HF_ARENA_NEW(m->s->arena, 2, hf_site);
        stage->sites[0] = (hf_site){0, 0.25};
        stage->sites[1] = (hf_site){1 + below(m, 2), 0.75};
    }
    if (i == 0 || chance(m, 0.3)) {
        stage->n_tags = 1;
        stage->tags = HF_ARENA_NEW(m->s->arena, 1, const char *);
        stage->tags[0] = "core";
    }
}

/* One or two of the products made in the layers under its own. */
static void draw_inputs(maker *m, int i) {
    hf_stage *stage = &m->s->stages[i];
    const char *products[2 * MAX_STAGES];
    int n = 0;
    for (int layer = 0; layer < m->layer[i]; layer++)
        for (int letter = 0; letter < 2; letter++) {
            const char *product = name(m, 'p', layer, letter);
            bool made = false;
            for (int k = 0; k < m->s->n_stages; k++)
                made = made || !strcmp(m->s->stages[k].product, product);
            if (made)
                products[n++] = product;
        }
    if (n == 0)
        return;
    int first = below(m, n), second = first + 1 + below(m, n);
    stage->n_inputs = second < n ? 2 : 1;
    stage->inputs = HF_ARENA_NEW(m->s->arena, stage->n_inputs, hf_input);
    double starts = m->flow[i] / (stage->units_per_start * hf_path_at(&stage->yield, 0));
    for (int k = 0; k < stage->n_inputs; k++) {
        hf_input *input = &stage->inputs[k];
        double per_unit = between(m, 0.1, 4);
        draw_input(m, input, products[k ? second : first], starts * per_unit);
        input->per_unit = per_unit;
        input->cover_weeks = chance(m, 0.3) ? below(m, 4) : between(m, 0, 5);
        input->holding_cost = between(m, 0, 1);
    }
}

/* A selector that surely reaches something; true if it is a list whose members can be weighted. */
static bool draw_select(maker *m, hf_effect *effect) {
    hf_scenario *s = m->s;
    hf_selector *select = &effect->select;
    bool markets = effect->channel == HF_DEMAND;
    int n = markets ? s->n_markets : s->n_stages, one = below(m, n);
    int *list = HF_ARENA_NEW(s->arena, n, int), n_list = 0;
    for (int i = 0; i < n; i++)
        if (i == one || chance(m, 0.5))
            list[n_list++] = i;
    const char **word = HF_ARENA_NEW(s->arena, 1, const char *);
    hf_site site = markets ? (hf_site){s->markets[one].region, 1} : s->stages[one].sites[0];
    int *region = HF_ARENA_NEW(s->arena, 1, int), kind = below(m, markets ? 3 : 5);
    *region = site.region;
    if (kind == 0) {
        select->everything = true;
    } else if (kind == 1) {
        *(markets ? &select->n_markets : &select->n_stages) = n_list;
        *(markets ? &select->markets : &select->stages) = list;
        return true;
    } else if (kind == 2) {
        *word = s->regions[*region].country;
        bool by_country = chance(m, 0.5);
        select->place = by_country ? (hf_place){0, NULL, 1, word} : (hf_place){1, region, 0, NULL};
    } else {
        *word = kind == 3 ? s->stages[one].product : "core";
        *(kind == 3 ? &select->n_products : &select->n_tags) = 1;
        *(kind == 3 ? &select->products : &select->tags) = word;
    }
    return false;
}

/* From the region of a market's supplier, and sometimes to that market's region. */
static void draw_ways(maker *m, hf_effect *effect) {
    hf_scenario *s = m->s;
    const hf_market *market = &s->markets[below(m, s->n_markets)];
    const hf_stage *supplier = &s->stages[market->input.links[0].supplier];
    int *regions = HF_ARENA_NEW(s->arena, 2, int);
    regions[0] = supplier->sites[0].region;
    regions[1] = market->region;
    int kind = below(m, 4);
    effect->select = (hf_selector){.everything = kind == 0,
                                   .has_from = kind % 2,
                                   .has_to = kind >= 2,
                                   .from = {kind % 2, regions, 0, NULL},
                                   .to = {kind >= 2, regions + 1, 0, NULL}};
}

static void draw_effect(maker *m, hf_effect *effect) {
    *effect = (hf_effect){.channel = (hf_channel)below(m, HF_N_CHANNELS)};
    effect->exposure = chance(m, 0.4) ? 1 : between(m, 0.1, 1);
    effect->pick_one = chance(m, 0.4);
    if (effect->channel == HF_SHIPPING) {
        draw_ways(m, effect);
        return;
    }
    if (!draw_select(m, effect) || !effect->pick_one || chance(m, 0.4))
        return;
    const hf_selector *select = &effect->select;
    effect->n_weights = effect->channel == HF_DEMAND ? select->n_markets : select->n_stages;
    effect->weight_targets = effect->channel == HF_DEMAND ? select->markets : select->stages;
    effect->weights = HF_ARENA_NEW(m->s->arena, effect->n_weights, double);
    for (int i = 0; i < effect->n_weights; i++) /* the last is never 0 */
        effect->weights[i] = i + 1 < effect->n_weights && chance(m, 0.3) ? 0 : between(m, 0.1, 3);
}

static void draw_arrival(maker *m, hf_hazard *hazard) {
    hazard->arrival = (hf_arrival)below(m, 3);
    if (hazard->arrival == HF_BERNOULLI_POINTS)
        hazard->probability = between(m, 0.01, 0.2);
    if (hazard->arrival == HF_SCHEDULED_POINTS) {
        hazard->n_scheduled = 1 + below(m, 3);
        hazard->scheduled = HF_ARENA_NEW(m->s->arena, hazard->n_scheduled, double);
        double week = 0;
        for (int i = 0; i < hazard->n_scheduled; i++)
            hazard->scheduled[i] = week += between(m, 0.5, 0.5 * m->s->horizon_weeks);
    }
    if (hazard->arrival != HF_POISSON_POINTS)
        return;
    hazard->per_year = hf_constant(between(m, 0.2, 8));
    if (chance(m, 0.3))
        hazard->per_year = (hf_distribution){HF_GAMMA, {2.5, 1.5}, .times = 1};
    if (chance(m, 0.4)) {
        hazard->first_month = 1 + below(m, 12);
        hazard->last_month = 1 + below(m, 12);
    }
    if (chance(m, 0.4)) {
        hazard->frailty_factor = TRIAL_FACTOR;
        hazard->frailty_sigma = between(m, 0.1, 1.2);
    }
}

static void draw_hazard(maker *m, int h) {
    static const char *families[] = {"geopolitical", "yield", "demand", "natural"};
    static const double means[4][2] = {{0, 0}, {5, 0}, {2, 0}, {3, 1}};
    hf_hazard *hazard = fixture_hazard(m->s, h, name(m, 'h', h, 0), 1 + below(m, 3));
    hazard->family = families[below(m, 4)];
    draw_arrival(m, hazard);
    hazard->duration = random_weeks(m, 3);
    hazard->recovery = (hf_recovery)below(m, 4);
    for (int p = 0; p < 2; p++)
        hazard->recovery_parameter[p] = hf_constant(means[hazard->recovery][p]);
    hazard->severity = hf_constant(between(m, 0.1, 1));
    if (chance(m, 0.5))
        hazard->severity = (hf_distribution){HF_BETA, {0.6, 3}, .times = 1.5};
    for (int e = 0; e < hazard->n_effects; e++)
        draw_effect(m, &hazard->effects[e]);
    int target = below(m, 2 * m->s->n_hazards);
    if (target < m->s->n_hazards && target != h) {
        hazard->n_triggers = 1;
        hazard->triggers = HF_ARENA_NEW(m->s->arena, 1, hf_trigger);
        hazard->triggers[0] = (hf_trigger){.hazard = target, .probability = between(m, 0.1, 0.9)};
        hazard->triggers[0].lag_weeks = random_weeks(m, 2);
    }
}

hf_scenario *fixture_random(uint64_t seed, fixture_options without) {
    maker m = {.without = without, .seed = hf_mix64(seed + 1)};
    int n_weeks = 20 + below(&m, 100), n_stages = 2 + below(&m, MAX_STAGES - 1);
    int n_markets = 1 + below(&m, 3), n_hazards = without.no_chance ? 0 : below(&m, 5);
    m.s = fixture_empty(n_weeks, n_stages, n_markets, n_hazards);
    draw_world(&m);
    draw_stages(&m);
    for (int i = 0; i < n_markets; i++)
        draw_market(&m, i);
    for (int layer = m.n_layers - 1; layer >= 0; layer--) /* customers before suppliers */
        for (int i = 0; i < n_stages; i++)
            if (m.layer[i] == layer) {
                draw_line(&m, i);
                draw_worth(&m, i);
                draw_inputs(&m, i);
            }
    for (int h = 0; h < n_hazards; h++)
        draw_hazard(&m, h);
    return m.s;
}
