#include "stats/tail.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/number.h"
#include <stdbool.h>

/* A heap whose root is the least bad entry kept. */
struct hf_tail {
    int capacity, n;
    hf_bad_side side;
    hf_tail_entry *heap;
};

hf_tail *hf_tail_create(int capacity, hf_bad_side side) {
    HF_ASSERT(capacity >= 0);
    hf_tail *tail = HF_NEW(1, hf_tail);
    *tail = (hf_tail){capacity, 0, side, HF_NEW(capacity, hf_tail_entry)};
    return tail;
}

void hf_tail_destroy(hf_tail *tail) {
    if (!tail)
        return;
    hf_free(tail->heap);
    hf_free(tail);
}

void hf_tail_clear(hf_tail *tail) {
    tail->n = 0;
}

int hf_tail_count(const hf_tail *tail) {
    return tail->n;
}

static bool is_worse(hf_bad_side side, hf_tail_entry a, hf_tail_entry b) {
    if (a.value != b.value)
        return side == HF_BAD_LOW ? a.value < b.value : a.value > b.value;
    return a.trial < b.trial;
}

/* Restores the heap below `at`, where `entry` is to go. */
static void sift_down(hf_tail *tail, int at, hf_tail_entry entry) {
    for (int child; (child = 2 * at + 1) < tail->n; at = child) {
        if (child + 1 < tail->n && is_worse(tail->side, tail->heap[child], tail->heap[child + 1]))
            child++;
        if (!is_worse(tail->side, entry, tail->heap[child]))
            break;
        tail->heap[at] = tail->heap[child];
    }
    tail->heap[at] = entry;
}

static void sift_up(hf_tail *tail, int at, hf_tail_entry entry) {
    for (int parent; at > 0; at = parent) {
        parent = (at - 1) / 2;
        if (!is_worse(tail->side, tail->heap[parent], entry))
            break;
        tail->heap[at] = tail->heap[parent];
    }
    tail->heap[at] = entry;
}

void hf_tail_add_entry(hf_tail *tail, hf_tail_entry entry) {
    entry.value = hf_plain_zero(entry.value);
    if (tail->n < tail->capacity)
        sift_up(tail, tail->n++, entry);
    else if (tail->n > 0 && is_worse(tail->side, entry, tail->heap[0]))
        sift_down(tail, 0, entry);
}

void hf_tail_add(hf_tail *tail, uint64_t first_trial, int n, const double *value) {
    for (int i = 0; i < n; i++)
        hf_tail_add_entry(tail, (hf_tail_entry){value[i], first_trial + (uint64_t)i});
}

int hf_tail_list(const hf_tail *tail, hf_tail_entry *entries) {
    hf_tail copy = *tail;
    copy.heap = entries;
    for (int i = 0; i < tail->n; i++)
        entries[i] = tail->heap[i];
    while (copy.n > 1) { /* the least bad goes last */
        hf_tail_entry least = entries[0], moved = entries[--copy.n];
        sift_down(&copy, 0, moved);
        entries[copy.n] = least;
    }
    return tail->n;
}
