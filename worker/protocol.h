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
 *   FOLLOW    u32 slot, source, i64 idle                     INFO; the slot goes on while it is looked at
 *   WATCH     u32 slot, scan settings                        SIGNATURE..., WATCHED
 *   CLIP      u32 slot, i64 from, i64 to                     PIECE..., together a Matroska file
 *   CLOSE     u32 slot                                       -
 *   SCAN      u32 slot, scan settings                        SIGNATURE..., POSITION..., SUMMARY
 *   COMPARE   u32 slot a, i64 time, u32 slot b, i64 time, box, f64 sensitivity    COMPARISON
 *   RENDER    u32 slot, plan                                 IMAGE...
 *   HEAT      u32 slot, u32 n, heat items                    IMAGE for each
 *   REFINE    u32 slot, refine settings, u32 n, rough boxes  REFINED, at most one for each of the n
 *   SUBTITLES u32 slot, i32 number (SUBTITLES_*)             POSITION..., LINE..., TRACK
 *   AUDIO     u32 slot, i64 from, i64 to, i32 seconds        POSITION..., SOUND..., TRACK
 *   METADATA  u32 slot                                       FACT..., LINE... (chapters; their end is told, too)
 *   SUBFILE   text name, u32 size, the file's bytes          LINE..., TRACK
 *
 * The first frame is the parent's CONFINE; the worker locks itself in and says HELLO. It opens nothing: while it works
 * on a request it asks for what it needs, one thing at a time, and the parent answers each with GIVEN, mostly with a
 * descriptor along, or REFUSED. ALIVE tells that work goes on where a request's own messages do not.
 *
 * Thread-safety: functions here touch only their arguments. */
#ifndef WORKER_PROTOCOL_H
#define WORKER_PROTOCOL_H

#include <stdatomic.h>

#include "base/pack.h"

#define PROTOCOL_VERSION 3
#define PROTOCOL_MAX_FRAME (256u << 20)
#define PROTOCOL_MAX_PATH 65536
#define PROTOCOL_SLOTS 4     /* inputs open at once */
#define PROTOCOL_FD 3

enum message {
    MSG_OPEN = 1, MSG_CLOSE, MSG_SCAN, MSG_COMPARE, MSG_RENDER, MSG_REFINE, MSG_HEAT, MSG_SUBTITLES,
    MSG_SUBFILE, MSG_AUDIO, MSG_METADATA, MSG_FOLLOW, MSG_WATCH, MSG_CLIP,
    MSG_CONFINE = 50,        /* u32 PROTOCOL_VERSION, confinement; first of all, from the parent */
    MSG_GIVEN,               /* u8 kind of opening, u32 entries of a list, text path; FILE: with a descriptor */
    MSG_REFUSED,             /* i32 status, i32 errno, text */
    MSG_HELLO = 100,         /* u32 PROTOCOL_VERSION, text libavcodec's version, confined; the answer to CONFINE */
    MSG_DONE, MSG_FAILED,    /* FAILED: i32 status, text */
    MSG_INFO, MSG_SIGNATURE, MSG_POSITION, MSG_SUMMARY, MSG_COMPARISON, MSG_IMAGE,
    MSG_REFINED,             /* u32 index, box, f64 share of the picture */
    MSG_LINE,                /* i64 start, i64 end, text */
    MSG_SOUND,               /* i64 start, i64 duration, a FLAC file */
    MSG_FACT,                /* text name, text */
    MSG_TRACK,               /* text name, u8 whether its subtitles are pictures */
    MSG_WATCHED,             /* u8 whether it has ended, i64 time of the last picture, i64 pictures, i64 packets passed over */
    MSG_PIECE,               /* i64 time of its first picture, bytes */
    MSG_ALIVE = 150,         /* i64 time of the last picture; -1: not known */
    MSG_WANT_PATH,           /* text path: one that a request named */
    MSG_WANT_ENTRY,          /* text path of a list, u32 number */
    MSG_WANT_FILE,           /* a temporary one */
};

/* What a worker may do; which it is stands fast from its start. */
enum confinement_profile {
    CONFINE_FILE,            /* compute, and read and write the descriptors that it is given */
    CONFINE_LIVE,            /* and speak to the network: for URLs */
    CONFINE_N_PROFILES
};

#define PROFILE_NAMES { "file", "live" }

struct confinement {
    enum confinement_profile profile;
    int64_t memory_bytes;    /* for data; 0: no limit */
};

/* What came of it. */
struct confined {
    enum confinement_profile profile;
    bool seccomp;            /* system calls are filtered */
    int landlock;            /* version of the kernel's rules that hold; 0: none */
    bool memory;             /* the limit holds */
    char why_not[64];        /* where the build or the kernel takes part of it away: in a few words; else "" */
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
    struct sc_scouting scouting;
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

/* How long to wait. */
struct patience {
    const atomic_bool *cancel;   /* SC_ERR_CANCELLED when true; NULL: none */
    int stall_ms;                /* SC_ERR_LIMIT when one frame takes longer; 0: for ever */
};

/* Write one frame; waits. SC_ERR_WORKER when the other side is gone. passed: a descriptor to send along, or -1. patience
 * may be NULL. */
SC_CHECKED enum sc_status protocol_write(int fd, enum message type, const struct buffer *payload, int passed,
                                         const struct patience *patience, struct sc_error *err);

/* Read one frame into *payload (cleared first). *passed_out: a descriptor that came along, to be closed, or -1; NULL:
 * none is taken. *end_out (may be NULL: then an end is an error) at a clean end. */
SC_CHECKED enum sc_status protocol_read(int fd, enum message *type_out, struct buffer *payload, int *passed_out,
                                        const struct patience *patience, bool *end_out, struct sc_error *err);

void pack_confinement(struct packer *p, const struct confinement *v);
bool unpack_confinement(struct unpacker *u, struct confinement *out);
void pack_confined(struct packer *p, const struct confined *v);
bool unpack_confined(struct unpacker *u, struct confined *out);
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
void pack_scouting(struct packer *p, const struct sc_scouting *v);
bool unpack_scouting(struct unpacker *u, struct sc_scouting *out);              /* sc_scouting_dispose, always */
void scan_summary_dispose(struct scan_summary *summary);
void pack_comparison(struct packer *p, const struct sc_comparison *v);
bool unpack_comparison(struct unpacker *u, struct sc_comparison *out);          /* sc_comparison_dispose, always */

#endif
