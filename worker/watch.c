/* Requests about what goes on while it is looked at. */
#include "worker/request.h"

struct watch_state {
    const struct scan_sink *sink;
    struct watched *out;
    bool said;
};

static enum sc_status malformed(struct sc_error *err)
{
    return fail(err, SC_ERR_WORKER, "malformed message from the worker");
}

static enum sc_status on_watch(void *user, enum message type, struct unpacker *u, struct sc_error *err)
{
    struct watch_state *state = user;
    enum sc_status s;

    if (type == MSG_SIGNATURE) {
        struct signature *signature = signature_unpack(u);

        if (!signature)
            return malformed(err);
        s = state->sink->on_signature(state->sink->user, signature, err);
        signature_free(&signature);
        return s;
    }
    if (type != MSG_WATCHED || state->said)
        return malformed(err);
    state->said = true;
    state->out->ended = unpack_u8(u) != 0;
    state->out->latest_us = unpack_i64(u);
    state->out->n_decoded = unpack_i64(u);
    state->out->n_skipped = unpack_i64(u);
    return u->failed ? malformed(err) : SC_OK;
}

enum sc_status worker_watch(struct worker *w, int slot, const struct scan_settings *settings, const struct scan_sink *sink,
                            struct watched *out, struct sc_error *err)
{
    struct buffer b = { 0 };
    struct packer p = { .out = &b, .err = err };
    struct watch_state state = { sink, out, false };
    enum sc_status s;

    *out = (struct watched){ 0 };
    pack_u32(&p, (uint32_t)slot);
    pack_scan(&p, settings);
    s = worker_request(w, MSG_WATCH, NULL, &p, on_watch, &state, err);
    buffer_dispose(&b);
    return !s && !state.said ? malformed(err) : s;
}

struct clip_state {
    struct buffer *out;
    int64_t begin_us;
};

static enum sc_status on_piece(void *user, enum message type, struct unpacker *u, struct sc_error *err)
{
    struct clip_state *state = user;
    size_t size;

    state->begin_us = unpack_i64(u);
    size = unpack_left(u, 1);
    if (type != MSG_PIECE || u->failed || !size || state->begin_us == INT64_MIN)
        return malformed(err);
    return buffer_add(state->out, unpack_bytes(u, size), size, err);
}

enum sc_status worker_clip(struct worker *w, int slot, int64_t from_us, int64_t to_us, struct buffer *out,
                           int64_t *begin_us_out, struct sc_error *err)
{
    struct buffer b = { 0 };
    struct packer p = { .out = &b, .err = err };
    struct clip_state state = { out, 0 };
    enum sc_status s;

    pack_u32(&p, (uint32_t)slot);
    pack_i64(&p, from_us);
    pack_i64(&p, to_us);
    s = worker_request(w, MSG_CLIP, NULL, &p, on_piece, &state, err);
    *begin_us_out = state.begin_us;
    buffer_dispose(&b);
    return s || out->size ? s : malformed(err);
}
