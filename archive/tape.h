/* Tapes: the signatures of one look at one video, compressed into one file.
 *
 * Each signature is written as its difference from the one before, plane by plane, and deflated. What is read was
 * written whole, by this version, for this key, or it is refused before the first signature is given out.
 * Thread-safety: one thread at a time for each object. */
#ifndef ARCHIVE_TAPE_H
#define ARCHIVE_TAPE_H

#include "base/buffer.h"
#include "frames/signature.h"

#define TAPE_MAX_KEY 65536
#define TAPE_MAX_TAIL ((size_t)1 << 20)

struct tape_writer;
struct tape_reader;

/* Start a tape in file, which is empty; both belong to the caller until tape_finish_writing. key: text that says what
 * the signatures are of. SC_ERR_LIMIT from any of these when it would grow beyond max_bytes. *out:
 * tape_close_writer. */
SC_CHECKED enum sc_status tape_create(struct tape_writer **out, FILE *file, const char *key, int64_t max_bytes,
                                      struct sc_error *err);
SC_CHECKED enum sc_status tape_write(struct tape_writer *w, const struct signature *s, struct sc_error *err);

/* The end, with whatever else is to be known of the look: at most TAPE_MAX_TAIL bytes. */
SC_CHECKED enum sc_status tape_finish(struct tape_writer *w, const struct buffer *tail, struct sc_error *err);
void tape_close_writer(struct tape_writer **w);

/* Check the whole of file against its checksum and the key. SC_ERR_FORMAT: damaged, cut off, of another version or
 * key. file is borrowed until tape_close_reader. */
SC_CHECKED enum sc_status tape_open(struct tape_reader **out, FILE *file, const char *key, struct sc_error *err);

/* The next signature in *out, valid until the next call; NULL at the end, where *tail is filled. */
SC_CHECKED enum sc_status tape_read(struct tape_reader *r, const struct signature **out, struct buffer *tail,
                                    struct sc_error *err);
void tape_close_reader(struct tape_reader **r);

#endif
