#include "plan/space.h"
#include <stdlib.h>
#include <string.h>

/* Something that a policy's scenario holds, with up to two words about it. */
typedef struct entry {
    const char *id, *word[2];
    int policy;
} entry;

/* The entries of all policies of one kind of thing. */
typedef struct entries {
    int n, capacity;
    entry *of;
} entries;

static void add(entries *list, int policy, const char *id, const char *word0, const char *word1) {
    if (list->n == list->capacity) {
        int grown = 2 * list->capacity + 16;
        list->of = hf_realloc(list->of, (size_t)list->n, (size_t)grown, sizeof(entry));
        list->capacity = grown;
    }
    list->of[list->n++] = (entry){id, {word0, word1}, policy};
}

static int by_id_then_policy(const void *left, const void *right) {
    const entry *a = left, *b = right;
    int order = strcmp(a->id, b->id);
    return order ? order : a->policy - b->policy;
}

/* Byte order of ids, each once; of several policies the first has the word. */
static void unite(entries *list) {
    if (list->n)
        qsort(list->of, (size_t)list->n, sizeof(entry), by_id_then_policy);
    int n = 0;
    for (int i = 0; i < list->n; i++)
        if (n == 0 || strcmp(list->of[n - 1].id, list->of[i].id))
            list->of[n++] = list->of[i];
    list->n = n;
}

/* Column `word` (-1: the ids) in the arena, after `first` if that is given. */
static const char **column(hf_arena *arena, const entries *list, int word, const char *first) {
    const char **texts = HF_ARENA_NEW(arena, list->n + 1, const char *);
    int n = 0;
    if (first)
        texts[n++] = hf_arena_strdup(arena, first);
    for (int i = 0; i < list->n; i++) {
        const char *text = word < 0 ? list->of[i].id : list->of[i].word[word];
        texts[n++] = hf_arena_strdup(arena, text ? text : "");
    }
    return texts;
}

typedef struct union_of_policies {
    entries stages, markets, hazards, accounts, causes;
} union_of_policies;

static void add_scenario(union_of_policies *u, int p, const hf_scenario *s) {
    for (int i = 0; i < s->n_stages; i++) {
        const hf_stage *stage = &s->stages[i];
        add(&u->stages, p, stage->id, stage->unit, stage->product);
        for (int k = 0; k < stage->n_inputs; k++)
            add(&u->causes, p, stage->inputs[k].product, NULL, NULL);
    }
    for (int m = 0; m < s->n_markets; m++)
        add(&u->markets, p, s->markets[m].id, NULL, NULL);
    for (int h = 0; h < s->n_hazards; h++)
        add(&u->hazards, p, s->hazards[h].id, s->hazards[h].family, NULL);
    for (int a = 0; a < s->n_accounts; a++)
        add(&u->accounts, p, s->accounts[a].id, s->accounts[a].name, s->accounts[a].unit);
}

hf_space *hf_space_create(const hf_world *world) {
    hf_arena *arena = hf_arena_create();
    hf_space *space = HF_ARENA_NEW(arena, 1, hf_space);
    union_of_policies u = {0};
    entries *all[] = {&u.stages, &u.markets, &u.hazards, &u.accounts, &u.causes};
    enum { N_KINDS = sizeof all / sizeof all[0] };
    for (int p = 0; p < world->n_policies; p++)
        add_scenario(&u, p, world->scenarios[p]);
    for (int kind = 0; kind < N_KINDS; kind++)
        unite(all[kind]);

    space->arena = arena;
    space->n_stages = u.stages.n;
    space->stages = column(arena, &u.stages, -1, NULL);
    space->stage_units = column(arena, &u.stages, 0, NULL);
    space->stage_products = column(arena, &u.stages, 1, NULL);
    space->n_markets = u.markets.n;
    space->markets = column(arena, &u.markets, -1, NULL);
    space->n_hazards = u.hazards.n;
    space->hazards = column(arena, &u.hazards, -1, NULL);
    space->hazard_families = column(arena, &u.hazards, 0, NULL);
    space->n_causes = u.causes.n + 1;
    space->causes = column(arena, &u.causes, -1, "line");
    const char **ids = column(arena, &u.accounts, -1, NULL);
    const char **names = column(arena, &u.accounts, 0, NULL);
    const char **units = column(arena, &u.accounts, 1, NULL);
    space->n_accounts = u.accounts.n;
    space->accounts = HF_ARENA_NEW(arena, u.accounts.n, hf_account);
    for (int a = 0; a < u.accounts.n; a++)
        space->accounts[a] = (hf_account){ids[a], names[a], units[a]};
    for (int kind = 0; kind < N_KINDS; kind++)
        hf_free(all[kind]->of);
    return space;
}

void hf_space_destroy(hf_space *space) {
    if (space)
        hf_arena_destroy(space->arena);
}
