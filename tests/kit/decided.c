/* Drawn pictures into a decider. */
#include "tests/kit/decided.h"

#include <stdlib.h>

#include "tests/kit/check.h"

static int64_t clip_time(const struct clip *c, int i)
{
    return (int64_t)i * 1000000 / (c->rate ? c->rate : RATE);
}

struct signature *clip_picture(const struct clip *c, int i)
{
    struct drawn *p = drawn_new(1280, 720);
    c->paint(p, i);
    struct signature *s = drawn_signature(p, clip_time(c, i));
    drawn_free(&p);
    return s;
}

static void add(struct decider *d, struct signature **s)
{
    assert_int_equal(decide_add(d, *s, NULL), SC_OK);
    signature_free(s);
}

/* Five pictures a second, and all of those between where a border may lie. */
static void add_normal(struct decider *d, const struct clip *c)
{
    int step = (c->rate ? c->rate : RATE) / 5;
    struct signature *last = NULL;
    for (int i = 0; i < c->pictures; i += step) {
        struct signature *s = clip_picture(c, i), *copy = signature_copy(s);
        if (last && decide_border_between(NULL, last, s, 1))
            for (int j = i - step + 1; j < i; j++) {
                struct signature *between = clip_picture(c, j);
                add(d, &between);
            }
        signature_free(&last);
        last = copy;
        add(d, &s);
    }
    signature_free(&last);
}

struct sc_changes decide_clip_with(const struct clip *c, const struct sc_look_settings *settings)
{
    struct sc_changes out = { 0 };
    struct decider *d = NULL;
    assert_int_equal(decide_open(&d, settings, NULL), SC_OK);
    if (c->normal)
        add_normal(d, c);
    for (int i = 0; !c->normal && i < c->pictures; i++) {
        struct signature *s = clip_picture(c, i);
        add(d, &s);
    }
    assert_int_equal(decide_finish(d, &out, NULL), SC_OK);
    decide_close(&d);
    return out;
}

struct sc_changes decide_clip(const struct clip *c, int max_frames)
{
    return decide_clip_with(c, &(struct sc_look_settings){ .max_frames = max_frames });
}

void decided_dispose(struct sc_changes *c)
{
    free(c->events);
    free(c->frames);
}

int decided_count(const struct sc_changes *c, enum sc_kind kind)
{
    int n = 0;
    for (int i = 0; i < c->n_events; i++)
        n += c->events[i].kind == kind;
    return n;
}

bool decided_shows(const struct sc_changes *c, int64_t from_us, int64_t to_us)
{
    for (int i = 0; i < c->n_frames; i++)
        if (c->frames[i].time_us >= from_us && c->frames[i].time_us < to_us)
            return true;
    return false;
}

void paint_page(struct drawn *p)
{
    drawn_fill(p, 240, 128, 128);
    drawn_lines(p, 100, 80, 800, 500, 30, 1);
    drawn_rect(p, 0, 0, 1280, 40, 90, 140, 120);
}
