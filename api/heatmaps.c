/* sc_heatmaps: a map of each event as a file. */
#include <stdlib.h>

#include "api/files.h"
#include "api/heat.h"
#include "api/session.h"

struct writing {
    const struct sc_changes *changes;
    const char *dir;
    const struct heat_item *items;
    void (*on_file)(void *user, const char *path);
    void *user;
};

/* 00h00m04.040s-heat-e1.png; events count from 1, as in the table. */
static enum sc_status write_map(void *user, int image, struct buffer *data, struct sc_error *err)
{
    const struct writing *w = user;
    const int64_t ms = (w->items[image].shown_us + 500) / 1000;
    char *path = NULL;
    enum sc_status s;

    if (asprintf(&path, "%s/%02dh%02dm%02d.%03ds-heat-e%d.png", w->dir, (int)(ms / 3600000), (int)(ms / 60000 % 60),
                 (int)(ms / 1000 % 60), (int)(ms % 1000), image + 1) < 0)
        return fail_memory(err);
    s = file_write(path, data->data, data->size, err);
    if (!s && w->on_file)
        w->on_file(w->user, path);
    free(path);
    return s;
}

/* What passes is shown at its peak, what stays as it is afterwards. Light must not be taken out of a change of light,
 * nor out of pictures that have nothing in common. */
struct heat_item heat_of(const struct sc_changes *c, const struct sc_event *e)
{
    struct heat_item item = { .before_us = e->before_us >= 0 ? e->before_us : c->first_us, .shown_us = e->after_us,
                              .within = e->box, .in_its_light = true };

    switch (e->kind) {
    case SC_MOVE: case SC_OTHER: case SC_REPEATING:
        item.shown_us = e->peak_us;
        break;
    case SC_FLASH: case SC_CAMERA: case SC_LIGHT:
        item.shown_us = e->peak_us;
        item.in_its_light = false;
        break;
    case SC_CUT: case SC_DISSOLVE: case SC_FADE: case SC_WIPE: case SC_FREEZE: case SC_BLACK:
    case SC_BLANK:
        item.in_its_light = false;
        break;
    default:
        break;
    }
    if (item.shown_us < item.before_us)
        item.shown_us = e->peak_us > item.before_us ? e->peak_us : item.before_us;
    return item;
}

enum sc_status sc_heatmaps(struct sc *s, const struct sc_source *source, const struct sc_changes *c, const char *dir,
                           void (*on_file)(void *user, const char *path), void *user, struct sc_error *err)
{
    struct heat_item *items = calloc((size_t)c->n_events + 1, sizeof *items);
    struct writing w = { c, dir, items, on_file, user };
    const struct sc_info *info;
    enum sc_status status;
    int i;

    if (!items)
        return fail_memory(err);
    for (i = 0; i < c->n_events; i++)
        items[i] = heat_of(c, &c->events[i]);
    if (!(status = session_input(s, 0, source, &info, err)) && !(status = file_make_folder(dir, err)) && c->n_events)
        status = worker_heat(s->worker, 0, items, c->n_events, write_map, &w, err);
    free(items);
    return status;
}
