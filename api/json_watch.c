/* What is watched, as JSON: one object on a line. */
#include "api/json.h"

#include <stdlib.h>
#include <time.h>

/* 2026-11-25T08:55:41.123Z */
static json_t *moment(int64_t since_1970_us)
{
    const time_t s = (time_t)(since_1970_us / 1000000);
    char day[32], text[48];
    struct tm utc;

    if (!gmtime_r(&s, &utc) || !strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &utc))
        return json_null();
    snprintf(text, sizeof text, "%s.%03dZ", day, (int)(since_1970_us / 1000 % 1000));
    return json_string(text);
}

enum sc_status sc_watched_json(const struct sc_watched *w, char **out, struct sc_error *err)
{
    struct object o = json_begin();
    struct buffer text = { 0 };

    *out = NULL;
    json_put(&o, "type", json_string(w->is_answer ? "answer" : "event"));
    json_put(&o, "version", json_integer(1));
    json_put(&o, "number", json_integer(w->number));
    json_put(&o, "source", json_text(w->source));
    json_put(&o, "path", json_text(w->path));
    json_put(&o, "at", moment(w->began_us));
    json_put_event(&o, w->event, w->info);
    json_put(&o, "clip", json_text(w->clip));
    json_put(&o, "answer", w->answer ? json_of_answer(w->answer) : json_null());
    json_put(&o, "why_not", json_text(w->why_not));
    if (json_add_line(&text, json_end(&o)))
        *out = buffer_take(&text);
    buffer_dispose(&text);
    return *out ? SC_OK : fail_memory(err);
}
