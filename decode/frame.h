/* From an AVFrame to a struct picture: geometry, orientation, and colour fields that are never left open.
 * Private to decode/. Thread-safety: safe; nothing but the arguments is touched. */
#ifndef DECODE_FRAME_H
#define DECODE_FRAME_H

#include <libavutil/frame.h>

#include "decode/picture.h"

/* How a picture is to be shown. */
struct orientation {
    int turns;               /* as in struct picture */
    bool mirror;
};

/* Of an EXIF orientation 1..8; anything else is upright. Source: EXIF 2.3, 4.6.4, tag 274. */
struct orientation orientation_from_exif(int exif);

/* Of libavutil's 3x3 display matrix, turned to the nearest quarter. */
struct orientation orientation_from_matrix(const int32_t matrix[9]);

/* A picture that takes frame (freed on failure too, *frame is NULL afterwards). NULL: out of memory.
 * Flags, background and packet size are the caller's to set. */
struct picture *picture_from_frame(AVFrame **frame, struct orientation o, int64_t time_us);

/* Fill range, matrix, primaries and transfer where they are unspecified, as players do. */
void frame_guess_colour(AVFrame *frame);

/* "bt709/limited/sdr". out needs 64 bytes; returns out. */
char *frame_colour_name(const AVFrame *frame, char out[64]);

bool frame_is_key(const AVFrame *frame);
bool frame_is_interlaced(const AVFrame *frame);
bool frame_is_damaged(const AVFrame *frame);

/* Whether there is a caption of EIA-608 in its side data, beyond filling. */
bool frame_has_captions(const AVFrame *frame);

#endif
