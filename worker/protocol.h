/* What seechange and seechange-worker say to each other, over one socket pair (the worker's descriptor 3).
 *
 * Every message is a frame: u32 type, u32 payload size, payload (base/pack.h). Both sides treat the other's messages
 * as hostile: sizes are bounded, unknown types and malformed payloads end the conversation.
 *
 * The parent sends one request and reads until DONE or FAILED; before it may come any number of the request's own
 * messages. A request is cancelled by ending the worker; the next one starts a new worker.
 *
 *   request   payload                                        answers before DONE
 *   OPEN      u32 slot, source                               INFO
 *   CLOSE     u32 slot                                       -
 *   SCAN      u32 slot, scan settings                        SIGNATURE..., POSITION..., SUMMARY
 *   COMPARE   u32 slot a, i64 time, u32 slot b, i64 time, box, f64 sensitivity    COMPARISON
 *   RENDER    u32 slot, plan                                 IMAGE...
 *   HEAT      u32 slot, u32 n, heat items                    IMAGE for each
 *   REFINE    u32 slot, refine settings, u32 n, rough boxes  REFINED, at most one for each of the n
 *   SUBTITLES u32 slot, i32 number (SUBTITLES_*)             POSITION..., LINE..., TRACK
 *   SUBFILE   text name, u32 size, the file's bytes          LINE..., TRACK
 *
 * Thread-safety: functions here touch only their arguments. */
#ifndef WORKER_PROTOCOL_H
#define WORKER_PROTOCOL_H

#include <stdatomic.h>

#include "base/pack.h"

#define PROTOCOL_VERSION 1
#define PROTOCOL_MAX_FRAME (256u << 20)
#define PROTOCOL_MAX_PATH 65536
#define PROTOCOL_SLOTS 4     /* inputs open at once */
#define PROTOCOL_FD 3

enum message {
    MSG_OPEN = 1, MSG_CLOSE, MSG_SCAN, MSG_COMPARE, MSG_RENDER, MSG_REFINE, MSG_HEAT, MSG_SUBTITLES,
    MSG_SUBFILE,
    MSG_HELLO = 100,         /* u32 PROTOCOL_VERSION, text libavcodec's version; first of all, from the worker */
    MSG_DONE, MSG_FAILED,    /* FAILED: i32 status, text */
    MSG_INFO, MSG_SIGNATURE, MSG_POSITION, MSG_SUMMARY, MSG_COMPARISON, MSG_IMAGE,
    MSG_REFINED,             /* u32 index, box, f64 share of the picture */
    MSG_LINE,                /* i64 start, i64 end, text */
    MSG_TRACK,               /* text name, u8 whether its subtitles are pictures */
};

struct scan_settings {
    enum sc_effort effort;
    double fps;
    int64_t every_us, from_us, to_us;
    struct sc_box crop;
};

struct scan_summary {
    int64_t n_decoded;
    struct sc_damage damage;
    struct sc_info info;     /* duration and the rest are exact after a scan */
};

#define SUBTITLES_BEST 0     /* the number of a stream of subtitles; 1 is the first */
#define SUBTITLES_CAPTIONS (-1)
#define SUBFILE_MAX_BYTES ((size_t)16 << 20)

#define REFINE_MAX 4096      /* boxes in one request */

/* A box as coarse as signatures are, and the pictures that tell what is in it. */
struct rough_box {
    int64_t before_us, peak_us, after_us; /* ascending */
    struct sc_box box;       /* displayed pixels */
};

/* A change map: what differs in the picture shown from the one before. */
struct heat_item {
    int64_t before_us, shown_us; /* ascending */
    struct sc_box within;    /* coloured only here; no box: everywhere */
    bool in_its_light;       /* global light is taken out */
    bool raw;                /* u32 width, u32 height and rows of RGB instead of a PNG */
};

struct refine_settings {
    int64_t max_pictures;    /* decode at most about so many; the boxes at the front of the list come first */
    struct sc_box crop;      /* stay inside; no box: the whole picture */
    double sensitivity;
};

/* Write one frame; waits. SC_ERR_WORKER when the other side is gone, SC_ERR_CANCELLED when *cancel (may be NULL). */
SC_CHECKED enum sc_status protocol_write(int fd, enum message type, const struct buffer *payload,
                                         const atomic_bool *cancel, struct sc_error *err);

/* Read one frame into *payload (cleared first). *end_out (may be NULL: then an end is an error) at a clean end. */
SC_CHECKED enum sc_status protocol_read(int fd, enum message *type_out, struct buffer *payload,
                                        const atomic_bool *cancel, bool *end_out, struct sc_error *err);

void pack_source(struct packer *p, const struct sc_source *v);
bool unpack_source(struct unpacker *u, struct sc_source *out, char **path_out); /* free(*path_out) */
void pack_info(struct packer *p, const struct sc_info *v);
bool unpack_info(struct unpacker *u, struct sc_info *out);                      /* sc_info_dispose, always */
void pack_scan(struct packer *p, const struct scan_settings *v);
bool unpack_scan(struct unpacker *u, struct scan_settings *out);
void pack_refine(struct packer *p, const struct refine_settings *v);
bool unpack_refine(struct unpacker *u, struct refine_settings *out);
void pack_heat(struct packer *p, const struct heat_item *v);
bool unpack_heat(struct unpacker *u, struct heat_item *out);
void pack_rough_box(struct packer *p, const struct rough_box *v);
bool unpack_rough_box(struct unpacker *u, struct rough_box *out);
void pack_damage(struct packer *p, const struct sc_damage *v);
void unpack_damage(struct unpacker *u, struct sc_damage *out);
void pack_comparison(struct packer *p, const struct sc_comparison *v);
bool unpack_comparison(struct unpacker *u, struct sc_comparison *out);          /* sc_comparison_dispose, always */

#endif
