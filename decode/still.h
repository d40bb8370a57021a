/* A format of stills = a struct of functions; still_formats is the list. What none of them claims goes to libav.
 * Private to decode/. */
#ifndef DECODE_STILL_H
#define DECODE_STILL_H

#include "decode/frame.h"
#include "decode/source.h"

#define STILL_MAX_FILE_BYTES ((size_t)1 << 30)

/* What a loader makes. */
struct still {
    AVFrame *frame;
    int width, height;       /* of the picture, where the frame has fewer samples; else 0 */
    struct orientation orientation;
    bool damaged;            /* decoded as far as it went */
};

struct still_format {
    const char *name;        /* for people: "png" */
    bool (*claims)(const uint8_t *head, size_t size);
    /* Decode data. name is for messages; s for its limits and cancelling. On failure out->frame is NULL. */
    enum sc_status (*load)(const struct source *s, const char *name, const uint8_t *data, size_t size,
                           struct still *out, struct sc_error *err);
};

extern const struct still_format still_png, still_jpeg, still_webp;

/* Whether a JPEG is followed by another, as in a raw motion JPEG stream; told by the first bytes as far as they reach. */
bool jpeg_is_stream(const uint8_t *head, size_t size);

/* NULL: none claims it. */
const struct still_format *still_find(const uint8_t *head, size_t size);

/* Load the input as one picture at time 0, with flags, background and packet size set. codec_out: static. */
SC_CHECKED enum sc_status still_load(const struct source *s, struct input *in, struct picture **out,
                                     const char **codec_out, struct sc_error *err);

/* A frame with planes for width x height, or NULL. Planes have room for whole blocks of 32 samples. */
AVFrame *still_frame(enum AVPixelFormat format, int width, int height);

#endif
