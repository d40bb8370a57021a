/* The picture that is displayed at a time: ascending times share one decode, far ones are reached by a seek. */
#include "frames/pixels/reel.h"

#define WALK_US 2000000          /* going on by decoding is cheaper than a seek at least up to here */
#define STEP_BACK_US 500000      /* first try, when a seek has gone past the picture that is displayed */

struct reel reel_of(struct decoder *decoder)
{
    return (struct reel){ .decoder = decoder, .key_us = -1 };
}

void reel_clear(struct reel *r)
{
    picture_unref(&r->shown);
    picture_unref(&r->next);
    r->ended = false;
    r->key_us = -1;
}

static void note_key(struct reel *r, const struct picture *pic)
{
    if (!(pic->flags & PICTURE_KEY))
        return;
    if (r->key_us >= 0 && pic->time_us - r->key_us > r->key_interval_us)
        r->key_interval_us = pic->time_us - r->key_us;
    r->key_us = pic->time_us;
}

/* What was next is shown now; decode the one after it. */
static enum sc_status reel_advance(struct reel *r, struct sc_error *err)
{
    enum sc_status s;

    picture_unref(&r->shown);
    r->shown = r->next;
    r->next = NULL;
    if ((s = decode_next(r->decoder, &r->next, err)))
        return s;
    r->ended = !r->next;
    if (r->next)
        note_key(r, r->next);
    return SC_OK;
}

static bool is_far(const struct reel *r, int64_t time_us)
{
    const int64_t since_key = r->next && r->key_us >= 0 ? r->next->time_us - r->key_us : 0;
    int64_t walk_us = r->key_interval_us > since_key ? r->key_interval_us : since_key;

    walk_us = walk_us > WALK_US ? walk_us : WALK_US;
    return r->next && time_us - r->next->time_us > walk_us;
}

/* Seek so that shown is not later than time_us, or is the first picture of all. */
static enum sc_status reel_seek(struct reel *r, int64_t time_us, struct sc_error *err)
{
    const int64_t duration_us = decode_info(r->decoder)->duration_us;
    const int64_t goal_us = duration_us > 0 && time_us > duration_us ? duration_us : time_us;
    int64_t from_us = goal_us, back_us = STEP_BACK_US;
    enum sc_status s;

    for (;;) {
        reel_clear(r);
        if ((s = decode_seek(r->decoder, from_us, err)) || (s = reel_advance(r, err)))
            return s;
        if (r->next && (r->next->time_us <= time_us || !from_us))
            return reel_advance(r, err);
        if (!from_us)
            return fail(err, SC_ERR_FORMAT, "no picture in '%s'", decode_info(r->decoder)->path);
        from_us = goal_us > back_us ? goal_us - back_us : 0;
        back_us = back_us < INT64_MAX / 8 ? back_us * 4 : INT64_MAX;
    }
}

enum sc_status reel_to(struct reel *r, int64_t time_us, struct sc_error *err)
{
    enum sc_status s;

    if ((!r->shown || is_far(r, time_us)) && (s = reel_seek(r, time_us, err)))
        return s;
    while (r->next && r->next->time_us <= time_us)
        if ((s = reel_advance(r, err)))
            return s;
    return SC_OK;
}
