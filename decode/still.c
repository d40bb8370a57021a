/* The list of still formats, telling pictures by their first bytes, and loading one. */
#include "decode/still.h"

#include <string.h>

static const struct still_format *const still_formats[] = { &still_png, &still_jpeg, &still_webp, NULL };

const struct still_format *still_find(const uint8_t *head, size_t size)
{
    for (int i = 0; still_formats[i]; i++)
        if (still_formats[i]->claims(head, size))
            return still_formats[i];
    return NULL;
}

static bool is_heif(const uint8_t *head, size_t size)
{
    static const char brands[][5] = { "heic", "heix", "heim", "heis", "mif1", "avif" };

    if (size < 12 || memcmp(head + 4, "ftyp", 4))
        return false;
    for (size_t i = 0; i < sizeof brands / sizeof *brands; i++)
        if (!memcmp(head + 8, brands[i], 4))
            return true;
    return false;
}

/* "P4\n" and the like: a letter alone would take every text that begins with P and a digit. */
static bool is_netpbm(const uint8_t *head, size_t size)
{
    return size >= 8 && head[0] == 'P' && head[1] >= '1' && head[1] <= '7' &&
           (head[2] == '\n' || head[2] == ' ' || head[2] == '\r' || head[2] == '\t');
}

bool still_is_picture(const uint8_t *head, size_t size)
{
    static const struct {
        uint8_t size;
        const char *bytes;
    } magics[] = {
        { 8, "\x89PNG\r\n\x1a\n" }, { 3, "\xFF\xD8\xFF" }, { 6, "GIF87a" }, { 6, "GIF89a" },
        { 4, "II*\0" }, { 4, "MM\0*" }, { 4, "\0\0\1\0" }, { 4, "8BPS" }, { 4, "SDPX" }, { 4, "XPDS" },
        { 4, "v/1\1" }, { 12, "\0\0\0\x0CjP  \r\n\x87\n" }, { 4, "\xFF\x4F\xFF\x51" }, { 2, "\xFF\x0A" },
        { 12, "\0\0\0\x0CJXL \r\n\x87\n" }, { 4, "qoif" }, { 10, "#?RADIANCE" }, { 4, "\x59\xA6\x6A\x95" },
    };

    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (size >= magics[i].size && !memcmp(head, magics[i].bytes, magics[i].size))
            return true;
    if (size >= 16 && !memcmp(head, "RIFF", 4) && !memcmp(head + 8, "WEBP", 4))
        return true;
    if (size >= 26 && head[0] == 'B' && head[1] == 'M' && !memcmp(head + 6, "\0\0\0\0", 4))
        return true;
    return is_netpbm(head, size) || is_heif(head, size);
}

AVFrame *still_frame(enum AVPixelFormat format, int width, int height)
{
    AVFrame *f = av_frame_alloc();

    if (!f)
        return NULL;
    f->format = format;
    f->width = width;
    f->height = height;
    if (av_frame_get_buffer(f, 0) < 0)
        av_frame_free(&f);
    return f;
}

/* The first picture that libav finds in it. */
static enum sc_status load_by_libav(const struct source *s, struct input *in, struct picture **out,
                                    struct sc_error *err)
{
    struct source nested = { .ops = &source_video, .settings = s->settings, .path = (char *)input_path(in), .input = in };
    enum sc_status status;

    nested.settings.source.stream = 0;
    nested.settings.threads = 1;
    nested.settings.skip = DECODE_ALL;
    memcpy(nested.name, input_name(in), strlen(input_name(in)) + 1);
    if (!(status = source_video.open(&nested, err)))
        status = source_video.next(&nested, out, err);
    source_video.close(&nested);
    sc_info_dispose(&nested.info);
    return status;
}

static enum sc_status load_by_format(const struct still_format *format, const struct source *s, struct input *in,
                                     struct picture **out, struct sc_error *err)
{
    struct buffer file = { .limit = STILL_MAX_FILE_BYTES };
    struct still still = { 0 };
    enum sc_status status = input_read_all(in, &file, err);

    if (!status)
        status = format->load(s, input_name(in), file.data, file.size, &still, err);
    if (!status) {
        *out = picture_from_frame(&still.frame, still.orientation, 0);
        status = *out ? SC_OK : fail_memory(err);
    }
    if (!status && still.damaged)
        (*out)->flags |= PICTURE_DAMAGED;
    if (!status)
        (*out)->packet_bytes = file.size > INT32_MAX ? INT32_MAX : (int)file.size;
    buffer_dispose(&file);
    return status;
}

enum sc_status still_load(const struct source *s, struct input *in, struct picture **out, const char **codec_out,
                          struct sc_error *err)
{
    size_t size;
    const uint8_t *head = input_head(in, &size);
    const struct still_format *format = still_find(head, size);
    enum sc_status status = SC_ERR_FORMAT;

    *out = NULL;
    *codec_out = format ? format->name : "image";
    if (format)
        status = load_by_format(format, s, in, out, err);
    /* What the small library gives up on (lossless JPEG, say), libav may read; if not, the first words stand. */
    if (status == SC_ERR_FORMAT && load_by_libav(s, in, out, format ? NULL : err) == SC_OK)
        status = SC_OK;
    if (status)
        return status;
    (*out)->flags |= PICTURE_KEY;
    (*out)->background_rgb = s->settings.source.background_rgb;
    return SC_OK;
}
