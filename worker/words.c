/* The parent's side of subtitles, sound and metadata. */
#include <stdlib.h>

#include "worker/request.h"

static enum sc_status malformed(enum message type, struct sc_error *err)
{
    return fail(err, SC_ERR_WORKER, "malformed message %d from the worker", (int)type);
}

struct lines_state {
    const struct line_sink *sink;
    char *name;              /* NULL: not told yet */
    bool is_pictures;
};

static enum sc_status on_words(void *user, enum message type, struct unpacker *u, struct sc_error *err)
{
    struct lines_state *state = user;
    int64_t start_us, end_us;
    char *text;
    enum sc_status s;

    if (type == MSG_POSITION) {
        start_us = unpack_i64(u);
        if (state->sink->on_position)
            state->sink->on_position(state->sink->user, start_us);
        return SC_OK;
    }
    if (type == MSG_TRACK && !state->name) {
        state->name = unpack_text(u, u->size);
        state->is_pictures = unpack_u8(u) != 0;
        return state->name && !u->failed ? SC_OK : malformed(type, err);
    }
    start_us = unpack_i64(u);
    end_us = unpack_i64(u);
    text = unpack_text(u, u->size);
    if (type != MSG_LINE || !text || u->failed || end_us < start_us)
        s = malformed(type, err);
    else
        s = state->sink->on_line(state->sink->user, start_us, end_us, text, err);
    free(text);
    return s;
}

static enum sc_status lines(struct worker *w, enum message type, const char *input, const struct packer *p,
                            struct lines_state *state, struct sc_error *err)
{
    enum sc_status s = worker_request(w, type, input, p, on_words, state, err);

    if (!s && !state->name)
        s = fail(err, SC_ERR_CRASHED, "the worker did not tell what lines it read");
    return s;
}

enum sc_status worker_subtitles(struct worker *w, int slot, int number, const struct line_sink *sink, char **name_out,
                                bool *pictures_out, struct sc_error *err)
{
    struct lines_state state = { .sink = sink };
    struct buffer b = { 0 };
    struct packer p = { .out = &b, .err = err };
    enum sc_status s;

    pack_u32(&p, (uint32_t)slot);
    pack_i32(&p, number);
    s = lines(w, MSG_SUBTITLES, NULL, &p, &state, err);
    buffer_dispose(&b);
    *pictures_out = state.is_pictures;
    *name_out = s ? NULL : state.name;
    if (s)
        free(state.name);
    return s;
}

enum sc_status worker_subtitle_file(struct worker *w, const char *name, const void *data, size_t size,
                                    const struct line_sink *sink, struct sc_error *err)
{
    struct lines_state state = { .sink = sink };
    struct buffer b = { 0 };
    struct packer p = { .out = &b, .err = err };
    enum sc_status s;

    pack_text(&p, name);
    pack_u32(&p, (uint32_t)size);
    pack_bytes(&p, data, size);
    s = lines(w, MSG_SUBFILE, name, &p, &state, err);
    free(state.name);
    buffer_dispose(&b);
    return s;
}

static enum sc_status on_sound(void *user, enum message type, struct unpacker *u, struct sc_error *err)
{
    const struct sound_sink *sink = user;
    int64_t start_us, duration_us;
    const void *flac;
    size_t size;

    if (type == MSG_TRACK)
        return SC_OK;
    start_us = unpack_i64(u);
    duration_us = unpack_i64(u);
    size = unpack_left(u, 1);
    if (type == MSG_POSITION && !u->failed) {
        if (sink->on_position)
            sink->on_position(sink->user, start_us);
        return SC_OK;
    }
    flac = unpack_bytes(u, size);
    if (type != MSG_SOUND || u->failed || duration_us < 1 || !size)
        return malformed(type, err);
    return sink->on_chunk(sink->user, start_us, duration_us, flac, size, err);
}

enum sc_status worker_sound(struct worker *w, int slot, int64_t from_us, int64_t to_us, int chunk_s,
                            const struct sound_sink *sink, struct sc_error *err)
{
    struct buffer b = { 0 };
    struct packer p = { .out = &b, .err = err };
    enum sc_status s;

    pack_u32(&p, (uint32_t)slot);
    pack_i64(&p, from_us);
    pack_i64(&p, to_us);
    pack_i32(&p, chunk_s);
    s = worker_request(w, MSG_AUDIO, NULL, &p, on_sound, (void *)sink, err);
    buffer_dispose(&b);
    return s;
}

struct metadata_state {
    enum sc_status (*on_fact)(void *user, const char *name, const char *text, struct sc_error *err);
    enum sc_status (*on_chapter)(void *user, int64_t start_us, const char *title, struct sc_error *err);
    void *user;
};

static enum sc_status on_metadata(void *user, enum message type, struct unpacker *u, struct sc_error *err)
{
    const struct metadata_state *state = user;
    char *name = type == MSG_FACT ? unpack_text(u, u->size) : NULL, *text;
    int64_t start_us = type == MSG_LINE ? unpack_i64(u) : 0;
    enum sc_status s;

    if (type == MSG_LINE)
        unpack_i64(u);
    text = unpack_text(u, u->size);
    if (u->failed || !text || (type != MSG_FACT && type != MSG_LINE) || (type == MSG_FACT && !name))
        s = malformed(type, err);
    else if (type == MSG_FACT)
        s = state->on_fact(state->user, name, text, err);
    else
        s = state->on_chapter(state->user, start_us, text, err);
    free(name);
    free(text);
    return s;
}

enum sc_status worker_metadata(struct worker *w, int slot,
                               enum sc_status (*on_fact)(void *user, const char *name, const char *text,
                                                         struct sc_error *err),
                               enum sc_status (*on_chapter)(void *user, int64_t start_us, const char *title,
                                                            struct sc_error *err),
                               void *user, struct sc_error *err)
{
    struct metadata_state state = { on_fact, on_chapter, user };
    struct buffer b = { 0 };
    struct packer p = { .out = &b, .err = err };
    enum sc_status s;

    pack_u32(&p, (uint32_t)slot);
    s = worker_request(w, MSG_METADATA, NULL, &p, on_metadata, &state, err);
    buffer_dispose(&b);
    return s;
}
