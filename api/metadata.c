/* Metadata in words. */
#include "api/metadata.h"

#include <string.h>

#define MAX_CHAPTERS 100     /* in a query */

struct words {
    struct buffer *out;
    int n_chapters;
};

static enum sc_status add_fact(void *user, const char *name, const char *text, struct sc_error *err)
{
    struct words *w = user;
    const char *quote = strcmp(name, "title") ? "" : "'";

    return buffer_print(w->out, err, "%s%s %s%s%s", w->out->size ? ", " : "", name, quote, text, quote);
}

static enum sc_status add_chapter(void *user, int64_t start_us, const char *title, struct sc_error *err)
{
    struct words *w = user;
    char time[32];

    if (w->n_chapters++ >= MAX_CHAPTERS)
        return SC_OK;
    return buffer_print(w->out, err, "%s%s%s '%s'", w->out->size ? ", " : "", w->n_chapters == 1 ? "chapters " : "",
                        sc_format_time(start_us, time), title);
}

enum sc_status metadata_words(struct sc *s, struct buffer *out, struct sc_error *err)
{
    struct words w = { .out = out };
    enum sc_status status = worker_metadata(s->worker, 0, add_fact, add_chapter, &w, err);

    if (!status && w.n_chapters > MAX_CHAPTERS)
        status = buffer_print(out, err, " and %d more", w.n_chapters - MAX_CHAPTERS);
    return status;
}
