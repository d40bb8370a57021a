/* Text from outside made harmless for a terminal. */
#include "ui-cli/visible.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* The Unicode standard, table 3-7. Returns the length of the character at text, or 0. */
static size_t decode(const char *text, size_t size, uint32_t *out)
{
    static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned char *p = (const unsigned char *)text;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
    uint32_t c = n == 1 ? p[0] : n ? p[0] & (0x7Fu >> n) : 0;
    size_t i;

    if (!n || n > size)
        return 0;
    for (i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3Fu);
    }
    if (n > 1 && (c < smallest[n] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)))
        return 0;
    *out = c;
    return n;
}

/* Controls, line separators, and the bidirectional characters that can show text in another order than it is
 * written (Unicode Standard Annex 9, section 2). */
static bool is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x61C || c == 0x200E || c == 0x200F || c == 0x2028 ||
           c == 0x2029 || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

size_t visible_step(const char *text, size_t size, char out[VISIBLE_SIZE], int *columns_out)
{
    uint32_t c = 0;
    size_t n = decode(text, size, &c);
    int columns;

    if (n && !is_hidden(c)) {
        memcpy(out, text, n);
        out[n] = '\0';
        columns = c < 0x80 ? 1 : wcwidth((wchar_t)c);
        *columns_out = columns < 0 ? 1 : columns;
        return n;
    }
    if (!n)
        *columns_out = snprintf(out, VISIBLE_SIZE, "\\x%02x", (unsigned)(unsigned char)text[0]);
    else
        *columns_out = snprintf(out, VISIBLE_SIZE, c < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)c);
    return n ? n : 1;
}

char *visible_text(const char *text)
{
    size_t size = strlen(text), i = 0, n = 0;
    char *out;
    int columns;

    if (size > (SIZE_MAX - VISIBLE_SIZE) / 6 || !(out = malloc(size * 6 + VISIBLE_SIZE)))
        return NULL;
    out[0] = '\0';
    while (i < size) {
        i += visible_step(text + i, size - i, out + n, &columns);
        n += strlen(out + n);
    }
    return out;
}

int visible_fit(char *out, size_t size, int columns, const char *text)
{
    size_t left = strlen(text), n = 0;
    int used = 0;

    out[0] = '\0';
    while (left) {
        char step[VISIBLE_SIZE];
        int width;
        size_t taken = visible_step(text, left, step, &width);

        if (used + width > columns || n + strlen(step) + 1 > size)
            break;
        memcpy(out + n, step, strlen(step) + 1);
        n += strlen(step);
        used += width;
        text += taken;
        left -= taken;
    }
    return used;
}
