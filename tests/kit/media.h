/* Draw and encode media for tests, so that times and colours are known and not recorded.
 *
 *     struct media *m = media_open("page.mkv", 320, 180, &(struct media_options){ .codec = "ffv1" });
 *     media_fill(m, 0xFFFFFF);
 *     media_rect(m, 40, 40, 24, 24, 0x0000FF);
 *     media_write(m);                 (one frame at the constant rate; media_write_at for a time of one's own)
 *     media_close(&m);
 *
 * Any failure ends the program with a message: tests only. */
#ifndef TESTS_KIT_MEDIA_H
#define TESTS_KIT_MEDIA_H

#include <stdbool.h>
#include <stdint.h>

struct media;

struct media_options {
    const char *codec;          /* libavcodec's encoder: "ffv1" (exact), "libx264", "mpeg4", "mjpeg", "libvpx-vp9", "gif" */
    const char *pixel_format;   /* NULL: the encoder's first of 8-bit 4:2:0, or its first */
    const char *encoder_options; /* "crf=30:g=250:bf=2" or NULL */
    int rate_num, rate_den;     /* frames a second; 0: 25 */
    int sar_num, sar_den;       /* 0: 1:1 */
    int rotation;               /* degrees clockwise in a display matrix (mov, mp4, mkv) */
    bool bt709;                 /* matrix, else BT.601 */
    bool full_range;
};

/* Whether this libavcodec can encode with it (libx264 may be missing): skip the test by name if not. */
bool media_has_encoder(const char *codec);

struct media *media_open(const char *path, int width, int height, const struct media_options *options);
void media_fill(struct media *m, uint32_t rgb);
void media_rect(struct media *m, int x, int y, int w, int h, uint32_t rgb);
void media_noise(struct media *m, int amplitude, uint32_t seed);             /* added to every sample */
void media_text(struct media *m, int x, int y, int scale, uint32_t rgb, const char *text); /* digits and A-Z */
uint8_t *media_pixels(struct media *m);                                       /* height rows of width * 3 bytes RGB */
/* The next picture carries these two bytes of EIA-608 captions, field 1; parity is set here. */
void media_caption(struct media *m, uint8_t first, uint8_t second);
void media_write(struct media *m);
void media_write_at(struct media *m, int64_t time_us);     /* must ascend; whole milliseconds, from the first picture on */
void media_close(struct media **m);

/* A still: PNG, JPEG, ... by the ending. */
void media_still(const char *path, int width, int height, const uint8_t *rgb);

/* The value of a photo-like test texture at x, y: smooth and detailed parts, never flat. */
uint32_t media_texture(int x, int y, uint32_t seed);

#endif
