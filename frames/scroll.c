/* Displacements of the part that changed, from picture to picture, and bursts of them. */
#include "frames/scroll.h"

#include <math.h>
#include <stdlib.h>

#include "frames/regions.h"

#define PAUSE_US 1000000        /* of reading between two turns of a wheel; a longer one ends the burst */
#define CHANGED_LEVELS 2.0f     /* luma and texture of a drawn block that is the same differ by less, */
#define CHANGED_CHROMA 3.0f     /* and its chroma */
#define GAP_BLOCKS 3            /* empty lines do not part a page */
#define LEAST_SIDE 6            /* blocks: 24 of 320 small pixels; a shorter list is told as a change of text */
#define LEAST_SHARE 0.02        /* of the picture */
#define STEP_LEAST 1.0          /* small pixels: less waits for the next picture */
#define ANCHOR_US 700000        /* but not longer */
#define NEAR 0.7                /* of the difference to any other place of the page: only a little has moved */
#define NEAR_US 250000          /* and so long a step may take to become large enough to be measured */
#define OVERLAP 0.35            /* of its length must still be to be seen */

/* What is left of the difference when the displacement is undone. Lines of text that are narrower than a block do not
 * keep their block means when they move by a part of one: measured on drawn text and on a recorded terminal 0.1 to 0.45
 * against 0.7 and more for another page. */
#define LEFT_MOST 0.5
#define GROUND_MOST 0.7         /* of the difference of what is shown there to its mean: an even place fits any other */
#define COST_LEAST 1.0          /* levels, mean over the place: less is a cursor */
#define EVEN_TEXTURE 0.5f       /* levels: an even strip */
#define EVEN_LEVELS 2.0f

#define ALONE_SHARE 0.1         /* a single jump counts if it is of so much of the picture */
#define MATCHED_PART 4          /* one in so many steps must be a displacement: what flies by is not seen twice */

struct view {
    const struct grid *from, *to;
    int x0, y0, x1, y1;
    bool sideways;              /* the roles of rows and columns are exchanged */
};

static int length(const struct view *v)
{
    return v->sideways ? v->x1 - v->x0 : v->y1 - v->y0;
}

static int breadth(const struct view *v)
{
    return v->sideways ? v->y1 - v->y0 : v->x1 - v->x0;
}

static int index_at(const struct view *v, int along, int across)
{
    int x = v->x0 + (v->sideways ? along : across), y = v->y0 + (v->sideways ? across : along);
    return y * v->to->w + x;
}

/* Mean difference when what is shown moved by d small pixels along the view. */
static double cost(const struct view *v, int d)
{
    int whole = (int)floor((double)d / SIGNATURE_BLOCK), n = 0;
    float part = (float)d / SIGNATURE_BLOCK - (float)whole;
    double sum = 0;
    for (int i = 0; i < length(v); i++) {
        int near = i - whole, far = near - 1;
        if (near >= length(v) || far < -1 || near < 0 || (far < 0 && part > 0))
            continue;
        for (int j = 0; j < breadth(v); j++) {
            int a = index_at(v, near, j), b = part > 0 ? index_at(v, far, j) : a, c = index_at(v, i, j);
            float y = (1 - part) * v->from->y[a] + part * v->from->y[b];
            float t = (1 - part) * v->from->texture[a] + part * v->from->texture[b];
            sum += fabsf(v->to->y[c] - y) + 0.5f * fabsf(v->to->texture[c] - t);
            n++;
        }
    }
    return n ? sum / n : 1e9;
}

/* The lines of `to` that are seen in `from` too when what is shown moved by d: from *first up to *end. */
static void overlap(const struct view *v, int d, int *first, int *end)
{
    int whole = (int)floor((double)d / SIGNATURE_BLOCK);
    *first = whole > 0 ? whole : 0;
    *end = length(v) + (whole < 0 ? whole : 0);
}

/* Mean difference of what is shown at these lines to its own mean, as cost() has it. */
static double ground(const struct view *v, int first, int end)
{
    double y = 0, t = 0, sum = 0;
    int n = (end - first) * breadth(v);
    for (int i = first; i < end; i++)
        for (int j = 0; j < breadth(v); j++) {
            y += v->to->y[index_at(v, i, j)];
            t += v->to->texture[index_at(v, i, j)];
        }
    for (int i = first; i < end; i++)
        for (int j = 0; j < breadth(v); j++) {
            int at = index_at(v, i, j);
            sum += fabs(v->to->y[at] - y / n) + 0.5 * fabs(v->to->texture[at] - t / n);
        }
    return n > 0 ? sum / n : 0;
}

/* Whether n lines of the view from i on have nothing on them. */
static bool is_even(const struct view *v, const struct grid *g, int i, int n)
{
    float low = 255, high = 0;
    for (; n-- > 0; i++)
        for (int j = 0; j < breadth(v); j++) {
            int at = index_at(v, i, j);
            low = fminf(low, g->y[at]);
            high = fmaxf(high, g->y[at]);
            if (g->texture[at] > EVEN_TEXTURE)
                return false;
        }
    return high - low < EVEN_LEVELS;
}

/* Where something new came in, or something went out, there was a page. A thing that moves over even ground leaves
 * even ground on both sides, and one that comes up there, or leaves it, was nowhere else. */
static bool is_page(const struct view *v, double d)
{
    if (is_even(v, v->from, 0, length(v)) || is_even(v, v->to, 0, length(v)))
        return false;
    int n = (int)ceil(fabs(d) / SIGNATURE_BLOCK), last = length(v) - n;
    return !is_even(v, v->from, d > 0 ? last : 0, n) || !is_even(v, v->to, d > 0 ? 0 : last, n);
}

/* The displacement along the view, small pixels; 0: there is none. left: part of the difference that it leaves. near: both
 * show nearly the same place of the page. */
static double displacement(const struct view *v, double *left, bool *near)
{
    int most = (int)(length(v) * SIGNATURE_BLOCK * (1 - OVERLAP)), at = 0;
    double still = cost(v, 0), best = still, sum = 0;
    for (int k = 1; k <= most; k++)
        for (int d = -k; d <= k; d += 2 * k) {
            double c = cost(v, d);
            sum += c;
            if (c < best * 0.98) {  /* of equal ones the nearest: lists repeat themselves */
                best = c;
                at = d;
            }
        }
    *left = best / fmax(still, 1e-9);
    *near = still < NEAR * sum / (2 * most);
    int first, end;
    overlap(v, at, &first, &end);
    double even = ground(v, first, end);
    if (still < COST_LEAST || *left > LEFT_MOST || !at || best > GROUND_MOST * even)
        return 0;
    double before = cost(v, at - 1), after = cost(v, at + 1), curve = before + after - 2 * best;
    double part = curve > 0 && before < 1e8 && after < 1e8 ? 0.5 * (before - after) / curve : 0;
    return at + fmin(fmax(part, -0.5), 0.5);
}

/* The place that changed: the largest region, and what lies above and below it. False: too small for a page. */
static bool find_place(const struct grid *a, const struct grid *b, struct view *v)
{
    int n = b->w * b->h, largest = 0;
    bool *marked = malloc((size_t)n * sizeof *marked);
    short *label = malloc((size_t)n * sizeof *label);
    int *size = calloc((size_t)n + 1, sizeof *size);
    *v = (struct view){ .from = a, .to = b, .x0 = b->w, .y0 = b->h };
    if (marked && label && size) {
        for (int i = 0; i < n; i++)
            marked[i] = !a->hidden[i] && !b->hidden[i] &&
                        (fabsf(a->y[i] - b->y[i]) > CHANGED_LEVELS ||
                         fabsf(a->texture[i] - b->texture[i]) > CHANGED_LEVELS ||
                         fabsf(a->u[i] - b->u[i]) > CHANGED_CHROMA || fabsf(a->v[i] - b->v[i]) > CHANGED_CHROMA);
        regions_label(marked, b->w, b->h, GAP_BLOCKS, label);
        for (int i = 0; i < n; i++)
            if (label[i] && ++size[label[i]] > size[largest])
                largest = label[i];
        for (int i = 0; i < n && largest; i++) {
            if (label[i] != largest)
                continue;
            int x = i % b->w, y = i / b->w;
            v->x0 = x < v->x0 ? x : v->x0;
            v->x1 = x >= v->x1 ? x + 1 : v->x1;
            v->y0 = y < v->y0 ? y : v->y0;
            v->y1 = y >= v->y1 ? y + 1 : v->y1;
        }
    }
    free(marked);
    free(label);
    free(size);
    int w = v->x1 - v->x0, h = v->y1 - v->y0;
    return w >= LEAST_SIDE && h >= LEAST_SIDE && w * h >= LEAST_SHARE * n;
}

static bool anything_changed(const struct signature *a, const struct signature *b)
{
    for (int i = 0; i < a->grid_w * a->grid_h; i++)
        if (abs(a->blocks[i].y - b->blocks[i].y) > 16 * CHANGED_LEVELS ||
            abs(a->blocks[i].texture - b->blocks[i].texture) > 2 * CHANGED_LEVELS)
            return true;
    return false;
}

static enum sc_status set_anchor(struct scroll *w, const struct signature *s, struct sc_error *err)
{
    signature_free(&w->anchor);
    w->anchor = signature_copy(s);
    return w->anchor ? SC_OK : fail_memory(err);
}

enum sc_status scroll_start(struct scroll *w, const struct signature *first, struct sc_error *err)
{
    scroll_dispose(w);
    return set_anchor(w, first, err);
}

void scroll_dispose(struct scroll *w)
{
    signature_free(&w->anchor);
    *w = (struct scroll){ 0 };
}

static bool same_place(const struct scroll *w, const struct view *v)
{
    int x = (w->x1 < v->x1 ? w->x1 : v->x1) - (w->x0 > v->x0 ? w->x0 : v->x0);
    int y = (w->y1 < v->y1 ? w->y1 : v->y1) - (w->y0 > v->y0 ? w->y0 : v->y0);
    int both = x > 0 && y > 0 ? x * y : 0, small = (v->x1 - v->x0) * (v->y1 - v->y0);
    int own = (w->x1 - w->x0) * (w->y1 - w->y0);
    return 2 * both > (small < own ? small : own);
}

static bool is_open(const struct scroll *w)
{
    return w->matched + w->unmatched > 0;
}

/* Close the burst. True: it was one of scrolling. */
static bool close_burst(struct scroll *w, struct sc_event *out)
{
    int steps = w->matched + w->unmatched;
    double share = 0;
    if (steps) {
        const struct signature *s = w->anchor;
        share = (double)(w->x1 - w->x0) * (w->y1 - w->y0) / (s->grid_w * s->grid_h);
        out->box = signature_to_box(s, w->x0, w->y0, w->x1, w->y1);
        out->share = share;
        out->start_us = w->start_us;
        out->end_us = w->last_us;
        out->peak_us = w->peak_us;
        out->dx = w->dx * s->width / s->small_w;
        out->dy = w->dy * s->height / s->small_h;
        out->score = 1;
        out->count = 1;
    }
    bool scrolled = w->matched * MATCHED_PART >= steps && (w->matched > 1 || (w->matched && share > ALONE_SHARE));
    w->matched = w->unmatched = 0;
    w->dx = w->dy = w->most = 0;
    return steps && scrolled;
}

static void count_step(struct scroll *w, const struct view *v, double dx, double dy, int64_t now_us)
{
    bool matched = dx != 0 || dy != 0;
    if (is_open(w) && !same_place(w, v)) {
        if (!matched || w->matched)
            return;
        w->unmatched = 0;       /* another place: that was something else */
    }
    if (!is_open(w)) {
        w->x0 = v->x0, w->y0 = v->y0, w->x1 = v->x1, w->y1 = v->y1;
        w->start_us = w->peak_us = now_us;
    }
    if (matched) {
        w->x0 = v->x0 < w->x0 ? v->x0 : w->x0;
        w->y0 = v->y0 < w->y0 ? v->y0 : w->y0;
        w->x1 = v->x1 > w->x1 ? v->x1 : w->x1;
        w->y1 = v->y1 > w->y1 ? v->y1 : w->y1;
        w->dx += dx;
        w->dy += dy;
        if (fabs(dx) + fabs(dy) > w->most) {
            w->most = fabs(dx) + fabs(dy);
            w->peak_us = now_us;
        }
    }
    w->matched += matched;
    w->unmatched += !matched;
    w->last_us = now_us;
}

/* Compare with the anchor. *wait: the displacement is too small to be measured yet. */
static void judge(struct scroll *w, const struct signature *s, struct grid *g, bool *wait)
{
    struct view v;
    double left_y, left_x;
    bool near_y, near_x;
    *wait = false;
    grid_from_signature(&g[0], w->anchor);
    grid_from_signature(&g[1], s);
    if (!find_place(&g[0], &g[1], &v))
        return;
    struct view sideways = v;
    sideways.sideways = true;
    double dy = displacement(&v, &left_y, &near_y), dx = displacement(&sideways, &left_x, &near_x);
    bool vertical = left_y <= left_x;
    double d = vertical ? dy : dx;
    int64_t age_us = s->time_us - w->anchor->time_us;
    *wait = d != 0 ? fabs(d) < STEP_LEAST && age_us < ANCHOR_US : near_y && near_x && age_us < NEAR_US;
    if (*wait)
        return;
    if (d != 0 && !is_page(vertical ? &v : &sideways, d))
        d = 0;
    count_step(w, &v, vertical ? 0 : d, vertical ? d : 0, s->time_us);
}

enum sc_status scroll_add(struct scroll *w, const struct signature *s, bool *ended, struct sc_event *out,
                          struct sc_error *err)
{
    bool wait = false;
    *ended = false;
    if (!w->anchor || !difference_comparable(w->anchor, s))
        return scroll_start(w, s, err);
    if (is_open(w) && s->time_us - w->last_us > PAUSE_US)
        *ended = close_burst(w, out);
    if (!anything_changed(w->anchor, s))
        return SC_OK;
    struct grid *g = malloc(2 * sizeof *g);
    if (!g)
        return fail_memory(err);
    judge(w, s, g, &wait);
    free(g);
    return wait ? SC_OK : set_anchor(w, s, err);
}

bool scroll_end(struct scroll *w, struct sc_event *out)
{
    return close_burst(w, out);
}
