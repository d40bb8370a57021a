/* Captions as files beside a video: one row of caption_formats for each kind of file. Texts come from models: each writer
 * keeps them inside their place, whatever they say. Thread-safety: safe. */
#ifndef API_CAPTION_FILES_H
#define API_CAPTION_FILES_H

#include "api/caption.h"
#include "archive/written.h"

struct caption_file_input {
    const struct caption *caption;
    const struct answer_kept *kept; /* the captions as answered, and of what */
    const struct buffer *evidence; /* packed, without the path; empty: none is kept */
    const uint8_t *look;         /* digest of what the evidence depends on; NULL: none */
    const char *name;            /* of the file, without its folder */
    int64_t duration_us;
    int64_t offset_us;           /* container time of presentation time 0, which players count from */
};

struct caption_format {
    const char *name;            /* as in --write */
    const char *ending;          /* after the whole name of the video */
    enum sc_status (*write)(const struct caption_file_input *in, struct buffer *out, struct sc_error *err);
};
extern const struct caption_format caption_formats[]; /* ends with a NULL name */

#define CAPTION_MAX_FORMATS 16

/* "vtt,json" as rows, NULL at the end. SC_ERR_INVALID names what is none. */
SC_CHECKED enum sc_status caption_formats_choose(const char *names, const struct caption_format *out[CAPTION_MAX_FORMATS + 1],
                                         struct sc_error *err);

/* SHA-256 of a file's content, at most 64 MiB; *there_out false: there is none. */
SC_CHECKED enum sc_status caption_file_hash(const char *path, uint8_t out[32], bool *there_out, struct sc_error *err);

#endif
