/* Put streams of subtitles, or sound, beside the video of a file that the kit made. Any failure ends the program:
 * tests only. */
#ifndef TESTS_KIT_SUBTITLED_H
#define TESTS_KIT_SUBTITLED_H

#include <stddef.h>
#include <stdint.h>

struct subtitled_line {
    int64_t start_us, duration_us;
    const char *text;            /* as the codec wants it in a packet (mov_text: its length is put before it) */
    int stream;                  /* of those added: 0, 1 */
};

struct subtitled_stream {
    const char *codec;           /* "subrip", "ass", "webvtt", "mov_text", "hdmv_pgs_subtitle" */
    const char *language;        /* "eng", or NULL */
    const char *header;          /* the codec's extradata, or NULL */
};

/* Copy video to path, in the container of its ending, with the lines. offset_us is added to all times, the video's too. */
void subtitled_make(const char *path, const char *video, int64_t offset_us, const struct subtitled_stream *streams,
                    int n_streams, const struct subtitled_line *lines, int n_lines);

/* The same with n samples of mono sound, which begins at late_us. */
void subtitled_with_sound(const char *path, const char *video, int64_t late_us, int rate, const int16_t *samples, int n);

#endif
