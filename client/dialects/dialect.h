/* A dialect: one wire shape of model services. One file each and one line in client/dialects/all.c.
 * Thread-safety: safe, the functions touch only their arguments. */
#ifndef CLIENT_DIALECTS_DIALECT_H
#define CLIENT_DIALECTS_DIALECT_H

#include "client/body.h"
#include "client/client.h"

/* What one event of a stream, or a whole reply, said. Text is appended to text; the rest is set when present. */
struct reply {
    struct buffer *text;     /* appended */
    struct buffer *refusal;  /* appended */
    char finish[32];
    int64_t prompt_tokens, output_tokens, cached_tokens; /* the last one said; -1: never */
    bool has_error;          /* an error object inside a 200; message says which */
    char error_type[64], error_code[64];
    char message[400];
    bool ended;              /* [DONE] or its like */
};

struct dialect {
    const char *name;        /* as written in services.json: "openai-chat" */
    const char *path;        /* after the base URL: "/chat/completions" */
    const char *count_path;  /* where the server counts tokens of the same body; NULL: nowhere known */
    enum sc_status (*encode)(const struct client_call *call, const struct query *query, struct body *out,
                             struct sc_error *err);
    enum sc_status (*decode_whole)(const char *json, size_t size, struct reply *out, struct sc_error *err);
    enum sc_status (*decode_event)(const char *name, const char *data, size_t size, struct reply *out,
                                   struct sc_error *err);  /* name: of the event, "" if none */
};

extern const struct dialect *const client_dialects[];      /* ends with NULL */
const struct dialect *dialect_find(const char *name);      /* NULL: none */

#endif
