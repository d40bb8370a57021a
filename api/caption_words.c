/* All that captions depend on beside the content, as text: its hash is a part of their identity. */
#include <stdlib.h>
#include <string.h>

#include "api/caption_run.h"
#include "frames/decide.h"
#include "frames/signature.h"

#define MAX_MASK_BYTES (256 << 20)

static enum sc_status add_boxes(struct buffer *out, const char *name, const struct sc_box *boxes, int n,
                                struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int i;

    for (i = 0; i < n && !s; i++)
        s = buffer_print(out, err, "%s %d,%d,%d,%d\n", name, boxes[i].x, boxes[i].y, boxes[i].w, boxes[i].h);
    return s;
}

/* The mask by its content, because its name may stay when it is drawn anew. */
static enum sc_status add_mask(struct buffer *out, const char *path, struct sc_error *err)
{
    struct identity mask;
    enum sc_status s;
    int i;

    if (!path)
        return SC_OK;
    if ((s = identity_of_file(path, NULL, &mask, err)) || (s = buffer_text(out, "mask ", err)))
        return s;
    for (i = 0; i < HASH_SIZE && !s; i++)
        s = buffer_print(out, err, "%02x", mask.sha256[i]);
    return s ? s : buffer_text(out, "\n", err);
}

static enum sc_status add_look(struct buffer *out, const struct sc_look_settings *l, struct sc_error *err)
{
    const struct sc_box c = l->crop;
    enum sc_status s;

    if ((s = buffer_print(out, err, "signatures %d, decisions %d\n", SIGNATURE_VERSION, DECIDE_VERSION)) ||
        (s = buffer_print(out, err, "effort %d fps %.17g every %lld from %lld to %lld crop %d,%d,%d,%d\n", l->effort, l->fps,
                          (long long)l->every_us, (long long)l->from_us, (long long)l->to_us, c.x, c.y, c.w, c.h)) ||
        (s = buffer_print(out, err, "min %.17g %lld frames %d sensitivity %.17g coarse %d\n", l->min_size,
                          (long long)l->min_duration_us, l->max_frames, l->has_sensitivity ? l->sensitivity : -1.0,
                          l->coarse_boxes)) ||
        (s = add_boxes(out, "ignore", l->ignore, l->n_ignore, err)) || (s = add_boxes(out, "only", l->only, l->n_only, err)))
        return s;
    return add_mask(out, l->mask, err);
}

static const char *or_none(const char *text) { return text ? text : "-"; }

enum sc_status caption_words(const struct caption_run *r, const struct target *t, struct buffer *look,
                             struct buffer *all, struct sc_error *err)
{
    const struct sc_ask_settings *a = &r->ask;
    char prompts[PROMPTS_VERSION_SIZE];
    enum sc_status s;

    if ((s = add_look(look, &r->look, err)) || (s = buffer_text(all, "captions\n", err)) ||
        (s = buffer_text(all, (const char *)look->data, err)))
        return s;
    if (r->embedded)
        return buffer_text(all, "embedded\n", err);
    prompts_version(&t->prompts.set, prompts);
    if ((s = buffer_print(all, err, "service %s\nmodel %s\nprompts %s\n", t->service->name, or_none(t->model_name),
                          prompts)) ||
        (s = buffer_print(all, err, "pack %s hints %d images %d tokens %lld bytes %lld output %lld temperature %.17g seed "
                          "%lld\n", or_none(a->pack), !a->no_hints, a->max_images, (long long)a->max_tokens,
                          (long long)a->max_bytes, (long long)a->max_output_tokens,
                          a->has_temperature ? a->temperature : -1.0, a->has_seed ? (long long)a->seed : -1LL)) ||
        (s = buffer_print(all, err, "subtitles %s transcribe %d %s %s metadata %d\n", or_none(a->subtitles), a->transcribe,
                          or_none(a->transcribe_service), or_none(a->transcribe_model), a->metadata)) ||
        (s = buffer_print(all, err, "question %s\n", or_none(a->question))))
        return s;
    return buffer_print(all, err, "schema %s\n", t->schema ? schema_text(t->schema) : "-");
}
