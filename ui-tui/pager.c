/* Text that scrolls. */
#include "ui-tui/pager.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ui-cli/visible.h"
#include "ui-tui/words.h"

void pager_clear(struct pager *l)
{
    while (l->n)
        free(l->items[--l->n].text);
}

void pager_dispose(struct pager *l)
{
    pager_clear(l);
    free(l->items);
    *l = (struct pager){ 0 };
}

static void add(struct pager *l, enum style style, int tag, char *text)
{
    if (text && l->n == l->room) {
        struct line *more = realloc(l->items, (size_t)(l->room ? 2 * l->room : 64) * sizeof *more);

        if (more) {
            l->items = more;
            l->room = l->room ? 2 * l->room : 64;
        }
    }
    if (text && l->n < l->room)
        l->items[l->n++] = (struct line){ text, style, tag };
    else
        free(text);
}

void pager_add(struct pager *l, enum style style, int tag, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    int n;

    va_start(args, format);
    n = vasprintf(&text, format, args);
    va_end(args);
    if (n >= 0)
        add(l, style, tag, text);
}

/* How many bytes of text fit into cols columns, broken at a space if there is one. */
static size_t fitting(const char *text, size_t size, int cols)
{
    size_t at = 0, space = 0;
    int used = 0;

    while (at < size) {
        char step[VISIBLE_SIZE];
        int width;
        const size_t taken = visible_step(text + at, size - at, step, &width);

        if (text[at] == ' ')
            space = at;
        if (used + width > cols)
            return space ? space : at ? at : taken;
        used += width;
        at += taken;
    }
    return size;
}

void pager_wrap(struct pager *l, enum style style, int tag, int cols, const char *indent, const char *text)
{
    const int room = cols - (int)strlen(indent);

    do {
        size_t size = strcspn(text, "\n");

        do {
            const size_t n = fitting(text, size, room > 8 ? room : 8);
            char *line = NULL;

            if (asprintf(&line, "%s%.*s", indent, (int)n, text) >= 0)
                add(l, style, tag, line);
            text += n;
            size -= n;
            while (size && *text == ' ') {
                text++;
                size--;
            }
        } while (size);
        text += *text == '\n';
    } while (*text);
}

static void clamp_top(struct pager *l)
{
    if (l->top > l->n - l->rows)
        l->top = l->n - l->rows;
    if (l->top < 0)
        l->top = 0;
}

void pager_draw(struct pager *l, struct screen *s, struct area area)
{
    int i;

    l->rows = area.rows;
    clamp_top(l);
    for (i = 0; i < area.rows && l->top + i < l->n; i++)
        screen_text(s, area.row + i, area.col, area.cols, l->items[l->top + i].style, l->items[l->top + i].text);
}

void pager_print(const struct pager *l, FILE *out)
{
    int i;

    for (i = 0; i < l->n; i++) {
        char *shown = words_visible(l->items[i].text);

        fprintf(out, "%s\n", shown ? shown : "");
        free(shown);
    }
}

void pager_show(struct pager *l, int line)
{
    if (line < l->top)
        l->top = line;
    if (line >= l->top + l->rows)
        l->top = line - l->rows + 1;
    clamp_top(l);
}

bool pager_act(struct pager *l, enum action_id id, int count)
{
    const int n = count ? count : 1, page = l->rows > 2 ? l->rows - 1 : 1;

    switch (id) {
    case ACT_DOWN: l->top += n; break;
    case ACT_UP: l->top -= n; break;
    case ACT_PAGE_DOWN: l->top += n * page; break;
    case ACT_PAGE_UP: l->top -= n * page; break;
    case ACT_FIRST: l->top = 0; break;
    case ACT_LAST: l->top = l->n; break;
    default: return false;
    }
    clamp_top(l);
    return true;
}

bool pager_search(struct pager *l, const char *words, int direction)
{
    const int from = direction && l->found >= 0 && l->found < l->n ? l->found : l->top;
    int i;

    for (i = 0; i < l->n; i++) {
        const int by = direction < 0 ? -1 - i : direction > 0 ? 1 + i : i;
        const int at = (from + by + 2 * l->n) % l->n;

        if (words_found(l->items[at].text, words)) {
            l->top = l->found = at;
            return true;
        }
    }
    return false;
}
