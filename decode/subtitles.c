/* Reading subtitles with libavformat and libavcodec. */
#include "decode/subtitles.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/mathematics.h>
#include <libavutil/mem.h>

#include "base/text.h"
#include "decode/track.h"

#define ROLL_GAP_US 1000000      /* rows of rolling captions come again after less than this */
#define AVIO_BYTES 4096

struct line {
    int64_t start_us, end_us;    /* end: INT64_MIN while it is not known */
    char *text;
};

struct reading {
    struct line *lines;
    int n, capacity;
    size_t bytes;
    bool rolls;                  /* rows come again */
    AVCodecContext *decoder;
    int64_t offset_us;           /* taken off what the decoder says */
};

/* ---- lines ---- */

/* Text without space around its rows and without empty ones. Changes it in place. */
static size_t tidy(char *text)
{
    char *out = text, *row = text;

    while (*row) {
        size_t n = strcspn(row, "\n"), size = n;
        bool more = row[n] == '\n';
        char *next = row + n + more;

        for (; size && (*row == ' ' || *row == '\t'); size--)
            row++;
        while (size && (row[size - 1] == ' ' || row[size - 1] == '\t'))
            size--;
        if (size && out > text)
            *out++ = '\n';
        memmove(out, row, size);
        out += size;
        row = next;
    }
    *out = '\0';
    return (size_t)(out - text);
}

static enum sc_status add_line(struct reading *r, int64_t start_us, int64_t end_us, struct buffer *text,
                               struct sc_error *err)
{
    char *own;

    if (!text->size || !tidy((char *)text->data))
        return SC_OK;
    if (r->n == SUBTITLES_MAX_LINES || (r->bytes += text->size) > SUBTITLES_MAX_BYTES)
        return fail(err, SC_ERR_LIMIT, "more than %d lines of subtitles, or %zu bytes", SUBTITLES_MAX_LINES,
                    SUBTITLES_MAX_BYTES);
    if (r->n == r->capacity) {
        int capacity = r->capacity ? 2 * r->capacity : 256;
        struct line *lines = reallocarray(r->lines, (size_t)capacity, sizeof *lines);

        if (!lines)
            return fail_memory(err);
        r->lines = lines;
        r->capacity = capacity;
    }
    if (!(own = strdup((char *)text->data)))
        return fail_memory(err);
    r->lines[r->n] = (struct line){ start_us, end_us, NULL };
    r->lines[r->n++].text = own;
    return SC_OK;
}

static void dispose(struct reading *r)
{
    avcodec_free_context(&r->decoder);
    for (int i = 0; i < r->n; i++)
        free(r->lines[i].text);
    free(r->lines);
    memset(r, 0, sizeof *r);
}

static int by_start(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    if (x->start_us != y->start_us)
        return x->start_us < y->start_us ? -1 : 1;
    return x->end_us < y->end_us ? -1 : x->end_us > y->end_us;
}

/* How much of text was the end of what stood before: whole rows. */
static size_t repeated(const char *before, const char *text)
{
    for (const char *at = before; at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
        size_t n = strlen(at);

        if (!strncmp(at, text, n) && (text[n] == '\n' || !text[n]))
            return n + (text[n] == '\n');
    }
    return 0;
}

static bool follows(const struct line *before, const struct line *line)
{
    return before->end_us == INT64_MIN || line->start_us - before->end_us < ROLL_GAP_US;
}

/* Tell each row of rolling captions once. What is left of a line may be nothing. */
static void drop_repeats(struct reading *r)
{
    for (int i = r->n - 1; i > 0; i--) {
        char *text = r->lines[i].text;
        size_t n = follows(&r->lines[i - 1], &r->lines[i]) ? repeated(r->lines[i - 1].text, text) : 0;

        memmove(text, text + n, strlen(text + n) + 1);
    }
}

/* The same words once more, at once: one line of both lengths. */
static void join_same(struct reading *r)
{
    int n = 0;

    for (int i = 0; i < r->n; i++) {
        struct line *last = n ? &r->lines[n - 1] : NULL, *line = &r->lines[i];

        if (last && !strcmp(last->text, line->text) && last->end_us != INT64_MIN && line->start_us <= last->end_us) {
            last->end_us = line->end_us > last->end_us ? line->end_us : last->end_us;
            free(line->text);
        } else {
            r->lines[n++] = *line;
        }
    }
    r->n = n;
}

static enum sc_status hand_out(struct reading *r, const struct subtitle_sink *sink, struct sc_error *err)
{
    enum sc_status s = SC_OK;

    if (r->n > 1)
        qsort(r->lines, (size_t)r->n, sizeof *r->lines, by_start);
    if (r->rolls)
        drop_repeats(r);
    join_same(r);
    for (int i = 0; i < r->n && !s; i++) {
        const struct line *l = &r->lines[i];
        struct subtitle_line line = { l->start_us, l->end_us > l->start_us ? l->end_us : l->start_us, l->text };

        if (*l->text)
            s = sink->on_line(sink->user, &line, err);
    }
    return s;
}

/* ---- decoding ---- */

static enum sc_status add_rectangle(const AVSubtitleRect *rect, struct buffer *text, struct sc_error *err)
{
    enum sc_status s = SC_OK;

    if (text->size)
        s = buffer_text(text, "\n", err);
    if (!s && rect->type == SUBTITLE_ASS && rect->ass)
        s = subtitles_plain(rect->ass, text, err);
    else if (!s && rect->type == SUBTITLE_TEXT && rect->text)
        s = text_add_utf8(text, rect->text, strlen(rect->text), err);
    return s;
}

static enum sc_status take(struct reading *r, const AVSubtitle *sub, const AVPacket *packet, struct sc_error *err)
{
    const AVRational base = r->decoder->pkt_timebase;
    int64_t at = sub->pts, start, end = INT64_MIN;
    struct buffer text = { 0 };
    enum sc_status s = SC_OK;

    if (at == AV_NOPTS_VALUE && packet->pts != AV_NOPTS_VALUE)
        at = av_rescale_q(packet->pts, base, AV_TIME_BASE_Q);
    if (at == AV_NOPTS_VALUE)
        return SC_OK;
    at -= r->offset_us;
    start = at + (int64_t)sub->start_display_time * 1000;
    if (sub->end_display_time && sub->end_display_time != UINT32_MAX)
        end = at + (int64_t)sub->end_display_time * 1000;
    else if (packet->duration > 0)
        end = at + av_rescale_q(packet->duration, base, AV_TIME_BASE_Q);
    for (unsigned i = 0; i < sub->num_rects && !s; i++)
        s = add_rectangle(sub->rects[i], &text, err);
    if (!s)
        s = add_line(r, start, end, &text, err);
    buffer_dispose(&text);
    return s;
}

/* What can't be decoded is left out: the lines around it are still of use. */
static enum sc_status decode(struct reading *r, AVPacket *packet, struct sc_error *err)
{
    AVSubtitle sub = { 0 };
    int got = 0;
    enum sc_status s = SC_OK;

    if (avcodec_decode_subtitle2(r->decoder, &sub, &got, packet) >= 0 && got)
        s = take(r, &sub, packet, err);
    if (got)
        avsubtitle_free(&sub);
    return s;
}

/* libavcodec's closed captions come out late; the last at an empty packet. */
static enum sc_status drain(struct reading *r, AVPacket *packet, struct sc_error *err)
{
    av_packet_unref(packet);
    return r->decoder->codec->capabilities & AV_CODEC_CAP_DELAY ? decode(r, packet, err) : SC_OK;
}

static enum sc_status open_decoder(struct reading *r, const AVStream *st, const char *name, const char *charset,
                                   struct sc_error *err)
{
    AVDictionary *options = NULL;
    enum sc_status s = track_codec(st, name, &r->decoder, err);
    int code;

    if (s)
        return s;
    r->rolls = st->codecpar->codec_id == AV_CODEC_ID_EIA_608;
    if (charset)
        av_dict_set(&options, "sub_charenc", charset, 0);
    code = avcodec_open2(r->decoder, NULL, &options);
    av_dict_free(&options);
    if (code >= 0)
        return SC_OK;
    if (charset) {               /* this FFmpeg converts nothing: what is no UTF-8 is marked then */
        avcodec_free_context(&r->decoder);
        return open_decoder(r, st, name, NULL, err);
    }
    return fail(err, SC_ERR_FORMAT, "can't read the subtitles of '%s': %s", name, av_err2str(code));
}

static bool is_pictures(const AVStream *st)
{
    const AVCodecDescriptor *d = avcodec_descriptor_get(st->codecpar->codec_id);

    return d && d->props & AV_CODEC_PROP_BITMAP_SUB && !(d->props & AV_CODEC_PROP_TEXT_SUB);
}

/* ---- streams of the container ---- */

static int score(const AVStream *st)
{
    return (is_pictures(st) || !avcodec_find_decoder(st->codecpar->codec_id) ? 0 : 4) +
           (st->disposition & AV_DISPOSITION_FORCED ? 0 : 2) + (st->disposition & AV_DISPOSITION_DEFAULT ? 1 : 0);
}

static enum sc_status read_track(struct reading *r, struct track *t, const struct subtitle_sink *sink,
                                 struct sc_error *err)
{
    AVPacket *packet = av_packet_alloc();
    enum sc_status s = packet ? SC_OK : fail_memory(err);
    int code = 0;

    while (!s && (code = demux_read(&t->demux, packet)) >= 0) {
        if (sink->on_position && packet->pts != AV_NOPTS_VALUE)
            sink->on_position(sink->user, track_us(t, packet->pts));
        s = decode(r, packet, err);
        av_packet_unref(packet);
    }
    if (!s && code == AVERROR_EXIT)
        s = fail(err, SC_ERR_CANCELLED, "cancelled");
    if (!s)
        s = drain(r, packet, err);
    av_packet_free(&packet);
    return s;
}

enum sc_status subtitles_embedded(const struct decoder *d, int number, const struct subtitle_sink *sink,
                                  struct subtitle_track *out, struct sc_error *err)
{
    struct reading r = { 0 };
    struct track t;
    enum sc_status s = track_open(&t, d, AVMEDIA_TYPE_SUBTITLE, number, score, "subtitles", err);

    memset(out, 0, sizeof *out);
    if (s || !t.demux.stream)
        goto done;
    snprintf(out->name, sizeof out->name, "%s", t.name);
    out->is_pictures = is_pictures(t.demux.stream);
    if (out->is_pictures || (s = open_decoder(&r, t.demux.stream, t.source.name, NULL, err)))
        goto done;
    r.offset_us = t.source.info.container_offset_us;
    if (!(s = read_track(&r, &t, sink, err)))
        s = hand_out(&r, sink, err);
done:
    dispose(&r);
    track_close(&t);
    return s;
}

/* ---- captions in the pictures ---- */

static enum sc_status open_captions(struct reading *r, struct sc_error *err)
{
    const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_EIA_608);

    r->rolls = true;
    if (!codec)
        return fail(err, SC_ERR_FORMAT, "this FFmpeg has no decoder for captions");
    if (!(r->decoder = avcodec_alloc_context3(codec)))
        return fail_memory(err);
    r->decoder->pkt_timebase = AV_TIME_BASE_Q;
    return avcodec_open2(r->decoder, codec, NULL) < 0 ? fail(err, SC_ERR_FORMAT, "can't decode captions") : SC_OK;
}

static enum sc_status decode_captions(struct reading *r, const struct picture *p, AVPacket *packet,
                                      struct sc_error *err)
{
    const AVFrameSideData *side = av_frame_get_side_data(p->av, AV_FRAME_DATA_A53_CC);
    enum sc_status s;

    if (!side || !side->size || side->size > INT32_MAX / 2)
        return SC_OK;
    if (av_new_packet(packet, (int)side->size))
        return fail_memory(err);
    memcpy(packet->data, side->data, side->size);
    packet->pts = packet->dts = p->time_us;
    s = decode(r, packet, err);
    av_packet_unref(packet);
    return s;
}

static enum sc_status read_captions(struct reading *r, struct decoder *d, const struct subtitle_sink *sink,
                                    struct sc_error *err)
{
    AVPacket *packet = av_packet_alloc();
    struct picture *p = NULL;
    enum sc_status s = packet ? SC_OK : fail_memory(err);

    while (!s && !(s = decode_next(d, &p, err)) && p) {
        if (sink->on_position)
            sink->on_position(sink->user, p->time_us);
        s = decode_captions(r, p, packet, err);
        picture_unref(&p);
    }
    if (!s)
        s = drain(r, packet, err);
    av_packet_free(&packet);
    return s;
}

enum sc_status subtitles_captions(const struct decoder *d, const struct subtitle_sink *sink,
                                  struct subtitle_track *out, struct sc_error *err)
{
    const struct decode_settings settings = { .skip_loop_filter = true };
    struct decoder *second = NULL;
    struct reading r = { 0 };
    enum sc_status s;

    memset(out, 0, sizeof *out);
    snprintf(out->name, sizeof out->name, "captions in the pictures");
    if ((s = open_captions(&r, err)) || (s = decode_open_second(&second, d, &settings, err)) ||
        (s = read_captions(&r, second, sink, err)))
        goto done;
    s = hand_out(&r, sink, err);
done:
    decode_close(&second);
    dispose(&r);
    return s;
}

/* ---- files ---- */

struct bytes {
    const uint8_t *data;
    int64_t size, at;
};

static int read_bytes(void *opaque, uint8_t *out, int size)
{
    struct bytes *b = opaque;
    int64_t n = b->size - b->at < size ? b->size - b->at : size;

    if (n <= 0)
        return AVERROR_EOF;
    memcpy(out, b->data + b->at, (size_t)n);
    b->at += n;
    return (int)n;
}

static int64_t seek_bytes(void *opaque, int64_t offset, int whence)
{
    struct bytes *b = opaque;

    if (whence & AVSEEK_SIZE)
        return b->size;
    offset += whence == SEEK_CUR ? b->at : whence == SEEK_END ? b->size : 0;
    return offset < 0 || offset > b->size ? AVERROR(EINVAL) : (b->at = offset);
}

static int refuse_to_open(AVFormatContext *format, AVIOContext **io, const char *url, int flags, AVDictionary **options)
{
    (void)format, (void)url, (void)flags, (void)options;
    *io = NULL;
    return AVERROR(EPERM);
}

/* The formats of libavformat that are text with times and name no other file. */
static bool is_of_text(const AVInputFormat *f)
{
    static const char *const names[] = { "srt", "webvtt", "ass", "microdvd", "subviewer", "subviewer1", "sami", "mpl2",
                                         "lrc", "scc", "stl", "vplayer", "pjs", "realtext", "jacosub" };

    for (size_t i = 0; f && i < sizeof names / sizeof *names; i++)
        if (!strcmp(f->name, names[i]))
            return true;
    return false;
}

static enum sc_status no_subtitles(const char *name, struct sc_error *err)
{
    return fail(err, SC_ERR_FORMAT, "'%s' is no file of subtitles that can be read; SubRip, WebVTT and ASS can", name);
}

static enum sc_status open_file(struct track *t, const char *name, struct bytes *b, struct sc_error *err)
{
    const char *base = strrchr(name, '/');
    const AVInputFormat *format = NULL;
    uint8_t *room = av_malloc(AVIO_BYTES);

    snprintf(t->source.name, sizeof t->source.name, "%s", name);
    if (!room || !(t->demux.io = avio_alloc_context(room, AVIO_BYTES, 0, b, read_bytes, NULL, seek_bytes)) ||
        !(t->demux.format = avformat_alloc_context())) {
        if (!t->demux.io)
            av_free(room);
        return fail_memory(err);
    }
    if (av_probe_input_buffer2(t->demux.io, &format, base ? base + 1 : name, NULL, 0, 0) < 0 || !is_of_text(format))
        return no_subtitles(name, err);
    t->demux.format->pb = t->demux.io;
    t->demux.format->flags |= AVFMT_FLAG_CUSTOM_IO;
    t->demux.format->io_open = refuse_to_open;
    if (avformat_open_input(&t->demux.format, "", format, NULL) < 0 || !t->demux.format->nb_streams)
        return no_subtitles(name, err);
    t->demux.stream = t->demux.format->streams[0];
    t->demux.last_dts = t->demux.furthest_pts = AV_NOPTS_VALUE;
    t->demux.host = &host_itself;
    return SC_OK;
}

static void close_file(struct track *t)
{
    AVIOContext *io = t->demux.io;

    avformat_close_input(&t->demux.format);
    if (io)
        av_freep(&io->buffer);
    avio_context_free(&io);
}

#define OLD_CHARSET "WINDOWS-1252"

void subtitles_prepare(void)
{
    (void)iconv_open("UTF-8", OLD_CHARSET);
}

/* The usual one of old files that are not UTF-8; NULL: it is, or says so itself. */
static const char *guess_charset(const uint8_t *data, size_t size)
{
    size_t at = 0, n;

    if (size >= 2 && ((data[0] == 0xFF && data[1] == 0xFE) || (data[0] == 0xFE && data[1] == 0xFF)))
        return NULL;
    while (at < size && (n = text_utf8_length((const char *)data + at, size - at)))
        at += n;
    return at < size ? OLD_CHARSET : NULL;
}

enum sc_status subtitles_file(const char *name, const uint8_t *data, size_t size, const struct subtitle_sink *sink,
                              struct subtitle_track *out, struct sc_error *err)
{
    struct bytes b = { data, (int64_t)size, 0 };
    struct reading r = { 0 };
    struct track t = { 0 };
    enum sc_status s;

    av_log_set_level(AV_LOG_QUIET);
    memset(out, 0, sizeof *out);
    if ((s = open_file(&t, name, &b, err)) ||
        (s = open_decoder(&r, t.demux.stream, t.source.name, guess_charset(data, size), err)))
        goto done;
    snprintf(out->name, sizeof out->name, "%s", t.demux.format->iformat->name);
    if (!(s = read_track(&r, &t, sink, err)))
        s = hand_out(&r, sink, err);
done:
    dispose(&r);
    close_file(&t);
    return s;
}
