/* Writes the plan and the given factors as NumPy arrays, one file each, for peers in Python:
 *
 *   export_trials SCENARIO SEED TRIALS FOLDER
 *
 * Names are those of plan/plan.h and plan/factors.h: stage_cycle_weeks.npy is [n_stages]; what has
 * one value a week is [T][n]; factors are [T][rows][TRIALS]. */
#include "given_trials.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *folder;
static double *room; /* for one array */

/* Version 1.0 of the format: magic, length of the header, the header padded to 128 bytes in all. */
static void save(const char *name, const double *values, size_t a, size_t b, size_t c) {
    char path[4096], header[128] = "\x93NUMPY\x01", shape[64];
    snprintf(path, sizeof path, "%s/%s.npy", folder, name);
    if (c)
        snprintf(shape, sizeof shape, "%zu, %zu, %zu", a, b, c);
    else if (b)
        snprintf(shape, sizeof shape, "%zu, %zu", a, b);
    else
        snprintf(shape, sizeof shape, "%zu,", a);
    header[8] = (char)(sizeof header - 10);
    int n = 10 + snprintf(header + 10, sizeof header - 10,
                          "{'descr': '<f8', 'fortran_order': False, 'shape': (%s)}", shape);
    memset(header + n, ' ', sizeof header - 1 - (size_t)n);
    header[sizeof header - 1] = '\n';
    size_t size = a * (b ? b : 1) * (c ? c : 1);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(header, sizeof header, 1, file) != 1 ||
        fwrite(values, sizeof *values, size, file) != size || fclose(file))
        hf_fatal(3, "cannot write %s\n", path);
}

#define SAVE(element, member)                                                                      \
    do {                                                                                           \
        for (int i = 0; i < p->n_##element##s; i++)                                                \
            room[i] = (double)p->element##s[i].member;                                             \
        save(#element "_" #member, room, (size_t)p->n_##element##s, 0, 0);                         \
    } while (0)

#define SAVE_WEEKS(element, member)                                                                \
    do {                                                                                           \
        int n = p->n_##element##s;                                                                 \
        for (int t = 0; t < p->n_weeks; t++)                                                       \
            for (int i = 0; i < n; i++)                                                            \
                room[t * n + i] = p->element##s[i].member[t];                                      \
        save(#element "_" #member, room, (size_t)p->n_weeks, (size_t)n, 0);                        \
    } while (0)

static void save_stages(const hf_plan *p) {
    SAVE(stage, first_input);
    SAVE(stage, n_inputs);
    SAVE(stage, cycle_weeks);
    SAVE(stage, first_lot);
    SAVE(stage, units_per_start);
    SAVE(stage, surge_factor);
    SAVE(stage, smoothing);
    SAVE(stage, visibility);
    SAVE(stage, fixed_target);
    SAVE(stage, target_units);
    SAVE(stage, scale);
    SAVE(stage, stock_start);
    SAVE(stage, in_process_start);
    SAVE(stage, good_in_process_start);
    SAVE(stage, value_added);
    SAVE(stage, domestic_part);
    SAVE(stage, holding_cost);
    SAVE(stage, wip_holding_cost);
    SAVE(stage, surge_cost);
    SAVE_WEEKS(stage, plan);
    SAVE_WEEKS(stage, target);
    SAVE_WEEKS(stage, capacity);
    SAVE_WEEKS(stage, finish_capacity);
    SAVE_WEEKS(stage, good_now);
    SAVE_WEEKS(stage, good_later);
    for (int i = 0; i < p->n_stages; i++)
        memcpy(&room[i * p->n_accounts], p->stages[i].account_amounts,
               (size_t)p->n_accounts * sizeof *room);
    save("stage_account_amounts", room, (size_t)p->n_stages, (size_t)p->n_accounts, 0);
    for (int i = 0; i < p->n_stages; i++)
        memcpy(&room[p->stages[i].first_lot], p->stages[i].lots_start,
               (size_t)p->stages[i].cycle_weeks * sizeof *room);
    save("lots_start", room, (size_t)p->n_lot_rows, 0, 0);
}

static void save_inputs_and_links(const hf_plan *p) {
    SAVE(input, consumer);
    SAVE(input, is_market);
    SAVE(input, cause);
    SAVE(input, first_link);
    SAVE(input, n_links);
    SAVE(input, per_unit);
    SAVE(input, holding_cost);
    SAVE(input, stock_start);
    SAVE(input, position_start);
    SAVE_WEEKS(input, order_cap);
    SAVE(link, supplier);
    SAVE(link, input);
    SAVE(link, transit_weeks);
    SAVE(link, first_freight);
    SAVE(link, flex);
    SAVE(link, switch_rate);
    SAVE_WEEKS(link, share);
    SAVE_WEEKS(link, cover);
    SAVE_WEEKS(link, weight);
    for (int a = 0; a < p->n_links; a++) { /* as slots of the ring: what arrives in week s */
        const hf_plan_link *link = &p->links[a];
        room[link->first_freight] = 0.0;
        memcpy(&room[link->first_freight + 1], link->freight_start,
               (size_t)link->transit_weeks * sizeof *room);
    }
    save("freight_start", room, (size_t)p->n_freight_rows, 0, 0);
}

static void save_markets_and_rest(const hf_plan *p) {
    SAVE(market, input);
    SAVE(market, scale);
    SAVE(market, price);
    SAVE(market, smoothing);
    SAVE(market, quoted_weeks);
    SAVE(market, abandon);
    SAVE(market, backlog_cost);
    SAVE_WEEKS(market, base);
    for (int i = 0; i < p->n_stages; i++)
        room[i] = p->order[i];
    save("order", room, (size_t)p->n_stages, 0, 0);
    save("base_value", p->base_value, (size_t)p->n_weeks, 0, 0);
    save("warmup_weeks", &(double){p->warmup_weeks}, 1, 0, 0);
    save("n_causes", &(double){p->n_causes}, 1, 0, 0);
    save("threshold", &p->threshold, 1, 0, 0);
    save("price_scale", &p->price_scale, 1, 0, 0);
}

/* Week by week: [T][rows][n_trials] of each channel. */
static void save_factors(const given_trials *given) {
    static const char *const names[HF_N_CHANNELS] = {[HF_CAPACITY] = "capacity",
                                                     [HF_YIELD] = "yield",
                                                     [HF_SCRAP] = "scrap",
                                                     [HF_SHIPPING] = "shipping",
                                                     [HF_DEMAND] = "demand"};
    const hf_plan *p = given->plan;
    size_t n = (size_t)given->n_trials;
    for (hf_channel channel = 0; channel < HF_N_CHANNELS; channel++) {
        size_t n_rows =
            (size_t)(hf_factors_first_row(p, channel + 1) - hf_factors_first_row(p, channel));
        for (int t = 0; t < p->n_weeks; t++)
            memcpy(&room[(size_t)t * n_rows * n], given_trials_channel(given, t, channel),
                   n_rows * n * sizeof *room);
        save(names[channel], room, (size_t)p->n_weeks, n_rows, n);
    }
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: %s SCENARIO SEED TRIALS FOLDER\n", argv[0]);
        return 2;
    }
    given_trials *given = given_trials_create(argv[1], strtoull(argv[2], NULL, 10), atoi(argv[3]));
    const hf_plan *p = given->plan;
    folder = argv[4];
    /* No array is larger than the factors, or than a row of each of these. */
    size_t n = (size_t)(p->n_stages * (p->n_accounts + 1) + p->n_lot_rows + p->n_freight_rows);
    room = HF_NEW((size_t)p->n_weeks * given->week_size + n, double);
    save_stages(p);
    save_inputs_and_links(p);
    save_markets_and_rest(p);
    save("n_values", &(double){given->n_values}, 1, 0, 0);
    save_factors(given);
    hf_free(room);
    given_trials_destroy(given);
    return 0;
}
