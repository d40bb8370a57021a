/* What each packing costs for each model on a clip whose changes are labelled, and which of them it shows:
 *     bench-tokens MAX_IMAGES CLIP LABELS.json MODEL...
 * A line for each model and packing: images, their tokens, those of the text, the share of what whole frames of both
 * ends and of before and after each labelled event cost at native size, and how many events are shown: nine tenths of
 * the box lie in a picture of the right time at native scale. An event without a box needs a whole frame. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "fusion/query.h"

#define LATE_S 3                 /* what an event left behind may be shown so long after it */

static double at(const json_t *array, size_t i) { return json_number_value(json_array_get(array, i)); }
static double number(const json_t *object, const char *name) { return json_number_value(json_object_get(object, name)); }

/* The share of the labelled box that lies in crop. */
static double covered(const json_t *box, struct sc_box crop)
{
    double x0 = crop.x, y0 = crop.y, x1 = crop.x + crop.w, y1 = crop.y + crop.h;

    if (!crop.w)
        return 1;
    if (!json_is_array(box))
        return 0;
    x0 = x0 > at(box, 0) ? x0 : at(box, 0);
    y0 = y0 > at(box, 1) ? y0 : at(box, 1);
    x1 = x1 < at(box, 0) + at(box, 2) ? x1 : at(box, 0) + at(box, 2);
    y1 = y1 < at(box, 1) + at(box, 3) ? y1 : at(box, 1) + at(box, 3);
    return x1 <= x0 || y1 <= y0 ? 0 : (x1 - x0) * (y1 - y0) / (at(box, 2) * at(box, 3));
}

static bool shows(const struct view_picture *p, const json_t *event, int width)
{
    const json_t *box = json_object_get(event, "bbox");
    double time_s = (double)p->time_us / 1e6;

    if (time_s < number(event, "t_start") || time_s > number(event, "t_end") + LATE_S || covered(box, p->crop) < 0.9)
        return false;
    return !json_is_array(box) || p->dest.w >= (p->crop.w ? p->crop.w : width);
}

static bool is_shown(const struct query *q, const json_t *event, int width)
{
    int i, k;

    for (i = 0; i < q->views.n; i++)
        for (k = 0; k < q->views.items[i].n_pictures; k++)
            if (shows(&q->views.items[i].pictures[k], event, width))
                return true;
    return false;
}

static int64_t native_cost(const struct model *m, const struct sc_info *source)
{
    struct image_tokens t = { 0 };

    return tokens_image(m, source->width, source->height, DETAIL_HIGH, &t, NULL) ? 0 : t.tokens;
}

static int line(const struct sc_changes *c, const struct model *m, const char *name, const char *pack, int max_images,
                const json_t *events)
{
    struct query_settings settings = { .pack = pack, .max_images = max_images };
    const char *clip = strrchr(c->source.path, '/');
    struct sc_error err;
    struct query q;
    int n_events = 0, n_shown = 0;
    size_t i;
    json_t *event;

    if (query_build(c, m, &settings, &q, &err)) {
        fprintf(stderr, "bench-tokens: %s\n", err.text);
        return 1;
    }
    json_array_foreach(events, i, event) {
        if (!json_is_true(json_object_get(event, "significant")))
            continue;
        n_events++;
        n_shown += is_shown(&q, event, c->source.width);
    }
    printf("%-26.26s %-14.14s %-6s %6d %9lld %8lld %8.1f%% %4d/%-3d %s\n", clip ? clip + 1 : c->source.path, name, pack,
           q.n_images, (long long)q.image_tokens, (long long)(q.text_tokens + q.layout_tokens),
           100.0 * (double)q.image_tokens / ((2 + 2 * n_events) * (double)native_cost(m, &c->source)), n_shown, n_events,
           strcmp(pack, q.pack) ? q.pack : "");
    query_dispose(&q);
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const packs[] = { "full", "pair", "delta", "grid", "auto" };
    struct sc_source source = { .path = argc > 4 ? argv[2] : NULL };
    json_t *labels = argc > 4 ? json_load_file(argv[3], 0, NULL) : NULL;
    struct sc_changes *changes = NULL;
    struct models *models = NULL;
    struct sc_error err = { 0 };
    struct sc *s = NULL;
    int i, code = 0;
    size_t k;

    if (!labels) {
        fputs("usage: bench-tokens MAX_IMAGES CLIP LABELS.json MODEL...\n", stderr);
        return 2;
    }
    if (sc_open(&s, NULL, &err) || sc_changes(s, &source, NULL, &changes, &err) || models_open(&models, NULL, &err)) {
        fprintf(stderr, "bench-tokens: %s\n", err.text);
        code = 1;
    }
    for (i = 4; i < argc && !code; i++) {
        struct model m;

        models_find(models, argv[i], &m);
        for (k = 0; k < sizeof packs / sizeof *packs && !code; k++)
            code = line(changes, &m, argv[i], packs[k], atoi(argv[1]), json_object_get(labels, "events"));
    }
    models_close(&models);
    sc_changes_free(&changes);
    sc_close(&s);
    json_decref(labels);
    return code;
}
