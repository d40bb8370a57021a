/* Times cited in an answer. */
#include "fusion/cite.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST 24               /* characters of a time */

/* A time at the start of text, with a colon in it: numbers alone are cited for other things. Returns its length, 0: none.
 * *grain_out: how exactly it is written. */
static size_t read_time(const char *text, int64_t *time_us_out, int64_t *grain_us_out)
{
    size_t n = strspn(text, "0123456789:."), k;
    const char *point;
    char copy[LONGEST];

    while (n && text[n - 1] == '.')
        n--;
    if (!n || n >= sizeof copy)
        return 0;
    memcpy(copy, text, n);
    copy[n] = '\0';
    if (!strchr(copy, ':') || !sc_parse_time(copy, time_us_out))
        return 0;
    *grain_us_out = 1000000;
    point = strchr(copy, '.');
    for (k = 1; point && point[k] && *grain_us_out > 1000; k++)
        *grain_us_out /= 10;
    return n;
}

/* Between times of one bracket. Returns its length. */
static size_t skip_separator(const char *text)
{
    size_t n = strspn(text, " ,;-~to");

    if (!strncmp(text + n, "\xE2\x80\x93", 3) || !strncmp(text + n, "\xE2\x80\x94", 3)) /* dashes */
        n += 3;
    return n + strspn(text + n, " ");
}

static int64_t distance(int64_t a, int64_t b) { return a > b ? a - b : b - a; }

/* The picture shown nearest to the time; its view, or NULL. */
static const struct view *nearest(const struct views *views, int64_t time_us, const struct view_picture **picture_out)
{
    const struct view *best = NULL;
    int i, k;

    for (i = 0; i < views->n; i++)
        for (k = 0; k < views->items[i].n_pictures; k++) {
            const struct view_picture *p = &views->items[i].pictures[k];

            if (!best || distance(p->time_us, time_us) < distance((*picture_out)->time_us, time_us)) {
                best = &views->items[i];
                *picture_out = p;
            }
        }
    return best;
}

static int event_at(const struct sc_changes *c, int64_t time_us)
{
    int i;

    for (i = 0; i < c->n_events; i++)
        if (time_us >= c->events[i].start_us && time_us <= c->events[i].end_us)
            return i;
    return -1;
}

static struct sc_citation resolve(const struct sc_changes *c, const struct views *views, int64_t time_us,
                                  int64_t grain_us)
{
    struct sc_citation cited = { .time_us = time_us, .frame = -1, .event = event_at(c, time_us) };
    const struct view_picture *picture = NULL;
    const struct view *view = nearest(views, time_us, &picture);

    /* Written exactly to a millisecond, a time may be rounded; to a second, it may be cut off too. */
    if (!view || distance(picture->time_us, time_us) > (grain_us > 1000 ? grain_us - 1 : 1000))
        return cited;
    cited.known = true;
    cited.frame = picture->frame;
    if (picture->frame >= 0 && c->frames[picture->frame].event >= 0)
        cited.event = c->frames[picture->frame].event;
    else if (view->kind != VIEW_SHEET && view->event >= 0)
        cited.event = view->event;
    return cited;
}

static bool is_listed(const struct sc_citation *list, int n, int64_t time_us)
{
    while (n-- > 0)
        if (list[n].time_us == time_us)
            return true;
    return false;
}

enum sc_status cite_find(const char *text, const struct sc_changes *evidence, const struct views *views,
                         struct sc_citation **out, int *n_out, struct sc_error *err)
{
    struct sc_citation *list = calloc(CITE_MAX, sizeof *list), *fitted;
    int64_t time_us, grain_us;
    size_t size;
    int n = 0;

    *out = NULL;
    *n_out = 0;
    if (!list)
        return fail_memory(err);
    while (n < CITE_MAX && (text = strchr(text, '['))) {
        text += 1 + strspn(text + 1, " ");
        while (n < CITE_MAX && (size = read_time(text, &time_us, &grain_us))) {
            if (!is_listed(list, n, time_us))
                list[n++] = resolve(evidence, views, time_us, grain_us);
            text += size;
            text += skip_separator(text);
        }
    }
    fitted = realloc(list, ((size_t)n + 1) * sizeof *list);
    *out = fitted ? fitted : list;
    *n_out = n;
    return SC_OK;
}
