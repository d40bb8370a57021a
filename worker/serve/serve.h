/* The worker's own side: requests in, media touched, messages out. One file per request, one row in main.c.
 * Thread-safety: the worker serves one request at a time on its main thread. */
#ifndef WORKER_SERVE_SERVE_H
#define WORKER_SERVE_SERVE_H

#include "decode/decode.h"
#include "worker/protocol.h"

/* One open input. The source is kept so that a second decoder can be opened on it. */
struct slot {
    struct decoder *decoder;     /* NULL: free */
    struct decode_settings settings;
    char *path;                  /* owned; settings.source.path points to it */
};

struct server {
    int fd;
    struct slot slots[PROTOCOL_SLOTS];
    struct buffer out;           /* for messages */
};

/* Send a message whose payload is server->out; empties it. */
SC_CHECKED enum sc_status serve_send(struct server *s, enum message type, struct sc_error *err);

/* The open slot that the request names next, or NULL with *err filled. */
struct slot *serve_slot(struct server *s, struct unpacker *u, struct sc_error *err);
void serve_close_slot(struct slot *slot);

/* Each reads its request from u, sends what it has to say, and returns a status; main.c sends DONE or FAILED. */
SC_CHECKED enum sc_status serve_open(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_close(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_scan(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_compare(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_render(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_refine(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_heat(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_subtitles(struct server *s, struct unpacker *u, struct sc_error *err);
SC_CHECKED enum sc_status serve_subfile(struct server *s, struct unpacker *u, struct sc_error *err);

#endif
