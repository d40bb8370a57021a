/* One file of sound, sent until there is a transcript or a reason to stop. */
#include "client/transcribe.h"

#include <string.h>

#include "client/attempt.h"
#include "client/dialects/dialect.h"
#include "client/retry.h"

#define PATH "/audio/transcriptions"
#define DEFAULT_LIMIT_BYTES 25000000

bool service_transcription(const struct service *s, const char **model_out, int64_t *limit_out, double *usd_out)
{
    const json_t *limit = json_object_get(s->transcription, "limit_bytes");
    const json_t *usd = json_object_get(s->transcription, "usd_a_minute");

    *model_out = json_string_value(json_object_get(s->transcription, "model"));
    *limit_out = json_is_integer(limit) ? json_integer_value(limit) : DEFAULT_LIMIT_BYTES;
    *usd_out = json_is_number(usd) ? json_number_value(usd) : -1;
    return *model_out != NULL;
}

/* How long to wait before trying again; -1: there is no use. */
static int64_t next_wait(const struct attempt *a, const struct client_page *page, int tries)
{
    int64_t wait;

    if (tries > a->call.max_retries || (page->class != CLIENT_TRANSIENT && page->class != CLIENT_LOADING))
        return -1;
    wait = retry_wait_ms(tries - 1, a->x.head.retry_after_ms, retry_chance());
    return wait < attempt_time_left(a) ? wait : -1;
}

/* *page is emptied before each try. */
static enum sc_status try_all(struct attempt *a, const struct page_request *request, struct client_page *page,
                              struct sc_error *err)
{
    enum sc_status s;
    int tries = 0;

    for (;;) {
        int64_t wait;

        buffer_clear(&page->body);
        s = attempt_get_page(a, request, page, err);
        wait = s && s != SC_ERR_CANCELLED && s != SC_ERR_NOMEM ? next_wait(a, page, ++tries) : -1;
        if (wait < 0)
            return s;
        if (a->call.on_wait)
            a->call.on_wait(a->call.user, page->status ? "the service is busy" : "no connection", wait);
        if ((s = retry_sleep(wait, a->call.cancel, err)))
            return s;
    }
}

enum sc_status client_transcribe(const struct client_call *call, const void *flac, size_t size,
                                 struct buffer *json_out, struct sc_error *err)
{
    const struct form form[] = {
        { .name = "file", .data = flac, .size = size, .file = "sound.flac", .type = "audio/flac" },
        { .name = "model", .data = call->model, .size = call->model ? strlen(call->model) : 0 },
        { .name = "response_format", .data = "verbose_json", .size = 12 },
        { .name = "temperature", .data = "0", .size = 1 },
        { 0 }
    };
    const struct page_request request = { .path = PATH, .form = form };
    struct client_page page = { .body.limit = TRANSCRIBE_MAX_REPLY_BYTES };
    struct client_call with = *call;
    struct attempt a = { 0 };
    enum sc_status s;

    with.dialect = dialect_find("openai-chat");
    if (!(s = attempt_open(&a, &with, NULL, NULL, err)))
        s = try_all(&a, &request, &page, err);
    if (!s)
        s = buffer_add(json_out, page.body.data, page.body.size, err);
    attempt_dispose(&a);
    buffer_dispose(&page.body);
    return s;
}
