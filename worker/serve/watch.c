/* FOLLOW, WATCH and CLIP: what goes on while it is looked at. One WATCH looks at what has come, and a little longer, so that
 * the parent gets its say several times a second. */
#include <time.h>

#include "worker/serve/serve.h"

#define TURN_MS 250
#define CHUNK_BYTES ((size_t)1 << 20)

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum sc_status serve_follow(struct server *s, struct unpacker *u, struct sc_error *err)
{
    return serve_open_as(s, u, true, err);
}

/* Whether this one is to be looked at. Counts from the first, so that rounding does not add up. */
static bool is_due(struct slot *slot, const struct scan_settings *settings, int64_t time_us)
{
    int64_t step_us = settings->fps > 0 && settings->fps < 1e6 ? (int64_t)(1e6 / settings->fps + 0.5) : settings->every_us;

    if (step_us <= 0)
        return true;
    if (!slot->n_decoded)
        slot->due_us = time_us;
    if (time_us < slot->due_us)
        return false;
    slot->due_us += (1 + (time_us - slot->due_us) / step_us) * step_us;
    return true;
}

static enum sc_status look_at(struct server *s, struct slot *slot, const struct scan_settings *settings,
                              const struct picture *pic, struct sc_error *err)
{
    struct packer p = { .out = &s->out, .err = err };
    struct signature *signature = NULL;
    enum sc_status status;

    slot->latest_us = pic->time_us;
    if (is_due(slot, settings, pic->time_us)) {
        if ((status = measure(slot->measurer, pic, &signature, err)))
            return status;
        signature_pack(signature, &p);
        signature_free(&signature);
        if (p.status || (p.status = serve_send(s, MSG_SIGNATURE, err)))
            return p.status;
    }
    slot->n_decoded++;
    return SC_OK;
}

static enum sc_status say_where(struct server *s, const struct slot *slot, bool ended, struct sc_error *err)
{
    struct packer p = { .out = &s->out, .err = err };

    pack_u8(&p, ended);
    pack_i64(&p, slot->latest_us);
    pack_i64(&p, slot->n_decoded);
    pack_i64(&p, decode_skipped(slot->decoder));
    return p.status ? p.status : serve_send(s, MSG_WATCHED, err);
}

enum sc_status serve_watch(struct server *s, struct unpacker *u, struct sc_error *err)
{
    const int64_t until_ms = now_ms() + TURN_MS;
    struct slot *slot = serve_slot(s, u, err);
    struct picture *pic = NULL;
    struct scan_settings settings;
    enum sc_status status = SC_OK;
    bool goes_on = true;

    if (!slot)
        return SC_ERR_INVALID;
    if (!unpack_scan(u, &settings) || !slot->settings.follow)
        return fail(err, SC_ERR_INVALID, "malformed request");
    if (!slot->measurer && (status = measure_open(&slot->measurer, settings.crop, err)))
        return status;
    while (!status && goes_on && now_ms() < until_ms && !(status = decode_next(slot->decoder, &pic, err))) {
        if (pic)
            status = look_at(s, slot, &settings, pic, err);
        else if (!decode_is_waiting(slot->decoder))
            goes_on = false;
        picture_unref(&pic);
    }
    return status ? status : say_where(s, slot, !goes_on, err);
}

enum sc_status serve_clip(struct server *s, struct unpacker *u, struct sc_error *err)
{
    struct slot *slot = serve_slot(s, u, err);
    int64_t from_us = unpack_i64(u), to_us = unpack_i64(u), begin_us = 0;
    struct buffer clip = { .limit = PROTOCOL_MAX_FRAME };
    enum sc_status status;

    if (!slot)
        return SC_ERR_INVALID;
    if (u->failed)
        return fail(err, SC_ERR_INVALID, "malformed request");
    status = decode_clip(slot->decoder, from_us, to_us, &clip, &begin_us, err);
    for (size_t at = 0; !status && at < clip.size; at += CHUNK_BYTES) {
        const size_t left = clip.size - at;
        struct packer p = { .out = &s->out, .err = err };

        pack_i64(&p, begin_us);
        pack_bytes(&p, clip.data + at, left < CHUNK_BYTES ? left : CHUNK_BYTES);
        status = p.status ? p.status : serve_send(s, MSG_PIECE, err);
    }
    buffer_dispose(&clip);
    return status;
}
