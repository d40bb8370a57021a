/* sc_pictures and sc_heat: pixels for a screen, as the worker made them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/heat.h"
#include "api/session.h"

#define MAX_SCREEN_SIDE 4096

struct handing {
    const struct plan *plan;
    void (*on_picture)(void *user, int i, struct sc_pixels *pixels);
    void *user;
};

static enum sc_status hand_over(void *user, int image, struct buffer *data, struct sc_error *err)
{
    const struct handing *h = user;
    const struct plan_image *made = &h->plan->images[image];
    struct sc_pixels pixels = { made->width, made->height, NULL };

    if (data->size != (size_t)made->width * (size_t)made->height * 3)
        return fail(err, SC_ERR_CRASHED, "the worker's picture is not of the size asked for");
    pixels.rgb = (uint8_t *)buffer_take(data);
    if (!pixels.rgb)
        return fail_memory(err);
    h->on_picture(h->user, image, &pixels);
    free(pixels.rgb);
    return SC_OK;
}

static enum sc_status add_picture(struct plan *plan, const struct sc_info *info, int64_t time_us, int max_width,
                                  int max_height, struct sc_error *err)
{
    const double scale = fmin(1, fmin((double)max_width / info->width, (double)max_height / info->height));
    const int w = (int)fmax(1, lround(info->width * scale)), h = (int)fmax(1, lround(info->height * scale));
    struct plan_image *image = plan_add_image(plan, w < max_width ? w : max_width, h < max_height ? h : max_height);

    if (!image || !plan_add_placement(image, time_us, (struct sc_box){ 0 },
                                      (struct sc_box){ 0, 0, image->width, image->height }))
        return fail_memory(err);
    image->raw = true;
    return SC_OK;
}

enum sc_status sc_pictures(struct sc *s, const struct sc_source *source, const int64_t *times_us, int n, int max_width,
                           int max_height, void (*on_picture)(void *user, int i, struct sc_pixels *pixels), void *user,
                           struct sc_error *err)
{
    struct plan plan = { 0 };
    struct handing h = { &plan, on_picture, user };
    const struct sc_info *info;
    enum sc_status status;
    int i;

    if (max_width < 1 || max_height < 1 || max_width > MAX_SCREEN_SIDE || max_height > MAX_SCREEN_SIDE)
        return fail(err, SC_ERR_INVALID, "pictures for a screen are of 1 to %d pixels", MAX_SCREEN_SIDE);
    if (n < 0 || n > SC_MAX_PICTURES)
        return fail(err, SC_ERR_INVALID, "at most %d pictures in one call", SC_MAX_PICTURES);
    status = session_input(s, 0, source, &info, err);
    for (i = 0; i < n && !status; i++)
        status = add_picture(&plan, info, times_us[i], max_width, max_height, err);
    if (!status && n)
        status = worker_render(s->worker, 0, &plan, hand_over, &h, err);
    plan_dispose(&plan);
    return status;
}

static enum sc_status take_map(void *user, int image, struct buffer *data, struct sc_error *err)
{
    struct sc_pixels *out = user;
    struct unpacker u = { .data = data->data, .size = data->size };
    const uint32_t width = unpack_u32(&u), height = unpack_u32(&u);
    const size_t size = (size_t)width * height * 3;

    (void)image;
    if (u.failed || !width || !height || width > MAX_SCREEN_SIDE || height > MAX_SCREEN_SIDE ||
        unpack_left(&u, 1) != size)
        return fail(err, SC_ERR_CRASHED, "the worker's map is not of the size it tells");
    out->rgb = malloc(size);
    if (!out->rgb)
        return fail_memory(err);
    memcpy(out->rgb, unpack_bytes(&u, size), size);
    out->width = (int)width;
    out->height = (int)height;
    return SC_OK;
}

enum sc_status sc_heat(struct sc *s, const struct sc_source *source, const struct sc_changes *c, int event,
                       struct sc_pixels *out, struct sc_error *err)
{
    struct heat_item item;
    const struct sc_info *info;
    enum sc_status status;

    *out = (struct sc_pixels){ 0 };
    if (event < 0 || event >= c->n_events)
        return fail(err, SC_ERR_INVALID, "no event %d", event);
    item = heat_of(c, &c->events[event]);
    item.raw = true;
    if ((status = session_input(s, 0, source, &info, err)) ||
        (status = worker_heat(s->worker, 0, &item, 1, take_map, out, err))) {
        free(out->rgb);
        *out = (struct sc_pixels){ 0 };
    }
    return status;
}
