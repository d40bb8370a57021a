/* Requests and RTP packets over one connection. */
#include "tests/kit/rtsp.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CARGO (188 * 7)

static bool say(int fd, const char *format, int cseq, const char *more)
{
    char text[2048];
    int n = snprintf(text, sizeof text, format, cseq, more);

    return send(fd, text, n, MSG_NOSIGNAL) == n;
}

/* Answer one request; false when the stream is to begin or the client is gone. */
static bool answer(int fd, bool *play_out)
{
    static const char sdp[] = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                              "m=video 0 RTP/AVP 33\r\na=control:track1\r\n";
    char request[4096] = "", more[1024];
    size_t n = 0;
    int cseq = 0;

    while (n < sizeof request - 1 && !strstr(request, "\r\n\r\n")) {
        if (recv(fd, request + n, 1, 0) != 1)
            return false;
        request[++n] = '\0';
    }
    if (strstr(request, "CSeq:"))
        cseq = atoi(strstr(request, "CSeq:") + 5);
    *play_out = !strncmp(request, "PLAY", 4);
    more[0] = '\0';
    if (!strncmp(request, "DESCRIBE", 8))
        snprintf(more, sizeof more, "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s", sizeof sdp - 1, sdp);
    else if (!strncmp(request, "SETUP", 5))
        snprintf(more, sizeof more, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n\r\n");
    else
        snprintf(more, sizeof more, "Session: 1\r\nPublic: DESCRIBE, SETUP, PLAY\r\n\r\n");
    return say(fd, "RTSP/1.0 200 OK\r\nCSeq: %d\r\n%s", cseq, more) && !*play_out;
}

int rtsp_listen(int *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                   .sin_port = htons((uint16_t)*port) };
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&address, size) || listen(fd, 1) ||
        getsockname(fd, (struct sockaddr *)&address, &size)) {
        close(fd);
        return -1;
    }
    *port = ntohs(address.sin_port);
    return fd;
}

static void pause_for(size_t bytes, int64_t bytes_per_s)
{
    const int64_t ns = bytes_per_s > 0 ? (int64_t)bytes * 1000000000 / bytes_per_s : 0;
    const struct timespec t = { ns / 1000000000, ns % 1000000000 };

    if (ns)
        nanosleep(&t, NULL);
}

void rtsp_serve(int listening, const uint8_t *data, size_t size, int64_t bytes_per_s)
{
    bool play = false;
    int fd = accept(listening, NULL, NULL);

    while (answer(fd, &play))
        ;
    for (size_t at = 0, n = 0; play && at < size; at += CARGO, n++) {
        size_t part = size - at < CARGO ? size - at : CARGO;
        uint8_t packet[16 + CARGO] = { '$', 0, (uint8_t)((part + 12) >> 8), (uint8_t)(part + 12), 0x80, 33,
                                       (uint8_t)(n >> 8), (uint8_t)n, 0, 0, (uint8_t)(n >> 8), (uint8_t)n, 0, 0, 0, 1 };

        memcpy(packet + 16, data + at, part);
        if (send(fd, packet, 16 + part, MSG_NOSIGNAL) < 0)
            break;
        pause_for(part, bytes_per_s);
    }
    close(fd);
}
