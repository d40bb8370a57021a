/* Evidence as bytes. */
#include "api/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "worker/protocol.h"

#define EVIDENCE_VERSION 1
#define EVENT_BYTES 107          /* at least, of one event and one frame */
#define FRAME_BYTES 37
#define MAX_REASON 96

static void pack_yuv(struct packer *p, const uint8_t yuv[3]) { pack_bytes(p, yuv, 3); }

static void unpack_yuv(struct unpacker *u, uint8_t yuv[3])
{
    const uint8_t *data = unpack_bytes(u, 3);

    if (data)
        memcpy(yuv, data, 3);
}

static void pack_event(struct packer *p, const struct sc_event *e)
{
    pack_i64(p, e->start_us);
    pack_i64(p, e->peak_us);
    pack_i64(p, e->end_us);
    pack_i64(p, e->before_us);
    pack_i64(p, e->after_us);
    pack_u8(p, (uint8_t)e->kind);
    pack_box(p, e->box);
    pack_f64(p, e->share);
    pack_f64(p, e->score);
    pack_f64(p, e->dx);
    pack_f64(p, e->dy);
    pack_yuv(p, e->yuv_before);
    pack_yuv(p, e->yuv_after);
    pack_i64(p, e->same_as_us);
    pack_i32(p, e->count);
}

static void unpack_event(struct unpacker *u, struct sc_event *e)
{
    unsigned kind;

    e->start_us = unpack_i64(u);
    e->peak_us = unpack_i64(u);
    e->end_us = unpack_i64(u);
    e->before_us = unpack_i64(u);
    e->after_us = unpack_i64(u);
    kind = unpack_u8(u);
    e->box = unpack_box(u);
    e->share = unpack_f64(u);
    e->score = unpack_f64(u);
    e->dx = unpack_f64(u);
    e->dy = unpack_f64(u);
    unpack_yuv(u, e->yuv_before);
    unpack_yuv(u, e->yuv_after);
    e->same_as_us = unpack_i64(u);
    e->count = unpack_i32(u);
    if (kind >= SC_N_KINDS)
        u->failed = true;
    else
        e->kind = (enum sc_kind)kind;
}

static void pack_frame(struct packer *p, const struct sc_frame *f)
{
    pack_i64(p, f->time_us);
    pack_u8(p, (uint8_t)f->role);
    pack_i32(p, f->event);
    pack_i32(p, f->rank);
    pack_box(p, f->box);
    pack_text(p, f->reason);
}

static void unpack_frame(struct unpacker *u, struct sc_frame *f, int n_events)
{
    unsigned role;
    char *reason;

    f->time_us = unpack_i64(u);
    role = unpack_u8(u);
    f->event = unpack_i32(u);
    f->rank = unpack_i32(u);
    f->box = unpack_box(u);
    reason = unpack_text(u, MAX_REASON);
    snprintf(f->reason, sizeof f->reason, "%s", reason ? reason : "");
    free(reason);
    if (role >= SC_N_ROLES || f->event < -1 || f->event >= n_events)
        u->failed = true;
    else
        f->role = (enum sc_role)role;
}

enum sc_status evidence_pack(const struct sc_changes *c, struct buffer *out, struct sc_error *err)
{
    struct packer p = { .out = out, .err = err };
    int i;

    pack_u32(&p, EVIDENCE_VERSION);
    pack_i32(&p, c->version);
    pack_info(&p, &c->source);
    pack_i64(&p, c->n_decoded);
    pack_i64(&p, c->n_looked);
    pack_i64(&p, c->first_us);
    pack_i64(&p, c->last_us);
    pack_damage(&p, &c->damage);
    pack_u8(&p, c->profile);
    pack_u32(&p, (uint32_t)c->n_events);
    for (i = 0; i < c->n_events; i++)
        pack_event(&p, &c->events[i]);
    pack_u32(&p, (uint32_t)c->n_frames);
    for (i = 0; i < c->n_frames; i++)
        pack_frame(&p, &c->frames[i]);
    return p.status;
}

/* A count from outside, and room for as many. */
static void *make_rows(struct unpacker *u, size_t least_bytes, size_t size, int *n_out)
{
    const uint32_t n = unpack_u32(u);
    void *rows;

    *n_out = 0;
    if (u->failed || n > unpack_left(u, least_bytes)) {
        u->failed = true;
        return NULL;
    }
    rows = calloc((size_t)n + 1, size);
    u->failed = !rows;
    *n_out = rows ? (int)n : 0;
    return rows;
}

enum sc_status evidence_unpack(const struct buffer *data, struct sc_changes **out, struct sc_error *err)
{
    struct unpacker u = { .data = data->data, .size = data->size };
    struct sc_changes *c = calloc(1, sizeof *c);
    bool good;
    int i;

    *out = NULL;
    if (!c)
        return fail_memory(err);
    good = unpack_u32(&u) == EVIDENCE_VERSION;
    c->version = unpack_i32(&u);
    if (good && unpack_info(&u, &c->source)) {
        c->n_decoded = unpack_i64(&u);
        c->n_looked = unpack_i64(&u);
        c->first_us = unpack_i64(&u);
        c->last_us = unpack_i64(&u);
        unpack_damage(&u, &c->damage);
        c->profile = (enum sc_profile)unpack_u8(&u);
        u.failed = u.failed || c->profile > SC_PROFILE_FILM;
        c->events = make_rows(&u, EVENT_BYTES, sizeof *c->events, &c->n_events);
        for (i = 0; i < c->n_events; i++)
            unpack_event(&u, &c->events[i]);
        c->frames = make_rows(&u, FRAME_BYTES, sizeof *c->frames, &c->n_frames);
        for (i = 0; i < c->n_frames; i++)
            unpack_frame(&u, &c->frames[i], c->n_events);
        good = !u.failed && u.at == u.size;
    } else {
        good = false;
    }
    if (!good) {
        sc_changes_free(&c);
        return fail(err, SC_ERR_FORMAT, "the kept evidence is damaged");
    }
    *out = c;
    return SC_OK;
}
