/* The words for the closed lists of the catalogue, and freeing its rows. */
#include <stdlib.h>

#include "archive/catalog.h"

const char *sc_video_state_name(enum sc_video_state state)
{
    static const char *const names[SC_N_VIDEO_STATES] = { "new", "looked at", "captioned", "failed" };

    return (unsigned)state < SC_N_VIDEO_STATES ? names[state] : "unknown";
}

const char *sc_failure_class_name(enum sc_failure_class which)
{
    static const char *const names[SC_N_FAILURE_CLASSES] = { "transient", "refused", "bad media", "over a limit", "budget",
                                                             "quarantined" };

    return (unsigned)which < SC_N_FAILURE_CLASSES ? names[which] : "unknown";
}

const char *sc_passage_kind_name(enum sc_passage_kind kind)
{
    static const char *const names[SC_N_PASSAGE_KINDS] = { "title", "summary", "tag", "caption", "screen text",
                                                           "subtitle", "answer" };

    return (unsigned)kind < SC_N_PASSAGE_KINDS ? names[kind] : "unknown";
}

static void dispose_video(struct sc_video *v)
{
    free(v->path);
    free(v->title);
}

void sc_videos_dispose(struct sc_videos *videos)
{
    int i;

    for (i = 0; i < videos->n; i++)
        dispose_video(&videos->rows[i]);
    free(videos->rows);
    *videos = (struct sc_videos){ 0 };
}

void sc_failures_dispose(struct sc_failures *failures)
{
    int i;

    for (i = 0; i < failures->n; i++) {
        free(failures->rows[i].path);
        free(failures->rows[i].reason);
    }
    free(failures->rows);
    *failures = (struct sc_failures){ 0 };
}

void sc_runs_dispose(struct sc_runs *runs)
{
    int i;

    for (i = 0; i < runs->n; i++)
        free(runs->rows[i].ending);
    free(runs->rows);
    *runs = (struct sc_runs){ 0 };
}

void sc_hits_dispose(struct sc_hits *hits)
{
    int i;

    for (i = 0; i < hits->n; i++) {
        free(hits->rows[i].path);
        free(hits->rows[i].title);
        free(hits->rows[i].passage.text);
    }
    free(hits->rows);
    *hits = (struct sc_hits){ 0 };
}

void sc_kept_free(struct sc_kept **kept)
{
    struct sc_kept *k = *kept;
    int i;

    if (!k)
        return;
    dispose_video(&k->video);
    sc_changes_free(&k->changes);
    for (i = 0; i < k->n_passages; i++)
        free(k->passages[i].text);
    for (i = 0; i < k->n_answers; i++) {
        free(k->answers[i].question);
        free(k->answers[i].text);
        free(k->answers[i].service);
        free(k->answers[i].model);
    }
    for (i = 0; i < k->n_sidecars; i++)
        free(k->sidecars[i]);
    free(k->passages);
    free(k->answers);
    free(k->sidecars);
    free(k);
    *kept = NULL;
}
