/* Serves a transport stream by RTSP, again and again, until it is killed.
 *
 *     rtsp FILE.ts PORT BYTES_PER_S
 *
 * PORT 0: any; the URL is written to standard output. BYTES_PER_S 0: as fast as the client takes it. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/kit/rtsp.h"

int main(int argc, char **argv)
{
    int port = argc == 4 ? atoi(argv[2]) : 0, listening;
    uint8_t *data = NULL;
    long size = -1;
    FILE *f = argc == 4 ? fopen(argv[1], "rb") : NULL;

    if (f && !fseek(f, 0, SEEK_END) && (size = ftell(f)) > 0 && (data = malloc((size_t)size))) {
        rewind(f);
        size = (long)fread(data, 1, (size_t)size, f);
    }
    if (!data || (listening = rtsp_listen(&port)) < 0)
        return 2;
    printf("rtsp://127.0.0.1:%d/cam\n", port);
    fflush(stdout);
    for (;;)
        rtsp_serve(listening, data, (size_t)size, atoll(argv[3]));
}
