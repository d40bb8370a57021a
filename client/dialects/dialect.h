/* A dialect: one wire shape of model services. One file each and one line in client/dialects/all.c.
 * Thread-safety: safe, the functions touch only their arguments. */
#ifndef CLIENT_DIALECTS_DIALECT_H
#define CLIENT_DIALECTS_DIALECT_H

#include "client/body.h"
#include "client/client.h"
#include "client/failure.h"

/* What one event of a stream, or a whole reply, said. Text is appended, without control characters; the rest is set
 * when it is there, so that the last one said stays. */
struct reply {
    struct buffer text, refusal;
    char finish[32];
    int64_t prompt_tokens, output_tokens, cached_tokens; /* -1: never said */
    bool has_error;          /* an error inside a 200; failure says which */
    struct failure failure;  /* class not yet set */
    bool ended;              /* [DONE] or its like: nothing follows */
};

struct dialect {
    const char *name;        /* as written in services.json: "openai-chat" */
    const char *path;        /* after the base URL: "/chat/completions" */
    const char *count_path;  /* where servers that count tokens count those of the same body; NULL: nowhere */

    /* SC_ERR_INVALID when an image has no bytes yet, or a setting is no number. */
    enum sc_status (*encode)(const struct client_call *call, const struct query *query, struct body *out,
                             struct sc_error *err);
    /* SC_ERR_SERVICE for what is no reply of this dialect. */
    enum sc_status (*decode_whole)(const char *json, size_t size, struct reply *out, struct sc_error *err);
    enum sc_status (*decode_event)(const char *name, const char *data, size_t size, struct reply *out,
                                   struct sc_error *err);  /* name: of the event, "" if none */
    /* SC_ERR_SERVICE when the reply of count_path has no count. NULL if count_path is. */
    enum sc_status (*decode_count)(const char *json, size_t size, int64_t *tokens_out, struct sc_error *err);
};

extern const struct dialect *const client_dialects[];      /* ends with NULL */
const struct dialect *dialect_find(const char *name);      /* NULL: none */

#endif
