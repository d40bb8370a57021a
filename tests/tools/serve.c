/* A scripted HTTP server for the tests of the command line: serve [--tls PEM] DIR [PATH=]REPLY...
 *
 * Each REPLY is a file with the bytes of one reply; one with a PATH answers every request for it (of several each one,
 * the last all that follow), the others are used up in their order. After a file whose name ends in .stall the
 * connection stays open, after .break it breaks; one whose name ends in .slow is sent one byte at a time. With --tls the
 * server has a certificate of its own, which is written to PEM. The address is printed. At the end of standard input the
 * requests are written to DIR/1.head, DIR/1.body and so on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/http_server.h"

#define MAX_REPLIES 32
#define MAX_BYTES 65536

static void __attribute__((noreturn)) die(const char *what)
{
    perror(what);
    exit(2);
}

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && !strcmp(text + n - m, end);
}

static struct http_reply read_reply(char *word)
{
    char *file = word[0] == '/' ? strchr(word, '=') : NULL;
    struct http_reply reply = { .path = file ? word : NULL };
    char *bytes = malloc(MAX_BYTES);
    FILE *f;

    if (file)
        *file++ = '\0';
    else
        file = word;
    f = fopen(file, "rb");
    if (!f || !bytes)
        die(file);
    reply.size = fread(bytes, 1, MAX_BYTES, f);
    fclose(f);
    reply.bytes = bytes;
    reply.piece = ends_in(file, ".slow") ? 1 : 0;
    reply.end = ends_in(file, ".stall") ? HTTP_STALL : ends_in(file, ".break") ? HTTP_RESET : HTTP_CLOSE;
    return reply;
}

static void write_part(const char *dir, int i, const char *ending, const char *data, size_t size)
{
    char path[4096];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%d.%s", dir, i + 1, ending);
    f = fopen(path, "wb");
    if (!f || fwrite(data, 1, size, f) != size || fclose(f))
        die(path);
}

int main(int argc, char **argv)
{
    struct http_reply replies[MAX_REPLIES];
    struct http_server *server;
    struct ssl_ctx_st *identity = NULL;
    int n, i;

    if (argc > 3 && !strcmp(argv[1], "--tls")) {
        identity = connection_identity(CERTIFICATE_GOOD, false, argv[2]);
        argc -= 2;
        argv += 2;
    }
    n = argc - 2;

    if (n < 1 || n > MAX_REPLIES) {
        fprintf(stderr, "usage: serve [--tls PEM] DIR [PATH=]REPLY...\n");
        return 2;
    }
    for (i = 0; i < n; i++)
        replies[i] = read_reply(argv[i + 2]);
    server = http_server_start_tls(replies, n, identity);
    puts(http_server_url(server));
    fflush(stdout);
    while (getchar() != EOF)
        ;
    for (i = 0; i < http_server_count(server); i++) {
        const struct http_request *r = http_server_request(server, i);

        write_part(argv[1], i, "head", r->head, strlen(r->head));
        write_part(argv[1], i, "body", r->body ? r->body : "", r->body_size);
    }
    http_server_stop(&server);
    connection_forget(identity);
    for (i = 0; i < n; i++)
        free((void *)replies[i].bytes);
    return 0;
}
