/* The decoder that the rest sees: choosing the kind of source, the first picture, seeking lazily, damage. */
#include "decode/decode.h"

#include <stdlib.h>
#include <string.h>

#include <libavutil/log.h>
#include <libavutil/pixdesc.h>

#include "base/text.h"
#include "decode/frame.h"
#include "decode/source.h"

struct decoder {
    struct source source;
    struct picture *waiting[2];  /* decoded by decode_open, in order */
    bool fresh;                  /* nothing was handed out yet */
    bool packets;                /* decode_next_packet is in use */
    bool seek_wanted;
    int64_t seek_us;
    int64_t last_us;             /* of the picture handed out last, since a seek; -1: none */
};

const struct source_ops *const decode_sources[] = { &source_webp, &source_stills, &source_video, NULL };

void source_damaged(struct source *s, int64_t time_us)
{
    struct sc_damage *d = &s->damage;

    if (d->n_packets++ == 0)
        d->first_us = d->last_us = time_us;
    if (time_us < d->first_us)
        d->first_us = time_us;
    if (time_us > d->last_us)
        d->last_us = time_us;
}

bool source_cancelled(const struct source *s, struct sc_error *err)
{
    if (!s->settings.cancel || !atomic_load(s->settings.cancel))
        return false;
    fail(err, SC_ERR_CANCELLED, "cancelled");
    return true;
}

enum sc_status source_check_size(const struct source *s, int64_t width, int64_t height, struct sc_error *err)
{
    int64_t limit = s->settings.source.max_pixels;

    if (width <= 0 || height <= 0 || width <= limit / height)
        return SC_OK;
    return fail(err, SC_ERR_LIMIT, "picture of %lldx%lld in '%s' is over the limit of %lld pixels; raise it with --max-pixels",
                (long long)width, (long long)height, s->name, (long long)limit);
}

static bool replace(char **text, const char *with)
{
    free(*text);
    *text = with ? strdup(with) : NULL;
    return *text || !with;
}

enum sc_status source_describe(struct source *s, const struct picture *p, const char *container, const char *codec,
                               struct sc_error *err)
{
    struct sc_info *info = &s->info;
    const AVFrame *f = p->av;
    char colour[64];

    if (!replace(&info->path, s->path) || !replace(&info->container, container) || !replace(&info->codec, codec) ||
        !replace(&info->pixel_format, av_get_pix_fmt_name(f->format)) ||
        !replace(&info->colour, frame_colour_name(f, colour)))
        return fail_memory(err);
    info->width = p->width;
    info->height = p->height;
    info->coded_width = f->width;
    info->coded_height = f->height;
    info->rotation = p->turns * 90;
    info->mirrored = p->mirror;
    info->sar_num = f->sample_aspect_ratio.num > 0 && f->sample_aspect_ratio.den > 0 ? f->sample_aspect_ratio.num : 1;
    info->sar_den = f->sample_aspect_ratio.num > 0 && f->sample_aspect_ratio.den > 0 ? f->sample_aspect_ratio.den : 1;
    info->interlaced = p->flags & PICTURE_INTERLACED;
    return SC_OK;
}

/* HLS or DASH: libavformat itself fetches what it names. */
static bool is_playlist(const struct input *in)
{
    size_t size;
    const uint8_t *head = input_head(in, &size);

    return (size >= 7 && !memcmp(head, "#EXTM3U", 7)) || (size >= 5 && memmem(head, size < 512 ? size : 512, "<MPD", 4));
}

/* What goes on while it is looked at. */
static enum sc_status open_live(struct source *s, struct sc_error *err)
{
    const struct live_settings settings = { s->path, s->name, s->settings.idle_us, s->host, s->settings.cancel };

    return live_open(&s->live, &settings, &s->given.opening.fd, err);
}

static enum sc_status open_url(struct source *s, struct sc_error *err)
{
    bool rtsp;
    enum sc_status status;

    opening_is_url(s->path, &rtsp);
    if (!rtsp && (status = input_open_url(&s->input, s->path, s->host, s->settings.cancel, err)))
        return status;
    if (!rtsp && !is_playlist(s->input))
        return SC_OK;
    input_close(&s->input);
    return record_open(&s->record, s->path, s->name, s->host, s->settings.cancel, err);
}

/* A list is opened by its kind. */
static enum sc_status open_input(struct source *s, struct sc_error *err)
{
    enum sc_status status = s->host->open(s->host->user, s->path, s->settings.cancel, &s->given, err);

    if (!status && s->settings.follow)
        return s->given.opening.kind == OPENING_LIST ? fail(err, SC_ERR_INVALID, "'%s' is no stream", s->name)
                                                     : open_live(s, err);
    if (status || s->given.opening.kind == OPENING_LIST)
        return status;
    if (s->given.opening.kind == OPENING_URL)
        return open_url(s, err);
    return input_open_descriptor(&s->input, s->path, &s->given.opening.fd, s->host, s->settings.cancel, err);
}

static enum sc_status open_kind(struct source *s, struct sc_error *err)
{
    for (int i = 0; decode_sources[i]; i++) {
        if (decode_sources[i]->claims(s)) {
            s->ops = decode_sources[i];
            return s->ops->open(s, err);
        }
    }
    return fail(err, SC_ERR_FORMAT, "'%s' is not media that can be read", s->name);
}

/* Two pictures tell whether it is a single still. */
static enum sc_status look_ahead(struct decoder *d, struct sc_error *err)
{
    struct source *s = &d->source;
    enum sc_status status = s->ops->next(s, &d->waiting[0], err);

    if (status || s->live)
        return status;
    if (!d->waiting[0])
        return fail(err, SC_ERR_FORMAT, "no picture in '%s' could be decoded", s->name);
    if (!s->info.path && (status = source_describe(s, d->waiting[0], s->ops->name, s->ops->name, err)))
        return status;
    if (s->info.n_pictures > 1 || s->info.is_stills || s->info.is_still)
        return SC_OK;
    if ((status = s->ops->next(s, &d->waiting[1], err)))
        return status;
    if (!d->waiting[1]) {
        s->info.is_still = true;
        s->info.n_pictures = 1;
        s->info.fps = 0;
    }
    return SC_OK;
}

static void sane_settings(struct decode_settings *settings)
{
    if (settings->source.max_pixels <= 0)
        settings->source.max_pixels = DEFAULT_MAX_PIXELS;
    if (!(settings->source.still_rate > 0))
        settings->source.still_rate = 1;
    if (!settings->source.has_background)
        settings->source.background_rgb = 0xFFFFFF;
}

/* same: another decoder whose input is to be shared, or NULL: opened by path. */
static enum sc_status open_with(struct decoder **out, const struct decode_settings *settings, const struct source *same,
                                struct sc_error *err)
{
    struct decoder *d = calloc(1, sizeof *d);
    struct source *s;
    enum sc_status status;

    *out = NULL;
    if (!d || !(d->source.path = strdup(settings->source.path))) {
        free(d);
        return fail_memory(err);
    }
    av_log_set_level(AV_LOG_QUIET);
    s = &d->source;
    s->settings = *settings;
    s->settings.source.path = s->path;
    sane_settings(&s->settings);
    text_shown(strcmp(s->path, "-") ? s->path : "standard input", s->name, sizeof s->name);
    s->given.opening.fd = -1;
    s->host = settings->host ? settings->host : &host_itself;
    d->fresh = true;
    d->last_us = -1;
    s->settings.skip = DECODE_ALL; /* the first picture is the first of all */
    if (same && same->input)
        s->input = input_ref(same->input);
    if (same && same->record)
        s->record = record_ref(same->record);
    status = s->input || s->record ? SC_OK : open_input(s, err);
    if (!status)
        status = open_kind(s, err);
    if (!status)
        status = look_ahead(d, err);
    if (status)
        decode_close(&d);
    else
        decode_set_skip(d, settings->skip, 0);
    *out = d;
    return status;
}

enum sc_status decode_open(struct decoder **out, const struct decode_settings *settings, struct sc_error *err)
{
    return open_with(out, settings, NULL, err);
}

enum sc_status decode_open_second(struct decoder **out, const struct decoder *d, const struct decode_settings *settings,
                                  struct sc_error *err)
{
    struct decode_settings same = *settings;

    same.source = d->source.settings.source;
    same.host = d->source.host;
    return open_with(out, &same, &d->source, err);
}

static void drop_waiting(struct decoder *d)
{
    picture_unref(&d->waiting[0]);
    picture_unref(&d->waiting[1]);
}

void decode_close(struct decoder **decoder)
{
    struct decoder *d = *decoder;

    if (!d)
        return;
    drop_waiting(d);
    if (d->source.ops)
        d->source.ops->close(&d->source);
    input_close(&d->source.input);
    record_close(&d->source.record);
    live_close(&d->source.live);
    given_dispose(&d->source.given);
    sc_info_dispose(&d->source.info);
    free(d->source.path);
    free(d);
    *decoder = NULL;
}

const struct sc_info *decode_info(const struct decoder *d)
{
    return &d->source.info;
}

bool decode_is_waiting(const struct decoder *d)
{
    return d->source.waiting;
}

enum sc_status decode_clip(const struct decoder *d, int64_t from_us, int64_t to_us, struct buffer *out,
                           int64_t *begin_us_out, struct sc_error *err)
{
    const int64_t offset_us = d->source.info.container_offset_us;
    enum sc_status status;

    if (!d->source.live)
        return fail(err, SC_ERR_INVALID, "'%s' is not followed", d->source.name);
    status = live_clip(d->source.live, from_us + offset_us, to_us + offset_us, out, begin_us_out, err);
    *begin_us_out -= status ? 0 : offset_us;
    return status;
}

int64_t decode_skipped(const struct decoder *d)
{
    return d->source.live ? live_skipped(d->source.live) : 0;
}

const struct source *decode_source(const struct decoder *d)
{
    return &d->source;
}

static enum sc_status seek_now(struct decoder *d, struct sc_error *err)
{
    if (!d->seek_wanted)
        return SC_OK;
    d->seek_wanted = false;
    return d->source.ops->seek(&d->source, d->seek_us, err);
}

/* The next picture whose time is later than the last one's: where damage makes a kind start over, it may come again. */
static enum sc_status next_later(struct decoder *d, struct picture **out, struct sc_error *err)
{
    enum sc_status status;

    for (;;) {
        if ((status = d->source.ops->next(&d->source, out, err)) || !*out)
            return status;
        d->source.host->alive(d->source.host->user, (*out)->time_us);
        if ((*out)->time_us > d->last_us)
            return SC_OK;
        source_damaged(&d->source, d->last_us);
        picture_unref(out);
    }
}

enum sc_status decode_next(struct decoder *d, struct picture **out, struct sc_error *err)
{
    enum sc_status status;

    *out = NULL;
    if (source_cancelled(&d->source, err))
        return SC_ERR_CANCELLED;
    if (d->packets && !d->seek_wanted)
        return fail(err, SC_ERR_INVALID, "pictures after packets need a seek");
    d->fresh = d->packets = false;
    if (d->waiting[0]) {
        *out = d->waiting[0];
        d->waiting[0] = d->waiting[1];
        d->waiting[1] = NULL;
        d->last_us = (*out)->time_us;
        return SC_OK;
    }
    if (!(status = seek_now(d, err)))
        status = next_later(d, out, err);
    if (!status && *out)
        d->last_us = (*out)->time_us;
    return status;
}

enum sc_status decode_seek(struct decoder *d, int64_t time_us, struct sc_error *err)
{
    if (source_cancelled(&d->source, err))
        return SC_ERR_CANCELLED;
    if (d->fresh && time_us <= 0)
        return SC_OK;
    if (time_us < 0)
        time_us = 0;
    d->fresh = false;
    drop_waiting(d);
    d->last_us = -1;
    d->seek_wanted = true;
    d->seek_us = time_us;
    return SC_OK;
}

void decode_set_skip(struct decoder *d, enum decode_skip skip, int64_t slot_us)
{
    d->source.settings.skip = skip;
    d->source.slot_us = slot_us;
    if (d->source.ops->skip_changed)
        d->source.ops->skip_changed(&d->source);
}

void decode_set_choice(struct decoder *d, decode_choice *choose, void *user)
{
    d->source.choose = choose;
    d->source.choose_user = user;
    if (!choose)
        decode_set_skip(d, d->source.settings.skip, d->source.slot_us);
}

void decode_set_reduced(struct decoder *d, int side)
{
    if (d->source.ops != &source_stills || !d->source.info.is_stills || d->source.reduced_side == side)
        return;
    d->source.reduced_side = side;
    d->fresh = false;
    drop_waiting(d);
    d->last_us = -1;
    d->seek_wanted = true;
    d->seek_us = 0;
}

/* The kind has no packets of its own: each picture stands for one. */
static enum sc_status picture_as_packet(struct decoder *d, struct packet_facts *out, bool *end_out,
                                        struct sc_error *err)
{
    struct picture *p = NULL;
    enum sc_status status = seek_now(d, err);

    if (!status)
        status = d->source.ops->next(&d->source, &p, err);
    *end_out = !p;
    if (p)
        *out = (struct packet_facts){ p->time_us, p->packet_bytes, p->flags & PICTURE_KEY, false };
    picture_unref(&p);
    return status;
}

enum sc_status decode_next_packet(struct decoder *d, struct packet_facts *out, bool *end_out, struct sc_error *err)
{
    const struct source_ops *ops = d->source.ops;
    enum sc_status status;

    *end_out = false;
    if (source_cancelled(&d->source, err))
        return SC_ERR_CANCELLED;
    if (!d->packets && !d->seek_wanted && !d->fresh)
        return fail(err, SC_ERR_INVALID, "packets after pictures need a seek");
    if (d->fresh) {
        drop_waiting(d);
        d->seek_wanted = true;
        d->seek_us = 0;
    }
    d->fresh = false;
    d->packets = true;
    if (!ops->next_packet)
        return picture_as_packet(d, out, end_out, err);
    if (d->seek_wanted && (status = ops->seek_packets(&d->source, d->seek_us, err)))
        return status;
    d->seek_wanted = false;
    return ops->next_packet(&d->source, out, end_out, err);
}

struct sc_damage decode_damage(const struct decoder *d)
{
    return d->source.damage;
}
