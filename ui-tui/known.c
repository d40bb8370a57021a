/* Reading a film's row of the catalogue. */
#include "ui-tui/known.h"

#include <stdlib.h>
#include <string.h>

#include "ui-tui/conversation.h"

#define NEARLY_US 100000         /* captions tell tenths of a second */

struct known_job {
    struct job job;
    struct film *film;
    char *catalog;           /* NULL: look for it */
    char *found;             /* the one that is near the film, or that knows it */
    struct sc_kept *kept;
};

/* A catalogue is the film's if it lies in the film's folder or above it. */
static bool is_above(const char *catalog, const char *path)
{
    char *file = realpath(path, NULL), *real = realpath(catalog, NULL);
    const char *slash = real ? strrchr(real, '/') : NULL;
    const bool above = file && slash && !strncmp(real, file, (size_t)(slash - real + 1));

    free(file);
    free(real);
    return above;
}

static void known_work(struct job *job, struct sc *session)
{
    struct known_job *j = (struct known_job *)job;
    const char *path = j->film->source.path;
    const struct sc_archive_settings settings = { .catalog = j->catalog, .near = path };
    struct sc_archive *archive = NULL;
    int64_t id = 0;

    (void)session;
    job->status = sc_archive_open(&archive, &settings, &job->err);
    if (!job->status)
        job->status = sc_archive_find(archive, path, &id, &job->err);
    if (!job->status && id)
        job->status = sc_archive_video(archive, id, &j->kept, &job->err);
    if (archive && (id || is_above(sc_archive_path(archive), path)))
        j->found = strdup(sc_archive_path(archive));
    sc_archive_close(&archive);
}

/* That there is no catalogue, or that it can't be read, takes nothing from the film. */
static void known_done(struct job *job)
{
    struct known_job *j = (struct known_job *)job;
    struct film *f = j->film;

    if (!job->status) {
        sc_kept_free(&f->kept);
        f->kept = j->kept;
        j->kept = NULL;
        if (!f->catalog) {
            f->catalog = j->found;
            j->found = NULL;
        }
        conversation_recall(f);
        f->version++;
    }
    sc_kept_free(&j->kept);
    free(j->catalog);
    free(j->found);
    free(j);
}

void known_read(struct film *f)
{
    struct known_job *j = strstr(f->source.path, "://") ? NULL : calloc(1, sizeof *j);

    if (!j)
        return;
    j->film = f;
    j->catalog = f->catalog ? strdup(f->catalog) : NULL;
    j->job = (struct job){ .lane = LANE_ARCHIVE, .topic = &f->kept, .work = known_work, .done = known_done };
    jobs_post(f->jobs, &j->job);
}

const struct sc_passage *known_caption(const struct film *f, int64_t time_us)
{
    const struct sc_passage *best = NULL;
    int i;

    for (i = 0; f->kept && i < f->kept->n_passages; i++) {
        const struct sc_passage *p = &f->kept->passages[i];

        if (p->kind == SC_CAPTION && p->start_us >= 0 && p->start_us <= time_us + NEARLY_US &&
            (!best || p->start_us > best->start_us))
            best = p;
    }
    return best;
}

const char *known_title(const struct film *f) { return f->kept ? f->kept->video.title : ""; }
