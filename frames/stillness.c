/* One running stretch at a time. */
#include "frames/stillness.h"

#include <math.h>

#define BLACK_LEVEL 24       /* mean luma, levels: darker is black, */
#define EVEN_DEVIATION 2     /* levels: and more even than this nothing is to be seen */
#define EVEN_SPREAD 16       /* and no block has more than this in it: noise, not a letter */
#define NOTHING_US 2500000   /* shorter is a pause between two pictures, or part of a fade */
#define FREEZE_US 3000000    /* a picture that does not move for so long, */
#define LIVELY 0.5           /* where before pictures differed so often */
#define LIVELY_S 2.0         /* time constant of that */

void stillness_start(struct stillness *w)
{
    *w = (struct stillness){ .kind = SC_OTHER, .last_us = -1 };
}

static uint64_t print_of(const struct signature *s)
{
    uint64_t h = 1469598103934665603u; /* FNV-1a */
    for (int i = 0; i < s->grid_w * s->grid_h; i++) {
        const struct signature_block *b = &s->blocks[i];
        h = (h ^ b->y ^ (uint64_t)b->u << 16 ^ (uint64_t)b->v << 24 ^ (uint64_t)b->texture << 32) * 1099511628211u;
    }
    return h;
}

static bool finish(struct stillness *w, struct sc_event *out)
{
    int64_t least_us = w->kind == SC_FREEZE ? FREEZE_US : NOTHING_US;
    bool happened = w->kind != SC_OTHER && w->last_us - w->since_us >= least_us;
    if (happened) {
        out->kind = w->kind;
        out->start_us = out->peak_us = w->since_us;
        out->end_us = w->last_us;
        out->score = 1;
    }
    w->kind = SC_OTHER;
    return happened;
}

static bool is_even(const struct signature *s)
{
    for (int i = 0; i < s->grid_w * s->grid_h; i++)
        if (!signature_is_hidden(&s->blocks[i]) && s->blocks[i].spread > EVEN_SPREAD)
            return false;
    return s->deviation_y < 16 * EVEN_DEVIATION;
}

bool stillness_add(struct stillness *w, const struct signature *s, struct sc_event *out)
{
    uint64_t print = print_of(s);
    bool same = w->last_us >= 0 && print == w->print, even = is_even(s);
    enum sc_kind kind = even ? s->mean_y < 16 * BLACK_LEVEL ? SC_BLACK : SC_BLANK : SC_OTHER;
    int64_t since_us = s->time_us;
    bool ended = false;
    if (kind == SC_OTHER && same && (w->kind == SC_FREEZE || w->liveliness > LIVELY)) {
        kind = SC_FREEZE;
        since_us = w->last_us;
    }
    if (kind != w->kind) {
        ended = finish(w, out);
        w->kind = kind;
        w->since_us = since_us;
    }
    if (w->last_us >= 0 && kind == SC_OTHER) {
        double part = 1 - exp((double)(w->last_us - s->time_us) * 1e-6 / LIVELY_S);
        w->liveliness += ((same ? 0 : 1) - w->liveliness) * part;
    }
    w->last_us = s->time_us;
    w->print = print;
    return ended;
}

bool stillness_end(struct stillness *w, struct sc_event *out)
{
    return finish(w, out);
}
