/* A model server that takes its time: latency MILLISECONDS [LOG]. It speaks as OpenAI's do and gives every question the
 * same captions, that long after it came, however many come at once. The address is printed; at the end of standard input
 * how many questions there were, and how many at once at most. LOG gets a line for each as it comes, the SHA-256 of its
 * body, so that a server that is killed leaves the account of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/digest.h"
#include "tests/kit/crowd.h"

static const char models[] =
    "{\"object\":\"list\",\"data\":[{\"id\":\"llama-4-scout\",\"object\":\"model\",\"owned_by\":\"vllm\"}]}";
static const char captions[] =
    "{\"id\":\"x\",\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"role\":\"assistant\",\"content\":"
    "\"{\\\"title\\\":\\\"A patch\\\",\\\"summary\\\":\\\"It turns teal\\\",\\\"tags\\\":[\\\"patch\\\"],"
    "\\\"on_screen_text\\\":[],\\\"counts\\\":{\\\"people\\\":0,\\\"vehicles\\\":0,\\\"animals\\\":0},"
    "\\\"timeline\\\":[{\\\"start\\\":\\\"00:01.000\\\",\\\"end\\\":\\\"00:02.000\\\",\\\"text\\\":\\\"It turns\\\"}]}\"}}],"
    "\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":50,\"total_tokens\":1050}}";

struct counts {
    int delay_ms, n, most;
    FILE *log;               /* NULL: none */
};

static void note(FILE *log, const struct crowd_request *request)
{
    uint8_t digest[DIGEST_SIZE];
    char hex[DIGEST_HEX_SIZE];

    if (digest_bytes(request->body, request->size, digest, NULL))
        abort();
    digest_hex(digest, hex);
    if (fprintf(log, "%s\n", hex) < 0 || fflush(log))
        abort();
}

static void answer(void *user, const struct crowd_request *request, struct crowd_reply *out)
{
    struct counts *c = user;

    snprintf(out->headers, sizeof out->headers, "Content-Type: application/json\r\n");
    if (strcmp(request->method, "POST") != 0) {
        out->status = strstr(request->path, "/v1/models") ? 200 : 404;
        out->body = strdup(out->status == 200 ? models : "{}");
        return;
    }
    if (c->log)
        note(c->log, request);
    c->n++;
    c->most = request->under_way > c->most ? request->under_way : c->most;
    out->delay_ms = c->delay_ms;
    out->body = strdup(captions);
}

int main(int argc, char **argv)
{
    struct counts counts = { .delay_ms = argc > 1 ? atoi(argv[1]) : 0 };
    struct crowd *server;

    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: latency MILLISECONDS [LOG]\n");
        return 2;
    }
    if (argc == 3 && !(counts.log = fopen(argv[2], "ae"))) {
        perror(argv[2]);
        return 2;
    }
    server = crowd_start(answer, &counts);
    puts(crowd_url(server));
    fflush(stdout);
    while (getchar() != EOF)
        ;
    crowd_stop(&server);
    printf("%d questions, %d at once\n", counts.n, counts.most);
    return 0;
}
