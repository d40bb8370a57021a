/* The user's own prompts: config_dir/prompts/NAME.txt.
 * Thread-safety: as struct sc. */
#ifndef API_PROMPTS_H
#define API_PROMPTS_H

#include "api/session.h"
#include "fusion/prompts.h"

struct own_prompts {
    struct prompts set;
    char *texts[N_PROMPTS];  /* owned; set points to them */
};

/* SC_ERR_INVALID for a prompt without a word. out: prompts_dispose, always. */
SC_CHECKED enum sc_status prompts_read(struct sc *s, struct own_prompts *out, struct sc_error *err);
void prompts_dispose(struct own_prompts *p);

#endif
