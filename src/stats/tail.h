/* The worst trials: a bounded list of (value, trial) pairs. The list is a function of the set of
 * pairs offered, whatever their order. */
#ifndef HF_STATS_TAIL_H
#define HF_STATS_TAIL_H

#include "base/quantity.h"
#include <stdint.h>

typedef struct hf_tail_entry {
    double value;
    uint64_t trial;
} hf_tail_entry;

typedef struct hf_tail hf_tail;

/* `side` HF_BAD_LOW: small values are the worst; else large ones. Ties: smaller trial first. */
hf_tail *hf_tail_create(int capacity, hf_bad_side side);
void hf_tail_destroy(hf_tail *tail); /* NULL is allowed */
/* Offers value[i] of trial first_trial + i. Trials offered are distinct. */
void hf_tail_add(hf_tail *tail, uint64_t first_trial, int n, const double *value);
void hf_tail_add_entry(hf_tail *tail, hf_tail_entry entry);
/* Writes the entries, worst first, to entries[capacity]; returns how many. */
int hf_tail_list(const hf_tail *tail, hf_tail_entry *entries);
int hf_tail_count(const hf_tail *tail);
void hf_tail_clear(hf_tail *tail);

#endif
