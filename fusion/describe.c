/* The evidence in plain English. */
#include "fusion/describe.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "fusion/words.h"

#define RANGE_US 500000      /* a change that takes longer is given with its end */
#define EDGE_US 1000000      /* how far from the ends of the video a look may begin and end and still be all of it */
#define DARK 28              /* mean luma of what people call black */

struct text {
    struct buffer *out;
    struct sc_error *err;
    enum sc_status status;
};

static void say(struct text *t, const char *words)
{
    if (!t->status)
        t->status = buffer_text(t->out, words, t->err);
}

#define PRINT(t, ...) ((t)->status ? (void)0 : (void)((t)->status = buffer_print((t)->out, (t)->err, __VA_ARGS__)))

/* ---- what happened ---- */

static bool same_colour(const struct sc_event *e)
{
    return !strcmp(words_colour(e->yuv_before), words_colour(e->yuv_after));
}

/* " red", where the colour stands out from what was (or is) there without the thing. */
static void say_colour(struct text *t, const struct sc_event *e, const uint8_t yuv[3])
{
    if (words_is_coloured(yuv) && !same_colour(e))
        PRINT(t, " %s", words_colour(yuv));
}

/* " to the left by 120 px" */
static void say_motion(struct text *t, const struct sc_event *e)
{
    const char *direction = words_direction(e->dx, e->dy);

    if (*direction)
        PRINT(t, " %s by %ld px", direction, lround(hypot(e->dx, e->dy)));
}

static void say_fade(struct text *t, const struct sc_event *e)
{
    bool from = e->yuv_before[0] < DARK, to = e->yuv_after[0] < DARK;

    say(t, "The picture faded");
    if (from != to)
        say(t, from ? " in from black" : " to black");
}

static void say_light(struct text *t, const struct sc_event *e)
{
    int change = e->yuv_after[0] - e->yuv_before[0];

    if (change >= 4 || change <= -4)
        PRINT(t, "It became %s", change > 0 ? "brighter" : "darker");
    else
        say(t, "The light changed for a while");
}

static void say_event(struct text *t, const struct sc_event *e, const char *place)
{
    char duration[32];

    words_duration(e->end_us - e->start_us, duration);
    switch (e->kind) {
    case SC_APPEAR:
        say(t, "Something");
        say_colour(t, e, e->yuv_after);
        PRINT(t, " appeared %s", place);
        break;
    case SC_DISAPPEAR:
        say(t, "Something");
        say_colour(t, e, e->yuv_before);
        PRINT(t, " disappeared %s", place);
        break;
    case SC_MOVE:
        say(t, "Something moved");
        say_motion(t, e);
        PRINT(t, ", %s", place);
        break;
    case SC_TEXT: PRINT(t, "Fine detail changed %s, as text does", place); break;
    case SC_TYPING: PRINT(t, "Fine detail was added bit by bit %s, as in typing", place); break;
    case SC_SCROLL:
        say(t, "The content scrolled");
        say_motion(t, e);
        PRINT(t, ", %s", place);
        break;
    case SC_CUT: say(t, "The picture changed at once to another one (a cut)"); break;
    case SC_DISSOLVE: PRINT(t, "One picture turned into another within %s (a dissolve)", duration); break;
    case SC_FADE: say_fade(t, e); break;
    case SC_WIPE: PRINT(t, "One picture pushed away another within %s (a wipe)", duration); break;
    case SC_LIGHT: say_light(t, e); break;
    case SC_FLASH: PRINT(t, "The light flashed %s", place); break;
    case SC_CAMERA:
        say(t, "The whole view shifted");
        say_motion(t, e);
        break;
    case SC_REPEATING:
        PRINT(t, "Something kept changing and changing back %s", place);
        if (e->count > 1)
            PRINT(t, ", %d times", e->count);
        break;
    case SC_FREEZE: PRINT(t, "The picture stood still for %s", duration); break;
    case SC_BLACK: PRINT(t, "The picture was black for %s", duration); break;
    case SC_BLANK:
        PRINT(t, "The picture was one even %s for %s", words_colour(e->yuv_after), duration);
        break;
    default: PRINT(t, "Something changed %s", place);
    }
}

static bool is_local(const struct sc_event *e)
{
    switch (e->kind) {
    case SC_APPEAR: case SC_DISAPPEAR: case SC_MOVE: case SC_TEXT: case SC_TYPING: case SC_SCROLL: case SC_REPEATING:
    case SC_FLASH: case SC_OTHER:
        return e->box.w > 0 && e->box.h > 0;
    default:
        return false;
    }
}

/* " (38x76 px, 1.2 % of the picture, mean colour from black to red)" */
static void say_size(struct text *t, const struct sc_event *e)
{
    char share[32];

    PRINT(t, " (%dx%d px, %s of the picture", e->box.w, e->box.h, words_share(e->share, share));
    if (!same_colour(e))
        PRINT(t, ", mean colour from %s to %s", words_colour(e->yuv_before), words_colour(e->yuv_after));
    say(t, ")");
}

/* ---- what became of it ---- */

static int64_t area(struct sc_box b) { return (int64_t)b.w * b.h; }

static int64_t overlap(struct sc_box a, struct sc_box b)
{
    int64_t left = a.x > b.x ? a.x : b.x, top = a.y > b.y ? a.y : b.y;
    int64_t right = (int64_t)a.x + a.w, bottom = (int64_t)a.y + a.h;

    right = right < (int64_t)b.x + b.w ? right : (int64_t)b.x + b.w;
    bottom = bottom < (int64_t)b.y + b.h ? bottom : (int64_t)b.y + b.h;
    return right > left && bottom > top ? (right - left) * (bottom - top) : 0;
}

/* The first later event that touches the place of event i; NULL: none. Light and stillness leave things in place. */
static const struct sc_event *next_there(const struct sc_changes *c, int i)
{
    const struct sc_event *e = &c->events[i], *later;

    for (i++; i < c->n_events; i++) {
        later = &c->events[i];
        if (later->kind == SC_FREEZE || later->kind == SC_LIGHT || later->kind == SC_FLASH)
            continue;
        if (later->box.w <= 0 || later->box.h <= 0 || overlap(e->box, later->box))
            return later;
    }
    return NULL;
}

static void say_outcome(struct text *t, const struct sc_changes *c, int i)
{
    const struct sc_event *e = &c->events[i], *next = next_there(c, i);
    enum sc_kind opposite = e->kind == SC_APPEAR ? SC_DISAPPEAR : SC_APPEAR;
    char time[32];

    if (e->same_as_us >= 0)
        PRINT(t, "; then the picture is as it was at [%s]", sc_format_time(e->same_as_us, time));
    if ((e->kind != SC_APPEAR && e->kind != SC_DISAPPEAR) || !is_local(e))
        return;
    if (!next)
        say(t, e->kind == SC_APPEAR ? "; it is still there at the end" : "; it does not come back");
    else if (next->kind == opposite && is_local(next) && 2 * overlap(e->box, next->box) > area(e->box) &&
             2 * overlap(e->box, next->box) > area(next->box))
        PRINT(t, "; something %s there at [%s]", opposite == SC_APPEAR ? "appeared" : "disappeared",
              sc_format_time(next->start_us, time));
}

static void say_line(struct text *t, const struct sc_changes *c, int i)
{
    const struct sc_event *e = &c->events[i];
    char start[32], end[32];

    PRINT(t, "[%s", sc_format_time(e->start_us, start));
    if (e->end_us - e->start_us > RANGE_US)
        PRINT(t, " to %s", sc_format_time(e->end_us, end));
    say(t, "] ");
    say_event(t, e, words_place(e->box, c->source.width, c->source.height));
    if (is_local(e))
        say_size(t, e);
    say_outcome(t, c, i);
    say(t, ".\n");
}

/* ---- the summary ---- */

static int count_changes(const struct sc_changes *c)
{
    int i, n = 0;

    for (i = 0; i < c->n_events; i++)
        n += c->events[i].kind != SC_FREEZE;
    return n;
}

static void say_summary(struct text *t, const struct sc_changes *c)
{
    char a[32], b[32];
    int n = count_changes(c);
    bool is_part = c->first_us > EDGE_US || c->source.duration_us - c->last_us > EDGE_US;
    int64_t length = c->source.duration_us > 0 ? c->source.duration_us : c->last_us - c->first_us;

    if (n == 0)
        say(t, "Nothing changed");
    else
        PRINT(t, "%d change%s", n, n == 1 ? "" : "s");
    if (is_part)
        PRINT(t, " between %s and %s", sc_format_time(c->first_us, a), sc_format_time(c->last_us, b));
    else
        PRINT(t, " in %s", words_duration(length, a));
    PRINT(t, " (%dx%d).\n", c->source.width, c->source.height);
}

static void say_damage(struct text *t, const struct sc_changes *c)
{
    char a[32], b[32];

    if (c->damage.n_packets > 0)
        PRINT(t, "%" PRId64 " packet%s damaged between %s and %s: what happened there may be missing here.\n",
              c->damage.n_packets, c->damage.n_packets == 1 ? " was" : "s were",
              sc_format_time(c->damage.first_us, a), sc_format_time(c->damage.last_us, b));
}

enum sc_status describe_changes(const struct sc_changes *c, struct buffer *out, struct sc_error *err)
{
    struct text t = { .out = out, .err = err };
    int i;

    if (c->source.is_still) {
        PRINT(&t, "One still picture of %dx%d pixels: there is nothing to compare it with, and no model has looked at "
                  "what it shows.\n", c->source.width, c->source.height);
        return t.status;
    }
    say_summary(&t, c);
    for (i = 0; i < c->n_events && !t.status; i++)
        say_line(&t, c, i);
    say_damage(&t, c);
    return t.status;
}
