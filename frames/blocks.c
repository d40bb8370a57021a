/* The state machine of the blocks. */
#include "frames/blocks.h"

#include <math.h>
#include <string.h>

/* How far a block may be from its reference and still be the same, levels. Luma: a sharp object that covers a quarter
 * of a block with a contrast of 25. Chroma is a whole number and moves by one or two between key frames. */
#define TOLERANCE_LUMA 6.0f
#define TOLERANCE_CHROMA 4.0f
#define TOLERANCE_TEXTURE 6.0f

/* Tolerances grow by this many times the block's usual distance from its recent mean (a mean of magnitudes; normal
 * noise passes five times that once in 15,000). */
#define NOISE_FACTOR 5.0f
#define DRAWN_BONUS 0.4f        /* of a tolerance less where there is no noise at all: a drawn page */
#define DRAWN_NOISE 0.005f
#define NOISE_FRESH_S 0.15f     /* time constant of a new block that does not move at all: a page is known soon */
#define NOISE_AT_FIRST 0.1f     /* tolerances: until something is known */
#define NOISE_MOST 1.0f         /* tolerances: no block becomes blind */
#define NOISE_RISE_S 1.0f       /* time constants of the running noise: it learns fast and forgets slowly */
#define NOISE_FALL_S 8.0f
#define RECENT_S 0.5f           /* time constant of the recent mean: slower changes are not noise */
#define RETURN_US 5000000       /* what came and went twice within this is leaves, water, a flickering lamp, */
#define RETURN_DRAWN 0.05f      /* tolerances of noise; less is a page, where it is */
#define RETURNS_DRAWN 12        /* a button pressed, or something that repeats, of which eight periods are seen first */
#define NOISE_OF_RETURN 0.25f   /* and teaches this part of its height */

#define ADAPT_S 2.0f            /* time constant with which a reference follows what is within tolerance, */
#define ADAPT_LEVELS_PER_S 1.0f /* but never faster than this: what drifts faster than a cloud is a change */

/* The samples follow the light with this time constant. What follows the content adds a little to the light each time,
 * and a light once misjudged stays in it: without this, the references of a camera wandered 140 levels off in an hour. */
#define LIGHT_S 10.0f

#define SLACK_LEAST 0.25f       /* of a block: what a moving camera does at least (it is never measured exactly) */

#define BUSY_US 1500000         /* one that never held still since the shot began is busy */
#define BACK_US 200000          /* one that is as before for so long when its event ends has come back */
#define CALM_US 1200000         /* a busy one that held still for so long is stable again */

#define WHITE 235.0f            /* mean luma of a block of which the brightest pixels are cut off */
#define BLACK 12.0f

#define COLOUR_LEVELS 4.0f      /* from gray: a coloured block */
#define COLOURED 0.5            /* of the blocks: a coloured picture, */
#define UNCOLOURED 0.02         /* and one without colours */

#define HELD_AT_END_US 100000   /* two or three pictures */

#define EARLY_US 60000          /* a shot's first state was to be seen for two pictures at least */

#define LIT_SHARE 0.5           /* of the blocks must look like their references in the light that was found */
#define LIGHT_LEAST 0.1         /* of the blocks must be stable to say what the light does */

struct sample sample_apart(const struct sample *a, const struct sample *b)
{
    return (struct sample){ fabsf(a->y - b->y) / TOLERANCE_LUMA, fabsf(a->u - b->u) / TOLERANCE_CHROMA,
                            fabsf(a->v - b->v) / TOLERANCE_CHROMA, fabsf(a->texture - b->texture) / TOLERANCE_TEXTURE };
}

static inline float most(float a, float b)
{
    return a > b ? a : b;
}

float sample_distance(const struct sample *a, const struct sample *b)
{
    struct sample apart = sample_apart(a, b);
    return most(most(apart.y, apart.texture), most(apart.u, apart.v));
}

float block_distance(const struct block *k, const struct sample *a, const struct sample *b, float allowance)
{
    if (!k->waves)
        return sample_distance(a, b) / allowance;
    struct sample apart = sample_apart(a, b);
    float luma = most(apart.y / most(allowance, k->swing.y), apart.texture / most(allowance, k->swing.texture));
    float chroma = most(apart.u / most(allowance, k->swing.u), apart.v / most(allowance, k->swing.v));
    return most(luma, chroma);
}

static struct sample sample_at(const struct grid *g, int i)
{
    return (struct sample){ g->y[i], g->u[i], g->v[i], g->texture[i] };
}

float block_allowance(float noise)
{
    float drawn = noise < 20 * DRAWN_NOISE ? DRAWN_BONUS * expf(-noise / DRAWN_NOISE) : 0;
    return 1 + NOISE_FACTOR * noise - drawn;
}

void blocks_start(struct blocks *b, const struct signature *first)
{
    grid_from_signature(&b->current, first);
    b->w = first->grid_w;
    b->h = first->grid_h;
    b->started_us = b->last_us = first->time_us;
    b->light = light_none();
    b->brightness = b->followed = 0;
    refresh_start(&b->refresh);
    b->lit = false;
    for (int i = 0; i < b->w * b->h; i++) {
        struct sample s = sample_at(&b->current, i);
        b->at[i] = (struct block){ .reference = s, .held = s, .recent = s, .last = s, .before = s, .anchor = s, .rest = s,
                                   .tick = s, .departed_us = -1, .held_us = first->time_us, .noise = NOISE_AT_FIRST,
                                   .phase = b->current.hidden[i] ? BLOCK_STABLE : BLOCK_FRESH };
    }
}

static inline float least(float a, float b)
{
    return a < b ? a : b;
}

static void relight(struct sample *s, const struct light *l)
{
    s->y = (float)l->gain * s->y + (float)l->offset;
    s->u = (float)l->chroma_gain * (s->u - 128) + 128 + (float)l->du;
    s->v = (float)l->chroma_gain * (s->v - 128) + 128 + (float)l->dv;
    s->texture *= (float)l->gain;
}

/* Bring all samples a part of the way into the light of the last picture; what is left of it remains the light. */
static void follow_light(struct blocks *b, float part)
{
    struct light *l = &b->light, step = { .gain = 1 + (l->gain - 1) * part, .offset = l->offset * part,
                                          .chroma_gain = 1 + (l->chroma_gain - 1) * part, .du = l->du * part,
                                          .dv = l->dv * part };
    double sum = 0;
    int n = 0;
    for (int i = 0; i < b->w * b->h; i++) {
        struct block *k = &b->at[i];
        if (b->current.hidden[i])
            continue;
        sum += (step.gain - 1) * least(k->reference.y, 255) + step.offset;
        n++;
        relight(&k->reference, &step);
        relight(&k->held, &step);
        relight(&k->recent, &step);
        relight(&k->last, &step);
        relight(&k->before, &step);
        relight(&k->anchor, &step);
        relight(&k->rest, &step);
        relight(&k->tick, &step);
    }
    b->followed += n ? sum / n : 0;
    l->gain /= step.gain;
    l->offset -= l->gain * step.offset;
    l->chroma_gain /= step.chroma_gain;
    l->du -= l->chroma_gain * step.du;
    l->dv -= l->chroma_gain * step.dv;
}

static double coloured(const struct grid *g)
{
    int n = 0;
    for (int i = 0; i < g->w * g->h; i++)
        n += fabsf(g->u[i] - 128) > COLOUR_LEVELS || fabsf(g->v[i] - 128) > COLOUR_LEVELS;
    return (double)n / (g->w * g->h);
}

static void recolour(struct sample *s, float u, float v)
{
    s->u = u;
    s->v = v;
}

/* A camera that goes over to infrared loses its colours, and has them again afterwards: they are the light's, and no
 * line makes the ones of the others. */
static void follow_colours(struct blocks *b)
{
    double was = coloured(&b->reference), is = coloured(&b->current);
    if (!(was > COLOURED && is < UNCOLOURED) && !(was < UNCOLOURED && is > COLOURED))
        return;
    for (int i = 0; i < b->w * b->h; i++) {
        struct block *k = &b->at[i];
        float u = b->reference.u[i] = b->current.u[i], v = b->reference.v[i] = b->current.v[i];
        recolour(&k->reference, u, v);
        recolour(&k->held, u, v);
        recolour(&k->recent, u, v);
        recolour(&k->last, u, v);
        recolour(&k->before, u, v);
        recolour(&k->anchor, u, v);
        recolour(&k->rest, u, v);
    }
}

/* Where the light carries a block to white or black, what was in it can't be seen in the picture: it is as it was. The
 * picture is in the references' light already. */
static void forgive_saturated(struct blocks *b)
{
    if (b->drawn)
        return;
    float gain = (float)b->light.gain, offset = (float)b->light.offset;
    for (int i = 0; i < b->w * b->h; i++) {
        float ought = gain * b->reference.y[i] + offset, is = gain * b->current.y[i] + offset;
        bool white = ought > WHITE && is > WHITE, black = ought < BLACK && is < BLACK;
        if ((!white && !black) || fabsf(ought - b->reference.y[i]) < TOLERANCE_LUMA)
            continue;
        b->current.y[i] = b->reference.y[i];
        b->current.texture[i] = b->reference.texture[i];
    }
}

/* Find the light between the references and the picture, and bring the picture into the references' light. */
static void compensate(struct blocks *b)
{
    int n = 0, usable = 0;
    double sum = 0;
    b->reference.w = b->w;
    b->reference.h = b->h;
    for (int i = 0; i < b->w * b->h; i++) {
        const struct block *k = &b->at[i];
        b->reference.hidden[i] = b->current.hidden[i];
        b->reference.y[i] = k->reference.y;
        b->reference.u[i] = k->reference.u;
        b->reference.v[i] = k->reference.v;
        b->reference.texture[i] = k->reference.texture;
        b->skip[i] = k->phase == BLOCK_CHANGING || k->phase == BLOCK_BUSY || k->waves;
        if (b->current.hidden[i])
            continue;
        n++;
        usable += !b->skip[i];
        sum += least(k->reference.y, 255);
    }
    follow_colours(b);
    b->light = light_fit(&b->reference, &b->current, usable > n * LIGHT_LEAST ? b->skip : NULL);
    b->brightness = b->followed + (n ? (b->light.gain - 1) * sum / n + b->light.offset : 0);
    struct light back = b->light;
    light_undo(&back);
    light_apply(&b->current, &back, b->drawn);
    b->lit = difference_explained(&b->current, &b->reference) > LIT_SHARE;
    forgive_saturated(b);
}

/* What part of the way running means go in the time since the picture before. */
struct pace {
    float adapt, recent, rise, fall, fresh;
    float drift;                /* levels that a reference may follow by */
};

static float part_of(float dt, float constant_s)
{
    return 1 - expf(-dt / constant_s);
}

static struct pace pace_of(float dt, float slack)
{
    return (struct pace){ part_of(dt, ADAPT_S), part_of(dt, RECENT_S), part_of(dt, NOISE_RISE_S),
                          part_of(dt, NOISE_FALL_S), part_of(dt, NOISE_FRESH_S),
                          slack > 0 ? 255 : ADAPT_LEVELS_PER_S * dt };
}

static float toward(float from, float to, const struct pace *pace)
{
    float step = (to - from) * pace->adapt;
    return from + (step > pace->drift ? pace->drift : step < -pace->drift ? -pace->drift : step);
}

static void follow(struct block *k, const struct sample *s, const struct pace *pace)
{
    k->reference.y = toward(k->reference.y, s->y, pace);
    k->reference.u = toward(k->reference.u, s->u, pace);
    k->reference.v = toward(k->reference.v, s->v, pace);
    k->reference.texture = toward(k->reference.texture, s->texture, pace);
}

static float outside(float value, float reference, float low, float high, float slack)
{
    low = reference + slack * (low - reference);
    high = reference + slack * (high - reference);
    return value < low ? value - low : value > high ? value - high : 0;
}

/* What is left of a sample's difference from the reference when the block may have moved toward its neighbours:
 * the reference plus that. */
static struct sample less_motion(const struct blocks *b, int i, const struct sample *s)
{
    const struct sample *r = &b->at[i].reference;
    struct sample low = *r, high = *r;
    int x0 = i % b->w ? -1 : 0, x1 = i % b->w < b->w - 1 ? 1 : 0;
    int y0 = i >= b->w ? -1 : 0, y1 = i / b->w < b->h - 1 ? 1 : 0;
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            int j = i + y * b->w + x;
            if (b->current.hidden[j])
                continue;
            low.y = least(low.y, b->reference.y[j]), high.y = most(high.y, b->reference.y[j]);
            low.u = least(low.u, b->reference.u[j]), high.u = most(high.u, b->reference.u[j]);
            low.v = least(low.v, b->reference.v[j]), high.v = most(high.v, b->reference.v[j]);
            low.texture = least(low.texture, b->reference.texture[j]);
            high.texture = most(high.texture, b->reference.texture[j]);
        }
    return (struct sample){ r->y + outside(s->y, r->y, low.y, high.y, b->slack),
                            r->u + outside(s->u, r->u, low.u, high.u, b->slack),
                            r->v + outside(s->v, r->v, low.v, high.v, b->slack),
                            r->texture + outside(s->texture, r->texture, low.texture, high.texture, b->slack) };
}

static void learn_noise(struct block *k, const struct sample *s, const struct pace *pace)
{
    float distance = least(sample_distance(s, &k->recent), NOISE_MOST);
    float part = distance > k->noise ? pace->rise : pace->fall;
    if (k->phase == BLOCK_FRESH && distance < DRAWN_NOISE)
        part = pace->fresh;
    k->noise += (distance - k->noise) * part;
    k->recent.y += pace->recent * (s->y - k->recent.y);
    k->recent.u += pace->recent * (s->u - k->recent.u);
    k->recent.v += pace->recent * (s->v - k->recent.v);
    k->recent.texture += pace->recent * (s->texture - k->recent.texture);
}

static void settle(struct block *k, int64_t now_us, float allowance)
{
    if (block_distance(k, &k->held, &k->reference, allowance) > 1) {
        k->steps++;
        k->reference = k->held;
    } else {
        k->returns = k->returned_us && now_us - k->returned_us < RETURN_US ? k->returns + 1 : 0;
        if (k->returns > (k->noise < RETURN_DRAWN ? RETURNS_DRAWN : 0))
            k->noise = most(k->noise, least(NOISE_OF_RETURN * k->peak, NOISE_MOST));
        k->returned_us = now_us;
    }
    k->recent = k->reference;
    k->phase = BLOCK_STABLE;
    k->settled_us = now_us;
    k->final_us = k->held_us;
}

/* A block held still for the first time. When it had been in another state in the shot's first pictures, and gone over
 * into this one in a single step, that was a change. */
static void settle_first(const struct blocks *b, struct block *k, float raw)
{
    bool stepped = k->steps == 1 && k->held_us - b->started_us >= EARLY_US &&
                   k->held_us - b->started_us <= BLOCKS_SETTLE_US;
    k->phase = stepped ? BLOCK_CHANGING : BLOCK_STABLE;
    k->steps = 0;
    if (stepped) {
        k->noise = b->drawn ? least(k->noise, NOISE_AT_FIRST) : k->noise;
        k->before = k->reference;
        k->first_us = k->onset_us = k->final_us = k->held_us;
        k->peak = k->distance;
        k->raw_peak = raw;
    } else {
        k->reference = k->held;
    }
}

/* How far the blocks may step because the picture is coded anew; 0: it isn't. */
static float find_refresh(struct blocks *b, float dt)
{
    int n = 0;
    for (int i = 0; i < b->w * b->h; i++) {
        struct sample now = sample_at(&b->current, i);
        if (b->current.hidden[i])
            continue;
        b->step[n++] = sample_distance(&now, &b->at[i].last);
        b->at[i].last = now;
    }
    return refresh_add(&b->refresh, b->step, n, dt);
}

/* A block that is as it was, but coded anew. */
static void renew(struct block *k, const struct sample *s, float anew)
{
    if (k->phase == BLOCK_STABLE && sample_distance(s, &k->reference) <= anew)
        k->reference = k->recent = k->held = *s;
    else if (sample_distance(s, &k->held) <= anew)
        k->held = *s;
}

static void step_block(struct blocks *b, struct block *k, const struct sample *s, int64_t now_us,
                       const struct pace *pace)
{
    float dim = b->light.gain < 1 ? (float)(1 / b->light.gain) : 1; /* brightened noise is more noise */
    float allowance = block_allowance(k->noise) * least(dim, 4) / (float)b->sensitivity;
    struct sample still = b->slack > 0 ? less_motion(b, (int)(k - b->at), s) : *s;
    k->distance = block_distance(k, &still, &k->reference, allowance);
    float raw = k->waves ? k->distance * allowance : sample_distance(&still, &k->reference);
    bool swings = k->waves && k->distance <= 1; /* as it always does: that is still for it */
    const struct sample *at = swings ? &k->reference : s;
    if (block_distance(k, at, &k->held, allowance) > (swings ? 0 : 1)) {
        k->held = *at;
        k->held_us = now_us;
        k->steps += k->phase == BLOCK_FRESH;
    }
    int64_t still_us = now_us - k->held_us;
    switch (k->phase) {
    case BLOCK_FRESH:
        learn_noise(k, s, pace);
        if (still_us >= BLOCKS_SETTLE_US) {
            settle_first(b, k, raw);
        } else if (now_us - b->started_us > BUSY_US) {
            k->phase = BLOCK_BUSY;
        }
        break;
    case BLOCK_STABLE:
        if (k->distance > 1) {
            k->phase = BLOCK_CHANGING;
            k->onset_us = now_us;
            k->held = *s;
            k->held_us = now_us;
            if (!k->owner) {
                k->before = k->reference;
                k->first_us = now_us;
                k->steps = 0;
                k->peak = k->raw_peak = 0;
                k->final_us = now_us;
            }
        } else {
            if (!k->waves)
                learn_noise(k, s, pace);
            follow(k, s, pace);
        }
        break;
    case BLOCK_CHANGING:
        if (still_us >= BLOCKS_SETTLE_US)
            settle(k, now_us, allowance);
        break;
    case BLOCK_BUSY:
        if (still_us >= CALM_US) {
            k->phase = BLOCK_STABLE;
            k->reference = k->recent = k->held;
        }
        break;
    }
    if (k->phase == BLOCK_CHANGING) {
        k->peak = most(k->peak, k->distance);
        k->raw_peak = most(k->raw_peak, raw);
    }
}

void blocks_add(struct blocks *b, const struct signature *s, double sway)
{
    float dt = (float)(s->time_us - b->last_us) * 1e-6f;
    if (b->lit)
        follow_light(b, part_of(dt, LIGHT_S));
    grid_from_signature(&b->current, s);
    compensate(b);
    b->slack = sway > 0 ? least(1, SLACK_LEAST + (float)sway / SIGNATURE_BLOCK) : 0;
    struct pace pace = pace_of(dt, b->slack);
    float anew = find_refresh(b, dt);
    for (int i = 0; i < b->w * b->h; i++) {
        struct sample now = sample_at(&b->current, i);
        if (b->current.hidden[i])
            continue;
        if (anew > 0)
            renew(&b->at[i], &now, anew);
        step_block(b, &b->at[i], &now, s->time_us, &pace);
    }
    b->last_us = s->time_us;
}

void blocks_end(struct blocks *b)
{
    for (int i = 0; i < b->w * b->h; i++) {
        struct block *k = &b->at[i];
        if (k->phase == BLOCK_CHANGING && b->last_us - k->held_us >= HELD_AT_END_US)
            settle(k, b->last_us, block_allowance(k->noise) / (float)b->sensitivity);
    }
}

void block_close(const struct blocks *b, struct block *k)
{
    if (k->phase != BLOCK_CHANGING)
        return;
    if (k->distance <= 1 && b->last_us - k->held_us >= BACK_US)
        settle(k, b->last_us, block_allowance(k->noise) / (float)b->sensitivity);
    else
        block_give_up(k);
}

void block_give_up(struct block *b)
{
    b->phase = BLOCK_BUSY;
    b->held_us = b->held_us > b->onset_us ? b->held_us : b->onset_us;
}
