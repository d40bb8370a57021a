/* Frames over the socket between seechange and seechange-worker. */
#include "worker/protocol.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CANCEL_POLL_MS 100
#define READ_STEP ((size_t)1 << 20)  /* a lying size costs at most this much memory more than what was sent */

static enum sc_status wait_for(int fd, short events, const atomic_bool *cancel, struct sc_error *err)
{
    struct pollfd p = { .fd = fd, .events = events };

    for (;;) {
        int n;

        if (cancel && atomic_load(cancel))
            return fail(err, SC_ERR_CANCELLED, "cancelled");
        n = poll(&p, 1, cancel ? CANCEL_POLL_MS : -1);
        if (n > 0)
            return SC_OK;
        if (n < 0 && errno != EINTR)
            return fail_errno(err, errno, "can't wait for the worker");
    }
}

static enum sc_status write_all(int fd, const uint8_t *data, size_t size, const atomic_bool *cancel,
                                struct sc_error *err)
{
    enum sc_status s;

    while (size) {
        ssize_t n;

        if ((s = wait_for(fd, POLLOUT, cancel, err)))
            return s;
        n = send(fd, data, size, MSG_NOSIGNAL | (cancel ? MSG_DONTWAIT : 0));
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return fail(err, SC_ERR_WORKER, "the other side of the worker's pipe is gone");
        data += n;
        size -= (size_t)n;
    }
    return SC_OK;
}

enum sc_status protocol_write(int fd, enum message type, const struct buffer *payload, const atomic_bool *cancel,
                              struct sc_error *err)
{
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
        s = write_all(fd, head.data, head.size, cancel, err);
    if (!s && size)
        s = write_all(fd, payload->data, size, cancel, err);
    buffer_dispose(&head);
    return s;
}

/* *got_out: bytes read, less than size only at the end of the stream. */
static enum sc_status read_all(int fd, struct buffer *out, size_t size, const atomic_bool *cancel, size_t *got_out,
                               struct sc_error *err)
{
    enum sc_status s;

    *got_out = 0;
    while (*got_out < size) {
        size_t step = size - *got_out < READ_STEP ? size - *got_out : READ_STEP;
        uint8_t *room = buffer_room(out, step, err);
        ssize_t n;

        if (!room)
            return SC_ERR_NOMEM;
        if ((s = wait_for(fd, POLLIN, cancel, err)))
            return s;
        n = recv(fd, room, step, 0);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return SC_OK;
        buffer_filled(out, (size_t)n);
        *got_out += (size_t)n;
    }
    return SC_OK;
}

enum sc_status protocol_read(int fd, enum message *type_out, struct buffer *payload, const atomic_bool *cancel,
                             bool *end_out, struct sc_error *err)
{
    struct buffer head = { 0 };
    struct unpacker u = { 0 };
    size_t size, got;
    enum sc_status s;

    if (end_out)
        *end_out = false;
    buffer_clear(payload);
    if ((s = read_all(fd, &head, 8, cancel, &got, err)))
        goto done;
    if (got == 0 && end_out) {
        *end_out = true;
        goto done;
    }
    u.data = head.data;
    u.size = got;
    *type_out = (enum message)unpack_u32(&u);
    size = unpack_u32(&u);
    if (u.failed) {
        s = fail(err, SC_ERR_WORKER, "the worker's pipe ended");
        goto done;
    }
    if (size > PROTOCOL_MAX_FRAME) {
        s = fail(err, SC_ERR_WORKER, "message of %zu bytes on the worker's pipe", size);
        goto done;
    }
    if ((s = read_all(fd, payload, size, cancel, &got, err)))
        goto done;
    if (got < size)
        s = fail(err, SC_ERR_WORKER, "the worker's pipe ended inside a message");
done:
    buffer_dispose(&head);
    return s;
}
