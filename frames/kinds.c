/* Extent, colour and kind of a closed local event. */
#include "frames/kinds.h"

#include <math.h>
#include <stdlib.h>

#include "frames/typing.h"

#define KEPT_DISTANCE 1.0f      /* tolerances between before and after: a block that is in another state */
#define KEPT_SWING 0.5f         /* of how far it swings, for one that waves: it may rest anywhere in that */
#define WEAK_EDGE 0.25f         /* of the strongest block: weaker ones at the rim do not widen the box */
#define MOVE_BLOCKS 3.0         /* the centre wandered so far, blocks: something moved */
#define MOVE_US 300000          /* and it took so long */
#define TYPING_US 400000        /* takes so long at least */
#define TEXT_TEXTURE 8.0        /* levels to the neighbouring small pixel: strokes of letters */
#define TEXT_ASPECT 2.0         /* lines are wider than high */

/* A shadow or a reflection on a wall, levels: no edges, faint, gray. On a drawn page, which has no noise, the same is
 * a change of colour. */
#define SOFT_TEXTURE 3.0
#define SOFT_LUMA 24.0
#define SOFT_CHROMA 4.0
#define SOFT_NOISE 0.01         /* tolerances */

#define WHOLE_SHARE 0.5         /* of the blocks changed, */
#define WHOLE_AT_ONCE 0.7       /* of them, for a cut, in the first picture */
#define WHOLE_KEPT 0.8          /* and so many of these to stay so */
#define POINTER_NOISE 0.05      /* tolerances: a drawn page */
#define TYPING_NOISE 0.1        /* the same, coded coarsely: measured 0.065 there, 0.21 and more on camera pictures */
#define POINTER_SHARE 0.004     /* of the picture at one moment, where it was and where it is */

struct sums {
    int n, kept, at_once;
    double y0, u0, v0, t0, y1, u1, v1, t1;
    double strength, strongest, excess, noise, sharpness, luma, chroma;
    int x0, y0b, x1, y1b;
};

static bool kept(const struct block *k)
{
    return block_distance(k, &k->before, &k->reference, KEPT_DISTANCE) > (k->waves ? KEPT_SWING : 1);
}

static struct sums sum_up(const struct blocks *b, const bool *members, int64_t start_us)
{
    struct sums s = { .x0 = b->w, .y0b = b->h };
    for (int i = 0; i < b->w * b->h; i++)
        if (members[i] && b->at[i].peak > s.strongest)
            s.strongest = b->at[i].peak;
    for (int i = 0; i < b->w * b->h; i++) {
        const struct block *k = &b->at[i];
        if (!members[i])
            continue;
        s.n++;
        s.kept += kept(k);
        s.at_once += k->first_us == start_us;
        s.strength += k->peak;
        s.noise += k->noise;
        s.excess += fmax(k->peak - 1, 0);
        s.sharpness = fmax(s.sharpness, fabs(k->reference.texture - k->before.texture));
        s.luma = fmax(s.luma, fabs(k->reference.y - k->before.y));
        s.chroma = fmax(s.chroma, fmax(fabs(k->reference.u - k->before.u), fabs(k->reference.v - k->before.v)));
        s.y0 += k->before.y, s.u0 += k->before.u, s.v0 += k->before.v, s.t0 += k->before.texture;
        s.y1 += k->reference.y, s.u1 += k->reference.u, s.v1 += k->reference.v, s.t1 += k->reference.texture;
        if (k->peak < WEAK_EDGE * s.strongest)
            continue;
        int x = i % b->w, y = i / b->w;
        s.x0 = x < s.x0 ? x : s.x0;
        s.x1 = x + 1 > s.x1 ? x + 1 : s.x1;
        s.y0b = y < s.y0b ? y : s.y0b;
        s.y1b = y + 1 > s.y1b ? y + 1 : s.y1b;
    }
    return s;
}

/* How much the members stand out from what lies around them: before (*was) and afterwards (*is). */
static void standing_out(const struct blocks *b, const bool *members, double *was, double *is)
{
    *was = *is = 0;
    for (int i = 0; i < b->w * b->h; i++) {
        if (!members[i])
            continue;
        const int side[4] = { i % b->w ? i - 1 : -1, i % b->w < b->w - 1 ? i + 1 : -1, i - b->w,
                              i + b->w < b->w * b->h ? i + b->w : -1 };
        for (int j = 0; j < 4; j++) {
            if (side[j] < 0 || members[side[j]] || b->current.hidden[side[j]])
                continue;
            const struct sample *around = &b->at[side[j]].reference;
            *was += sample_distance(&b->at[i].before, around);
            *is += sample_distance(&b->at[i].reference, around);
        }
    }
}

static void colours(struct candidate *c, const struct blocks *b, const struct sums *s)
{
    struct sample was = { (float)(s->y0 / s->n), (float)(s->u0 / s->n), (float)(s->v0 / s->n), 0 };
    struct sample is = { (float)(s->y1 / s->n), (float)(s->u1 / s->n), (float)(s->v1 / s->n), 0 };
    const struct sample *both[2] = { &was, &is };
    uint8_t *out[2] = { c->event.yuv_before, c->event.yuv_after };
    for (int i = 0; i < 2; i++) {
        double yuv[3] = { b->light.gain * both[i]->y + b->light.offset,
                          128 + b->light.chroma_gain * (both[i]->u - 128) + b->light.du,
                          128 + b->light.chroma_gain * (both[i]->v - 128) + b->light.dv };
        for (int j = 0; j < 3; j++)
            out[i][j] = (uint8_t)lround(fmin(fmax(yuv[j], 0), 255));
    }
    c->texture_before = (float)(s->t0 / s->n);
    c->texture_after = (float)(s->t1 / s->n);
}

/* The letters stay; the frame around the field, which shows that it is written into, comes and goes. */
static bool is_typing(const struct blocks *b, const bool *members, const struct sums *s)
{
    bool stays[DIFFERENCE_MAX_BLOCKS];
    if (s->kept * 4 < s->n)
        return false;
    for (int i = 0; i < b->w * b->h; i++)
        stays[i] = members[i] && kept(&b->at[i]);
    return typing_is_progress(b, stays);
}

static enum sc_kind kind_of(const struct candidate *c, const struct blocks *b, const bool *members,
                            const struct sums *s, double travel)
{
    int64_t took_us = c->event.end_us - c->event.start_us;
    bool moved = travel > MOVE_BLOCKS && took_us > MOVE_US;
    if (took_us > TYPING_US && (b->drawn || c->noise < TYPING_NOISE) && is_typing(b, members, s))
        return SC_TYPING;
    if (s->kept * 4 < s->n)
        return took_us > MOVE_US ? SC_MOVE : SC_OTHER;
    if (moved && s->kept * 2 < s->n)
        return SC_MOVE;
    double texture = fmax(s->t0, s->t1) / s->n;
    int w = s->x1 - s->x0, h = s->y1b - s->y0b;
    if (texture > TEXT_TEXTURE && w >= TEXT_ASPECT * h)
        return SC_TEXT;
    double was, is;
    standing_out(b, members, &was, &is);
    return is + s->t1 / s->n >= was + s->t0 / s->n ? SC_APPEAR : SC_DISAPPEAR;
}

/* So much of the picture is another shot, or another page: it counts as a change of all of it. */
static void widen(struct candidate *c, const struct signature *shape, int at_once)
{
    if (c->event.share < WHOLE_SHARE || c->kept < WHOLE_KEPT * c->blocks)
        return;
    c->whole = true;
    c->event.kind = at_once < WHOLE_AT_ONCE * c->blocks ? SC_DISSOLVE : SC_CUT;
    c->event.box = (struct sc_box){ 0, 0, shape->width, shape->height };
    if (c->event.kind == SC_CUT)
        c->event.end_us = c->event.start_us;
}

struct candidate kinds_describe(const struct blocks *b, const bool *members, const struct signature *shape,
                                const struct path *path, int64_t start_us, int64_t end_us)
{
    struct candidate c = { .event = { .start_us = start_us, .end_us = end_us, .peak_us = path->peak_us,
                                      .before_us = -1, .after_us = -1, .same_as_us = -1, .count = 1 } };
    struct sums s = sum_up(b, members, start_us);
    if (!s.n)
        return c;
    c.blocks = s.n;
    c.kept = s.kept;
    c.strength = s.strength;
    c.strongest = (float)s.strongest;
    c.noise = (float)(s.noise / s.n);
    c.excess = s.excess;
    c.soft = s.sharpness < SOFT_TEXTURE && s.luma < SOFT_LUMA && s.chroma < SOFT_CHROMA && c.noise > SOFT_NOISE &&
             s.kept;
    c.event.box = signature_to_box(shape, s.x0, s.y0b, s.x1, s.y1b);
    c.event.share = (double)s.n / (b->w * b->h);
    c.event.score = 1 - exp(-s.strength / 20); /* 20 tolerances in all: an object of a dozen blocks is certain */
    colours(&c, b, &s);
    c.pointer = !s.kept && c.noise < POINTER_NOISE && path->peak_blocks < POINTER_SHARE * b->w * b->h &&
                end_us - start_us > MOVE_US;
    double dx = path->placed ? path->last_x - path->first_x : 0, dy = path->placed ? path->last_y - path->first_y : 0;
    c.event.kind = kind_of(&c, b, members, &s, hypot(dx, dy));
    if (c.event.kind == SC_MOVE) {
        c.event.dx = dx * shape->width / b->w;
        c.event.dy = dy * shape->height / b->h;
    }
    widen(&c, shape, s.at_once);
    return c;
}
