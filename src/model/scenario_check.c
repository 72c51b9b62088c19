/* What a single field of a scenario cannot show: the whole, and its ids. */
#include "model/scenario_check.h"
#include "base/hash.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *hf_check_path(char path[HF_CHECK_PATH_BYTES], const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(path, HF_CHECK_PATH_BYTES, format, args);
    va_end(args);
    return path;
}

/* --- ids: random streams are keyed by their hashes --- */

typedef enum owner { STAGE, MARKET, WEEKLY_FACTOR, TRIAL_FACTOR, HAZARD } owner;
static const char *const owner_words[] = {"stages", "markets", "factors", "factors", "hazards"};

typedef struct named {
    uint64_t hash;
    const char *id;
    owner owner;
} named;

static int by_hash(const void *a, const void *b) {
    const named *x = (const named *)a, *y = (const named *)b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    int order = strcmp(x->id, y->id);
    return order ? order : (int)x->owner - (int)y->owner;
}

static int list_ids(const hf_scenario *s, named *list) {
    int n = 0;
    for (int i = 0; i < s->n_stages; i++)
        list[n++] = (named){hf_hash_id(s->stages[i].id), s->stages[i].id, STAGE};
    for (int i = 0; i < s->n_markets; i++)
        list[n++] = (named){hf_hash_id(s->markets[i].id), s->markets[i].id, MARKET};
    for (int i = 0; i < s->n_factors; i++)
        list[n++] = (named){hf_hash_id(s->factors[i].id), s->factors[i].id,
                            s->factors[i].kind == HF_FACTOR_WEEKLY ? WEEKLY_FACTOR : TRIAL_FACTOR};
    for (int i = 0; i < s->n_hazards; i++)
        list[n++] = (named){hf_hash_id(s->hazards[i].id), s->hazards[i].id, HAZARD};
    return n;
}

/* Stages, markets and weekly factors draw their noise from streams of one purpose. */
static bool is_noisy(owner kind) {
    return kind == STAGE || kind == MARKET || kind == WEEKLY_FACTOR;
}

static void check_pair(const named *a, const named *b, hf_problems *problems) {
    char path[HF_CHECK_PATH_BYTES];
    const char *first = owner_words[a->owner], *second = owner_words[b->owner];
    hf_check_path(path, "%s.%s", second, b->id);
    if (strcmp(a->id, b->id) != 0)
        hf_problems_add(problems, path,
                        "the 64-bit hash of this id is that of %s.%s too; rename one of them",
                        first, a->id);
    else if (is_noisy(a->owner) && is_noisy(b->owner))
        hf_problems_add(problems, path, "the id is taken by %s.%s; allowed another one", first,
                        a->id);
}

static void check_ids(const hf_scenario *s, hf_problems *problems) {
    int n = s->n_stages + s->n_markets + s->n_factors + s->n_hazards;
    named *list = HF_NEW(n, named);
    n = list_ids(s, list);
    qsort(list, (size_t)n, sizeof *list, by_hash);
    for (int i = 1; i < n; i++)
        if (list[i - 1].hash == list[i].hash)
            check_pair(&list[i - 1], &list[i], problems);
    hf_free(list);
}

static void check_settings(const hf_scenario *s, hf_problems *problems) {
    char found[32], allowed[64];
    if (s->horizon_weeks < 1 || s->warmup_weeks < s->horizon_weeks)
        return;
    snprintf(found, sizeof found, "%d", s->warmup_weeks);
    snprintf(allowed, sizeof allowed, "a whole number below horizon_weeks, %d", s->horizon_weeks);
    hf_problems_found(problems, "warmup_weeks", found, allowed);
}

void hf_scenario_check(const hf_scenario *scenario, hf_problems *problems) {
    check_settings(scenario, problems);
    check_ids(scenario, problems);
    hf_network_check(scenario, problems);
    hf_hazards_check(scenario, problems);
}
