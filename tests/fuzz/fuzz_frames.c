/* The worker's pipe as bytes: frames as a lying other side writes them, and what the parent answers to each. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "worker/broker.h"

#define MAX_BYTES 65536

/* Nothing that was not granted is given. */
static void answer(struct broker *b, enum message type, const struct buffer *payload)
{
    const struct patience patience = { .stall_ms = 1000 };
    struct unpacker u = { .data = payload->data, .size = payload->size };
    struct buffer reply = { 0 };
    enum message got;
    bool handled;
    int ends[2], fd;

    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    must(broker_answer(b, ends[0], type, &u, &patience, &handled, NULL) == SC_OK);
    close(ends[0]);
    if (handled) {
        must(protocol_read(ends[1], &got, &reply, &fd, &patience, NULL, NULL) == SC_OK);
        must(got == MSG_REFUSED || (got == MSG_GIVEN && type == MSG_WANT_FILE && fd >= 0));
        if (fd >= 0)
            close(fd);
    }
    close(ends[1]);
    buffer_dispose(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct patience patience = { .stall_ms = 1000 };
    struct buffer payload = { .limit = PROTOCOL_MAX_FRAME };
    struct broker broker = { 0 };
    enum message type;
    size_t total = 0;
    bool end = false;
    int ends[2], n = 0;

    if (size > MAX_BYTES)
        return 0;
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    must(send(ends[0], data, size, 0) == (ssize_t)size);
    close(ends[0]);
    must(broker_grant(&broker, 0, "/nonexistent/film.mkv", NULL) == SC_OK);
    while (n++ < 64 && !protocol_read(ends[1], &type, &payload, NULL, &patience, &end, NULL) && !end) {
        total += 8 + payload.size;
        must(total <= size);
        answer(&broker, type, &payload);
    }
    must(!end || total == size);
    close(ends[1]);
    broker_dispose(&broker);
    buffer_dispose(&payload);
    return 0;
}
