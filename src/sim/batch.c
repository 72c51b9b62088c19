#include "sim/batch.h"
#include "base/check.h"
#include "base/number.h"
#include <stdbool.h>
#include <string.h>

/* Every row array once: member, number of rows. One list allocates, measures and clears. */
#define ROWS(X)                                                                                    \
    X(stock, p->n_stages)                                                                          \
    X(queue, p->n_stages)                                                                          \
    X(good_in_process, p->n_stages)                                                                \
    X(learned, p->n_stages)                                                                        \
    X(ratio, p->n_stages + p->n_markets)                                                           \
    X(filled, p->n_stages)                                                                         \
    X(wanted, p->n_stages)                                                                         \
    X(started, p->n_stages)                                                                        \
    X(finished, p->n_stages)                                                                       \
    X(output, p->n_stages)                                                                         \
    X(scrapped, p->n_stages)                                                                       \
    X(lots, p->n_lot_rows)                                                                         \
    X(on_hand, p->n_inputs)                                                                        \
    X(position, p->n_inputs)                                                                       \
    X(owed, p->n_links)                                                                            \
    X(health, p->n_links)                                                                          \
    X(asked, p->n_links)                                                                           \
    X(freight, p->n_freight_rows)                                                                  \
    X(backlog, p->n_markets)                                                                       \
    X(late, p->n_markets)                                                                          \
    X(lost, p->n_markets)                                                                          \
    X(due, p->n_markets)                                                                           \
    X(market_shipped, p->n_markets)                                                                \
    X(recent, p->n_recent_rows)                                                                    \
    X(service, 1)                                                                                  \
    X(sum_abandoned, 1)                                                                            \
    X(sum_abandoned_value, 1)                                                                      \
    X(late_units, 1)                                                                               \
    X(late_value, 1)                                                                               \
    X(demand_value, 1)                                                                             \
    X(sum_late_value, 1)                                                                           \
    X(resilience_loss, 1)                                                                          \
    X(min_service, 1)                                                                              \
    X(weeks_below, 1)                                                                              \
    X(first_below, 1)                                                                              \
    X(run_below, 1)                                                                                \
    X(longest_run_below, 1)                                                                        \
    X(peak_backlog, 1)                                                                             \
    X(value_added, 1)                                                                              \
    X(domestic_value_added, 1)                                                                     \
    X(cost, 1)                                                                                     \
    X(carrying_cost, 1)                                                                            \
    X(accounts, p->n_accounts)                                                                     \
    X(sum_output, p->n_stages)                                                                     \
    X(sum_utilisation, p->n_stages)                                                                \
    X(bound_weeks, p->n_stages + p->n_inputs)

size_t hf_batch_bytes(const hf_plan *p, int n_lanes) {
    size_t rows = 0;
#define COUNT(member, n) rows += (size_t)(n);
    ROWS(COUNT)
#undef COUNT
    return rows * (size_t)n_lanes * sizeof(double);
}

static void set_plan_sums(hf_batch *batch) {
    const hf_plan *p = batch->plan;
    double *account_plan = HF_ARENA_NEW(batch->arena, p->n_accounts, double);
    double *account_scale = HF_ARENA_NEW(batch->arena, p->n_accounts, double);
    double *limited_weeks = HF_ARENA_NEW(batch->arena, p->n_stages, double);
    for (int i = 0; i < p->n_stages; i++) {
        const hf_plan_stage *stage = &p->stages[i];
        batch->value_scale += stage->value_added * stage->scale;
        for (int account = 0; account < p->n_accounts; account++)
            account_scale[account] +=
                hf_max(stage->account_amounts[account], -stage->account_amounts[account]) *
                stage->scale;
        for (int t = p->warmup_weeks; t < p->n_weeks; t++) {
            limited_weeks[i] += stage->capacity[t] > 0.0 && stage->capacity[t] < HF_UNLIMITED;
            for (int account = 0; account < p->n_accounts; account++)
                account_plan[account] += stage->account_amounts[account] * stage->plan[t];
        }
    }
    batch->account_plan = account_plan;
    batch->account_scale = account_scale;
    batch->limited_weeks = limited_weeks;
}

hf_batch *hf_batch_create(const hf_plan *p, int n_lanes) {
    HF_ASSERT(n_lanes == 1 || n_lanes % 8 == 0);
    hf_arena *arena = hf_arena_create();
    hf_batch *batch = HF_ARENA_NEW(arena, 1, hf_batch);
    batch->plan = p;
    batch->arena = arena;
    batch->n_lanes = n_lanes;
#define ALLOCATE(member, n) batch->member = HF_ARENA_NEW(arena, (n)*n_lanes, double);
    ROWS(ALLOCATE)
#undef ALLOCATE
    batch->market_ratio = &batch->ratio[(size_t)p->n_stages * (size_t)n_lanes];
    batch->has_scrapped = HF_ARENA_NEW(arena, p->n_stages, bool);
    set_plan_sums(batch);
    return batch;
}

void hf_batch_destroy(hf_batch *batch) {
    if (batch)
        hf_arena_destroy(batch->arena);
}

static void fill(const hf_batch *batch, double *rows, int row, double value) {
    for (int lane = 0; lane < batch->n_lanes; lane++)
        rows[(size_t)row * (size_t)batch->n_lanes + (size_t)lane] = value;
}

static void start_stages(hf_batch *b) {
    for (int i = 0; i < b->plan->n_stages; i++) {
        const hf_plan_stage *stage = &b->plan->stages[i];
        fill(b, b->stock, i, stage->stock_start);
        fill(b, b->good_in_process, i, stage->good_in_process_start);
        fill(b, b->learned, i, 1.0);
        fill(b, b->ratio, i, 1.0);
        fill(b, b->filled, i, 1.0);
        /* The lot that finishes in week s started at s - L: slot s mod L is read in week s. */
        for (int s = 0; s < stage->cycle_weeks; s++)
            fill(b, b->lots, stage->first_lot + s, stage->lots_start[s]);
    }
}

static void start_links(hf_batch *b) {
    double carried = 0.0;
    for (int i = 0; i < b->plan->n_stages; i++)
        carried += b->plan->stages[i].wip_holding_cost * b->plan->stages[i].in_process_start;
    for (int k = 0; k < b->plan->n_inputs; k++) {
        fill(b, b->on_hand, k, b->plan->inputs[k].stock_start);
        fill(b, b->position, k, b->plan->inputs[k].position_start);
    }
    for (int a = 0; a < b->plan->n_links; a++) {
        const hf_plan_link *link = &b->plan->links[a];
        double on_the_way = 0.0;
        fill(b, b->health, a, 1.0);
        /* What arrives in week s was shipped at s - tau: slot (s - tau) mod (tau + 1) = s + 1. */
        for (int s = 0; s < link->transit_weeks; s++) {
            fill(b, b->freight, link->first_freight + s + 1, link->freight_start[s]);
            on_the_way += link->freight_start[s];
        }
        carried += b->plan->stages[link->supplier].holding_cost * on_the_way;
    }
    fill(b, b->carrying_cost, 0, carried);
}

void hf_batch_start(hf_batch *b) {
    const hf_plan *p = b->plan;
#define CLEAR(member, n) memset(b->member, 0, (size_t)(n) * (size_t)b->n_lanes * sizeof(double));
    ROWS(CLEAR)
#undef CLEAR
    memset(b->has_scrapped, 0, (size_t)p->n_stages * sizeof *b->has_scrapped);
    start_stages(b);
    start_links(b);
    for (int m = 0; m < p->n_markets; m++)
        fill(b, b->market_ratio, m, 1.0);
    fill(b, b->min_service, 0, 1.0);
    fill(b, b->first_below, 0, (double)(p->n_weeks - p->warmup_weeks));
}

int hf_batch_fields(const hf_batch *b, hf_field *fields) {
    const hf_plan *p = b->plan;
    const hf_field all[] = {
        {"stock", "F", "unit", "finished goods", HF_OF_STAGE, p->n_stages, b->stock},
        {"queue", "Q", "start", "starts waiting for the line's end", HF_OF_STAGE, p->n_stages,
         b->queue},
        {"good_in_process", "", "unit", "planned good units of the lots in process", HF_OF_STAGE,
         p->n_stages, b->good_in_process},
        {"learned", "l", "1", "learned ratio of orders to plan", HF_OF_STAGE, p->n_stages,
         b->learned},
        {"ratio", "r", "1", "ratio by which the plan is scaled", HF_OF_STAGE, p->n_stages,
         b->ratio},
        {"filled", "f", "1", "part of the movable orders filled", HF_OF_STAGE, p->n_stages,
         b->filled},
        {"wanted", "P", "start", "wanted starts", HF_OF_STAGE, p->n_stages, b->wanted},
        {"started", "X", "start", "starts", HF_OF_STAGE, p->n_stages, b->started},
        {"finished", "O", "start", "starts finished", HF_OF_STAGE, p->n_stages, b->finished},
        {"output", "uyO", "unit", "good output", HF_OF_STAGE, p->n_stages, b->output},
        {"scrapped", "", "start", "starts scrapped", HF_OF_STAGE, p->n_stages, b->scrapped},
        {"lots", "", "start", "lots in process by slot", HF_OF_LOT, p->n_lot_rows, b->lots},
        {"on_hand", "R", "unit", "input stock", HF_OF_INPUT, p->n_inputs, b->on_hand},
        {"position", "N", "unit", "input stock and what is ordered", HF_OF_INPUT, p->n_inputs,
         b->position},
        {"owed", "U", "unit", "ordered and not shipped", HF_OF_LINK, p->n_links, b->owed},
        {"health", "h^", "1", "learned health", HF_OF_LINK, p->n_links, b->health},
        {"asked", "omega ord", "unit", "new orders", HF_OF_LINK, p->n_links, b->asked},
        {"freight", "s", "unit", "shipped, by slot", HF_OF_FREIGHT, p->n_freight_rows, b->freight},
        {"market_ratio", "r", "1", "learned ratio of demand to base", HF_OF_MARKET, p->n_markets,
         b->market_ratio},
        {"backlog", "U", "unit", "backlog at the end of the week", HF_OF_MARKET, p->n_markets,
         b->backlog},
        {"late", "late", "unit", "backlog beyond the promise", HF_OF_MARKET, p->n_markets, b->late},
        {"lost", "lost", "unit", "abandoned", HF_OF_MARKET, p->n_markets, b->lost},
        {"due", "due", "unit", "due this week", HF_OF_MARKET, p->n_markets, b->due},
        {"market_shipped", "", "unit", "shipped to the market", HF_OF_MARKET, p->n_markets,
         b->market_shipped},
        {"recent", "d", "unit", "demand of the promised weeks by slot", HF_OF_RECENT,
         p->n_recent_rows, b->recent},
        {"service", "q", "1", "service", HF_OF_TRIAL, 1, b->service},
        {"sum_abandoned", "", "unit", "abandoned so far", HF_OF_TRIAL, 1, b->sum_abandoned},
        {"sum_late_value", "", "currency week", "revenue delayed so far", HF_OF_TRIAL, 1,
         b->sum_late_value},
        {"demand_value", "", "currency", "demand so far at its price", HF_OF_TRIAL, 1,
         b->demand_value},
        {"resilience_loss", "", "week", "area of the resilience triangle so far", HF_OF_TRIAL, 1,
         b->resilience_loss},
        {"peak_backlog", "", "week", "largest backlog so far", HF_OF_TRIAL, 1, b->peak_backlog},
        {"value_added", "", "currency", "value added so far", HF_OF_TRIAL, 1, b->value_added},
        {"cost", "", "currency", "cost so far", HF_OF_TRIAL, 1, b->cost},
        {"carrying_cost", "", "currency per week", "of all that is in process or under way",
         HF_OF_TRIAL, 1, b->carrying_cost},
        {"accounts", "", "1", "side quantities so far", HF_OF_ACCOUNT, p->n_accounts, b->accounts},
        {"bound_weeks", "", "week", "weeks bound, by own line and input", HF_OF_BOUND,
         p->n_stages + p->n_inputs, b->bound_weeks},
    };
    _Static_assert(sizeof all / sizeof *all <= HF_MAX_FIELDS, "room for all fields");
    memcpy(fields, all, sizeof all);
    return (int)(sizeof all / sizeof *all);
}
