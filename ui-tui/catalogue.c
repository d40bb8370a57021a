/* Pages of a catalogue, read on its own lane. */
#include "ui-tui/catalogue.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define MAX_RUNS 100
#define MAX_FAILURES 1000
#define MAX_DEPTH 16             /* folders in folders */

const char *const which_names[] = { "all", "new", "looked", "captioned", "failed", NULL };
const char *const order_names[] = { "path", "title", "length", "changes", "state", "cost", "date", NULL };

/* ---- videos of a folder ---- */

static bool is_video(const char *name)
{
    static const char *const endings[] = { "mp4", "mkv", "webm", "mov", "avi", "m4v", "mpg", "mpeg", "ts", "mts", "m2ts",
                                           "ogv", "flv", "wmv", "3gp", "gif", NULL };
    const char *dot = strrchr(name, '.');
    int i;

    for (i = 0; dot && dot != name && endings[i]; i++)
        if (!strcasecmp(dot + 1, endings[i]))
            return true;
    return false;
}

/* False: no more is wanted. */
static bool add_found(struct sc_videos *v, const char *path, const struct stat *st, int max)
{
    struct sc_video *more = v->n >= max ? NULL : realloc(v->rows, (size_t)(v->n + 1) * sizeof *more);

    if (!more)
        return false;
    v->rows = more;
    more[v->n] = (struct sc_video){ .size_bytes = st->st_size, .mtime_us = (int64_t)st->st_mtim.tv_sec * 1000000 };
    more[v->n].path = strdup(path);
    more[v->n].title = strdup("");
    return more[v->n].path && more[v->n++].title;
}

static bool find_videos(struct sc_videos *v, const char *folder, int depth, int max)
{
    DIR *d = opendir(folder);
    struct dirent *entry;
    bool goes_on = true;

    while (d && goes_on && (entry = readdir(d))) {
        char path[4096];
        struct stat st;

        if (entry->d_name[0] == '.' ||
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path || lstat(path, &st))
            continue;
        if (S_ISDIR(st.st_mode) && depth < MAX_DEPTH)
            goes_on = find_videos(v, path, depth + 1, max);
        else if (S_ISREG(st.st_mode) && is_video(entry->d_name))
            goes_on = add_found(v, path, &st, max);
    }
    if (d)
        closedir(d);
    return goes_on;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct sc_video *)a)->path, ((const struct sc_video *)b)->path);
}

static bool is_database(const char *path)
{
    const size_t n = strlen(path);

    return n > 3 && !strcmp(path + n - 3, ".db");
}

/* Of this folder itself or one above it: the same place as other commands find. */
static bool open_archive(const char *path, struct sc_archive **out, struct sc_error *err)
{
    struct sc_archive_settings settings = { 0 };
    int64_t n = 0;
    struct sc_video_filter in = { .in = is_database(path) ? NULL : path };

    if (is_database(path))
        settings.catalog = path;
    else
        settings.near = path;
    if (sc_archive_open(out, &settings, err))
        return false;
    if (!is_database(path) && (sc_archive_count(*out, &in, &n, err) || !n))
        sc_archive_close(out);   /* it knows nothing of this folder */
    return *out != NULL;
}

bool catalogue_suits(const char *path)
{
    struct sc_archive *archive = NULL;
    struct sc_videos found = { 0 };
    struct sc_error err;
    struct stat st;
    bool suits = false;

    if (stat(path, &st) || (!S_ISDIR(st.st_mode) && !is_database(path)))
        return false;
    if (is_database(path) || open_archive(path, &archive, &err))
        suits = true;
    sc_archive_close(&archive);
    if (!suits) {
        find_videos(&found, path, 0, 1);
        suits = found.n > 0;
        sc_videos_dispose(&found);
    }
    return suits;
}

/* ---- on the lane's thread ---- */

struct page_job {
    struct job job;
    struct catalogue *catalogue;
    struct sc_video_filter filter;
    char text[256];
    enum sc_video_order order;
    bool descending, retry;
    struct sc_videos page;
    struct sc_runs runs;
    struct sc_failures failures;
    struct sc_archive_status status;
    int64_t first, total, n_retried;
};

static bool has_words(const struct sc_video *v, const char *text)
{
    return !*text || strcasestr(v->path, text) || strcasestr(v->title, text);
}

static enum sc_status read_folder(struct page_job *j)
{
    struct sc_videos all = { 0 };
    int i, n = 0;

    find_videos(&all, j->catalogue->folder, 0, CATALOGUE_FOUND);
    if (all.n)
        qsort(all.rows, (size_t)all.n, sizeof *all.rows, by_path);
    for (i = 0; i < all.n; i++) {
        if (has_words(&all.rows[i], j->text)) {
            const struct sc_video keep = all.rows[i];

            all.rows[i] = all.rows[n];
            all.rows[n++] = keep;
        }
    }
    j->total = n;
    j->page.rows = calloc(CATALOGUE_PAGE, sizeof *j->page.rows);
    for (i = (int)j->first; j->page.rows && i < n && j->page.n < CATALOGUE_PAGE; i++) {
        j->page.rows[j->page.n++] = all.rows[i];
        all.rows[i].path = all.rows[i].title = NULL;
    }
    sc_videos_dispose(&all);
    return SC_OK;
}

static enum sc_status read_archive(struct page_job *j, struct sc_error *err)
{
    struct sc_archive *a = j->catalogue->archive;
    enum sc_status s = SC_OK;

    if (j->retry && (s = sc_archive_retry(a, j->filter.in, &j->n_retried, err)))
        return s;
    if ((s = sc_archive_count(a, &j->filter, &j->total, err)) ||
        (s = sc_archive_videos(a, &j->filter, j->order, j->descending, j->first, CATALOGUE_PAGE, &j->page, err)) ||
        (s = sc_archive_runs(a, MAX_RUNS, &j->runs, err)) ||
        (s = sc_archive_failures(a, 0, MAX_FAILURES, &j->failures, err)))
        return s;
    return sc_archive_status(a, &j->status, err);
}

static void page_work(struct job *job, struct sc *session)
{
    struct page_job *j = (struct page_job *)job;
    struct catalogue *c = j->catalogue;

    (void)session;
    if (!c->archive && c->is_database && !open_archive(c->folder, &c->archive, &job->err)) {
        job->status = job->err.code ? job->err.code : SC_ERR_IO;
        return;
    }
    job->status = c->is_database ? read_archive(j, &job->err) : read_folder(j);
}

/* ---- on the main thread ---- */

static void forget(struct catalogue *c)
{
    sc_videos_dispose(&c->page);
    sc_runs_dispose(&c->runs);
    sc_failures_dispose(&c->failures);
}

static void page_done(struct job *job)
{
    struct page_job *j = (struct page_job *)job;
    struct catalogue *c = j->catalogue;

    c->version++;
    if (job->status != SC_ERR_CANCELLED) {
        c->is_busy = false;
        c->err = job->err;
        forget(c);
        c->page = j->page;
        c->runs = j->runs;
        c->failures = j->failures;
        c->status = j->status;
        c->first = j->first;
        c->total = j->total;
        c->n_retried = j->retry ? j->n_retried : c->n_retried;
    } else {
        sc_videos_dispose(&j->page);
        sc_runs_dispose(&j->runs);
        sc_failures_dispose(&j->failures);
    }
    free(j);
}

static void post(struct catalogue *c, int64_t first, bool retry)
{
    struct page_job *j = calloc(1, sizeof *j);

    if (!j)
        return;
    j->catalogue = c;
    j->first = first < 0 ? 0 : first;
    j->retry = retry;
    j->order = c->order;
    j->descending = c->descending;
    snprintf(j->text, sizeof j->text, "%s", c->text);
    j->filter.in = is_database(c->folder) ? NULL : c->folder;
    j->filter.text = *j->text ? j->text : NULL;
    j->filter.has_state = c->which != WHICH_ALL;
    j->filter.state = c->which == WHICH_ALL ? SC_VIDEO_NEW : (enum sc_video_state)(c->which - 1);
    j->job = (struct job){ .lane = LANE_ARCHIVE, .topic = retry ? NULL : c, .work = page_work, .done = page_done };
    c->is_busy = true;
    jobs_post(c->jobs, &j->job);
}

void catalogue_read(struct catalogue *c, int64_t row) { post(c, row - CATALOGUE_PAGE / 2, false); }

void catalogue_retry(struct catalogue *c) { post(c, c->first, true); }

const struct sc_video *catalogue_row(const struct catalogue *c, int64_t row)
{
    return row >= c->first && row < c->first + c->page.n ? &c->page.rows[row - c->first] : NULL;
}

struct catalogue *catalogue_open(struct jobs *jobs, const char *path)
{
    struct catalogue *c = calloc(1, sizeof *c);
    struct sc_archive *archive = NULL;
    struct sc_error err;

    if (!c || !(c->folder = realpath(path, NULL))) {
        free(c);
        return NULL;
    }
    c->jobs = jobs;
    c->n_retried = -1;
    c->is_database = is_database(path) || open_archive(c->folder, &archive, &err);
    if (archive)
        c->file = strdup(sc_archive_path(archive));
    else if (c->is_database)
        c->file = strdup(c->folder);
    sc_archive_close(&archive);
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
