/* A kind of input = a struct of functions; decode_sources is the list. Private to decode/. */
#ifndef DECODE_SOURCE_H
#define DECODE_SOURCE_H

#include "decode/decode.h"
#include "decode/input.h"
#include "decode/live.h"
#include "decode/record.h"

#define DEFAULT_MAX_PIXELS ((int64_t)1 << 28)

struct source_ops;

/* What decode.c and the kinds share. A kind keeps its own things in self. */
struct source {
    const struct source_ops *ops;
    struct decode_settings settings;  /* settings.source.path is owned by the decoder */
    char *path;
    char name[256];                   /* path for messages */
    const struct host *host;
    struct given given;               /* a list of stills; else empty */
    int64_t slot_us;                  /* of decode_set_skip */
    decode_choice *choose;            /* of decode_set_choice; NULL: none */
    void *choose_user;
    int reduced_side;                 /* of decode_set_reduced */
    struct input *input;              /* NULL: a live stream, or a list */
    struct record *record;            /* a live stream that may be decoded again, */
    struct live *live;                /* or one that is followed. The decoder closes all of these */
    bool waiting;                     /* set by next, which gave no picture: there will be more */
    struct sc_info info;              /* filled by open; sharpened as more is known */
    struct sc_damage damage;
    void *self;
};

struct source_ops {
    const char *name;
    /* Whether it is for this kind. s->input, s->record and s->live are NULL for what is no single file. The list's last kind
     * takes all. */
    bool (*claims)(const struct source *s);
    enum sc_status (*open)(struct source *s, struct sc_error *err);
    /* The next picture, *out NULL at the end. */
    enum sc_status (*next)(struct source *s, struct picture **out, struct sc_error *err);
    /* The picture that next gives is the first at or after time_us. */
    enum sc_status (*seek)(struct source *s, int64_t time_us, struct sc_error *err);
    /* As decode_next_packet, and going to where its packets are to begin. NULL, both: pictures are decoded instead. */
    enum sc_status (*seek_packets)(struct source *s, int64_t time_us, struct sc_error *err);
    enum sc_status (*next_packet)(struct source *s, struct packet_facts *out, bool *end_out, struct sc_error *err);
    void (*skip_changed)(struct source *s);  /* may be NULL: nothing can be skipped */
    void (*close)(struct source *s);         /* also after a failed open */
};

extern const struct source_ops *const decode_sources[]; /* ends with NULL */

extern const struct source_ops source_stills, source_webp, source_video;

/* What a decoder decodes. */
const struct source *decode_source(const struct decoder *d);

/* Count a damaged packet or picture at this time (unknown: the last time that was known). */
void source_damaged(struct source *s, int64_t time_us);

/* Whether settings.cancel says so; then *err is filled with SC_ERR_CANCELLED. */
bool source_cancelled(const struct source *s, struct sc_error *err);

/* SC_ERR_LIMIT "picture of 65500x65500 is over ..." when width * height pass the settings' limit. */
enum sc_status source_check_size(const struct source *s, int64_t width, int64_t height, struct sc_error *err);

/* info's size, codec, pixel format, colour, rotation and so on as this picture has them. codec may be NULL. */
enum sc_status source_describe(struct source *s, const struct picture *p, const char *container, const char *codec,
                               struct sc_error *err);

#endif
