/* Sealing a result file with its digests, and looking whether the seal holds. */
#include "io/seal.h"
#include "io/buffer.h"
#include "io/inventory.h"
#include "io/table_hdf5.h"
#include <stdlib.h>
#include <string.h>

enum { N_HEX = HF_DIGEST_TEXT - 1, N_BEFORE_PATH = N_HEX + 2 };

/* ---- writing ---- */

static char *list_of(const hf_digest_parts *parts) {
    char own[HF_DIGEST_TEXT];
    hf_buffer list = {0};
    for (size_t i = 0; i < parts->n; i++)
        hf_buffer_add_format(&list, "%s  %s\n", parts->items[i].text, parts->items[i].path);
    hf_digest_bytes(list.text, list.n, own);
    hf_buffer_add_format(&list, "%s  %s\n", own, HF_DIGEST_LIST);
    return hf_buffer_take(&list);
}

hf_status hf_seal_write(const char *path, const char *name, char content[HF_DIGEST_TEXT],
                        hf_error *err) {
    hf_digest_parts parts = {.arena = hf_arena_create()};
    hf_status status = hf_digest_parts_read(path, &parts, content, err);
    if (!status) {
        char *list = list_of(&parts);
        status = hf_hdf5_set_texts(path, name, HF_DIGEST_GROUP, HF_DIGEST_ATTRIBUTE, content,
                                   strrchr(HF_DIGEST_LIST, '/') + 1,
                                   "SHA-256 of each group and variable", list, err);
        hf_free(list);
    }
    hf_arena_destroy(parts.arena);
    return status;
}

/* ---- what the file says of itself ---- */

typedef struct seal {
    hf_arena *arena;
    const char *content; /* NULL: there is none, or it cannot be read */
    char *list;          /* likewise */
} seal;

static char *read_list(const hf_store *store, hf_arena *arena) {
    hf_stored stored;
    hf_stored_block block = {.n = 0};
    char *text = NULL, *copy = NULL;
    if (hf_stored_open(store, HF_DIGEST_LIST, &stored, NULL))
        return NULL;
    if (stored.type == HF_TYPE_STRING && stored.n_dimensions == 0 &&
        hf_stored_next(&stored, 1, &block) &&
        !hf_stored_read(store, &stored, &block, H5I_INVALID_HID, &text, NULL)) {
        copy = hf_arena_strdup(arena, text ? text : "");
        hf_stored_release(&text, 1);
    }
    hf_stored_close(&stored);
    return copy;
}

static hf_status read_seal(const char *path, seal *found, hf_error *err) {
    hf_store store;
    hf_attributes attributes;
    hf_status status = hf_store_open(&store, path, err);
    if (status)
        return status;
    found->list = read_list(&store, found->arena);
    const hf_attribute *content = NULL;
    if (!hf_stored_attributes(&store, HF_DIGEST_GROUP, found->arena, &attributes, NULL))
        content = hf_attributes_find(&attributes, HF_DIGEST_ATTRIBUTE);
    if (content && content->type == HF_TYPE_STRING)
        found->content = content->value.text;
    H5Fclose(store.file);
    return HF_OK;
}

/* Whether the last line is the digest of those above; it is cut off then. */
static bool open_list(char *list) {
    char own[HF_DIGEST_TEXT];
    size_t n = strlen(list), n_last = N_BEFORE_PATH + strlen(HF_DIGEST_LIST) + 1;
    if (n < n_last || (n > n_last && list[n - n_last - 1] != '\n'))
        return false;
    char *last = list + n - n_last;
    hf_digest_bytes(list, n - n_last, own);
    if (strncmp(last, own, N_HEX) != 0)
        return false;
    *last = '\0';
    return true;
}

/* ---- checking ---- */

static void judge(hf_findings *findings, const hf_digest_part *part, const char *line) {
    if (part->text[0] == '\0')
        hf_findings_add(findings, part->path, "cannot be read");
    else if (strncmp(part->text, line, N_HEX) != 0)
        hf_findings_add(findings, part->path, "is not what was written");
}

/* A file without provenance gets the group with the digests, after they were taken. */
static void judge_unlisted(hf_findings *findings, const hf_digest_part *part) {
    if (strcmp(part->path, HF_DIGEST_GROUP) != 0)
        hf_findings_add(findings, part->path, "was added");
}

/* Lines and parts are both in the order of their paths. */
static void compare(hf_findings *findings, const hf_digest_parts *parts, char *list) {
    size_t i = 0;
    findings->n_parts = 0;
    for (char *line = strtok(list, "\n"); line; line = strtok(NULL, "\n")) {
        const char *path = strlen(line) > N_BEFORE_PATH ? line + N_BEFORE_PATH : "";
        for (; i < parts->n && strcmp(parts->items[i].path, path) < 0; i++)
            judge_unlisted(findings, &parts->items[i]);
        if (i < parts->n && strcmp(parts->items[i].path, path) == 0)
            judge(findings, &parts->items[i++], line);
        else
            hf_findings_add(findings, path, "is missing");
        findings->n_parts++;
    }
    for (; i < parts->n; i++)
        judge_unlisted(findings, &parts->items[i]);
}

hf_status hf_seal_check(const char *path, hf_findings *findings, char content[HF_DIGEST_TEXT],
                        hf_error *err) {
    hf_digest_parts parts = {.arena = findings->arena};
    seal sealed = {.arena = findings->arena};
    hf_status status = hf_inventory_probe(path, err);
    if (!status)
        status = read_seal(path, &sealed, err);
    if (status)
        return status;
    bool is_read = hf_digest_parts_read(path, &parts, content, NULL) == HF_OK;
    findings->n_parts = parts.n;
    if (!sealed.list || !open_list(sealed.list))
        hf_findings_add(findings, HF_DIGEST_LIST,
                        sealed.list ? "is not what was written" : "is missing or cannot be read");
    else
        compare(findings, &parts, sealed.list);
    if (is_read && findings->n == 0 && (!sealed.content || strcmp(sealed.content, content) != 0))
        hf_findings_add(findings, HF_DIGEST_GROUP, "says %s %s; this has %s", HF_DIGEST_ATTRIBUTE,
                        sealed.content ? sealed.content : "nothing", content);
    return HF_OK;
}
