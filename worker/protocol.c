/* Frames over the socket between seechange and seechange-worker. */
#include "worker/protocol.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CANCEL_POLL_MS 100
#define HEAD_BYTES 8
#define READ_STEP ((size_t)1 << 20)  /* a lying size costs at most this much memory more than what was sent */

/* One frame's patience: until when. */
struct waiting {
    const atomic_bool *cancel;
    int64_t until_ms;        /* 0: for ever */
    int stall_ms;
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct waiting start_waiting(const struct patience *p)
{
    struct waiting w = { 0 };

    if (p)
        w = (struct waiting){ p->cancel, p->stall_ms > 0 ? now_ms() + p->stall_ms : 0, p->stall_ms };
    return w;
}

static enum sc_status wait_for(int fd, short events, const struct waiting *w, struct sc_error *err)
{
    struct pollfd p = { .fd = fd, .events = events };

    for (;;) {
        int n;

        if (w->cancel && atomic_load(w->cancel))
            return fail(err, SC_ERR_CANCELLED, "cancelled");
        n = poll(&p, 1, w->cancel || w->until_ms ? CANCEL_POLL_MS : -1);
        if (n > 0)
            return SC_OK;
        if (n < 0 && errno != EINTR)
            return fail_errno(err, errno, "can't wait for the worker");
        if (w->until_ms && now_ms() >= w->until_ms)
            return fail(err, SC_ERR_LIMIT, "no progress for %d s", w->stall_ms / 1000);
    }
}

/* Send bytes, the descriptor with the first of them. */
static ssize_t send_some(int fd, const uint8_t *data, size_t size, int passed, int flags)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { .bytes = { 0 } };
    struct iovec part = { (void *)data, size };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    struct cmsghdr *c = &control.align;

    if (passed < 0)
        return send(fd, data, size, flags);
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &passed, sizeof passed);
    return sendmsg(fd, &message, flags);
}

static enum sc_status write_all(int fd, const uint8_t *data, size_t size, int passed, const struct waiting *w,
                                struct sc_error *err)
{
    const int flags = MSG_NOSIGNAL | (w->cancel || w->until_ms ? MSG_DONTWAIT : 0);
    enum sc_status s;

    while (size) {
        ssize_t n;

        if ((s = wait_for(fd, POLLOUT, w, err)))
            return s;
        n = send_some(fd, data, size, passed, flags);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return fail(err, SC_ERR_WORKER, "the other side of the worker's pipe is gone");
        passed = -1;
        data += n;
        size -= (size_t)n;
    }
    return SC_OK;
}

enum sc_status protocol_write(int fd, enum message type, const struct buffer *payload, int passed,
                              const struct patience *patience, struct sc_error *err)
{
    const struct waiting w = start_waiting(patience);
    struct buffer head = { 0 };
    struct packer p = { .out = &head, .err = err };
    size_t size = payload ? payload->size : 0;
    enum sc_status s;

    if (size > PROTOCOL_MAX_FRAME)
        return fail(err, SC_ERR_LIMIT, "message of %zu bytes for the worker's pipe", size);
    pack_u32(&p, type);
    pack_u32(&p, (uint32_t)size);
    s = p.status;
    if (!s)
        s = write_all(fd, head.data, head.size, passed, &w, err);
    if (!s && size)
        s = write_all(fd, payload->data, size, -1, &w, err);
    buffer_dispose(&head);
    return s;
}

/* A descriptor that comes with the bytes takes the place of *passed, which is closed then. Without passed the kernel
 * drops what comes. */
static ssize_t receive_some(int fd, uint8_t *out, size_t size, int *passed)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { .bytes = { 0 } };
    struct iovec part = { out, size };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                              .msg_controllen = sizeof control };
    const struct cmsghdr *c;
    ssize_t n;

    if (!passed)
        return recv(fd, out, size, 0);
    n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    c = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int))) {
        if (*passed >= 0)
            close(*passed);
        memcpy(passed, CMSG_DATA(c), sizeof *passed);
    }
    return n;
}

/* *got_out: bytes read, less than size only at the end of the stream. */
static enum sc_status read_all(int fd, struct buffer *out, size_t size, int *passed, const struct waiting *w,
                               size_t *got_out, struct sc_error *err)
{
    enum sc_status s;

    *got_out = 0;
    while (*got_out < size) {
        size_t step = size - *got_out < READ_STEP ? size - *got_out : READ_STEP;
        uint8_t *room = buffer_room(out, step, err);
        ssize_t n;

        if (!room)
            return SC_ERR_NOMEM;
        if ((s = wait_for(fd, POLLIN, w, err)))
            return s;
        n = receive_some(fd, room, step, passed);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return SC_OK;
        buffer_filled(out, (size_t)n);
        *got_out += (size_t)n;
    }
    return SC_OK;
}

static enum sc_status read_frame(int fd, enum message *type_out, struct buffer *payload, int *passed,
                                 const struct waiting *w, bool *end_out, struct sc_error *err)
{
    struct buffer head = { 0 };
    struct unpacker u = { 0 };
    size_t size = 0, got;
    enum sc_status s;

    buffer_clear(payload);
    s = read_all(fd, &head, HEAD_BYTES, passed, w, &got, err);
    if (!s) {
        u.data = head.data;
        u.size = got;
        *type_out = (enum message)unpack_u32(&u);
        size = unpack_u32(&u);
    }
    buffer_dispose(&head);
    if (s)
        return s;
    if (got == 0 && end_out) {
        *end_out = true;
        return SC_OK;
    }
    if (u.failed)
        return fail(err, SC_ERR_WORKER, "the worker's pipe ended");
    if (size > PROTOCOL_MAX_FRAME)
        return fail(err, SC_ERR_WORKER, "message of %zu bytes on the worker's pipe", size);
    if ((s = read_all(fd, payload, size, NULL, w, &got, err)))
        return s;
    return got < size ? fail(err, SC_ERR_WORKER, "the worker's pipe ended inside a message") : SC_OK;
}

enum sc_status protocol_read(int fd, enum message *type_out, struct buffer *payload, int *passed_out,
                             const struct patience *patience, bool *end_out, struct sc_error *err)
{
    const struct waiting w = start_waiting(patience);
    int passed = -1;
    enum sc_status s;

    if (end_out)
        *end_out = false;
    s = read_frame(fd, type_out, payload, passed_out ? &passed : NULL, &w, end_out, err);
    if (s && passed >= 0) {
        close(passed);
        passed = -1;
    }
    if (passed_out)
        *passed_out = passed;
    return s;
}
