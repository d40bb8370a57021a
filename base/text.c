/* Text from outside made harmless. */
#include "base/text.h"

#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"

/* The Unicode standard, table 3-7: well-formed UTF-8 byte sequences. */
size_t text_utf8_length(const char *text, size_t size)
{
    const uint8_t *p = (const uint8_t *)text;
    size_t n, i;
    uint8_t low = 0x80, high = 0xBF;

    if (!size)
        return 0;
    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xC2 && p[0] <= 0xDF)
        n = 2;
    else if (p[0] >= 0xE0 && p[0] <= 0xEF)
        n = 3;
    else if (p[0] >= 0xF0 && p[0] <= 0xF4)
        n = 4;
    else
        return 0;
    if (p[0] == 0xE0)
        low = 0xA0;
    else if (p[0] == 0xED)
        high = 0x9F;
    else if (p[0] == 0xF0)
        low = 0x90;
    else if (p[0] == 0xF4)
        high = 0x8F;
    if (size < n || p[1] < low || p[1] > high)
        return 0;
    for (i = 2; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return n;
}

size_t text_utf8_unfinished(const char *text, size_t size)
{
    size_t back;

    for (back = 1; back <= 3 && back <= size; back++) {
        uint8_t c = (uint8_t)text[size - back];

        if ((c & 0xC0) == 0x80)
            continue;
        if (c >= 0xF0 && c <= 0xF4)
            return back < 4 ? back : 0;
        if (c >= 0xE0)
            return c < 0xF0 && back < 3 ? back : 0;
        return c >= 0xC2 && back < 2 ? back : 0;
    }
    return 0;
}

enum sc_status text_add_utf8(struct buffer *out, const char *text, size_t size, struct sc_error *err)
{
    size_t i = 0, start = 0;
    enum sc_status s;

    while (i < size) {
        size_t n = text_utf8_length(text + i, size - i);

        if (n) {
            i += n;
            continue;
        }
        if ((s = buffer_add(out, text + start, i - start, err)) || (s = buffer_text(out, REPLACEMENT, err)))
            return s;
        start = ++i;
    }
    return buffer_add(out, text + start, i - start, err);
}

static uint32_t code_point(const char *text, size_t n)
{
    const uint8_t *p = (const uint8_t *)text;

    if (n == 1)
        return p[0];
    if (n == 2)
        return (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3F);
    if (n == 3)
        return (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 | (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
}

/* Controls, and the bidirectional formatting characters that can make a terminal show text in another order than
 * it is written (Unicode Standard Annex 9, section 2). */
static bool is_dangerous(uint32_t c, bool multiline)
{
    if (c == '\n' || c == '\t')
        return !multiline;
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x200E || c == 0x200F || c == 0x061C ||
           (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

enum sc_status text_add_visible(struct buffer *out, const char *text, size_t size, bool multiline,
                                struct sc_error *err)
{
    size_t i, n;
    enum sc_status s;

    for (i = 0; i < size; i += n) {
        uint32_t c;

        n = text_utf8_length(text + i, size - i);
        if (!n) {
            n = 1;
            if ((s = buffer_text(out, REPLACEMENT, err)))
                return s;
            continue;
        }
        c = code_point(text + i, n);
        if (!is_dangerous(c, multiline))
            s = buffer_add(out, text + i, n, err);
        else if (c < 0x100)
            s = buffer_print(out, err, "\\x%02x", (unsigned)c);
        else
            s = buffer_print(out, err, "\\u%04x", (unsigned)c);
        if (s)
            return s;
    }
    return SC_OK;
}

enum sc_status text_add_json(struct buffer *out, const char *text, size_t size, struct sc_error *err)
{
    size_t i, n, start = 0;
    enum sc_status s;

    if ((s = buffer_text(out, "\"", err)))
        return s;
    for (i = 0; i < size; i += n) {
        uint8_t c = (uint8_t)text[i];
        bool is_c1;

        n = text_utf8_length(text + i, size - i);
        is_c1 = n == 2 && c == 0xC2 && (uint8_t)text[i + 1] < 0xA0;
        if (n && c >= 0x20 && c != '"' && c != '\\' && c != 0x7F && !is_c1)
            continue;
        if ((s = buffer_add(out, text + start, i - start, err)))
            return s;
        if (!n) {
            n = 1;
            s = buffer_text(out, REPLACEMENT, err);
        } else if (c == '"' || c == '\\') {
            char pair[2] = { '\\', (char)c };

            s = buffer_add(out, pair, 2, err);
        } else if (c == '\n') {
            s = buffer_text(out, "\\n", err);
        } else {
            s = buffer_print(out, err, "\\u%04x", is_c1 ? (uint8_t)text[i + 1] : c);
        }
        if (s)
            return s;
        start = i + n;
    }
    if ((s = buffer_add(out, text + start, i - start, err)))
        return s;
    return buffer_text(out, "\"", err);
}

/* Whoever writes a password or a token into a URL does not want to see it in messages. */
static enum sc_status add_shown(struct buffer *out, const char *path)
{
    const char *host = strstr(path, "://"), *end, *at;
    enum sc_status s;

    if (!host || strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-") != (size_t)(host - path))
        return text_add_visible(out, path, strlen(path), false, NULL);
    host += 3;
    end = host + strcspn(host, "/?#");
    at = memrchr(host, '@', (size_t)(end - host));
    s = text_add_visible(out, path, (size_t)(host - path), false, NULL);
    host = at ? at + 1 : host;
    if (!s)
        s = text_add_visible(out, host, strcspn(host, "?#"), false, NULL);
    return s || !strchr(host, '?') ? s : buffer_text(out, "?...", NULL);
}

char *text_shown(const char *path, char *out, size_t out_size)
{
    struct buffer text = { 0 };

    out[0] = '\0';
    if (add_shown(&text, path) == SC_OK && text.data) {
        size_t size = text.size;

        if (size >= out_size) {
            size = out_size - 4;
            while (size > 0 && (text.data[size] & 0xC0) == 0x80)
                size--;
            memcpy(text.data + size, "...", 3);
            size += 3;
        }
        memcpy(out, text.data, size);
        out[size] = '\0';
    }
    buffer_dispose(&text);
    return out;
}
