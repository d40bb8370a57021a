/* A dialect: one wire shape of model services. One file each and one line in client/dialects/all.c.
 * Thread-safety: safe, the functions touch only their arguments. */
#ifndef CLIENT_DIALECTS_DIALECT_H
#define CLIENT_DIALECTS_DIALECT_H

#include "client/body.h"
#include "client/client.h"
#include "client/failure.h"
#include "client/framing.h"

/* What is asked. */
struct request {
    const struct client_call *call;
    const struct query *query;
    bool counting;           /* for count_path, which may not know what only an answer needs */
    char marker[128];        /* what stands for an image in a prompt, as the server said; "" if it was not asked */
};

/* What one event of a stream, or a whole reply, said. Text is appended, without control characters; the rest is set
 * when it is there, so that the last one said stays. */
struct reply {
    struct buffer text, refusal;
    char finish[32];         /* "stop", "length", "content_filter", "refusal", "error"; else the service's own word */
    int64_t prompt_tokens, output_tokens, cached_tokens; /* -1: never said. The prompt's include the cached ones */
    bool has_error;          /* an error inside a 200; failure says which */
    struct failure failure;  /* class not yet set */
    bool ended;              /* [DONE] or its like: nothing follows */
};

struct dialect {
    const char *name;        /* as written in services.json and behind --dialect: "openai-chat" */
    const char *path;        /* after the base URL: "/chat/completions"; ${model} stands for the model's name */
    const char *stream_path; /* NULL: path for streams too */
    const char *count_path;  /* where servers that count tokens count those of the same body; NULL: nowhere */
    const char *models_path; /* where servers list their models; NULL: nowhere */
    const char *facts_path;  /* GET this before asking, for read_facts; NULL: nothing need be known */
    bool has_no_version;     /* the paths do not lie below /v1: that is taken off the base URL */
    const char *auth_header; /* for services whose row names none; NULL: "Authorization: Bearer " */
    const char *header;      /* one more line for every request; NULL: none */
    enum framing framing;    /* of its streams */

    /* SC_ERR_INVALID when an image has no bytes yet, or a setting is no number. */
    enum sc_status (*encode)(const struct request *request, struct body *out, struct sc_error *err);
    /* Take from the page at facts_path what encode needs. NULL if facts_path is. */
    enum sc_status (*read_facts)(const char *json, size_t size, struct request *out, struct sc_error *err);
    /* SC_ERR_SERVICE for what is no reply of this dialect. */
    enum sc_status (*decode_whole)(const char *json, size_t size, struct reply *out, struct sc_error *err);
    enum sc_status (*decode_event)(const char *name, const char *data, size_t size, struct reply *out,
                                   struct sc_error *err);  /* name: of the event, "" if none */
    /* SC_ERR_SERVICE when the reply of count_path has no count. NULL if count_path is. */
    enum sc_status (*decode_count)(const char *json, size_t size, int64_t *tokens_out, struct sc_error *err);
};

extern const struct dialect *const client_dialects[];      /* ends with NULL */
const struct dialect *dialect_find(const char *name);      /* NULL: none */

/* The same; SC_ERR_INVALID lists those that there are. */
SC_CHECKED enum sc_status dialect_named(const char *name, const struct dialect **out, struct sc_error *err);

#endif
