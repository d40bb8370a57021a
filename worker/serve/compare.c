/* COMPARE: two pictures of one or two inputs. */
#include "frames/pixels/compare.h"
#include "worker/serve/serve.h"

#define STEP_BACK_US 500000

/* The last picture that is not later than time_us, starting to look at from_us. *out NULL: none from there on. */
static enum sc_status last_until(struct decoder *d, int64_t from_us, int64_t time_us, struct picture **out,
                                 struct sc_error *err)
{
    struct picture *pic = NULL, *best = NULL;
    enum sc_status s = decode_seek(d, from_us, err);

    while (!s && !(s = decode_next(d, &pic, err)) && pic && (pic->time_us <= time_us || !best)) {
        if (pic->time_us > time_us && from_us > 0)
            break;
        picture_unref(&best);
        best = pic;
        pic = NULL;
        if (best->time_us >= time_us)
            break;
    }
    picture_unref(&pic);
    if (s)
        picture_unref(&best);
    *out = best;
    return s;
}

/* The picture displayed at time_us: the last that is not later; the first one for times before it. */
static enum sc_status picture_at(struct decoder *d, int64_t time_us, struct picture **out, struct sc_error *err)
{
    int64_t back_us = 0;
    enum sc_status s;

    do {
        int64_t from_us = time_us > back_us ? time_us - back_us : 0;

        if ((s = last_until(d, from_us, time_us, out, err)) || *out)
            return s;
        if (!from_us)
            return fail(err, SC_ERR_FORMAT, "no picture in '%s'", decode_info(d)->path);
        back_us = back_us ? back_us * 4 : STEP_BACK_US;
    } while (true);
}

enum sc_status serve_compare(struct server *s, struct unpacker *u, struct sc_error *err)
{
    struct slot *slot_a, *slot_b;
    struct picture *a = NULL, *b = NULL;
    struct compare_settings settings = { 0 };
    struct sc_comparison comparison = { 0 };
    struct packer p = { .out = &s->out, .err = err };
    int64_t a_us, b_us;
    enum sc_status status;

    if (!(slot_a = serve_slot(s, u, err)))
        return SC_ERR_INVALID;
    a_us = unpack_i64(u);
    if (!(slot_b = serve_slot(s, u, err)))
        return SC_ERR_INVALID;
    b_us = unpack_i64(u);
    settings.within = unpack_box(u);
    settings.sensitivity = unpack_f64(u);
    if (u->failed)
        return fail(err, SC_ERR_INVALID, "malformed request");
    if ((status = picture_at(slot_a->decoder, a_us, &a, err)) ||
        (status = picture_at(slot_b->decoder, b_us, &b, err)) ||
        (status = compare_pictures(a, b, &settings, &comparison, err)))
        goto done;
    comparison.a_us = a->time_us;
    comparison.b_us = b->time_us;
    pack_comparison(&p, &comparison);
    status = p.status ? p.status : serve_send(s, MSG_COMPARISON, err);
done:
    sc_comparison_dispose(&comparison);
    picture_unref(&a);
    picture_unref(&b);
    return status;
}
