/* Connecting libavformat to a URL that the person named. Thread-safety: safe. */
#ifndef DECODE_NETWORK_H
#define DECODE_NETWORK_H

#include <libavformat/avformat.h>

#include "base/error.h"

/* Open url and find its streams. interrupt: ends the waiting when it returns non-zero. timeout_us: without a byte.
 * name: url for messages. *out: avformat_close_input. SC_ERR_IO. */
SC_CHECKED enum sc_status network_open(AVFormatContext **out, const char *url, const char *name, AVIOInterruptCB interrupt,
                                       int64_t timeout_us, struct sc_error *err);

#endif
