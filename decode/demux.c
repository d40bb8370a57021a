/* Opening containers with libavformat and reading their packets. */
#include "decode/demux.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/mathematics.h>

#include "base/magic.h"

#define MAX_STREAMS 256
#define MAX_FAILURES 64
#define JUMP_BACK_US 1000000 /* smaller steps back are disorder, not another clock */

static int interrupt(void *opaque)
{
    const struct source *s = opaque;

    return s->settings.cancel && atomic_load(s->settings.cancel);
}

static int refuse_to_open(AVFormatContext *format, AVIOContext **io, const char *url, int flags, AVDictionary **options)
{
    (void)format, (void)url, (void)flags, (void)options;
    *io = NULL;
    return AVERROR(EPERM);
}

static bool is_named(const char *names, const char *name)
{
    size_t size = strlen(name);

    for (; names; names = strchr(names, ',') ? strchr(names, ',') + 1 : NULL)
        if (!strncmp(names, name, size) && (names[size] == '\0' || names[size] == ','))
            return true;
    return false;
}

/* Formats that are lists of other files or hosts. */
static bool is_playlist(const AVInputFormat *f)
{
    static const char *const names[] = { "hls", "concat", "dash", "imf", "sdp", "applehttp" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_named(f->name, names[i]))
            return true;
    return false;
}

static bool is_heif(const struct source *s)
{
    size_t size;
    const uint8_t *head = input_head(s->input, &size);

    return size >= 12 && !memcmp(head + 4, "ftyp", 4) && magic_is_picture(head, size);
}

/* The first of libavformat's names: "mov" of "mov,mp4,m4a". */
static char *short_name(const AVInputFormat *format, char out[32])
{
    snprintf(out, 32, "%.*s", (int)strcspn(format->name, ","), format->name);
    return out;
}

static enum sc_status probe(struct demux *d, struct source *s, const AVInputFormat **out, struct sc_error *err)
{
    const char *base = strrchr(s->path, '/');
    int score = av_probe_input_buffer2(d->io, out, base ? base + 1 : s->path, NULL, 0, 0);

    if (score < 0 && (input_failure(s->input) || score == AVERROR_EXIT))
        return input_fail(s->input, score, err);
    if (score < 0 || !*out)
        return fail(err, SC_ERR_FORMAT, "'%s' is not media that can be read", s->name);
    if (is_playlist(*out))
        return fail(err, SC_ERR_FORMAT, "'%s' is a playlist (%s): it names other files, give one of those", s->name,
                    (*out)->name);
    return SC_OK;
}

static enum sc_status open_format(struct demux *d, struct source *s, struct sc_error *err)
{
    const AVInputFormat *format = NULL;
    AVDictionary *options = NULL;
    enum sc_status status;
    char name[32];
    int code;

    if (!(d->io = input_avio(s->input)) || !(d->format = avformat_alloc_context()))
        return fail_memory(err);
    if ((status = probe(d, s, &format, err)))
        return status;
    d->format->pb = d->io;
    d->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    d->format->io_open = refuse_to_open;
    d->format->interrupt_callback = (AVIOInterruptCB){ interrupt, s };
    d->format->max_streams = MAX_STREAMS;
    av_dict_set(&options, "protocol_whitelist", "data", 0);
    /* An animation that asks to be repeated for ever would never end. */
    if (is_named(format->name, "gif") || is_named(format->name, "apng"))
        av_dict_set(&options, "ignore_loop", "1", 0);
    code = avformat_open_input(&d->format, "", format, &options);
    av_dict_free(&options);
    if (code == AVERROR_EXIT || input_failure(s->input))
        return input_fail(s->input, code == AVERROR_EXIT ? code : input_failure(s->input), err);
    if (code == AVERROR(ENOMEM))
        return fail_memory(err);
    if (code < 0 && is_heif(s))
        return fail(err, SC_ERR_FORMAT, "'%s' is a HEIF or AVIF picture, which this FFmpeg can't read; convert it to JPEG "
                    "or PNG", s->name);
    if (code < 0)
        return fail(err, SC_ERR_FORMAT, "'%s' can't be read as %s: %s", s->name, short_name(format, name),
                    code == AVERROR_INVALIDDATA ? "damaged or incomplete" : av_err2str(code));
    return SC_OK;
}

static bool is_video(const AVStream *st)
{
    return st->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
           !(st->disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS));
}

static AVStream *default_stream(const AVFormatContext *format)
{
    int best = av_find_best_stream((AVFormatContext *)format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);

    if (best >= 0 && is_video(format->streams[best]))
        return format->streams[best];
    for (unsigned i = 0; i < format->nb_streams; i++)
        if (is_video(format->streams[i]))
            return format->streams[i];
    return NULL;
}

/* Count the streams, choose one, discard the rest. */
static enum sc_status choose_stream(struct demux *d, struct source *s, struct sc_error *err)
{
    int wanted = s->settings.source.stream;

    s->info.n_streams = 0;
    d->stream = wanted ? NULL : default_stream(d->format);
    for (unsigned i = 0; i < d->format->nb_streams; i++) {
        AVStream *st = d->format->streams[i];

        s->info.has_audio |= st->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
        s->info.has_subtitles |= st->codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE;
        st->discard = AVDISCARD_ALL;
        if (!is_video(st))
            continue;
        s->info.n_streams++;
        if (wanted == s->info.n_streams)
            d->stream = st;
        if (d->stream == st)
            s->info.stream = s->info.n_streams;
    }
    if (s->info.n_streams == 0)
        return fail(err, SC_ERR_FORMAT, "no video stream in '%s'%s", s->name,
                    s->info.has_audio ? " (it has sound only)" : "");
    if (!d->stream)
        return fail(err, SC_ERR_INVALID, "no video stream %d in '%s': it has %d", wanted, s->name, s->info.n_streams);
    d->stream->discard = AVDISCARD_DEFAULT;
    return SC_OK;
}

static enum sc_status open_record(struct demux *d, struct source *s, struct sc_error *err)
{
    enum sc_status status;

    d->record = s->record;
    d->format = record_format(s->record);
    if (!(status = choose_stream(d, s, err)))
        record_choose(d->record, d->stream->index);
    return status;
}

static enum sc_status open_live(struct demux *d, struct source *s, struct sc_error *err)
{
    enum sc_status status;

    d->live = s->live;
    d->format = live_format(s->live);
    if ((status = choose_stream(d, s, err)))
        return status;
    return live_start(d->live, d->stream->index, err);
}

enum sc_status demux_open(struct demux *d, struct source *s, struct sc_error *err)
{
    enum sc_status status;
    int code;

    d->last_dts = d->furthest_pts = AV_NOPTS_VALUE;
    d->host = s->host;
    if (s->record)
        return open_record(d, s, err);
    if (s->live)
        return open_live(d, s, err);
    if ((status = open_format(d, s, err)))
        return status;
    code = avformat_find_stream_info(d->format, NULL);
    if (code == AVERROR_EXIT || input_failure(s->input))
        return input_fail(s->input, code == AVERROR_EXIT ? code : input_failure(s->input), err);
    if ((status = choose_stream(d, s, err)))
        return status;
    /* MPEG-1 and 2 may give a time to some pictures only; libav can tell the others from the order of decoding. It
     * can't for codecs whose order it does not know. */
    if (d->stream->codecpar->codec_id == AV_CODEC_ID_MPEG1VIDEO ||
        d->stream->codecpar->codec_id == AV_CODEC_ID_MPEG2VIDEO)
        d->format->flags |= AVFMT_FLAG_GENPTS;
    return SC_OK;
}

void demux_close(struct demux *d)
{
    if (!d->record && !d->live)
        avformat_close_input(&d->format);
    input_avio_close(&d->io);
    memset(d, 0, sizeof *d);
}

bool demux_may_jump(const struct demux *d)
{
    return d->format->iformat->flags & AVFMT_TS_DISCONT;
}

/* Where the clock jumps back, go on a picture after the largest time so far. */
static void mend_times(struct demux *d, AVPacket *packet)
{
    int64_t back = av_rescale_q(JUMP_BACK_US, AV_TIME_BASE_Q, d->stream->time_base);
    int64_t dts = packet->dts, start = packet->pts != AV_NOPTS_VALUE ? packet->pts : dts;

    if (dts != AV_NOPTS_VALUE && d->last_dts != AV_NOPTS_VALUE && d->furthest_pts != AV_NOPTS_VALUE &&
        dts < d->last_dts - back) {
        d->jumped = true;
        d->shift = d->furthest_pts + (packet->duration > 0 ? packet->duration : 1) - start;
    }
    if (dts != AV_NOPTS_VALUE) {
        d->last_dts = dts;
        packet->dts += d->shift;
    }
    if (packet->pts != AV_NOPTS_VALUE) {
        packet->pts += d->shift;
        if (d->furthest_pts == AV_NOPTS_VALUE || packet->pts > d->furthest_pts)
            d->furthest_pts = packet->pts;
    }
}

/* Its times are mended before they are kept. */
static int read_live(struct demux *d, AVPacket *packet)
{
    int code = live_read(d->live, packet);

    if (code >= 0 && d->n_packets >= 0)
        d->n_packets++;
    if (code >= 0 || code == AVERROR_EOF || code == AVERROR_EXIT || code == AVERROR(ENOMEM) || code == AVERROR(EAGAIN))
        return code;
    d->broke_off = code;
    return AVERROR_EOF;
}

int demux_read(struct demux *d, AVPacket *packet)
{
    if (d->live)
        return read_live(d, packet);
    while (d->n_failures < MAX_FAILURES) {
        int code = d->record ? record_read(d->record, &d->place, packet) : av_read_frame(d->format, packet);

        if (code == AVERROR_EOF || code == AVERROR_EXIT || code == AVERROR(ENOMEM))
            return code;
        if (code < 0 && d->record) {
            d->broke_off = code;
            return AVERROR_EOF;
        }
        if (code < 0) {
            d->n_failures++;
            continue;
        }
        if (packet->stream_index == d->stream->index) {
            d->n_failures = 0;
            if (d->n_packets >= 0)
                d->n_packets++;
            d->host->alive(d->host->user, -1);
            mend_times(d, packet);
            return 0;
        }
        av_packet_unref(packet);
    }
    return AVERROR_EOF;
}

int demux_seek(struct demux *d, int64_t ts)
{
    d->n_packets = -1;
    d->n_failures = 0;
    d->last_dts = d->furthest_pts = AV_NOPTS_VALUE;
    d->shift = 0;
    if (d->record)
        return record_seek(d->record, &d->place, ts) ? 0 : AVERROR(ENOENT);
    return av_seek_frame(d->format, d->stream->index, ts, AVSEEK_FLAG_BACKWARD);
}

/* The formats whose index lists every sample. */
static int index_entries(const struct demux *d)
{
    const char *name = d->format->iformat->name;

    if (!is_named(name, "mov") && !is_named(name, "avi"))
        return 0;
    return avformat_index_get_entries_count(d->stream);
}

bool demux_is_complete(const struct demux *d)
{
    int n = index_entries(d);

    return n == 0 || d->n_packets < 0 || d->n_packets >= n - 1;
}

bool demux_no_key_between(const struct demux *d, int64_t from, int64_t to)
{
    const AVIndexEntry *e = avformat_index_get_entry_from_timestamp(d->stream, to, AVSEEK_FLAG_BACKWARD);

    return e && e->timestamp <= from;
}

int64_t demux_count(const struct demux *d)
{
    int n = index_entries(d);
    int64_t count = 0;

    for (int i = 0; i < n; i++) {
        const AVIndexEntry *e = avformat_index_get_entry(d->stream, i);

        count += e && e->size > 0 && !(e->flags & AVINDEX_DISCARD_FRAME);
    }
    return count;
}

int64_t demux_duration_us(const struct demux *d, int64_t size_bytes)
{
    int64_t duration = AV_NOPTS_VALUE;

    if (d->stream->duration != AV_NOPTS_VALUE && d->stream->duration > 0)
        duration = av_rescale_q(d->stream->duration, d->stream->time_base, AV_TIME_BASE_Q);
    else if (d->format->duration != AV_NOPTS_VALUE && d->format->duration > 0)
        duration = d->format->duration;
    /* A header may claim anything; less than a byte a second is no video. */
    if (duration == AV_NOPTS_VALUE || (size_bytes > 0 && duration / 1000000 > size_bytes))
        return 0;
    return duration;
}

const int32_t *demux_matrix(const struct demux *d)
{
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 30, 100)
    const AVPacketSideData *side = av_packet_side_data_get(d->stream->codecpar->coded_side_data,
                                                           d->stream->codecpar->nb_coded_side_data,
                                                           AV_PKT_DATA_DISPLAYMATRIX);

    return side && side->size >= 9 * sizeof(int32_t) ? (const int32_t *)(const void *)side->data : NULL;
#else
    size_t size = 0;
    const uint8_t *data = av_stream_get_side_data(d->stream, AV_PKT_DATA_DISPLAYMATRIX, &size);

    return data && size >= 9 * sizeof(int32_t) ? (const int32_t *)(const void *)data : NULL;
#endif
}
