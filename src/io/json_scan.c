/* One walk over a text that says whether it is JSON, by the letter of RFC 8259 and the limits of
 * io/json.h, and which keys stand twice in one object. */
#include "base/check.h"
#include "base/memory.h"
#include "io/buffer.h"
#include "io/json.h"
#include "io/utf8.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Where a value stands in what surrounds it. */
typedef struct frame {
    bool is_object;
    size_t index; /* of the element */
    size_t key;   /* of the member: offset in `pool` */
} frame;

typedef struct seen_key {
    size_t key; /* offset in `pool` */
    size_t at;  /* offset in the text */
} seen_key;

typedef struct scan {
    const char *text;
    size_t n, i;
    hf_problems *problems;
    int depth;
    frame frames[HF_JSON_MAX_DEPTH];
    hf_buffer pool; /* decoded keys of the objects that are open, each with its NUL */
    seen_key *keys; /* the same keys */
    size_t n_keys, keys_capacity;
} scan;

/* --- what went wrong, and where --- */

/* Bytes of the UTF-8 character at `at`, 0 if there is none. */
static size_t character_bytes(const scan *s, size_t at) {
    const char *next = s->text + at;
    return at < s->n && hf_utf8_next(&next) >= 0 ? (size_t)(next - (s->text + at)) : 0;
}

static void position(const scan *s, size_t at, size_t *line, size_t *column) {
    *line = *column = 1;
    for (size_t i = 0; i < at; i++) {
        if (s->text[i] == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)s->text[i] & 0xC0) != 0x80) {
            ++*column; /* characters are counted, not their bytes */
        }
    }
}

static bool fail_with(scan *s, size_t at, const char *found, const char *allowed) {
    size_t line, column;
    char where[64];
    position(s, at, &line, &column);
    snprintf(where, sizeof where, "line %zu, column %zu", line, column);
    hf_problems_found(s->problems, where, found, allowed);
    return false;
}

/* Fails at `at`, naming what stands there. */
static bool fail(scan *s, size_t at, const char *allowed) {
    char found[64];
    unsigned char c = at < s->n ? (unsigned char)s->text[at] : 0;
    size_t length = character_bytes(s, at);
    if (at == s->n)
        snprintf(found, sizeof found, "the end of the text");
    else if (c == '\n' || c == '\r')
        snprintf(found, sizeof found, "the end of the line");
    else if (c == ' ')
        snprintf(found, sizeof found, "a space");
    else if (c < 0x20 || c == 0x7F)
        snprintf(found, sizeof found, "control character 0x%02X", c);
    else if (length == 0)
        snprintf(found, sizeof found, "byte 0x%02X, which is no UTF-8", c);
    else if (at == 0 && length == 3 && memcmp(s->text, "\xEF\xBB\xBF", 3) == 0)
        snprintf(found, sizeof found, "a byte-order mark");
    else
        snprintf(found, sizeof found, "%.*s", (int)length, s->text + at);
    return fail_with(s, at, found, allowed);
}

/* --- tokens --- */

static void skip_space(scan *s) {
    while (s->i < s->n && (s->text[s->i] == ' ' || s->text[s->i] == '\t' || s->text[s->i] == '\n' ||
                           s->text[s->i] == '\r'))
        s->i++;
}

static bool is_at(const scan *s, char c) {
    return s->i < s->n && s->text[s->i] == c;
}

static bool is_digit_at(const scan *s) {
    return s->i < s->n && s->text[s->i] >= '0' && s->text[s->i] <= '9';
}

static bool scan_digits(scan *s) {
    if (!is_digit_at(s))
        return fail(s, s->i, "a digit");
    while (is_digit_at(s))
        s->i++;
    return true;
}

/* What a double cannot hold is refused, not rounded to infinity or 0. */
static bool check_size(scan *s, size_t start) {
    char number[HF_JSON_MAX_DIGITS + 1];
    size_t length = s->i - start;
    if (length > HF_JSON_MAX_DIGITS)
        return fail_with(s, start, "a number of more than 63 characters", "63 characters");
    memcpy(number, s->text + start, length);
    number[length] = '\0';
    double magnitude = fabs(strtod(number, NULL));
    size_t mantissa = strcspn(number, "eE");
    bool is_zero = strcspn(number, "123456789") >= mantissa;
    if (magnitude > DBL_MAX || (!is_zero && magnitude < DBL_MIN))
        return fail_with(s, start, number, "0 or a magnitude of 2.3e-308 to 1.7e+308");
    return true;
}

static bool scan_number(scan *s) {
    size_t start = s->i;
    s->i += is_at(s, '-');
    if (is_at(s, '0')) {
        s->i++;
        if (is_digit_at(s))
            return fail(s, s->i, "no digit after a leading 0");
    } else if (!scan_digits(s)) {
        return false;
    }
    if (is_at(s, '.')) {
        s->i++;
        if (!scan_digits(s))
            return false;
    }
    if (is_at(s, 'e') || is_at(s, 'E')) {
        s->i++;
        s->i += is_at(s, '+') || is_at(s, '-');
        if (!scan_digits(s))
            return false;
    }
    return check_size(s, start);
}

/* Four hexadecimal digits after \u. */
static bool scan_hex(scan *s, uint32_t *unit) {
    *unit = 0;
    for (int k = 0; k < 4; k++, s->i++) {
        static const char digits[] = "0123456789abcdef0123456789ABCDEF";
        const char *digit = s->i < s->n ? memchr(digits, s->text[s->i], 32) : NULL;
        if (!digit)
            return fail(s, s->i, "four hexadecimal digits after \\u");
        *unit = *unit * 16 + (uint32_t)((digit - digits) % 16);
    }
    return true;
}

static void add_code_point(hf_buffer *decoded, uint32_t point) {
    char c[4];
    size_t n = 0;
    if (point < 0x80) {
        c[n++] = (char)point;
    } else {
        int n_more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
        static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
        c[n++] = (char)(lead[n_more] | (point >> (6 * n_more)));
        while (n_more-- > 0)
            c[n++] = (char)(0x80 | ((point >> (6 * n_more)) & 0x3F));
    }
    hf_buffer_add(decoded, c, n);
}

/* After \u; the pair of a surrogate must follow. */
static bool scan_unicode(scan *s, size_t start, hf_buffer *decoded) {
    uint32_t unit, low;
    if (!scan_hex(s, &unit))
        return false;
    if (unit == 0)
        return fail_with(s, start, "\\u0000", "characters other than NUL");
    if (unit >= 0xDC00 && unit <= 0xDFFF)
        return fail_with(s, start, "the second half of a surrogate pair alone", "a whole pair");
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        if (s->n - s->i < 2 || memcmp(s->text + s->i, "\\u", 2) != 0)
            return fail_with(s, start, "half a surrogate pair", "a whole pair");
        s->i += 2;
        if (!scan_hex(s, &low))
            return false;
        if (low < 0xDC00 || low > 0xDFFF)
            return fail_with(s, start, "half a surrogate pair", "a whole pair");
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    if (decoded)
        add_code_point(decoded, unit);
    return true;
}

static bool scan_escape(scan *s, hf_buffer *decoded) {
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    size_t start = s->i++;
    if (is_at(s, 'u')) {
        s->i++;
        return scan_unicode(s, start, decoded);
    }
    const char *letter = s->i < s->n ? memchr(letters, s->text[s->i], 8) : NULL;
    if (!letter)
        return fail(s, s->i, "one of \" \\ / b f n r t u after a backslash");
    s->i++;
    if (decoded)
        hf_buffer_add(decoded, &meant[letter - letters], 1);
    return true;
}

/* From the opening quote to after the closing one; decodes into `decoded` unless NULL. */
static bool scan_string(scan *s, hf_buffer *decoded) {
    for (s->i++; !is_at(s, '"');) {
        if (s->i == s->n)
            return fail(s, s->i, "a closing quote");
        if (is_at(s, '\\')) {
            if (!scan_escape(s, decoded))
                return false;
            continue;
        }
        if ((unsigned char)s->text[s->i] < 0x20)
            return fail(s, s->i, "a closing quote, or control characters as escapes");
        size_t length = character_bytes(s, s->i);
        if (length == 0)
            return fail(s, s->i, "UTF-8");
        if (decoded)
            hf_buffer_add(decoded, s->text + s->i, length);
        s->i += length;
    }
    s->i++;
    return true;
}

static bool scan_word(scan *s, const char *word) {
    for (; *word; word++, s->i++)
        if (!is_at(s, *word))
            return fail(s, s->i, "true, false or null");
    return true;
}

/* --- keys given twice --- */

static void report_twice(scan *s, const seen_key *key) {
    hf_buffer path = {0};
    size_t line, column;
    for (int d = 0; d < s->depth; d++) {
        const frame *f = &s->frames[d];
        if (d + 1 == s->depth || f->is_object) {
            char *text = hf_json_key_text(s->pool.text + (d + 1 == s->depth ? key->key : f->key));
            hf_buffer_add_text(&path, text);
            hf_free(text);
        } else {
            hf_buffer_add_format(&path, "%zu", f->index);
        }
        hf_buffer_add_text(&path, d + 1 < s->depth ? "." : "");
    }
    position(s, key->at, &line, &column);
    char *text = hf_buffer_take(&path);
    hf_problems_add(s->problems, text,
                    "found the key a second time, in line %zu, column %zu; allowed once", line,
                    column);
    hf_free(text);
}

typedef struct sorted_key {
    const char *text;
    const seen_key *key;
} sorted_key;

static int by_text(const void *a, const void *b) {
    const sorted_key *x = (const sorted_key *)a, *y = (const sorted_key *)b;
    int order = strcmp(x->text, y->text);
    return order ? order : x->key->at < y->key->at ? -1 : 1;
}

static void check_keys(scan *s, size_t first) {
    size_t n = s->n_keys - first;
    if (n < 2)
        return;
    sorted_key *sorted = HF_NEW(n, sorted_key);
    for (size_t k = 0; k < n; k++)
        sorted[k] = (sorted_key){s->pool.text + s->keys[first + k].key, &s->keys[first + k]};
    qsort(sorted, n, sizeof *sorted, by_text);
    for (size_t k = 1; k < n; k++)
        if (strcmp(sorted[k - 1].text, sorted[k].text) == 0)
            report_twice(s, sorted[k].key);
    hf_free(sorted);
}

static void remember_key(scan *s, size_t key, size_t at) {
    if (s->n_keys == s->keys_capacity) {
        size_t capacity = s->keys_capacity ? 2 * s->keys_capacity : 64;
        s->keys = (seen_key *)hf_realloc(s->keys, s->n_keys, capacity, sizeof *s->keys);
        s->keys_capacity = capacity;
    }
    s->keys[s->n_keys++] = (seen_key){key, at};
}

/* --- values --- */

static bool scan_value(scan *s);

static bool scan_member(scan *s) {
    frame *f = &s->frames[s->depth - 1];
    size_t at = s->i;
    if (!is_at(s, '"'))
        return fail(s, s->i, "a key in double quotes");
    f->key = s->pool.n;
    if (!scan_string(s, &s->pool))
        return false;
    hf_buffer_add(&s->pool, "", 1);
    remember_key(s, f->key, at);
    skip_space(s);
    if (!is_at(s, ':'))
        return fail(s, s->i, "':' after a key");
    s->i++;
    return scan_value(s);
}

/* The inside of an array or object up to its closing bracket. */
static bool scan_inside(scan *s, bool is_object, char end) {
    skip_space(s);
    if (is_at(s, end)) {
        s->i++;
        return true;
    }
    for (;;) {
        skip_space(s);
        if (!(is_object ? scan_member(s) : scan_value(s)))
            return false;
        skip_space(s);
        if (is_at(s, end)) {
            s->i++;
            return true;
        }
        if (!is_at(s, ','))
            return fail(s, s->i, is_object ? "',' or '}'" : "',' or ']'");
        s->i++;
        s->frames[s->depth - 1].index++;
    }
}

static bool scan_nested(scan *s, bool is_object) {
    size_t n_pool = s->pool.n, n_keys = s->n_keys;
    if (s->depth == HF_JSON_MAX_DEPTH)
        return fail_with(s, s->i, "arrays and objects nested 65 deep", "64");
    s->frames[s->depth++] = (frame){.is_object = is_object};
    s->i++;
    if (!scan_inside(s, is_object, is_object ? '}' : ']'))
        return false;
    check_keys(s, n_keys);
    s->pool.n = n_pool;
    s->n_keys = n_keys;
    s->depth--;
    return true;
}

static bool scan_value(scan *s) {
    skip_space(s);
    switch (s->i < s->n ? s->text[s->i] : '\0') {
    case '{':
        return scan_nested(s, true);
    case '[':
        return scan_nested(s, false);
    case '"':
        return scan_string(s, NULL);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        if (is_at(s, '-') || is_digit_at(s))
            return scan_number(s);
        return fail(s, s->i, "a value");
    }
}

hf_status hf_json_scan(const char *text, size_t n, hf_problems *problems) {
    HF_ASSERT(text[n] == '\0');
    scan s = {.text = text, .n = n, .problems = problems};
    bool good = scan_value(&s);
    if (good) {
        skip_space(&s);
        good = s.i == n || fail(&s, s.i, "nothing more");
    }
    hf_free(s.pool.text);
    hf_free(s.keys);
    return good ? HF_OK : HF_BAD_INPUT;
}
