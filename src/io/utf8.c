/* UTF-8 by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
#include "io/utf8.h"

int32_t hf_utf8_next(const char **text) {
    static const int32_t least[] = {0, 0x80, 0x800, 0x10000};
    const unsigned char *byte = (const unsigned char *)*text;
    int32_t code = byte[0];
    int n_more = code < 0x80 ? 0 : code < 0xC2 ? -1 : code < 0xE0 ? 1 : code < 0xF0 ? 2 : 3;
    (*text)++;
    if (n_more <= 0 || code > 0xF4)
        return n_more == 0 ? code : -1;
    code &= 0x3F >> n_more;
    for (int i = 1; i <= n_more; i++) {
        if ((byte[i] & 0xC0) != 0x80)
            return -1;
        code = code << 6 | (byte[i] & 0x3F);
    }
    if (code < least[n_more] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
        return -1;
    *text += n_more;
    return code;
}

bool hf_utf8_is_valid(const char *text) {
    while (*text)
        if (hf_utf8_next(&text) < 0)
            return false;
    return true;
}

void hf_utf8_repair(char *text) {
    const char *next = text;
    while (*next) {
        char *start = text + (next - text);
        if (hf_utf8_next(&next) < 0)
            *start = '?';
    }
}
