/* seechange-worker: reads requests from descriptor 3, touches media, answers. Started by libseechange only. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <libavcodec/avcodec.h>

#include "decode/subtitles.h"
#include "worker/serve/sandbox.h"
#include "worker/serve/serve.h"

static const struct {
    enum message type;
    enum sc_status (*serve)(struct server *s, struct unpacker *u, struct sc_error *err);
} requests[] = {
    { MSG_OPEN, serve_open },       { MSG_CLOSE, serve_close },   { MSG_SCAN, serve_scan },
    { MSG_COMPARE, serve_compare }, { MSG_RENDER, serve_render },
    { MSG_REFINE, serve_refine },   { MSG_HEAT, serve_heat },     { MSG_SUBTITLES, serve_subtitles },
    { MSG_FOLLOW, serve_follow },   { MSG_WATCH, serve_watch },   { MSG_CLIP, serve_clip },
    { MSG_SUBFILE, serve_subfile }, { MSG_AUDIO, serve_audio },
    { MSG_METADATA, serve_metadata },
};

static enum sc_status dispatch(struct server *s, enum message type, struct unpacker *u, struct sc_error *err)
{
    size_t i;

    for (i = 0; i < sizeof requests / sizeof *requests; i++)
        if (requests[i].type == type)
            return requests[i].serve(s, u, err);
    return fail(err, SC_ERR_INVALID, "unknown request %d", (int)type);
}

static enum sc_status answer(struct server *s, enum sc_status status, const struct sc_error *why)
{
    struct packer p = { .out = &s->out };

    buffer_clear(&s->out);
    if (status) {
        pack_i32(&p, status);
        pack_text(&p, why->text);
    }
    return serve_send(s, status ? MSG_FAILED : MSG_DONE, NULL);
}

/* The parent's first word says how to be confined; from then on nothing can be opened. */
static enum sc_status confine(struct server *s, struct buffer *message, struct confined *out)
{
    struct confinement wanted;
    struct unpacker u = { 0 };
    enum message type;
    enum sc_status status = protocol_read(s->fd, &type, message, NULL, NULL, NULL, NULL);

    if (status)
        return status;
    u.data = message->data;
    u.size = message->size;
    if (type != MSG_CONFINE || unpack_u32(&u) != PROTOCOL_VERSION || !unpack_confinement(&u, &wanted))
        return SC_ERR_WORKER;
    subtitles_prepare();
    return sandbox_enter(&wanted, out);
}

static enum sc_status hello(struct server *s, const struct confined *confined)
{
    struct packer p = { .out = &s->out };
    const unsigned v = avcodec_version();
    char text[32];

    snprintf(text, sizeof text, "%u.%u.%u", AV_VERSION_MAJOR(v), AV_VERSION_MINOR(v), AV_VERSION_MICRO(v));
    pack_u32(&p, PROTOCOL_VERSION);
    pack_text(&p, text);
    pack_confined(&p, confined);
    return serve_send(s, MSG_HELLO, NULL);
}

int main(int argc, char **argv)
{
    struct server s = { .fd = PROTOCOL_FD, .lock = PTHREAD_MUTEX_INITIALIZER };
    struct confined confined = { 0 };
    struct buffer message = { .limit = PROTOCOL_MAX_FRAME };
    enum sc_status status;
    bool end = false;
    int i;

    (void)argv;
    if (argc > 1 || fcntl(PROTOCOL_FD, F_GETFD) < 0) {
        fprintf(stderr, "seechange-worker: is started by seechange, not by hand\n");
        return 2;
    }
    fcntl(PROTOCOL_FD, F_SETFD, FD_CLOEXEC);
    prctl(PR_SET_PDEATHSIG, SIGKILL);  /* never outlive the parent, however it ends */
    signal(SIGINT, SIG_IGN);           /* Ctrl-C reaches the whole terminal; the parent decides */
    signal(SIGPIPE, SIG_IGN);
    serve_host_init(&s);
    status = confine(&s, &message, &confined);
    if (!status)
        status = hello(&s, &confined);
    while (!status) {
        struct sc_error err = { 0 };
        struct unpacker u = { 0 };
        enum message type;

        if ((status = protocol_read(s.fd, &type, &message, NULL, NULL, &end, NULL)) || end)
            break;
        u.data = message.data;
        u.size = message.size;
        status = dispatch(&s, type, &u, &err);
        status = answer(&s, status, &err);
    }
    for (i = 0; i < PROTOCOL_SLOTS; i++)
        serve_close_slot(&s.slots[i]);
    buffer_dispose(&s.answer);
    buffer_dispose(&s.out);
    buffer_dispose(&message);
    return status ? 1 : 0;
}
