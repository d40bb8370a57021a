/* METADATA: what the file says of itself. */
#include "decode/metadata.h"

#include "worker/serve/serve.h"

static enum sc_status send_fact(void *user, const char *name, const char *text, struct sc_error *err)
{
    struct server *s = user;
    struct packer p = { .out = &s->out, .err = err };

    pack_text(&p, name);
    pack_text(&p, text);
    return p.status ? p.status : serve_send(s, MSG_FACT, err);
}

static enum sc_status send_chapter(void *user, int64_t start_us, int64_t end_us, const char *title,
                                   struct sc_error *err)
{
    struct server *s = user;
    struct packer p = { .out = &s->out, .err = err };

    pack_i64(&p, start_us);
    pack_i64(&p, end_us);
    pack_text(&p, title);
    return p.status ? p.status : serve_send(s, MSG_LINE, err);
}

enum sc_status serve_metadata(struct server *s, struct unpacker *u, struct sc_error *err)
{
    struct slot *slot = serve_slot(s, u, err);
    const struct metadata_sink sink = { send_fact, send_chapter, s };

    return slot ? metadata_read(slot->decoder, &sink, err) : SC_ERR_INVALID;
}
