/* SHA-256 (OpenSSL), and the digests of a result's content and parts (their serialisation:
 * io/digest.h). */
#include "io/digest.h"
#include "base/memory.h"
#include "base/number.h"
#include "io/inventory.h"
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "holdfast-content/1"

enum { BLOCK_VALUES = 1 << 16 };

struct hf_digest {
    EVP_MD_CTX *context;
};

hf_digest *hf_digest_begin(void) {
    hf_digest *digest = HF_NEW(1, hf_digest);
    digest->context = EVP_MD_CTX_new();
    if (!digest->context || EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1)
        hf_fatal(3, "OpenSSL's libcrypto gives no SHA-256");
    return digest;
}

void hf_digest_add(hf_digest *digest, const void *bytes, size_t n) {
    if (n && EVP_DigestUpdate(digest->context, bytes, n) != 1)
        hf_fatal(3, "OpenSSL's libcrypto fails in SHA-256");
}

void hf_digest_finish(hf_digest *digest, char text[HF_DIGEST_TEXT]) {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (EVP_DigestFinal_ex(digest->context, bytes, &n) != 1 || n != 32)
        hf_fatal(3, "OpenSSL's libcrypto fails in SHA-256");
    for (unsigned i = 0; i < n; i++) {
        text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    text[2 * n] = '\0';
    EVP_MD_CTX_free(digest->context);
    hf_free(digest);
}

void hf_digest_bytes(const void *bytes, size_t n, char text[HF_DIGEST_TEXT]) {
    hf_digest *digest = hf_digest_begin();
    hf_digest_add(digest, bytes, n);
    hf_digest_finish(digest, text);
}

/* ---- the content digest, and those of its parts ---- */

/* Where bytes go: the digest of a part, and that of the content if the part belongs to it. Either
 * may be NULL. */
typedef struct sink {
    hf_digest *part, *content;
} sink;

static void add(const sink *to, const void *bytes, size_t n) {
    if (to->part)
        hf_digest_add(to->part, bytes, n);
    if (to->content)
        hf_digest_add(to->content, bytes, n);
}

static void add_number(const sink *to, uint64_t n) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(n >> (8 * i));
    add(to, bytes, sizeof bytes);
}

static void add_text(const sink *to, const char *text) {
    size_t n = strlen(text);
    add_number(to, n);
    add(to, text, n);
}

static void add_type(const sink *to, hf_type type) {
    add_text(to, type == HF_TYPE_BOOL ? "uint8" : hf_type_words(type));
}

/* All NaNs are one: which bits a "missing" has says nothing. */
static uint64_t plain_bits(double x) {
    return x != x ? 0x7FF8000000000000u : hf_double_bits(x);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const hf_attribute *)a)->name, ((const hf_attribute *)b)->name);
}

/* The content digest stands in an attribute that no digest covers. */
static void leave_out_seal(const char *path, hf_attributes *attributes) {
    size_t n = 0;
    for (size_t i = 0; i < attributes->n; i++)
        if (strcmp(path, HF_DIGEST_GROUP) || strcmp(attributes->items[i].name, HF_DIGEST_ATTRIBUTE))
            attributes->items[n++] = attributes->items[i];
    attributes->n = n;
}

static hf_status add_attributes(const sink *to, const hf_store *store, const char *path,
                                hf_error *err) {
    hf_arena *arena = hf_arena_create();
    hf_attributes all;
    hf_status status = hf_stored_attributes(store, path, arena, &all, err);
    if (!status) {
        leave_out_seal(path, &all);
        qsort(all.items, all.n, sizeof *all.items, by_name);
        add_number(to, all.n);
    }
    for (size_t i = 0; !status && i < all.n; i++) {
        const hf_attribute *a = &all.items[i];
        add_text(to, a->name);
        add_type(to, a->type);
        add_number(to, 1);
        if (a->type == HF_TYPE_STRING)
            add_text(to, a->value.text);
        else
            add_number(to, a->type == HF_TYPE_DOUBLE ? plain_bits(a->value.real) : a->value.count);
    }
    hf_arena_destroy(arena);
    return status;
}

/* A block's values, read as little-endian whatever the machine. */
static void add_values(const sink *to, hf_type type, void *values, uint64_t n) {
    if (type == HF_TYPE_STRING) {
        for (uint64_t i = 0; i < n; i++)
            add_text(to, ((char **)values)[i] ? ((char **)values)[i] : "");
        hf_stored_release((char **)values, n);
        return;
    }
    if (type == HF_TYPE_DOUBLE) {
        unsigned char *bytes = (unsigned char *)values;
        static const unsigned char plain[8] = {0, 0, 0, 0, 0, 0, 0xF8, 0x7F};
        static const unsigned char infinity[6] = {0};
        for (unsigned char *b = bytes; b < bytes + 8 * n; b += 8)
            if ((b[7] & 0x7F) == 0x7F && (b[6] & 0xF0) == 0xF0 &&
                ((b[6] & 0x0F) || memcmp(b, infinity, sizeof infinity) != 0))
                memcpy(b, plain, sizeof plain);
    }
    add(to, values, n * (type == HF_TYPE_BOOL ? 1 : 8));
}

static hf_status add_all_values(const sink *to, const hf_store *store, const hf_stored *stored,
                                hf_error *err) {
    const hid_t little[] = {H5T_IEEE_F64LE, H5T_STD_I64LE, H5T_STD_U64LE, H5T_STD_U8LE, -1};
    void *values = hf_alloc(BLOCK_VALUES, 8);
    hf_stored_block block = {.n = 0};
    hf_status status = HF_OK;
    while (!status && hf_stored_next(stored, BLOCK_VALUES, &block)) {
        status = hf_stored_read(store, stored, &block, little[stored->type], values, err);
        if (!status)
            add_values(to, stored->type, values, block.n);
    }
    hf_free(values);
    return status;
}

static hf_status add_variable(const sink *to, const hf_store *store, const char *path,
                              hf_error *err) {
    hf_stored stored;
    hf_status status = hf_stored_open(store, path, &stored, err);
    if (status)
        return status;
    if (stored.has_values) {
        add_text(to, "variable");
        add_text(to, path);
        add_number(to, (uint64_t)stored.n_dimensions);
        for (int i = 0; i < stored.n_dimensions; i++) {
            add_text(to, stored.names[i]);
            add_number(to, stored.lengths[i]);
        }
        add_type(to, stored.type);
        status = add_attributes(to, store, path, err);
        if (!status)
            status = add_all_values(to, store, &stored, err);
    }
    hf_stored_close(&stored);
    return status;
}

/* ---- walking a file ---- */

static const char *const beside[] = {HF_DIGEST_GROUP, "/performance", NULL};

static bool is_content(const char *path) {
    for (const char *const *group = beside; *group; group++) {
        size_t n = strlen(*group);
        if (strncmp(path, *group, n) == 0 && (path[n] == '\0' || path[n] == '/'))
            return false;
    }
    return true;
}

static hf_status add_part(const sink *to, const hf_store *store, const hf_inventory_item *item,
                          hf_error *err) {
    if (!item->is_group)
        return add_variable(to, store, item->path, err);
    add_text(to, "group");
    add_text(to, item->path);
    return add_attributes(to, store, item->path, err);
}

/* A part's digest joins the others; none if the part could not be read. */
static void finish_part(hf_digest_parts *parts, const char *path, hf_digest *digest,
                        hf_status status) {
    hf_digest_part *part = &parts->items[parts->n++];
    part->path = hf_arena_strdup(parts->arena, path);
    hf_digest_finish(digest, part->text);
    if (status)
        part->text[0] = '\0';
}

/* Walks all parts but what is below `left_out`; with `parts` (may be NULL) also after an error, the
 * first of which is given. */
static hf_status walk(const char *path, const char *const *left_out, hf_digest_parts *parts,
                      char content[HF_DIGEST_TEXT], hf_error *err) {
    hf_store store;
    hf_inventory all;
    hf_status status = hf_store_open(&store, path, err);
    if (status)
        return status;
    hf_digest *whole = hf_digest_begin();
    hf_digest_add(whole, FORMAT, sizeof FORMAT - 1);
    status = hf_inventory_init(&all, &store, left_out, err);
    if (parts)
        parts->items = HF_ARENA_NEW(parts->arena, all.n, hf_digest_part);
    for (size_t i = 0; i < all.n && (parts || !status); i++) {
        const char *at = all.items[i].path;
        sink to = {parts ? hf_digest_begin() : NULL, is_content(at) ? whole : NULL};
        hf_status found = add_part(&to, &store, &all.items[i], status ? NULL : err);
        status = status ? status : found;
        if (parts)
            finish_part(parts, at, to.part, found);
    }
    hf_digest_finish(whole, content);
    hf_inventory_clear(&all);
    H5Fclose(store.file);
    return status;
}

hf_status hf_digest_result(const char *path, char text[HF_DIGEST_TEXT], hf_error *err) {
    hf_status status = hf_inventory_probe(path, err);
    return status ? status : walk(path, beside, NULL, text, err);
}

hf_status hf_digest_parts_read(const char *path, hf_digest_parts *parts,
                               char content[HF_DIGEST_TEXT], hf_error *err) {
    static const char *const left_out[] = {HF_DIGEST_LIST, NULL};
    return walk(path, left_out, parts, content, err);
}
