/* HEAT: change maps, one for each pair of pictures. */
#include "frames/pixels/encode.h"
#include "frames/pixels/heat.h"
#include "frames/pixels/reel.h"
#include "worker/serve/serve.h"

static enum sc_status send_map(struct server *s, uint32_t index, const struct surface *map, bool raw,
                               struct sc_error *err)
{
    struct buffer bytes = { 0 };
    struct packer p = { .out = &s->out, .err = err };
    enum sc_status status = raw ? encode_rgb(map, &bytes, err) : encode_png(map, &bytes, err);

    pack_u32(&p, index);
    if (raw) {
        pack_u32(&p, (uint32_t)map->width);
        pack_u32(&p, (uint32_t)map->height);
    }
    pack_bytes(&p, bytes.data, bytes.size);
    buffer_dispose(&bytes);
    if (status || (status = p.status))
        return status;
    return serve_send(s, MSG_IMAGE, err);
}

static enum sc_status draw(struct server *s, struct reel *reel, uint32_t index, const struct heat_item *item,
                           struct sc_error *err)
{
    struct picture *before = NULL;
    struct surface map = { 0 };
    enum sc_status status;

    if (reel->shown && reel->shown->time_us > item->before_us)
        reel_clear(reel);        /* events overlap: go back */
    if ((status = reel_to(reel, item->before_us, err)))
        return status;
    before = picture_ref(reel->shown);
    status = before ? reel_to(reel, item->shown_us, err) : fail_memory(err);
    if (!status)
        status = heat_draw(before, reel->shown, item->within, item->in_its_light, &map, err);
    if (!status)
        status = send_map(s, index, &map, item->raw, err);
    surface_dispose(&map);
    picture_unref(&before);
    return status;
}

enum sc_status serve_heat(struct server *s, struct unpacker *u, struct sc_error *err)
{
    struct slot *slot = serve_slot(s, u, err);
    struct reel reel;
    enum sc_status status = SC_OK;
    uint32_t n, i;

    if (!slot)
        return SC_ERR_INVALID;
    n = unpack_u32(u);
    reel = reel_of(slot->decoder);
    for (i = 0; i < n && !status; i++) {
        struct heat_item item;

        status = unpack_heat(u, &item) ? draw(s, &reel, i, &item, err)
                                       : fail(err, SC_ERR_INVALID, "malformed request");
    }
    reel_clear(&reel);
    return status;
}
