/* Figures of a run, for machines that collect them. */
#include "ui-cli/metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui-cli/serve.h"

#define FILE_US 2000000          /* between two times that a file is written */

struct metrics {
    const char *file;            /* NULL: a port */
    struct serve *serve;
    int64_t written_us;          /* of the run's clock; -1: not yet */
    bool has_failed;             /* which was said once */
};

static int print(char *out, size_t size, const struct sc_caption_progress *p)
{
    const struct { const char *name, *type, *help; double value; } rows[] = {
        { "videos_found_total", "counter", "Videos and stills found", (double)p->run.n_found },
        { "videos_unchanged_total", "counter", "Found done", (double)p->run.n_unchanged },
        { "videos_done_total", "counter", "Captioned", (double)p->run.n_done },
        { "videos_failed_total", "counter", "Failed", (double)p->run.n_failed },
        { "videos_left", "gauge", "Found, and not done yet", (double)p->n_left },
        { "pictures_total", "counter", "Pictures looked at", (double)p->run.n_pictures },
        { "looking", "gauge", "Videos being looked at", p->n_looking },
        { "requests_in_flight", "gauge", "Videos being asked about", p->n_asking },
        { "prompt_tokens_total", "counter", "Tokens sent", (double)p->run.prompt_tokens },
        { "output_tokens_total", "counter", "Tokens received", (double)p->run.output_tokens },
        { "cost_usd_total", "counter", "Spent", p->run.cost_usd },
        { "elapsed_seconds", "gauge", "Since the run began", (double)p->elapsed_us / 1e6 },
    };
    size_t i, n = 0;

    for (i = 0; i < sizeof rows / sizeof *rows && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "# HELP seechange_%s %s\n# TYPE seechange_%s %s\nseechange_%s %.15g\n",
                              rows[i].name, rows[i].help, rows[i].name, rows[i].type, rows[i].name, rows[i].value);
    return (int)(n < size ? n : size - 1);
}

/* Whole or not at all: a collector may read at any time. */
static void write_file(struct metrics *m, const char *page, size_t size)
{
    char path[4096];
    FILE *f;
    bool good;

    snprintf(path, sizeof path, "%s.new", m->file);
    f = fopen(path, "we");
    good = f && fwrite(page, 1, size, f) == size;
    if (f && fclose(f))
        good = false;
    if (good && !rename(path, m->file))
        return;
    if (!m->has_failed)
        ui_error("can't write '%s': %s", m->file, strerror(errno));
    m->has_failed = true;
    unlink(path);
}

static bool read_port(const char *text, int *port)
{
    const size_t n = strlen(text);

    if (!n || n > 5 || strspn(text, "0123456789") != n)
        return false;
    *port = atoi(text);
    return *port <= 65535;
}

bool metrics_open(struct metrics **out, struct ui *ui, const char *where)
{
    struct metrics *m;
    int port;

    *out = NULL;
    if (!where)
        return true;
    if (!(m = calloc(1, sizeof *m))) {
        ui_error("not enough memory");
        return false;
    }
    m->written_us = -1;
    if (!read_port(where, &port)) {
        m->file = where;
    } else if ((m->serve = serve_open(port))) {
        ui_note(ui, "figures at http://127.0.0.1:%d/metrics", serve_port(m->serve));
    } else {
        ui_error("can't listen at port %d of 127.0.0.1: %s", port, strerror(errno));
        free(m);
        return false;
    }
    *out = m;
    return true;
}

void metrics_put(struct metrics *m, const struct sc_caption_progress *p, bool is_last)
{
    char page[SERVE_PAGE_BYTES];
    int n;

    if (!m || (m->file && m->written_us >= 0 && p->elapsed_us - m->written_us < FILE_US && !is_last))
        return;
    m->written_us = p->elapsed_us;
    n = print(page, sizeof page, p);
    if (m->serve)
        serve_put(m->serve, page, (size_t)n);
    else
        write_file(m, page, (size_t)n);
}

void metrics_close(struct metrics **m)
{
    if (!*m)
        return;
    serve_close(&(*m)->serve);
    free(*m);
    *m = NULL;
}
