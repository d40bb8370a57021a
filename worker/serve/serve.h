/* The worker's own side: requests in, media touched, messages out. One file per request, one row in main.c.
 * Thread-safety: the worker serves one request at a time on its main thread; serve_send and the host's functions may be
 * called from others that help with it. */
#ifndef WORKER_SERVE_SERVE_H
#define WORKER_SERVE_SERVE_H

#include <pthread.h>

#include "decode/decode.h"
#include "frames/pixels/measure.h"
#include "worker/protocol.h"

/* One open input. The source is kept so that a second decoder can be opened on it. */
struct slot {
    struct decoder *decoder;     /* NULL: free */
    struct decode_settings settings;
    char *path;                  /* owned; settings.source.path points to it */
    struct measurer *measurer;   /* of what is followed; NULL: not looked at yet */
    int64_t n_decoded, latest_us, due_us; /* likewise: pictures so far, the last one's time, when one is due again */
};

struct server {
    int fd;
    pthread_mutex_t lock;        /* of the pipe: a frame goes out whole, and a question stays with its answer */
    struct host host;            /* opens by asking the parent */
    struct buffer answer;        /* to what was asked last */
    atomic_llong said_ms;        /* when the parent last heard that work goes on */
    struct slot slots[PROTOCOL_SLOTS];
    struct buffer out;           /* for messages */
};

/* Send a message whose payload is server->out; empties it. */
SC_CHECKED enum sc_status serve_send(struct server *s, enum message type, struct sc_error *err);

/* Fill s->host; the rest of *s stands fast. */
void serve_host_init(struct server *s);

/* The open slot that the request names next, or NULL with *err filled. */
struct slot *serve_slot(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_open_as(struct server *s, struct unpacker *u, bool follow, struct sc_error *err);
void serve_close_slot(struct slot *slot);

/* Each reads its request from u, sends what it has to say, and returns a status; main.c sends DONE or FAILED. */
SC_CHECKED enum sc_status serve_open(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_follow(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_watch(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_clip(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_close(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_scan(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_compare(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_render(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_refine(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_heat(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_subtitles(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_audio(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_metadata(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_subfile(struct server *s, struct unpacker *u, struct sc_error *err);

#endif
