/* Where the bytes come from: a descriptor of a file, standard input or pipe, or a URL that the person named.
 *
 * Every input can be read at any place, again and again: what can be read only once is kept by decode/spool.h.
 * Nothing else is ever opened on behalf of the media: no playlist and no reference reaches another file or host.
 * Thread-safety: one thread at a time for each input. */
#ifndef DECODE_INPUT_H
#define DECODE_INPUT_H

#include <stdatomic.h>

#include <libavformat/avio.h>

#include "base/buffer.h"
#include "decode/host.h"

#define INPUT_HEAD_BYTES 65536

struct input;

/* A descriptor open for reading, which is taken (*fd becomes -1), also by a failure. path: as it was named, "-" for
 * standard input. cancel may be NULL; host and cancel outlive the input. SC_ERR_FORMAT "'x' is empty". *out: input_close. */
SC_CHECKED enum sc_status input_open_descriptor(struct input **out, const char *path, int *fd, const struct host *host,
                                                const atomic_bool *cancel, struct sc_error *err);

/* An http(s) URL. SC_ERR_IO "can't open 'x': ...". */
SC_CHECKED enum sc_status input_open_url(struct input **out, const char *url, const struct host *host,
                                         const atomic_bool *cancel, struct sc_error *err);
void input_close(struct input **in);

/* One more holder of the same input, who calls input_close too. All holders belong to one thread. */
struct input *input_ref(struct input *in);

/* The path made harmless for messages, shortened when it is very long. */
const char *input_name(const struct input *in);

/* The path as given. */
const char *input_path(const struct input *in);

/* The first bytes (up to INPUT_HEAD_BYTES); *size_out > 0. Valid until input_close. */
const uint8_t *input_head(const struct input *in, size_t *size_out);

/* Up to size bytes from position. Returns how many, 0 at the end, or an AVERROR. */
int64_t input_read(struct input *in, int64_t position, uint8_t *out, int size);

/* Bytes in all, or -1 while unknown (a pipe that goes on), also of NULL. */
int64_t input_size(const struct input *in);

/* Whether it could be read anew by opening the same path again. */
bool input_is_repeatable(const struct input *in);

/* Everything, for formats that are decoded from memory. SC_ERR_LIMIT over out->limit. */
SC_CHECKED enum sc_status input_read_all(struct input *in, struct buffer *out, struct sc_error *err);

/* A reading context for libav with its own position, or NULL: out of memory. input_avio_close. */
AVIOContext *input_avio(struct input *in);
void input_avio_close(AVIOContext **io);

/* The first failure of reading: 0 (also of NULL) or an AVERROR. It stays: a file that failed once is not trusted to be
 * whole. */
int input_failure(const struct input *in);

/* "can't read 'x': ..." for an AVERROR of input_read, SC_ERR_CANCELLED for a cancelled one. */
enum sc_status input_fail(const struct input *in, int averror, struct sc_error *err);

#endif
