/* How fast and how lean many questions go out: bench-client [REQUESTS].
 *
 * A server of 64 slots that takes 200 ms for each request, in a process of its own, can answer 320 a second. Each request
 * has five pictures of 100 kB, its own copies. Printed: what share of that limit was reached, the peak of this process's
 * memory, and its CPU time for a request beyond making base64; TLS is not used. Exit 1 when a bar is missed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/resource.h>
#include <sys/wait.h>

#include "client/body.h"
#include "client/retry.h"
#include "client/run.h"
#include "tests/kit/crowd.h"

#define SLOTS 64
#define LATENCY_MS 200
#define PICTURES 5
#define PICTURE_BYTES 100000
#define SHARE_BAR 95.0       /* percent of the limit, at least */
#define MEMORY_BAR 64.0      /* MB, at most */
#define CPU_BAR 1.0          /* ms a request, at most */

static void __attribute__((noreturn)) die(const char *what)
{
    fprintf(stderr, "bench-client: %s\n", what);
    exit(2);
}

static void answer(void *user, const struct crowd_request *request, struct crowd_reply *out)
{
    (void)user, (void)request;
    out->delay_ms = LATENCY_MS;
    out->body = strdup("{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"A door opened.\"},"
                       "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":800,\"completion_tokens\":4}}");
}

/* The server, until the other end of the pipe is closed. url: what it is called. */
static pid_t start_server(char url[64], int *hold)
{
    int said[2], held[2];
    pid_t pid;

    if (pipe(said) || pipe(held) || (pid = fork()) < 0)
        die("no process for the server");
    if (!pid) {
        struct crowd *crowd;
        char end;

        close(held[1]);
        crowd = crowd_start(answer, NULL);
        if (write(said[1], crowd_url(crowd), 64) != 64)
            _exit(2);
        while (read(held[0], &end, 1) > 0)
            continue;
        _exit(0);
    }
    close(held[0]);
    *hold = held[1];
    if (read(said[0], url, 64) != 64)
        die("the server does not start");
    close(said[0]);
    close(said[1]);
    return pid;
}

/* ---- questions ---- */

struct question {
    struct query query;
    struct query_part parts[PICTURES + 1];
    uint8_t pictures[PICTURES][PICTURE_BYTES];
};

struct bench {
    struct client_call call;
    uint8_t pattern[PICTURE_BYTES];
    int n, next, good;
    struct sc_error last;
};

static struct question *make_question(struct bench *b, int number)
{
    struct question *q = malloc(sizeof *q);
    int i;

    if (!q)
        die("no memory");
    q->query = (struct query){ .system = "You describe videos.", .parts = q->parts, .n_parts = PICTURES + 1,
                               .n_images = PICTURES };
    for (i = 0; i < PICTURES; i++) {
        memcpy(q->pictures[i], b->pattern, PICTURE_BYTES);
        q->pictures[i][0] = (uint8_t)number;
        q->parts[i] = (struct query_part){ .type = PART_IMAGE, .content_type = "image/jpeg", .image = i,
                                           .data = { .data = q->pictures[i], .size = PICTURE_BYTES } };
    }
    q->parts[PICTURES] = (struct query_part){ .type = PART_TEXT, .text = "What changed?" };
    return q;
}

static enum client_next next(void *user, struct client_question *out)
{
    struct bench *b = user;
    struct question *q;

    if (b->next == b->n)
        return CLIENT_NEXT_NONE;
    q = make_question(b, b->next++);
    *out = (struct client_question){ .call = b->call, .query = &q->query, .user = q };
    return CLIENT_NEXT_ONE;
}

static void done(void *user, struct client_question *question, enum sc_status status, struct client_answer *out,
                 const struct sc_error *err)
{
    struct bench *b = user;

    if (!status && out->text.size)
        b->good++;
    else
        b->last = *err;
    free(question->user);
}

/* ---- measures ---- */

static double cpu_ms(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e3 +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e3;
}

static double peak_mb(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return (double)use.ru_maxrss * 1024 / 1e6;
}

/* CPU of the base64 of one request. */
static double base64_ms(struct bench *b)
{
    struct question *q = make_question(b, 0);
    struct body body = { 0 };
    char piece[16384];
    double began = 0;
    int round, i;

    for (i = 0; i < PICTURES; i++)
        if (body_base64(&body, q->pictures[i], PICTURE_BYTES, NULL))
            die("no memory");
    for (round = -5; round < 50; round++) {
        began = round ? began : cpu_ms();
        if (!body_seek(&body, 0))
            die("the body can't be read again");
        while (body_read(&body, piece, sizeof piece))
            continue;
    }
    body_dispose(&body);
    free(q);
    return (cpu_ms() - began) / 50;
}

static bool meets(const char *what, double value, const char *unit, double bar, bool at_least)
{
    bool fine = at_least ? value >= bar : value <= bar;

    printf("%-36s %8.2f %-8s %s %g%s\n", what, value, unit, at_least ? "at least" : "at most", bar,
           fine ? "" : "  MISSED");
    return fine;
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct services *services = NULL;
    struct client_run run = { .max_in_flight = SLOTS, .next = next, .done = done, .user = &b };
    struct sc_error err = { 0 };
    char url[64];
    int hold, i;
    pid_t server = start_server(url, &hold);
    int64_t began;
    double base64, cpu, seconds;
    bool fine;

    b.n = argc > 1 ? atoi(argv[1]) : 2000;
    for (i = 0; i < PICTURE_BYTES; i++)
        b.pattern[i] = (uint8_t)((uint32_t)i * (uint32_t)i >> 5);
    if (b.n < 1 || services_open(&services, NULL, &err))
        die(err.text[0] ? err.text : "usage: bench-client [REQUESTS]");
    b.call = (struct client_call){ .service = services_generic(services), .base_url = url, .model = "bench",
                                   .max_output_tokens = 64, .max_retries = 2 };
    base64 = base64_ms(&b);
    cpu = cpu_ms();
    began = retry_clock_ms();
    if (client_run(&run, &err))
        die(err.text);
    seconds = (double)(retry_clock_ms() - began) / 1e3;
    cpu = (cpu_ms() - cpu) / b.n - base64;
    close(hold);
    waitpid(server, NULL, 0);
    services_close(&services);
    if (b.good != b.n) {
        fprintf(stderr, "bench-client: %d of %d answered; %s\n", b.good, b.n, b.last.text);
        return 1;
    }
    printf("%d requests of %d pictures of %d kB in %.2f s; base64 takes %.2f ms of CPU each\n", b.n, PICTURES,
           PICTURE_BYTES / 1000, seconds, base64);
    fine = meets("share of the server's limit", 100 * b.n / seconds * LATENCY_MS / 1e3 / SLOTS, "%", SHARE_BAR, true);
    fine &= meets("peak memory", peak_mb(), "MB", MEMORY_BAR, false);
    fine &= meets("CPU a request beyond base64", cpu, "ms", CPU_BAR, false);
    return fine ? 0 : 1;
}
