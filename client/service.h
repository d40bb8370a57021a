/* Services as data: client/services.json (compiled in), extended or overridden by the user's services.json.
 * A new OpenAI-compatible service is a row; docs/SERVICES.md says what is in one.
 * Thread-safety: one thread at a time for each table; rows are read-only. */
#ifndef CLIENT_SERVICE_H
#define CLIENT_SERVICE_H

#include <jansson.h>

#include "base/error.h"

struct dialect;

struct service {
    char name[32];
    const char *url;         /* base, ending in the API version: https://api.openai.com/v1. ${NAME} stands for an
                              * environment variable (service_url); NULL: has to be given */
    const char *key_variable; /* name of the environment variable with the key; NULL: needs none */
    const char *key_command; /* for a shell: prints the key; NULL: none */
    bool key_required;
    const char *auth_header; /* "api-key: "; NULL: the dialect's, see service_auth */
    const char *sign;        /* AWS's name of the service, for keys that are pairs (client/sigv4.h); NULL: not signed */
    const struct dialect *dialect;
    const char *default_model; /* NULL: must be named, or asked of the server */
    bool is_local;           /* on this machine; found by probing */
    bool has_detail, has_max_completion_tokens, has_stream_usage, has_obfuscation_switch, has_store;
    bool has_json_schema;    /* holds an answer to a JSON Schema, if its dialect can ask for that */
    bool counts_tokens;      /* at the dialect's count_path */
    int limit_images;        /* 0: none known */
    int64_t limit_body_bytes; /* 0: none known */
    const json_t *image_formats; /* names of those it takes, "jpeg"; NULL: not known */
    int64_t limit_requests_a_minute, limit_tokens_a_minute; /* to begin with; 0: none known */
    int limit_in_flight;     /* 0: none known */
    int64_t batch_bytes;     /* in a file of its batch endpoint; 0: it has none that is known */
    int batch_requests;      /* in one; 0: not said, see service_batch_requests */
    double batch_price;      /* of what prices say, 0.5 for half of it; 1: nothing else is known */
    const char *idempotency_header; /* "Idempotency-Key", if it knows by it that a request is the same again; or NULL */
    const json_t *overrides; /* by model family; may be NULL */
    const json_t *prices;    /* by model pattern: {"in", "out", "date"}; may be NULL */
    const json_t *transcription; /* how speech is written down there (client/transcribe.h); may be NULL */
    const json_t *probe;     /* how it is recognised; may be NULL */
    const char *state;       /* "works", "retired on 2026-07-06" */
    const char *documented;  /* where */
    const char *quirks;      /* one sentence, or NULL */
};

struct services;

/* user_json: content of the user's services.json or NULL. Its rows are added, or change the members that they name of
 * the row with the same name (null takes one away). SC_ERR_INVALID names file, row and member. *out: services_close */
SC_CHECKED enum sc_status services_open(struct services **out, const char *user_json, struct sc_error *err);
void services_close(struct services **s);
const struct service *services_find(const struct services *s, const char *name); /* NULL: none */
const struct service *services_generic(const struct services *s); /* the row for servers that no other row knows */
int services_count(const struct services *s);
const struct service *services_at(const struct services *s, int i);

/* The base URL with the environment's values put in. SC_ERR_INVALID when a variable is unset, or has more in it than a
 * name (letters, digits, '-', '_', '.'), or the row has no URL. *out: free(). */
SC_CHECKED enum sc_status service_url(const struct service *s, char **out, struct sc_error *err);

/* The header line with which a key goes, up to the key: the row's, the dialect's, or "Authorization: Bearer ". */
const char *service_auth(const struct service *s);

/* The requests that a file of its batch endpoint may have: what its row says, or 50,000. */
int service_batch_requests(const struct service *s);

/* Does it take images of this type, "image/jpeg"? Where its formats are not known it is taken to. */
bool service_takes_image(const struct service *s, const char *content_type);

/* "jpeg, png"; "" if they are not known. Returns out. */
char *service_image_formats(const struct service *s, char out[100]);

/* $ a million tokens of this model here; false: unknown. */
bool service_price(const struct service *s, const char *model, double *in_out, double *out_out);

struct found_server {
    const struct service *service;
    char base_url[512];      /* "" if it would not fit */
    char model[256];         /* the first one it serves, or "" */
    bool has_vision_known, has_vision;
    bool is_silent;          /* of services_identify: it was asked, and nobody answered; */
    bool is_settled;         /* it would say the same again: nothing was late, refused for now, or out of order */
    int64_t context_tokens;  /* 0: not said */
};

/* Look for a model server on loopback (docs/SERVICES.md: ports, requests, what decides). At most about a second.
 * A port of $OLLAMA_HOST counts if it is on this machine. */
SC_CHECKED enum sc_status services_probe(const struct services *s, struct found_server *out, bool *found_out,
                                         struct sc_error *err);

/* The same for every row, in their order: out has room for services_count; service is NULL where nothing answers. */
SC_CHECKED enum sc_status services_probe_all(const struct services *s, struct found_server *out, struct sc_error *err);

/* Ask one given base URL what it is (which row it answers like) and which model it serves; out->service falls back to
 * the generic OpenAI-compatible row. Accepts base URLs with or without /v1. Does not fail when nothing answers; hosts
 * of rows that are not local are recognised without asking. The key (may be NULL) goes nowhere else, and not over
 * plain http to other machines. */
SC_CHECKED enum sc_status services_identify(const struct services *s, const char *base_url, const char *key,
                                            struct found_server *out, struct sc_error *err);

#endif
