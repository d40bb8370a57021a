/* RENDER: execute a plan, hand over each image as soon as it is complete. */
#include "frames/pixels/render.h"
#include "worker/serve/serve.h"

static enum sc_status send_image(void *user, int image, const struct buffer *data, struct sc_error *err)
{
    struct server *s = user;
    struct packer p = { .out = &s->out, .err = err };

    pack_u32(&p, (uint32_t)image);
    pack_bytes(&p, data->data, data->size);
    return p.status ? p.status : serve_send(s, MSG_IMAGE, err);
}

enum sc_status serve_render(struct server *s, struct unpacker *u, struct sc_error *err)
{
    struct slot *slot = serve_slot(s, u, err);
    struct plan plan = { 0 };
    enum sc_status status;

    if (!slot)
        return SC_ERR_INVALID;
    status = plan_unpack(&plan, u, err);
    if (!status)
        status = render(slot->decoder, &plan, send_image, s, err);
    plan_dispose(&plan);
    return status;
}
