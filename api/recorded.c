/* Recordings into files. */
#include "api/recorded.h"

#include "api/files.h"
#include "client/dialects/dialect.h"
#include "client/recording.h"

enum sc_status recorded_begin(struct asking *a, struct sc_error *err)
{
    const struct target *t = &a->target;
    char *url = NULL;
    struct recording_head head = {
        .service = t->service->name,
        .dialect = t->dialect ? t->dialect->name : t->service->dialect->name,
        .base_url = t->base_url,
        .model = t->model_name,
        .context_tokens = t->model.context_tokens,
    };
    enum sc_status s = SC_OK;

    if (!a->settings->record || a->settings->dry_run)
        return SC_OK;
    if (!head.base_url && !(s = service_url(t->service, &url, err)))
        head.base_url = url;
    s = s ? s : recording_open(&a->call.recording, &head, err);
    free(url);
    return s;
}

void recorded_keep(struct asking *a)
{
    const struct buffer *text = a->call.recording ? recording_text(a->call.recording) : NULL;
    struct sc_error why = { 0 };
    enum sc_status s = SC_OK;

    if (!a->settings->record || a->settings->dry_run)
        return;
    if (!a->call.recording)
        session_notice(a->session, "nothing was asked, so '%s' was not written", a->settings->record);
    else if (!text)
        session_notice(a->session, "what was exchanged is too much for a recording; '%s' was not written",
                       a->settings->record);
    else if ((s = file_write(a->settings->record, text->data, text->size, &why)))
        session_notice(a->session, "the recording was not kept: %s", why.text);
    recording_close(&a->call.recording);
}
