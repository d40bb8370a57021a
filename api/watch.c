/* sc_watch: a stream is looked at turn by turn, its events told as they settle, and connected to again. */
#include "api/watch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "api/files.h"
#include "api/look.h"
#include "api/mask.h"
#include "base/opening.h"
#include "base/text.h"
#include "frames/filter.h"

#define BEFORE_MOST_US 30000000
#define PAUSE_FIRST_S 1          /* before connecting again; doubled each time that it fails, */
#define PAUSE_MOST_S 60          /* up to this */
#define HELD_US 30000000         /* a connection that held for so long was a good one */
#define STEP_MS 100
#define CLIP_MAX_BYTES ((size_t)256 << 20)

_Static_assert(SC_SETTLE_US == DECIDE_SETTLE_US, "what is promised is what is done");

/* One connection. */
struct stream {
    struct watch *w;
    struct sc_info info;
    struct mask *mask;
    struct decider *decider;
    int64_t seen_us, seen_at_us; /* of the picture looked at last: its time, and when it came since 1970 */
    int64_t n_skipped;           /* told of */
    bool is_lost;                /* nothing can be had of it any more */
    struct settled { struct sc_event event; int64_t began_us; } *settled; /* in this turn; to be told after it */
    int n_settled, room;
};

int64_t watch_now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

bool watch_ends(const struct watch *w)
{
    return atomic_load(&w->session->watch_ends) || atomic_load(&w->session->cancel);
}

static void pass_notice(void *user, const char *text)
{
    struct watch *w = user;

    session_notice(w->session, "%s", text);
}

static void pass_answer(void *user, const struct sc_watched *event)
{
    struct watch *w = user;

    if (w->settings.on_answer)
        w->settings.on_answer(w->settings.user, event);
}

void watch_turn(struct watch *w)
{
    if (w->asker)
        asker_collect(w->asker, pass_notice, pass_answer, w);
    if (w->settings.on_turn)
        w->settings.on_turn(w->settings.user);
}

enum sc_status watch_tell(struct watch *w, struct sc_watched *event, const char *media, int *fd, int64_t begin_us,
                          struct sc_error *err)
{
    if (atomic_load(&w->session->cancel))
        return fail(err, SC_ERR_CANCELLED, "cancelled");
    event->number = ++w->number;
    event->source = w->shown;
    if (w->asker && media && !event->why_not)
        event->why_not = asker_add(w->asker, event, media, fd, begin_us);
    if (w->settings.on_event)
        w->settings.on_event(w->settings.user, event);
    return SC_OK;
}

/* ---- an event's pictures ---- */

/* DIR/20261125T085541.123Z-7-appear.mkv */
static char *clip_name(const struct watch *w, const struct sc_watched *event)
{
    const time_t s = (time_t)(event->began_us / 1000000);
    char day[32], *name = NULL;
    struct tm utc;

    if (!gmtime_r(&s, &utc) || !strftime(day, sizeof day, "%Y%m%dT%H%M%S", &utc))
        return NULL;
    return asprintf(&name, "%s/%s.%03dZ-%" PRId64 "-%s.mkv", w->settings.save_dir, day,
                    (int)(event->began_us / 1000 % 1000), w->number + 1, sc_kind_name(event->event->kind)) < 0 ? NULL : name;
}

/* Into a file that has no name. -1: *err is filled. */
static int keep_unnamed(const struct buffer *clip, struct sc_error *err)
{
    int fd = opening_temporary();
    size_t at = 0;

    while (fd >= 0 && at < clip->size) {
        ssize_t n = pwrite(fd, clip->data + at, clip->size - at, (off_t)at);

        if (n <= 0) {
            close(fd);
            fd = -1;
        }
        at += n > 0 ? (size_t)n : 0;
    }
    if (fd < 0)
        fail(err, SC_ERR_IO, "can't keep the pictures of an event in a temporary file (set TMPDIR to a folder with space)");
    return fd;
}

/* Get what is kept of an event, save it, and tell it. */
static enum sc_status tell_with_clip(struct stream *st, struct sc_watched *event, struct sc_error *err)
{
    struct watch *w = st->w;
    const struct sc_event *e = event->event;
    const int64_t to_us = e->after_us > e->end_us ? e->after_us : e->end_us;
    struct buffer clip = { .limit = CLIP_MAX_BYTES };
    struct sc_error why = { 0 };
    char *name = NULL, media[64] = "";
    int64_t begin_us = 0;
    int fd = -1;
    enum sc_status s;

    s = st->is_lost ? fail(&why, SC_ERR_IO, "its pictures were lost with the connection")
                    : worker_clip(w->session->worker, 0, e->start_us - w->settings.before_us, to_us, &clip, &begin_us, &why);
    if (!s && w->settings.save_dir && (name = clip_name(w, event)) && !(s = file_write(name, clip.data, clip.size, &why)))
        event->clip = name;
    if (!s && w->asker && (fd = keep_unnamed(&clip, &why)) >= 0)
        snprintf(media, sizeof media, "/dev/fd/%d", fd);
    buffer_dispose(&clip);
    event->why_not = why.text[0] ? why.text : NULL;
    s = s == SC_ERR_CANCELLED || s == SC_ERR_NOMEM ? fail(err, s, "%s", why.text)
                                                   : watch_tell(w, event, fd >= 0 ? media : NULL, &fd, begin_us, err);
    if (fd >= 0)
        close(fd);
    free(name);
    return s;
}

static enum sc_status tell(struct stream *st, const struct settled *settled, struct sc_error *err)
{
    struct watch *w = st->w;
    struct sc_event own = settled->event;
    struct sc_changes one = { .source = st->info, .events = &own, .n_events = 1, .profile = w->look.profile };
    struct sc_watched told = { .event = &own, .info = &st->info, .began_us = settled->began_us };
    enum sc_status s;
    int fd = -1;

    look_place(&one, w->look.crop);
    mask_events(st->mask, &one);
    if ((s = filter_events(&one, w->look.min_size, 0, err)) || !one.n_events)
        return s;
    if (w->settings.save_dir || w->asker)
        return tell_with_clip(st, &told, err);
    return watch_tell(w, &told, NULL, &fd, 0, err);
}

static enum sc_status tell_settled(struct stream *st, struct sc_error *err)
{
    enum sc_status s = SC_OK;

    for (int i = 0; i < st->n_settled && !s; i++)
        s = tell(st, &st->settled[i], err);
    st->n_settled = 0;
    return s;
}

/* ---- a connection ---- */

/* A turn of the worker goes on: nothing can be asked of it now. */
static enum sc_status on_event(void *user, const struct sc_event *event, struct sc_error *err)
{
    struct stream *st = user;

    if (st->n_settled == st->room) {
        const int room = st->room ? 2 * st->room : 16;
        struct settled *more = realloc(st->settled, (size_t)room * sizeof *more);

        if (!more)
            return fail_memory(err);
        st->settled = more;
        st->room = room;
    }
    st->settled[st->n_settled++] = (struct settled){ *event, st->seen_at_us - (st->seen_us - event->start_us) };
    return SC_OK;
}

/* After each picture it is seen what has settled: the result depends on the pictures alone, not on when they came. */
static enum sc_status on_signature(void *user, const struct signature *signature, struct sc_error *err)
{
    struct stream *st = user;
    enum sc_status s;

    st->seen_us = signature->time_us;
    st->seen_at_us = watch_now_us();
    s = look_decide(st->decider, st->mask, signature, err);
    return s ? s : decide_settled(st->decider, false, on_event, st, err);
}

/* Waiting here can't be ended in order: sc_watch_end cancels. */
static enum sc_status connect_to(struct stream *st, struct sc_error *err)
{
    struct watch *w = st->w;
    struct sc *s = w->session;
    enum sc_status status;

    session_leave(s, 0);
    atomic_store(&s->watch_connects, true);
    status = atomic_load(&s->watch_ends) ? fail(err, SC_ERR_CANCELLED, "cancelled")
                                         : worker_follow(s->worker, 0, w->source, w->settings.idle_us, &st->info, err);
    atomic_store(&s->watch_connects, false);
    if (!status)
        status = mask_make(s, &w->look, &st->info, &st->mask, err);
    if (!status)
        status = decide_open(&st->decider, &w->look, err);
    return status;
}

static void tell_skipped(struct stream *st, const struct watched *now)
{
    if (now->n_skipped > st->n_skipped)
        session_notice(st->w->session, "'%s' comes faster than it can be decoded: %" PRId64 " packets were passed over",
                       st->w->shown, now->n_skipped - st->n_skipped);
    st->n_skipped = now->n_skipped;
}

/* Look until it ends, breaks off, or sc_watch is to end; then tell what is left. */
static enum sc_status look(struct stream *st, struct sc_error *err)
{
    struct watch *w = st->w;
    const struct scan_settings scan = { .effort = SC_FULL, .fps = w->look.fps, .every_us = w->look.every_us,
                                        .crop = w->look.crop };
    const struct scan_sink sink = { on_signature, NULL, st };
    struct sc_error broke = { 0 }, rest = { 0 };
    struct watched now = { 0 };
    enum sc_status s = SC_OK, told = SC_OK;

    while (!s && !told && !now.ended && !watch_ends(w)) {
        s = worker_watch(w->session->worker, 0, &scan, &sink, &now, &broke);
        if (!s) {
            tell_skipped(st, &now);
            told = tell_settled(st, &rest);
            watch_turn(w);
        }
    }
    st->is_lost = s && s != SC_ERR_IO && s != SC_ERR_FORMAT;
    if (!told && s != SC_ERR_CANCELLED && s != SC_ERR_NOMEM && !atomic_load(&w->session->cancel))
        told = decide_settled(st->decider, true, on_event, st, &rest);
    if (!told)
        told = tell_settled(st, &rest);
    if (told)
        return fail(err, told, "%s", rest.text);
    return s ? fail(err, s, "%s", broke.text) : SC_OK;
}

static void close_stream(struct stream *st)
{
    mask_close(&st->mask);
    decide_close(&st->decider);
    sc_info_dispose(&st->info);
    free(st->settled);
}

/* ---- again and again ---- */

/* A file that was cut short begins anew; a stream may come back. */
static bool comes_back(const struct watch *w, enum sc_status s)
{
    struct stat st;

    if (!opening_is_url(w->source->path, NULL) || !stat(w->source->path, &st))
        return s == SC_ERR_IO && !stat(w->source->path, &st) && S_ISREG(st.st_mode);
    return s != SC_ERR_CANCELLED && s != SC_ERR_NOMEM && s != SC_ERR_INVALID;
}

static void pause_for(struct watch *w, int seconds)
{
    const struct timespec step = { 0, STEP_MS * 1000000L };

    for (int i = 0; i < seconds * 1000 / STEP_MS && !watch_ends(w); i++) {
        watch_turn(w);
        nanosleep(&step, NULL);
    }
}

static enum sc_status watch_stream(struct watch *w, struct sc_error *err)
{
    int pause_s = PAUSE_FIRST_S;
    bool connected = false;
    int64_t heard_us = watch_now_us();
    enum sc_status s;

    do {
        struct stream st = { .w = w };
        const int64_t began_us = watch_now_us();
        struct sc_error why = { 0 };
        bool now;

        s = connect_to(&st, &why);
        now = !s;
        if (now && connected)
            session_notice(w->session, "'%s' is there again", w->shown);
        connected |= now;
        if (now)
            s = look(&st, &why);
        close_stream(&st);
        heard_us = now ? watch_now_us() : heard_us;
        if (!s && w->settings.idle_us && watch_now_us() - heard_us > w->settings.idle_us)
            return SC_OK;
        if (watch_ends(w) || !connected || !comes_back(w, s))
            return s ? fail(err, s, "%s", why.text) : SC_OK;
        if (now && watch_now_us() - began_us > HELD_US)
            pause_s = PAUSE_FIRST_S;
        session_notice(w->session, "%s%s%s; connecting again in %d s", s ? why.text : "'", s ? "" : w->shown,
                       s ? "" : "' has ended", pause_s);
        pause_for(w, pause_s);
        pause_s = pause_s * 2 < PAUSE_MOST_S ? pause_s * 2 : PAUSE_MOST_S;
    } while (!watch_ends(w));
    return SC_OK;
}

/* ---- the verb ---- */

static enum sc_status check(const struct watch *w, bool is_folder, struct sc_error *err)
{
    const struct sc_watch_settings *v = &w->settings;

    if (!w->source->path || !*w->source->path)
        return fail(err, SC_ERR_INVALID, "no input was named");
    if (v->before_us < 0 || v->before_us > BEFORE_MOST_US || v->idle_us < 0)
        return fail(err, SC_ERR_INVALID, "at most %d s before an event can be kept", BEFORE_MOST_US / 1000000);
    if (v->ask && !(v->ask->question && *v->ask->question))
        return fail(err, SC_ERR_INVALID, "no question to ask about each event");
    if (is_folder && v->save_dir)
        return fail(err, SC_ERR_INVALID, "the files of a folder are there already; clips are saved of streams");
    if (w->look.from_us || w->look.to_us)
        return fail(err, SC_ERR_INVALID, "what goes on has no stretch to look at");
    return look_check(&w->look, err);
}

/* Wait for the answers that are still to come. */
static void finish_asking(struct watch *w)
{
    const struct timespec step = { 0, STEP_MS * 1000000L };

    while (w->asker && asker_is_busy(w->asker) && !atomic_load(&w->session->cancel)) {
        watch_turn(w);
        nanosleep(&step, NULL);
    }
    watch_turn(w);
}

enum sc_status sc_watch(struct sc *s, const struct sc_source *source, const struct sc_watch_settings *settings,
                        struct sc_error *err)
{
    struct watch w = { .session = s, .source = source, .settings = *settings };
    struct stat st;
    bool is_folder = source->path && !stat(source->path, &st) && S_ISDIR(st.st_mode);
    enum sc_status status;

    if (settings->look)
        w.look = *settings->look;
    w.look.on_look = NULL;
    w.look.n_moments = 0;
    if ((status = check(&w, is_folder, err)))
        return status;
    if (!w.settings.before_us)
        w.settings.before_us = WATCH_BEFORE_US;
    text_shown(strcmp(source->path, "-") ? source->path : "standard input", w.shown, sizeof w.shown);
    if (settings->save_dir && (status = file_make_folder(settings->save_dir, err)))
        return status;
    if (settings->ask &&
        (status = asker_open(&w.asker, &s->settings, &w.look, settings->ask, w.settings.before_us, err)))
        return status;
    status = is_folder ? watch_folder(&w, err) : watch_stream(&w, err);
    if (!status || (status == SC_ERR_CANCELLED && atomic_load(&s->watch_ends)))
        finish_asking(&w);
    asker_close(&w.asker);
    return status == SC_ERR_CANCELLED && atomic_load(&s->watch_ends) ? SC_OK : status;
}

void sc_watch_end(struct sc *s)
{
    atomic_store(&s->watch_ends, true);
    if (atomic_load(&s->watch_connects))
        sc_cancel(s);
}
