/* OPEN, FOLLOW and CLOSE: inputs in slots. */
#include <stdlib.h>
#include <string.h>

#include "worker/serve/serve.h"

enum sc_status serve_send(struct server *s, enum message type, struct sc_error *err)
{
    enum sc_status status;

    pthread_mutex_lock(&s->lock);
    status = protocol_write(s->fd, type, &s->out, -1, NULL, err);
    pthread_mutex_unlock(&s->lock);
    buffer_clear(&s->out);
    return status;
}

static struct slot *slot_at(struct server *s, struct unpacker *u, struct sc_error *err)
{
    uint32_t i = unpack_u32(u);

    if (!u->failed && i < PROTOCOL_SLOTS)
        return &s->slots[i];
    fail(err, SC_ERR_INVALID, "no slot %u", i);
    return NULL;
}

struct slot *serve_slot(struct server *s, struct unpacker *u, struct sc_error *err)
{
    struct slot *slot = slot_at(s, u, err);

    if (!slot || slot->decoder)
        return slot;
    fail(err, SC_ERR_INVALID, "nothing is open in that slot");
    return NULL;
}

void serve_close_slot(struct slot *slot)
{
    decode_close(&slot->decoder);
    measure_close(&slot->measurer);
    free(slot->path);
    memset(slot, 0, sizeof *slot);
}

static bool unpack_follow(struct unpacker *u, bool follow, struct decode_settings *out)
{
    out->follow = follow;
    out->idle_us = follow ? unpack_i64(u) : 0;
    return !u->failed && out->idle_us >= 0;
}

enum sc_status serve_open(struct server *s, struct unpacker *u, struct sc_error *err)
{
    return serve_open_as(s, u, false, err);
}

enum sc_status serve_open_as(struct server *s, struct unpacker *u, bool follow, struct sc_error *err)
{
    struct slot *slot = slot_at(s, u, err);
    struct packer p = { .out = &s->out, .err = err };
    enum sc_status status;

    if (!slot)
        return SC_ERR_INVALID;
    serve_close_slot(slot);
    slot->settings.host = &s->host;
    if (!unpack_source(u, &slot->settings.source, &slot->path) || !unpack_follow(u, follow, &slot->settings))
        status = fail(err, SC_ERR_INVALID, "malformed request");
    else
        status = decode_open(&slot->decoder, &slot->settings, err);
    if (status) {
        serve_close_slot(slot);
        return status;
    }
    pack_info(&p, decode_info(slot->decoder));
    return p.status ? p.status : serve_send(s, MSG_INFO, err);
}

enum sc_status serve_close(struct server *s, struct unpacker *u, struct sc_error *err)
{
    struct slot *slot = slot_at(s, u, err);

    if (!slot)
        return SC_ERR_INVALID;
    serve_close_slot(slot);
    return SC_OK;
}
