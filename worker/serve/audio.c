/* AUDIO: the sound in chunks, for a recogniser of speech. */
#include "decode/audio.h"

#include "worker/serve/serve.h"

#define TELL_US 1000000      /* between two positions */

struct telling {
    struct server *server;
    int64_t told_us;
};

static enum sc_status send_chunk(void *user, int64_t start_us, int64_t duration_us, const uint8_t *flac, size_t size,
                                 struct sc_error *err)
{
    struct server *s = ((struct telling *)user)->server;
    struct packer p = { .out = &s->out, .err = err };

    pack_i64(&p, start_us);
    pack_i64(&p, duration_us);
    pack_bytes(&p, flac, size);
    return p.status ? p.status : serve_send(s, MSG_SOUND, err);
}

/* A failure shows at the next chunk. */
static void send_position(void *user, int64_t time_us)
{
    struct telling *t = user;
    struct packer p = { .out = &t->server->out };

    if (time_us < t->told_us + TELL_US)
        return;
    t->told_us = time_us;
    pack_i64(&p, time_us);
    pack_i64(&p, 0);
    if (p.status || serve_send(t->server, MSG_POSITION, NULL))
        buffer_clear(&t->server->out);
}

enum sc_status serve_audio(struct server *s, struct unpacker *u, struct sc_error *err)
{
    struct slot *slot = serve_slot(s, u, err);
    struct telling telling = { .server = s };
    const struct audio_sink sink = { send_chunk, send_position, &telling };
    int64_t from_us = unpack_i64(u), to_us = unpack_i64(u);
    int32_t chunk_s = unpack_i32(u);
    struct packer p = { .out = &s->out, .err = err };
    char name[96];
    enum sc_status status;

    if (!slot)
        return SC_ERR_INVALID;
    if (u->failed)
        return fail(err, SC_ERR_INVALID, "malformed request");
    if ((status = audio_extract(slot->decoder, from_us, to_us, chunk_s, &sink, name, err)))
        return status;
    pack_text(&p, name);
    pack_u8(&p, 0);
    return p.status ? p.status : serve_send(s, MSG_TRACK, err);
}
