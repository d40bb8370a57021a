/* The finished query: which packing it gets, its bytes, its end. */
#include "fusion/query.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fusion/build.h"

/* ---- choosing a packing ---- */

static int64_t all_tokens(const struct query *q) { return q->image_tokens + q->text_tokens + q->layout_tokens; }

/* Put *other in the place of *q. */
static void replace(struct query *q, struct query *other)
{
    query_dispose(q);
    *q = *other;
    memset(other, 0, sizeof *other);
}

static bool has_size(const struct query *q) { return q->n_parts > 0; }

static enum sc_status try_packing(const struct build_input *in, const char *name, struct query *out,
                                  struct sc_error *err)
{
    struct build_input with = *in;

    with.packing = packing_find(name);
    return query_build_with(&with, out, err);
}

__attribute__((format(printf, 2, 3))) static void say_why(struct query *q, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(q->pack_reason, sizeof q->pack_reason, format, args);
    va_end(args);
}

/* Crops, if they take fewer tokens, or need not be shrunk for the budget as whole frames do, and show no less; a query
 * that was not built is beaten by any. */
static void consider_delta(struct query *q, struct query *delta)
{
    int64_t whole = all_tokens(q), parts = all_tokens(delta);

    if (!has_size(q)) {
        say_why(delta, "whole frames do not fit");
    } else if (delta->frames_left_out > q->frames_left_out) {
        say_why(q, "crops of what changed would leave out %d frames, whole frames %d", delta->frames_left_out,
                q->frames_left_out);
        return;
    } else if (q->shrunk && !delta->shrunk) {
        say_why(delta, "crops of what changed take %lld tokens, whole frames would have to be shrunk",
                (long long)parts);
    } else if (parts < whole) {
        say_why(delta, "crops of what changed take %lld tokens, whole frames %lld",
                (long long)parts, (long long)whole);
    } else {
        say_why(q, "crops of what changed would take %lld tokens, whole frames %lld",
                (long long)parts, (long long)whole);
        return;
    }
    replace(q, delta);
}

/* Sheets, if more than half of the chosen frames would not be seen otherwise. */
static void consider_grid(struct query *q, struct query *grid, int n_frames)
{
    if (has_size(q) && (2 * q->frames_left_out <= n_frames || 2 * grid->frames_left_out > q->frames_left_out))
        return;
    if (has_size(q))
        say_why(grid, "sheets show %d frames, single images %d", n_frames - grid->frames_left_out,
                n_frames - q->frames_left_out);
    else
        say_why(grid, "single images do not fit");
    replace(q, grid);
}

static enum sc_status build_best(const struct build_input *in, struct query *out, struct sc_error *err)
{
    struct query other;
    enum sc_status s = try_packing(in, "full", out, err);

    if (s && s != SC_ERR_LIMIT)
        return s;
    if (in->evidence->n_frames < 2) {
        say_why(out, "there is one frame");
        return s;
    }
    if (!try_packing(in, "delta", &other, NULL))
        consider_delta(out, &other);
    query_dispose(&other);
    if ((!has_size(out) || out->frames_left_out) && !try_packing(in, "grid", &other, NULL))
        consider_grid(out, &other, in->evidence->n_frames);
    query_dispose(&other);
    return has_size(out) ? SC_OK : s;
}

enum sc_status query_build(const struct sc_changes *evidence, const struct model *model,
                           const struct query_settings *settings, struct query *out, struct sc_error *err)
{
    struct build_input in = { .evidence = evidence, .model = model, .settings = settings };

    memset(out, 0, sizeof *out);
    if (evidence->n_frames < 1)
        return fail(err, SC_ERR_INVALID, "no frame was chosen to ask about");
    if (evidence->source.width < 1 || evidence->source.height < 1)
        return fail(err, SC_ERR_INVALID, "no picture has %dx%d pixels", evidence->source.width,
                    evidence->source.height);
    if (!settings->pack || !strcmp(settings->pack, "auto"))
        return build_best(&in, out, err);
    if (!(in.packing = packing_find(settings->pack)))
        return fail(err, SC_ERR_INVALID, "unknown packing '%s'", settings->pack);
    return query_build_with(&in, out, err);
}

/* ---- the finished query ---- */

void query_dispose(struct query *q)
{
    int i;

    for (i = 0; i < q->n_parts; i++) {
        free(q->parts[i].text);
        buffer_dispose(&q->parts[i].data);
    }
    for (i = 0; i < q->n_turns; i++)
        free(q->turns[i].text);
    free(q->turns);
    free(q->parts);
    free(q->system);
    free(q->left_out);
    plan_dispose(&q->plan);
    views_dispose(&q->views);
    memset(q, 0, sizeof *q);
}

static enum sc_status add_turn(struct query *q, bool by_model, const char *text, struct sc_error *err)
{
    struct buffer safe = { 0 };
    enum sc_status s = query_add_safe_text(&safe, text, err);
    char *kept = s ? NULL : buffer_take(&safe);

    buffer_dispose(&safe);
    if (!kept)
        return s ? s : fail_memory(err);
    q->turns[q->n_turns++] = (struct query_turn){ by_model, kept };
    q->text_tokens += tokens_text_estimate(kept);
    return SC_OK;
}

enum sc_status query_add_turns(struct query *q, const struct model *model, const char *answer, const char *reply,
                               struct sc_error *err)
{
    struct query_turn *turns = reallocarray(q->turns, (size_t)q->n_turns + 2, sizeof *turns);
    enum sc_status s;

    if (!turns)
        return fail_memory(err);
    q->turns = turns;
    q->layout_tokens += 2 * (int64_t)model->layout_message;
    if ((s = add_turn(q, true, answer, err)) || (s = add_turn(q, false, reply, err)))
        return s;
    return SC_OK;
}

static const char *content_type(const struct buffer *data)
{
    const uint8_t *d = data->data;

    if (data->size >= 3 && !memcmp(d, "\xFF\xD8\xFF", 3))
        return "image/jpeg";
    if (data->size >= 8 && !memcmp(d, "\x89PNG\r\n\x1A\n", 8))
        return "image/png";
    if (data->size >= 12 && !memcmp(d, "RIFF", 4) && !memcmp(d + 8, "WEBP", 4))
        return "image/webp";
    return NULL;
}

enum sc_status query_attach(struct query *q, int image, struct buffer *data, struct sc_error *err)
{
    const char *type = content_type(data);
    int i;

    for (i = 0; i < q->n_parts; i++)
        if (q->parts[i].type == PART_IMAGE && q->parts[i].image == image)
            break;
    if (i == q->n_parts)
        return fail(err, SC_ERR_INVALID, "the query has no image %d", image);
    if (!type)
        return fail(err, SC_ERR_FORMAT, "image %d was rendered as neither JPEG, PNG nor WebP", image);
    buffer_dispose(&q->parts[i].data);
    q->parts[i].data = *data;
    q->parts[i].content_type = type;
    memset(data, 0, sizeof *data);
    return SC_OK;
}
