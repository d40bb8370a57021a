/* Reading order. */
#include "frames/typing.h"

#include <stdlib.h>

#define ONSETS 4                /* so many different times on one line at least: a line of output comes at once */
#define LINE_BLOCKS 1           /* blocks so near in height are on one line */
#define IN_ORDER 0.85           /* of the pairs that came at different times */
#define AT_ONCE 0.3             /* of the blocks at most in one picture */

#define PAUSE_US 1500000        /* within a burst */
#define PIECES 3                /* found apart make a burst */
#define PIECE_HEIGHT 0.06       /* of the picture's width: two lines of large text */
#define PIECE_GAP 0.05          /* of it: a word's length to the right of the last piece, or a line below it */

/* How many different times blocks of the line at y changed at, counted up to ONSETS. */
static int onsets_on_line(const struct blocks *b, const short *index, int n, int y)
{
    int64_t times[ONSETS];
    int found = 0;
    for (int i = 0; i < n && found < ONSETS; i++) {
        int64_t at_us = b->at[index[i]].first_us;
        int k = 0;
        if (abs(index[i] / b->w - y) > LINE_BLOCKS)
            continue;
        while (k < found && times[k] != at_us)
            k++;
        if (k == found)
            times[found++] = at_us;
    }
    return found;
}

/* What came all at once at the beginning is the frame of the field that is written into: the rest. Returns how many. */
static int less_first(const struct blocks *b, short *index, int n)
{
    int64_t first_us = INT64_MAX;
    int together = 0, rest = 0;
    for (int i = 0; i < n; i++)
        first_us = b->at[index[i]].first_us < first_us ? b->at[index[i]].first_us : first_us;
    for (int i = 0; i < n; i++)
        together += b->at[index[i]].first_us == first_us;
    if (together <= AT_ONCE * n)
        return n;
    for (int i = 0; i < n; i++)
        if (b->at[index[i]].first_us != first_us)
            index[rest++] = index[i];
    return rest;
}

bool typing_is_progress(const struct blocks *b, const bool *members)
{
    short *index = malloc((size_t)(b->w * b->h) * sizeof *index);
    int n = 0, ordered = 0, pairs = 0, onsets = 0, at_once = 0;
    for (int i = 0; index && i < b->w * b->h; i++)
        if (members[i])
            index[n++] = (short)i;
    n = index ? less_first(b, index, n) : 0;
    for (int y = 0; y < b->h && onsets < ONSETS; y++)
        onsets = onsets_on_line(b, index, n, y);
    for (int i = 0; i < n && onsets == ONSETS; i++) {
        const struct block *k = &b->at[index[i]];
        int together = 0;
        for (int j = 0; j < n; j++) {
            int dx = index[j] % b->w - index[i] % b->w, dy = index[j] / b->w - index[i] / b->w;
            together += b->at[index[j]].first_us == k->first_us;
            if (b->at[index[j]].first_us <= k->first_us)
                continue;
            pairs++;
            ordered += dy > LINE_BLOCKS || (abs(dy) <= LINE_BLOCKS && dx > 0);
        }
        at_once = together > at_once ? together : at_once;
    }
    free(index);
    return onsets == ONSETS && ordered >= IN_ORDER * pairs && at_once <= AT_ONCE * n;
}

static bool is_piece(const struct candidate *c, int width)
{
    const struct sc_event *e = &c->event;
    return !c->whole && !c->muted && e->box.h < PIECE_HEIGHT * width &&
           (e->kind == SC_APPEAR || e->kind == SC_TEXT || e->kind == SC_TYPING || e->kind == SC_OTHER);
}

/* Whether b goes on where a has been, on its line or the next. */
static bool goes_on(const struct sc_box *a, const struct sc_box *b, int width)
{
    double gap = PIECE_GAP * width;
    int middle = b->y + b->h / 2;
    if (middle >= a->y && middle <= a->y + a->h)
        return b->x + b->w > a->x + a->w && b->x < a->x + a->w + gap;
    return middle > a->y + a->h && b->y < a->y + a->h + gap && b->x < a->x + a->w;
}

/* Whether b is a letter in the middle of what a is. */
static bool lies_in(const struct sc_box *a, const struct sc_box *b)
{
    int x = b->x + b->w / 2 - a->x, y = b->y + b->h / 2 - a->y;
    return x >= 0 && x < a->w && y >= 0 && y < a->h && b->w < a->w;
}

static struct sc_box both(const struct sc_box *a, const struct sc_box *b)
{
    int x0 = a->x < b->x ? a->x : b->x, y0 = a->y < b->y ? a->y : b->y;
    int x1 = a->x + a->w > b->x + b->w ? a->x + a->w : b->x + b->w;
    int y1 = a->y + a->h > b->y + b->h ? a->y + a->h : b->y + b->h;
    return (struct sc_box){ x0, y0, x1 - x0, y1 - y0 };
}

/* The pieces of the burst that begins with i, in out; returns how many. */
static int collect(const struct candidates *list, int i, int width, int *out, bool *typed)
{
    int n = 0;
    struct sc_box last = list->items[i].event.box;
    int64_t end_us = list->items[i].event.end_us;
    *typed = list->items[i].event.kind == SC_TYPING;
    out[n++] = i;
    for (int j = i + 1; j < list->n; j++) {
        const struct sc_event *e = &list->items[j].event;
        if (e->start_us > end_us + PAUSE_US)
            break;
        bool inside = e->start_us <= end_us && lies_in(&last, &e->box);
        if (!is_piece(&list->items[j], width) || (!inside && !goes_on(&last, &e->box, width)))
            continue;
        *typed = *typed || e->kind == SC_TYPING;
        out[n++] = j;
        last = inside ? last : e->box;
        end_us = e->end_us > end_us ? e->end_us : end_us;
    }
    return n;
}

void typing_join(struct candidates *list, int width)
{
    int *index = malloc((size_t)(list->n + 1) * sizeof *index);
    for (int i = 0; index && i < list->n; i++) {
        struct candidate *first = &list->items[i];
        bool typed;
        if (!is_piece(first, width))
            continue;
        int n = collect(list, i, width, index, &typed);
        if (n < (typed ? 2 : PIECES))
            continue;
        for (int k = 1; k < n; k++) {
            struct candidate *c = &list->items[index[k]];
            first->event.box = both(&first->event.box, &c->event.box);
            first->event.share += c->event.share;
            first->event.end_us = c->event.end_us > first->event.end_us ? c->event.end_us : first->event.end_us;
            first->event.after_us = c->event.after_us;
            first->strength += c->strength;
            c->muted = true;
        }
        first->event.kind = SC_TYPING;
        first->event.peak_us = first->event.end_us;
        first->step = false;
    }
    free(index);
}
