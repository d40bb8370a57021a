/* Headers of replies, by libcurl. */
#include "client/head.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "client/json.h"
#include "client/retry.h"
#include "client/url.h"

static const char *header(CURL *easy, const char *name)
{
    struct curl_header *h;

    return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK ? h->value : NULL;
}

/* What the headers say of the limits, the first that says something counting for each. Which one was used up is told
 * by some services where there is no retry-after: returns how long, or -1. */
static int64_t read_limits(CURL *easy, struct reply_head *head)
{
    static const struct { const char *limit, *remaining, *reset; bool tokens; } names[] = {
        { "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests", false },
        { "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens", true },
        { "anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining",
          "anthropic-ratelimit-requests-reset", false },
        { "anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining",
          "anthropic-ratelimit-tokens-reset", true },
        { "anthropic-ratelimit-input-tokens-limit", "anthropic-ratelimit-input-tokens-remaining",
          "anthropic-ratelimit-input-tokens-reset", true },
        { "anthropic-ratelimit-output-tokens-limit", "anthropic-ratelimit-output-tokens-remaining",
          "anthropic-ratelimit-output-tokens-reset", true },
    };
    int64_t longest = -1, ms, now_s = (int64_t)time(NULL);
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++) {
        const char *remaining = header(easy, names[i].remaining), *reset = header(easy, names[i].reset);
        struct rate_limit *said = names[i].tokens ? &head->tokens : &head->requests;

        ms = retry_reset_ms(remaining, reset, now_s);
        longest = ms > longest ? ms : longest;
        if (said->remaining < 0)
            *said = (struct rate_limit){ retry_count(header(easy, names[i].limit)), retry_count(remaining),
                                         retry_span_ms(reset, now_s) };
    }
    return longest;
}

void head_read(CURL *easy, struct reply_head *head)
{
    const char *type = header(easy, "content-type"), *retry = header(easy, "x-should-retry");
    const char *location = NULL, *kind = header(easy, "x-amzn-errortype");
    const char *encoding = header(easy, "content-encoding");
    char *where = NULL;
    int64_t reset_ms = read_limits(easy, head);
    long status = 0;

    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    head->status = status < 200 ? 0 : (int)status;
    client_one_line(head->encoding, sizeof head->encoding, encoding ? encoding : "", encoding ? strlen(encoding) : 0);
    client_one_line(head->content_type, sizeof head->content_type, type ? type : "", type ? strlen(type) : 0);
    client_one_line(head->error_type, sizeof head->error_type, kind ? kind : "", kind ? strcspn(kind, ":") : 0);
    head->should_retry = !retry ? -1 : !strcasecmp(retry, "true") ? 1 : !strcasecmp(retry, "false") ? 0 : -1;
    head->retry_after_ms = retry_after_ms(header(easy, "retry-after-ms"), header(easy, "retry-after"),
                                          (int64_t)time(NULL));
    if (head->retry_after_ms < 0 && status == 429)
        head->retry_after_ms = reset_ms;
    if (status / 100 == 3 && (location = header(easy, "location")))
        curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &where);
    if (where)
        url_host(where, head->location_host);
}
