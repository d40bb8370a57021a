/* Pages of a catalogue, read on its own lane. */
#include "ui-tui/catalogue.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ui-tui/folder.h"

#define MAX_RUNS 100
#define MAX_FAILURES 1000

const char *const which_names[] = { "all", "new", "looked", "captioned", "failed", NULL };
const char *const order_names[] = { "path", "title", "length", "changes", "state", "cost", "date", NULL };

static bool is_database(const char *path)
{
    const size_t n = strlen(path);

    return n > 3 && !strcmp(path + n - 3, ".db");
}

/* Of this folder itself or one above it: the same place as other commands find. *n_out: the videos that it knows here. */
static bool open_archive(const char *path, struct sc_archive **out, int64_t *n_out)
{
    struct sc_archive_settings settings = { .near = path };
    const struct sc_video_filter in = { .in = path };
    struct sc_error err;

    *n_out = 0;
    if (sc_archive_open(out, &settings, &err))
        return false;
    if (sc_archive_count(*out, &in, n_out, &err) || !*n_out)
        sc_archive_close(out);   /* it knows nothing of this folder */
    return *out != NULL;
}

bool catalogue_suits(const char *path)
{
    struct sc_archive *archive = NULL;
    struct stat st;
    int64_t n;
    bool suits;

    if (stat(path, &st) || (!S_ISDIR(st.st_mode) && !is_database(path)))
        return false;
    suits = is_database(path) || folder_suits(path) || open_archive(path, &archive, &n);
    sc_archive_close(&archive);
    return suits;
}

/* ---- on the lane's thread ---- */

struct page_job {
    struct job job;
    struct catalogue *catalogue;
    struct sc_video_filter filter;
    char text[256];
    char *file;
    enum sc_video_order order;
    bool descending, retry;
    bool is_page;            /* rows only: the rest stays as it is */
    struct sc_videos page;
    struct sc_runs runs;
    struct sc_failures failures;
    struct sc_archive_status status;
    int64_t first, total, n_retried;
};

static enum sc_status read_rows(struct page_job *j, struct sc_error *err)
{
    struct catalogue *c = j->catalogue;
    enum sc_status s;

    if (!c->is_large) {
        s = folder_list(c->folder, c->archive, &j->filter, j->order, j->descending, &j->page, err);
        j->first = 0;
        j->total = j->page.n;
        return s;
    }
    if (!j->is_page && (s = sc_archive_count(c->archive, &j->filter, &j->total, err)))
        return s;
    return sc_archive_videos(c->archive, &j->filter, j->order, j->descending, j->first, CATALOGUE_PAGE, &j->page, err);
}

static enum sc_status read_all(struct page_job *j, struct sc_error *err)
{
    struct sc_archive *a = j->catalogue->archive;
    enum sc_status s;

    if (j->retry && a && (s = sc_archive_retry(a, j->filter.in, &j->n_retried, err)))
        return s;
    if ((s = read_rows(j, err)) || !a || j->is_page)
        return s;
    if ((s = sc_archive_runs(a, MAX_RUNS, &j->runs, err)) ||
        (s = sc_archive_failures(a, 0, MAX_FAILURES, &j->failures, err)))
        return s;
    return sc_archive_status(a, &j->status, err);
}

static void page_work(struct job *job, struct sc *session)
{
    struct page_job *j = (struct page_job *)job;
    struct catalogue *c = j->catalogue;
    const struct sc_archive_settings where = { .catalog = j->file };

    (void)session;
    if (!c->archive && j->file)
        job->status = sc_archive_open(&c->archive, &where, &job->err);
    if (!job->status)
        job->status = read_all(j, &job->err);
}

/* ---- on the main thread ---- */

static void forget(struct catalogue *c)
{
    sc_videos_dispose(&c->page);
    sc_runs_dispose(&c->runs);
    sc_failures_dispose(&c->failures);
}

static void take_rows(struct catalogue *c, struct page_job *j)
{
    sc_videos_dispose(&c->page);
    c->page = j->page;
    c->first = j->first;
    j->page = (struct sc_videos){ 0 };
}

static void take_rest(struct catalogue *c, struct page_job *j)
{
    sc_runs_dispose(&c->runs);
    sc_failures_dispose(&c->failures);
    c->runs = j->runs;
    c->failures = j->failures;
    c->status = j->status;
    c->total = j->total;
    c->n_retried = j->retry ? j->n_retried : c->n_retried;
    j->runs = (struct sc_runs){ 0 };
    j->failures = (struct sc_failures){ 0 };
}

static void page_done(struct job *job)
{
    struct page_job *j = (struct page_job *)job;
    struct catalogue *c = j->catalogue;

    c->version++;
    if (job->status != SC_ERR_CANCELLED) {
        c->is_busy = false;
        c->err = job->err;
        take_rows(c, j);
        if (!j->is_page)
            take_rest(c, j);
    }
    sc_videos_dispose(&j->page);
    sc_runs_dispose(&j->runs);
    sc_failures_dispose(&j->failures);
    free(j->file);
    free(j);
}

static void post(struct catalogue *c, int64_t first, bool retry, bool is_page)
{
    struct page_job *j = calloc(1, sizeof *j);

    if (!j)
        return;
    j->catalogue = c;
    j->file = c->file ? strdup(c->file) : NULL;
    j->first = first < 0 ? 0 : first;
    j->retry = retry;
    j->is_page = is_page;
    j->order = c->order;
    j->descending = c->descending;
    snprintf(j->text, sizeof j->text, "%s", c->text);
    j->filter.in = is_database(c->folder) ? NULL : c->folder;
    j->filter.text = *j->text ? j->text : NULL;
    j->filter.has_state = c->which != WHICH_ALL;
    j->filter.state = c->which == WHICH_ALL ? SC_VIDEO_NEW : (enum sc_video_state)(c->which - 1);
    j->job = (struct job){ .lane = LANE_ARCHIVE, .topic = retry ? NULL : is_page ? (const void *)&c->page : c,
                           .work = page_work, .done = page_done };
    c->is_busy = true;
    jobs_post(c->jobs, &j->job);
}

void catalogue_read(struct catalogue *c, int64_t row) { post(c, row - CATALOGUE_PAGE / 2, false, false); }

void catalogue_page(struct catalogue *c, int64_t row) { post(c, row - CATALOGUE_PAGE / 2, false, true); }

void catalogue_retry(struct catalogue *c) { post(c, c->first, true, false); }

const struct sc_video *catalogue_row(const struct catalogue *c, int64_t row)
{
    return row >= c->first && row < c->first + c->page.n ? &c->page.rows[row - c->first] : NULL;
}

/* Whether there is one. */
static void find_file(struct catalogue *c)
{
    struct sc_archive *archive = NULL;
    int64_t n = 0;

    c->is_large = is_database(c->folder);
    if (c->is_large)
        c->file = strdup(c->folder);
    else if (open_archive(c->folder, &archive, &n))
        c->file = strdup(sc_archive_path(archive));
    c->is_large = c->is_large || n > FOLDER_MOST;
    sc_archive_close(&archive);
}

void catalogue_refresh(struct catalogue *c)
{
    if (!c->file)
        find_file(c);
    catalogue_read(c, c->first + CATALOGUE_PAGE / 2);
}

struct catalogue *catalogue_open(struct jobs *jobs, const char *path)
{
    struct catalogue *c = calloc(1, sizeof *c);

    if (!c || !(c->folder = realpath(path, NULL))) {
        free(c);
        return NULL;
    }
    c->jobs = jobs;
    c->n_retried = -1;
    find_file(c);
    catalogue_read(c, 0);
    return c;
}

void catalogue_close(struct catalogue **out)
{
    struct catalogue *c = *out;

    if (!c)
        return;
    forget(c);
    sc_archive_close(&c->archive);
    free(c->folder);
    free(c->file);
    free(c);
    *out = NULL;
}
