/* Mono samples of AUDIO_RATE as a FLAC file. Private to decode/. Thread-safety: safe. */
#ifndef DECODE_FLAC_H
#define DECODE_FLAC_H

#include "base/buffer.h"

SC_CHECKED enum sc_status flac_encode(const int16_t *samples, int n, struct buffer *out, struct sc_error *err);

#endif
