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
    struct source nested = { .ops = &source_video, .settings = s->settings, .path = (char *)input_path(in), .host = s->host,
                             .input = in };
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
        if (*out && still.width) {
            (*out)->width = (*out)->turns & 1 ? still.height : still.width;
            (*out)->height = (*out)->turns & 1 ? still.width : still.height;
        }
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
