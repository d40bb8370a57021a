/* The parent's side of the worker: start it, talk to it, notice when it dies.
 * Thread-safety: one thread at a time for each worker. */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include <stdatomic.h>

#include "frames/plan.h"
#include "frames/signature.h"
#include "worker/protocol.h"

struct worker;

struct worker_settings {
    const char *program;     /* NULL: $SEECHANGE_WORKER, beside the running program, the compiled-in path */
    const atomic_bool *cancel;
    int64_t memory_bytes;    /* for the data of one worker; 0: WORKER_MEMORY_BYTES */
    int64_t stall_us;        /* give an input up when its worker got nothing done for so long; 0: WORKER_STALL_US */
};

#define WORKER_MEMORY_BYTES ((int64_t)1 << 30)
#define WORKER_STALL_US 30000000

/* Starts nothing yet: the process is started by the first request, and again after it died. */
SC_CHECKED enum sc_status worker_open(struct worker **out, const struct worker_settings *settings,
                                      struct sc_error *err);
void worker_close(struct worker **w);

/* How often the process was started: when it changes, no input is open any more. 0: not running. */
unsigned worker_run(const struct worker *w);

/* The program that is run, and the version of libavcodec that it told when it was started last ("" before). Valid until
 * worker_close. */
const char *worker_program(const struct worker *w);
const char *worker_media(const struct worker *w);

/* Start it now, if it does not run, and say how it is confined. */
SC_CHECKED enum sc_status worker_start(struct worker *w, struct confined *out, struct sc_error *err);

/* Open an input in a slot (0..PROTOCOL_SLOTS-1); one that was open there is closed. A URL needs
 * a worker that may use the network, anything else one that may not, so what was open in other slots may be open no more:
 * see worker_run. info_out: sc_info_dispose. */
SC_CHECKED enum sc_status worker_open_input(struct worker *w, int slot, const struct sc_source *source,
                                            struct sc_info *info_out, struct sc_error *err);
SC_CHECKED enum sc_status worker_close_input(struct worker *w, int slot, struct sc_error *err);

/* Callbacks run on the calling thread; a status other than SC_OK ends the call (and the worker). */
struct scan_sink {
    enum sc_status (*on_signature)(void *user, const struct signature *s, struct sc_error *err);
    void (*on_position)(void *user, int64_t time_us, int64_t n_decoded); /* NULL: not wanted */
    void *user;
};
SC_CHECKED enum sc_status worker_scan(struct worker *w, int slot, const struct scan_settings *settings,
                                      const struct scan_sink *sink, struct scan_summary *out, struct sc_error *err);

/* Open what goes on while it is looked at: as worker_open_input. A file that brings nothing for idle_us has ended (0:
 * never). Nothing but worker_watch, worker_clip and worker_close_input may be done with the slot. */
SC_CHECKED enum sc_status worker_follow(struct worker *w, int slot, const struct sc_source *source, int64_t idle_us,
                                        struct sc_info *info_out, struct sc_error *err);

struct watched {
    bool ended;              /* no more will come */
    int64_t latest_us;       /* time of the last picture */
    int64_t n_decoded, n_skipped; /* pictures, and packets passed over because they came too fast */
};

/* Look at what has come, for a quarter of a second at most; settings: crop, and fps or every_us. SC_ERR_IO: it broke off. */
SC_CHECKED enum sc_status worker_watch(struct worker *w, int slot, const struct scan_settings *settings,
                                       const struct scan_sink *sink, struct watched *out, struct sc_error *err);

/* What is kept of these times as a Matroska file. *begin_us_out: the time of its first picture. SC_ERR_FORMAT: nothing. */
SC_CHECKED enum sc_status worker_clip(struct worker *w, int slot, int64_t from_us, int64_t to_us, struct buffer *out,
                                      int64_t *begin_us_out, struct sc_error *err);

SC_CHECKED enum sc_status worker_compare(struct worker *w, int slot_a, int64_t a_us, int slot_b, int64_t b_us,
                                         struct sc_box within, double sensitivity, struct sc_comparison *out,
                                         struct sc_error *err);

/* Look at the n boxes of items again in the pictures themselves. For each that could be made exact (none may be)
 * items[i].box is replaced and shares[i] set to its share of the picture; the others keep theirs. */
SC_CHECKED enum sc_status worker_refine(struct worker *w, int slot, const struct refine_settings *settings,
                                        struct rough_box *items, double *shares, int n, struct sc_error *err);

/* Subtitles, line by line in the order of their beginnings (decode/subtitles.h). name_out: what they are, "" if there are
 * none; free it. *pictures_out: they are pictures, and no line came. */
struct line_sink {
    enum sc_status (*on_line)(void *user, int64_t start_us, int64_t end_us, const char *text, struct sc_error *err);
    void (*on_position)(void *user, int64_t time_us); /* NULL: not wanted */
    void *user;
};
/* number: of the stream, or SUBTITLES_BEST, SUBTITLES_CAPTIONS. */
SC_CHECKED enum sc_status worker_subtitles(struct worker *w, int slot, int number, const struct line_sink *sink,
                                           char **name_out, bool *pictures_out, struct sc_error *err);
/* Of a file, whose bytes the caller has read; times as written in it. */
SC_CHECKED enum sc_status worker_subtitle_file(struct worker *w, const char *name, const void *data, size_t size,
                                               const struct line_sink *sink, struct sc_error *err);

/* The sound from from_us (0: all) to to_us (0: the end) as FLAC files of at most chunk_s seconds, by time
 * (decode/audio.h). SC_ERR_FORMAT where there is none. */
struct sound_sink {
    enum sc_status (*on_chunk)(void *user, int64_t start_us, int64_t duration_us, const void *flac, size_t size,
                               struct sc_error *err);
    void (*on_position)(void *user, int64_t time_us); /* NULL: not wanted */
    void *user;
};
SC_CHECKED enum sc_status worker_sound(struct worker *w, int slot, int64_t from_us, int64_t to_us, int chunk_s,
                                       const struct sound_sink *sink, struct sc_error *err);

/* What the file says of itself (decode/metadata.h). */
SC_CHECKED enum sc_status worker_metadata(struct worker *w, int slot,
                                          enum sc_status (*on_fact)(void *user, const char *name, const char *text,
                                                                    struct sc_error *err),
                                          enum sc_status (*on_chapter)(void *user, int64_t start_us, const char *title,
                                                                       struct sc_error *err),
                                          void *user, struct sc_error *err);

/* on_image takes the bytes (may move them out of *data). Images may come in any order. */
SC_CHECKED enum sc_status worker_render(struct worker *w, int slot, const struct plan *plan,
                                        enum sc_status (*on_image)(void *user, int image, struct buffer *data,
                                                                   struct sc_error *err),
                                        void *user, struct sc_error *err);

/* A change map for each of the n items, in their order. on_image: as for worker_render. */
SC_CHECKED enum sc_status worker_heat(struct worker *w, int slot, const struct heat_item *items, int n,
                                      enum sc_status (*on_image)(void *user, int image, struct buffer *data,
                                                                 struct sc_error *err),
                                      void *user, struct sc_error *err);

#endif
