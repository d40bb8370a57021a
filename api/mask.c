/* Where not to look, from the settings; and events kept out of there. */
#include "api/mask.h"

#define SLOT (PROTOCOL_SLOTS - 1) /* the last: the inputs that are compared have the first */

static const bool is_whole[SC_N_KINDS] = {
    [SC_CUT] = true, [SC_DISSOLVE] = true, [SC_FADE] = true, [SC_WIPE] = true, [SC_LIGHT] = true, [SC_FLASH] = true,
    [SC_CAMERA] = true, [SC_FREEZE] = true, [SC_BLACK] = true, [SC_BLANK] = true,
};

static enum sc_status keep_first(void *user, const struct signature *signature, struct sc_error *err)
{
    struct signature **first = user;

    if (!*first && !(*first = signature_copy(signature)))
        return fail_memory(err);
    return SC_OK;
}

/* Coarser blocks than those of the pictures would hide at random. */
static enum sc_status check_size(const char *path, const struct signature *mask, const struct sc_info *info,
                                 struct sc_error *err)
{
    const int side = info->width > info->height ? info->width : info->height;
    const int least = side < SIGNATURE_SIDE ? side : SIGNATURE_SIDE;

    if (mask->width >= least || mask->height >= least)
        return SC_OK;
    return fail(err, SC_ERR_INVALID, "the mask '%s' has only %dx%d pixels for a picture of %dx%d; make it as large", path,
                mask->width, mask->height, info->width, info->height);
}

static enum sc_status read_picture(struct sc *s, const char *path, struct signature **out, struct sc_error *err)
{
    const struct sc_source source = { .path = path };
    const struct scan_settings scan = { .effort = SC_FULL, .to_us = 1 };
    const struct scan_sink sink = { .on_signature = keep_first, .user = out };
    struct scan_summary summary = { 0 };
    const struct sc_info *info;
    enum sc_status status;

    if ((status = session_input(s, SLOT, &source, &info, err)) ||
        (status = worker_scan(s->worker, SLOT, &scan, &sink, &summary, err)))
        return fail_in(err, status, "the mask");
    scan_summary_dispose(&summary);
    return *out ? SC_OK : fail(err, SC_ERR_FORMAT, "the mask: no picture in '%s'", path);
}

enum sc_status mask_make(struct sc *s, const struct sc_look_settings *look, const struct sc_info *info,
                         struct mask **out, struct sc_error *err)
{
    struct mask_settings settings = {
        .ignore = look->ignore, .n_ignore = look->n_ignore, .only = look->only, .n_only = look->n_only,
        .width = info->width, .height = info->height, .crop = look->crop,
    };
    struct signature *picture = NULL;
    enum sc_status status = SC_OK;

    *out = NULL;
    if (look->mask)
        status = read_picture(s, look->mask, &picture, err);
    settings.picture = picture;
    if (!status && picture)
        status = check_size(look->mask, picture, info, err);
    if (!status)
        status = mask_open(out, &settings, err);
    signature_free(&picture);
    return status;
}

void mask_events(const struct mask *m, struct sc_changes *c)
{
    int i, n = 0;

    for (i = 0; m && i < c->n_events; i++) {
        struct sc_event e = c->events[i];

        if (!is_whole[e.kind])
            e.box = mask_trim(m, e.box);
        if (e.box.w > 0 && e.box.h > 0)
            c->events[n++] = e;
    }
    c->n_events = m ? n : c->n_events;
}
