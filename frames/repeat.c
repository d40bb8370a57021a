/* Periods, companions, pointers. */
#include "frames/repeat.h"

#include <math.h>
#include <stdlib.h>

#define SAME_INSTANT_US 90000   /* two or three pictures: one cause */
#define COMPANION 0.3           /* of the strength of the larger one: a title bar that changes with its dialog */
#define ALIKE 0.5               /* of the size: what vanished here may be what appeared there */

#define CROWD 4                 /* so many short changes at one instant have one cause: a page of pictures comes up. Things
                                   that move by themselves seldom begin two at once */
#define CROWD_US 1000000        /* short */

#define AFTERGLOW 6.0f          /* tolerances of the strongest block: what CRF 40 leaves of a flash; objects have more */

#define LINE_ASPECT 2           /* wider than high: a word or a line, though too faint for its strokes to be known */
#define LINE_COMMON 0.5         /* of the height: on one line, */
#define WORD_GAP 5.0            /* line heights between words at most: short ones may be too faint to be seen, */
#define LINE_GAP 1.5            /* and between lines */

#define SLOW_US 700000          /* a state that takes longer to change is fading */
#define SLOW_KEPT 0.8           /* of its blocks into another state */
#define SLOW_COMMON 0.7         /* of the time in common: one transition */
#define SLOW_BEGIN_US 200000     /* or both begin within this, and one is over sooner: it has less to go over to */
#define SLOW_AREA 0.4           /* of the picture they must extend over together */

#define PERIODS 8               /* so many nearly equal ones make a repetition */
#define PERIODS_MISSED 2        /* in a row may be too faint to be seen */
#define PERIOD_OFF 0.2          /* of the period may one of them be off */
#define PERIOD_MOST_US 60000000 /* what comes less often is news each time, */
#define PERIOD_SHARE 0.005      /* if it is so much of the picture: more than a digit of a clock */
#define TINY_SHARE 0.0005       /* of the picture: so small a change is muted after fewer */
#define TINY_PERIODS 4
#define PLACE_OVERLAP 0.5       /* of the smaller box: the same place */

#define CROSSING_LONG_US 8000000 /* so long things move about; someone who comes in, turns and leaves takes less */
#define BUSY_GAP_US 300000      /* in which they rest: as long as one is held open */
#define CROSSING_NEAR_US 1000000 /* of an event's own beginning or end */

#define SCROLL_BEFORE_US 250000 /* a change there so shortly before was its first step, */
#define SCROLL_AFTER_US 700000  /* and blocks settle so long after its last */

#define POINTER_SHARE 0.0025    /* of the picture: a mouse pointer, at one moment */

static double area(const struct sc_box *b)
{
    return (double)b->w * b->h;
}

static double common(const struct sc_box *a, const struct sc_box *b)
{
    int w = (a->x + a->w < b->x + b->w ? a->x + a->w : b->x + b->w) - (a->x > b->x ? a->x : b->x);
    int h = (a->y + a->h < b->y + b->h ? a->y + a->h : b->y + b->h) - (a->y > b->y ? a->y : b->y);
    return w > 0 && h > 0 ? (double)w * h : 0;
}

static bool same_place(const struct sc_event *a, const struct sc_event *b)
{
    return common(&a->box, &b->box) > PLACE_OVERLAP * fmin(area(&a->box), area(&b->box));
}

static bool is_local(const struct candidate *c)
{
    return !c->whole && !c->muted && !c->wave;
}

static struct sc_box both(const struct sc_box *a, const struct sc_box *b)
{
    int x0 = a->x < b->x ? a->x : b->x, y0 = a->y < b->y ? a->y : b->y;
    int x1 = a->x + a->w > b->x + b->w ? a->x + a->w : b->x + b->w;
    int y1 = a->y + a->h > b->y + b->h ? a->y + a->h : b->y + b->h;
    return (struct sc_box){ x0, y0, x1 - x0, y1 - y0 };
}

/* One thing in two places at one instant: it jumped from the one to the other. */
static void make_move(struct candidate *from, struct candidate *to)
{
    struct sc_event *e = &to->event;
    e->dx = e->box.x + e->box.w / 2.0 - from->event.box.x - from->event.box.w / 2.0;
    e->dy = e->box.y + e->box.h / 2.0 - from->event.box.y - from->event.box.h / 2.0;
    e->kind = SC_MOVE;
    e->box = both(&e->box, &from->event.box);
    e->share += from->event.share;
    if (from->event.end_us > e->end_us)
        e->end_us = from->event.end_us;
    from->muted = true;
}

/* What changes at the same instant has one cause: small changes go with the large one. */
static void join_companions(struct candidates *list)
{
    for (int i = 0; i < list->n; i++)
        for (int j = i + 1; j < list->n; j++) {
            struct candidate *a = &list->items[i], *b = &list->items[j];
            if (b->event.start_us - a->event.start_us > SAME_INSTANT_US)
                break;
            if (!is_local(a) || !is_local(b) || !a->step || !b->step)
                continue;
            struct candidate *large = a->strength >= b->strength ? a : b, *small = large == a ? b : a;
            double wa = area(&a->event.box), wb = area(&b->event.box);
            if (small->strength < COMPANION * large->strength)
                small->muted = true;
            else if (a->event.kind == SC_DISAPPEAR && b->event.kind == SC_APPEAR && fmin(wa, wb) > ALIKE * fmax(wa, wb))
                make_move(a, b);
            else if (b->event.kind == SC_DISAPPEAR && a->event.kind == SC_APPEAR && fmin(wa, wb) > ALIKE * fmax(wa, wb))
                make_move(b, a);
        }
}

static bool is_short(const struct candidate *c)
{
    return is_local(c) && !c->pointer && c->event.end_us - c->event.start_us < CROWD_US;
}

/* Many short changes that begin at one instant become one, of the kind of the strongest. */
static void join_crowd(struct candidates *list)
{
    for (int i = 0; i < list->n; i++) {
        struct candidate *first = &list->items[i], *strongest = first;
        int64_t until_us = first->event.start_us + SAME_INSTANT_US;
        int n = 0;
        for (int j = i; is_short(first) && j < list->n && list->items[j].event.start_us <= until_us; j++) {
            struct candidate *c = &list->items[j];
            n += is_short(c);
            if (is_short(c) && c->strength > strongest->strength)
                strongest = c;
        }
        if (n < CROWD)
            continue;
        struct candidate joined = *strongest;
        joined.event.start_us = first->event.start_us;
        joined.event.share = joined.strength = joined.excess = 0;
        joined.blocks = joined.kept = 0;
        joined.event.dx = joined.event.dy = 0;
        for (int j = i; j < list->n && list->items[j].event.start_us <= until_us; j++) {
            struct candidate *c = &list->items[j];
            if (!is_short(c))
                continue;
            joined.event.box = both(&joined.event.box, &c->event.box);
            joined.event.end_us = c->event.end_us > joined.event.end_us ? c->event.end_us : joined.event.end_us;
            joined.event.share += c->event.share;
            joined.strength += c->strength;
            joined.excess += c->excess;
            joined.blocks += c->blocks;
            joined.kept += c->kept;
            c->muted = true;
        }
        *first = joined;
    }
}

/* Pictures after a flash are coded from those in it: what is left there is none of the scene's. */
static void mute_afterglow(struct candidates *list)
{
    for (int i = 0; i < list->n; i++)
        for (int j = 0; j < list->n && list->items[i].event.kind == SC_FLASH; j++) {
            struct candidate *c = &list->items[j];
            if (is_local(c) && c->event.start_us == list->items[i].event.end_us && c->strongest < AFTERGLOW)
                c->muted = true;
        }
}

static bool is_line(const struct candidate *c)
{
    const struct sc_event *e = &c->event;
    bool came = e->kind == SC_APPEAR || e->kind == SC_DISAPPEAR;
    bool text = e->kind == SC_TEXT || (came && e->box.w >= LINE_ASPECT * e->box.h);
    return is_local(c) && text && e->end_us - e->start_us < SLOW_US;
}

/* How far two spans are apart; negative: so much is common. */
static int apart(int a, int a_size, int b, int b_size)
{
    return (a > b ? a : b) - (a + a_size < b + b_size ? a + a_size : b + b_size);
}

/* Words of a line, or lines of a paragraph. */
static bool are_neighbours(const struct sc_box *a, const struct sc_box *b)
{
    double least = fmin(a->h, b->h);
    int across = apart(a->x, a->w, b->x, b->w), down = apart(a->y, a->h, b->y, b->h);
    return (-down > LINE_COMMON * least && across < WORD_GAP * least) || (across < 0 && down < LINE_GAP * least);
}

/* What is shown or taken away at one instant in words and lines beside each other is one text. */
static void join_words(struct candidates *list)
{
    for (int i = 0; i < list->n; i++)
        for (int j = i + 1; j < list->n && is_line(&list->items[i]); j++) {
            struct candidate *a = &list->items[i], *b = &list->items[j];
            if (b->event.start_us - a->event.start_us > SAME_INSTANT_US)
                break;
            if (!is_line(b) || !are_neighbours(&a->event.box, &b->event.box))
                continue;
            struct sc_event *e = &a->event;
            e->box = both(&e->box, &b->event.box);
            e->end_us = e->end_us > b->event.end_us ? e->end_us : b->event.end_us;
            e->share += b->event.share;
            e->score = fmax(e->score, b->event.score);
            e->kind = SC_TEXT;
            a->strength += b->strength;
            a->excess += b->excess;
            a->blocks += b->blocks;
            a->kept += b->kept;
            a->step = a->step && b->step;
            b->muted = true;
            j = i; /* it reaches farther now */
        }
}

/* The part of the longer of two spans that both have in common. */
static double in_common(const struct sc_event *a, const struct sc_event *b)
{
    int64_t from = a->start_us > b->start_us ? a->start_us : b->start_us;
    int64_t to = a->end_us < b->end_us ? a->end_us : b->end_us;
    int64_t la = a->end_us - a->start_us, lb = b->end_us - b->start_us;
    return to > from ? (double)(to - from) / (double)(la > lb ? la : lb) : 0;
}

static bool is_slow(const struct candidate *c)
{
    return is_local(c) && c->kept > SLOW_KEPT * c->blocks && c->event.end_us - c->event.start_us > SLOW_US;
}

static bool goes_with(const struct candidate *first, const struct candidate *c)
{
    const struct sc_event *a = &first->event, *b = &c->event;
    return is_slow(c) && (in_common(a, b) > SLOW_COMMON || b->start_us - a->start_us < SLOW_BEGIN_US);
}

static bool is_within(const struct candidate *c, const struct sc_event *e)
{
    return is_local(c) && c->event.start_us >= e->start_us && c->event.end_us <= e->end_us;
}

/* What goes over slowly into another state in several places during the same time goes over as a whole: a page
 * dissolved into another one changes only where either has something, and what has little to go over to does it in
 * steps. */
static void join_dissolve(struct candidates *list, double width, double height)
{
    for (int i = 0; i < list->n; i++) {
        struct candidate *first = &list->items[i];
        int joined = 0;
        if (!is_slow(first))
            continue;
        struct sc_box box = first->event.box;
        for (int j = i + 1; j < list->n; j++)
            if (goes_with(first, &list->items[j])) {
                box = both(&box, &list->items[j].event.box);
                joined++;
            }
        if (!joined || area(&box) < SLOW_AREA * width * height)
            continue;
        for (int j = i + 1; j < list->n; j++) {
            struct candidate *c = &list->items[j];
            if (!goes_with(first, c))
                continue;
            c->muted = true;
            first->event.share += c->event.share;
            first->event.end_us = c->event.end_us > first->event.end_us ? c->event.end_us : first->event.end_us;
        }
        for (int j = i + 1; j < list->n; j++)
            if (is_within(&list->items[j], &first->event))
                list->items[j].muted = true; /* a step of it */
        first->event.kind = SC_DISSOLVE;
        first->event.box = (struct sc_box){ 0, 0, (int)width, (int)height };
        first->whole = true;
    }
}

/* The items of one place, from i on, as indices; returns how many. */
static int at_place(const struct candidates *list, int i, int *index)
{
    int n = 0;
    for (int j = i; j < list->n; j++)
        if (is_local(&list->items[j]) && same_place(&list->items[i].event, &list->items[j].event))
            index[n++] = j;
    return n;
}

static int by_length(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The middle of the intervals between n starts; intervals: room for n. */
static double middle_interval(const struct candidates *list, const int *index, int n, double *intervals)
{
    for (int i = 1; i < n; i++)
        intervals[i - 1] = (double)(list->items[index[i]].event.start_us - list->items[index[i - 1]].event.start_us);
    qsort(intervals, (size_t)(n - 1), sizeof *intervals, by_length);
    return intervals[(n - 1) / 2];
}

/* How many of n in a row, from the first on, follow each other in nearly equal periods; one or two that were too
 * faint to be seen may be missing between them. */
static int n_periodic(const struct candidates *list, const int *index, int n, double *intervals)
{
    double period = n > 1 ? middle_interval(list, index, n, intervals) : 0;
    if (period > PERIOD_MOST_US && list->items[index[0]].event.share > PERIOD_SHARE)
        return 0;
    for (int i = 1; i < n; i++) {
        double took = (double)(list->items[index[i]].event.start_us - list->items[index[i - 1]].event.start_us);
        double times = period > 0 ? took / period : 0, whole = round(times);
        if (whole < 1 || whole > PERIODS_MISSED + 1 || fabs(times - whole) > PERIOD_OFF)
            return i;
    }
    return n;
}

static void mute_periodic(struct candidates *list, int *index, double *intervals)
{
    for (int i = 0; i < list->n; i++) {
        struct candidate *first = &list->items[i];
        if (!is_local(first))
            continue;
        int n = at_place(list, i, index), periodic = n_periodic(list, index, n, intervals);
        int enough = first->event.share < TINY_SHARE ? TINY_PERIODS : PERIODS;
        if (periodic <= enough)
            continue;
        for (int j = 1; j < periodic; j++) {
            struct candidate *c = &list->items[index[j]];
            c->muted = true;
            first->event.box = both(&first->event.box, &c->event.box);
            first->event.end_us = c->event.end_us > first->event.end_us ? c->event.end_us : first->event.end_us;
        }
        first->event.kind = SC_REPEATING;
        first->event.count = periodic - 1;
    }
}

/* On a drawn page: something tiny that travels and leaves nothing behind is the pointer; where it rests, it appears. */
static void mute_pointer(struct candidates *list)
{
    for (int i = 0; i < list->n; i++) {
        struct candidate *c = &list->items[i];
        if (!is_local(c) || !c->pointer)
            continue;
        c->muted = true;
        for (int j = 0; j < list->n; j++) {
            struct candidate *rest = &list->items[j];
            if (is_local(rest) && rest->event.share < POINTER_SHARE &&
                llabs(rest->event.start_us - c->event.end_us) < 4 * SAME_INSTANT_US)
                rest->muted = true;
        }
    }
}

/* Whether a change begins with this coming in, or ends with this leaving. */
static bool is_border_of(const struct candidate *c, const struct sc_event *e)
{
    if (!common(&e->box, &c->event.box))
        return false;
    if (c->inward)
        return llabs(c->event.start_us - e->start_us) < CROSSING_NEAR_US;
    return e->end_us - e->start_us < CROSSING_LONG_US && llabs(c->event.end_us - e->end_us) < CROSSING_NEAR_US;
}

/* Whether local changes overlap each other for so long around it that what comes and leaves meanwhile would not be told. */
static bool is_amid(const struct candidates *list, const struct candidate *c)
{
    int64_t from_us = c->event.start_us, to_us = c->event.end_us;
    for (bool grown = true; grown && to_us - from_us < CROSSING_LONG_US;) {
        grown = false;
        for (int j = 0; j < list->n; j++) {
            const struct candidate *other = &list->items[j];
            const struct sc_event *e = &other->event;
            if (other->crossing || other->slow || other->wave || other->whole || (other->muted && !other->always) ||
                e->end_us + BUSY_GAP_US < from_us ||
                e->start_us > to_us + BUSY_GAP_US || (e->start_us >= from_us && e->end_us <= to_us))
                continue;
            from_us = e->start_us < from_us ? e->start_us : from_us;
            to_us = e->end_us > to_us ? e->end_us : to_us;
            grown = true;
        }
    }
    return to_us - from_us >= CROSSING_LONG_US;
}

void repeat_mute_crossings(struct candidates *list)
{
    for (int i = 0; i < list->n; i++) {
        struct candidate *c = &list->items[i];
        if (!c->crossing)
            continue;
        c->muted = !is_amid(list, c);
        for (int j = 0; j < list->n && !c->muted; j++) {
            const struct candidate *other = &list->items[j];
            c->muted = !other->crossing && !other->whole && !other->muted && is_border_of(c, &other->event);
        }
    }
}

/* A page that jumped far may have been taken for another shot. */
static bool is_scrolled(const struct candidate *c, const struct sc_event *scroll)
{
    const struct sc_event *e = &c->event;
    bool shot = e->kind == SC_CUT || e->kind == SC_DISSOLVE || e->kind == SC_WIPE;
    if (c->muted || e->kind == SC_SCROLL || (c->whole && !shot))
        return false;
    return e->start_us >= scroll->start_us - SCROLL_BEFORE_US && e->start_us <= scroll->end_us &&
           e->end_us <= scroll->end_us + SCROLL_AFTER_US &&
           common(&e->box, &scroll->box) > PLACE_OVERLAP * area(&e->box);
}

void repeat_mute_scrolled(struct candidates *list)
{
    for (int i = 0; i < list->n; i++) {
        struct sc_event *scroll = &list->items[i].event;
        int64_t start_us = scroll->start_us;
        if (scroll->kind != SC_SCROLL || list->items[i].muted)
            continue;
        for (int j = 0; j < list->n; j++) {
            struct candidate *c = &list->items[j];
            if (!is_scrolled(c, scroll))
                continue;
            c->muted = true;
            start_us = c->event.start_us < start_us ? c->event.start_us : start_us;
        }
        scroll->start_us = start_us;
    }
}

void repeat_mute(struct candidates *list, int width, int height)
{
    int *index = malloc((size_t)(list->n + 1) * sizeof *index);
    join_dissolve(list, width, height);
    mute_afterglow(list);
    join_words(list);
    join_companions(list);
    join_crowd(list);
    mute_pointer(list);
    double *intervals = malloc((size_t)(list->n + 1) * sizeof *intervals);
    if (index && intervals)
        mute_periodic(list, index, intervals);
    free(index);
    free(intervals);
}
