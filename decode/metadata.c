/* Container tags by libavformat, EXIF of stills. */
#include "decode/metadata.h"

#include <string.h>

#include <libavutil/mathematics.h>

#include "base/buffer.h"
#include "decode/exif.h"
#include "decode/track.h"

#define MAX_STILL_BYTES ((size_t)256 << 20)

/* The first of these tags that the container or its video stream has. */
static const char *tag(const struct track *t, const char *const *names)
{
    for (; *names; names++) {
        const AVDictionaryEntry *e = av_dict_get(t->demux.format->metadata, *names, NULL, 0);

        if (!e)
            e = av_dict_get(t->demux.stream->metadata, *names, NULL, 0);
        if (e && *e->value)
            return e->value;
    }
    return NULL;
}

static enum sc_status tell(const struct metadata_sink *sink, const char *name, const char *text, struct sc_error *err)
{
    char cut[METADATA_TEXT_BYTES];

    if (!text || !*text)
        return SC_OK;
    snprintf(cut, sizeof cut, "%s", text);
    return sink->on_fact(sink->user, name, cut, err);
}

static enum sc_status tell_camera(const struct metadata_sink *sink, const char *make, const char *model,
                                  struct sc_error *err)
{
    char both[METADATA_TEXT_BYTES];

    if (!make || !model || !strncmp(model, make, strlen(make)))
        return tell(sink, "camera", model ? model : make, err);
    snprintf(both, sizeof both, "%s %s", make, model);
    return tell(sink, "camera", both, err);
}

static enum sc_status tell_chapters(const struct track *t, const struct metadata_sink *sink, struct sc_error *err)
{
    const int64_t offset_us = t->source.info.container_offset_us;
    enum sc_status s = SC_OK;

    for (unsigned i = 0; i < t->demux.format->nb_chapters && i < METADATA_MAX_CHAPTERS && !s; i++) {
        const AVChapter *c = t->demux.format->chapters[i];
        const AVDictionaryEntry *e = av_dict_get(c->metadata, "title", NULL, 0);
        char title[METADATA_TEXT_BYTES];

        snprintf(title, sizeof title, "%s", e ? e->value : "");
        s = sink->on_chapter(sink->user, av_rescale_q(c->start, c->time_base, AV_TIME_BASE_Q) - offset_us,
                             av_rescale_q(c->end, c->time_base, AV_TIME_BASE_Q) - offset_us, title, err);
    }
    return s;
}

static enum sc_status of_container(const struct decoder *d, const struct metadata_sink *sink, struct sc_error *err)
{
    static const char *const titles[] = { "title", "com.apple.quicktime.title", NULL };
    static const char *const dates[] = { "com.apple.quicktime.creationdate", "creation_time", "date_recorded", "date",
                                         "year", NULL };
    static const char *const makes[] = { "com.apple.quicktime.make", "com.android.manufacturer", "make", NULL };
    static const char *const models[] = { "com.apple.quicktime.model", "com.android.model", "model", NULL };
    struct track t;
    enum sc_status s = track_open(&t, d, AVMEDIA_TYPE_VIDEO, 0, NULL, "video", err);

    if (!s && t.demux.stream && !(s = tell(sink, "title", tag(&t, titles), err)) &&
        !(s = tell(sink, "date", tag(&t, dates), err)) &&
        !(s = tell_camera(sink, tag(&t, makes), tag(&t, models), err)))
        s = tell_chapters(&t, sink, err);
    track_close(&t);
    return s;
}

/* "2024:05:01 12:00:00" as others write it. */
static void set_date(char *date)
{
    if (strlen(date) == 19 && date[4] == ':' && date[7] == ':')
        date[4] = date[7] = '-';
}

static enum sc_status of_exif(const uint8_t *exif, size_t size, const struct metadata_sink *sink, struct sc_error *err)
{
    char text[METADATA_TEXT_BYTES], make[METADATA_TEXT_BYTES];
    bool has_make;
    enum sc_status s = SC_OK;

    if (exif_text(exif, size, EXIF_DESCRIPTION, text, sizeof text) && (s = tell(sink, "title", text, err)))
        return s;
    if (exif_text(exif, size, EXIF_DATE_TAKEN, text, sizeof text) || exif_text(exif, size, EXIF_DATE, text, sizeof text)) {
        set_date(text);
        if ((s = tell(sink, "date", text, err)))
            return s;
    }
    has_make = exif_text(exif, size, EXIF_MAKE, make, sizeof make);
    if (exif_text(exif, size, EXIF_MODEL, text, sizeof text))
        return tell_camera(sink, has_make ? make : NULL, text, err);
    return has_make ? tell_camera(sink, make, NULL, err) : SC_OK;
}

static enum sc_status of_still(struct input *in, const struct metadata_sink *sink, struct sc_error *err)
{
    struct buffer file = { .limit = MAX_STILL_BYTES };
    const uint8_t *exif;
    size_t size;
    enum sc_status s = SC_OK;

    if (input_size(in) <= (int64_t)MAX_STILL_BYTES && !(s = input_read_all(in, &file, err)) &&
        (exif = exif_find(file.data, file.size, &size)))
        s = of_exif(exif, size, sink, err);
    buffer_dispose(&file);
    return s;
}

enum sc_status metadata_read(const struct decoder *d, const struct metadata_sink *sink, struct sc_error *err)
{
    const struct source *s = decode_source(d);

    if (!s->input)
        return SC_OK;
    return s->ops == &source_video ? of_container(d, sink, err) : of_still(s->input, sink, err);
}
