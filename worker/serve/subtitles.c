/* SUBTITLES and SUBFILE: the lines of a stream, of captions, of a file. */
#include <stdlib.h>

#include "decode/subtitles.h"
#include "worker/serve/serve.h"

#define TELL_US 1000000      /* between two positions */

struct telling {
    struct server *server;
    int64_t told_us;
};

static enum sc_status send_line(void *user, const struct subtitle_line *line, struct sc_error *err)
{
    struct server *s = ((struct telling *)user)->server;
    struct packer p = { .out = &s->out, .err = err };

    pack_i64(&p, line->start_us);
    pack_i64(&p, line->end_us);
    pack_text(&p, line->text);
    return p.status ? p.status : serve_send(s, MSG_LINE, err);
}

/* A failure shows at the next line. */
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

static enum sc_status send_track(struct server *s, const struct subtitle_track *track, struct sc_error *err)
{
    struct packer p = { .out = &s->out, .err = err };

    pack_text(&p, track->name);
    pack_u8(&p, track->is_pictures);
    return p.status ? p.status : serve_send(s, MSG_TRACK, err);
}

enum sc_status serve_subtitles(struct server *s, struct unpacker *u, struct sc_error *err)
{
    struct slot *slot = serve_slot(s, u, err);
    struct telling telling = { .server = s };
    const struct subtitle_sink sink = { send_line, send_position, &telling };
    struct subtitle_track track;
    int32_t number = unpack_i32(u);
    enum sc_status status;

    if (!slot)
        return SC_ERR_INVALID;
    if (u->failed || number < SUBTITLES_CAPTIONS)
        return fail(err, SC_ERR_INVALID, "malformed request");
    status = number == SUBTITLES_CAPTIONS ? subtitles_captions(slot->decoder, &sink, &track, err)
                                          : subtitles_embedded(slot->decoder, number, &sink, &track, err);
    return status ? status : send_track(s, &track, err);
}

enum sc_status serve_subfile(struct server *s, struct unpacker *u, struct sc_error *err)
{
    struct telling telling = { .server = s };
    const struct subtitle_sink sink = { .on_line = send_line, .user = &telling };
    struct subtitle_track track;
    char *name = unpack_text(u, PROTOCOL_MAX_PATH);
    uint32_t size = unpack_u32(u);
    const uint8_t *data = unpack_bytes(u, size);
    enum sc_status status;

    if (!name || !data || u->failed || size > SUBFILE_MAX_BYTES)
        status = fail(err, SC_ERR_INVALID, "malformed request");
    else if (!(status = subtitles_file(name, data, size, &sink, &track, err)))
        status = send_track(s, &track, err);
    free(name);
    return status;
}
