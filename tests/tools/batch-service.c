/* A scripted service with a batch endpoint, for the tests of the command line: batch-service DIR
 *
 * It prints its address, keeps what is uploaded as DIR/file-N, writes a line for every request to DIR/log, and ends with
 * its standard input. What it does is in files that may change while it runs:
 *     DIR/answer   the body of a chat completion, for every question
 *     DIR/status   of every batch ("in_progress")
 *     DIR/plan     a letter for each line of a file: a answered (and where there is none), r refused, e expired,
 *                  n answered with nonsense, x neither answered nor refused
 *     DIR/kill     "N before" or "N after": at the N-th request to the batch endpoint, before or after it had its effect,
 *                  the process whose number is in DIR/pid is killed, and there is no reply */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/kit/crowd.h"

#define MAX_TEXT (1 << 20)

static const char *dir;
static int n_files, n_batches, inputs[1000];

static FILE *open_file(const char *name, const char *mode)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return fopen(path, mode);
}

/* "" where there is none; the line end is left out. */
static char *read_file(const char *name)
{
    char *text = calloc(1, MAX_TEXT);
    FILE *f = open_file(name, "re");
    size_t n = f && text ? fread(text, 1, MAX_TEXT - 1, f) : 0;

    if (!text)
        abort();
    if (f)
        fclose(f);
    while (n && text[n - 1] == '\n')
        text[--n] = 0;
    return text;
}

static void write_file(const char *name, const char *mode, const char *text, size_t size)
{
    FILE *f = open_file(name, mode);

    if (!f || fwrite(text, 1, size, f) != size || fclose(f)) {
        perror(name);
        abort();
    }
}

/* ---- killing ---- */

static void kill_client(void)
{
    const struct timespec pause = { 0, 10000000 };
    char *pid = NULL;
    int i;

    for (i = 0; i < 2000; i++) {
        free(pid);
        pid = read_file("pid");
        if (*pid)
            break;
        nanosleep(&pause, NULL);
    }
    if (atoi(pid) > 1)
        kill(atoi(pid), SIGKILL);
    free(pid);
}

/* Whether this is the request at which it is killed. */
static bool is_time(bool *after)
{
    char *plan = read_file("kill"), next[32];
    int n = atoi(plan);

    *after = strstr(plan, "after") != NULL;
    if (n > 1) {
        snprintf(next, sizeof next, "%d %s\n", n - 1, *after ? "after" : "before");
        write_file("kill", "we", next, strlen(next));
    } else if (n == 1) {
        write_file("kill", "we", "", 0);
    }
    free(plan);
    return n == 1;
}

/* ---- batches ---- */

static void upload(const struct crowd_request *request, struct crowd_reply *out)
{
    const char *body = strstr(request->body, "application/jsonl\r\n\r\n");
    const char *end = body ? strstr(body, "\n\r\n--") : NULL;
    char name[32];

    if (!end) {
        out->status = 400;
        return;
    }
    body += strlen("application/jsonl\r\n\r\n");
    snprintf(name, sizeof name, "file-%d", n_files);
    write_file(name, "we", body, (size_t)(end + 1 - body));
    if (asprintf(&out->body, "{\"id\":\"file-%d\",\"object\":\"file\"}", n_files++) < 0)
        abort();
}

static char *batch(int i)
{
    char *status = read_file("status"), *text;
    const bool over = !strcmp(status, "completed") || !strcmp(status, "expired") || !strcmp(status, "cancelled");

    if (asprintf(&text, "{\"id\":\"batch_%d\",\"object\":\"batch\",\"status\":\"%s\",\"input_file_id\":\"file-%d\","
                 "\"output_file_id\":%s%d%s,\"error_file_id\":%s%d%s,\"request_counts\":{\"total\":0,\"completed\":0,"
                 "\"failed\":0},\"errors\":{\"data\":[%s]}}", i,
                 *status ? status : "in_progress", inputs[i], over ? "\"out-" : "", inputs[i], over ? "\"" : "",
                 over ? "\"err-" : "", inputs[i], over ? "\"" : "",
                 strcmp(status, "failed") ? "" : "{\"code\":\"x\",\"message\":\"too many at once\"}") < 0)
        abort();
    free(status);
    return text;
}

static void create(const struct crowd_request *request, struct crowd_reply *out)
{
    const char *input = strstr(request->body, "\"input_file_id\":\"file-");

    if (!input || n_batches == 1000) {
        out->status = 400;
        return;
    }
    inputs[n_batches] = atoi(input + 22);
    out->body = batch(n_batches++);
}

static void list(struct crowd_reply *out)
{
    char *text = strdup("{\"object\":\"list\",\"data\":["), *longer;
    int i;

    for (i = 0; i < n_batches; i++) {
        char *one = batch(i);

        if (asprintf(&longer, "%s%s%s", text, i ? "," : "", one) < 0)
            abort();
        free(one);
        free(text);
        text = longer;
    }
    if (asprintf(&out->body, "%s]}", text) < 0)
        abort();
    free(text);
}

/* One line of the results, in the file of errors or not; nothing where it belongs into the other. */
static void add_result(FILE *to, const char *id, char plan, bool errors, const char *answer)
{
    static const char nonsense[] = "{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\",\"message\":{\"role\":"
        "\"assistant\",\"content\":\"no JSON at all\"}}],\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":50}}";

    if (plan == 'x' || errors != (plan == 'r' || plan == 'e'))
        return;
    if (plan == 'r')
        fprintf(to, "{\"custom_id\":\"%s\",\"response\":{\"status_code\":400,\"body\":{\"error\":{\"message\":\"no such "
                "picture\",\"type\":\"invalid_request_error\"}}},\"error\":null}\n", id);
    else if (plan == 'e')
        fprintf(to, "{\"custom_id\":\"%s\",\"response\":null,\"error\":{\"code\":\"batch_expired\",\"message\":\"too "
                "late\"}}\n", id);
    else
        fprintf(to, "{\"custom_id\":\"%s\",\"response\":{\"status_code\":200,\"body\":%s},\"error\":null}\n", id,
                plan == 'n' ? nonsense : answer);
}

static void results(int file, bool errors, struct crowd_reply *out)
{
    char name[32], *plan = read_file("plan"), *answer = read_file("answer"), *line = NULL;
    FILE *from, *to = open_memstream(&out->body, &out->size);
    size_t room = 0, i = 0;

    snprintf(name, sizeof name, "file-%d", file);
    if (!to || !(from = open_file(name, "re")))
        abort();
    for (; getline(&line, &room, from) > 0; i++) {
        char id[80] = "";

        if (sscanf(line, "{\"custom_id\":\"%79[^\"]", id) == 1)
            add_result(to, id, i < strlen(plan) ? plan[i] : 'a', errors, answer);
    }
    fclose(from);
    fclose(to);
    free(line);
    free(plan);
    free(answer);
}

static void serve_batch(const struct crowd_request *request, struct crowd_reply *out)
{
    const bool post = !strcmp(request->method, "POST");
    int i;

    if (post && !strcmp(request->path, "/v1/files"))
        upload(request, out);
    else if (post && !strcmp(request->path, "/v1/batches"))
        create(request, out);
    else if (!strncmp(request->path, "/v1/batches?", 12))
        list(out);
    else if (sscanf(request->path, "/v1/files/out-%d/content", &i) == 1)
        results(i, false, out);
    else if (sscanf(request->path, "/v1/files/err-%d/content", &i) == 1)
        results(i, true, out);
    else if (sscanf(request->path, "/v1/batches/batch_%d", &i) == 1 && i < n_batches) {
        if (post)
            write_file("status", "we", "cancelled\n", 10);
        out->body = batch(i);
    } else
        out->status = 404;
}

static void serve(void *user, const struct crowd_request *request, struct crowd_reply *out)
{
    bool after = false, dies;
    char line[512];
    const bool asked = !strcmp(request->path, "/v1/chat/completions");
    const bool batch = !strncmp(request->path, "/v1/files", 9) || !strncmp(request->path, "/v1/batches", 11);

    (void)user;
    if (!strcmp(request->path, "/v1/models")) {
        out->body = strdup("{\"object\":\"list\",\"data\":[{\"id\":\"gpt-4.1-mini\",\"object\":\"model\"}]}");
        return;
    }
    if (!asked && !batch) {
        out->status = 404;
        return;
    }
    dies = batch && is_time(&after);
    if (dies && !after) {
        kill_client();
        out->drop = true;
        return;
    }
    snprintf(line, sizeof line, "%s %.400s\n", request->method, request->path);
    write_file("log", "ae", line, strlen(line));
    if (asked)
        out->body = read_file("answer");
    else
        serve_batch(request, out);
    if (dies) {
        kill_client();
        out->drop = true;
    }
}

int main(int argc, char **argv)
{
    struct crowd *server;

    if (argc != 2) {
        fprintf(stderr, "usage: batch-service DIR\n");
        return 2;
    }
    dir = argv[1];
    server = crowd_start(serve, NULL);
    puts(crowd_url(server));
    fflush(stdout);
    while (getchar() != EOF)
        ;
    crowd_stop(&server);
    return 0;
}
