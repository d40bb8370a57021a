/* One colour, and cuts. */
#include "frames/profile.h"

#include <string.h>

/* Shares measured: screen recordings 0.32 to 0.71, films with black bars up to 0.16, tables and walls up to 0.13. */
#define SCREEN_SHARE 0.24

#define FILM_SHOTS 3            /* changes of shot, */
#define FILM_SHOT_US 20000000   /* and one so often */

#define EVEN_SPREAD 2           /* levels in a block */
#define BLACK_LEVEL 24          /* luma of bars: 16 with noise, or what a coarse codec makes of it */
#define COLOURS 4096            /* luma in quarter levels, hashed with chroma: collisions do not matter for a maximum */

static bool is_black(const struct signature_block *b)
{
    return b->spread <= EVEN_SPREAD && b->y < 16 * BLACK_LEVEL;
}

static bool column_is_black(const struct signature *s, int x)
{
    for (int y = 0; y < s->grid_h; y++)
        if (!is_black(&s->blocks[y * s->grid_w + x]))
            return false;
    return true;
}

static bool row_is_black(const struct signature *s, int y)
{
    for (int x = 0; x < s->grid_w; x++)
        if (!is_black(&s->blocks[y * s->grid_w + x]))
            return false;
    return true;
}

/* The share of its most common colour, between the bars. */
static double one_colour(const struct signature *s)
{
    uint16_t counts[COLOURS] = { 0 };
    int x0 = 0, y0 = 0, x1 = s->grid_w, y1 = s->grid_h, most = 0;
    while (x0 < x1 && column_is_black(s, x0))
        x0++;
    while (x1 > x0 && column_is_black(s, x1 - 1))
        x1--;
    while (y0 < y1 && row_is_black(s, y0))
        y0++;
    while (y1 > y0 && row_is_black(s, y1 - 1))
        y1--;
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++) {
            const struct signature_block *b = &s->blocks[y * s->grid_w + x];
            if (b->spread > EVEN_SPREAD)
                continue;
            unsigned colour = ((b->y + 2u) / 4 + 211u * b->u + 1511u * b->v) % COLOURS;
            most = ++counts[colour] > most ? counts[colour] : most;
        }
    return x1 > x0 && y1 > y0 ? (double)most / ((x1 - x0) * (y1 - y0)) : 0;
}

void profile_add(struct profile *p, const struct signature *s)
{
    p->sum += one_colour(s);
    p->n++;
}

double profile_evenness(const struct profile *p)
{
    return p->n ? p->sum / (double)p->n : 0;
}

bool profile_is_screen(const struct profile *p)
{
    return profile_evenness(p) > SCREEN_SHARE;
}

enum sc_profile profile_decide(const struct profile *p, const struct candidates *list, int64_t took_us)
{
    int shots = 0;
    if (profile_is_screen(p))
        return SC_PROFILE_SCREEN;
    for (int i = 0; i < list->n; i++) {
        enum sc_kind k = list->items[i].event.kind;
        shots += !list->items[i].muted && (k == SC_CUT || k == SC_DISSOLVE || k == SC_FADE || k == SC_WIPE);
    }
    return shots >= FILM_SHOTS && took_us < shots * (int64_t)FILM_SHOT_US ? SC_PROFILE_FILM : SC_PROFILE_CAMERA;
}
