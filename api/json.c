/* The results as JSON, as docs/json-schema/ describes them.
 *
 * Times are seconds with at most six decimals. Rows (an event, a frame, an image) stand on a line each, so that the
 * text can be read, searched and compared by lines as well. */
#include "api/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define DIGITS 15               /* what a double keeps of a decimal number; more would write 0.1 as 0.1000...01 */

struct object json_begin(void)
{
    json_t *json = json_object();

    return (struct object){ json, !json };
}

void json_put(struct object *o, const char *key, json_t *value)
{
    if (json_object_set_new(o->json, key, value))
        o->failed = true;
}

json_t *json_end(struct object *o)
{
    if (o->failed) {
        json_decref(o->json);
        o->json = NULL;
    }
    return o->json;
}

static json_t *real(double v) { return isfinite(v) ? json_real(round(v * 1e6) / 1e6) : json_null(); }

static json_t *seconds(int64_t time_us) { return json_real((double)time_us / 1e6); }

/* Times that are -1 if there is none. */
static json_t *seconds_or_null(int64_t time_us) { return time_us < 0 ? json_null() : seconds(time_us); }

static json_t *count_or_null(int64_t n, int64_t least) { return n < least ? json_null() : json_integer(n); }

json_t *json_text(const char *text)
{
    struct buffer repaired = { 0 };
    json_t *json = NULL;

    if (!text)
        return json_null();
    if (!text_add_utf8(&repaired, text, strlen(text), NULL))
        json = json_stringn(repaired.size ? (const char *)repaired.data : "", repaired.size);
    buffer_dispose(&repaired);
    return json;
}

static json_t *box_json(struct sc_box box, const struct sc_info *info)
{
    if (box.w <= 0 || box.h <= 0)
        box = (struct sc_box){ 0, 0, info->width, info->height };
    return json_pack("[iiii]", box.x, box.y, box.w, box.h);
}

static json_t *yuv_json(const uint8_t yuv[3]) { return json_pack("[iii]", yuv[0], yuv[1], yuv[2]); }

static void put_info(struct object *o, const struct sc_info *info)
{
    json_put(o, "path", json_text(info->path));
    json_put(o, "container", json_text(info->container));
    json_put(o, "codec", json_text(info->codec));
    json_put(o, "pixel_format", json_text(info->pixel_format));
    json_put(o, "colour", json_text(info->colour));
    json_put(o, "stream", json_integer(info->stream));
    json_put(o, "n_streams", json_integer(info->n_streams));
    json_put(o, "width", json_integer(info->width));
    json_put(o, "height", json_integer(info->height));
    json_put(o, "coded_width", json_integer(info->coded_width));
    json_put(o, "coded_height", json_integer(info->coded_height));
    json_put(o, "rotation", json_integer(info->rotation));
    json_put(o, "mirrored", json_boolean(info->mirrored));
    json_put(o, "sar", json_pack("[ii]", info->sar_num, info->sar_den));
    json_put(o, "fps", info->fps > 0 ? real(info->fps) : json_null());
    json_put(o, "duration_s", info->duration_us > 0 ? seconds(info->duration_us) : json_null());
    json_put(o, "container_offset_s", seconds(info->container_offset_us));
    json_put(o, "n_pictures", count_or_null(info->n_pictures, 1));
    json_put(o, "interlaced", json_boolean(info->interlaced));
    json_put(o, "is_still", json_boolean(info->is_still));
    json_put(o, "is_stills", json_boolean(info->is_stills));
    json_put(o, "has_audio", json_boolean(info->has_audio));
    json_put(o, "has_subtitles", json_boolean(info->has_subtitles));
    json_put(o, "has_captions", json_boolean(info->has_captions));
    json_put(o, "can_seek", json_boolean(info->can_seek));
}

static json_t *info_json(const struct sc_info *info)
{
    struct object o = json_begin();

    put_info(&o, info);
    return json_end(&o);
}

void json_put_event(struct object *o, const struct sc_event *e, const struct sc_info *info)
{
    json_put(o, "start_s", seconds(e->start_us));
    json_put(o, "peak_s", seconds(e->peak_us));
    json_put(o, "end_s", seconds(e->end_us));
    json_put(o, "kind", json_text(sc_kind_name(e->kind)));
    json_put(o, "box", box_json(e->box, info));
    json_put(o, "share", real(e->share));
    json_put(o, "score", real(e->score));
    json_put(o, "before_s", seconds_or_null(e->before_us));
    json_put(o, "after_s", seconds_or_null(e->after_us));
    json_put(o, "dx", real(e->dx));
    json_put(o, "dy", real(e->dy));
    json_put(o, "yuv_before", yuv_json(e->yuv_before));
    json_put(o, "yuv_after", yuv_json(e->yuv_after));
    json_put(o, "same_as_s", seconds_or_null(e->same_as_us));
    json_put(o, "count", json_integer(e->count));
}

static json_t *event_json(const struct sc_event *e, const struct sc_info *info)
{
    struct object o = json_begin();

    json_put_event(&o, e, info);
    return json_end(&o);
}

static void put_frame(struct object *o, const struct sc_frame *f, const struct sc_info *info)
{
    json_put(o, "time_s", seconds(f->time_us));
    json_put(o, "role", json_text(sc_role_name(f->role)));
    json_put(o, "event", count_or_null(f->event, 0));
    json_put(o, "rank", json_integer(f->rank));
    json_put(o, "reason", json_text(f->reason));
    json_put(o, "box", f->event < 0 ? json_null() : box_json(f->box, info));
}

static json_t *frame_json(const struct sc_frame *f, const struct sc_info *info)
{
    struct object o = json_begin();

    put_frame(&o, f, info);
    return json_end(&o);
}

static json_t *damage_json(const struct sc_damage *d)
{
    struct object o = json_begin();

    json_put(&o, "n_packets", json_integer(d->n_packets));
    json_put(&o, "first_s", d->n_packets > 0 ? seconds(d->first_us) : json_null());
    json_put(&o, "last_s", d->n_packets > 0 ? seconds(d->last_us) : json_null());
    return json_end(&o);
}

static json_t *scouting_json(const struct sc_scouting *v)
{
    struct object o = json_begin();
    json_t *unseen = json_array();
    int i;

    for (i = 0; i < v->n_unseen; i++)
        json_array_append_new(unseen, json_pack("[oo]", seconds(v->unseen[i].from_us), seconds(v->unseen[i].to_us)));
    json_put(&o, "unseen_s", seconds(v->unseen_us));
    json_put(&o, "unseen", unseen);
    json_put(&o, "normal_from_s", v->why ? seconds(v->normal_from_us) : json_null());
    json_put(&o, "why_normal", v->why ? json_text(sc_unscouted_text(v->why)) : json_null());
    return json_end(&o);
}

static void put_counts(struct object *o, const struct sc_changes *c)
{
    json_put(o, "profile", json_text(sc_profile_name(c->profile)));
    json_put(o, "decoded", json_integer(c->n_decoded));
    json_put(o, "looked", json_integer(c->n_looked));
    json_put(o, "first_s", seconds(c->first_us));
    json_put(o, "last_s", seconds(c->last_us));
    if (c->scouting.scouted)
        json_put(o, "scouting", scouting_json(&c->scouting));
    json_put(o, "damage", damage_json(&c->damage));
}

static json_t *changes_json(const struct sc_changes *c)
{
    struct object o = json_begin();
    json_t *events = json_array(), *frames = json_array();
    int i;

    json_put(&o, "version", json_integer(c->version));
    json_put(&o, "source", info_json(&c->source));
    for (i = 0; i < c->n_events && !o.failed; i++)
        o.failed = json_array_append_new(events, event_json(&c->events[i], &c->source));
    for (i = 0; i < c->n_frames && !o.failed; i++)
        o.failed = json_array_append_new(frames, frame_json(&c->frames[i], &c->source));
    json_put(&o, "events", events);
    json_put(&o, "frames", frames);
    put_counts(&o, c);
    return json_end(&o);
}

/* ---- as text ---- */

/* Characters that JSON allows in a string but that a terminal would act on: DEL, C1 controls, and the bidirectional
 * formatting of Unicode Standard Annex 9, section 2. */
static bool is_control(unsigned c)
{
    return (c >= 0x7F && c < 0xA0) || c == 0x61C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

/* Outside ASCII, JSON has only the characters of its strings: escape them where they stand. */
static int add_escaped(const char *text, size_t size, void *user)
{
    struct buffer *out = user;
    const unsigned char *p = (const unsigned char *)text;
    size_t i = 0, start = 0;

    while (i < size) {
        size_t n = text_utf8_length(text + i, size - i);
        unsigned c = n == 3   ? (p[i] & 0x0Fu) << 12 | (p[i + 1] & 0x3Fu) << 6 | (p[i + 2] & 0x3Fu)
                     : n == 2 ? (p[i] & 0x1Fu) << 6 | (p[i + 1] & 0x3Fu)
                              : p[i];

        n = n ? n : 1;
        if (n < 4 && is_control(c)) {
            if (buffer_add(out, text + start, i - start, NULL) || buffer_print(out, NULL, "\\u%04x", c))
                return -1;
            start = i + n;
        }
        i += n;
    }
    return buffer_add(out, text + start, size - start, NULL) ? -1 : 0;
}

static bool add_value(struct buffer *out, const json_t *value)
{
    char *text = json_dumps(value, JSON_REAL_PRECISION(DIGITS) | JSON_ENCODE_ANY);
    bool good = text && !add_escaped(text, strlen(text), out);

    free(text);
    return good;
}

static bool add_rows(struct buffer *out, const json_t *array, const char *indent)
{
    size_t i;

    if (!json_array_size(array))
        return !buffer_text(out, "[]", NULL);
    for (i = 0; i < json_array_size(array); i++)
        if (buffer_print(out, NULL, "%s\n%s ", i ? "," : "[", indent) || !add_value(out, json_array_get(array, i)))
            return false;
    return !buffer_print(out, NULL, "\n%s]", indent);
}

/* A member a line; of arrays of objects a row a line; the same for an object in it that has such arrays. */
static bool add_object(struct buffer *out, json_t *object, const char *indent)
{
    const char *key;
    json_t *value;
    int n = 0;

    json_object_foreach(object, key, value) {
        if (buffer_print(out, NULL, "%s\n%s \"%s\": ", n++ ? "," : "{", indent, key))
            return false;
        if (json_is_array(value) && (!json_array_size(value) || json_is_object(json_array_get(value, 0)))) {
            if (!add_rows(out, value, strlen(indent) ? "  " : " "))
                return false;
        } else if (json_is_object(value) && json_object_get(value, "events")) {
            if (!add_object(out, value, " "))
                return false;
        } else if (!add_value(out, value)) {
            return false;
        }
    }
    return !buffer_print(out, NULL, "\n%s}", indent);
}

/* Takes object, which may be NULL. */
static enum sc_status to_text(json_t *object, char **out, struct sc_error *err)
{
    struct buffer text = { 0 };

    *out = NULL;
    if (object && add_object(&text, object, ""))
        *out = buffer_take(&text);
    buffer_dispose(&text);
    json_decref(object);
    return *out ? SC_OK : fail_memory(err);
}

enum sc_status sc_info_json(const struct sc_info *info, char **out, struct sc_error *err)
{
    struct object o = json_begin();

    json_put(&o, "version", json_integer(1));
    put_info(&o, info);
    return to_text(json_end(&o), out, err);
}

enum sc_status sc_changes_json(const struct sc_changes *c, char **out, struct sc_error *err)
{
    return to_text(changes_json(c), out, err);
}

bool json_add_line(struct buffer *out, json_t *object)
{
    bool good = object && add_value(out, object) && !buffer_text(out, "\n", NULL);

    json_decref(object);
    return good;
}

static bool add_source_line(struct buffer *out, const struct sc_changes *c)
{
    struct object o = json_begin();

    json_put(&o, "type", json_string("source"));
    json_put(&o, "version", json_integer(c->version));
    put_info(&o, &c->source);
    put_counts(&o, c);
    return json_add_line(out, json_end(&o));
}

static bool add_event_line(struct buffer *out, const struct sc_changes *c, int i)
{
    struct object o = json_begin();

    json_put(&o, "type", json_string("event"));
    json_put(&o, "path", json_text(c->source.path));
    json_put(&o, "index", json_integer(i));
    json_put_event(&o, &c->events[i], &c->source);
    return json_add_line(out, json_end(&o));
}

static bool add_frame_line(struct buffer *out, const struct sc_changes *c, int i)
{
    struct object o = json_begin();

    json_put(&o, "type", json_string("frame"));
    json_put(&o, "path", json_text(c->source.path));
    put_frame(&o, &c->frames[i], &c->source);
    return json_add_line(out, json_end(&o));
}

enum sc_status sc_changes_jsonl(const struct sc_changes *c, char **out, struct sc_error *err)
{
    struct buffer text = { 0 };
    bool good = add_source_line(&text, c);
    int i;

    for (i = 0; good && i < c->n_events; i++)
        good = add_event_line(&text, c, i);
    for (i = 0; good && i < c->n_frames; i++)
        good = add_frame_line(&text, c, i);
    *out = good ? buffer_take(&text) : NULL;
    buffer_dispose(&text);
    return *out ? SC_OK : fail_memory(err);
}

/* ---- compare ---- */

static json_t *side_json(const struct sc_info *info, int64_t time_us)
{
    struct object o = json_begin();

    json_put(&o, "path", json_text(info->path));
    json_put(&o, "width", json_integer(info->width));
    json_put(&o, "height", json_integer(info->height));
    json_put(&o, "time_s", seconds(time_us));
    return json_end(&o);
}

static json_t *region_json(const struct sc_region *r, const struct sc_info *info)
{
    struct object o = json_begin();

    json_put(&o, "kind", json_text(sc_kind_name(r->kind)));
    json_put(&o, "box", box_json(r->box, info));
    json_put(&o, "share", real(r->share));
    json_put(&o, "score", real(r->score));
    json_put(&o, "yuv_before", yuv_json(r->yuv_before));
    json_put(&o, "yuv_after", yuv_json(r->yuv_after));
    return json_end(&o);
}

enum sc_status sc_comparison_json(const struct sc_comparison *c, char **out, struct sc_error *err)
{
    struct object o = json_begin(), light = json_begin();
    json_t *regions = json_array();
    int i;

    json_put(&light, "gain", real(c->light_gain));
    json_put(&light, "offset", real(c->light_offset));
    json_put(&o, "version", json_integer(1));
    json_put(&o, "a", side_json(&c->a, c->a_us));
    json_put(&o, "b", side_json(&c->b, c->b_us));
    json_put(&o, "identical", json_boolean(c->identical));
    json_put(&o, "changed", json_boolean(c->changed));
    json_put(&o, "share", real(c->share));
    json_put(&o, "score", real(c->score));
    json_put(&o, "light", json_end(&light));
    json_put(&o, "shift", json_pack("[ii]", c->shift_x, c->shift_y));
    for (i = 0; i < c->n_regions && !o.failed; i++)
        o.failed = json_array_append_new(regions, region_json(&c->regions[i], &c->a));
    json_put(&o, "regions", regions);
    return to_text(json_end(&o), out, err);
}

/* ---- ask ---- */

static json_t *shown_json(const struct sc_shown *shown)
{
    struct object o = json_begin();
    const struct sc_box *c = &shown->crop, *d = &shown->dest;

    json_put(&o, "time_s", seconds(shown->time_us));
    json_put(&o, "crop", c->w ? json_pack("[iiii]", c->x, c->y, c->w, c->h) : json_null());
    json_put(&o, "dest", json_pack("[iiii]", d->x, d->y, d->w, d->h));
    return json_end(&o);
}

static json_t *image_json(const struct sc_image_cost *image)
{
    struct object o = json_begin();
    json_t *shows = json_array();
    int i;

    json_put(&o, "time_s", seconds(image->time_us));
    json_put(&o, "role", json_text(sc_role_name(image->role)));
    json_put(&o, "event", count_or_null(image->event, 0));
    json_put(&o, "width", json_integer(image->width));
    json_put(&o, "height", json_integer(image->height));
    json_put(&o, "tokens", json_integer(image->tokens));
    json_put(&o, "exact", json_boolean(image->exact));
    json_put(&o, "bytes", count_or_null(image->bytes, 1));
    json_put(&o, "grid", *image->grid ? json_text(image->grid) : json_null());
    json_put(&o, "detail", json_text(image->detail));
    json_put(&o, "what", json_text(image->what));
    for (i = 0; i < image->n_shows && !o.failed; i++)
        o.failed = json_array_append_new(shows, shown_json(&image->shows[i]));
    json_put(&o, "shows", shows);
    return json_end(&o);
}

static json_t *citation_json(const struct sc_citation *c)
{
    struct object o = json_begin();

    json_put(&o, "time_s", seconds(c->time_us));
    json_put(&o, "frame", count_or_null(c->frame, 0));
    json_put(&o, "event", count_or_null(c->event, 0));
    json_put(&o, "known", json_boolean(c->known));
    return json_end(&o);
}

static json_t *tokens_json(int64_t n, bool exact)
{
    struct object o = json_begin();

    json_put(&o, "count", json_integer(n));
    json_put(&o, "exact", json_boolean(exact));
    return json_end(&o);
}

static json_t *usage_json(const struct sc_answer *a)
{
    struct object o = json_begin();

    json_put(&o, "prompt_tokens", count_or_null(a->prompt_tokens, 0));
    json_put(&o, "output_tokens", count_or_null(a->output_tokens, 0));
    json_put(&o, "cached_tokens", count_or_null(a->cached_tokens, 0));
    return json_end(&o);
}

static json_t *part_json(const struct sc_part *part)
{
    const struct sc_answer *a = part->answer;
    struct object o = json_begin();
    json_t *images = json_array(), *citations = json_array();
    int i;

    json_put(&o, "path", json_text(a->changes->source.path));
    json_put(&o, "first_s", seconds(a->changes->first_us));
    json_put(&o, "last_s", seconds(a->changes->last_us));
    json_put(&o, "error", json_text(part->error));
    json_put(&o, "text", json_text(a->text));
    json_put(&o, "finish", json_text(a->finish));
    for (i = 0; i < a->n_citations && !o.failed; i++)
        o.failed = json_array_append_new(citations, citation_json(&a->citations[i]));
    json_put(&o, "citations", citations);
    for (i = 0; i < a->n_images && !o.failed; i++)
        o.failed = json_array_append_new(images, image_json(&a->images[i]));
    json_put(&o, "images", images);
    json_put(&o, "pack", json_text(a->pack));
    json_put(&o, "frames_left_out", json_integer(a->frames_left_out));
    json_put(&o, "image_tokens", tokens_json(a->image_tokens, a->image_exact));
    json_put(&o, "text_tokens", tokens_json(a->text_tokens, a->text_exact));
    json_put(&o, "body_bytes", count_or_null(a->body_bytes, 1));
    json_put(&o, "usage", usage_json(a));
    json_put(&o, "changes", changes_json(a->changes));
    return json_end(&o);
}

json_t *json_of_answer(const struct sc_answer *a)
{
    struct object o = json_begin();
    json_t *images = json_array(), *left_out = json_array(), *citations = json_array();
    json_t *parts = json_array();
    int i;

    json_put(&o, "version", json_integer(1));
    json_put(&o, "service", json_text(a->service));
    json_put(&o, "model", json_text(a->model));
    json_put(&o, "sent", json_boolean(a->sent));
    json_put(&o, "remembered", json_boolean(a->remembered_s));
    json_put(&o, "nothing_changed", json_boolean(a->nothing_changed));
    json_put(&o, "no_model", json_boolean(a->no_model));
    json_put(&o, "incomplete", json_boolean(a->incomplete));
    json_put(&o, "refused", json_boolean(a->refused));
    json_put(&o, "text", json_text(a->text));
    json_put(&o, "value", a->json ? json_loads(a->json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : json_null());
    json_put(&o, "repairs", json_integer(a->repairs));
    json_put(&o, "finish", json_text(a->finish));
    for (i = 0; i < a->n_citations && !o.failed; i++)
        o.failed = json_array_append_new(citations, citation_json(&a->citations[i]));
    json_put(&o, "citations", citations);
    for (i = 0; i < a->n_images && !o.failed; i++)
        o.failed = json_array_append_new(images, image_json(&a->images[i]));
    json_put(&o, "images", images);
    json_put(&o, "prompt_version", *a->prompt_version ? json_text(a->prompt_version) : json_null());
    json_put(&o, "pack", json_text(a->pack));
    json_put(&o, "pack_reason", json_text(a->pack_reason));
    for (i = 0; i < a->frames_left_out && !o.failed; i++)
        o.failed = json_array_append_new(left_out, json_integer(a->left_out[i]));
    json_put(&o, "left_out", left_out);
    json_put(&o, "subtitles", json_text(a->subtitles));
    json_put(&o, "lines", json_integer(a->n_lines));
    json_put(&o, "lines_left_out", json_integer(a->lines_left_out));
    json_put(&o, "shrunk", json_boolean(a->shrunk));
    json_put(&o, "jpeg_quality", count_or_null(a->quality, 1));
    json_put(&o, "image_tokens", tokens_json(a->image_tokens, a->image_exact));
    json_put(&o, "text_tokens", tokens_json(a->text_tokens, a->text_exact));
    json_put(&o, "body_bytes", count_or_null(a->body_bytes, 1));
    json_put(&o, "usage", usage_json(a));
    json_put(&o, "price_usd", a->price_usd < 0 ? json_null() : real(a->price_usd));
    for (i = 0; i < a->n_parts && !o.failed; i++)
        o.failed = json_array_append_new(parts, part_json(&a->parts[i]));
    json_put(&o, "parts", parts);
    json_put(&o, "changes", a->changes ? changes_json(a->changes) : json_null());
    return json_end(&o);
}

enum sc_status sc_answer_json(const struct sc_answer *a, char **out, struct sc_error *err)
{
    return to_text(json_of_answer(a), out, err);
}

/* ---- ask about an archive ---- */

static json_t *clip_json(const struct sc_clip *c)
{
    struct object o = json_begin();

    json_put(&o, "video", json_integer(c->video_id));
    json_put(&o, "path", json_text(c->path));
    json_put(&o, "title", json_text(c->title));
    json_put(&o, "lines", json_integer(c->n_lines));
    json_put(&o, "lines_left_out", json_integer(c->lines_left_out));
    return json_end(&o);
}

static json_t *clip_citation_json(const struct sc_archive_answer *a, const struct sc_clip_citation *c)
{
    struct object o = json_begin();

    json_put(&o, "clip", json_integer(c->clip + 1));
    json_put(&o, "path", c->clip < a->n_clips ? json_text(a->clips[c->clip].path) : json_null());
    json_put(&o, "time_s", seconds_or_null(c->time_us));
    json_put(&o, "known", json_boolean(c->known));
    return json_end(&o);
}

enum sc_status sc_archive_answer_json(const struct sc_archive_answer *a, char **out, struct sc_error *err)
{
    struct object o = json_begin();
    json_t *clips = json_array(), *citations = json_array();
    int i;

    json_put(&o, "version", json_integer(1));
    json_put(&o, "words", json_text(a->words));
    json_put(&o, "found", json_integer(a->n_found));
    for (i = 0; i < a->n_clips && !o.failed; i++)
        o.failed = json_array_append_new(clips, clip_json(&a->clips[i]));
    json_put(&o, "clips", clips);
    for (i = 0; i < a->n_citations && !o.failed; i++)
        o.failed = json_array_append_new(citations, clip_citation_json(a, &a->citations[i]));
    json_put(&o, "citations", citations);
    json_put(&o, "answer", a->answer ? json_of_answer(a->answer) : json_null());
    return to_text(json_end(&o), out, err);
}

/* ---- side by side ---- */

static json_t *side_of_json(const struct sc_side *side)
{
    struct object o = json_begin();

    json_put(&o, "name", json_text(side->name));
    json_put(&o, "error", json_text(side->error));
    json_put(&o, "first_words_s", seconds_or_null(side->first_us));
    json_put(&o, "whole_s", seconds_or_null(side->whole_us));
    json_put(&o, "most_usd", side->most_usd < 0 ? json_null() : real(side->most_usd));
    json_put(&o, "answer", json_of_answer(side->answer));
    return json_end(&o);
}

static json_t *moment_json(const struct sc_moment *m)
{
    struct object o = json_begin();
    json_t *cited_by = json_array();
    int i;

    json_put(&o, "time_s", seconds(m->time_us));
    json_put(&o, "event", count_or_null(m->event, 0));
    json_put(&o, "known", json_boolean(m->known));
    for (i = 0; i < SC_MAX_SIDES && !o.failed; i++)
        if (m->cited_by >> i & 1)
            o.failed = json_array_append_new(cited_by, json_integer(i));
    json_put(&o, "cited_by", cited_by);
    json_put(&o, "agreed", json_boolean(m->agreed));
    return json_end(&o);
}

enum sc_status sc_sides_json(const struct sc_sides *sides, char **out, struct sc_error *err)
{
    struct object o = json_begin();
    json_t *answers = json_array(), *moments = json_array();
    int i;

    json_put(&o, "version", json_integer(1));
    json_put(&o, "nothing_changed", json_boolean(sides->nothing_changed));
    for (i = 0; i < sides->n && !o.failed; i++)
        o.failed = json_array_append_new(answers, side_of_json(&sides->items[i]));
    json_put(&o, "sides", answers);
    for (i = 0; i < sides->n_moments && !o.failed; i++)
        o.failed = json_array_append_new(moments, moment_json(&sides->moments[i]));
    json_put(&o, "moments", moments);
    json_put(&o, "changes", changes_json(sides->changes));
    return to_text(json_end(&o), out, err);
}

/* ---- cost ---- */

static json_t *cost_json(const struct sc_cost *c)
{
    struct object o = json_begin();

    json_put(&o, "model", json_text(c->model));
    json_put(&o, "service", json_text(c->service));
    json_put(&o, "pack", json_text(c->pack));
    json_put(&o, "images", json_integer(c->n_images));
    json_put(&o, "frames_left_out", json_integer(c->frames_left_out));
    json_put(&o, "image_tokens", tokens_json(c->image_tokens, c->image_exact));
    json_put(&o, "text_tokens", tokens_json(c->text_tokens, c->text_exact));
    json_put(&o, "price_usd", c->price_usd < 0 ? json_null() : real(c->price_usd));
    return json_end(&o);
}

enum sc_status sc_costs_json(const struct sc_costs *c, char **out, struct sc_error *err)
{
    struct object o = json_begin();
    json_t *costs = json_array();
    int i;

    json_put(&o, "version", json_integer(1));
    json_put(&o, "path", json_text(c->path));
    for (i = 0; i < c->n && !o.failed; i++)
        o.failed = json_array_append_new(costs, cost_json(&c->items[i]));
    json_put(&o, "costs", costs);
    return to_text(json_end(&o), out, err);
}
