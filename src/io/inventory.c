/* The list of what a file holds, and the child process that dies in our place. */
#include "io/inventory.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEEPEST = 32, MOST_ITEMS = 1 << 16, PROBE_SECONDS = 120, STRINGS = 1 << 12 };

static void add_item(hf_inventory *all, const char *path, bool is_group) {
    if (all->n == all->capacity) {
        size_t more = all->capacity ? 2 * all->capacity : 256;
        all->items =
            (hf_inventory_item *)hf_realloc(all->items, all->capacity, more, sizeof *all->items);
        all->capacity = more;
    }
    all->items[all->n++] = (hf_inventory_item){path, is_group};
}

static const char *child_path(hf_arena *arena, const char *group, const char *name) {
    size_t n_group = strcmp(group, "/") == 0 ? 0 : strlen(group);
    char *path = HF_ARENA_NEW(arena, n_group + strlen(name) + 2, char);
    memcpy(path, group, n_group);
    path[n_group] = '/';
    strcpy(path + n_group + 1, name);
    return path;
}

static bool is_among(const char *path, const char *const *paths) {
    for (; paths && *paths; paths++)
        if (strcmp(path, *paths) == 0)
            return true;
    return false;
}

static int by_path(const void *a, const void *b) {
    return strcmp(((const hf_inventory_item *)a)->path, ((const hf_inventory_item *)b)->path);
}

static hf_status add_children(hf_inventory *all, const hf_store *store, const char *group,
                              const char *const *left_out, hf_error *err) {
    hf_stored_name *names;
    size_t n;
    int depth = 0;
    for (const char *c = group; *c; c++)
        depth += *c == '/';
    if (depth > DEEPEST || all->n > MOST_ITEMS)
        return hf_stored_refuse(store, group, "has too much below it", err);
    hf_status status = hf_stored_list(store, group, all->arena, &names, &n, err);
    for (size_t k = 0; !status && k < n; k++) {
        const char *path = child_path(all->arena, group, names[k].name);
        if (!is_among(path, left_out))
            add_item(all, path, names[k].is_group);
    }
    return status;
}

/* Groups are taken breadth first: each that is found is looked into later, also after an error. */
hf_status hf_inventory_init(hf_inventory *inventory, const hf_store *store,
                            const char *const *left_out, hf_error *err) {
    hf_status status = HF_OK;
    memset(inventory, 0, sizeof *inventory);
    inventory->arena = hf_arena_create();
    add_item(inventory, "/", true);
    for (size_t i = 0; i < inventory->n; i++) {
        if (!inventory->items[i].is_group)
            continue;
        hf_status found =
            add_children(inventory, store, inventory->items[i].path, left_out, status ? NULL : err);
        status = status ? status : found;
    }
    qsort(inventory->items, inventory->n, sizeof *inventory->items, by_path);
    return status;
}

void hf_inventory_clear(hf_inventory *inventory) {
    hf_free(inventory->items);
    hf_arena_destroy(inventory->arena);
    memset(inventory, 0, sizeof *inventory);
}

/* ---- the probe ---- */

static void read_strings(const hf_store *store, const hf_stored *stored, char **strings) {
    hf_stored_block block = {.n = 0};
    while (hf_stored_next(stored, STRINGS, &block)) {
        if (hf_stored_read(store, stored, &block, H5I_INVALID_HID, strings, NULL))
            return;
        hf_stored_release(strings, block.n);
    }
}

/* Numbers are left alone: they are bytes, and reading them breaks nothing. */
static void read_item(const hf_store *store, const hf_inventory_item *item, char **strings) {
    hf_stored stored;
    hf_attributes unused;
    hf_arena *arena = hf_arena_create();
    hf_status ignored = hf_stored_attributes(store, item->path, arena, &unused, NULL);
    (void)ignored;
    if (!item->is_group && !hf_stored_open(store, item->path, &stored, NULL)) {
        if (stored.has_values && stored.type == HF_TYPE_STRING)
            read_strings(store, &stored, strings);
        hf_stored_close(&stored);
    }
    hf_arena_destroy(arena);
}

/* What the child does: everything that a reader does, without an opinion. */
static void read_all(const char *path) {
    hf_store store;
    hf_inventory all;
    if (hf_store_open(&store, path, NULL))
        return;
    char **strings = HF_NEW(STRINGS, char *);
    hf_status unused = hf_inventory_init(&all, &store, NULL, NULL);
    (void)unused; /* a reader may ask for what is whole, so all of that is looked at */
    for (size_t i = 0; i < all.n; i++)
        read_item(&store, &all.items[i], strings);
    hf_inventory_clear(&all);
    hf_free(strings);
    H5Fclose(store.file);
    H5close(); /* a heap that was overrun shows when it is given back */
}

/* The child says nothing, leaves no core and does not stay for ever. */
static void be_quiet(void) {
    const struct rlimit none = {0, 0};
    int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere >= 0)
        dup2(nowhere, STDERR_FILENO);
    setrlimit(RLIMIT_CORE, &none);
    alarm(PROBE_SECONDS);
}

hf_status hf_inventory_probe(const char *path, hf_error *err) {
    int outcome = 0;
    fflush(NULL); /* or both processes would write what is waiting */
    pid_t child = fork();
    if (child < 0)
        return HF_OK; /* no room for a child: the reader must dare alone */
    if (child == 0) {
        be_quiet();
        read_all(path);
        _exit(0);
    }
    while (waitpid(child, &outcome, 0) < 0 && errno == EINTR)
        ;
    if (outcome == 0)
        return HF_OK;
    return hf_fail(err, HF_BAD_FILE,
                   "'%.600s' is damaged: the HDF5 library crashes or hangs when it reads it", path);
}
