/* Stretches of the border that differ for a while. */
#include "frames/crossing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 8                 /* blocks of a strip, a tenth of the picture: someone walking takes a second for it */
#define EDGE 3                  /* blocks inward count as the border: few pictures a second, or lost ones, skip the last */
#define LEAST_RUN 2             /* blocks along the border */
#define GAP_RUN 1               /* one still block does not part a stretch */
#define AROUND 2                /* blocks to both sides of the stretch that the strip behind it has */
#define GONE_US 250000          /* it has crossed when it is off the border for so long */
#define LONG_US 5000000         /* what stays longer stands there, or is a tree */
#define VALLEY 0.4              /* of the lower of two peaks: two follow each other closely */

/* Measured on people and cars: 11 blocks or more in the strip more or less than before, and 19 tolerances on the border;
 * on sleeves, leaves and compression at the border up to 11 and 15, not both. */
#define LEAST_CHANGE 8          /* blocks */
#define LEAST_STRENGTH 16.0     /* tolerances, summed over the border where it was most */
#define CROWD 0.35              /* of the picture differs: another scene, not something in this one */

static int side_length(const struct blocks *b, int side)
{
    return side < 2 ? b->h : b->w;
}

/* The block at place i along a side, k blocks inward. */
static int block_at(const struct blocks *b, int side, int i, int k)
{
    switch (side) {
    case 0: return i * b->w + k;
    case 1: return i * b->w + b->w - 1 - k;
    case 2: return k * b->w + i;
    default: return (b->h - 1 - k) * b->w + i;
    }
}

static bool differs(const struct blocks *b, int at)
{
    const struct block *k = &b->at[at];
    return k->phase == BLOCK_CHANGING && k->distance > 1;
}

void crossings_start(struct crossings *c)
{
    memset(c, 0, sizeof *c);
}

static void measure_strips(struct crossings *c, const struct blocks *b)
{
    memset(c->depth, 0, sizeof c->depth);
    for (int side = 0; side < 4; side++)
        for (int i = 0; i < side_length(b, side); i++)
            for (int k = 0; k < DEPTH && k < side_length(b, (side + 2) % 4); k++)
                c->depth[side][i] += differs(b, block_at(b, side, i, k));
}

/* Blocks that differ in the strip behind a stretch. */
static int in_strip(const uint8_t *depth, int length, int from, int to)
{
    int n = 0;
    for (int i = from > AROUND ? from - AROUND : 0; i < to + AROUND && i < length; i++)
        n += depth[i];
    return n;
}

/* How strongly the border differs at place i, tolerances; 0: it does not. */
static double at_edge(const struct blocks *b, int side, int i)
{
    double most = 0;
    for (int k = 0; k < EDGE && k < side_length(b, (side + 2) % 4); k++) {
        int at = block_at(b, side, i, k);
        most = differs(b, at) ? fmax(most, b->at[at].distance) : most;
    }
    return most;
}

static struct crossing *find(struct crossings *c, int side, int from, int to)
{
    struct crossing *empty = NULL;
    for (int i = 0; i < CROSSINGS_MOST; i++) {
        struct crossing *x = &c->at[side][i];
        if (x->used && x->now_from <= to && from <= x->now_to)
            return x;
        if (!x->used && !empty)
            empty = x;
    }
    return empty;
}

/* Mean colour of the border from..to, of the last picture or of what it looks like when nothing happens. */
static void border_colour(const struct blocks *b, int side, int from, int to, bool empty, uint8_t yuv[3])
{
    double sum[3] = { 0 };
    int n = 0;
    for (int i = from; i < to; i++)
        for (int k = 0; k < DEPTH / 2 && k < side_length(b, (side + 2) % 4); k++, n++) {
            int at = block_at(b, side, i, k);
            const struct sample now = { b->current.y[at], b->current.u[at], b->current.v[at], 0 };
            const struct sample *s = empty ? &b->at[at].reference : &now;
            sum[0] += b->light.gain * s->y + b->light.offset;
            sum[1] += 128 + b->light.chroma_gain * (s->u - 128) + b->light.du;
            sum[2] += 128 + b->light.chroma_gain * (s->v - 128) + b->light.dv;
        }
    for (int j = 0; j < 3 && n; j++)
        yuv[j] = (uint8_t)lround(fmin(fmax(sum[j] / n, 0), 255));
}

static void follow(struct crossings *c, const struct blocks *b, int side, int from, int to)
{
    struct crossing *x = find(c, side, from, to);
    double strength = 0, outermost = 0;
    if (!x)
        return;
    for (int i = from; i < to; i++) {
        int at = block_at(b, side, i, 0);
        strength += at_edge(b, side, i);
        outermost += differs(b, at) ? b->at[at].distance : 0;
    }
    if (!x->used) {
        *x = (struct crossing){ .used = true, .from = from, .to = to, .start_us = b->last_us };
        memcpy(x->before, c->depth[side], sizeof x->before);
        border_colour(b, side, from, to, false, x->yuv);
    }
    x->now_from = from;
    x->now_to = to;
    x->from = from < x->from ? from : x->from;
    x->to = to > x->to ? to : x->to;
    x->strength = fmax(x->strength, strength);
    x->now = outermost;
    if (outermost > x->high)
        x->high = x->low = outermost;
    if (outermost <= x->low) {
        x->low = outermost;
        x->low_us = b->last_us;
        memcpy(x->between, c->depth[side], sizeof x->between);
    }
    x->last_us = b->last_us;
}

/* Two that follow each other closely: the border is nearly free between them. */
static bool is_second(const struct crossing *x)
{
    return x->low < VALLEY * fmin(x->now, x->high) && x->now > LEAST_STRENGTH;
}

static void follow_side(struct crossings *c, const struct blocks *b, int side)
{
    int from = -1, last = -1, length = side_length(b, side);
    for (int i = 0; i <= length; i++) {
        if (i < length && at_edge(b, side, i) > 0) {
            from = from < 0 ? i : from;
            last = i;
        } else if (from >= 0 && (i == length || i - last > GAP_RUN)) {
            if (last + 1 - from >= LEAST_RUN)
                follow(c, b, side, from, last + 1);
            from = -1;
        }
    }
}

static struct sc_box strip_box(const struct signature *s, const struct blocks *b, int side, const struct crossing *x)
{
    int depth = DEPTH / 2;
    switch (side) {
    case 0: return signature_to_box(s, 0, x->from, depth, x->to);
    case 1: return signature_to_box(s, b->w - depth, x->from, b->w, x->to);
    case 2: return signature_to_box(s, x->from, 0, x->to, depth);
    default: return signature_to_box(s, x->from, b->h - depth, x->to, b->h);
    }
}

/* Displayed pixels: its own depth, inward or outward. */
static void set_way(struct sc_event *e, int side, bool inward)
{
    double way = side < 2 ? e->box.w : e->box.h;
    way = (side % 2 == 0) == inward ? way : -way;
    e->dx = side < 2 ? way : 0;
    e->dy = side < 2 ? 0 : way;
}

/* What crossed until end_us, when so much differed behind the border. */
static enum sc_status conclude(const struct blocks *b, int side, const struct crossing *x, const uint8_t *depth,
                               int64_t end_us, const struct signature *shape, struct candidates *list,
                               struct sc_error *err)
{
    int length = side_length(b, side);
    int before = in_strip(x->before, length, x->from, x->to);
    int after = in_strip(depth, length, x->from, x->to);
    bool inward = x->follows ? x->inward : after - before > x->most - after;
    int change = inward ? after - before : before < LEAST_CHANGE ? 0 : x->most - after;
    if ((!x->follows && change < LEAST_CHANGE) || x->strength < LEAST_STRENGTH || x->last_us - x->start_us > LONG_US)
        return SC_OK;
    struct candidate k = { .event = { .start_us = inward ? x->start_us : x->most_us, .end_us = end_us,
                                      .before_us = -1, .after_us = -1,
                                      .peak_us = inward ? end_us : x->most_us, .same_as_us = -1, .count = 1,
                                      .kind = SC_MOVE, .box = strip_box(shape, b, side, x),
                                      .score = 1 - exp(-x->strength / 20) },
                           .crossing = true, .inward = inward, .strength = x->strength };
    k.event.share = (double)k.event.box.w * k.event.box.h / ((double)shape->width * shape->height);
    set_way(&k.event, side, inward);
    memcpy(k.event.yuv_before, x->yuv, sizeof k.event.yuv_before);
    border_colour(b, side, x->from, x->to, true, inward ? k.event.yuv_before : k.event.yuv_after);
    if (inward)
        border_colour(b, side, x->from, x->to, false, k.event.yuv_after);
    return candidates_add(list, &k, err);
}

static enum sc_status judge(struct crossings *c, const struct blocks *b, int side, struct crossing *x,
                            const struct signature *shape, struct candidates *list, struct sc_error *err)
{
    struct crossing second = *x;
    enum sc_status s = SC_OK;
    int behind = in_strip(c->depth[side], side_length(b, side), x->from, x->to);
    if (behind >= x->most) {
        x->most = behind;
        x->most_us = b->last_us;
    }
    if (b->last_us > x->last_us && !x->free)
        memcpy(x->after, c->depth[side], sizeof x->after);
    x->free = b->last_us > x->last_us;
    if (b->last_us - x->last_us >= GONE_US) {
        x->used = false;
        return conclude(b, side, x, x->after, b->last_us, shape, list, err);
    }
    if (!is_second(x))
        return SC_OK;
    s = conclude(b, side, x, x->between, x->low_us, shape, list, err);
    second.follows = true;
    if (!x->follows) {
        int between = in_strip(x->between, side_length(b, side), x->from, x->to);
        second.inward = between - in_strip(x->before, side_length(b, side), x->from, x->to) > x->most - between;
    }
    second.most = behind;
    second.most_us = b->last_us;
    second.start_us = x->low_us;
    second.from = x->now_from;
    second.to = x->now_to;
    second.strength = second.high = second.low = x->now;
    memcpy(second.before, x->between, sizeof second.before);
    *x = second;
    return s;
}

static bool is_crowded(const struct blocks *b)
{
    int n = 0;
    for (int i = 0; i < b->w * b->h; i++)
        n += differs(b, i);
    return n > CROWD * b->w * b->h;
}

enum sc_status crossings_add(struct crossings *c, const struct blocks *b, const struct signature *shape,
                             struct candidates *list, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    if (is_crowded(b)) {
        crossings_start(c);
        return SC_OK;
    }
    for (int side = 0; side < 4; side++)
        follow_side(c, b, side);
    measure_strips(c, b);
    for (int side = 0; side < 4; side++)
        for (int i = 0; i < CROSSINGS_MOST && !s; i++)
            if (c->at[side][i].used)
                s = judge(c, b, side, &c->at[side][i], shape, list, err);
    return s;
}
