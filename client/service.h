/* Services as data: client/services.json (compiled in), extended or overridden by the user's services.json.
 * A new OpenAI-compatible service is a row. Thread-safety: one thread at a time for each table; rows are read-only. */
#ifndef CLIENT_SERVICE_H
#define CLIENT_SERVICE_H

#include <jansson.h>

#include "base/error.h"

struct dialect;

struct service {
    char name[32];
    char *url;               /* base, ending in the API version: https://api.openai.com/v1 */
    char *key_variable;      /* name of the environment variable with the key; NULL: needs none */
    bool key_required;
    char *auth_header;       /* "Authorization: Bearer ", "api-key: " */
    const struct dialect *dialect;
    char *default_model;     /* NULL: must be named, or asked of the server */
    bool is_local;           /* on this machine; found by probing */
    bool has_detail, has_max_completion_tokens, has_stream_usage, has_obfuscation_switch, has_store;
    int limit_images;        /* 0: none known */
    int64_t limit_body_bytes; /* 0: none known */
    json_t *overrides;       /* by model family; borrowed from the table; may be NULL */
    json_t *prices;          /* by model pattern: {"in", "out", "date"}; may be NULL */
    json_t *probe;           /* how it is found on this machine; may be NULL */
    char *state;             /* "works", "retired on 2026-07-06" */
    char *documented;        /* where */
};

struct services;

SC_CHECKED enum sc_status services_open(struct services **out, const char *user_json, struct sc_error *err);
void services_close(struct services **s);
const struct service *services_find(const struct services *s, const char *name); /* NULL: none */
int services_count(const struct services *s);
const struct service *services_at(const struct services *s, int i);

/* $ a million tokens of this model here; false: unknown. */
bool service_price(const struct service *s, const char *model, double *in_out, double *out_out);

/* Look for a model server on loopback (docs/SERVICES.md: ports, requests, what decides). At most about a second. */
struct found_server {
    const struct service *service;
    char base_url[128];
    char model[256];         /* the first one it serves, or "" */
    bool has_vision_known, has_vision;
    int64_t context_tokens;  /* 0: not said */
};
SC_CHECKED enum sc_status services_probe(const struct services *s, struct found_server *out, bool *found_out,
                                         struct sc_error *err);

/* Ask one given base URL what it is (which row it answers like) and which model it serves; out->service falls back to
 * the generic OpenAI-compatible row. Accepts base URLs with or without /v1. Does not fail when nothing answers. */
SC_CHECKED enum sc_status services_identify(const struct services *s, const char *base_url, const char *key,
                                            struct found_server *out, struct sc_error *err);

#endif
