/* sc_changes: the worker looks, the decider decides. */
#include <stdlib.h>
#include <string.h>

#include "api/exact.h"
#include "api/look.h"
#include "api/mask.h"
#include "frames/choose.h"
#include "frames/decide.h"
#include "frames/filter.h"

struct look_state {
    struct sc *session;
    struct decider *decider;
    struct mask *mask;           /* NULL: nothing is hidden */
    const struct sc_info *info;
    struct sc_look_settings settings;
};

static enum sc_status on_signature(void *user, const struct signature *signature, struct sc_error *err)
{
    struct look_state *state = user;

    return look_decide(state->decider, state->mask, signature, err);
}

static void on_position(void *user, int64_t time_us, int64_t n_decoded)
{
    struct look_state *state = user;
    int64_t from_us = state->settings.from_us;
    int64_t to_us = state->settings.to_us ? state->settings.to_us : state->info->duration_us;
    struct sc_progress progress = {
        .stage = "looking", .path = state->info->path, .done_us = time_us - from_us,
        .total_us = to_us > from_us ? to_us - from_us : 0, .pictures = n_decoded,
    };

    session_progress(state->session, &progress);
}

static void on_look(void *user, const struct sc_look *look)
{
    const struct look_state *state = user;
    struct sc_look told = *look;

    told.box.x += told.box.w ? state->settings.crop.x : 0;
    told.box.y += told.box.w ? state->settings.crop.y : 0;
    state->settings.on_look(state->settings.user, &told);
}

/* Feed the decider. What comes from the cache has been checked before; should it be wrong all the same, once more. */
static enum sc_status look(struct look_state *state, const struct sc_source *source, struct scan_summary *out,
                           struct sc_error *err)
{
    const struct sc_look_settings *l = &state->settings;
    const struct scan_settings scan = {
        .effort = l->effort, .fps = l->fps, .every_us = l->every_us, .from_us = l->from_us, .to_us = l->to_us,
        .crop = l->crop,
    };
    const struct scan_sink sink = { on_signature, on_position, state };
    struct sc_look_settings decide = *l;
    bool use_cache = !l->no_cache, cached = false;
    enum sc_status s;

    decide.on_look = l->on_look ? on_look : NULL;
    decide.user = state;
    do {
        use_cache = use_cache && !cached;
        decide_close(&state->decider);
        if ((s = decide_open(&state->decider, &decide, err)))
            return s;
        s = look_through(state->session, source, &scan, use_cache, &sink, out, &cached, err);
    } while (cached && s && s != SC_ERR_CANCELLED && s != SC_ERR_NOMEM);
    return s;
}

static enum sc_status decide_all(struct look_state *state, struct sc_changes *c, struct sc_error *err)
{
    const struct sc_look_settings *l = &state->settings;
    enum sc_status s;

    if ((s = decide_finish(state->decider, c, err)))
        return s;
    look_place(c, l->crop);
    mask_events(state->mask, c);
    if (!l->coarse_boxes && (s = exact_boxes(state->session, l, c, err)))
        return s;
    mask_events(state->mask, c);
    if ((s = filter_events(c, l->min_size, l->min_duration_us, err)))
        return s;
    return l->n_moments ? choose_moments(c, l->moments_us, l->n_moments, err) : decide_choose(state->decider, c, err);
}

static enum sc_status find_changes(struct look_state *state, const struct sc_source *source, struct sc_changes *c,
                                   struct sc_error *err)
{
    struct scan_summary summary = { 0 };
    enum sc_status s = look(state, source, &summary, err);

    if (s)
        return s;
    c->version = 1;
    c->source = summary.info;
    c->n_decoded = summary.n_decoded;
    c->damage = summary.damage;
    c->scouting = summary.scouting;
    return decide_all(state, c, err);
}

enum sc_status sc_changes(struct sc *s, const struct sc_source *source, const struct sc_look_settings *settings,
                          struct sc_changes **out, struct sc_error *err)
{
    struct look_state state = { .session = s };
    struct sc_changes *c = NULL;
    enum sc_status status;

    *out = NULL;
    if (settings)
        state.settings = *settings;
    if ((status = look_check(&state.settings, err)) || (status = session_input(s, 0, source, &state.info, err)) ||
        (status = mask_make(s, &state.settings, state.info, &state.mask, err)))
        return status;
    c = calloc(1, sizeof *c);
    status = c ? find_changes(&state, source, c, err) : fail_memory(err);
    decide_close(&state.decider);
    mask_close(&state.mask);
    if (status)
        sc_changes_free(&c);
    *out = c;
    return status;
}

void sc_changes_free(struct sc_changes **c)
{
    if (!*c)
        return;
    sc_info_dispose(&(*c)->source);
    sc_scouting_dispose(&(*c)->scouting);
    free((*c)->events);
    free((*c)->frames);
    free(*c);
    *c = NULL;
}
