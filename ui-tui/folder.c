/* Finding files, and merging them with rows of a catalogue. */
#include "ui-tui/folder.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define MAX_DEPTH 16             /* folders in folders */

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

bool folder_suits(const char *folder)
{
    struct sc_videos found = { 0 };
    bool suits;

    find_videos(&found, folder, 0, 1);
    suits = found.n > 0;
    sc_videos_dispose(&found);
    return suits;
}

/* ---- order ---- */

static int by_title(const void *a, const void *b)
{
    return strcmp(((const struct sc_video *)a)->title, ((const struct sc_video *)b)->title);
}

#define BY(name, field)                                                                  \
    static int name(const void *a, const void *b)                                        \
    {                                                                                    \
        const struct sc_video *x = a, *y = b;                                            \
                                                                                         \
        return x->field < y->field ? -1 : x->field > y->field;                           \
    }

BY(by_length, duration_us)
BY(by_changes, n_events)
BY(by_state, state)
BY(by_cost, cost_usd)
BY(by_date, mtime_us)

static int (*const orders[])(const void *a, const void *b) = {
    [SC_BY_PATH] = by_path, [SC_BY_TITLE] = by_title, [SC_BY_LENGTH] = by_length, [SC_BY_CHANGES] = by_changes,
    [SC_BY_STATE] = by_state, [SC_BY_COST] = by_cost, [SC_BY_DATE] = by_date,
};

struct how {
    int (*compare)(const void *a, const void *b);
    bool descending;
};

static int in_order(const void *a, const void *b, void *user)
{
    const struct how *how = user;
    const int first = how->compare(a, b), order = first ? first : by_path(a, b);

    return how->descending ? -order : order;
}

/* ---- both together ---- */

static void drop(struct sc_video *v)
{
    free(v->path);
    free(v->title);
}

/* Those of found that known does not have; found is empty then. */
static enum sc_status merge(struct sc_videos *known, struct sc_videos *found, struct sc_error *err)
{
    const size_t n = (size_t)known->n + (size_t)found->n;
    struct sc_video *all = n ? realloc(known->rows, n * sizeof *all) : NULL;
    int n_known = known->n, i, k = 0;

    if (n && !all) {
        err->code = SC_ERR_NOMEM;
        snprintf(err->text, sizeof err->text, "not enough memory");
        return SC_ERR_NOMEM;
    }
    known->rows = all;
    if (found->n)
        qsort(found->rows, (size_t)found->n, sizeof *found->rows, by_path);
    for (i = 0; i < found->n; i++) {
        while (k < n_known && strcmp(all[k].path, found->rows[i].path) < 0)
            k++;
        if (k < n_known && !strcmp(all[k].path, found->rows[i].path))
            drop(&found->rows[i]);
        else
            all[known->n++] = found->rows[i];
    }
    found->n = 0;
    return SC_OK;
}

static bool is_wanted(const struct sc_video *v, const struct sc_video_filter *f)
{
    return (!f->has_state || v->state == f->state) &&
           (!f->text || !*f->text || strcasestr(v->path, f->text) || strcasestr(v->title, f->text));
}

static void select_rows(struct sc_videos *v, const struct sc_video_filter *f)
{
    int i, n = 0;

    for (i = 0; i < v->n; i++) {
        if (is_wanted(&v->rows[i], f))
            v->rows[n++] = v->rows[i];
        else
            drop(&v->rows[i]);
    }
    v->n = n;
}

enum sc_status folder_list(const char *folder, struct sc_archive *archive, const struct sc_video_filter *filter,
                           enum sc_video_order order, bool descending, struct sc_videos *out, struct sc_error *err)
{
    const struct sc_video_filter here = { .in = folder };
    struct how how = { orders[order], descending };
    struct sc_videos found = { 0 };
    enum sc_status s = SC_OK;

    *out = (struct sc_videos){ 0 };
    if (archive && (s = sc_archive_videos(archive, &here, SC_BY_PATH, false, 0, FOLDER_MOST, out, err)))
        return s;
    find_videos(&found, folder, 0, FOLDER_MOST);
    s = merge(out, &found, err);
    sc_videos_dispose(&found);
    if (s) {
        sc_videos_dispose(out);
        return s;
    }
    select_rows(out, filter);
    if (out->n)
        qsort_r(out->rows, (size_t)out->n, sizeof *out->rows, in_order, &how);
    return SC_OK;
}
