/* Reading of JSON through the gate, and its canonical writing. */
#include "io/json.h"
#include "base/memory.h"
#include "io/buffer.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- reading --- */

/* cJSON's own allocation answers NULL, which its every call would have to be asked about. */
static void *allocate(size_t n) {
    void *pointer = malloc(n ? n : 1);
    if (!pointer)
        hf_fatal(3, "out of memory: the system refused %zu bytes", n);
    return pointer;
}

hf_status hf_json_parse(const char *text, size_t n, cJSON **json, hf_problems *problems,
                        hf_error *err) {
    cJSON_Hooks hooks = {allocate, free};
    *json = NULL;
    if (hf_json_scan(text, n, problems))
        return hf_fail(err, HF_BAD_INPUT, "it is not JSON");
    cJSON_InitHooks(&hooks);
    *json = cJSON_ParseWithLength(text, n);
    if (*json)
        return HF_OK;
    hf_problems_found(problems, "the file", "JSON that the library cJSON refuses", "other JSON");
    return hf_fail(err, HF_BAD_INPUT, "it is not JSON");
}

static hf_status read_all(FILE *file, const char *path, hf_buffer *buffer, hf_error *err) {
    char chunk[1 << 14];
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, file)) > 0) {
        hf_buffer_add(buffer, chunk, n);
        if (buffer->n > HF_JSON_MAX_BYTES)
            return hf_fail(err, HF_BAD_INPUT, "%s: larger than 64 MiB", path);
    }
    if (ferror(file))
        return hf_fail(err, HF_BAD_FILE, "%s: cannot be read: %s", path, strerror(errno));
    return HF_OK;
}

hf_status hf_json_read_file(const char *path, cJSON **json, char **text, hf_problems *problems,
                            hf_error *err) {
    hf_buffer buffer = {0};
    *json = NULL;
    if (text)
        *text = NULL;
    FILE *file = fopen(path, "rb");
    if (!file)
        return hf_fail(err, HF_BAD_FILE, "%s: cannot be opened: %s", path, strerror(errno));
    hf_status status = read_all(file, path, &buffer, err);
    fclose(file);
    if (status == HF_BAD_INPUT)
        hf_problems_found(problems, "the file", "more than 64 MiB", "64 MiB");
    size_t n = buffer.n;
    char *bytes = hf_buffer_take(&buffer);
    if (status == HF_OK)
        status = hf_json_parse(bytes, n, json, problems, err);
    if (text && status != HF_BAD_FILE)
        *text = bytes;
    else
        hf_free(bytes);
    return status;
}

/* --- members --- */

cJSON *hf_json_member(const cJSON *object, const char *key) {
    if (!cJSON_IsObject(object))
        return NULL;
    for (cJSON *member = object->child; member; member = member->next)
        if (strcmp(member->string, key) == 0)
            return member;
    return NULL;
}

static int by_key(const void *a, const void *b) {
    const cJSON *x = *(cJSON *const *)a, *y = *(cJSON *const *)b;
    return strcmp(x->string, y->string);
}

static int by_value(const void *a, const void *b) {
    const cJSON *x = *(cJSON *const *)a, *y = *(cJSON *const *)b;
    return strcmp(x->valuestring, y->valuestring);
}

/* Puts the children of `parent` in order, with the links that cJSON keeps: the first's prev is the
 * last, the last's next is NULL. */
static void sort_children(cJSON *parent, int (*order)(const void *, const void *)) {
    size_t n = 0;
    for (cJSON *child = parent->child; child; child = child->next)
        n++;
    if (n < 2)
        return;
    cJSON **list = HF_NEW(n, cJSON *);
    n = 0;
    for (cJSON *child = parent->child; child; child = child->next)
        list[n++] = child;
    qsort(list, n, sizeof *list, order);
    for (size_t i = 0; i < n; i++) {
        list[i]->next = i + 1 < n ? list[i + 1] : NULL;
        list[i]->prev = list[i ? i - 1 : n - 1];
    }
    parent->child = list[0];
    hf_free(list);
}

void hf_json_sort(cJSON *json) {
    if (cJSON_IsObject(json))
        sort_children(json, by_key);
    for (cJSON *child = json->child; child; child = child->next)
        hf_json_sort(child);
}

void hf_json_sort_strings(cJSON *array) {
    for (cJSON *item = array->child; item; item = item->next)
        if (!cJSON_IsString(item))
            return;
    sort_children(array, by_value);
}

/* --- writing --- */

void hf_json_number(char text[32], double x) {
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, x + 0.0); /* + 0.0: no -0 */
        if (strtod(text, NULL) == x)
            return;
    }
}

/* A string in quotes; stops after `most` bytes with "..." (never within a character). */
static void add_string(hf_buffer *out, const char *text, size_t most) {
    hf_buffer_add_text(out, "\"");
    for (size_t i = 0; text[i]; i++) {
        unsigned char c = (unsigned char)text[i];
        if (i >= most && (c & 0xC0) != 0x80) {
            hf_buffer_add_text(out, "...");
            break;
        }
        if (c == '"' || c == '\\')
            hf_buffer_add_format(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7F)
            hf_buffer_add_format(out, "\\u%04x", c);
        else
            hf_buffer_add(out, &text[i], 1);
    }
    hf_buffer_add_text(out, "\"");
}

static void add_json(hf_buffer *out, const cJSON *json) {
    char number[32];
    bool is_object = cJSON_IsObject(json);
    if (is_object || cJSON_IsArray(json)) {
        hf_buffer_add_text(out, is_object ? "{" : "[");
        for (const cJSON *child = json->child; child; child = child->next) {
            if (is_object) {
                add_string(out, child->string, SIZE_MAX);
                hf_buffer_add_text(out, ":");
            }
            add_json(out, child);
            hf_buffer_add_text(out, child->next ? "," : "");
        }
        hf_buffer_add_text(out, is_object ? "}" : "]");
    } else if (cJSON_IsNumber(json)) {
        hf_json_number(number, json->valuedouble);
        hf_buffer_add_text(out, number);
    } else if (cJSON_IsString(json)) {
        add_string(out, json->valuestring, SIZE_MAX);
    } else {
        hf_buffer_add_text(out, cJSON_IsTrue(json)    ? "true"
                                : cJSON_IsFalse(json) ? "false"
                                                      : "null");
    }
}

char *hf_json_write(const cJSON *json) {
    hf_buffer out = {0};
    add_json(&out, json);
    return hf_buffer_take(&out);
}

char *hf_json_describe(const cJSON *json) {
    enum { MOST = 40 };
    hf_buffer out = {0};
    if (cJSON_IsString(json))
        add_string(&out, json->valuestring, MOST);
    else if (cJSON_IsArray(json) && !json->child)
        hf_buffer_add_text(&out, "an empty array");
    else if (cJSON_IsArray(json))
        hf_buffer_add_format(&out, "an array of %d", cJSON_GetArraySize(json));
    else if (cJSON_IsObject(json))
        hf_buffer_add_text(&out, json->child ? "an object" : "an empty object");
    else
        add_json(&out, json);
    return hf_buffer_take(&out);
}

char *hf_json_key_text(const char *key) {
    enum { MOST = 64 };
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    hf_buffer out = {0};
    size_t n = strspn(key, plain);
    if (n > 0 && n <= MOST && !key[n])
        hf_buffer_add(&out, key, n);
    else
        add_string(&out, key, MOST);
    return hf_buffer_take(&out);
}
