/* Placing pictures. Curses believes that there are blanks below them, which is why they are erased by hand. */
#include "ui-tui/graphics.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 4096               /* kitty's most bytes in one sequence */

/* The marks that say in which row of the image a placeholder lies (kitty's rowcolumn-diacritics.txt). */
static const unsigned short row_marks[] = {
    0x305, 0x30D, 0x30E, 0x310, 0x312, 0x33D, 0x33E, 0x33F, 0x346, 0x34A, 0x34B, 0x34C, 0x350, 0x351, 0x352, 0x357,
    0x35B, 0x363, 0x364, 0x365, 0x366, 0x367, 0x368, 0x369, 0x36A, 0x36B, 0x36C, 0x36D, 0x36E, 0x36F, 0x483, 0x484,
    0x485, 0x486, 0x487, 0x592, 0x593, 0x594, 0x595, 0x597, 0x598, 0x599, 0x59C, 0x59D, 0x59E, 0x59F, 0x5A0, 0x5A1,
    0x5A8, 0x5A9, 0x5AB, 0x5AC, 0x5AF, 0x5C4, 0x610, 0x611, 0x612, 0x613, 0x614, 0x615, 0x616, 0x617, 0x657, 0x658,
    0x659, 0x65A, 0x65B, 0x65D, 0x65E, 0x6D6, 0x6D7, 0x6D8, 0x6D9, 0x6DA, 0x6DB, 0x6DC, 0x6DF, 0x6E0, 0x6E1, 0x6E2,
};
#define N_ROW_MARKS (int)(sizeof row_marks / sizeof *row_marks)

static void send(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void send(const char *format, ...)
{
    char text[256];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    terminal_write(text, (size_t)n);
}

/* ---- kitty ---- */

/* One sequence; tmux hands it on when it is wrapped and its escapes are doubled. data: no escapes in it. */
static void send_kitty(const struct terminal *t, const char *control, const char *data, size_t size)
{
    send("%s_G%s;", t->in_tmux ? "\033Ptmux;\033\033" : "\033", control);
    terminal_write(data, size);
    send("%s", t->in_tmux ? "\033\033\\\033\\" : "\033\\");
}

static void send_image(const struct terminal *t, struct rendition *r)
{
    size_t at = 0;

    while (at < r->size) {
        const size_t n = r->size - at < CHUNK ? r->size - at : CHUNK;
        const int more = at + n < r->size;
        char control[128];

        if (at > 0)
            snprintf(control, sizeof control, "q=2,m=%d", more);
        else if (t->in_tmux)
            snprintf(control, sizeof control, "a=T,U=1,q=2,f=24,s=%d,v=%d,i=%u,c=%d,r=%d,m=%d", r->width, r->height,
                     r->id, r->cols, r->rows, more);
        else
            snprintf(control, sizeof control, "a=t,q=2,f=24,s=%d,v=%d,i=%u,m=%d", r->width, r->height, r->id, more);
        send_kitty(t, control, r->bytes + at, n);
        at += n;
    }
    r->is_sent = true;
}

static size_t put_utf8(char *out, unsigned c)
{
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 63));
    out[2] = (char)(0x80 | (c >> 6 & 63));
    out[3] = (char)(0x80 | (c & 63));
    return 4;
}

/* In tmux the image is placed by letters that stand for its cells, so that tmux can move and cover them. */
static void place_by_letters(const struct placed *p)
{
    const struct rendition *r = p->what;
    int row, col;

    for (row = 0; row < r->rows && row < N_ROW_MARKS; row++) {
        send("\033[%d;%dH\033[38;2;%u;%u;%um", p->row + row + 1, p->col + 1, r->id >> 16 & 255, r->id >> 8 & 255,
             r->id & 255);
        for (col = 0; col < r->cols; col++) {
            char cell[8];
            size_t n = put_utf8(cell, 0x10EEEE);

            if (col == 0) {
                n += put_utf8(cell + n, row_marks[row]);
                n += put_utf8(cell + n, row_marks[0]);
            }
            terminal_write(cell, n);
        }
    }
    send("\033[0m");
}

static void place_kitty(const struct terminal *t, const struct placed *p)
{
    char control[128];

    if (!p->what->is_sent)
        send_image(t, p->what);
    if (t->in_tmux) {
        place_by_letters(p);
        return;
    }
    send("\033[%d;%dH", p->row + 1, p->col + 1);
    snprintf(control, sizeof control, "a=p,q=2,i=%u,p=1,c=%d,r=%d,C=1", p->what->id, p->what->cols, p->what->rows);
    send_kitty(t, control, "", 0);
}

void graphics_drop(const struct terminal *t, struct rendition *r)
{
    char control[64];

    if (!r->is_sent)
        return;
    snprintf(control, sizeof control, "a=d,q=2,d=I,i=%u", r->id);
    send_kitty(t, control, "", 0);
    r->is_sent = false;
}

/* ---- any ---- */

static void place_lines(const struct placed *p)
{
    const char *at = p->what->bytes;
    int row = p->row;

    while (*at) {
        const size_t n = strcspn(at, "\n");

        send("\033[%d;%dH", ++row, p->col + 1);
        terminal_write(at, n);
        at += n + (at[n] == '\n');
    }
    send("\033[0m");
}

static void place(const struct terminal *t, const struct placed *p)
{
    send("\0337");
    if (p->what->graphics == GRAPHICS_KITTY) {
        place_kitty(t, p);
    } else if (p->what->graphics == GRAPHICS_SYMBOLS) {
        place_lines(p);
    } else {
        send("\033[%d;%dH", p->row + 1, p->col + 1);
        terminal_write(p->what->bytes, p->what->size);
    }
    send("\0338");
}

static void erase(const struct terminal *t, const struct placed *p)
{
    char blanks[512];
    int row, left;

    memset(blanks, ' ', sizeof blanks);
    if (p->what->graphics == GRAPHICS_KITTY && !t->in_tmux) {
        char control[64];

        snprintf(control, sizeof control, "a=d,q=2,d=i,i=%u,p=1", p->what->id);
        send_kitty(t, control, "", 0);
        return;
    }
    send("\0337\033[0m");
    for (row = 0; row < p->what->rows; row++) {
        send("\033[%d;%dH", p->row + row + 1, p->col + 1);
        for (left = p->what->cols; left > 0; left -= (int)sizeof blanks)
            terminal_write(blanks, left < (int)sizeof blanks ? (size_t)left : sizeof blanks);
    }
    send("\0338");
}

static bool same(const struct placed *a, const struct placed *b)
{
    return a->row == b->row && a->col == b->col && a->what == b->what;
}

static bool is_among(const struct placed *list, int n, const struct placed *p)
{
    int i;

    for (i = 0; i < n; i++)
        if (same(&list[i], p))
            return true;
    return false;
}

static bool overlap(const struct placed *a, const struct placed *b)
{
    return a->row < b->row + b->what->rows && b->row < a->row + a->what->rows && a->col < b->col + b->what->cols &&
           b->col < a->col + a->what->cols;
}

/* A picture that is exactly covered by the next one need not be erased: so nothing flickers. */
static bool is_replaced(const struct graphics_state *g, const struct placed *old)
{
    int i;

    for (i = 0; old->what->graphics != GRAPHICS_KITTY && i < g->n_wanted; i++)
        if (g->wanted[i].row == old->row && g->wanted[i].col == old->col && g->wanted[i].what->rows == old->what->rows &&
            g->wanted[i].what->cols == old->what->cols)
            return true;
    return false;
}

void graphics_want(struct graphics_state *g, int row, int col, struct rendition *r)
{
    if (g->n_wanted < MAX_PLACED)
        g->wanted[g->n_wanted++] = (struct placed){ row, col, rendition_ref(r) };
}

/* What is erased may have lain over what stays: that is shown again. */
void graphics_clear(struct graphics_state *g)
{
    int i, k, n = 0;

    for (i = 0; i < g->n_shown; i++) {
        struct placed *old = &g->shown[i];

        if (is_among(g->wanted, g->n_wanted, old)) {
            g->shown[n++] = *old;
            continue;
        }
        if (!is_replaced(g, old))
            erase(g->terminal, old);
        for (k = n - 1; k >= 0; k--)
            if (overlap(&g->shown[k], old)) {
                rendition_unref(&g->shown[k].what);
                g->shown[k] = g->shown[--n];
            }
        rendition_unref(&old->what);
    }
    g->n_shown = n;
}

void graphics_show(struct graphics_state *g)
{
    int i;

    for (i = 0; i < g->n_wanted; i++)
        if (!is_among(g->shown, g->n_shown, &g->wanted[i]))
            place(g->terminal, &g->wanted[i]);
    for (i = 0; i < g->n_shown; i++)
        rendition_unref(&g->shown[i].what);
    memcpy(g->shown, g->wanted, sizeof g->shown);
    g->n_shown = g->n_wanted;
    g->n_wanted = 0;
}

void graphics_forget(struct graphics_state *g, bool leave_none)
{
    int i;

    for (i = 0; i < g->n_shown; i++) {
        if (leave_none)
            graphics_drop(g->terminal, g->shown[i].what);
        rendition_unref(&g->shown[i].what);
    }
    for (i = 0; i < g->n_wanted; i++)
        rendition_unref(&g->wanted[i].what);
    g->n_shown = g->n_wanted = 0;
}
