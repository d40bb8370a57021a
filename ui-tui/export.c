/* Files written on the lane for things aside. */
#include "ui-tui/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct export_job {
    struct job job;
    struct browser *browser;
    const struct film *film;
    struct evidence *evidence;
    char *path;
};

static bool ends_with(const char *path, const char *ending)
{
    const size_t n = strlen(path), k = strlen(ending);

    return n > k && !strcasecmp(path + n - k, ending);
}

static enum sc_status no_file(struct sc_error *err, const char *path)
{
    err->code = SC_ERR_IO;
    snprintf(err->text, sizeof err->text, "can't write '%s': %s", path, strerror(errno));
    return err->code;
}

/* Under its name only when it is whole. */
static enum sc_status write_text(const char *path, const char *text, struct sc_error *err)
{
    char *part = NULL;
    bool good = false;
    FILE *f;

    if (asprintf(&part, "%s.part", path) < 0)
        return no_file(err, path);
    f = fopen(part, "we");
    if (f) {
        good = fputs(text, f) >= 0 && fputc('\n', f) != EOF && !fflush(f) && !fsync(fileno(f));
        good = !fclose(f) && good && !rename(part, path);
    }
    if (!good) {
        no_file(err, path);
        if (f)
            unlink(part);
    }
    free(part);
    return good ? SC_OK : SC_ERR_IO;
}

static void export_work(struct job *job, struct sc *session)
{
    struct export_job *j = (struct export_job *)job;
    const struct sc_changes *c = j->evidence->changes;
    char *json = NULL;

    if (ends_with(j->path, ".jpg") || ends_with(j->path, ".jpeg") || ends_with(j->path, ".png"))
        job->status = sc_contact_sheet(session, &j->film->source, c, j->path, &job->err);
    else if (!ends_with(j->path, ".json"))
        job->status = sc_frames(session, &j->film->source, c, j->path, NULL, NULL, NULL, &job->err);
    else if (!(job->status = sc_changes_json(c, &json, &job->err)))
        job->status = write_text(j->path, json, &job->err);
    free(json);
}

static void export_done(struct job *job)
{
    struct export_job *j = (struct export_job *)job;

    if (!job->status)
        browser_say(j->browser, "written: %s", j->path);
    else if (job->status != SC_ERR_CANCELLED)
        browser_fail(j->browser, "%s", job->err.text);
    evidence_unref(&j->evidence);
    free(j->path);
    free(j);
}

void export_film(struct browser *b, struct film *f, const char *path)
{
    struct export_job *j;

    if (!path || !*path) {
        browser_fail(b, "write to which file or folder?");
        return;
    }
    if (!f->evidence) {
        browser_fail(b, "nothing is known yet that could be written");
        return;
    }
    j = calloc(1, sizeof *j);
    if (!j || !(j->path = strdup(path))) {
        free(j);
        browser_fail(b, "not enough memory");
        return;
    }
    j->browser = b;
    j->film = f;
    j->evidence = evidence_ref(f->evidence);
    j->job = (struct job){ .lane = LANE_ASIDE, .work = export_work, .done = export_done };
    jobs_post(b->jobs, &j->job);
    browser_say(b, "writing %s", path);
}

void export_answer(struct browser *b, const struct sc_answer *answer, const char *path)
{
    struct sc_error err = { 0 };
    char *json = NULL;
    enum sc_status s;

    if (!path || !*path) {
        browser_fail(b, "write to which file?");
        return;
    }
    s = ends_with(path, ".json") ? sc_answer_json(answer, &json, &err) : SC_OK;
    if (!s)
        s = write_text(path, json ? json : answer->text ? answer->text : "", &err);
    free(json);
    if (s)
        browser_fail(b, "%s", err.text);
    else
        browser_say(b, "written: %s", path);
}
