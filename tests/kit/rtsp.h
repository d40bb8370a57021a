/* A small RTSP server: one transport stream as RTP packets within the connection (RFC 2326, 10.12).
 * Thread-safety: safe. */
#ifndef TESTS_KIT_RTSP_H
#define TESTS_KIT_RTSP_H

#include <stddef.h>
#include <stdint.h>

/* On this machine; *port 0: any, and that is told. -1: failed. */
int rtsp_listen(int *port);

/* Serve one client, until the stream ends or the client is gone. bytes_per_s 0: as fast as it takes them. */
void rtsp_serve(int listening, const uint8_t *data, size_t size, int64_t bytes_per_s);

#endif
