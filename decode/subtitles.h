/* Subtitles as lines of plain text with their times: of a container's streams, of captions inside the pictures, and of
 * files (SubRip, WebVTT, ASS and what else libavformat reads). Markup is taken off; repeats of rolling captions too.
 *
 * Times are the presentation clock's (0: the first displayed picture); a file's are as written in it. Lines come by
 * their beginning. Thread-safety: one thread at a time for each decoder. */
#ifndef DECODE_SUBTITLES_H
#define DECODE_SUBTITLES_H

#include "base/buffer.h"
#include "decode/decode.h"

#define SUBTITLES_MAX_LINES 100000
#define SUBTITLES_MAX_BYTES ((size_t)16 << 20)

struct subtitle_line {
    int64_t start_us, end_us;    /* end: start where it is not known */
    const char *text;            /* UTF-8, '\n' between its rows, not empty; valid for the call */
};

struct subtitle_track {
    char name[96];               /* "stream 2 of 3 (subrip, eng)", "captions in the pictures"; "" if there is none */
    bool is_pictures;            /* its subtitles are pictures: no line came */
};

struct subtitle_sink {
    enum sc_status (*on_line)(void *user, const struct subtitle_line *line, struct sc_error *err);
    void (*on_position)(void *user, int64_t time_us); /* now and then; NULL: not wanted */
    void *user;
};

/* Stream `number` of the container, 0: the best one of text, then any (out->name "" without one). */
SC_CHECKED enum sc_status subtitles_embedded(const struct decoder *d, int number, const struct subtitle_sink *sink,
                                             struct subtitle_track *out, struct sc_error *err);

/* EIA-608 captions in the pictures' side data, also where they are carried along with 708 ones: all is decoded. */
SC_CHECKED enum sc_status subtitles_captions(const struct decoder *d, const struct subtitle_sink *sink,
                                             struct subtitle_track *out, struct sc_error *err);

/* The bytes of a file of that name. SC_ERR_FORMAT "'x' is no file of subtitles". */
SC_CHECKED enum sc_status subtitles_file(const char *name, const uint8_t *data, size_t size,
                                         const struct subtitle_sink *sink, struct subtitle_track *out,
                                         struct sc_error *err);

/* Append the text of an ASS event, from its first field on, without markup: "0,0,Default,,0,0,0,,{\i1}Hello\NYou". */
SC_CHECKED enum sc_status subtitles_plain(const char *event, struct buffer *out, struct sc_error *err);

/* Load what the C library loads from a file at the first conversion of an old file's letters, and keep it: to be called
 * before a process that reads subtitles gives up opening files. */
void subtitles_prepare(void);

#endif
