/* A worker taken over by a hostile file: it speaks the protocol up to the first OPEN, whose path says what it then does.
 * For tests/unit/test_worker.c, which starts it in the worker's place. */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "worker/serve/sandbox.h"

static struct buffer out;

static void send_out(enum message type)
{
    if (protocol_write(PROTOCOL_FD, type, &out, -1, NULL, NULL))
        _exit(1);
    buffer_clear(&out);
}

static void send_raw(const char *bytes, size_t size)
{
    if (write(PROTOCOL_FD, bytes, size) != (ssize_t)size)
        _exit(1);
}

/* Ask for something and hand on what was said to it, as a failure of our own. */
static void ask(enum message type)
{
    struct buffer answer = { 0 };
    struct packer p = { .out = &out };
    struct unpacker u = { 0 };
    enum message got;
    char byte = 0, *text = NULL;
    int fd = -1;

    send_out(type);
    if (protocol_read(PROTOCOL_FD, &got, &answer, &fd, NULL, NULL, NULL))
        _exit(1);
    u.data = answer.data;
    u.size = answer.size;
    pack_i32(&p, SC_ERR_FORMAT);
    if (got == MSG_REFUSED) {
        unpack_i32(&u);
        unpack_i32(&u);
        text = unpack_text(&u, 512);
        pack_text(&p, text);
    } else {
        pack_text(&p, fd >= 0 && read(fd, &byte, 1) >= 0 ? "given" : "given nothing");
    }
    send_out(MSG_FAILED);
    free(text);
    close(fd);
    buffer_dispose(&answer);
}

static void ask_for(const char *path)
{
    struct packer p = { .out = &out };

    pack_text(&p, path);
    ask(MSG_WANT_PATH);
}

static void ask_for_entry(const char *path, uint32_t index)
{
    struct packer p = { .out = &out };

    pack_text(&p, path);
    pack_u32(&p, index);
    ask(MSG_WANT_ENTRY);
}

static void ask_for_many_files(void)
{
    struct buffer answer = { 0 };
    enum message got = MSG_GIVEN;
    int i, fd;

    for (i = 0; i < 8; i++) {
        send_out(MSG_WANT_FILE);
        if (protocol_read(PROTOCOL_FD, &got, &answer, &fd, NULL, NULL, NULL) || got != MSG_GIVEN || fd < 0)
            _exit(1);
    }
    ask(MSG_WANT_FILE);          /* the ninth */
    buffer_dispose(&answer);
}

static void send_info(int width)
{
    struct sc_info info = { .path = (char *)"x", .width = width, .height = 1, .fps = 1 };
    struct packer p = { .out = &out };

    pack_info(&p, &info);
    send_out(MSG_INFO);
}

static void come_to(int64_t time_us)
{
    struct packer p = { .out = &out };

    pack_i64(&p, time_us);
    send_out(MSG_ALIVE);
}

/* Fail, with a status that only the parent may come to. */
static void say_failed(enum sc_status status, const char *text)
{
    struct packer p = { .out = &out };

    pack_i32(&p, status);
    pack_text(&p, text);
    send_out(MSG_FAILED);
}

static void take_memory(void)
{
    size_t size = (size_t)1 << 24;
    char *p;

    while ((p = malloc(size)))
        memset(p, 1, size);
    raise(SIGSEGV);
}

static void behave(const char *path)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

    if (!strcmp(name, "crash"))
        come_to(12300000), raise(SIGSEGV);
    else if (!strcmp(name, "abort"))
        abort();
    else if (!strcmp(name, "exit"))
        _exit(7);
    else if (!strcmp(name, "hang"))
        come_to(1000000), poll(NULL, 0, -1), _exit(1);
    else if (!strcmp(name, "spin"))
        for (;;)
            continue;
    else if (!strcmp(name, "socket"))
        _exit(socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : 1);
    else if (!strcmp(name, "memory"))
        take_memory();
    else if (!strcmp(name, "ask-password"))
        ask_for("/etc/passwd");
    else if (!strcmp(name, "ask-dots"))
        ask_for("./ask-dots");
    else if (!strcmp(name, "ask-itself"))
        ask_for(path);
    else if (!strcmp(name, "ask-entry"))
        ask_for_entry(path, 0);
    else if (!strcmp(name, "ask-files"))
        ask_for_many_files();
    else if (!strcmp(name, "huge-frame"))
        send_raw("\x68\0\0\0\xFF\xFF\xFF\xFF", 8), poll(NULL, 0, -1);
    else if (!strcmp(name, "half-frame"))
        send_raw("\x68\0\0\0\x10\0\0\0abc", 11), _exit(0);
    else if (!strcmp(name, "trickle"))
        for (send_raw("\x68\0\0\0\0\0\1\0", 8);;)
            send_raw("x", 1), usleep(200000);
    else if (!strcmp(name, "unknown"))
        send_raw("\xEE\xEE\0\0\0\0\0\0", 8), poll(NULL, 0, -1);
    else if (!strcmp(name, "lying-info"))
        send_info(-5), send_out(MSG_DONE);
    else if (!strcmp(name, "cancelled"))
        say_failed(SC_ERR_CANCELLED, "it says that it was cancelled");
    else if (!strcmp(name, "not-started"))
        say_failed(SC_ERR_WORKER, "it says that it did not start");
    else if (!strcmp(name, "no-service"))
        say_failed(SC_ERR_SERVICE, "it says that a service refused");
    else if (!strcmp(name, "success"))
        say_failed(SC_OK, "it fails with success");
    else if (!strcmp(name, "no-info"))
        send_out(MSG_DONE);
    else
        send_info(1), send_out(MSG_DONE);
}

int main(void)
{
    struct buffer message = { 0 };
    struct packer p = { .out = &out };
    struct unpacker u = { 0 };
    struct confinement wanted;
    struct confined confined;
    enum message type;

    signal(SIGPIPE, SIG_IGN);
    if (protocol_read(PROTOCOL_FD, &type, &message, NULL, NULL, NULL, NULL) || type != MSG_CONFINE)
        return 1;
    u = (struct unpacker){ .data = message.data, .size = message.size };
    unpack_u32(&u);
    if (!unpack_confinement(&u, &wanted) || sandbox_enter(&wanted, &confined))
        return 1;
    pack_u32(&p, PROTOCOL_VERSION);
    pack_text(&p, "rogue");
    pack_confined(&p, &confined);
    send_out(MSG_HELLO);
    while (!protocol_read(PROTOCOL_FD, &type, &message, NULL, NULL, NULL, NULL) && type == MSG_OPEN) {
        struct sc_source source;
        char *path;

        u = (struct unpacker){ .data = message.data, .size = message.size };
        unpack_u32(&u);
        if (!unpack_source(&u, &source, &path))
            return 1;
        behave(path);
        free(path);
    }
    return 0;
}
