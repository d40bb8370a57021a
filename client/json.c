/* Reading services' JSON leniently, and making its text harmless. */
#include "client/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define FLAGS (JSON_DECODE_ANY | JSON_ALLOW_NUL)

/* The four hexadecimal digits of \uXXXX at text, or -1. */
static long escaped_unit(const char *text, const char *end)
{
    char digits[5] = "";

    if (end - text < 6 || text[0] != '\\' || text[1] != 'u')
        return -1;
    memcpy(digits, text + 2, 4);
    return strspn(digits, "0123456789abcdefABCDEF") == 4 ? strtol(digits, NULL, 16) : -1;
}

/* Replace the escapes of surrogates that have no partner, in place: \ud83d alone becomes \ufffd. */
static void repair_surrogates(char *text, size_t size)
{
    char *end = text + size, *at = text;

    while ((at = memchr(at, '\\', (size_t)(end - at)))) {
        long unit = escaped_unit(at, end);

        if (unit >= 0xD800 && unit <= 0xDBFF) {
            long next = escaped_unit(at + 6, end);

            if (next >= 0xDC00 && next <= 0xDFFF) {
                at += 12;
                continue;
            }
        }
        if (unit >= 0xD800 && unit <= 0xDFFF)
            memcpy(at + 2, "fffd", 4);
        at += unit >= 0 ? 6 : end - at < 2 ? 1 : 2;
    }
}

json_t *client_json(const char *text, size_t size)
{
    json_t *root = json_loadb(text, size, FLAGS, NULL);
    struct buffer repaired = { 0 };

    if (root || !size)
        return root;
    if (!text_add_utf8(&repaired, text, size, NULL)) {
        repair_surrogates((char *)repaired.data, repaired.size);
        root = json_loadb((char *)repaired.data, repaired.size, FLAGS, NULL);
    }
    buffer_dispose(&repaired);
    return root;
}

json_t *client_json_at(json_t *root, const char *path)
{
    while (root && *path) {
        size_t n = strcspn(path, ".");
        char name[128];

        if (n >= sizeof name)
            return NULL;
        snprintf(name, sizeof name, "%.*s", (int)n, path);
        if (json_is_array(root))
            root = json_array_get(root, (size_t)strtoul(name, NULL, 10));
        else
            root = json_object_get(root, name);
        path += n + (path[n] == '.');
    }
    return root;
}

/* C0, DEL and C1. */
static bool is_control(const char *c, size_t n)
{
    const uint8_t *p = (const uint8_t *)c;

    return n == 1 ? p[0] < 0x20 || p[0] == 0x7F : n == 2 && p[0] == 0xC2 && p[1] < 0xA0;
}

enum sc_status client_json_text(struct buffer *out, const json_t *string, struct sc_error *err)
{
    const char *text = json_string_value(string);
    size_t size = text ? json_string_length(string) : 0, i, n, start = 0;
    enum sc_status s;

    for (i = 0; i < size; i += n) {
        n = text_utf8_length(text + i, size - i);
        n = n ? n : 1;
        if (text[i] == '\n' || text[i] == '\t' || !is_control(text + i, n))
            continue;
        if ((s = buffer_add(out, text + start, i - start, err)))
            return s;
        start = i + n;
    }
    return buffer_add(out, text ? text + start : "", size - start, err);
}

void client_json_line(char *out, size_t size, const json_t *string)
{
    const char *text = json_string_value(string);

    client_one_line(out, size, text ? text : "", text ? json_string_length(string) : 0);
}

void client_one_line(char *out, size_t out_size, const char *text, size_t size)
{
    size_t i, n, used = 0;

    for (i = 0; i < size; i += n) {
        bool space = strchr(" \t\r\n", text[i]) && text[i];

        n = text_utf8_length(text + i, size - i);
        if (!n || (!space && is_control(text + i, n))) {
            n = n ? n : 1;
            continue;
        }
        if (used + n >= out_size)
            break;
        if (space && (!used || out[used - 1] == ' '))
            continue;
        memcpy(out + used, space ? " " : text + i, n);
        used += n;
    }
    while (used && out[used - 1] == ' ')
        used--;
    out[used] = 0;
}
