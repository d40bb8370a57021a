/* A model server that takes its time: latency MILLISECONDS [LOG [FLAKY]]. It speaks as OpenAI's do and gives every question
 * the same captions, that long after it came, however many come at once. The address is printed; at the end of standard
 * input how many questions there were, and how many at once at most. LOG gets a line for each as it comes, the SHA-256 of
 * its body, so that a server that is killed leaves the account of it. Each FLAKY-th question gets no captions: it is
 * failed, told to come again, dropped, answered with no JSON, with half of it, or with words. */
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
    int delay_ms, flaky, n, most;
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

static void fail_somehow(int n, struct crowd_reply *out)
{
    switch (n % 6) {
    case 0:
        out->status = 500;
        out->body = strdup("{\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}");
        break;
    case 1:
        out->status = 429;
        snprintf(out->headers, sizeof out->headers, "Content-Type: application/json\r\nRetry-After: 0\r\n");
        out->body = strdup("{\"error\":{\"message\":\"too fast\",\"type\":\"rate_limit_exceeded\"}}");
        break;
    case 2:
        out->drop = true;
        break;
    case 3:
        out->body = strdup("<html>\033[31mgateway</html>");
        break;
    case 4:
        if ((out->body = strdup(captions)))
            out->body[sizeof captions / 2] = 0;
        break;
    default:
        out->body = strdup("{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"role\":\"assistant\","
                           "\"content\":\"It turns.\"}}]}");
    }
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
    if (c->flaky && c->n % c->flaky == 0)
        fail_somehow(c->n / c->flaky, out);
    else
        out->body = strdup(captions);
}

int main(int argc, char **argv)
{
    struct counts counts = { .delay_ms = argc > 1 ? atoi(argv[1]) : 0 };
    struct crowd *server;

    if (argc < 2 || argc > 4) {
        fprintf(stderr, "usage: latency MILLISECONDS [LOG [FLAKY]]\n");
        return 2;
    }
    counts.flaky = argc > 3 ? atoi(argv[3]) : 0;
    if (argc > 2 && !(counts.log = fopen(argv[2], "ae"))) {
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
