/* sc_prompts, and the user's own prompts. */
#include "api/prompts.h"

#include <stdlib.h>
#include <string.h>

enum sc_status prompts_read(struct sc *s, struct own_prompts *out, struct sc_error *err)
{
    enum sc_status status = SC_OK;
    char name[64];
    int i;

    memset(out, 0, sizeof *out);
    for (i = 0; i < N_PROMPTS && !status; i++) {
        snprintf(name, sizeof name, "prompts/%s.txt", prompts_name((enum prompt_name)i));
        status = session_read_config(s, name, &out->texts[i], err);
        out->set.text[i] = out->texts[i];
        if (!status && out->texts[i] && !out->texts[i][strspn(out->texts[i], " \t\r\n")])
            status = fail(err, SC_ERR_INVALID, "the prompt '%s/%s' is empty; remove it to use ours", s->config_dir,
                          name);
    }
    return status;
}

void prompts_dispose(struct own_prompts *p)
{
    int i;

    for (i = 0; i < N_PROMPTS; i++)
        free(p->texts[i]);
    memset(p, 0, sizeof *p);
}

static enum sc_status fill(const struct own_prompts *own, struct sc_prompts *out, struct sc_error *err)
{
    int i;

    prompts_version(&own->set, out->version);
    for (i = 0; i < N_PROMPTS; i++) {
        struct sc_prompt *p = &out->items[i];

        p->name = prompts_name((enum prompt_name)i);
        p->about = prompts_about((enum prompt_name)i);
        p->is_own = own->set.text[i] != NULL;
        p->text = strdup(prompts_text(&own->set, (enum prompt_name)i));
        if (!p->text)
            return fail_memory(err);
        out->n++;
    }
    return SC_OK;
}

enum sc_status sc_prompts(struct sc *s, struct sc_prompts *out, struct sc_error *err)
{
    struct own_prompts own;
    enum sc_status status = prompts_read(s, &own, err);

    _Static_assert(N_PROMPTS <= sizeof out->items / sizeof *out->items, "struct sc_prompts is too small");
    _Static_assert(sizeof out->version >= PROMPTS_VERSION_SIZE, "so is its version");
    memset(out, 0, sizeof *out);
    if (!status)
        status = fill(&own, out, err);
    prompts_dispose(&own);
    if (status)
        sc_prompts_dispose(out);
    return status;
}

void sc_prompts_dispose(struct sc_prompts *p)
{
    int i;

    for (i = 0; i < p->n; i++)
        free(p->items[i].text);
    memset(p, 0, sizeof *p);
}
