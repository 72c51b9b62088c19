/* The invariants of a plan, in code (plan.h). */
#include "base/number.h"
#include "plan/plan.h"
#include <string.h>

/* Numbers, at least `least` and at most `most`. */
static bool are_within(const double *values, int n, double least, double most) {
    for (int i = 0; i < n; i++)
        if (!(values[i] >= least && values[i] <= most))
            return false;
    return true;
}

#define FINITE 1e300

static bool is_flow(const hf_plan *plan, const double *row) {
    return row && are_within(row, plan->n_weeks, 0.0, FINITE);
}

static bool is_noise_valid(const hf_plan *plan, const hf_plan_noise *noise) {
    return noise->sigma >= 0.0 && noise->persistence >= 0.0 && noise->persistence < 1.0 &&
           noise->innovation > 0.0 && noise->innovation <= 1.0 && noise->factor >= -1 &&
           noise->factor < plan->n_factors && (noise->factor >= 0 || noise->loading == 0.0) &&
           noise->own >= 0.0 && noise->own <= 1.0;
}

static bool is_order_topological(const hf_plan *plan) {
    int *place = HF_NEW(plan->n_stages, int);
    bool good = true;
    for (int n = 0; n < plan->n_stages && good; n++) {
        int i = plan->order[n];
        good = i >= 0 && i < plan->n_stages && place[i] == 0;
        if (good)
            place[i] = n + 1;
    }
    for (int a = 0; a < plan->n_links && good; a++) {
        const hf_plan_input *input = &plan->inputs[plan->links[a].input];
        good = input->is_market || place[plan->links[a].supplier] < place[input->consumer];
    }
    hf_free(place);
    return good;
}

static const char *consumer_id(const hf_plan *plan, int a) {
    const hf_plan_input *input = &plan->inputs[plan->links[a].input];
    return input->is_market ? plan->markets[input->consumer].id : plan->stages[input->consumer].id;
}

/* Each link once, with its supplier, by the consumer's id. */
static bool are_out_links_valid(const hf_plan *plan) {
    int n = 0;
    for (int i = 0; i < plan->n_stages; i++) {
        const hf_plan_stage *stage = &plan->stages[i];
        if (stage->first_out != n || stage->n_out < 0 || stage->n_out > plan->n_links - n)
            return false;
        for (int o = n; o < n + stage->n_out; o++) {
            int a = plan->out_links[o];
            if (a < 0 || a >= plan->n_links || plan->links[a].supplier != i)
                return false;
            int order =
                o > n ? strcmp(consumer_id(plan, plan->out_links[o - 1]), consumer_id(plan, a))
                      : -1;
            if (order > 0 || (order == 0 && plan->out_links[o - 1] >= a))
                return false;
        }
        n += stage->n_out;
    }
    return n == plan->n_links;
}

/* Inputs stand by consumer and links by input and supplier, without a gap. */
static bool is_wiring_valid(const hf_plan *plan) {
    int k = 0, a = 0;
    for (int i = 0; i < plan->n_stages; i++) {
        if (plan->stages[i].first_input != k || plan->stages[i].n_inputs < 0)
            return false;
        for (int end = k + plan->stages[i].n_inputs; k < end; k++)
            if (k >= plan->n_inputs || plan->inputs[k].is_market || plan->inputs[k].consumer != i ||
                plan->inputs[k].cause < 1 || plan->inputs[k].cause >= plan->n_causes)
                return false;
    }
    for (int m = 0; m < plan->n_markets; m++, k++)
        if (k >= plan->n_inputs || plan->markets[m].input != k || !plan->inputs[k].is_market ||
            plan->inputs[k].consumer != m)
            return false;
    for (int i = 0; i < plan->n_inputs; i++) {
        if (plan->inputs[i].first_link != a)
            return false;
        for (int end = a + plan->inputs[i].n_links; a < end; a++)
            if (a >= plan->n_links || plan->links[a].input != i || plan->links[a].supplier < 0 ||
                plan->links[a].supplier >= plan->n_stages ||
                (a > plan->inputs[i].first_link &&
                 plan->links[a - 1].supplier >= plan->links[a].supplier))
                return false;
    }
    return k == plan->n_inputs && a == plan->n_links;
}

static bool is_stage_valid(const hf_plan *plan, const hf_plan_stage *stage, int *n_lots) {
    bool good = stage->first_lot == *n_lots && stage->cycle_weeks >= 0;
    *n_lots += stage->cycle_weeks;
    good = good && is_flow(plan, stage->plan) && is_flow(plan, stage->starts) &&
           is_flow(plan, stage->target) && is_flow(plan, stage->capacity) &&
           is_flow(plan, stage->finish_capacity) && is_flow(plan, stage->good_now) &&
           is_flow(plan, stage->good_later) && stage->lots_start &&
           are_within(stage->lots_start, stage->cycle_weeks, 0.0, FINITE);
    if (!good || !stage->yield_median || !stage->yield_logit || !stage->account_amounts)
        return false;
    for (int t = 0; t < plan->n_weeks; t++) {
        double y = stage->yield_median[t];
        good = good && y > 0.0 && y <= 1.0 && (y < 1.0 || stage->yield_logit[t] == 0.0) &&
               stage->yield_logit[t] > -50.0 && stage->yield_logit[t] < 50.0 &&
               stage->finish_capacity[t] >= stage->capacity[t] && stage->good_now[t] > 0.0 &&
               stage->good_later[t] > 0.0 && stage->plan[t] <= stage->scale;
    }
    return good && stage->units_per_start > 0.0 && stage->surge_factor >= 1.0 &&
           stage->smoothing > 0.0 && stage->smoothing <= 1.0 && stage->visibility >= 0.0 &&
           stage->visibility <= 1.0 && stage->scale > 0.0 && stage->stock_start >= 0.0 &&
           stage->in_process_start >= 0.0 && stage->good_in_process_start >= 0.0 &&
           (!stage->fixed_target || stage->stock_start == stage->target_units) &&
           stage->domestic_part >= 0.0 && stage->domestic_part <= 1.0 + 1e-9 &&
           is_noise_valid(plan, &stage->noise);
}

static bool is_market_valid(const hf_plan *plan, const hf_plan_market *market, int *n_recent) {
    bool good = market->first_recent == *n_recent && market->quoted_weeks >= 0;
    *n_recent += market->quoted_weeks;
    return good && is_flow(plan, market->base) && market->scale > 0.0 &&
           are_within(market->base, plan->n_weeks, 0.0, market->scale) && market->price >= 0.0 &&
           market->smoothing > 0.0 && market->smoothing <= 1.0 && market->abandon >= 0.0 &&
           market->abandon <= 1.0 && market->backlog_cost >= 0.0 &&
           is_noise_valid(plan, &market->noise);
}

/* Shares sum to 1, and what a market's input holds is nothing: it passes on. */
static bool is_input_valid(const hf_plan *plan, const hf_plan_input *input) {
    if (!(input->per_unit > 0.0) || !is_flow(plan, input->order_cap) ||
        !(input->stock_start >= 0.0 && input->position_start >= input->stock_start) ||
        (input->is_market && input->position_start != 0.0))
        return false;
    for (int t = 0; t < plan->n_weeks && input->n_links; t++) {
        double sum = 0.0;
        for (int a = input->first_link; a < input->first_link + input->n_links; a++)
            sum += plan->links[a].share[t];
        if (!(sum > 1.0 - 1e-12 && sum < 1.0 + 1e-12))
            return false;
    }
    return true;
}

static bool is_link_valid(const hf_plan *plan, const hf_plan_link *link, int *n_freight) {
    bool good = link->first_freight == *n_freight && link->transit_weeks >= 0;
    *n_freight += link->transit_weeks + 1;
    return good && link->flex >= 0.0 && link->switch_rate > 0.0 && link->switch_rate <= 1.0 &&
           is_flow(plan, link->cover) && link->share &&
           are_within(link->share, plan->n_weeks, 0.0, 1.0) && link->weight &&
           are_within(link->weight, plan->n_weeks, 0.0, 1.0 + 1e-9) && link->freight_start &&
           are_within(link->freight_start, link->transit_weeks, 0.0, FINITE);
}

/* The weights of a supplier's links sum to 1 in weeks with a plan, and are 0 in the others. */
static bool are_weights_valid(const hf_plan *plan, const hf_plan_stage *stage) {
    for (int t = 0; t < plan->n_weeks; t++) {
        double sum = 0.0, wanted = stage->plan[t] < HF_FAINT * stage->scale ? 0.0 : 1.0;
        for (int o = stage->first_out; o < stage->first_out + stage->n_out; o++)
            sum += plan->links[plan->out_links[o]].weight[t];
        if (!(sum > wanted - 1e-9 && sum < wanted + 1e-9))
            return false;
    }
    return true;
}

static bool is_effect_valid(const hf_plan *plan, const hf_plan_effect *effect) {
    int n_rows = effect->channel == HF_SHIPPING ? plan->n_links
                 : effect->channel == HF_DEMAND ? plan->n_markets
                                                : plan->n_stages;
    if (effect->channel < 0 || effect->channel >= HF_N_CHANNELS || effect->n_targets < 0)
        return false;
    for (int i = 0; i < effect->n_targets; i++)
        if (effect->rows[i] < (i ? effect->rows[i - 1] + 1 : 0) || effect->rows[i] >= n_rows ||
            !(effect->exposures[i] >= 0.0 && effect->exposures[i] <= 1.0 + 1e-9) ||
            !(effect->cumulative[i] > (i ? effect->cumulative[i - 1] : 0.0)))
            return false;
    return effect->n_targets == 0 || effect->cumulative[effect->n_targets - 1] == 1.0;
}

static bool is_hazard_valid(const hf_plan *plan, const hf_plan_hazard *hazard) {
    double end = 0.0;
    for (int i = 0; i < hazard->n_seasons; i++) {
        if (!(hazard->season_start[i] >= end && hazard->season_end[i] > hazard->season_start[i]))
            return false;
        end = hazard->season_end[i];
    }
    for (int i = 0; i < hazard->n_scheduled; i++)
        if (!(hazard->scheduled[i] >= (i ? hazard->scheduled[i - 1] : 0.0) &&
              hazard->scheduled[i] < plan->n_weeks))
            return false;
    for (int e = 0; e < hazard->n_effects; e++)
        if (!is_effect_valid(plan, &hazard->effects[e]))
            return false;
    for (int i = 0; i < hazard->n_triggers; i++)
        if (hazard->triggers[i].hazard < 0 || hazard->triggers[i].hazard >= plan->n_hazards ||
            !(hazard->triggers[i].probability >= 0.0 && hazard->triggers[i].probability <= 1.0))
            return false;
    bool empty = hazard->n_effects == 0 && hazard->n_triggers == 0 && hazard->n_scheduled == 0;
    return end <= plan->n_weeks && hazard->probability >= 0.0 && hazard->probability <= 1.0 &&
           (!hazard->seasonal || hazard->season_gain >= 1.0) && (hazard->present || empty);
}

bool hf_plan_is_valid(const hf_plan *plan) {
    int n_lots = 0, n_freight = 0, n_recent = 0;
    bool good = plan->n_weeks > 0 && plan->warmup_weeks >= 0 &&
                plan->warmup_weeks < plan->n_weeks && is_wiring_valid(plan) &&
                are_out_links_valid(plan) && is_order_topological(plan);
    for (int i = 0; i < plan->n_stages && good; i++)
        good = is_stage_valid(plan, &plan->stages[i], &n_lots);
    for (int m = 0; m < plan->n_markets && good; m++)
        good = is_market_valid(plan, &plan->markets[m], &n_recent);
    for (int a = 0; a < plan->n_links && good; a++)
        good = is_link_valid(plan, &plan->links[a], &n_freight);
    for (int k = 0; k < plan->n_inputs && good; k++)
        good = is_input_valid(plan, &plan->inputs[k]);
    for (int i = 0; i < plan->n_stages && good; i++)
        good = are_weights_valid(plan, &plan->stages[i]);
    for (int f = 0; f < plan->n_factors && good; f++)
        good = plan->factors[f].persistence >= 0.0 && plan->factors[f].persistence < 1.0;
    for (int h = 0; h < plan->n_hazards && good; h++)
        good = is_hazard_valid(plan, &plan->hazards[h]);
    return good && n_lots == plan->n_lot_rows && n_freight == plan->n_freight_rows &&
           n_recent == plan->n_recent_rows && plan->price_scale >= 0.0 &&
           is_flow(plan, plan->base_value);
}
